// gemv against naive loops, and bit for bit against a column of gemm where that is promised: where columns are added,
// and with TESSERA_GEMV=chain where they are summed.
#include <cstdlib>

#include "oracle.h"

namespace {

template <class T>
class BlasGemv : public ::testing::Test {};
TYPED_TEST_SUITE(BlasGemv, ScalarTypes);

TYPED_TEST(BlasGemv, MatchesNaiveLoops) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 900; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1;
    const char t = random.one_of({'n', 't', 'c', 'N', 'T', 'C'});
    const int limit = seed % 50 == 49 ? 300 : 24;
    const int m = random.integer(0, limit), n = random.integer(0, limit);
    const int lda = std::max(1, row ? n : m) + random.integer(0, 3);
    const int incx = random.one_of({1, 2, -1, -3}), incy = random.one_of({1, 2, -1, -3});
    const int nx = is_trans(t) ? m : n, ny = is_trans(t) ? n : m;
    const auto a = random.vector(std::size_t(lda) * std::max(1, row ? m : n));
    const auto x = random.vector(vector_size(nx, incx));
    auto y = random.vector(vector_size(ny, incy));
    const T alpha = random.one_of({T(0), T(1), random.number()});
    const T beta = random.one_of({T(0), T(1), random.number()});
    if (beta == T(0))
      for (int i = 0; i < ny; ++i) y[at(i, ny, incy)] = nan_of<T>();
    const auto before = y;

    if (fortran)
      Api<T>::gemv_(&t, &m, &n, &alpha, a.data(), &lda, x.data(), &incx, &beta, y.data(), &incy);
    else
      Api<T>::gemv(row ? CblasRowMajor : CblasColMajor, cblas_trans(t), m, n, scalar(alpha), a.data(), lda, x.data(),
                   incx, scalar(beta), y.data(), incy);

    auto outside = y;
    for (int i = 0; m > 0 && n > 0 && i < ny; ++i) {
      Element<T> want;
      if (beta != T(0)) want.add(wide(beta) * wide(before[at(i, ny, incy)]));
      for (int p = 0; alpha != T(0) && p < nx; ++p) {
        const T e = is_trans(t) ? a[at(row, p, i, lda)] : a[at(row, i, p, lda)];
        want.add(wide(alpha) * conj_if<T>(is_conj(t), wide(e)) * wide(x[at(p, nx, incx)]));
      }
      ASSERT_TRUE(close(y[at(i, ny, incy)], want, nx))
          << "seed " << seed << " at " << i << " of " << t << " m=" << m << " n=" << n << " incx=" << incx
          << " incy=" << incy << (row ? " row-major" : "");
      outside[at(i, ny, incy)] = before[at(i, ny, incy)];
    }
    // An empty matrix leaves y alone, beta or not.
    ASSERT_TRUE(same_bits(outside, before)) << "seed " << seed << ": wrote outside y";
  }
}

TYPED_TEST(BlasGemv, SameBitsAsAColumnOfGemm) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    Random<T> random(seed);
    const int m = random.integer(1, 200), k = random.integer(1, 400), n = 17, column = random.integer(0, n - 1);
    const bool trans = std::getenv("TESSERA_GEMV") != nullptr && seed % 2;
    const int incx = random.one_of({1, 2, -1}), incy = random.one_of({1, 3, -2});
    const auto a = random.vector(std::size_t(m) * k), b = random.vector(std::size_t(k) * n);
    auto c = random.vector(std::size_t(m) * n);
    const T alpha = random.number(), beta = random.one_of({T(0), T(1), random.number()});
    std::vector<T> x(vector_size(k, incx)), y(vector_size(m, incy));
    for (int p = 0; p < k; ++p) x[at(p, k, incx)] = b[at(false, p, column, k)];
    for (int i = 0; i < m; ++i) y[at(i, m, incy)] = c[at(false, i, column, m)];
    Api<T>::gemm(CblasColMajor, trans ? CblasTrans : CblasNoTrans, CblasNoTrans, m, n, k, scalar(alpha), a.data(),
                 trans ? k : m, b.data(), k, scalar(beta), c.data(), m);
    Api<T>::gemv(CblasColMajor, trans ? CblasTrans : CblasNoTrans, trans ? k : m, trans ? m : k, scalar(alpha),
                 a.data(), trans ? k : m, x.data(), incx, scalar(beta), y.data(), incy);
    for (int i = 0; i < m; ++i)
      ASSERT_EQ(std::memcmp(&y[at(i, m, incy)], &c[at(false, i, column, m)], sizeof(T)), 0)
          << "seed " << seed << " row " << i << " m=" << m << " k=" << k << ": " << y[at(i, m, incy)] << " and "
          << c[at(false, i, column, m)];
  }
}

}  // namespace
