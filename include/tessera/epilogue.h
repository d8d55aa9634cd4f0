/**
 * @file epilogue.h
 * @brief What a product is finished with while it is in cache: bias, residual, activation.
 *
 * C(i, j) := activation(x + row_bias[i] + column_bias[j] + residual_scale * residual(i, j)), where x is what the call
 * computes without an epilogue. The sums are rounded in this order. NaN goes through every activation.
 */
#ifndef TESSERA_EPILOGUE_H
#define TESSERA_EPILOGUE_H

#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/** Activations. a and b are tsr_epilogue's activation_a and activation_b. Errors are in units in the last place, on
 * instruction sets with FMA. */
typedef enum tsr_activation {
  TSR_ACTIVATION_NONE = 0,
  TSR_ACTIVATION_RELU = 1,       /**< max(0, x) */
  TSR_ACTIVATION_RELU6 = 2,      /**< min(6, max(0, x)) */
  TSR_ACTIVATION_LEAKY_RELU = 3, /**< x, or a x where x is negative */
  TSR_ACTIVATION_CLIP = 4,       /**< min(b, max(a, x)) */
  TSR_ACTIVATION_SIGMOID = 5,    /**< 1 / (1 + exp(-x)); 3 ulp, 0 below -87 */
  TSR_ACTIVATION_TANH = 6,       /**< 4 ulp */
  TSR_ACTIVATION_GELU = 7,       /**< x times the normal distribution's integral up to x; 8 ulp, 0 below -13.1 */
  TSR_ACTIVATION_GELU_TANH = 8, /**< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2; 150 ulp near -10, 10 above -3 */
  TSR_ACTIVATION_SILU = 9,      /**< x / (1 + exp(-x)) */
  TSR_ACTIVATION_HARD_SWISH = 10 /**< x min(6, max(0, x + 3)) / 6 */
} tsr_activation;

/** An epilogue of a single-precision result of m rows and n columns. Start from TSR_EPILOGUE_INIT. */
typedef struct tsr_epilogue {
  size_t size;              /**< sizeof(tsr_epilogue): the structure may grow */
  const float* row_bias;    /**< m numbers, or NULL */
  const float* column_bias; /**< n numbers, or NULL */
  const float* residual; /**< m x n, (i, j) at residual[i * residual_rs + j * residual_cs]; or NULL. May not overlap C:
                              what adds C itself is beta */
  tsr_index residual_rs;
  tsr_index residual_cs;
  float residual_scale;
  int32_t activation; /**< a ::tsr_activation */
  float activation_a;
  float activation_b;
} tsr_epilogue;

/** Nothing: no bias, no residual, no activation. */
#define TSR_EPILOGUE_INIT \
  { sizeof(tsr_epilogue), NULL, NULL, NULL, 0, 0, 1.0f, TSR_ACTIVATION_NONE, 0.0f, 0.0f }

TSR_EXTERN_C_END

#endif
