// What every way of computing a convolution offers to a plan.
#pragma once

#include <memory>

#include "conv/epilogue.h"
#include "gemm/plan.h"
#include "runtime/thread_pool.h"

namespace tessera {

class ConvAlgorithm {
 public:
  virtual ~ConvAlgorithm() = default;

  // Weights in the form that run() wants, aligned to 64.
  virtual index_t weight_bytes() const = 0;
  // False when there is no memory for what is needed on the way.
  virtual bool pack_weights(const float* weights, char* packed, const Executor& executor) const = 0;
  // Bytes of workspace for each thread.
  virtual index_t thread_bytes() const = 0;
  // `workspace`: thread_bytes() for each of the executor's threads, aligned to 64.
  virtual void run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
                   const Executor& executor) const = 0;
};

// Null when there is no memory. `problem` and `machine` must outlive it.
std::unique_ptr<ConvAlgorithm> make_implicit_gemm(const ConvProblem& problem, const Machine& machine);
std::unique_ptr<ConvAlgorithm> make_depthwise(const ConvProblem& problem, const Machine& machine);
std::unique_ptr<ConvAlgorithm> make_pointwise(const ConvProblem& problem, const Machine& machine);
std::unique_ptr<ConvAlgorithm> make_direct(const ConvProblem& problem, const Machine& machine);
std::unique_ptr<ConvAlgorithm> make_winograd(const ConvProblem& problem, const Machine& machine, int m);

// Whether depthwise kernels, direct ones for 1 x 1 and for these and few input channels, respectively F(m x m, 3 x 3),
// compute this problem.
bool depthwise_supports(const ConvProblem& problem);
bool pointwise_supports(const ConvProblem& problem, const Machine& machine);
// Whether its registers hold output channels, else pixels.
bool pointwise_by_channels(const ConvProblem& problem, const Machine& machine);
bool direct_supports(const ConvProblem& problem, const Machine& machine);
bool winograd_supports(const ConvProblem& problem);

}  // namespace tessera
