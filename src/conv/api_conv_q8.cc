// The C API of 8-bit convolution: judges arguments, then hands over.
#include <tessera/conv_q8.h>

#include <new>

#include "conv/int8_conv.h"
#include "conv/participants.h"
#include "quant/api_check.h"

namespace {

using tessera::Int8Conv;

// The opaque type is never defined: a pointer to it is one to Int8Conv.
const Int8Conv* inside(const tsr_conv_q8_plan* plan) { return reinterpret_cast<const Int8Conv*>(plan); }

}  // namespace

extern "C" {

tsr_status tsr_conv_q8_plan_create(const tsr_context* context, const tsr_conv_desc* desc, const tsr_q8_filter* weights,
                                   tsr_conv_q8_plan** plan) {
  using namespace tessera;
  if (desc == nullptr) return -2;
  if (weights == nullptr || weights->data == nullptr || !is_type(weights->type)) return -3;
  if (weights->zero_points == nullptr && !in_range(weights->zero_point, weights->type)) return -3;
  if (plan == nullptr) return -4;
  ConvProblem problem;
  if (const tsr_status bad = make_conv_problem(*desc, problem)) return bad;
  for (index_t k = 0; weights->zero_points != nullptr && k < desc->out_channels; ++k)
    if (!in_range(weights->zero_points[k], weights->type)) return -3;
  auto algorithm = static_cast<tsr_conv_algorithm>(desc->algorithm);
  if (algorithm == TSR_CONV_AUTO)
    algorithm = Int8Conv::supports(problem, TSR_CONV_DEPTHWISE) ? TSR_CONV_DEPTHWISE : TSR_CONV_GEMM;
  if (!Int8Conv::supports(problem, algorithm)) return TSR_CONV_BAD_ALGORITHM;
  const Int8Entry& isa = context != nullptr && context->int8 != nullptr ? *context->int8 : best_int8();
  const Int8Filter filter{weights->data, weights->type == TSR_S8, weights->zero_point, weights->zero_points};
  std::unique_ptr<Int8Conv> made = Int8Conv::create(problem, algorithm, isa, filter, executor_of(context));
  if (made == nullptr) return TSR_OUT_OF_MEMORY;
  *plan = reinterpret_cast<tsr_conv_q8_plan*>(made.release());
  return TSR_OK;
}

void tsr_conv_q8_plan_destroy(tsr_conv_q8_plan* plan) { delete inside(plan); }

tsr_conv_algorithm tsr_conv_q8_plan_algorithm(const tsr_conv_q8_plan* plan) {
  return plan != nullptr ? inside(plan)->algorithm() : TSR_CONV_AUTO;
}

tsr_status tsr_conv_q8_run(const tsr_conv_q8_plan* plan, const tsr_context* context, const tsr_q8_image* x,
                           const tsr_q8_epilogue* epilogue, void* y) {
  using namespace tessera;
  if (plan == nullptr) return -1;
  if (x == nullptr || x->data == nullptr || !is_type(x->type) || !in_range(x->zero_point, x->type)) return -3;
  Output output;
  if (const tsr_status bad = check_epilogue(4, epilogue, inside(plan)->channels(), output)) return bad;
  if (output.row_scale != nullptr) return -4;
  if (y == nullptr) return -5;
  return inside(plan)->run({x->data, x->type == TSR_S8, x->zero_point}, output, y, executor_of(context));
}
}
