/**
 * @file conv.h
 * @brief Convolution in single precision: describe it, plan it once with its weights, run it any number of times.
 *
 * y(n, k, oy, ox) := finish(sum over r, s, c of w(k, c, r, s) * x(n, c, iy, ix)),
 *   iy = oy * stride_height + r * dilation_height - pad_top, ix likewise; x is 0 outside of the image.
 * With G groups, output channels [g K/G, (g + 1) K/G) see input channels [g C/G, (g + 1) C/G).
 *
 * Transposed, x and y change places: input pixel (iy, ix) adds w(c, k, r, s) * x to the output pixel
 * (iy * stride_height + r * dilation_height - pad_top, ...).
 *
 * Images are N x C x H x W (TSR_NCHW) or N x H x W x C (TSR_NHWC). Weights lie as ONNX has them, contiguous:
 * K x C/G x kernel height x kernel width, for a transposed convolution C x K/G x height x width. A convolution in one
 * dimension has an image, a kernel and steps of height 1.
 *
 * Sums and bits: docs/numerics.md. In short: the direct algorithms add in the order r, s, c, one fused multiply-add
 * each, padding included as products with 0; the thread count, the batch and the layout change no bit. Winograd's error
 * is larger, see ::tsr_conv_accuracy.
 *
 * Thread-safe: any number of threads may run one plan at once on different outputs and workspaces.
 */
#ifndef TESSERA_CONV_H
#define TESSERA_CONV_H

#include <tessera/context.h>
#include <tessera/epilogue.h>
#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/** How images lie in memory. */
typedef enum tsr_image_layout {
  TSR_NCHW = 0, /**< channel after channel */
  TSR_NHWC = 1  /**< pixel after pixel */
} tsr_image_layout;

/** How a convolution is computed. */
typedef enum tsr_conv_algorithm {
  TSR_CONV_AUTO = 0,      /**< the plan decides */
  TSR_CONV_GEMM = 1,      /**< implicit GEMM: anything */
  TSR_CONV_DEPTHWISE = 2, /**< direct: one input channel for each group; NHWC: and one output channel; not transposed */
  TSR_CONV_WINOGRAD_2 = 3, /**< F(2x2, 3x3): 3 x 3 kernels, stride and dilation 1, not transposed */
  TSR_CONV_WINOGRAD_4 = 4, /**< F(4x4, 3x3) */
  TSR_CONV_WINOGRAD_6 = 5, /**< F(6x6, 3x3) */
  TSR_CONV_DIRECT = 6      /**< direct, one group, not transposed: up to 4 input channels, column dilation 1; and 1 x 1
                                without padding, NCHW with stride 1, of some more */
} tsr_conv_algorithm;

/**
 * Which algorithms TSR_CONV_AUTO may take. Errors are the largest of an image, against the exact result, as a share of
 * the largest result; measured on normally distributed operands with 64 to 512 channels (docs/numerics.md has the
 * bounds).
 */
typedef enum tsr_conv_accuracy {
  TSR_CONV_NORMAL = 0, /**< up to F(4x4, 3x3): 5e-6 */
  TSR_CONV_FAST = 1,   /**< up to F(6x6, 3x3): 4e-5 */
  TSR_CONV_HIGH = 2,   /**< up to F(2x2, 3x3): 1e-6, less than the direct sum's 3e-6 */
  TSR_CONV_STRICT = 3  /**< direct algorithms alone: the same bits whatever the plan decides */
} tsr_conv_accuracy;

/** How TSR_CONV_AUTO decides. */
typedef enum tsr_conv_planning {
  TSR_CONV_ESTIMATE = 0, /**< by a rule: the same answer on every run */
  TSR_CONV_MEASURE = 1   /**< times the candidates, once in the process for each description and thread count */
} tsr_conv_planning;

/** What is convolved. Start from TSR_CONV_INIT. */
typedef struct tsr_conv_desc {
  size_t size;    /**< sizeof(tsr_conv_desc): the structure may grow */
  int32_t layout; /**< a ::tsr_image_layout */
  int transposed; /**< 0 or 1 */
  tsr_index batch;
  tsr_index groups;
  tsr_index in_channels; /**< of all groups together; likewise out_channels */
  tsr_index in_height;
  tsr_index in_width;
  tsr_index out_channels;
  tsr_index kernel_height;
  tsr_index kernel_width;
  tsr_index stride_height;
  tsr_index stride_width;
  tsr_index dilation_height;
  tsr_index dilation_width;
  tsr_index pad_top; /**< transposed: taken from the output, as ONNX does */
  tsr_index pad_left;
  tsr_index pad_bottom;
  tsr_index pad_right;
  tsr_index output_pad_height; /**< transposed: rows added at the bottom of y; below its stride or dilation. Else 0 */
  tsr_index output_pad_width;
  tsr_index
      in_stride; /**< elements from image to image (NCHW), from pixel to pixel (NHWC); 0: no gap. For images that */
  tsr_index out_stride; /**< are some of the channels of wider ones */
  int32_t algorithm;    /**< a ::tsr_conv_algorithm */
  int32_t accuracy;     /**< a ::tsr_conv_accuracy */
  int32_t planning;     /**< a ::tsr_conv_planning */
} tsr_conv_desc;

