// Numbers of 16 bits through the C API: arguments, packed operands saved and loaded, and the widened product's bits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "calls.h"

namespace tessera::test {
namespace {

struct Matrices {
  std::vector<tsr_bf16> bf16;
  std::vector<tsr_f16> f16;
  std::vector<float> from_bf16, from_f16;
  Matrices(tsr_index count, std::uint64_t seed) : bf16(count), f16(count), from_bf16(count), from_f16(count) {
    const std::vector<float> x = numbers<float>(count, seed);
    EXPECT_EQ(tsr_bf16_from_f32(count, x.data(), bf16.data()), TSR_OK);
    EXPECT_EQ(tsr_f16_from_f32(count, x.data(), f16.data()), TSR_OK);
    EXPECT_EQ(tsr_bf16_to_f32(count, bf16.data(), from_bf16.data()), TSR_OK);
    EXPECT_EQ(tsr_f16_to_f32(count, f16.data(), from_f16.data()), TSR_OK);
    EXPECT_NE(std::memcmp(x.data(), from_bf16.data(), x.size() * sizeof(float)), 0);
    for (tsr_index i = 0; i < count; ++i) {
      EXPECT_NEAR(x[i], from_bf16[i], 0x1p-8);
      EXPECT_NEAR(x[i], from_f16[i], 0x1p-11);
    }
  }
};

TEST(HalfGemm, BitsOfTheWidenedProductAlsoPackedAndLoaded) {
  for (const tsr_index m : {1, 6, 50}) {
    const tsr_index n = 130, k = 90;
    const Matrices a(m * k, 1), b(k * n, 2);
    for (const bool bf16 : {true, false}) {
      std::vector<float> want(m * n), got(m * n), packed_got(m * n);
      const std::vector<float>&wide_a = bf16 ? a.from_bf16 : a.from_f16, &wide_b = bf16 ? b.from_bf16 : b.from_f16;
      ASSERT_EQ(tsr_gemm_f32(nullptr, m, n, k, 1, wide_a.data(), k, 1, wide_b.data(), n, 1, 0, want.data(), n, 1),
                TSR_OK);
      ASSERT_EQ(bf16 ? tsr_gemm_bf16(nullptr, m, n, k, 1, a.bf16.data(), k, 1, b.bf16.data(), n, 1, 0, got.data(), n, 1)
                     : tsr_gemm_f16(nullptr, m, n, k, 1, a.f16.data(), k, 1, b.f16.data(), n, 1, 0, got.data(), n, 1),
                TSR_OK);
      EXPECT_EQ(std::memcmp(got.data(), want.data(), want.size() * sizeof(float)), 0) << m << " rows";

      tsr_packed *packed = nullptr, *loaded = nullptr;
      ASSERT_EQ(bf16 ? tsr_pack_b_bf16(nullptr, k, n, b.bf16.data(), n, 1, &packed)
                     : tsr_pack_b_f16(nullptr, k, n, b.f16.data(), n, 1, &packed),
                TSR_OK);
      std::vector<char> saved(tsr_packed_size(packed) + 1);
      EXPECT_EQ(tsr_packed_save(packed, saved.data() + 1, saved.size() - 2), -3);
      ASSERT_EQ(tsr_packed_save(packed, saved.data() + 1, saved.size() - 1), TSR_OK);
      tsr_packed_destroy(packed);
      // Damaged anywhere, or cut off.
      for (std::size_t at = 1; at < saved.size(); at += at < 80 ? 1 : 997) {
        saved[at] = static_cast<char>(saved[at] ^ 0x10);
        EXPECT_NE(tsr_packed_load(saved.data() + 1, saved.size() - 1, &loaded), TSR_OK) << "byte " << at - 1;
        saved[at] = static_cast<char>(saved[at] ^ 0x10);
      }
      for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{40}, saved.size() - 2})
        EXPECT_EQ(tsr_packed_load(saved.data() + 1, size, &loaded), -2) << size;
      ASSERT_EQ(loaded, nullptr);
      ASSERT_EQ(tsr_packed_load(saved.data() + 1, saved.size() - 1, &loaded), TSR_OK);
      const auto run = [&](tsr_index columns) {
        return tsr_gemm_fused_f32(nullptr, m, columns, k, 1, wide_a.data(), k, 1, nullptr, nullptr, 0, 0, loaded, 0,
                                  packed_got.data(), n, 1, nullptr);
      };
      EXPECT_EQ(run(n - 1), -13);
      ASSERT_EQ(run(n), TSR_OK);
      EXPECT_EQ(std::memcmp(packed_got.data(), want.data(), want.size() * sizeof(float)), 0) << m << " rows";
      // It is no right operand of doubles, and no left one.
      std::vector<double> d(m * n);
      EXPECT_EQ(
          tsr_gemm_packed_f64(nullptr, m, n, k, 1, d.data(), 0, 0, nullptr, nullptr, 0, 0, loaded, 0, d.data(), n, 1),
          -13);
      EXPECT_EQ(tsr_gemm_fused_f32(nullptr, n, n, k, 1, nullptr, 0, 0, loaded, wide_b.data(), n, 1, nullptr, 0,
                                   packed_got.data(), 1, n, nullptr),
                -9);
      tsr_packed_destroy(loaded);
    }
  }
}

