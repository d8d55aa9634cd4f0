#include "conv/epilogue.h"

namespace tessera {

bool valid_conv_epilogue(const tsr_conv_epilogue& e) {
  return e.size >= sizeof(tsr_conv_epilogue) && e.activation >= TSR_ACTIVATION_NONE &&
         e.activation <= TSR_ACTIVATION_HARD_SWISH;
}

ConvFinish::ConvFinish(const tsr_conv_epilogue* e, const IsaEntry& isa)
    : finish(nullptr),
      bias(nullptr),
      residual(nullptr),
      residual_scale(0.0f),
      a(0.0f),
      b(0.0f),
      activation(TSR_ACTIVATION_NONE) {
  if (e == nullptr || (e->bias == nullptr && e->residual == nullptr && e->activation == TSR_ACTIVATION_NONE)) return;
  finish = isa.finish->finish[e->activation];
  bias = e->bias;
  residual = e->residual;
  residual_scale = e->residual_scale;
  a = e->activation_a;
  b = e->activation_b;
  activation = static_cast<tsr_activation>(e->activation);
}

void ConvFinish::apply(float* tile, index_t rs, index_t rows, index_t columns, index_t channel, bool bias_rows,
                       index_t offset, index_t residual_rs, index_t residual_cs) const {
  const float* const first = bias != nullptr ? bias + channel : nullptr;
  finish({.c = tile,
          .c_row = rs * index_t{sizeof(float)},
          .rows = rows,
          .columns = columns,
          .row_bias = bias_rows ? first : nullptr,
          .column_bias = bias_rows ? nullptr : first,
          .residual = residual != nullptr ? residual + offset : nullptr,
          .residual_row = residual_rs,
          .residual_column = residual_cs,
          .residual_scale = residual_scale,
          .a = a,
          .b = b});
}

void ConvEpilogue::apply(const FinishedTile& t) const noexcept {
  const bool channels_are_rows = p_.nhwc() == t.exchanged;
  if (scattered_) return apply_scattered(t, channels_are_rows);
  const index_t pixel = p_.out.x;  // rows of y follow each other
  const index_t rs = channels_are_rows ? p_.out.c : pixel, cs = channels_are_rows ? pixel : p_.out.c;
  finish_.apply(reinterpret_cast<float*>(t.p), t.row_stride / index_t{sizeof(float)}, t.rows, t.columns,
                channel_ + (channels_are_rows ? t.row : t.column), channels_are_rows,
                offset_ + t.row * rs + t.column * cs, rs, cs);
}

// Without a residual the tile is finished where it is, which takes one call, and then put in its places; a residual has
// the places of y.
void ConvEpilogue::apply_scattered(const FinishedTile& t, bool channels_are_rows) const {
  const index_t channel = channels_are_rows ? t.row : t.column, channels = channels_are_rows ? t.rows : t.columns;
  const index_t pixel = channels_are_rows ? t.column : t.row, pixels = channels_are_rows ? t.columns : t.rows;
  float* const tile = reinterpret_cast<float*>(t.p);
  const index_t row = t.row_stride / index_t{sizeof(float)};
  const bool later = finish_.residual != nullptr;
  if (finish_.finish != nullptr && !later)
    finish_.apply(tile, row, t.rows, t.columns, channel_ + channel, channels_are_rows, 0, 0, 0);
  const index_t step = channels_are_rows ? row : 1, out_step = p_.out.c;
  index_t py = pixel / grid_.columns, px = pixel % grid_.columns;
  for (index_t i = 0; i < pixels; ++i) {
    const index_t at = offset_ + (grid_.row + py * grid_.pace_y) * p_.out.y +
                       (grid_.column + px * grid_.pace_x) * p_.out.x + channel * out_step;
    const float* const first = tile + (channels_are_rows ? i : i * row);
    for (index_t c = 0; c < channels; ++c) {
      float x = first[c * step];
      if (later) finish_.apply(&x, 1, 1, 1, channel_ + channel + c, true, at + c * out_step, 1, 1);
      y_[at + c * out_step] = x;
    }
    if (++px == grid_.columns) {
      px = 0;
      ++py;
    }
  }
}

}  // namespace tessera
