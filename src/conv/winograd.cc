// Winograd convolution F(m x m, 3 x 3): an output tile of m x m pixels takes (m + 2)^2 products for each pair of
// channels instead of 9 m^2.
//
// A task is a few rows of tiles of one group of one image. It stages the image rows of one row of tiles, a register of
// channels at a time, transforms them, multiplies for each of the (m + 2)^2 points tiles x C by the point's C x K
// weights (GEMM on panels packed with the plan), and transforms back into staged rows, which are written to y and
// finished. Both layouts are staged alike, so they have the same bits.
//
// An image of which one task is enough is shared by threads phase by phase: channels are transformed, points
// multiplied, output channels transformed back. Divided by rows, each thread would read all the weights: 7 x 7 pixels
// of 512 channels took two threads longer than one.
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/int_math.h"
#include "conv/algorithm.h"
#include "conv/plan.h"
#include "conv/slots.h"
#include "gemm/loops.h"
#include "gemm/packed.h"

namespace tessera {
namespace {

constexpr index_t kFloat = sizeof(float);

// The distance between the (m + 2)^2 streams that transforms write and read: an odd number of lines, so that they do
// not meet in one set of the cache.
index_t point_stride(index_t elements) { return (round_up(elements * kFloat, 128) + 64) / kFloat; }

}  // namespace

class Winograd final : public ConvAlgorithm {
 public:
  // m: 2, 4 or 6.
  Winograd(const ConvProblem& problem, const Machine& machine, int m);

  index_t weight_bytes() const override;
  bool pack_weights(const float* weights, char* packed, const Executor& executor) const override;
  index_t thread_bytes() const override;
  void run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
           const Executor& executor) const override;

 private:
  friend class WinogradJob;
  index_t points() const { return index_t{m_ + 2} * (m_ + 2); }
  // The products of `rows` rows of tiles at one point.
  GemmProblem product(const PackedPanels& panels, index_t tiles) const;

  const ConvProblem& p_;
  const Machine& machine_;
  const ConvKernels& kernels_;
  int m_, index_;
  PackedPanels panels_;               // of one point of one group, without data
  index_t tile_rows_, tile_columns_;  // of the image
  index_t rows_per_task_;             // rows of tiles
  index_t x_row_;                     // elements of a staged input row
  index_t y_row_;                     // of a staged output row
  index_t v_tile_, m_tile_;           // elements from tile to tile
  index_t v_point_, m_point_;         // from point to point
};

bool winograd_supports(const ConvProblem& p) {
  return !p.transposed && p.kh == 3 && p.kw == 3 && p.unit_stride() && p.unit_dilation();
}

Winograd::Winograd(const ConvProblem& problem, const Machine& machine, int m)
    : p_(problem), machine_(machine), kernels_(*machine.isa->conv), m_(m), index_(m / 2 - 1) {
  panels_ = plan_panels(machine, Side::right, DType::f32, p_.k, p_.c);
  panels_.nv = panel_registers(*panels_.tiles, p_.k);
  // Few tall panels: whole registers, a last one in part.
  panels_.narrow = nullptr;
  const index_t lanes = kernels_.lanes;
  tile_rows_ = ceil_div(p_.oh, m);
  tile_columns_ = ceil_div(p_.ow, m);
  x_row_ = (tile_columns_ * m + 2) * lanes;
  y_row_ = tile_columns_ * m * lanes;
  v_tile_ = round_up(p_.c, lanes);
  m_tile_ = round_up(p_.k, lanes);
  // Transformed inputs and products of a task share L2 with the weights of a point; but a point's weights are read once
  // for each task, so there are at least so many tiles that multiplying takes longer than reading.
  const index_t row = tile_columns_ * points() * (v_tile_ + m_tile_) * kFloat;
  const index_t cached = max_index(1, machine.l2.bytes / 2 / row), busy = ceil_div(24, tile_columns_);
  rows_per_task_ = clamp_index(max_index(cached, busy), 1, tile_rows_);
  rows_per_task_ = ceil_div(tile_rows_, ceil_div(tile_rows_, rows_per_task_));
  v_point_ = point_stride(rows_per_task_ * tile_columns_ * v_tile_);
  m_point_ = point_stride(rows_per_task_ * tile_columns_ * m_tile_);
}

