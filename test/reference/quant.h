// What docs/numerics.md says of products of 8-bit matrices and their outputs, one element at a time.
#pragma once

#include <cstdint>

#include "base/dtype.h"

namespace tessera::test {

// (a - za) . (b - zb) modulo 2^32, of numbers already read from their bytes.
std::int32_t dot_q8(index_t k, const std::int32_t* a, std::int32_t za, const std::int32_t* b, std::int32_t zb);

// clamp(round(float(s) * scale * row_scale) + zero_point), ties to even; each product rounded to float.
std::int32_t requantize(std::int32_t s, float scale, float row_scale, std::int32_t zero_point, std::int32_t low,
                        std::int32_t high);

// TensorFlow Lite's MultiplyByQuantizedMultiplier, then the zero point and the bounds.
std::int32_t requantize_fixed(std::int32_t s, std::int32_t multiplier, std::int32_t shift, std::int32_t zero_point,
                              std::int32_t low, std::int32_t high);

}  // namespace tessera::test
