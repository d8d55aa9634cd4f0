#include "gemm/epilogue.h"

namespace tessera {

bool valid_epilogue(const tsr_epilogue& e) {
  // A smaller structure is an older one without the last fields; there is none yet.
  return e.size >= sizeof(tsr_epilogue) && e.activation >= TSR_ACTIVATION_NONE &&
         e.activation <= TSR_ACTIVATION_HARD_SWISH;
}

void FusedEpilogue::apply(const FinishedTile& t) const noexcept {
  const float* const rows = t.exchanged ? e_.column_bias : e_.row_bias;
  const float* const columns = t.exchanged ? e_.row_bias : e_.column_bias;
  const index_t rs = t.exchanged ? e_.residual_cs : e_.residual_rs, cs = t.exchanged ? e_.residual_rs : e_.residual_cs;
  finish_({.c = reinterpret_cast<float*>(t.p),
           .c_row = t.row_stride,
           .rows = t.rows,
           .columns = t.columns,
           .row_bias = rows != nullptr ? rows + t.row : nullptr,
           .column_bias = columns != nullptr ? columns + t.column : nullptr,
           .residual = e_.residual != nullptr ? e_.residual + t.row * rs + t.column * cs : nullptr,
           .residual_row = rs,
           .residual_column = cs,
           .residual_scale = e_.residual_scale,
           .a = e_.activation_a,
           .b = e_.activation_b});
}

}  // namespace tessera
