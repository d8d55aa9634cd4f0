#include "autotune/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "blas/level1/level1.h"
#include "blas/level1/vectors.h"
#include "blas/level2/level2.h"
#include "conv/explain.h"
#include "conv_problem.h"
#include "gemm/explain.h"
#include "int8_problem.h"
#include "operands.h"
#include "quant/int8.h"
#include "quant/weights.h"
#include "runtime/num_threads.h"

namespace tessera::tune {
namespace {

constexpr double kSampleSeconds = 0.001;
constexpr double kPulseSeconds = 0.0002;
constexpr double kAsleepAfter = 0.0015;  // seconds without a call, when workers have gone to sleep (thread_pool.cc)
constexpr int kAsleepCalls = 3;

DType type_of(char letter) {
  return letter == 's' ? DType::f32 : letter == 'd' ? DType::f64 : letter == 'c' ? DType::c32 : DType::c64;
}

void put_scalar(char* to, char type, double value) {
  if (type == 's' || type == 'c') {
    const float pair[2] = {static_cast<float>(value), 0};
    std::memcpy(to, pair, sizeof pair);
  } else {
    const double pair[2] = {value, 0};
    std::memcpy(to, pair, sizeof pair);
  }
}

int calls_for(double seconds, double sample) {
  return seconds >= sample ? 1 : static_cast<int>(std::min(1e6, std::ceil(sample / std::max(seconds, 1e-9))));
}

Executor on_threads(int threads) {
  Executor executor{};
  executor.threads = threads;
  return executor;
}

std::string words_of(const GemmPlan& plan) {
  LogText text;
  describe_plan(plan, text);
  return text.c_str();
}

[[noreturn]] void wrong(const std::string& line, const std::string& how = "") {
  throw std::runtime_error(line + " is wrong without any tuning" + (how.empty() ? "" : ": " + how));
}

// ---- f32, f64

class GemmBench final : public Bench {
 public:
  GemmBench(const Shape& shape, const bench::Problem& p, const Setup& setup, int threads)
      : Bench(shape, threads),
        problem_(p),
        operands_(p, 1, false),
        c_bytes_(std::size_t(p.c_vectors()) * static_cast<std::size_t>(p.ldc) *
                 static_cast<std::size_t>(p.element_bytes())) {
    const auto strides = [&](char op, int ld, index_t& rs, index_t& cs) {
      const bool rows = (op == 'N') == p.row_major;
      rs = rows ? ld : 1;
      cs = rows ? 1 : ld;
    };
    call_.type = type_of(p.type);
    call_.conj_a = p.op_a == 'C' && p.is_complex();
    call_.conj_b = p.op_b == 'C' && p.is_complex();
    call_.m = p.m;
    call_.n = p.n;
    call_.k = p.k;
    strides(p.op_a, p.lda, call_.a_rs, call_.a_cs);
    strides(p.op_b, p.ldb, call_.b_rs, call_.b_cs);
    strides('N', p.ldc, call_.c_rs, call_.c_cs);
    put_scalar(alpha_, p.type, p.alpha);
    put_scalar(beta_, p.type, p.beta);
    call_.alpha = alpha_;
    call_.beta = beta_;
    const bench::OperandPointers& x = operands_.sets()[0];
    call_.a = x.a;
    call_.b = x.b;
    call_.c = x.c;

    // Exact first, where one lost product shows; then with the full significands that are timed.
    for (const bench::Fill fill : {bench::Fill::kExact, bench::Fill::kRandom}) {
      operands_.fill(fill);
      warm(setup);
      if (const std::string how = operands_.check(true); !how.empty()) wrong(p.line(), how);
    }
    expected_.assign(static_cast<const char*>(call_.c), static_cast<const char*>(call_.c) + c_bytes_);
    calibrate(setup);
  }

  double flops() const override { return problem_.flops(); }
  bool same_plan(const Setup& a, const Setup& b) const override { return plan_of(a) == plan_of(b); }
  std::string plan(const Setup& setup) const override { return words_of(plan_of(setup)); }
  bool verify(const Setup& setup) override {
    operands_.reset_c();
    warm(setup);
    return std::memcmp(call_.c, expected_.data(), c_bytes_) == 0;
  }
  std::optional<double> time(const bench::Library& library) override {
    if (!library.supports(problem_)) return std::nullopt;
    const double begin = now();
    library.repeat(problem_, operands_.sets(), calls());
    return (now() - begin) / calls();
  }
  using Bench::time;

