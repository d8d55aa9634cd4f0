// Element types of GEMM operands. Complex numbers are interleaved pairs (re, im). Integers come in products of 8-bit
// operands (u8, s8, packed as such or as s16) that are summed in s32, modulo 2^32. bf16 and f16 are how operands of f32
// products may be stored.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera {

using index_t = std::int64_t;

enum class DType : std::uint8_t { f32, f64, c32, c64, u8, s8, s16, s32, bf16, f16 };

constexpr bool is_complex(DType t) { return t == DType::c32 || t == DType::c64; }
constexpr DType real_of(DType t) { return t == DType::c32 ? DType::f32 : t == DType::c64 ? DType::f64 : t; }
constexpr index_t size_of(DType t) {
  constexpr index_t kSizes[] = {4, 8, 8, 16, 1, 1, 2, 4, 2, 2};
  return kSizes[static_cast<int>(t)];
}
constexpr const char* name_of(DType t) {
  constexpr const char* kNames[] = {"f32", "f64", "c32", "c64", "u8", "s8", "s16", "s32", "bf16", "f16"};
  return kNames[static_cast<int>(t)];
}

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};

}  // namespace tessera
