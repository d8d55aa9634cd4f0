#include "reference/gemm_chain.h"

#include <cmath>
#include <limits>

namespace tessera::test {
namespace {

inline float fused(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
inline double fused(double a, double b, double c) { return __builtin_fma(a, b, c); }

template <class T>
void chain_twice_rounded(index_t m, index_t n, index_t k, const T* a, const T* b, T* c) {
  for (index_t i = 0; i < m; ++i)
    for (index_t p = 0; p < k; ++p)
      for (index_t j = 0; j < n; ++j) {
        const T product = a[i * k + p] * b[p * n + j];
        c[i * n + j] += product;
      }
}

template <class T>
void chain_fused(index_t m, index_t n, index_t k, const T* a, const T* b, T* c) {
  for (index_t i = 0; i < m; ++i)
    for (index_t p = 0; p < k; ++p)
      for (index_t j = 0; j < n; ++j) c[i * n + j] = fused(a[i * k + p], b[p * n + j], c[i * n + j]);
}

#if defined(__x86_64__)
// The same loop where the CPU has the instruction: libm's fma is a call, and without the instruction very slow.
[[gnu::target("avx2,fma")]] void chain_instruction(index_t m, index_t n, index_t k, const float* a, const float* b,
                                                   float* c) {
  for (index_t i = 0; i < m; ++i)
    for (index_t p = 0; p < k; ++p)
      for (index_t j = 0; j < n; ++j) c[i * n + j] = __builtin_fmaf(a[i * k + p], b[p * n + j], c[i * n + j]);
}
[[gnu::target("avx2,fma")]] void chain_instruction(index_t m, index_t n, index_t k, const double* a, const double* b,
                                                   double* c) {
  for (index_t i = 0; i < m; ++i)
    for (index_t p = 0; p < k; ++p)
      for (index_t j = 0; j < n; ++j) c[i * n + j] = __builtin_fma(a[i * k + p], b[p * n + j], c[i * n + j]);
}
#endif

}  // namespace

template <class T>
void chain(bool fma, index_t m, index_t n, index_t k, const T* a, const T* b, T* c) {
  if (!fma) return chain_twice_rounded(m, n, k, a, b, c);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2")) return chain_instruction(m, n, k, a, b, c);
#endif
  chain_fused(m, n, k, a, b, c);
}

template <class T>
void exact(index_t m, index_t n, index_t k, const T* a, const T* b, long double* value, long double* magnitude) {
  for (index_t i = 0; i < m; ++i)
    for (index_t j = 0; j < n; ++j) {
      long double& v = value[i * n + j];
      long double s = std::abs(v);
      for (index_t p = 0; p < k; ++p) {
        const long double product = static_cast<long double>(a[i * k + p]) * static_cast<long double>(b[p * n + j]);
        v += product;
        s += std::abs(product);
      }
      magnitude[i * n + j] = s;
    }
}

template <class T>
long double gamma_bound(index_t n) {
  const long double nu = static_cast<long double>(n) * std::numeric_limits<T>::epsilon() / 2;
  return nu / (1 - nu);
}

template void chain(bool, index_t, index_t, index_t, const float*, const float*, float*);
template void chain(bool, index_t, index_t, index_t, const double*, const double*, double*);
template void exact(index_t, index_t, index_t, const float*, const float*, long double*, long double*);
template void exact(index_t, index_t, index_t, const double*, const double*, long double*, long double*);
template long double gamma_bound<float>(index_t);
template long double gamma_bound<double>(index_t);

}  // namespace tessera::test
