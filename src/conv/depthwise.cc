// Direct depthwise convolution: one input channel for each group.
//
// NCHW: a thread takes channels. Kernels of 3 x 3, 5 x 5 and 7 x 7 read planes where they lie, each row once for up to
// seven of y, whose taps are that row's registers with their lanes moved. For others, rows of a channel are staged in
// L1 with their padding, spread over as many planes as the column stride, so that all taps are plain loads. NHWC: a
// thread takes rows of y. Kernels get pointers to pixels, those of the padding to a line of zeros.
#include <cstring>
#include <new>

#include "conv/algorithm.h"
#include "conv/slots.h"

namespace tessera {
namespace {

constexpr index_t kFloat = sizeof(float);
// Staged rows of one channel, or the rows of the image that a row of y sees: half of a first-level cache, the other
// half for y.
constexpr index_t kStagedBytes = 16 * 1024;
// Tasks of a job: enough for threads to even out, few enough to cost nothing.
constexpr index_t kTasksPerThread = 8;

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
  Depthwise(const ConvProblem& problem, const Machine& machine);

  index_t weight_bytes() const override;
  bool pack_weights(const float* weights, char* packed, const Executor& executor) const override;
  index_t thread_bytes() const override;
  void run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
           const Executor& executor) const override;

 private:
  friend class DepthwiseJob;
  friend class DepthwisePlanesJob;
  friend class DepthwiseRowsJob;
  friend class DepthwisePixelsJob;
  void plan_rows();
  void plan_pixels(const Machine& machine);

  const ConvProblem& p_;
  const ConvKernels* kernels_;
  // NCHW: planes are read where they lie, or staged rows at a time, elements of one plane of a row, output rows at a
  // time; offsets of taps are in the workspace.
  index_t plane_ = 0, strip_ = 0, staged_rows_ = 0;
  // NHWC: elements of a line of weights or zeros; columns, channels and rows of y of a block; pointers to the pixels
  // that a tile of columns sees of one row, and of all rows.
  index_t line_ = 0;
  index_t tile_ = 0, channels_ = 0, band_ = 0;
  index_t columns_ = 0, pointers_ = 0;
  index_t ring_ = 0;  // rows that are staged at a time; 0: pixels are read where they lie
  DepthwisePlanesFn planes_ = nullptr;
  DepthwisePixelsFn pixels_ = nullptr;
};

bool depthwise_supports(const ConvProblem& p) {
  if (p.transposed || p.c != 1 || (p.nhwc() && p.k != 1)) return false;
  // Beyond these limits staged rows (pointers) would leave the caches.
  constexpr index_t kMostStride = 8, kMostStaged = index_t{1} << 20;
  const index_t columns = (p.kw - 1) * p.dx + p.ow * p.sx, rows = (p.kh - 1) * p.dy + p.sy;
  return p.sx <= kMostStride && columns <= kMostStaged && rows <= kMostStaged && columns * rows <= kMostStaged;
}

Depthwise::Depthwise(const ConvProblem& problem, const Machine& machine) : p_(problem), kernels_(machine.isa->conv) {
  if (p_.nhwc()) {
    plan_pixels(machine);
  } else {
    // A row that fills less than half of a register is computed in half of one.
    if (machine.narrow != nullptr && p_.ow <= machine.narrow->conv->lanes) kernels_ = machine.narrow->conv;
    plan_rows();
  }
}

// What is computed, of one phase.
class DepthwiseJob : public PhasedJob {
 public:
  int phases() const override { return 1; }

 protected:
  DepthwiseJob(const Depthwise& d, const char* packed, const float* x, const ConvFinish& finish, float* y)
      : d_(d), p_(d.p_), w_(reinterpret_cast<const float*>(packed)), x_(x), finish_(finish), fused_(finish), y_(y) {}

  const Depthwise& d_;
  const ConvProblem& p_;
  const float* w_;
  const float* x_;
  const ConvFinish& finish_;
  const FusedFinish fused_;
  float* y_;
};

// ---- NCHW --------------------------------------------------------------------------------------------------------

