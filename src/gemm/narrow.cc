#include "gemm/narrow.h"

#include "base/int_math.h"
#include "gemm/batch.h"
#include "gemm/plan.h"
#include "kernel/block_q8_contract.h"
#include "runtime/log.h"
#include "runtime/num_threads.h"
#include "runtime/peak.h"
#include "runtime/workspace.h"

namespace tessera {
namespace {

// Rows up to which widening in registers, once for each row panel, beats widening while packing (n = k = 4096, bf16,
// Zen 4: 39 ms against 45 with 128 rows of packed weights; where B is packed for the call as well 24 against 26 with
// 64).
constexpr index_t kFewRows = 128, kFewRowsInPlace = 64;

// A right operand as the kernels read it: strips of kStoredColumns columns.
struct Strips {
  Storage storage;
  const char* p;
  index_t row;    // bytes from step to step, of blocks from block to block
  index_t strip;  // bytes from strip to strip
  bool in_place;  // rows of a matrix, each in its own page perhaps
};

// Row panels of the left operand, one after the other: for each unit of steps its rows, `bytes` each.
struct Left {
  const char* p;
  index_t steps, bytes;

  const char* panel(index_t k, index_t row, index_t rows, index_t step) const {
    return p + (row * ceil_div(k, steps) + step / steps * rows) * bytes;
  }
};

// What runs, and how: few rows, all of k, tiles of 1 << width registers.
struct Narrow {
  index_t m, n, k;
  Left left;
  Strips right;
  float* c;
  index_t c_rs, c_cs;
  const float* beta;  // null: C is not read
  const Epilogue* epilogue;
  index_t first_row;  // of the epilogue's matrix

  const NarrowTiles* tiles;
  int width;
  index_t row_panels;
  index_t kc;
  index_t strips_per_task;
  index_t prefetch;
};

void copy_tile(const float* from, index_t from_rs, index_t from_cs, float* to, index_t to_rs, index_t to_cs,
               index_t rows, index_t columns) {
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < columns; ++j) to[i * to_rs + j * to_cs] = from[i * from_rs + j * from_cs];
}

// The steps of K blocks of the strips of one task. C continues the chains from block to block.
void run_strips(const Narrow& r, index_t first_strip, index_t end_strip) {
  static constexpr float kOne = 1.0f;
  const NarrowTiles& set = *r.tiles;
  const bool by_rows = r.c_cs == 1;
  float tile[kMaxTileHeight * kStoredColumns];  // where rows of C are not contiguous
  NarrowTileArgs args{};
  args.b_row = r.right.row;
  args.c_row = stride_bytes(by_rows ? r.c_rs : kStoredColumns, sizeof(float));
  args.prefetch_b = r.prefetch;
  for (index_t pc = 0; pc < r.k; pc += r.kc) {
    args.k = min_index(r.kc, r.k - pc);
    args.beta = pc > 0 ? &kOne : r.beta;
    const bool last = pc + args.k == r.k;
    for (index_t strip = first_strip; strip < end_strip; ++strip) {
      const index_t column = strip * kStoredColumns, columns = min_index(kStoredColumns, r.n - column);
      const char* const b = r.right.p + strip * r.right.strip + pc / unit_steps(r.right.storage) * r.right.row;
      for (index_t panel = 0; panel < r.row_panels; ++panel) {
        const Part rows = part_of(r.m, r.row_panels, panel);
        args.a = r.left.panel(r.k, rows.begin, rows.size, pc);
        for (index_t j = 0, w; j < columns; j += w) {
          const index_t vectors = ceil_div(columns - j, set.lanes);
          int width = r.width;
          while (index_t{1} << width > vectors) --width;
          const index_t full = index_t{set.lanes} << width;
          w = min_index(full, columns - j);
          args.n_tail = static_cast<int>(w - full) + set.lanes;
          args.b = b;
          args.column = j;
          float* const c = r.c + rows.begin * r.c_rs + (column + j) * r.c_cs;
          args.c = by_rows ? c : tile;
          if (!by_rows && args.beta != nullptr) copy_tile(c, r.c_rs, r.c_cs, tile, kStoredColumns, 1, rows.size, w);
          set.tile[static_cast<int>(r.right.storage)][width][rows.size](args);
          if (last && r.epilogue != nullptr)
            r.epilogue->apply(
                {static_cast<char*>(args.c), args.c_row, r.first_row + rows.begin, rows.size, column + j, w, false});
          if (!by_rows) copy_tile(tile, kStoredColumns, 1, c, r.c_rs, r.c_cs, rows.size, w);
        }
      }
    }
  }
}

class NarrowJob final : public PhasedJob {
 public:
  explicit NarrowJob(const Narrow& r) : r_(r), strips_(ceil_div(r.n, kStoredColumns)) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return ceil_div(strips_, r_.strips_per_task); }
  void run(int, index_t task) noexcept override {
    const index_t first = task * r_.strips_per_task;
    run_strips(r_, first, min_index(first + r_.strips_per_task, strips_));
  }

