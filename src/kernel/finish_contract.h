// What is done to a finished tile of single-precision C: bias, residual, activation.
//
//   c(i, j) := activation(c(i, j) + row_bias[i] + column_bias[j] + residual_scale * residual(i, j))
//
// in this order, each sum rounded, the residual's fused where the ISA can.
#pragma once

#include "base/dtype.h"
#include "base/isa.h"

namespace tessera {

// Values of tsr_activation (tessera/epilogue.h).
enum class Activation : std::uint8_t {
  none,
  relu,
  relu6,
  leaky_relu,
  clip,
  sigmoid,
  tanh,
  gelu,
  gelu_tanh,
  silu,
  hard_swish
};
inline constexpr int kActivationCount = 11;

struct FinishArgs {
  float* c;
  index_t c_row;  // bytes from row to row; the elements of a row are neighbours
  index_t rows, columns;
  const float* row_bias;                  // of the first row; or null
  const float* column_bias;               // of the first column; or null
  const float* residual;                  // of the first element; or null
  index_t residual_row, residual_column;  // elements
  float residual_scale;
  float a, b;  // parameters of the activation
};

using FinishFn = void (*)(const FinishArgs&);

// The routines of one ISA, by activation.
struct FinishSet {
  Isa isa;
  FinishFn finish[kActivationCount];
};

#define TESSERA_DECLARE_FINISH(isa) const FinishSet& finish_f32_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_FINISH)
#undef TESSERA_DECLARE_FINISH

}  // namespace tessera
