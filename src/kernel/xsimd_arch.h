// What xsimd calls the ISAs of cmake/isa.cmake. xsimd 8.1 has no AVX-512 fused multiply-add and no masks: kernels that
// need those take them from base/simd.
#pragma once

#include <xsimd/xsimd.hpp>

namespace tessera::kernel::xsimd_arch {

#if defined(__x86_64__)
using baseline = xsimd::sse2;
using avx2 = xsimd::fma3<xsimd::avx2>;
using avx512 = xsimd::avx512f;
#elif defined(__aarch64__)
using baseline = xsimd::neon64;
using neon = xsimd::neon64;
#else
#error "an architecture that has no row here"
#endif

}  // namespace tessera::kernel::xsimd_arch
