// The kernels of layers: one template for every ISA. Contract: kernel/nn_contract.h. What is not written in registers
// are loops that the compiler makes vectors of with the flags of each ISA.
#pragma once

#include <cstring>
#include <utility>

#include "base/simd/math.h"
#include "kernel/finish_tile.h"
#include "kernel/nn_contract.h"

namespace tessera::kernel {

template <class V>
struct NnLoops {
  using R = typename V::R;
  using Math = simd::Math<V>;
  static constexpr int kLanes = V::kLanes;
  static constexpr float kInfinity = __builtin_inff();

  [[gnu::always_inline]] static inline R minus(R x) { return V::flip(x, V::set1(-0.0f)); }
  [[gnu::always_inline]] static inline R sub(R x, R y) { return V::add(x, minus(y)); }

  // An operand of n elements, or one element for all.
  template <bool kMany>
  struct Operand {
    const float* p;
    R one;
    explicit Operand(const float* x) : p(x), one(kMany ? V::zero() : V::set1(*x)) {}
    R at(index_t i) const { return kMany ? V::load(p + i) : one; }
    R at(index_t i, typename V::Tail tail) const { return kMany ? V::load(p + i, tail) : one; }
  };

  // y := f(operands)
  template <class F, class... Operands>
  [[gnu::always_inline]] static inline void map(index_t n, float* y, const F& f, const Operands&... x) {
    index_t i = 0;
    for (; i + kLanes <= n; i += kLanes) V::store(y + i, f(x.at(i)...));
    if (i == n) return;
    const auto tail = V::tail(static_cast<int>(n - i));
    V::store(y + i, f(x.at(i, tail)...), tail);
  }

  template <int kActivation>
  static void activation(index_t n, const float* x, float* y, float a, float b) {
    const R va = V::set1(a), vb = V::set1(b);
    map(
        n, y,
        [&](R v) __attribute__((always_inline)) {
          return Finish<V>::template activate<static_cast<Activation>(kActivation)>(v, va, vb);
        },
        Operand<true>(x));
  }

  template <Function kFunction>
  [[gnu::always_inline]] static inline R apply(R x, R a, R b) {
    if constexpr (kFunction == Function::abs) return V::blend_sign(x, x, minus(x));
    if constexpr (kFunction == Function::neg) return minus(x);
    if constexpr (kFunction == Function::sqrt) return V::sqrt(x);
    if constexpr (kFunction == Function::exp) return Math::exp(x);
    if constexpr (kFunction == Function::elu || kFunction == Function::selu) {
      const R elu = V::blend_sign(x, x, V::mul(a, Math::expm1_negative(Math::negative_abs(x))));
      return kFunction == Function::elu ? elu : V::mul(b, elu);
    }
    if constexpr (kFunction == Function::hard_sigmoid) return V::min(V::set1(1.0f), V::max(V::zero(), V::fma(a, x, b)));
    if constexpr (kFunction == Function::affine) return V::fma(a, x, b);
  }
  template <int kFunction>
  static void function(index_t n, const float* x, float* y, float a, float b) {
    const R va = V::set1(a), vb = V::set1(b);
    map(
        n, y, [&](R v) __attribute__((always_inline)) { return apply<static_cast<Function>(kFunction)>(v, va, vb); },
        Operand<true>(x));
  }

  template <Operation kOperation>
  [[gnu::always_inline]] static inline R operate(R p, R q) {
    if constexpr (kOperation == Operation::add) return V::add(p, q);
    if constexpr (kOperation == Operation::sub) return sub(p, q);
    if constexpr (kOperation == Operation::mul) return V::mul(p, q);
    if constexpr (kOperation == Operation::div) return V::div(p, q);
    if constexpr (kOperation == Operation::max) return V::max(p, q);
    if constexpr (kOperation == Operation::min) return V::min(p, q);
    if constexpr (kOperation == Operation::prelu) return V::blend_sign(p, p, V::mul(p, q));
  }
  template <int kOperation, bool kManyA, bool kManyB>
  static void binary(index_t n, float alpha, const float* a, float beta, const float* b, float* y) {
    const R va = V::set1(alpha), vb = V::set1(beta);
    map(
        n, y,
        [&](R p, R q) __attribute__((always_inline)) {
          return operate<static_cast<Operation>(kOperation)>(V::mul(va, p), V::mul(vb, q));
        },
        Operand<kManyA>(a), Operand<kManyB>(b));
  }

  template <bool kMany>
  static void scale(index_t n, const float* x, const float* factor, const float* bias, float* y) {
    map(
        n, y, [](R v, R s, R t) __attribute__((always_inline)) { return V::fma(v, s, t); }, Operand<true>(x),
        Operand<kMany>(factor), Operand<kMany>(bias));
  }

