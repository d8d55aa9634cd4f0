/* libxsmm as a module: Debian ships it as a static library only. It is linked with libxsmm's own empty BLAS, and
 * only its generated kernels are called, so the fallback is never reached. */
#include <libxsmm.h>
#include <stdio.h>

__attribute__((visibility("default"))) const char* bench_xsmm_description(void);
__attribute__((visibility("default"))) int bench_xsmm_gemm(int is_double, int ta, int tb, int m, int n, int k,
                                                           double alpha, const void* a, int lda, const void* b, int ldb,
                                                           double beta, void* c, int ldc);

const char* bench_xsmm_description(void) {
  static char text[64];
  snprintf(text, sizeof text, "libxsmm %s %s", LIBXSMM_VERSION, libxsmm_get_target_arch());
  return text;
}

/* Column-major. Returns 0 when libxsmm has no kernel for the problem; with c == NULL it only answers that. */
int bench_xsmm_gemm(int is_double, int ta, int tb, int m, int n, int k, double alpha, const void* a, int lda,
                    const void* b, int ldb, double beta, void* c, int ldc) {
  const int flags = (ta ? LIBXSMM_GEMM_FLAG_TRANS_A : 0) | (tb ? LIBXSMM_GEMM_FLAG_TRANS_B : 0);
  const int prefetch = LIBXSMM_PREFETCH_NONE;
  if (is_double) {
    const libxsmm_dmmfunction kernel = libxsmm_dmmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha, &beta, &flags, &prefetch);
    if (!kernel) return 0;
    if (c) kernel((const double*)a, (const double*)b, (double*)c);
  } else {
    const float alpha_s = (float)alpha, beta_s = (float)beta;
    const libxsmm_smmfunction kernel =
        libxsmm_smmdispatch(m, n, k, &lda, &ldb, &ldc, &alpha_s, &beta_s, &flags, &prefetch);
    if (!kernel) return 0;
    if (c) kernel((const float*)a, (const float*)b, (float*)c);
  }
  return 1;
}
