// Pooling. Channels contiguous: kernels get pointers to the pixels of a window. Rows contiguous: rows of a window
// become one, staged in L1 with its padding and spread over as many planes as the column stride, then its columns
// become one.
#include <cstring>
#include <initializer_list>
#include <limits>

#include "nn/tensor.h"

namespace tessera {
namespace {

constexpr index_t kMostTaps = 1024;    // pointers on the stack
constexpr index_t kStaged = 2048;      // elements of a staged row
constexpr index_t kMostStride = 64;    // planes of a staged row
constexpr index_t kMostBytes = 65536;  // bytes whose sum a float holds
constexpr index_t kMostSize = index_t{1} << 40;

// One of the two dimensions of a window.
struct Window {
  index_t in, out, kernel, stride, dilation, pad, pad_behind;

  index_t start(index_t o) const { return o * stride - pad; }
  // Taps of output o that lie in the image, [first, end).
  index_t first(index_t o) const { return min_index(kernel, ceil_div(max_index(0, -start(o)), dilation)); }
  index_t end(index_t o) const { return taps_below(o, in); }
  // Taps that lie in the image or its padding.
  index_t padded(index_t o) const { return taps_below(o, in + pad_behind); }
  index_t reach() const { return (kernel - 1) * dilation + 1; }

 private:
  index_t taps_below(index_t o, index_t limit) const {
    return min_index(kernel, ceil_div(max_index(0, limit - start(o)), dilation));
  }
};

bool output_size(Window& w, bool ceil_mode) {
  if (w.kernel < 1 || w.stride < 1 || w.dilation < 1 || w.pad < 0 || w.pad_behind < 0) return false;
  for (const index_t size : {w.kernel, w.stride, w.dilation, w.pad, w.pad_behind, w.in})
    if (size > kMostSize) return false;
  index_t reach;
  if (__builtin_mul_overflow(w.kernel - 1, w.dilation, &reach)) return false;
  const index_t room = w.in + w.pad + w.pad_behind - 1 - reach;
  if (room < 0) return false;
  w.out = room / w.stride + 1;
  if (ceil_mode && room % w.stride != 0 && w.out * w.stride < w.in + w.pad) ++w.out;
  return true;
}

bool windows_of(const tsr_pool_desc* d, index_t height, index_t width, Window& rows, Window& columns) {
  if (d == nullptr || d->size < sizeof(tsr_pool_desc) || d->pooling < TSR_POOL_MAX || d->pooling > TSR_POOL_AVERAGE_PAD)
    return false;
  rows = {height, 0, d->kernel_height, d->stride_height, d->dilation_height, d->pad_top, d->pad_bottom};
  columns = {width, 0, d->kernel_width, d->stride_width, d->dilation_width, d->pad_left, d->pad_right};
  return output_size(rows, d->ceil_mode != 0) && output_size(columns, d->ceil_mode != 0) &&
         rows.kernel <= kMostSize / columns.kernel;
}

template <class T>
constexpr T kLeast =
    std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();

template <class T>
class Pool {
 public:
  Pool(const NnSettings& s, std::int32_t pooling, const Window& rows, const Window& columns, const tsr_tensor& x,
       const tsr_tensor& y)
      : s_(s), k_(s.kernels.pool<T>()), pooling_(pooling), rows_(rows), columns_(columns), x_(x), y_(y) {}

  void run() const {
    const index_t taps = rows_.kernel * columns_.kernel, row = columns_.out;
    const bool few = rows_.kernel <= kMostTaps && columns_.kernel <= kMostTaps;
    const bool pixels = x_.stride[1] == 1 && y_.stride[1] == 1 && (x_.size[1] > 1 || x_.stride[3] != 1);
    if (few && pixels && taps <= kMostTaps) {
      for_items(s_.executor, y_.size[0] * y_.size[2], row * y_.size[1] * taps,
                [&](index_t i) { pixel_row(i / y_.size[2], i % y_.size[2]); });
    } else {
      const bool staged = few && x_.stride[3] == 1 && columns_.stride <= kMostStride && columns_.reach() <= kStaged / 2;
      for_items(s_.executor, y_.size[0] * y_.size[1] * y_.size[2],
                row * min_index(kTaskElements, staged ? rows_.kernel : taps), [&](index_t i) {
                  const index_t plane = i / y_.size[2], n = plane / y_.size[1], c = plane % y_.size[1];
                  staged ? staged_row(n, c, i % y_.size[2]) : any_row(n, c, i % y_.size[2]);
                });
    }
  }

