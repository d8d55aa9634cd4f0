// Products of 8-bit matrices against oneDNN, in interleaved rounds, every result checked: docs/benchmarking.md.
#include <dlfcn.h>
#include <tessera/tessera.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "aligned_buffer.h"
#include "driver.h"
#include "int8_peak.h"
#include "int8_problem.h"
#include "machine.h"
#include "rounds.h"

namespace tessera::bench {
namespace {

// oneDNN, from the module that was built where its headers are installed.
struct Dnnl {
  void* handle = dlopen(TESSERA_BENCH_DNNL, RTLD_NOW | RTLD_LOCAL);
  template <typename F>
  F* symbol(const char* name) const {
    return handle ? reinterpret_cast<F*>(dlsym(handle, name)) : nullptr;
  }
  const char* (*version)() = symbol<const char*()>("bench_dnnl_version");
  bool (*gemm)(bool, std::int64_t, std::int64_t, std::int64_t, const void*, const std::int8_t*, std::int32_t*) =
      symbol<bool(bool, std::int64_t, std::int64_t, std::int64_t, const void*, const std::int8_t*, std::int32_t*)>(
          "bench_dnnl_gemm");
  void* (*matmul)(bool, std::int64_t, std::int64_t, std::int64_t, const std::int8_t*) =
      symbol<void*(bool, std::int64_t, std::int64_t, std::int64_t, const std::int8_t*)>("bench_dnnl_matmul");
  void (*run)(void*, const void*,
              std::int32_t*) = symbol<void(void*, const void*, std::int32_t*)>("bench_dnnl_matmul_run");
  void (*destroy)(void*) = symbol<void(void*)>("bench_dnnl_matmul_destroy");
};

void require(tsr_status status) {
  if (status != TSR_OK) throw std::runtime_error(tsr_status_string(status));
}

class Operands8 {
 public:
  explicit Operands8(const Int8Problem& p)
      : a_(allocate_aligned(std::size_t(p.m) * p.k, false)),
        b_(allocate_aligned(std::size_t(p.k) * p.n, false)),
        c_(allocate_aligned(std::size_t(p.m) * p.n * 4, false)) {
    std::mt19937_64 random(20261124);
    for (std::size_t i = 0; i < std::size_t(p.m) * p.k; ++i) a()[i] = static_cast<std::uint8_t>(random());
    for (std::size_t i = 0; i < std::size_t(p.k) * p.n; ++i) b()[i] = static_cast<std::int8_t>(random());
  }
  std::uint8_t* a() { return reinterpret_cast<std::uint8_t*>(a_.get()); }
  std::int8_t* b() { return reinterpret_cast<std::int8_t*>(b_.get()); }
  std::int32_t* c() { return reinterpret_cast<std::int32_t*>(c_.get()); }

