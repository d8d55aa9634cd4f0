// Products with epilogues, batches, groups and row pointers, against the plain product and plain loops.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "calls.h"

namespace tessera::test {
namespace {

struct Size {
  tsr_index m, n, k;
};
constexpr Size kSizes[] = {{1, 1, 1},      {7, 9, 5},       {3, 400, 600}, {500, 2, 300},
                           {64, 300, 700}, {417, 395, 301}, {6, 5, 0}};

Call<float> call_of(const Size& s, bool by_rows, const std::vector<float>& a, const std::vector<float>& b) {
  Call<float> call;
  call.m = s.m, call.n = s.n, call.k = s.k;
  call.a_rs = by_rows ? s.k : 1, call.a_cs = by_rows ? 1 : s.m;
  call.b_rs = by_rows ? s.n : 1, call.b_cs = by_rows ? 1 : s.k;
  call.c_rs = by_rows ? s.n : 1, call.c_cs = by_rows ? 1 : s.m;
  call.a = a.data(), call.b = b.data();
  return call;
}

tsr_status run_fused(const Call<float>& x, const tsr_epilogue* e) {
  return tsr_gemm_fused_f32(x.context, x.m, x.n, x.k, x.alpha, x.a, x.a_rs, x.a_cs, nullptr, x.b, x.b_rs, x.b_cs,
                            nullptr, x.beta, x.c, x.c_rs, x.c_cs, e);
}

TEST(FusedGemm, EpilogueAfterThePlainProduct) {
  for (const Size& s : kSizes)
    for (const bool by_rows : {true, false}) {
      const auto a = numbers<float>(s.m * s.k + 1, 1), b = numbers<float>(s.k * s.n + 1, 2),
                 c = numbers<float>(s.m * s.n, 3), rows = numbers<float>(s.m, 4), columns = numbers<float>(s.n, 5),
                 residual = numbers<float>(s.m * s.n, 6);
      Call<float> call = call_of(s, by_rows, a, b);
      call.alpha = 0.5f, call.beta = 2.0f;
      std::vector<float> plain = c;
      call.c = plain.data();
      ASSERT_EQ(run(call), TSR_OK);
      for (int parts = 0; parts < 8; ++parts) {
        tsr_epilogue e = TSR_EPILOGUE_INIT;
        if (parts & 1) e.row_bias = rows.data();
        if (parts & 2) e.column_bias = columns.data();
        if (parts & 4) e.residual = residual.data(), e.residual_rs = 1, e.residual_cs = s.m, e.residual_scale = 0.25f;
        e.activation = parts % 2 ? TSR_ACTIVATION_LEAKY_RELU : TSR_ACTIVATION_CLIP;
        e.activation_a = parts % 2 ? 0.125f : -1.0f;
        e.activation_b = 1.0f;
        std::vector<float> got = c;
        call.c = got.data();
        ASSERT_EQ(run_fused(call, &e), TSR_OK);
        for (tsr_index i = 0; i < s.m; ++i)
          for (tsr_index j = 0; j < s.n; ++j) {
            const tsr_index at = i * call.c_rs + j * call.c_cs;
            float x = plain[at];
            if (parts & 1) x += by_rows ? rows[i] : 0.0f;
            if (parts & 2) x += columns[j];
            if ((parts & 1) && !by_rows) x += rows[i];
            const double wide = static_cast<double>(x) + ((parts & 4) ? 0.25 * residual[i + j * s.m] : 0.0);
            const double want = parts % 2 ? (wide < 0 ? 0.125 * wide : wide) : std::fmin(1.0, std::fmax(-1.0, wide));
            ASSERT_NEAR(got[at], want, 1e-6 * (1 + std::fabs(wide)))
                << s.m << " x " << s.n << " x " << s.k << " parts " << parts << " at " << i << ", " << j;
          }
      }
    }
}

TEST(FusedGemm, BadEpilogues) {
  const auto x = numbers<float>(64, 1);
  std::vector<float> c(20, 7.0f);
  Call<float> call;
  call.a = call.b = x.data();
  call.c = c.data();
  tsr_epilogue e = TSR_EPILOGUE_INIT;
  e.size = 8;
  EXPECT_EQ(run_fused(call, &e), -18);
  e = TSR_EPILOGUE_INIT;
  e.activation = static_cast<tsr_activation>(TSR_ACTIVATION_HARD_SWISH + 1);
  EXPECT_EQ(run_fused(call, &e), -18);
  e = TSR_EPILOGUE_INIT;
  e.residual = x.data(), e.residual_rs = PTRDIFF_MAX;
  EXPECT_EQ(run_fused(call, &e), -18);
  for (const float v : c) EXPECT_EQ(v, 7.0f);
}

TEST(BatchGemm, SameBitsAsOneByOne) {
  for (const Size& s : {Size{3, 4, 5}, {32, 48, 64}, {417, 395, 301}})
    for (const tsr_index count : {0, 1, 2, 37}) {
      if (s.m > 100 && count > 2) continue;
      const auto a = numbers<float>(count * s.m * s.k + 1, 1), b = numbers<float>(s.k * s.n, 2),
                 c = numbers<float>(count * (s.m * s.n + 3) + 1, 3);
      std::vector<float> expected = c, got = c;
      for (tsr_index i = 0; i < count; ++i)
        ASSERT_EQ(tsr_gemm_f32(nullptr, s.m, s.n, s.k, 0.5f, a.data() + i * s.m * s.k, s.k, 1, b.data(), s.n, 1, 2.0f,
                               expected.data() + i * (s.m * s.n + 3), s.n, 1),
                  TSR_OK);
      ASSERT_EQ(tsr_gemm_batch_f32(nullptr, count, s.m, s.n, s.k, 0.5f, a.data(), s.k, 1, s.m * s.k, b.data(), s.n, 1,
                                   0, 2.0f, got.data(), s.n, 1, s.m * s.n + 3),
                TSR_OK);
      ASSERT_EQ(got, expected) << count << " of " << s.m << " x " << s.n << " x " << s.k;
    }
}

TEST(BatchGemm, EveryArgument) {
  const auto x = numbers<float>(64, 1);
  std::vector<float> c(40, 7.0f);
  const auto call = [&](tsr_index count, tsr_index m, const float* a, tsr_index a_step, const float* b,
                        tsr_index b_step, float* out, tsr_index c_step) {
    return tsr_gemm_batch_f32(nullptr, count, m, 5, 6, 1, a, 6, 1, a_step, b, 5, 1, b_step, 0, out, 5, 1, c_step);
  };
  const float* const p = x.data();
  EXPECT_EQ(call(-1, 4, p, 0, p, 0, c.data(), 20), -2);
  EXPECT_EQ(call(2, -4, p, 0, p, 0, c.data(), 20), -3);
  EXPECT_EQ(call(2, 4, nullptr, 0, p, 0, c.data(), 20), -7);
  EXPECT_EQ(call(3, 4, p, PTRDIFF_MAX, p, 0, c.data(), 20), -10);
  EXPECT_EQ(call(2, 4, p, 0, nullptr, 0, c.data(), 20), -11);
  EXPECT_EQ(call(3, 4, p, 0, p, PTRDIFF_MAX, c.data(), 20), -14);
  EXPECT_EQ(call(2, 4, p, 0, p, 0, nullptr, 20), -16);
  EXPECT_EQ(call(2, 4, p, 0, p, 0, c.data(), 0), -19);
  EXPECT_EQ(call(3, 4, p, 0, p, 0, c.data(), PTRDIFF_MAX), -19);
  for (const float v : c) EXPECT_EQ(v, 7.0f);
  EXPECT_EQ(call(2, 4, p, 0, p, 0, c.data(), 20), TSR_OK);
}

TEST(GroupedGemm, SameBitsAsOneByOneAndBadItems) {
  std::vector<std::vector<float>> a, b, c, expected;
  std::vector<tsr_gemm_item_f32> items;
  for (const Size& s : kSizes) {
    a.push_back(numbers<float>(s.m * s.k + 1, 1)), b.push_back(numbers<float>(s.k * s.n + 1, 2));
    c.push_back(numbers<float>(s.m * s.n, 3)), expected.push_back(c.back());
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    Call<float> call = call_of(kSizes[i], i % 2, a[i], b[i]);
    call.c = expected[i].data();
    ASSERT_EQ(run(call), TSR_OK);
    items.push_back({call.m, call.n, call.k, call.alpha, call.a, call.a_rs, call.a_cs, call.b, call.b_rs, call.b_cs,
                     call.beta, c[i].data(), call.c_rs, call.c_cs});
  }
  tsr_index bad = -1;
  const tsr_index count = static_cast<tsr_index>(items.size());
  const std::vector<std::vector<float>> before = c;
  items[4].c_rs = 0;
  EXPECT_EQ(tsr_gemm_grouped_f32(nullptr, count, items.data(), &bad), -3);
  EXPECT_EQ(bad, 4);
  EXPECT_EQ(c, before);
  items[4].c_rs = kSizes[4].n;
  items[4].c_cs = 1;
  EXPECT_EQ(tsr_gemm_grouped_f32(nullptr, -1, items.data(), &bad), -2);
  EXPECT_EQ(tsr_gemm_grouped_f32(nullptr, 1, nullptr, &bad), -3);
  items[4].c_rs = 1, items[4].c_cs = kSizes[4].m;
  ASSERT_EQ(tsr_gemm_grouped_f32(nullptr, count, items.data(), nullptr), TSR_OK);
  EXPECT_EQ(c, expected);
}

TEST(IndirectGemm, SameBitsAsTheGatheredMatrix) {
  for (const tsr_index taps : {tsr_index{1}, tsr_index{9}})
    for (const tsr_index run_length : {tsr_index{1}, tsr_index{3}, tsr_index{16}, tsr_index{50}})
      for (const Size& s : {Size{1, 1, 0}, {13, 40, 0}, {150, 70, 0}}) {
        const tsr_index k = taps * run_length;
        const auto image = numbers<float>(4000, 1), b = numbers<float>(k * s.n, 2);
        const std::vector<float> zeros(static_cast<std::size_t>(run_length));
        std::vector<const float*> table(static_cast<std::size_t>(s.m * taps));
        std::vector<float> a(static_cast<std::size_t>(s.m * k));
        for (tsr_index i = 0; i < s.m; ++i)
          for (tsr_index t = 0; t < taps; ++t) {
            // Evenly spaced rows, with some that leave the image.
            const float* p = i % 11 == 5 ? zeros.data() : image.data() + i * 7 % 2000 + t * 100;
            table[static_cast<std::size_t>(i * taps + t)] = p;
            std::memcpy(&a[static_cast<std::size_t>(i * k + t * run_length)], p,
                        static_cast<std::size_t>(run_length) * 4);
          }
        std::vector<float> expected(static_cast<std::size_t>(s.m * s.n)), got = expected;
        ASSERT_EQ(tsr_gemm_f32(nullptr, s.m, s.n, k, 1, a.data(), k, 1, b.data(), s.n, 1, 0, expected.data(), s.n, 1),
                  TSR_OK);
        tsr_packed* packed = nullptr;
        ASSERT_EQ(tsr_pack_b_f32(nullptr, k, s.n, b.data(), s.n, 1, &packed), TSR_OK);
        for (const bool use_packed : {false, true}) {
          ASSERT_EQ(
              tsr_gemm_indirect_f32(nullptr, s.m, s.n, taps, run_length, table.data(), use_packed ? nullptr : b.data(),
                                    s.n, 1, use_packed ? packed : nullptr, 0, got.data(), s.n, 1, nullptr),
              TSR_OK);
          ASSERT_EQ(got, expected) << s.m << " x " << s.n << ", " << taps << " taps of " << run_length;
        }
        tsr_packed_destroy(packed);
      }
}

TEST(IndirectGemm, EveryArgument) {
  const auto x = numbers<float>(64, 1);
  const std::vector<const float*> table(8, x.data());
  std::vector<float> c(20, 7.0f);
  const auto call = [&](tsr_index m, tsr_index n, tsr_index taps, tsr_index run_length, const float* const* rows,
                        const float* b, float* out) {
    return tsr_gemm_indirect_f32(nullptr, m, n, taps, run_length, rows, b, 5, 1, nullptr, 0, out, 5, 1, nullptr);
  };
  EXPECT_EQ(call(-4, 5, 2, 3, table.data(), x.data(), c.data()), -2);
  EXPECT_EQ(call(4, -5, 2, 3, table.data(), x.data(), c.data()), -3);
  EXPECT_EQ(call(4, 5, -2, 3, table.data(), x.data(), c.data()), -4);
  EXPECT_EQ(call(4, 5, 2, -3, table.data(), x.data(), c.data()), -5);
  EXPECT_EQ(call(4, 5, tsr_index{1} << 40, tsr_index{1} << 40, table.data(), x.data(), c.data()), -5);
  EXPECT_EQ(call(4, 5, 2, 3, nullptr, x.data(), c.data()), -6);
  EXPECT_EQ(call(4, 5, 2, 3, table.data(), nullptr, c.data()), -7);
  EXPECT_EQ(call(4, 5, 2, 3, table.data(), x.data(), nullptr), -12);
  for (const float v : c) EXPECT_EQ(v, 7.0f);
  EXPECT_EQ(call(4, 5, 2, 3, table.data(), x.data(), c.data()), TSR_OK);
}

}  // namespace
}  // namespace tessera::test
