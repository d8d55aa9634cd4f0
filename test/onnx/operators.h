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

struct Operator {
  const char* name;
  Answer (*run)(const OnnxNode& node, const Inputs& inputs);
  int passed;  // models of Debian 12's libonnx-testdata that pass
};

inline constexpr Operator kOperators[] = {
    {"Conv", conv, 26},
    {"ConvTranspose", conv_transpose, 12},
    {"Gemm", gemm, 12},
    {"MatMul", matmul, 3},
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
