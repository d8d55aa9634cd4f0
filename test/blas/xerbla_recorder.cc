#include "xerbla_recorder.h"

#include <utility>

static std::vector<XerblaCall> calls;

std::vector<XerblaCall> take_xerbla_calls() { return std::exchange(calls, {}); }

extern "C" {

extern __attribute__((visibility("default"))) int RowMajorStrg;

__attribute__((visibility("default"))) void xerbla_(const char* name, const int* info, std::size_t length) {
  calls.push_back({std::string(name, length), *info, false});
}

__attribute__((visibility("default"))) void cblas_xerbla(int p, const char* routine, const char*, ...) {
  calls.push_back({routine, p, RowMajorStrg != 0});
}
}
