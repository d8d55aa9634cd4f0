#include <cmath>
#include <limits>

#include "blas/level1/lanes.h"

namespace tessera::blas {

namespace {

template <class R>
R dot_real(index_t n, const R* x, index_t incx, const R* y, index_t incy) {
  R lane[kLanes] = {};
  if (incx == 1 && incy == 1) {
    contiguous_lanes(n, x, y, lane, [](auto a, auto b) { return a * b; });
  } else {
    x = first_element(x, n, incx), y = first_element(y, n, incy);
    for (index_t i = 0; i < n; ++i) lane[i % kLanes] += x[i * incx] * y[i * incy];
  }
  fold_lanes(lane, n, 1);
  return lane[0];
}

// Two sets of lanes: `same` sums re*re and im*im, `cross` sums x.re*y.im and x.im*y.re, real part of x in even lanes.
template <class R>
Complex<R> dot_complex(index_t n, const Complex<R>* x, index_t incx, const Complex<R>* y, index_t incy,
                       bool conjugate) {
  using V = typename Vec16<R>::Type;
  constexpr int kW = Vec16<R>::kWidth, kHalf = kLanes / 2, kVectors = kLanes / kW;
  R same[kLanes] = {}, cross[kLanes] = {};
  const auto add = [&](index_t i, Complex<R> a, Complex<R> b) {
    const index_t l = 2 * (i % kHalf);
    same[l] += a.re * b.re;
    same[l + 1] += a.im * b.im;
    cross[l] += a.re * b.im;
    cross[l + 1] += a.im * b.re;
  };
  index_t i = 0;
  if (incx == 1 && incy == 1) {
    V s[kVectors] = {}, c[kVectors] = {};
    const R *px = reinterpret_cast<const R*>(x), *py = reinterpret_cast<const R*>(y);
    for (; i + kHalf <= n; i += kHalf)
      for (int v = 0; v < kVectors; ++v) {
        const V a = load16(px + 2 * i + v * kW), b = load16(py + 2 * i + v * kW);
        s[v] += a * b;
        c[v] += a * swap_parts(b);
      }
    std::memcpy(same, s, sizeof s);
    std::memcpy(cross, c, sizeof c);
  }
  x = first_element(x, n, incx), y = first_element(y, n, incy);
  for (; i < n; ++i) add(i, x[i * incx], y[i * incy]);
  fold_lanes(same, kLanes, 2);
  fold_lanes(cross, kLanes, 2);
  return conjugate ? Complex<R>{same[0] + same[1], cross[0] - cross[1]}
                   : Complex<R>{same[0] - same[1], cross[0] + cross[1]};
}

// Calls f(e, part) for the parts of a vector.
template <class T, class F>
void for_parts(index_t n, const T* x, index_t incx, F&& f) {
  x = first_element(x, n, incx);
  for (index_t i = 0; i < n; ++i) {
    if constexpr (kIsComplex<T>) {
      f(2 * i, x[i * incx].re);
      f(2 * i + 1, x[i * incx].im);
    } else {
      f(i, x[i * incx]);
    }
  }
}

// Lane sum of f(part), f taking vectors and scalars.
template <class T, class F>
RealOf<T> sum_parts(index_t n, const T* x, index_t incx, F f) {
  using R = RealOf<T>;
  R lane[kLanes] = {};
  const index_t parts = n * Scalar<T>::kParts;
  if (incx == 1) {
    const R* p = reinterpret_cast<const R*>(x);
    contiguous_lanes(parts, p, p, lane, [&](auto a, auto) { return f(a); });
  } else {
    for_parts(n, x, incx, [&](index_t e, R p) { lane[e % kLanes] += f(p); });
  }
  fold_lanes(lane, parts, 1);
  return lane[0];
}

// The square of a float neither overflows nor underflows a double.
template <class T>
float nrm2_single(index_t n, const T* x, index_t incx) {
  double lane[kLanes] = {};
  const index_t parts = n * Scalar<T>::kParts;
  if (incx == 1) {
    const float* p = reinterpret_cast<const float*>(x);
    const index_t whole = round_down(parts, kLanes);
    for (index_t i = 0; i < whole; i += kLanes)
      for (int l = 0; l < kLanes; ++l) lane[l] += static_cast<double>(p[i + l]) * p[i + l];
    for (index_t i = whole; i < parts; ++i) lane[i - whole] += static_cast<double>(p[i]) * p[i];
  } else {
    for_parts(n, x, incx, [&](index_t e, float p) { lane[e % kLanes] += static_cast<double>(p) * p; });
  }
  fold_lanes(lane, parts, 1);
  return static_cast<float>(std::sqrt(lane[0]));
}

template <class T>
double nrm2_double(index_t n, const T* x, index_t incx) {
  // Squares that underflow lose at most 2^-1022 each: beside 2^-900 that is below rounding for any n.
  const double sum = sum_parts(n, x, incx, [](auto a) { return a * a; });
  if (sum >= 0x1p-900 && sum <= std::numeric_limits<double>::max()) return std::sqrt(sum);
  double largest = 0;
  bool nan = false;
  for_parts(n, x, incx, [&](index_t, double p) {
    nan |= p != p;
    largest = std::fmax(largest, std::fabs(p));
  });
  if (nan) return std::numeric_limits<double>::quiet_NaN();
  if (largest == 0 || std::isinf(largest)) return largest;
  // The largest part becomes 2^-40..2^-39, which leaves room for 2^80 elements. Two factors, as 2^1074 is no number.
  const int shift = -std::ilogb(largest) - 40;
  const double first = std::ldexp(1.0, shift / 2), second = std::ldexp(1.0, shift - shift / 2);
  const double scaled = sum_parts(n, x, incx, [=](auto a) {
    const auto b = a * first * second;
    return b * b;
  });
  return std::ldexp(std::sqrt(scaled), -shift);
}

}  // namespace

template <class T>
T dot(index_t n, const T* x, index_t incx, const T* y, index_t incy, bool conjugate) {
  if (n <= 0) return T{};
  if constexpr (kIsComplex<T>) {
    return dot_complex(n, x, incx, y, incy, conjugate);
  } else {
    return dot_real(n, x, incx, y, incy);
  }
}

template <class T>
RealOf<T> nrm2(index_t n, const T* x, index_t incx) {
  if (n <= 0) return 0;
  if constexpr (sizeof(RealOf<T>) == 4) {
    return nrm2_single(n, x, incx);
  } else {
    return nrm2_double(n, x, incx);
  }
}

template <class T>
RealOf<T> asum(index_t n, const T* x, index_t incx) {
  if (n <= 0 || incx <= 0) return 0;
  return sum_parts(n, x, incx, [](auto a) { return a < 0 ? -a : a; });
}

template <class T>
index_t iamax(index_t n, const T* x, index_t incx) {
  if (n <= 0 || incx <= 0) return 0;
  const auto size = [](const T& v) {
    if constexpr (kIsComplex<T>) {
      return std::fabs(v.re) + std::fabs(v.im);
    } else {
      return std::fabs(v);
    }
  };
  RealOf<T> largest = size(x[0]);
  index_t at = 0;
  for (index_t i = 1; i < n; ++i) {
    if (size(x[i * incx]) > largest) largest = size(x[i * incx]), at = i;
  }
  return at + 1;
}

#define TESSERA_INSTANTIATE(T)                                         \
  template T dot(index_t, const T*, index_t, const T*, index_t, bool); \
  template RealOf<T> nrm2(index_t, const T*, index_t);                 \
  template RealOf<T> asum(index_t, const T*, index_t);                 \
  template index_t iamax(index_t, const T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
