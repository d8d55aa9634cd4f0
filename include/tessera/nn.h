/**
 * @file nn.h
 * @brief The layers of a network beside convolution and GEMM, on strided tensors.
 *
 * A tensor is a view of the caller's memory: type, sizes, strides. An image has the sizes N, C, H, W in this order
 * *whatever its layout*: NCHW and NHWC differ in their strides alone (tsr_tensor_dense(), tsr_tensor_nhwc()), and so do
 * a slice, a crop and a transposed tensor, which are views too (tsr_tensor_slice(), tsr_tensor_permute()). What makes a
 * copy of a view is tsr_copy(): layout conversion, transposition, slice with steps and crop are that one function.
 * A fully connected layer is GEMM with an epilogue (gemm.h); tanh, ReLU and the like behind a product or a convolution
 * cost nothing in its epilogue.
 *
 * Strides of inputs may be negative or 0 (broadcast). Strides of an output may be negative; where they make two
 * elements one, what lies there is unspecified. An output may be an input of an element-wise function with the same
 * type, sizes and strides (in place); otherwise they may not overlap. A tensor with a size of 0 has no elements, may
 * have a NULL pointer, and is valid.
 *
 * Results do not depend on the number of threads, to the bit. Errors of functions in units in the last place (ulp) are
 * those of instruction sets with FMA; NaN goes through every function, and where a maximum or minimum is taken of
 * several numbers it is passed over (docs/numerics.md).
 *
 * Errors: -i when the i-th argument is NULL, has a type that the function does not take, a rank outside 0..8, a
 * negative size, no data, or sizes that do not fit the arguments before it; and what the functions say. After an error
 * no output has been written. Nothing allocates but what says TSR_OUT_OF_MEMORY.
 */
#ifndef TESSERA_NN_H
#define TESSERA_NN_H

#include <tessera/context.h>
#include <tessera/epilogue.h>
#include <tessera/quant.h>
#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/** Element types beside ::TSR_U8 and ::TSR_S8. */
enum tsr_type { TSR_F32 = 2, TSR_S32 = 3, TSR_S64 = 4 };

/** The most dimensions of a tensor. */
#define TSR_MAX_RANK 8

/** A view: element (i0, i1, ...) lies `i0 * stride[0] + i1 * stride[1] + ...` elements behind `data`. */
typedef struct tsr_tensor {
  void* data;   /**< inputs are not written */
  int32_t type; /**< a ::tsr_type, ::TSR_U8 or ::TSR_S8 */
  int32_t rank; /**< 0 (one element) to TSR_MAX_RANK */
  tsr_index size[TSR_MAX_RANK];
  tsr_index stride[TSR_MAX_RANK];
} tsr_tensor;

/** A dense tensor in row-major order: the last dimension is contiguous. A rank outside 0..8 stays so, for the function
 * that gets it to report. */
TSR_API tsr_tensor tsr_tensor_dense(int32_t type, void* data, int32_t rank, const tsr_index* size);

/** A dense image whose channels are contiguous: sizes N, C, H, W and the strides of NHWC. */
TSR_API tsr_tensor tsr_tensor_nhwc(int32_t type, void* data, tsr_index n, tsr_index c, tsr_index h, tsr_index w);

/** The view whose dimension i is dimension order[i] of x. Errors: -1; -2 (no permutation); -3. */
TSR_API tsr_status tsr_tensor_permute(const tsr_tensor* x, const int32_t* order, tsr_tensor* view);

/**
 * The view of `count` elements of dimension `axis`, `step` apart, from `start`. `step` may be negative. Errors: -1; -2
 * (no dimension of x); -3, -4 (outside of x); -5 (0); -6.
 */
TSR_API tsr_status tsr_tensor_slice(const tsr_tensor* x, int32_t axis, tsr_index start, tsr_index count, tsr_index step,
                                    tsr_tensor* view);

/* ---- Moving elements. Any type; x and y have the same one. */

/** y := x, of the same sizes. Transposes in blocks where x and y are contiguous in different dimensions. */
TSR_API tsr_status tsr_copy(const tsr_context* context, const tsr_tensor* x, const tsr_tensor* y);

/** y := x[0], x[1], ..., x[count - 1] one behind the other along `axis`. Errors: -2 (no dimension of y); -3 (negative);
 * -4 (any of them); -5 (also: not as long as all of them). */
TSR_API tsr_status tsr_concat(const tsr_context* context, int32_t axis, int32_t count, const tsr_tensor* const* x,
                              const tsr_tensor* y);

/** What tsr_pad() writes around x. */
typedef enum tsr_pad_mode {
  TSR_PAD_CONSTANT = 0,
  TSR_PAD_REFLECT = 1, /**< mirrored at the outermost element, which is not repeated */
  TSR_PAD_EDGE = 2     /**< the outermost element */
} tsr_pad_mode;