index_t Winograd::weight_bytes() const { return p_.groups * points() * round_up(panels_.bytes(), 64); }

bool Winograd::pack_weights(const float* weights, char* packed, const Executor& executor) const {
  const int n = m_ + 2;
  const index_t matrix = p_.c * p_.k;
  // Of a row of points: all of them would be four times the weights, beside the panels.
  float* const row = static_cast<float*>(std::malloc(allocation_size(n * matrix * kFloat)));
  if (row == nullptr) return false;
  const auto weight = [this](int point, double g0, double g1, double g2) {
    return m_ == 2   ? WinogradPoints<2>::weight(point, g0, g1, g2)
           : m_ == 4 ? WinogradPoints<4>::weight(point, g0, g1, g2)
                     : WinogradPoints<6>::weight(point, g0, g1, g2);
  };
  for (index_t g = 0; g < p_.groups; ++g) {
    for (int i = 0; i < n; ++i) {
      for (index_t k = 0; k < p_.k; ++k) {
        for (index_t c = 0; c < p_.c; ++c) {
          const float* const w = weights + g * p_.weight_group() + k * p_.weight_k() + c * p_.weight_c();
          double half[3];
          for (int s = 0; s < 3; ++s) half[s] = weight(i, w[s], w[3 + s], w[6 + s]);
          for (int j = 0; j < n; ++j)
            row[j * matrix + c * p_.k + k] = static_cast<float>(weight(j, half[0], half[1], half[2]));
        }
      }
      for (int j = 0; j < n; ++j, packed += round_up(panels_.bytes(), 64)) {
        PackedPanels panels = panels_;
        panels.data = packed;
        pack_panels(panels, StridedSource(DType::f32, row + j * matrix, 1, p_.k, false, {}), executor);
      }
    }
  }
  std::free(row);
  return true;
}

index_t Winograd::thread_bytes() const {
  const index_t staged = max_index((m_ + 2) * x_row_, m_ * y_row_);
  return round_up((points() * (v_point_ + m_point_) + staged) * kFloat, 64);
}

GemmProblem Winograd::product(const PackedPanels& panels, index_t tiles) const {
  static constexpr float kOne = 1.0f, kZero = 0.0f;
  GemmExtras extras;
  extras.b_packed = &panels;
  return make_problem({.type = DType::f32,
                       .m = tiles,
                       .n = p_.k,
                       .k = p_.c,
                       .alpha = &kOne,
                       .a = nullptr,
                       .a_rs = v_tile_,
                       .a_cs = 1,
                       .b = nullptr,
                       .b_rs = 0,
                       .b_cs = 0,
                       .beta = &kZero,
                       .c = nullptr,
                       .c_rs = m_tile_,
                       .c_cs = 1,
                       .extras = &extras});
}

