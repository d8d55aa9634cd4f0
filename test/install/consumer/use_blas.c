// For integers of 32 and of 64 bits, as the flags say.
#include "served_by.h"

#include <cblas.h>

#ifdef TESSERA_ILP64
_Static_assert(sizeof(CBLAS_INT) == 8, "64-bit integers");
#else
_Static_assert(sizeof(CBLAS_INT) == 4, "32-bit integers");
#endif

int main(void) {
  const double a[4] = {1, 2, 3, 4}, b[4] = {5, 6, 7, 8};
  double c[4];
  const CBLAS_INT two = 2;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, two, two, two, 1, a, two, b, two, 0, c, two);
  if (c[0] != 19 || c[1] != 22 || c[2] != 43 || c[3] != 50) return 1;
  return print_library_of((void*)cblas_dgemm);
}