void Depthwise::plan_rows() {
  const int size = size_index(p_);
  if (size >= 0 && p_.k == 1 && p_.sy == p_.sx && p_.sx <= 2 && p_.unit_dilation() && p_.left <= p_.kw / 2) {
    planes_ = kernels_->planes[size][p_.sx - 1];
    return;
  }
  // Columns that taps reach, and a register behind the last.
  const index_t reach = (p_.kw - 1) * p_.dx + (p_.ow - 1) * p_.sx + 1;
  plane_ = round_up(ceil_div(reach, p_.sx) + kernels_->lanes, kernels_->lanes);
  const index_t row_bytes = p_.sx * plane_ * kFloat, overlap = (p_.kh - 1) * p_.dy + 1;
  const index_t rows = max_index(kStagedBytes / row_bytes, (kLeastStrip - 1) * p_.sy + overlap);
  strip_ = clamp_index((rows - overlap) / p_.sy + 1, 1, p_.oh);
  if (strip_ > kLeastStrip && strip_ < p_.oh) strip_ = round_down(strip_, kLeastStrip);
  staged_rows_ = (strip_ - 1) * p_.sy + overlap;
}

class DepthwisePlanesJob final : public DepthwiseJob {
 public:
  DepthwisePlanesJob(const Depthwise& d, const char* packed, const float* x, const ConvFinish& finish, float* y,
                     int threads)
      : DepthwiseJob(d, packed, x, finish, y),
        planes_(p_.batch * p_.groups),
        parts_(min_index(planes_, kTasksPerThread * threads)) {
    // Few planes are shared out in bands of rows.
    if (threads > 1) band_ = round_up(ceil_div(p_.oh, ceil_div(kTasksPerThread * threads, planes_)), kBand);
    band_ = min_index(band_, p_.oh);
    bands_ = ceil_div(p_.oh, band_);
  }
  index_t tasks(int) const override { return parts_ * bands_; }
  void run(int, index_t task) noexcept override {
    const index_t first = task % bands_ * band_, rows = min_index(band_, p_.oh - first);
    const Part part = part_of(planes_, parts_, task / bands_);
    const index_t end = part.begin + part.size;
    for (index_t i = part.begin, count = 0; i < end; i += count) {
      const index_t image = i / p_.groups, channel = i % p_.groups;
      count = fused_.whole ? min_index(end - i, p_.groups - channel) : 1;
      const index_t offset = image * p_.out.n + channel * p_.out.c;
      d_.planes_({.x = x_ + image * p_.in.n + channel * p_.in.c,
                  .w = w_ + channel * p_.taps(),
                  .y = y_ + offset,
                  .readable = x_ + image * p_.in.n,
                  .readable_end = x_ + image * p_.in.n + p_.groups * p_.in.c,
                  .planes = count,
                  .height = p_.h,
                  .width = p_.w,
                  .top = p_.top,
                  .left = p_.left,
                  .first = first,
                  .rows = rows,
                  .columns = p_.ow,
                  .x_plane = p_.in.c,
                  .y_plane = p_.out.c,
                  .finish = fused_.from(channel)});
      // Rows of a channel follow each other: one row of a tile.
      const index_t at = offset + first * p_.out.y;
      if (!fused_.whole) finish_.apply(y_ + at, 0, 1, rows * p_.ow, channel, true, at, 0, 1);
    }
  }

 private:
  // Rows that kernels like: strips of 4 or 7.
  static constexpr index_t kBand = 28;

  index_t planes_, parts_;
  index_t band_ = p_.oh, bands_;
};

class DepthwiseRowsJob final : public DepthwiseJob {
 public:
  DepthwiseRowsJob(const Depthwise& d, const char* packed, const float* x, const ConvFinish& finish, float* y,
                   Slots& slots, int threads)
      : DepthwiseJob(d, packed, x, finish, y),
        slots_(slots),
        planes_(p_.batch * p_.groups),
        tasks_(min_index(planes_, kTasksPerThread * threads)) {}
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
        d_.kernels_->rows_any({.x = staged,
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
                               .finish = fused_.from(k)});
        // Rows of a channel follow each other: one row of a tile.
        if (!fused_.whole) finish_.apply(y_ + offset, 0, 1, rows * p_.ow, k, true, offset, 0, 1);
      }
    }
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

  Slots& slots_;
  index_t planes_, tasks_;
};

// ---- NHWC --------------------------------------------------------------------------------------------------------

