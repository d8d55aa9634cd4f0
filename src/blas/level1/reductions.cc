#include <cmath>
#include <limits>

#include "blas/level1/level1.h"

namespace tessera::blas {

namespace {

// ---- virtual lanes in memory, for strided vectors: the order of kernel/vector_contract.h -------------------------

template <class S, int kLanes>
struct LaneSums {
  S lane[kLanes] = {};
  // Down to `width` lanes.
  void fold(int width) {
    for (int h = kLanes / 2; h >= width; h /= 2)
      for (int l = 0; l < h; ++l) lane[l] += lane[l + h];
  }
};

// Calls range(begin, end) for the ranges of [0, n) in the order in which kernels walk them, `step` elements at a time.
// Every range begins at a multiple of `step`.
template <class Range>
void walk(index_t n, bool far, index_t step, Range range) {
  const index_t quarter = far ? n / (4 * step) * step : 0;
  for (index_t j = 0; j < quarter; j += step)
    for (index_t s = j; s < 4 * quarter; s += quarter) range(s, s + step);
  range(4 * quarter, n);
}

// Sum of term(i), i < n.
template <class S, int kLanes, class Term>
S sum_in_lanes(index_t n, bool far, index_t step, Term term) {
  LaneSums<S, kLanes> sums;
  walk(n, far, step, [&](index_t i, index_t end) {
    for (; i + kLanes <= end; i += kLanes)
      for (int l = 0; l < kLanes; ++l) sums.lane[l] += term(i + l);
    for (int l = 0; i + l < end; ++l) sums.lane[l] += term(i + l);
  });
  sums.fold(1);
  return sums.lane[0];
}

template <class R>
ComplexSums<R> strided_dot(index_t n, bool far, const Complex<R>* x, index_t incx, const Complex<R>* y, index_t incy) {
  constexpr index_t kLanes = kComplexSumLanes<R>;
  LaneSums<R, 2 * kLanes> same, cross;
  walk(n, far, 2 * kLanes, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) {
      const Complex<R>&a = x[i * incx], &b = y[i * incy];
      const index_t l = 2 * (i % kLanes);
      same.lane[l] += a.re * b.re;
      same.lane[l + 1] += a.im * b.im;
      cross.lane[l] += a.re * b.im;
      cross.lane[l + 1] += a.im * b.re;
    }
  });
  same.fold(2);
  cross.fold(2);
  return {same.lane[0], same.lane[1], cross.lane[0], cross.lane[1]};
}

// Part e of a strided vector.
template <class T>
auto part_reader(const T* x, index_t incx) {
  if constexpr (kIsComplex<T>) {
    return [=](index_t e) { return e % 2 ? x[e / 2 * incx].im : x[e / 2 * incx].re; };
  } else {
    return [=](index_t e) { return x[e * incx]; };
  }
}

// ---- pieces ------------------------------------------------------------------------------------------------------

template <class S>
S sum_of(S a, S b) {
  return a + b;
}
template <class R>
ComplexSums<R> sum_of(const ComplexSums<R>& a, const ComplexSums<R>& b) {
  return {a.same_re + b.same_re, a.same_im + b.same_im, a.cross_re + b.cross_re, a.cross_im + b.cross_im};
}

// piece(begin, size) for every piece, and the sum of what they return, in order.
template <class S, class Piece>
S sum_pieces(const Pieces& pieces, index_t bytes, Piece piece) {
  if (pieces.count == 1) return piece(0, pieces.n);
  S sums[kMaxPieces];
  for_pieces(pieces, bytes, [&](index_t p) { sums[p] = piece(pieces.begin(p), pieces.size(p)); });
  S total = sums[0];
  for (index_t p = 1; p < pieces.count; ++p) total = sum_of(total, sums[p]);
  return total;
}

// Sum over the parts of a vector: by the kernel where they are contiguous, else of term(part).
template <class S, int kLanes, class T, class Kernel, class Term>
S sum_parts(index_t n, const T* x, index_t incx, Kernel kernel, Term term) {
  using R = RealOf<T>;
  const Pieces pieces(n * Scalar<T>::kParts, sizeof(R));
  x = first_element(x, n, incx);
  return sum_pieces<S>(pieces, pieces.n * static_cast<index_t>(sizeof(R)), [=](index_t begin, index_t size) -> S {
    if (incx == 1) return kernel(size, parts_of(x) + begin, pieces.far);
    const auto part = part_reader(x + begin / Scalar<T>::kParts * incx, incx);
    return sum_in_lanes<S, kLanes>(size, pieces.far, kSumLanes<R>, [&](index_t e) { return term(part(e)); });
  });
}

