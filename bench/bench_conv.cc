// Convolution layers of networks: this library in both layouts, oneDNN in its own and XNNPACK in NHWC, with bias and
// ReLU, in interleaved rounds. docs/benchmarking.md.
#include <dlfcn.h>
#include <tessera/tessera.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>

#include "aligned_buffer.h"
#include "conv_problem.h"
#include "driver.h"
#include "machine.h"
#include "rounds.h"

namespace tessera::bench {
namespace {

struct Options {
  std::vector<std::string> sets;
  int batch = 1;
  RoundOptions rounds;
  bool list = false, candidates = false, int8 = false, strict = false, fast = false, plans = false;
};

constexpr const char* kAlgorithmNames[] = {"auto",      "gemm",      "depthwise", "winograd2",
                                           "winograd4", "winograd6", "direct"};

// Images begin on a cache line, as oneDNN's do.
template <class T>
struct LineAllocator {
  using value_type = T;
  T* allocate(size_t n) { return reinterpret_cast<T*>(allocate_aligned(n * sizeof(T), false).release()); }
  void deallocate(T* p, size_t) { std::free(p); }
  bool operator==(const LineAllocator&) const { return true; }
};
template <class T>
using Image = std::vector<T, LineAllocator<T>>;

// Operands and what is expected of the result: the first peer's or, without one, the first contestant's.
struct Operands {
  Image<float> x, y;
  std::vector<float> w, bias;
  explicit Operands(const ConvProblem& p, int batch)
      : x(size_t(batch) * p.c * p.h * p.w),
        y(size_t(batch) * p.k * p.out_height() * p.out_width()),
        w(size_t(p.k) * (p.c / p.groups) * p.kernel * p.kernel),
        bias(p.k) {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> number(-1.0f, 1.0f);
    for (float& e : x) e = number(random);
    for (std::vector<float>* v : {&w, &bias})
      for (float& e : *v) e = number(random);
  }
};

// The same as bytes. Weights are small enough for sums that a CPU without 8-bit dot products adds up in 16 bits.
struct BytesOperands {
  Image<uint8_t> x;
  std::vector<int8_t> w;
  std::vector<int32_t> bias;
  float scale;
  BytesOperands(const ConvProblem& p, const Operands& o) : x(o.x.size()), w(o.w.size()), bias(o.bias.size()) {
    for (size_t i = 0; i < x.size(); ++i) x[i] = uint8_t(127.5f * (o.x[i] + 1.0f));
    for (size_t i = 0; i < w.size(); ++i) w[i] = int8_t(63.0f * o.w[i]);
    for (size_t i = 0; i < bias.size(); ++i) bias[i] = int32_t(1000.0f * o.bias[i]);
    scale = 0.02f / std::sqrt(float(w.size()) / float(p.k));
  }
};

// N C H W <-> N H W C.
template <class T>
Image<T> with_channels_last(const Image<T>& from, size_t n, size_t c, size_t pixels) {
  Image<T> to(from.size());
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < c; ++j)
      for (size_t e = 0; e < pixels; ++e) to[(i * pixels + e) * c + j] = from[(i * c + j) * pixels + e];
  return to;
}

class Layer {
 public:
  virtual ~Layer() = default;
  virtual void run() = 0;
  virtual Image<float> result() = 0;  // as NCHW
  std::string name, note;
};

tsr_conv_desc desc_of(const ConvProblem& p, int batch, tsr_image_layout layout) {
  tsr_conv_desc d = TSR_CONV_INIT;
  d.layout = layout;
  d.batch = batch;
  d.groups = p.groups;
  d.in_channels = p.c;
  d.in_height = p.h;
  d.in_width = p.w;
  d.out_channels = p.k;
  d.kernel_height = d.kernel_width = p.kernel;
  d.stride_height = d.stride_width = p.stride;
  d.pad_top = d.pad_bottom = d.pad_left = d.pad_right = p.pad;
  return d;
}

class Tessera final : public Layer {
 public:
  Tessera(const ConvProblem& p, int batch, tsr_context* context, const Operands& o, tsr_image_layout layout,
          tsr_conv_algorithm algorithm, tsr_conv_accuracy accuracy)
      : context_(context), batch_(batch), p_(p), nhwc_(layout == TSR_NHWC), y_(o.y.size()) {
    name = nhwc_ ? "nhwc" : "nchw";
    tsr_conv_desc d = desc_of(p, batch, layout);
    d.algorithm = algorithm;
    d.accuracy = accuracy;
    if (tsr_conv_plan_create(context, &d, o.w.data(), &plan_) != TSR_OK) return;
    x_ = nhwc_ ? with_channels_last(o.x, batch, p.c, size_t(p.h) * p.w) : o.x;
    epilogue_.bias = o.bias.data();
    epilogue_.activation = TSR_ACTIVATION_RELU;
    note = kAlgorithmNames[tsr_conv_plan_algorithm(plan_)];
  }
  ~Tessera() override { tsr_conv_plan_destroy(plan_); }
  bool works() const { return plan_ != nullptr; }
  void run() override { tsr_conv_run(plan_, context_, x_.data(), &epilogue_, y_.data(), nullptr, 0); }
  Image<float> result() override {
    const size_t pixels = size_t(p_.out_height()) * p_.out_width();
    // The transposition of pixels x channels is that of channels x pixels backwards.
    return nhwc_ ? with_channels_last(y_, batch_, pixels, p_.k) : y_;
  }

