// The C API of GEMM: judges arguments, then hands over to gemm().
#include <tessera/gemm.h>

#include "gemm/api_checks.h"
#include "gemm/gemm.h"
#include "runtime/context.h"

namespace tessera {
namespace {

// Where the arguments of a function stand in its C signature.
struct Positions {
  int m, n, k, a, b, c;  // each matrix is followed by its two strides
  constexpr explicit Positions(int flags)
      : m(2 + flags), n(3 + flags), k(4 + flags), a(6 + flags), b(9 + flags), c(13 + flags) {}
};

tsr_status check(const GemmCall& call, bool alpha_is_zero, const Positions& at) {
  if (call.m < 0 || call.m > kMaxExtent) return -at.m;
  if (call.n < 0 || call.n > kMaxExtent) return -at.n;
  if (call.k < 0 || call.k > kMaxExtent) return -at.k;
  if (call.m == 0 || call.n == 0) return TSR_OK;
  const index_t size = size_of(call.type);
  if (call.k > 0 && !alpha_is_zero) {
    if (call.a == nullptr) return -at.a;
    if (const tsr_status bad = check_extent(at.a, call.m, call.k, call.a_rs, call.a_cs, size)) return bad;
    if (call.b == nullptr) return -at.b;
    if (const tsr_status bad = check_extent(at.b, call.k, call.n, call.b_rs, call.b_cs, size)) return bad;
  }
  if (call.c == nullptr) return -at.c;
  if (const tsr_status bad = check_extent(at.c, call.m, call.n, call.c_rs, call.c_cs, size)) return bad;
  return check_distinct(at.c, call.m, call.n, call.c_rs, call.c_cs);
}

tsr_status run(const tsr_context* context, const GemmCall& call, bool alpha_is_zero, const Positions& at) {
  if (const tsr_status bad = check(call, alpha_is_zero, at)) return bad;
  if (context == nullptr) {
    gemm(call);
  } else {
    gemm(call, {context->isa, context->executor});
  }
  return TSR_OK;
}

constexpr bool is_zero(float x) { return x == 0.0f; }
constexpr bool is_zero(double x) { return x == 0.0; }
constexpr bool is_zero(tsr_c32 x) { return x.re == 0.0f && x.im == 0.0f; }
constexpr bool is_zero(tsr_c64 x) { return x.re == 0.0 && x.im == 0.0; }

}  // namespace
}  // namespace tessera

extern "C" {

#define TESSERA_GEMM_REAL(TYPE, T)                                                                                     \
  tsr_status tsr_gemm_##TYPE(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, T alpha, const T* a,   \
                             tsr_index a_rs, tsr_index a_cs, const T* b, tsr_index b_rs, tsr_index b_cs, T beta, T* c, \
                             tsr_index c_rs, tsr_index c_cs) {                                                         \
    return tessera::run(                                                                                               \
        context,                                                                                                       \
        {tessera::DType::TYPE, false, false, m, n, k, &alpha, a, a_rs, a_cs, b, b_rs, b_cs, &beta, c, c_rs, c_cs},     \
        tessera::is_zero(alpha), tessera::Positions(0));                                                               \
  }
TESSERA_GEMM_REAL(f32, float)
TESSERA_GEMM_REAL(f64, double)

#define TESSERA_GEMM_COMPLEX(TYPE)                                                                                   \
  tsr_status tsr_gemm_##TYPE(const tsr_context* context, unsigned flags, tsr_index m, tsr_index n, tsr_index k,      \
                             tsr_##TYPE alpha, const tsr_##TYPE* a, tsr_index a_rs, tsr_index a_cs,                  \
                             const tsr_##TYPE* b, tsr_index b_rs, tsr_index b_cs, tsr_##TYPE beta, tsr_##TYPE* c,    \
                             tsr_index c_rs, tsr_index c_cs) {                                                       \
    if ((flags & ~static_cast<unsigned>(TSR_GEMM_CONJ_A | TSR_GEMM_CONJ_B)) != 0) return -2;                         \
    return tessera::run(context,                                                                                     \
                        {tessera::DType::TYPE, (flags & TSR_GEMM_CONJ_A) != 0, (flags & TSR_GEMM_CONJ_B) != 0, m, n, \
                         k, &alpha, a, a_rs, a_cs, b, b_rs, b_cs, &beta, c, c_rs, c_cs},                             \
                        tessera::is_zero(alpha), tessera::Positions(1));                                             \
  }
TESSERA_GEMM_COMPLEX(c32)
TESSERA_GEMM_COMPLEX(c64)
}