// ---- norms -------------------------------------------------------------------------------------------------------

template <class T>
double sum_squares(index_t n, const T* x, index_t incx) {
  return sum_parts<double, kWideSumLanes>(n, x, incx, long_vectors<RealOf<T>>().sum_squares, [](RealOf<T> p) {
    const double wide = p;
    return wide * wide;
  });
}

// A sum of squares that overflowed, or is so small that squares may have lost bits.
template <class T>
[[gnu::cold]] double nrm2_scaled(index_t n, const T* x, index_t incx, double sum) {
  if (sum != sum) return sum;
  // The largest part is at least half of the largest |re| + |im|.
  const index_t step = incx < 0 ? -incx : incx == 0 ? 1 : incx;
  const index_t elements = incx == 0 ? 1 : n;
  const T& at = x[(iamax(elements, x, step) - 1) * step];
  double largest;
  if constexpr (kIsComplex<T>) {
    largest = std::fmax(std::fabs(at.re), std::fabs(at.im));
  } else {
    largest = std::fabs(at);
  }
  if (largest == 0 || std::isinf(largest)) return largest;
  // It becomes 2^-40..2^-39, which leaves room for 2^80 elements. Two factors, as 2^1074 is no number.
  const int shift = -std::ilogb(largest) - 40;
  const double first = std::ldexp(1.0, shift / 2), second = std::ldexp(1.0, shift - shift / 2);
  const double scaled = sum_parts<double, kWideSumLanes>(
      n, x, incx,
      [=](index_t size, const double* p, bool far) {
        return long_vectors<double>().sum_squares_scaled(size, p, first, second, far);
      },
      [=](double p) {
        const double q = p * first * second;
        return q * q;
      });
  return std::ldexp(std::sqrt(scaled), -shift);
}

// ---- the largest and the smallest --------------------------------------------------------------------------------

template <bool kMax, class R>
bool is_better(R a, R b) {
  return kMax ? a > b : a < b;
}

// Position from 0 in a strided or contiguous piece. A NaN in front is passed over unless it is the vector's first.
template <bool kMax, class T>
index_t extreme_of_piece(index_t n, const T* x, index_t incx, bool is_first, bool far) {
  using R = RealOf<T>;
  index_t at = 0;
  const auto is_nan = [](R v) { return v != v; };
  if (!is_first)
    while (at < n - 1 && is_nan(magnitude(x[at * incx]))) ++at;
  if (incx == 1) {
    const VectorSet<R>& set = long_vectors<R>();
    const auto kernel = kIsComplex<T> ? (kMax ? set.iamax_complex : set.iamin_complex) : (kMax ? set.iamax : set.iamin);
    return at + kernel(n - at, parts_of(x + at), far);
  }
  R best = magnitude(x[at * incx]);
  for (index_t i = at + 1; i < n; ++i) {
    const R value = magnitude(x[i * incx]);
    if (is_better<kMax>(value, best)) best = value, at = i;
  }
  return at;
}

template <bool kMax, class T>
index_t extreme(index_t n, const T* x, index_t incx) {
  const Pieces pieces(n, sizeof(T));
  index_t at[kMaxPieces];
  for_pieces(pieces, n * static_cast<index_t>(sizeof(T)), [&](index_t p) {
    const index_t begin = pieces.begin(p);
    at[p] = begin + extreme_of_piece<kMax>(pieces.size(p), x + begin * incx, incx, p == 0, pieces.far);
  });
  index_t best = at[0];
  for (index_t p = 1; p < pieces.count; ++p)
    if (is_better<kMax>(magnitude(x[at[p] * incx]), magnitude(x[best * incx]))) best = at[p];
  return best;
}

}  // namespace