 private:
  tsr_context* context_;
  int batch_;
  const ConvProblem& p_;
  bool nhwc_;
  tsr_conv_plan* plan_ = nullptr;
  tsr_conv_epilogue epilogue_ = TSR_CONV_EPILOGUE_INIT;
  Image<float> x_, y_;
};

class TesseraBytes final : public Layer {
 public:
  TesseraBytes(const ConvProblem& p, int batch, tsr_context* context, const BytesOperands& o, tsr_image_layout layout)
      : context_(context),
        batch_(batch),
        p_(p),
        nhwc_(layout == TSR_NHWC),
        y_(size_t(batch) * p.k * p.out_height() * p.out_width()) {
    name = nhwc_ ? "nhwc" : "nchw";
    const tsr_conv_desc d = desc_of(p, batch, layout);
    const tsr_q8_filter filter{o.w.data(), TSR_S8, 0, nullptr};
    if (tsr_conv_q8_plan_create(context, &d, &filter, &plan_) != TSR_OK) return;
    x_ = nhwc_ ? with_channels_last(o.x, batch, p.c, size_t(p.h) * p.w) : o.x;
    epilogue_.bias = o.bias.data();
    epilogue_.scale = &o.scale;
    note = kAlgorithmNames[tsr_conv_q8_plan_algorithm(plan_)];
  }
  ~TesseraBytes() override { tsr_conv_q8_plan_destroy(plan_); }
  bool works() const { return plan_ != nullptr; }
  void run() override {
    const tsr_q8_image x{x_.data(), TSR_U8, 0};
    tsr_conv_q8_run(plan_, context_, &x, &epilogue_, y_.data());
  }
  Image<float> result() override {
    const Image<float> y(y_.begin(), y_.end());
    return nhwc_ ? with_channels_last(y, batch_, size_t(p_.out_height()) * p_.out_width(), p_.k) : y;
  }

 private:
  tsr_context* context_;
  int batch_;
  const ConvProblem& p_;
  bool nhwc_;
  tsr_conv_q8_plan* plan_ = nullptr;
  tsr_q8_epilogue epilogue_ = tsr_q8_epilogue_of(TSR_Q8_U8);
  Image<uint8_t> x_, y_;
};

// A module of peers/: dnnl_conv_module.cc has all of these functions, others those for floats.
struct PeerModule {
  std::string name;
  void* (*create)(const int*, int, const float*, const float*, const float*) = nullptr;
  void* (*create_int8)(const int*, int, const uint8_t*, const int8_t*, const int32_t*, float) = nullptr;
  void (*run)(void*) = nullptr;
  const float* (*result)(void*) = nullptr;
  void (*destroy)(void*) = nullptr;

  bool open(const char* path) {
    void* const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      std::printf("%s missing: %s\n", name.c_str(), dlerror());
      return false;
    }
    create = reinterpret_cast<decltype(create)>(dlsym(handle, "bench_conv_create"));
    create_int8 = reinterpret_cast<decltype(create_int8)>(dlsym(handle, "bench_conv_create_int8"));
    run = reinterpret_cast<decltype(run)>(dlsym(handle, "bench_conv_run"));
    result = reinterpret_cast<decltype(result)>(dlsym(handle, "bench_conv_result"));
    destroy = reinterpret_cast<decltype(destroy)>(dlsym(handle, "bench_conv_destroy"));
    return create && run && result && destroy;
  }
};

