// How much of the randomised and the exhaustive tests to run, in per cent: TESSERA_TEST_PERCENT is for emulators,
// sanitizers and nights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace tessera::test {

inline std::ptrdiff_t scaled_count(std::ptrdiff_t n) {
  const char* s = std::getenv("TESSERA_TEST_PERCENT");
  const std::ptrdiff_t scaled = n * (s ? std::atol(s) : 100) / 100;
  return scaled > 0 ? scaled : 1;
}

// A number without a pattern for each number (splitmix64's finish).
inline std::uint64_t mixed(std::uint64_t z) {
  z += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// Whether case number `i` of a sweep runs: that share of them, whatever pattern follows from their numbers.
inline bool chosen(std::uint64_t i) { return static_cast<std::ptrdiff_t>(mixed(i) % 100) < scaled_count(100); }

}  // namespace tessera::test