  static void normalize(index_t n, const float* x, float mean, float factor, const float* gamma, const float* beta,
                        float* y) {
    const R m = V::set1(-mean), f = V::set1(factor);
    const auto centred = [&](R v) __attribute__((always_inline)) { return V::mul(V::add(v, m), f); };
    if (gamma != nullptr && beta != nullptr) {
      map(
          n, y, [&](R v, R g, R b) __attribute__((always_inline)) { return V::fma(centred(v), g, b); },
          Operand<true>(x), Operand<true>(gamma), Operand<true>(beta));
    } else if (gamma != nullptr) {
      map(
          n, y, [&](R v, R g) __attribute__((always_inline)) { return V::mul(centred(v), g); }, Operand<true>(x),
          Operand<true>(gamma));
    } else if (beta != nullptr) {
      map(
          n, y, [&](R v, R b) __attribute__((always_inline)) { return V::add(centred(v), b); }, Operand<true>(x),
          Operand<true>(beta));
    } else {
      map(n, y, centred, Operand<true>(x));
    }
  }

  // The extreme of n numbers, starting from `none`. Each lane passes NaN over, because a comparison with it is false.
  template <bool kLargest>
  static float extreme(index_t n, const float* x) {
    constexpr float kNone = kLargest ? -kInfinity : kInfinity;
    const auto better = [](R v, R acc) __attribute__((always_inline)) {
      return kLargest ? V::max(v, acc) : V::min(v, acc);
    };
    constexpr int kSteps = 4;
    R acc[kSteps];
    for (int s = 0; s < kSteps; ++s) acc[s] = V::set1(kNone);
    index_t i = 0;
    for (; i + kSteps * kLanes <= n; i += kSteps * kLanes) {
#pragma GCC unroll 16
      for (int s = 0; s < kSteps; ++s) acc[s] = better(V::load(x + i + s * kLanes), acc[s]);
    }
    for (; i + kLanes <= n; i += kLanes) acc[0] = better(V::load(x + i), acc[0]);
    acc[0] = better(better(acc[0], acc[1]), better(acc[2], acc[3]));
    float lanes[kLanes];
    V::store(lanes, acc[0]);
    float found = kNone;
    for (int l = 0; l < kLanes; ++l)
      if (kLargest ? lanes[l] > found : lanes[l] < found) found = lanes[l];
    for (; i < n; ++i)
      if (kLargest ? x[i] > found : x[i] < found) found = x[i];
    return found;
  }

  static float exp_sum(index_t n, const float* x, float shift, float* y) {
    constexpr int kSteps = kNnLanes / kLanes;
    R acc[kSteps];
    for (int s = 0; s < kSteps; ++s) acc[s] = V::zero();
    const R m = V::set1(-shift);
    const auto block = [&](const float* from, float* to) __attribute__((always_inline)) {
#pragma GCC unroll 16
      for (int s = 0; s < kSteps; ++s) {
        const R e = Math::exp_negative(V::add(V::load(from + s * kLanes), m));
        V::store(to + s * kLanes, e);
        acc[s] = V::add(acc[s], e);
      }
    };
    index_t i = 0;
    for (; i + kNnLanes <= n; i += kNnLanes) block(x + i, y + i);
    if (i < n) {
      float part[kNnLanes];
      for (int l = 0; l < kNnLanes; ++l) part[l] = i + l < n ? x[i + l] : -kInfinity;  // exp of it is 0
      block(part, part);
      for (index_t l = 0; i + l < n; ++l) y[i + l] = part[l];
    }
    float lanes[kNnLanes];
    for (int s = 0; s < kSteps; ++s) V::store(lanes + s * kLanes, acc[s]);
    for (int half = kNnLanes / 2; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) lanes[l] += lanes[l + half];
    return lanes[0];
  }

  template <class F>
  [[gnu::always_inline]] static inline double wide_sum(index_t n, const float* x, const F& f) {
    constexpr int kWide = 16;
    double acc[kWide] = {};
    index_t i = 0;
    for (; i + kWide <= n; i += kWide)
      for (int l = 0; l < kWide; ++l) acc[l] += f(static_cast<double>(x[i + l]));
    for (int l = 0; i + l < n; ++l) acc[l] += f(static_cast<double>(x[i + l]));
    for (int half = kWide / 2; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) acc[l] += acc[l + half];
    return acc[0];
  }
  static double sum(index_t n, const float* x) {
    return wide_sum(n, x, [](double v) { return v; });
  }
  static double sum_squares(index_t n, const float* x, double shift) {
    return wide_sum(n, x, [=](double v) { return (v - shift) * (v - shift); });
  }
  static void add(index_t n, const float* x, double* acc) {
    for (index_t i = 0; i < n; ++i) acc[i] += static_cast<double>(x[i]);
  }
  static void add_squares(index_t n, const float* x, double* acc) {
    for (index_t i = 0; i < n; ++i) acc[i] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  }

