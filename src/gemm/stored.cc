#include "gemm/stored.h"

#include <atomic>
#include <cmath>
#include <cstring>

#include "base/half.h"
#include "runtime/registry.h"

namespace tessera {
namespace {

constexpr index_t kRegister = 16;  // columns of the widest; pieces that end with one fill whole ones

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
    // q = 0 of s8, -128, is not used: it is what fills a panel.
    const int zero = zero_of(p_.storage), least = p_.storage == Storage::s8 ? 1 : 0,
              per_word = steps_in_word(p_.storage);
    for (index_t s = 0; s < steps; ++s) {
      const float w_in_steps = d == 0.0f ? 0.0f : std::nearbyint((w[s] - m) / d);
      const int q = clamp(w_in_steps, least - zero, (1 << bits_of(p_.storage)) - 1 - zero) + zero;
      std::uint32_t* const word = reinterpret_cast<std::uint32_t*>(bits) + s / per_word * kStoredColumns + column;
      *word |= static_cast<std::uint32_t>(q) << (s % per_word * bits_of(p_.storage));
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

void StoredSource::pack(const PanelRequest& r) const noexcept {
  if (in_blocks(p_.storage)) return widen_blocks(r);
  const index_t begin = r.first % kStoredColumns;
  if (begin % kRegister == 0 || begin + r.width <= kStoredColumns) return pack_steps(r, 0, r.steps);
  // A register that is written at the end of a piece would reach into the next line of the one before.
  for (index_t s = 0; s < r.steps; ++s) pack_steps(r, s, 1);
}

void StoredSource::pack_steps(const PanelRequest& r, index_t step, index_t steps) const noexcept {
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

void StoredSource::widen_blocks(const PanelRequest& r) const noexcept {
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

}  // namespace tessera
