// The weights of one group as direct kernels read them: panel after panel of output channels.
#pragma once

#include <cstring>

#include "conv/problem.h"
#include "kernel/conv_contract.h"

namespace tessera {

class DirectPanels {
 public:
  DirectPanels(const ConvProblem& problem, const ConvKernels& kernels)
      : p_(problem), lanes_(kernels.lanes), width_(problem.nhwc() ? 2 * kernels.lanes : kernels.direct_channels) {}

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
      // Of a last panel in NHWC the registers that it fills, NCHW: all of it.
      const index_t width = p_.nhwc() ? round_up(min_index(width_, p_.k - first), lanes_) : width_;
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

}  // namespace tessera
