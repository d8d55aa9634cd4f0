// What is done to rows of finished 32-bit sums: corrections, scales, rounding, clamping. docs/numerics.md has the
// formulas.
#pragma once

#include <cstdint>

#include "base/dtype.h"
#include "base/isa.h"
#include "kernel/contract.h"
#include "tessera_isa_list.h"

namespace tessera {

// One row of `columns` sums. Arrays begin at the row's first column; null: absent. What is per column or one for all
// has a stride of 1 or 0.
struct RequantizeArgs {
  const std::int32_t* sums;
  index_t columns;
  // s = sums[j] + bias[j] + left_factor * column_terms[j] + row_sum * right_factors[j], modulo 2^32
  const std::int32_t* bias;
  const std::int32_t* column_terms;
  std::int32_t left_factor;
  const std::int32_t* right_factors;
  std::int32_t row_sum;
  // x = float(s) * scale[j] * row_scale (+ float_bias[j], f32 output)
  const float* scale;
  index_t scale_stride;
  float row_scale;
  const float* float_bias;
  // or by fixed-point numbers: multiplier / 2^31 * 2^shift
  const std::int32_t* multiplier;
  const std::int32_t* shift;
  index_t multiplier_stride;
  // y = clamp(round(x) + zero_point, low, high); f32: clamp(x, low, high)
  std::int32_t zero_point, low, high;
  float float_low, float_high;
  void* out;
};

// One pixel of a depthwise convolution: sums[c] = first[c] + sum over taps of x[tap][c] * w[tap * line + c], modulo
// 2^32.
struct DepthwiseSumsArgs {
  const std::uint8_t* const* x;  // the pixel under each tap
  bool is_signed;
  const std::int16_t* w;
  index_t line;
  index_t taps, channels;
  const std::int32_t* first;
  std::int32_t* sums;
};

// Neighbouring pixels of a row of a depthwise convolution, for weights that panels can hold without a zero point:
// sums[pixel][c] = first[c] + sum over taps of x * w, or bytes.
struct DepthwiseRowArgs {
  // Of the image, columns that lie under taps: tap row r sees rows[r] + column * steps[r]. Only columns [begin, end) of
  // 0..columns - 1 exist; the others see `padding`.
  const std::uint8_t* const* rows;
  const index_t* steps;
  const std::uint8_t* padding;
  index_t begin, end, columns;
  index_t kh, kw, sx, dx;  // pixel p sees column p * sx + s * dx under tap s
  index_t pixels, channels;
  bool is_signed;
  // For each register of channels, tap column and group of tap rows: a register of groups as panels of columns have
  // them, zero where there is no tap or channel.
  const void* w;
  const std::int32_t* first;  // whole registers
  char* scratch;              // columns * groups of tap rows * DepthwiseRow::column_bytes
  const ByteOutput* bytes;    // null: sums. Its bias is not looked at
  char* out;                  // the first pixel
  index_t out_pixel;          // bytes from pixel to pixel
};
struct DepthwiseRow {
  void (*run)(const DepthwiseRowArgs&);  // null: the ISA has none
  index_t column_bytes;
};

// y[i] = the low byte of clamp(round(((a[i] - a_zero) * a_scale + (b[i] - b_zero) * b_scale) / scale) + zero, low,
// high), every operation rounded for itself. Bytes of either sign.
struct AddBytesArgs {
  const std::uint8_t* a;
  const std::uint8_t* b;
  std::uint8_t* y;
  index_t n;
  bool a_signed, b_signed;
  float a_scale, b_scale, scale;
  std::int32_t a_zero, b_zero, zero, low, high;
};

using RequantizeFn = void (*)(const RequantizeArgs&);

// The routines of one ISA. Every ISA gives the same bits.
struct RequantizeSet {
  Isa isa;
  RequantizeFn to_s32;          // s, also where the sums are
  RequantizeFn to_f32;          // x
  RequantizeFn to_bytes;        // the low byte of y, scaled by floating point, ties to even
  RequantizeFn to_bytes_fixed;  // the same by fixed-point numbers, rounded as gemmlowp and TensorFlow Lite do

  // The least and greatest of n numbers and of 0; NaN is passed over.
  void (*range)(const float* x, index_t n, float& least, float& greatest);
  // y = the low byte of clamp(round(x / scale) + zero_point, low, high)
  void (*quantize)(const float* x, index_t n, float scale, std::int32_t zero_point, std::int32_t low, std::int32_t high,
                   std::uint8_t* y);
  // y = (x - zero_point) * scale
  void (*dequantize)(const std::uint8_t* x, bool is_signed, index_t n, float scale, std::int32_t zero_point, float* y);
  // Sums of rows of bytes along k: sums[i] for `rows` rows, `inc_w` apart, of k bytes, `inc_k` apart.
  void (*row_sums)(const std::uint8_t* x, bool is_signed, index_t rows, index_t inc_w, index_t k, index_t inc_k,
                   std::int32_t* sums);
  void (*depthwise_sums)(const DepthwiseSumsArgs&);
  void (*add_bytes)(const AddBytesArgs&);
  DepthwiseRow depthwise_row;
};

#define TESSERA_DECLARE_REQUANTIZE(isa) const RequantizeSet& requantize_##isa();
TESSERA_FOR_EACH_INT8_ISA(TESSERA_DECLARE_REQUANTIZE)
#undef TESSERA_DECLARE_REQUANTIZE

}  // namespace tessera