class Peer final : public Layer {
 public:
  // bytes: null for floats.
  Peer(const PeerModule& module, const ConvProblem& p, int batch, int threads, const Operands& o,
       const BytesOperands* bytes)
      : module_(module), elements_(o.y.size()) {
    name = module.name;
    const int sizes[] = {p.c,           p.h,    p.w, p.k, p.kernel, p.stride, p.pad, p.groups, p.out_height(),
                         p.out_width(), threads};
    if (bytes == nullptr) {
      layer_ = module.create(sizes, batch, o.x.data(), o.w.data(), o.bias.data());
    } else if (module.create_int8 != nullptr) {
      layer_ = module.create_int8(sizes, batch, bytes->x.data(), bytes->w.data(), bytes->bias.data(), bytes->scale);
    }
  }
  ~Peer() override {
    if (layer_ != nullptr) module_.destroy(layer_);
  }
  bool works() const { return layer_ != nullptr; }
  void run() override { module_.run(layer_); }
  Image<float> result() override {
    const float* const y = module_.result(layer_);
    return Image<float>(y, y + elements_);
  }

 private:
  const PeerModule& module_;
  size_t elements_;
  void* layer_ = nullptr;
};

// The largest difference of results, as a share of the largest result.
double difference(const Image<float>& a, const Image<float>& b) {
  double most = 0, largest = 1e-30;
  for (size_t i = 0; i < a.size(); ++i) {
    most = std::max(most, std::fabs(double(a[i]) - b[i]));
    largest = std::max(largest, std::fabs(double(b[i])));
  }
  return most / largest;
}

