#include "reference/quant.h"

#include <algorithm>
#include <cfenv>
#include <cmath>

namespace tessera::test {

std::int32_t dot_q8(index_t k, const std::int32_t* a, std::int32_t za, const std::int32_t* b, std::int32_t zb) {
  // Each product is below 2^18 in magnitude: no overflow for any k that fits memory.
  std::int64_t sum = 0;
  for (index_t p = 0; p < k; ++p) sum += static_cast<std::int64_t>(a[p] - za) * (b[p] - zb);
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum));
}

std::int32_t requantize(std::int32_t s, float scale, float row_scale, std::int32_t zero_point, std::int32_t low,
                        std::int32_t high) {
  const float by_scale = static_cast<float>(s) * scale, x = by_scale * row_scale;
  const double rounded = std::nearbyint(static_cast<double>(x)) + zero_point;
  return static_cast<std::int32_t>(std::clamp(rounded, static_cast<double>(low), static_cast<double>(high)));
}

std::int32_t requantize_fixed(std::int32_t s, std::int32_t multiplier, std::int32_t shift, std::int32_t zero_point,
                              std::int32_t low, std::int32_t high) {
  const int left = std::max(shift, 0), right = std::max(-shift, 0);
  const std::int32_t x = static_cast<std::int32_t>(static_cast<std::uint32_t>(s) << left);
  // The high half of twice the product: rounded half up for positive products, half down (towards zero) for negative.
  const std::int64_t product = static_cast<std::int64_t>(x) * multiplier;  // at most 2^62
  const std::int64_t half = std::int64_t{1} << 30, one = std::int64_t{1} << 31;
  std::int64_t y = product >= 0 ? (product + half) / one : -((-product + half - 1) / one);
  // Divided by a power of two, ties away from zero.
  if (right > 0) {
    const std::int64_t magnitude = y < 0 ? -y : y;
    const std::int64_t quotient = (magnitude + (std::int64_t{1} << (right - 1))) >> right;
    y = y < 0 ? -quotient : quotient;
  }
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(y + zero_point, low, high));
}

}  // namespace tessera::test
