// The C API of 8-bit products: judges arguments, then hands over.
#include <tessera/quant.h>

#include <cmath>
#include <limits>

#include "base/int_math.h"
#include "gemm/api_check.h"
#include "quant/api_check.h"
#include "quant/int8.h"
#include "quant/weights.h"
#include "runtime/context.h"
#include "runtime/num_threads.h"

namespace tessera {
namespace {

// Whether an operand of rows x cols bytes, with a zero point for each of `lines` or one, can be read.
tsr_status check_operand(int position, const tsr_q8_matrix* x, index_t rows, index_t cols, index_t lines, bool read) {
  if (x == nullptr || !is_type(x->type)) return -position;
  if (x->zero_points == nullptr) {
    if (!in_range(x->zero_point, x->type)) return -position;
  } else {
    for (index_t i = 0; i < lines; ++i)
      if (!in_range(x->zero_points[i], x->type)) return -position;
  }
  if (!read) return TSR_OK;
  if (x->data == nullptr || check_extent(position, rows, cols, x->rs, x->cs, 1) != TSR_OK) return -position;
  return TSR_OK;
}

// The opaque type is never defined: a pointer to it is one to Int8Weights.
const Int8Weights* inside(const tsr_q8_weights* w) { return reinterpret_cast<const Int8Weights*>(w); }
tsr_q8_weights* outside(Int8Weights* w) { return reinterpret_cast<tsr_q8_weights*>(w); }

Int8Matrix matrix_of(const tsr_q8_matrix& x) {
  return {x.data, x.type == TSR_S8, x.rs, x.cs, x.zero_point, x.zero_points};
}

// Both products, their arguments judged as far as they differ.
struct Positions {
  int epilogue, c;
};
tsr_status run(const tsr_context* context, Int8Call& call, const tsr_q8_epilogue* epilogue, const Positions& at) {
  Output output;
  if (const tsr_status bad = check_epilogue(at.epilogue, epilogue, call.n, output)) return bad;
  if (call.c == nullptr) return -at.c;
  const index_t size = size_of(output.type);
  if (const tsr_status bad = check_extent(at.c, call.m, call.n, call.c_rs, call.c_cs, size)) return bad;
  if (const tsr_status bad = check_distinct(at.c, call.m, call.n, call.c_rs, call.c_cs)) return bad;
  call.output = &output;
  Int8Settings settings;
  if (context != nullptr) {
    settings.isa = context->int8;
    settings.executor = context->executor;
  }
  return int8_gemm(call, settings) ? TSR_OK : TSR_OUT_OF_MEMORY;
}

}  // namespace
}  // namespace tessera

using tessera::index_t;

