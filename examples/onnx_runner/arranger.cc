#include "arranger.h"

#include <algorithm>
#include <numeric>

namespace onnx_runner {
namespace {

// y := x, for another order of the same elements.
class Copy final : public Layer {
 public:
  void arrange(Arranger&) override {}
  void run(const tsr_context* context) override { check(tsr_copy(context, x(), y())); }
};

std::vector<int> row_major(std::size_t rank) {
  std::vector<int> order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

int tsr_type_of(Type type) {
  constexpr int kTypes[] = {TSR_F32, TSR_U8, TSR_S8, TSR_S32, TSR_S64, TSR_U8};
  return kTypes[static_cast<int>(type)];
}

tsr_tensor dense_view(Type type, void* data, const Dims& dims) {
  if (dims.size() > TSR_MAX_RANK) throw Error("a tensor of " + std::to_string(dims.size()) + " dimensions");
  return tsr_tensor_dense(tsr_type_of(type), data, static_cast<std::int32_t>(dims.size()), dims.data());
}

bool is_dense(const tsr_tensor& view) {
  Index step = 1;
  for (int d = view.rank; d-- > 0;) {
    if (view.size[d] != 1 && view.stride[d] != step) return false;
    step *= view.size[d];
  }
  return true;
}

bool is_image(const tsr_tensor& view, Index* pixel) {
  if (view.rank != 4) return false;
  const tsr_index *const size = view.size, *const stride = view.stride;
  if (size[1] != 1 && stride[1] != 1) return false;
  *pixel = size[3] > 1 ? stride[3] : size[2] > 1 ? stride[2] : size[0] > 1 ? stride[0] : size[1];
  if (*pixel < size[1]) return false;
  return (size[2] == 1 || stride[2] == *pixel * size[3]) && (size[0] == 1 || stride[0] == *pixel * size[3] * size[2]);
}

// Dimensions of x that follow each other without a gap are cut or joined, as numpy does.
bool reshape_view(const tsr_tensor& x, const Dims& dims, tsr_tensor* view) {
  *view = x;
  view->rank = static_cast<std::int32_t>(dims.size());
  std::vector<std::pair<Index, Index>> old;  // sizes and strides without dimensions of size 1
  for (int d = 0; d < x.rank; ++d)
    if (x.size[d] != 1) old.emplace_back(x.size[d], x.stride[d]);
  std::size_t o = 0, n = 0;
  const std::size_t rank = dims.size();
  while (o < old.size() || n < rank) {
    std::size_t o_end = o, n_end = n;
    Index o_count = 1, n_count = 1;
    if (o_end < old.size()) o_count = old[o_end++].first;
    if (n_end < rank) n_count = dims[n_end++];
    while (o_count != n_count) {
      if (o_count < n_count && o_end < old.size()) {
        o_count *= old[o_end++].first;
      } else if (n_count < o_count && n_end < rank) {
        n_count *= dims[n_end++];
      } else {
        return false;
      }
    }
    for (std::size_t i = o; i + 1 < o_end; ++i)
      if (old[i].second != old[i + 1].second * old[i + 1].first) return false;
    Index step = o_end > o ? old[o_end - 1].second : 1;
    for (std::size_t i = n_end; i-- > n;) {
      view->size[i] = dims[i];
      view->stride[i] = step;
      step *= dims[i];
    }
    o = o_end;
    n = n_end;
  }
  return true;
}

Arranger::Order Arranger::order_of(const tsr_tensor& view) {
  Order order = row_major(static_cast<std::size_t>(view.rank));
  Index pixel = 0;
  if (is_dense(view)) return order;
  if (is_image(view, &pixel)) return {0, 2, 3, 1};
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return view.stride[a] > view.stride[b]; });
  return order;
}

void Arranger::run() {
  // A concatenation's inputs are computed where they will be, if they are computed for it.
  for (const std::unique_ptr<Layer>& layer : graph_.layers) {
    for (Value* const v : layer->outputs) v->whole = nullptr;
  }
  for (const std::unique_ptr<Layer>& layer : graph_.layers) {
    int axis = 0;
    if (!layer->joins(&axis)) continue;
    Index start = 0;
    for (Value* const v : layer->inputs) {
      if (v->producer != nullptr && v->whole == nullptr) {
        v->whole = &layer->out();
        v->whole_axis = axis;
        v->whole_start = start;
      }
      start += v->dims[static_cast<std::size_t>(axis)];
    }
  }
  // By index: copies come in before the layer that needs them.
  for (std::size_t i = 0; i < graph_.layers.size(); ++i) {
    Layer& layer = *graph_.layers[i];
    arrange(layer);
    while (graph_.layers[i].get() != &layer) ++i;
  }
}

void Arranger::run(Layer& layer) { arrange(layer); }

void Arranger::place_source(Value& v) {
  if (v.storage != nullptr) return;
  v.storage = &storages_.emplace_back();
  v.storage->kind = v.is_constant() ? Storage::kConstant : Storage::kInput;
  v.storage->readers = static_cast<Index>(v.uses.size()) + v.is_output;
  v.offset = 0;
  v.view = dense_view(v.type, nullptr, v.dims);
}

void Arranger::arrange(Layer& layer) {
  for (Value* const v : layer.inputs)
    if (v != nullptr && v->producer == nullptr) place_source(*v);
  layer.arrange(*this);
  const int now = static_cast<int>(order_.size());
  order_.push_back(&layer);
  for (Value* const v : layer.inputs) {
    if (v == nullptr) continue;
    v->storage->readers -= 1;
    v->storage->first = std::min(v->storage->first, now);
    v->storage->last = std::max(v->storage->last, now);
  }
  for (Value* const v : layer.outputs) {
    v->storage->first = std::min(v->storage->first, now);
    v->storage->last = std::max(v->storage->last, now);
  }
}

void Arranger::allocate(Value& y, const Order& order, bool part) {
  if (part && place_in_whole(y, order)) return;
  y.whole = nullptr;
  y.storage = &storages_.emplace_back();
  y.storage->readers = static_cast<Index>(y.uses.size()) + y.is_output;
  y.storage->bytes = y.size_in_bytes();
  y.offset = 0;
  y.view = dense_view(y.type, nullptr, y.dims);
  Index step = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    y.view.stride[order[i]] = step;
    step *= y.dims[static_cast<std::size_t>(order[i])];
  }
}

