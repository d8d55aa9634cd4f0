/**
 * @file packed.h
 * @brief Operands packed once for many products: the weights of a network.
 *
 * An operand packed in its own precision is bound to the instruction set it was packed for; one stored in fewer bits
 * (bf16, f16) is not, and its bytes are the same everywhere. Packed operands are constant: any number of threads and
 * contexts may use one at once. Saved, it can be loaded by another process, if bound on a machine with the same
 * instruction set; what is damaged, truncated or of another format version is refused.
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
