// What Conv, ConvTranspose and the pooling operators say of one spatial dimension.
#pragma once

#include <algorithm>

#include "support/onnx_model.h"

namespace tessera::test {

// One spatial dimension of a convolution.
struct Axis {
  std::int64_t in = 1, kernel = 1, stride = 1, dilation = 1, before = 0, after = 0, output_pad = 0;
  std::int64_t reach() const { return (kernel - 1) * dilation + 1; }

  // Padding of `total` pixels; an odd one goes behind or in front. A transposed convolution may be short of pixels,
  // which its output padding adds.
  void pad(std::int64_t total, bool odd_behind) {
    const std::int64_t least = std::max<std::int64_t>(total, 0);
    before = odd_behind ? least / 2 : least - least / 2;
    after = least - before;
    output_pad += std::max<std::int64_t>(-total, 0);
  }
};

// Dimension i of `count`.
inline Axis axis_of(const OnnxNode& node, std::int64_t in, std::int64_t kernel, std::size_t i, std::size_t count,
                    bool transposed) {
  const auto nth = [&](const char* name, std::int64_t absent) {
    return node.integers(name, std::vector<std::int64_t>(count, absent))[i];
  };
  const std::vector<std::int64_t> pads = node.integers("pads", std::vector<std::int64_t>(2 * count, 0));
  Axis a;
  a.in = in;
  a.kernel = kernel;
  a.stride = nth("strides", 1);
  a.dilation = nth("dilations", 1);
  a.before = pads[i];
  a.after = pads[count + i];
  a.output_pad = nth("output_padding", 0);
  const std::string auto_pad = node.text("auto_pad", "NOTSET");
  const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER", upper = auto_pad == "SAME_UPPER";
  if (transposed) {
    const std::vector<std::int64_t> shape = node.integers("output_shape", {});
    const std::int64_t full = a.stride * (a.in - 1) + a.output_pad + a.reach();
    if (!shape.empty()) {
      a.pad(full - shape[shape.size() - count + i], upper);
    } else if (same) {
      a.pad(full - a.in * a.stride, upper);
    }
  } else if (same) {
    const std::int64_t out = (a.in + a.stride - 1) / a.stride;
    a.pad(std::max<std::int64_t>((out - 1) * a.stride + a.reach() - a.in, 0), upper);
  }
  return a;
}

}  // namespace tessera::test
