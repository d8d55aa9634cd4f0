// The plan is a pure function: its answers for machines that need not be here, and the partition for many threads.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "base/int_math.h"
#include "gemm/plan.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

struct Cpu {
  const char* name;
  index_t l1_kib, l2_kib, l3_kib;
};
constexpr Cpu kDesktop{"desktop", 32, 1024, 32768};
constexpr Cpu kSmallCore{"small core", 32, 256, 0};

Machine machine_of(const Cpu& cpu, Isa isa) {
  Machine m{};
  m.isa = find_isa(isa);
  m.narrow = isa == Isa::avx512 ? find_isa(Isa::avx2) : nullptr;
  m.l1d.bytes = cpu.l1_kib << 10;
  m.l2.bytes = cpu.l2_kib << 10;
  m.l3.bytes = cpu.l3_kib << 10;
  return m;
}

enum class Layout { rows, columns };

// Pointers are never followed.
GemmProblem problem_of(DType type, index_t m, index_t n, index_t k, Layout a, Layout b, Layout c, double alpha = 1,
                       double beta = 0) {
  const auto rs = [](index_t cols, Layout l) { return l == Layout::rows ? cols : 1; };
  const auto cs = [](index_t rows, Layout l) { return l == Layout::rows ? 1 : rows; };
  const double zero[2] = {};
  GemmCall call{.type = type,
                .m = m,
                .n = n,
                .k = k,
                .alpha = zero,
                .a = nullptr,
                .a_rs = rs(k, a),
                .a_cs = cs(m, a),
                .b = nullptr,
                .b_rs = rs(n, b),
                .b_cs = cs(k, b),
                .beta = zero,
                .c = nullptr,
                .c_rs = rs(n, c),
                .c_cs = cs(m, c)};
  GemmProblem g = make_problem(call);
  g.alpha_re = alpha;
  g.beta_re = beta;
  static char somewhere;
  g.c = &somewhere;
  return g;
}

constexpr Layout R = Layout::rows, C = Layout::columns;

struct Pin {
  const char* why;
  Cpu cpu;
  Isa isa;
  DType type;
  index_t m, n, k;
  Layout a, b, c;
  double alpha;
  Method method;
  bool transpose, pack_left, pack_right;
};
// What must not change without a measurement that says why.
constexpr Pin kPins[] = {
    {"small, nothing to pack", kDesktop, Isa::avx2, DType::f32, 16, 16, 16, R, R, R, 1, Method::direct, false, false,
     false},
    {"the same by columns is the transposed problem", kDesktop, Isa::avx2, DType::f32, 16, 16, 16, C, C, C, 1,
     Method::direct, true, false, false},
    {"alpha = -1 needs no packing", kDesktop, Isa::avx2, DType::f32, 16, 16, 16, R, R, R, -1, Method::direct, false,
     false, false},
    {"a row of a large product: B streams from where it lies", kDesktop, Isa::avx2, DType::f32, 1, 4096, 4096, R, R, R,
     1, Method::direct, false, false, false},
    {"a column by columns: the same", kDesktop, Isa::avx2, DType::f32, 4096, 1, 4096, C, C, C, 1, Method::direct, true,
     false, false},
    {"large: the five loops", kDesktop, Isa::avx2, DType::f32, 2000, 2000, 2000, R, R, R, 1, Method::packed, false,
     false, true},
    {"large with B by columns", kDesktop, Isa::avx2, DType::f64, 2000, 2000, 2000, R, C, R, 1, Method::packed, false,
     false, true},
    {"large with an alpha: it is folded into the panels of A", kDesktop, Isa::avx2, DType::f64, 2000, 2000, 2000, R, C,
     R, 0.5, Method::packed, false, true, true},
    {"complex goes through 1m: B is packed whatever its size", kDesktop, Isa::avx2, DType::c64, 16, 16, 16, R, R, R, 1,
     Method::strip, false, false, true},
    {"no last-level cache", kSmallCore, Isa::avx2, DType::f32, 2000, 2000, 2000, C, C, C, 1, Method::packed, true,
     false, true},
};

