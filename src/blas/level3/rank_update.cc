// Products of which one triangle of C is wanted: gemmt, syrk, herk, syr2k, her2k.
#include "blas/level3/level3.h"

namespace tessera::blas {

namespace {

// A diagonal block is computed whole in a buffer on the stack, so no memory can be missing: 32 KiB of it.
template <class T>
inline constexpr index_t kDiagonal = sizeof(T) == 4   ? 88
                                     : sizeof(T) == 8 ? 64
                                                      : 44;

// C := alpha * A * B + beta * C in one triangle of C.
template <class T>
struct TriangularProduct {
  Uplo uplo;
  index_t k;
  const T& alpha;
  Operand<T> a, b;
  const T& beta;
  View<T> c;

  void rectangle(index_t i, index_t j, index_t m, index_t n, const View<T>& dst) const {
    product<T>(m, n, k, alpha, a.from(i, 0), b.from(0, j), beta, dst);
  }

  template <class F>
  void for_triangle(index_t n, F&& f) const {
    for (index_t j = 0; j < n; ++j)
      for (index_t i = uplo == Uplo::upper ? 0 : j, end = uplo == Uplo::upper ? j + 1 : n; i < end; ++i) f(i, j);
  }

  void diagonal(index_t d, index_t n) const {
    alignas(64) T tile[kDiagonal<T> * kDiagonal<T>];
    const View<T> t = c.cs == 1 ? View<T>{tile, n, 1} : View<T>{tile, 1, n}, corner = c.from(d, d);
    // What lies outside the triangle is computed and dropped; zeros keep it from being garbage with traps in it.
    if (!is_zero(beta)) {
      for (index_t e = 0; e < n * n; ++e) tile[e] = T{};
      for_triangle(n, [&](index_t i, index_t j) { *t.at(i, j) = *corner.at(i, j); });
    }
    rectangle(d, d, n, n, t);
    for_triangle(n, [&](index_t i, index_t j) { *corner.at(i, j) = *t.at(i, j); });
  }

  // Halving leaves few, large and nearly square products; blocks of columns would give as many narrow ones.
  void triangle(index_t d, index_t n) const {
    if (n <= kDiagonal<T>) return diagonal(d, n);
    const index_t h = round_up(n / 2, kDiagonal<T>) < n ? round_up(n / 2, kDiagonal<T>) : kDiagonal<T>;
    triangle(d, h);
    if (uplo == Uplo::upper)
      rectangle(d, d + h, h, n - h, c.from(d, d + h));
    else
      rectangle(d + h, d, n - h, h, c.from(d + h, d));
    triangle(d + h, n - h);
  }
};

// Hermitian updates: the diagonal is real by definition, not by rounding.
template <class T>
void make_diagonal_real(index_t n, const View<T>& c) {
  if constexpr (kIsComplex<T>)
    for (index_t i = 0; i < n; ++i) c.at(i, i)->im = 0;
}

template <class T>
constexpr T conjugate(T x) {
  if constexpr (kIsComplex<T>) x.im = -x.im;
  return x;
}

}  // namespace

template <class T>
void gemmt(bool row_major, Uplo uplo, Trans ta, Trans tb, index_t n, index_t k, const T* alpha, const T* a, index_t lda,
           const T* b, index_t ldb, const T* beta, T* c, index_t ldc) {
  if (n == 0 || ((k == 0 || is_zero(*alpha)) && is_one(*beta))) return;
  TriangularProduct<T>{uplo,
                       k,
                       *alpha,
                       {{a, strides_of(row_major, ta, lda)}, ta == Trans::conjugate},
                       {{b, strides_of(row_major, tb, ldb)}, tb == Trans::conjugate},
                       *beta,
                       {c, strides_of(row_major, Trans::none, ldc)}}
      .triangle(0, n);
}

template <class T>
void syrk(bool row_major, bool hermitian, Uplo uplo, Trans t, index_t n, index_t k, const T* alpha, const T* a,
          index_t lda, const T* beta, T* c, index_t ldc) {
  if (n == 0 || ((k == 0 || is_zero(*alpha)) && is_one(*beta))) return;
  const View<const T> av{a, strides_of(row_major, t, lda)};
  const View<T> cv{c, strides_of(row_major, Trans::none, ldc)};
  const bool conj = t == Trans::conjugate;
  TriangularProduct<T>{uplo, k, *alpha, {av, conj}, {av.transposed(), conj != hermitian}, *beta, cv}.triangle(0, n);
  if (hermitian) make_diagonal_real(n, cv);
}

template <class T>
void syr2k(bool row_major, bool hermitian, Uplo uplo, Trans t, index_t n, index_t k, const T* alpha, const T* a,
           index_t lda, const T* b, index_t ldb, const T* beta, T* c, index_t ldc) {
  if (n == 0 || ((k == 0 || is_zero(*alpha)) && is_one(*beta))) return;
  const View<const T> av{a, strides_of(row_major, t, lda)}, bv{b, strides_of(row_major, t, ldb)};
  const View<T> cv{c, strides_of(row_major, Trans::none, ldc)};
  const bool conj = t == Trans::conjugate;
  const T second = hermitian ? conjugate(*alpha) : *alpha, one = widened<T>(RealOf<T>(1));
  TriangularProduct<T>{uplo, k, *alpha, {av, conj}, {bv.transposed(), conj != hermitian}, *beta, cv}.triangle(0, n);
  if (k > 0 && !is_zero(*alpha))
    TriangularProduct<T>{uplo, k, second, {bv, conj}, {av.transposed(), conj != hermitian}, one, cv}.triangle(0, n);
  if (hermitian) make_diagonal_real(n, cv);
}

#define TESSERA_INSTANTIATE(T)                                                                                       \
  template void gemmt(bool, Uplo, Trans, Trans, index_t, index_t, const T*, const T*, index_t, const T*, index_t,    \
                      const T*, T*, index_t);                                                                        \
  template void syrk(bool, bool, Uplo, Trans, index_t, index_t, const T*, const T*, index_t, const T*, T*, index_t); \
  template void syr2k(bool, bool, Uplo, Trans, index_t, index_t, const T*, const T*, index_t, const T*, index_t,     \
                      const T*, T*, index_t);
TESSERA_FOR_EACH_TYPE(TESSERA_INSTANTIATE)

}  // namespace tessera::blas
