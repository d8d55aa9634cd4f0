/**
 * @file gemm.h
 * @brief General matrix multiplication C := alpha * op(A) * op(B) + beta * C on general strides.
 *
 * Element (i, p) of A is at a[i * a_rs + p * a_cs]; likewise B (k x n) and C (m x n). Row-major has cs = 1,
 * column-major rs = 1, a transposed operand is the same memory with rs and cs exchanged. Strides may be negative; those
 * of A and B may be zero. A and B may not overlap C.
 *
 * beta = 0: C is overwritten without being read. alpha = 0 or k = 0: A and B are not read. NaN and Inf propagate
 * otherwise (docs/numerics.md).
 *
 * Every element's bits depend on its row of A, its column of B, alpha, beta and its old value alone: not on m, n, the
 * strides or the number of threads, and for real types not on the (FMA-capable) instruction set either.
 *
 * Errors, judged in the order of the arguments, -i for the i-th:
 * - an unknown bit in `flags`;
 * - negative m, n or k, or one above 2^56. When m or n is 0 nothing else is looked at;
 * - a NULL matrix: C, or A or B when they are read;
 * - a stride that puts an element more than PTRDIFF_MAX bytes from the first;
 * - a stride of C that makes two elements one. With g = gcd(|c_rs|, |c_cs|) that is so exactly when
 *   m > |c_cs| / g and n > |c_rs| / g (a zero stride: when more than one element lies along it). The longer of the two
 *   strides is blamed, c_cs when they are equal.
 *
 * Never TSR_OUT_OF_MEMORY: without workspace a slower path is taken.
 *
 * Thread-safe: any number of threads may call at once on different C.
 */
#ifndef TESSERA_GEMM_H
#define TESSERA_GEMM_H

#include <tessera/context.h>
#include <tessera/epilogue.h>
#include <tessera/packed.h>
#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/** Flags of the complex functions. */
enum tsr_gemm_flags {
  TSR_GEMM_CONJ_A = 1, /**< use the complex conjugate of A */
  TSR_GEMM_CONJ_B = 2  /**< use the complex conjugate of B */
};

/** Single precision. */
TSR_API tsr_status tsr_gemm_f32(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, float alpha,
                                const float* a, tsr_index a_rs, tsr_index a_cs, const float* b, tsr_index b_rs,
                                tsr_index b_cs, float beta, float* c, tsr_index c_rs, tsr_index c_cs);

/** Double precision. */
TSR_API tsr_status tsr_gemm_f64(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, double alpha,
                                const double* a, tsr_index a_rs, tsr_index a_cs, const double* b, tsr_index b_rs,
                                tsr_index b_cs, double beta, double* c, tsr_index c_rs, tsr_index c_cs);

/** Single precision complex; `flags` is a sum of ::tsr_gemm_flags. */
TSR_API tsr_status tsr_gemm_c32(const tsr_context* context, unsigned flags, tsr_index m, tsr_index n, tsr_index k,
                                tsr_c32 alpha, const tsr_c32* a, tsr_index a_rs, tsr_index a_cs, const tsr_c32* b,
                                tsr_index b_rs, tsr_index b_cs, tsr_c32 beta, tsr_c32* c, tsr_index c_rs,
                                tsr_index c_cs);

/** Double precision complex; `flags` is a sum of ::tsr_gemm_flags. */
TSR_API tsr_status tsr_gemm_c64(const tsr_context* context, unsigned flags, tsr_index m, tsr_index n, tsr_index k,
                                tsr_c64 alpha, const tsr_c64* a, tsr_index a_rs, tsr_index a_cs, const tsr_c64* b,
                                tsr_index b_rs, tsr_index b_cs, tsr_c64 beta, tsr_c64* c, tsr_index c_rs,
                                tsr_index c_cs);

/**
 * Single precision with operands that may have been packed, and an epilogue.
 *
 * A is either `a` with its strides or `a_packed` (m x k, from tsr_pack_a_f32: alpha is in it, the call's must be 1);
 * the other is NULL. B likewise. `epilogue` may be NULL; with it, C(i, j) becomes what tessera/epilogue.h says of alpha
 * * A * B + beta * C. C may have any strides; C by rows is fastest where something is packed.
 *
 * Errors beyond those of tsr_gemm_f32: -5 for an alpha that is not 1 beside a_packed; -9 or -13 for two operands or a
 * packed one of other sizes, type or side; -18 for an epilogue of unknown size or activation or a residual whose
 * strides lead out of the address space; TSR_UNSUPPORTED when an operand was packed for an instruction set above the
 * context's.
 */