 private:
  bool is_max() const { return pooling_ == TSR_POOL_MAX; }
  // Elements that an average divides by, of one dimension; never 0.
  index_t counted(const Window& w, index_t o) const {
    return max_index(1, pooling_ == TSR_POOL_AVERAGE ? w.end(o) - w.first(o) : w.padded(o));
  }
  const T* input(index_t n, index_t c, index_t iy, index_t ix) const {
    return element<T>(x_, n * x_.stride[0] + c * x_.stride[1] + iy * x_.stride[2] + ix * x_.stride[3]);
  }
  T* output(index_t n, index_t c, index_t oy, index_t ox) const {
    return element<T>(y_, n * y_.stride[0] + c * y_.stride[1] + oy * y_.stride[2] + ox * y_.stride[3]);
  }

  void pixel_row(index_t n, index_t oy) const {
    const T* taps[kMostTaps];
    const index_t channels = y_.size[1], top = rows_.start(oy), r0 = rows_.first(oy), r1 = rows_.end(oy);
    for (index_t ox = 0; ox < y_.size[3]; ++ox) {
      const index_t left = columns_.start(ox), s0 = columns_.first(ox), s1 = columns_.end(ox);
      T* const to = output(n, 0, oy, ox);
      if (r1 <= r0 || s1 <= s0) {
        for (index_t c = 0; c < channels; ++c) to[c] = is_max() ? kLeast<T> : T{0};
        continue;
      }
      index_t count = 0;
      for (index_t s = s0; s < s1; ++s)
        for (index_t r = r0; r < r1; ++r)
          taps[count++] = input(n, 0, top + r * rows_.dilation, left + s * columns_.dilation);
      if (is_max()) {
        k_.max(count, taps, channels, to);
        continue;
      }
      const float divisor = static_cast<float>(counted(rows_, oy) * counted(columns_, ox));
      constexpr index_t kBlock = 512;
      float sums[kBlock];
      for (index_t first = 0; first < channels; first += kBlock) {
        const index_t block = min_index(kBlock, channels - first);
        k_.sum(s1 - s0, r1 - r0, taps, block, sums);
        k_.divide(block, sums, 1.0f, &divisor, 0, to + first);
        for (index_t t = 0; t < count; ++t) taps[t] += block;
      }
    }
  }

  // Sums are of floats, maxima of T.
  void staged_row(index_t n, index_t c, index_t oy) const {
    if (is_max()) {
      staged_row<T>(n, c, oy, kLeast<T>, k_.max, s_.kernels.pool<T>().every, [](index_t count, T* x, index_t, T* y) {
        std::memcpy(y, x, static_cast<std::size_t>(count) * sizeof(T));
      });
      return;
    }
    const PoolSet<float>& floats = s_.kernels.pool_f32;
    const float height = static_cast<float>(counted(rows_, oy));
    staged_row<float>(
        n, c, oy, 0.0f, [&](index_t rows, const T* const* x, index_t count, float* y) { k_.sum(1, rows, x, count, y); },
        floats.every,
        [&](index_t count, float* x, index_t ox, T* y) {
          float widths[kStaged];
          for (index_t i = 0; i < count; ++i) widths[i] = static_cast<float>(counted(columns_, ox + i));
          k_.divide(count, x, height, widths, 1, y);
        });
  }

  template <class S, class Down, class Finish>
  void staged_row(index_t n, index_t c, index_t oy, S padding, const Down& down, EveryFn<S> every,
                  const Finish& finish) const {
    const T* taps[kMostTaps];
    S staged[kStaged], planes[kStaged + kMostStride], result[kStaged];
    T out[kStaged];
    const index_t stride = columns_.stride, top = rows_.start(oy), r0 = rows_.first(oy), r1 = rows_.end(oy);
    const index_t most = (kStaged - columns_.reach()) / stride + 1;
    for (index_t ox = 0; ox < y_.size[3]; ox += most) {
      const index_t count = min_index(most, y_.size[3] - ox), left = columns_.start(ox);
      const index_t length = (count - 1) * stride + columns_.reach();
      // [begin, end) of the staged row lies in the image.
      const index_t begin = r0 < r1 ? clamp_index(-left, 0, length) : length;
      const index_t end = clamp_index(columns_.in - left, begin, length);
      for (index_t i = 0; i < begin; ++i) staged[i] = padding;
      for (index_t i = end; i < length; ++i) staged[i] = padding;
      if (begin < end) {
        for (index_t r = r0; r < r1; ++r) taps[r - r0] = input(n, c, top + r * rows_.dilation, left + begin);
        down(r1 - r0, taps, end - begin, staged + begin);
      }
      across(count, length, staged, planes, every, result);
      T* const to = output(n, c, oy, ox);
      if (y_.stride[3] == 1) {
        finish(count, result, ox, to);
      } else {
        finish(count, result, ox, out);
        for (index_t i = 0; i < count; ++i) to[i * y_.stride[3]] = out[i];
      }
    }
  }

