#include "nn/tensor.h"

#include "runtime/num_threads.h"

namespace tessera {
namespace {

// Beyond this a size is a mistake: no array has that many elements.
constexpr index_t kMostElements = index_t{1} << 56;

Executor executor_of(const tsr_context* context) {
  Executor e = context != nullptr ? context->executor : Executor{0, nullptr, nullptr};
  if (e.threads <= 0) e.threads = num_threads();
  return e;
}

}  // namespace

bool is_tensor(const tsr_tensor* t) {
  if (t == nullptr || !is_element_type(t->type) || t->rank < 0 || t->rank > TSR_MAX_RANK) return false;
  bool empty = false;
  for (int i = 0; i < t->rank; ++i) {
    if (t->size[i] < 0 || t->size[i] > kMostElements) return false;
    empty |= t->size[i] == 0;
  }
  if (empty) return true;
  if (t->data == nullptr) return false;
  // Broadcast dimensions count too: loops over them must end.
  index_t elements = 1, span = 1;
  for (int i = 0; i < t->rank; ++i) {
    index_t reach = 0;
    if (__builtin_mul_overflow(elements, t->size[i], &elements) || elements > kMostElements) return false;
    if (t->size[i] == 1) continue;
    if (__builtin_mul_overflow(t->size[i] - 1, t->stride[i], &reach)) return false;
    if (reach < -kMostElements || reach > kMostElements) return false;
    span += reach < 0 ? -reach : reach;
  }
  return span <= PTRDIFF_MAX / element_size(t->type);
}

index_t count_of(const tsr_tensor& t) {
  index_t count = 1;
  for (int i = 0; i < t.rank; ++i) {
    if (t.size[i] == 0) return 0;
    count *= t.size[i];
  }
  return count;
}

bool same_sizes(const tsr_tensor& x, const tsr_tensor& y) { return reduced_sizes(x, 0, y); }

bool reduced_sizes(const tsr_tensor& x, std::uint32_t axes, const tsr_tensor& y) {
  if (x.rank != y.rank) return false;
  for (int i = 0; i < x.rank; ++i)
    if (y.size[i] != ((axes >> i & 1) != 0 ? 1 : x.size[i])) return false;
  return true;
}

bool is_dense_from(const tsr_tensor& t, std::int32_t first) {
  index_t stride = 1;
  for (int i = t.rank - 1; i >= first; --i) {
    if (t.size[i] != 1 && t.stride[i] != stride) return false;
    stride *= t.size[i];
  }
  return true;
}

tsr_tensor slice(const tsr_tensor& x, std::int32_t axis, index_t start, index_t count, index_t step) {
  tsr_tensor view = x;
  if (count > 0) advance(view, start * x.stride[axis]);
  view.size[axis] = count;
  // Of one element the stride says nothing, and the product could be any number.
  view.stride[axis] = count > 1 ? x.stride[axis] * step : x.stride[axis];
  return view;
}

tsr_tensor permuted(const tsr_tensor& x, const std::int32_t* order) {
  tsr_tensor view = x;
  for (int i = 0; i < x.rank; ++i) {
    view.size[i] = x.size[order[i]];
    view.stride[i] = x.stride[order[i]];
  }
  return view;
}

tsr_tensor split(const tsr_tensor& x, std::int32_t axis, index_t outer, index_t inner) {
  tsr_tensor view = x;
  view.rank = x.rank + 1;
  for (int i = x.rank; i > axis + 1; --i) {
    view.size[i] = x.size[i - 1];
    view.stride[i] = x.stride[i - 1];
  }
  view.size[axis] = outer;
  view.stride[axis] = outer > 1 ? x.stride[axis] * inner : 0;
  view.size[axis + 1] = inner;
  view.stride[axis + 1] = x.stride[axis];
  return view;
}

NnSettings::NnSettings(const tsr_context* context)
    : kernels(context != nullptr && context->isa != nullptr ? *context->isa->nn : *best_isa().nn),
      bytes(context != nullptr && context->int8 != nullptr ? *context->int8->requantize : *best_int8().requantize),
      executor(executor_of(context)) {}

}  // namespace tessera

using tessera::index_t;

extern "C" {

tsr_tensor tsr_tensor_dense(int32_t type, void* data, int32_t rank, const tsr_index* size) {
  tsr_tensor t{};
  t.data = data;
  t.type = type;
  t.rank = rank;
  if (rank < 0 || rank > TSR_MAX_RANK || (size == nullptr && rank > 0)) {
    t.rank = -1;
    return t;
  }
  index_t stride = 1;
  for (int i = rank - 1; i >= 0; --i) {
    t.size[i] = size[i];
    t.stride[i] = stride;
    // Sizes that no address space holds are for is_tensor() to reject.
    if (__builtin_mul_overflow(stride, size[i] > 1 ? size[i] : 1, &stride)) stride = PTRDIFF_MAX;
  }
  return t;
}

tsr_tensor tsr_tensor_nhwc(int32_t type, void* data, tsr_index n, tsr_index c, tsr_index h, tsr_index w) {
  const tsr_index size[4] = {n, h, w, c};
  constexpr std::int32_t kOrder[4] = {0, 3, 1, 2};
  return tessera::permuted(tsr_tensor_dense(type, data, 4, size), kOrder);
}

tsr_status tsr_tensor_permute(const tsr_tensor* x, const int32_t* order, tsr_tensor* view) {
  if (!tessera::is_tensor(x)) return -1;
  if (order == nullptr) return -2;
  std::uint32_t seen = 0;
  for (int i = 0; i < x->rank; ++i) {
    if (!tessera::is_axis(*x, order[i]) || (seen >> order[i] & 1) != 0) return -2;
    seen |= 1u << order[i];
  }
  if (view == nullptr) return -3;
  *view = tessera::permuted(*x, order);
  return TSR_OK;
}

tsr_status tsr_tensor_slice(const tsr_tensor* x, int32_t axis, tsr_index start, tsr_index count, tsr_index step,
                            tsr_tensor* view) {
  if (!tessera::is_tensor(x)) return -1;
  if (!tessera::is_axis(*x, axis)) return -2;
  const index_t size = x->size[axis];
  if (start < 0 || start > size || (start == size && count > 0)) return -3;
  if (count < 0 || count > size) return -4;
  if (step == 0) return -5;
  index_t last = 0;
  if (count > 1 && (__builtin_mul_overflow(count - 1, step, &last) || last >= size - start || last < -start)) return -4;
  if (view == nullptr) return -6;
  *view = tessera::slice(*x, axis, start, count, step);
  return TSR_OK;
}

}  // extern "C"
