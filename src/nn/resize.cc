// Resizing of images: where a row and a column come from is decided once, in tables.
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "nn/tensor.h"

namespace tessera {
namespace {

// For each row (column) of y: two of x, and the share of the second.
struct Table {
  std::unique_ptr<std::int32_t[]> left, right;
  std::unique_ptr<float[]> share;
  bool allocate(index_t size) {
    const std::size_t n = static_cast<std::size_t>(size);
    left.reset(new (std::nothrow) std::int32_t[n]);
    right.reset(new (std::nothrow) std::int32_t[n]);
    share.reset(new (std::nothrow) float[n]);
    return left != nullptr && right != nullptr && share != nullptr;
  }
};

double position(std::int32_t coordinates, index_t i, index_t in, index_t out, float given) {
  const double n = static_cast<double>(in), at = static_cast<double>(i);
  const double scale = given > 0.0f ? static_cast<double>(given) : static_cast<double>(out) / n;
  const double length = scale * n;
  switch (coordinates) {
    case TSR_RESIZE_PYTORCH_HALF_PIXEL:
      return length > 1.0 ? (at + 0.5) / scale - 0.5 : 0.0;
    case TSR_RESIZE_ASYMMETRIC:
      return at / scale;
    case TSR_RESIZE_ALIGN_CORNERS:
      return length > 1.0 ? at * (n - 1.0) / (length - 1.0) : 0.0;
    case TSR_RESIZE_TF_HALF_PIXEL:
      return (at + 0.5) / scale;
    default:
      return (at + 0.5) / scale - 0.5;
  }
}

double rounded(std::int32_t rounding, double x) {
  switch (rounding) {
    case TSR_RESIZE_FLOOR:
      return std::floor(x);
    case TSR_RESIZE_CEIL:
      return std::ceil(x);
    case TSR_RESIZE_ROUND_PREFER_CEIL:
      return std::floor(x + 0.5);
    default:
      return std::ceil(x - 0.5);
  }
}

bool fill(Table& table, std::int32_t mode, std::int32_t coordinates, std::int32_t rounding, index_t in, index_t out,
          float scale) {
  if (!table.allocate(out)) return false;
  const double last = static_cast<double>(in - 1);
  for (index_t i = 0; i < out; ++i) {
    const double at = position(coordinates, i, in, out, scale);
    const double chosen = mode == TSR_RESIZE_NEAREST ? rounded(rounding, at) : at;
    const double inside = chosen > last ? last : chosen > 0.0 ? chosen : 0.0;
    const std::int32_t left = static_cast<std::int32_t>(inside);
    table.left[i] = left;
    table.right[i] = left + (left < in - 1 ? 1 : 0);
    table.share[i] = static_cast<float>(inside - static_cast<double>(left));
  }
  return true;
}

struct Images {
  const tsr_tensor &x, &y;
  bool pixels, rows;  // channels (columns) are contiguous in both
  Images(const tsr_tensor& from, const tsr_tensor& to)
      : x(from),
        y(to),
        pixels(x.stride[1] == 1 && y.stride[1] == 1 && y.size[1] > 1),
        rows(x.stride[3] == 1 && y.stride[3] == 1) {}
  index_t from(index_t n, index_t c, index_t iy, index_t ix) const {
    return n * x.stride[0] + c * x.stride[1] + iy * x.stride[2] + ix * x.stride[3];
  }
  index_t to(index_t n, index_t c, index_t oy, index_t ox) const {
    return n * y.stride[0] + c * y.stride[1] + oy * y.stride[2] + ox * y.stride[3];
  }
};

template <class T>
void nearest(const NnSettings& s, const Images& g, const Table& down, const Table& across) {
  const T* const x = element<T>(g.x, 0);
  T* const y = element<T>(g.y, 0);
  const index_t channels = g.y.size[1], height = g.y.size[2], width = g.y.size[3];
  const index_t planes = g.pixels ? 1 : channels;
  for_items(s.executor, g.y.size[0] * planes * height, width * (channels / planes), [&](index_t i) {
    const index_t oy = i % height, c = i / height % planes, n = i / height / planes, iy = down.left[oy];
    if (g.pixels) {
      for (index_t ox = 0; ox < width; ++ox)
        std::memcpy(y + g.to(n, 0, oy, ox), x + g.from(n, 0, iy, across.left[ox]),
                    static_cast<std::size_t>(channels) * sizeof(T));
    } else {
      const T* const row = x + g.from(n, c, iy, 0);
      T* const to = y + g.to(n, c, oy, 0);
      const index_t x_step = g.x.stride[3], y_step = g.y.stride[3];
      for (index_t ox = 0; ox < width; ++ox) to[ox * y_step] = row[across.left[ox] * x_step];
    }
  });
}

void linear(const NnSettings& s, const Images& g, const Table& down, const Table& across) {
  const float* const x = element<float>(g.x, 0);
  float* const y = element<float>(g.y, 0);
  const index_t channels = g.y.size[1], height = g.y.size[2], width = g.y.size[3];
  const index_t planes = g.pixels ? 1 : channels, together = channels / planes;
  for_items(s.executor, g.y.size[0] * planes * height, width * together, [&](index_t i) {
    const index_t oy = i % height, c = i / height % planes, n = i / height / planes;
    const index_t above = down.left[oy], below = down.right[oy];
    if (!g.pixels && g.rows) {
      s.kernels.bilinear_row(width, x + g.from(n, c, above, 0), x + g.from(n, c, below, 0), across.left.get(),
                             across.right.get(), across.share.get(), down.share[oy], y + g.to(n, c, oy, 0));
      return;
    }
    for (index_t ox = 0; ox < width; ++ox) {
      const index_t left = across.left[ox], right = across.right[ox];
      const float* const corners[] = {x + g.from(n, c, above, left), x + g.from(n, c, above, right),
                                      x + g.from(n, c, below, left), x + g.from(n, c, below, right)};
      s.kernels.bilinear_pixel(together, corners, down.share[oy], across.share[ox], y + g.to(n, c, oy, ox));
    }
  });
}

bool is_image(const tsr_tensor* t) {
  constexpr index_t kMost = std::numeric_limits<std::int32_t>::max();
  return is_tensor(t) && t->rank == 4 && t->size[2] <= kMost && t->size[3] <= kMost;
}
bool is_scale(float scale) { return scale >= 0.0f && scale <= std::numeric_limits<float>::max(); }

}  // namespace
}  // namespace tessera

