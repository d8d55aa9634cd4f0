/*
 * C := A * B^T with the C API, on matrices stored by rows, and what the library says to a wrong argument.
 *
 *   cc gemm.c -ltessera && TESSERA_VERBOSE=1 ./a.out
 */
#include <stdio.h>
#include <stdlib.h>
#include <tessera/tessera.h>

int main(void) {
  enum { M = 200, N = 300, K = 400 };
  float* a = malloc(sizeof(float) * M * K); /* M x K, by rows */
  float* b = malloc(sizeof(float) * N * K); /* N x K, by rows; used transposed */
  float* c = malloc(sizeof(float) * M * N); /* M x N, by rows */
  if (a == NULL || b == NULL || c == NULL) return EXIT_FAILURE;
  for (int i = 0; i < M * K; ++i) a[i] = (float)(i % 7 - 3);
  for (int i = 0; i < N * K; ++i) b[i] = (float)(i % 5 - 2);

  /* Rows of A are K apart, its columns 1. B^T is B with its two strides exchanged: no copy is made. */
  tsr_status status = tsr_gemm_f32(NULL, M, N, K, 1.0f, a, K, 1, b, 1, K, 0.0f, c, N, 1);
  if (status != TSR_OK) {
    fprintf(stderr, "tsr_gemm_f32: %s\n", tsr_status_string(status));
    return EXIT_FAILURE;
  }

  /* Small integers are exact in float, so the check needs no tolerance. */
  for (int i = 0; i < M; ++i) {
    for (int j = 0; j < N; ++j) {
      float sum = 0.0f;
      for (int p = 0; p < K; ++p) sum += a[i * K + p] * b[j * K + p];
      if (sum != c[i * N + j]) {
        fprintf(stderr, "C(%d, %d) is %g, not %g\n", i, j, (double)c[i * N + j], (double)sum);
        return EXIT_FAILURE;
      }
    }
  }

  /* Rows of C that overlap: the status names the stride, the 14th argument, and C stays as it was. */
  status = tsr_gemm_f32(NULL, M, N, K, 1.0f, a, K, 1, b, 1, K, 0.0f, c, N - 1, 1);
  if (status != -14) return EXIT_FAILURE;

  printf("Tessera %s, %d threads: %d x %d x %d is right; a wrong stride gives \"%s\"\n", tsr_version(),
         tsr_get_num_threads(), M, N, K, tsr_status_string(status));
  free(a);
  free(b);
  free(c);
  return EXIT_SUCCESS;
}