 private:
  AlignedBuffer a_, b_, c_;
};

// Three columns of every row, by definition; the first contestant's C stands for the rest.
bool right(const Int8Problem& p, Operands8& x, std::vector<std::int32_t>& first) {
  for (const int j : {0, p.n / 2, p.n - 1}) {
    for (int i = 0; i < p.m; ++i) {
      std::int32_t sum = 0;
      for (int q = 0; q < p.k; ++q) {
        const std::uint8_t byte = x.a()[std::size_t(i) * p.k + q];
        sum += (p.a_signed ? static_cast<std::int8_t>(byte) : static_cast<int>(byte)) * x.b()[std::size_t(q) * p.n + j];
      }
      if (x.c()[std::size_t(i) * p.n + j] != sum) return false;
    }
  }
  if (first.empty()) first.assign(x.c(), x.c() + std::size_t(p.m) * p.n);
  return std::memcmp(first.data(), x.c(), first.size() * 4) == 0;
}

struct Options8 {
  std::vector<std::string> sets{"packed", "plain"};
  std::string filter, isa;
  bool list = false, check = false;
  RoundOptions rounds;
};

// Prints a line of the table; the number of wrong results.
int compare_on(const Int8Problem& p, bool packed, const Dnnl& dnnl, const Options8& options, double peak,
               double& ratios, int& counted) {
  Operands8 x(p);
  const tsr_q8_matrix a{x.a(), p.k, 1, p.a_signed ? TSR_S8 : TSR_U8, 0, nullptr}, b{x.b(), p.n, 1, TSR_S8, 0, nullptr};
  std::vector<const char*> names;
  std::vector<Contestant> all;
  const auto add = [&](const char* name, std::function<void()> call) {  // C := A * B
    names.push_back(name);
    all.push_back({true, [call = std::move(call)](std::int64_t count) {
                     for (std::int64_t i = 0; i < count; ++i) call();
                   }});
  };
  tsr_q8_weights* weights = nullptr;
  void* matmul = nullptr;
  if (packed) {
    require(tsr_q8_weights_create(nullptr, p.n, p.k, &b, &weights));
    add("tessera", [&] { tsr_gemm_q8_packed(nullptr, p.m, &a, weights, nullptr, x.c(), p.n, 1); });
    if (dnnl.matmul && (matmul = dnnl.matmul(p.a_signed, p.m, p.n, p.k, x.b())))
      add("matmul", [&] { dnnl.run(matmul, x.a(), x.c()); });
  } else {
    add("tessera", [&] { tsr_gemm_q8(nullptr, p.m, p.n, p.k, &a, &b, nullptr, x.c(), p.n, 1); });
  }
  if (dnnl.gemm) add("gemm", [&] { dnnl.gemm(p.a_signed, p.m, p.n, p.k, x.a(), x.b(), x.c()); });

  int wrong = 0;
  std::vector<Result> results(all.size());
  std::vector<std::int32_t> first;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::memset(x.c(), 0x55, std::size_t(p.m) * p.n * 4);
    all[i].repeat(1);
    results[i].supported = all[i].supported = right(p, x, first);
    if (results[i].supported) continue;
    ++wrong;
    std::printf("  WRONG: %s: %s\n", names[i], p.text.c_str());
  }
  if (!options.check) {
    time_rounds(all, p.ops() / 4e11, options.rounds, results);
    std::printf("%-34s", p.text.c_str());
    double best_peer = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (!results[i].supported) continue;
      const double seconds = results[i].median();
      std::printf(" %8s %6.1f", names[i], p.ops() / seconds / 1e9);
      if (i > 0 && (best_peer == 0 || seconds < best_peer)) best_peer = seconds;
    }
    if (results[0].supported) {
      const double own = results[0].median();
      std::printf("  %5.1f%% %6.1f GB/s +-%.0f%%", peak > 0 ? 100 * p.ops() / own / 1e9 / peak : 0.0,
                  p.bytes() / own / 1e9, 100 * results[0].spread());
      if (best_peer > 0) {
        std::printf("  ratio %.2f", best_peer / own);
        ratios += std::log(best_peer / own);
        ++counted;
      }
    }
    std::printf("\n");
    std::fflush(stdout);
  }
  if (matmul) dnnl.destroy(matmul);
  tsr_q8_weights_destroy(weights);
  return wrong;
}

// Weights in blocks beside packed 8-bit weights: microseconds of each, and how much faster 4 bits are. The number of
// products that are not near the exact one's.
int compare_blocks(const Int8Problem& p, const Options8& options) {
  Operands8 x(p);
  std::vector<float> a(std::size_t(p.m) * p.k), b(std::size_t(p.k) * p.n), c(std::size_t(p.m) * p.n), exact(c.size());
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(x.a()[i]) / 128 - 1;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(x.b()[i]) / 128;
  const tsr_q8_matrix a8{x.a(), p.k, 1, TSR_U8, 0, nullptr}, b8{x.b(), p.n, 1, TSR_S8, 0, nullptr};
  tsr_q8_weights* weights = nullptr;
  tsr_packed *s4 = nullptr, *s8 = nullptr;
  require(tsr_q8_weights_create(nullptr, p.n, p.k, &b8, &weights));
  require(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S4, p.k, p.n, b.data(), p.n, 1, &s4));
  require(tsr_pack_b_blocks(nullptr, TSR_BLOCK_S8, p.k, p.n, b.data(), p.n, 1, &s8));
  const auto q8 = [&](const tsr_packed* packed, std::vector<float>& out) {
    tsr_gemm_blocks_q8(nullptr, p.m, p.n, p.k, 1, a.data(), p.k, 1, packed, 0, out.data(), p.n, 1, nullptr);
  };
  const auto f32 = [&](const tsr_packed* packed, std::vector<float>& out) {
    tsr_gemm_fused_f32(nullptr, p.m, p.n, p.k, 1, a.data(), p.k, 1, nullptr, nullptr, 0, 0, packed, 0, out.data(), p.n,
                       1, nullptr);
  };
  std::vector<const char*> names;
  std::vector<Contestant> all;
  const auto add = [&](const char* name, std::function<void()> call) {
    names.push_back(name);
    all.push_back({true, [call = std::move(call)](std::int64_t count) {
                     for (std::int64_t i = 0; i < count; ++i) call();
                   }});
  };
  add("int8", [&] { tsr_gemm_q8_packed(nullptr, p.m, &a8, weights, nullptr, x.c(), p.n, 1); });
  add("s4.q8", [&] { q8(s4, c); });
  add("s8.q8", [&] { q8(s8, c); });
  add("s4.f32", [&] { f32(s4, c); });
  add("s8.f32", [&] { f32(s8, c); });
  int wrong = 0;
  for (const tsr_packed* packed : {s4, s8}) {
    q8(packed, c);
    f32(packed, exact);
    double error = 0, size = 0;
    for (std::size_t i = 0; i < c.size(); ++i) {
      error += std::pow(double(c[i]) - double(exact[i]), 2);
      size += std::pow(double(exact[i]), 2);
    }
    if (!(error < 1e-4 * size)) {
      ++wrong;
      std::printf("  WRONG: blocks: %s\n", p.text.c_str());
    }
  }
  if (!options.check) {
    std::vector<Result> results(all.size());
    time_rounds(all, p.ops() / 4e11, options.rounds, results);
    std::printf("%-24s us:", p.text.c_str());
    for (std::size_t i = 0; i < all.size(); ++i) std::printf(" %s %.1f", names[i], results[i].median() * 1e6);
    std::printf("  int8 / s4.q8 %.2f\n", results[0].median() / results[1].median());
    std::fflush(stdout);
  }
  tsr_packed_destroy(s4);
  tsr_packed_destroy(s8);
  tsr_q8_weights_destroy(weights);
  return wrong;
}