// Strips whose last columns fill a register to the end, or leave some of it.
TEST(HalfGemm, StoredNumbersWidened) {
  const tsr_index k = 21;
  for (const tsr_index n : {1, 4, 8, 16, 33, 64, 80, 96}) {
    const Matrices b(k * n, 3);
    for (const bool bf16 : {true, false}) {
      tsr_packed* packed = nullptr;
      ASSERT_EQ(bf16 ? tsr_pack_b_bf16(nullptr, k, n, b.bf16.data(), n, 1, &packed)
                     : tsr_pack_b_f16(nullptr, k, n, b.f16.data(), n, 1, &packed),
                TSR_OK);
      std::vector<float> wide(k * n);
      EXPECT_EQ(tsr_packed_widen(packed, wide.data(), n, 1), TSR_OK);
      EXPECT_EQ(wide, bf16 ? b.from_bf16 : b.from_f16) << n << " columns";
      tsr_packed_destroy(packed);
    }
  }
}

TEST(BlockGemm, BitsOfTheNumbersTheBlocksStandFor) {
  const tsr_index n = 100, k = 70;
  const std::vector<float> b = numbers<float>(k * n, 2), a = numbers<float>(200 * k, 1);
  for (const int format : {TSR_BLOCK_S8, TSR_BLOCK_S4, TSR_BLOCK_U4}) {
    tsr_packed *packed = nullptr, *loaded = nullptr;
    ASSERT_EQ(tsr_pack_b_blocks(nullptr, format, k, n, b.data(), n, 1, &packed), TSR_OK);
    std::vector<char> saved(tsr_packed_size(packed));
    ASSERT_EQ(tsr_packed_save(packed, saved.data(), saved.size()), TSR_OK);
    tsr_packed_destroy(packed);
    ASSERT_EQ(tsr_packed_load(saved.data(), saved.size(), &loaded), TSR_OK);
    std::vector<float> wide(k * n);
    ASSERT_EQ(tsr_packed_widen(loaded, wide.data(), 1, k), TSR_OK);
    double error = 0;
    for (tsr_index p = 0; p < k; ++p)
      for (tsr_index j = 0; j < n; ++j)
        error = std::max(error, std::fabs(static_cast<double>(b[p * n + j] - wide[p + j * k])));
    EXPECT_LT(error, format == TSR_BLOCK_S8 ? 0.01 : 0.13);
    EXPECT_GT(error, 0.001);
    for (const tsr_index m : {1, 200}) {
      std::vector<float> want(m * n), got(m * n);
      ASSERT_EQ(tsr_gemm_f32(nullptr, m, n, k, 1, a.data(), k, 1, wide.data(), 1, k, 0, want.data(), n, 1), TSR_OK);
      ASSERT_EQ(tsr_gemm_fused_f32(nullptr, m, n, k, 1, a.data(), k, 1, nullptr, nullptr, 0, 0, loaded, 0, got.data(),
                                   n, 1, nullptr),
                TSR_OK);
      EXPECT_EQ(std::memcmp(got.data(), want.data(), want.size() * sizeof(float)), 0) << format << ", " << m << " rows";
    }
    EXPECT_EQ(tsr_packed_widen(nullptr, wide.data(), 1, k), -1);
    EXPECT_EQ(tsr_packed_widen(loaded, nullptr, 1, k), -2);
    EXPECT_EQ(tsr_packed_widen(loaded, wide.data(), PTRDIFF_MAX, k), -3);
    EXPECT_EQ(tsr_packed_widen(loaded, wide.data(), 1, 0), -4);
    tsr_packed_destroy(loaded);
  }
  tsr_packed* p = nullptr;
  EXPECT_EQ(tsr_pack_b_blocks(nullptr, 3, k, n, b.data(), n, 1, &p), -2);
  EXPECT_EQ(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S4, -1, n, b.data(), n, 1, &p), -3);
  EXPECT_EQ(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S4, k, -1, b.data(), n, 1, &p), -4);
  EXPECT_EQ(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S4, k, n, nullptr, n, 1, &p), -5);
  const float infinite = HUGE_VALF;
  EXPECT_EQ(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S4, 1, 1, &infinite, 1, 1, &p), -5);
  EXPECT_EQ(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S4, k, n, b.data(), n, 1, nullptr), -8);
  EXPECT_EQ(p, nullptr);
}

