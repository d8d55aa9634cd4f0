// Operators of images. Those of one dimension are images of one row.
#include <cmath>
#include <cstring>
#include <utility>

#include "axis.h"
#include "tensors.h"

namespace tessera::test {
namespace {

bool one_row(const OnnxTensor& x) { return x.dims.size() == 3; }
OnnxTensor image(const OnnxTensor& x) {
  OnnxTensor i = x;
  if (one_row(x)) i.dims.insert(i.dims.begin() + 2, 1);
  return i;
}
void as_before(Answer& a, const OnnxTensor& x) {
  for (Result& r : a.results)
    if (one_row(x) && r.y.dims.size() == 4) r.y.dims.erase(r.y.dims.begin() + 2);
}

}  // namespace

Answer pool(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  const std::size_t count = x.dims.size() - 2;
  if (count > 2) return {"three spatial dimensions", {}};
  if (node.outputs.size() > 1) return {"the positions of the largest", {}};
  const std::vector<std::int64_t> kernel = node.integers("kernel_shape", {});
  Axis height;
  if (count == 2) height = axis_of(node, x.dims[2], kernel[0], 0, count, false);
  const Axis width = axis_of(node, x.dims[count + 1], kernel[count - 1], count - 1, count, false);
  tsr_pool_desc desc = TSR_POOL_INIT;
  desc.pooling = node.op == "MaxPool"                        ? TSR_POOL_MAX
                 : node.integer("count_include_pad", 0) != 0 ? TSR_POOL_AVERAGE_PAD
                                                             : TSR_POOL_AVERAGE;
  desc.ceil_mode = node.integer("ceil_mode", 0) != 0;
  desc.kernel_height = height.kernel, desc.kernel_width = width.kernel;
  desc.stride_height = height.stride, desc.stride_width = width.stride;
  desc.dilation_height = height.dilation, desc.dilation_width = width.dilation;
  desc.pad_top = height.before, desc.pad_bottom = height.after;
  desc.pad_left = width.before, desc.pad_right = width.after;
  tsr_index rows = 0, columns = 0;
  if (const tsr_status bad = tsr_pool_output(&desc, height.in, width.in, &rows, &columns))
    return {{}, {{tsr_status_string(bad), {}}}};
  Answer a = answer(image(x), x.type, {x.dims[0], x.dims[1], rows, columns},
                    [&](const tsr_tensor& in, const tsr_tensor& y) { return tsr_pool(nullptr, &desc, &in, &y); });
  as_before(a, x);
  return a;
}

Answer global_pool(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  if (x.dims.size() != 4) return {"not an image", {}};
  const int reduction = node.op == "GlobalMaxPool" ? TSR_REDUCE_MAX : TSR_REDUCE_MEAN;
  return answer(x, OnnxTensor::kFloat, {x.dims[0], x.dims[1], 1, 1}, [&](const tsr_tensor& in, const tsr_tensor& y) {
    return tsr_reduce(nullptr, reduction, 0xc, &in, &y);
  });
}

Answer resize(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  const bool old = node.op == "Upsample" || node.opset < 11;
  const std::string mode = node.text("mode", "nearest");
  const std::string coordinates = node.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  const std::string rounding = node.text("nearest_mode", old ? "floor" : "round_prefer_floor");
  if (mode == "cubic") return {"cubic", {}};
  constexpr std::pair<const char*, int> kCoordinates[] = {{"half_pixel", TSR_RESIZE_HALF_PIXEL},
                                                          {"pytorch_half_pixel", TSR_RESIZE_PYTORCH_HALF_PIXEL},
                                                          {"asymmetric", TSR_RESIZE_ASYMMETRIC},
                                                          {"align_corners", TSR_RESIZE_ALIGN_CORNERS},
                                                          {"tf_half_pixel_for_nn", TSR_RESIZE_TF_HALF_PIXEL}};
  constexpr std::pair<const char*, int> kRoundings[] = {{"round_prefer_floor", TSR_RESIZE_ROUND_PREFER_FLOOR},
                                                        {"round_prefer_ceil", TSR_RESIZE_ROUND_PREFER_CEIL},
                                                        {"floor", TSR_RESIZE_FLOOR},
                                                        {"ceil", TSR_RESIZE_CEIL}};
  int where = -1, round = -1;
  for (const auto& [name, value] : kCoordinates)
    if (coordinates == name) where = value;
  for (const auto& [name, value] : kRoundings)
    if (rounding == name) round = value;
  if (where < 0 || round < 0) return {coordinates, {}};
  if (x.dims.size() != 4) return {"not an image", {}};

  // Inputs: x, scales before version 11; x, region, scales, sizes since.
  const std::size_t scales_at = old ? 1 : 2;
  std::vector<std::int64_t> dims = list(node, inputs, 3, "", {});
  float scales[2] = {0, 0};
  if (dims.empty()) {
    const OnnxTensor* const given = inputs.size() > scales_at ? inputs[scales_at] : nullptr;
    if (given == nullptr || given->count() != 4) return {"scales that are no input", {}};
    for (std::size_t i = 0; i < 4; ++i)
      dims.push_back(static_cast<std::int64_t>(std::floor(static_cast<float>(x.dims[i]) * given->data<float>()[i])));
    std::memcpy(scales, given->data<float>() + 2, sizeof scales);
  }
  if (dims.size() != 4 || dims[0] != x.dims[0] || dims[1] != x.dims[1]) return {"batch or channels resized", {}};
  return answer(x, OnnxTensor::kFloat, dims, [&](const tsr_tensor& in, const tsr_tensor& y) {
    return tsr_resize(nullptr, mode == "nearest" ? TSR_RESIZE_NEAREST : TSR_RESIZE_LINEAR, where, round, scales[0],
                      scales[1], &in, &y);
  });
}

Answer depth(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor& x = *inputs[0];
  const std::int64_t block = node.integer("blocksize", 1), n = x.dims[0], c = x.dims[1], h = x.dims[2], w = x.dims[3];
  if (node.op == "SpaceToDepth")
    return answer(x, x.type, {n, c * block * block, h / block, w / block},
                  [&](const tsr_tensor& in, const tsr_tensor& y) {
                    return tsr_space_to_depth(nullptr, block, TSR_DEPTH_BLOCK_FIRST, &in, &y);
                  });
  const int order = node.text("mode", "DCR") == "CRD" ? TSR_DEPTH_CHANNEL_FIRST : TSR_DEPTH_BLOCK_FIRST;
  return answer(
      x, x.type, {n, c / (block * block), h * block, w * block},
      [&](const tsr_tensor& in, const tsr_tensor& y) { return tsr_depth_to_space(nullptr, block, order, &in, &y); });
}

}  // namespace tessera::test
