// The pack routines: one template for every ISA and type. Contract: pack/contract.h.
//
// Where one of the source's strides is 1 the work goes through registers: contiguous across the width is a copy,
// contiguous along k a transposition of kLanes x kLanes squares. Any other source goes element by element.
#pragma once

#include "pack/contract.h"

namespace tessera::pack {

#define TESSERA_PACK_INLINE [[gnu::always_inline]] inline

template <class V>
struct Panel {
  using T = typename V::T;
  using R = typename V::R;
  static constexpr int kLanes = V::kLanes;

  // Writes registers into [begin, end). A full store may overlap what is written later, never what lies past the end.
  struct Out {
    T* begin;
    T* end;
    TESSERA_PACK_INLINE void put(T* p, R x) const {
      if (p + kLanes <= end) [[likely]] {
        V::store(p, x);
      } else {
        V::store(p, x, V::tail(static_cast<int>(end - p)));
      }
    }
  };

  static index_t less(index_t a, index_t b) { return a < b ? a : b; }

  // ---- elements on their way: scaled, conjugated -------------------------------------------------------------------

  // The elements of a source: the panel's own type, or one that is widened on its way.
  struct Own {
    using S = T;
    TESSERA_PACK_INLINE static R load(const S* p) { return V::load(p); }
    TESSERA_PACK_INLINE static R load(const S* p, typename V::Tail t) { return V::load(p, t); }
  };
  struct Bf16 {
    using S = std::uint16_t;
    TESSERA_PACK_INLINE static R load(const S* p) { return V::load_bf16(p); }
    TESSERA_PACK_INLINE static R load(const S* p, typename V::Tail t) { return V::load_bf16(p, t); }
  };
  struct F16 {
    using S = std::uint16_t;
    TESSERA_PACK_INLINE static R load(const S* p) { return V::load_f16(p); }
    TESSERA_PACK_INLINE static R load(const S* p, typename V::Tail t) { return V::load_f16(p, t); }
  };

  // A register of reals times alpha.
  struct ScaleReal {
    R alpha;
    explicit ScaleReal(const PackArgs& g) : alpha(V::set1(static_cast<T>(g.alpha_re))) {}
    TESSERA_PACK_INLINE R operator()(R x) const { return V::mul(alpha, x); }
  };
  // A register of interleaved pairs times a complex alpha, conjugated first or not. With z = conj ? conj(x) : x:
  // re = ar * re(z) + (-ai) * im(z), im = ar * im(z) + ai * re(z); the second products only when ai != 0.
  struct ScaleComplex {
    R conj, re, im;
    bool real;
    explicit ScaleComplex(const PackArgs& g) : real(g.alpha_im == 0.0) {
      conj = pairs(T(0), g.conj ? T(-0.0) : T(0));
      re = V::set1(static_cast<T>(g.alpha_re));
      im = pairs(static_cast<T>(-g.alpha_im), static_cast<T>(g.alpha_im));
    }
    static R pairs(T first, T second) {
      T v[kLanes];
      for (int i = 0; i < kLanes; ++i) v[i] = i % 2 ? second : first;
      return V::load(v);
    }
    TESSERA_PACK_INLINE R operator()(R x) const {
      x = V::flip(x, conj);
      const R y = V::mul(re, x);
      return real ? y : V::add(y, V::mul(im, V::swap_pairs(x)));
    }
  };
  static void scale(const PackArgs& g, const T* x, T& re, T& im) {
    const T ar = static_cast<T>(g.alpha_re), ai = static_cast<T>(g.alpha_im);
    const T xr = x[0], xi = g.conj ? -x[1] : x[1];
    re = ar * xr;
    im = ar * xi;
    if (g.alpha_im != 0.0) {
      re += -ai * xi;
      im += ai * xr;
    }
  }

  // ---- plain ---------------------------------------------------------------------------------------------------

  static void plain(const PackArgs& g) {
    T* dst = static_cast<T*>(g.dst);
    const T* src = static_cast<const T*>(g.src);
    if (g.inc_w == 1) return copy<Own>(dst, src, g.width, g.panel, g.k, g.inc_k, ScaleReal(g));
    if (g.inc_k == 1) return transpose<Own>(dst, src, g.width, g.panel, g.k, g.inc_w, ScaleReal(g));
    const T alpha = static_cast<T>(g.alpha_re);
    for (index_t p = 0; p < g.k; ++p, dst += g.panel) {
      for (index_t i = 0; i < g.width; ++i) dst[i] = alpha * src[i * g.inc_w + p * g.inc_k];
      for (index_t i = g.width; i < g.panel; ++i) dst[i] = T(0);
    }
  }