int run(int argc, char** argv) {
  Options8 options;
  options.rounds.problem_seconds = 0.4;
  CLI::App app{"Products of 8-bit matrices: see docs/benchmarking.md"};
  app.add_option("sets", options.sets, "packed, plain, blocks");
  app.add_option("--filter", options.filter, "only problems whose line has this");
  app.add_option("--isa", options.isa, "hold the libraries to this instruction set");
  add_options(app, options.rounds);
  app.add_flag("--check", options.check, "only check the results, without timing");
  app.add_flag("--list", options.list, "print the problems and exit");
  CLI11_PARSE(app, argc, argv);
  if (!options.isa.empty()) restart_with_isa(options.isa, argv);
  setenv("OMP_NUM_THREADS", std::to_string(options.rounds.threads).c_str(), 1);
  if (options.rounds.threads == 1) pin_to_idle_cpu();
  tsr_set_num_threads(options.rounds.threads);
  const Dnnl dnnl;
  if (!options.list)
    std::printf("tessera %s, %s; GOP/s, share of peak, bytes of A, B and C\n", tsr_version(),
                dnnl.version ? dnnl.version() : "no oneDNN");
  int wrong = 0;
  double peak = 0;
  if (!options.list && !options.check) {
    peak = options.rounds.threads * int8_peak(options.isa);
    Machine machine(options.rounds.threads, options.isa, false);
    machine.sample();
    const auto rates = machine.rates();
    std::printf("peak %.0f GOP/s; read L2 %.0f GB/s, L3 %.0f GB/s, DRAM %.1f GB/s\n", peak, rates.at("read_L2").median,
                rates.at("read_L3").median, rates.at("read_DRAM").median);
  }
  for (const std::string& set : options.sets) {
    double ratios = 0;
    int counted = 0;
    if (!options.list) std::printf("\n%s\n", set.c_str());
    for (const Int8Problem& p : read_int8_problems(std::string(TESSERA_BENCH_PROBLEMS_INT8) + "/" + set + ".txt")) {
      if (p.text.find(options.filter) == std::string::npos) continue;
      if (options.list) {
        std::printf("%s\n", p.text.c_str());
        continue;
      }
      wrong += set == "blocks" ? compare_blocks(p, options)
                               : compare_on(p, set == "packed", dnnl, options, peak, ratios, counted);
    }
    if (counted > 0) std::printf("geometric mean of ratios to the best peer: %.3f\n", std::exp(ratios / counted));
  }
  if (options.check) std::printf("%d results wrong\n", wrong);
  return wrong != 0;
}

}  // namespace
}  // namespace tessera::bench

int main(int argc, char** argv) { return tessera::bench::run_program("bench_quant", tessera::bench::run, argc, argv); }