 private:
  GemmPlan plan_of(const Setup& setup) const { return plan_gemm(make_problem(call_), setup.machine, threads()); }
  void call(const Setup& setup, int times) override {
    for (int i = 0; i < times; ++i) gemm_on(setup.machine, call_, on_threads(threads()));
  }

  bench::Problem problem_;
  bench::Operands operands_;
  std::size_t c_bytes_;
  std::vector<char> expected_;
  GemmCall call_{};
  alignas(16) char alpha_[16], beta_[16];
};

// ---- int8

class Int8Bench final : public Bench {
 public:
  Int8Bench(const Shape& shape, const bench::Int8Problem& p, const Setup& setup, int threads)
      : Bench(shape, threads),
        problem_(p),
        a_(std::size_t(p.m) * std::size_t(p.k)),
        b_(std::size_t(p.k) * std::size_t(p.n)),
        c_(std::size_t(p.m) * std::size_t(p.n)) {
    std::mt19937_64 random(20261124);
    for (std::vector<std::uint8_t>* x : {&a_, &b_})
      for (std::uint8_t& byte : *x) byte = static_cast<std::uint8_t>(random());
    call_ = {.m = p.m,
             .n = p.n,
             .k = p.k,
             .a = {a_.data(), p.a_signed, p.k, 1, 0, nullptr},
             .b = {b_.data(), true, p.n, 1, 0, nullptr},
             .weights = nullptr,
             .output = nullptr,
             .c = c_.data(),
             .c_rs = p.n,
             .c_cs = 1};
    warm(setup);
    // Three columns, by definition.
    for (const int j : {0, p.n / 2, p.n - 1}) {
      for (int i = 0; i < p.m; ++i) {
        std::int32_t sum = 0;
        for (int q = 0; q < p.k; ++q) {
          const std::uint8_t byte = a_[std::size_t(i) * std::size_t(p.k) + std::size_t(q)];
          sum += (p.a_signed ? static_cast<std::int8_t>(byte) : static_cast<int>(byte)) *
                 static_cast<std::int8_t>(b_[std::size_t(q) * std::size_t(p.n) + std::size_t(j)]);
        }
        if (c_[std::size_t(i) * std::size_t(p.n) + std::size_t(j)] != sum) wrong(p.line());
      }
    }
    expected_ = c_;
    calibrate(setup);
  }

  double flops() const override { return problem_.ops(); }
  bool same_plan(const Setup& a, const Setup& b) const override { return plan_of(a) == plan_of(b); }
  std::string plan(const Setup& setup) const override { return words_of(plan_of(setup)); }
  bool verify(const Setup& setup) override {
    std::fill(c_.begin(), c_.end(), 0x55555555);
    warm(setup);
    return c_ == expected_;
  }

 private:
  struct Packed {
    int nv;
    index_t kc;
    std::unique_ptr<Int8Weights> weights;
  };

  GemmPlan plan_of(const Setup& setup) const {
    const PackInt8Set& packers = *setup.int8.isa->packers;
    const Int8Source source(packers, Side::left, call_.a, 0, nullptr, 0, false);
    const PackedPanels panels = panels_of(setup);
    GemmProblem g{};
    g.type = DType::s32;
    g.m = call_.m;
    g.n = call_.n;
    g.k = call_.k;
    g.left.size = g.right.size = 1;
    g.left.p = static_cast<const char*>(call_.a.p);
    g.left.rs = call_.a.rs;
    g.left.cs = 1;
    g.left.source = &source;
    if (problem_.packed) g.right.packed = &panels;
    g.int8.row_terms = panel_offset(packers.right_type, true) != 0;
    g.c = static_cast<char*>(call_.c);
    g.c_rs = call_.c_rs;
    g.c_cs = 1;
    return plan_int8(g, setup.int8, threads());
  }
  PackedPanels panels_of(const Setup& setup) const { return plan_int8_weights(setup.int8, call_.n, call_.k, call_.m); }
  // The incumbent's and the candidate's weights are kept.
  void prepare(const Setup& setup) override {
    if (!problem_.packed) return;
    const PackedPanels panels = panels_of(setup);
    auto found = std::find_if(packed_.begin(), packed_.end(),
                              [&](const Packed& p) { return p.nv == panels.nv && p.kc == panels.kc; });
    if (found == packed_.end()) {
      if (packed_.size() == 2) packed_.erase(packed_.begin());
      packed_.push_back({panels.nv, panels.kc,
                         std::unique_ptr<Int8Weights>(
                             Int8Weights::create(setup.int8, call_.n, call_.k, call_.b, on_threads(1), call_.m))});
    } else {
      std::rotate(found, found + 1, packed_.end());  // the one used last is at the end
    }
    if (packed_.back().weights == nullptr) throw std::bad_alloc();
    call_.weights = packed_.back().weights.get();
  }
  void call(const Setup& setup, int times) override {
    const Int8Settings settings{setup.int8.isa, on_threads(threads()), &setup.int8};
    for (int i = 0; i < times; ++i)
      if (!int8_gemm(call_, settings)) throw std::bad_alloc();
  }

