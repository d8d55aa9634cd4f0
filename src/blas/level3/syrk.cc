#include "blas/level3/level3.h"

namespace tessera::blas {

namespace {

// A diagonal block is computed whole in a buffer on the stack, so no memory can be missing: 32 KiB of it.
template <class T>
inline constexpr index_t kDiagonal = sizeof(T) == 4   ? 88
                                     : sizeof(T) == 8 ? 64
                                                      : 44;

template <class T>
struct Syrk {
  Uplo uplo;
  index_t k;
  const T *alpha, *a;
  Strides sa;
  const T* beta;
  T* c;
  Strides sc;

  T* at(index_t i, index_t j) const { return c + i * sc.rs + j * sc.cs; }

  // The m x n block of C at (i, j) into `dst`.
  void block(index_t i, index_t j, index_t m, index_t n, T* dst, Strides sd) const {
    tessera::gemm({.type = Scalar<T>::kType,
                   .m = m,
                   .n = n,
                   .k = k,
                   .alpha = alpha,
                   .a = a + i * sa.rs,
                   .a_rs = sa.rs,
                   .a_cs = sa.cs,
                   .b = a + j * sa.rs,
                   .b_rs = sa.cs,
                   .b_cs = sa.rs,
                   .beta = beta,
                   .c = dst,
                   .c_rs = sd.rs,
                   .c_cs = sd.cs});
  }

  template <class F>
  void for_triangle(index_t n, F&& f) const {
    for (index_t j = 0; j < n; ++j)
      for (index_t i = uplo == Uplo::upper ? 0 : j, end = uplo == Uplo::upper ? j + 1 : n; i < end; ++i) f(i, j);
  }

  void diagonal(index_t d, index_t n) const {
    alignas(64) T tile[kDiagonal<T> * kDiagonal<T>];
    const Strides st = sc.cs == 1 ? Strides{n, 1} : Strides{1, n};
    // What lies outside the triangle is computed and dropped; zeros keep it from being garbage with traps in it.
    if (!is_zero(*beta)) {
      for (index_t e = 0; e < n * n; ++e) tile[e] = T{};
      for_triangle(n, [&](index_t i, index_t j) { tile[i * st.rs + j * st.cs] = *at(d + i, d + j); });
    }
    block(d, d, n, n, tile, st);
    for_triangle(n, [&](index_t i, index_t j) { *at(d + i, d + j) = tile[i * st.rs + j * st.cs]; });
  }

  // Halving leaves few, large and nearly square products; blocks of columns would give as many narrow ones.
  void triangle(index_t d, index_t n) const {
    if (n <= kDiagonal<T>) return diagonal(d, n);
    const index_t h = round_up(n / 2, kDiagonal<T>) < n ? round_up(n / 2, kDiagonal<T>) : kDiagonal<T>;
    triangle(d, h);
    if (uplo == Uplo::upper)
      block(d, d + h, h, n - h, at(d, d + h), sc);
    else
      block(d + h, d, n - h, h, at(d + h, d), sc);
    triangle(d + h, n - h);
  }
};

}  // namespace

template <class T>
void syrk(bool row_major, Uplo uplo, Trans t, index_t n, index_t k, const T* alpha, const T* a, index_t lda,
          const T* beta, T* c, index_t ldc) {
  if (n == 0 || ((k == 0 || is_zero(*alpha)) && is_one(*beta))) return;
  const Syrk<T> call{
      uplo, k, alpha, a, strides_of(row_major, t, lda), beta, c, strides_of(row_major, Trans::none, ldc)};
  call.triangle(0, n);
}

template void syrk(bool, Uplo, Trans, index_t, index_t, const float*, const float*, index_t, const float*, float*,
                   index_t);
template void syrk(bool, Uplo, Trans, index_t, index_t, const double*, const double*, index_t, const double*, double*,
                   index_t);
template void syrk(bool, Uplo, Trans, index_t, index_t, const c32*, const c32*, index_t, const c32*, c32*, index_t);
template void syrk(bool, Uplo, Trans, index_t, index_t, const c64*, const c64*, index_t, const c64*, c64*, index_t);

}  // namespace tessera::blas
