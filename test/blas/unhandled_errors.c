// A C program with bad arguments and no error handler of its own: it is told on standard error and goes on.
#include <cblas.h>
#include <stdio.h>

extern void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*,
                   const int*, const double*, const int*, const double*, double*, const int*);

int main(void) {
  double a[4] = {1, 2, 3, 4}, c[4] = {5, 6, 7, 8};
  const double one = 1, zero = 0;
  const int two = 2, negative = -1;
  dgemm_("N", "N", &two, &two, &negative, &one, a, &two, a, &two, &zero, c, &two);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1.0, a, 1, a, 2, 0.0, c, 2);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1.0, a, 2, a, 1, 0.0, c, 2);
  cblas_dgemm(CblasColMajor, (CBLAS_TRANSPOSE)7, CblasNoTrans, 2, 2, 2, 1.0, a, 2, a, 2, 0.0, c, 2);
  cblas_dgemv(CblasRowMajor, CblasNoTrans, -1, 2, 1.0, a, 2, a, 1, 0.0, c, 1);
  if (c[0] != 5 || c[1] != 6 || c[2] != 7 || c[3] != 8) return 1;
  puts("still here");
  return 0;
}
