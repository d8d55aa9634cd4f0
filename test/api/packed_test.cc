// Packed operands: the same bits as unpacked ones, saved and loaded, and what damaged ones are.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "calls.h"

namespace tessera::test {
namespace {

struct Packed {
  tsr_packed* p = nullptr;
  ~Packed() { tsr_packed_destroy(p); }
};

tsr_status pack_a(tsr_index m, tsr_index k, float alpha, const float* a, tsr_index rs, tsr_index cs, tsr_packed** p) {
  return tsr_pack_a_f32(nullptr, m, k, alpha, a, rs, cs, p);
}
tsr_status pack_a(tsr_index m, tsr_index k, double alpha, const double* a, tsr_index rs, tsr_index cs, tsr_packed** p) {
  return tsr_pack_a_f64(nullptr, m, k, alpha, a, rs, cs, p);
}
tsr_status pack_b(tsr_index k, tsr_index n, const float* b, tsr_index rs, tsr_index cs, tsr_packed** p) {
  return tsr_pack_b_f32(nullptr, k, n, b, rs, cs, p);
}
tsr_status pack_b(tsr_index k, tsr_index n, const double* b, tsr_index rs, tsr_index cs, tsr_packed** p) {
  return tsr_pack_b_f64(nullptr, k, n, b, rs, cs, p);
}
tsr_status multiply(const Call<float>& x, const tsr_packed* a, const tsr_packed* b) {
  return tsr_gemm_fused_f32(x.context, x.m, x.n, x.k, x.alpha, x.a, x.a_rs, x.a_cs, a, x.b, x.b_rs, x.b_cs, b, x.beta,
                            x.c, x.c_rs, x.c_cs, nullptr);
}
tsr_status multiply(const Call<double>& x, const tsr_packed* a, const tsr_packed* b) {
  return tsr_gemm_packed_f64(x.context, x.m, x.n, x.k, x.alpha, x.a, x.a_rs, x.a_cs, a, x.b, x.b_rs, x.b_cs, b, x.beta,
                             x.c, x.c_rs, x.c_cs);
}

template <class T>
class PackedOperand : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(PackedOperand, Types);

TYPED_TEST(PackedOperand, SameBitsAsUnpacked) {
  using T = TypeParam;
  struct Size {
    tsr_index m, n, k;
  };
  for (const Size s :
       {Size{1, 1, 1}, {1, 300, 500}, {7, 45, 33}, {16, 1000, 700}, {130, 70, 300}, {417, 395, 301}, {5, 7, 0}}) {
    const std::vector<T> a = numbers<T>(s.m * s.k + 1, 1), b = numbers<T>(s.k * s.n + 1, 2),
                         c = numbers<T>(s.m * s.n, 3);
    Call<T> call;
    call.m = s.m, call.n = s.n, call.k = s.k;
    call.a = a.data(), call.b = b.data();
    call.a_rs = s.k, call.b_rs = 1, call.b_cs = s.k, call.c_rs = s.n;
    call.alpha = scalar<T>(0.75), call.beta = scalar<T>(-0.5);
    std::vector<T> expected = c;
    call.c = expected.data();
    ASSERT_EQ(run(call), TSR_OK);
    Packed pa, pb;
    ASSERT_EQ(pack_a(s.m, s.k, call.alpha, a.data(), s.k, 1, &pa.p), TSR_OK);
    ASSERT_EQ(pack_b(s.k, s.n, b.data(), 1, s.k, &pb.p), TSR_OK);
    // Saved at an odd address and loaded again.
    std::vector<char> saved(tsr_packed_size(pb.p) + 1);
    ASSERT_EQ(tsr_packed_save(pb.p, saved.data() + 1, saved.size() - 1), TSR_OK);
    Packed loaded;
    ASSERT_EQ(tsr_packed_load(saved.data() + 1, saved.size() - 1, &loaded.p), TSR_OK);
    for (int which = 1; which < 8; ++which) {
      Call<T> packed = call;
      std::vector<T> got = c;
      packed.c = got.data();
      if (which & 1) packed.a = nullptr, packed.alpha = scalar<T>(1.0);
      if (which & 2) packed.b = nullptr;
      if ((which & 4) && !(which & 2)) continue;
      const tsr_packed* const right = which & 4 ? loaded.p : pb.p;
      ASSERT_EQ(multiply(packed, which & 1 ? pa.p : nullptr, which & 2 ? right : nullptr), TSR_OK);
      ASSERT_EQ(std::memcmp(got.data(), expected.data(), got.size() * sizeof(T)), 0)
          << s.m << " x " << s.n << " x " << s.k << ", packed " << which;
    }
  }
}

TEST(PackedErrors, EveryArgument) {
  const std::vector<float> x = numbers<float>(64, 1);
  tsr_packed* p = nullptr;
  const float* const data = x.data();
  EXPECT_EQ(tsr_pack_a_f32(nullptr, -1, 8, 1, data, 8, 1, &p), -2);
  EXPECT_EQ(tsr_pack_a_f32(nullptr, 8, -1, 1, data, 8, 1, &p), -3);
  EXPECT_EQ(tsr_pack_a_f32(nullptr, 8, 8, 1, nullptr, 8, 1, &p), -5);
  EXPECT_EQ(tsr_pack_a_f32(nullptr, 8, 8, 1, data, PTRDIFF_MAX, 1, &p), -6);
  EXPECT_EQ(tsr_pack_a_f32(nullptr, 8, 8, 1, data, 8, PTRDIFF_MAX, &p), -7);
  EXPECT_EQ(tsr_pack_a_f32(nullptr, 8, 8, 1, data, 8, 1, nullptr), -8);
  EXPECT_EQ(tsr_pack_b_f32(nullptr, -1, 8, data, 8, 1, &p), -2);
  EXPECT_EQ(tsr_pack_b_f32(nullptr, 8, -1, data, 8, 1, &p), -3);
  EXPECT_EQ(tsr_pack_b_f32(nullptr, 8, 8, nullptr, 8, 1, &p), -4);
  EXPECT_EQ(tsr_pack_b_f32(nullptr, 8, 8, data, PTRDIFF_MAX, 1, &p), -5);
  EXPECT_EQ(tsr_pack_b_f32(nullptr, 8, 8, data, 8, PTRDIFF_MAX, &p), -6);
  EXPECT_EQ(tsr_pack_b_f32(nullptr, 8, 8, data, 8, 1, nullptr), -7);
  // More than any memory, reachable with strides of 0.
  EXPECT_EQ(tsr_pack_b_f32(nullptr, tsr_index{1} << 40, tsr_index{1} << 40, data, 0, 0, &p), TSR_OUT_OF_MEMORY);
  EXPECT_EQ(p, nullptr);

  Packed a, b;
  ASSERT_EQ(tsr_pack_a_f32(nullptr, 4, 6, 1, data, 6, 1, &a.p), TSR_OK);
  ASSERT_EQ(tsr_pack_b_f32(nullptr, 6, 5, data, 5, 1, &b.p), TSR_OK);
  std::vector<float> c(20, 7.0f);
  Call<float> call;  // 4 x 5 x 6
  call.c = c.data();
  const auto with = [&](const float* pa, const tsr_packed* packed_a, const float* pb, const tsr_packed* packed_b) {
    Call<float> k = call;
    k.a = pa, k.b = pb;
    return multiply(k, packed_a, packed_b);
  };
  EXPECT_EQ(with(nullptr, nullptr, data, nullptr), -6);
  EXPECT_EQ(with(data, nullptr, nullptr, nullptr), -10);
  EXPECT_EQ(with(data, a.p, data, nullptr), -9);
  EXPECT_EQ(with(nullptr, b.p, data, nullptr), -9);
  EXPECT_EQ(with(data, nullptr, data, b.p), -13);
  EXPECT_EQ(with(data, nullptr, nullptr, a.p), -13);
  call.m = 3;
  EXPECT_EQ(with(nullptr, a.p, data, nullptr), -9);
  call.m = 4, call.alpha = 2;
  EXPECT_EQ(with(nullptr, a.p, data, nullptr), -5);
  call.alpha = 1;
  for (const float v : c) EXPECT_EQ(v, 7.0f);
  EXPECT_EQ(with(nullptr, a.p, nullptr, b.p), TSR_OK);
  // Not above the context's instruction set.
  tsr_context* context = nullptr;
  ASSERT_EQ(tsr_context_create(&context), TSR_OK);
  ASSERT_EQ(tsr_context_set_isa(context, "baseline"), TSR_OK);
  call.context = context;
  Packed low;
  ASSERT_EQ(tsr_pack_a_f32(context, 4, 6, 1, data, 6, 1, &low.p), TSR_OK);
  EXPECT_EQ(with(nullptr, low.p, data, nullptr), TSR_OK);
  call.context = nullptr;
  EXPECT_EQ(with(nullptr, low.p, data, nullptr), TSR_OK);
  tsr_context_destroy(context);
}

TEST(PackedErrors, WhatIsDamagedIsRefused) {
  const std::vector<float> x = numbers<float>(23 * 37, 1);
  Packed b;
  ASSERT_EQ(tsr_pack_b_f32(nullptr, 23, 37, x.data(), 37, 1, &b.p), TSR_OK);
  std::vector<char> saved(tsr_packed_size(b.p));
  EXPECT_EQ(tsr_packed_save(nullptr, saved.data(), saved.size()), -1);
  EXPECT_EQ(tsr_packed_save(b.p, nullptr, saved.size()), -2);
  EXPECT_EQ(tsr_packed_save(b.p, saved.data(), saved.size() - 1), -3);
  ASSERT_EQ(tsr_packed_save(b.p, saved.data(), saved.size()), TSR_OK);
  tsr_packed* p = nullptr;
  EXPECT_EQ(tsr_packed_load(nullptr, saved.size(), &p), -1);
  EXPECT_EQ(tsr_packed_load(saved.data(), saved.size(), nullptr), -3);
  for (std::size_t size = 0; size < saved.size(); ++size) {
    const std::vector<char> cut(saved.begin(), saved.begin() + static_cast<std::ptrdiff_t>(size));
    ASSERT_EQ(tsr_packed_load(cut.data(), size, &p), size == 0 && cut.data() == nullptr ? -1 : -2) << size;
  }
  for (std::size_t at = 0; at < saved.size(); ++at) {
    for (const char flip : {char(1), char(-128)}) {
      std::vector<char> damaged = saved;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      ASSERT_NE(tsr_packed_load(damaged.data(), damaged.size(), &p), TSR_OK) << "byte " << at;
    }
  }
  EXPECT_EQ(p, nullptr);
  EXPECT_EQ(tsr_packed_size(nullptr), 0u);
}

}  // namespace
}  // namespace tessera::test
