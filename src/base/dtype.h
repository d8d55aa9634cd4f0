// Element types of GEMM operands. Complex numbers are interleaved pairs (re, im).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tessera {

using index_t = std::int64_t;

enum class DType : std::uint8_t { f32, f64, c32, c64 };

constexpr bool is_complex(DType t) { return t == DType::c32 || t == DType::c64; }
constexpr DType real_of(DType t) { return t == DType::c32 ? DType::f32 : t == DType::c64 ? DType::f64 : t; }
constexpr index_t size_of(DType t) { return t == DType::f32 ? 4 : t == DType::c64 ? 16 : 8; }
constexpr const char* name_of(DType t) {
  return t == DType::f32 ? "f32" : t == DType::f64 ? "f64" : t == DType::c32 ? "c32" : "c64";
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