/**
 * y := x with before[i] elements in front of dimension i; what y is longer comes behind. Negative: elements are left
 * out. `value`: one element of x's type, NULL for 0; of TSR_PAD_CONSTANT. Errors: -3; -4 (NULL, or more than
 * TSR_PAD_REFLECT can mirror or TSR_PAD_EDGE can repeat); -6 (rank).
 */
TSR_API tsr_status tsr_pad(const tsr_context* context, const tsr_tensor* x, int32_t mode, const tsr_index* before,
                           const void* value, const tsr_tensor* y);

/** Order of channels in tsr_depth_to_space(). */
typedef enum tsr_depth_order {
  TSR_DEPTH_BLOCK_FIRST = 0, /**< channel = (row in block, column in block, c): ONNX's DCR, Darknet's reorg backwards */
  TSR_DEPTH_CHANNEL_FIRST = 1 /**< channel = (c, row in block, column in block): ONNX's CRD, pixel shuffle */
} tsr_depth_order;

/** y(n, c', h, w) := x(n, c, h block + i, w block + j): y has block^2 times x's channels, in the given order. Images.
 * Errors: -2 (below 1); -3. */
TSR_API tsr_status tsr_space_to_depth(const tsr_context* context, tsr_index block, int32_t order, const tsr_tensor* x,
                                      const tsr_tensor* y);

/** The inverse of tsr_space_to_depth(). */
TSR_API tsr_status tsr_depth_to_space(const tsr_context* context, tsr_index block, int32_t order, const tsr_tensor* x,
                                      const tsr_tensor* y);

/** y(n, i groups + g, ...) := x(n, g (C / groups) + i, ...) along dimension 1. Errors: -2 (does not divide C). */
TSR_API tsr_status tsr_channel_shuffle(const tsr_context* context, tsr_index groups, const tsr_tensor* x,
                                       const tsr_tensor* y);

/* ---- Element-wise, single precision. */

/** Functions beside ::tsr_activation, whose values tsr_unary() takes as well. */
typedef enum tsr_function {
  TSR_ABS = 32,
  TSR_NEG = 33,
  TSR_SQRT = 34,         /**< correctly rounded */
  TSR_EXP = 35,          /**< 2 ulp; results below 2^-126 are rounded once more */
  TSR_ELU = 36,          /**< x, or a (exp(x) - 1) where x is negative; 3 ulp */
  TSR_SELU = 37,         /**< b times ELU; 4 ulp */
  TSR_HARD_SIGMOID = 38, /**< min(1, max(0, a x + b)) */
  TSR_AFFINE = 39,       /**< a x + b, fused */
  TSR_POWER = 40,        /**< x^a, by the C library's powf(); not vectorised */
  TSR_LOG = 41           /**< the C library's logf(); not vectorised */
} tsr_function;

/** y := function(x), of the same sizes. `a` and `b` as the function says. Errors: -2. */
TSR_API tsr_status tsr_unary(const tsr_context* context, int32_t function, float a, float b, const tsr_tensor* x,
                             const tsr_tensor* y);

/** Operations of tsr_binary() on p = alpha * a and q = beta * b. */
typedef enum tsr_operation {
  TSR_ADD = 0,
  TSR_SUB = 1,
  TSR_MUL = 2,
  TSR_DIV = 3,
  TSR_MAX = 4,  /**< p > q ? p : q */
  TSR_MIN = 5,  /**< p < q ? p : q */
  TSR_PRELU = 6 /**< p, or p * q where p is negative */
} tsr_operation;

/**
 * y := operation(alpha * a, beta * b). a and b are broadcast to y as numpy does: dimensions are counted from the last,
 * missing ones and those of size 1 are repeated. Each product is rounded. Errors: -2; -4, -6, -7.
 */
TSR_API tsr_status tsr_binary(const tsr_context* context, int32_t operation, float alpha, const tsr_tensor* a,
                              float beta, const tsr_tensor* b, const tsr_tensor* y);

/**
 * y := scale[i] * x + bias[i], i the index in dimension `axis` (1 for the channels of an image), fused. Either may be
 * NULL. Contiguous arrays. Errors: -3 (no dimension of x).
 */
TSR_API tsr_status tsr_scale(const tsr_context* context, const tsr_tensor* x, int32_t axis, const float* scale,
                             const float* bias, const tsr_tensor* y);

/**
 * y := gamma[i] (x - mean[i]) / sqrt(variance[i] + epsilon) + beta[i], as tsr_scale() with the scale and bias that
 * follow, computed in double precision. gamma NULL: 1; beta NULL: 0. An engine that folds it into a convolution saves
 * the pass. Errors: -3; -4, -5 (NULL); TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_batch_norm(const tsr_context* context, const tsr_tensor* x, int32_t axis, const float* mean,
                                  const float* variance, const float* gamma, const float* beta, float epsilon,
                                  const tsr_tensor* y);

/* ---- Along a dimension, single precision. */