  template <LrnPower kPower>
  static void lrn(index_t n, index_t taps, const float* t, index_t t_stride, const float* x, float factor, float k,
                  float* y) {
    const R f = V::set1(factor), vk = V::set1(k), one = V::set1(1.0f);
    const auto finish = [&](R squares, R v) __attribute__((always_inline)) {
      const R base = V::fma(squares, f, vk);
      if constexpr (kPower == LrnPower::none) return base;
      const R root = V::sqrt(base);
      if constexpr (kPower == LrnPower::half) return V::mul(v, V::div(one, root));
      return V::mul(v, V::div(one, V::mul(root, V::sqrt(root))));
    };
    index_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      R s = V::zero();
      for (index_t tap = 0; tap < taps; ++tap) {
        const R v = V::load(t + i + tap * t_stride);
        s = V::fma(v, v, s);
      }
      V::store(y + i, finish(s, V::load(x + i)));
    }
    if (i == n) return;
    const auto tail = V::tail(static_cast<int>(n - i));
    R s = V::zero();
    for (index_t tap = 0; tap < taps; ++tap) {
      const R v = V::load(t + i + tap * t_stride, tail);
      s = V::fma(v, v, s);
    }
    V::store(y + i, finish(s, V::load(x + i, tail)), tail);
  }

  static float mix(float p, float q, float t) { return p * (1.0f - t) + q * t; }
  static void bilinear_row(index_t n, const float* a, const float* b, const std::int32_t* left,
                           const std::int32_t* right, const float* across, float down, float* y) {
    for (index_t i = 0; i < n; ++i)
      y[i] = mix(mix(a[left[i]], b[left[i]], down), mix(a[right[i]], b[right[i]], down), across[i]);
  }
  static void bilinear_pixel(index_t n, const float* const* corner, float down, float across, float* y) {
    const float *p = corner[0], *q = corner[1], *r = corner[2], *s = corner[3];
    for (index_t i = 0; i < n; ++i) y[i] = mix(mix(p[i], r[i], down), mix(q[i], s[i], down), across);
  }

  static void transpose(index_t rows, index_t columns, const float* x, index_t x_row, float* y, index_t y_row) {
    const index_t whole_rows = rows / kLanes * kLanes, whole_columns = columns / kLanes * kLanes;
    for (index_t i = 0; i < whole_rows; i += kLanes) {
      for (index_t j = 0; j < whole_columns; j += kLanes) {
        R tile[kLanes];
#pragma GCC unroll 16
        for (int r = 0; r < kLanes; ++r) tile[r] = V::load(x + (i + r) * x_row + j);
        V::transpose(tile);
#pragma GCC unroll 16
        for (int r = 0; r < kLanes; ++r) V::store(y + (j + r) * y_row + i, tile[r]);
      }
    }
    for (index_t j = 0; j < columns; ++j)
      for (index_t i = j < whole_columns ? whole_rows : 0; i < rows; ++i) y[j * y_row + i] = x[i * x_row + j];
  }

  // ---- pooling: a strip of 64 elements at a time stays in registers.
  static constexpr index_t kStrip = 64;

  // Maxima of bytes in lines of 16, whose loops g++ 12 would otherwise turn around and make scalar ones of: 430 us for
  // 3 x 3 of 64 x 111 x 111, 91 so (Zen 4).
  template <class T>
  struct ByteLine {
    typedef T Line __attribute__((vector_size(16)));
  };
  template <int kLines, class T>
  [[gnu::always_inline]] static inline void max_of_lines(index_t taps, const T* const* x, index_t i, T* y) {
    using Line = typename ByteLine<T>::Line;
    Line acc[kLines];
    std::memcpy(acc, x[0] + i, sizeof acc);
    for (index_t t = 1; t < taps; ++t) {
      Line p[kLines];
      std::memcpy(p, x[t] + i, sizeof p);
#pragma GCC unroll 4
      for (int l = 0; l < kLines; ++l) acc[l] = p[l] > acc[l] ? p[l] : acc[l];
    }
    std::memcpy(y + i, acc, sizeof acc);
  }

  template <class T>
  static void pool_max(index_t taps, const T* const* x, index_t n, T* y) {
    index_t i = 0;
    if constexpr (sizeof(T) == 1) {
      for (; i + kStrip <= n; i += kStrip) max_of_lines<kStrip / 16>(taps, x, i, y);
      for (; i + 16 <= n; i += 16) max_of_lines<1>(taps, x, i, y);
    } else {
      for (; i + kStrip <= n; i += kStrip) {
        T acc[kStrip];
        start(acc, x[0] + i);
        for (index_t t = 1; t < taps; ++t) {
          const T* p = x[t] + i;
          for (int l = 0; l < kStrip; ++l) acc[l] = p[l] > acc[l] ? p[l] : acc[l];
        }
        std::memcpy(y + i, acc, sizeof acc);
      }
    }
    for (; i < n; ++i) {
      T best = first(x[0][i]);
      for (index_t t = 1; t < taps; ++t) best = x[t][i] > best ? x[t][i] : best;
      y[i] = best;
    }
  }
  // A NaN is no first maximum.
  template <class T>
  [[gnu::always_inline]] static inline T first(T x) {
    if constexpr (sizeof(T) == 4) return x > -kInfinity ? x : -kInfinity;
    return x;
  }
  template <class T>
  [[gnu::always_inline]] static inline void start(T* acc, const T* x) {
    for (int l = 0; l < kStrip; ++l) acc[l] = first(x[l]);
  }

