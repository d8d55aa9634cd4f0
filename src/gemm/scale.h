// C := beta * C without a product.
#pragma once

#include "gemm/problem.h"

namespace tessera {

// The part of C that the region names; beta = 0 writes zeros and reads nothing, beta = 1 does nothing.
void scale_c(const GemmProblem& problem);

// A call that multiplies nothing (k = 0 or alpha = 0): scale_c, then the epilogue.
void run_scaling(const GemmProblem& problem);

}  // namespace tessera
