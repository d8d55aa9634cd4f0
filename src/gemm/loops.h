// The five loops around the micro-kernel.
#pragma once

#include "gemm/plan.h"

namespace tessera {

// Runs a planned problem. `problem` is as the caller gave it; the plan's transposition is applied here.
void run_gemm(const GemmProblem& problem, const GemmPlan& plan, const Executor& executor);

}  // namespace tessera
