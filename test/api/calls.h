// The four GEMM functions under one name, with arguments that are good until a test spoils one.
#pragma once

#include <tessera/tessera.h>

#include <cstdint>
#include <type_traits>
#include <vector>

namespace tessera::test {

template <class T>
inline constexpr bool kComplex = std::is_class_v<T>;

template <class T>
T scalar(double re, double im = 0.0) {
  if constexpr (kComplex<T>) {
    T x{};
    x.re = static_cast<decltype(x.re)>(re);
    x.im = static_cast<decltype(x.im)>(im);
    return x;
  } else {
    return static_cast<T>(re);
  }
}

template <class T>
struct Call {
  const tsr_context* context = nullptr;
  unsigned flags = 0;
  tsr_index m = 4, n = 5, k = 6;
  T alpha = scalar<T>(1.0);
  const T* a = nullptr;
  tsr_index a_rs = 6, a_cs = 1;
  const T* b = nullptr;
  tsr_index b_rs = 5, b_cs = 1;
  T beta = scalar<T>(0.0);
  T* c = nullptr;
  tsr_index c_rs = 5, c_cs = 1;
};

inline tsr_status run(const Call<float>& x) {
  return tsr_gemm_f32(x.context, x.m, x.n, x.k, x.alpha, x.a, x.a_rs, x.a_cs, x.b, x.b_rs, x.b_cs, x.beta, x.c, x.c_rs,
                      x.c_cs);
}
inline tsr_status run(const Call<double>& x) {
  return tsr_gemm_f64(x.context, x.m, x.n, x.k, x.alpha, x.a, x.a_rs, x.a_cs, x.b, x.b_rs, x.b_cs, x.beta, x.c, x.c_rs,
                      x.c_cs);
}
inline tsr_status run(const Call<tsr_c32>& x) {
  return tsr_gemm_c32(x.context, x.flags, x.m, x.n, x.k, x.alpha, x.a, x.a_rs, x.a_cs, x.b, x.b_rs, x.b_cs, x.beta, x.c,
                      x.c_rs, x.c_cs);
}
inline tsr_status run(const Call<tsr_c64>& x) {
  return tsr_gemm_c64(x.context, x.flags, x.m, x.n, x.k, x.alpha, x.a, x.a_rs, x.a_cs, x.b, x.b_rs, x.b_cs, x.beta, x.c,
                      x.c_rs, x.c_cs);
}

// `n` numbers in [-1, 1) with full significands, the same for the same seed.
template <class T>
std::vector<T> numbers(tsr_index n, std::uint64_t seed) {
  std::vector<T> out(static_cast<std::size_t>(n));
  std::uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  const auto next = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(static_cast<std::int64_t>(state ^ state >> 29) >> 11) * 0x1p-52;
  };
  for (T& x : out) {
    const double re = next();
    x = scalar<T>(re, next());
  }
  return out;
}

}  // namespace tessera::test
