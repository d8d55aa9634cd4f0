#include "library.h"

#include <dlfcn.h>

#include <complex>

namespace tessera::bench {
namespace {

template <typename F>
F* find(void* handle, const char* name) {
  return reinterpret_cast<F*>(dlsym(handle, name));
}

std::string call_string(void* handle, const char* name) {
  auto* function = find<const char*()>(handle, name);
  return function ? function() : "";
}

// Every setter that the library or what it was linked to exports: an OpenMP build needs both its own and OpenMP's.
void set_threads(void* handle, int threads) {
  for (const char* name :
       {"tsr_set_num_threads", "openblas_set_num_threads", "MKL_Set_Num_Threads", "omp_set_num_threads"})
    if (auto* set = find<void(int)>(handle, name)) set(threads);
  if (auto* set = find<void(int64_t)>(handle, "bli_thread_set_num_threads")) set(threads);
}

class OperandCycle {
 public:
  explicit OperandCycle(std::span<const OperandPointers> sets) : sets_(sets) {}
  const OperandPointers& next() {
    const OperandPointers& now = sets_[position_];
    if (++position_ == sets_.size()) position_ = 0;
    return now;
  }

 private:
  std::span<const OperandPointers> sets_;
  size_t position_ = 0;
};

class Cblas final : public Library {
 public:
  explicit Cblas(void* handle) : handle_(handle) {
    for (int i = 0; i < 4; ++i) gemm_[i] = dlsym(handle, (std::string("cblas_") + "sdcz"[i] + "gemm").c_str());
  }

  std::string description() const override {
    std::string text = call_string(handle_, "tsr_version") + call_string(handle_, "openblas_get_config") +
                       call_string(handle_, "bli_info_get_version_str");
    auto* arch = find<int()>(handle_, "bli_arch_query_id");
    auto* arch_name = find<const char*(int)>(handle_, "bli_arch_string");
    if (arch && arch_name) text += std::string(" ") + arch_name(arch());
    return text;
  }

  bool supports(const Problem& p) const override { return gemm_[index(p)] != nullptr; }
  void set_num_threads(int threads) const override { set_threads(handle_, threads); }
  void* symbol(const std::string& function) const override { return dlsym(handle_, function.c_str()); }

  void repeat(const Problem& p, std::span<const OperandPointers> sets, int64_t count) const override {
    switch (p.type) {
      case 's':
        return repeat_real<float>(p, sets, count);
      case 'd':
        return repeat_real<double>(p, sets, count);
      case 'c':
        return repeat_complex<float>(p, sets, count);
      default:
        return repeat_complex<double>(p, sets, count);
    }
  }

 private:
  static size_t index(const Problem& p) { return std::string("sdcz").find(p.type); }
  static int op(char c) { return c == 'N' ? 111 : c == 'T' ? 112 : 113; }

  template <typename T>
  void repeat_real(const Problem& p, std::span<const OperandPointers> sets, int64_t count) const {
    using Gemm = void(int, int, int, int, int, int, T, const T*, int, const T*, int, T, T*, int);
    auto* gemm = reinterpret_cast<Gemm*>(gemm_[index(p)]);
    const int layout = p.row_major ? 101 : 102, op_a = op(p.op_a), op_b = op(p.op_b);
    const T alpha = static_cast<T>(p.alpha), beta = static_cast<T>(p.beta);
    OperandCycle cycle(sets);
    for (int64_t i = 0; i < count; ++i) {
      const OperandPointers& x = cycle.next();
      gemm(layout, op_a, op_b, p.m, p.n, p.k, alpha, static_cast<const T*>(x.a), p.lda, static_cast<const T*>(x.b),
           p.ldb, beta, static_cast<T*>(x.c), p.ldc);
    }
  }

  template <typename T>
  void repeat_complex(const Problem& p, std::span<const OperandPointers> sets, int64_t count) const {
    using Gemm =
        void(int, int, int, int, int, int, const void*, const void*, int, const void*, int, const void*, void*, int);
    auto* gemm = reinterpret_cast<Gemm*>(gemm_[index(p)]);
    const int layout = p.row_major ? 101 : 102, op_a = op(p.op_a), op_b = op(p.op_b);
    const std::complex<T> alpha(static_cast<T>(p.alpha)), beta(static_cast<T>(p.beta));
    OperandCycle cycle(sets);
    for (int64_t i = 0; i < count; ++i) {
      const OperandPointers& x = cycle.next();
      gemm(layout, op_a, op_b, p.m, p.n, p.k, &alpha, x.a, p.lda, x.b, p.ldb, &beta, x.c, p.ldc);
    }
  }

  void* handle_;
  void* gemm_[4];
};

// dnnl_sgemm is row-major, unlike the Fortran routine whose argument order it has.
class OneDnn final : public Library {
 public:
  explicit OneDnn(void* handle) : handle_(handle), gemm_(find<Gemm>(handle, "dnnl_sgemm")) {}

