#include "conv/phase.h"

#include <numeric>

namespace tessera {
namespace {

// Along one dimension: the taps that output positions `phase` modulo `stride` see, and where.
struct PhaseTaps {
  index_t first, step, count;
  index_t origin;  // input position of the first output position under the first tap
  index_t pace;    // input positions from tap to tap, backwards
};
PhaseTaps phase_taps(index_t phase, index_t kernel, index_t stride, index_t dilation, index_t padding) {
  // Output position o = phase + a * stride sees tap r where o + padding - r * dilation is a multiple of the stride.
  const index_t g = std::gcd(stride, dilation), step = stride / g, at = phase + padding;
  for (index_t r = 0; r < step && r < kernel; ++r) {
    if ((at - r * dilation) % stride == 0)
      return {r, step, (kernel - 1 - r) / step + 1, (at - r * dilation) / stride, dilation / g};
  }
  return {0, 1, 0, 0, 0};
}

}  // namespace

index_t conv_phases_y(const ConvProblem& p) { return p.transposed ? min_index(p.sy, p.oh) : 1; }
index_t conv_phases_x(const ConvProblem& p) { return p.transposed ? min_index(p.sx, p.ow) : 1; }

ConvPhase conv_phase(const ConvProblem& p, index_t y, index_t x) {
  ConvPhase f;
  f.row = y;
  f.column = x;
  f.grid.height = p.h;
  f.grid.width = p.w;
  f.grid.channels = p.c;
  f.grid.inc_c = p.in.c;
  f.grid.inc_y = p.in.y;
  f.grid.inc_x = p.in.x;
  if (p.transposed) {
    f.pace_y = p.sy;
    f.pace_x = p.sx;
    f.rows = ceil_div(p.oh - y, p.sy);
    f.columns = ceil_div(p.ow - x, p.sx);
    const PhaseTaps r = phase_taps(y, p.kh, p.sy, p.dy, p.top), s = phase_taps(x, p.kw, p.sx, p.dx, p.left);
    const bool any = r.count > 0 && s.count > 0;
    f.tap_r = r.first;
    f.tap_s = s.first;
    f.step_r = r.step;
    f.step_s = s.step;
    f.taps_y = any ? r.count : 0;
    f.taps_x = any ? s.count : 0;
    f.grid.y0 = r.origin;
    f.grid.x0 = s.origin;
    f.grid.pixel_y = f.grid.pixel_x = 1;
    f.grid.tap_y = -r.pace;
    f.grid.tap_x = -s.pace;
  } else {
    f.pace_y = f.pace_x = 1;
    f.rows = p.oh;
    f.columns = p.ow;
    f.tap_r = f.tap_s = 0;
    f.step_r = f.step_s = 1;
    f.taps_y = p.kh;
    f.taps_x = p.kw;
    f.grid.y0 = -p.top;
    f.grid.x0 = -p.left;
    f.grid.pixel_y = p.sy;
    f.grid.pixel_x = p.sx;
    f.grid.tap_y = p.dy;
    f.grid.tap_x = p.dx;
  }
  f.grid.columns = f.columns;
  f.grid.taps_x = f.taps_x;
  return f;
}

}  // namespace tessera
