#include <utility>

#include "blas/level1/level1.h"

namespace tessera::blas {

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

// Runs an operation on two vectors: kernel(n, x, y, far) on contiguous pieces, element(x_i, y_i) on any others.
// `streams` counts the vectors read and written, for the choice of threads.
template <class X, class Y, class Kernel, class Element>
void on_vectors(index_t n, X* x, index_t incx, Y* y, index_t incy, int streams, Kernel kernel, Element element) {
  // Pairs of elements, all forward.
  if (incx < 0 && incx == incy) incx = -incx, incy = -incy;
  x = first_element(x, n, incx), y = first_element(y, n, incy);
  const bool contiguous = incx == 1 && incy == 1;
  const Pieces pieces(n, sizeof(Y));
  const auto run = [=](index_t begin, index_t size) {
    if (contiguous) return kernel(size, x + begin, y + begin, pieces.far);
    X* xi = x + begin * incx;
    Y* yi = y + begin * incy;
    for (index_t i = 0; i < size; ++i, xi += incx, yi += incy) element(*xi, *yi);
  };
  // An element that is written again and again has an order.
  if (incx == 0 || incy == 0) return run(0, n);
  for_pieces(pieces, n * streams * static_cast<index_t>(sizeof(Y)),
             [=](index_t p) { run(pieces.begin(p), pieces.size(p)); });
}

}  // namespace

namespace general {

template <class T>
void axpy(index_t n, T alpha, const T* x, index_t incx, T* y, index_t incy) {
  on_vectors(
      n, x, incx, y, incy, 3,
      [=](index_t size, const T* px, T* py, bool far) {
        contiguous::axpy(long_vectors<RealOf<T>>(), size, alpha, px, py, far);
      },
      [=](const T& xi, T& yi) { yi = yi + alpha * xi; });
}

template <class T, class A>
void scal(index_t n, A alpha, T* x, index_t incx) {
  on_vectors(
      n, x, incx, x, incx, 2,
      [=](index_t size, T* px, T*, bool far) { contiguous::scal(long_vectors<RealOf<T>>(), size, alpha, px, far); },
      [=](T& xi, T&) { xi = times(alpha, xi); });
}

template <class T>
void copy(index_t n, const T* x, index_t incx, T* y, index_t incy) {
  on_vectors(
      n, x, incx, y, incy, 2,
      [](index_t size, const T* px, T* py, bool far) {
        contiguous::copy(long_vectors<RealOf<T>>(), size, px, py, far);
      },
      [](const T& xi, T& yi) { yi = xi; });
}

template <class T>
void swap(index_t n, T* x, index_t incx, T* y, index_t incy) {
  on_vectors(
      n, x, incx, y, incy, 4,
      [](index_t size, T* px, T* py, bool far) { contiguous::swap(long_vectors<RealOf<T>>(), size, px, py, far); },
      [](T& xi, T& yi) { std::swap(xi, yi); });
}

template <class T>
void rotate(index_t n, T* x, index_t incx, T* y, index_t incy, RealOf<T> h11, RealOf<T> h12, RealOf<T> h21,
            RealOf<T> h22) {
  on_vectors(
      n, x, incx, y, incy, 4,
      [=](index_t size, T* px, T* py, bool far) {
        contiguous::rotate(long_vectors<RealOf<T>>(), size, px, py, h11, h12, h21, h22, far);
      },
      [=](T& xi, T& yi) {
        const T a = xi, b = yi;
        xi = times(h11, a) + times(h12, b);
        yi = times(h21, a) + times(h22, b);
      });
}

}  // namespace general

template <class T>
void axpby(index_t n, T alpha, const T* x, index_t incx, T beta, T* y, index_t incy) {
  if (n <= 0) return;
  const bool no_x = is_zero(alpha), no_y = is_zero(beta);
  const auto element = [=](const T& xi, T& yi) {
    if (no_y) {
      yi = no_x ? T{} : times(alpha, xi);
    } else {
      yi = no_x ? times(beta, yi) : times(alpha, xi) + times(beta, yi);
    }
  };
  const bool simple = is_simple<T>(n, incx, incy);
  const VectorSet<RealOf<T>>& set = simple ? vectors<RealOf<T>>() : long_vectors<RealOf<T>>();
  const auto kernel = [=, &set](index_t size, const T* px, T* py, bool far) {
    if (no_x || no_y) {
      for (index_t i = 0; i < size; ++i) element(px[i], py[i]);
    } else if constexpr (kIsComplex<T>) {
      set.axpby_complex(size, alpha.re, alpha.im, parts_of(px), beta.re, beta.im, parts_of(py), far);
    } else {
      set.axpby(size, alpha, px, beta, py, far);
    }
  };
  if (simple) return kernel(n, x, y, false);
  on_vectors(n, x, incx, y, incy, 3, kernel, element);
}

template <class R>
void rotm(index_t n, R* x, index_t incx, R* y, index_t incy, const R* param) {
  const R flag = param[0];
  if (flag == -2) return;
  // Products with 1 and -1 are exact: one kernel serves all forms.
  const R h11 = flag == 0 ? R(1) : param[1], h21 = flag > 0 ? R(-1) : param[2];
  const R h12 = flag > 0 ? R(1) : param[3], h22 = flag == 0 ? R(1) : param[4];
  rotate(n, x, incx, y, incy, h11, h12, h21, h22);
}

#define TESSERA_INSTANTIATE(T)                                                                                  \
  template void general::axpy(index_t, T, const T*, index_t, T*, index_t);                                      \
  template void general::scal(index_t, T, T*, index_t);                                                         \
  template void general::copy(index_t, const T*, index_t, T*, index_t);                                         \
  template void general::swap(index_t, T*, index_t, T*, index_t);                                               \
  template void general::rotate(index_t, T*, index_t, T*, index_t, RealOf<T>, RealOf<T>, RealOf<T>, RealOf<T>); \
  template void axpby(index_t, T, const T*, index_t, T, T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE
template void general::scal(index_t, float, c32*, index_t);
template void general::scal(index_t, double, c64*, index_t);
template void rotm(index_t, float*, index_t, float*, index_t, const float*);
template void rotm(index_t, double*, index_t, double*, index_t, const double*);

}  // namespace tessera::blas
