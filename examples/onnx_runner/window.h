// What Conv, ConvTranspose and the pooling operators say of one spatial dimension.
#pragma once

#include "operators.h"

namespace onnx_runner {

struct Window {
  Index in = 1, kernel = 1, stride = 1, dilation = 1, before = 0, after = 0, output_pad = 0;
  Index reach() const { return (kernel - 1) * dilation + 1; }
};

// Dimension i of `count`.
Window window_of(const NodeBuilder& b, Index in, Index kernel, std::size_t i, std::size_t count, bool transposed);

// Of an image's dimensions, rows (one where there is one dimension alone) and columns.
struct Windows {
  Window rows, columns;
};
Windows windows_of(const NodeBuilder& b, const Dims& image, const std::vector<Index>& kernel, bool transposed);

}  // namespace onnx_runner
