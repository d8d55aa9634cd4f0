// What a model becomes when the shapes of its inputs are known: values, and layers that compute them.
//
// Sizes of an image are N, C, H, W whatever its layout; how a value lies in memory is in the strides of its view alone.
#pragma once

#include <tessera/conv.h>
#include <tessera/nn.h>

#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "onnx_file.h"

namespace onnx_runner {

class Arranger;
class Layer;

// Memory that one value or several lie in.
struct Storage {
  enum Kind { kArena, kConstant, kInput } kind = kArena;
  std::size_t bytes = 0;
  std::byte* base = nullptr;
  int first = std::numeric_limits<int>::max(), last = -1;  // layers that use it, by position
  Index readers = 0;                                       // uses of values in it that have not been arranged yet
};

// How integers stand for real numbers: scale[i] * (q - zero[i]), i the index in dimension `axis`, or one of each.
struct Quantization {
  Type type = Type::kU8;  // of the integers
  int axis = -1;          // -1: one scale and zero point
  std::vector<float> scale;
  std::vector<std::int32_t> zero;
  bool operator==(const Quantization&) const = default;
};

struct Value {
  std::string name;
  Type type = Type::kF32;
  Dims dims;
  Layer* producer = nullptr;  // null for inputs and constants
  std::vector<Layer*> uses;   // an entry for each place among a layer's inputs
  bool is_input = false, is_output = false;

  // A constant's elements: in the file, or integers that stand for them, or themselves.
  const StoredTensor* stored = nullptr;
  Value* integers = nullptr;  // a constant
  Quantization quantization;  // of the integers
  std::optional<Tensor> tensor;
  bool is_constant() const { return stored != nullptr || integers != nullptr || tensor.has_value(); }
  const Tensor& constant();
  // Frees what constant() can make again.
  void unload() {
    if (stored != nullptr || integers != nullptr) tensor.reset();
  }

  // Set by the Arranger. Where this value is a part of a concatenation's result, `whole` is that result.
  Storage* storage = nullptr;
  Index offset = 0;  // in elements
  tsr_tensor view{};
  Value* whole = nullptr;
  int whole_axis = 0;
  Index whole_start = 0;

  Index count() const { return count_of(dims); }
  std::size_t size_in_bytes() const { return static_cast<std::size_t>(count()) * size_of(type); }
  bool used_once() const { return !is_output && uses.size() == 1; }
};

class Layer {
 public:
  Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer() = default;

  std::string name, op;
  std::vector<Value*> inputs;  // null for one that is left out
  std::vector<Value*> outputs;

  // Says where the outputs lie, once the inputs have their places.
  virtual void arrange(Arranger& arranger) = 0;
  // Packs weights, once everything has its place.
  virtual void prepare(const tsr_context*) {}
  virtual void run(const tsr_context* context) = 0;

  // False for layers that are nothing but another view of their input.
  virtual bool works() const { return true; }
  // True where outputs are elements of the inputs, whatever these stand for.
  virtual bool moves() const { return false; }
  // True for a concatenation, along `axis`.
  virtual bool joins(int* axis) const {
    (void)axis;
    return false;
  }
  virtual double operations() const { return 0; }
  virtual std::string algorithm() const { return {}; }

  Value& in(std::size_t i) const { return *inputs[i]; }
  Value& out(std::size_t i = 0) const { return *outputs[i]; }
  bool has(std::size_t i) const { return i < inputs.size() && inputs[i] != nullptr; }
  const tsr_tensor* x(std::size_t i = 0) const { return &inputs[i]->view; }
  const tsr_tensor* y(std::size_t i = 0) const { return &outputs[i]->view; }

  [[noreturn]] void fail(const std::string& what) const { throw Error(name, op, what); }
  void check(tsr_status status) const {
    if (status != TSR_OK) fail(tsr_status_string(status));
  }
};

// Layers stand in an order in which they can run.
class Graph {
 public:
  tsr_conv_planning planning = TSR_CONV_ESTIMATE;  // of convolutions that are added

  Value& add_value(const std::string& name, Type type, Dims dims);
  Value& add_constant(Tensor tensor);

  // Puts a layer at the end, or before another one.
  Layer& add(std::unique_ptr<Layer> layer, std::vector<Value*> inputs, std::vector<Value*> outputs);
  Layer& add_before(const Layer& place, std::unique_ptr<Layer> layer, std::vector<Value*> inputs,
                    std::vector<Value*> outputs);

  // Another value for input i.
  static void replace_input(Layer& layer, std::size_t i, Value* value);
  static void add_input(Layer& layer, Value* value);
  // Everything that reads `old` reads `value`; false when `old` is an output of the model, and nothing is done.
  static bool replace_uses(Value& old, Value& value);
  // Takes a layer out; its outputs are computed by nobody then.
  void erase(Layer& layer);
  // `heir` computes what `layer` computed, in its place, and `layer` is gone. Its name is joined to the heir's.
  void take_over(Layer& heir, Layer& layer);
  // Takes out layers that compute nothing anybody reads.
  void sweep();

  std::vector<std::unique_ptr<Layer>> layers;

 private:
  std::size_t position(const Layer& layer) const;
  std::deque<Value> values_;
};

}  // namespace onnx_runner
