// What a GEMM must return, to the bit.
//
// An element is one chain in the order of k: it begins with beta * C and adds alpha * A(i, p) times B(p, j), fused on
// instruction sets that have FMA, rounded twice on others. alpha * A is rounded before. A complex element is two real
// chains of 2 k steps:
//   re: fma(ai, -bi, fma(ar, br, c))     im: fma(ai, br, fma(ar, bi, c))
#pragma once

#include "base/dtype.h"

namespace tessera::test {

// C += A * B on dense row-major matrices; C holds where the chains begin.
template <class T>
void chain(bool fma, index_t m, index_t n, index_t k, const T* a, const T* b, T* c);

// The same value and the sum of magnitudes for error bounds: value = c + a * b, magnitude = |c| + |a| |b|, both in long
// double, c given in `value`.
template <class T>
void exact(index_t m, index_t n, index_t k, const T* a, const T* b, long double* value, long double* magnitude);

// gamma_n = n u / (1 - n u), the factor of `magnitude` that bounds the error of n roundings in T.
template <class T>
long double gamma_bound(index_t n);

}  // namespace tessera::test
