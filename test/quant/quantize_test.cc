// Floats to bytes and back, to the bit, on every ISA.
#include <tessera/quant.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "support/guarded_buffer.h"
#include "support/int8_isas.h"

namespace tessera::test {
namespace {

class Quantize : public testing::TestWithParam<Isa> {};

std::int32_t quantized(float x, float scale, std::int32_t zero, std::int32_t low, std::int32_t high) {
  if (std::isnan(x)) return low;
  const double y = std::nearbyint(static_cast<double>(x / scale)) + zero;
  return static_cast<std::int32_t>(y < low ? low : y > high ? high : y);
}

TEST_P(Quantize, EveryLengthBetweenGuardPages) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const RequantizeSet& set = *find_int8(GetParam())->requantize;
  Random r(test_seed());
  GuardedBuffer xs(1 << 14), ys(1 << 14);
  for (index_t n = 0; n <= 150; ++n) {
    for (const Side side : {Side::start, Side::end}) {
      float* x = reinterpret_cast<float*>(xs.place(static_cast<std::size_t>(n) * 4, side));
      auto* y = reinterpret_cast<std::uint8_t*>(ys.place(static_cast<std::size_t>(n), side));
      const float scale = 0.01f + std::fabs(r.number<float>());
      for (index_t i = 0; i < n; ++i) {
        // Halves too, which go to the even side, and numbers that no integer holds.
        const index_t kind = r.integer(0, 5);
        x[i] = kind == 0   ? (static_cast<float>(r.integer(-300, 300)) + 0.5f) * scale
               : kind == 1 ? r.one_of({std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                                       std::numeric_limits<float>::quiet_NaN(), 3e38f, -0.0f, 1e-42f})
                           : 200.0f * scale * r.number<float>();
      }
      const bool is_signed = r.one_in(2);
      const std::int32_t low = is_signed ? -128 : 0, high = is_signed ? 127 : 255;
      const std::int32_t zero = static_cast<std::int32_t>(r.integer(low, high));
      set.quantize(x, n, scale, zero, low, high, y);
      for (index_t i = 0; i < n; ++i)
        ASSERT_EQ(byte_value(y[i], is_signed), quantized(x[i], scale, zero, low, high)) << x[i] << " / " << scale;
      float least = 1, greatest = -1, low_x = 0, high_x = 0;
      set.range(x, n, least, greatest);
      for (index_t i = 0; i < n; ++i) {
        if (x[i] < low_x) low_x = x[i];
        if (x[i] > high_x) high_x = x[i];
      }
      EXPECT_EQ(least, low_x);
      EXPECT_EQ(greatest, high_x);
      set.dequantize(y, is_signed, n, scale, zero, x);
      for (index_t i = 0; i < n; ++i) ASSERT_EQ(x[i], static_cast<float>(byte_value(y[i], is_signed) - zero) * scale);
      EXPECT_TRUE(xs.untouched() && ys.untouched());
    }
  }
}

TEST_P(Quantize, RowSums) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const RequantizeSet& set = *find_int8(GetParam())->requantize;
  Random r(test_seed());
  for (index_t k = 0; k <= 140; ++k) {
    std::vector<std::uint8_t> x(static_cast<std::size_t>(3 * k + 9));
    fill_bytes(r, x.data(), static_cast<index_t>(x.size()));
    for (const index_t step : {1, 3}) {
      for (const bool is_signed : {false, true}) {
        const index_t row = step == 1 ? k + 2 : 1;
        std::int32_t sums[3];
        set.row_sums(x.data(), is_signed, 3, row, k, step, sums);
        for (index_t i = 0; i < 3; ++i) {
          std::int32_t want = 0;
          for (index_t p = 0; p < k; ++p)
            want += byte_value(x[static_cast<std::size_t>(i * row + p * step)], is_signed);
          ASSERT_EQ(sums[i], want);
        }
      }
    }
  }
}