void Depthwise::plan_pixels(const Machine& machine) {
  const int size = size_index(p_);
  const bool own = size >= 0 && p_.sx <= 2 && p_.dx == 1;
  pixels_ = own ? kernels_->pixels[size][p_.sx - 1] : kernels_->pixels_any;
  // Whole cache lines. Narrow tiles of many channels are read as prefetchers like it: 56 x 56 pixels of 144 channels
  // take 103 us by tiles of 8 columns, 126 by 32, each with as many channels as fit; prefetching instructions lose.
  // Where pixels share sets of the cache, wide tiles of few channels lose least (14 x 14 pixels of 512: 28 us, 41).
  constexpr index_t kGrain = 64 / kFloat, kMostRows = 64;
  const bool crowded = aliases(2 * p_.in.x * kFloat, machine.l1d);
  const index_t many = crowded ? 64 : 256, few_columns = crowded ? 16 : 8;
  line_ = round_up(p_.groups, kGrain);
  const index_t overlap = (p_.kw - 1) * p_.dx + 1, reach = (p_.kh - 1) * p_.dy + 1;
  const index_t row = machine.l1d.bytes / kFloat / p_.kh;  // elements of one kernel row's pixels
  tile_ = max_index(few_columns, (row / min_index(many, line_) - overlap) / p_.sx + 1);
  tile_ = ceil_div(p_.ow, ceil_div(p_.ow, tile_));
  if (tile_ > 8 && tile_ < p_.ow && tile_ % 7 != 0) tile_ = round_down(tile_, 8);
  columns_ = (tile_ - 1) * p_.sx + overlap;
  channels_ = clamp_index(round_down(row / columns_, kGrain), kGrain, crowded ? many : line_);
  band_ = min_index(p_.oh, kMostRows);
  pointers_ = ((band_ - 1) * p_.sy + reach) * columns_;
  // On one set alone, pixels are staged: 7 x 7 of 1024 channels take 15 us instead of 17 to 40.
  if (aliases(p_.in.x * kFloat, machine.l1d)) ring_ = max_index(reach, p_.sy);
}

class DepthwisePixelsJob final : public DepthwiseJob {
 public:
  DepthwisePixelsJob(const Depthwise& d, const char* packed, const float* x, const ConvFinish& finish, float* y,
                     Slots& slots, int threads)
      : DepthwiseJob(d, packed, x, finish, y),
        zeros_(w_ + p_.taps() * d.line_),
        slots_(slots),
        tiles_(ceil_div(p_.ow, d.tile_)) {
    const index_t wanted = threads > 1 ? kTasksPerThread * threads : 1, chunks = ceil_div(p_.groups, d.channels_);
    // Channels share nothing, rows what they see of each other's input.
    const index_t others = p_.batch * tiles_;
    parts_ = clamp_index(ceil_div(wanted, others), 1, chunks);
    const index_t bands = max_index(ceil_div(p_.oh, d.band_), ceil_div(wanted, others * parts_));
    band_ = ceil_div(p_.oh, min_index(bands, p_.oh));
    bands_ = ceil_div(p_.oh, band_);
    part_ = ceil_div(chunks, parts_) * d.channels_;
    parts_ = ceil_div(p_.groups, part_);
  }
  index_t tasks(int) const override { return p_.batch * bands_ * tiles_ * parts_; }
  void run(int, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    const float** const pointers = reinterpret_cast<const float**>(slot.data());
    const index_t part = task % parts_, tile = task / parts_ % tiles_, band = task / parts_ / tiles_ % bands_;
    const index_t image = task / parts_ / tiles_ / bands_;
    const index_t oy = band * band_, ox = tile * d_.tile_, first = part * part_;
    block(image, oy, min_index(band_, p_.oh - oy), ox, min_index(d_.tile_, p_.ow - ox), first,
          min_index(first + part_, p_.groups), pointers);
  }

 private:
  // Rows of y from oy on, `pixels` of each from ox on, channels [first, last).
  void block(index_t image, index_t oy, index_t rows, index_t ox, index_t pixels, index_t first, index_t last,
             const float** pointers) const {
    const index_t iy = oy * p_.sy - p_.top, ix = ox * p_.sx - p_.left, reach = (p_.kh - 1) * p_.dy + 1;
    const index_t in_rows = (rows - 1) * p_.sy + reach;
    float* const ring = reinterpret_cast<float*>(reinterpret_cast<char*>(pointers) +
                                                 round_up(d_.pointers_ * index_t{sizeof(float*)}, 64));
    point(image, iy, in_rows, ix, ring, pointers);
    for (index_t c = first; c < last; c += d_.channels_) {
      const index_t channels = min_index(d_.channels_, last - c);
      DepthwisePixelsArgs args{.x = pointers,
                               .w = w_,
                               .y = y_ + image * p_.out.n + oy * p_.out.y + ox * p_.out.x,
                               .first = c,
                               .last = c + channels,
                               .pixels = pixels,
                               .kh = p_.kh,
                               .kw = p_.kw,
                               .sx = p_.sx,
                               .dx = p_.dx,
                               .x_row = p_.dy * d_.columns_,
                               .w_tap = d_.line_,
                               .y_pixel = p_.out.x,
                               .finish = fused_.from(d_.ring_ > 0 ? c : 0)};
      if (d_.ring_ > 0) {
        args.first = 0;
        args.last = channels;
        args.w += c;
        args.y += c;
      }
      index_t ready = 0;  // rows staged
      for (index_t i = 0; i < rows; ++i) {
        for (const index_t end = d_.ring_ > 0 ? i * p_.sy + reach : 0; ready < end; ++ready)
          stage(image, iy + ready, ix, c, channels, ring + ready % d_.ring_ * d_.columns_ * d_.channels_);
        d_.pixels_(args);
        if (!fused_.whole) {
          const index_t offset = image * p_.out.n + (oy + i) * p_.out.y + ox * p_.out.x + c;
          finish_.apply(y_ + offset, p_.out.x, pixels, channels, c, false, offset, p_.out.x, 1);
        }
        args.x += p_.sy * d_.columns_;
        args.y += p_.out.y;
      }
    }
  }

