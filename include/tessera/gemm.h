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

TSR_EXTERN_C_END

#endif
