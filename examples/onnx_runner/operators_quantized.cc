// Operators of 8-bit numbers. Those that take their operands' scales along become what they stand for: dequantize, the
// operator on f32, quantize. A pass then puts the products together again (passes.cc).
#include <utility>

#include "arranger.h"
#include "layers.h"
#include "operators.h"

namespace onnx_runner {
namespace {

// Scale and zero point, inputs `scale` and `zero` of the node, for integers of x's sizes.
Quantization quantization_of(const NodeBuilder& b, Type absent, const Dims& dims, std::size_t scale, std::size_t zero,
                             Index axis) {
  Quantization q;
  q.scale = b.reals_of(scale);
  q.type = b.has(zero) ? b.input(zero).type : absent;
  if (b.has(zero)) {
    for (const Index z : b.integers_of(zero)) q.zero.push_back(static_cast<std::int32_t>(z));
  }
  if (q.zero.empty()) q.zero.assign(q.scale.size(), 0);
  if (q.zero.size() == 1) q.zero.assign(q.scale.size(), q.zero[0]);
  b.require(q.zero.size() == q.scale.size(), "not as many zero points as scales");
  if (q.scale.size() != 1) {
    q.axis = b.axis(axis, dims.size());
    b.require(static_cast<Index>(q.scale.size()) == dims[static_cast<std::size_t>(q.axis)], "scales for other sizes");
  }
  return q;
}

bool is_byte(Type type) { return type == Type::kU8 || type == Type::kS8; }

// What integers stand for, as a constant or by a layer.
Value& reals(NodeBuilder& b, Value& x, const Quantization& q, Value& y) {
  if (x.is_constant()) {
    b.require(is_byte(x.type) || x.type == Type::kS32, "elements that are neither bytes nor s32");
    y.integers = &x;
    y.quantization = q;
    y.quantization.type = x.type;
  } else {
    b.require(is_byte(x.type), "elements that are no bytes");
    b.add<Dequantize>({&x}, {&y}, q);
  }
  return y;
}
Value& reals(NodeBuilder& b, std::size_t x, std::size_t scale, std::size_t zero, Index axis = 0) {
  Value& v = b.input(x);
  return reals(b, v, quantization_of(b, v.type, v.dims, scale, zero, axis), b.intermediate(Type::kF32, v.dims));
}

void quantize(NodeBuilder& b) {
  Value& x = b.input(0);
  b.require(x.type == Type::kF32, "elements that are not f32");
  const Quantization q = quantization_of(b, Type::kU8, x.dims, 1, 2, b.node.integer("axis", 1));
  b.require(is_byte(q.type), "integers that are no bytes");
  b.add<Quantize>({&x}, {&b.output(0, q.type, x.dims)}, q);
}

void dequantize(NodeBuilder& b) {
  Value& x = b.input(0);
  reals(b, x, quantization_of(b, x.type, x.dims, 1, 2, b.node.integer("axis", 1)), b.output(0, Type::kF32, x.dims));
}

// The node of an operator on f32 that a quantized one stands for, and its end: scale and zero point of y.
void as_reals(NodeBuilder& b, const char* op, const std::vector<Value*>& inputs, std::size_t scale, std::size_t zero) {
  Node node = b.node;
  node.op = op;
  node.domain.clear();
  constexpr Index kOpset = 13;
  if (!b.node.domain.empty()) node.opset = kOpset;
  NodeBuilder inner(b.graph(), node, inputs);
  find_operator("", op)(inner);
  Value& y = *inner.outputs()[0];
  const Quantization q = quantization_of(b, Type::kU8, y.dims, scale, zero, 0);
  b.require(q.axis < 0 && is_byte(q.type), "an output of more than one scale");
  b.add<Quantize>({&y}, {&b.output(0, q.type, y.dims)}, q);
}

// x, scale, zero, w, scale, zero, y's scale, zero, bias in units of the product's scale.
void convolution(NodeBuilder& b) {
  if (!b.input(3).is_constant()) b.constant(3);
  Value &x = reals(b, 0, 1, 2), &w = reals(b, 3, 4, 5);
  std::vector<Value*> inputs = {&x, &w};
  if (b.has(8)) {
    b.constant(8);
    Quantization q{Type::kS32, 0, {}, {}};
    for (const float scale : w.quantization.scale) q.scale.push_back(scale * b.real_of(1));
    q.zero.assign(q.scale.size(), 0);
    if (q.scale.size() == 1) q.axis = -1;
    inputs.push_back(&reals(b, b.input(8), q, b.intermediate(Type::kF32, b.input(8).dims)));
  }
  as_reals(b, "Conv", inputs, 6, 7);
}

void matmul(NodeBuilder& b) { as_reals(b, "MatMul", {&reals(b, 0, 1, 2, -2), &reals(b, 3, 4, 5, -1)}, 6, 7); }

template <const char* kOp>
void binary(NodeBuilder& b) {
  as_reals(b, kOp, {&reals(b, 0, 1, 2), &reals(b, 3, 4, 5)}, 6, 7);
}
template <const char* kOp>
void unary(NodeBuilder& b) {
  as_reals(b, kOp, {&reals(b, 0, 1, 2)}, 3, 4);
}
constexpr char kAdd[] = "Add", kMul[] = "Mul", kSigmoid[] = "Sigmoid", kLeakyRelu[] = "LeakyRelu",
               kAverage[] = "AveragePool", kGlobalAverage[] = "GlobalAveragePool", kSoftmax[] = "Softmax";

// y's scale, zero, then x, scale, zero for each input.
void concat(NodeBuilder& b) {
  std::vector<Value*> inputs;
  for (std::size_t i = 2; i + 2 < b.count(); i += 3) inputs.push_back(&reals(b, i, i + 1, i + 2));
  as_reals(b, "Concat", inputs, 0, 1);
}

}  // namespace

const Operator kQuantizedOperators[] = {{"DequantizeLinear", dequantize},
                                        {"QLinearAdd", binary<kAdd>},
                                        {"QLinearAveragePool", unary<kAverage>},
                                        {"QLinearConcat", concat},
                                        {"QLinearConv", convolution},
                                        {"QLinearGlobalAveragePool", unary<kGlobalAverage>},
                                        {"QLinearLeakyRelu", unary<kLeakyRelu>},
                                        {"QLinearMatMul", matmul},
                                        {"QLinearMul", binary<kMul>},
                                        {"QLinearSigmoid", unary<kSigmoid>},
                                        {"QLinearSoftmax", unary<kSoftmax>},
                                        {"QuantizeLinear", quantize},
                                        {nullptr, nullptr}};

}  // namespace onnx_runner
