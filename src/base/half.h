// Numbers of 16 bits and floats: bfloat16 (the upper half of a float) and IEEE binary16. Widening is exact. Narrowing
// rounds to the nearest, ties to even, overflows to infinity and keeps NaN a NaN (a quiet one with the upper bits of
// its payload), whatever the rounding mode.
#pragma once

#include <bit>
#include <cstdint>

namespace tessera {

constexpr float float_of_bf16(std::uint16_t h) { return std::bit_cast<float>(static_cast<std::uint32_t>(h) << 16); }

constexpr std::uint16_t bf16_of_float(float x) {
  const std::uint32_t u = std::bit_cast<std::uint32_t>(x);
  if ((u & 0x7fffffffu) > 0x7f800000u) return static_cast<std::uint16_t>(u >> 16 | 0x40u);
  return static_cast<std::uint16_t>((u + 0x7fffu + (u >> 16 & 1u)) >> 16);
}

constexpr float float_of_f16(std::uint16_t h) {
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000u) << 16, exponent = h >> 10 & 31u;
  std::uint32_t fraction = h & 0x3ffu;
  if (exponent == 31) {
    const std::uint32_t quiet = fraction != 0 ? 0x400000u : 0u;
    return std::bit_cast<float>(sign | 0x7f800000u | quiet | fraction << 13);
  }
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  if (fraction == 0) return std::bit_cast<float>(sign);
  // Subnormal: shifted until the leading bit stands where it is not stored.
  const int shift = std::countl_zero(fraction) - 21;
  fraction = fraction << shift & 0x3ffu;
  return std::bit_cast<float>(sign | static_cast<std::uint32_t>(113 - shift) << 23 | fraction << 13);
}

constexpr std::uint16_t f16_of_float(float x) {
  const std::uint32_t u = std::bit_cast<std::uint32_t>(x), sign = u >> 16 & 0x8000u, magnitude = u & 0x7fffffffu;
  const auto made = [sign](std::uint32_t bits) { return static_cast<std::uint16_t>(sign | bits); };
  if (magnitude > 0x7f800000u) return made(0x7e00u | (magnitude >> 13 & 0x3ffu));
  if (magnitude >= 0x477ff000u) return made(0x7c00u);  // 65520 and above round to 2^16
  // Below 2^-14 the last place is 2^-24 whatever the exponent; below 2^-25 all of it is less than half of that.
  if (magnitude < 0x33000000u) return made(0u);
  const std::uint32_t exponent = magnitude >> 23;
  const bool normal = exponent >= 113;
  const std::uint32_t significand = normal ? magnitude - (112u << 23) : (magnitude & 0x7fffffu) | 0x800000u;
  const std::uint32_t drop = normal ? 13 : 126 - exponent;
  const std::uint32_t half = 1u << (drop - 1), odd = significand >> drop & 1u;
  return made((significand + half - 1 + odd) >> drop);
}

}  // namespace tessera
