#include "quant/api_check.h"

#include <cmath>

namespace tessera {
namespace {

// A strided list of n multipliers and shifts.
bool fixed_point_is_valid(const tsr_q8_epilogue& e, index_t n) {
  for (index_t i = 0; i < (e.multiplier_stride == 0 ? 1 : n); ++i)
    if (e.multiplier[i] < 0 || e.shift[i] < -31 || e.shift[i] > 30) return false;
  return true;
}

}  // namespace

tsr_status check_epilogue(int position, const tsr_q8_epilogue* e, index_t n, Output& out) {
  if (e == nullptr) return TSR_OK;
  if (e->size < sizeof(tsr_q8_epilogue) || e->output < TSR_Q8_S32 || e->output > TSR_Q8_S8) return -position;
  if ((e->scale_stride & ~index_t{1}) != 0 || (e->multiplier_stride & ~index_t{1}) != 0) return -position;
  if (e->output == TSR_Q8_F32 && (e->scale == nullptr || std::isnan(e->float_low) || std::isnan(e->float_high)))
    return -position;
  if (is_bytes(e->output)) {
    const std::int32_t type = e->output == TSR_Q8_S8 ? TSR_S8 : TSR_U8;
    if (!in_range(e->zero_point, type) || !in_range(e->low, type) || !in_range(e->high, type) || e->low > e->high)
      return -position;
    if ((e->scale != nullptr) == (e->multiplier != nullptr)) return -position;
    if (e->multiplier != nullptr && (e->shift == nullptr || e->row_scale != nullptr || !fixed_point_is_valid(*e, n)))
      return -position;
  }
  out.type = e->output == TSR_Q8_S32   ? OutputType::s32
             : e->output == TSR_Q8_F32 ? OutputType::f32
             : e->output == TSR_Q8_U8  ? OutputType::u8
                                       : OutputType::s8;
  out.bias = e->bias;
  out.scale = e->scale;
  out.scale_stride = e->scale_stride;
  out.row_scale = e->row_scale;
  out.float_bias = e->float_bias;
  out.multiplier = e->multiplier;
  out.shift = e->shift;
  out.multiplier_stride = e->multiplier_stride;
  out.zero_point = e->zero_point;
  out.low = e->low;
  out.high = e->high;
  out.float_low = e->float_low;
  out.float_high = e->float_high;
  return TSR_OK;
}

}  // namespace tessera
