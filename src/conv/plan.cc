#include "conv/plan.h"

#include "conv/algorithm.h"

namespace tessera {
namespace {

// In cycles; fitted on Zen 4, where a multiply-add of 64 bytes takes one.
constexpr double kGemmShare = 0.92;            // of the multiply-adds' peak that tall panels reach
constexpr double kWinogradShare = 0.80;        // and the products of Winograd's points, which are small
constexpr double kGatherCycles = 2.5;          // packing a register of the image
constexpr double kTransformCycles = 16.0;      // a register of a tile, staged, transformed, stored, at one point
constexpr double kWeightBytesPerCycle = 14.0;  // from the last cache

double gemm_cycles(const ConvProblem& p, double lanes) {
  const index_t pixels = p.transposed ? p.h * p.w : p.oh * p.ow;
  const auto padded = [&](index_t n) { return static_cast<double>(round_up(n, static_cast<index_t>(lanes / 2))); };
  const double left = static_cast<double>(p.nhwc() ? pixels : p.k), right = padded(p.nhwc() ? p.k : pixels);
  const double k = static_cast<double>(p.taps() * p.c), groups = static_cast<double>(p.batch * p.groups);
  const double gather = k * static_cast<double>(pixels) / lanes * kGatherCycles;
  return groups * (left * right * k / lanes / kGemmShare + gather);
}

double winograd_cycles(const ConvProblem& p, const Machine& machine, int m, double lanes) {
  const double tiles = static_cast<double>(ceil_div(p.oh, m) * ceil_div(p.ow, m)), points = (m + 2) * (m + 2);
  const auto blocks = [&](index_t n) { return static_cast<double>(ceil_div(n, static_cast<index_t>(lanes))); };
  const double c = static_cast<double>(p.c), k = static_cast<double>(p.k);
  const double products = tiles * points * c * blocks(p.k) / kWinogradShare;
  const double transforms = tiles * points * (blocks(p.c) + blocks(p.k)) * kTransformCycles;
  const double bytes = points * c * k * 4.0;
  // Weights that do not stay in L2 come from farther away for each task, behind multiply-adds at best.
  const double fetch = bytes > static_cast<double>(machine.l2.bytes) / 2 ? bytes / kWeightBytesPerCycle : 0.0;
  return static_cast<double>(p.batch * p.groups) * (transforms + (products > fetch ? products : fetch));
}

// Few input channels: rows that fill no tile are padded.
double direct_cycles(const ConvProblem& p, const Machine& machine, double lanes) {
  const bool joined = p.taps() == 1 && p.unit_stride();  // all pixels are one row
  const index_t pixels = joined ? p.oh * p.ow : p.ow;
  const double depth = static_cast<double>(p.taps() * p.c);
  const double rows = static_cast<double>(joined ? p.batch : p.batch * p.oh);
  const auto blocks = [](index_t n, index_t of) { return static_cast<double>(ceil_div(n, of)); };
  const auto width = static_cast<index_t>(lanes);
  const double work = p.nhwc() ? static_cast<double>(max_index(pixels, 6)) * blocks(p.k, width)
                               : blocks(pixels, width) * blocks(p.k, machine.isa->conv->direct_channels) *
                                     machine.isa->conv->direct_channels;
  return rows * depth * work / kGemmShare;
}

// At memory speed: every element read and written once.
double depthwise_cycles(const ConvProblem& p, double lanes) {
  const double outputs = static_cast<double>(p.batch * p.groups * p.k * p.oh) * static_cast<double>(p.ow);
  return outputs * static_cast<double>(p.taps()) / lanes * 1.5;
}

}  // namespace

// Registers of a panel of weights: all widths do the same work where they divide K, the widest of them with the fewest
// loads of A.
int panel_registers(const TileSet& tiles, index_t k) {
  const index_t vectors = ceil_div(k, tiles.lanes);
  int best = 1;
  index_t least = 0;
  for (int nv = 2; nv <= 4 && nv <= tiles.max_width; ++nv) {
    if (tiles.max_height_direct[nv] < 4) break;
    const index_t waste = round_up(vectors, nv) - vectors;
    if (best == 1 || waste <= least) {
      best = nv;
      least = waste;
    }
  }
  return best;
}

bool conv_allows(const ConvProblem& p, const Machine& machine, tsr_conv_accuracy accuracy,
                 tsr_conv_algorithm algorithm) {
  const int most = accuracy == TSR_CONV_FAST ? 6 : accuracy == TSR_CONV_NORMAL ? 4 : accuracy == TSR_CONV_HIGH ? 2 : 0;
  if (algorithm == TSR_CONV_GEMM) return true;
  if (algorithm == TSR_CONV_DEPTHWISE) return depthwise_supports(p);
  if (algorithm == TSR_CONV_DIRECT) return direct_supports(p, machine);
  return winograd_tile(algorithm) <= most && winograd_supports(p);
}

double conv_cycles(const ConvProblem& p, const Machine& machine, tsr_conv_algorithm algorithm) {
  const double lanes = machine.isa->conv->lanes;
  if (algorithm == TSR_CONV_GEMM) return gemm_cycles(p, lanes);
  if (algorithm == TSR_CONV_DEPTHWISE) return depthwise_cycles(p, lanes);
  if (algorithm == TSR_CONV_DIRECT) return direct_cycles(p, machine, lanes);
  return winograd_cycles(p, machine, winograd_tile(algorithm), lanes);
}

tsr_conv_algorithm choose_conv_algorithm(const ConvProblem& p, tsr_conv_accuracy accuracy, const Machine& machine) {
  tsr_conv_algorithm best = TSR_CONV_GEMM;
  double least = conv_cycles(p, machine, best);
  for (const tsr_conv_algorithm candidate : kConvAlgorithms) {
    if (!conv_allows(p, machine, accuracy, candidate)) continue;
    const double cycles = conv_cycles(p, machine, candidate);
    if (cycles < least) {
      least = cycles;
      best = candidate;
    }
  }
  return best;
}

}  // namespace tessera
