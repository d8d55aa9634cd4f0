// The loops without arithmetic: kernels that record what they are handed. Operands carry their own coordinates, so that
// each call can be checked in full: that it is given the right rows of A and columns of B, that every element of C gets
// every step of k once and in order, and what it is multiplied with at first and later.
#include <array>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/int_math.h"
#include "gemm/loops.h"
#include "stand_in_tiles.h"
#include "support/gemm_case.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

constexpr index_t kLanes = kStandInLanes;

// A(i, p) = 1000 i + p and B(p, j) = 1000 p + j are exact in float.
struct Recorder {
  index_t m, n, k;
  const float* c;
  index_t c_row;              // elements
  std::vector<index_t> done;  // per element of C: steps of k it has seen
  std::mutex mutex;
  std::string error;
  index_t calls = 0;
  bool beta_zero = false;

  void fail(const std::string& what) {
    if (error.empty()) error = what;
  }
  // `along_k`: the elements of a column of B are neighbours.
  void record(bool packed, bool along_k, int h, int nv, const GemmTileArgs& g) {
    const std::lock_guard lock(mutex);
    ++calls;
    const index_t at = static_cast<const float*>(g.c) - c;
    const index_t i0 = at / c_row, j0 = at % c_row, w = (nv - 1) * kLanes + g.n_tail;
    if (at < 0 || i0 + h > m || j0 + w > n) return fail("a tile outside C");
    if (g.c_row != c_row * static_cast<index_t>(sizeof(float))) return fail("c_row");
    const index_t p0 = done[i0 * n + j0];
    if (p0 + g.k > k || g.k <= 0) return fail("too many steps of k");
    const auto element = [](const void* base, index_t bytes) {
      return *reinterpret_cast<const float*>(static_cast<const char*>(base) + bytes);
    };
    constexpr index_t kSize = sizeof(float);
    const index_t a_row = packed ? kSize : g.a_row, a_col = packed ? h * kSize : g.a_col;
    const index_t b_row = packed ? nv * kLanes * kSize : along_k ? kSize : g.b_row;
    const index_t b_col = along_k ? g.b_row : kSize;
    for (index_t p : {index_t{0}, g.k / 2, g.k - 1}) {
      for (index_t i = 0; i < h; ++i)
        if (element(g.a, i * a_row + p * a_col) != static_cast<float>(1000 * (i0 + i) + p0 + p))
          return fail("A is wrong");
      for (index_t j = 0; j < w; ++j)
        if (element(g.b, p * b_row + j * b_col) != static_cast<float>(1000 * (p0 + p) + j0 + j))
          return fail("B is wrong");
    }
    if (along_k && g.b_panel != nullptr) {
      float* panel = static_cast<float*>(g.b_panel);
      for (index_t p = 0; p < g.k; ++p)
        for (index_t j = 0; j < kLanes; ++j) panel[p * kLanes + j] = j < w ? element(g.b, p * b_row + j * b_col) : 0.0f;
    }
    const bool first = p0 == 0;
    if (first && beta_zero != (g.beta == nullptr)) return fail("beta of the first block");
    if (first && g.beta != nullptr && *static_cast<const float*>(g.beta) != 3.0f)
      return fail("beta of the first block");
    if (!first && (g.beta == nullptr || *static_cast<const float*>(g.beta) != 1.0f))
      return fail("beta of a later block");
    for (index_t i = 0; i < h; ++i)
      for (index_t j = 0; j < w; ++j) {
        index_t& d = done[(i0 + i) * n + j0 + j];
        if (d != p0) return fail("elements of a tile at different steps of k");
        d += g.k;
      }
  }
};
Recorder* recorder;

template <bool kPacked, int kNv, int kH>
void record(const GemmTileArgs& g) {
  recorder->record(kPacked, false, kH, kNv, g);
}
template <int kH>
void record_along_k(const GemmTileArgs& g) {
  recorder->record(false, true, kH, 1, g);
}
template <int... kH>
void fill_along_k(TileSet& set, std::integer_sequence<int, kH...>) {
  ((set.along_k[kH + 1] = &record_along_k<kH + 1>), ...);
}

