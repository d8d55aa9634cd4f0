// Products of which one triangle of C is wanted: gemmt, syrk, herk, syr2k, her2k.
#include "blas/level3/level3.h"

namespace tessera::blas {

namespace {

// C := alpha * A * B + beta * C in one triangle of C, n x n.
template <class T>
void triangular_product(Uplo uplo, index_t n, index_t k, const T& alpha, const Operand<T>& a, const Operand<T>& b,
                        const T& beta, const View<T>& c) {
  GemmExtras extras;
  extras.region = uplo == Uplo::upper ? Region::upper : Region::lower;
  product<T>(n, n, k, alpha, a, b, beta, c, &extras);
}

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
  triangular_product<T>(uplo, n, k, *alpha, {{a, strides_of(row_major, ta, lda)}, ta == Trans::conjugate},
                        {{b, strides_of(row_major, tb, ldb)}, tb == Trans::conjugate}, *beta,
                        {c, strides_of(row_major, Trans::none, ldc)});
}

template <class T>
void syrk(bool row_major, bool hermitian, Uplo uplo, Trans t, index_t n, index_t k, const T* alpha, const T* a,
          index_t lda, const T* beta, T* c, index_t ldc) {
  if (n == 0 || ((k == 0 || is_zero(*alpha)) && is_one(*beta))) return;
  const View<const T> av{a, strides_of(row_major, t, lda)};
  const View<T> cv{c, strides_of(row_major, Trans::none, ldc)};
  const bool conj = t == Trans::conjugate;
  triangular_product<T>(uplo, n, k, *alpha, {av, conj}, {av.transposed(), conj != hermitian}, *beta, cv);
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
  triangular_product<T>(uplo, n, k, *alpha, {av, conj}, {bv.transposed(), conj != hermitian}, *beta, cv);
  if (k > 0 && !is_zero(*alpha))
    triangular_product<T>(uplo, n, k, second, {bv, conj}, {av.transposed(), conj != hermitian}, one, cv);
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
