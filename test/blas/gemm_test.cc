// gemm against naive loops: layouts, transpositions, padding, and what alpha = 0, beta = 0 and NaN do.
#include "oracle.h"

namespace {

template <class T>
class BlasGemm : public ::testing::Test {};
TYPED_TEST_SUITE(BlasGemm, ScalarTypes);

TYPED_TEST(BlasGemm, MatchesNaiveLoops) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1;
    const char ta = random.one_of({'n', 't', 'c', 'N', 'T', 'C'}), tb = random.one_of({'n', 't', 'c', 'N', 'T', 'C'});
    const int limit = seed % 50 == 49 ? 150 : 20;
    const int m = random.integer(0, limit), n = random.integer(0, limit), k = random.integer(0, limit);
    // Extent along the leading dimension of what is stored.
    const auto ld = [&](int rows, int cols, bool trans) {
      return std::max(1, trans == row ? rows : cols) + random.integer(0, 3);
    };
    const int lda = ld(m, k, is_trans(ta)), ldb = ld(k, n, is_trans(tb)), ldc = ld(m, n, false);
    const auto a = random.vector(std::size_t(lda) * std::max(1, std::max(m, k)));
    const auto b = random.vector(std::size_t(ldb) * std::max(1, std::max(k, n)));
    const auto c0 = [&] {
      auto c = random.vector(std::size_t(ldc) * std::max(1, std::max(m, n)));
      return c;
    }();
    const T alpha = random.one_of({T(0), T(1), T(-1), random.number()});
    const T beta = random.one_of({T(0), T(1), T(-1), random.number()});
    auto c = c0;
    if (beta == T(0))
      for (T& x : c) x = nan_of<T>();
    const auto before = c;

    if (fortran)
      Api<T>::gemm_(&ta, &tb, &m, &n, &k, &alpha, a.data(), &lda, b.data(), &ldb, &beta, c.data(), &ldc);
    else
      Api<T>::gemm(row ? CblasRowMajor : CblasColMajor, cblas_trans(ta), cblas_trans(tb), m, n, k, scalar(alpha),
                   a.data(), lda, b.data(), ldb, scalar(beta), c.data(), ldc);

    auto outside = c;
    for (int j = 0; j < n; ++j) {
      for (int i = 0; i < m; ++i) {
        Element<T> want;
        if (beta != T(0)) want.add(wide(beta) * wide(before[at(row, i, j, ldc)]));
        for (int p = 0; alpha != T(0) && p < k; ++p) {
          const T x = is_trans(ta) ? a[at(row, p, i, lda)] : a[at(row, i, p, lda)];
          const T y = is_trans(tb) ? b[at(row, j, p, ldb)] : b[at(row, p, j, ldb)];
          want.add(wide(alpha) * conj_if<T>(is_conj(ta), wide(x)) * conj_if<T>(is_conj(tb), wide(y)));
        }
        ASSERT_TRUE(close(c[at(row, i, j, ldc)], want, k))
            << "seed " << seed << " at " << i << "," << j << " of " << ta << tb << " m=" << m << " n=" << n
            << " k=" << k << " alpha=" << alpha << " beta=" << beta << (row ? " row-major" : "");
        outside[at(row, i, j, ldc)] = before[at(row, i, j, ldc)];
      }
    }
    ASSERT_TRUE(same_bits(outside, before)) << "seed " << seed << ": wrote outside C";
  }
}

// The layout is a matter of strides: it changes no bit.
// Real types: the layout of C decides in which order a complex imaginary part adds its two products.
TYPED_TEST(BlasGemm, LayoutsGiveTheSameBits) {
  using T = TypeParam;
  if (kComplex<T>) GTEST_SKIP() << "not promised for complex types";
  Random<T> random(1);
  const int m = 37, n = 29, k = 83;
  const auto a = random.vector(m * k), b = random.vector(k * n);
  const T alpha = random.number(), beta = T(0);
  std::vector<T> by_columns(m * n), by_rows(m * n), a_rows(m * k), b_rows(k * n);
  for (int i = 0; i < m; ++i)
    for (int p = 0; p < k; ++p) a_rows[at(true, i, p, k)] = a[at(false, i, p, m)];
  for (int p = 0; p < k; ++p)
    for (int j = 0; j < n; ++j) b_rows[at(true, p, j, n)] = b[at(false, p, j, k)];
  Api<T>::gemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, k, scalar(alpha), a.data(), m, b.data(), k,
               scalar(beta), by_columns.data(), m);
  Api<T>::gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, scalar(alpha), a_rows.data(), k, b_rows.data(), n,
               scalar(beta), by_rows.data(), n);
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) ASSERT_EQ(by_columns[at(false, i, j, m)], by_rows[at(true, i, j, n)]) << i << "," << j;
}

TYPED_TEST(BlasGemm, AlphaZeroReadsNoOperand) {
  using T = TypeParam;
  const int m = 5, n = 4, k = 3;
  const std::vector<T> a(m * k, nan_of<T>()), b(k * n, nan_of<T>());
  std::vector<T> c(m * n, T(2));
  Api<T>::gemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, k, scalar(T(0)), a.data(), m, b.data(), k, scalar(T(3)),
               c.data(), m);
  EXPECT_EQ(c, std::vector<T>(m * n, T(6)));
  Api<T>::gemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, k, scalar(T(0)), nullptr, m, nullptr, k, scalar(T(0)),
               c.data(), m);
  EXPECT_EQ(c, std::vector<T>(m * n, T(0)));
  // k = 0 scales C as well.
  c.assign(m * n, T(2));
  Api<T>::gemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, 0, scalar(T(1)), nullptr, m, nullptr, k, scalar(T(3)),
               c.data(), m);
  EXPECT_EQ(c, std::vector<T>(m * n, T(6)));
}

TYPED_TEST(BlasGemm, NanPropagates) {
  using T = TypeParam;
  const int n = 9;
  std::vector<T> a(n * n, T(0)), b(n * n, T(0)), c(n * n, T(1));
  a[at(false, 2, 4, n)] = nan_of<T>();
  c[at(false, 7, 7, n)] = nan_of<T>();
  Api<T>::gemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, scalar(T(1)), a.data(), n, b.data(), n, scalar(T(1)),
               c.data(), n);
  for (int j = 0; j < n; ++j)
    for (int i = 0; i < n; ++i) EXPECT_EQ(is_nan(c[at(false, i, j, n)]), i == 2 || (i == 7 && j == 7)) << i << "," << j;
}

}  // namespace
