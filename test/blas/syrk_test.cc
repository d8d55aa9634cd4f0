// syrk: bit for bit the triangle of gemm, the other triangle untouched.
#include "oracle.h"

namespace {

template <class T>
class BlasSyrk : public ::testing::Test {};
TYPED_TEST_SUITE(BlasSyrk, ScalarTypes);

TYPED_TEST(BlasSyrk, IsTheTriangleOfGemm) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 240; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1;
    const char t = random.one_of({'n', 't', kComplex<T> ? 'T' : 'c', 'N'}), uplo = random.one_of({'u', 'L'});
    const bool upper = uplo == 'u', trans = is_trans(t);
    // Sizes on both sides of the blocks along the diagonal.
    const int n = seed % 8 == 7 ? random.integer(40, 280) : random.integer(0, 30), k = random.integer(0, 40);
    const int lda = std::max(1, trans == row ? n : k) + random.integer(0, 3),
              ldc = std::max(1, n) + random.integer(0, 3);
    // One complex element does not tell its layout when ldc is 1 (docs/numerics.md).
    if (kComplex<T> && n == 1) continue;
    const auto a = random.vector(std::size_t(lda) * std::max(1, std::max(n, k)));
    auto c = random.vector(std::size_t(ldc) * std::max(1, n));
    const T alpha = random.one_of({T(0), T(1), random.number()});
    const T beta = random.one_of({T(0), T(1), random.number()});
    if (beta == T(0))
      for (T& x : c) x = nan_of<T>();
    const auto before = c;
    auto want = c;

    const CBLAS_LAYOUT layout = row ? CblasRowMajor : CblasColMajor;
    if (fortran)
      Api<T>::syrk_(&uplo, &t, &n, &k, &alpha, a.data(), &lda, &beta, c.data(), &ldc);
    else
      Api<T>::syrk(layout, upper ? CblasUpper : CblasLower, cblas_trans(t), n, k, scalar(alpha), a.data(), lda,
                   scalar(beta), c.data(), ldc);

    Api<T>::gemm(layout, trans ? CblasTrans : CblasNoTrans, trans ? CblasNoTrans : CblasTrans, n, n, k, scalar(alpha),
                 a.data(), lda, a.data(), lda, scalar(beta), want.data(), ldc);
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i)
        if (upper ? i > j : i < j) want[at(row, i, j, ldc)] = before[at(row, i, j, ldc)];
    ASSERT_TRUE(same_bits(c, want)) << "seed " << seed << " " << uplo << t << " n=" << n << " k=" << k
                                    << " alpha=" << alpha << " beta=" << beta << (row ? " row-major" : "");
  }
}

}  // namespace
