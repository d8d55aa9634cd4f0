// Registers of the vector kernels: what xsimd calls the ISAs of cmake/isa.cmake. xsimd 8.1 has no AVX-512 fused
// multiply-add and no masks: kernels that need those take them from base/simd.
#pragma once

#include <type_traits>

#if defined(__x86_64__) || defined(__ARM_NEON)
#include <xsimd/xsimd.hpp>
#endif

namespace tessera::kernel::xsimd_arch {

// Where xsimd has nothing, an ISA is the compiler's own vectors of so many bytes: other architectures, doubles of
// 32-bit ARM, SVE.
template <int kSize>
struct Own {
  static constexpr int kBytes = kSize;
};

#if defined(__x86_64__)
using baseline = xsimd::sse2;
using avx2 = xsimd::fma3<xsimd::avx2>;
using avx512 = xsimd::avx512f;
#elif defined(__aarch64__)
using baseline = xsimd::neon64;
using neon = xsimd::neon64;
struct sve256 : Own<32> {};
#else
struct baseline : Own<16> {};
struct neon32 : Own<16> {};
#endif

template <class T, int kBytes>
struct OwnVector;
template <int kBytes>
struct OwnVector<float, kBytes> {
  typedef float R __attribute__((vector_size(kBytes)));
  typedef int Mask __attribute__((vector_size(kBytes)));
};
template <int kBytes>
struct OwnVector<double, kBytes> {
  typedef double R __attribute__((vector_size(kBytes)));
  typedef long long Mask __attribute__((vector_size(kBytes)));
};

template <class T, class Arch>
struct OwnMask {
  typename OwnVector<T, Arch::kBytes>::Mask m;
};

template <class T, class Arch>
struct OwnBatch {
  using R = typename OwnVector<T, Arch::kBytes>::R;
  using Mask = typename OwnVector<T, Arch::kBytes>::Mask;
  static constexpr int size = Arch::kBytes / sizeof(T);
  R x;

  OwnBatch() = default;
  OwnBatch(R r) : x(r) {}
  explicit OwnBatch(T a) : x(a - R{}) {}
  operator R() const { return x; }
  static OwnBatch load_unaligned(const T* p) {
    R r;
    __builtin_memcpy(&r, p, sizeof r);
    return r;
  }
  void store_unaligned(T* p) const { __builtin_memcpy(p, &x, sizeof x); }

  friend OwnBatch operator+(OwnBatch a, OwnBatch b) { return a.x + b.x; }
  friend OwnBatch operator-(OwnBatch a, OwnBatch b) { return a.x - b.x; }
  friend OwnBatch operator*(OwnBatch a, OwnBatch b) { return a.x * b.x; }
  friend OwnMask<T, Arch> operator>(OwnBatch a, OwnBatch b) { return {a.x > b.x}; }
  friend OwnMask<T, Arch> operator<(OwnBatch a, OwnBatch b) { return {a.x < b.x}; }
  friend OwnMask<T, Arch> operator==(OwnBatch a, OwnBatch b) { return {a.x == b.x}; }
  OwnBatch& operator+=(OwnBatch b) { return *this = *this + b; }
  // Without the sign bit.
  friend OwnBatch abs(OwnBatch a) {
    return reinterpret_cast<R>(reinterpret_cast<Mask>(a.x) & ~reinterpret_cast<Mask>(T(-0.0) - R{}));
  }
  friend OwnBatch max(OwnBatch a, OwnBatch b) { return a.x > b.x ? a.x : b.x; }
  friend OwnBatch min(OwnBatch a, OwnBatch b) { return a.x < b.x ? a.x : b.x; }
  friend OwnBatch select(OwnMask<T, Arch> m, OwnBatch a, OwnBatch b) { return m.m ? a.x : b.x; }
};
template <class T, class Arch>
bool any(OwnMask<T, Arch> m) {
  unsigned long long words[Arch::kBytes / 8], found = 0;
  __builtin_memcpy(words, &m.m, sizeof words);
  for (const unsigned long long word : words) found |= word;
  return found != 0;
}

#if defined(__x86_64__) || defined(__ARM_NEON)
template <class T, class Arch>
struct BatchOf {
  using Type = xsimd::batch<T, Arch>;
};
#else
template <class T, class Arch>
struct BatchOf;
#endif
template <class T, class Arch>
  requires(Arch::kBytes > 0)
struct BatchOf<T, Arch> {
  using Type = OwnBatch<T, Arch>;
};
#if defined(__arm__) && defined(__ARM_NEON)
template <>
struct BatchOf<float, neon32> {
  using Type = xsimd::batch<float, xsimd::neon>;
};
#endif
template <class T, class Arch>
using Batch = typename BatchOf<T, Arch>::Type;

// Whether the larger of two numbers is NaN where the second is not.
template <class Arch>
inline constexpr bool kKeepsNan =
#if defined(__aarch64__)
    std::is_base_of_v<xsimd::neon, Arch>;
#elif defined(__arm__)
    std::is_same_v<Arch, neon32>;
#else
    false;
#endif

}  // namespace tessera::kernel::xsimd_arch
