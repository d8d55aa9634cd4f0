// Layers that move elements: all are copies between views.
#include <cstring>

#include "nn/tensor.h"

namespace tessera {
namespace {

// The two views between which space to depth copies: dimensions (n, i, j, c, h, w) of the deep and of the wide image.
struct DepthViews {
  tsr_tensor deep, wide;
};
DepthViews depth_views(index_t block, std::int32_t order, const tsr_tensor& deep, const tsr_tensor& wide) {
  const index_t channels = wide.size[1];
  constexpr std::int32_t kWide[] = {0, 3, 5, 1, 2, 4};  // of (n, c, h, i, w, j)
  const tsr_tensor rows = split(wide, 2, deep.size[2], block);
  const tsr_tensor all = split(rows, 4, deep.size[3], block);
  if (order == TSR_DEPTH_BLOCK_FIRST)
    return {split(split(deep, 1, block * block, channels), 1, block, block), permuted(all, kWide)};
  constexpr std::int32_t kDeep[] = {0, 2, 3, 1, 4, 5};  // of (n, c, i, j, h, w)
  const tsr_tensor channel = split(split(deep, 1, channels, block * block), 2, block, block);
  return {permuted(channel, kDeep), permuted(all, kWide)};
}

// Statuses of both directions; deep_at and wide_at are the arguments' positions.
tsr_status check_depth(index_t block, std::int32_t order, const tsr_tensor* x, const tsr_tensor* y, bool to_depth) {
  constexpr index_t kMostBlock = index_t{1} << 24;
  if (block < 1 || block > kMostBlock) return -2;
  if (order != TSR_DEPTH_BLOCK_FIRST && order != TSR_DEPTH_CHANNEL_FIRST) return -3;
  if (!is_tensor(x) || x->rank != 4) return -4;
  if (!is_tensor(y) || y->rank != 4 || y->type != x->type) return -5;
  const tsr_tensor& deep = to_depth ? *y : *x;
  const tsr_tensor& wide = to_depth ? *x : *y;
  const bool fits = deep.size[0] == wide.size[0] && deep.size[1] % (block * block) == 0 &&
                    deep.size[1] / (block * block) == wide.size[1] && wide.size[2] % block == 0 &&
                    wide.size[2] / block == deep.size[2] && wide.size[3] % block == 0 &&
                    wide.size[3] / block == deep.size[3];
  return fits ? TSR_OK : -5;
}

tsr_tensor repeated(const tsr_tensor& x, int axis, index_t at, index_t count) {
  tsr_tensor view = slice(x, axis, at, 1);
  view.size[axis] = count;
  view.stride[axis] = 0;
  return view;
}

}  // namespace
}  // namespace tessera

using tessera::index_t;

