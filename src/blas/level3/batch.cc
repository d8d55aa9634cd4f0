// Batches of products on gemm/batch.h.
#include "gemm/batch.h"
#include "blas/level3/level3.h"

namespace tessera::blas {

template <class T>
void gemm_strided(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const T* alpha, const T* a,
                  index_t lda, index_t stride_a, const T* b, index_t ldb, index_t stride_b, const T* beta, T* c,
                  index_t ldc, index_t stride_c, index_t batch) {
  const Strides sa = strides_of(row_major, ta, lda), sb = strides_of(row_major, tb, ldb),
                sc = strides_of(row_major, Trans::none, ldc);
  run_batch(batch, madds_of(m, n, k), {0, nullptr, nullptr}, [&](index_t i, const Executor& executor) {
    product<T>(m, n, k, *alpha, {{a + i * stride_a, sa}, ta == Trans::conjugate},
               {{b + i * stride_b, sb}, tb == Trans::conjugate}, *beta, {c + i * stride_c, sc}, nullptr,
               executor.threads);
  });
}

template <class T>
void gemm_group(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const T* alpha, const T* const* a,
                index_t lda, const T* const* b, index_t ldb, const T* beta, T* const* c, index_t ldc, index_t count) {
  const Strides sa = strides_of(row_major, ta, lda), sb = strides_of(row_major, tb, ldb),
                sc = strides_of(row_major, Trans::none, ldc);
  run_batch(count, madds_of(m, n, k), {0, nullptr, nullptr}, [&](index_t i, const Executor& executor) {
    product<T>(m, n, k, *alpha, {{a[i], sa}, ta == Trans::conjugate}, {{b[i], sb}, tb == Trans::conjugate}, *beta,
               {c[i], sc}, nullptr, executor.threads);
  });
}

#define TESSERA_INSTANTIATE(T)                                                                                    \
  template void gemm_strided(bool, Trans, Trans, index_t, index_t, index_t, const T*, const T*, index_t, index_t, \
                             const T*, index_t, index_t, const T*, T*, index_t, index_t, index_t);                \
  template void gemm_group(bool, Trans, Trans, index_t, index_t, index_t, const T*, const T* const*, index_t,     \
                           const T* const*, index_t, const T*, T* const*, index_t, index_t);
TESSERA_FOR_EACH_TYPE(TESSERA_INSTANTIATE)

}  // namespace tessera::blas
