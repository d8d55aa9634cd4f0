#include "conv/plan.h"

#include "conv/algorithm.h"

namespace tessera {
namespace {

double gemm_cycles(const ConvProblem& p, const ConvTuning& cost, double lanes) {
  const index_t pixels = p.transposed ? p.h * p.w : p.oh * p.ow;
  const double k = static_cast<double>(p.taps() * p.c), groups = static_cast<double>(p.batch * p.groups);
  // Pixels beside each other may fill half of a register; channels beside each other are padded with the weights.
  const auto width = static_cast<index_t>(lanes);
  const double left = static_cast<double>(p.nhwc() ? pixels : p.k);
  const double right = static_cast<double>(p.nhwc() ? round_up(p.k, width) : round_up(pixels, width / 2));
  const bool gathers = p.taps() != 1 || !p.unit_stride() || p.top != 0 || p.left != 0;
  const double gather = gathers ? k * static_cast<double>(pixels) / lanes * cost.gather : 0.0;
  return groups * (left * right / lanes * (k / cost.gemm_share + cost.gemm_output) + gather);
}

double winograd_cycles(const ConvProblem& p, const Machine& machine, int m, double lanes) {
  const double tiles = static_cast<double>(ceil_div(p.oh, m) * ceil_div(p.ow, m)), points = (m + 2) * (m + 2);
  const auto blocks = [&](index_t n) { return static_cast<double>(ceil_div(n, static_cast<index_t>(lanes))); };
  const double c = static_cast<double>(p.c), k = static_cast<double>(p.k);
  const double products = tiles * points * c * blocks(p.k) / machine.conv.winograd_share;
  const double transforms = tiles * points * (blocks(p.c) + blocks(p.k)) * machine.conv.transform;
  const double bytes = points * c * k * 4.0;
  // Weights that do not stay in L2 come from farther away for each task, behind multiply-adds at best.
  const double fetch = bytes > static_cast<double>(machine.l2.bytes) / 2 ? bytes / machine.conv.weight_bytes : 0.0;
  return static_cast<double>(p.batch * p.groups) * (transforms + (products > fetch ? products : fetch));
}

// Pixels that fill no tile are computed with the last one's again.
double direct_cycles(const ConvProblem& p, const Machine& machine, double lanes) {
  const bool joined = p.taps() == 1 && p.unit_stride();  // all pixels are one row
  const index_t pixels = joined ? p.oh * p.ow : p.ow, block = machine.isa->conv->direct_block;
  const auto width = static_cast<index_t>(lanes);
  const bool channels = pointwise_supports(p, machine) ? pointwise_by_channels(p, machine) : p.nhwc();
  const index_t row =
      channels ? max_index(pixels, 6) * ceil_div(p.k, width) : ceil_div(pixels, width) * round_up(p.k, block);
  const double rows = static_cast<double>(joined ? p.batch : p.batch * p.oh);
  return rows * static_cast<double>(row) *
         (static_cast<double>(p.taps() * p.c) / machine.conv.direct_share + machine.conv.direct_output);
}

// At memory speed: every element read and written once.
double depthwise_cycles(const ConvProblem& p, const ConvTuning& cost, double lanes) {
  const double outputs = static_cast<double>(p.batch * p.groups * p.k * p.oh) * static_cast<double>(p.ow);
  return outputs * static_cast<double>(p.taps()) / lanes * cost.depthwise;
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
  if (algorithm == TSR_CONV_GEMM) return gemm_cycles(p, machine.conv, lanes);
  if (algorithm == TSR_CONV_DEPTHWISE) return depthwise_cycles(p, machine.conv, lanes);
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
