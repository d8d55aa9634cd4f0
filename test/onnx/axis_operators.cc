// Operators along a dimension.
#include <cstdint>
#include <utility>

#include "tensors.h"

namespace tessera::test {
namespace {

// As `dims`, or without the dimensions of `axes`.
void drop(OnnxTensor& y, std::uint32_t axes) {
  std::vector<std::int64_t> dims;
  for (std::size_t i = 0; i < y.dims.size(); ++i)
    if ((axes >> i & 1) == 0) dims.push_back(y.dims[i]);
  y.dims = dims;
}

}  // namespace

Answer softmax(const OnnxNode& node, const Inputs& inputs) {
  OnnxTensor x = *inputs[0];
  int axis = from_front(node.integer("axis", node.opset < 13 ? 1 : -1), x.dims.size());
  if (node.opset < 13) {  // of a matrix that has everything before the axis as rows
    std::int64_t rows = 1;
    for (int i = 0; i < axis; ++i) rows *= x.dims[static_cast<std::size_t>(i)];
    x.dims = {rows, x.count() / rows};
    axis = 1;
  }
  Answer a = answer(x, OnnxTensor::kFloat, x.dims, [&](const tsr_tensor& in, const tsr_tensor& y) {
    return node.op == "Softmax" ? tsr_softmax(nullptr, axis, &in, &y) : tsr_log_softmax(nullptr, axis, &in, &y);
  });
  for (Result& r : a.results)
    if (!r.y.dims.empty()) r.y.dims = inputs[0]->dims;
  return a;
}

Answer batch_norm(const OnnxNode& node, const Inputs& inputs) {
  if (node.integer("training_mode", 0) != 0) return {"training", {}};
  const auto numbers = [&](std::size_t i) { return inputs[i]->data<float>(); };
  return answer(*inputs[0], OnnxTensor::kFloat, inputs[0]->dims, [&](const tsr_tensor& x, const tsr_tensor& y) {
    return tsr_batch_norm(nullptr, &x, 1, numbers(3), numbers(4), numbers(1), numbers(2), node.real("epsilon", 1e-5f),
                          &y);
  });
}

// Mean and deviation, its other outputs, are not offered.
Answer layer_norm(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  const float* const beta = inputs.size() > 2 && inputs[2] != nullptr ? inputs[2]->data<float>() : nullptr;
  OnnxTensor y = zeros(OnnxTensor::kFloat, x.dims);
  const tsr_tensor in = view(x), out = view(y);
  const tsr_status bad = tsr_layer_norm(nullptr, from_front(node.integer("axis", -1), x.dims.size()),
                                        inputs[1]->data<float>(), beta, node.real("epsilon", 1e-5f), &in, &out);
  if (bad != TSR_OK) return {{}, {{tsr_status_string(bad), {}}}};
  return {{}, {{"dense", std::move(y)}}};
}

Answer lrn(const OnnxNode& node, const Inputs& inputs) {
  return answer(*inputs[0], OnnxTensor::kFloat, inputs[0]->dims, [&](const tsr_tensor& x, const tsr_tensor& y) {
    return tsr_lrn(nullptr, node.integer("size", 0), node.real("alpha", 1e-4f), node.real("beta", 0.75f),
                   node.real("bias", 1), &x, &y);
  });
}

Answer reduce(const OnnxNode& node, const Inputs& inputs) {
  constexpr std::pair<const char*, int> kReductions[] = {{"ReduceSum", TSR_REDUCE_SUM},
                                                         {"ReduceMean", TSR_REDUCE_MEAN},
                                                         {"ReduceMax", TSR_REDUCE_MAX},
                                                         {"ReduceMin", TSR_REDUCE_MIN},
                                                         {"ReduceSumSquare", TSR_REDUCE_SUM_SQUARES}};
  const OnnxTensor& x = *inputs[0];
  std::uint32_t axes = 0;
  std::vector<std::int64_t> dims = x.dims;
  for (const std::int64_t axis : list(node, inputs, 1, "axes", {})) axes |= 1u << from_front(axis, dims.size());
  if (axes == 0 && node.integer("noop_with_empty_axes", 0) == 0) axes = (1u << dims.size()) - 1;
  for (std::size_t i = 0; i < dims.size(); ++i)
    if ((axes >> i & 1) != 0) dims[i] = 1;
  Answer a = answer(x, OnnxTensor::kFloat, dims, [&](const tsr_tensor& in, const tsr_tensor& y) {
    int reduction = -1;
    for (const auto& [name, value] : kReductions)
      if (node.op == name) reduction = value;
    return tsr_reduce(nullptr, reduction, axes, &in, &y);
  });
  for (Result& r : a.results)
    if (node.integer("keepdims", 1) == 0) drop(r.y, axes);
  return a;
}

Answer argmax(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  const int axis = from_front(node.integer("axis", 0), x.dims.size());
  const int last = node.integer("select_last_index", 0) != 0;
  std::vector<std::int64_t> dims = x.dims;
  dims[static_cast<std::size_t>(axis)] = 1;
  Answer a = answer(x, OnnxTensor::kS64, dims, [&](const tsr_tensor& in, const tsr_tensor& y) {
    return tsr_argmax(nullptr, axis, last, &in, &y);
  });
  for (Result& r : a.results)
    if (node.integer("keepdims", 1) == 0) drop(r.y, 1u << axis);
  return a;
}

}  // namespace tessera::test
