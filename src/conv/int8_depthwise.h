// Depthwise convolution of bytes row by row, by kernels that take all channels of neighbouring pixels.
#pragma once

#include <memory>

#include "conv/int8_conv.h"
#include "conv/problem.h"

namespace tessera {

class Int8DepthwiseRows {
 public:
  // Whether the ISA has such a kernel, for weights of this zero point. One channel in a group.
  static bool supports(const ConvProblem& problem, const Int8Entry& isa, const Int8Filter& filter);
  // Null when there is no memory.
  static std::unique_ptr<Int8DepthwiseRows> create(const ConvProblem& problem, const Int8Entry& isa,
                                                   const Int8Filter& filter);

  index_t shared_bytes() const { return line_ * 5; }  // first sums, a pixel of padding
  index_t slot_bytes() const;
  // `p`: the problem, channels of its image being neighbours.
  void run(const ConvProblem& p, const Int8Image& x, const Output& output, char* y, char* shared, char* slots,
           const Executor& executor) const;

 private:
  class Job;
  Int8DepthwiseRows(const ConvProblem& problem, const Int8Entry& isa);
  bool pack(const Int8Filter& filter);
  const DepthwiseRow& kernel() const { return isa_.requantize->depthwise_row; }
  index_t reach() const { return (p_.kw - 1) * p_.dx + 1; }  // columns under the taps of one pixel

  const ConvProblem p_;
  const Int8Entry& isa_;
  const index_t groups_;                      // of tap rows
  const index_t line_;                        // channels, whole registers of any ISA
  index_t columns_, pixels_;                  // at a time, of x and of y
  std::unique_ptr<char[]> weights_;           // as the kernel has them
  std::unique_ptr<std::int32_t[]> tap_sums_;  // of each channel
};

}  // namespace tessera
