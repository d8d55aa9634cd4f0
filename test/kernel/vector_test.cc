// Every vector kernel of the registry against kernel/vector_contract.h written out, to the bit, between guard pages.
#include <cmath>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

// Rounded alone: a compiler may not fuse through it.
template <class R>
R rounded(R x) {
  const volatile R v = x;
  return v;
}

// The positions 0..n-1 in the order of the walk, and the lane of each.
std::vector<index_t> order(index_t n, bool far, index_t step) {
  std::vector<index_t> all;
  const index_t quarter = far ? n / (4 * step) * step : 0;
  for (index_t j = 0; j < quarter; j += step)
    for (int s = 0; s < 4; ++s)
      for (index_t e = 0; e < step; ++e) all.push_back(s * quarter + j + e);
  for (index_t e = 4 * quarter; e < n; ++e) all.push_back(e);
  return all;
}

template <class S>
S sum_in_lanes(index_t n, bool far, index_t step, index_t lanes, const std::function<S(index_t)>& term) {
  std::vector<S> lane(static_cast<std::size_t>(lanes), S(0));
  for (const index_t e : order(n, far, step)) {
    S& sum = lane[static_cast<std::size_t>(e % lanes)];
    sum = rounded(sum + term(e));
  }
  for (index_t h = lanes / 2; h >= 1; h /= 2)
    for (index_t l = 0; l < h; ++l) lane[l] = rounded(lane[l] + lane[l + h]);
  return lane[0];
}

template <class R>
class Kernels {
 public:
  Kernels(Isa isa, std::uint64_t seed) : set_(find_isa(isa)->vectors<R>()), random_(seed) {}

  void run(index_t n, bool far, Side side) {
    n_ = n, far_ = far, side_ = side;
    std::ostringstream text;
    text << isa_info(set_.isa).name << " " << name_of(DTypeOf<R>::value) << " n=" << n << " far=" << far
         << " side=" << (side == Side::end ? "end" : "start");
    case_ = text.str();
    set_current_case(case_);
    sums();
    positions();
    elementwise();
  }

 private:
  R* vector(GuardedBuffer& buffer, index_t n) {
    R* p = reinterpret_cast<R*>(buffer.place(static_cast<std::size_t>(n) * sizeof(R), side_));
    random_.fill(p, n);
    return p;
  }

  void sums() {
    constexpr index_t kStep = 256 / sizeof(R);
    const R *x = vector(x_, n_), *y = vector(y_, n_);
    const auto plain = [&](const std::function<R(index_t)>& term) {
      return sum_in_lanes<R>(n_, far_, kStep, kStep, term);
    };
    EXPECT_TRUE(same(set_.dot(n_, x, y, far_), plain([&](index_t e) { return rounded(x[e] * y[e]); })))
        << case_ << " dot";
    EXPECT_TRUE(same(set_.asum(n_, x, far_), plain([&](index_t e) { return std::fabs(x[e]); }))) << case_ << " asum";
    EXPECT_TRUE(same(set_.sum(n_, x, far_), plain([&](index_t e) { return x[e]; }))) << case_ << " sum";
    const auto wide = [&](const std::function<double(index_t)>& term) {
      return sum_in_lanes<double>(n_, far_, kStep, 32, term);
    };
    const auto product = [&](index_t e) { return rounded(static_cast<double>(x[e]) * y[e]); };
    EXPECT_TRUE(same(set_.dot_wide(n_, x, y, far_), wide(product))) << case_ << " dot_wide";
    EXPECT_TRUE(
        same(set_.sum_squares(n_, x, far_), wide([&](index_t e) { return rounded(static_cast<double>(x[e]) * x[e]); })))
        << case_ << " sum_squares";
    if constexpr (sizeof(R) == 8) {
      EXPECT_TRUE(same(set_.sum_squares_scaled(n_, x, 0.375, 3.5, far_), wide([&](index_t e) {
                         const double scaled = rounded(rounded(x[e] * 0.375) * 3.5);
                         return rounded(scaled * scaled);
                       })))
          << case_ << " sum_squares_scaled";
    }

    // Pairs: two sets of half as many lanes, a step being 256 bytes all the same.
    const R *a = vector(x_, 2 * n_), *b = vector(y_, 2 * n_);
    const auto part = [&](int p, int q) {
      return sum_in_lanes<R>(n_, far_, kStep / 2, kStep / 4,
                             [=](index_t e) { return rounded(a[2 * e + p] * b[2 * e + q]); });
    };
    const ComplexSums<R> got = set_.dot_complex(n_, a, b, far_);
    EXPECT_TRUE(same(got.same_re, part(0, 0)) && same(got.same_im, part(1, 1)) && same(got.cross_re, part(0, 1)) &&
                same(got.cross_im, part(1, 0)))
        << case_ << " dot_complex";
  }