  bench::Int8Problem problem_;
  std::vector<std::uint8_t> a_, b_;
  std::vector<std::int32_t> c_, expected_;
  Int8Call call_{};
  std::vector<Packed> packed_;
};

// ---- convolution

class ConvBench final : public Bench {
 public:
  ConvBench(const Shape& shape, const bench::ConvProblem& p, bool nhwc, const Setup& setup, int threads)
      : Bench(shape, threads), flops_(p.flops(1)), isa_(isa_info(setup.machine.isa->isa).name) {
    desc_.layout = nhwc ? TSR_NHWC : TSR_NCHW;
    desc_.groups = p.groups;
    desc_.in_channels = p.c;
    desc_.in_height = p.h;
    desc_.in_width = p.w;
    desc_.out_channels = p.k;
    desc_.kernel_height = desc_.kernel_width = p.kernel;
    desc_.stride_height = desc_.stride_width = p.stride;
    desc_.pad_top = desc_.pad_left = desc_.pad_bottom = desc_.pad_right = p.pad;
    if (make_conv_problem(desc_, problem_) != TSR_OK) throw std::runtime_error(shape.line + ": no such layer");
    x_.resize(static_cast<std::size_t>(problem_.in.n));
    y_.resize(static_cast<std::size_t>(problem_.out.n));
    w_.resize(static_cast<std::size_t>(problem_.weight_group() * problem_.groups));
    std::mt19937 random(1);
    std::uniform_real_distribution<float> number(-1, 1);
    for (std::vector<float>* v : {&x_, &w_})
      for (float& e : *v) e = number(random);
    expect();
    if (tsr_context_create(&context_) != TSR_OK) throw std::bad_alloc();
    tsr_context_set_isa(context_, isa_);
    tsr_context_set_num_threads(context_, threads);
    if (!verify(setup)) wrong(shape.line);
    calibrate(setup);
  }
  ~ConvBench() override {
    for (const auto& [algorithm, plan] : plans_) tsr_conv_plan_destroy(plan);
    tsr_context_destroy(context_);
  }
  ConvBench(const ConvBench&) = delete;
  ConvBench& operator=(const ConvBench&) = delete;

  double flops() const override { return flops_; }
  bool same_plan(const Setup& a, const Setup& b) const override { return algorithm_of(a) == algorithm_of(b); }
  std::string plan(const Setup& setup) const override {
    return std::string("algorithm=") + conv_algorithm_name(algorithm_of(setup));
  }
  bool verify(const Setup& setup) override {
    std::fill(y_.begin(), y_.end(), std::nanf(""));
    warm(setup);
    float largest = 0;
    for (const float y : y_) largest = std::max(largest, std::abs(y));
    // Ten times what F(4x4, 3x3) errs by (tsr_conv_accuracy).
    return std::all_of(samples_.begin(), samples_.end(), [&](const Sample& s) {
      return std::abs(y_[static_cast<std::size_t>(s.at)] - s.value) <= 5e-5 * largest;
    });
  }

 private:
  struct Sample {
    index_t at;
    double value;
  };

