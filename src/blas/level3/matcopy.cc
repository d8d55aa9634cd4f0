// Scaled copies, transpositions and sums of matrices.
#include "base/int_math.h"
#include "blas/level3/level3.h"
#include "runtime/workspace.h"

namespace tessera::blas {

namespace {

constexpr index_t kSquare = 16;

template <class T>
constexpr T conjugated(T x, bool conj) {
  if constexpr (kIsComplex<T>) {
    if (conj) x.im = -x.im;
  }
  return x;
}

// A real factor multiplies the parts of a complex number and adds nothing.
template <class T>
constexpr T times(T alpha, T x) {
  if constexpr (kIsComplex<T>) {
    if (alpha.im == 0) return {alpha.re * x.re, alpha.re * x.im};
  }
  return alpha * x;
}

// One square of B := alpha * op(A) on views of m x n; alpha = 1 keeps every bit.
template <class T>
void copy_square(index_t m, index_t n, T alpha, bool conj, View<const T> a, View<T> b) {
  const bool plain = is_one(alpha);
  for (index_t i = 0; i < m; ++i)
    for (index_t j = 0; j < n; ++j) {
      const T x = conjugated(*a.at(i, j), conj);
      *b.at(i, j) = plain ? x : times(alpha, x);
    }
}

// B := alpha * op(A), both seen as m x n, B by rows. Squares keep the lines of a transposed A in the first cache.
template <class T>
void copy(index_t m, index_t n, T alpha, bool conj, View<const T> a, View<T> b) {
  if (is_zero(alpha)) {
    for (index_t i = 0; i < m; ++i)
      for (index_t j = 0; j < n; ++j) *b.at(i, j) = T{};
    return;
  }
  const index_t width = a.cs == 1 ? n : kSquare;
  for (index_t i = 0; i < m; i += kSquare)
    for (index_t j = 0; j < n; j += width)
      copy_square(min_index(kSquare, m - i), min_index(width, n - j), alpha, conj, a.from(i, j), b.from(i, j));
}

// A := alpha * op(A) for a square A that is transposed where it lies: pairs of squares change places.
template <class T>
void transpose_in_place(index_t n, T alpha, bool conj, View<T> a) {
  const bool plain = is_one(alpha), clear = is_zero(alpha);
  const auto scaled = [&](T x) {
    return clear ? T{} : plain ? conjugated(x, conj) : times(alpha, conjugated(x, conj));
  };
  for (index_t i0 = 0; i0 < n; i0 += kSquare)
    for (index_t j0 = i0; j0 < n; j0 += kSquare)
      for (index_t i = i0; i < min_index(i0 + kSquare, n); ++i)
        for (index_t j = max_index(j0, i); j < min_index(j0 + kSquare, n); ++j) {
          const T x = *a.at(i, j), y = *a.at(j, i);
          *a.at(i, j) = scaled(y);
          *a.at(j, i) = scaled(x);
        }
}

// Moves row i of m rows of n elements from a + i * from to a + i * to, scaled. Rows may overlap those not yet moved, so
// they go in the order in which none is overwritten before it has moved.
template <class T>
void restride(index_t m, index_t n, T alpha, bool conj, T* a, index_t from, index_t to) {
  const bool plain = is_one(alpha), clear = is_zero(alpha);
  const auto move = [&](index_t i, index_t j) {
    const T x = conjugated(a[i * from + j], conj);
    a[i * to + j] = clear ? T{} : plain ? x : times(alpha, x);
  };
  if (to <= from) {
    for (index_t i = 0; i < m; ++i)
      for (index_t j = 0; j < n; ++j) move(i, j);
  } else {
    for (index_t i = m - 1; i >= 0; --i)
      for (index_t j = n - 1; j >= 0; --j) move(i, j);
  }
}

// Transposes m contiguous rows of n elements into n rows of m, following the cycles of the permutation; the least
// element of each cycle moves it. Needs no memory, and is slow.
template <class T>
void transpose_by_cycles(index_t m, index_t n, T* a) {
  const index_t last = m * n - 1;
  const auto source = [&](index_t e) { return e % m * n + e / m; };  // what belongs at e
  for (index_t start = 1; start < last; ++start) {
    index_t e = source(start);
    while (e > start) e = source(e);
    if (e < start) continue;
    const T first = a[start];
    for (e = start;;) {
      const index_t s = source(e);
      if (s == start) break;
      a[e] = a[s];
      e = s;
    }
    a[e] = first;
  }
}

}  // namespace

template <class T>
void omatcopy(bool row_major, CopyOp op, index_t rows, index_t cols, const T* alpha, const T* a, index_t lda, T* b,
              index_t ldb) {
  // By columns A is the transposed matrix by rows.
  const index_t m = row_major ? rows : cols, n = row_major ? cols : rows;
  const bool conj = op == CopyOp::conjugate || op == CopyOp::conjugate_transpose;
  if (transposes(op))
    copy<T>(n, m, *alpha, conj, {a, 1, lda}, {b, ldb, 1});
  else
    copy<T>(m, n, *alpha, conj, {a, lda, 1}, {b, ldb, 1});
}

template <class T>
void imatcopy(bool row_major, CopyOp op, index_t rows, index_t cols, const T* alpha, T* a, index_t lda, index_t ldb) {
  const index_t m = row_major ? rows : cols, n = row_major ? cols : rows;
  if (m == 0 || n == 0) return;
  const bool conj = op == CopyOp::conjugate || op == CopyOp::conjugate_transpose;
  if (!transposes(op)) return restride(m, n, *alpha, conj, a, lda, ldb);
  if (m == n && lda == ldb) return transpose_in_place<T>(n, *alpha, conj, {a, lda, 1});
  if (T* copied = static_cast<T*>(
          workspace(WorkspaceSlot::operand, allocation_size(m * n * static_cast<index_t>(sizeof(T)))))) {
    const T one = widened<T>(RealOf<T>(1));
    copy<T>(m, n, one, false, {a, lda, 1}, {copied, n, 1});
    return copy<T>(n, m, *alpha, conj, {copied, 1, n}, {a, ldb, 1});
  }
  restride(m, n, *alpha, conj, a, lda, n);
  transpose_by_cycles(m, n, a);
  restride(n, m, widened<T>(RealOf<T>(1)), false, a, m, ldb);
}

template <class T>
void geadd(bool row_major, index_t m, index_t n, const T* alpha, const T* a, index_t lda, const T* beta, T* c,
           index_t ldc) {
  if (!row_major) {
    const index_t t = m;
    m = n;
    n = t;
  }
  const T al = *alpha, be = *beta;
  const bool no_a = is_zero(al), no_c = is_zero(be);
  for (index_t i = 0; i < m; ++i, a += lda, c += ldc) {
    if (no_a) {
      for (index_t j = 0; j < n; ++j) c[j] = no_c ? T{} : times(be, c[j]);
    } else if (no_c) {
      for (index_t j = 0; j < n; ++j) c[j] = times(al, a[j]);
    } else {
      for (index_t j = 0; j < n; ++j) c[j] = times(al, a[j]) + times(be, c[j]);
    }
  }
}

#define TESSERA_INSTANTIATE(T)                                                                      \
  template void omatcopy(bool, CopyOp, index_t, index_t, const T*, const T*, index_t, T*, index_t); \
  template void imatcopy(bool, CopyOp, index_t, index_t, const T*, T*, index_t, index_t);           \
  template void geadd(bool, index_t, index_t, const T*, const T*, index_t, const T*, T*, index_t);
TESSERA_FOR_EACH_TYPE(TESSERA_INSTANTIATE)

}  // namespace tessera::blas
