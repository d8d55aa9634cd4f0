// 8-bit products of AVX-512 VNNI: four to a sum, u8 by s8, without saturation. Included only by objects compiled for
// that ISA. What such a wrapper offers: int8_registers_avx512.h.
#pragma once

#include "base/dtype.h"
#include "base/simd/int8_registers_avx512.h"

namespace tessera::simd::avx512vnni {

struct Int8 : BytesZmm<Int8> {
  static constexpr DType kLeft = DType::u8, kRight = DType::s8;
  static R dot(R sum, R left, R right) { return sums(_mm512_dpbusd_epi32(raw(sum), raw(left), raw(right))); }
};

}  // namespace tessera::simd::avx512vnni
