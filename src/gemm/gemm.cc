#include "gemm/gemm.h"

#include "gemm/explain.h"
#include "gemm/loops.h"
#include "gemm/plan.h"
#include "gemm/small.h"
#include "runtime/num_threads.h"

namespace tessera {
namespace {

struct Scalar {
  double re, im;
};

Scalar read_scalar(DType type, const void* p) {
  switch (type) {
    case DType::f32:
      return {static_cast<const float*>(p)[0], 0.0};
    case DType::f64:
      return {static_cast<const double*>(p)[0], 0.0};
    case DType::c32:
      return {static_cast<const float*>(p)[0], static_cast<const float*>(p)[1]};
    default:
      return {static_cast<const double*>(p)[0], static_cast<const double*>(p)[1]};
  }
}

// C := beta * C, without looking at A and B.
template <class T, bool kComplex>
void scale(const GemmProblem& g) {
  const T br = static_cast<T>(g.beta_re), bi = static_cast<T>(g.beta_im);
  constexpr index_t kPer = kComplex ? 2 : 1;
  const bool clear = g.beta_re == 0.0 && g.beta_im == 0.0;
  for (index_t i = 0; i < g.m; ++i) {
    for (index_t j = 0; j < g.n; ++j) {
      T* c = reinterpret_cast<T*>(g.c) + kPer * (i * g.c_rs + j * g.c_cs);
      if (clear) {
        for (index_t e = 0; e < kPer; ++e) c[e] = T(0);
      } else if (kComplex && bi != T(0)) {
        const T re = c[0], im = c[kPer - 1];
        c[0] = br * re - bi * im;
        c[kPer - 1] = br * im + bi * re;
      } else {
        for (index_t e = 0; e < kPer; ++e) c[e] *= br;
      }
    }
  }
}

void scale_only(GemmProblem g) {
  if (g.beta_re == 1.0 && g.beta_im == 0.0) return;
  if (g.c_cs != 1 && g.c_rs == 1) g = transposed(g);
  switch (g.type) {
    case DType::f32:
      return scale<float, false>(g);
    case DType::f64:
      return scale<double, false>(g);
    case DType::c32:
      return scale<float, true>(g);
    case DType::c64:
      return scale<double, true>(g);
  }
}

const Machine& default_machine() {
  static const Machine machine = this_machine(best_isa());
  return machine;
}

void execute(const GemmCall& call, const GemmSettings& settings, const Machine& machine) {
  if (call.k > 0 && run_small(call, machine)) return;
  const GemmProblem problem = make_problem(call);
  if (call.k <= 0 || (problem.alpha_re == 0.0 && problem.alpha_im == 0.0)) return scale_only(problem);
  const int threads = settings.executor.threads > 0 ? settings.executor.threads : num_threads();
  run_gemm(problem, plan_gemm(problem, machine, threads), settings.executor);
}

void execute(const GemmCall& call, const GemmSettings& settings) {
  if (call.m <= 0 || call.n <= 0) return;
  if (settings.isa == nullptr) return execute(call, settings, default_machine());
  execute(call, settings, this_machine(*settings.isa));
}

}  // namespace

GemmProblem make_problem(const GemmCall& call) {
  const Scalar alpha = read_scalar(call.type, call.alpha), beta = read_scalar(call.type, call.beta);
  return {call.type,
          call.m,
          call.n,
          call.k,
          {static_cast<const char*>(call.a), call.a_rs, call.a_cs},
          {static_cast<const char*>(call.b), call.b_rs, call.b_cs},
          static_cast<char*>(call.c),
          call.c_rs,
          call.c_cs,
          call.conj_a,
          call.conj_b,
          false,
          alpha.re,
          alpha.im,
          beta.re,
          beta.im};
}

void gemm(const GemmCall& call, const GemmSettings& settings) {
  if (log_level() > 0) [[unlikely]] {
    const CallLog log(call, settings);
    return execute(call, settings);
  }
  execute(call, settings);
}

void gemm(const GemmCall& call) { gemm(call, GemmSettings{}); }

}  // namespace tessera
