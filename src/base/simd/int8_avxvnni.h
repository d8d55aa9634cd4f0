// 8-bit products of AVX-VNNI: AVX-512 VNNI's on registers of AVX2. Included only by objects compiled for that ISA.
#pragma once

#include "base/dtype.h"
#include "base/simd/int8_registers_avx2.h"

namespace tessera::simd::avxvnni {

struct Int8 : BytesYmm<Int8> {
  static constexpr DType kLeft = DType::u8, kRight = DType::s8;
  static R dot(R sum, R left, R right) { return sums(_mm256_dpbusd_avx_epi32(raw(sum), raw(left), raw(right))); }
};

}  // namespace tessera::simd::avxvnni