TEST(BlockGemm, ActivationsOf8Bits) {
  const tsr_index m = 5, n = 70, k = 100;
  const std::vector<float> b = numbers<float>(k * n, 2), a = numbers<float>(m * k, 1), bias = numbers<float>(n, 3);
  std::vector<float> c(m * n), exact(m * n), fused(m * n);
  tsr_packed *p = nullptr, *half = nullptr;
  ASSERT_EQ(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S4, k, n, b.data(), n, 1, &p), TSR_OK);
  const auto gemm = [&](tsr_index rows, const float* x, tsr_index x_cs, const tsr_packed* packed, float* out,
                        tsr_index out_rs, const tsr_epilogue* epilogue) {
    return tsr_gemm_blocks_q8(nullptr, rows, n, k, 1, x, k, x_cs, packed, 0, out, out_rs, 1, epilogue);
  };
  ASSERT_EQ(gemm(m, a.data(), 1, p, c.data(), n, nullptr), TSR_OK);
  ASSERT_EQ(tsr_gemm_fused_f32(nullptr, m, n, k, 1, a.data(), k, 1, nullptr, nullptr, 0, 0, p, 0, exact.data(), n, 1,
                               nullptr),
            TSR_OK);
  double error = 0, square = 0;
  for (tsr_index i = 0; i < m * n; ++i) {
    error += std::pow(static_cast<double>(c[i] - exact[i]), 2);
    square += std::pow(static_cast<double>(exact[i]), 2);
  }
  EXPECT_LT(std::sqrt(error / square), 0.01);
  EXPECT_GT(std::sqrt(error / square), 0.0001);
  tsr_epilogue epilogue = TSR_EPILOGUE_INIT;
  epilogue.column_bias = bias.data();
  epilogue.activation = TSR_ACTIVATION_RELU;
  ASSERT_EQ(gemm(m, a.data(), 1, p, fused.data(), n, &epilogue), TSR_OK);
  for (tsr_index i = 0; i < m * n; ++i) EXPECT_EQ(fused[i], std::max(c[i] + bias[i % n], 0.0f));

  const std::vector<float> before = c;
  EXPECT_EQ(gemm(-1, a.data(), 1, p, c.data(), n, nullptr), -2);
  EXPECT_EQ(gemm(m, nullptr, 1, p, c.data(), n, nullptr), -6);
  EXPECT_EQ(gemm(m, a.data(), PTRDIFF_MAX, p, c.data(), n, nullptr), -8);
  EXPECT_EQ(gemm(m, a.data(), 1, nullptr, c.data(), n, nullptr), -9);
  EXPECT_EQ(gemm(m, a.data(), 1, p, nullptr, n, nullptr), -11);
  EXPECT_EQ(gemm(m, a.data(), 1, p, c.data(), 0, nullptr), -12);
  epilogue.activation = 99;
  EXPECT_EQ(gemm(m, a.data(), 1, p, c.data(), n, &epilogue), -14);
  const std::vector<tsr_f16> zeros(k * n);
  ASSERT_EQ(tsr_pack_b_f16(nullptr, k, n, zeros.data(), n, 1, &half), TSR_OK);
  EXPECT_EQ(gemm(m, a.data(), 1, half, c.data(), n, nullptr), -9);
  tsr_packed_destroy(half);
  ASSERT_EQ(tsr_pack_b_f32(nullptr, k, n, b.data(), n, 1, &half), TSR_OK);
  EXPECT_EQ(gemm(m, a.data(), 1, half, c.data(), n, nullptr), -9);
  tsr_packed_destroy(half);
  ASSERT_EQ(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S8, k - 1, n, b.data(), n, 1, &half), TSR_OK);
  EXPECT_EQ(gemm(m, a.data(), 1, half, c.data(), n, nullptr), -9);
  tsr_packed_destroy(half);
  EXPECT_EQ(c, before);
  tsr_packed_destroy(p);
}

