// Models of ONNX's tests: the nodes, what they are given, and the tensors that come with them.
#pragma once

#include <string>
#include <vector>

#include "../examples/onnx_runner/onnx_file.h"
#include "support/onnx_tensor.h"

namespace tessera::test {

using OnnxNode = onnx_runner::Node;

struct OnnxModel {
  std::vector<OnnxNode> nodes;
  std::vector<OnnxTensor> initializers;
  std::vector<std::string> inputs;  // of the graph, those that are no initializers
};

// The model in a file; false when it cannot be read, or has an initializer that no OnnxTensor holds.
bool read_onnx_model(const std::string& path, OnnxModel& model);

}  // namespace tessera::test
