// How a source becomes a micro-panel.
//
// A micro-panel is what a packed kernel reads: for each p in [0, k) the elements of one column of A's (one row of B's)
// strip, contiguous: dst[p * panel + i], i in [0, panel). One routine serves A and B: "width" runs over the rows of A
// or the columns of B.
//
//   plain          dst[p * panel + i] = alpha * src(i, p)
//   complex_left   A of the 1m method: the real kernel sees 2k; p becomes two steps
//                    dst[(2p) * panel + i] = re(x),  dst[(2p + 1) * panel + i] = im(x)
//   complex_right  B of the 1m method: the real kernel sees 2k and twice the columns
//                    dst[(2p) * panel + 2i] = re(x),      dst[(2p) * panel + 2i + 1] = im(x)
//                    dst[(2p + 1) * panel + 2i] = -im(x), dst[(2p + 1) * panel + 2i + 1] = re(x)
//   with x = alpha * src(i, p), or alpha * conj(src(i, p)).
//   bf16, f16      as plain, from numbers of that type, which are widened first
// (1m: F. Van Zee, "Implementing high-performance complex matrix multiplication via the 1m method", SISC 2020.)
//
// The panel may be wider than what the source fills, up to the next multiple of the register: the rest is zero. A panel
// is written once, in order, and nothing is written outside [dst, dst + k' * panel). Nothing outside the source is
// read.
#pragma once

#include "base/dtype.h"
#include "base/isa.h"

namespace tessera {

struct PackArgs {
  void* dst;
  const void* src;  // element (0, 0)
  index_t width;    // source elements across, > 0
  index_t panel;    // real elements from one p to the next
  index_t k;
  index_t inc_w, inc_k;       // in elements of the source, any sign
  double alpha_re, alpha_im;  // rounded to the source's real type already
  bool conj;
};

using PackFn = void (*)(const PackArgs&);

// Pixels of an image as the rows of A or the columns of B of an implicit GEMM: pixels of a grid laid over the image,
// row by row, by steps of k that run over taps and, fastest, channels.
//
//   dst[p * panel + i] = image(c, y0 + py * pixel_y + r * tap_y, x0 + px * pixel_x + s * tap_x), 0 outside of it,
//   with pixel first + i = py * columns + px and step step + p = (r * taps_x + s) * channels + c.
struct PixelGrid {
  index_t columns;           // pixels in a row of the grid
  index_t height, width;     // of the image
  index_t y0, x0;            // image position of the first pixel under the first tap; any sign
  index_t pixel_y, pixel_x;  // from pixel to pixel, > 0
  index_t tap_y, tap_x;      // from tap to tap, any sign
  index_t taps_x;            // taps in a row
  index_t channels;
  index_t inc_c, inc_y, inc_x;  // elements from channel to channel, row to row, pixel to pixel of the image
};
inline constexpr index_t kMaxGatherWidth = 128;  // no panel is wider
struct GatherArgs {
  void* dst;
  const void* image;     // channel 0, row 0, pixel 0
  index_t first, width;  // pixels; width in 1..kMaxGatherWidth
  index_t panel;         // elements from one step to the next; what `width` leaves free is zero
  index_t step, steps;
  PixelGrid grid;
};
using GatherFn = void (*)(const GatherArgs&);

// The routines of one ISA for one real type; the complex ones take interleaved pairs of it.
struct PackSet {
  Isa isa;
  DType type;
  PackFn plain, complex_left, complex_right;
  GatherFn gather;
  PackFn bf16 = nullptr, f16 = nullptr;  // of f32 panels
};

#define TESSERA_DECLARE_PACKERS(isa)  \
  const PackSet& packers_f32_##isa(); \
  const PackSet& packers_f64_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_PACKERS)
#undef TESSERA_DECLARE_PACKERS

}  // namespace tessera
