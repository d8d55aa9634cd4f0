// GEMM calls and plans in words: what TESSERA_VERBOSE and tessera-info print. docs/architecture.md has the format.
#pragma once

#include "gemm/plan.h"
#include "runtime/log.h"

namespace tessera {

// "gemm f32 m=.. n=.. k=.. a=r b=c c=r alpha=1 beta=0"
void describe_problem(const GemmProblem& problem, LogText& text);

// "method=packed tile=gemm_f32_12x32_u4_avx512 isa=avx512 mc=.. kc=.. nc=.. pack=ab exchanged=0 threads=2"
void describe_plan(const GemmPlan& plan, LogText& text);

// One line for everything that was not chosen, with the reason: methods, ISAs, kernels, threads. `threads` is what the
// plan could have had.
void explain_plan(const GemmProblem& problem, const GemmPlan& plan, const Machine& machine, int threads,
                  void (*emit)(const LogText& line));

// Why the ISA is not the one in use on a machine whose best is `used`; false when it is. Never used: not compiled, or
// not runnable on `features`.
bool explain_isa(Isa isa, Isa used, std::uint32_t features, LogText& text);

// Lives as long as a call and then prints its line. A plan being a pure function, the one shown is the one run.
class CallLog {
 public:
  CallLog(const GemmCall& call, const GemmSettings& settings);
  ~CallLog();
  CallLog(const CallLog&) = delete;
  CallLog& operator=(const CallLog&) = delete;

 private:
  LogText text_;
  double peak_ = 0.0;  // GFLOP/s of all threads of the plan; 0: nothing is multiplied
  double flops_ = 0.0;
  double begin_;
};

}  // namespace tessera
