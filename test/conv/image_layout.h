// Images as a description of a convolution says that they lie.
#pragma once

#include <tessera/conv.h>

namespace tessera::test {

// Where an element of an image lies.
struct Layout {
  bool nhwc;
  tsr_index channels, height, width, stride;  // stride as in the description, 0 resolved

  Layout(const tsr_conv_desc& d, tsr_index c, tsr_index h, tsr_index w, tsr_index s)
      : nhwc(d.layout == TSR_NHWC),
        channels(c),
        height(h),
        width(w),
        stride(s != 0 ? s
               : nhwc ? c
                      : c * h * w) {}
  tsr_index image() const { return nhwc ? height * width * stride : stride; }
  tsr_index at(tsr_index n, tsr_index c, tsr_index y, tsr_index x) const {
    return n * image() + (nhwc ? (y * width + x) * stride + c : (c * height + y) * width + x);
  }
  // Without the gap behind the last image (pixel).
  tsr_index elements(tsr_index batch) const {
    return (batch - 1) * image() + (nhwc ? (height * width - 1) * stride + channels : channels * height * width);
  }
};

}  // namespace tessera::test
