// Operators along dimensions.
#include <algorithm>
#include <utility>

#include "arranger.h"
#include "layers.h"
#include "operators.h"

namespace onnx_runner {
namespace {

class Softmax final : public Layer {
 public:
  Softmax(bool logarithm, int axis) : logarithm_(logarithm), axis_(axis) {}
  void arrange(Arranger& arranger) override { arranger.like(out(), in(0)); }
  void run(const tsr_context* context) override {
    check(logarithm_ ? tsr_log_softmax(context, axis_, x(), y()) : tsr_softmax(context, axis_, x(), y()));
  }

 private:
  bool logarithm_;
  int axis_;
};

void softmax(NodeBuilder& b) {
  Value& x = b.input(0);
  b.require(x.type == Type::kF32, "elements that are not f32");
  const bool logarithm = b.node.op == "LogSoftmax", old = b.node.opset < 13;
  const int axis = b.axis(b.node.integer("axis", old ? 1 : -1), x.dims.size());
  if (!old || axis + 1 == static_cast<int>(x.dims.size())) {
    b.add<Softmax>({&x}, {&b.output(0, x.type, x.dims)}, logarithm, axis);
    return;
  }
  // Before version 13: of a matrix that has everything before the axis as rows.
  const Index rows = count_of(Dims(x.dims.begin(), x.dims.begin() + axis));
  const Dims dims = {rows, count_of(Dims(x.dims.begin() + axis, x.dims.end()))};
  Value &matrix = b.intermediate(x.type, dims), &y = b.intermediate(x.type, dims);
  b.add<Reshape>({&x}, {&matrix});
  b.add<Softmax>({&matrix}, {&y}, logarithm, 1);
  b.add<Reshape>({&y}, {&b.output(0, x.type, x.dims)});
}

Dims without(const Dims& dims, std::uint32_t axes) {
  Dims left;
  for (std::size_t i = 0; i < dims.size(); ++i)
    if ((axes >> i & 1) == 0) left.push_back(dims[i]);
  return left;
}

void reduce(NodeBuilder& b) {
  constexpr std::pair<const char*, int> kReductions[] = {{"ReduceSum", TSR_REDUCE_SUM},
                                                         {"ReduceMean", TSR_REDUCE_MEAN},
                                                         {"ReduceMax", TSR_REDUCE_MAX},
                                                         {"ReduceMin", TSR_REDUCE_MIN},
                                                         {"ReduceSumSquare", TSR_REDUCE_SUM_SQUARES}};
  Value& x = b.input(0);
  b.require(x.type == Type::kF32, "elements that are not f32");
  b.require(x.dims.size() <= TSR_MAX_RANK, "too many dimensions");
  std::uint32_t axes = 0;
  for (const Index a : b.list(1, "axes", {})) axes |= 1u << b.axis(a, x.dims.size());
  if (axes == 0 && b.node.integer("noop_with_empty_axes", 0) == 0) axes = (1u << x.dims.size()) - 1;
  Dims dims = x.dims;
  for (std::size_t i = 0; i < dims.size(); ++i)
    if ((axes >> i & 1) != 0) dims[i] = 1;
  int reduction = -1;
  for (const auto& [name, value] : kReductions)
    if (b.node.op == name) reduction = value;
  if (b.node.integer("keepdims", 1) != 0) {
    b.add<Reduce>({&x}, {&b.output(0, x.type, dims)}, reduction, axes);
    return;
  }
  Value& y = b.intermediate(x.type, dims);
  b.add<Reduce>({&x}, {&y}, reduction, axes);
  b.add<Reshape>({&y}, {&b.output(0, x.type, without(dims, axes))});
}

class ArgMax final : public Layer {
 public:
  ArgMax(int axis, bool last) : axis_(axis), last_(last) {}
  void arrange(Arranger& arranger) override { arranger.dense(out()); }
  void run(const tsr_context* context) override { check(tsr_argmax(context, axis_, last_, x(), y())); }

 private:
  int axis_;
  bool last_;
};

void argmax(NodeBuilder& b) {
  Value& x = b.input(0);
  const int axis = b.axis(b.node.integer("axis", 0), x.dims.size());
  Dims dims = x.dims;
  dims[static_cast<std::size_t>(axis)] = 1;
  const bool keeps = b.node.integer("keepdims", 1) != 0;
  Value& y = keeps ? b.output(0, Type::kS64, dims) : b.intermediate(Type::kS64, dims);
  b.add<ArgMax>({&x}, {&y}, axis, b.node.integer("select_last_index", 0) != 0);
  if (!keeps) b.add<Reshape>({&y}, {&b.output(0, Type::kS64, without(dims, 1u << axis))});
}

void layer_norm(NodeBuilder& b) {
  Value& x = b.input(0);
  const int axis = b.axis(b.node.integer("axis", -1), x.dims.size());
  const float epsilon = b.node.real("epsilon", 1e-5f);
  const Dims rest(x.dims.begin() + axis, x.dims.end());
  const auto numbers = [&](std::size_t i) -> Value* {
    if (!b.has(i)) return nullptr;
    b.require(b.input(i).dims == rest, "numbers for other dimensions");
    return &b.input(i);
  };
  b.add<LayerNorm>({&x, numbers(1), numbers(2)}, {&b.output(0, x.type, x.dims)}, axis, epsilon);
  if (b.node.outputs.size() < 2) return;

  // The other outputs, which few models want: the mean, and 1 / sqrt(variance + epsilon).
  b.require(x.dims.size() <= TSR_MAX_RANK, "too many dimensions");
  const std::uint32_t axes = (1u << x.dims.size()) - (1u << axis);
  Dims dims = x.dims;
  std::fill(dims.begin() + axis, dims.end(), 1);
  const auto scalar = [&](float number) {
    Tensor t(x.type, {});
    t.data<float>()[0] = number;
    return &b.add_constant(std::move(t));
  };
  const auto value = [&](const Dims& d) { return &b.intermediate(x.type, d); };
  Value *const mean = &b.output(1, x.type, dims), *const centred = value(x.dims), *const squares = value(x.dims),
               *const variance = value(dims), *const sum = value(dims), *const root = value(dims);
  b.add<Reduce>({&x}, {mean}, TSR_REDUCE_MEAN, axes);
  b.add<Binary>({&x, mean}, {centred}, TSR_SUB);
  b.add<Binary>({centred, centred}, {squares}, TSR_MUL);
  b.add<Reduce>({squares}, {variance}, TSR_REDUCE_MEAN, axes);
  b.add<Binary>({variance, scalar(epsilon)}, {sum}, TSR_ADD);
  b.add<Unary>({sum}, {root}, TSR_SQRT);
  b.add<Binary>({scalar(1), root}, {&b.output(2, x.type, dims)}, TSR_DIV);
}

}  // namespace

const Operator kAxisOperators[] = {{"ArgMax", argmax},      {"LayerNormalization", layer_norm},
                                   {"LogSoftmax", softmax}, {"ReduceMax", reduce},
                                   {"ReduceMean", reduce},  {"ReduceMin", reduce},
                                   {"ReduceSum", reduce},   {"ReduceSumSquare", reduce},
                                   {"Softmax", softmax},    {nullptr, nullptr}};

}  // namespace onnx_runner