  // Pointers to columns_ pixels from column ix on of each of the rows from iy on: in the image, or in the ring, where
  // the first channel of a block has the place of channel 0.
  void point(index_t image, index_t iy, index_t rows, index_t ix, const float* ring, const float** next) const {
    const index_t begin = clamp_index(-ix, 0, d_.columns_), end = clamp_index(p_.w - ix, begin, d_.columns_);
    for (index_t i = 0; i < rows; ++i, next += d_.columns_) {
      const bool inside = iy + i >= 0 && iy + i < p_.h;
      const float* pixel = zeros_;
      index_t step = p_.in.x;
      if (d_.ring_ > 0) {
        pixel = ring + (i % d_.ring_ * d_.columns_ + begin) * d_.channels_;
        step = d_.channels_;
      } else if (inside) {
        pixel = x_ + image * p_.in.n + (iy + i) * p_.in.y + (ix + begin) * p_.in.x;
      }
      index_t q = 0;
      for (const index_t left = inside ? begin : d_.columns_; q < left; ++q) next[q] = zeros_;
      for (; q < end; ++q, pixel += step) next[q] = pixel;
      for (; q < d_.columns_; ++q) next[q] = zeros_;
    }
  }

  // The pixels of row iy that point() leads to, channels from c on.
  void stage(index_t image, index_t iy, index_t ix, index_t c, index_t channels, float* row) const {
    if (iy < 0 || iy >= p_.h) return;
    const index_t begin = clamp_index(-ix, 0, d_.columns_), end = clamp_index(p_.w - ix, begin, d_.columns_);
    const float* pixel = x_ + image * p_.in.n + iy * p_.in.y + (ix + begin) * p_.in.x + c;
    for (index_t q = begin; q < end; ++q, pixel += p_.in.x)
      std::memcpy(row + q * d_.channels_, pixel, static_cast<std::size_t>(channels * kFloat));
  }

  const float* zeros_;
  Slots& slots_;
  // Tasks: images by bands of rows by tiles of columns by parts of the channels.
  index_t tiles_, bands_, parts_;
  index_t band_, part_;  // rows, channels of one
};

// ---- both --------------------------------------------------------------------------------------------------------

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
  if (p_.nhwc())
    return round_up(pointers_ * index_t{sizeof(float*)}, 64) + round_up(ring_ * columns_ * channels_ * kFloat, 64);
  if (planes_ != nullptr) return 0;
  return round_up(p_.kw * index_t{sizeof(index_t)}, 64) + staged_rows_ * p_.sx * plane_ * kFloat;
}

void Depthwise::run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
                    const Executor& executor) const {
  Slots slots(workspace, thread_bytes(), executor.threads);
  if (p_.nhwc()) {
    DepthwisePixelsJob job(*this, packed, x, finish, y, slots, executor.threads);
    run_job(executor, job);
  } else if (planes_ != nullptr) {
    DepthwisePlanesJob job(*this, packed, x, finish, y, executor.threads);
    run_job(executor, job);
  } else {
    DepthwiseRowsJob job(*this, packed, x, finish, y, slots, executor.threads);
    run_job(executor, job);
  }
}

std::unique_ptr<ConvAlgorithm> make_depthwise(const ConvProblem& problem, const Machine& machine) {
  return std::unique_ptr<ConvAlgorithm>(new (std::nothrow) Depthwise(problem, machine));
}

}  // namespace tessera