// A sweep is one tile of any size.
template <int kDepth>
void record_sweep(const SweepArgs& s) {
  if (s.factor != nullptr) return recorder->fail("a factor that is 1");
  const index_t nv = ceil_div(s.n, kLanes);
  GemmTileArgs g{};
  g.a = s.a;
  g.b = s.b;
  g.c = s.c;
  g.k = kDepth;
  g.a_row = s.a_row;
  g.a_col = s.a_col;
  g.b_row = s.b_row;
  g.c_row = s.c_row;
  g.beta = s.beta;
  g.n_tail = static_cast<int>(s.n - (nv - 1) * kLanes);
  recorder->record(false, false, static_cast<int>(s.m), static_cast<int>(nv), g);
}
template <int... kK>
void fill_sweep(TileSet& set, std::integer_sequence<int, kK...>) {
  ((set.sweep[kK + 1] = &record_sweep<kK + 1>, set.sweep_rows[kK + 1] = 3), ...);
  set.sweep_depth = sizeof...(kK);
}

template <int kNv, int... kH>
void fill_column(TileSet& set, int height, std::integer_sequence<int, kH...>) {
  ((kH < height ? (set.packed[kNv][kH + 1] = &record<true, kNv, kH + 1>,
                   set.direct[kNv][kH + 1] = set.direct_tail[kNv][kH + 1] = set.stream[kNv][kH + 1] =
                       &record<false, kNv, kH + 1>,
                   0)
                : 0),
   ...);
  set.max_height[kNv] = set.max_height_direct[kNv] = height;
}

TileSet recording_tiles() {
  TileSet set = stand_in_tiles();
  const auto heights = std::make_integer_sequence<int, kMaxTileHeight>{};
  fill_column<1>(set, 16, heights);
  fill_column<2>(set, 6, heights);
  fill_column<3>(set, 4, heights);
  fill_along_k(set, heights);
  fill_sweep(set, std::make_integer_sequence<int, 5>{});
  return set;
}

class LoopsTest : public testing::Test {
 protected:
  LoopsTest() : tiles_(recording_tiles()) {
    for (const auto& [mr, nv] : {std::pair{6, 2}, std::pair{4, 3}, std::pair{1, 1}, std::pair{16, 1}, std::pair{5, 2}})
      kernels_.push_back({DType::f32, DType::f32, DType::f32, mr, nv * static_cast<int>(kLanes), 1, 1, Isa::baseline,
                          false, tiles_.packed[nv][mr], &tiles_});
    isa_ = *find_isa(Isa::baseline);
    isa_.f32 = {kernels_.data(), kernels_.size(), &tiles_};
  }

