#include "served_by.h"

void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*,
            const double*, const int*, const double*, double*, const int*);

int main(void) {
  const double a[4] = {1, 3, 2, 4}, b[4] = {5, 7, 6, 8}, one = 1, zero = 0;
  double c[4];
  const int two = 2;
  dgemm_("N", "N", &two, &two, &two, &one, a, &two, b, &two, &zero, c, &two);
  if (c[0] != 19 || c[2] != 22 || c[1] != 43 || c[3] != 50) return 1;
  return print_library_of((void*)dgemm_);
}
