// The end of a tile: one template for every ISA. Contract: kernel/finish_contract.h.
#pragma once

#include <utility>

#include "base/simd/math.h"
#include "kernel/finish_contract.h"

namespace tessera::kernel {

template <class V>
struct Finish {
  using T = typename V::T;
  using R = typename V::R;
  using Math = simd::Math<V>;
  static constexpr int kLanes = V::kLanes;

  template <Activation kActivation>
  [[gnu::always_inline]] static inline R activate(R x, R a, R b) {
    const R zero = V::zero();
    if constexpr (kActivation == Activation::relu) return V::max(zero, x);
    if constexpr (kActivation == Activation::relu6) return V::min(V::set1(6.0f), V::max(zero, x));
    if constexpr (kActivation == Activation::leaky_relu) return V::blend_sign(x, x, V::mul(a, x));
    if constexpr (kActivation == Activation::clip) return V::min(b, V::max(a, x));
    if constexpr (kActivation == Activation::sigmoid) return Math::sigmoid(x);
    if constexpr (kActivation == Activation::tanh) return Math::tanh(x);
    if constexpr (kActivation == Activation::gelu) return Math::gelu(x);
    if constexpr (kActivation == Activation::gelu_tanh) {
      // (1 + tanh u) / 2 = sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3)
      const R inner = V::fma(V::mul(x, x), V::set1(0.0713548163f), V::set1(1.59576912f));
      return V::mul(x, Math::sigmoid(V::mul(x, inner)));
    }
    if constexpr (kActivation == Activation::silu) return V::mul(x, Math::sigmoid(x));
    if constexpr (kActivation == Activation::hard_swish) {
      // x + 3 is exact where it is small.
      const R gate = V::min(V::set1(6.0f), V::max(zero, V::add(x, V::set1(3.0f))));
      return V::mul(x, V::mul(gate, V::set1(1.0f / 6.0f)));
    }
    if constexpr (kActivation == Activation::none) return x;
  }

  struct Whole {
    R load(const T* p) const { return V::load(p); }
    void store(T* p, R x) const { V::store(p, x); }
  };
  struct Part {
    typename V::Tail tail;
    R load(const T* p) const { return V::load(p, tail); }
    void store(T* p, R x) const { V::store(p, x, tail); }
  };

  template <Activation kActivation, class Load>
  [[gnu::always_inline]] static inline void vector(const FinishArgs& g, T* c, R row_bias, const T* column_bias,
                                                   const T* residual, int count, const Load& mask) {
    R x = mask.load(c);
    if (g.row_bias != nullptr) x = V::add(x, row_bias);
    if (column_bias != nullptr) x = V::add(x, mask.load(column_bias));
    if (residual != nullptr) {
      R r;
      if (g.residual_column == 1) {
        r = mask.load(residual);
      } else {
        T lanes[kLanes] = {};
        for (int i = 0; i < count; ++i) lanes[i] = residual[i * g.residual_column];
        r = V::load(lanes);
      }
      x = V::fma(V::set1(g.residual_scale), r, x);
    }
    mask.store(c, activate<kActivation>(x, V::set1(g.a), V::set1(g.b)));
  }

  template <Activation kActivation>
  static void finish(const FinishArgs& g) {
    const index_t whole = g.columns / kLanes * kLanes;
    const int rest = static_cast<int>(g.columns - whole);
    const Part part{V::tail(rest)};
    T* c = g.c;
    for (index_t i = 0; i < g.rows; ++i) {
      const R row_bias = g.row_bias != nullptr ? V::set1(g.row_bias[i]) : V::zero();
      const auto column = [&](index_t j) { return g.column_bias != nullptr ? g.column_bias + j : nullptr; };
      const auto residual = [&](index_t j) {
        return g.residual != nullptr ? g.residual + i * g.residual_row + j * g.residual_column : nullptr;
      };
      for (index_t j = 0; j < whole; j += kLanes)
        vector<kActivation>(g, c + j, row_bias, column(j), residual(j), kLanes, Whole{});
      if (rest > 0) vector<kActivation>(g, c + whole, row_bias, column(whole), residual(whole), rest, part);
      c = reinterpret_cast<T*>(reinterpret_cast<char*>(c) + g.c_row);
    }
  }

  template <int... kI>
  static constexpr FinishSet set(Isa isa, std::integer_sequence<int, kI...>) {
    return {isa, {&finish<static_cast<Activation>(kI)>...}};
  }
  static constexpr FinishSet set(Isa isa) { return set(isa, std::make_integer_sequence<int, kActivationCount>{}); }
};

}  // namespace tessera::kernel