TEST(HalfGemm, EveryArgument) {
  const std::vector<tsr_bf16> x(64);
  std::vector<float> c(64, 7.0f), y(64);
  tsr_packed* p = nullptr;
  const auto gemm = [&](tsr_index m, tsr_index n, tsr_index k, const tsr_bf16* a, tsr_index a_cs, const tsr_bf16* b,
                        tsr_index b_rs, float* out, tsr_index c_rs) {
    return tsr_gemm_bf16(nullptr, m, n, k, 1, a, 8, a_cs, b, b_rs, 1, 0, out, c_rs, 1);
  };
  const tsr_bf16* const d = x.data();
  EXPECT_EQ(gemm(-1, 4, 4, d, 1, d, 8, c.data(), 8), -2);
  EXPECT_EQ(gemm(4, -1, 4, d, 1, d, 8, c.data(), 8), -3);
  EXPECT_EQ(gemm(4, 4, -1, d, 1, d, 8, c.data(), 8), -4);
  EXPECT_EQ(gemm(4, 4, 4, nullptr, 1, d, 8, c.data(), 8), -6);
  EXPECT_EQ(gemm(4, 4, 4, d, PTRDIFF_MAX, d, 8, c.data(), 8), -8);
  EXPECT_EQ(gemm(4, 4, 4, d, 1, nullptr, 8, c.data(), 8), -9);
  EXPECT_EQ(gemm(4, 4, 4, d, 1, d, PTRDIFF_MAX / 2, c.data(), 8), -10);
  EXPECT_EQ(gemm(4, 4, 4, d, 1, d, 8, nullptr, 8), -13);
  EXPECT_EQ(gemm(4, 4, 4, d, 1, d, 8, c.data(), 0), -14);
  for (const float v : c) EXPECT_EQ(v, 7.0f);
  EXPECT_EQ(tsr_bf16_from_f32(-1, y.data(), nullptr), -1);
  EXPECT_EQ(tsr_f16_from_f32(1, nullptr, nullptr), -2);
  EXPECT_EQ(tsr_f16_to_f32(1, d, nullptr), -3);
  EXPECT_EQ(tsr_bf16_to_f32(0, nullptr, nullptr), TSR_OK);
  EXPECT_EQ(tsr_pack_b_bf16(nullptr, -1, 8, d, 8, 1, &p), -2);
  EXPECT_EQ(tsr_pack_b_f16(nullptr, 8, 8, nullptr, 8, 1, &p), -4);
  EXPECT_EQ(tsr_pack_b_f16(nullptr, 8, 8, d, 8, 1, nullptr), -7);
  EXPECT_EQ(tsr_pack_b_bf16(nullptr, tsr_index{1} << 40, tsr_index{1} << 40, d, 0, 0, &p), TSR_OUT_OF_MEMORY);
  EXPECT_EQ(p, nullptr);
}

}  // namespace
}  // namespace tessera::test
