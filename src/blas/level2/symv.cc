// Symmetric and Hermitian matrices times a vector: each stored element is read once and serves both its places.
#include "blas/level2/windows.h"

namespace tessera::blas {
namespace {

template <class T>
RealOf<T> real_part(T x) {
  if constexpr (kIsComplex<T>) {
    return x.re;
  } else {
    return x;
  }
}

}  // namespace

template <class T>
void symv(const ColumnView& a, Uplo uplo, index_t n, bool conjugated, const T* alpha, const T* x, index_t incx,
          const T* beta, T* y, index_t incy) {
  if (n == 0) return;
  scale(vector_of(y, n, incy), n, *beta);
  if (is_zero(*alpha)) return;
  const Vector<T> vx = vector_of(const_cast<T*>(x), n, incx, conjugated), vy = vector_of(y, n, incy, conjugated);
  const T factor = conjugate_if(conjugated, *alpha);
  const MatvecKernels& kernels = matvec_kernels<T>();
  const ColumnView triangle = strict(a, uplo), whole = rectangle(a, n);
  Window<T> window_x, window_y;
  T t[kChunk], s[kChunk], beside[kTriangle];
  for_pieces(0, n, kWindow<T>, [&](index_t r0, index_t r1) {
    T* const part = window_y.load(vy, r0, r1);
    const T* const in = window_x.load(vx, r0, r1);
    // Rows begin..end of columns j0..j1, whose sums go to `sums`.
    const auto both = [&](const ColumnView& view, index_t begin, index_t end, index_t j0, index_t j1, T* sums) {
      MatvecArgs g{};
      g.view = view;
      g.r0 = begin;
      g.r1 = end;
      g.j0 = j0;
      g.j1 = j1;
      g.x = in + (begin - r0);
      g.y = part + (begin - r0);
      g.t = t;
      g.s = sums;
      g.conjugate = true;
      kernels.both(g);
    };
    // Columns j0..j1: rectangles of the window, triangles and what is beside them, or a band.
    const auto combine = [&](index_t j0, index_t j1, bool triangular) {
      for (index_t j = j0; j < j1; ++j) t[j - j0] = factor * conjugate_if(vx.conjugated, vx[j]);
      if (triangular) {
        both(triangle, j0, j1, j0, j1, s);
        const Range rest = uplo == Uplo::lower ? Range{j1, r1} : Range{r0, j0};
        if (rest.begin < rest.end) {
          both(whole, rest.begin, rest.end, j0, j1, beside);
          for (index_t j = 0; j < j1 - j0; ++j) s[j] = s[j] + beside[j];
        }
      } else {
        both(is_band(a) ? triangle : whole, r0, r1, j0, j1, s);
      }
      for (index_t j = j0; j < j1; ++j) {
        T add = factor * s[j - j0];
        if (j >= r0 && j < r1) {
          add = add + real_times(real_part(*diagonal<T>(a, j)), t[j - j0]);
          part[j - r0] = part[j - r0] + add;
        } else {
          vy[j] = vy[j] + conjugate_if(vy.conjugated, add);
        }
      }
    };
    if (is_band(a)) {
      const Range columns = columns_with(a, n, r0, r1);
      for_pieces(columns.begin, columns.end, kChunk, [&](index_t j0, index_t j1) { combine(j0, j1, false); });
    } else {
      if (uplo == Uplo::lower) for_pieces(0, r0, kChunk, [&](index_t j0, index_t j1) { combine(j0, j1, false); });
      for_pieces(r0, r1, kTriangle, [&](index_t j0, index_t j1) { combine(j0, j1, true); });
      if (uplo == Uplo::upper) for_pieces(r1, n, kChunk, [&](index_t j0, index_t j1) { combine(j0, j1, false); });
    }
    window_y.store(vy, r0, r1);
  });
}

#define TESSERA_INSTANTIATE(T) \
  template void symv(const ColumnView&, Uplo, index_t, bool, const T*, const T*, index_t, const T*, T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
