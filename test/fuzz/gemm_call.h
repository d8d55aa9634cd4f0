// The arguments that all GEMM functions have, and what the header says about them, written down a second time.
#pragma once

#include <tessera/gemm.h>

#include "fuzz/fuzz.h"

namespace tessera::fuzz {

inline constexpr Index kLargestSize = Index{1} << 56;

struct Positions {
  int m, n, k, a, b, c;  // each matrix is followed by its two strides
};

// What is looked at of an operand that is given by address and strides.
struct Matrix {
  bool given;  // not NULL
  Index rs, cs;
};

using Wide = __int128;
inline Wide magnitude_of(Index x) { return x < 0 ? -Wide(x) : Wide(x); }

// 0, or the position (from `at`, that of the address) of the stride that leads out of the address space.
inline int stride_error(int at, Index rows, Index cols, Index rs, Index cs, int size) {
  // Products of numbers below 2^56 and 2^64, times 16, leave 128 bits: a first factor suffices to tell.
  const auto reach = [&](Index count, Index stride) -> Wide {
    const Wide elements = Wide(count - 1) * magnitude_of(stride);
    return elements > Wide(PTRDIFF_MAX) ? Wide(PTRDIFF_MAX) + 1 : elements * size;
  };
  const Wide down = reach(rows, rs), across = reach(cols, cs);
  if (down > PTRDIFF_MAX) return at + 1;
  if (across > PTRDIFF_MAX) return at + 2;
  if (down + across > PTRDIFF_MAX) return at + (down > across ? 1 : 2);
  return 0;
}

inline tsr_status expected_status(Index m, Index n, Index k, bool reads, const Matrix& a, const Matrix& b,
                                  const Matrix& c, int size, const Positions& at, bool a_strided = true,
                                  bool b_strided = true) {
  if (m < 0 || m > kLargestSize) return -at.m;
  if (n < 0 || n > kLargestSize) return -at.n;
  if (k < 0 || k > kLargestSize) return -at.k;
  if (m == 0 || n == 0) return TSR_OK;
  if (reads && k > 0) {
    if (a_strided) {
      if (!a.given) return -at.a;
      if (const int bad = stride_error(at.a, m, k, a.rs, a.cs, size)) return -bad;
    }
    if (b_strided) {
      if (!b.given) return -at.b;
      if (const int bad = stride_error(at.b, k, n, b.rs, b.cs, size)) return -bad;
    }
  }
  if (!c.given) return -at.c;
  if (const int bad = stride_error(at.c, m, n, c.rs, c.cs, size)) return -bad;
  if (c.rs == 0 && m > 1) return -(at.c + 1);
  if (c.cs == 0 && n > 1) return -(at.c + 2);
  if (m == 1 || n == 1) return TSR_OK;
  Wide x = magnitude_of(c.rs), y = magnitude_of(c.cs);
  while (y != 0) {
    const Wide rest = x % y;
    x = y;
    y = rest;
  }
  const bool meet = Wide(m) > magnitude_of(c.cs) / x && Wide(n) > magnitude_of(c.rs) / x;
  return !meet ? TSR_OK : -(at.c + (magnitude_of(c.rs) > magnitude_of(c.cs) ? 1 : 2));
}

// Whether `elements` elements hold a rows x cols matrix whose first one is the first of them.
inline bool holds(Index elements, Index rows, Index cols, Index rs, Index cs) {
  if (rows == 0 || cols == 0) return true;
  return rows > 0 && cols > 0 && rows <= elements && cols <= elements && rs >= 0 && cs >= 0 && rs <= elements &&
         cs <= elements && (rows - 1) * rs + (cols - 1) * cs < elements;
}

}  // namespace tessera::fuzz