// Medians of interleaved rounds, in this order.
std::vector<double> medians(std::vector<std::unique_ptr<Layer>>& all, const RoundOptions& options) {
  std::vector<Contestant> contestants;
  for (const auto& layer : all)
    contestants.push_back({true, [&layer](int64_t count) {
                             for (; count > 0; --count) layer->run();
                           }});
  std::vector<Result> results(all.size());
  time_rounds(contestants, 0, options, results);
  std::vector<double> found;
  for (const Result& result : results) found.push_back(result.median());
  return found;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"Convolution benchmarks: see docs/benchmarking.md."};
  app.add_option("sets", options.sets, "names in bench/problems/conv, or files; default: every set");
  app.add_option("--batch", options.batch, "images");
  add_options(app, options.rounds);
  app.add_flag("--candidates", options.candidates, "every algorithm on its own, NCHW and NHWC");
  app.add_flag("--plans", options.plans, "what a plan chooses by estimate against the fastest algorithm");
  app.add_flag("--int8", options.int8, "bytes: u8 images and results, s8 weights, 32-bit bias, one scale");
  app.add_flag("--strict", options.strict, "direct algorithms only (TSR_CONV_STRICT)");
  app.add_flag("--fast", options.fast, "also F(6x6, 3x3) (TSR_CONV_FAST)");
  app.add_flag("--list", options.list, "print the layers and exit");
  CLI11_PARSE(app, argc, argv);

  const std::filesystem::path folder = TESSERA_BENCH_PROBLEMS "/conv";
  if (options.sets.empty()) {
    for (const auto& file : std::filesystem::directory_iterator(folder)) options.sets.push_back(file.path().stem());
    std::sort(options.sets.begin(), options.sets.end());
  }
  std::vector<PeerModule> modules;
  tsr_context* context = nullptr;
  if (!options.list) {
    // libgomp reads it when it is loaded.
    setenv("OMP_NUM_THREADS", std::to_string(options.rounds.threads).c_str(), 1);
    if (options.rounds.threads == 1) pin_to_idle_cpu();
    for (const auto& [name, path] :
         {std::pair("onednn", TESSERA_BENCH_DNNL), std::pair("xnnpack", TESSERA_BENCH_XNNPACK)}) {
      PeerModule module;
      module.name = name;
      if (module.open(path)) modules.push_back(module);
    }
    tsr_context_create(&context);
    tsr_context_set_num_threads(context, options.rounds.threads);
  }
  const tsr_conv_accuracy accuracy = options.strict                       ? TSR_CONV_STRICT
                                     : options.fast || options.candidates ? TSR_CONV_FAST
                                                                          : TSR_CONV_NORMAL;
  int wrong = 0;
  for (const std::string& set : options.sets) {
    const auto known = folder / (set + ".txt");
    const std::vector<ConvProblem> problems = read_conv_problems(std::filesystem::exists(known) ? known.string() : set);
    std::printf("\n%s, batch %d, %d thread%s: microseconds (GFLOP/s of the direct sum), ratio to the best peer\n",
                set.c_str(), options.batch, options.rounds.threads, options.rounds.threads > 1 ? "s" : "");
    std::vector<std::string> names;
    std::vector<double> sums;
    double best_sum = 0;  // of the best peer of each layer
    int plans = 0, good_plans = 0;
    for (const ConvProblem& p : problems) {
      std::printf("%-42s %-20.20s", p.line().c_str(), p.name.c_str());
      if (options.list) {
        std::printf("\n");
        continue;
      }
      const Operands operands(p, options.batch);
      const std::unique_ptr<BytesOperands> bytes(options.int8 ? new BytesOperands(p, operands) : nullptr);
      std::vector<std::unique_ptr<Layer>> all;
      for (const PeerModule& module : modules) {
        auto peer = std::make_unique<Peer>(module, p, options.batch, options.rounds.threads, operands, bytes.get());
        if (peer->works()) all.push_back(std::move(peer));
      }
      const size_t peers = all.size();
      for (const tsr_image_layout layout : {TSR_NCHW, TSR_NHWC}) {
        if (options.int8) {
          auto ours = std::make_unique<TesseraBytes>(p, options.batch, context, *bytes, layout);
          if (ours->works()) all.push_back(std::move(ours));
          continue;
        }
        const bool each = options.candidates || options.plans;
        for (int algorithm = each ? 1 : 0; algorithm <= (each ? 6 : 0); ++algorithm) {
          auto ours = std::make_unique<Tessera>(p, options.batch, context, operands, layout,
                                                tsr_conv_algorithm(algorithm), accuracy);
          if (ours->works()) all.push_back(std::move(ours));
        }
      }
      const std::vector<double> seconds = medians(all, options.rounds);
      if (options.plans) {
        for (const tsr_image_layout layout : {TSR_NCHW, TSR_NHWC}) {
          const Tessera plan(p, options.batch, context, operands, layout, TSR_CONV_AUTO, accuracy);
          size_t best = all.size(), chosen = 0;
          for (size_t i = 0; i < all.size(); ++i) {
            if (all[i]->name != plan.name) continue;
            if (best == all.size() || seconds[i] < seconds[best]) best = i;
            if (all[i]->note == plan.note) chosen = i;
          }
          const double longer = seconds[chosen] / seconds[best];
          std::printf(" | %s %s", plan.name.c_str(), plan.note.c_str());
          if (chosen != best) std::printf(" %.2f times %s", longer, all[best]->note.c_str());
          ++plans;
          if (longer <= 1.05) ++good_plans;
        }
        std::printf("\n");
        continue;
      }
      const double best = peers > 0 ? *std::min_element(seconds.begin(), seconds.begin() + ptrdiff_t(peers)) : 0;
      best_sum += best * p.count;
      const Image<float> expected = all[0]->result();
      for (size_t i = 0; i < all.size(); ++i) {
        std::printf(" | %s%s%s %.1f (%.0f)", all[i]->name.c_str(), all[i]->note.empty() ? "" : " ",
                    all[i]->note.c_str(), seconds[i] * 1e6, p.flops(options.batch) / seconds[i] / 1e9);
        if (peers > 0 && i >= peers) std::printf(" %.2f", best / seconds[i]);
        const double off = difference(all[i]->result(), expected);
        if (!(off < 1e-3)) {
          std::printf(" WRONG by %.1e", off);
          ++wrong;
        }
        if (options.candidates) continue;
        if (names.size() <= i) names.push_back(all[i]->name), sums.push_back(0);
        sums[i] += seconds[i] * p.count;
      }
      std::printf("\n");
      std::fflush(stdout);
    }
    for (size_t i = 0; i < names.size(); ++i) {
      std::printf("%s %s: %.3f ms", i ? "," : "sum with multiplicity:", names[i].c_str(), sums[i] * 1e3);
      if (best_sum > 0 && (names[i] == "nchw" || names[i] == "nhwc")) std::printf(" (%.3f)", best_sum / sums[i]);
    }
    if (options.plans) std::printf("within 5 %% of the fastest algorithm: %d plans of %d", good_plans, plans);
    std::printf("\n");
  }
  if (context != nullptr) tsr_context_destroy(context);
  return wrong != 0;
}

}  // namespace
}  // namespace tessera::bench

int main(int argc, char** argv) { return tessera::bench::run_program("bench_conv", tessera::bench::run, argc, argv); }