  template <class From>
  static void widened(const PackArgs& g) {
    T* dst = static_cast<T*>(g.dst);
    const auto* src = static_cast<const typename From::S*>(g.src);
    if (g.inc_w == 1) return copy<From>(dst, src, g.width, g.panel, g.k, g.inc_k, ScaleReal(g));
    if (g.inc_k == 1) return transpose<From>(dst, src, g.width, g.panel, g.k, g.inc_w, ScaleReal(g));
    const ScaleReal scale(g);
    const Out out{dst, dst + g.k * g.panel};
    for (index_t p = 0; p < g.k; ++p, dst += g.panel) {
      for (index_t i = 0; i < g.width; i += kLanes) {
        typename From::S s[kLanes] = {};
        for (index_t j = i; j < less(i + kLanes, g.width); ++j) s[j - i] = src[j * g.inc_w + p * g.inc_k];
        out.put(dst + i, scale(From::load(s)));
      }
    }
  }

  template <int... kR>
  struct Registers {};
  // Rows of a few whole registers, all that the panel has.
  template <class From, class Scale, int... kR>
  static void copy_rows(T* dst, const typename From::S* src, index_t k, index_t inc_k, const Scale& scale,
                        Registers<kR...>) {
#pragma GCC unroll 1
    for (index_t p = 0; p < k; ++p, dst += sizeof...(kR) * kLanes, src += inc_k) {
      const R x[] = {From::load(src + kR * kLanes)...};
      (V::store(dst + kR * kLanes, scale(x[kR])), ...);
    }
  }

  // Rows of `width` contiguous elements, inc_k apart.
  template <class From, class Scale>
  static void copy(T* dst, const typename From::S* src, index_t width, index_t panel, index_t k, index_t inc_k,
                   const Scale& scale) {
    const Out out{dst, dst + k * panel};
    const index_t whole = width / kLanes * kLanes;
    const int rest = static_cast<int>(width - whole);
    const auto tail = V::tail(rest);
    // The common panels of B; a piece of a wider one is not among them. A loop over the registers of a row took 35
    // instructions for 12 floats on NEON, this 10.
    if (rest == 0 && panel == whole) {
      if (whole == kLanes) return copy_rows<From>(dst, src, k, inc_k, scale, Registers<0>{});
      if (whole == 2 * kLanes) return copy_rows<From>(dst, src, k, inc_k, scale, Registers<0, 1>{});
      if (whole == 3 * kLanes) return copy_rows<From>(dst, src, k, inc_k, scale, Registers<0, 1, 2>{});
      if (whole == 4 * kLanes) return copy_rows<From>(dst, src, k, inc_k, scale, Registers<0, 1, 2, 3>{});
    }
    for (index_t p = 0; p < k; ++p, dst += panel, src += inc_k) {
      for (index_t i = 0; i < whole; i += kLanes) V::store(dst + i, scale(From::load(src + i)));
      if (rest) out.put(dst + whole, scale(From::load(src + whole, tail)));
    }
  }