 private:
  const Narrow& r_;
  index_t strips_;
};

// How packed strips are read: by several tiles, as much at a time as stays in `bytes` of cache meanwhile.
void plan_strips(Narrow& r, index_t bytes) {
  const bool once = r.row_panels == 1 && index_t{r.tiles->lanes} << r.width == kStoredColumns;
  r.kc = once ? r.k : max_index(64, round_down(bytes * unit_steps(r.right.storage) / r.right.row, kBlockSteps));
  r.strips_per_task = 1;
  r.prefetch = 1024;
}

void plan_narrow(Narrow& r, const Machine& machine, int threads) {
  const NarrowTiles& set = *r.tiles;
  const index_t strips = ceil_div(r.n, kStoredColumns);
  const bool from_memory = r.right.in_place && max_index(r.k, r.n) * r.right.row > machine.l2.bytes;
  // One row panel, of the widest tiles that are high enough. Several: the highest tiles for blocks, which take more
  // work to widen, else wide ones of at least 5 rows, for long reads (n = k = 4096, AVX-512, tiles of 4, 2 and 1
  // registers: bf16 5.5, 6.3 and 6.2 ms for 16 rows, 10.5, 10.8 and 11.2 for 32; s4 6.3, 6.0 and 5.4, 12.6, 11.9
  // and 10.5).
  const int several = in_blocks(r.right.storage) ? 0 : set.max_height[2] >= 5 ? 2 : 1;
  r.width = set.max_height[2] >= r.m ? 2 : set.max_height[1] >= r.m && !from_memory ? 1 : several;
  r.row_panels = ceil_div(r.m, set.max_height[r.width]);
  if (!r.right.in_place) return plan_strips(r, machine.l1d.bytes);
  // Where rows come from memory, bands of so few that the hardware prefetchers follow them.
  r.kc = !from_memory ? r.k : r.m <= 2 ? 8 : r.m <= 4 ? 16 : 32;
  r.prefetch = from_memory && r.m > 1 ? machine.f32.prefetch_stream : 0;
  const index_t c_bytes = r.m * kStoredColumns * static_cast<index_t>(sizeof(float));
  const index_t most = max_index(1, machine.l2.bytes / 4 / c_bytes);
  r.strips_per_task =
      clamp_index(strips / tasks_wanted(machine.f32.tasks_per_thread, threads, machine.slowest_core), 1, most);
}

// `method`: narrow, or block_q8.
void log_call(const GemmCall& call, const Narrow& r, const char* method, Isa isa, int threads, double begin) {
  const double seconds = now_seconds() - begin;
  LogText text;
  text.add("gemm %s m=%lld n=%lld k=%lld method=%s tile=%s_%s_%lldx%d_%s isa=%s kc=%lld threads=%d us=%.2f",
           name_of(r.right.storage), static_cast<long long>(call.m), static_cast<long long>(call.n),
           static_cast<long long>(call.k), method, method, name_of(r.right.storage),
           static_cast<long long>(ceil_div(r.m, r.row_panels)), r.tiles->lanes << r.width, isa_info(isa).name,
           isa_info(isa).name, static_cast<long long>(r.kc), threads, seconds * 1e6);
  if (seconds > 0.0) text.add(" gflops=%.1f", 2e-9 * madds_of(call.m, call.n, call.k) / seconds);
  write_log(text);
}

Executor executor_for(const GemmSettings& settings, const Machine& machine, double madds) {
  Executor executor = settings.executor;
  if (executor.threads <= 0) executor.threads = num_threads();
  if (madds <= machine.f32.serial_below) executor.threads = 1;
  return executor;
}