  // Some outputs by definition.
  void expect() {
    const ConvProblem& p = problem_;
    std::mt19937 random(2);
    for (int i = 0; i < 60; ++i) {
      const auto below = [&](index_t n) { return static_cast<index_t>(random()) % n; };
      const index_t g = below(p.groups), k = below(p.k), oy = below(p.oh), ox = below(p.ow);
      double sum = 0;
      for (index_t c = 0; c < p.c; ++c) {
        for (index_t tap = 0; tap < p.taps(); ++tap) {
          const index_t r = tap / p.kw, s = tap % p.kw, y = oy * p.sy + r - p.top, x = ox * p.sx + s - p.left;
          if (y < 0 || y >= p.h || x < 0 || x >= p.w) continue;
          const index_t weight = g * p.weight_group() + k * p.weight_k() + c * p.weight_c() + tap;
          sum += double(w_[static_cast<std::size_t>(weight)]) *
                 double(x_[static_cast<std::size_t>((g * p.c + c) * p.in.c + y * p.in.y + x * p.in.x)]);
        }
      }
      samples_.push_back({(g * p.k + k) * p.out.c + oy * p.out.y + ox * p.out.x, sum});
    }
  }
  tsr_conv_algorithm algorithm_of(const Setup& setup) const {
    return choose_conv_algorithm(problem_, TSR_CONV_NORMAL, setup.machine);
  }
  void prepare(const Setup& setup) override {
    tsr_conv_plan*& plan = plans_[algorithm_of(setup)];
    desc_.algorithm = algorithm_of(setup);
    if (plan == nullptr && tsr_conv_plan_create(context_, &desc_, w_.data(), &plan) != TSR_OK)
      throw std::runtime_error(shape().line + ": no plan");
  }
  void call(const Setup& setup, int times) override {
    const tsr_conv_plan* plan = plans_.at(algorithm_of(setup));
    for (int i = 0; i < times; ++i)
      if (tsr_conv_run(plan, context_, x_.data(), nullptr, y_.data(), nullptr, 0) != TSR_OK) throw std::bad_alloc();
  }

  double flops_;
  const char* isa_;
  tsr_conv_desc desc_ = TSR_CONV_INIT;
  ConvProblem problem_{};
  std::vector<float> x_, w_, y_;
  std::vector<Sample> samples_;
  tsr_context* context_ = nullptr;
  std::map<tsr_conv_algorithm, tsr_conv_plan*> plans_;
};

// ---- levels 1 and 2

// Their thresholds are the process's: a call puts them in use.
template <class T>
class VectorBench final : public Bench {
 public:
  // m 0: a dot product, else a matrix of m x n.
  VectorBench(const Shape& shape, bool transposed, index_t m, index_t n, const Setup& setup, int threads)
      : Bench(shape, threads), transposed_(transposed), m_(m), n_(n) {
    set_num_threads_global(threads);
    a_.resize(static_cast<std::size_t>(std::max<index_t>(m, 1) * n));
    x_.resize(static_cast<std::size_t>(std::max(m, n)));
    y_.resize(x_.size());
    std::mt19937 random(1);
    std::uniform_real_distribution<T> number(-1, 1);
    for (std::vector<T>* v : {&a_, &x_})
      for (T& e : *v) e = number(random);
    warm(setup);
    const long double first = m == 0 ? sum(1, n) : transposed ? sum(1, m) : sum(m, n);
    if (!(std::abs(y_[0] - first) <= 1e-4L * std::sqrt(static_cast<long double>(std::max(m, n))))) wrong(shape.line);
    expected_ = y_;
    calibrate(setup);
  }

  double flops() const override { return 2.0 * static_cast<double>(a_.size()); }
  bool same_plan(const Setup& a, const Setup& b) const override { return threads_of(a) == threads_of(b); }
  std::string plan(const Setup& setup) const override { return "threads=" + std::to_string(threads_of(setup)); }
  bool verify(const Setup& setup) override {
    std::fill(y_.begin(), y_.end(), T(7));
    warm(setup);
    const std::size_t count = m_ == 0 ? 1 : static_cast<std::size_t>(transposed_ ? n_ : m_);
    return std::memcmp(y_.data(), expected_.data(), count * sizeof(T)) == 0;
  }

