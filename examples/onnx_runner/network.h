// A model planned for the shapes of its inputs, ready to run.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "arranger.h"
#include "memory.h"

namespace onnx_runner {

class Network {
 public:
  // `known`: inputs whose elements are constants of this network; the others have the given dimensions. Throws Error,
  // NeedsElements.
  Network(const OnnxModel& model, const std::map<std::string, Dims>& dims, const Tensors& known, const Options& options,
          const tsr_context* context);

  Tensors run(const Tensors& inputs, const tsr_context* context);

  const std::vector<LayerProfile>& profile() const { return profile_; }
  std::size_t activation_bytes() const { return memory_.bytes(); }

 private:
  void build(const OnnxModel& model, const std::map<std::string, Dims>& dims, const Tensors& known,
             const tsr_context* context);
  void place(const Tensors& inputs);
  void describe();

  Graph graph_;
  std::vector<Value*> inputs_;
  std::vector<std::pair<std::string, Value*>> outputs_;
  Memory memory_;
  std::deque<Storage> storages_;
  std::vector<Layer*> order_;   // those that work
  std::vector<Value*> values_;  // everything with a place
  bool timed_;
  std::vector<LayerProfile> profile_;
};

}  // namespace onnx_runner
