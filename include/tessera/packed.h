/**
 * @file packed.h
 * @brief Operands packed once for many products: the weights of a network.
 *
 * An operand packed in its own precision is bound to the instruction set it was packed for; one stored in fewer bits
 * (bf16, f16, blocks) is not, and its bytes are the same everywhere. Packed operands are constant: any number of
 * threads and contexts may use one at once. Saved, it can be loaded by another process, if bound on a machine with the
 * same instruction set; what is damaged, truncated or of another format version is refused.
 */
#ifndef TESSERA_PACKED_H
#define TESSERA_PACKED_H

#include <tessera/context.h>
#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/** An operand of products in the order in which kernels read it. */
typedef struct tsr_packed tsr_packed;

/**
 * Packs alpha * A, element (i, p) of the m x k matrix A at a[i * a_rs + p * a_cs]. Threads of the context share the
 * work.
 *
 * Errors: -i for argument i (negative sizes or sizes above 2^56, a NULL matrix that has elements, a stride that leads
 * out of the address space, NULL packed); TSR_OUT_OF_MEMORY. *packed is set on success alone.
 */
TSR_API tsr_status tsr_pack_a_f32(const tsr_context* context, tsr_index m, tsr_index k, float alpha, const float* a,
                                  tsr_index a_rs, tsr_index a_cs, tsr_packed** packed);
/** As tsr_pack_a_f32, in double precision. */
TSR_API tsr_status tsr_pack_a_f64(const tsr_context* context, tsr_index m, tsr_index k, double alpha, const double* a,
                                  tsr_index a_rs, tsr_index a_cs, tsr_packed** packed);

/** Packs the k x n matrix B, element (p, j) at b[p * b_rs + j * b_cs]. Errors as tsr_pack_a_f32. */
TSR_API tsr_status tsr_pack_b_f32(const tsr_context* context, tsr_index k, tsr_index n, const float* b, tsr_index b_rs,
                                  tsr_index b_cs, tsr_packed** packed);
/** As tsr_pack_b_f32, in double precision. */
TSR_API tsr_status tsr_pack_b_f64(const tsr_context* context, tsr_index k, tsr_index n, const double* b, tsr_index b_rs,
                                  tsr_index b_cs, tsr_packed** packed);

/**
 * Packs the k x n matrix B of bfloat16 for products of float: tsr_gemm_fused_f32 and tsr_gemm_indirect_f32 take it as
 * b_packed, and compute what they would with the widened numbers, to the bit. It takes half the bytes of
 * tsr_pack_b_f32's, and with a few rows of A half the time, where memory bounds it. Errors as tsr_pack_a_f32.
 */
TSR_API tsr_status tsr_pack_b_bf16(const tsr_context* context, tsr_index k, tsr_index n, const tsr_bf16* b,
                                   tsr_index b_rs, tsr_index b_cs, tsr_packed** packed);
/** As tsr_pack_b_bf16, of IEEE binary16. */
TSR_API tsr_status tsr_pack_b_f16(const tsr_context* context, tsr_index k, tsr_index n, const tsr_f16* b,
                                  tsr_index b_rs, tsr_index b_cs, tsr_packed** packed);

/** How weights are stored in blocks of 32 steps of k of a column, which share numbers of IEEE binary16. */
enum tsr_block_format {
  TSR_BLOCK_S8 = 0, /**< w = scale * (q - 128), q in 1..255: 8.5 bits a weight */
  TSR_BLOCK_S4 = 1, /**< w = scale * (q - 8), q in 0..15: 4.5 bits */
  TSR_BLOCK_U4 = 2  /**< w = scale * q + minimum, q in 0..15: 5 bits */
};

/**
 * Stores the k x n matrix B of float in blocks (docs/numerics.md: how they are chosen, and their layout), for products
 * of float: tsr_gemm_fused_f32 and tsr_gemm_indirect_f32 take it as b_packed and compute what they would with the
 * numbers that the blocks stand for, to the bit. tsr_gemm_blocks_q8 makes 8-bit numbers of A too: with one row of A the
 * time is that of reading the blocks.
 *
 * Errors: -2 for an unknown format, -3 and on as tsr_pack_a_f32; -5 also for a number that is not finite or too large
 * for a scale of binary16; TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_pack_b_blocks(const tsr_context* context, int format, tsr_index k, tsr_index n, const float* b,
                                     tsr_index b_rs, tsr_index b_cs, tsr_packed** packed);

/**
 * Writes the numbers that an operand stored in fewer bits stands for, exactly, to the k x n matrix B of float.
 *
 * Errors: -1 for NULL or an operand in its own precision, -2 for NULL, -3 and -4 for strides that lead out of the
 * address space or make two elements one. On the calling thread.
 */
TSR_API tsr_status tsr_packed_widen(const tsr_packed* packed, float* b, tsr_index b_rs, tsr_index b_cs);

/** Frees a packed operand that no call uses any more. NULL is allowed. */
TSR_API void tsr_packed_destroy(tsr_packed* packed);

/** Bytes that tsr_packed_save writes; 0 for NULL. */
TSR_API size_t tsr_packed_size(const tsr_packed* packed);

/** Writes the operand to `size` bytes at `buffer`. Errors: -1, -2 for NULL, -3 when size is below tsr_packed_size(). */
TSR_API tsr_status tsr_packed_save(const tsr_packed* packed, void* buffer, size_t size);

/**
 * Reads an operand that tsr_packed_save wrote; the buffer is copied and may be at any address.
 *
 * Errors: -1 for NULL or a buffer that is no saved operand, -2 for one that ends early or is damaged, -3 for NULL
 * packed; TSR_UNSUPPORTED for another format version or an instruction set that this build or CPU lacks;
 * TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_packed_load(const void* buffer, size_t size, tsr_packed** packed);

TSR_EXTERN_C_END

#endif
