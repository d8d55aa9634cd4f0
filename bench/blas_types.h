// What the tables of routines are instantiated for.
#pragma once

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

}  // namespace tessera::bench
