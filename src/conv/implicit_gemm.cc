// Convolution as GEMM whose operand gathers from the image.
//
// NCHW: C is channels x pixels, the weights are A, the image is B. NHWC: C is pixels x channels, the image is A, the
// weights are B. k runs over taps, row by row, and fastest over channels, so both give the same bits. Phases of a
// transposed convolution are gathered one by one, and their tiles of C are written where the phase lies.
#include <new>

#include "conv/algorithm.h"
#include "conv/phase.h"
#include "conv/plan.h"
#include "gemm/loops.h"
#include "gemm/packed.h"
#include "gemm/scale.h"

namespace tessera {
namespace {

// The image under one phase's taps.
class ImageSource final : public PanelSource {
 public:
  ImageSource(const PixelGrid& grid, const float* image) : grid_(grid), image_(image) {}
  void pack(const PanelRequest& r) const noexcept override {
    r.packers->gather({.dst = r.dst,
                       .image = image_,
                       .first = r.first,
                       .width = r.width,
                       .panel = r.panel,
                       .step = r.step,
                       .steps = r.steps,
                       .grid = grid_});
  }

 private:
  const PixelGrid& grid_;
  const float* image_;
};

// The weights of one group under one phase's taps.
class WeightSource final : public PanelSource {
 public:
  WeightSource(const ConvProblem& problem, const ConvPhase& phase, const float* weights)
      : p_(problem), phase_(phase), weights_(weights) {}
  void pack(const PanelRequest& request) const noexcept override {
    PanelRequest piece = request;
    for (index_t done = 0; done < request.steps; done += piece.steps) {
      const index_t tap = (request.step + done) / p_.c, c = (request.step + done) % p_.c;
      const index_t r = phase_.tap_r + tap / phase_.taps_x * phase_.step_r;
      const index_t s = phase_.tap_s + tap % phase_.taps_x * phase_.step_s;
      const StridedSource source(DType::f32, weights_ + r * p_.kw + s + c * p_.weight_c(), p_.weight_k(), p_.weight_c(),
                                 false, {});
      piece.step = 0;
      piece.steps = min_index(p_.c - c, request.steps - done);
      piece.dst = request.dst + done * request.panel * index_t{sizeof(float)};
      source.pack(piece);
    }
  }

 private:
  const ConvProblem& p_;
  const ConvPhase& phase_;
  const float* weights_;
};

}  // namespace

class ImplicitGemm final : public ConvAlgorithm {
 public:
  ImplicitGemm(const ConvProblem& problem, const Machine& machine) : p_(problem), machine_(machine) {}

  index_t weight_bytes() const override;
  bool pack_weights(const float* weights, char* packed, const Executor& executor) const override;
  index_t thread_bytes() const override { return 0; }
  void run(const char* packed, const float* x, const ConvFinish& finish, float* y, char* workspace,
           const Executor& executor) const override;

 private:
  friend class ImplicitGemmJob;
  PackedPanels panels_of(const ConvPhase& phase) const;
  // One phase of one group of one image.
  void run_one(const ConvPhase& phase, const char* packed, const float* x, const ConvFinish& finish, float* y,
               index_t image, index_t group, const Executor& executor) const;
  // The image is an ordinary matrix: no taps to gather.
  bool is_matrix(const ConvPhase& phase) const;