  template <class T>
  static void pool_sum(index_t columns, index_t rows, const T* const* x, index_t n, float* y) {
    index_t i = 0;
    for (; i + kStrip <= n; i += kStrip) {
      float acc[kStrip];
      for (index_t c = 0; c < columns; ++c) {
        float part[kStrip];
        for (int l = 0; l < kStrip; ++l) part[l] = static_cast<float>(x[c * rows][i + l]);
        for (index_t r = 1; r < rows; ++r) {
          const T* p = x[c * rows + r] + i;
          for (int l = 0; l < kStrip; ++l) part[l] += static_cast<float>(p[l]);
        }
        for (int l = 0; l < kStrip; ++l) acc[l] = c == 0 ? part[l] : acc[l] + part[l];
      }
      std::memcpy(y + i, acc, sizeof acc);
    }
    for (; i < n; ++i) {
      float acc = 0.0f;
      for (index_t c = 0; c < columns; ++c) {
        float part = static_cast<float>(x[c * rows][i]);
        for (index_t r = 1; r < rows; ++r) part += static_cast<float>(x[c * rows + r][i]);
        acc = c == 0 ? part : acc + part;
      }
      y[i] = acc;
    }
  }

  template <class T>
  static void pool_every(index_t n, const T* x, index_t stride, T* y) {
    if (stride == 2) {
      for (index_t i = 0; i < n; ++i) y[i] = x[2 * i];
      return;
    }
    for (index_t i = 0; i < n; ++i) y[i] = x[i * stride];
  }

  template <class T>
  static void pool_divide(index_t n, const float* x, float factor, const float* divisor, index_t step, T* y) {
    if (step == 0) {
      const float d = factor * *divisor;
      for (index_t i = 0; i < n; ++i) y[i] = quotient<T>(x[i], d);
    } else {
      for (index_t i = 0; i < n; ++i) y[i] = quotient<T>(x[i], factor * divisor[i]);
    }
  }
  // Bytes: 1.5 * 2^23 + q ends in the bits of round(q).
  template <class T>
  [[gnu::always_inline]] static inline T quotient(float x, float d) {
    const float q = x / d;
    if constexpr (sizeof(T) == 4) {
      return q;
    } else {
      const float shifted = q + 12582912.0f;
      std::int32_t bits;
      std::memcpy(&bits, &shifted, sizeof bits);
      return static_cast<T>(bits - 0x4B400000);
    }
  }

  template <class T>
  static constexpr PoolSet<T> pool() {
    return {&pool_max<T>, &pool_sum<T>, &pool_every<T>, &pool_divide<T>};
  }

  template <int... kA, int... kF, int... kO>
  static constexpr NnSet set(Isa isa, std::integer_sequence<int, kA...>, std::integer_sequence<int, kF...>,
                             std::integer_sequence<int, kO...>) {
    return {.isa = isa,
            .activation = {&activation<kA>...},
            .function = {&function<kF>...},
            .binary = {{{&binary<kO, false, false>, &binary<kO, false, true>},
                        {&binary<kO, true, false>, &binary<kO, true, true>}}...},
            .scale = {&scale<false>, &scale<true>},
            .normalize = &normalize,
            .largest = &extreme<true>,
            .least = &extreme<false>,
            .exp_sum = &exp_sum,
            .sum = &sum,
            .sum_squares = &sum_squares,
            .add = &add,
            .add_squares = &add_squares,
            .lrn = {&lrn<LrnPower::three_quarters>, &lrn<LrnPower::half>, &lrn<LrnPower::none>},
            .bilinear_row = &bilinear_row,
            .bilinear_pixel = &bilinear_pixel,
            .transpose = &transpose,
            .pool_f32 = pool<float>(),
            .pool_u8 = pool<std::uint8_t>(),
            .pool_s8 = pool<std::int8_t>()};
  }
  static constexpr NnSet set(Isa isa) {
    return set(isa, std::make_integer_sequence<int, kActivationCount>{},
               std::make_integer_sequence<int, kFunctionCount>{}, std::make_integer_sequence<int, kOperationCount>{});
  }
};

}  // namespace tessera::kernel
