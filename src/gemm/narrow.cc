#include "gemm/narrow.h"

#include <atomic>
#include <cmath>
#include <cstring>

#include "base/half.h"
#include "gemm/plan.h"
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

// What runs, and how: few rows, all of k, tiles of 1 << width registers.
struct Narrow {
  index_t m, n, k;
  Strips right;
  float* c;
  index_t c_rs;
  const float* beta;  // null: C is not read
  const Epilogue* epilogue;

  const NarrowSet* kernels;
  int width;
  index_t row_panels;
  index_t kc;
  index_t strips_per_task;
  index_t prefetch;
  const float* left;  // row panels, one after the other
};

// The steps of K blocks of the strips of one task. C continues the chains from block to block.
void run_strips(const Narrow& r, index_t first_strip, index_t end_strip) {
  static constexpr float kOne = 1.0f;
  const NarrowSet& set = *r.kernels;
  NarrowTileArgs args{};
  args.b_row = r.right.row;
  args.c_row = stride_bytes(r.c_rs, sizeof(float));
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
        args.a = r.left + rows.begin * r.k + pc * rows.size;
        for (index_t j = 0, w; j < columns; j += w) {
          const index_t vectors = ceil_div(columns - j, set.lanes);
          int width = r.width;
          while (index_t{1} << width > vectors) --width;
          const index_t full = index_t{set.lanes} << width;
          w = min_index(full, columns - j);
          args.n_tail = static_cast<int>(w - full) + set.lanes;
          args.b = b;
          args.column = j;
          float* const c = r.c + rows.begin * r.c_rs + column + j;
          args.c = c;
          set.tile[static_cast<int>(r.right.storage)][width][rows.size](args);
          if (last && r.epilogue != nullptr)
            r.epilogue->apply({reinterpret_cast<char*>(c), args.c_row, rows.begin, rows.size, column + j, w, false});
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

void plan_narrow(Narrow& r, const Machine& machine, int threads) {
  const NarrowSet& set = *r.kernels;
  const index_t strips = ceil_div(r.n, kStoredColumns);
  const bool from_memory = r.right.in_place && max_index(r.k, r.n) * r.right.row > machine.l2.bytes;
  // One row panel, of the widest tiles that are high enough. Several: the highest tiles for blocks, which take more
  // work to widen, else wide ones of at least 5 rows, for long reads (n = k = 4096, AVX-512, tiles of 4, 2 and 1
  // registers: bf16 5.5, 6.3 and 6.2 ms for 16 rows, 10.5, 10.8 and 11.2 for 32; s4 6.3, 6.0 and 5.4, 12.6, 11.9
  // and 10.5).
  const int several = in_blocks(r.right.storage) ? 0 : set.max_height[2] >= 5 ? 2 : 1;
  r.width = set.max_height[2] >= r.m ? 2 : set.max_height[1] >= r.m && !from_memory ? 1 : several;
  r.row_panels = ceil_div(r.m, set.max_height[r.width]);
  r.strips_per_task = 1;
  if (!r.right.in_place) {
    // A strip that is read by several tiles stays in L1 meanwhile.
    const bool once = r.row_panels == 1 && index_t{set.lanes} << r.width == kStoredColumns;
    r.kc = once ? r.k
                : max_index(64, round_down(machine.l1d.bytes * unit_steps(r.right.storage) / r.right.row, kBlockSteps));
    r.prefetch = 1024;
    return;
  }
  // Bands of rows as plan_bands() has them, where rows come from memory.
  r.kc = !from_memory ? r.k : r.m <= 2 ? 8 : r.m <= 4 ? 16 : 32;
  r.prefetch = from_memory && r.m > 1 ? machine.f32.prefetch_stream : 0;
  const index_t c_bytes = r.m * kStoredColumns * static_cast<index_t>(sizeof(float));
  const index_t most = max_index(1, machine.l2.bytes / 4 / c_bytes);
  r.strips_per_task = clamp_index(strips / tasks_wanted(threads, machine.slowest_core), 1, most);
}

void log_call(const GemmCall& call, const Narrow& r, const IsaEntry& isa, int threads, double begin) {
  const double seconds = now_seconds() - begin;
  LogText text;
  text.add("gemm %s m=%lld n=%lld k=%lld method=narrow tile=narrow_%s_%lldx%d_%s isa=%s kc=%lld threads=%d us=%.2f",
           name_of(r.right.storage), static_cast<long long>(call.m), static_cast<long long>(call.n),
           static_cast<long long>(call.k), name_of(r.right.storage),
           static_cast<long long>(ceil_div(r.m, r.row_panels)), r.kernels->lanes << r.width, isa_info(isa.isa).name,
           isa_info(isa.isa).name, static_cast<long long>(r.kc), threads, seconds * 1e6);
  if (seconds > 0.0)
    text.add(" gflops=%.1f",
             2e-9 * static_cast<double>(r.m) * static_cast<double>(r.n) * static_cast<double>(r.k) / seconds);
  write_log(text);
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
           .right = right,
           .c = static_cast<float*>(call.c),
           .c_rs = c_rs,
           .beta = *beta == 0.0f ? nullptr : beta,
           .epilogue = call.extras != nullptr ? call.extras->epilogue : nullptr,
           .kernels = isa.narrow,
           .width = 0,
           .row_panels = 0,
           .kc = 0,
           .strips_per_task = 0,
           .prefetch = 0,
           .left = nullptr};
  Executor executor = settings.executor;
  if (executor.threads <= 0) executor.threads = num_threads();
  if (static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(call.k) <= machine.f32.serial_below)
    executor.threads = 1;
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
  r.left = panels;
  NarrowJob job(r);
  run_job(executor, job);
  if (log_level() > 0) log_call(call, r, isa, executor.threads, begin);
  return true;
}

// Stored panels as the loops ask for them.
class StoredSource final : public PanelSource {
 public:
  explicit StoredSource(const StoredPanels& panels) : p_(panels) {}
  bool trims() const noexcept override { return false; }

  void pack(const PanelRequest& r) const noexcept override {
    if (in_blocks(p_.storage)) return widen_blocks(r);
    const index_t begin = r.first % kStoredColumns;
    if (begin % kRegister == 0 || begin + r.width <= kStoredColumns) return pack_steps(r, 0, r.steps);
    // A register that is written at the end of a piece would reach into the next line of the one before.
    for (index_t s = 0; s < r.steps; ++s) pack_steps(r, s, 1);
  }

 private:
  static constexpr index_t kRegister = 16;  // columns of the widest; pieces that end with one fill whole ones

  void pack_steps(const PanelRequest& r, index_t step, index_t steps) const noexcept {
    for (index_t done = 0, w; done < r.width; done += w) {
      const index_t first = r.first + done, column = first % kStoredColumns;
      w = min_index(r.width - done, kStoredColumns - column);
      PackArgs args{};
      args.dst = r.dst + (step * r.panel + done) * static_cast<index_t>(sizeof(float));
      args.src = p_.data + first / kStoredColumns * p_.panel() + (r.step + step) * unit_bytes(p_.storage) +
                 column * size_of(dtype_of(p_.storage));
      args.width = w;
      args.panel = steps == 1 ? r.panel - done : r.panel;
      args.k = steps;
      args.inc_w = 1;
      args.inc_k = kStoredColumns;
      args.alpha_re = 1.0;
      (p_.storage == Storage::bf16 ? r.packers->bf16 : r.packers->f16)(args);
    }
  }

  void widen_blocks(const PanelRequest& r) const noexcept {
    const NarrowSet& set = *find_isa(r.packers->isa)->narrow;
    for (index_t done = 0, w; done < r.width; done += w) {
      const index_t first = r.first + done, column = first % kStoredColumns;
      w = min_index(r.width - done, kStoredColumns - column);
      set.widen[static_cast<int>(p_.storage)]({.b = p_.data + first / kStoredColumns * p_.panel(),
                                               .dst = reinterpret_cast<float*>(r.dst) + done,
                                               .step = r.step,
                                               .steps = r.steps,
                                               .column = column,
                                               .width = w,
                                               .line = done + w < r.width ? w : r.panel - done,
                                               .panel = r.panel});
    }
  }

  const StoredPanels& p_;
};

bool is_zero(const void* p) { return *static_cast<const float*>(p) == 0.0f; }
double value(const void* p) { return static_cast<double>(*static_cast<const float*>(p)); }

// Copies elements of 16 bits into panels, a strip for each task.
class StoreJob final : public PhasedJob {
 public:
  StoreJob(const StoredPanels& panels, const std::uint16_t* b, index_t rs, index_t cs)
      : p_(panels), b_(b), rs_(rs), cs_(cs) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return ceil_div(p_.n, kStoredColumns); }
  void run(int, index_t strip) noexcept override {
    std::uint16_t* dst = reinterpret_cast<std::uint16_t*>(const_cast<char*>(p_.data) + strip * p_.panel());
    const std::uint16_t* src = b_ + strip * kStoredColumns * cs_;
    const index_t columns = min_index(kStoredColumns, p_.n - strip * kStoredColumns);
    for (index_t s = 0; s < p_.k; ++s, dst += kStoredColumns, src += rs_) {
      for (index_t j = 0; j < columns; ++j) dst[j] = src[j * cs_];
      for (index_t j = columns; j < kStoredColumns; ++j) dst[j] = 0;
    }
  }

 private:
  const StoredPanels& p_;
  const std::uint16_t* b_;
  index_t rs_, cs_;
};

