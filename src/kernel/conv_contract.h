// The kernels of convolution beside GEMM's: direct ones (depthwise, few input channels) and Winograd's transforms, in
// single precision.
//
// All strides are in elements. Pointers are aligned to the element and to nothing more. Nothing outside of what is
// named is written; reads beyond it are named.
#pragma once

#include "base/dtype.h"
#include "base/isa.h"

namespace tessera {

// ---- depthwise, pixels are neighbours (NCHW)
// -------------------------------------------------------------------------

// How sums of direct kernels are finished: the bias is added where there is one, then y := min(high, max(low, y)); NaN
// goes through.
struct DirectFinish {
  const float* bias;  // of the first channel; or null
  float low, high;
};

// One row of an image, spread over `planes` planes: element e of the row goes to dst[(at + e) % planes * plane +
// (at + e) / planes]. at >= 0. Up to a register of zeros is written behind the last element of each plane.
struct StageRowArgs {
  float* dst;
  const float* src;
  index_t at, length;
  index_t planes, plane;
};

// Planes as they lie in the image, each with one output channel; of their outputs rows [first, first + rows).
//
//   y[i * columns + j] = sum over r, s of w[r * size + s] * x[(i * stride + r - top) * width + j * stride + s - left],
//
// in this order, with zeros outside of the image, and then finished. left <= size / 2. Weights and biases of the planes
// follow each other. Outputs may be computed and written twice, and before that others in their place, where they
// follow what is written.
struct DepthwisePlanesArgs {
  const float* x;
  const float* w;
  float* y;
  const float *readable, *readable_end;  // the image's memory
  index_t planes;
  index_t height, width;
  index_t top, left;
  index_t first, rows, columns;
  index_t x_plane, y_plane;
  DirectFinish finish;
};

// Rows of outputs of one channel from staged rows, whose planes are the column stride apart in the image: tap s of
// column j lies in plane s * dx % sx at s * dx / sx + j.
//
//   y[i * y_row + j] = sum over r, s of w[r * kw + s] * x[(i * sy + r * dy) * x_row + plane(s) + j], in this order
//
// and then finished as below. Up to a register beyond the last column is read of x.
struct DepthwiseRowsArgs {
  const float* x;
  const float* w;
  float* y;
  index_t rows, columns;
  index_t kh, kw, sy, dy;
  index_t x_row, y_row;
  const index_t* taps;  // kw offsets in x
  DirectFinish finish;
};

// ---- depthwise, channels are neighbours (NHWC)
// -----------------------------------------------------------------------

// `pixels` neighbouring outputs of a row from pointers to input pixels: output i sees, under tap (r, s), the pixel at
// x[r * x_row + i * sx + s * dx].
//
//   y[i * y_pixel + c] = sum over r, s of w[(r * kw + s) * w_tap + c] * x[...][c], in this order
//
// for c in [first, last), and then finished. A whole register of w is read where channels end within one.
struct DepthwisePixelsArgs {
  const float* const* x;
  const float* w;
  float* y;
  index_t first, last;  // channels
  index_t pixels;
  index_t kh, kw, sx, dx;
  index_t x_row;  // pointers
  index_t w_tap, y_pixel;
  DirectFinish finish;
};

// ---- few input channels
// ----------------------------------------------------------------------------------------------
//
// A row of y from staged rows of the image, its padding included. Kernels may compute a pixel twice, with the same
// bits.

// NHWC: a panel of output channels, of which kernels hold all sums of some pixels in registers.
//
//   y[i * y_pixel + k] = sum over r, p of w[(r * steps + p) * width + k] * x[r][i * x_pixel + p], in this order
//
// and then finished. width: `outputs` rounded up to whole registers.
struct DirectPixelsArgs {
  const float* const* x;  // kh rows
  const float* w;
  float* y;
  index_t pixels;
  index_t kh, steps;  // steps: kernel columns * input channels
  index_t x_pixel, y_pixel;
  int outputs;  // 1..2 * lanes
  DirectFinish finish;
};

// NCHW, 1 x 1: a panel of output channels, as in NHWC.
//
//   y[k * y_channel + i] = sum over c of w[c * width + k] * x[c * x_channel + i], in this order
//
// and then finished. width: `outputs` rounded up to whole registers.
struct DirectChannelsArgs {
  const float* x;
  index_t x_channel;
  const float* w;
  float* y;
  index_t y_channel;
  index_t pixels, channels;
  int outputs;  // 1..2 * lanes
  DirectFinish finish;
};

// NCHW: a block of output channels. Staged rows are spread over planes, as for depthwise kernels.
//
//   y[k * y_channel + j] = sum over r, s, c of w[((r * kw + s) * channels + c) * direct_block + k]
//                                              * x[r * channels + c][taps[s] + j], in this order
//
// and then finished. A whole register of x is read where there are fewer columns; else nothing beyond the last.
struct DirectRowArgs {
  const float* const* x;  // kh * channels rows
  const index_t* taps;    // kw offsets in them
  const float* w;
  float* y;
  index_t columns;
  index_t kh, kw, channels;
  index_t y_channel;
  int outputs;  // 1..direct_block
  DirectFinish finish;
};

// ---- Winograd
// --------------------------------------------------------------------------------------------------------
//
// F(m x m, 3 x 3): an output tile of m x m from (m + 2) x (m + 2) inputs by as many products, one for each point, where
// the direct sum has 9 m^2. Images are staged in blocks of `lanes` channels: x[(row * width + pixel) * lanes +
// channel].

// v[point * v_point + tile * v_tile + c] := B^T x B, for tiles side by side in a row, m pixels apart.
struct WinogradInputArgs {
  const float* x;
  float* v;
  index_t tiles;
  index_t x_row;  // from row to row of x
  index_t v_point, v_tile;
};
// y := A^T m A, m x m pixels for each tile.
struct WinogradOutputArgs {
  const float* m;
  float* y;
  index_t tiles;
  index_t m_point, m_tile;
  index_t y_row;
};
// Writes `pixels` staged pixels of one row to the image, channels [0, channels) of the block.
struct UnstageArgs {
  const float* x;
  float* y;
  index_t pixels, channels;
  index_t y_c, y_x;  // one of them is 1
};

using StageRowFn = void (*)(const StageRowArgs&);
using DepthwisePlanesFn = void (*)(const DepthwisePlanesArgs&);
using DepthwiseRowsFn = void (*)(const DepthwiseRowsArgs&);
using DepthwisePixelsFn = void (*)(const DepthwisePixelsArgs&);
using DirectPixelsFn = void (*)(const DirectPixelsArgs&);
using DirectChannelsFn = void (*)(const DirectChannelsArgs&);
using DirectRowFn = void (*)(const DirectRowArgs&);
using WinogradInputFn = void (*)(const WinogradInputArgs&);
using WinogradOutputFn = void (*)(const WinogradOutputArgs&);
using UnstageFn = void (*)(const UnstageArgs&);

// The square kernels and row strides that have loops of their own; others share one that takes any.
inline constexpr int kDepthwiseSizes[] = {3, 5, 7};
inline constexpr int kWinogradTiles[] = {2, 4, 6};

struct ConvKernels {
  Isa isa;
  int lanes;
  StageRowFn stage_row;
  DepthwisePlanesFn planes[3][2];  // [size][stride - 1]
  DepthwiseRowsFn rows_any;
  DepthwisePixelsFn pixels_any;    // sizes and steps as given
  DepthwisePixelsFn pixels[3][2];  // [size][stride - 1], dilation 1 along x
  DirectPixelsFn direct_pixels;
  DirectChannelsFn direct_channels;
  DirectRowFn direct_row;
  int direct_block;  // its output channels
  WinogradInputFn winograd_input[3];
  WinogradOutputFn winograd_output[3];
  UnstageFn unstage;
};

// Interpolation points of F(m, 3): 0, infinity and pairs +-p. With P(t) the product of t - q^2 over the other pairs and
// Q(t) over all of them, row 0 of B^T has the coefficients of Q at even places, the last row at odd ones, and the rows
// of +-p are those of x (x +- p) P(x^2). The weights' transform (1, p, p^2) / N carries all divisors: N is Q(0) at 0
// and 2 p^2 P(p^2) at +-p.
template <int kM>
struct WinogradPoints {
  static constexpr int kPairs = kM / 2, kPoints = kM + 2;
  static constexpr double kPoint[3] = {kM == 4 ? 0.625 : kM == 6 ? 0.5 : 1.0, kM == 4 ? 1.5 : 1.0, 2.0};

