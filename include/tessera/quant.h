/**
 * @file quant.h
 * @brief Products of 8-bit matrices, exact, and what quantised networks make of them.
 *
 * A byte q stands for the real number scale * (q - zero_point). With S = (A - za)(B - zb), a 32-bit integer for each
 * element of C, a call writes one of
 *
 *     TSR_Q8_S32   S + bias
 *     TSR_Q8_F32   clamp(float(S + bias) * scale * row_scale + float_bias)
 *     TSR_Q8_U8    clamp(round(float(S + bias) * scale * row_scale) + zero_point)     ties to even, as ONNX
 *     TSR_Q8_S8    the same; or with multiplier and shift, fixed-point as gemmlowp and TensorFlow Lite
 *
 * S is exact modulo 2^32, and has the same bits on every instruction set and with any number of threads: nothing
 * saturates on the way. It is the true sum when k * max|a - za| * max|b - zb| < 2^31: for any zero points up to k =
 * 33025, for u8 times s8 without zero points up to k = 65793, for s8 times s8 up to k = 131071.
 *
 * Element (i, p) of A is at data[i * rs + p * cs]; likewise B (k x n) and C (m x n), with C's strides in elements of
 * the output's type. Strides may be negative; those of A and B may be zero. A and B may not overlap C. Fastest is an A
 * whose rows are contiguous (cs = 1) and a C whose rows are.
 *
 * Errors: -i for the i-th argument, judged in their order: a NULL or an unknown enumerator or a zero point outside of
 * its type in a structure blames the structure; sizes and strides as in gemm.h. Nothing is written then.
 * TSR_OUT_OF_MEMORY where a function says so.
 *
 * Thread-safe: any number of threads may call at once on different C, also with the same weights.
 */
#ifndef TESSERA_QUANT_H
#define TESSERA_QUANT_H

#include <tessera/context.h>
#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/** What the bytes of an operand are. */
enum tsr_q8_type { TSR_U8 = 0 /**< uint8_t */, TSR_S8 = 1 /**< int8_t */ };

/** An 8-bit operand. */
typedef struct tsr_q8_matrix {
  const void* data;
  tsr_index rs, cs;           /**< strides, in bytes */
  int32_t type;               /**< ::tsr_q8_type */
  int32_t zero_point;         /**< in the range of the type */
  const int32_t* zero_points; /**< NULL, or instead of it one for each row of A (m), for each column of B (n) */
} tsr_q8_matrix;

/** What is written to C. */
enum tsr_q8_output { TSR_Q8_S32 = 0, TSR_Q8_F32 = 1, TSR_Q8_U8 = 2, TSR_Q8_S8 = 3 };

/**
 * What becomes of the sums. Begin with tsr_q8_epilogue_of(); `size` is how a later version with more fields knows an
 * earlier one.
 */
typedef struct tsr_q8_epilogue {
  size_t size;            /**< sizeof(tsr_q8_epilogue) */
  int32_t output;         /**< ::tsr_q8_output */
  int32_t zero_point;     /**< of the output; U8, S8 */
  const int32_t* bias;    /**< n numbers in units of S, or NULL */
  const float* scale;     /**< F32: scale of A * scale of B; U8, S8: the same / scale of the output. NULL: multiplier */
  tsr_index scale_stride; /**< 0: one scale; 1: n of them */
  const float* row_scale; /**< m numbers that multiply further, or NULL */
  const float* float_bias;     /**< F32: n numbers, or NULL */
  const int32_t* multiplier;   /**< U8, S8 instead of scale: times multiplier / 2^31 * 2^shift; not negative */
  const int32_t* shift;        /**< as many as multipliers, -31..30 */
  tsr_index multiplier_stride; /**< 0: one multiplier and shift; 1: n of each */
  int32_t low, high;           /**< U8, S8: bounds of what is written, within the type */
  float float_low, float_high; /**< F32: bounds of what is written */
} tsr_q8_epilogue;

/** An epilogue for the output, with all pointers NULL and no bounds but the type's. */
TSR_API tsr_q8_epilogue tsr_q8_epilogue_of(int32_t output);

/** Activations that are bounds. */
enum tsr_q8_activation { TSR_Q8_LINEAR = 0, TSR_Q8_RELU = 1, TSR_Q8_RELU6 = 2 };

/**
 * Sets an epilogue's bounds to those of an activation. For U8 and S8, `scale` is the output's and the zero point is the
 * epilogue's: the bounds are the bytes of 0 and 6. Errors: -1, -2, -3 (not above 0).
 */