// Makes blocks of floats, a strip for each task.
class QuantiseJob final : public PhasedJob {
 public:
  QuantiseJob(const StoredPanels& panels, const float* b, index_t rs, index_t cs)
      : p_(panels), b_(b), rs_(rs), cs_(cs) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return ceil_div(p_.n, kStoredColumns); }
  void run(int, index_t strip) noexcept override {
    char* const panel = const_cast<char*>(p_.data) + strip * p_.panel();
    std::memset(panel, 0, static_cast<std::size_t>(p_.panel()));
    const index_t columns = min_index(kStoredColumns, p_.n - strip * kStoredColumns);
    for (index_t step = 0; step < p_.k; step += kBlockSteps) {
      char* const block = panel + step / kBlockSteps * block_bytes(p_.storage);
      for (index_t j = 0; j < columns; ++j) {
        float w[kBlockSteps] = {};
        const index_t steps = min_index(kBlockSteps, p_.k - step);
        for (index_t s = 0; s < steps; ++s) w[s] = b_[(step + s) * rs_ + (strip * kStoredColumns + j) * cs_];
        if (!quantise(w, steps, block, j)) failed_.store(true, std::memory_order_relaxed);
      }
    }
  }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }

 private:
  // One column of a block. False: see quantise_panels().
  bool quantise(const float* w, index_t steps, char* block, index_t column) const {
    float low = 0, high = 0;
    bool finite = true;
    if (p_.storage == Storage::u4) low = high = w[0];
    for (index_t s = 0; s < steps; ++s) {
      finite = finite && std::isfinite(w[s]);
      low = w[s] < low ? w[s] : low;
      high = w[s] > high ? w[s] : high;
    }
    if (!finite) return false;
    std::uint16_t* const scales = reinterpret_cast<std::uint16_t*>(block) + column;
    // s4 has one step more below zero than above: the number farthest from 0 gets it.
    const float farthest = -low > high ? low : high;
    const std::uint16_t minimum = f16_of_float(low);
    const float m = p_.storage == Storage::u4 ? float_of_f16(minimum) : 0.0f;
    const float exact = p_.storage == Storage::s8   ? std::fabs(farthest) / 127
                        : p_.storage == Storage::s4 ? farthest / -8
                                                    : (high - m) / 15;
    scales[0] = f16_of_float(exact);
    if (p_.storage == Storage::u4) scales[kStoredColumns] = minimum;
    const float d = float_of_f16(scales[0]);
    if (!std::isfinite(d) || !std::isfinite(m)) return false;
    char* const bits = block + scales_bytes(p_.storage);
    for (index_t s = 0; s < steps; ++s) {
      const float q = d == 0.0f ? 0.0f : std::nearbyint((w[s] - m) / d);
      if (p_.storage == Storage::s8) {
        bits[s * kStoredColumns + column] = static_cast<char>(clamp(q, -127, 127));
        continue;
      }
      const int nibble = p_.storage == Storage::s4 ? clamp(q, -8, 7) + 8 : clamp(q, 0, 15);
      std::uint32_t* const eight = reinterpret_cast<std::uint32_t*>(bits) + s / 8 * kStoredColumns + column;
      *eight |= static_cast<std::uint32_t>(nibble) << (s % 8 * 4);
    }
    return true;
  }
  static int clamp(float q, int low, int high) {
    return q <= static_cast<float>(low) ? low : q >= static_cast<float>(high) ? high : static_cast<int>(q);
  }

  const StoredPanels& p_;
  const float* b_;
  index_t rs_, cs_;
  std::atomic<bool> failed_{false};
};

}  // namespace