  // `width` rows of k contiguous elements, inc_w apart.
  template <class From, class Scale>
  static void transpose(T* dst, const typename From::S* src, index_t width, index_t panel, index_t k, index_t inc_w,
                        const Scale& scale) {
    const Out out{dst, dst + k * panel};
    const index_t last = (width - 1) / kLanes * kLanes;
    for (index_t p = 0; p < k; p += kLanes) {
      const int depth = static_cast<int>(less(kLanes, k - p));
      // From the right: a full store at the right edge runs into the next line of the panel, which is written after it.
      for (index_t i = last; i >= 0; i -= kLanes) {
        const int rows = static_cast<int>(less(kLanes, width - i));
        const auto* s = src + i * inc_w + p;
        R r[kLanes];
        if (rows == kLanes && depth == kLanes) {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) r[j] = scale(From::load(s + j * inc_w));
        } else {
          const auto tail = V::tail(depth);
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) r[j] = j < rows ? scale(From::load(s + j * inc_w, tail)) : V::zero();
        }
        V::transpose(r);
        T* d = dst + p * panel + i;
        if (depth == kLanes && d + (kLanes - 1) * panel + kLanes <= out.end) {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) V::store(d + j * panel, r[j]);
        } else {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j)
            if (j < depth) out.put(d + j * panel, r[j]);
        }
      }
    }
  }

  // ---- 1m --------------------------------------------------------------------------------------------------------

  static void complex_left(const PackArgs& g) {
    T* dst = static_cast<T*>(g.dst);
    const T* src = static_cast<const T*>(g.src);
    if (g.inc_k == 1) {  // along k the pairs lie in the order wanted: a real transposition of twice the depth
      return transpose<Own>(dst, src, g.width, g.panel, 2 * g.k, 2 * g.inc_w, ScaleComplex(g));
    }
    if (g.inc_w == 1) return split(dst, src, g.width, g.panel, g.k, 2 * g.inc_k, ScaleComplex(g));
    for (index_t p = 0; p < g.k; ++p, dst += 2 * g.panel) {
      for (index_t i = 0; i < g.width; ++i) scale(g, src + 2 * (i * g.inc_w + p * g.inc_k), dst[i], dst[g.panel + i]);
      for (index_t i = g.width; i < g.panel; ++i) dst[i] = dst[g.panel + i] = T(0);
    }
  }

  // Rows of `width` interleaved pairs -> a line of real and a line of imaginary parts.
  static void split(T* dst, const T* src, index_t width, index_t panel, index_t k, index_t inc_k,
                    const ScaleComplex& scale) {
    const Out out{dst, dst + 2 * k * panel};
    for (index_t p = 0; p < k; ++p, dst += 2 * panel, src += inc_k) {
      // All of the real line first: its last store may run into the imaginary one.
      for (int part = 0; part < 2; ++part) {
        for (index_t i = 0; i < width; i += kLanes) {
          const index_t left = 2 * (width - i);
          R x, y;
          if (left >= 2 * kLanes) {
            x = V::load(src + 2 * i);
            y = V::load(src + 2 * i + kLanes);
          } else {
            x = V::load(src + 2 * i, V::tail(static_cast<int>(less(left, kLanes))));
            y = left > kLanes ? V::load(src + 2 * i + kLanes, V::tail(static_cast<int>(left - kLanes))) : V::zero();
          }
          R re, im;
          V::deinterleave(scale(x), scale(y), re, im);
          out.put(dst + part * panel + i, part ? im : re);
        }
      }
    }
  }

  static void complex_right(const PackArgs& g) {
    T* dst = static_cast<T*>(g.dst);
    const T* src = static_cast<const T*>(g.src);
    if (g.inc_w == 1) return copy_rotated(dst, src, 2 * g.width, g.panel, g.k, 2 * g.inc_k, ScaleComplex(g));
    for (index_t p = 0; p < g.k; ++p, dst += 2 * g.panel) {
      const T* s = src + 2 * p * g.inc_k;
      for (index_t i = 0; i < g.width; ++i, s += 2 * g.inc_w) {
        T re, im;
        scale(g, s, re, im);
        dst[2 * i] = re;
        dst[2 * i + 1] = im;
        dst[g.panel + 2 * i] = -im;
        dst[g.panel + 2 * i + 1] = re;
      }
      for (index_t i = 2 * g.width; i < g.panel; ++i) dst[i] = dst[g.panel + i] = T(0);
    }
  }

  // Rows of `reals` / 2 interleaved pairs -> the line itself, and the line times i.
  static void copy_rotated(T* dst, const T* src, index_t reals, index_t panel, index_t k, index_t inc_k,
                           const ScaleComplex& scale) {
    const R negate_first = ScaleComplex::pairs(T(-0.0), T(0));
    for (index_t p = 0; p < k; ++p, dst += 2 * panel, src += inc_k) {
      // The panel is a whole number of registers: partial loads bring the zeros that fill it.
      for (index_t i = 0; i < panel; i += kLanes) {
        const index_t left = reals - i;
        const R x = scale(left >= kLanes ? V::load(src + i) : V::load(src + i, V::tail(static_cast<int>(left))));
        V::store(dst + i, x);
        V::store(dst + panel + i, V::flip(V::swap_pairs(x), negate_first));
      }
    }
  }

  static constexpr PackSet set(Isa isa, DType type, GatherFn gather) {
    PackSet set{isa, type, &plain, &complex_left, &complex_right, gather};
    if constexpr (sizeof(T) == 4) {
      set.bf16 = &widened<Bf16>;
      set.f16 = &widened<F16>;
    }
    return set;
  }
};

}  // namespace tessera::pack
