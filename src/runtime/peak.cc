#include "runtime/peak.h"

#include <time.h>

#include <atomic>
#include <cstring>

namespace tessera {
namespace {

constinit std::atomic<double> g_peaks[kIsaCount][3]{};  // of f32, f64, 8-bit products

// Panels of this much in total leave room in the smallest L1 in use, 32 KiB.
constexpr index_t kPanelBytes = 16 * 1024;
constexpr index_t kTileBytes = 8 * 1024;
constexpr int kCallsPerRound = 64;  // about 100 us
constexpr int kRounds = 40;         // the first ones also wake the core up

double measure(const KernelDescriptor& kernel, std::atomic<double>& known) {
  if (const double peak = known.load(std::memory_order_relaxed); peak > 0.0) return peak;

  const index_t size = kernel.tiles->left.element, c_size = kernel.tiles->c_size;
  // Zeros: no denormals, and products cost the same whatever the values. Kernels may read a register past a panel.
  alignas(64) char panels[kPanelBytes + 128];
  alignas(64) char tile[kTileBytes];
  std::memset(panels, 0, sizeof panels);
  GemmTileArgs args{};
  args.k = kPanelBytes / (size * (kernel.mr + kernel.nr)) / kernel.tiles->left.group * kernel.tiles->left.group;
  args.a = panels;
  args.b = panels + (args.k * kernel.mr * size + 63) / 64 * 64;
  args.c = tile;
  args.c_row = kernel.nr * c_size;
  args.n_tail = kernel.tiles->lanes;
  const double flops = 2.0 * kernel.mr * kernel.nr * static_cast<double>(args.k) * kCallsPerRound;
  double best = 0.0;
  for (int round = 0; round < kRounds; ++round) {
    const double begin = now_seconds();
    for (int call = 0; call < kCallsPerRound; ++call) kernel.packed(args);
    const double rate = flops / (now_seconds() - begin) * 1e-9;
    if (rate > best && rate < 1e6) best = rate;
  }
  known.store(best, std::memory_order_relaxed);
  return best;
}

}  // namespace

double now_seconds() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double measured_peak(const IsaEntry& isa, DType real) {
  return measure(isa.kernels(real).kernels[0], g_peaks[static_cast<int>(isa.isa)][real == DType::f64]);
}

double measured_peak(const Int8Entry& isa) {
  return measure(isa.kernels.kernels[0], g_peaks[static_cast<int>(isa.isa)][2]);
}

}  // namespace tessera