namespace general {

template <class T>
T dot(index_t n, const T* x, index_t incx, const T* y, index_t incy, bool conjugate) {
  using R = RealOf<T>;
  x = first_element(x, n, incx), y = first_element(y, n, incy);
  const Pieces pieces(n, sizeof(T));
  const index_t bytes = 2 * n * static_cast<index_t>(sizeof(T));
  const bool contiguous = incx == 1 && incy == 1;
  const VectorSet<R>& set = long_vectors<R>();
  if constexpr (kIsComplex<T>) {
    return dot_of(sum_pieces<ComplexSums<R>>(pieces, bytes,
                                             [=, &set](index_t begin, index_t size) {
                                               const T *px = x + begin * incx, *py = y + begin * incy;
                                               return contiguous ? set.dot_complex(size, parts_of(px), parts_of(py),
                                                                                   pieces.far)
                                                                 : strided_dot(size, pieces.far, px, incx, py, incy);
                                             }),
                  conjugate);
  } else {
    return sum_pieces<T>(pieces, bytes, [=, &set](index_t begin, index_t size) {
      const T *px = x + begin * incx, *py = y + begin * incy;
      if (contiguous) return set.dot(size, px, py, pieces.far);
      return sum_in_lanes<T, kSumLanes<T>>(size, pieces.far, kSumLanes<T>,
                                           [=](index_t i) { return px[i * incx] * py[i * incy]; });
    });
  }
}

double dot_wide(index_t n, const float* x, index_t incx, const float* y, index_t incy) {
  x = first_element(x, n, incx), y = first_element(y, n, incy);
  const bool contiguous = incx == 1 && incy == 1;
  const VectorSet<float>& set = long_vectors<float>();
  const Pieces pieces(n, sizeof(float));
  return sum_pieces<double>(
      pieces, 2 * n * static_cast<index_t>(sizeof(float)), [=, &set](index_t begin, index_t size) {
        const float *px = x + begin * incx, *py = y + begin * incy;
        if (contiguous) return set.dot_wide(size, px, py, pieces.far);
        return sum_in_lanes<double, kWideSumLanes>(size, pieces.far, kSumLanes<float>, [=](index_t i) {
          return static_cast<double>(px[i * incx]) * py[i * incy];
        });
      });
}

template <class T>
RealOf<T> asum(index_t n, const T* x, index_t incx) {
  using R = RealOf<T>;
  return sum_parts<R, kSumLanes<R>>(n, x, incx, long_vectors<R>().asum, [](R p) { return p < 0 ? -p : p; });
}
template <class T>
RealOf<T> sum(index_t n, const T* x, index_t incx) {
  using R = RealOf<T>;
  return sum_parts<R, kSumLanes<R>>(n, x, incx, long_vectors<R>().sum, [](R p) { return p; });
}

template <class T>
index_t iamax(index_t n, const T* x, index_t incx) {
  return extreme<true>(n, x, incx);
}
template <class T>
index_t iamin(index_t n, const T* x, index_t incx) {
  return extreme<false>(n, x, incx);
}

}  // namespace general

template <class T>
RealOf<T> nrm2(index_t n, const T* x, index_t incx) {
  if (n <= 0) return 0;
  const double sum = is_simple<T>(n, incx) ? vectors<RealOf<T>>().sum_squares(n * Scalar<T>::kParts, parts_of(x), false)
                                           : sum_squares(n, x, incx);
  if constexpr (sizeof(RealOf<T>) == 4) {
    // The square of a float neither overflows nor underflows a double.
    return static_cast<float>(std::sqrt(sum));
  } else {
    // Squares that underflow lose at most 2^-1022 each: beside 2^-900 that is below rounding for any n.
    if (sum >= 0x1p-900 && sum <= std::numeric_limits<double>::max()) [[likely]]
      return std::sqrt(sum);
    return nrm2_scaled(n, x, incx, sum);
  }
}

#define TESSERA_INSTANTIATE(T)                                                  \
  template T general::dot(index_t, const T*, index_t, const T*, index_t, bool); \
  template RealOf<T> general::asum(index_t, const T*, index_t);                 \
  template RealOf<T> general::sum(index_t, const T*, index_t);                  \
  template index_t general::iamax(index_t, const T*, index_t);                  \
  template index_t general::iamin(index_t, const T*, index_t);                  \
  template RealOf<T> nrm2(index_t, const T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
