// General and band matrices times a vector.
#include <cstdlib>
#include <cstring>

#include "blas/level2/windows.h"
#include "gemm/gemm.h"

namespace tessera::blas {
namespace {

// y := beta y + (alpha A) x for the rows r0..r1. A null `alpha` is 1; x is multiplied by `factor` first.
template <class T>
void add_columns(const ColumnView& a, index_t n, Range rows, bool by_rows, const T* alpha, const T* factor,
                 const Vector<T>& x, const T* beta, const Vector<T>& y) {
  const MatvecKernels& kernels = matvec_kernels<T>();
  MatvecArgs g;
  g.view = &a;
  g.alpha = alpha;
  g.by_rows = by_rows;
  if (factor == nullptr && x.in_place() && y.in_place()) {
    g.r0 = rows.begin;
    g.r1 = rows.end;
    g.j0 = 0;
    g.j1 = n;
    g.y = y.first + rows.begin;
    g.t = x.first;
    g.beta = beta;
    return kernels.axpy(g);
  }
  Window<T> window;
  T t[kChunk];
  for_pieces(rows.begin, rows.end, kWindow<T>, [&](index_t r0, index_t r1) {
    g.r0 = r0;
    g.r1 = r1;
    g.y = window.load(y, r0, r1);
    g.beta = beta;
    const Range columns = columns_with(a, n, r0, r1);
    for_pieces(columns.begin, columns.end, kChunk, [&](index_t j0, index_t j1) {
      g.j0 = j0;
      g.j1 = j1;
      for (index_t j = j0; j < j1; ++j) {
        const T v = conjugate_if(x.conjugated, x[j]);
        t[j - j0] = factor ? *factor * v : v;
      }
      g.t = t;
      kernels.axpy(g);
      g.beta = nullptr;
    });
    window.store(y, r0, r1);
  });
}

// Whether TESSERA_GEMV=chain asks for gemm's bits from columns in memory as well, at half the speed in cache.
bool chains_wanted() {
  static const bool wanted = [] {
    const char* text = secure_getenv("TESSERA_GEMV");
    return text != nullptr && std::strcmp(text, "chain") == 0;
  }();
  return wanted;
}

}  // namespace

template <class T>
void add_sums(const ColumnView& a, index_t m, Range columns, bool conjugated, const T* alpha, const Vector<T>& x,
              const T& beta, const Vector<T>& y) {
  const MatvecKernels& kernels = matvec_kernels<T>();
  const T one = from_real<T>(1);
  MatvecArgs g;
  g.view = &a;
  g.alpha = alpha;
  g.conjugate = conjugated;
  const Range rows = rows_of(a, m, columns.begin, columns.end);
  if (x.in_place() && y.in_place() && !is_band(a)) {
    // Of columns longer than a window, a group at a time, so that memory is read in its order.
    const index_t group = rows.end - rows.begin <= kWindow<T> ? columns.end - columns.begin : kMatvecGroup;
    for_pieces(columns.begin, columns.end, group, [&](index_t j0, index_t j1) {
      g.j0 = j0;
      g.j1 = j1;
      g.s = y.first + j0;
      g.beta = &beta;
      for_pieces(rows.begin, rows.end, kWindow<T>, [&](index_t r0, index_t r1) {
        g.r0 = r0;
        g.r1 = r1;
        g.x = x.first + r0;
        kernels.dot(g);
        g.beta = &one;
      });
    });
    return;
  }
  scale(from(y, columns.begin), columns.end - columns.begin, beta);
  g.beta = &one;
  Window<T> window;
  T s[kChunk];
  for_pieces(rows.begin, rows.end, kWindow<T>, [&](index_t r0, index_t r1) {
    g.r0 = r0;
    g.r1 = r1;
    g.x = window.load(x, r0, r1);
    const Range with = columns_with(a, columns.end, r0, r1);
    for_pieces(max_index(with.begin, columns.begin), with.end, kChunk, [&](index_t j0, index_t j1) {
      g.j0 = j0;
      g.j1 = j1;
      g.s = y.in_place() ? y.first + j0 : s;
      if (!y.in_place())
        for (index_t j = j0; j < j1; ++j) s[j - j0] = y[j];
      kernels.dot(g);
      if (!y.in_place())
        for (index_t j = j0; j < j1; ++j) y[j] = s[j - j0];
    });
  });
}

template <class T>
void gemv(const ColumnView& a, index_t m, index_t n, bool transposed, bool conjugated, bool by_rows, const T* alpha,
          const T* x, index_t incx, const T* beta, T* y, index_t incy) {
  if (m == 0 || n == 0) return;
  const index_t ny = transposed ? n : m;
  if (transposed && chains_wanted()) {
    return tessera::gemm({.type = Scalar<T>::kType,
                          .conj_a = kIsComplex<T> && conjugated,
                          .m = n,
                          .n = 1,
                          .k = m,
                          .alpha = alpha,
                          .a = a.a,
                          .a_rs = a.stride,
                          .a_cs = 1,
                          .b = first_element(x, m, incx),
                          .b_rs = incx,
                          .b_cs = m,
                          .beta = beta,
                          .c = first_element(y, n, incy),
                          .c_rs = incy,
                          // No second column exists; its stride says which way C would lie.
                          .c_cs = by_rows ? 1 : n * (incy < 0 ? -incy : incy)});
  }
  const index_t bytes = m * n * static_cast<index_t>(sizeof(T));
  // Most calls: small, nothing to gather.
  if (bytes < 2 * kEach && incx == 1 && incy == 1 && (transposed ? m <= kWindow<T> : !conjugated) && !is_zero(*alpha)) {
    MatvecArgs g = whole(a, m, n);
    if (transposed) {
      g.x = x;
      g.s = y;
      g.alpha = alpha;
      g.beta = beta;
      g.conjugate = conjugated;
      return matvec_kernels<T>().dot(g);
    }
    g.t = x;
    g.y = y;
    if (!is_one(*alpha)) g.alpha = alpha;
    if (!is_one(*beta)) g.beta = beta;
    g.by_rows = by_rows;
    return matvec_kernels<T>().axpy(g);
  }
  const Vector<T> vy = vector_of(y, ny, incy, conjugated && !transposed);
  if (is_zero(*alpha)) return scale(vector_of(y, ny, incy), ny, *beta);
  const T start = conjugate_if(vy.conjugated, *beta);
  const T* const first = is_one(start) ? nullptr : &start;
  if (transposed) {
    for_parts(bytes, [&](index_t part, index_t parts) {
      const Part columns = parts == 1 ? Part{0, n} : part_of(n, parts, part);
      add_sums(a, m, {columns.begin, columns.begin + columns.size}, conjugated, alpha,
               vector_of(const_cast<T*>(x), m, incx), start, vy);
    });
    return;
  }
  // conj(A) x is the conjugate of what the conjugates of alpha, x and y give with A.
  const T factor = conjugate_if(conjugated, *alpha);
  for_parts(bytes, [&](index_t part, index_t parts) {
    const index_t all = ceil_div(m, kLine<T>);
    const Part lines = parts == 1 ? Part{0, all} : part_of(all, parts, part);
    const Range rows{lines.begin * kLine<T>, min_index(m, (lines.begin + lines.size) * kLine<T>)};
    add_columns<T>(a, n, rows, by_rows, is_one(factor) ? nullptr : &factor, nullptr,
                   vector_of(const_cast<T*>(x), n, incx, conjugated), first, vy);
  });
}

template <class T>
void gbmv(const ColumnView& a, index_t m, index_t n, bool transposed, bool conjugated, const T* alpha, const T* x,
          index_t incx, const T* beta, T* y, index_t incy) {
  if (m == 0 || n == 0) return;
  const index_t nx = transposed ? m : n, ny = transposed ? n : m;
  if (is_zero(*alpha)) return scale(vector_of(y, ny, incy), ny, *beta);
  if (transposed) {
    add_sums(a, m, {0, n}, conjugated, alpha, vector_of(const_cast<T*>(x), nx, incx), *beta, vector_of(y, ny, incy));
  } else {
    scale(vector_of(y, ny, incy), ny, *beta);
    const T factor = conjugate_if(conjugated, *alpha);
    add_columns<T>(a, n, {0, m}, false, nullptr, &factor, vector_of(const_cast<T*>(x), nx, incx, conjugated), nullptr,
                   vector_of(y, ny, incy, conjugated));
  }
}

#define TESSERA_INSTANTIATE(T)                                                                                         \
  template void add_sums(const ColumnView&, index_t, Range, bool, const T*, const Vector<T>&, const T&,                \
                         const Vector<T>&);                                                                            \
  template void gemv(const ColumnView&, index_t, index_t, bool, bool, bool, const T*, const T*, index_t, const T*, T*, \
                     index_t);                                                                                         \
  template void gbmv(const ColumnView&, index_t, index_t, bool, bool, const T*, const T*, index_t, const T*, T*,       \
                     index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
