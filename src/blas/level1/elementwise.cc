#include <utility>

#include "blas/level1/level1.h"

namespace tessera::blas {

template <class T>
void axpy(index_t n, T alpha, const T* x, index_t incx, T* y, index_t incy) {
  if (n <= 0 || is_zero(alpha)) return;
  if (incx == 1 && incy == 1) {
    for (index_t i = 0; i < n; ++i) y[i] = y[i] + alpha * x[i];
    return;
  }
  x = first_element(x, n, incx), y = first_element(y, n, incy);
  for (index_t i = 0; i < n; ++i) y[i * incy] = y[i * incy] + alpha * x[i * incx];
}

namespace {
template <class R>
R times(R alpha, R x) {
  return alpha * x;
}
template <class R>
Complex<R> times(R alpha, Complex<R> x) {
  return {alpha * x.re, alpha * x.im};
}
template <class R>
Complex<R> times(Complex<R> alpha, Complex<R> x) {
  return alpha * x;
}
}  // namespace

template <class T, class A>
void scal(index_t n, A alpha, T* x, index_t incx) {
  if (n <= 0 || incx <= 0) return;
  if (incx == 1) {
    for (index_t i = 0; i < n; ++i) x[i] = times(alpha, x[i]);
    return;
  }
  for (index_t i = 0; i < n; ++i) x[i * incx] = times(alpha, x[i * incx]);
}

template <class T>
void copy(index_t n, const T* x, index_t incx, T* y, index_t incy) {
  if (n <= 0) return;
  if (incx == 1 && incy == 1) {
    for (index_t i = 0; i < n; ++i) y[i] = x[i];
    return;
  }
  x = first_element(x, n, incx), y = first_element(y, n, incy);
  for (index_t i = 0; i < n; ++i) y[i * incy] = x[i * incx];
}

template <class T>
void swap(index_t n, T* x, index_t incx, T* y, index_t incy) {
  if (n <= 0) return;
  if (incx == 1 && incy == 1) {
    for (index_t i = 0; i < n; ++i) std::swap(x[i], y[i]);
    return;
  }
  x = first_element(x, n, incx), y = first_element(y, n, incy);
  for (index_t i = 0; i < n; ++i) std::swap(x[i * incx], y[i * incy]);
}

#define TESSERA_INSTANTIATE(T)                                    \
  template void axpy(index_t, T, const T*, index_t, T*, index_t); \
  template void scal(index_t, T, T*, index_t);                    \
  template void copy(index_t, const T*, index_t, T*, index_t);    \
  template void swap(index_t, T*, index_t, T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE
template void scal(index_t, float, c32*, index_t);
template void scal(index_t, double, c64*, index_t);

}  // namespace tessera::blas
