// Integer arithmetic of blocking. Non-negative operands throughout.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"

namespace tessera {

constexpr index_t ceil_div(index_t a, index_t b) { return (a + b - 1) / b; }
constexpr index_t round_up(index_t a, index_t b) { return ceil_div(a, b) * b; }
constexpr index_t round_down(index_t a, index_t b) { return a / b * b; }
constexpr index_t min_index(index_t a, index_t b) { return a < b ? a : b; }
constexpr index_t max_index(index_t a, index_t b) { return a > b ? a : b; }
constexpr index_t clamp_index(index_t x, index_t lo, index_t hi) { return max_index(lo, min_index(x, hi)); }

// A stride in bytes. Wraps: the stride of a dimension of size 1 may be any number.
constexpr index_t stride_bytes(index_t stride, index_t size) {
  return static_cast<index_t>(static_cast<std::uint64_t>(stride) * static_cast<std::uint64_t>(size));
}

// Bytes for an allocator. More than addresses reach become a number that none serves, not even when a page is added.
constexpr std::size_t allocation_size(index_t bytes) {
  constexpr std::size_t kTooMany = SIZE_MAX - 4095;
  return static_cast<std::uint64_t>(bytes) > kTooMany ? kTooMany : static_cast<std::size_t>(bytes);
}

// Blocks of n of about equal size: the number of blocks that `most` makes necessary, then as even as the grain allows.
constexpr index_t even_block(index_t n, index_t most, index_t grain) {
  most = max_index(round_down(most, grain), grain);
  if (n <= most) return max_index(n, 1);
  return min_index(most, round_up(ceil_div(n, ceil_div(n, most)), grain));
}

// The size of the i-th of `parts` nearly equal parts of n, larger ones first, and where it begins.
struct Part {
  index_t begin, size;
};
constexpr Part part_of(index_t n, index_t parts, index_t i) {
  const index_t q = n / parts, r = n % parts;
  return {i * q + min_index(i, r), q + (i < r ? 1 : 0)};
}

}  // namespace tessera