TSR_API tsr_status tsr_q8_set_activation(tsr_q8_epilogue* epilogue, int32_t activation, float scale);

/**
 * The fixed-point form of a positive real number: multiplier in [2^30, 2^31), shift, with number = multiplier / 2^31 *
 * 2^shift to the nearest. Numbers below 2^-32 become 0. Errors: -1 (not positive, or 2^30 and above), -2, -3.
 */
TSR_API tsr_status tsr_q8_fixed_point(double number, int32_t* multiplier, int32_t* shift);

/**
 * C := epilogue((A - za)(B - zb)). A NULL epilogue writes S.
 *
 * TSR_OUT_OF_MEMORY: zero points that differ within A or within B need 8 (m + n) bytes, and there were none.
 */
TSR_API tsr_status tsr_gemm_q8(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k,
                               const tsr_q8_matrix* a, const tsr_q8_matrix* b, const tsr_q8_epilogue* epilogue, void* c,
                               tsr_index c_rs, tsr_index c_cs);

/** A right operand that has been packed for many calls: opaque, immutable, shared freely by threads and contexts. */
typedef struct tsr_q8_weights tsr_q8_weights;

/**
 * Packs B, k x n, with its zero points, for the best instruction set of the context; every call with it uses that
 * instruction set. B is not looked at again. Errors: -2, -3, -4, -5, TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_q8_weights_create(const tsr_context* context, tsr_index n, tsr_index k, const tsr_q8_matrix* b,
                                         tsr_q8_weights** weights);

/** Frees weights that no call uses any more; NULL is allowed. */
TSR_API void tsr_q8_weights_destroy(tsr_q8_weights* weights);

/** Bytes that tsr_q8_weights_save() writes; 0 for NULL. */
TSR_API size_t tsr_q8_weights_size(const tsr_q8_weights* weights);

/**
 * Writes weights to a buffer, for storage: with a version of the format, the instruction set and a checksum. Errors:
 * -1, -2, -3 (smaller than tsr_q8_weights_size()).
 */
TSR_API tsr_status tsr_q8_weights_save(const tsr_q8_weights* weights, void* buffer, size_t size);

/**
 * Weights from what tsr_q8_weights_save() wrote. Errors: -1 (NULL, or damaged, cut off or
 * something else), -3; TSR_UNSUPPORTED: of another version of the format, or for an instruction set that this CPU or
 * build lacks: pack again. TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_q8_weights_load(const void* buffer, size_t size, tsr_q8_weights** weights);

/** tsr_gemm_q8() with packed weights as B; n and k are theirs. */
TSR_API tsr_status tsr_gemm_q8_packed(const tsr_context* context, tsr_index m, const tsr_q8_matrix* a,
                                      const tsr_q8_weights* weights, const tsr_q8_epilogue* epilogue, void* c,
                                      tsr_index c_rs, tsr_index c_cs);

/**
 * y := clamp(round(x / scale) + zero_point), n contiguous numbers; ties to even, NaN becomes the least byte. ONNX's
 * QuantizeLinear. Errors: -1, -2, -3 (not above 0), -4 (type), -5 (zero point), -6.
 */
TSR_API tsr_status tsr_q8_quantize(tsr_index n, const float* x, float scale, int32_t type, int32_t zero_point, void* y);

/** y := (x - zero_point) * scale. ONNX's DequantizeLinear. Errors: -1, -2, -3 (type), -5 (zero point), -6. */
TSR_API tsr_status tsr_q8_dequantize(tsr_index n, const void* x, int32_t type, float scale, int32_t zero_point,
                                     float* y);

/**
 * Quantises m rows of n contiguous floats to u8 by the range they have, each row by its own (per_row) or all by one:
 *
 *     scale = (max(x, 0) - min(x, 0)) / 255,  zero_point = clamp(round(-min(x, 0) / scale)),
 *     y = clamp(round(x / scale) + zero_point)
 *
 * ONNX's DynamicQuantizeLinear. Rows are x_rs and y_rs elements apart. scale and zero_point take m numbers, or one
 * each. Where all x are 0, scale is 1. NaN takes no part in the range. Errors: -1 and so on; rows may not overlap in y.
 */
TSR_API tsr_status tsr_q8_quantize_dynamic(tsr_index m, tsr_index n, const float* x, tsr_index x_rs, int per_row,
                                           uint8_t* y, tsr_index y_rs, float* scale, int32_t* zero_point);

TSR_EXTERN_C_END

#endif
