// A convolution in the form that plans and algorithms work on: sizes checked, strides of both images worked out.
#pragma once

#include <tessera/conv.h>

#include "base/int_math.h"

namespace tessera {

// Strides in elements from image to image, channel to channel, row to row, pixel to pixel.
struct ImageStrides {
  index_t n, c, y, x;
};

struct ConvProblem {
  tsr_image_layout layout;
  bool transposed;
  index_t batch, groups;
  index_t c, k;  // input and output channels of one group
  index_t h, w, oh, ow;
  index_t kh, kw;
  index_t sy, sx, dy, dx;  // stride, dilation
  index_t top, left;       // padding
  ImageStrides in, out;

  bool nhwc() const { return layout == TSR_NHWC; }
  index_t taps() const { return kh * kw; }
  bool unit_stride() const { return sy == 1 && sx == 1; }
  // One tap for each pixel, and no padding: the image is a matrix of pixels by channels.
  bool is_matrix() const { return taps() == 1 && unit_stride() && top == 0 && left == 0 && oh == h && ow == w; }
  bool unit_dilation() const { return dy == 1 && dx == 1; }
  // Multiply-adds of the direct algorithms, padding included.
  double madds() const {
    const double pixels = transposed ? static_cast<double>(h) * static_cast<double>(w)
                                     : static_cast<double>(oh) * static_cast<double>(ow);
    return static_cast<double>(batch * groups) * static_cast<double>(c * k) * static_cast<double>(taps()) * pixels;
  }
  // The weight of output channel k, input channel c (both within a group) and tap (r, s) is at
  // w[group * weight_group() + k * weight_k() + c * weight_c() + r * kw + s].
  index_t weight_group() const { return c * k * taps(); }
  index_t weight_k() const { return (transposed ? 1 : c) * taps(); }
  index_t weight_c() const { return (transposed ? k : 1) * taps(); }
};

// TSR_OK, or what is wrong with the description.
tsr_status make_conv_problem(const tsr_conv_desc& desc, ConvProblem& problem);

}  // namespace tessera
