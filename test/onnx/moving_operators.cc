// Operators that move elements.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "tensors.h"

namespace tessera::test {
namespace {

// Of a size, the first element and the count that ONNX's start, end and step select.
struct Range {
  std::int64_t start, count;
};
Range range_of(std::int64_t size, std::int64_t start, std::int64_t end, std::int64_t step) {
  if (start < 0) start += size;
  if (end < 0) end += size;
  start = std::clamp<std::int64_t>(start, 0, step > 0 ? size : size - 1);
  end = std::clamp<std::int64_t>(end, step > 0 ? 0 : -1, size);
  const std::int64_t count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;
  return {start, std::max<std::int64_t>(count, 0)};
}

}  // namespace

Answer concat(const OnnxNode& node, const Inputs& inputs) {
  const int axis = from_front(node.integer("axis", 1), inputs[0]->dims.size());
  std::vector<std::int64_t> dims = inputs[0]->dims;
  std::int64_t& along = dims[static_cast<std::size_t>(axis)];
  along = 0;
  std::vector<tsr_tensor> views;
  for (const OnnxTensor* const x : inputs) {
    along += x->dims[static_cast<std::size_t>(axis)];
    views.push_back(view(*x));
  }
  std::vector<const tsr_tensor*> pointers;
  for (const tsr_tensor& v : views) pointers.push_back(&v);
  return answer(*inputs[0], inputs[0]->type, dims, [&](const tsr_tensor&, const tsr_tensor& y) {
    return tsr_concat(nullptr, axis, static_cast<std::int32_t>(pointers.size()), pointers.data(), &y);
  });
}

Answer slice(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  const std::vector<std::int64_t> starts = list(node, inputs, 1, "starts", {}),
                                  ends = list(node, inputs, 2, "ends", {});
  std::vector<std::int64_t> axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  axes = list(node, inputs, 3, "axes", axes);
  const std::vector<std::int64_t> steps = list(node, inputs, 4, "", std::vector<std::int64_t>(starts.size(), 1));
  std::vector<std::int64_t> dims = x.dims;
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = static_cast<std::size_t>(from_front(axes[i], dims.size()));
    ranges.push_back(range_of(x.dims[axis], starts[i], ends[i], steps[i]));
    dims[axis] = ranges[i].count;
  }
  return answer(x, x.type, dims, [&](const tsr_tensor& in, const tsr_tensor& y) {
    tsr_tensor part = in;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      const tsr_tensor whole = part;
      const tsr_status bad =
          tsr_tensor_slice(&whole, from_front(axes[i], dims.size()), ranges[i].start, ranges[i].count, steps[i], &part);
      if (bad != TSR_OK) return bad;
    }
    return tsr_copy(nullptr, &part, &y);
  });
}

Answer pad(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  const std::size_t rank = x.dims.size();
  const std::vector<std::int64_t> pads = list(node, inputs, 1, "pads", {});
  const std::string name = node.text("mode", "constant");
  const int mode = name == "reflect" ? TSR_PAD_REFLECT : name == "edge" ? TSR_PAD_EDGE : TSR_PAD_CONSTANT;
  std::string value(8, '\0');
  const float attribute = node.real("value", 0);
  if (inputs.size() > 2 && inputs[2] != nullptr) {
    value = inputs[2]->raw;
  } else if (x.type == OnnxTensor::kFloat) {
    std::memcpy(value.data(), &attribute, sizeof attribute);
  }
  std::vector<std::int64_t> dims = x.dims;
  for (std::size_t i = 0; i < rank; ++i) dims[i] += pads[i] + pads[rank + i];
  return answer(x, x.type, dims, [&](const tsr_tensor& in, const tsr_tensor& y) {
    return tsr_pad(nullptr, &in, mode, pads.data(), value.data(), &y);
  });
}

Answer transpose(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  std::vector<std::int64_t> order(x.dims.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = node.integers("perm", order);
  std::vector<std::int64_t> dims;
  std::vector<std::int32_t> narrow;
  for (const std::int64_t i : order) {
    dims.push_back(x.dims[static_cast<std::size_t>(i)]);
    narrow.push_back(static_cast<std::int32_t>(i));
  }
  return answer(x, x.type, dims, [&](const tsr_tensor& in, const tsr_tensor& y) {
    tsr_tensor permuted;
    const tsr_status bad = tsr_tensor_permute(&in, narrow.data(), &permuted);
    return bad != TSR_OK ? bad : tsr_copy(nullptr, &permuted, &y);
  });
}

}  // namespace tessera::test
