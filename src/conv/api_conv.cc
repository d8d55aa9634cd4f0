// The C API of convolution: judges arguments, makes plans, runs them.
#include <tessera/conv.h>

#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

#include "base/int_math.h"
#include "conv/algorithm.h"
#include "conv/explain.h"
#include "conv/participants.h"
#include "conv/plan.h"
#include "conv/slots.h"
#include "runtime/context.h"
#include "runtime/peak.h"
#include "runtime/workspace.h"

struct tsr_conv_plan {
  tessera::ConvProblem problem;
  tessera::Machine machine;
  tsr_conv_algorithm chosen;
  std::unique_ptr<tessera::ConvAlgorithm> algorithm;
  char* weights = nullptr;

  tsr_conv_plan() = default;
  ~tsr_conv_plan() { std::free(weights); }
  tsr_conv_plan(const tsr_conv_plan&) = delete;
  tsr_conv_plan& operator=(const tsr_conv_plan&) = delete;
};

namespace tessera {
namespace {

using Plan = std::unique_ptr<tsr_conv_plan>;

const IsaEntry& isa_of(const tsr_context* context) {
  return context != nullptr && context->isa != nullptr ? *context->isa : best_isa();
}

index_t bytes_of_workspace(const tsr_conv_plan& plan, const Executor& executor) {
  const index_t bytes = plan.algorithm->thread_bytes() * executor.threads;
  return bytes > 0 ? bytes + 64 : 0;  // to align what the caller gives
}

// A plan for one algorithm that the problem allows; null when there is no memory.
Plan make_plan(const ConvProblem& problem, const IsaEntry& isa, tsr_conv_algorithm algorithm, const float* weights,
               const Executor& executor) {
  Plan plan(new (std::nothrow) tsr_conv_plan);
  if (plan == nullptr) return nullptr;
  plan->problem = problem;
  plan->machine = this_machine(isa);
  plan->chosen = algorithm;
  switch (algorithm) {
    case TSR_CONV_DEPTHWISE:
      plan->algorithm = make_depthwise(plan->problem, plan->machine);
      break;
    case TSR_CONV_DIRECT:
      plan->algorithm = make_direct(plan->problem, plan->machine);
      break;
    case TSR_CONV_WINOGRAD_2:
    case TSR_CONV_WINOGRAD_4:
    case TSR_CONV_WINOGRAD_6:
      plan->algorithm = make_winograd(plan->problem, plan->machine, winograd_tile(algorithm));
      break;
    default:
      plan->algorithm = make_implicit_gemm(plan->problem, plan->machine);
  }
  if (plan->algorithm == nullptr) return nullptr;
  const index_t bytes = round_up(plan->algorithm->weight_bytes(), 64);
  plan->weights = static_cast<char*>(std::aligned_alloc(64, allocation_size(bytes)));
  if (plan->weights == nullptr || !plan->algorithm->pack_weights(weights, plan->weights, executor)) return nullptr;
  return plan;
}

tsr_status run(const tsr_conv_plan& plan, const Executor& executor, const float* x, const tsr_conv_epilogue* epilogue,
               float* y, void* workspace_given, std::size_t given_bytes) {
  const index_t bytes = bytes_of_workspace(plan, executor);
  char* space = static_cast<char*>(workspace_given);
  if (space != nullptr && given_bytes < static_cast<std::size_t>(bytes)) return TSR_CONV_SMALL_WORKSPACE;
  if (bytes > 0 && space == nullptr) {
    space = static_cast<char*>(workspace(WorkspaceSlot::scratch, allocation_size(bytes)));
    if (space == nullptr) return TSR_OUT_OF_MEMORY;
  }
  space += -reinterpret_cast<std::uintptr_t>(space) % 64;
  const ConvFinish finish(epilogue, *plan.machine.isa);
  plan.algorithm->run(plan.weights, x, finish, y, space, executor);
  return TSR_OK;
}

// ---- measuring ---------------------------------------------------------------------------------------------------

// What has been measured in this process. Entries are added, never changed.
struct Measured {
  ConvProblem problem;
  tsr_conv_accuracy accuracy;
  Isa isa;
  int threads;
  tsr_conv_algorithm best;
  Measured* next;
};
Measured* measured_list = nullptr;
std::mutex measured_mutex;

bool same_strides(const ImageStrides& a, const ImageStrides& b) {
  return a.n == b.n && a.c == b.c && a.y == b.y && a.x == b.x;
}
bool same_problem(const ConvProblem& a, const ConvProblem& b) {
  return a.layout == b.layout && a.transposed == b.transposed && a.batch == b.batch && a.groups == b.groups &&
         a.c == b.c && a.k == b.k && a.h == b.h && a.w == b.w && a.oh == b.oh && a.ow == b.ow && a.kh == b.kh &&
         a.kw == b.kw && a.sy == b.sy && a.sx == b.sx && a.dy == b.dy && a.dx == b.dx && a.top == b.top &&
         a.left == b.left && same_strides(a.in, b.in) && same_strides(a.out, b.out);
}

// Memory of an image, filled with ones.
class Image {
 public:
  explicit Image(index_t elements)
      : data_(static_cast<float*>(std::malloc(allocation_size(elements * static_cast<index_t>(sizeof(float)))))) {
    if (data_ == nullptr) return;
    for (index_t i = 0; i < elements; ++i) data_[i] = 1.0f;
  }
  ~Image() { std::free(data_); }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
  float* data() const { return data_; }

