// What the C API of 8-bit products says of bad arguments, in the order of the arguments; outputs are untouched then.
#include <gtest/gtest.h>
#include <tessera/tessera.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace tessera::test {
namespace {

struct Call {
  std::vector<std::uint8_t> a = std::vector<std::uint8_t>(64, 3), b = std::vector<std::uint8_t>(64, 5);
  std::vector<std::int32_t> c = std::vector<std::int32_t>(64, 77), zeros = std::vector<std::int32_t>(8, 1);
  std::vector<float> scale = std::vector<float>(8, 0.5f);
  std::vector<std::int32_t> multiplier = std::vector<std::int32_t>(8, 1 << 30), shift = std::vector<std::int32_t>(8, 0);
  tsr_q8_matrix am{a.data(), 4, 1, TSR_U8, 0, nullptr}, bm{b.data(), 3, 1, TSR_S8, 0, nullptr};
  tsr_q8_epilogue e = tsr_q8_epilogue_of(TSR_Q8_S32);
  std::int64_t m = 2, n = 3, k = 4, c_rs = 3, c_cs = 1;
  const tsr_q8_matrix *ap = &am, *bp = &bm;
  const tsr_q8_epilogue* ep = &e;
  void* cp = c.data();

  tsr_status run() const { return tsr_gemm_q8(nullptr, m, n, k, ap, bp, ep, cp, c_rs, c_cs); }
  tsr_status run_packed() const {
    tsr_q8_weights* weights = nullptr;
    EXPECT_EQ(tsr_q8_weights_create(nullptr, n, k, &bm, &weights), TSR_OK);
    const tsr_status status = tsr_gemm_q8_packed(nullptr, m, ap, weights, ep, cp, c_rs, c_cs);
    tsr_q8_weights_destroy(weights);
    return status;
  }
};

template <class Change>
void expect(tsr_status plain, tsr_status packed, const Change& change) {
  Call call;
  change(call);
  EXPECT_EQ(call.run(), plain);
  if (packed != 1) {
    EXPECT_EQ(call.run_packed(), packed);
  }
  EXPECT_EQ(call.c, std::vector<std::int32_t>(64, 77));
}
constexpr tsr_status kNotAsked = 1;

TEST(Q8Arguments, GoodCall) {
  Call call;
  EXPECT_EQ(call.run(), TSR_OK);
  EXPECT_EQ(call.c[0], 3 * 5 * 4);
  EXPECT_EQ(call.run_packed(), TSR_OK);
}

TEST(Q8Arguments, SizesAndPointers) {
  expect(-2, -2, [](Call& x) { x.m = -1; });
  expect(-3, kNotAsked, [](Call& x) { x.n = -1; });
  expect(-4, kNotAsked, [](Call& x) { x.k = -1; });
  expect(-5, -3, [](Call& x) { x.ap = nullptr; });
  expect(-5, -3, [](Call& x) { x.am.data = nullptr; });
  expect(-5, -3, [](Call& x) { x.am.type = 2; });
  expect(-5, -3, [](Call& x) {
    x.am.rs = std::int64_t{1} << 62;
    x.am.cs = std::int64_t{1} << 62;
  });
  expect(-6, kNotAsked, [](Call& x) { x.bp = nullptr; });
  expect(-6, kNotAsked, [](Call& x) { x.bm.data = nullptr; });
  expect(-8, -6, [](Call& x) { x.cp = nullptr; });
  expect(-9, -7, [](Call& x) {
    x.c_rs = 2;
    x.c_cs = 1;
  });
  expect(-10, -8, [](Call& x) { x.c_cs = 0; });
}

TEST(Q8Arguments, ZeroPointsAreInTheirType) {
  expect(-5, -3, [](Call& x) { x.am.zero_point = 256; });
  expect(-5, -3, [](Call& x) { x.am.zero_point = -1; });
  expect(-6, kNotAsked, [](Call& x) { x.bm.zero_point = 128; });
  expect(-5, -3, [](Call& x) {
    x.zeros[1] = 256;
    x.am.zero_points = x.zeros.data();
  });
  expect(-6, kNotAsked, [](Call& x) {
    x.zeros[2] = -129;
    x.bm.zero_points = x.zeros.data();
  });
}

TEST(Q8Arguments, Epilogues) {
  const auto bytes = [](Call& x) {
    x.e = tsr_q8_epilogue_of(TSR_Q8_S8);
    x.e.scale = x.scale.data();
  };
  const auto fixed = [](Call& x) {
    x.e = tsr_q8_epilogue_of(TSR_Q8_U8);
    x.e.multiplier = x.multiplier.data();
    x.e.shift = x.shift.data();
  };
  expect(-7, -5, [](Call& x) { x.e.size = 8; });
  expect(-7, -5, [](Call& x) { x.e.output = 4; });
  expect(-7, -5, [](Call& x) { x.e.output = -1; });
  expect(-7, -5, [](Call& x) { x.e = tsr_q8_epilogue_of(TSR_Q8_F32); });  // no scale
  expect(-7, -5, [](Call& x) {
    x.e = tsr_q8_epilogue_of(TSR_Q8_F32);
    x.e.scale = x.scale.data();
    x.e.float_low = std::numeric_limits<float>::quiet_NaN();
  });
  expect(-7, -5, [&](Call& x) {
    bytes(x);
    x.e.scale_stride = 2;
  });
  expect(-7, -5, [&](Call& x) {
    bytes(x);
    x.e.zero_point = 128;
  });
  expect(-7, -5, [&](Call& x) {
    bytes(x);
    x.e.low = -129;
  });
  expect(-7, -5, [&](Call& x) {
    bytes(x);
    x.e.low = 5;
    x.e.high = 4;
  });
  expect(-7, -5, [&](Call& x) {
    bytes(x);
    x.e.scale = nullptr;
  });
  expect(-7, -5, [&](Call& x) {
    fixed(x);
    x.e.scale = x.scale.data();
  });
  expect(-7, -5, [&](Call& x) {
    fixed(x);
    x.e.shift = nullptr;
  });
  expect(-7, -5, [&](Call& x) {
    fixed(x);
    x.multiplier[0] = -1;
  });
  expect(-7, -5, [&](Call& x) {
    fixed(x);
    x.e.multiplier_stride = 1;
    x.shift[2] = 31;
  });
  expect(-7, -5, [&](Call& x) {
    fixed(x);
    x.e.row_scale = x.scale.data();
  });
}

// Nothing to compute: what would be wrong is not looked at, as in gemm.h.
TEST(Q8Arguments, EmptyC) {
  EXPECT_EQ(tsr_gemm_q8(nullptr, 0, 3, 4, nullptr, nullptr, nullptr, nullptr, 0, 0), TSR_OK);
  EXPECT_EQ(tsr_gemm_q8(nullptr, 2, 0, 4, nullptr, nullptr, nullptr, nullptr, 0, 0), TSR_OK);
}

TEST(Q8Arguments, Weights) {
  Call x;
  tsr_q8_weights* weights = nullptr;
  EXPECT_EQ(tsr_q8_weights_create(nullptr, -1, 4, &x.bm, &weights), -2);
  EXPECT_EQ(tsr_q8_weights_create(nullptr, 3, -1, &x.bm, &weights), -3);
  EXPECT_EQ(tsr_q8_weights_create(nullptr, 3, 4, nullptr, &weights), -4);
  EXPECT_EQ(tsr_q8_weights_create(nullptr, 3, 4, &x.bm, nullptr), -5);
  EXPECT_EQ(weights, nullptr);
  EXPECT_EQ(tsr_gemm_q8_packed(nullptr, 2, &x.am, nullptr, nullptr, x.c.data(), 3, 1), -4);
  EXPECT_EQ(tsr_q8_weights_size(nullptr), 0u);
  EXPECT_EQ(tsr_q8_weights_save(nullptr, x.c.data(), 64), -1);
  tsr_q8_weights_destroy(nullptr);
}

TEST(Q8Arguments, FixedPoint) {
  std::int32_t multiplier = 0, shift = 0;
  EXPECT_EQ(tsr_q8_fixed_point(0.0, &multiplier, &shift), -1);
  EXPECT_EQ(tsr_q8_fixed_point(-1.0, &multiplier, &shift), -1);
  EXPECT_EQ(tsr_q8_fixed_point(0x1p30, &multiplier, &shift), -1);
  EXPECT_EQ(tsr_q8_fixed_point(std::nan(""), &multiplier, &shift), -1);
  EXPECT_EQ(tsr_q8_fixed_point(1.0, nullptr, &shift), -2);
  EXPECT_EQ(tsr_q8_fixed_point(1.0, &multiplier, nullptr), -3);
  for (const double x : {1.0, 0.75, 3.0, 0.0078125, 123456.789, 1e-6, 0.99999999999}) {
    ASSERT_EQ(tsr_q8_fixed_point(x, &multiplier, &shift), TSR_OK);
    EXPECT_GE(multiplier, 1 << 30);
    EXPECT_NEAR(std::ldexp(multiplier, shift - 31) / x, 1.0, 0x1p-31);
  }
  ASSERT_EQ(tsr_q8_fixed_point(1e-30, &multiplier, &shift), TSR_OK);
  EXPECT_EQ(multiplier, 0);
}

TEST(Q8Arguments, Activations) {
  tsr_q8_epilogue e = tsr_q8_epilogue_of(TSR_Q8_U8);
  EXPECT_EQ(tsr_q8_set_activation(nullptr, TSR_Q8_RELU, 1.0f), -1);
  EXPECT_EQ(tsr_q8_set_activation(&e, 3, 1.0f), -2);
  EXPECT_EQ(tsr_q8_set_activation(&e, TSR_Q8_RELU, 0.0f), -3);
  e.zero_point = 10;
  ASSERT_EQ(tsr_q8_set_activation(&e, TSR_Q8_RELU, 0.1f), TSR_OK);
  EXPECT_EQ(e.low, 10);
  EXPECT_EQ(e.high, 255);
  ASSERT_EQ(tsr_q8_set_activation(&e, TSR_Q8_RELU6, 0.1f), TSR_OK);
  EXPECT_EQ(e.high, 70);
  ASSERT_EQ(tsr_q8_set_activation(&e, TSR_Q8_LINEAR, 0.0f), TSR_OK);
  EXPECT_EQ(e.low, 0);
  EXPECT_EQ(e.high, 255);
}

}  // namespace
}  // namespace tessera::test