// Few rows of `left`. False: there was no memory for its panels, and nothing was done.
bool run_few_rows(const GemmCall& call, index_t m, index_t n, const PanelSource& left, const Strips& right,
                  index_t c_rs, const GemmSettings& settings) {
  const double begin = log_level() > 0 ? now_seconds() : 0.0;
  const Machine machine = settings.isa != nullptr ? this_machine(*settings.isa) : default_machine();
  const IsaEntry& isa = *machine.isa;
  const float* const beta = static_cast<const float*>(call.beta);
  Narrow r{.m = m,
           .n = n,
           .k = call.k,
           .left = {nullptr, 1, sizeof(float)},
           .right = right,
           .c = static_cast<float*>(call.c),
           .c_rs = c_rs,
           .c_cs = 1,
           .beta = *beta == 0.0f ? nullptr : beta,
           .epilogue = call.extras != nullptr ? call.extras->epilogue : nullptr,
           .first_row = 0,
           .tiles = &isa.narrow->tiles,
           .width = 0,
           .row_panels = 0,
           .kc = 0,
           .strips_per_task = 0,
           .prefetch = 0};
  const Executor executor = executor_for(settings, machine, madds_of(m, n, call.k));
  plan_narrow(r, machine, executor.threads);

  constexpr index_t kStackFloats = 1024;
  alignas(64) float stack[kStackFloats + 16];
  float* panels = stack;
  if (m * call.k > kStackFloats) {
    const std::size_t bytes = allocation_size((m * call.k + 16) * static_cast<index_t>(sizeof(float)));
    panels = static_cast<float*>(workspace(WorkspaceSlot::packed_a, bytes));
    if (panels == nullptr) return false;
  }
  for (index_t panel = 0; panel < r.row_panels; ++panel) {
    const Part rows = part_of(m, r.row_panels, panel);
    left.pack({.dst = reinterpret_cast<char*>(panels + rows.begin * r.k),
               .side = Side::left,
               .first = rows.begin,
               .width = rows.size,
               .step = 0,
               .steps = r.k,
               .panel = rows.size,
               .packers = &isa.packers(DType::f32)});
  }
  r.left.p = reinterpret_cast<const char*>(panels);
  NarrowJob job(r);
  run_job(executor, job);
  if (log_level() > 0) log_call(call, r, "narrow", isa.isa, executor.threads, begin);
  return true;
}

bool is_zero(const void* p) { return *static_cast<const float*>(p) == 0.0f; }
double value(const void* p) { return static_cast<double>(*static_cast<const float*>(p)); }

// The rows of a Narrow made 8-bit numbers, then multiplied.
class BlockQ8Job final : public PhasedJob {
 public:
  // `a`: the first element of the rows; `left`: r.left.
  BlockQ8Job(const Narrow& r, QuantiseFn quantise, const float* a, index_t a_rs, index_t a_cs, float alpha,
             QuantisedBlock* left)
      : r_(r), multiply_(r), quantise_(quantise), a_(a), a_rs_(a_rs), a_cs_(a_cs), alpha_(alpha), left_(left) {}
  int phases() const override { return 2; }
  index_t tasks(int phase) const override { return phase == 0 ? r_.row_panels : multiply_.tasks(0); }
  void run(int phase, index_t task) noexcept override {
    if (phase == 1) return multiply_.run(0, task);
    const Part rows = part_of(r_.m, r_.row_panels, task);
    for (index_t i = 0; i < rows.size; ++i) {
      quantise_({.src = a_ + (rows.begin + i) * a_rs_,
                 .inc_k = a_cs_,
                 .alpha = alpha_,
                 .k = r_.k,
                 .dst = left_ + rows.begin * ceil_div(r_.k, kBlockSteps) + i,
                 .step = rows.size});
    }
  }

 private:
  const Narrow& r_;
  NarrowJob multiply_;
  QuantiseFn quantise_;
  const float* a_;
  index_t a_rs_, a_cs_;
  float alpha_;
  QuantisedBlock* left_;
};

}  // namespace

