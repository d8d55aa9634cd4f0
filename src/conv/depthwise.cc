// Direct depthwise convolution: one input channel for each group.
//
// NCHW: a thread takes channels. Rows of one are staged in L1 with their padding, spread over as many planes as the
// column stride, so that all taps are plain loads; kernels then read each staged row once for four rows of y. NHWC: a
// thread takes rows of y. Kernels get pointers to pixels, those of the padding to a line of zeros.
#include <cstring>
#include <limits>
#include <new>

#include "conv/algorithm.h"
#include "conv/slots.h"

namespace tessera {
namespace {

constexpr index_t kFloat = sizeof(float);
// Staged rows of one channel: half of a first-level cache, the other half for y.
constexpr index_t kStagedBytes = 16 * 1024;
// Tasks of a job: enough for threads to even out, few enough to cost nothing.
constexpr index_t kTasksPerThread = 8;

// What kernels finish on their own.
struct FusedFinish {
  DepthwiseFinish finish;
  bool whole;  // nothing is left to do
};
FusedFinish fuse(const ConvFinish& f) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  FusedFinish fused{{nullptr, -kInfinity, kInfinity}, true};
  if (f.finish == nullptr) return fused;
  fused.whole = f.residual == nullptr;
  if (fused.whole) {
    switch (f.activation) {
      case TSR_ACTIVATION_NONE:
        break;
      case TSR_ACTIVATION_RELU:
        fused.finish.low = 0.0f;
        break;
      case TSR_ACTIVATION_RELU6:
        fused.finish.low = 0.0f;
        fused.finish.high = 6.0f;
        break;
      case TSR_ACTIVATION_CLIP:
        fused.finish.low = f.a;
        fused.finish.high = f.b;
        break;
      default:
        fused.whole = false;
    }
  }
  if (fused.whole) fused.finish.bias = f.bias;
  return fused;
}

// Rows of y from one input row to the next are shared: strips are at least this high.
constexpr index_t kLeastStrip = 4;

int size_index(const ConvProblem& p) {
  for (int i = 0; i < 3; ++i)
    if (p.kh == kDepthwiseSizes[i] && p.kw == kDepthwiseSizes[i]) return i;
  return -1;
}

}  // namespace

class Depthwise final : public ConvAlgorithm {
 public:
  // narrow: kernels with the same bits and half the register width, for narrow images; or null.
  Depthwise(const ConvProblem& problem, const IsaEntry& isa, const IsaEntry* narrow);

  index_t weight_bytes() const override;
  bool pack_weights(const float* weights, char* packed, const Executor& executor) const override;
  index_t thread_bytes() const override;
  void run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
           const Executor& executor) const override;

 private:
  friend class DepthwiseRowsJob;
  friend class DepthwisePixelsJob;
  void plan_rows();
  void plan_pixels();

  const ConvProblem& p_;
  const ConvKernels* kernels_;
  // NCHW: staged rows at a time, elements of one plane of a row, output rows at a time; offsets of taps are in the
  // workspace. NHWC: elements of a line of weights or zeros.
  index_t plane_ = 0, strip_ = 0, staged_rows_ = 0;
  index_t line_ = 0;
  DepthwiseRowsFn rows_ = nullptr;
  DepthwisePixelsFn pixels_ = nullptr;
};

bool depthwise_supports(const ConvProblem& p) {
  if (p.transposed || p.c != 1) return false;
  // Beyond these limits staged rows (pointers) would leave the caches.
  constexpr index_t kMostStride = 8, kMostStaged = index_t{1} << 20;
  if (p.nhwc()) return p.k == 1 && p.sx <= kMostStride && p.kh * (kMostStride * kDepthwisePixels + p.kw) <= kMostStaged;
  const index_t columns = (p.kw - 1) * p.dx + p.ow * p.sx, rows = (p.kh - 1) * p.dy + p.sy;
  return p.sx <= kMostStride && columns <= kMostStaged && rows <= kMostStaged && columns * rows <= kMostStaged;
}

Depthwise::Depthwise(const ConvProblem& problem, const IsaEntry& isa, const IsaEntry* narrow)
    : p_(problem), kernels_(isa.conv) {
  if (p_.nhwc()) {
    plan_pixels();
  } else {
    // A row that fills less than half of a register is computed in half of one.
    if (narrow != nullptr && p_.ow <= narrow->conv->lanes) kernels_ = narrow->conv;
    plan_rows();
  }
}

// ---- NCHW
// ------------------------------------------------------------------------------------------------------------

