/**
 * @file half.h
 * @brief Numbers of 16 bits, bfloat16 and IEEE binary16: products with sums in single precision, and conversions.
 *
 * Every product is the single precision product of the widened numbers, to the bit: what gemm.h says of strides, bits,
 * errors and threads holds. Widening is exact; the sums are chains of fused multiply-adds in f32 in the order of k. No
 * instruction that multiplies 16-bit numbers is used: those round sums as they please (docs/numerics.md).
 */
#ifndef TESSERA_HALF_H
#define TESSERA_HALF_H

#include <tessera/context.h>
#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/**
 * C := alpha * A * B + beta * C, A and B of bfloat16, C of float. Fastest with few rows where rows of B and of C are
 * contiguous: B is then read once, where it lies. Errors: those of tsr_gemm_f32.
 */
TSR_API tsr_status tsr_gemm_bf16(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, float alpha,
                                 const tsr_bf16* a, tsr_index a_rs, tsr_index a_cs, const tsr_bf16* b, tsr_index b_rs,
                                 tsr_index b_cs, float beta, float* c, tsr_index c_rs, tsr_index c_cs);

/** As tsr_gemm_bf16, of IEEE binary16. */
TSR_API tsr_status tsr_gemm_f16(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, float alpha,
                                const tsr_f16* a, tsr_index a_rs, tsr_index a_cs, const tsr_f16* b, tsr_index b_rs,
                                tsr_index b_cs, float beta, float* c, tsr_index c_rs, tsr_index c_cs);

/**
 * y := x, n contiguous numbers, rounded to the nearest, ties to even; what is too large becomes an infinity, NaN stays
 * NaN. x and y may not overlap. Errors: -1 (negative or above 2^56), -2, -3 (NULL). On the calling thread.
 */
TSR_API tsr_status tsr_bf16_from_f32(tsr_index n, const float* x, tsr_bf16* y);
/** As tsr_bf16_from_f32, to IEEE binary16; subnormal results are kept. */
TSR_API tsr_status tsr_f16_from_f32(tsr_index n, const float* x, tsr_f16* y);
/** y := x, exactly. Arguments and errors as tsr_bf16_from_f32. */
TSR_API tsr_status tsr_bf16_to_f32(tsr_index n, const tsr_bf16* x, float* y);
/** y := x, exactly. Arguments and errors as tsr_bf16_from_f32. */
TSR_API tsr_status tsr_f16_to_f32(tsr_index n, const tsr_f16* x, float* y);

TSR_EXTERN_C_END

#endif
