// Comparison to the bit. Any NaN equals any other: which operand's payload survives is the CPU's choice.
#pragma once

#include <cmath>
#include <cstring>

#include "base/dtype.h"

namespace tessera::test {

template <class T>
bool same(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0 || (std::isnan(a) && std::isnan(b));
}

// Index of the first difference, or -1.
template <class T>
index_t first_difference(const T* a, const T* b, index_t n) {
  if (n == 0 || std::memcmp(a, b, static_cast<std::size_t>(n) * sizeof(T)) == 0) return -1;
  for (index_t i = 0; i < n; ++i)
    if (!same(a[i], b[i])) return i;
  return -1;
}

}  // namespace tessera::test
