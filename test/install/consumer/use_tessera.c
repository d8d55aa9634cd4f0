#include "served_by.h"

#include <tessera/tessera.h>

int main(void) {
  const double a[4] = {1, 2, 3, 4}, b[4] = {5, 6, 7, 8};
  double c[4];
  if (tsr_gemm_f64(NULL, 2, 2, 2, 1, a, 2, 1, b, 2, 1, 0, c, 2, 1) != TSR_OK) return 1;
  if (c[0] != 19 || c[1] != 22 || c[2] != 43 || c[3] != 50) return 1;
  return print_library_of((void*)tsr_gemm_f64);
}
