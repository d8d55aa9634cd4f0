// Naive loops in extended precision, random operands and the comparison.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "api.h"
#include "support/share.h"

using tessera::test::chosen;

using ScalarTypes = ::testing::Types<float, double, c32, c64>;

// std::complex, or the number itself, with at least eleven more bits. Floats need no long double, which AArch64
// computes in software.
template <class T>
using WideReal = std::conditional_t<std::is_same_v<RealOf<T>, float>, double, long double>;
template <class T>
using Wide = std::conditional_t<kComplex<T>, std::complex<WideReal<T>>, WideReal<T>>;

template <class T>
Wide<T> wide(T x) {
  if constexpr (kComplex<T>) {
    return {x.real(), x.imag()};
  } else {
    return x;
  }
}
template <class T>
Wide<T> conj_if(bool conjugate, Wide<T> x) {
  if constexpr (kComplex<T>) {
    return conjugate ? std::conj(x) : x;
  } else {
    return x;
  }
}

template <class T>
struct Random {
  std::mt19937_64 engine;
  explicit Random(std::uint64_t seed) : engine(seed) {}
  int integer(int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(engine); }
  T number() {
    std::uniform_real_distribution<double> u(-1, 1);
    if constexpr (kComplex<T>) {
      const auto re = static_cast<RealOf<T>>(u(engine));
      return {re, static_cast<RealOf<T>>(u(engine))};
    } else {
      return static_cast<T>(u(engine));
    }
  }
  std::vector<T> vector(std::size_t n) {
    std::vector<T> v(n);
    for (T& x : v) x = number();
    return v;
  }
  template <class V>
  V one_of(std::initializer_list<V> values) {
    return values.begin()[integer(0, static_cast<int>(values.size()) - 1)];
  }
};

template <class T>
T nan_of() {
  return T(std::numeric_limits<RealOf<T>>::quiet_NaN());
}
template <class T>
bool is_nan(T x) {
  return std::isnan(std::real(x)) || std::isnan(std::imag(x));
}
template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

// alpha * op(A) * op(B) + beta * C for one element: value, and the sum of magnitudes that the error bound scales with.
template <class T>
struct Element {
  Wide<T> value{};
  WideReal<T> magnitude = 0;
  void add(Wide<T> x) { value += x, magnitude += std::abs(x); }
};

// |error| <= gamma_{terms} * magnitude; a complex product has two rounded products and a sum, hence the factor 4.
template <class T>
::testing::AssertionResult close(T got, const Element<T>& want, int terms) {
  const double unit = std::numeric_limits<RealOf<T>>::epsilon() / 2;
  const double n = (terms + 3) * (kComplex<T> ? 4.0 : 1.0);
  const WideReal<T> bound = n * unit / (1 - n * unit) * want.magnitude;
  const WideReal<T> error = std::abs(wide(got) - want.value);
  if (error <= bound) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "got " << got << ", want " << want.value << ", error " << error << ", bound "
                                       << bound;
}

inline bool is_trans(char t) { return (t | 0x20) != 'n'; }
inline bool is_conj(char t) { return (t | 0x20) == 'c'; }
inline CBLAS_TRANSPOSE cblas_trans(char t) {
  return !is_trans(t) ? CblasNoTrans : is_conj(t) ? CblasConjTrans : CblasTrans;
}

// Element (i, j) of a matrix stored by columns or rows.
inline std::size_t at(bool row_major, int i, int j, int ld) {
  return row_major ? std::size_t(i) * ld + j : std::size_t(j) * ld + i;
}
// Element i of a vector of n elements.
inline std::size_t at(int i, int n, int inc) {
  return std::size_t(inc < 0 ? std::ptrdiff_t(i - n + 1) * inc : std::ptrdiff_t(i) * inc);
}
inline std::size_t vector_size(int n, int inc) { return n == 0 ? 1 : std::size_t(n - 1) * std::abs(inc) + 1; }
