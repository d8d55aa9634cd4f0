// What a layer's kernel is: one pass over contiguous elements, on one thread. Everything that knows of tensors, strides
// and threads is in src/nn.
//
// n > 0 counts elements. Pointers need the alignment of their type alone; nothing outside of the n elements is read or
// written. The output may be an input, else they do not overlap. Real sums of single precision run over kNnLanes
// virtual lanes, element e into lane e mod kNnLanes, and lanes are added by halves: no result depends on the width of a
// register. max(p, q) is p > q ? p : q; maxima of several numbers pass NaN over.
#pragma once

#include "base/dtype.h"
#include "base/isa.h"
#include "kernel/finish_contract.h"

namespace tessera {

inline constexpr int kNnLanes = 32;

// Functions beside Activation; values of tsr_function - 32, as far as there are kernels.
enum class Function : std::uint8_t { abs, neg, sqrt, exp, elu, selu, hard_sigmoid, affine };
inline constexpr int kFunctionCount = 8;

// Values of tsr_operation.
enum class Operation : std::uint8_t { add, sub, mul, div, max, min, prelu };
inline constexpr int kOperationCount = 7;

// y := function(x)
using UnaryFn = void (*)(index_t n, const float* x, float* y, float a, float b);
// y := operation(alpha a, beta b), each product rounded
using BinaryFn = void (*)(index_t n, float alpha, const float* a, float beta, const float* b, float* y);
// `taps` arrays of n elements each become one.
template <class T>
using MaxFn = void (*)(index_t taps, const T* const* x, index_t n, T* y);
// Sums of columns * rows arrays, x[column * rows + row]: first over a column's rows, then over columns, each rounded.
template <class T>
using SumFn = void (*)(index_t columns, index_t rows, const T* const* x, index_t n, float* y);
// y[i] := x[i * stride], reading n elements of x
template <class T>
using EveryFn = void (*)(index_t n, const T* x, index_t stride, T* y);

// Kernels for one type of pooled element.
template <class T>
struct PoolSet {
  MaxFn<T> max;
  SumFn<T> sum;  // exact for bytes and up to 2^16 arrays
  EveryFn<T> every;
  // y := x / (factor * divisor[i * step]), step 0 or 1, the denominator exact; bytes: rounded, ties to even
  void (*divide)(index_t n, const float* x, float factor, const float* divisor, index_t step, T* y);
};

// The power of LRN that has kernels.
enum class LrnPower : std::uint8_t { three_quarters, half, none };

struct NnSet {
  Isa isa;
  UnaryFn activation[kActivationCount];
  UnaryFn function[kFunctionCount];
  BinaryFn binary[kOperationCount][2][2];  // by the steps of a and of b: 0, one element for all, or 1

  // y := fused x * scale + bias, both with step 0 or 1
  void (*scale[2])(index_t n, const float* x, const float* scale, const float* bias, float* y);
  // y := ((x - mean) * factor) * gamma + beta, the last two fused; null: 1 and 0
  void (*normalize)(index_t n, const float* x, float mean, float factor, const float* gamma, const float* beta,
                    float* y);

  float (*largest)(index_t n, const float* x);  // -Inf of none
  float (*least)(index_t n, const float* x);
  // y := exp(x - shift) for x <= shift; returns the sum
  float (*exp_sum)(index_t n, const float* x, float shift, float* y);
  // Sums in double precision, of 16 lanes: of x, of (x - shift)^2; and of each element with acc.
  double (*sum)(index_t n, const float* x);
  double (*sum_squares)(index_t n, const float* x, double shift);
  void (*add)(index_t n, const float* x, double* acc);
  void (*add_squares)(index_t n, const float* x, double* acc);

  // y[i] := x[i] * (k + factor * sum over taps of t[i + tap * t_stride]^2)^-power; none: y[i] := the base of the power
  void (*lrn[3])(index_t n, index_t taps, const float* t, index_t t_stride, const float* x, float factor, float k,
                 float* y);

  // With l(p, q, t) = p * (1 - t) + q * t: y[i] := l(l(a[u], b[u], down), l(a[v], b[v], down), across[i]), u = left[i],
  // v = right[i]
  void (*bilinear_row)(index_t n, const float* a, const float* b, const std::int32_t* left, const std::int32_t* right,
                       const float* across, float down, float* y);
  // The same for n channels of four pixels.
  void (*bilinear_pixel)(index_t n, const float* const* corner, float down, float across, float* y);

  // y[j * y_row + i] := x[i * x_row + j] for i < rows, j < columns; elements of 32 bits, rows in elements
  void (*transpose)(index_t rows, index_t columns, const float* x, index_t x_row, float* y, index_t y_row);

  PoolSet<float> pool_f32;
  PoolSet<std::uint8_t> pool_u8;
  PoolSet<std::int8_t> pool_s8;
  template <class T>
  const PoolSet<T>& pool() const {
    if constexpr (sizeof(T) == 4) {
      return pool_f32;
    } else if constexpr (static_cast<T>(-1) > 0) {
      return pool_u8;
    } else {
      return pool_s8;
    }
  }
};

#define TESSERA_DECLARE_NN(isa) const NnSet& nn_kernels_f32_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_NN)
#undef TESSERA_DECLARE_NN

}  // namespace tessera
