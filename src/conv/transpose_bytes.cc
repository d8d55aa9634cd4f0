#include "conv/transpose_bytes.h"

#include <cstring>

#include "base/int_math.h"

namespace tessera {
namespace {

typedef char Bytes __attribute__((vector_size(16)));
constexpr int kSide = 16;

// Squares in registers: four times, rows i and i + 8 are interleaved to rows 2 i and 2 i + 1.
[[gnu::always_inline]] inline void interleave(const Bytes* from, Bytes* to) {
#pragma GCC unroll 8
  for (int i = 0; i < kSide / 2; ++i) {
    const Bytes a = from[i], b = from[i + kSide / 2];
    to[2 * i] = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    to[2 * i + 1] = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
}
[[gnu::always_inline]] inline void transpose(Bytes* square) {
  Bytes other[kSide];
  interleave(square, other);
  interleave(other, square);
  interleave(square, other);
  interleave(other, square);
}

void whole_square(const char* src, index_t src_row, char* dst, index_t dst_row) {
  Bytes square[kSide];
#pragma GCC unroll 16
  for (int i = 0; i < kSide; ++i) std::memcpy(&square[i], src + i * src_row, kSide);
  transpose(square);
#pragma GCC unroll 16
  for (int i = 0; i < kSide; ++i) std::memcpy(dst + i * dst_row, &square[i], kSide);
}

void part_of_square(const char* src, index_t src_row, index_t rows, index_t columns, char* dst, index_t dst_row) {
  Bytes square[kSide] = {};
  for (index_t i = 0; i < rows; ++i) std::memcpy(&square[i], src + i * src_row, static_cast<std::size_t>(columns));
  transpose(square);
  for (index_t j = 0; j < columns; ++j) std::memcpy(dst + j * dst_row, &square[j], static_cast<std::size_t>(rows));
}

}  // namespace

void transpose_bytes(const char* src, index_t src_row, index_t rows, index_t columns, char* dst, index_t dst_row) {
  for (index_t i = 0; i < rows; i += kSide) {
    const index_t h = min_index(kSide, rows - i);
    for (index_t j = 0; j < columns; j += kSide) {
      const index_t w = min_index(kSide, columns - j);
      const char* const from = src + i * src_row + j;
      char* const to = dst + j * dst_row + i;
      if (h == kSide && w == kSide) {
        whole_square(from, src_row, to, dst_row);
      } else {
        part_of_square(from, src_row, h, w, to, dst_row);
      }
    }
  }
}

}  // namespace tessera
