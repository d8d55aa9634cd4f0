#include "conv/epilogue.h"

#include <algorithm>
#include <limits>

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

FusedFinish::FusedFinish(const ConvFinish& f)
    : finish{nullptr, -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()}, whole(true) {
  if (f.finish == nullptr) return;
  whole = f.residual == nullptr;
  if (!whole) return;
  switch (f.activation) {
    case TSR_ACTIVATION_NONE:
      break;
    case TSR_ACTIVATION_RELU:
      finish.low = 0.0f;
      break;
    case TSR_ACTIVATION_RELU6:
      finish.low = 0.0f;
      finish.high = 6.0f;
      break;
    case TSR_ACTIVATION_CLIP:
      finish.low = f.a;
      finish.high = f.b;
      break;
    default:
      whole = false;
      return;
  }
  finish.bias = f.bias;
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

// Piece by piece: the pixels of the tile that lie in one row of y.
void ConvEpilogue::apply_scattered(const FinishedTile& t, bool channels_are_rows) const {
  const index_t channel = channels_are_rows ? t.row : t.column, channels = channels_are_rows ? t.rows : t.columns;
  const index_t pixel = channels_are_rows ? t.column : t.row, pixels = channels_are_rows ? t.columns : t.rows;
  const index_t pace = grid_.pace_x * p_.out.x;
  // A row of one channel would be finished one element at a time: its pixels are laid side by side.
  constexpr index_t kLine = 128;
  float line[kLine];
  const bool in_line = !channels_are_rows && channels == 1;
  const bool channel_rows = channels_are_rows || in_line;
  for (index_t done = 0, count; done < pixels; done += count) {
    const index_t py = (pixel + done) / grid_.columns, px = (pixel + done) % grid_.columns;
    count = min_index(grid_.columns - px, pixels - done);
    const index_t at = offset_ + (grid_.row + py * grid_.pace_y) * p_.out.y +
                       (grid_.column + px * grid_.pace_x) * p_.out.x + channel * p_.out.c;
    const index_t row = t.row_stride / index_t{sizeof(float)};
    float* piece = reinterpret_cast<float*>(t.p) + (channels_are_rows ? done : done * row);
    if (in_line) {
      count = min_index(count, kLine);
      for (index_t i = 0; i < count; ++i) line[i] = piece[i * row];
      piece = line;
    }
    const index_t rows = channel_rows ? channels : count, columns = channel_rows ? count : channels;
    const index_t y_rs = channel_rows ? p_.out.c : pace, y_cs = channel_rows ? pace : p_.out.c;
    if (finish_.finish != nullptr)
      finish_.apply(piece, row, rows, columns, channel_ + channel, channel_rows, at, y_rs, y_cs);
    float* const y = y_ + at;
    for (index_t i = 0; i < rows; ++i) {
      if (y_cs == 1) {
        std::copy_n(piece + i * row, columns, y + i * y_rs);
      } else {
        for (index_t j = 0; j < columns; ++j) y[i * y_rs + j * y_cs] = piece[i * row + j];
      }
    }
  }
}

}  // namespace tessera
