#include "served_by.h"

#include <cblas.h>
#include <tessera_blas64.h>

#include <cstdint>
#include <cstring>

int main() {
  const double a[4] = {1, 2, 3, 4}, b[4] = {5, 6, 7, 8};
  double c[4], c64[4];
  const std::int64_t two = 2;
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1, a, 2, b, 2, 0, c, 2);
  cblas_dgemm_64(CblasRowMajor, CblasNoTrans, CblasNoTrans, two, two, two, 1, a, two, b, two, 0, c64, two);
  if (c[3] != 50 || std::memcmp(c, c64, sizeof c) != 0) return 1;
  return print_library_of(reinterpret_cast<void*>(cblas_dgemm_64));
}