  template <bool kMax>
  index_t extreme(const std::vector<R>& sizes) {
    std::size_t at = 0;
    for (std::size_t i = 1; i < sizes.size(); ++i)
      if (kMax ? sizes[i] > sizes[at] : sizes[i] < sizes[at]) at = i;
    return static_cast<index_t>(at);
  }
  void positions() {
    R *x = vector(x_, n_), *z = vector(y_, 2 * n_);
    // Equal values, NaN in any place, and all of them NaN or 0.
    const int kind = static_cast<int>(random_.integer(0, 5));
    for (R* p : {x, z}) {
      const index_t parts = p == x ? n_ : 2 * n_;
      for (index_t i = 0; i < parts; ++i) {
        if (kind == 1) p[i] = std::round(4 * p[i]) / 4;
        if (kind == 2) p[i] = 0;
        if ((kind == 3 && random_.one_in(3)) || kind == 4) p[i] = std::numeric_limits<R>::quiet_NaN();
      }
      if (kind == 5) p[random_.integer(0, parts - 1)] = std::numeric_limits<R>::infinity();
    }
    std::vector<R> real, complex;
    for (index_t i = 0; i < n_; ++i) {
      real.push_back(std::fabs(x[i]));
      complex.push_back(std::fabs(z[2 * i]) + std::fabs(z[2 * i + 1]));
    }
    EXPECT_EQ(set_.iamax(n_, x, far_), extreme<true>(real)) << case_ << " iamax, kind " << kind;
    EXPECT_EQ(set_.iamin(n_, x, far_), extreme<false>(real)) << case_ << " iamin, kind " << kind;
    EXPECT_EQ(set_.iamax_complex(n_, z, far_), extreme<true>(complex)) << case_ << " iamax_complex, kind " << kind;
    EXPECT_EQ(set_.iamin_complex(n_, z, far_), extreme<false>(complex)) << case_ << " iamin_complex, kind " << kind;
  }

  // Runs a kernel on x and y of `parts` reals, and compares both with what `element` makes of every e.
  void check(const char* name, index_t parts, const std::function<void(R*, R*)>& kernel,
             const std::function<void(const R*, const R*, R*, R*)>& expect) {
    R *x = vector(x_, parts), *y = vector(y_, parts);
    const std::vector<R> x0(x, x + parts), y0(y, y + parts);
    std::vector<R> want_x = x0, want_y = y0;
    expect(x0.data(), y0.data(), want_x.data(), want_y.data());
    kernel(x, y);
    EXPECT_EQ(first_difference<R>(x, want_x.data(), parts), -1) << case_ << " " << name << ", x";
    EXPECT_EQ(first_difference<R>(y, want_y.data(), parts), -1) << case_ << " " << name << ", y";
    EXPECT_TRUE(x_.untouched() && y_.untouched()) << case_ << " " << name << " wrote outside";
  }
  static R sum_of(R a, R b) { return rounded(rounded(a) + rounded(b)); }
  static R re_of(R ar, R ai, const R* x) { return sum_of(rounded(ar * x[0]), rounded(-ai * x[1])); }
  static R im_of(R ar, R ai, const R* x) { return sum_of(rounded(ar * x[1]), rounded(ai * x[0])); }