extern "C" {

tsr_status tsr_resize(const tsr_context* context, int32_t mode, int32_t coordinates, int32_t rounding,
                      float scale_height, float scale_width, const tsr_tensor* x, const tsr_tensor* y) {
  if (mode != TSR_RESIZE_NEAREST && mode != TSR_RESIZE_LINEAR) return -2;
  if (coordinates < TSR_RESIZE_HALF_PIXEL || coordinates > TSR_RESIZE_TF_HALF_PIXEL) return -3;
  if (coordinates == TSR_RESIZE_TF_HALF_PIXEL && mode != TSR_RESIZE_NEAREST) return -3;
  if (rounding < TSR_RESIZE_ROUND_PREFER_FLOOR || rounding > TSR_RESIZE_CEIL) return -4;
  if (!tessera::is_scale(scale_height)) return -5;
  if (!tessera::is_scale(scale_width)) return -6;
  if (!tessera::is_image(x) || (mode == TSR_RESIZE_LINEAR && x->type != TSR_F32)) return -7;
  if (!tessera::is_image(y) || y->type != x->type || y->size[0] != x->size[0] || y->size[1] != x->size[1]) return -8;
  if (tessera::count_of(*y) == 0) return TSR_OK;
  if (tessera::count_of(*x) == 0) return -7;
  tessera::Table down, across;
  if (!tessera::fill(down, mode, coordinates, rounding, x->size[2], y->size[2], scale_height) ||
      !tessera::fill(across, mode, coordinates, rounding, x->size[3], y->size[3], scale_width))
    return TSR_OUT_OF_MEMORY;
  const tessera::NnSettings s(context);
  const tessera::Images images(*x, *y);
  if (mode == TSR_RESIZE_LINEAR) {
    tessera::linear(s, images, down, across);
  } else if (tessera::element_size(x->type) == 1) {
    tessera::nearest<std::uint8_t>(s, images, down, across);
  } else if (tessera::element_size(x->type) == 4) {
    tessera::nearest<std::uint32_t>(s, images, down, across);
  } else {
    tessera::nearest<std::uint64_t>(s, images, down, across);
  }
  return TSR_OK;
}

}  // extern "C"
