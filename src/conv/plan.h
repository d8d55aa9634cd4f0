// Which algorithm computes a convolution: a pure function of the problem and the machine.
#pragma once

#include "conv/problem.h"
#include "gemm/plan.h"

namespace tessera {

inline constexpr tsr_conv_algorithm kConvAlgorithms[] = {TSR_CONV_GEMM,       TSR_CONV_DIRECT,     TSR_CONV_DEPTHWISE,
                                                         TSR_CONV_WINOGRAD_2, TSR_CONV_WINOGRAD_4, TSR_CONV_WINOGRAD_6};

// Output rows and columns of Winograd's tile; 0: not Winograd.
constexpr int winograd_tile(tsr_conv_algorithm algorithm) {
  return algorithm == TSR_CONV_WINOGRAD_2   ? 2
         : algorithm == TSR_CONV_WINOGRAD_4 ? 4
         : algorithm == TSR_CONV_WINOGRAD_6 ? 6
                                            : 0;
}

// Registers of a panel of k columns of weights.
int panel_registers(const TileSet& tiles, index_t k);

// Whether the algorithm computes the problem, and with that accuracy.
bool conv_allows(const ConvProblem& problem, const Machine& machine, tsr_conv_accuracy accuracy,
                 tsr_conv_algorithm algorithm);

// The cycles of one thread that an allowed algorithm takes, as estimated.
double conv_cycles(const ConvProblem& problem, const Machine& machine, tsr_conv_algorithm algorithm);

// The allowed algorithm with the least cycles.
tsr_conv_algorithm choose_conv_algorithm(const ConvProblem& problem, tsr_conv_accuracy accuracy,
                                         const Machine& machine);

}  // namespace tessera
