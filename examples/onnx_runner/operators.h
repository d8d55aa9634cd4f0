// ONNX's operators: a table of functions that turn a node into layers.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "graph.h"

namespace onnx_runner {

// An input of the model whose elements, not its sizes alone, decide what is computed: a shape, an axis, a scale.
struct NeedsElements {
  std::string input;
};

// A node while it becomes layers: what its operator's function is given.
class NodeBuilder {
 public:
  NodeBuilder(Graph& graph, const Node& of, std::vector<Value*> inputs)
      : node(of), graph_(graph), inputs_(std::move(inputs)) {}

  const Node& node;

  std::size_t count() const { return inputs_.size(); }
  bool has(std::size_t i) const { return i < inputs_.size() && inputs_[i] != nullptr; }
  Value& input(std::size_t i) const;
  const std::vector<Value*>& inputs() const { return inputs_; }
  // Elements of an input. Throws Error where they are computed while the model runs, NeedsElements where the model's
  // user gives them.
  const Tensor& constant(std::size_t i) const;
  std::vector<Index> integers_of(std::size_t i) const;
  std::vector<float> reals_of(std::size_t i) const;
  float real_of(std::size_t i) const;
  // An input that is a list or, in older models, an attribute.
  std::vector<Index> list(std::size_t i, const char* attribute, std::vector<Index> absent) const;
  // An axis counted from the front.
  int axis(Index axis, std::size_t rank) const;

  // Output i of the node. One that the model does not name is made all the same.
  Value& output(std::size_t i, Type type, Dims dims);
  // Output i is known.
  void output(std::size_t i, Tensor tensor);
  Value& intermediate(Type type, Dims dims) { return graph_.add_value(node.name, type, std::move(dims)); }
  Value& add_constant(Tensor tensor) { return graph_.add_constant(std::move(tensor)); }

  template <class L, class... Arguments>
  L& add(std::vector<Value*> inputs, std::vector<Value*> outputs, Arguments&&... arguments) {
    auto layer = std::make_unique<L>(std::forward<Arguments>(arguments)...);
    layer->name = node.name;
    layer->op = node.op;
    L& added = *layer;
    graph_.add(std::move(layer), std::move(inputs), std::move(outputs));
    return added;
  }

  [[noreturn]] void fail(const std::string& what) const { throw Error(node.name, node.op, what); }
  void require(bool holds, const char* what) const {
    if (!holds) fail(what);
  }
  void check(tsr_status status) const {
    if (status != TSR_OK) fail(tsr_status_string(status));
  }

  const std::vector<Value*>& outputs() const { return outputs_; }
  Graph& graph() const { return graph_; }

 private:
  Graph& graph_;
  std::vector<Value*> inputs_, outputs_;
};

using OperatorFn = void (*)(NodeBuilder&);
struct Operator {
  const char* name;
  OperatorFn build;
};

// The function of an operator; null for one that the engine lacks.
OperatorFn find_operator(const std::string& domain, const std::string& op);

// Tables of the files operators_*.cc, each ended by a null name.
extern const Operator kConvolutionOperators[], kProductOperators[], kElementwiseOperators[], kMovingOperators[],
    kImageOperators[], kAxisOperators[], kQuantizedOperators[];

// Sizes of what a and b are broadcast to. Throws Error of the node.
Dims broadcast(const NodeBuilder& b, const Dims& x, const Dims& y);

}  // namespace onnx_runner
