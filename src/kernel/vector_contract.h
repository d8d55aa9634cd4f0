// What a vector kernel is: one level 1 operation on contiguous vectors, on one thread.
//
// n counts elements: of the real type R, or in the *_complex kernels of interleaved pairs (re, im). What treats both
// parts of a complex number alike has no kernel of its own: it is the real kernel with twice the n. n > 0. Pointers
// need only the alignment of R. Nothing outside the vectors is read or written; x and y may be the same vector, else
// they do not overlap.
//
// Products and sums are rounded one by one, never fused, so a kernel gives the same bits on every instruction set.
//
// Sums run over virtual lanes, kSumLanes<R> of them: element e is added to lane e mod kSumLanes, lanes starting from
// +0. Then lane l takes lane l + h, for h = half of the lanes, a quarter, and so on. (A complex dot product has a set
// of lanes for re*re and im*im and one for the mixed products, half as many each.)
//
// `far` says that the vectors come from memory: the kernel then walks their quarters at once, 256 bytes of each in
// turn, and the rest after them. The order in which elements are added is that of the walk. (With R = float and sums in
// double a step has twice as many elements as lanes.)
#pragma once

#include "base/dtype.h"
#include "base/isa.h"

namespace tessera {

// 256 bytes of sums: four AVX-512 registers, which hide the latency of an addition behind two loads a step, and eight
// AVX2 registers, which leave eight for operands.
template <class R>
inline constexpr int kSumLanes = 256 / static_cast<int>(sizeof(R));
// Sums of floats in double precision.
inline constexpr int kWideSumLanes = kSumLanes<double>;
// In elements (pairs), for each of the two sets.
template <class R>
inline constexpr int kComplexSumLanes = kSumLanes<R> / 4;

// Sums of products of parts: same.re = sum of x.re * y.re, same.im = sum of x.im * y.im, cross.re = sum of
// x.re * y.im, cross.im = sum of x.im * y.re.
template <class R>
struct ComplexSums {
  R same_re, same_im, cross_re, cross_im;
};

// The kernels of one ISA for one real type.
template <class R>
struct VectorSet {
  Isa isa;
  int lanes;  // elements of a register

  // Sums.
  R (*dot)(index_t n, const R* x, const R* y, bool far);
  double (*dot_wide)(index_t n, const R* x, const R* y, bool far);  // products and sums in double
  ComplexSums<R> (*dot_complex)(index_t n, const R* x, const R* y, bool far);
  R (*asum)(index_t n, const R* x, bool far);                                        // of |x_e|
  R (*sum)(index_t n, const R* x, bool far);                                         // of x_e
  double (*sum_squares)(index_t n, const R* x, bool far);                            // in double
  double (*sum_squares_scaled)(index_t n, const R* x, R first, R second, bool far);  // of (x_e * first * second)^2

  // Position from 0 of the first largest (smallest) |x_e|, or |re| + |im|. A NaN is never larger or smaller than
  // another, so one at position 0 is the answer and any other is passed over.
  index_t (*iamax)(index_t n, const R* x, bool far);
  index_t (*iamin)(index_t n, const R* x, bool far);
  index_t (*iamax_complex)(index_t n, const R* x, bool far);
  index_t (*iamin_complex)(index_t n, const R* x, bool far);

  // Element by element; complex scalars come by parts. alpha * x is (ar xr - ai xi, ar xi + ai xr).
  void (*axpy)(index_t n, R alpha, const R* x, R* y, bool far);  // y + (alpha * x)
  void (*axpy_complex)(index_t n, R re, R im, const R* x, R* y, bool far);
  void (*axpby)(index_t n, R alpha, const R* x, R beta, R* y, bool far);  // (alpha * x) + (beta * y)
  void (*axpby_complex)(index_t n, R re, R im, const R* x, R beta_re, R beta_im, R* y, bool far);
  void (*scal)(index_t n, R alpha, R* x, bool far);
  void (*scal_complex)(index_t n, R re, R im, R* x, bool far);
  void (*copy)(index_t n, const R* x, R* y, bool far);
  void (*swap)(index_t n, R* x, R* y, bool far);
  // (x, y) := (h11 x + h12 y, h21 x + h22 y): rot and rotm.
  void (*rotate)(index_t n, R* x, R* y, R h11, R h12, R h21, R h22, bool far);
};

#define TESSERA_DECLARE_VECTORS(isa)                  \
  const VectorSet<float>& vector_kernels_f32_##isa(); \
  const VectorSet<double>& vector_kernels_f64_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_VECTORS)
#undef TESSERA_DECLARE_VECTORS

}  // namespace tessera
