// 8-bit products of AVX-512BW without VNNI: on 16-bit panels, two to a sum, exact. Included only by objects compiled
// for that ISA.
#pragma once

#include "base/dtype.h"
#include "base/simd/int8_registers_avx512.h"

namespace tessera::simd::avx512 {

struct Int8 : WideZmm<Int8> {
  static constexpr DType kLeft = DType::s16, kRight = DType::s16;
};

}  // namespace tessera::simd::avx512