  // The columns of `count` windows in a staged row.
  template <class S>
  void across(index_t count, index_t length, const S* staged, S* planes, EveryFn<S> every, S* result) const {
    const S* columns[kMostTaps];
    const index_t stride = columns_.stride, plane = ceil_div(length, stride);
    std::uint64_t spread = 0;
    for (index_t s = 0; s < columns_.kernel; ++s) {
      const index_t at = s * columns_.dilation, residue = at % stride;
      if (stride == 1) {
        columns[s] = staged + at;
        continue;
      }
      if ((spread >> residue & 1) == 0) {
        spread |= std::uint64_t{1} << residue;
        every(ceil_div(length - residue, stride), staged + residue, stride, planes + residue * plane);
      }
      columns[s] = planes + residue * plane + at / stride;
    }
    if constexpr (sizeof(S) == sizeof(float)) {
      if (!is_max()) return s_.kernels.pool_f32.sum(columns_.kernel, 1, columns, count, result);
    }
    s_.kernels.pool<S>().max(columns_.kernel, columns, count, result);
  }

  // Any strides and any window, one element at a time.
  void any_row(index_t n, index_t c, index_t oy) const {
    const index_t top = rows_.start(oy), r0 = rows_.first(oy), r1 = rows_.end(oy);
    for (index_t ox = 0; ox < y_.size[3]; ++ox) {
      const index_t left = columns_.start(ox), s0 = columns_.first(ox), s1 = columns_.end(ox);
      T best = kLeast<T>;
      float sum = 0.0f;
      for (index_t s = s0; s < s1; ++s) {
        float part = 0.0f;
        for (index_t r = r0; r < r1; ++r) {
          const T v = *input(n, c, top + r * rows_.dilation, left + s * columns_.dilation);
          best = v > best ? v : best;
          part += static_cast<float>(v);
        }
        sum += part;
      }
      const float divisor = static_cast<float>(counted(rows_, oy) * counted(columns_, ox));
      if (!is_max()) k_.divide(1, &sum, 1.0f, &divisor, 0, &best);
      *output(n, c, oy, ox) = best;
    }
  }

  const NnSettings& s_;
  const PoolSet<T>& k_;
  std::int32_t pooling_;
  const Window &rows_, &columns_;
  const tsr_tensor &x_, &y_;
};

}  // namespace
}  // namespace tessera

extern "C" {

tsr_status tsr_pool_output(const tsr_pool_desc* desc, tsr_index in_height, tsr_index in_width, tsr_index* height,
                           tsr_index* width) {
  if (in_height < 1) return -2;
  if (in_width < 1) return -3;
  tessera::Window rows, columns;
  if (!tessera::windows_of(desc, in_height, in_width, rows, columns)) return -1;
  if (height == nullptr) return -4;
  if (width == nullptr) return -5;
  *height = rows.out;
  *width = columns.out;
  return TSR_OK;
}

tsr_status tsr_pool(const tsr_context* context, const tsr_pool_desc* desc, const tsr_tensor* x, const tsr_tensor* y) {
  using tessera::index_t;
  if (!tessera::is_tensor(x) || x->rank != 4 || x->type > TSR_F32 || x->size[2] < 1 || x->size[3] < 1) return -3;
  tessera::Window rows, columns;
  if (!tessera::windows_of(desc, x->size[2], x->size[3], rows, columns)) return -2;
  if (!tessera::is_tensor(y) || y->rank != 4 || y->type != x->type || y->size[0] != x->size[0] ||
      y->size[1] != x->size[1] || y->size[2] != rows.out || y->size[3] != columns.out)
    return -4;
  index_t taps;
  const bool many = __builtin_mul_overflow(rows.kernel, columns.kernel, &taps) || taps > tessera::kMostBytes;
  if (x->type != TSR_F32 && desc->pooling != TSR_POOL_MAX && many) return TSR_UNSUPPORTED;
  if (tessera::count_of(*y) == 0) return TSR_OK;
  const tessera::NnSettings s(context);
  if (x->type == TSR_F32) {
    tessera::Pool<float>(s, desc->pooling, rows, columns, *x, *y).run();
  } else if (x->type == TSR_U8) {
    tessera::Pool<std::uint8_t>(s, desc->pooling, rows, columns, *x, *y).run();
  } else {
    tessera::Pool<std::int8_t>(s, desc->pooling, rows, columns, *x, *y).run();
  }
  return TSR_OK;
}

}  // extern "C"
