/**
 * @file conv_q8.h
 * @brief Convolution of 8-bit images with 8-bit weights, exact, and what quantised networks make of it.
 *
 * S(n, k, oy, ox) = sum over r, s, c of (w(k, c, r, s) - zw(k)) * (x(n, c, iy, ix) - zx), with the positions, groups,
 * layouts and weight order of conv.h. Outside of the image x is zx: padding adds nothing. y is what a tsr_q8_epilogue
 * (quant.h) makes of S, its arrays one number for each output channel: 32-bit sums, f32, u8 or s8.
 *
 * S is exact modulo 2^32 and y has the same bits on every instruction set, in both layouts, with any number of threads
 * and by each algorithm. It is the true sum when depth * max|w - zw| * max|x - zx| < 2^31, depth = kernel height *
 * width
 * * C/G: see quant.h.
 *
 * Strides of images (in_stride, out_stride) are in elements, y's of the output's type. Fastest is TSR_NHWC; of TSR_NCHW
 * images a copy in the other order is made first.
 *
 * Thread-safe: any number of threads may run one plan at once on different outputs.
 */
#ifndef TESSERA_CONV_Q8_H
#define TESSERA_CONV_Q8_H

#include <tessera/context.h>
#include <tessera/conv.h>
#include <tessera/quant.h>
#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/** An 8-bit image, laid out as the description says. */
typedef struct tsr_q8_image {
  const void* data;
  int32_t type;       /**< ::tsr_q8_type */
  int32_t zero_point; /**< in the range of the type */
} tsr_q8_image;

/** 8-bit weights, contiguous: K x C/G x kernel height x kernel width. */
typedef struct tsr_q8_filter {
  const void* data;
  int32_t type;               /**< ::tsr_q8_type */
  int32_t zero_point;         /**< in the range of the type */
  const int32_t* zero_points; /**< NULL, or instead of it one for each output channel */
} tsr_q8_filter;

/** Opaque: an 8-bit convolution with its weights, in the form in which they are used. */
typedef struct tsr_conv_q8_plan tsr_conv_q8_plan;

/**
 * Plans a convolution and packs `weights`, which are not needed afterwards. The plan keeps the instruction set of
 * `context`. Of `desc`, `accuracy` and `planning` have no effect; `algorithm` is TSR_CONV_AUTO, TSR_CONV_GEMM or, where
 * each group has one input and one output channel, TSR_CONV_DEPTHWISE. Errors: -2 (NULL), -3 (NULL, an unknown type, a
 * zero point outside of it), -4 (NULL), tsr_conv_error, TSR_CONV_BAD_ALGORITHM also for a transposed convolution,
 * TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_conv_q8_plan_create(const tsr_context* context, const tsr_conv_desc* desc,
                                           const tsr_q8_filter* weights, tsr_conv_q8_plan** plan);

/** Destroys a plan; NULL is allowed. */
TSR_API void tsr_conv_q8_plan_destroy(tsr_conv_q8_plan* plan);

/** TSR_CONV_GEMM or TSR_CONV_DEPTHWISE; TSR_CONV_AUTO for NULL. */
TSR_API tsr_conv_algorithm tsr_conv_q8_plan_algorithm(const tsr_conv_q8_plan* plan);

/**
 * Runs a plan. A NULL epilogue writes S; row_scale must be NULL. x may not overlap y. Scratch memory is the library's,
 * kept for the calling thread (tsr_release_workspace()). Errors: -1 (NULL), -3 (NULL, an unknown type, a zero point
 * outside of it), -4 (as for tsr_gemm_q8(), or a row_scale), -5 (NULL); nothing is written then. TSR_OUT_OF_MEMORY: y
 * is as it was, or where weights' zero points differ from channel to channel in any state.
 */
TSR_API tsr_status tsr_conv_q8_run(const tsr_conv_q8_plan* plan, const tsr_context* context, const tsr_q8_image* x,
                                   const tsr_q8_epilogue* epilogue, void* y);

TSR_EXTERN_C_END

#endif