TEST(Plan, PinnedDecisions) {
  for (const Pin& p : kPins) {
    if (find_isa(p.isa) == nullptr) continue;
    const GemmPlan plan =
        plan_gemm(problem_of(p.type, p.m, p.n, p.k, p.a, p.b, p.c, p.alpha), machine_of(p.cpu, p.isa), 1);
    EXPECT_STREQ(method_name(plan.method), method_name(p.method)) << p.why;
    EXPECT_EQ(plan.transpose, p.transpose) << p.why;
    EXPECT_EQ(plan.pack_left, p.pack_left) << p.why;
    EXPECT_EQ(plan.pack_right, p.pack_right) << p.why;
    EXPECT_EQ(plan.threads, 1) << p.why;
  }
}

// Sizes and layouts for what must hold of any plan.
template <class F>
void each_problem(F f) {
  for (const DType type : {DType::f32, DType::f64, DType::c32, DType::c64})
    for (const index_t m : {1, 2, 7, 33, 100, 700, 3000})
      for (const index_t n : {1, 2, 7, 33, 100, 700, 3000})
        for (const index_t k : {1, 5, 64, 500, 4000})
          for (const Layout a : {R, C})
            for (const Layout b : {R, C})
              for (const Layout c : {R, C})
                for (const double alpha : {1.0, -1.0, 0.5}) f(problem_of(type, m, n, k, a, b, c, alpha));
}