class WinogradJob final : public PhasedJob {
 public:
  // base: of the slots.
  WinogradJob(const Winograd& w, const char* packed, const float* x, const ConvFinish& finish, float* y, char* base,
              Slots& slots, int threads)
      : w_(w), p_(w.p_), packed_(packed), x_(x), finish_(finish), y_(y), base_(base), slots_(slots) {
    const index_t images = p_.batch * p_.groups;
    shared_ = images < threads && w.rows_per_task_ == w.tile_rows_;
    // No thread goes without a task where there are rows for it.
    rows_ = shared_ ? w.tile_rows_ : min_index(w.rows_per_task_, ceil_div(w.tile_rows_, ceil_div(threads, images)));
    blocks_ = ceil_div(w.tile_rows_, rows_);
  }
  int phases() const override { return shared_ ? static_cast<int>(3 * p_.batch * p_.groups) : 1; }
  index_t tasks(int phase) const override {
    if (!shared_) return p_.batch * p_.groups * blocks_;
    return phase % 3 == 1 ? w_.points() : w_.tile_rows_ * ceil_div(phase % 3 == 0 ? p_.c : p_.k, kShare);
  }
  void run(int phase, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    if (shared_) return run_shared(phase, task, staged_of(slot.data()));
    float* const v = reinterpret_cast<float*>(slot.data());
    float* const m = v + w_.points() * w_.v_point_;
    float* const staged = staged_of(slot.data());
    const index_t block = task % blocks_, group = task / blocks_ % p_.groups, image = task / blocks_ / p_.groups;
    const index_t first = block * rows_, rows = min_index(rows_, w_.tile_rows_ - first);
    for (index_t i = 0; i < rows; ++i)
      transform_in(image, group, first + i, 0, p_.c, staged, v + i * w_.tile_columns_ * w_.v_tile_);
    const Product product(*this, group, rows * w_.tile_columns_);
    for (index_t point = 0; point < w_.points(); ++point) product.run(point, v, m);
    for (index_t i = 0; i < rows; ++i)
      transform_out(image, group, first + i, 0, p_.k, m + i * w_.tile_columns_ * w_.m_tile_, staged);
  }

 private:
  static constexpr index_t kShare = 64;  // channels of a task of a shared image: whole registers

  float* staged_of(char* slot) const {
    return reinterpret_cast<float*>(slot) + w_.points() * (w_.v_point_ + w_.m_point_);
  }

  // Transformed inputs and products of the image are where the first slot has its own.
  void run_shared(int phase, index_t task, float* staged) const {
    float* const v = reinterpret_cast<float*>(base_);
    float* const m = v + w_.points() * w_.v_point_;
    const index_t group = phase / 3 % p_.groups, image = phase / 3 / p_.groups;
    const index_t row = task % w_.tile_rows_, first = task / w_.tile_rows_ * kShare;
    if (phase % 3 == 0) {
      transform_in(image, group, row, first, min_index(first + kShare, p_.c), staged,
                   v + row * w_.tile_columns_ * w_.v_tile_);
    } else if (phase % 3 == 1) {
      Product(*this, group, w_.tile_rows_ * w_.tile_columns_).run(task, v, m);
    } else {
      transform_out(image, group, row, first, min_index(first + kShare, p_.k), m + row * w_.tile_columns_ * w_.m_tile_,
                    staged);
    }
  }

  // Input channels [first, last) of one row of tiles.
  void transform_in(index_t image, index_t group, index_t tile_row, index_t first, index_t last, float* staged,
                    float* v) const {
    const index_t lanes = w_.kernels_.lanes, y0 = tile_row * w_.m_ - p_.top, height = w_.m_ + 2;
    const PackFn pack = w_.machine_.isa->packers(DType::f32).plain;
    // Pixels of the image that tiles see: those left and right of them are padding.
    const index_t length = clamp_index(w_.x_row_ / lanes - p_.left, 0, p_.w);
    std::memset(staged, 0, static_cast<std::size_t>(height * w_.x_row_ * kFloat));
    for (index_t c = first; c < last; c += lanes) {
      const index_t channels = min_index(lanes, last - c);
      for (index_t i = 0; i < height && length > 0; ++i) {
        if (y0 + i < 0 || y0 + i >= p_.h) continue;
        pack({.dst = staged + i * w_.x_row_ + p_.left * lanes,
              .src = x_ + image * p_.in.n + (group * p_.c + c) * p_.in.c + (y0 + i) * p_.in.y,
              .width = channels,
              .panel = lanes,
              .k = length,
              .inc_w = p_.in.c,
              .inc_k = p_.in.x,
              .alpha_re = 1.0,
              .alpha_im = 0.0,
              .conj = false});
      }
      w_.kernels_.winograd_input[w_.index_]({.x = staged,
                                             .v = v + c,
                                             .tiles = w_.tile_columns_,
                                             .x_row = w_.x_row_,
                                             .v_point = w_.v_point_,
                                             .v_tile = w_.v_tile_});
    }
  }

