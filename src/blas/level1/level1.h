// Level 1. Increments may be negative (from the far end) or zero, as in reference BLAS; n <= 0 is an empty vector.
//
// Contiguous vectors go to the kernels of this machine's instruction set, any others through plain loops that give the
// same bits; long ones are cut into pieces (vectors.h), which threads share. Sums add the sums of the pieces in order.
#pragma once

#include "base/half.h"
#include "blas/level1/vectors.h"

namespace tessera::blas {

// ---- what is not one contiguous piece ---------------------------------------------------------------------------

namespace general {
template <class T>
T dot(index_t n, const T* x, index_t incx, const T* y, index_t incy, bool conjugate);
double dot_wide(index_t n, const float* x, index_t incx, const float* y, index_t incy);
template <class T>
RealOf<T> asum(index_t n, const T* x, index_t incx);
template <class T>
RealOf<T> sum(index_t n, const T* x, index_t incx);
template <class T>
index_t iamax(index_t n, const T* x, index_t incx);
template <class T>
index_t iamin(index_t n, const T* x, index_t incx);
template <class T>
void axpy(index_t n, T alpha, const T* x, index_t incx, T* y, index_t incy);
template <class T, class A>
void scal(index_t n, A alpha, T* x, index_t incx);
template <class T>
void copy(index_t n, const T* x, index_t incx, T* y, index_t incy);
template <class T>
void swap(index_t n, T* x, index_t incx, T* y, index_t incy);
template <class T>
void rotate(index_t n, T* x, index_t incx, T* y, index_t incy, RealOf<T> h11, RealOf<T> h12, RealOf<T> h21,
            RealOf<T> h22);
}  // namespace general

// One piece of consecutive elements.
template <class T>
inline bool is_simple(index_t n, index_t incx, index_t incy = 1) {
  return incx == 1 && incy == 1 && n <= kPieceLength<T>;
}
template <class T>
inline const RealOf<T>* parts_of(const T* x) {
  return reinterpret_cast<const RealOf<T>*>(x);
}
template <class T>
inline RealOf<T>* parts_of(T* x) {
  return reinterpret_cast<RealOf<T>*>(x);
}

// ---- sums --------------------------------------------------------------------------------------------------------

template <class R>
inline Complex<R> dot_of(const ComplexSums<R>& s, bool conjugate) {
  return conjugate ? Complex<R>{s.same_re + s.same_im, s.cross_re - s.cross_im}
                   : Complex<R>{s.same_re - s.same_im, s.cross_re + s.cross_im};
}

// Sum of x_i * y_i; with `conjugate`, of conj(x_i) * y_i.
template <class T>
inline T dot(index_t n, const T* x, index_t incx, const T* y, index_t incy, bool conjugate = false) {
  if (n <= 0) return T{};
  if (!is_simple<T>(n, incx, incy)) return general::dot(n, x, incx, y, incy, conjugate);
  if constexpr (kIsComplex<T>) {
    return dot_of(vectors<RealOf<T>>().dot_complex(n, parts_of(x), parts_of(y), false), conjugate);
  } else {
    return vectors<T>().dot(n, x, y, false);
  }
}

// Sum of x_i * y_i in double.
inline double dsdot(index_t n, const float* x, index_t incx, const float* y, index_t incy) {
  if (n <= 0) return 0;
  if (!is_simple<float>(n, incx, incy)) return general::dot_wide(n, x, incx, y, incy);
  return vectors<float>().dot_wide(n, x, y, false);
}
// b + that sum, added in double.
inline float sdsdot(index_t n, float b, const float* x, index_t incx, const float* y, index_t incy) {
  return static_cast<float>(b + dsdot(n, x, incx, y, incy));
}

// Euclidean norm without overflow or underflow on the way.
template <class T>
RealOf<T> nrm2(index_t n, const T* x, index_t incx);

// Sum of |re| + |im|; 0 for incx <= 0.
template <class T>
inline RealOf<T> asum(index_t n, const T* x, index_t incx) {
  if (n <= 0 || incx <= 0) return 0;
  if (!is_simple<T>(n, incx)) return general::asum(n, x, incx);
  return vectors<RealOf<T>>().asum(n * Scalar<T>::kParts, parts_of(x), false);
}
// Sum of re + im; 0 for incx <= 0.
template <class T>
inline RealOf<T> sum(index_t n, const T* x, index_t incx) {
  if (n <= 0 || incx <= 0) return 0;
  if (!is_simple<T>(n, incx)) return general::sum(n, x, incx);
  return vectors<RealOf<T>>().sum(n * Scalar<T>::kParts, parts_of(x), false);
}

// ---- the largest and the smallest --------------------------------------------------------------------------------

template <class T>
inline RealOf<T> magnitude(const T& x) {
  const auto size = [](RealOf<T> p) { return p < 0 ? -p : p; };
  if constexpr (kIsComplex<T>) {
    return size(x.re) + size(x.im);
  } else {
    return size(x);
  }
}

// Position from 1 of the first element with the largest (smallest) |re| + |im|, where a NaN in front counts as largest
// and others are passed over; 0 for n <= 0 or incx <= 0.
template <class T>
inline index_t iamax(index_t n, const T* x, index_t incx) {
  if (n <= 0 || incx <= 0) return 0;
  if (!is_simple<T>(n, incx)) return 1 + general::iamax(n, x, incx);
  const VectorSet<RealOf<T>>& set = vectors<RealOf<T>>();
  return 1 + (kIsComplex<T> ? set.iamax_complex : set.iamax)(n, parts_of(x), false);
}
template <class T>
inline index_t iamin(index_t n, const T* x, index_t incx) {
  if (n <= 0 || incx <= 0) return 0;
  if (!is_simple<T>(n, incx)) return 1 + general::iamin(n, x, incx);
  const VectorSet<RealOf<T>>& set = vectors<RealOf<T>>();
  return 1 + (kIsComplex<T> ? set.iamin_complex : set.iamin)(n, parts_of(x), false);
}
// The |re| + |im| of that element; 0 where there is none.
template <class T>
inline RealOf<T> amax(index_t n, const T* x, index_t incx) {
  const index_t at = iamax(n, x, incx);
  return at == 0 ? RealOf<T>(0) : magnitude(x[(at - 1) * incx]);
}
template <class T>
inline RealOf<T> amin(index_t n, const T* x, index_t incx) {
  const index_t at = iamin(n, x, incx);
  return at == 0 ? RealOf<T>(0) : magnitude(x[(at - 1) * incx]);
}

// ---- element by element ------------------------------------------------------------------------------------------

// The kernels of a set by element type, on contiguous vectors.
namespace contiguous {
template <class T>
inline void axpy(const VectorSet<RealOf<T>>& set, index_t n, T alpha, const T* x, T* y, bool far) {
  if constexpr (kIsComplex<T>) {
    set.axpy_complex(n, alpha.re, alpha.im, parts_of(x), parts_of(y), far);
  } else {
    set.axpy(n, alpha, x, y, far);
  }
}
template <class T, class A>
inline void scal(const VectorSet<RealOf<T>>& set, index_t n, A alpha, T* x, bool far) {
  if constexpr (kIsComplex<A>) {
    set.scal_complex(n, alpha.re, alpha.im, parts_of(x), far);
  } else {
    set.scal(n * Scalar<T>::kParts, alpha, parts_of(x), far);
  }
}
template <class T>
inline void copy(const VectorSet<RealOf<T>>& set, index_t n, const T* x, T* y, bool far) {
  set.copy(n * Scalar<T>::kParts, parts_of(x), parts_of(y), far);
}
template <class T>
inline void swap(const VectorSet<RealOf<T>>& set, index_t n, T* x, T* y, bool far) {
  set.swap(n * Scalar<T>::kParts, parts_of(x), parts_of(y), far);
}
template <class T>
inline void rotate(const VectorSet<RealOf<T>>& set, index_t n, T* x, T* y, RealOf<T> h11, RealOf<T> h12, RealOf<T> h21,
                   RealOf<T> h22, bool far) {
  set.rotate(n * Scalar<T>::kParts, parts_of(x), parts_of(y), h11, h12, h21, h22, far);
}
}  // namespace contiguous

// y := alpha * x + y. alpha = 0 leaves y alone, whatever x holds.
template <class T>
inline void axpy(index_t n, T alpha, const T* x, index_t incx, T* y, index_t incy) {
  if (n <= 0 || is_zero(alpha)) return;
  if (!is_simple<T>(n, incx, incy)) return general::axpy(n, alpha, x, incx, y, incy);
  contiguous::axpy(vectors<RealOf<T>>(), n, alpha, x, y, false);
}

// y := alpha * x + beta * y. x is not read when alpha = 0, y not when beta = 0.
template <class T>
void axpby(index_t n, T alpha, const T* x, index_t incx, T beta, T* y, index_t incy);

// x := alpha * x, NaN and infinities of x included when alpha = 0. A of T, or the real type of a complex T. Nothing for
// incx <= 0.
template <class T, class A>
inline void scal(index_t n, A alpha, T* x, index_t incx) {
  if (n <= 0 || incx <= 0) return;
  if (!is_simple<T>(n, incx)) return general::scal(n, alpha, x, incx);
  contiguous::scal(vectors<RealOf<T>>(), n, alpha, x, false);
}

template <class T>
inline void copy(index_t n, const T* x, index_t incx, T* y, index_t incy) {
  if (n <= 0) return;
  if (!is_simple<T>(n, incx, incy)) return general::copy(n, x, incx, y, incy);
  contiguous::copy(vectors<RealOf<T>>(), n, x, y, false);
}
template <class T>
inline void swap(index_t n, T* x, index_t incx, T* y, index_t incy) {
  if (n <= 0) return;
  if (!is_simple<T>(n, incx, incy)) return general::swap(n, x, incx, y, incy);
  contiguous::swap(vectors<RealOf<T>>(), n, x, y, false);
}

// (x, y) := (h11 x + h12 y, h21 x + h22 y).
template <class T>
inline void rotate(index_t n, T* x, index_t incx, T* y, index_t incy, RealOf<T> h11, RealOf<T> h12, RealOf<T> h21,
                   RealOf<T> h22) {
  if (n <= 0) return;
  if (!is_simple<T>(n, incx, incy)) return general::rotate(n, x, incx, y, incy, h11, h12, h21, h22);
  contiguous::rotate(vectors<RealOf<T>>(), n, x, y, h11, h12, h21, h22, false);
}
// (x, y) := (c x + s y, c y - s x).
template <class T>
inline void rot(index_t n, T* x, index_t incx, T* y, index_t incy, RealOf<T> c, RealOf<T> s) {
  rotate(n, x, incx, y, incy, c, s, -s, c);
}
// The rotation that rotmg() left in param[5].
template <class R>
void rotm(index_t n, R* x, index_t incx, R* y, index_t incy, const R* param);

// ---- conversion ----------------------------------------------------------------------------------------------------

// y(i) := convert(x(i))
template <class X, class Y>
inline void convert(index_t n, const X* x, index_t incx, Y* y, index_t incy, Y (*converted)(X)) {
  if (n > 0 && incx < 0) x -= (n - 1) * incx;
  if (n > 0 && incy < 0) y -= (n - 1) * incy;
  for (index_t i = 0; i < n; ++i) y[i * incy] = converted(x[i * incx]);
}

// ---- construction of rotations -----------------------------------------------------------------------------------

// Real c, and s with (c s; -conj(s) c) (a b)^T = (r 0)^T, without overflow or underflow on the way. a becomes r; for
// real types b becomes z, from which c and s can be computed again.
template <class R>
void rotg(R* a, R* b, R* c, R* s);
template <class R>
void rotg(Complex<R>* a, const Complex<R>* b, R* c, Complex<R>* s);

// The modified rotation H that makes the second component of H (sqrt(d1) x1, sqrt(d2) y1)^T zero: param[0] says which
// of its elements param[1..4] = h11 h21 h12 h22 were written (-2: H is 1; -1: all; 0: h21 and h12, the others being 1;
// 1: h11 and h22, the others being -1 and 1). d1, d2 and x1 are updated, and kept within 2^-24..2^24.
template <class R>
void rotmg(R* d1, R* d2, R* x1, R y1, R* param);

}  // namespace tessera::blas