/** One 1 x 1 kernel of one channel on one pixel; everything else as its name says. */
#define TSR_CONV_INIT                                                                                              \
  {                                                                                                                \
    sizeof(tsr_conv_desc), TSR_NCHW, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, TSR_CONV_AUTO, \
        TSR_CONV_NORMAL, TSR_CONV_ESTIMATE                                                                         \
  }

/** What is wrong with a description; tsr_status_string() has the sentences. */
enum tsr_conv_error {
  TSR_CONV_BAD_STRUCT = 64,     /**< size, or the value of an enumeration */
  TSR_CONV_BAD_SIZE = 65,       /**< a batch, channel count, image or kernel size below 1 */
  TSR_CONV_BAD_STEP = 66,       /**< a stride or dilation below 1 */
  TSR_CONV_BAD_PADDING = 67,    /**< negative, or an output padding that is not below stride or dilation */
  TSR_CONV_BAD_GROUPS = 68,     /**< groups do not divide the channels */
  TSR_CONV_BAD_STRIDE = 69,     /**< in_stride or out_stride shorter than what it steps over */
  TSR_CONV_TOO_LARGE = 70,      /**< a size that no address space holds */
  TSR_CONV_EMPTY_OUTPUT = 71,   /**< the kernel is larger than the padded image: no output pixel */
  TSR_CONV_BAD_ALGORITHM = 72,  /**< the named algorithm cannot compute this, or `accuracy` rules it out */
  TSR_CONV_BAD_EPILOGUE = 73,   /**< the epilogue's size or activation */
  TSR_CONV_SMALL_WORKSPACE = 74 /**< fewer bytes than tsr_conv_workspace() says */
};

/**
 * What is done to y while it is in cache: y := activation(y + bias[k] + residual_scale * residual), the sums rounded in
 * this order. Start from TSR_CONV_EPILOGUE_INIT.
 */
typedef struct tsr_conv_epilogue {
  size_t size;           /**< sizeof(tsr_conv_epilogue): the structure may grow */
  const float* bias;     /**< out_channels numbers, or NULL */
  const float* residual; /**< of y's shape, layout and stride, not overlapping y; or NULL */
  float residual_scale;
  int32_t activation; /**< a ::tsr_activation */
  float activation_a;
  float activation_b;
} tsr_conv_epilogue;

/** Nothing: no bias, no residual, no activation. */
#define TSR_CONV_EPILOGUE_INIT \
  { sizeof(tsr_conv_epilogue), NULL, NULL, 1.0f, TSR_ACTIVATION_NONE, 0.0f, 0.0f }

/** Opaque: a convolution with its weights, in the form in which they are used. */
typedef struct tsr_conv_plan tsr_conv_plan;

/** Rows and columns of y. Errors: -1 to -3 (NULL), tsr_conv_error. */
TSR_API tsr_status tsr_conv_output(const tsr_conv_desc* desc, tsr_index* height, tsr_index* width);

/**
 * Plans a convolution and packs `weights`, which are not needed afterwards. The plan keeps the instruction set of
 * `context`; its threads are those for which TSR_CONV_MEASURE measures. Errors: -2 to -4 (NULL), tsr_conv_error,
 * TSR_OUT_OF_MEMORY.
 */
TSR_API tsr_status tsr_conv_plan_create(const tsr_context* context, const tsr_conv_desc* desc, const float* weights,
                                        tsr_conv_plan** plan);

/** Destroys a plan; NULL is allowed. */
TSR_API void tsr_conv_plan_destroy(tsr_conv_plan* plan);

/** The algorithm of a plan; never TSR_CONV_AUTO. TSR_CONV_AUTO for NULL. */
TSR_API tsr_conv_algorithm tsr_conv_plan_algorithm(const tsr_conv_plan* plan);

/** Bytes of workspace that tsr_conv_run() with this context needs; may be 0. Errors: -1, -3 (NULL). */
TSR_API tsr_status tsr_conv_workspace(const tsr_conv_plan* plan, const tsr_context* context, size_t* bytes);

/**
 * Runs a plan. x and y are dense images but for in_stride and out_stride and may not overlap. `epilogue` may be NULL.
 * `workspace`, of `workspace_bytes` bytes and of any alignment, belongs to this call while it runs; NULL: the library's
 * own, kept for the calling thread (tsr_release_workspace()). GEMM may use panels of its own beside it. Errors: -1, -3,
 * -5 (NULL), TSR_CONV_BAD_EPILOGUE, TSR_CONV_SMALL_WORKSPACE, TSR_OUT_OF_MEMORY (y is untouched).
 */
TSR_API tsr_status tsr_conv_run(const tsr_conv_plan* plan, const tsr_context* context, const float* x,
                                const tsr_conv_epilogue* epilogue, float* y, void* workspace, size_t workspace_bytes);

TSR_EXTERN_C_END

#endif