  // Runs plan on row-major operands and says what was wrong, or nothing.
  template <class Change>
  void run(index_t m, index_t n, index_t k, float alpha, float beta, bool column_major_b, int threads,
           const GemmTuning& tuning, const Change& change) {
    std::vector<float> a(m * k), b(k * n), c(m * n, 7.0f);
    for (index_t i = 0; i < m; ++i)
      for (index_t p = 0; p < k; ++p) a[i * k + p] = static_cast<float>(1000 * i + p);
    const index_t b_rs = column_major_b ? 1 : n, b_cs = column_major_b ? k : 1;
    for (index_t p = 0; p < k; ++p)
      for (index_t j = 0; j < n; ++j) b[p * b_rs + j * b_cs] = static_cast<float>(1000 * p + j);
    const GemmCall call{DType::f32, false,    false, m,    n,     k,        &alpha, a.data(), k,
                        1,          b.data(), b_rs,  b_cs, &beta, c.data(), n,      1};
    const GemmProblem problem = make_problem(call);
    Machine machine{};
    machine.isa = &isa_;
    machine.l1d.bytes = 4096;
    machine.l2.bytes = 16384;
    machine.l3.bytes = 65536;
    machine.f32 = tuning;
    machine.f32.serial_below = 0;
    GemmPlan plan = plan_gemm(problem, machine, threads);
    change(plan);
    plan.copy_c = false;         // tiles are told apart by where in C they are
    if (plan.transpose) return;  // the recorder reads C by rows; the loops themselves see no transposition
    ++runs_;
    Recorder r{m, n, k, c.data(), n, std::vector<index_t>(m * n), {}, {}};
    r.beta_zero = beta == 0;
    recorder = &r;
    Executor executor;
    executor.threads = plan.threads;
    run_gemm(problem, plan, executor);
    const std::string what = std::string(method_name(plan.method)) + " " + std::to_string(m) + " x " +
                             std::to_string(n) + " x " + std::to_string(k) + ", mc " + std::to_string(plan.mc) +
                             " kc " + std::to_string(plan.kc) + " nc " + std::to_string(plan.nc) + ", tile " +
                             std::to_string(plan.mr) + " x " + std::to_string(plan.nv) + " vectors, threads " +
                             std::to_string(threads);
    ASSERT_EQ(r.error, "") << what;
    for (const index_t d : r.done) ASSERT_EQ(d, k) << what << ": an element that did not get every step of k";
    if (plan.method != Method::sweep) {
      ASSERT_GE(r.calls, ceil_div(m, plan.mr) * ceil_div(n, plan.nv * kLanes)) << what;
    }
  }

  TileSet tiles_;
  std::vector<KernelDescriptor> kernels_;
  IsaEntry isa_;
  int runs_ = 0;
};

TEST_F(LoopsTest, EveryElementGetsEveryStepOnceAndInOrder) {
  Random r(test_seed());
  std::array<int, 4> methods{};
  for (index_t turn = scaled_count(1500); turn > 0; --turn) {
    GemmTuning tuning;
    tuning.kernel = static_cast<int>(r.integer(0, static_cast<index_t>(kernels_.size()) - 1));
    if (r.one_in(2)) tuning.mc = r.integer(1, 40);
    if (r.one_in(2)) tuning.kc = r.integer(1, 60);
    if (r.one_in(2)) tuning.nc = r.integer(1, 60);
    tuning.row_panels_inside = r.one_in(2);
    const index_t most = r.one_in(4) ? 300 : 60;
    run(r.integer(1, most), r.integer(1, most), r.integer(1, r.one_in(3) ? 16 : most), 1.0f, r.one_in(2) ? 0.0f : 3.0f,
        r.one_in(2), static_cast<int>(r.integer(1, 4)), tuning, [&](GemmPlan& plan) {
          ++methods[static_cast<std::size_t>(plan.method)];
          if (r.one_in(3) && plan.method != Method::packed) {
            // More parts than threads, in both directions.
            plan.row_parts = r.integer(1, 5);
            plan.col_parts = r.integer(1, 5);
          }
        });
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(runs_, scaled_count(1500) / 2);
  if (scaled_count(100) == 100) {
    for (const int count : methods) EXPECT_GT(count, 20) << "each method must have been taken";
  }
}

TEST_F(LoopsTest, WithoutWorkspace) {
  Random r(test_seed() + 1);
  for (int turn = 0; turn < 100; ++turn) {
    run(r.integer(1, 90), r.integer(1, 90), r.integer(1, 90), 1.0f, turn % 2 ? 0.0f : 3.0f, r.one_in(2), 1,
        GemmTuning{}, [](GemmPlan& plan) {
          plan = plan_without_workspace(GemmProblem{}, plan);
          // Beside the panel, the register that kernels may read past it.
          ASSERT_LE(packed_left_bytes(plan, plan.mc, plan.kc), kStackPanelBytes + 64);
          ASSERT_LE(packed_right_bytes(plan, plan.nc, plan.kc), kStackPanelBytes + 64);
        });
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace tessera::test
