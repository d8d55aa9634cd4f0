// What xsimd calls the ISAs of cmake/isa.cmake. xsimd 8.1 has no AVX-512 fused multiply-add and no masks: kernels that
// need those take them from base/simd.
#pragma once

#include <cmath>
#include <type_traits>

#if defined(__x86_64__) || defined(__aarch64__)
#include <xsimd/xsimd.hpp>
#endif

namespace tessera::kernel::xsimd_arch {

#if defined(__x86_64__)
using baseline = xsimd::sse2;
using avx2 = xsimd::fma3<xsimd::avx2>;
using avx512 = xsimd::avx512f;
#elif defined(__aarch64__)
using baseline = xsimd::neon64;
using neon = xsimd::neon64;
#endif

#if defined(__x86_64__) || defined(__aarch64__)

template <class T, class Arch>
using Batch = xsimd::batch<T, Arch>;
// Whether the larger of two numbers is NaN where the second is not.
template <class Arch>
inline constexpr bool kKeepsNan = std::is_base_of_v<xsimd::neon, Arch>;

#else

// xsimd has nothing for other architectures: the compiler's own vectors of 16 bytes, as base/simd/baseline.h.
struct Plain {};
using baseline = Plain;
template <class Arch>
inline constexpr bool kKeepsNan = false;

template <class T>
struct PlainVector;
template <>
struct PlainVector<float> {
  typedef float R __attribute__((vector_size(16)));
  typedef int Mask __attribute__((vector_size(16)));
};
template <>
struct PlainVector<double> {
  typedef double R __attribute__((vector_size(16)));
  typedef long long Mask __attribute__((vector_size(16)));
};

template <class T>
struct PlainMask {
  typename PlainVector<T>::Mask m;
};

template <class T, class Arch>
struct Batch {
  using R = typename PlainVector<T>::R;
  static constexpr int size = 16 / sizeof(T);
  R x;

  Batch() = default;
  Batch(R r) : x(r) {}
  explicit Batch(T a) : x(a - R{}) {}
  operator R() const { return x; }
  static Batch load_unaligned(const T* p) {
    R r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
  }
  void store_unaligned(T* p) const { __builtin_memcpy(p, &x, sizeof x); }

  friend Batch operator+(Batch a, Batch b) { return a.x + b.x; }
  friend Batch operator-(Batch a, Batch b) { return a.x - b.x; }
  friend Batch operator*(Batch a, Batch b) { return a.x * b.x; }
  friend PlainMask<T> operator>(Batch a, Batch b) { return {a.x > b.x}; }
  friend PlainMask<T> operator<(Batch a, Batch b) { return {a.x < b.x}; }
  friend PlainMask<T> operator==(Batch a, Batch b) { return {a.x == b.x}; }
  Batch& operator+=(Batch b) { return *this = *this + b; }
  friend Batch abs(Batch a) {
    for (int i = 0; i < size; ++i) a.x[i] = std::abs(a.x[i]);
    return a;
  }
  friend Batch max(Batch a, Batch b) { return a.x > b.x ? a.x : b.x; }
  friend Batch min(Batch a, Batch b) { return a.x < b.x ? a.x : b.x; }
  friend Batch select(PlainMask<T> m, Batch a, Batch b) { return m.m ? a.x : b.x; }
};
template <class T>
bool any(PlainMask<T> m) {
  bool found = false;
  for (unsigned i = 0; i < 16 / sizeof(T); ++i) found = found || m.m[i] != 0;
  return found;
}

#endif

}  // namespace tessera::kernel::xsimd_arch