TEST(Plan, HoldsTogether) {
  for (const Isa isa : all_isas()) {
    for (const Cpu& cpu : {kDesktop, kSmallCore}) {
      const Machine machine = machine_of(cpu, isa);
      each_problem([&](const GemmProblem& problem) {
        for (const int threads : {1, 3}) {
          const GemmPlan p = plan_gemm(problem, machine, threads);
          const GemmProblem g = p.transpose ? transposed(problem) : problem;
          const index_t lanes = p.tiles->lanes;
          const bool packed_tiles = p.pack_left && p.pack_right;
          ASSERT_GE(p.nv, 1);
          ASSERT_LE(p.nv, p.tiles->max_width);
          ASSERT_GE(p.mr, 1);
          if (p.along_k) {
            ASSERT_LE(p.mr, p.pack_right ? p.tiles->max_height[1] : kMaxTileHeight);
          } else {
            ASSERT_LE(p.mr, packed_tiles ? p.tiles->max_height[p.nv] : p.tiles->max_height_direct[p.nv]);
          }
          ASSERT_TRUE(p.tiles->isa == isa || (machine.narrow != nullptr && p.tiles->isa == machine.narrow->isa));
          ASSERT_GE(p.mc, 1);
          ASSERT_GE(p.kc, 1);
          ASSERT_GE(p.nc, 1);
          // Blocks end with whole tiles, so that only the last is smaller; pairs of complex steps stay together.
          const index_t m = g.m, per = is_complex(g.type) ? 2 : 1, n = g.n * per, k = g.k * per;
          if (p.mc < m) {
            ASSERT_EQ(p.mc % p.mr, 0);
          }
          if (p.nc < n) {
            ASSERT_EQ(p.nc % (p.nv * lanes), 0);
          }
          const bool sweep = p.method == Method::sweep;
          if (sweep) {
            ASSERT_LE(p.kc, p.tiles->sweep_depth);
          } else if (p.kc < k) {
            ASSERT_EQ(p.kc % 2, 0);
          }
          // What a kernel cannot read where it lies is packed.
          if (is_complex(g.type) || g.right.cs != 1) {
            ASSERT_TRUE(p.pack_right || p.along_k || (g.n == 1 && per == 1));
          }
          if (problem.alpha_re == 0.5) {
            ASSERT_TRUE(p.transpose ? p.pack_right : p.pack_left || sweep);
          }
          ASSERT_GE(p.threads, 1);
          ASSERT_LE(p.threads, threads);
          ASSERT_GE(p.row_parts, 1);
          ASSERT_GE(p.col_parts, 1);
          if (is_complex(g.type) && g.m > 1 && g.n > 1) {
            ASSERT_EQ(p.transpose, problem.c_rs < problem.c_cs);
          }
        }
      });
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Plan, IsAPureFunction) {
  const Machine machine = machine_of(kDesktop, all_isas().back());
  each_problem([&](const GemmProblem& problem) {
    GemmPlan first, second;
    std::memset(&first, 0, sizeof first);
    std::memset(&second, 0, sizeof second);
    first = plan_gemm(problem, machine, 4);
    second = plan_gemm(problem, machine, 4);
    ASSERT_EQ(first.method, second.method);
    ASSERT_EQ(first.transpose, second.transpose);
    ASSERT_EQ(
        std::tuple(first.mc, first.kc, first.nc, first.mr, first.nv, first.threads, first.row_parts, first.col_parts),
        std::tuple(second.mc, second.kc, second.nc, second.mr, second.nv, second.threads, second.row_parts,
                   second.col_parts));
  });
}

// Cores that issue in order get the kernels made for them, and panels for those to read, unless a profile knows better.
TEST(Plan, InOrderCores) {
  CpuInfo cpu;
  cpu.in_order = true;
  int made_for_them = 0;
  for (const IsaEntry& isa : compiled_isas()) {
    const KernelList& list = isa.kernels(DType::f32);
    Profile profile;
    const GemmTuning tuning = tuning_for(isa, DType::f32, cpu, profile);
    const KernelDescriptor& kernel = list.kernels[tuning.kernel];
    Machine machine = machine_of(kSmallCore, isa.isa);
    machine.f32 = tuning;
    const GemmPlan plan = plan_gemm(problem_of(DType::f32, 500, 500, 500, R, R, R), machine, 1);
    if (!kernel.in_order) {
      EXPECT_EQ(tuning.kernel, 0) << isa_info(isa.isa).name;
      continue;
    }
    ++made_for_them;
    EXPECT_EQ(plan.method, Method::packed);
    EXPECT_EQ(plan.full, kernel.packed);
    cpu.in_order = false;
    EXPECT_EQ(tuning_for(isa, DType::f32, cpu, profile).kernel, 0);
    cpu.in_order = true;
    profile.gemm[static_cast<int>(isa.isa)][0].tuned = true;
    EXPECT_EQ(tuning_for(isa, DType::f32, cpu, profile).kernel, 0);
  }
  EXPECT_EQ(made_for_them, find_isa(Isa::neon) != nullptr ? 1 : 0);
}

TEST(Plan, SmallProblemsStayOnOneThread) {
  const Machine machine = machine_of(kDesktop, all_isas().back());
  for (const index_t size : {1, 8, 40, 100})
    EXPECT_EQ(plan_gemm(problem_of(DType::f32, size, size, size, R, R, R), machine, 64).threads, 1) << size;
  EXPECT_EQ(plan_gemm(problem_of(DType::f32, 1000, 1000, 1000, R, R, R), machine, 64).threads, 64);
}

// ---- the partition -----------------------------------------------------------------------------------------------

// The worst of two tasks for each thread and one left over: three rounds for the work of two.
constexpr double kLeastBalance = 2.0 / 3;

struct Shares {
  std::vector<double> tasks;  // multiply-adds of each, of one computing phase
  double traffic;             // bytes of A and B that all tasks read, over those of A and B
};

Shares shares_of(const GemmProblem& problem, const GemmPlan& p) {
  const GemmProblem g = p.transpose ? transposed(problem) : problem;
  const index_t per = is_complex(g.type) ? 2 : 1, m = g.m, n = g.n * per, nr = p.nv * p.tiles->lanes;
  Shares s{{}, 0};
  const auto cut = [&](index_t rows_begin, index_t rows, index_t cols) {
    static_cast<void>(rows_begin);
    s.tasks.push_back(static_cast<double>(rows) * static_cast<double>(cols));
    s.traffic += static_cast<double>(rows + cols);
  };
  if (p.method == Method::packed) {
    const index_t nc = min_index(p.nc, n), parts = min_index(p.col_parts, ceil_div(nc, nr));
    for (index_t ic = 0; ic < m; ic += p.mc)
      for (index_t j = 0; j < parts; ++j) {
        const Part cols = part_of(ceil_div(nc, nr), parts, j);
        cut(ic, min_index(p.mc, m - ic), min_index(cols.size * nr, nc - cols.begin * nr));
      }
    s.traffic /= static_cast<double>(m + nc);
  } else {
    for (index_t i = 0; i < p.row_parts; ++i)
      for (index_t j = 0; j < p.col_parts; ++j) {
        const Part rows = part_of(ceil_div(m, p.mr), p.row_parts, i), cols = part_of(ceil_div(n, nr), p.col_parts, j);
        const index_t h = min_index(rows.size * p.mr, m - rows.begin * p.mr);
        const index_t w = min_index(cols.size * nr, n - cols.begin * nr);
        if (h > 0 && w > 0) cut(rows.begin, h, w);
      }
    s.traffic /= static_cast<double>(m + n);
  }
  return s;
}

// Work over threads times the time of the last one, when each takes the next task as it becomes free.
double balance(const Shares& s, int threads) {
  std::vector<double> busy(static_cast<std::size_t>(threads));
  double sum = 0;
  for (const double task : s.tasks) {
    *std::min_element(busy.begin(), busy.end()) += task;
    sum += task;
  }
  return sum / (static_cast<double>(threads) * *std::max_element(busy.begin(), busy.end()));
}

struct PartitionCase {
  const char* name;
  DType type;
  index_t m, n, k;
  Layout b;
};
constexpr PartitionCase kPartitions[] = {
    {"square 1000", DType::f32, 1000, 1000, 1000, R},
    {"square 4000", DType::f32, 4000, 4000, 4000, R},
    {"square 4000", DType::f64, 4000, 4000, 4000, C},
    {"im2col 64 x 12544 x 576", DType::f32, 64, 12544, 576, R},
    {"LLM 16 x 11008 x 4096", DType::f32, 16, 11008, 4096, R},
    {"LLM 512 x 11008 x 4096", DType::f32, 512, 11008, 4096, C},
    {"tall 20000 x 64 x 512", DType::f32, 20000, 64, 512, R},
    {"complex 1000", DType::c64, 1000, 1000, 1000, R},
};

TEST(Partition, BalanceAndTraffic) {
  const Isa isa = find_isa(Isa::avx2) != nullptr ? Isa::avx2 : all_isas().back();
  const Machine machine = machine_of(kDesktop, isa);
  std::printf("balance: share of the threads' time that is work; traffic: reads of A and B over their size\n%-28s", "");
  for (int threads = 1; threads <= 256; threads *= 4) std::printf("   %3d threads      ", threads);
  std::printf("\n");
  for (const PartitionCase& c : kPartitions) {
    std::printf("%-24s %s", c.name, name_of(c.type));
    for (int threads = 1; threads <= 256; ++threads) {
      const GemmProblem problem = problem_of(c.type, c.m, c.n, c.k, R, c.b, R);
      const GemmPlan plan = plan_gemm(problem, machine, threads);
      const Shares s = shares_of(problem, plan);
      const double whole = balance(s, plan.threads);
      if ((threads & (threads - 1)) == 0 && __builtin_ctz(static_cast<unsigned>(threads)) % 2 == 0)
        std::printf("  %3.0f %% %6.1f x %4zu", 100 * whole, s.traffic, s.tasks.size());
      // Nothing is lost and nothing is done twice.
      const GemmProblem g = plan.transpose ? transposed(problem) : problem;
      const index_t per = is_complex(c.type) ? 2 : 1;
      const index_t n = plan.method == Method::packed ? min_index(plan.nc, g.n * per) : g.n * per;
      double sum = 0;
      for (const double task : s.tasks) sum += task;
      ASSERT_EQ(sum, static_cast<double>(g.m) * static_cast<double>(n)) << c.name << " " << threads;
      // With many tiles for each thread, none waits for long.
      const double tiles =
          static_cast<double>(ceil_div(g.m, plan.mr)) * static_cast<double>(ceil_div(n, plan.nv * plan.tiles->lanes));
      if (threads == 1) {
        ASSERT_EQ(whole, 1.0);
      }
      if (tiles >= 64.0 * threads) {
        EXPECT_GE(whole, kLeastBalance) << c.name << ", " << threads << " threads, " << s.tasks.size() << " tasks";
      }
    }
    std::printf("\n");
  }
}

}  // namespace
}  // namespace tessera::test
