// Level 1. Increments may be negative (from the far end) or zero, as in reference BLAS; n <= 0 is an empty vector.
//
// Sums run over kLanes virtual lanes: part e of the vector (elements in the order of the call, a complex one being two
// parts) is added to lane e mod kLanes, then lane l takes lane l + kLanes/2, l + kLanes/4, and so on. The bits
// therefore depend on the elements alone, not on increments, alignment or the width of a register.
#pragma once

#include "blas/types.h"

namespace tessera::blas {

inline constexpr int kLanes = 32;

// Sum of x_i * y_i; with `conjugate`, of conj(x_i) * y_i.
template <class T>
T dot(index_t n, const T* x, index_t incx, const T* y, index_t incy, bool conjugate = false);

// y := alpha * x + y. alpha = 0 leaves y alone, whatever x holds.
template <class T>
void axpy(index_t n, T alpha, const T* x, index_t incx, T* y, index_t incy);

// x := alpha * x, NaN and infinities of x included when alpha = 0. A of T, or the real type of a complex T. Nothing for
// incx <= 0.
template <class T, class A>
void scal(index_t n, A alpha, T* x, index_t incx);

template <class T>
void copy(index_t n, const T* x, index_t incx, T* y, index_t incy);
template <class T>
void swap(index_t n, T* x, index_t incx, T* y, index_t incy);

// Euclidean norm without overflow or underflow on the way.
template <class T>
RealOf<T> nrm2(index_t n, const T* x, index_t incx);

// Sum of |re| + |im|; 0 for incx <= 0.
template <class T>
RealOf<T> asum(index_t n, const T* x, index_t incx);

// Position from 1 of the first element with the largest |re| + |im|, where a NaN in front counts as largest and others
// as smallest; 0 for n <= 0 or incx <= 0.
template <class T>
index_t iamax(index_t n, const T* x, index_t incx);

}  // namespace tessera::blas