extern "C" {

tsr_q8_epilogue tsr_q8_epilogue_of(int32_t output) {
  tsr_q8_epilogue e{};
  e.size = sizeof e;
  e.output = output;
  e.low = tessera::least(output == TSR_Q8_S8 ? TSR_S8 : TSR_U8);
  e.high = tessera::greatest(output == TSR_Q8_S8 ? TSR_S8 : TSR_U8);
  e.float_low = -std::numeric_limits<float>::infinity();
  e.float_high = std::numeric_limits<float>::infinity();
  return e;
}

tsr_status tsr_q8_set_activation(tsr_q8_epilogue* e, int32_t activation, float scale) {
  if (e == nullptr) return -1;
  if (activation < TSR_Q8_LINEAR || activation > TSR_Q8_RELU6) return -2;
  const tsr_q8_epilogue whole = tsr_q8_epilogue_of(e->output);
  e->low = whole.low;
  e->high = whole.high;
  e->float_low = activation == TSR_Q8_LINEAR ? whole.float_low : 0.0f;
  e->float_high = activation == TSR_Q8_RELU6 ? 6.0f : whole.float_high;
  if (!tessera::is_bytes(e->output) || activation == TSR_Q8_LINEAR) return TSR_OK;
  if (!(scale > 0.0f)) return -3;
  if (e->zero_point > e->low) e->low = e->zero_point;
  const float six = std::nearbyint(6.0f / scale) + static_cast<float>(e->zero_point);
  if (activation == TSR_Q8_RELU6 && six < static_cast<float>(e->high)) e->high = static_cast<int32_t>(six);
  return TSR_OK;
}

tsr_status tsr_q8_fixed_point(double number, int32_t* multiplier, int32_t* shift) {
  if (!(number > 0.0 && number < 0x1p30)) return -1;
  if (multiplier == nullptr) return -2;
  if (shift == nullptr) return -3;
  int exponent = 0;
  std::int64_t fraction = static_cast<std::int64_t>(std::llround(std::frexp(number, &exponent) * 0x1p31));
  if (fraction == std::int64_t{1} << 31) {
    fraction /= 2;
    ++exponent;
  }
  if (exponent < -31) {
    fraction = 0;
    exponent = 0;
  }
  *multiplier = static_cast<int32_t>(fraction);
  *shift = exponent;
  return TSR_OK;
}

tsr_status tsr_gemm_q8(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, const tsr_q8_matrix* a,
                       const tsr_q8_matrix* b, const tsr_q8_epilogue* epilogue, void* c, tsr_index c_rs,
                       tsr_index c_cs) {
  if (m < 0 || m > tessera::kMaxExtent) return -2;
  if (n < 0 || n > tessera::kMaxExtent) return -3;
  if (k < 0 || k > tessera::kMaxExtent) return -4;
  if (m == 0 || n == 0) return TSR_OK;
  if (const tsr_status bad = tessera::check_operand(5, a, m, k, m, k > 0)) return bad;
  if (const tsr_status bad = tessera::check_operand(6, b, k, n, n, k > 0)) return bad;
  tessera::Int8Call call{m, n, k, tessera::matrix_of(*a), tessera::matrix_of(*b), nullptr, nullptr, c, c_rs, c_cs};
  return tessera::run(context, call, epilogue, {7, 8});
}

tsr_status tsr_gemm_q8_packed(const tsr_context* context, tsr_index m, const tsr_q8_matrix* a,
                              const tsr_q8_weights* packed, const tsr_q8_epilogue* epilogue, void* c, tsr_index c_rs,
                              tsr_index c_cs) {
  const tessera::Int8Weights* const weights = tessera::inside(packed);
  if (m < 0 || m > tessera::kMaxExtent) return -2;
  if (weights == nullptr) return -4;
  if (m == 0 || weights->panels.extent == 0) return TSR_OK;
  if (const tsr_status bad = tessera::check_operand(3, a, m, weights->k, m, weights->k > 0)) return bad;
  tessera::Int8Call call{m,   weights->panels.extent, weights->k, tessera::matrix_of(*a), {}, weights, nullptr, c, c_rs,
                         c_cs};
  return tessera::run(context, call, epilogue, {5, 6});
}

tsr_status tsr_q8_weights_create(const tsr_context* context, tsr_index n, tsr_index k, const tsr_q8_matrix* b,
                                 tsr_q8_weights** weights) {
  if (n < 0 || n > tessera::kMaxExtent) return -2;
  if (k < 0 || k > tessera::kMaxExtent) return -3;
  if (const tsr_status bad = tessera::check_operand(4, b, k, n, n, n > 0 && k > 0)) return bad;
  if (weights == nullptr) return -5;
  const bool capped = context != nullptr && context->int8 != nullptr;
  tessera::Executor executor = context != nullptr ? context->executor : tessera::Executor{0, nullptr, nullptr};
  if (executor.threads <= 0) executor.threads = tessera::num_threads();
  tessera::Int8Weights* made = tessera::Int8Weights::create(capped ? *context->int8 : tessera::best_int8(), n, k,
                                                            tessera::matrix_of(*b), executor);
  if (made == nullptr) return TSR_OUT_OF_MEMORY;
  *weights = tessera::outside(made);
  return TSR_OK;
}

void tsr_q8_weights_destroy(tsr_q8_weights* weights) { delete tessera::inside(weights); }

size_t tsr_q8_weights_size(const tsr_q8_weights* weights) {
  return weights != nullptr ? tessera::inside(weights)->stored_size() : 0;
}

tsr_status tsr_q8_weights_save(const tsr_q8_weights* weights, void* buffer, size_t size) {
  if (weights == nullptr) return -1;
  if (buffer == nullptr) return -2;
  if (size < tessera::inside(weights)->stored_size()) return -3;
  tessera::inside(weights)->store(buffer);
  return TSR_OK;
}

tsr_status tsr_q8_weights_load(const void* buffer, size_t size, tsr_q8_weights** weights) {
  if (buffer == nullptr) return -1;
  if (weights == nullptr) return -3;
  tessera::Int8Weights* made = nullptr;
  switch (tessera::Int8Weights::load(buffer, size, made)) {
    case tessera::Int8Weights::Loading::ok:
      break;
    case tessera::Int8Weights::Loading::invalid:
      return -1;
    case tessera::Int8Weights::Loading::unsupported:
      return TSR_UNSUPPORTED;
    case tessera::Int8Weights::Loading::out_of_memory:
      return TSR_OUT_OF_MEMORY;
  }
  *weights = tessera::outside(made);
  return TSR_OK;
}

tsr_status tsr_q8_quantize(tsr_index n, const float* x, float scale, int32_t type, int32_t zero_point, void* y) {
  if (n < 0 || n > tessera::kMaxExtent) return -1;
  if (x == nullptr && n > 0) return -2;
  if (!(scale > 0.0f)) return -3;
  if (!tessera::is_type(type)) return -4;
  if (!tessera::in_range(zero_point, type)) return -5;
  if (y == nullptr && n > 0) return -6;
  tessera::best_int8().requantize->quantize(x, n, scale, zero_point, tessera::least(type), tessera::greatest(type),
                                            static_cast<std::uint8_t*>(y));
  return TSR_OK;
}

tsr_status tsr_q8_dequantize(tsr_index n, const void* x, int32_t type, float scale, int32_t zero_point, float* y) {
  if (n < 0 || n > tessera::kMaxExtent) return -1;
  if (x == nullptr && n > 0) return -2;
  if (!tessera::is_type(type)) return -3;
  if (!tessera::in_range(zero_point, type)) return -5;
  if (y == nullptr && n > 0) return -6;
  tessera::best_int8().requantize->dequantize(static_cast<const std::uint8_t*>(x), type == TSR_S8, n, scale, zero_point,
                                              y);
  return TSR_OK;
}

tsr_status tsr_q8_quantize_dynamic(tsr_index m, tsr_index n, const float* x, tsr_index x_rs, int per_row, uint8_t* y,
                                   tsr_index y_rs, float* scale, int32_t* zero_point) {
  if (m < 0 || m > tessera::kMaxExtent) return -1;
  if (n < 0 || n > tessera::kMaxExtent) return -2;
  if (m == 0 || n == 0) return TSR_OK;
  if (x == nullptr) return -3;
  if (tessera::check_extent(3, m, n, x_rs, 1, sizeof(float)) != TSR_OK) return -4;
  if (y == nullptr) return -6;
  if (tessera::check_extent(6, m, n, y_rs, 1, 1) != TSR_OK || tessera::check_distinct(6, m, n, y_rs, 1) != TSR_OK)
    return -7;
  if (scale == nullptr) return -8;
  if (zero_point == nullptr) return -9;
  const tessera::RequantizeSet& routines = *tessera::best_int8().requantize;
  const index_t group = per_row != 0 ? 1 : m;
  for (index_t first = 0; first < m; first += group, ++scale, ++zero_point) {
    float low = 0.0f, high = 0.0f;
    for (index_t i = first; i < first + group; ++i) {
      float row_low, row_high;
      routines.range(x + i * x_rs, n, row_low, row_high);
      low = row_low < low ? row_low : low;
      high = row_high > high ? row_high : high;
    }
    const float width = (high - low) / 255.0f;
    *scale = width > 0.0f ? width : 1.0f;
    const float zero = std::nearbyint(-low / *scale);
    *zero_point = static_cast<int32_t>(zero < 0.0f ? 0.0f : zero < 255.0f ? zero : 255.0f);
    for (index_t i = first; i < first + group; ++i)
      routines.quantize(x + i * x_rs, n, *scale, *zero_point, 0, 255, y + i * y_rs);
  }
  return TSR_OK;
}

}  // extern "C"
