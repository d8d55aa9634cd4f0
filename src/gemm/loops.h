// The five loops around the micro-kernel.
#pragma once

#include "gemm/plan.h"
#include "runtime/thread_pool.h"

namespace tessera {

// Runs a planned problem. `problem` is as the caller gave it; the plan's transposition is applied here.
void run_gemm(const GemmProblem& problem, const GemmPlan& plan, const Executor& executor);

// Hands the job that run_gemm gives to the thread pool to `use` instead, as it is there for the time of the call. False
// when the problem is no job: one task, or no memory for a panel of B; it has been run, then.
bool with_gemm_job(const GemmProblem& problem, const GemmPlan& plan, void (*use)(void* argument, PhasedJob& job),
                   void* argument);

}  // namespace tessera