  struct Polynomial {
    double c[4] = {};  // of t^0, t^1, ...
  };
  // The product of t - q^2 over all pairs but `without`.
  static constexpr Polynomial product(int without) {
    Polynomial p;
    p.c[0] = 1.0;
    for (int i = 0, degree = 0; i < kPairs; ++i) {
      if (i == without) continue;
      const double square = kPoint[i] * kPoint[i];
      ++degree;
      for (int j = degree; j >= 0; --j) p.c[j] = (j > 0 ? p.c[j - 1] : 0.0) - square * p.c[j];
    }
    return p;
  }
  static constexpr double at(const Polynomial& p, double t) {
    return p.c[0] + t * (p.c[1] + t * (p.c[2] + t * p.c[3]));
  }
  // (G g)(point): points in the order 0, +p0, -p0, +p1, ..., infinity.
  static constexpr double weight(int point, double g0, double g1, double g2) {
    if (point == 0) return g0 / product(-1).c[0];
    if (point == kPoints - 1) return g2;
    const int pair = (point - 1) / 2;
    const double p = (point - 1) % 2 == 0 ? kPoint[pair] : -kPoint[pair];
    return (g0 + p * g1 + p * p * g2) / (2.0 * p * p * at(product(pair), p * p));
  }
};

#define TESSERA_DECLARE_CONV(isa) const ConvKernels& conv_kernels_f32_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_CONV)
#undef TESSERA_DECLARE_CONV

}  // namespace tessera
