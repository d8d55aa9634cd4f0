// ONNX's own node tests of the quantised operators.
#include <gtest/gtest.h>
#include <tessera/quant.h>

#include <string>
#include <vector>

#include "support/onnx_tensor.h"

namespace tessera::test {
namespace {

class OnnxNode : public testing::Test {
 protected:
  void SetUp() override {
    if (!onnx_tests_installed()) GTEST_SKIP() << "libonnx-testdata is not installed";
  }
  static OnnxTensor tensor(const std::string& test, const char* which, int i) {
    OnnxTensor t;
    EXPECT_TRUE(read_onnx_tensor(test, which, i, t)) << test << " " << which << " " << i;
    return t;
  }
  static std::int32_t type_of(const OnnxTensor& t) { return t.type == OnnxTensor::kS8 ? TSR_S8 : TSR_U8; }
  static tsr_q8_matrix matrix(const OnnxTensor& t, std::int64_t offset, std::int64_t columns, std::int32_t zero) {
    return {t.raw.data() + offset, columns, 1, type_of(t), zero, nullptr};
  }
};

TEST_F(OnnxNode, MatMulInteger) {
  const std::string test = "test_matmulinteger";
  const OnnxTensor a = tensor(test, "input", 0), b = tensor(test, "input", 1), za = tensor(test, "input", 2),
                   zb = tensor(test, "input", 3), y = tensor(test, "output", 0);
  ASSERT_EQ(a.dims.size(), 2u);
  const std::int64_t m = a.dims[0], k = a.dims[1], n = b.dims[1];
  ASSERT_EQ(y.count(), m * n);
  const tsr_q8_matrix am = matrix(a, 0, k, za.as_byte()), bm = matrix(b, 0, n, zb.as_byte());
  std::vector<std::int32_t> c(static_cast<std::size_t>(m * n));
  ASSERT_EQ(tsr_gemm_q8(nullptr, m, n, k, &am, &bm, nullptr, c.data(), n, 1), TSR_OK);
  EXPECT_EQ(c, std::vector<std::int32_t>(y.data<std::int32_t>(), y.data<std::int32_t>() + y.count()));
}

TEST_F(OnnxNode, QLinearMatMul) {
  for (const std::string test : {"test_qlinearmatmul_2D", "test_qlinearmatmul_3D"}) {
    const OnnxTensor a = tensor(test, "input", 0), a_scale = tensor(test, "input", 1),
                     a_zero = tensor(test, "input", 2), b = tensor(test, "input", 3),
                     b_scale = tensor(test, "input", 4), b_zero = tensor(test, "input", 5),
                     y_scale = tensor(test, "input", 6), y_zero = tensor(test, "input", 7),
                     y = tensor(test, "output", 0);
    const std::size_t rank = a.dims.size();
    ASSERT_GE(rank, 2u);
    const std::int64_t m = a.dims[rank - 2], k = a.dims[rank - 1], n = b.dims[rank - 1], batch = a.count() / (m * k);
    const float scale = a_scale.as_float() * b_scale.as_float() / y_scale.as_float();
    tsr_q8_epilogue e = tsr_q8_epilogue_of(y.type == OnnxTensor::kS8 ? TSR_Q8_S8 : TSR_Q8_U8);
    e.scale = &scale;
    e.zero_point = y_zero.as_byte();
    std::string c(y.raw.size(), '\x55');
    for (std::int64_t i = 0; i < batch; ++i) {
      const tsr_q8_matrix am = matrix(a, i * m * k, k, a_zero.as_byte()),
                          bm = matrix(b, i * k * n, n, b_zero.as_byte());
      ASSERT_EQ(tsr_gemm_q8(nullptr, m, n, k, &am, &bm, &e, c.data() + i * m * n, n, 1), TSR_OK);
    }
    EXPECT_EQ(c, y.raw) << test;
  }
}

TEST_F(OnnxNode, DynamicQuantizeLinear) {
  for (const std::string test : {"test_dynamicquantizelinear", "test_dynamicquantizelinear_max_adjusted",
                                 "test_dynamicquantizelinear_min_adjusted"}) {
    const OnnxTensor x = tensor(test, "input", 0), y = tensor(test, "output", 0), y_scale = tensor(test, "output", 1),
                     y_zero = tensor(test, "output", 2);
    std::string out(y.raw.size(), '\x55');
    float scale = 0;
    std::int32_t zero = -1;
    ASSERT_EQ(tsr_q8_quantize_dynamic(1, x.count(), x.data<float>(), x.count(), 0,
                                      reinterpret_cast<std::uint8_t*>(out.data()), x.count(), &scale, &zero),
              TSR_OK);
    EXPECT_EQ(scale, y_scale.as_float()) << test;
    EXPECT_EQ(zero, y_zero.as_byte()) << test;
    EXPECT_EQ(out, y.raw) << test;
  }
}

// By tensor, and along axis 1 of (N, C, ...), a scale and zero point for each channel.
TEST_F(OnnxNode, QuantizeAndDequantizeLinear) {
  for (const bool quantize : {true, false}) {
    for (const bool axis : {false, true}) {
      const std::string test =
          std::string(quantize ? "test_quantizelinear" : "test_dequantizelinear") + (axis ? "_axis" : "");
      const OnnxTensor x = tensor(test, "input", 0), scale = tensor(test, "input", 1), zero = tensor(test, "input", 2),
                       y = tensor(test, "output", 0);
      const std::int64_t channels = scale.count(), inner = axis ? x.count() / x.dims[0] / channels : x.count();
      std::string out(y.raw.size(), '\x55');
      for (std::int64_t at = 0; at < x.count(); at += inner) {
        const std::int64_t channel = at / inner % channels;
        const std::int32_t type = type_of(quantize ? y : x);
        const std::int32_t z =
            zero.type == OnnxTensor::kS8 ? zero.data<std::int8_t>()[channel] : zero.data<std::uint8_t>()[channel];
        const float s = scale.data<float>()[channel];
        ASSERT_EQ(quantize ? tsr_q8_quantize(inner, x.data<float>() + at, s, type, z, out.data() + at)
                           : tsr_q8_dequantize(inner, x.raw.data() + at, type, s, z,
                                               reinterpret_cast<float*>(out.data()) + at),
                  TSR_OK);
      }
      EXPECT_EQ(out, y.raw) << test;
    }
  }
}

}  // namespace
}  // namespace tessera::test
