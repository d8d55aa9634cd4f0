// Givens rotations and modified ones. Formulas: E. Anderson, "Algorithm 978: Safe scaling in the level 1 BLAS", ACM
// TOMS 44 (2017); C. Lawson et al., "Basic linear algebra subprograms for Fortran usage", ACM TOMS 5 (1979).
#include <cmath>
#include <limits>

#include "blas/level1/level1.h"

namespace tessera::blas {

namespace {

// The smallest and largest powers of two whose reciprocals are normal numbers too, or nearly so.
template <class R>
struct Safe {
  static constexpr R kMin = std::numeric_limits<R>::min();
  static constexpr R kMax = 1 / kMin * 2;
};

template <class R>
R within_safe(R x) {
  return std::fmin(Safe<R>::kMax, std::fmax(Safe<R>::kMin, x));
}

template <class R>
R largest_part(Complex<R> x) {
  return std::fmax(std::fabs(x.re), std::fabs(x.im));
}
template <class R>
R square(Complex<R> x) {
  return x.re * x.re + x.im * x.im;
}
template <class R>
Complex<R> conj(Complex<R> x) {
  return {x.re, -x.im};
}
template <class R>
Complex<R> scaled(Complex<R> x, R by) {
  return {x.re * by, x.im * by};
}
template <class R>
Complex<R> divided(Complex<R> x, R by) {
  return {x.re / by, x.im / by};
}

// Scaled f and g with squares f2 = |f|^2 and h2 = |f|^2 + |g|^2 (f scaled apart, w times smaller, where f2 alone would
// underflow): c, s and r up to the scales.
template <class R>
void rotation(Complex<R> f, Complex<R> g, R f2, R h2, bool products_are_safe, R* c, Complex<R>* s, Complex<R>* r) {
  if (f2 >= h2 * Safe<R>::kMin) {
    // 1 <= h2 / f2 is finite.
    *c = std::sqrt(f2 / h2);
    *r = divided(f, *c);
    *s = conj(g) * (products_are_safe ? divided(f, std::sqrt(f2 * h2)) : divided(*r, h2));
  } else {
    const R d = std::sqrt(f2 * h2);
    *c = f2 / d;
    *r = *c >= Safe<R>::kMin ? divided(f, *c) : scaled(f, h2 / d);
    *s = conj(g) * divided(f, d);
  }
}

}  // namespace

template <class R>
void rotg(R* a, R* b, R* c, R* s) {
  const R size_a = std::fabs(*a), size_b = std::fabs(*b);
  if (size_b == 0) {
    *c = 1, *s = 0, *b = 0;
    return;
  }
  if (size_a == 0) {
    *c = 0, *s = 1, *a = *b, *b = 1;
    return;
  }
  const R scale = within_safe(std::fmax(size_a, size_b));
  const R sa = *a / scale, sb = *b / scale;
  const R r = std::copysign(scale * std::sqrt(sa * sa + sb * sb), size_a > size_b ? *a : *b);
  *c = *a / r, *s = *b / r;
  *b = size_a > size_b ? *s : *c != 0 ? 1 / *c : R(1);
  *a = r;
}

template <class R>
void rotg(Complex<R>* a, const Complex<R>* b, R* c, Complex<R>* s) {
  const Complex<R> f = *a, g = *b;
  const R f1 = largest_part(f), g1 = largest_part(g);
  // Squares of numbers between these, and the sum of four of them, are normal.
  const R least = std::sqrt(Safe<R>::kMin), most = std::sqrt(Safe<R>::kMax / 4);
  if (g1 == 0) {
    *c = 1, *s = {};
    return;
  }
  if (f1 == 0) {
    const R u = within_safe(g1);
    const Complex<R> gs = divided(g, u);
    const R d = std::sqrt(square(gs));
    *c = 0, *s = divided(conj(gs), d), *a = {d * u, 0};
    return;
  }
  if (f1 > least && f1 < most && g1 > least && g1 < most) {
    const R f2 = square(f), h2 = f2 + square(g);
    rotation(f, g, f2, h2, f2 > least && h2 < 2 * most, c, s, a);
    return;
  }
  const R u = within_safe(std::fmax(f1, g1));
  const Complex<R> gs = divided(g, u);
  // f by a scale of its own where its square would underflow beside g's.
  const R v = f1 / u < least ? within_safe(f1) : u, w = v / u;
  const Complex<R> fs = divided(f, v);
  const R f2 = square(fs), h2 = (v == u ? f2 : f2 * w * w) + square(gs);
  rotation(fs, gs, f2, h2, f2 > least && h2 < 2 * most, c, s, a);
  *c *= w;
  *a = scaled(*a, u);
}

template <class R>
void rotmg(R* d1, R* d2, R* x1, R y1, R* param) {
  // Scales change by powers of kGamma, until d1 and d2 lie between 1 / kGamma^2 and kGamma^2.
  constexpr R kGamma = 4096, kGamma2 = kGamma * kGamma;
  R h11 = 0, h12 = 0, h21 = 0, h22 = 0, flag = -1;
  const auto give_up = [&] {
    flag = -1, h11 = h12 = h21 = h22 = 0;
    *d1 = *d2 = *x1 = 0;
  };
  if (*d1 < 0) {
    give_up();
  } else {
    const R p2 = *d2 * y1;
    if (p2 == 0) {
      param[0] = -2;
      return;
    }
    const R p1 = *d1 * *x1, q2 = p2 * y1, q1 = p1 * *x1;
    if (std::fabs(q1) > std::fabs(q2)) {
      h21 = -y1 / *x1, h12 = p2 / p1;
      const R u = 1 - h12 * h21;
      if (u > 0) {
        flag = 0;
        *d1 /= u, *d2 /= u, *x1 *= u;
      } else {
        give_up();
      }
    } else if (q2 < 0) {
      give_up();
    } else {
      flag = 1;
      h11 = p1 / p2, h22 = *x1 / y1;
      const R u = 1 + h11 * h22, old = *d1;
      *d1 = *d2 / u, *d2 = old / u, *x1 = y1 * u;
    }
    // From here on H is held in full.
    const auto write_out = [&] {
      if (flag == 0) h11 = h22 = 1;
      if (flag == 1) h21 = -1, h12 = 1;
      flag = -1;
    };
    // Infinities and NaN would never come into range.
    const auto rescale = [&](R* d, R* first, R* second, R* x) {
      while (*d != 0 && std::isfinite(*d) && (std::fabs(*d) <= 1 / kGamma2 || std::fabs(*d) >= kGamma2)) {
        write_out();
        const bool small = std::fabs(*d) <= 1 / kGamma2;
        *d = small ? *d * kGamma2 : *d / kGamma2;
        const R factor = small ? 1 / kGamma : kGamma;
        *first *= factor, *second *= factor;
        if (x != nullptr) *x *= factor;
      }
    };
    rescale(d1, &h11, &h12, x1);
    rescale(d2, &h21, &h22, nullptr);
  }
  param[0] = flag;
  if (flag != 0) param[1] = h11, param[4] = h22;
  if (flag != 1) param[2] = h21, param[3] = h12;
}

#define TESSERA_INSTANTIATE(R)                                         \
  template void rotg(R*, R*, R*, R*);                                  \
  template void rotg(Complex<R>*, const Complex<R>*, R*, Complex<R>*); \
  template void rotmg(R*, R*, R*, R, R*);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
