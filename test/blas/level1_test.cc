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

// The order that kernel/vector_contract.h states, written out for real types: 256 bytes of lanes, halved.
TYPED_TEST(Level1, DotHasTheDocumentedOrder) {
  using T = TypeParam;
  if constexpr (!kComplex<T>) {
    Random<T> random(4);
    for (int n = 1; n < 300; ++n) {
      const auto x = random.vector(n), y = random.vector(n);
      constexpr int kLanes = 256 / sizeof(T);
      T lane[kLanes] = {};
      for (int i = 0; i < n; ++i) {
        const volatile T product = x[i] * y[i];
        lane[i % kLanes] += product;
      }
      for (int h = kLanes / 2; h >= 1; h /= 2)
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

// ---- long vectors: pieces, threads, quarters ---------------------------------------------------------------------

// Every result on one thread and on three, contiguous and strided, to the bit.
template <class T>
std::vector<RealOf<T>> long_results(const std::vector<T>& x, const std::vector<T>& y, int n, int inc) {
  using R = RealOf<T>;
  std::vector<R> all;
  const T dot = dot_cblas(n, x.data(), inc, y.data(), inc, true);
  all.insert(all.end(), {std::real(dot), std::imag(dot), Api<T>::nrm2(n, x.data(), inc), Api<T>::asum(n, x.data(), inc),
                         Api<T>::sum(n, x.data(), inc), static_cast<R>(Api<T>::iamax(n, x.data(), inc)),
                         static_cast<R>(Api<T>::iamin(n, x.data(), inc))});
  auto a = x, b = y;
  Api<T>::axpy(n, scalar(T(R(0.75))), a.data(), inc, b.data(), inc);
  Api<T>::scal(n, scalar(T(R(-0.5))), a.data(), inc);
  Api<T>::rot(n, a.data(), inc, b.data(), inc, R(0.6), R(0.8));
  Api<T>::swap(n, a.data(), inc, b.data(), inc);
  Api<T>::axpby(n, scalar(T(R(0.25))), a.data(), inc, scalar(T(R(0.5))), b.data(), inc);
  std::vector<T> c(a.size());
  Api<T>::copy(n, b.data(), inc, c.data(), inc);
  for (int i = 0; i < n; ++i)
    all.insert(all.end(), {std::real(a[i * inc]), std::imag(a[i * inc]), std::real(c[i * inc]), std::imag(c[i * inc])});
  return all;
}

TYPED_TEST(Level1, LongVectorsHaveTheSameBitsOnAnyThreads) {
  using T = TypeParam;
  Random<T> random(11);
  // Pieces of 256 KiB, the last one short; and beyond 16 MiB, where quarters are walked at once.
  for (const int n : {static_cast<int>((3 << 18) / sizeof(T)) + 77, static_cast<int>((17 << 20) / sizeof(T)) + 5}) {
    const auto x = random.vector(n), y = random.vector(n);
    blas_set_num_threads(1);
    const auto one = long_results(x, y, n, 1);
    blas_set_num_threads(3);
    const auto three = long_results(x, y, n, 1);
    ASSERT_TRUE(same_bits(one, three)) << "n=" << n;
    std::vector<T> sx(2 * std::size_t(n)), sy(2 * std::size_t(n));
    for (int i = 0; i < n; ++i) sx[2 * i] = x[i], sy[2 * i] = y[i];
    const auto strided = long_results(sx, sy, n, 2);
    blas_set_num_threads(0);
    ASSERT_TRUE(same_bits(one, strided)) << "n=" << n << ", every second element";

    Element<T> dot;
    long double sum = 0;
    for (int i = 0; i < n; ++i) {
      dot.add(conj_if<T>(true, wide(x[i])) * wide(y[i]));
      sum += size_of_element(x[i]);
    }
    // Lanes and pieces add up few terms each.
    ASSERT_TRUE(close(dot_cblas(n, x.data(), 1, y.data(), 1, true), dot, 3000)) << "n=" << n;
    const long double eps = std::numeric_limits<RealOf<T>>::epsilon();
    ASSERT_TRUE(near(Api<T>::asum(n, x.data(), 1), sum, eps * 3000 * sum)) << "n=" << n;
  }
}

TYPED_TEST(Level1, PositionsInLongVectors) {
  using T = TypeParam;
  const int n = static_cast<int>((3 << 18) / sizeof(T)) + 77, piece = static_cast<int>((1 << 18) / sizeof(T));
  for (const int at : {0, piece - 1, piece, piece + 1, 2 * piece + 100, n - 1}) {
    for (const int inc : {1, 2}) {
      std::vector<T> x(std::size_t(inc) * n, T(1));
      x[std::size_t(inc) * at] = T(-2);
      // NaN at the beginning of a piece is not the beginning of the vector.
      for (const int nan : {piece, 2 * piece})
        if (nan != at) x[std::size_t(inc) * nan] = nan_of<T>();
      EXPECT_EQ(Api<T>::iamax(n, x.data(), inc), std::size_t(at)) << "inc=" << inc;
      x[std::size_t(inc) * at] = T(RealOf<T>(0.5));
      EXPECT_EQ(Api<T>::iamin(n, x.data(), inc), std::size_t(at)) << "inc=" << inc;
      EXPECT_EQ(Api<T>::amin(n, x.data(), inc), RealOf<T>(0.5));
      x[0] = nan_of<T>();
      EXPECT_EQ(Api<T>::iamax(n, x.data(), inc), 0u);
    }
  }
}

// ---- sums and extremes that reference BLAS lacks -------------------------------------------------------------------

TYPED_TEST(Level1, SumAndExtremeValues) {
  using T = TypeParam;
  using R = RealOf<T>;
  Random<T> random(12);
  for (int n = -1; n < 140; ++n) {
    for (int inc : {1, 2, 0, -1}) {
      const auto x = random.vector(vector_size(std::max(n, 1), inc));
      long double sum = 0, magnitude = 0;
      R largest = 0, smallest = 0;
      int at = 0;
      for (int i = 0; inc > 0 && i < n; ++i) {
        const T e = x[i * inc];
        sum += static_cast<long double>(std::real(e)) + std::imag(e);
        magnitude += size_of_element(e);
        const R size = std::abs(std::real(e)) + std::abs(std::imag(e));
        if (i == 0 || size > largest) largest = size;
        if (i == 0 || size < smallest) smallest = size, at = i;
      }
      const long double eps = std::numeric_limits<R>::epsilon();
      ASSERT_TRUE(near(Api<T>::sum(n, x.data(), inc), sum, eps * (n + 4) * magnitude)) << "n=" << n << " inc=" << inc;
      ASSERT_EQ(Api<T>::amax(n, x.data(), inc), largest) << "n=" << n << " inc=" << inc;
      ASSERT_EQ(Api<T>::amin(n, x.data(), inc), smallest) << "n=" << n << " inc=" << inc;
      ASSERT_EQ(Api<T>::iamin(n, x.data(), inc), std::size_t(at)) << "n=" << n << " inc=" << inc;
      ASSERT_EQ(Api<T>::iamin_(&n, x.data(), &inc), n <= 0 || inc <= 0 ? 0 : at + 1);
      ASSERT_EQ(Api<T>::sum(n, x.data(), inc), Api<T>::sum_(&n, x.data(), &inc));
      ASSERT_EQ(Api<T>::amax(n, x.data(), inc), Api<T>::amax_(&n, x.data(), &inc));
      ASSERT_EQ(Api<T>::amin(n, x.data(), inc), Api<T>::amin_(&n, x.data(), &inc));
    }
  }
}

TYPED_TEST(Level1, Axpby) {
  using T = TypeParam;
  Random<T> random(13);
  for (int n = -1; n < 70; ++n) {
    for (int incx : {1, 2, -1}) {
      for (int incy : {1, 3, -1}) {
        for (const T beta : {T(0), random.number()}) {
          for (const T alpha : {T(0), random.number()}) {
            const int size = std::max(n, 1);
            auto x = random.vector(vector_size(size, incx)), y = random.vector(vector_size(size, incy));
            // What is multiplied by 0 is not read.
            if (alpha == T(0)) x.assign(x.size(), nan_of<T>());
            auto got = y;
            if (beta == T(0)) got.assign(y.size(), nan_of<T>());
            auto same = got;
            Api<T>::axpby(n, scalar(alpha), x.data(), incx, scalar(beta), got.data(), incy);
            Api<T>::axpby_(&n, &alpha, x.data(), &incx, &beta, same.data(), &incy);
            for (int i = 0; i < n; ++i) {
              Element<T> want;
              if (alpha != T(0)) want.add(wide(alpha) * wide(x[at(i, n, incx)]));
              if (beta != T(0)) want.add(wide(beta) * wide(y[at(i, n, incy)]));
              ASSERT_TRUE(close(got[at(i, n, incy)], want, 2)) << "n=" << n << " incx=" << incx << " incy=" << incy;
              ASSERT_EQ(got[at(i, n, incy)], same[at(i, n, incy)]);
            }
          }
        }
      }
    }
  }
}

TEST(Level1Mixed, DotsInDouble) {
  Random<float> random(14);
  for (int n = -1; n < 200; ++n) {
    for (int incx : kIncrements) {
      for (int incy : {1, -2}) {
        const int size = std::max(n, 1);
        const auto x = random.vector(vector_size(size, incx)), y = random.vector(vector_size(size, incy));
        long double want = 0, magnitude = 0;
        for (int i = 0; i < n; ++i) {
          const long double p = static_cast<long double>(x[at(i, n, incx)]) * y[at(i, n, incy)];
          want += p, magnitude += std::abs(p);
        }
        const double got = cblas_dsdot(n, x.data(), incx, y.data(), incy);
        ASSERT_TRUE(near(got, want, std::numeric_limits<double>::epsilon() * (n + 2) * magnitude)) << "n=" << n;
        ASSERT_EQ(got, dsdot_(&n, x.data(), &incx, y.data(), &incy));
        const float b = 0.25f, sum = cblas_sdsdot(n, b, x.data(), incx, y.data(), incy);
        ASSERT_EQ(sum, static_cast<float>(b + got));
        ASSERT_EQ(sum, sdsdot_(&n, &b, x.data(), &incx, y.data(), &incy));
      }
    }
  }
}

TEST(Level1Mixed, MagnitudeOfOneNumber) {
  const c32 a(-3, 4);
  const c64 b(3, -4.5);
  EXPECT_EQ(cblas_scabs1(&a), 7.0f);
  EXPECT_EQ(cblas_dcabs1(&b), 7.5);
  EXPECT_EQ(scabs1_(&a), 7.0f);
  EXPECT_EQ(dcabs1_(&b), 7.5);
}

// ---- rotations ----------------------------------------------------------------------------------------------------

TYPED_TEST(Level1, Rot) {
  using T = TypeParam;
  using R = RealOf<T>;
  Random<T> random(15);
  const R c = R(0.28), s = R(0.96);
  for (int n = -1; n < 70; ++n) {
    for (int incx : {1, 2, -1}) {
      for (int incy : {1, 3, -1}) {
        const int size = std::max(n, 1);
        const auto x = random.vector(vector_size(size, incx)), y = random.vector(vector_size(size, incy));
        auto gx = x, gy = y, fx = x, fy = y;
        Api<T>::rot(n, gx.data(), incx, gy.data(), incy, c, s);
        Api<T>::rot_(&n, fx.data(), &incx, fy.data(), &incy, &c, &s);
        ASSERT_TRUE(same_bits(gx, fx) && same_bits(gy, fy));
        auto rest_x = gx, rest_y = gy;
        for (int i = 0; i < n; ++i) {
          const auto a = at(i, n, incx), b = at(i, n, incy);
          Element<T> want_x, want_y;
          want_x.add(Wide<T>(c) * wide(x[a])), want_x.add(Wide<T>(s) * wide(y[b]));
          want_y.add(Wide<T>(c) * wide(y[b])), want_y.add(Wide<T>(-s) * wide(x[a]));
          ASSERT_TRUE(close(gx[a], want_x, 2)) << "n=" << n << " incx=" << incx << " incy=" << incy;
          ASSERT_TRUE(close(gy[b], want_y, 2)) << "n=" << n << " incx=" << incx << " incy=" << incy;
          rest_x[a] = x[a], rest_y[b] = y[b];
        }
        ASSERT_TRUE(same_bits(rest_x, x) && same_bits(rest_y, y));
      }
    }
  }
}

template <class R>
class Rotations : public ::testing::Test {};
using RealTypes = ::testing::Types<float, double>;
TYPED_TEST_SUITE(Rotations, RealTypes);

// Magnitudes whose squares overflow, underflow, or are lost beside another's.
template <class R>
std::vector<R> magnitudes() {
  using L = std::numeric_limits<R>;
  return {R(0),  L::denorm_min() * 64,    L::min(),     std::sqrt(L::min()), R(1e-3), R(1),
          R(37), std::sqrt(L::max()) * 2, L::max() / 16};
}

TYPED_TEST(Rotations, RealRotg) {
  using R = TypeParam;
  const long double eps = std::numeric_limits<R>::epsilon(), tiny = std::numeric_limits<R>::denorm_min();
  for (const R fa : magnitudes<R>()) {
    for (const R fb : magnitudes<R>()) {
      for (int signs = 0; signs < 4; ++signs) {
        const R a0 = signs & 1 ? -fa : fa, b0 = signs & 2 ? -fb : fb;
        R a = a0, b = b0, c, s;
        Api<R>::rotg(&a, &b, &c, &s);
        const long double r = std::hypot(static_cast<long double>(a0), static_cast<long double>(b0));
        ASSERT_TRUE(near(std::abs(a), r, 4 * eps * r + tiny)) << a0 << " " << b0;
        ASSERT_TRUE(
            near(static_cast<long double>(c) * a0 + static_cast<long double>(s) * b0, a, 8 * eps * r + 2 * tiny))
            << a0 << " " << b0;
        ASSERT_TRUE(near(static_cast<long double>(c) * c + static_cast<long double>(s) * s, 1,
                         8 * eps + 4 * tiny / (r == 0 ? 1 : r)));
        // z tells c and s again.
        if (b == R(1)) {
          ASSERT_EQ(c, R(0));
        } else if (std::abs(b) < 1) {
          ASSERT_EQ(s, b);
        } else {
          ASSERT_TRUE(near(1 / static_cast<long double>(b), c, 4 * eps));
        }
      }
    }
  }
}

TYPED_TEST(Rotations, ComplexRotg) {
  using R = TypeParam;
  using T = std::complex<R>;
  using W = std::complex<long double>;
  const long double eps = std::numeric_limits<R>::epsilon(), tiny = std::numeric_limits<R>::denorm_min();
  for (const R fa : magnitudes<R>()) {
    for (const R fb : magnitudes<R>()) {
      for (const T phase : {T(1, 0), T(0, -1), T(R(0.6), R(0.8))}) {
        const T a0 = fa * phase, b0(fb * R(0.5), fb * R(-0.75));
        T a = a0, s;
        const T b = b0;
        R c;
        Api<T>::rotg(&a, const_cast<T*>(&b), &c, &s);
        const W f(a0), g(b0);
        const long double r = std::hypot(std::abs(f), std::abs(g));
        ASSERT_TRUE(near(std::abs(W(a)), r, 10 * eps * r + 4 * tiny)) << a0 << " " << b0;
        ASSERT_TRUE(std::abs(static_cast<long double>(c) * f + W(s) * g - W(a)) <= 16 * eps * r + 8 * tiny)
            << a0 << " " << b0;
        ASSERT_TRUE(std::abs(static_cast<long double>(c) * g - std::conj(W(s)) * f) <= 16 * eps * r + 8 * tiny)
            << a0 << " " << b0;
        ASSERT_EQ(b, b0);
      }
    }
  }
}

// H of param, in full.
template <class R>
void unpack(const R* param, R (&h)[2][2]) {
  h[0][0] = param[0] == 0 || param[0] == -2 ? R(1) : param[1];
  h[1][0] = param[0] == 1 ? R(-1) : param[0] == -2 ? R(0) : param[2];
  h[0][1] = param[0] == 1 ? R(1) : param[0] == -2 ? R(0) : param[3];
  h[1][1] = param[0] == 0 || param[0] == -2 ? R(1) : param[4];
}

TYPED_TEST(Rotations, RotmgAndRotm) {
  using R = TypeParam;
  const long double eps = std::numeric_limits<R>::epsilon();
  Random<R> random(16);
  for (int round = 0; round < 4000; ++round) {
    const R scale = R(std::ldexp(1.0, random.integer(-30, 30)));
    const R d1_0 = std::abs(random.number()) * scale, d2_0 = random.number() * (round % 2 ? R(1) : scale);
    const R x0 = random.number(), y0 = random.number();
    R d1 = d1_0, d2 = d2_0, x1 = x0, param[5] = {-5, -5, -5, -5, -5};
    Api<R>::rotmg(&d1, &d2, &x1, y0, param);
    const long double q1 = static_cast<long double>(d1_0) * x0 * x0, q2 = static_cast<long double>(d2_0) * y0 * y0;
    if (param[0] == -1 && d1 == 0) {  // nothing to rotate by
      ASSERT_LE(q1 + q2, std::abs(q2) * (1 + 8 * eps)) << round;
      continue;
    }
    R h[2][2];
    unpack(param, h);
    // (x, y) := H (x0, y0) has x1 and 0, and the weighted norm stays.
    const long double x = static_cast<long double>(h[0][0]) * x0 + static_cast<long double>(h[0][1]) * y0;
    const long double y = static_cast<long double>(h[1][0]) * x0 + static_cast<long double>(h[1][1]) * y0;
    const long double size =
        std::abs(static_cast<long double>(h[1][0]) * x0) + std::abs(static_cast<long double>(h[1][1]) * y0);
    const long double lost = q2 < 0 ? (q1 - q2) / (q1 + q2) : 1;  // what a difference of weights costs
    ASSERT_TRUE(near(x, x1, 16 * eps * lost * (std::abs(x) + std::abs(static_cast<long double>(h[0][1]) * y0))))
        << round;
    ASSERT_LE(std::abs(y), 16 * eps * size) << round;
    ASSERT_TRUE(near(static_cast<long double>(d1) * x1 * x1, q1 + q2, 32 * eps * lost * (q1 + std::abs(q2)))) << round;
    // Weights of H's columns: H^T D H = D0.
    const long double d00 =
        d1 * static_cast<long double>(h[0][0]) * h[0][0] + d2 * static_cast<long double>(h[1][0]) * h[1][0];
    ASSERT_TRUE(near(d00, d1_0, 32 * eps * lost * lost * std::abs(d1_0))) << round;
    ASSERT_TRUE(d1 == 0 || (std::abs(d1) > R(0x1p-24) && std::abs(d1) < R(0x1p24))) << round;
    ASSERT_TRUE(d2 == 0 || (std::abs(d2) > R(0x1p-24) && std::abs(d2) < R(0x1p24))) << round;

    const int n = round % 40, incx = round % 3 == 0 ? 2 : 1, incy = round % 5 == 0 ? -1 : 1;
    const auto vx = random.vector(vector_size(std::max(n, 1), incx)),
               vy = random.vector(vector_size(std::max(n, 1), incy));
    auto gx = vx, gy = vy, fx = vx, fy = vy;
    Api<R>::rotm(n, gx.data(), incx, gy.data(), incy, param);
    Api<R>::rotm_(&n, fx.data(), &incx, fy.data(), &incy, param);
    ASSERT_TRUE(same_bits(gx, fx) && same_bits(gy, fy));
    for (int i = 0; i < n; ++i) {
      const auto a = at(i, n, incx), b = at(i, n, incy);
      Element<R> want_x, want_y;
      want_x.add(wide(h[0][0]) * wide(vx[a])), want_x.add(wide(h[0][1]) * wide(vy[b]));
      want_y.add(wide(h[1][0]) * wide(vx[a])), want_y.add(wide(h[1][1]) * wide(vy[b]));
      ASSERT_TRUE(close(gx[a], want_x, 2) && close(gy[b], want_y, 2)) << round;
    }
  }
}

TYPED_TEST(Rotations, RotmgOfWhatHasNoRotation) {
  using R = TypeParam;
  R d1 = -1, d2 = 2, x1 = 3, param[5] = {7, 7, 7, 7, 7};
  Api<R>::rotmg(&d1, &d2, &x1, R(4), param);
  EXPECT_EQ(param[0], R(-1));
  EXPECT_TRUE(d1 == 0 && d2 == 0 && x1 == 0 && param[1] == 0 && param[2] == 0 && param[3] == 0 && param[4] == 0);
  d1 = 1, d2 = 2, x1 = 3;
  std::fill(param, param + 5, R(7));
  Api<R>::rotmg(&d1, &d2, &x1, R(0), param);
  EXPECT_TRUE(param[0] == -2 && param[1] == 7 && param[4] == 7 && d1 == 1 && d2 == 2 && x1 == 3);
  std::vector<R> x(9, R(1)), y(9, R(2));
  Api<R>::rotm(9, x.data(), 1, y.data(), 1, param);
  EXPECT_EQ(x, std::vector<R>(9, R(1)));
  EXPECT_EQ(y, std::vector<R>(9, R(2)));
  // Weights that no factor brings into range.
  d1 = std::numeric_limits<R>::infinity(), d2 = 1, x1 = 1;
  Api<R>::rotmg(&d1, &d2, &x1, R(1), param);
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