TSR_API tsr_status tsr_gemm_fused_f32(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, float alpha,
                                      const float* a, tsr_index a_rs, tsr_index a_cs, const tsr_packed* a_packed,
                                      const float* b, tsr_index b_rs, tsr_index b_cs, const tsr_packed* b_packed,
                                      float beta, float* c, tsr_index c_rs, tsr_index c_cs,
                                      const tsr_epilogue* epilogue);

/**
 * Single precision with weights in blocks (tsr_pack_b_blocks) and activations made 8-bit numbers: 32 steps of a row of
 * alpha * A share a scale, max |x| / 127, and are multiplied with the weights' integers. An element differs from
 * tsr_gemm_fused_f32's by at most sum of s |w| / 2, s the scale of a step's block (docs/numerics.md): about half a
 * percent of a result, for three times the speed and more. Same bits on every instruction set, with any number of
 * threads, whatever the other rows and columns. A number in A that is not finite makes its row of C NaN.
 *
 * Errors: by position as tsr_gemm_f32; -9 for a NULL operand or one that is not in blocks or of other sizes, -14 for an
 * epilogue as in tsr_gemm_fused_f32. Never TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_gemm_blocks_q8(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, float alpha,
                                      const float* a, tsr_index a_rs, tsr_index a_cs, const tsr_packed* b_packed,
                                      float beta, float* c, tsr_index c_rs, tsr_index c_cs,
                                      const tsr_epilogue* epilogue);

/** Double precision with operands that may have been packed: as tsr_gemm_fused_f32 without an epilogue. */
TSR_API tsr_status tsr_gemm_packed_f64(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, double alpha,
                                       const double* a, tsr_index a_rs, tsr_index a_cs, const tsr_packed* a_packed,
                                       const double* b, tsr_index b_rs, tsr_index b_cs, const tsr_packed* b_packed,
                                       double beta, double* c, tsr_index c_rs, tsr_index c_cs);

/**
 * `count` products of one shape whose matrices lie a_step, b_step and c_step elements apart: product i is
 * C_i := alpha * A_i * B_i + beta * C_i. a_step and b_step may be 0, for an operand that all share. The C_i may not
 * overlap. Small products are shared out among threads, large ones follow one another. Bits as tsr_gemm_f32.
 *
 * Errors: by position, as in tsr_gemm_f32, for the first product's matrices; -2 for a negative count; for a step that
 * leads out of the address space, or one of C that is 0 with more than one product, the position of the step.
 */
TSR_API tsr_status tsr_gemm_batch_f32(const tsr_context* context, tsr_index count, tsr_index m, tsr_index n,
                                      tsr_index k, float alpha, const float* a, tsr_index a_rs, tsr_index a_cs,
                                      tsr_index a_step, const float* b, tsr_index b_rs, tsr_index b_cs,
                                      tsr_index b_step, float beta, float* c, tsr_index c_rs, tsr_index c_cs,
                                      tsr_index c_step);

/** One product of tsr_gemm_grouped_f32: the arguments of tsr_gemm_f32. */
typedef struct tsr_gemm_item_f32 {
  tsr_index m, n, k;
  float alpha;
  const float* a;
  tsr_index a_rs, a_cs;
  const float* b;
  tsr_index b_rs, b_cs;
  float beta;
  float* c;
  tsr_index c_rs, c_cs;
} tsr_gemm_item_f32;

/**
 * `count` products of any shapes, in no particular order; no C may overlap another product's matrices.
 *
 * Errors: -2 for a negative count, -3 for NULL items that are needed or a bad item, whose number goes to *bad_item
 * where that is not NULL. All items are judged before any is computed.
 */
TSR_API tsr_status tsr_gemm_grouped_f32(const tsr_context* context, tsr_index count, const tsr_gemm_item_f32* items,
                                        tsr_index* bad_item);

/**
 * A product whose left operand is a table of row pointers: row i of A is `taps` runs of `run` numbers, the t-th at
 * a_rows[i * taps + t], so k = taps * run. What a convolution without an image-to-column copy multiplies: its rows
 * point into the image, to a run of zeros where they leave it. Otherwise as tsr_gemm_fused_f32 with alpha = 1.
 *
 * Errors: -2, -3, -4, -5 for m, n, taps, run (negative, or a k above 2^56); -6 for a NULL table that is read; the
 * others by position.
 */
TSR_API tsr_status tsr_gemm_indirect_f32(const tsr_context* context, tsr_index m, tsr_index n, tsr_index taps,
                                         tsr_index run, const float* const* a_rows, const float* b, tsr_index b_rs,
                                         tsr_index b_cs, const tsr_packed* b_packed, float beta, float* c,
                                         tsr_index c_rs, tsr_index c_cs, const tsr_epilogue* epilogue);

TSR_EXTERN_C_END

#endif
