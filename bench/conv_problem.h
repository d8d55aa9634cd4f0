// One convolution layer is one line of text:
//
//   conv 64 56 56 64 3 1 pad=1 count=3 # conv2 3x3
//
// input channels, height and width, output channels, kernel, stride, then options in any order: pad, groups, count (how
// often a network has this layer), then a name. Kernel, stride and padding are square.
#pragma once

#include <string>
#include <vector>

namespace tessera::bench {

struct ConvProblem {
  int c = 0, h = 0, w = 0, k = 0, kernel = 0, stride = 0;
  int pad = 0, groups = 1, count = 1;
  std::string name;

  int out_height() const { return (h + 2 * pad - kernel) / stride + 1; }
  int out_width() const { return (w + 2 * pad - kernel) / stride + 1; }
  // Multiply-adds of the direct sum count twice, padding included.
  double flops(int batch) const {
    return 2.0 * batch * k * out_height() * out_width() * (c / groups) * kernel * kernel;
  }
  std::string line() const;
};

// Throws std::invalid_argument with the reason.
ConvProblem parse_conv_problem(const std::string& line);

// Reads a file of layers, one a line; empty lines and lines of comment are skipped. Throws std::runtime_error naming
// file and line.
std::vector<ConvProblem> read_conv_problems(const std::string& path);

}  // namespace tessera::bench
