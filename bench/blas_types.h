// What the tables of routines are instantiated for.
#pragma once

#include <cstdint>

namespace tessera::bench {

// Types as libraries see them: real parts, 1 or 2 of them.
template <class R, int kComponents>
struct Type {
  using Real = R;
  static constexpr int kParts = kComponents;
  static constexpr int kBytes = kParts * int(sizeof(R));
};
using S = Type<float, 1>;
using D = Type<double, 1>;
using C = Type<float, 2>;
using Z = Type<double, 2>;
template <class R>
struct Pair {
  R re, im;
};
template <class T>
inline constexpr char kLetter =
    sizeof(typename T::Real) == 4 ? (T::kParts == 2 ? 'c' : 's') : (T::kParts == 2 ? 'z' : 'd');

// Element (i, j), i >= j, of a lower triangle that is its own inverse: the Kronecker power of (1 0; 1/4 -1), any
// leading part of which is its own inverse too.
template <class R>
R involution(int64_t i, int64_t j) {
  if ((j & ~i) != 0) return 0;
  R x = __builtin_popcountll(static_cast<unsigned long long>(j)) % 2 ? R(-1) : R(1);
  for (int64_t bits = i & ~j; bits != 0; bits &= bits - 1) x /= 4;
  return x;
}

}  // namespace tessera::bench
