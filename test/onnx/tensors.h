// ONNX's tensors as tensors of the API, in both layouts where they are images.
#pragma once

#include <tessera/nn.h>

#include <functional>
#include <vector>

#include "operators.h"

namespace tessera::test {

// A dense view. The type is one of kAny.
tsr_tensor view(const OnnxTensor& t);

// A dense tensor, all 0.
OnnxTensor zeros(int type, std::vector<std::int64_t> dims);

// One call from x to a tensor y of the given type and sizes. Where both are of rank 4, it is made again with the
// strides of NHWC for both.
using Call = std::function<tsr_status(const tsr_tensor& x, const tsr_tensor& y)>;
Answer answer(const OnnxTensor& x, int type, const std::vector<std::int64_t>& dims, const Call& call);

// The numbers of an input that is a list, or of the attribute of older models.
std::vector<std::int64_t> list(const OnnxNode& node, const Inputs& inputs, std::size_t i, const char* attribute,
                               std::vector<std::int64_t> absent);

// Axis -1 is the last of `rank`.
inline int from_front(std::int64_t axis, std::size_t rank) {
  return static_cast<int>(axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis);
}

}  // namespace tessera::test
