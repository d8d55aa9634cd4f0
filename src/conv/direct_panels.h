// What direct convolution of one group computes with: weights in panels of output channels, and the sums of each.
#pragma once

#include <cstring>

#include "conv/epilogue.h"
#include "conv/problem.h"
#include "kernel/conv_contract.h"

namespace tessera {

class DirectPanels {
 public:
  // `vectors`: output channels fill registers, else pixels do.
  DirectPanels(const ConvProblem& problem, const ConvKernels& kernels, bool vectors)
      : p_(problem), lanes_(vectors ? kernels.lanes : 1), width_(vectors ? 2 * lanes_ : kernels.direct_block) {}

  // Output channels of a full panel.
  index_t width() const { return width_; }
  index_t count() const { return ceil_div(p_.k, width_); }
  index_t bytes() const { return round_up(p_.k, max_index(width_, 16)) * steps() * index_t{sizeof(float)}; }
  // The panel that begins with output channel k.
  const float* at(const float* panels, index_t k) const { return panels + k * steps(); }

  void pack(const float* weights, float* panels) const {
    std::memset(panels, 0, static_cast<std::size_t>(bytes()));
    for (index_t k = 0; k < p_.k; ++k) {
      const index_t first = round_down(k, width_);
      // Of a last panel the registers that it fills, else all of it.
      const index_t width = lanes_ > 1 ? round_up(min_index(width_, p_.k - first), lanes_) : width_;
      float* const to = panels + first * steps() + k - first;
      for (index_t tap = 0; tap < p_.taps(); ++tap)
        for (index_t c = 0; c < p_.c; ++c)
          to[(tap * p_.c + c) * width] = weights[k * p_.weight_k() + c * p_.weight_c() + tap];
    }
  }

 private:
  index_t steps() const { return p_.taps() * p_.c; }

  const ConvProblem& p_;
  index_t lanes_, width_;
};

// Output channels [first, last) of neighbouring pixels, panel by panel, each finished when its sums are complete. y is
// written from `offset` on, which is channel 0 of the first of them.
class DirectSums {
 public:
  DirectSums(const ConvProblem& problem, const ConvKernels& kernels, const DirectPanels& panels, const char* packed,
             const ConvFinish& finish, float* y)
      : p_(problem),
        kernels_(kernels),
        panels_(panels),
        w_(reinterpret_cast<const float*>(packed)),
        finish_(finish),
        fused_(finish),
        y_(y) {}

  // NHWC: a pointer for each row of taps, kw * c neighbours; pixels are x_pixel apart.
  void pixels(const float* const* x, index_t x_pixel, index_t pixels, index_t offset, index_t first,
              index_t last) const {
    for (index_t k = first; k < last; k += panels_.width()) {
      const index_t outputs = min_index(panels_.width(), last - k), at = offset + k * p_.out.c;
      kernels_.direct_pixels({.x = x,
                              .w = panels_.at(w_, k),
                              .y = y_ + at,
                              .pixels = pixels,
                              .kh = p_.kh,
                              .steps = p_.kw * p_.c,
                              .x_pixel = x_pixel,
                              .y_pixel = p_.out.x,
                              .outputs = static_cast<int>(outputs),
                              .finish = fused_.from(k)});
      if (!fused_.whole) finish_.apply(y_ + at, p_.out.x, pixels, outputs, k, false, at, p_.out.x, 1);
    }
  }

  // NCHW, 1 x 1, weights for registers of output channels: pixels of the first input channel at x.
  void channels(const float* x, index_t pixels, index_t offset, index_t first, index_t last) const {
    for (index_t k = first; k < last; k += panels_.width()) {
      const index_t outputs = min_index(panels_.width(), last - k), at = offset + k * p_.out.c;
      kernels_.direct_channels({.x = x,
                                .x_channel = p_.in.c,
                                .w = panels_.at(w_, k),
                                .y = y_ + at,
                                .y_channel = p_.out.c,
                                .pixels = pixels,
                                .channels = p_.c,
                                .outputs = static_cast<int>(outputs),
                                .finish = fused_.from(k)});
      if (!fused_.whole) finish_.apply(y_ + at, p_.out.c, outputs, pixels, k, true, at, p_.out.c, 1);
    }
  }

  // NCHW: a pointer for each channel of each row of taps; `taps`: where the columns of a tap begin in it.
  void row(const float* const* x, const index_t* taps, index_t columns, index_t offset, index_t first,
           index_t last) const {
    for (index_t k = first; k < last; k += panels_.width()) {
      const index_t outputs = min_index(panels_.width(), last - k), at = offset + k * p_.out.c;
      kernels_.direct_row({.x = x,
                           .taps = taps,
                           .w = panels_.at(w_, k),
                           .y = y_ + at,
                           .columns = columns,
                           .kh = p_.kh,
                           .kw = p_.kw,
                           .channels = p_.c,
                           .y_channel = p_.out.c,
                           .outputs = static_cast<int>(outputs),
                           .finish = fused_.from(k)});
      if (!fused_.whole) finish_.apply(y_ + at, p_.out.c, outputs, columns, k, true, at, p_.out.c, 1);
    }
  }

 private:
  const ConvProblem& p_;
  const ConvKernels& kernels_;
  const DirectPanels& panels_;
  const float* w_;
  const ConvFinish& finish_;
  const FusedFinish fused_;
  float* y_;
};

}  // namespace tessera
