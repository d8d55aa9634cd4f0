#include "gemm/gemm.h"

#include <atomic>
#include <new>

#include "gemm/explain.h"
#include "gemm/loops.h"
#include "gemm/narrow.h"
#include "gemm/packed.h"
#include "gemm/plan.h"
#include "gemm/scale.h"
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

// This machine under every profile that has been in use. They are kept: calls may still be reading them.
struct TunedMachine {
  const Profile* profile;
  Machine machine;
  const TunedMachine* next;
};
constinit std::atomic<const TunedMachine*> g_machines{nullptr};
constinit std::atomic<const TunedMachine*> g_machine{nullptr};  // the one in use

const Machine& change_machine(const Profile& profile) {
  const TunedMachine* known = g_machines.load(std::memory_order_acquire);
  while (known != nullptr && known->profile != &profile) known = known->next;
  if (known == nullptr) {
    auto* made = new (std::nothrow) TunedMachine{&profile, this_machine(best_isa(), profile), nullptr};
    if (made == nullptr) {
      thread_local Machine spare;
      spare = this_machine(best_isa(), profile);
      return spare;
    }
    made->next = g_machines.load(std::memory_order_relaxed);
    while (!g_machines.compare_exchange_weak(made->next, made, std::memory_order_acq_rel)) {
    }
    known = made;
  }
  g_machine.store(known, std::memory_order_release);
  return known->machine;
}

}  // namespace

const Machine& default_machine() {
  const TunedMachine* machine = g_machine.load(std::memory_order_acquire);
  const Profile& profile = active_profile();
  if (machine != nullptr && machine->profile == &profile) [[likely]]
    return machine->machine;
  return change_machine(profile);
}

namespace {

void execute(const GemmCall& call, const GemmSettings& settings, const Machine& machine) {
  if (run_small(call, machine)) return;
  const GemmProblem problem = make_problem(call);
  if (call.k <= 0 || (problem.alpha_re == 0.0 && problem.alpha_im == 0.0)) return run_scaling(problem);
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
  static constexpr GemmExtras kNone{};
  const GemmExtras& x = call.extras != nullptr ? *call.extras : kNone;
  const bool alpha_inside = x.a_source != nullptr || x.a_packed != nullptr;
  const Scalar alpha = alpha_inside ? Scalar{1.0, 0.0} : read_scalar(call.type, call.alpha);
  const Scalar beta = read_scalar(call.type, call.beta);
  const auto operand = [size = size_of(call.type)](const void* p, index_t rs, index_t cs, const PanelSource* source,
                                                   const PackedPanels* packed) -> Operand {
    if (source != nullptr || packed != nullptr) return {nullptr, 0, 0, source, packed, size};
    return {static_cast<const char*>(p), rs, cs, nullptr, nullptr, size};
  };
  return {.type = call.type,
          .m = call.m,
          .n = call.n,
          .k = call.k,
          .left = operand(call.a, call.a_rs, call.a_cs, x.a_source, x.a_packed),
          .right = operand(call.b, call.b_rs, call.b_cs, x.b_source, x.b_packed),
          .c = static_cast<char*>(call.c),
          .c_rs = call.c_rs,
          .c_cs = call.c_cs,
          .conj_left = call.conj_a,
          .conj_right = call.conj_b,
          .exchanged = false,
          .alpha_re = alpha.re,
          .alpha_im = alpha.im,
          .beta_re = beta.re,
          .beta_im = beta.im,
          .region = x.region,
          .epilogue = x.epilogue,
          .row = 0,
          .column = 0,
          .step = 0};
}

void gemm(const GemmCall& call, const GemmSettings& settings) {
  if (call.extras != nullptr && call.extras->b_stored != nullptr) return gemm_stored(call, settings);
  if (log_level() > 0) [[unlikely]] {
    const CallLog log(call, settings);
    return execute(call, settings);
  }
  execute(call, settings);
}

void gemm(const GemmCall& call) {
  if (log_level() == 0 && run_small(call, default_machine())) [[likely]]
    return;
  gemm(call, GemmSettings{});
}

void gemm_on(const Machine& machine, const GemmCall& call, const Executor& executor) {
  if (call.m > 0 && call.n > 0) execute(call, {machine.isa, executor}, machine);
}

}  // namespace tessera
