#include "blas/xerbla.h"

#include <cblas.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

extern "C" {

int RowMajorStrg = 0;

[[gnu::weak]] void xerbla_(const char* name, const tessera::blas::blas_int* info, std::size_t length) {
  constexpr std::size_t kLongestName = 32;
  const std::size_t limit = length < 1 || length > kLongestName ? kLongestName : length;
  std::size_t n = 0;
  while (n < limit && name[n] != '\0' && name[n] != ' ') ++n;
  std::fprintf(stderr, " ** On entry to %.*s parameter number %2d had an illegal value\n", static_cast<int>(n), name,
               *info);
}

// `p` counts the arguments of the Fortran call behind a row-major one; the message counts those of the caller.
[[gnu::weak, gnu::visibility("default")]] void cblas_xerbla(int p, const char* rout, const char* form, ...) {
  struct Swap {
    const char* routine;
    int a, b;
  };
  static constexpr Swap kSwaps[] = {{"gemm", 4, 5}, {"gemm", 9, 11}, {"gemv", 3, 4}, {"gbmv", 3, 4}, {"gbmv", 5, 6},
                                    {"ger", 2, 3},  {"ger", 6, 8},   {"her2", 6, 8}, {"hpr2", 6, 8}};
  if (RowMajorStrg) {
    for (const Swap& s : kSwaps) {
      if (std::strstr(rout, s.routine) && (p == s.a || p == s.b)) {
        p = s.a + s.b - p;
        break;
      }
    }
  }
  if (p) std::fprintf(stderr, "Parameter %d to routine %s was incorrect\n", p, rout);
  va_list arguments;
  va_start(arguments, form);
  std::vfprintf(stderr, form, arguments);
  va_end(arguments);
}
}

namespace tessera::blas {

void report_fortran(const char* name, int position) {
  const blas_int info = position;
  xerbla_(name, &info, 6);
}

void report_cblas(const char* name, int position, bool row_major) {
  RowMajorStrg = row_major;
  cblas_xerbla(position + 1, name, "");
  RowMajorStrg = 0;
}

void report_cblas_enum(const char* name, int position, const char* what, int value, bool row_major) {
  RowMajorStrg = row_major;
  cblas_xerbla(position, name, "Illegal %s setting, %d\n", what, value);
  RowMajorStrg = 0;
}

}  // namespace tessera::blas
