// The instruction sets with 8-bit kernels as test parameters, and 8-bit numbers.
#pragma once

#include <cstdint>
#include <vector>

#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {

inline std::vector<Isa> all_int8_isas() {
  std::vector<Isa> isas;
  for (const Int8Entry& e : compiled_int8_isas()) isas.push_back(e.isa);
  return isas;
}

// Bytes of the full range, a quarter of them at its ends.
inline void fill_bytes(Random& random, void* p, index_t n) {
  constexpr std::uint8_t kEnds[] = {0, 255, 127, 128};
  std::uint8_t* bytes = static_cast<std::uint8_t*>(p);
  for (index_t i = 0; i < n; ++i) {
    const std::uint64_t x = random.next();
    bytes[i] = (x & 3) == 0 ? kEnds[x >> 2 & 3] : static_cast<std::uint8_t>(x >> 8);
  }
}

// A byte of a matrix as a number.
inline std::int32_t byte_value(std::uint8_t x, bool is_signed) {
  return is_signed && x >= 128 ? static_cast<std::int32_t>(x) - 256 : static_cast<std::int32_t>(x);
}

}  // namespace tessera::test
