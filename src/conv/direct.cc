// Direct convolution of few input channels: the first layer of a network. Pointwise ones are in pointwise.cc.
//
// Gathering such an image into panels takes as long as multiplying with them. Here a thread takes rows of y and stages
// the input rows that they see with their padding, each once; kernels read a pixel's taps where they lie there: kernel
// width * channels neighbours of each row (NHWC), or vectors of pixels of each channel (NCHW), in as many planes as the
// column stride. Bias and clamping activations are applied to the sums in registers.
#include <cstring>
#include <new>

#include "conv/algorithm.h"
#include "conv/direct_panels.h"
#include "conv/slots.h"

namespace tessera {
namespace {

constexpr index_t kFloat = sizeof(float);
constexpr index_t kMostChannels = 4;
constexpr index_t kTasksPerThread = 4;

}  // namespace

class Direct final : public ConvAlgorithm {
 public:
  Direct(const ConvProblem& problem, const Machine& machine);

  index_t weight_bytes() const override { return panels_.bytes(); }
  bool pack_weights(const float* weights, char* packed, const Executor&) const override {
    panels_.pack(weights, reinterpret_cast<float*>(packed));
    return true;
  }
  index_t thread_bytes() const override { return head_ + (ring_ + 1) * row_ * kFloat; }
  void run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
           const Executor& executor) const override;

 private:
  friend class DirectJob;

  const ConvProblem& p_;
  const ConvKernels& kernels_;
  DirectPanels panels_;
  index_t ring_;   // staged rows
  index_t reach_;  // columns that the taps of a row of y reach
  index_t plane_;  // NCHW: elements of one plane of a channel's row
  index_t row_;    // elements of a staged row
  index_t head_;   // bytes of pointers to rows and offsets of taps before them
};

bool direct_supports(const ConvProblem& p, const Machine& machine) {
  if (pointwise_supports(p, machine)) return true;
  // Beyond these limits staged rows would leave the caches.
  constexpr index_t kMostStride = 8, kMostStaged = index_t{1} << 20;
  if (p.transposed || p.groups != 1 || p.c > kMostChannels || p.dx != 1 || p.sx > kMostStride) return false;
  const index_t columns = p.kw + p.ow * p.sx, rows = (p.kh - 1) * p.dy + p.sy;
  return columns <= kMostStaged && rows <= kMostStaged && columns * rows <= kMostStaged;
}

Direct::Direct(const ConvProblem& problem, const Machine& machine)
    : p_(problem),
      kernels_(*machine.isa->conv),
      panels_(problem, *machine.isa->conv, problem.nhwc()),
      ring_(max_index((p_.kh - 1) * p_.dy + 1, p_.sy)),
      reach_((p_.ow - 1) * p_.sx + p_.kw),
      plane_(round_up(ceil_div(reach_, p_.sx) + kernels_.lanes, kernels_.lanes)),
      row_(round_up(p_.nhwc() ? reach_ * p_.c : p_.c * p_.sx * plane_, 16)),
      head_(round_up((p_.kh * p_.c + p_.kw) * index_t{sizeof(index_t)}, 64)) {
  static_assert(sizeof(float*) <= sizeof(index_t));
}

class DirectJob final : public PhasedJob {
 public:
  DirectJob(const Direct& d, const char* packed, const float* x, const ConvFinish& finish, float* y, Slots& slots,
            int threads)
      : d_(d),
        p_(d.p_),
        sums_(p_, d.kernels_, d.panels_, packed, finish, y),
        x_(x),
        slots_(slots),
        band_(threads > 1 ? ceil_div(p_.oh, ceil_div(kTasksPerThread * threads, p_.batch)) : p_.oh),
        bands_(ceil_div(p_.oh, band_)) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return p_.batch * bands_; }
  void run(int, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    const float** const pointers = reinterpret_cast<const float**>(slot.data());
    index_t* const taps = reinterpret_cast<index_t*>(slot.data()) + p_.kh * p_.c;
    for (index_t s = 0; s < p_.kw; ++s) taps[s] = s % p_.sx * d_.plane_ + s / p_.sx;
    // Padding is written once: images fill the same places of every row. The last row is one of zeros.
    float* const ring = reinterpret_cast<float*>(slot.data() + d_.head_);
    std::memset(ring, 0, static_cast<std::size_t>((d_.ring_ + 1) * d_.row_ * kFloat));

    const index_t image = task / bands_, first = task % bands_ * band_, rows = min_index(band_, p_.oh - first);
    const index_t top = first * p_.sy - p_.top;  // the image's row that is staged first
    index_t ready = 0;                           // rows staged
    for (index_t i = 0; i < rows; ++i) {
      for (const index_t end = i * p_.sy + (p_.kh - 1) * p_.dy + 1; ready < end; ++ready)
        stage(image, top + ready, ring + ready % d_.ring_ * d_.row_);
      for (index_t r = 0; r < p_.kh; ++r) {
        const index_t at = i * p_.sy + r * p_.dy;
        const bool inside = top + at >= 0 && top + at < p_.h;
        const float* const row = ring + (inside ? at % d_.ring_ : d_.ring_) * d_.row_;
        if (p_.nhwc()) {
          pointers[r] = row;
        } else {
          for (index_t c = 0; c < p_.c; ++c) pointers[r * p_.c + c] = row + c * p_.sx * d_.plane_;
        }
      }
      const index_t offset = image * p_.out.n + (first + i) * p_.out.y;
      p_.nhwc() ? sums_.pixels(pointers, p_.sx * p_.c, p_.ow, offset, 0, p_.k)
                : sums_.row(pointers, taps, p_.ow, offset, 0, p_.k);
    }
  }

 private:
  void stage(index_t image, index_t iy, float* row) const {
    if (iy < 0 || iy >= p_.h) return;
    const float* const x = x_ + image * p_.in.n + iy * p_.in.y;
    const index_t length = clamp_index(d_.reach_ - p_.left, 0, p_.w);
    if (length == 0) return;
    if (!p_.nhwc()) {
      for (index_t c = 0; c < p_.c; ++c)
        d_.kernels_.stage_row({.dst = row + c * p_.sx * d_.plane_,
                               .src = x + c * p_.in.c,
                               .at = p_.left,
                               .length = length,
                               .planes = p_.sx,
                               .plane = d_.plane_});
    } else if (p_.in.x == p_.c) {
      std::memcpy(row + p_.left * p_.c, x, static_cast<std::size_t>(length * p_.c * kFloat));
    } else {
      for (index_t i = 0; i < length; ++i)
        for (index_t c = 0; c < p_.c; ++c) row[(p_.left + i) * p_.c + c] = x[i * p_.in.x + c];
    }
  }

  const Direct& d_;
  const ConvProblem& p_;
  const DirectSums sums_;
  const float* x_;
  Slots& slots_;
  index_t band_, bands_;  // rows of y of a task, tasks of an image
};

void Direct::run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
                 const Executor& executor) const {
  Slots slots(workspace, thread_bytes(), executor.threads);
  DirectJob job(*this, packed, x, finish, y, slots, executor.threads);
  run_job(executor, job);
}

std::unique_ptr<ConvAlgorithm> make_direct(const ConvProblem& problem, const Machine& machine) {
  if (pointwise_supports(problem, machine)) return make_pointwise(problem, machine);
  return std::unique_ptr<ConvAlgorithm>(new (std::nothrow) Direct(problem, machine));
}

}  // namespace tessera
