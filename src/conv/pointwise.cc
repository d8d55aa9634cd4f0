// Direct 1 x 1 convolution of not too many input channels: pixels are read where they lie and sums finished in
// registers, where GEMM reads and writes each tile of y once more. NHWC: any stride; NCHW: stride 1.
//
// Registers hold output channels; in NCHW pixels where that leaves fewer lanes empty. Sums of channels are turned there
// before they are stored: 960 -> 160 at 7 x 7 took 160 us by pixels, 130 by channels.
//
// A task is a block of pixels and some panels of output channels; the block stays in cache from panel to panel.
#include <new>

#include "conv/algorithm.h"
#include "conv/direct_panels.h"
#include "conv/slots.h"

namespace tessera {
namespace {

constexpr index_t kFloat = sizeof(float);
constexpr index_t kTasksPerThread = 4;

}  // namespace

class Pointwise final : public ConvAlgorithm {
 public:
  Pointwise(const ConvProblem& problem, const Machine& machine);

  index_t weight_bytes() const override { return panels_.bytes(); }
  bool pack_weights(const float* weights, char* packed, const Executor&) const override {
    panels_.pack(weights, reinterpret_cast<float*>(packed));
    return true;
  }
  // Registers of pixels: pointers to channels.
  index_t thread_bytes() const override { return vectors_ ? 0 : round_up(p_.c * index_t{sizeof(const float*)}, 64); }
  void run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
           const Executor& executor) const override;

 private:
  friend class PointwiseJob;

  const ConvProblem& p_;
  const ConvKernels& kernels_;
  bool vectors_;  // of output channels
  DirectPanels panels_;
  index_t rows_, pixels_;  // of an image: with stride 1 all pixels are one row
  index_t block_, grain_;  // pixels; of a full tile
};

bool pointwise_supports(const ConvProblem& p, const Machine& machine) {
  constexpr index_t kMostDepth = 1024;
  if (p.transposed || p.groups != 1 || p.taps() != 1 || p.top != 0 || p.left != 0 || p.c > kMostDepth) return false;
  if ((p.oh - 1) * p.sy >= p.h || (p.ow - 1) * p.sx >= p.w) return false;
  // Rows of a tile that evict each other want packing.
  if (p.nhwc()) return !aliases(p.sx * p.in.x * kFloat, machine.l1d);
  return p.unit_stride() && p.oh == p.h && p.ow == p.w && p.oh * p.ow >= machine.isa->conv->lanes;
}

bool pointwise_by_channels(const ConvProblem& p, const Machine& machine) {
  if (p.nhwc()) return true;
  const index_t pixels = p.oh * p.ow, lanes = machine.isa->conv->lanes;
  if (aliases(p.in.c * kFloat, machine.l1d)) return false;
  return pixels * ceil_div(p.k, lanes) < ceil_div(pixels, lanes) * round_up(p.k, machine.isa->conv->direct_block);
}

Pointwise::Pointwise(const ConvProblem& problem, const Machine& machine)
    : p_(problem),
      kernels_(*machine.isa->conv),
      vectors_(pointwise_by_channels(problem, machine)),
      panels_(problem, *machine.isa->conv, vectors_) {
  const bool joined = p_.unit_stride() && p_.oh == p_.h && p_.ow == p_.w;
  rows_ = joined ? 1 : p_.oh;
  pixels_ = joined ? p_.oh * p_.ow : p_.ow;
  // L2 holds a block of 112 pixels. Registers of pixels: a block stays in L1.
  grain_ = vectors_ ? 14 : 2 * index_t{kernels_.lanes};
  block_ = vectors_ ? 112 : max_index(grain_, round_down(machine.l1d.bytes * 3 / 4 / (p_.c * kFloat), grain_));
}

class PointwiseJob final : public PhasedJob {
 public:
  PointwiseJob(const Pointwise& d, const char* packed, const float* x, const ConvFinish& finish, float* y, Slots& slots,
               int threads)
      : d_(d), p_(d.p_), sums_(p_, d.kernels_, d.panels_, packed, finish, y), x_(x), slots_(slots), block_(d.block_) {
    const index_t wanted = threads > 1 ? kTasksPerThread * threads : 1, count = d.panels_.count();
    const index_t others = p_.batch * d.rows_;
    // The last block takes what is left: none is shorter than a register.
    blocks_ = max_index(d.pixels_ / block_, 1);
    parts_ = clamp_index(ceil_div(wanted, others * blocks_), 1, count);
    part_ = ceil_div(count, parts_) * d.panels_.width();
    parts_ = ceil_div(p_.k, part_);
    if (others * blocks_ * parts_ >= wanted) return;
    block_ = max_index(d.grain_, round_up(d.pixels_ / ceil_div(wanted, others * parts_), d.grain_));
    blocks_ = max_index(d.pixels_ / block_, 1);
  }
  int phases() const override { return 1; }
  index_t tasks(int) const override { return p_.batch * d_.rows_ * blocks_ * parts_; }
  void run(int, index_t task) noexcept override {
    const index_t part = task % parts_, block = task / parts_ % blocks_, row = task / parts_ / blocks_ % d_.rows_;
    const index_t image = task / parts_ / blocks_ / d_.rows_, pixel = block * block_;
    const index_t pixels = block == blocks_ - 1 ? d_.pixels_ - pixel : block_;
    const float* const x = x_ + image * p_.in.n + row * p_.sy * p_.in.y;
    const index_t offset = image * p_.out.n + row * p_.out.y + pixel * p_.out.x;
    const index_t first = part * part_, last = min_index(first + part_, p_.k);
    if (p_.nhwc()) {
      const float* const pixels_of_x = x + pixel * p_.sx * p_.in.x;
      return sums_.pixels(&pixels_of_x, p_.sx * p_.in.x, pixels, offset, first, last);
    }
    if (d_.vectors_) return sums_.channels(x + pixel, pixels, offset, first, last);
    const Slots::Hold slot(slots_);
    const float** const channels = reinterpret_cast<const float**>(slot.data());
    for (index_t c = 0; c < p_.c; ++c) channels[c] = x + c * p_.in.c;
    sums_.row(channels, &pixel, pixels, offset, first, last);
  }

 private:
  const Pointwise& d_;
  const ConvProblem& p_;
  const DirectSums sums_;
  const float* x_;
  Slots& slots_;
  index_t block_, blocks_;  // pixels, of a row
  index_t parts_, part_;    // of the output channels, channels of one
};

void Pointwise::run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
                    const Executor& executor) const {
  Slots slots(workspace, thread_bytes(), executor.threads);
  PointwiseJob job(*this, packed, x, finish, y, slots, executor.threads);
  run_job(executor, job);
}

std::unique_ptr<ConvAlgorithm> make_pointwise(const ConvProblem& problem, const Machine& machine) {
  return std::unique_ptr<ConvAlgorithm>(new (std::nothrow) Pointwise(problem, machine));
}

}  // namespace tessera
