// Conv and ConvTranspose: in both layouts, by the plan's choice and by every algorithm that takes the shape.
#include <tessera/conv.h>

#include <algorithm>
#include <utility>

#include "axis.h"
#include "operators.h"

namespace tessera::test {
namespace {

// Exchanges N x C x pixels and N x pixels x C.
std::vector<float> exchanged(const float* x, std::int64_t n, std::int64_t rows, std::int64_t columns) {
  std::vector<float> y(static_cast<std::size_t>(n * rows * columns));
  for (std::int64_t image = 0; image < n; ++image)
    for (std::int64_t i = 0; i < rows; ++i)
      for (std::int64_t j = 0; j < columns; ++j)
        y[static_cast<std::size_t>((image * columns + j) * rows + i)] = x[(image * rows + i) * columns + j];
  return y;
}

// The errors that conv.h states.
double stated_error(tsr_conv_algorithm algorithm) {
  switch (algorithm) {
    case TSR_CONV_WINOGRAD_2:
      return 1e-6;
    case TSR_CONV_WINOGRAD_4:
      return 5e-6;
    case TSR_CONV_WINOGRAD_6:
      return 4e-5;
    default:
      return 0;
  }
}

tsr_status run(const tsr_conv_desc& desc, const OnnxTensor& x, const OnnxTensor& w, const OnnxTensor* bias,
               OnnxTensor& y, double& error) {
  tsr_conv_plan* plan = nullptr;
  tsr_status status = tsr_conv_plan_create(nullptr, &desc, w.data<float>(), &plan);
  if (status != TSR_OK) return status;
  error = stated_error(tsr_conv_plan_algorithm(plan));
  tsr_conv_epilogue epilogue = TSR_CONV_EPILOGUE_INIT;
  if (bias != nullptr) epilogue.bias = bias->data<float>();
  if (desc.layout == TSR_NHWC) {
    const std::int64_t pixels = desc.in_height * desc.in_width, out_pixels = y.count() / desc.batch / desc.out_channels;
    const std::vector<float> in = exchanged(x.data<float>(), desc.batch, desc.in_channels, pixels);
    std::vector<float> out(static_cast<std::size_t>(y.count()));
    status = tsr_conv_run(plan, nullptr, in.data(), &epilogue, out.data(), nullptr, 0);
    out = exchanged(out.data(), desc.batch, out_pixels, desc.out_channels);
    std::copy(out.begin(), out.end(), floats(y));
  } else {
    status = tsr_conv_run(plan, nullptr, x.data<float>(), &epilogue, floats(y), nullptr, 0);
  }
  tsr_conv_plan_destroy(plan);
  return status;
}

Answer convolution(const OnnxNode& node, const Inputs& inputs, bool transposed) {
  const OnnxTensor &x = *inputs[0], &w = *inputs[1];
  const OnnxTensor* const bias = inputs.size() > 2 ? inputs[2] : nullptr;
  const std::size_t count = x.dims.size() - 2;
  if (count > 2) return {"three spatial dimensions", {}};
  Axis height;
  if (count == 2) height = axis_of(node, x.dims[2], w.dims[2], 0, count, transposed);
  const Axis width = axis_of(node, x.dims[count + 1], w.dims[count + 1], count - 1, count, transposed);

  tsr_conv_desc desc = TSR_CONV_INIT;
  desc.transposed = transposed;
  desc.batch = x.dims[0];
  desc.groups = node.integer("group", 1);
  desc.in_channels = x.dims[1];
  desc.out_channels = transposed ? w.dims[1] * desc.groups : w.dims[0];
  desc.in_height = height.in, desc.in_width = width.in;
  desc.kernel_height = height.kernel, desc.kernel_width = width.kernel;
  desc.stride_height = height.stride, desc.stride_width = width.stride;
  desc.dilation_height = height.dilation, desc.dilation_width = width.dilation;
  desc.pad_top = height.before, desc.pad_bottom = height.after;
  desc.pad_left = width.before, desc.pad_right = width.after;
  desc.output_pad_height = height.output_pad, desc.output_pad_width = width.output_pad;

  Answer answer;
  tsr_index out_height = 0, out_width = 0;
  if (const tsr_status bad = tsr_conv_output(&desc, &out_height, &out_width)) {
    answer.results.push_back({tsr_status_string(bad), {}});
    return answer;
  }
  std::vector<std::int64_t> dims = {desc.batch, desc.out_channels};
  if (count == 2) dims.push_back(out_height);
  dims.push_back(out_width);
  constexpr std::pair<tsr_conv_algorithm, const char*> kAlgorithms[] = {
      {TSR_CONV_AUTO, "auto"},          {TSR_CONV_GEMM, "gemm"},          {TSR_CONV_DEPTHWISE, "depthwise"},
      {TSR_CONV_WINOGRAD_2, "F(2, 3)"}, {TSR_CONV_WINOGRAD_4, "F(4, 3)"}, {TSR_CONV_WINOGRAD_6, "F(6, 3)"}};
  for (const tsr_image_layout layout : {TSR_NCHW, TSR_NHWC}) {
    for (const auto& [algorithm, name] : kAlgorithms) {
      desc.layout = layout;
      desc.algorithm = algorithm;
      desc.accuracy = algorithm == TSR_CONV_AUTO ? TSR_CONV_NORMAL : TSR_CONV_FAST;
      Result result{std::string(layout == TSR_NHWC ? "NHWC " : "NCHW ") + name, float_tensor(dims)};
      const tsr_status status = run(desc, x, w, bias, result.y, result.share_of_largest);
      const bool optional = algorithm != TSR_CONV_AUTO && algorithm != TSR_CONV_GEMM;
      if (optional && status == TSR_CONV_BAD_ALGORITHM) continue;
      if (status != TSR_OK) result = {result.way + ": " + tsr_status_string(status), {}};
      answer.results.push_back(std::move(result));
    }
  }
  return answer;
}

}  // namespace

Answer conv(const OnnxNode& node, const Inputs& inputs) { return convolution(node, inputs, false); }
Answer conv_transpose(const OnnxNode& node, const Inputs& inputs) { return convolution(node, inputs, true); }

}  // namespace tessera::test