void Depthwise::plan_rows() {
  const int size = size_index(p_);
  const bool own = size >= 0 && p_.sy <= 2 && p_.dy == 1;
  rows_ = own ? kernels_->rows[size][p_.sy - 1] : kernels_->rows_any;
  // Columns that taps reach, and a register behind the last.
  const index_t reach = (p_.kw - 1) * p_.dx + (p_.ow - 1) * p_.sx + 1;
  plane_ = round_up(ceil_div(reach, p_.sx) + kernels_->lanes, kernels_->lanes);
  const index_t row_bytes = p_.sx * plane_ * kFloat, overlap = (p_.kh - 1) * p_.dy + 1;
  const index_t rows = max_index(kStagedBytes / row_bytes, (kLeastStrip - 1) * p_.sy + overlap);
  strip_ = clamp_index((rows - overlap) / p_.sy + 1, 1, p_.oh);
  if (strip_ > kLeastStrip && strip_ < p_.oh) strip_ = round_down(strip_, kLeastStrip);
  staged_rows_ = (strip_ - 1) * p_.sy + overlap;
}

class DepthwiseRowsJob final : public PhasedJob {
 public:
  DepthwiseRowsJob(const Depthwise& d, const char* packed, const float* x, const ConvFinish& finish, float* y,
                   Slots& slots, int threads)
      : d_(d),
        p_(d.p_),
        w_(reinterpret_cast<const float*>(packed)),
        x_(x),
        finish_(finish),
        fused_(fuse(finish)),
        y_(y),
        slots_(slots),
        planes_(p_.batch * p_.groups),
        tasks_(min_index(planes_, kTasksPerThread * threads)) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return tasks_; }
  void run(int, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    index_t* const taps = reinterpret_cast<index_t*>(slot.data());
    for (index_t s = 0; s < p_.kw; ++s) taps[s] = s * p_.dx % p_.sx * d_.plane_ + s * p_.dx / p_.sx;
    float* const staged = reinterpret_cast<float*>(slot.data() + round_up(p_.kw * index_t{sizeof(index_t)}, 64));
    // Padding is written once: images fill the same places of every row.
    std::memset(staged, 0, static_cast<std::size_t>(d_.staged_rows_ * p_.sx * d_.plane_ * kFloat));
    const Part part = part_of(planes_, tasks_, task);
    for (index_t i = part.begin; i < part.begin + part.size; ++i) channel(i / p_.groups, i % p_.groups, taps, staged);
  }

 private:
  // Output channels of one input channel.
  void channel(index_t image, index_t group, const index_t* taps, float* staged) const {
    const float* const x = x_ + image * p_.in.n + group * p_.in.c;
    for (index_t oy = 0; oy < p_.oh; oy += d_.strip_) {
      const index_t rows = min_index(d_.strip_, p_.oh - oy);
      stage(x, oy * p_.sy - p_.top, (rows - 1) * p_.sy + (p_.kh - 1) * p_.dy + 1, staged);
      for (index_t k = group * p_.k; k < (group + 1) * p_.k; ++k) {
        const index_t offset = image * p_.out.n + k * p_.out.c + oy * p_.out.y;
        d_.rows_({.x = staged,
                  .w = w_ + k * p_.taps(),
                  .y = y_ + offset,
                  .rows = rows,
                  .columns = p_.ow,
                  .kh = p_.kh,
                  .kw = p_.kw,
                  .sy = p_.sy,
                  .dy = p_.dy,
                  .x_row = p_.sx * d_.plane_,
                  .y_row = p_.out.y,
                  .taps = taps,
                  .finish = finish_of(k)});
        // Rows of a channel follow each other: one row of a tile.
        if (!fused_.whole) finish_.apply(y_ + offset, 0, 1, rows * p_.ow, k, true, offset, 0, 1);
      }
    }
  }

  DepthwiseFinish finish_of(index_t k) const {
    DepthwiseFinish f = fused_.finish;
    if (f.bias != nullptr) f.bias += k;
    return f;
  }

  void stage(const float* x, index_t y, index_t rows, float* staged) const {
    const index_t row_size = p_.sx * d_.plane_;
    // Columns of the image that taps reach.
    const index_t reach = (p_.kw - 1) * p_.dx + (p_.ow - 1) * p_.sx + 1;
    const index_t length = clamp_index(reach - p_.left, 0, p_.w);
    for (index_t i = 0; i < rows; ++i, staged += row_size) {
      if (y + i < 0 || y + i >= p_.h) {
        std::memset(staged, 0, static_cast<std::size_t>(row_size * kFloat));
      } else if (length > 0) {
        d_.kernels_->stage_row({.dst = staged,
                                .src = x + (y + i) * p_.in.y,
                                .at = p_.left,
                                .length = length,
                                .planes = p_.sx,
                                .plane = d_.plane_});
      }
    }
  }

  const Depthwise& d_;
  const ConvProblem& p_;
  const float* w_;
  const float* x_;
  const ConvFinish& finish_;
  const FusedFinish fused_;
  float* y_;
  Slots& slots_;
  index_t planes_, tasks_;
};

// ---- NHWC
// ------------------------------------------------------------------------------------------------------------

void Depthwise::plan_pixels() {
  const int size = size_index(p_);
  const bool own = size >= 0 && p_.sx <= 2 && p_.dx == 1;
  pixels_ = own ? kernels_->pixels[size][p_.sx - 1] : kernels_->pixels_any;
  line_ = round_up(p_.groups, 16);
}

