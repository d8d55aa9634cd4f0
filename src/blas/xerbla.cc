#include "blas/xerbla.h"

#include <cblas.h>

#include <cstdarg>
#include <cstdio>
#include <cstring>

extern "C" {

int RowMajorStrg = 0;
int CBLAS_CallFromC = 0;

[[gnu::weak]] void xerbla_(const char* name, const tessera::blas::blas_int* info, std::size_t length) {
  // With libraries of both widths in a process, this may be the handler of a caller of the other one.
  int position;
  std::memcpy(&position, info, sizeof position);
  constexpr std::size_t kLongestName = 32;
  const std::size_t limit = length < 1 || length > kLongestName ? kLongestName : length;
  std::size_t n = 0;
  while (n < limit && name[n] != '\0' && name[n] != ' ') ++n;
  std::fprintf(stderr, " ** On entry to %.*s parameter number %2d had an illegal value\n", static_cast<int>(n), name,
               position);
}

void xerbla_array_(const char* name, const tessera::blas::blas_int* length, const tessera::blas::blas_int* info) {
  char padded[32];
  std::memset(padded, ' ', sizeof padded);
  const auto n = static_cast<std::size_t>(*length < 0 ? 0 : *length);
  std::memcpy(padded, name, n < sizeof padded ? n : sizeof padded);
  xerbla_(padded, info, sizeof padded);
}

// `p` counts the arguments of the Fortran call behind a row-major one; the message counts those of the caller.
[[gnu::weak, gnu::visibility("default")]] void cblas_xerbla(CBLAS_INT p, const char* rout, const char* form, ...) {
  struct Swap {
    const char* routine;
    int a, b;
  };
  static constexpr Swap kSwaps[] = {{"gemm", 4, 5}, {"gemm", 9, 11}, {"gemv", 3, 4}, {"gbmv", 3, 4}, {"gbmv", 5, 6},
                                    {"ger", 2, 3},  {"ger", 6, 8},   {"her2", 6, 8}, {"hpr2", 6, 8}, {"symm", 4, 5},
                                    {"hemm", 4, 5}, {"trmm", 6, 7},  {"trsm", 6, 7}};
  // The rank-2k updates keep the order of their operands.
  if (RowMajorStrg && std::strstr(rout, "2k") == nullptr) {
    for (const Swap& s : kSwaps) {
      if (std::strstr(rout, s.routine) && (p == s.a || p == s.b)) {
        p = s.a + s.b - p;
        break;
      }
    }
  }
  if (p) std::fprintf(stderr, "Parameter %d to routine %s was incorrect\n", static_cast<int>(p), rout);
  va_list arguments;
  va_start(arguments, form);
  std::vfprintf(stderr, form, arguments);
  va_end(arguments);
}
}

namespace tessera::blas {

namespace {

// What a handler may ask about the call that is being reported.
struct CallFromC {
  explicit CallFromC(bool row_major) {
    RowMajorStrg = row_major;
    CBLAS_CallFromC = 1;
  }
  ~CallFromC() { RowMajorStrg = CBLAS_CallFromC = 0; }
  CallFromC(const CallFromC&) = delete;
  CallFromC& operator=(const CallFromC&) = delete;
};

}  // namespace

void report_fortran(const char* name, int position) {
  // A handler of the other width finds the same number here.
  const blas_int info[2] = {position, 0};
  xerbla_(name, info, std::strlen(name));
}

void report_cblas(const char* name, int position, bool row_major) {
  const CallFromC call(row_major);
  cblas_xerbla(position + 1, name, "");
}

void report_cblas_enum(const char* name, int position, const char* what, int value, bool row_major) {
  const CallFromC call(row_major);
  cblas_xerbla(position, name, "Illegal %s setting, %d\n", what, value);
}

}  // namespace tessera::blas
