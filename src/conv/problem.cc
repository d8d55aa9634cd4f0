#include "conv/problem.h"

#include <initializer_list>

namespace tessera {
namespace {

// No array has more elements; block arithmetic stays far from overflow.
constexpr index_t kMaxElements = index_t{1} << 50;

// a * b, and false when it is beyond any array. Operands are not negative.
bool multiply(index_t a, index_t b, index_t& product) {
  return !__builtin_mul_overflow(a, b, &product) && product <= kMaxElements;
}

bool positive(std::initializer_list<index_t> values) {
  for (const index_t v : values)
    if (v < 1) return false;
  return true;
}
bool not_above(index_t most, std::initializer_list<index_t> values) {
  for (const index_t v : values)
    if (v > most) return false;
  return true;
}

// Pixels of y along one dimension; below 1 when there is none. All operands are below 2^31.
index_t output_size(bool transposed, index_t size, index_t kernel, index_t stride, index_t dilation, index_t padding,
                    index_t output_padding) {
  const index_t reach = (kernel - 1) * dilation + 1;
  if (transposed) return (size - 1) * stride + reach + output_padding - padding;
  const index_t room = size + padding - reach;
  return room < 0 ? 0 : room / stride + 1;
}

// The strides of a dense image, or of one whose images (pixels) are `stride` apart.
tsr_status image_strides(tsr_image_layout layout, index_t batch, index_t channels, index_t h, index_t w, index_t stride,
                         ImageStrides& out) {
  index_t pixels = 0, elements = 0, all = 0;
  if (!multiply(h, w, pixels) || !multiply(pixels, channels, elements)) return TSR_CONV_TOO_LARGE;
  const bool nhwc = layout == TSR_NHWC;
  const index_t least = nhwc ? channels : elements;
  if (stride == 0) stride = least;
  if (stride < least) return TSR_CONV_BAD_STRIDE;
  if (!multiply(stride, nhwc ? pixels : 1, elements) || !multiply(elements, batch, all)) return TSR_CONV_TOO_LARGE;
  out = nhwc ? ImageStrides{elements, 1, w * stride, stride} : ImageStrides{stride, pixels, w, 1};
  return TSR_OK;
}

}  // namespace

tsr_status make_conv_problem(const tsr_conv_desc& d, ConvProblem& p) {
  // A smaller structure is an older one without the last fields; there is none yet.
  if (d.size < sizeof(tsr_conv_desc) || (d.layout != TSR_NCHW && d.layout != TSR_NHWC) ||
      (d.transposed != 0 && d.transposed != 1) || d.algorithm < TSR_CONV_AUTO || d.algorithm > TSR_CONV_DIRECT ||
      d.accuracy < TSR_CONV_NORMAL || d.accuracy > TSR_CONV_STRICT || d.planning < TSR_CONV_ESTIMATE ||
      d.planning > TSR_CONV_MEASURE)
    return TSR_CONV_BAD_STRUCT;
  if (!positive(
          {d.batch, d.groups, d.in_channels, d.in_height, d.in_width, d.out_channels, d.kernel_height, d.kernel_width}))
    return TSR_CONV_BAD_SIZE;
  if (!positive({d.stride_height, d.stride_width, d.dilation_height, d.dilation_width})) return TSR_CONV_BAD_STEP;
  const bool transposed = d.transposed != 0;
  for (const index_t pad : {d.pad_top, d.pad_left, d.pad_bottom, d.pad_right, d.output_pad_height, d.output_pad_width})
    if (pad < 0) return TSR_CONV_BAD_PADDING;
  if (!transposed && (d.output_pad_height != 0 || d.output_pad_width != 0)) return TSR_CONV_BAD_PADDING;
  if (d.output_pad_height >= max_index(d.stride_height, d.dilation_height) ||
      d.output_pad_width >= max_index(d.stride_width, d.dilation_width))
    return TSR_CONV_BAD_PADDING;
  if (d.in_channels % d.groups != 0 || d.out_channels % d.groups != 0) return TSR_CONV_BAD_GROUPS;

  constexpr index_t kMaxSize = (index_t{1} << 31) - 1;
  if (!not_above(kMaxSize, {d.batch, d.in_channels, d.in_height, d.in_width, d.out_channels, d.kernel_height,
                            d.kernel_width, d.stride_height, d.stride_width, d.dilation_height, d.dilation_width,
                            d.pad_top, d.pad_left, d.pad_bottom, d.pad_right}))
    return TSR_CONV_TOO_LARGE;
  const index_t oh = output_size(transposed, d.in_height, d.kernel_height, d.stride_height, d.dilation_height,
                                 d.pad_top + d.pad_bottom, d.output_pad_height);
  const index_t ow = output_size(transposed, d.in_width, d.kernel_width, d.stride_width, d.dilation_width,
                                 d.pad_left + d.pad_right, d.output_pad_width);
  if (oh < 1 || ow < 1) return TSR_CONV_EMPTY_OUTPUT;

  p.layout = static_cast<tsr_image_layout>(d.layout);
  p.transposed = transposed;
  p.batch = d.batch;
  p.groups = d.groups;
  p.c = d.in_channels / d.groups;
  p.k = d.out_channels / d.groups;
  p.h = d.in_height;
  p.w = d.in_width;
  p.oh = oh;
  p.ow = ow;
  p.kh = d.kernel_height;
  p.kw = d.kernel_width;
  p.sy = d.stride_height;
  p.sx = d.stride_width;
  p.dy = d.dilation_height;
  p.dx = d.dilation_width;
  p.top = d.pad_top;
  p.left = d.pad_left;
  index_t taps = 0, depth = 0, all = 0;
  if (!multiply(p.kh, p.kw, taps) || !multiply(taps, p.c, depth) || !multiply(depth, d.out_channels, all))
    return TSR_CONV_TOO_LARGE;
  if (const tsr_status bad = image_strides(p.layout, p.batch, d.in_channels, p.h, p.w, d.in_stride, p.in)) return bad;
  return image_strides(p.layout, p.batch, d.out_channels, oh, ow, d.out_stride, p.out);
}

}  // namespace tessera
