// Updates of rank 1 and 2: the matrix is read and written once.
#include <cmath>

#include "blas/level2/windows.h"

namespace tessera::blas {
namespace {

// Factors of an update as they lie, to be multiplied by `by`; null: there are none that do.
template <class T>
struct Factors {
  const T *t, *t2, *by;
};

// A += x t^T, with kTwo also + y t2^T, on the columns `all` of m rows.
template <bool kTwo, class T>
void update_directly(const ColumnView& a, index_t m, Range all, const T* x, const T* y, const Factors<T>& factors) {
  const Range rows = rows_of(a, m, all.begin, all.end);
  MatvecArgs g;
  g.view = &a;
  g.r0 = rows.begin;
  g.r1 = rows.end;
  g.j0 = all.begin;
  g.j1 = all.end;
  g.x = x + rows.begin;
  g.t = factors.t + all.begin;
  g.factor = factors.by;
  if constexpr (kTwo) {
    g.y = const_cast<T*>(y) + rows.begin;
    g.t2 = factors.t2 + all.begin;
  }
  (kTwo ? matvec_kernels<T>().rank2 : matvec_kernels<T>().rank1)(g);
}
// The same; fill(j0, j1, t, t2) writes the factors of columns j0..j1.
template <bool kTwo, class T, class Fill>
void update_columns(const ColumnView& a, index_t m, Range all, const Vector<T>& x, const Vector<T>& y, Fill&& fill) {
  const auto kernel = kTwo ? matvec_kernels<T>().rank2 : matvec_kernels<T>().rank1;
  Window<T> window_x, window_y;
  T t[kChunk], t2[kChunk];
  MatvecArgs g;
  g.view = &a;
  g.t = t;
  g.t2 = t2;
  const Range rows = rows_of(a, m, all.begin, all.end);
  for_pieces(rows.begin, rows.end, kWindow<T>, [&](index_t r0, index_t r1) {
    g.r0 = r0;
    g.r1 = r1;
    g.x = window_x.load(x, r0, r1);
    if constexpr (kTwo) g.y = window_y.load(y, r0, r1);
    const Range columns = columns_with(a, all.end, r0, r1);
    for_pieces(max_index(columns.begin, all.begin), columns.end, kChunk, [&](index_t j0, index_t j1) {
      g.j0 = j0;
      g.j1 = j1;
      fill(j0, j1, t, t2);
      kernel(g);
    });
  });
}

// Columns shared among threads: as many elements for each, where columns of a triangle grow or shrink.
template <bool kTwo, class T, class Fill>
void update(const ColumnView& a, index_t m, index_t n, const Vector<T>& x, const Vector<T>& y,
            const Factors<T>& factors, Fill&& fill) {
  const bool triangle = a.lo_step != 0 || a.hi_step != 0;
  const bool direct = factors.t != nullptr && x.in_place() && (!kTwo || y.in_place());
  const index_t bytes = m * n * static_cast<index_t>(sizeof(T)) / (triangle ? 2 : 1);
  for_parts(bytes, [&](index_t part, index_t parts) {
    const auto cut = [&](index_t k) {
      if (!triangle) return n * k / parts;
      const double share = static_cast<double>(k) / static_cast<double>(parts), size = static_cast<double>(n);
      return static_cast<index_t>(a.hi_step ? size * std::sqrt(share) : size - size * std::sqrt(1 - share));
    };
    const Range columns{part == 0 ? 0 : cut(part), part + 1 == parts ? n : cut(part + 1)};
    if (columns.begin >= columns.end) return;
    if (direct)
      update_directly<kTwo>(a, m, columns, x.first, y.first, factors);
    else
      update_columns<kTwo>(a, m, columns, x, y, fill);
  });
}

// Most calls: small, real, nothing to gather.
template <class T>
bool is_small(index_t m, index_t n, index_t incx, index_t incy) {
  return !kIsComplex<T> && incx == 1 && incy == 1 && m * n * static_cast<index_t>(sizeof(T)) < 2 * kEach;
}
template <class T>
MatvecArgs small_update(const ColumnView& a, index_t m, index_t n, const T* x, const T* t, const T* factor) {
  MatvecArgs g = whole(a, m, n);
  g.x = x;
  g.t = t;
  g.factor = factor;
  return g;
}

// A Hermitian diagonal has real elements whatever was added to it.
template <class T>
void clear_imaginary(const ColumnView& a, index_t n) {
  if constexpr (kIsComplex<T>) {
    for (index_t j = 0; j < n; ++j) diagonal<T>(a, j)->im = 0;
  }
}

}  // namespace

template <class T>
void ger(const ColumnView& a, index_t m, index_t n, const T* alpha, const T* x, index_t incx, bool conjugate_x,
         const T* y, index_t incy, bool conjugate_y) {
  if (m == 0 || n == 0 || is_zero(*alpha)) return;
  if (is_small<T>(m, n, incx, incy)) return matvec_kernels<T>().rank1(small_update(a, m, n, x, y, alpha));
  const Vector<T> vx = vector_of(const_cast<T*>(x), m, incx, conjugate_x),
                  vy = vector_of(const_cast<T*>(y), n, incy, conjugate_y);
  Factors<T> factors{};
  if constexpr (!kIsComplex<T>) factors = {incy == 1 ? y : nullptr, nullptr, alpha};
  update<false>(a, m, n, vx, vx, factors, [&](index_t j0, index_t j1, T* t, T*) {
    for (index_t j = j0; j < j1; ++j) t[j - j0] = *alpha * conjugate_if(vy.conjugated, vy[j]);
  });
}

template <class T>
void syr(const ColumnView& a, index_t n, bool conjugated, RealOf<T> alpha, const T* x, index_t incx) {
  if (n == 0 || alpha == 0) return;
  if constexpr (!kIsComplex<T>) {
    if (is_small<T>(n, n, incx, 1)) return matvec_kernels<T>().rank1(small_update(a, n, n, x, x, &alpha));
  }
  const Vector<T> vx = vector_of(const_cast<T*>(x), n, incx, conjugated);
  Factors<T> factors{};
  if constexpr (!kIsComplex<T>) factors = {incx == 1 ? x : nullptr, nullptr, &alpha};
  update<false>(a, n, n, vx, vx, factors, [&](index_t j0, index_t j1, T* t, T*) {
    for (index_t j = j0; j < j1; ++j) t[j - j0] = real_times(alpha, conjugate_if(!vx.conjugated, vx[j]));
  });
  clear_imaginary<T>(a, n);
}

template <class T>
void syr2(const ColumnView& a, index_t n, bool conjugated, const T* alpha, const T* x, index_t incx, const T* y,
          index_t incy) {
  if (n == 0 || is_zero(*alpha)) return;
  if (is_small<T>(n, n, incx, incy)) {
    MatvecArgs g = small_update(a, n, n, x, y, alpha);
    g.y = const_cast<T*>(y);
    g.t2 = x;
    return matvec_kernels<T>().rank2(g);
  }
  const Vector<T> vx = vector_of(const_cast<T*>(x), n, incx, conjugated),
                  vy = vector_of(const_cast<T*>(y), n, incy, conjugated);
  Factors<T> factors{};
  if constexpr (!kIsComplex<T>) factors = {incx == 1 && incy == 1 ? y : nullptr, x, alpha};
  update<true>(a, n, n, vx, vy, factors, [&](index_t j0, index_t j1, T* t, T* t2) {
    for (index_t j = j0; j < j1; ++j) {
      t[j - j0] = conjugate_if(conjugated, *alpha * conjugate_if(true, vy[j]));
      t2[j - j0] = conjugate_if(!conjugated, *alpha * vx[j]);
    }
  });
  clear_imaginary<T>(a, n);
}

#define TESSERA_INSTANTIATE(T)                                                                                        \
  template void ger(const ColumnView&, index_t, index_t, const T*, const T*, index_t, bool, const T*, index_t, bool); \
  template void syr(const ColumnView&, index_t, bool, RealOf<T>, const T*, index_t);                                  \
  template void syr2(const ColumnView&, index_t, bool, const T*, const T*, index_t, const T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
