#include "support/onnx_model.h"

namespace tessera::test {

bool read_onnx_model(const std::string& path, OnnxModel& model) {
  model = {};
  try {
    const onnx_runner::OnnxModel file = onnx_runner::read_model(path);
    model.nodes = file.nodes;
    for (const onnx_runner::StoredTensor& t : file.initializers)
      if (!copy_onnx_tensor(t, model.initializers.emplace_back())) return false;
    for (const onnx_runner::StoredPort& port : file.inputs) model.inputs.push_back(port.name);
  } catch (const onnx_runner::Error&) {
    return false;
  }
  return true;
}

}  // namespace tessera::test
