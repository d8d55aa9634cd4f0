// What the C API's functions say of sizes and strides: 0, or the status that blames one.
#pragma once

#include <tessera/status.h>

#include <cstdint>
#include <numeric>

#include "base/dtype.h"

namespace tessera {

// Beyond this a size is a mistake: no array has that many elements, and block arithmetic stays far from overflow.
inline constexpr index_t kMaxExtent = index_t{1} << 56;

constexpr std::uint64_t magnitude(index_t x) {
  return x < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
}

// The offset between the first and the last of `count` elements, `stride` apart, in bytes; false when it is no
// ptrdiff_t.
inline bool span(index_t count, index_t stride, index_t size, std::uint64_t& bytes) {
  std::uint64_t elements = 0;
  return !__builtin_mul_overflow(static_cast<std::uint64_t>(count - 1), magnitude(stride), &elements) &&
         !__builtin_mul_overflow(elements, static_cast<std::uint64_t>(size), &bytes) && bytes <= PTRDIFF_MAX;
}

// 0, or the status of the stride that takes a rows x cols matrix out of any address space.
inline tsr_status check_extent(int position, index_t rows, index_t cols, index_t rs, index_t cs, index_t size) {
  std::uint64_t down = 0, across = 0;
  if (!span(rows, rs, size, down)) return -(position + 1);
  if (!span(cols, cs, size, across)) return -(position + 2);
  if (down + across > PTRDIFF_MAX) return -(position + (down > across ? 1 : 2));
  return TSR_OK;
}

// Elements (i, j) and (i + x, j + y) are one when x * rs + y * cs = 0. With g = gcd(|rs|, |cs|) the smallest such steps
// are |x| = |cs| / g and |y| = |rs| / g, so C is sound exactly when one of them leads out of the matrix. The stride to
// blame is the longer one, which is what is called a leading dimension where the other is 1.
inline tsr_status check_distinct(int position, index_t m, index_t n, index_t rs, index_t cs) {
  if (rs == 0 && m > 1) return -(position + 1);
  if (cs == 0 && n > 1) return -(position + 2);
  if (m == 1 || n == 1) return TSR_OK;
  const std::uint64_t r = magnitude(rs), c = magnitude(cs);
  const std::uint64_t g = r == 1 || c == 1 ? 1 : std::gcd(r, c);
  const bool inside = c / g < static_cast<std::uint64_t>(m) && r / g < static_cast<std::uint64_t>(n);
  return !inside ? TSR_OK : -(position + (r > c ? 1 : 2));
}

}  // namespace tessera