  void elementwise() {
    const R a = random_.template number<R>(), b = random_.template number<R>();
    const R c = random_.template number<R>(), d = random_.template number<R>();
    const index_t n = n_;
    const bool far = far_;
    const auto each = [n](auto f) {
      return [n, f](const R* x, const R* y, R* wx, R* wy) {
        for (index_t e = 0; e < n; ++e) f(x + e, y + e, wx + e, wy + e);
      };
    };
    const auto each_pair = [n](auto f) {
      return [n, f](const R* x, const R* y, R* wx, R* wy) {
        for (index_t e = 0; e < 2 * n; e += 2) f(x + e, y + e, wx + e, wy + e);
      };
    };
    check(
        "axpy", n, [&](R* x, R* y) { set_.axpy(n, a, x, y, far); },
        each([=](const R* x, const R* y, R*, R* wy) { *wy = sum_of(*y, rounded(a * *x)); }));
    check(
        "axpby", n, [&](R* x, R* y) { set_.axpby(n, a, x, b, y, far); },
        each([=](const R* x, const R* y, R*, R* wy) { *wy = sum_of(rounded(a * *x), rounded(b * *y)); }));
    check(
        "scal", n, [&](R* x, R*) { set_.scal(n, a, x, far); },
        each([=](const R* x, const R*, R* wx, R*) { *wx = rounded(a * *x); }));
    check(
        "copy", n, [&](R* x, R* y) { set_.copy(n, x, y, far); },
        each([=](const R* x, const R*, R*, R* wy) { *wy = *x; }));
    check(
        "swap", n, [&](R* x, R* y) { set_.swap(n, x, y, far); },
        each([=](const R* x, const R* y, R* wx, R* wy) { *wx = *y, *wy = *x; }));
    check(
        "rotate", n, [&](R* x, R* y) { set_.rotate(n, x, y, a, b, c, d, far); },
        each([=](const R* x, const R* y, R* wx, R* wy) {
          *wx = sum_of(rounded(a * *x), rounded(b * *y));
          *wy = sum_of(rounded(c * *x), rounded(d * *y));
        }));
    check(
        "axpy_complex", 2 * n, [&](R* x, R* y) { set_.axpy_complex(n, a, b, x, y, far); },
        each_pair([=](const R* x, const R* y, R*, R* wy) {
          wy[0] = sum_of(y[0], re_of(a, b, x)), wy[1] = sum_of(y[1], im_of(a, b, x));
        }));
    check(
        "axpby_complex", 2 * n, [&](R* x, R* y) { set_.axpby_complex(n, a, b, x, c, d, y, far); },
        each_pair([=](const R* x, const R* y, R*, R* wy) {
          wy[0] = sum_of(re_of(a, b, x), re_of(c, d, y)), wy[1] = sum_of(im_of(a, b, x), im_of(c, d, y));
        }));
    check(
        "scal_complex", 2 * n, [&](R* x, R*) { set_.scal_complex(n, a, b, x, far); },
        each_pair([=](const R* x, const R*, R* wx, R*) { wx[0] = re_of(a, b, x), wx[1] = im_of(a, b, x); }));
  }

  const VectorSet<R>& set_;
  Random random_;
  GuardedBuffer x_{1 << 16}, y_{1 << 16};
  index_t n_ = 0;
  bool far_ = false;
  Side side_ = Side::end;
  std::string case_;
};

class VectorKernels : public testing::TestWithParam<Isa> {
 protected:
  template <class R>
  void run_all() {
    TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
    Kernels<R> kernels(GetParam(), test_seed());
    constexpr index_t kStep = 256 / sizeof(R);
    for (index_t n = 1; n <= 3 * kStep; ++n)
      for (const Side side : {Side::start, Side::end}) kernels.run(n, false, side);
    Random random(test_seed());
    for (index_t i = scaled_count(40); i > 0; --i) {
      const Side side = random.one_of({Side::start, Side::end});
      kernels.run(random.integer(1, 16 * kStep), random.one_in(2), side);
    }
    for (const index_t n : {4 * kStep - 1, 4 * kStep, 8 * kStep + 3, 16 * kStep}) kernels.run(n, true, Side::end);
  }
};
TEST_P(VectorKernels, F32) { run_all<float>(); }
TEST_P(VectorKernels, F64) { run_all<double>(); }
INSTANTIATE_TEST_SUITE_P(Isa, VectorKernels, testing::ValuesIn(all_isas()), isa_name);

TEST(VectorRegistry, EverySetIsComplete) {
  for (const IsaEntry& e : compiled_isas()) {
    const auto complete = [&](const auto& set) {
      EXPECT_EQ(set.isa, e.isa);
      EXPECT_GE(set.lanes, 2);
      EXPECT_TRUE(set.dot && set.dot_wide && set.dot_complex && set.asum && set.sum && set.sum_squares &&
                  set.sum_squares_scaled && set.iamax && set.iamin && set.iamax_complex && set.iamin_complex &&
                  set.axpy && set.axpy_complex && set.axpby && set.axpby_complex && set.scal && set.scal_complex &&
                  set.copy && set.swap && set.rotate);
    };
    complete(e.vectors<float>());
    complete(e.vectors<double>());
  }
}

}  // namespace
}  // namespace tessera::test