class DepthwisePixelsJob final : public PhasedJob {
 public:
  DepthwisePixelsJob(const Depthwise& d, const char* packed, const float* x, const ConvFinish& finish, float* y,
                     Slots& slots, int threads)
      : d_(d),
        p_(d.p_),
        w_(reinterpret_cast<const float*>(packed)),
        zeros_(w_ + p_.taps() * d.line_),
        x_(x),
        finish_(finish),
        fused_(fuse(finish)),
        y_(y),
        slots_(slots),
        rows_(p_.batch * p_.oh),
        tasks_(min_index(rows_, kTasksPerThread * threads)) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return tasks_; }
  void run(int, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    const float** const pointers = reinterpret_cast<const float**>(slot.data());
    const Part part = part_of(rows_, tasks_, task);
    for (index_t i = part.begin; i < part.begin + part.size; ++i) row(i / p_.oh, i % p_.oh, pointers);
  }

 private:
  void row(index_t image, index_t oy, const float** pointers) const {
    const float* const x = x_ + image * p_.in.n;
    const index_t offset = image * p_.out.n + oy * p_.out.y;
    const bool dense = p_.dx == 1;  // neighbouring outputs share columns
    const index_t most = dense ? ceil_div(p_.ow, ceil_div(p_.ow, kDepthwisePixels)) : 1;
    for (index_t ox = 0; ox < p_.ow; ox += most) {
      const index_t pixels = min_index(most, p_.ow - ox);
      const index_t columns = dense ? (pixels - 1) * p_.sx + p_.kw : p_.kw;
      const float** next = pointers;
      for (index_t r = 0; r < p_.kh; ++r) {
        const index_t iy = oy * p_.sy + r * p_.dy - p_.top;
        const bool inside = iy >= 0 && iy < p_.h;
        index_t ix = ox * p_.sx - p_.left;
        for (index_t q = 0; q < columns; ++q, ix += p_.dx)
          *next++ = inside && ix >= 0 && ix < p_.w ? x + iy * p_.in.y + ix * p_.in.x : zeros_;
      }
      d_.pixels_({.x = pointers,
                  .w = w_,
                  .y = y_ + offset + ox * p_.out.x,
                  .channels = p_.groups,
                  .pixels = pixels,
                  .kh = p_.kh,
                  .kw = p_.kw,
                  .sx = p_.sx,
                  .columns = columns,
                  .w_tap = d_.line_,
                  .y_pixel = p_.out.x,
                  .finish = fused_.finish});
    }
    if (!fused_.whole) finish_.apply(y_ + offset, p_.out.x, p_.ow, p_.groups, 0, false, offset, p_.out.x, 1);
  }

  const Depthwise& d_;
  const ConvProblem& p_;
  const float* w_;
  const float* zeros_;
  const float* x_;
  const ConvFinish& finish_;
  const FusedFinish fused_;
  float* y_;
  Slots& slots_;
  index_t rows_, tasks_;
};

// ---- both
// ------------------------------------------------------------------------------------------------------------

index_t Depthwise::weight_bytes() const {
  return (p_.nhwc() ? (p_.taps() + 1) * line_ : p_.groups * p_.k * p_.taps()) * kFloat;
}

bool Depthwise::pack_weights(const float* weights, char* packed, const Executor&) const {
  float* const w = reinterpret_cast<float*>(packed);
  if (!p_.nhwc()) {
    std::memcpy(w, weights, static_cast<std::size_t>(weight_bytes()));
    return true;
  }
  std::memset(w, 0, static_cast<std::size_t>(weight_bytes()));
  for (index_t c = 0; c < p_.groups; ++c)
    for (index_t t = 0; t < p_.taps(); ++t) w[t * line_ + c] = weights[c * p_.taps() + t];
  return true;
}

index_t Depthwise::thread_bytes() const {
  if (p_.nhwc()) return round_up(p_.kh * ((kDepthwisePixels - 1) * p_.sx + p_.kw) * index_t{sizeof(float*)}, 64);
  return round_up(p_.kw * index_t{sizeof(index_t)}, 64) + staged_rows_ * p_.sx * plane_ * kFloat;
}

void Depthwise::run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
                    const Executor& executor) const {
  Slots slots(workspace, thread_bytes(), executor.threads);
  if (p_.nhwc()) {
    DepthwisePixelsJob job(*this, packed, x, finish, y, slots, executor.threads);
    run_job(executor, job);
  } else {
    DepthwiseRowsJob job(*this, packed, x, finish, y, slots, executor.threads);
    run_job(executor, job);
  }
}

std::unique_ptr<ConvAlgorithm> make_depthwise(const ConvProblem& problem, const Machine& machine) {
  return std::unique_ptr<ConvAlgorithm>(new (std::nothrow) Depthwise(problem, *machine.isa, machine.narrow));
}

}  // namespace tessera
