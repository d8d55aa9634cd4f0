// Level 1 against naive loops, increments of every sign, the documented order of sums, NaN and extreme values.
#include "oracle.h"

namespace {

template <class T>
class Level1 : public ::testing::Test {};
TYPED_TEST_SUITE(Level1, ScalarTypes);

::testing::AssertionResult near(long double got, long double want, long double bound) {
  if (std::abs(got - want) <= bound) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "got " << got << ", want " << want << ", bound " << bound;
}

constexpr int kIncrements[] = {1, 2, -1, -3, 0};

template <class T>
T dot_cblas(int n, const T* x, int incx, const T* y, int incy, bool conjugate) {
  T result{};
  if constexpr (std::is_same_v<T, float>) return cblas_sdot(n, x, incx, y, incy);
  if constexpr (std::is_same_v<T, double>) return cblas_ddot(n, x, incx, y, incy);
  if constexpr (std::is_same_v<T, c32>) (conjugate ? cblas_cdotc_sub : cblas_cdotu_sub)(n, x, incx, y, incy, &result);
  if constexpr (std::is_same_v<T, c64>) (conjugate ? cblas_zdotc_sub : cblas_zdotu_sub)(n, x, incx, y, incy, &result);
  return result;
}
template <class T>
T dot_fortran(int n, const T* x, int incx, const T* y, int incy, bool conjugate) {
  if constexpr (std::is_same_v<T, float>) return sdot_(&n, x, &incx, y, &incy);
  if constexpr (std::is_same_v<T, double>) return ddot_(&n, x, &incx, y, &incy);
  if constexpr (std::is_same_v<T, c32>) {
    const auto r = (conjugate ? cdotc_ : cdotu_)(&n, x, &incx, y, &incy);
    return {r.re, r.im};
  }
  if constexpr (std::is_same_v<T, c64>) {
    const auto r = (conjugate ? zdotc_ : zdotu_)(&n, x, &incx, y, &incy);
    return {r.re, r.im};
  }
}

TYPED_TEST(Level1, Dot) {
  using T = TypeParam;
  Random<T> random(3);
  for (int n = -1; n < 140; ++n) {
    for (int incx : kIncrements) {
      for (int incy : kIncrements) {
        for (bool conjugate : {false, true}) {
          const int size = std::max(n, 1);
          const auto x = random.vector(vector_size(size, incx)), y = random.vector(vector_size(size, incy));
          Element<T> want;
          for (int i = 0; i < n; ++i)
            want.add(conj_if<T>(conjugate, wide(x[at(i, n, incx)])) * wide(y[at(i, n, incy)]));
          const T got = dot_cblas(n, x.data(), incx, y.data(), incy, conjugate);
          ASSERT_TRUE(close(got, want, n + 1)) << "n=" << n << " incx=" << incx << " incy=" << incy;
          ASSERT_EQ(got, dot_fortran(n, x.data(), incx, y.data(), incy, conjugate)) << "n=" << n;
          if (n <= 0) {
            ASSERT_EQ(got, T(0));
          }
        }
      }
    }
  }
}

// The order that level1.h states, written out for real types: 32 lanes, halved.
TYPED_TEST(Level1, DotHasTheDocumentedOrder) {
  using T = TypeParam;
  if constexpr (!kComplex<T>) {
    Random<T> random(4);
    for (int n = 1; n < 300; ++n) {
      const auto x = random.vector(n), y = random.vector(n);
      T lane[32] = {};
      for (int i = 0; i < n; ++i) {
        const volatile T product = x[i] * y[i];
        lane[i % 32] += product;
      }
      for (int h = 16; h >= 1; h /= 2)
        for (int l = 0; l < h; ++l) lane[l] += lane[l + h];
      ASSERT_EQ(dot_cblas(n, x.data(), 1, y.data(), 1, false), lane[0]) << "n=" << n;
    }
  }
}

TYPED_TEST(Level1, SumsDoNotDependOnWhereTheVectorLies) {
  using T = TypeParam;
  Random<T> random(5);
  for (int n : {1, 2, 15, 16, 17, 31, 32, 33, 64, 100, 1003}) {
    const auto x = random.vector(n), y = random.vector(n);
    const T want = dot_cblas(n, x.data(), 1, y.data(), 1, true);
    const auto norm = Api<T>::nrm2(n, x.data(), 1), sum = Api<T>::asum(n, x.data(), 1);
    for (int offset = 0; offset < 8; ++offset) {
      for (int inc : {1, 2, 7}) {
        std::vector<T> sx(vector_size(n, inc) + offset), sy(vector_size(n, inc) + 3);
        for (int i = 0; i < n; ++i) sx[offset + i * inc] = x[i], sy[3 + i * inc] = y[i];
        ASSERT_EQ(dot_cblas(n, sx.data() + offset, inc, sy.data() + 3, inc, true), want) << "n=" << n << " inc=" << inc;
        ASSERT_EQ(Api<T>::nrm2(n, sx.data() + offset, inc), norm) << "n=" << n << " inc=" << inc;
        ASSERT_EQ(Api<T>::asum(n, sx.data() + offset, inc), sum) << "n=" << n << " inc=" << inc;
      }
    }
  }
}

TYPED_TEST(Level1, AxpyCopySwap) {
  using T = TypeParam;
  Random<T> random(6);
  for (int n = -1; n < 70; ++n) {
    for (int incx : kIncrements) {
      for (int incy : kIncrements) {
        const int size = std::max(n, 1);
        const auto x = random.vector(vector_size(size, incx)), y = random.vector(vector_size(size, incy));
        const T alpha = random.number();
        // Element after element, as a zero increment needs it.
        auto xs = x, want = y;
        std::vector<Element<T>> sums(y.size());
        for (std::size_t i = 0; i < y.size(); ++i) sums[i].add(wide(y[i]));
        for (int i = 0; i < n; ++i) sums[at(i, n, incy)].add(wide(alpha) * wide(x[at(i, n, incx)]));
        auto got = y;
        Api<T>::axpy(n, scalar(alpha), x.data(), incx, got.data(), incy);
        for (std::size_t i = 0; i < got.size(); ++i)
          ASSERT_TRUE(close(got[i], sums[i], n + 1)) << "axpy n=" << n << " incx=" << incx << " incy=" << incy;
        auto same = y;
        Api<T>::axpy_(&n, &alpha, x.data(), &incx, same.data(), &incy);
        ASSERT_TRUE(same_bits(got, same));

        for (int i = 0; i < n; ++i) want[at(i, n, incy)] = x[at(i, n, incx)];
        got = y;
        Api<T>::copy(n, x.data(), incx, got.data(), incy);
        ASSERT_TRUE(same_bits(got, want)) << "copy n=" << n << " incx=" << incx << " incy=" << incy;
        got = y;
        Api<T>::copy_(&n, x.data(), &incx, got.data(), &incy);
        ASSERT_TRUE(same_bits(got, want));

        want = y;
        for (int i = 0; i < n; ++i) std::swap(xs[at(i, n, incx)], want[at(i, n, incy)]);
        auto gx = x;
        got = y;
        Api<T>::swap(n, gx.data(), incx, got.data(), incy);
        ASSERT_TRUE(same_bits(got, want) && same_bits(gx, xs))
            << "swap n=" << n << " incx=" << incx << " incy=" << incy;
        gx = x, got = y;
        Api<T>::swap_(&n, gx.data(), &incx, got.data(), &incy);
        ASSERT_TRUE(same_bits(got, want) && same_bits(gx, xs));
      }
    }
  }
}

TYPED_TEST(Level1, AxpyByZeroReadsNothing) {
  using T = TypeParam;
  std::vector<T> x(40, nan_of<T>()), y(40, T(1));
  Api<T>::axpy(40, scalar(T(0)), x.data(), 1, y.data(), 1);
  EXPECT_EQ(y, std::vector<T>(40, T(1)));
}

TYPED_TEST(Level1, Scal) {
  using T = TypeParam;
  Random<T> random(7);
  for (int n = -1; n < 70; ++n) {
    for (int inc : {1, 2, 3, 0, -1}) {
      const auto x = random.vector(vector_size(std::max(n, 1), inc));
      const T alpha = random.number();
      auto got = x, same = x;
      Api<T>::scal(n, scalar(alpha), got.data(), inc);
      Api<T>::scal_(&n, &alpha, same.data(), &inc);
      ASSERT_TRUE(same_bits(got, same));
      auto rest = got;
      for (int i = 0; inc > 0 && i < n; ++i) {
        Element<T> want;
        want.add(wide(alpha) * wide(x[at(i, n, inc)]));
        ASSERT_TRUE(close(got[at(i, n, inc)], want, 1)) << "n=" << n << " inc=" << inc;
        rest[at(i, n, inc)] = x[at(i, n, inc)];
      }
      ASSERT_TRUE(same_bits(rest, x)) << "n=" << n << " inc=" << inc;
    }
  }
}

TYPED_TEST(Level1, ScalByZeroKeepsNan) {
  using T = TypeParam;
  const auto inf = std::numeric_limits<RealOf<T>>::infinity();
  for (int inc : {1, 2}) {
    std::vector<T> x(40, T(1));
    x[4] = nan_of<T>(), x[6] = T(inf);
    Api<T>::scal(20, scalar(T(0)), x.data(), inc);
    EXPECT_TRUE(is_nan(x[4]));
    EXPECT_TRUE(is_nan(x[6]));
    EXPECT_EQ(x[0], T(0));
    EXPECT_EQ(x[8], T(0));
  }
}

TEST(Level1Mixed, RealTimesComplex) {
  Random<c32> random(8);
  for (int n : {0, 1, 5, 40}) {
    for (int inc : {1, 3, -1}) {
      auto x = random.vector(vector_size(std::max(n, 1), inc)), want = x, same = x;
      for (int i = 0; inc > 0 && i < n; ++i) want[i * inc] = {2.5f * want[i * inc].real(), 2.5f * want[i * inc].imag()};
      const float alpha = 2.5f;
      cblas_csscal(n, alpha, x.data(), inc);
      csscal_(&n, &alpha, same.data(), &inc);
      ASSERT_TRUE(same_bits(x, want) && same_bits(same, want)) << "n=" << n << " inc=" << inc;
    }
  }
  c64 z[2] = {{1, 2}, {3, std::numeric_limits<double>::infinity()}};
  const int two = 2, one = 1;
  const double half = 0.5;
  zdscal_(&two, &half, z, &one);
  EXPECT_EQ(z[0], c64(0.5, 1));
  EXPECT_EQ(z[1], c64(1.5, std::numeric_limits<double>::infinity()));
  cblas_zdscal(1, 4.0, z, 1);
  EXPECT_EQ(z[0], c64(2, 4));
}

template <class T>
long double size_of_element(T x) {
  return std::abs(static_cast<long double>(std::real(x))) + std::abs(static_cast<long double>(std::imag(x)));
}

TYPED_TEST(Level1, Norms) {
  using T = TypeParam;
  Random<T> random(9);
  for (int n = -1; n < 140; ++n) {
    for (int inc : kIncrements) {
      const auto x = random.vector(vector_size(std::max(n, 1), inc));
      long double squares = 0, sum = 0;
      for (int i = 0; i < n; ++i) {
        const T e = x[at(i, n, inc)];
        squares += std::norm(wide(e));
        if (inc > 0) sum += size_of_element(e);
      }
      const long double eps = std::numeric_limits<RealOf<T>>::epsilon();
      const auto norm = Api<T>::nrm2(n, x.data(), inc), abs_sum = Api<T>::asum(n, x.data(), inc);
      ASSERT_TRUE(near(norm, std::sqrt(squares), eps * (n + 4) * std::sqrt(squares)))
          << "nrm2 n=" << n << " inc=" << inc;
      ASSERT_TRUE(near(abs_sum, sum, eps * (n + 4) * sum)) << "asum n=" << n << " inc=" << inc;
      ASSERT_EQ(norm, Api<T>::nrm2_(&n, x.data(), &inc));
      ASSERT_EQ(abs_sum, Api<T>::asum_(&n, x.data(), &inc));
    }
  }
}

TYPED_TEST(Level1, NormOfExtremeValues) {
  using T = TypeParam;
  using R = RealOf<T>;
  using Limits = std::numeric_limits<R>;
  const long double eps = Limits::epsilon();
  for (R value : {Limits::max() / 1024, Limits::min() * 4, Limits::denorm_min() * 1024, R(1)}) {
    for (int n : {1, 3, 31, 32, 200}) {
      for (int inc : {1, 2}) {
        std::vector<T> x(vector_size(n, inc), T(value));
        const long double want = std::sqrt(static_cast<long double>(n)) * value;
        const long double rounding = std::max(8 * eps * want, static_cast<long double>(Limits::denorm_min()));
        ASSERT_TRUE(near(Api<T>::nrm2(n, x.data(), inc), want, rounding)) << "n=" << n << " value=" << value;
      }
    }
  }
  std::vector<T> x(50, T(Limits::max() / 1024));
  x[20] = T(Limits::denorm_min());
  EXPECT_NEAR(Api<T>::nrm2(50, x.data(), 1) / Limits::max(), 7.0 / 1024, 1e-5);
  x[30] = T(Limits::infinity());
  EXPECT_EQ(Api<T>::nrm2(50, x.data(), 1), Limits::infinity());
  x[10] = nan_of<T>();
  EXPECT_TRUE(std::isnan(Api<T>::nrm2(50, x.data(), 1)));
  EXPECT_TRUE(std::isnan(Api<T>::asum(50, x.data(), 1)));
  std::vector<T> zeros(50, T(0));
  EXPECT_EQ(Api<T>::nrm2(50, zeros.data(), 1), R(0));
  zeros[33] = nan_of<T>();
  EXPECT_TRUE(std::isnan(Api<T>::nrm2(50, zeros.data(), 1)));
}

TYPED_TEST(Level1, Iamax) {
  using T = TypeParam;
  Random<T> random(10);
  for (int n = -1; n < 100; ++n) {
    for (int inc : {1, 2, 0, -1}) {
      auto x = random.vector(vector_size(std::max(n, 1), inc));
      // Equal largest elements: the first one counts.
      for (int i = 0; inc > 0 && i + 10 < n; i += 10) x[i * inc] = T(4);
      int want = 0;
      for (int i = 1; inc > 0 && i < n; ++i) {
        const auto size = [&](int e) { return std::abs(std::real(x[e * inc])) + std::abs(std::imag(x[e * inc])); };
        if (size(i) > size(want)) want = i;
      }
      ASSERT_EQ(Api<T>::iamax(n, x.data(), inc), std::size_t(want)) << "n=" << n << " inc=" << inc;
      ASSERT_EQ(Api<T>::iamax_(&n, x.data(), &inc), n <= 0 || inc <= 0 ? 0 : want + 1) << "n=" << n << " inc=" << inc;
    }
  }
  std::vector<T> x(70, T(1));
  x[30] = nan_of<T>(), x[50] = T(-3);
  EXPECT_EQ(Api<T>::iamax(70, x.data(), 1), 50u);
  x[0] = nan_of<T>();
  EXPECT_EQ(Api<T>::iamax(70, x.data(), 1), 0u);
}

TEST(BlasThreads, CountIsSetAndReturned) {
  const int before = blas_get_num_threads();
  EXPECT_GE(before, 1);
  blas_set_num_threads(3);
  EXPECT_EQ(blas_get_num_threads(), 3);
  blas_set_num_threads(0);
  EXPECT_EQ(blas_get_num_threads(), before);
  blas_set_num_threads(-4);
  EXPECT_EQ(blas_get_num_threads(), before);
}

}  // namespace