/** y := exp(x - m) / sum of exp(x - m) along `axis`, m the largest x there. 4 ulp and the error of the sum, n / 32 ulp
 * for n elements that lie together and n ulp otherwise. Errors: -2 (no dimension of x). */
TSR_API tsr_status tsr_softmax(const tsr_context* context, int32_t axis, const tsr_tensor* x, const tsr_tensor* y);

/** y := x - m - log(sum of exp(x - m)) along `axis`. Errors: -2. */
TSR_API tsr_status tsr_log_softmax(const tsr_context* context, int32_t axis, const tsr_tensor* x, const tsr_tensor* y);

/**
 * y := gamma (x - mean) / sqrt(variance + epsilon) + beta over all dimensions from `axis` on, which must be dense in x,
 * y, gamma and beta alike. Mean and variance are summed in double precision. gamma and beta: as many numbers as these
 * dimensions have, contiguous, or NULL. Errors: -2 (no dimension of x); -6 (also: not dense); -7.
 */
TSR_API tsr_status tsr_layer_norm(const tsr_context* context, int32_t axis, const float* gamma, const float* beta,
                                  float epsilon, const tsr_tensor* x, const tsr_tensor* y);

/** y := gamma x / sqrt(mean of x^2 + epsilon), otherwise as tsr_layer_norm(). Errors: -2; -5; -6. */
TSR_API tsr_status tsr_rms_norm(const tsr_context* context, int32_t axis, const float* gamma, float epsilon,
                                const tsr_tensor* x, const tsr_tensor* y);

/**
 * Local response normalisation across channels (dimension 1), ONNX's: y := x / (k + alpha / size * s)^beta with s the
 * sum of squares of `size` channels, from c - (size - 1) / 2 on. beta of 0.75 and 0.5 are vectorised. Errors: -2 (below
 * 1); -6 (rank below 2).
 */
TSR_API tsr_status tsr_lrn(const tsr_context* context, tsr_index size, float alpha, float beta, float k,
                           const tsr_tensor* x, const tsr_tensor* y);

/** What tsr_reduce() makes of elements. */
typedef enum tsr_reduction {
  TSR_REDUCE_SUM = 0,
  TSR_REDUCE_MEAN = 1,
  TSR_REDUCE_MAX = 2,
  TSR_REDUCE_MIN = 3,
  TSR_REDUCE_SUM_SQUARES = 4
} tsr_reduction;

/**
 * y := reduction of x over the dimensions whose bits are set in `axes`, where y has size 1. Mean over (2, 3), bits 0xc,
 * is global average pooling in any layout. Of no elements: 0, NaN, -Inf, Inf, 0. Errors: -2; -3 (a bit beyond x's
 * rank).
 */
TSR_API tsr_status tsr_reduce(const tsr_context* context, int32_t reduction, uint32_t axes, const tsr_tensor* x,
                              const tsr_tensor* y);

/**
 * y := position of the largest x along `axis`, where y has size 1; of several the first, or the last. x: single
 * precision, u8 or s8; y: s64 or s32. NaN is passed over; of nothing but NaN: 0. Errors: -2 (no dimension of x, or one
 * of size 0).
 */
TSR_API tsr_status tsr_argmax(const tsr_context* context, int32_t axis, int last, const tsr_tensor* x,
                              const tsr_tensor* y);

/* ---- Images: rank 4, sizes N, C, H, W. */

/** What tsr_pool() makes of a window. */
typedef enum tsr_pooling {
  TSR_POOL_MAX = 0,
  TSR_POOL_AVERAGE = 1,    /**< of the elements that lie in the image */
  TSR_POOL_AVERAGE_PAD = 2 /**< padding counts as zeros; what ceil mode adds beyond it does not count */
} tsr_pooling;

/** A pooling. Start from TSR_POOL_INIT. */
typedef struct tsr_pool_desc {
  size_t size;     /**< sizeof(tsr_pool_desc): the structure may grow */
  int32_t pooling; /**< a ::tsr_pooling */
  int ceil_mode; /**< 0 or 1: a last window that reaches beyond the padding counts, if it begins before the end of it */
  tsr_index kernel_height;
  tsr_index kernel_width;
  tsr_index stride_height;
  tsr_index stride_width;
  tsr_index dilation_height;
  tsr_index dilation_width;
  tsr_index pad_top;
  tsr_index pad_left;
  tsr_index pad_bottom;
  tsr_index pad_right;
} tsr_pool_desc;

/** 1 x 1, steps of 1, no padding. */
#define TSR_POOL_INIT \
  { sizeof(tsr_pool_desc), TSR_POOL_MAX, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0 }

