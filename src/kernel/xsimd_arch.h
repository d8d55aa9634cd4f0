// What xsimd calls the ISAs of cmake/isa.cmake. xsimd 8.1 has no AVX-512 fused multiply-add and no masks: kernels that
// need those take them from base/simd.
#pragma once

#include <type_traits>

#if defined(__x86_64__) || defined(__ARM_NEON)
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

// xsimd has nothing for other architectures, and no doubles for 32-bit ARM: the compiler's own vectors of 16 bytes, as
// base/simd/plain.h.
struct baseline {};
struct neon32 {};
template <class Arch>
inline constexpr bool kKeepsNan = std::is_same_v<Arch, neon32>;

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

template <class T, class Arch>
struct PlainMask {
  typename PlainVector<T>::Mask m;
};

template <class T, class Arch>
struct PlainBatch {
  using R = typename PlainVector<T>::R;
  static constexpr int size = 16 / sizeof(T);
  R x;

  PlainBatch() = default;
  PlainBatch(R r) : x(r) {}
  explicit PlainBatch(T a) : x(a - R{}) {}
  operator R() const { return x; }
  static PlainBatch load_unaligned(const T* p) {
    R r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
  }
  void store_unaligned(T* p) const { __builtin_memcpy(p, &x, sizeof x); }

  friend PlainBatch operator+(PlainBatch a, PlainBatch b) { return a.x + b.x; }
  friend PlainBatch operator-(PlainBatch a, PlainBatch b) { return a.x - b.x; }
  friend PlainBatch operator*(PlainBatch a, PlainBatch b) { return a.x * b.x; }
  friend PlainMask<T, Arch> operator>(PlainBatch a, PlainBatch b) { return {a.x > b.x}; }
  friend PlainMask<T, Arch> operator<(PlainBatch a, PlainBatch b) { return {a.x < b.x}; }
  friend PlainMask<T, Arch> operator==(PlainBatch a, PlainBatch b) { return {a.x == b.x}; }
  static float magnitude(float v) { return __builtin_fabsf(v); }
  static double magnitude(double v) { return __builtin_fabs(v); }
  PlainBatch& operator+=(PlainBatch b) { return *this = *this + b; }
  friend PlainBatch abs(PlainBatch a) {
    for (int i = 0; i < size; ++i) a.x[i] = magnitude(a.x[i]);
    return a;
  }
  friend PlainBatch max(PlainBatch a, PlainBatch b) { return a.x > b.x ? a.x : b.x; }
  friend PlainBatch min(PlainBatch a, PlainBatch b) { return a.x < b.x ? a.x : b.x; }
  friend PlainBatch select(PlainMask<T, Arch> m, PlainBatch a, PlainBatch b) { return m.m ? a.x : b.x; }
};
template <class T, class Arch>
bool any(PlainMask<T, Arch> m) {
  bool found = false;
  for (unsigned i = 0; i < 16 / sizeof(T); ++i) found = found || m.m[i] != 0;
  return found;
}

template <class T, class Arch>
struct BatchOf {
  using Type = PlainBatch<T, Arch>;
};
#if defined(__ARM_NEON)
template <>
struct BatchOf<float, neon32> {
  using Type = xsimd::batch<float, xsimd::neon>;
};
#endif
template <class T, class Arch>
using Batch = typename BatchOf<T, Arch>::Type;

#endif

}  // namespace tessera::kernel::xsimd_arch
