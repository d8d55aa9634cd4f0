// 8-bit products of AVX2: on 16-bit panels, two to a sum, exact. vpmaddubsw multiplies bytes and is a quarter faster,
// but saturates. Included only by objects compiled for that ISA.
#pragma once

#include "base/dtype.h"
#include "base/simd/int8_registers_avx2.h"

namespace tessera::simd::avx2 {

struct Int8 : WideYmm<Int8> {
  static constexpr DType kLeft = DType::s16, kRight = DType::s16;
};

}  // namespace tessera::simd::avx2
