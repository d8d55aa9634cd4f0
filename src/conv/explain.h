// What TESSERA_VERBOSE says of a convolution.
#pragma once

#include "conv/problem.h"
#include "gemm/plan.h"
#include "runtime/log.h"

namespace tessera {

const char* conv_algorithm_name(tsr_conv_algorithm algorithm);

// One run in the log, written when it ends: what it is, how it was computed, in which time. At level 2 also what other
// algorithms would have taken, as estimated.
class ConvLog {
 public:
  ConvLog(const ConvProblem& problem, const Machine& machine, tsr_conv_algorithm algorithm, int threads);
  ~ConvLog();
  ConvLog(const ConvLog&) = delete;
  ConvLog& operator=(const ConvLog&) = delete;

 private:
  LogText text_;
  double peak_, flops_, begin_;
};

}  // namespace tessera
