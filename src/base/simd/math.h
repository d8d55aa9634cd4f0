// Functions of single-precision registers: one template for every ISA. V is a register wrapper of this folder.
//
// Made of V's operations alone, in one order, so all ISAs with FMA give the same bits. Errors are stated in units in
// the last place (ulp) of the exact result, measured over the whole range by test/kernel. NaN goes through.
#pragma once

namespace tessera::simd {

template <class V>
struct Math {
  using R = typename V::R;

  // Splits x = n ln 2 + r, |r| <= ln 2 / 2; returns exp(r) - 1 and 2^n. x in [-87, 88].
  // (exp(r) - 1) / r by a polynomial of degree 5, fitted for the least relative error: 1.1e-8.
  [[gnu::always_inline]] static inline R expm1_reduced(R x, R& power) {
    const R n = V::round(V::mul(x, V::set1(1.44269504f)));
    return expm1_reduced_by(n, x, power, n);
  }
  // The same for a given n; returns 2^part.
  [[gnu::always_inline]] static inline R expm1_reduced_by(R n, R x, R& power, R part) {
    R r = V::fma(n, V::set1(-0.693145752f), x);
    r = V::fma(n, V::set1(-1.42860677e-6f), r);
    R p = V::set1(1.39485914e-3f);
    p = V::fma(p, r, V::set1(8.36915785e-3f));
    p = V::fma(p, r, V::set1(4.16662406e-2f));
    p = V::fma(p, r, V::set1(1.66665052e-1f));
    p = V::fma(p, r, V::set1(5.00000008e-1f));
    p = V::fma(p, V::mul(r, r), r);
    power = V::pow2(part);
    return p;
  }

  // exp(x) for x <= 0, 0 below -87: 2 ulp.
  [[gnu::always_inline]] static inline R exp_negative(R x) {
    R power;
    const R p = expm1_reduced(V::max(V::set1(-87.0f), x), power);
    return V::mask_above(x, V::set1(-87.0f), V::fma(p, power, power));
  }

  // exp(x) over the whole range, Inf and 0 beyond it: 2 ulp. The power of two is applied in halves, so that neither
  // leaves the range of exponents.
  [[gnu::always_inline]] static inline R exp(R x) {
    x = V::min(V::set1(104.0f), V::max(V::set1(-104.0f), x));
    const R n = V::round(V::mul(x, V::set1(1.44269504f)));
    const R half = V::round(V::mul(n, V::set1(0.5f)));
    R power;
    const R p = expm1_reduced_by(n, x, power, half);
    return V::mul(V::fma(p, power, power), V::pow2(V::add(n, V::flip(half, V::set1(-0.0f)))));
  }

  // exp(x) - 1 for x <= 0: 3 ulp.
  [[gnu::always_inline]] static inline R expm1_negative(R x) {
    R power;
    const R p = expm1_reduced(V::max(V::set1(-87.0f), x), power);
    return V::fma(p, power, V::add(power, V::set1(-1.0f)));
  }

  [[gnu::always_inline]] static inline R negative_abs(R x) { return V::min(x, V::flip(x, V::set1(-0.0f))); }

  // 1 / (1 + exp(-x)): 3 ulp, 0 below -87.
  [[gnu::always_inline]] static inline R sigmoid(R x) {
    const R e = exp_negative(negative_abs(x));
    const R above = V::div(V::set1(1.0f), V::add(V::set1(1.0f), e));  // of |x|
    return V::blend_sign(x, above, V::mul(above, e));
  }

  // With t = exp(-2 |x|) - 1: tanh |x| = -t / (2 + t). 3 ulp.
  [[gnu::always_inline]] static inline R tanh(R x) {
    const R y = V::max(V::set1(-20.0f), V::mul(V::set1(2.0f), negative_abs(x)));  // at -20 the result is 1
    R power;
    const R p = expm1_reduced(y, power);
    const R t = V::fma(p, power, V::add(power, V::set1(-1.0f)));
    const R below = V::div(t, V::add(t, V::set1(2.0f)));  // of -|x|
    return V::blend_sign(x, V::flip(below, V::set1(-0.0f)), below);
  }

  // x times the normal distribution's integral up to x. For the tail erfc(|x| / sqrt 2) / 2 = t P(t) exp(-x^2 / 2) with
  // t = 1 / (1 + |x| / 4) and P of degree 9, fitted for the least relative error over |x| <= 14: 8e-9. 8 ulp; 0 below
  // -13.
  [[gnu::always_inline]] static inline R gelu(R x) {
    const R a = V::max(V::set1(-14.0f), negative_abs(x));
    const R t = V::div(V::set1(1.0f), V::fma(a, V::set1(-0.25f), V::set1(1.0f)));
    R p = V::set1(0.5f * 3.31595045e-2f);
    p = V::fma(p, t, V::set1(0.5f * -1.25585387e-1f));
    p = V::fma(p, t, V::set1(0.5f * 1.03307062e-1f));
    p = V::fma(p, t, V::set1(0.5f * 5.68687880e-2f));
    p = V::fma(p, t, V::set1(0.5f * 2.54257942e-2f));
    p = V::fma(p, t, V::set1(0.5f * 1.73312824e-1f));
    p = V::fma(p, t, V::set1(0.5f * 1.43999099e-1f));
    p = V::fma(p, t, V::set1(0.5f * 1.91031399e-1f));
    p = V::fma(p, t, V::set1(0.5f * 1.98985116e-1f));
    p = V::fma(p, t, V::set1(0.5f * 1.99495807e-1f));
    // What x^2 loses to rounding counts |x|^2 / 2 times in its exponential: it is put back.
    const R square = V::mul(a, a);
    const R lost = V::fma(a, a, V::flip(square, V::set1(-0.0f)));
    R e = exp_negative(V::mul(V::set1(-0.5f), square));
    e = V::fma(V::mul(e, V::set1(-0.5f)), lost, e);
    const R tail = V::mul(V::mul(p, t), e);
    return V::mul(x, V::blend_sign(x, V::add(V::set1(1.0f), V::flip(tail, V::set1(-0.0f))), tail));
  }
};

}  // namespace tessera::simd