TEST(QuantizeDynamic, OneRangeOrOneForEachRow) {
  const std::vector<float> x = {0.0f, 2.0f, -3.0f, -2.5f, 1.34f, 0.5f, 7.0f, 1.0f};
  std::vector<std::uint8_t> y(8, 99);
  float scale[2] = {};
  std::int32_t zero[2] = {-1, -1};
  // ONNX's own example of DynamicQuantizeLinear is the first six numbers.
  ASSERT_EQ(tsr_q8_quantize_dynamic(1, 6, x.data(), 6, 0, y.data(), 6, scale, zero), TSR_OK);
  EXPECT_FLOAT_EQ(scale[0], 0.0196078438f);
  EXPECT_EQ(zero[0], 153);
  EXPECT_EQ(y, (std::vector<std::uint8_t>{153, 255, 0, 26, 221, 179, 99, 99}));
  ASSERT_EQ(tsr_q8_quantize_dynamic(2, 3, x.data(), 4, 1, y.data(), 4, scale, zero), TSR_OK);
  EXPECT_FLOAT_EQ(scale[0], 5.0f / 255.0f);
  EXPECT_FLOAT_EQ(scale[1], 7.0f / 255.0f);
  EXPECT_EQ(zero[1], 0);
  EXPECT_EQ(y[6], 255);
  EXPECT_EQ(y[3], 26) << "between the rows";
  // A range without 0 is made to hold it: all negative and all positive, as in ONNX's other examples.
  const std::vector<float> apart = {-1.0f, -2.1f, -1.3f, -4.0f, 1.0f, 2.1f, 1.3f, 4.0f};
  ASSERT_EQ(tsr_q8_quantize_dynamic(2, 4, apart.data(), 4, 1, y.data(), 4, scale, zero), TSR_OK);
  for (const float s : scale) EXPECT_FLOAT_EQ(s, 4.0f / 255.0f);
  EXPECT_EQ(zero[0], 255);
  EXPECT_EQ(zero[1], 0);
  EXPECT_EQ(y, (std::vector<std::uint8_t>{191, 121, 172, 0, 64, 134, 83, 255}));
  const float nothing[2] = {0.0f, -0.0f};
  ASSERT_EQ(tsr_q8_quantize_dynamic(1, 2, nothing, 2, 0, y.data(), 2, scale, zero), TSR_OK);
  EXPECT_EQ(scale[0], 1.0f);
  EXPECT_EQ(zero[0], 0);
  EXPECT_EQ(y[0], 0);
}

TEST(QuantizeArguments, AreJudged) {
  float x[4] = {1, 2, 3, 4}, scale[4];
  std::uint8_t y[4] = {9, 9, 9, 9};
  std::int32_t zero[4];
  EXPECT_EQ(tsr_q8_quantize(-1, x, 1.0f, TSR_U8, 0, y), -1);
  EXPECT_EQ(tsr_q8_quantize(4, nullptr, 1.0f, TSR_U8, 0, y), -2);
  EXPECT_EQ(tsr_q8_quantize(4, x, 0.0f, TSR_U8, 0, y), -3);
  EXPECT_EQ(tsr_q8_quantize(4, x, 1.0f, 7, 0, y), -4);
  EXPECT_EQ(tsr_q8_quantize(4, x, 1.0f, TSR_S8, 128, y), -5);
  EXPECT_EQ(tsr_q8_quantize(4, x, 1.0f, TSR_S8, 0, nullptr), -6);
  EXPECT_EQ(tsr_q8_dequantize(-1, y, TSR_U8, 1.0f, 0, x), -1);
  EXPECT_EQ(tsr_q8_dequantize(4, nullptr, TSR_U8, 1.0f, 0, x), -2);
  EXPECT_EQ(tsr_q8_dequantize(4, y, 2, 1.0f, 0, x), -3);
  EXPECT_EQ(tsr_q8_dequantize(4, y, TSR_U8, 1.0f, 256, x), -5);
  EXPECT_EQ(tsr_q8_dequantize(4, y, TSR_U8, 1.0f, 0, nullptr), -6);
  EXPECT_EQ(tsr_q8_quantize_dynamic(-1, 4, x, 4, 0, y, 4, scale, zero), -1);
  EXPECT_EQ(tsr_q8_quantize_dynamic(1, -4, x, 4, 0, y, 4, scale, zero), -2);
  EXPECT_EQ(tsr_q8_quantize_dynamic(1, 4, nullptr, 4, 0, y, 4, scale, zero), -3);
  EXPECT_EQ(tsr_q8_quantize_dynamic(2, 2, x, std::int64_t{1} << 62, 0, y, 2, scale, zero), -4);
  EXPECT_EQ(tsr_q8_quantize_dynamic(1, 4, x, 4, 0, nullptr, 4, scale, zero), -6);
  EXPECT_EQ(tsr_q8_quantize_dynamic(2, 2, x, 2, 0, y, 1, scale, zero), -7);
  EXPECT_EQ(tsr_q8_quantize_dynamic(1, 4, x, 4, 0, y, 4, nullptr, zero), -8);
  EXPECT_EQ(tsr_q8_quantize_dynamic(1, 4, x, 4, 0, y, 4, scale, nullptr), -9);
  for (const std::uint8_t b : y) EXPECT_EQ(b, 9);
}

INSTANTIATE_TEST_SUITE_P(Isa, Quantize, testing::ValuesIn(all_int8_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
