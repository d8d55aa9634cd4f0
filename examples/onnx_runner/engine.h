// An inference engine for ONNX models on Tessera's C API.
//
//   onnx_runner::Model model("model.onnx");
//   onnx_runner::Tensor image(onnx_runner::Type::kF32, {1, 3, 224, 224});
//   ... image.data<float>() ...
//   onnx_runner::Tensor scores = model.run({{"image", image}}).at("scores");
//
// The model is planned for the shapes of its inputs: shapes of all tensors, what is fused, layouts, memory, weights in
// the form in which they are used. Plans are kept, so that a shape seen before costs nothing.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensor.h"

namespace onnx_runner {

// What is wrong with a file, a node or an input. what() names all that is known: "node 'conv1' (Conv): ...".
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& what) : std::runtime_error(what) {}
  Error(const std::string& node, const std::string& op, const std::string& what)
      : std::runtime_error("node '" + node + "' (" + op + "): " + what), node_(node), op_(op) {}
  const std::string& node() const { return node_; }  // empty where no node is to blame
  const std::string& op() const { return op_; }

 private:
  std::string node_, op_;
};

struct Options {
  int threads = 0;        // 0: Tessera's default (TESSERA_NUM_THREADS, the CPUs this process may use)
  bool profile = false;   // time every layer
  bool fuse = true;       // false: a layer for each node, as the model has them
  bool measure = false;   // algorithms of fp32 convolutions are chosen by timing them, which takes longer to plan
  std::size_t plans = 4;  // kept, the latest used; at least 1
};

// An input or output of the model. Sizes the model leaves open are -1.
struct Port {
  std::string name;
  Type type;
  Dims dims;
};

// A layer of the plan that ran last. Where nodes were fused, `name` and `op` are those of all of them, joined by '+'.
struct LayerProfile {
  std::string name, op;
  std::string algorithm;     // of a convolution, else empty
  std::string shape;         // of its first output
  double operations = 0;     // multiplications and additions of a run; 0 where they are no measure of it
  std::size_t bytes = 0;     // read and written: inputs, weights, outputs
  std::vector<double> runs;  // seconds of each run since the plan was made
};

using Tensors = std::map<std::string, Tensor>;

class Model {
 public:
  // Reads a model. Where it leaves no size open it is planned too. Throws Error: the file cannot be read, is no model,
  // or has something that the engine lacks.
  explicit Model(const std::string& path, const Options& options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  const std::vector<Port>& inputs() const;
  const std::vector<Port>& outputs() const;

  // The outputs for these inputs, by name. The inputs are not written. Throws Error: an input is missing, unknown, of
  // another type or of sizes that the model does not take; or as the constructor. One thread at a time.
  Tensors run(const Tensors& inputs);

  // Of the plan used last, when Options::profile is set.
  const std::vector<LayerProfile>& profile() const;

  // Bytes of activations that the plan used last keeps, after reuse.
  std::size_t activation_bytes() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

// Reads a file that holds one TensorProto, as ONNX's test data does. Throws Error.
Tensor read_tensor(const std::string& path);

}  // namespace onnx_runner