bool Arranger::place_in_whole(Value& y, const Order& order) {
  Value* const whole = y.whole;
  if (whole == nullptr) return false;
  if (whole->storage == nullptr) allocate(*whole, order);
  // As many steps as the whole makes from one dimension to the next, in the same order.
  Index least = 0;
  for (std::size_t i = order.size(); i-- > 0;) {
    const int d = order[i];
    if (whole->view.size[d] == 1) continue;
    if (whole->view.stride[d] < least) return false;
    least = whole->view.stride[d];
  }
  y.storage = whole->storage;
  y.storage->readers += static_cast<Index>(y.uses.size()) + y.is_output;
  y.offset = whole->offset + y.whole_start * whole->view.stride[y.whole_axis];
  y.view = whole->view;
  y.view.size[y.whole_axis] = y.dims[static_cast<std::size_t>(y.whole_axis)];
  return true;
}

void Arranger::dense(Value& y, bool part) { allocate(y, row_major(y.dims.size()), part); }
void Arranger::image(Value& y, bool part) { allocate(y, {0, 2, 3, 1}, part); }
void Arranger::like(Value& y, const Value& x) {
  if (y.dims.size() == x.dims.size()) {
    allocate(y, order_of(x.view));
  } else {
    dense(y);
  }
}

void Arranger::in_place(Value& y, const Value& x) {
  const bool free = x.storage->kind == Storage::kArena && x.storage->readers == 1 && y.whole == nullptr &&
                    x.type == y.type && x.dims == y.dims;
  bool whole = free;
  for (int d = 0; d < x.view.rank; ++d) whole &= x.view.size[d] == 1 || x.view.stride[d] != 0;
  if (whole) {
    alias(y, x, x.view);
  } else {
    like(y, x);
  }
}

void Arranger::alias(Value& y, const Value& x, const tsr_tensor& view) {
  y.whole = nullptr;
  y.storage = x.storage;
  y.storage->readers += static_cast<Index>(y.uses.size()) + y.is_output;
  y.offset = x.offset;
  y.view = view;
}

void Arranger::copy_input(Layer& layer, std::size_t i, const Order& order) {
  Value& x = layer.in(i);
  Value& copy = graph_.add_value(x.name, x.type, x.dims);
  Layer& made = graph_.add_before(layer, std::make_unique<Copy>(), {&x}, {&copy});
  made.name = layer.name;
  made.op = "copy";
  Graph::replace_input(layer, i, &copy);
  allocate(copy, order, false);
  arrange(made);
}

void Arranger::need_dense(Layer& layer, std::size_t i) {
  if (!is_dense(layer.in(i).view)) copy_input(layer, i, row_major(layer.in(i).dims.size()));
}

void Arranger::need_image(Layer& layer, std::size_t i, bool gaps) {
  Index pixel = 0;
  const tsr_tensor& view = layer.in(i).view;
  if (!is_image(view, &pixel) || (!gaps && pixel != view.size[1])) copy_input(layer, i, {0, 2, 3, 1});
}

}  // namespace onnx_runner
