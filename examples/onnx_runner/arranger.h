// Places of values in memory: which of them share storage, and in which order their elements lie.
#pragma once

#include <deque>
#include <vector>

#include "graph.h"

namespace onnx_runner {

// A dense view of these sizes. Throws Error above 8 dimensions.
tsr_tensor dense_view(Type type, void* data, const Dims& dims);
int tsr_type_of(Type type);

// Whether the elements lie row-major and without gaps.
bool is_dense(const tsr_tensor& view);
// Whether the view is one of NHWC pixels, `pixel` elements apart.
bool is_image(const tsr_tensor& view, Index* pixel);
// The view of other sizes on the same elements in row-major order; false where there is none.
bool reshape_view(const tsr_tensor& x, const Dims& dims, tsr_tensor* view);

class Arranger {
 public:
  explicit Arranger(Graph& graph) : graph_(graph) {}

  // Arranges all layers in turn, with the copies that they ask for.
  void run();
  // One layer of constants alone.
  void run(Layer& layer);

  // For layers, of their outputs: storage of its own, or the part of a concatenation's result that it will be anyway.
  void dense(Value& y, bool part = true);  // row-major
  void image(Value& y, bool part = true);  // NHWC; `part`: a place among wider pixels is welcome
  void like(Value& y, const Value& x);     // the dimensions in the order in which they lie in x
  // y lies where x lies, which is overwritten; or as like() where somebody still needs x.
  void in_place(Value& y, const Value& x);
  // y is another view of x.
  void alias(Value& y, const Value& x, const tsr_tensor& view);

  // A constant or an input of the model, which lies row-major where it is.
  void place_source(Value& v);

  // Of inputs: makes input i of the layer dense or NHWC, by a copy where it is not.
  void need_dense(Layer& layer, std::size_t i);
  void need_image(Layer& layer, std::size_t i, bool gaps = true);

  std::deque<Storage>& storages() { return storages_; }
  // Layers and copies, in the order in which they run.
  const std::vector<Layer*>& order() const { return order_; }

 private:
  using Order = std::vector<int>;  // dimensions, the outermost first
  void allocate(Value& y, const Order& order, bool part = true);
  bool place_in_whole(Value& y, const Order& order);
  void arrange(Layer& layer);
  void copy_input(Layer& layer, std::size_t i, const Order& order);
  static Order order_of(const tsr_tensor& view);

  Graph& graph_;
  std::deque<Storage> storages_;
  std::vector<Layer*> order_;
};

}  // namespace onnx_runner