  std::string description() const override {
    struct Version {
      int major, minor, patch;
    };
    const auto* version = find<const Version*()>(handle_, "dnnl_version")();
    std::string text = "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                       std::to_string(version->patch);
    if (auto* isa = find<int()>(handle_, "dnnl_get_effective_cpu_isa")) text += " cpu_isa " + std::to_string(isa());
    return text;
  }

  bool supports(const Problem& p) const override { return p.type == 's'; }
  void set_num_threads(int threads) const override { set_threads(handle_, threads); }
  void* symbol(const std::string& function) const override { return dlsym(handle_, function.c_str()); }

  void repeat(const Problem& p, std::span<const OperandPointers> sets, int64_t count) const override {
    const float alpha = static_cast<float>(p.alpha), beta = static_cast<float>(p.beta);
    const char op_a = p.op_a == 'N' ? 'N' : 'T', op_b = p.op_b == 'N' ? 'N' : 'T';
    OperandCycle cycle(sets);
    for (int64_t i = 0; i < count; ++i) {
      const OperandPointers& x = cycle.next();
      const auto *a = static_cast<const float*>(x.a), *b = static_cast<const float*>(x.b);
      auto* c = static_cast<float*>(x.c);
      if (p.row_major)
        gemm_(op_a, op_b, p.m, p.n, p.k, alpha, a, p.lda, b, p.ldb, beta, c, p.ldc);
      else
        gemm_(op_b, op_a, p.n, p.m, p.k, alpha, b, p.ldb, a, p.lda, beta, c, p.ldc);
    }
  }

 private:
  using Gemm = int(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t, const float*, int64_t, float,
                   float*, int64_t);
  void* handle_;
  Gemm* gemm_;
};

// libxsmm through the module built beside the benchmark (peers/xsmm_module.c). A call looks its kernel up and runs it,
// which is what libxsmm_sgemm does; what libxsmm has no kernel for is left out instead of handed to another BLAS.
class Xsmm final : public Library {
 public:
  explicit Xsmm(void* handle) : handle_(handle) {}

  std::string description() const override { return call_string(handle_, "bench_xsmm_description"); }
  void set_num_threads(int) const override {}
  void* symbol(const std::string& function) const override { return dlsym(handle_, function.c_str()); }

  bool supports(const Problem& p) const override {
    // Beyond this the calling library is expected to block; libxsmm's own limit for dispatch is 64^3.
    if (p.is_complex() || double(p.m) * p.n * p.k > 128.0 * 128 * 128) return false;
    const OperandPointers none{};
    return call(p, none) != 0;
  }

  void repeat(const Problem& p, std::span<const OperandPointers> sets, int64_t count) const override {
    OperandCycle cycle(sets);
    for (int64_t i = 0; i < count; ++i) call(p, cycle.next());
  }

 private:
  int call(const Problem& p, const OperandPointers& x) const {
    const bool row = p.row_major;
    const int ta = (row ? p.op_b : p.op_a) != 'N', tb = (row ? p.op_a : p.op_b) != 'N';
    const int m = row ? p.n : p.m, n = row ? p.m : p.n, lda = row ? p.ldb : p.lda, ldb = row ? p.lda : p.ldb;
    return gemm_(p.type == 'd', ta, tb, m, n, p.k, p.alpha, row ? x.b : x.a, lda, row ? x.a : x.b, ldb, p.beta, x.c,
                 p.ldc);
  }

  using Gemm = int(int, int, int, int, int, int, double, const void*, int, const void*, int, double, void*, int);
  void* handle_;
  Gemm* gemm_ = find<Gemm>(handle_, "bench_xsmm_gemm");
};

}  // namespace

std::unique_ptr<Library> open_library(const std::string& name, const std::vector<std::string>& paths,
                                      std::string* error) {
  *error = "no path given";
  for (const std::string& path : paths) {
    void* handle = dlopen(path.c_str(), RTLD_LOCAL | RTLD_NOW);
    if (!handle) {
      *error = dlerror();
      continue;
    }
    std::unique_ptr<Library> library;
    if (dlsym(handle, "bench_xsmm_gemm"))
      library = std::make_unique<Xsmm>(handle);
    else if (dlsym(handle, "cblas_sgemm"))
      library = std::make_unique<Cblas>(handle);
    else if (dlsym(handle, "dnnl_sgemm"))
      library = std::make_unique<OneDnn>(handle);
    if (!library) {
      *error = path + " exports neither cblas_sgemm nor dnnl_sgemm";
      continue;
    }
    Dl_info info;
    void* any = dlsym(handle, "cblas_sgemm");
    if (!any) any = dlsym(handle, "dnnl_sgemm");
    if (!any) any = dlsym(handle, "bench_xsmm_gemm");
    library->name = name;
    library->path = dladdr(any, &info) && info.dli_fname ? info.dli_fname : path;
    return library;
  }
  return nullptr;
}

}  // namespace tessera::bench
