// Copies of views: rows as they are, blocks that are transposed, or element by element.
#include <cstring>

#include "nn/walk.h"
#include "pack/transpose_bytes.h"

namespace tessera {
namespace {

// Rows and columns of a block that is transposed: 64 lines of x in L1 beside those of y.
constexpr index_t kBlock = 64;

template <class T>
void copy_strided(const T* x, index_t x_stride, T* y, index_t y_stride, index_t n) {
  if (x_stride == 0 && y_stride == 1) {
    const T value = *x;
    for (index_t i = 0; i < n; ++i) y[i] = value;
  } else {
    for (index_t i = 0; i < n; ++i) y[i * y_stride] = x[i * x_stride];
  }
}

// y(j, i) := x(i, j); y's rows have `rows` elements.
template <class T>
void transpose(const NnSet& kernels, index_t rows, index_t columns, const T* x, index_t x_row, T* y, index_t y_row) {
  if constexpr (sizeof(T) == sizeof(float)) {
    kernels.transpose(rows, columns, reinterpret_cast<const float*>(x), x_row, reinterpret_cast<float*>(y), y_row);
  } else if constexpr (sizeof(T) == 1) {
    transpose_bytes(reinterpret_cast<const char*>(x), x_row, rows, columns, reinterpret_cast<char*>(y), y_row);
  } else {
    for (index_t j = 0; j < columns; ++j)
      for (index_t i = 0; i < rows; ++i) y[j * y_row + i] = x[i * x_row + j];
  }
}

template <class T>
void copy(const NnSettings& s, Walk& walk, const tsr_tensor& xt, const tsr_tensor& yt) {
  const T* const x = element<T>(xt, 0);
  T* const y = element<T>(yt, 0);
  const index_t x_stride = walk.stride(1), y_stride = walk.stride(0);
  if (x_stride == 1 && y_stride == 1) {
    walk.run(s.executor, [&](const Walk::Row& r, index_t n) {
      std::memcpy(y + r.at[0], x + r.at[1], static_cast<std::size_t>(n) * sizeof(T));
    });
    return;
  }
  if (y_stride == 1 && x_stride != 0) {
    for (int d = 0; d < walk.outer_rank(); ++d) {
      if (walk.outer_stride(1, d) != 1) continue;
      const index_t columns = walk.outer_size(d), y_row = walk.outer_stride(0, d);
      walk.remove_outer(d);
      const index_t rows = walk.inner();
      const index_t across = ceil_div(columns, kBlock), blocks = ceil_div(rows, kBlock) * across;
      for_items(s.executor, walk.rows() * blocks, min_index(rows, kBlock) * min_index(columns, kBlock),
                [&](index_t item) {
                  const Walk::Row r = walk.row(item / blocks);
                  const index_t i = item % blocks / across * kBlock, j = item % across * kBlock;
                  transpose(s.kernels, min_index(kBlock, rows - i), min_index(kBlock, columns - j),
                            x + r.at[1] + i * x_stride + j, x_stride, y + r.at[0] + j * y_row + i, y_row);
                });
      return;
    }
  }
  walk.run(s.executor,
           [&](const Walk::Row& r, index_t n) { copy_strided(x + r.at[1], x_stride, y + r.at[0], y_stride, n); });
}

}  // namespace

void copy_tensor(const tsr_context* context, const tsr_tensor& x, const tsr_tensor& y) {
  if (count_of(y) == 0) return;
  const NnSettings settings(context);
  const index_t* const strides[] = {y.stride, x.stride};
  Walk walk(y.rank, y.size, 2, strides);
  switch (element_size(y.type)) {
    case 1:
      return copy<std::uint8_t>(settings, walk, x, y);
    case 4:
      return copy<std::uint32_t>(settings, walk, x, y);
    default:
      return copy<std::uint64_t>(settings, walk, x, y);
  }
}

}  // namespace tessera
