// ONNX's operators by calls of the public C API. To add one: a function here, a line in kOperators.
#pragma once

#include <string>
#include <vector>

#include "support/onnx_model.h"

namespace tessera::test {

// One way of computing a node: its name, what came out, and what error the API states for it, as a share of the
// largest result. A call that failed leaves y empty, and says so in the name.
struct Result {
  std::string way;
  OnnxTensor y;
  double share_of_largest = 0;
};

// Either why the API does not offer this form of the operator, or at least one result.
struct Answer {
  std::string unsupported;
  std::vector<Result> results;
};

// Null for an input that is left out at the end or in between.
using Inputs = std::vector<const OnnxTensor*>;

Answer conv(const OnnxNode& node, const Inputs& inputs);
Answer conv_transpose(const OnnxNode& node, const Inputs& inputs);
Answer gemm(const OnnxNode& node, const Inputs& inputs);
Answer matmul(const OnnxNode& node, const Inputs& inputs);

// Layers: elementwise_operators.cc.
Answer unary(const OnnxNode& node, const Inputs& inputs);
Answer binary(const OnnxNode& node, const Inputs& inputs);
Answer power(const OnnxNode& node, const Inputs& inputs);
Answer quantize(const OnnxNode& node, const Inputs& inputs);
Answer dequantize(const OnnxNode& node, const Inputs& inputs);
// axis_operators.cc
Answer softmax(const OnnxNode& node, const Inputs& inputs);
Answer batch_norm(const OnnxNode& node, const Inputs& inputs);
Answer layer_norm(const OnnxNode& node, const Inputs& inputs);
Answer lrn(const OnnxNode& node, const Inputs& inputs);
Answer reduce(const OnnxNode& node, const Inputs& inputs);
Answer argmax(const OnnxNode& node, const Inputs& inputs);
// image_operators.cc
Answer pool(const OnnxNode& node, const Inputs& inputs);
Answer global_pool(const OnnxNode& node, const Inputs& inputs);
Answer resize(const OnnxNode& node, const Inputs& inputs);
Answer depth(const OnnxNode& node, const Inputs& inputs);
// moving_operators.cc
Answer concat(const OnnxNode& node, const Inputs& inputs);
Answer slice(const OnnxNode& node, const Inputs& inputs);
Answer pad(const OnnxNode& node, const Inputs& inputs);
Answer transpose(const OnnxNode& node, const Inputs& inputs);

// Element types of a first input, by bits.
inline constexpr unsigned kReal = 1u << OnnxTensor::kFloat;
inline constexpr unsigned kBytes = 1u << OnnxTensor::kU8 | 1u << OnnxTensor::kS8;
inline constexpr unsigned kAny = kReal | kBytes | 1u << OnnxTensor::kS32 | 1u << OnnxTensor::kS64;

struct Operator {
  const char* name;
  Answer (*run)(const OnnxNode& node, const Inputs& inputs);
  unsigned types;
  int passed;  // models of Debian 12's libonnx-testdata that pass
};

inline constexpr Operator kOperators[] = {
    {"Abs", unary, kReal, 1},
    {"Add", binary, kReal, 2},
    {"ArgMax", argmax, kReal | kBytes, 16},
    {"AveragePool", pool, kReal | kBytes, 14},
    {"BatchNormalization", batch_norm, kReal, 7},
    {"Clip", unary, kReal, 9},
    {"Concat", concat, kAny, 13},
    {"Conv", conv, kReal, 26},
    {"ConvTranspose", conv_transpose, kReal, 12},
    {"DepthToSpace", depth, kAny, 4},
    {"DequantizeLinear", dequantize, kBytes, 2},
    {"Div", binary, kReal, 3},
    {"Elu", unary, kReal, 4},
    {"Exp", unary, kReal, 3},
    {"Gemm", gemm, kReal, 12},
    {"GlobalAveragePool", global_pool, kReal, 2},
    {"GlobalMaxPool", global_pool, kReal, 2},
    {"HardSigmoid", unary, kReal, 3},
    {"HardSwish", unary, kReal, 1},
    {"LRN", lrn, kReal, 2},
    {"LayerNormalization", layer_norm, kReal, 19},
    {"LeakyRelu", unary, kReal, 5},
    {"Log", unary, kReal, 2},
    {"LogSoftmax", softmax, kReal, 10},
    {"MatMul", matmul, kReal, 3},
    {"Max", binary, kReal, 5},
    {"MaxPool", pool, kReal | kBytes, 18},
    {"Min", binary, kReal, 5},
    {"Mul", binary, kReal, 3},
    {"Neg", unary, kReal, 2},
    {"PRelu", binary, kReal, 8},
    {"Pad", pad, kAny, 8},
    {"Pow", power, kReal, 1},
    {"QuantizeLinear", quantize, kReal, 2},
    {"ReduceMax", reduce, kReal, 8},
    {"ReduceMean", reduce, kReal, 10},
    {"ReduceMin", reduce, kReal, 8},
    {"ReduceSum", reduce, kReal, 12},
    {"ReduceSumSquare", reduce, kReal, 8},
    {"Relu", unary, kReal, 3},
    {"Resize", resize, kReal, 12},
    {"Selu", unary, kReal, 5},
    {"Sigmoid", unary, kReal, 3},
    {"Slice", slice, kAny, 8},
    {"Softmax", softmax, kReal, 10},
    {"SpaceToDepth", depth, kAny, 2},
    {"Sqrt", unary, kReal, 3},
    {"Sub", binary, kReal, 3},
    {"Sum", binary, kReal, 3},
    {"Tanh", unary, kReal, 3},
    {"Transpose", transpose, kAny, 8},
    {"Upsample", resize, kReal, 1},
};

// A dense single-precision tensor of these sizes, all 0.
inline OnnxTensor float_tensor(std::vector<std::int64_t> dims) {
  OnnxTensor t;
  t.type = OnnxTensor::kFloat;
  t.dims = std::move(dims);
  t.raw.assign(static_cast<std::size_t>(t.count()) * sizeof(float), '\0');
  return t;
}
inline float* floats(OnnxTensor& t) { return reinterpret_cast<float*>(t.raw.data()); }

}  // namespace tessera::test