void gemm_block_q8(const GemmCall& call, const GemmSettings& settings, const Int8Entry& isa) {
  if (call.m <= 0 || call.n <= 0 || call.k <= 0 || is_zero(call.alpha)) return gemm_stored(call, settings);
  const double begin = log_level() > 0 ? now_seconds() : 0.0;
  const Machine machine = settings.isa != nullptr ? this_machine(*settings.isa) : default_machine();
  const StoredPanels& b = *call.extras->b_stored;
  const BlockQ8Set& set = *isa.block_q8;
  const Executor executor = executor_for(settings, machine, madds_of(call.m, call.n, call.k));

  // A piece of A at a time: so many rows that B is read seldom. Without memory, a row and a part of its steps.
  constexpr index_t kRows = 256, kStackBlocks = 192;
  constexpr index_t kBytes = sizeof(QuantisedBlock);
  QuantisedBlock stack[kStackBlocks];
  QuantisedBlock* left = stack;
  index_t rows = min_index(call.m, kRows), steps = call.k;
  if (const index_t blocks = rows * ceil_div(steps, kBlockSteps); blocks > kStackBlocks) {
    left = static_cast<QuantisedBlock*>(workspace(WorkspaceSlot::packed_a, allocation_size(blocks * kBytes)));
    if (left == nullptr) {
      left = stack;
      rows = 1;
      steps = kStackBlocks * kBlockSteps;
    }
  }
  static constexpr float kOne = 1.0f;
  const float* const beta = is_zero(call.beta) ? nullptr : static_cast<const float*>(call.beta);
  Narrow r{};
  r.n = call.n;
  r.left = {reinterpret_cast<const char*>(left), kBlockSteps, kBytes};
  r.c_rs = call.c_rs;
  r.c_cs = call.c_cs;
  r.tiles = &set.tiles;
  for (index_t i = 0; i < call.m; i += rows) {
    for (index_t p = 0; p < call.k; p += steps) {
      r.m = min_index(rows, call.m - i);
      r.k = min_index(steps, call.k - p);
      r.right = {b.storage, b.data + p / kBlockSteps * block_bytes(b.storage), block_bytes(b.storage), b.panel(),
                 false};
      r.c = static_cast<float*>(call.c) + i * call.c_rs;
      r.beta = p > 0 ? &kOne : beta;
      r.epilogue = p + r.k == call.k ? call.extras->epilogue : nullptr;
      r.first_row = i;
      // Wide tiles read a strip in the order of memory; where they have one row, others unpack it less often.
      r.width = r.m == 1 || set.tiles.max_height[2] > 1 ? 2 : 0;
      r.row_panels = ceil_div(r.m, set.tiles.max_height[r.width]);
      // From L2 tiles are as fast as from L1, and each piece of a strip is a beginning to the prefetchers (16 x 4096 x
      // 4096 of s4: 1.58 ms against 1.75 with pieces for L1; Zen 4).
      plan_strips(r, machine.l2.bytes / 4);
      BlockQ8Job job(r, set.quantise[static_cast<int>(b.storage)],
                     static_cast<const float*>(call.a) + i * call.a_rs + p * call.a_cs, call.a_rs, call.a_cs,
                     *static_cast<const float*>(call.alpha), left);
      run_job(executor, job);
    }
  }
  if (log_level() > 0) log_call(call, r, "block_q8", isa.isa, executor.threads, begin);
}

void gemm_stored(const GemmCall& call, const GemmSettings& settings) {
  GemmExtras extras = *call.extras;
  const StoredPanels& b = *extras.b_stored;
  const bool source = extras.a_source != nullptr || extras.a_packed != nullptr;
  const bool multiplies = call.m > 0 && call.n > 0 && call.k > 0 && (source || !is_zero(call.alpha));
  if (multiplies && call.m <= kFewRows && call.c_cs == 1 && extras.a_packed == nullptr) {
    const StridedSource strided(DType::f32, call.a, call.a_rs, call.a_cs, false, {source ? 1.0 : value(call.alpha)});
    const PanelSource& left = extras.a_source != nullptr ? *extras.a_source : strided;
    const Strips right{b.storage, b.data, unit_bytes(b.storage), b.panel(), false};
    if (run_few_rows(call, call.m, call.n, left, right, call.c_rs, settings)) return;
  }
  const StoredSource right(b);
  extras.b_source = &right;
  extras.b_stored = nullptr;
  GemmCall other = call;
  other.extras = &extras;
  gemm(other, settings);
}

void gemm_half(const GemmCall& call, Storage storage, const GemmSettings& settings) {
  const DType type = dtype_of(storage);
  GemmCall other = call;
  if (call.m <= 0 || call.n <= 0 || call.k <= 0 || is_zero(call.alpha)) return gemm(other, settings);
  const StridedSource a(type, call.a, call.a_rs, call.a_cs, false, {value(call.alpha)});
  const StridedSource b(type, call.b, call.b_cs, call.b_rs, false, {});
  const index_t size = size_of(type), strip = kStoredColumns * size;
  if (call.m <= kFewRowsInPlace && call.c_cs == 1 && call.b_cs == 1) {
    const Strips right{storage, static_cast<const char*>(call.b), stride_bytes(call.b_rs, size), strip, true};
    if (run_few_rows(call, call.m, call.n, a, right, call.c_rs, settings)) return;
  } else if (call.n <= kFewRowsInPlace && call.c_rs == 1 && call.a_rs == 1 && value(call.alpha) == 1.0) {
    // Transposed, so that rows of C are contiguous.
    const Strips right{storage, static_cast<const char*>(call.a), stride_bytes(call.a_cs, size), strip, true};
    if (run_few_rows(call, call.n, call.m, b, right, call.c_cs, settings)) return;
  }
  GemmExtras extras;
  extras.a_source = &a;
  extras.b_source = &b;
  other.extras = &extras;
  gemm(other, settings);
}

}  // namespace tessera
