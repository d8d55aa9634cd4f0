// Models of ONNX's tests: the nodes, what they are given, and the tensors that come with them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "support/onnx_tensor.h"

namespace tessera::test {

struct OnnxAttribute {
  float real = 0;
  std::int64_t integer = 0;
  std::string text;
  std::vector<std::int64_t> integers;
};

struct OnnxNode {
  std::string op;
  std::vector<std::string> inputs, outputs;  // an input that is left out has no name
  std::map<std::string, OnnxAttribute> attributes;
  std::int64_t opset = 0;  // version of the operators, the model's

  // An attribute, or what it is when the node does not say.
  float real(const char* name, float absent) const;
  std::int64_t integer(const char* name, std::int64_t absent) const;
  std::string text(const char* name, const char* absent) const;
  std::vector<std::int64_t> integers(const char* name, std::vector<std::int64_t> absent) const;
};

struct OnnxModel {
  std::vector<OnnxNode> nodes;
  std::vector<OnnxTensor> initializers;
  std::vector<std::string> inputs;  // of the graph, initializers among them in old models
};

// The model in a file; false when it cannot be read, or has an initializer that no OnnxTensor holds.
bool read_onnx_model(const std::string& path, OnnxModel& model);

}  // namespace tessera::test
