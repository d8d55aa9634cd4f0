// Types of the BLAS interfaces.
#pragma once

#include <cstdint>

#include "base/dtype.h"

namespace tessera::blas {

// Integers of the interfaces. Behind them every size is an index_t.
#if defined(TESSERA_ILP64)
using blas_int = std::int64_t;
#else
using blas_int = int;
#endif

// Layout of Fortran's COMPLEX. Plain arithmetic as Fortran defines it: no recovery of infinities from NaN + i NaN.
template <class R>
struct Complex {
  R re, im;
};

template <class R>
constexpr Complex<R> operator+(Complex<R> a, Complex<R> b) {
  return {a.re + b.re, a.im + b.im};
}
template <class R>
constexpr Complex<R> operator*(Complex<R> a, Complex<R> b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
template <class R>
constexpr bool operator==(Complex<R> a, Complex<R> b) {
  return a.re == b.re && a.im == b.im;
}

using c32 = Complex<float>;
using c64 = Complex<double>;

// Per element type: the type of its parts, how many it has, its DType.
template <class T>
struct Scalar {
  using Real = T;
  static constexpr int kParts = 1;
  static constexpr DType kType = DTypeOf<T>::value;
};
template <class R>
struct Scalar<Complex<R>> {
  using Real = R;
  static constexpr int kParts = 2;
  static constexpr DType kType = sizeof(R) == 4 ? DType::c32 : DType::c64;
};

template <class T>
using RealOf = typename Scalar<T>::Real;
template <class T>
inline constexpr bool kIsComplex = Scalar<T>::kParts == 2;

template <class T>
constexpr bool is_zero(T x) {
  return x == T{};
}
template <class T>
constexpr bool is_one(T x) {
  if constexpr (kIsComplex<T>) {
    return x.re == 1 && x.im == 0;
  } else {
    return x == 1;
  }
}

// Where element 0 of a vector of n elements lies: a negative increment walks from the far end.
template <class P>
constexpr P* first_element(P* x, index_t n, index_t inc) {
  return inc < 0 ? x - (n - 1) * inc : x;
}

}  // namespace tessera::blas