bool quantise_panels(const StoredPanels& panels, const float* b, index_t b_rs, index_t b_cs, const Executor& executor) {
  QuantiseJob job(panels, b, b_rs, b_cs);
  run_job(executor, job);
  return !job.failed();
}

void widen_panels(const StoredPanels& panels, float* b, index_t b_rs, index_t b_cs) {
  constexpr index_t kSteps = 8;
  float tile[kSteps * kStoredColumns];
  const StoredSource source(panels);
  const IsaEntry& isa = best_isa();
  const int lanes = isa.kernels(DType::f32).tiles->lanes;
  for (index_t j = 0; j < panels.n; j += kStoredColumns) {
    const index_t width = min_index(kStoredColumns, panels.n - j), line = round_up(width, lanes);
    for (index_t p = 0; p < panels.k; p += kSteps) {
      const index_t steps = min_index(kSteps, panels.k - p);
      source.pack({.dst = reinterpret_cast<char*>(tile),
                   .side = Side::right,
                   .first = j,
                   .width = width,
                   .step = p,
                   .steps = steps,
                   .panel = line,
                   .packers = &isa.packers(DType::f32)});
      for (index_t s = 0; s < steps; ++s)
        for (index_t i = 0; i < width; ++i) b[(p + s) * b_rs + (j + i) * b_cs] = tile[s * line + i];
    }
  }
}

void store_panels(const StoredPanels& panels, const void* b, index_t b_rs, index_t b_cs, const Executor& executor) {
  StoreJob job(panels, static_cast<const std::uint16_t*>(b), b_rs, b_cs);
  run_job(executor, job);
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