 private:
  long double sum(index_t step, index_t count) const {
    long double total = 0;
    for (index_t i = 0; i < count; ++i)
      total += static_cast<long double>(a_[static_cast<std::size_t>(i * step)]) * x_[static_cast<std::size_t>(i)];
    return total;
  }
  // Of a call with its operands' bytes; of a matrix, while workers sleep.
  index_t threads_of(const Setup& setup) const {
    const index_t bytes = static_cast<index_t>(a_.size() * sizeof(T)) * (m_ == 0 ? 2 : 1);
    if (m_ == 0) return blas::vector_threads(bytes, setup.threads.level1_from, threads());
    return bytes < setup.threads.level2_from ? 1 : threads();
  }
  void prepare(const Setup& setup) override {
    Profile profile = active_profile();
    profile.threads = setup.threads;
    if (!(profile == active_profile()) && !activate_profile(profile)) throw std::bad_alloc();
  }
  void call(const Setup&, int times) override {
    const T one = 1, zero = 0;
    for (int i = 0; i < times; ++i) {
      if (m_ == 0) {
        y_[0] = blas::dot(n_, a_.data(), 1, x_.data(), 1);
      } else {
        blas::gemv(blas::full_columns(a_.data(), m_, m_), m_, n_, transposed_, false, false, &one, x_.data(), 1, &zero,
                   y_.data(), 1);
      }
    }
  }

  bool transposed_;
  index_t m_, n_;
  std::vector<T> a_, x_, y_, expected_;
};

std::unique_ptr<Bench> make_vector_bench(const Shape& shape, const Setup& setup, int threads) {
  std::istringstream words(shape.line);
  std::string routine, op = "N";
  index_t m = 0, n = 0;
  words >> routine;
  if (routine.substr(1) == "gemv") words >> op >> m;
  words >> n;
  if (routine[0] == 's') return std::make_unique<VectorBench<float>>(shape, op == "T", m, n, setup, threads);
  return std::make_unique<VectorBench<double>>(shape, op == "T", m, n, setup, threads);
}

}  // namespace

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void Bench::calibrate(const Setup& setup) {
  warm(setup);
  const double begin = now();
  call(setup, 1);
  calls_ = calls_for(now() - begin, kSampleSeconds);
}

double Bench::time(const Setup& setup) {
  prepare(setup);
  const double begin = now();
  call(setup, calls_);
  const double awake = (now() - begin) / calls_;
  if (threads_ == 1) return awake;
  double asleep = 0;
  for (int i = 0; i < kAsleepCalls; ++i) {
    std::this_thread::sleep_for(std::chrono::duration<double>(kAsleepAfter));
    const double woken = now();
    call(setup, 1);
    asleep += (now() - woken) / kAsleepCalls;
  }
  return std::sqrt(awake * asleep);
}

std::unique_ptr<Bench> make_bench(const Shape& shape, const Setup& setup, int threads) {
  std::string line = shape.line;
  switch (parse_line(line)) {
    case Part::int8:
      return std::make_unique<Int8Bench>(shape, bench::parse_int8_problem(line), setup, threads);
    case Part::conv: {
      const std::size_t at = line.rfind(" layout=");
      return std::make_unique<ConvBench>(shape, bench::parse_conv_problem(line.substr(0, at)),
                                         line.substr(at) == " layout=nhwc", setup, threads);
    }
    case Part::threads:
      return make_vector_bench(shape, setup, threads);
    default:
      return std::make_unique<GemmBench>(shape, bench::parse_problem(line), setup, threads);
  }
}

namespace {
constexpr index_t kPulseSize = 48;
}

Pulse::Pulse(const IsaEntry& isa) : machine_(this_machine(isa, Profile{})) {
  a_.assign(kPulseSize * kPulseSize, 0.5f);
  b_ = a_;
  c_ = a_;
  for (const double begin = now(); now() - begin < 0.01;) beat();  // wakes the core
  double least = 1;
  for (int i = 0; i < 20; ++i) least = std::min(least, beat());
  calls_ = calls_for(least, kPulseSeconds);
}

double Pulse::beat() {
  const float one = 1, zero = 0;
  GemmCall call{};
  call.type = DType::f32;
  call.m = call.n = call.k = kPulseSize;
  call.alpha = &one;
  call.beta = &zero;
  call.a = a_.data();
  call.b = b_.data();
  call.c = c_.data();
  call.a_rs = call.b_rs = call.c_rs = kPulseSize;
  call.a_cs = call.b_cs = call.c_cs = 1;
  Executor executor{};
  executor.threads = 1;
  const double begin = now();
  for (int i = 0; i < calls_; ++i) gemm_on(machine_, call, executor);
  return now() - begin;
}

}  // namespace tessera::tune
