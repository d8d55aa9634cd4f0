#include "quant/output.h"

#include <cmath>
#include <cstring>

#include "base/int_math.h"

namespace tessera {

bool kernel_output(const Output& o, index_t columns, ByteOutput& in_kernel) {
  if (size_of(o.type) != 1 || o.multiplier != nullptr || o.row_scale != nullptr) return false;
  bool small = true;
  for (index_t j = 0; j < (o.scale_stride == 0 ? 1 : columns); ++j) small &= std::fabs(o.scale[j]) < 1.0f;
  if (!small) return false;
  in_kernel = {o.bias,
               o.scale,
               o.scale_stride,
               static_cast<float>(o.low - o.zero_point),
               static_cast<float>(o.high - o.zero_point),
               o.zero_point};
  return true;
}

OutputEpilogue::OutputEpilogue(const Output& output, const Corrections& corrections, const RequantizeSet& routines,
                               void* c, index_t c_rs, index_t c_cs)
    : output_(output),
      corrections_(corrections),
      routine_(output.type == OutputType::s32   ? routines.to_s32
               : output.type == OutputType::f32 ? routines.to_f32
               : output.multiplier != nullptr   ? routines.to_bytes_fixed
                                                : routines.to_bytes),
      c_(static_cast<char*>(c)),
      c_rs_(c_rs),
      c_cs_(c_cs),
      size_(size_of(output.type)) {}

void OutputEpilogue::apply(const FinishedTile& tile) const noexcept {
  const auto from = [first = tile.column](const auto* p, index_t stride = 1) {
    return p == nullptr ? nullptr : p + first * stride;
  };
  RequantizeArgs args{};
  args.columns = tile.columns;
  args.bias = from(output_.bias);
  args.column_terms = from(corrections_.column_terms);
  args.right_factors = from(corrections_.right_factors);
  args.scale = from(output_.scale, output_.scale_stride);
  args.scale_stride = output_.scale_stride;
  args.float_bias = from(output_.float_bias);
  args.multiplier = from(output_.multiplier, output_.multiplier_stride);
  args.shift = from(output_.shift, output_.multiplier_stride);
  args.multiplier_stride = output_.multiplier_stride;
  args.zero_point = output_.zero_point;
  args.low = output_.low;
  args.high = output_.high;
  args.float_low = output_.float_low;
  args.float_high = output_.float_high;
  // Where columns of the result are not neighbours, a row of the tile is made beside it and then scattered.
  char row[kMaxTileWidth * 64];
  for (index_t i = 0; i < tile.rows; ++i) {
    args.sums = reinterpret_cast<const std::int32_t*>(tile.p + i * tile.row_stride);
    args.left_factor = corrections_.left_factors != nullptr ? corrections_.left_factors[tile.row + i] : 0;
    args.row_sum = corrections_.row_sums != nullptr ? corrections_.row_sums[tile.row + i] : 0;
    args.row_scale = output_.row_scale != nullptr ? output_.row_scale[tile.row + i] : 1.0f;
    char* const out = c_ == nullptr ? nullptr : c_ + ((tile.row + i) * c_rs_ + tile.column * c_cs_) * size_;
    const bool in_tile = c_ == nullptr;
    args.out = in_tile ? tile.p + i * tile.row_stride : c_cs_ == 1 ? out : row;
    routine_(args);
    if (in_tile || c_cs_ == 1) continue;
    for (index_t j = 0; j < tile.columns; ++j)
      std::memcpy(out + j * c_cs_ * size_, row + j * size_, static_cast<std::size_t>(size_));
  }
}

}  // namespace tessera