/** Rows and columns of y for an image of `in_height` by `in_width`. Errors: -1 (also: a size or step below 1, negative
 * padding, a dilated kernel that fits no padded image, one of more than 2^40 taps); -2, -3 (below 1); -4, -5. */
TSR_API tsr_status tsr_pool_output(const tsr_pool_desc* desc, tsr_index in_height, tsr_index in_width,
                                   tsr_index* height, tsr_index* width);

/**
 * y := pooling of x: single precision, u8 or s8, x and y alike. Averages of bytes are rounded to the nearest, ties to
 * even; x and y have the same scale and zero point, and padding that counts is bytes of 0. A window that holds no
 * element of the image: -Inf, or the least byte, and 0 for averages. Errors: -2 (see tsr_pool_output()); -3; -4 (also:
 * not of tsr_pool_output()'s size); TSR_UNSUPPORTED (averages of bytes over more than 65536).
 */
TSR_API tsr_status tsr_pool(const tsr_context* context, const tsr_pool_desc* desc, const tsr_tensor* x,
                            const tsr_tensor* y);

/** How tsr_resize() finds a value. */
typedef enum tsr_resize_mode { TSR_RESIZE_NEAREST = 0, TSR_RESIZE_LINEAR = 1 } tsr_resize_mode;

/** Where row i of y lies in x; ONNX's names. s: scale, n: rows of x, m: of y, or s n. */
typedef enum tsr_resize_coordinates {
  TSR_RESIZE_HALF_PIXEL = 0,         /**< (i + 1/2) / s - 1/2 */
  TSR_RESIZE_PYTORCH_HALF_PIXEL = 1, /**< the same; 0 where m is 1 */
  TSR_RESIZE_ASYMMETRIC = 2,         /**< i / s */
  TSR_RESIZE_ALIGN_CORNERS = 3,      /**< i (n - 1) / (m - 1); 0 where m is 1 */
  TSR_RESIZE_TF_HALF_PIXEL = 4       /**< (i + 1/2) / s, of TSR_RESIZE_NEAREST */
} tsr_resize_coordinates;

/** Which row TSR_RESIZE_NEAREST takes; ONNX's names. */
typedef enum tsr_resize_rounding {
  TSR_RESIZE_ROUND_PREFER_FLOOR = 0, /**< the nearest, halves down */
  TSR_RESIZE_ROUND_PREFER_CEIL = 1,
  TSR_RESIZE_FLOOR = 2,
  TSR_RESIZE_CEIL = 3
} tsr_resize_rounding;

/**
 * y := x resized to y's height and width; rows and columns beyond the image are those of its edge. The scales are those
 * given (m above is s n then), or the ratios of the sizes where they are 0. TSR_RESIZE_NEAREST takes any type,
 * TSR_RESIZE_LINEAR single precision, interpolated down the columns and then along the row. Errors: -2, -3, -4
 * (unknown); -5, -6 (negative, or no number); -7; -8; TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_resize(const tsr_context* context, int32_t mode, int32_t coordinates, int32_t rounding,
                              float scale_height, float scale_width, const tsr_tensor* x, const tsr_tensor* y);

/* ---- Between single precision and bytes. */

/**
 * y := clamp(round(x / scale[i]) + zero_point[i]), as tsr_q8_quantize() does; i the index in dimension `axis`. An axis
 * of -1: one scale and zero point for all. zero_point NULL: 0. Errors: -3 (no dimension of x); -4 (NULL, or not above
 * 0); -5 (outside of y's type); -6.
 */
TSR_API tsr_status tsr_quantize(const tsr_context* context, const tsr_tensor* x, int32_t axis, const float* scale,
                                const int32_t* zero_point, const tsr_tensor* y);

/** y := (x - zero_point[i]) * scale[i], otherwise as tsr_quantize(). */
TSR_API tsr_status tsr_dequantize(const tsr_context* context, const tsr_tensor* x, int32_t axis, const float* scale,
                                  const int32_t* zero_point, const tsr_tensor* y);

/**
 * y := clamp(round(((a - a_zero_point) * a_scale + (b - b_zero_point) * b_scale) / scale) + zero_point, low, high): the
 * same bits as tsr_dequantize() twice, tsr_binary() and tsr_quantize(). Bytes of the same sizes, of either sign each;
 * low = zero_point is ReLU. Errors: -3, -6, -8 (not above 0); -4, -7, -9, -10, -11 (outside of the type; high below
 * low).
 */
TSR_API tsr_status tsr_add_bytes(const tsr_context* context, const tsr_tensor* a, float a_scale, int32_t a_zero_point,
                                 const tsr_tensor* b, float b_scale, int32_t b_zero_point, float scale,
                                 int32_t zero_point, int32_t low, int32_t high, const tsr_tensor* y);

TSR_EXTERN_C_END

#endif