  // The products of one group at its points.
  class Product {
   public:
    Product(const WinogradJob& job, index_t group, index_t tiles)
        : w_(job.w_), weights_(job.packed_ + group * w_.points() * round_up(w_.panels_.bytes(), 64)), tiles_(tiles) {
      PackedPanels panels = w_.panels_;
      GemmProblem problem = w_.product(panels, tiles_);
      problem.c = job.base_;  // a plan for a product that has a C
      plan_ = plan_gemm(problem, w_.machine_, 1);
    }
    void run(index_t point, const float* v, float* m) const {
      PackedPanels panels = w_.panels_;
      panels.data = weights_ + point * round_up(panels.bytes(), 64);
      GemmProblem problem = w_.product(panels, tiles_);
      problem.left.p = reinterpret_cast<const char*>(v + point * w_.v_point_);
      problem.c = reinterpret_cast<char*>(m + point * w_.m_point_);
      run_gemm(problem, plan_, Executor{});
    }

   private:
    const Winograd& w_;
    const char* weights_;
    index_t tiles_;
    GemmPlan plan_;
  };

  // Output channels [first, last) of one row of tiles.
  void transform_out(index_t image, index_t group, index_t tile_row, index_t first, index_t last, const float* m,
                     float* staged) const {
    const index_t lanes = w_.kernels_.lanes, oy = tile_row * w_.m_, rows = min_index(w_.m_, p_.oh - oy);
    const bool nhwc = p_.nhwc();
    for (index_t k = first; k < last; k += lanes) {
      const index_t channels = min_index(lanes, last - k), channel = group * p_.k + k;
      w_.kernels_.winograd_output[w_.index_]({.m = m + k,
                                              .y = staged,
                                              .tiles = w_.tile_columns_,
                                              .m_point = w_.m_point_,
                                              .m_tile = w_.m_tile_,
                                              .y_row = w_.y_row_});
      for (index_t i = 0; i < rows; ++i) {
        const index_t offset = image * p_.out.n + channel * p_.out.c + (oy + i) * p_.out.y;
        w_.kernels_.unstage({.x = staged + i * w_.y_row_,
                             .y = y_ + offset,
                             .pixels = p_.ow,
                             .channels = channels,
                             .y_c = p_.out.c,
                             .y_x = p_.out.x});
        if (finish_.finish == nullptr) continue;
        if (nhwc) {
          finish_.apply(y_ + offset, p_.out.x, p_.ow, channels, channel, false, offset, p_.out.x, 1);
        } else {
          finish_.apply(y_ + offset, p_.out.c, channels, p_.ow, channel, true, offset, p_.out.c, 1);
        }
      }
    }
  }

  const Winograd& w_;
  const ConvProblem& p_;
  const char* packed_;
  const float* x_;
  const ConvFinish& finish_;
  float* y_;
  char* base_;
  Slots& slots_;
  bool shared_;            // all threads work on one group of one image
  index_t rows_, blocks_;  // rows of tiles of a task, tasks of a group
};

void Winograd::run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
                   const Executor& executor) const {
  Slots slots(workspace, thread_bytes(), executor.threads);
  WinogradJob job(*this, packed, x, finish, y, workspace, slots, executor.threads);
  run_job(executor, job);
}

std::unique_ptr<ConvAlgorithm> make_winograd(const ConvProblem& problem, const Machine& machine, int m) {
  return std::unique_ptr<ConvAlgorithm>(new (std::nothrow) Winograd(problem, machine, m));
}

}  // namespace tessera