 private:
  float* data_;
};

// The fastest of the allowed algorithms. Null when there is no memory to tell.
Plan measure(const ConvProblem& problem, tsr_conv_accuracy accuracy, const IsaEntry& isa, const float* weights,
             const Executor& executor) {
  const Image x(problem.batch * problem.in.n), y(problem.batch * problem.out.n);
  if (x.data() == nullptr || y.data() == nullptr) return nullptr;
  Plan best;
  double least = 0.0;
  const Machine machine = this_machine(isa);
  for (const tsr_conv_algorithm algorithm : kConvAlgorithms) {
    if (!conv_allows(problem, machine, accuracy, algorithm)) continue;
    Plan plan = make_plan(problem, isa, algorithm, weights, executor);
    if (plan == nullptr) continue;
    constexpr int kRuns = 5;  // the first one finds nothing in cache
    double fastest = 1e300;
    bool ran = true;
    for (int i = 0; i < kRuns && ran; ++i) {
      const double begin = now_seconds();
      ran = run(*plan, executor, x.data(), nullptr, y.data(), nullptr, 0) == TSR_OK;
      const double took = now_seconds() - begin;
      if (took < fastest) fastest = took;
    }
    if (ran && (best == nullptr || fastest < least)) {
      least = fastest;
      best = std::move(plan);
    }
  }
  return best;
}

Plan plan_by_measuring(const ConvProblem& problem, tsr_conv_accuracy accuracy, const IsaEntry& isa,
                       const float* weights, const Executor& executor) {
  {
    const std::lock_guard<std::mutex> lock(measured_mutex);
    for (const Measured* m = measured_list; m != nullptr; m = m->next) {
      if (same_problem(m->problem, problem) && m->accuracy == accuracy && m->isa == isa.isa &&
          m->threads == executor.threads)
        return make_plan(problem, isa, m->best, weights, executor);
    }
  }
  Plan plan = measure(problem, accuracy, isa, weights, executor);
  if (plan == nullptr) return nullptr;
  Measured* const entry =
      new (std::nothrow) Measured{problem, accuracy, isa.isa, executor.threads, plan->chosen, nullptr};
  if (entry != nullptr) {
    const std::lock_guard<std::mutex> lock(measured_mutex);
    entry->next = measured_list;
    measured_list = entry;
  }
  return plan;
}

}  // namespace
}  // namespace tessera

extern "C" {

tsr_status tsr_conv_output(const tsr_conv_desc* desc, tsr_index* height, tsr_index* width) {
  if (desc == nullptr) return -1;
  if (height == nullptr) return -2;
  if (width == nullptr) return -3;
  tessera::ConvProblem problem;
  if (const tsr_status bad = tessera::make_conv_problem(*desc, problem)) return bad;
  *height = problem.oh;
  *width = problem.ow;
  return TSR_OK;
}

tsr_status tsr_conv_plan_create(const tsr_context* context, const tsr_conv_desc* desc, const float* weights,
                                tsr_conv_plan** plan) {
  using namespace tessera;
  if (desc == nullptr) return -2;
  if (weights == nullptr) return -3;
  if (plan == nullptr) return -4;
  ConvProblem problem;
  if (const tsr_status bad = make_conv_problem(*desc, problem)) return bad;
  const auto algorithm = static_cast<tsr_conv_algorithm>(desc->algorithm);
  const auto accuracy = static_cast<tsr_conv_accuracy>(desc->accuracy);
  const IsaEntry& isa = isa_of(context);
  if (algorithm != TSR_CONV_AUTO && !conv_allows(problem, this_machine(isa), accuracy, algorithm))
    return TSR_CONV_BAD_ALGORITHM;
  const Executor executor = executor_of(context);
  Plan made;
  if (algorithm != TSR_CONV_AUTO) {
    made = make_plan(problem, isa, algorithm, weights, executor);
  } else if (desc->planning == TSR_CONV_MEASURE) {
    made = plan_by_measuring(problem, accuracy, isa, weights, executor);
  } else {
    made = make_plan(problem, isa, choose_conv_algorithm(problem, accuracy, this_machine(isa)), weights, executor);
  }
  if (made == nullptr) return TSR_OUT_OF_MEMORY;
  *plan = made.release();
  return TSR_OK;
}

void tsr_conv_plan_destroy(tsr_conv_plan* plan) { delete plan; }

tsr_conv_algorithm tsr_conv_plan_algorithm(const tsr_conv_plan* plan) {
  return plan != nullptr ? plan->chosen : TSR_CONV_AUTO;
}

tsr_status tsr_conv_workspace(const tsr_conv_plan* plan, const tsr_context* context, size_t* bytes) {
  if (plan == nullptr) return -1;
  if (bytes == nullptr) return -3;
  *bytes = static_cast<size_t>(tessera::bytes_of_workspace(*plan, tessera::executor_of(context)));
  return TSR_OK;
}

tsr_status tsr_conv_run(const tsr_conv_plan* plan, const tsr_context* context, const float* x,
                        const tsr_conv_epilogue* epilogue, float* y, void* workspace, size_t workspace_bytes) {
  if (plan == nullptr) return -1;
  if (x == nullptr) return -3;
  if (epilogue != nullptr && !tessera::valid_conv_epilogue(*epilogue)) return TSR_CONV_BAD_EPILOGUE;
  if (y == nullptr) return -5;
  const tessera::Executor executor = tessera::executor_of(context);
  if (tessera::log_level() > 0) [[unlikely]] {
    const tessera::ConvLog log(plan->problem, plan->machine, plan->chosen, executor.threads);
    return tessera::run(*plan, executor, x, epilogue, y, workspace, workspace_bytes);
  }
  return tessera::run(*plan, executor, x, epilogue, y, workspace, workspace_bytes);
}
}
