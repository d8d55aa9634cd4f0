// Operators element by element, and to and from bytes.
#include <algorithm>
#include <limits>
#include <utility>

#include "tensors.h"

namespace tessera::test {
namespace {

struct Function {
  const char* op;
  int function;
  const char* a_name;
  float a;
  const char* b_name;
  float b;
};
constexpr float kLargest = std::numeric_limits<float>::max();
constexpr Function kFunctions[] = {
    {"Abs", TSR_ABS, "", 0, "", 0},
    {"Clip", TSR_ACTIVATION_CLIP, "min", -kLargest, "max", kLargest},
    {"Elu", TSR_ELU, "alpha", 1, "", 0},
    {"Exp", TSR_EXP, "", 0, "", 0},
    {"HardSigmoid", TSR_HARD_SIGMOID, "alpha", 0.2f, "beta", 0.5f},
    {"HardSwish", TSR_ACTIVATION_HARD_SWISH, "", 0, "", 0},
    {"LeakyRelu", TSR_ACTIVATION_LEAKY_RELU, "alpha", 0.01f, "", 0},
    {"Log", TSR_LOG, "", 0, "", 0},
    {"Neg", TSR_NEG, "", 0, "", 0},
    {"Relu", TSR_ACTIVATION_RELU, "", 0, "", 0},
    {"Selu", TSR_SELU, "alpha", 1.67326319f, "gamma", 1.05070102f},
    {"Sigmoid", TSR_ACTIVATION_SIGMOID, "", 0, "", 0},
    {"Sqrt", TSR_SQRT, "", 0, "", 0},
    {"Tanh", TSR_ACTIVATION_TANH, "", 0, "", 0},
};

struct Operation {
  const char* op;
  int operation;
};
constexpr Operation kOperations[] = {{"Add", TSR_ADD}, {"Sub", TSR_SUB}, {"Mul", TSR_MUL}, {"Div", TSR_DIV},
                                     {"Max", TSR_MAX}, {"Min", TSR_MIN}, {"Sum", TSR_ADD}, {"PRelu", TSR_PRELU}};

std::vector<std::int64_t> broadcast(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  const bool longer = a.size() >= b.size();
  std::vector<std::int64_t> y = longer ? a : b;
  const std::vector<std::int64_t>& other = longer ? b : a;
  for (std::size_t i = 0; i < other.size(); ++i) {
    std::int64_t& size = y[y.size() - other.size() + i];
    if (size == 1) size = other[i];
  }
  return y;
}

std::vector<std::int32_t> zero_points(const Inputs& inputs) {
  std::vector<std::int32_t> zero;
  if (inputs.size() < 3 || inputs[2] == nullptr) return zero;
  const OnnxTensor& t = *inputs[2];
  for (std::int64_t i = 0; i < t.count(); ++i)
    zero.push_back(t.type == OnnxTensor::kS8 ? t.data<std::int8_t>()[i] : t.data<std::uint8_t>()[i]);
  return zero;
}

int quantized_axis(const OnnxNode& node, const Inputs& inputs) {
  return inputs[1]->dims.empty() ? -1 : from_front(node.integer("axis", 1), inputs[0]->dims.size());
}

}  // namespace

Answer unary(const OnnxNode& node, const Inputs& inputs) {
  const Function& f = *std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                    [&](const Function& entry) { return node.op == entry.op; });
  float a = node.real(f.a_name, f.a), b = node.real(f.b_name, f.b);
  if (inputs.size() > 1 && inputs[1] != nullptr) a = inputs[1]->as_float();  // Clip's
  if (inputs.size() > 2 && inputs[2] != nullptr) b = inputs[2]->as_float();
  return answer(*inputs[0], OnnxTensor::kFloat, inputs[0]->dims,
                [&](const tsr_tensor& x, const tsr_tensor& y) { return tsr_unary(nullptr, f.function, a, b, &x, &y); });
}

Answer binary(const OnnxNode& node, const Inputs& inputs) {
  if (node.opset < 7 && node.integer("broadcast", 0) != 0) return {"broadcasting before version 7", {}};
  const Operation& o = *std::find_if(std::begin(kOperations), std::end(kOperations),
                                     [&](const Operation& entry) { return node.op == entry.op; });
  OnnxTensor y = *inputs[0];
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    OnnxTensor operand = *inputs[i];
    if (node.op == "PRelu" && operand.dims.size() == 1 && operand.count() > 1 && y.dims.size() > 1 &&
        operand.dims[0] != y.dims.back())
      operand.dims.resize(y.dims.size() - 1, 1);  // before version 7: of channels
    OnnxTensor next = zeros(OnnxTensor::kFloat, broadcast(y.dims, operand.dims));
    const tsr_tensor p = view(y), q = view(operand), r = view(next);
    if (const tsr_status bad = tsr_binary(nullptr, o.operation, 1, &p, 1, &q, &r))
      return {{}, {{tsr_status_string(bad), {}}}};
    y = std::move(next);
  }
  return {{}, {{"dense", std::move(y)}}};
}

Answer power(const OnnxNode&, const Inputs& inputs) {
  if (inputs[1]->type != OnnxTensor::kFloat) return {"an exponent that is no float", {}};
  if (inputs[1]->count() != 1) return {"an exponent for each element", {}};
  const float exponent = inputs[1]->as_float();
  return answer(*inputs[0], OnnxTensor::kFloat, inputs[0]->dims, [&](const tsr_tensor& x, const tsr_tensor& y) {
    return tsr_unary(nullptr, TSR_POWER, exponent, 0, &x, &y);
  });
}

Answer quantize(const OnnxNode& node, const Inputs& inputs) {
  const std::vector<std::int32_t> zero = zero_points(inputs);
  const int axis = quantized_axis(node, inputs);
  const int type = zero.empty() ? int{OnnxTensor::kU8} : inputs[2]->type;
  return answer(*inputs[0], type, inputs[0]->dims, [&](const tsr_tensor& x, const tsr_tensor& y) {
    return tsr_quantize(nullptr, &x, axis, inputs[1]->data<float>(), zero.empty() ? nullptr : zero.data(), &y);
  });
}

Answer dequantize(const OnnxNode& node, const Inputs& inputs) {
  const std::vector<std::int32_t> zero = zero_points(inputs);
  const int axis = quantized_axis(node, inputs);
  return answer(*inputs[0], OnnxTensor::kFloat, inputs[0]->dims, [&](const tsr_tensor& x, const tsr_tensor& y) {
    return tsr_dequantize(nullptr, &x, axis, inputs[1]->data<float>(), zero.empty() ? nullptr : zero.data(), &y);
  });
}

}  // namespace tessera::test
