// Whole calls on cores of unequal speed, in virtual time: the plan's own jobs, the pool's own way of dealing and
// stealing tasks, kernels and packers that only say how much work they would have been.
#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "gemm/loops.h"
#include "runtime/task_ranges.h"
#include "stand_in_tiles.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

constexpr double kCallWork = 8;         // of a kernel call beside its multiply-adds, in cycles of one multiplier
constexpr double kPackedElement = 0.4;  // of packing an element
double work;

template <int kNv, int kH>
void count(const GemmTileArgs& g) {
  work += kCallWork + static_cast<double>(g.k) * kNv * kH;
}
void count_packing(const PackArgs& g) { work += kPackedElement * static_cast<double>(g.width * g.k); }

template <int kNv, int... kH>
void fill_column(TileSet& set, int height, std::integer_sequence<int, kH...>) {
  ((kH < height ? (set.packed[kNv][kH + 1] = set.direct[kNv][kH + 1] = set.direct_tail[kNv][kH + 1] =
                       set.stream[kNv][kH + 1] = &count<kNv, kH + 1>,
                   0)
                : 0),
   ...);
  set.max_height[kNv] = set.max_height_direct[kNv] = height;
}
template <int... kH>
void fill_along_k(TileSet& set, std::integer_sequence<int, kH...>) {
  ((set.along_k[kH + 1] = &count<1, kH + 1>), ...);
}

// The tiles that NEON has for floats.
TileSet counting_tiles() {
  TileSet set = stand_in_tiles();
  const auto heights = std::make_integer_sequence<int, kMaxTileHeight>{};
  fill_column<1>(set, 16, heights);
  fill_column<2>(set, 12, heights);
  fill_column<3>(set, 8, heights);
  fill_along_k(set, heights);
  return set;
}

// Seconds, in cycles of the fastest core's multiplier, and the work that was done.
struct Simulated {
  double time = 0, work = 0;
};

// Every participant takes its tasks in the order of its clock; a phase begins when the one before has ended.
Simulated simulate(PhasedJob& job, const std::vector<double>& speeds) {
  const int n = static_cast<int>(speeds.size());
  std::vector<TaskRange> ranges(speeds.size());
  Simulated total;
  for (int phase = 0; phase < job.phases(); ++phase) {
    const std::uint32_t ordinal = static_cast<std::uint32_t>(phase) + 1;
    deal_tasks(ranges.data(), n, ordinal, job.tasks(phase));
    std::vector<double> clock(speeds.size(), 0.0);
    std::vector<int> working(speeds.size());
    for (int i = 0; i < n; ++i) working[i] = i;
    while (!working.empty()) {
      const auto next =
          std::min_element(working.begin(), working.end(), [&](int a, int b) { return clock[a] < clock[b]; });
      const int slot = *next;
      index_t task = take_task(ranges[slot], ordinal);
      if (task < 0) task = steal_tasks(ranges.data(), n, slot, ordinal);
      if (task < 0) {
        working.erase(next);
        continue;
      }
      work = 0;
      job.run(phase, task);
      total.work += work;
      clock[slot] += work / speeds[slot];
    }
    total.time += *std::max_element(clock.begin(), clock.end());
  }
  return total;
}

// C by rows, A along k.
struct Shape {
  index_t m, n, k;
  bool along_k;  // B too
  double limit;  // time over the ideal
};

// Shares of the ideal, the work in all over the speed of all cores, on cores as a Cortex-A76 and an A55 are to each
// other.
TEST(UnequalCores, CallsEndWithinFivePercentOfTheIdeal) {
  const TileSet tiles = counting_tiles();
  const PackSet packers{Isa::baseline, DType::f32, count_packing, count_packing, count_packing, nullptr};
  const KernelDescriptor kernel{DType::f32,    DType::f32, DType::f32,         8,     12, 1, 1,
                                Isa::baseline, false,      tiles.packed[3][8], &tiles};
  IsaEntry isa = *find_isa(Isa::baseline);
  isa.f32 = {&kernel, 1, &tiles};
  Machine machine{};
  machine.isa = &isa;
  machine.l1d.bytes = 32 << 10;
  machine.l2.bytes = 256 << 10;
  machine.l3.bytes = 2 << 20;
  const std::vector<double> speeds = {1, 1, 1, 1, 0.4, 0.4, 0.4, 0.4};
  machine.slowest_core = speeds.back();

  constexpr double kFew = 1.08;  // no more tasks are to be had than tiles
  for (const Shape& s : {Shape{256, 256, 256, false, kFew},
                         {512, 512, 512, false, 1.05},
                         {1024, 1024, 1024, false, 1.05},
                         {2048, 2048, 2048, false, 1.05},
                         {64, 3136, 576, false, 1.05},
                         {128, 784, 1152, false, kFew},
                         {256, 196, 2304, false, kFew},
                         {8, 4096, 4096, true, 1.05},
                         {32, 4096, 4096, true, 1.05},
                         {4096, 64, 512, false, 1.05}}) {
    static char nothing;  // neither read nor written
    const float alpha = 1, beta = 0;
    const GemmProblem problem = make_problem({.type = DType::f32,
                                              .m = s.m,
                                              .n = s.n,
                                              .k = s.k,
                                              .alpha = &alpha,
                                              .a = &nothing,
                                              .a_rs = s.k,
                                              .a_cs = 1,
                                              .b = &nothing,
                                              .b_rs = s.along_k ? 1 : s.n,
                                              .b_cs = s.along_k ? s.k : 1,
                                              .beta = &beta,
                                              .c = &nothing,
                                              .c_rs = s.n,
                                              .c_cs = 1});
    GemmPlan plan = plan_gemm(problem, machine, static_cast<int>(speeds.size()));
    plan.left_packers = plan.right_packers = &packers;
    std::pair<const std::vector<double>&, Simulated> run{speeds, {}};
    const auto use = [](void* argument, PhasedJob& job) {
      auto& [cores, result] = *static_cast<decltype(run)*>(argument);
      result = simulate(job, cores);
    };
    ASSERT_TRUE(with_gemm_job(problem, plan, use, &run));
    const double ideal = run.second.work / std::accumulate(speeds.begin(), speeds.end(), 0.0);
    EXPECT_LE(run.second.time, s.limit * ideal)
        << s.m << " x " << s.n << " x " << s.k << ' ' << method_name(plan.method) << ": " << run.second.time / ideal;
  }
}

}  // namespace
}  // namespace tessera::test