  const ConvProblem& p_;
  const Machine& machine_;
};

bool ImplicitGemm::is_matrix(const ConvPhase& f) const {
  return f.taps() == 1 && f.grid.y0 == 0 && f.grid.x0 == 0 && f.grid.pixel_y == 1 && f.grid.pixel_x == 1 &&
         f.rows == p_.h && f.columns == p_.w;
}

PackedPanels ImplicitGemm::panels_of(const ConvPhase& f) const {
  const index_t k = f.taps() * p_.c;
  PackedPanels panels = plan_panels(machine_, p_.nhwc() ? Side::right : Side::left, DType::f32, p_.k, k);
  if (p_.nhwc()) {
    panels.nv = panel_registers(*panels.tiles, p_.k);
    // Tiles of two registers are higher than narrow ones.
    if (panels.nv < 3) panels.narrow = nullptr;
  }
  // Scattered tiles are no C in which chains could be continued.
  if (f.pace_y * f.pace_x != 1) panels.kc = k;
  return panels;
}

index_t ImplicitGemm::weight_bytes() const {
  index_t bytes = 0;
  for (index_t y = 0; y < conv_phases_y(p_); ++y)
    for (index_t x = 0; x < conv_phases_x(p_); ++x) {
      const ConvPhase f = conv_phase(p_, y, x);
      if (f.taps() > 0) bytes += p_.groups * round_up(panels_of(f).bytes(), 64);
    }
  return bytes;
}

bool ImplicitGemm::pack_weights(const float* weights, char* packed, const Executor& executor) const {
  for (index_t y = 0; y < conv_phases_y(p_); ++y)
    for (index_t x = 0; x < conv_phases_x(p_); ++x) {
      const ConvPhase f = conv_phase(p_, y, x);
      if (f.taps() == 0) continue;
      PackedPanels panels = panels_of(f);
      for (index_t g = 0; g < p_.groups; ++g) {
        panels.data = packed;
        pack_panels(panels, WeightSource(p_, f, weights + g * p_.weight_group()), executor);
        packed += round_up(panels.bytes(), 64);
      }
    }
  return true;
}

void ImplicitGemm::run_one(const ConvPhase& f, const char* packed, const float* x, const ConvFinish& finish, float* y,
                           index_t image, index_t group, const Executor& executor) const {
  const bool nhwc = p_.nhwc(), scattered = f.pace_y * f.pace_x != 1;
  const float* const in = x + image * p_.in.n + group * p_.c * p_.in.c;
  float* const out = y + image * p_.out.n + group * p_.k * p_.out.c;
  const index_t pixels = f.rows * f.columns;
  ConvEpilogue epilogue(p_, finish, y, image, group);
  if (scattered) epilogue.scatter({f.columns, f.row, f.column, f.pace_y, f.pace_x});

  const float one = 1.0f, zero = 0.0f;
  const ImageSource source(f.grid, in);
  GemmExtras extras;
  if (scattered || finish.finish != nullptr) extras.epilogue = &epilogue;
  GemmCall call{.type = DType::f32,
                .m = nhwc ? pixels : p_.k,
                .n = nhwc ? p_.k : pixels,
                .k = f.taps() * p_.c,
                .alpha = &one,
                .a = nullptr,
                .a_rs = p_.in.x,
                .a_cs = 1,
                .b = nullptr,
                .b_rs = p_.in.c,
                .b_cs = p_.in.x,
                .beta = &zero,
                .c = scattered ? nullptr : out,
                .c_rs = nhwc ? p_.out.x : p_.out.c,
                .c_cs = nhwc ? p_.out.c : p_.out.x,
                .extras = &extras};
  if (call.k == 0) return run_scaling(make_problem(call));
  PackedPanels panels = panels_of(f);
  panels.data = packed;
  if (nhwc) {
    extras.b_packed = &panels;
    if (is_matrix(f)) {
      call.a = in;
    } else {
      extras.a_source = &source;
    }
  } else {
    extras.a_packed = &panels;
    // Packing an ordinary matrix on the way won on some layers and lost on as many.
    if (is_matrix(f)) {
      call.b = in;
    } else {
      extras.b_source = &source;
    }
  }
  const GemmProblem problem = make_problem(call);
  run_gemm(problem, plan_gemm(problem, machine_, executor.threads), executor);
}

// Images and groups are tasks where they are many; otherwise each GEMM has all threads.
class ImplicitGemmJob final : public PhasedJob {
 public:
  ImplicitGemmJob(const ImplicitGemm& gemm, const ConvPhase& phase, const char* packed, const float* x,
                  const ConvFinish& finish, float* y)
      : gemm_(gemm), phase_(phase), packed_(packed), x_(x), finish_(finish), y_(y) {
    bytes_ = phase.taps() > 0 ? round_up(gemm.panels_of(phase).bytes(), 64) : 0;
  }
  index_t group_bytes() const { return bytes_; }
  int phases() const override { return 1; }
  index_t tasks(int) const override { return gemm_.p_.batch * gemm_.p_.groups; }
  void run(int, index_t task) noexcept override { run(task, Executor{}); }
  void run(index_t task, const Executor& executor) const {
    const index_t group = task % gemm_.p_.groups;
    gemm_.run_one(phase_, packed_ + group * bytes_, x_, finish_, y_, task / gemm_.p_.groups, group, executor);
  }

 private:
  const ImplicitGemm& gemm_;
  const ConvPhase& phase_;
  const char* packed_;
  const float* x_;
  const ConvFinish& finish_;
  float* y_;
  index_t bytes_;
};

void ImplicitGemm::run(const char* packed, const float* x, const ConvFinish& finish, float* y, char*,
                       const Executor& executor) const {
  constexpr index_t kMostTasks = index_t{1} << 23;
  for (index_t py = 0; py < conv_phases_y(p_); ++py)
    for (index_t px = 0; px < conv_phases_x(p_); ++px) {
      const ConvPhase f = conv_phase(p_, py, px);
      ImplicitGemmJob job(*this, f, packed, x, finish, y);
      const index_t tasks = job.tasks(0);
      if (tasks >= 4 * executor.threads && tasks < kMostTasks) {
        run_job(executor, job);
      } else {
        for (index_t task = 0; task < tasks; ++task) job.run(task, executor);
      }
      packed += p_.groups * job.group_bytes();
    }
}

std::unique_ptr<ConvAlgorithm> make_implicit_gemm(const ConvProblem& problem, const Machine& machine) {
  return std::unique_ptr<ConvAlgorithm>(new (std::nothrow) ImplicitGemm(problem, machine));
}

}  // namespace tessera
