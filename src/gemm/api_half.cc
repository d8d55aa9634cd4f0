// The C API of numbers of 16 bits.
#include <tessera/half.h>

#include "base/half.h"
#include "gemm/api_check.h"
#include "gemm/narrow.h"

namespace tessera {
namespace {

tsr_status run(const tsr_context* context, Storage storage, const GemmCall& call, float alpha) {
  if (const tsr_status bad = check_gemm(call, alpha == 0.0f, {2, 3, 4, 6, 9, 13}, size_of(dtype_of(storage))))
    return bad;
  gemm_half(call, storage, settings_of(context));
  return TSR_OK;
}

tsr_status check_array(tsr_index n, const void* x, const void* y) {
  if (n < 0 || n > kMaxExtent) return -1;
  if (n > 0 && x == nullptr) return -2;
  return n > 0 && y == nullptr ? -3 : TSR_OK;
}

void widen(PackFn pack, tsr_index n, const std::uint16_t* x, float* y) {
  if (n > 0)
    pack({.dst = y,
          .src = x,
          .width = n,
          .panel = n,
          .k = 1,
          .inc_w = 1,
          .inc_k = n,
          .alpha_re = 1.0,
          .alpha_im = 0.0,
          .conj = false});
}

}  // namespace
}  // namespace tessera

extern "C" {

#define TESSERA_HALF(TYPE)                                                                                             \
  tsr_status tsr_gemm_##TYPE(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, float alpha,           \
                             const tsr_##TYPE* a, tsr_index a_rs, tsr_index a_cs, const tsr_##TYPE* b, tsr_index b_rs, \
                             tsr_index b_cs, float beta, float* c, tsr_index c_rs, tsr_index c_cs) {                   \
    return tessera::run(                                                                                               \
        context, tessera::Storage::TYPE,                                                                               \
        {tessera::DType::f32, false, false, m, n, k, &alpha, a, a_rs, a_cs, b, b_rs, b_cs, &beta, c, c_rs, c_cs},      \
        alpha);                                                                                                        \
  }                                                                                                                    \
  tsr_status tsr_##TYPE##_from_f32(tsr_index n, const float* x, tsr_##TYPE* y) {                                       \
    if (const tsr_status bad = tessera::check_array(n, x, y)) return bad;                                              \
    for (tsr_index i = 0; i < n; ++i) y[i] = tessera::TYPE##_of_float(x[i]);                                           \
    return TSR_OK;                                                                                                     \
  }                                                                                                                    \
  tsr_status tsr_##TYPE##_to_f32(tsr_index n, const tsr_##TYPE* x, float* y) {                                         \
    if (const tsr_status bad = tessera::check_array(n, x, y)) return bad;                                              \
    tessera::widen(tessera::best_isa().packers(tessera::DType::f32).TYPE, n, x, y);                                    \
    return TSR_OK;                                                                                                     \
  }
TESSERA_HALF(bf16)
TESSERA_HALF(f16)
}