extern "C" {

tsr_status tsr_copy(const tsr_context* context, const tsr_tensor* x, const tsr_tensor* y) {
  if (!tessera::is_tensor(x)) return -2;
  if (!tessera::is_tensor(y) || !tessera::same_sizes_and_type(*x, *y)) return -3;
  tessera::copy_tensor(context, *x, *y);
  return TSR_OK;
}

tsr_status tsr_concat(const tsr_context* context, int32_t axis, int32_t count, const tsr_tensor* const* x,
                      const tsr_tensor* y) {
  if (axis < 0 || axis >= TSR_MAX_RANK) return -2;
  if (count < 0) return -3;
  if (x == nullptr && count > 0) return -4;
  for (int i = 0; i < count; ++i)
    if (!tessera::is_tensor(x[i]) || !tessera::is_axis(*x[i], axis)) return -4;
  if (!tessera::is_tensor(y)) return -5;
  if (!tessera::is_axis(*y, axis)) return -2;
  index_t length = 0;
  for (int i = 0; i < count; ++i) {
    tsr_tensor whole = *x[i];
    length += whole.size[axis];
    whole.size[axis] = y->size[axis];
    if (!tessera::same_sizes_and_type(whole, *y)) return -4;
  }
  if (length != y->size[axis]) return -5;
  index_t at = 0;
  for (int i = 0; i < count; ++i) {
    const index_t size = x[i]->size[axis];
    tessera::copy_tensor(context, *x[i], tessera::slice(*y, axis, at, size));
    at += size;
  }
  return TSR_OK;
}

tsr_status tsr_pad(const tsr_context* context, const tsr_tensor* x, int32_t mode, const tsr_index* before,
                   const void* value, const tsr_tensor* y) {
  if (!tessera::is_tensor(x)) return -2;
  if (mode < TSR_PAD_CONSTANT || mode > TSR_PAD_EDGE) return -3;
  if (before == nullptr && x->rank > 0) return -4;
  if (!tessera::is_tensor(y) || y->rank != x->rank || y->type != x->type) return -6;
  // The part of y that elements of x fill, and where it begins in x.
  index_t first[TSR_MAX_RANK], size[TSR_MAX_RANK];
  tsr_tensor from = *x, to = *y;
  for (int d = 0; d < x->rank; ++d) {
    const index_t limit = index_t{1} << 56;
    if (before[d] < -limit || before[d] > limit) return -4;
    first[d] = tessera::clamp_index(before[d], 0, y->size[d]);
    const index_t skipped = before[d] < 0 ? tessera::min_index(-before[d], x->size[d]) : 0;
    size[d] = tessera::clamp_index(x->size[d] - skipped, 0, y->size[d] - first[d]);
    const index_t behind = y->size[d] - first[d] - size[d];
    const index_t longest = tessera::max_index(first[d], behind);
    // What is mirrored is what of x lies in y.
    if (longest > 0 && mode != TSR_PAD_CONSTANT &&
        longest > (mode == TSR_PAD_EDGE && size[d] > 0 ? longest : size[d] - 1))
      return -4;
    from = tessera::slice(from, d, skipped, size[d]);
    to = tessera::slice(to, d, first[d], size[d]);
  }
  if (tessera::count_of(*y) == 0) return TSR_OK;
  tessera::copy_tensor(context, from, to);
  constexpr char kZero[8] = {};
  char constant[8];
  std::memcpy(constant, value != nullptr ? value : kZero, static_cast<std::size_t>(tessera::element_size(y->type)));
  // From the last dimension to the first, `to` grows to the whole of y.
  for (int d = x->rank - 1; d >= 0; --d) {
    tsr_tensor whole = to;
    if (size[d] > 0) tessera::advance(whole, -first[d] * y->stride[d]);
    whole.size[d] = y->size[d];
    whole.stride[d] = y->stride[d];
    const index_t end = first[d] + size[d], behind = y->size[d] - end;
    const auto fill = [&](index_t at, index_t count, index_t inside, index_t mirror) {
      if (count == 0) return;
      const tsr_tensor gap = tessera::slice(whole, d, at, count);
      tsr_tensor source;
      if (mode == TSR_PAD_CONSTANT) {
        source = gap;
        source.data = constant;
        for (index_t& stride : source.stride) stride = 0;
      } else if (mode == TSR_PAD_EDGE) {
        source = tessera::repeated(whole, d, inside, count);
      } else {
        source = tessera::slice(whole, d, mirror, count, -1);
      }
      tessera::copy_tensor(context, source, gap);
    };
    fill(0, first[d], first[d], 2 * first[d]);
    fill(end, behind, end - 1, end - 2);
    to = whole;
  }
  return TSR_OK;
}

tsr_status tsr_space_to_depth(const tsr_context* context, tsr_index block, int32_t order, const tsr_tensor* x,
                              const tsr_tensor* y) {
  if (const tsr_status bad = tessera::check_depth(block, order, x, y, true)) return bad;
  const auto views = tessera::depth_views(block, order, *y, *x);
  tessera::copy_tensor(context, views.wide, views.deep);
  return TSR_OK;
}

tsr_status tsr_depth_to_space(const tsr_context* context, tsr_index block, int32_t order, const tsr_tensor* x,
                              const tsr_tensor* y) {
  if (const tsr_status bad = tessera::check_depth(block, order, x, y, false)) return bad;
  const auto views = tessera::depth_views(block, order, *x, *y);
  tessera::copy_tensor(context, views.deep, views.wide);
  return TSR_OK;
}

tsr_status tsr_channel_shuffle(const tsr_context* context, tsr_index groups, const tsr_tensor* x, const tsr_tensor* y) {
  if (groups < 1) return -2;
  if (!tessera::is_tensor(x) || x->rank < 2 || x->rank == TSR_MAX_RANK) return -3;
  const index_t channels = x->size[1];
  if (channels % groups != 0) return -2;
  if (!tessera::is_tensor(y) || !tessera::same_sizes_and_type(*x, *y)) return -4;
  std::int32_t order[TSR_MAX_RANK] = {0, 2, 1, 3, 4, 5, 6, 7};
  tessera::copy_tensor(context, tessera::permuted(tessera::split(*x, 1, groups, channels / groups), order),
                       tessera::split(*y, 1, channels / groups, groups));
  return TSR_OK;
}

}  // extern "C"
