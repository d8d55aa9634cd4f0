// Against extended precision with the bound of the theory, and against Eigen: opinions that share nothing with the
// chain oracle. gamma_n = n u / (1 - n u) bounds a sum of products of n roundings (N. Higham, "Accuracy and Stability
// of Numerical Algorithms", chapter 3).
#include <complex>
#include <vector>

#if defined(TESSERA_HAVE_EIGEN)
#include <Eigen/Core>
#endif

#include "gemm/gemm.h"
#include "reference/gemm_chain.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

template <class T>
class BoundTest : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(BoundTest, Types);

constexpr index_t kSizes[][3] = {{1, 1, 1}, {1, 40, 200}, {40, 1, 200}, {33, 29, 300}, {4, 4, 2000}, {64, 64, 64}};

TYPED_TEST(BoundTest, RealWithinTheBound) {
  using T = TypeParam;
  Random r(test_seed());
  for (const Isa isa : runnable_isas()) {
    for (const auto& [m, n, k] : kSizes) {
      std::vector<T> a(m * k), b(k * n), c(m * n);
      r.fill(a.data(), m * k), r.fill(b.data(), k * n), r.fill(c.data(), m * n);
      const T alpha = static_cast<T>(1.37), beta = static_cast<T>(-0.43);
      std::vector<long double> value(c.size()), magnitude(c.size());
      for (std::size_t i = 0; i < c.size(); ++i) value[i] = static_cast<long double>(beta) * c[i];
      exact(m, n, k, a.data(), b.data(), value.data(), magnitude.data());
      for (std::size_t i = 0; i < c.size(); ++i) {
        const long double old = static_cast<long double>(beta) * c[i], product = value[i] - old;
        value[i] = old + static_cast<long double>(alpha) * product;
        magnitude[i] = std::abs(old) + std::abs(static_cast<long double>(alpha)) * (magnitude[i] - std::abs(old));
      }
      GemmSettings settings;
      settings.isa = find_isa(isa);
      gemm({DTypeOf<T>::value, false, false, m, n, k, &alpha, a.data(), k, 1, b.data(), n, 1, &beta, c.data(), n, 1},
           settings);
      // One rounding of alpha * a, one of each product where there is no FMA, one of each sum.
      const long double bound = gamma_bound<T>(k + 2);
      for (std::size_t i = 0; i < c.size(); ++i)
        ASSERT_LE(std::abs(c[i] - value[i]), bound * magnitude[i])
            << isa_info(isa).name << " " << m << " " << n << " " << k;
    }
  }
}

TYPED_TEST(BoundTest, ComplexWithinTheBound) {
  using T = TypeParam;
  Random r(test_seed() + 1);
  const DType type = DTypeOf<T>::value == DType::f32 ? DType::c32 : DType::c64;
  using Wide = std::complex<long double>;
  for (const Isa isa : runnable_isas()) {
    for (const auto& [m, n, k] : kSizes) {
      std::vector<std::complex<T>> a(m * k), b(k * n), c(m * n);
      for (auto* v : {&a, &b, &c}) r.fill(reinterpret_cast<T*>(v->data()), 2 * static_cast<index_t>(v->size()));
      const std::complex<T> alpha(static_cast<T>(0.7), static_cast<T>(-1.1)),
          beta(static_cast<T>(0.2), static_cast<T>(0.9));
      const std::vector<std::complex<T>> old = c;
      GemmSettings settings;
      settings.isa = find_isa(isa);
      gemm({type, true, false, m, n, k, &alpha, a.data(), k, 1, b.data(), n, 1, &beta, c.data(), n, 1}, settings);
      // As real sums: 2 k products of alpha * a, which carries two roundings, and the two of beta * c.
      const long double bound = gamma_bound<T>(2 * k + 4);
      for (index_t i = 0; i < m; ++i)
        for (index_t j = 0; j < n; ++j) {
          Wide value = Wide(beta) * Wide(old[i * n + j]);
          const auto size = [](Wide x) { return std::abs(x.real()) + std::abs(x.imag()); };
          long double magnitude = size(Wide(beta)) * size(Wide(old[i * n + j]));
          for (index_t p = 0; p < k; ++p) {
            const Wide x = Wide(alpha) * std::conj(Wide(a[i * k + p])), y = Wide(b[p * n + j]);
            value += x * y;
            magnitude += size(Wide(alpha)) * size(Wide(a[i * k + p])) * size(y);
          }
          const Wide error = Wide(c[i * n + j]) - value;
          ASSERT_LE(std::abs(error.real()), bound * magnitude)
              << isa_info(isa).name << " " << m << " " << n << " " << k;
          ASSERT_LE(std::abs(error.imag()), bound * magnitude)
              << isa_info(isa).name << " " << m << " " << n << " " << k;
        }
    }
  }
}

#if defined(TESSERA_HAVE_EIGEN)
template <class T>
using Dense = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

TYPED_TEST(BoundTest, AgreesWithEigen) {
  using T = TypeParam;
  Random r(test_seed() + 2);
  for (const Isa isa : runnable_isas()) {
    for (const auto& [m, n, k] : kSizes) {
      Dense<T> a(m, k), b(k, n), c(m, n);
      r.fill(a.data(), m * k), r.fill(b.data(), k * n);
      const T one = 1, zero = 0;
      GemmSettings settings;
      settings.isa = find_isa(isa);
      gemm({DTypeOf<T>::value, false, false, m, n, k, &one, a.data(), k, 1, b.data(), n, 1, &zero, c.data(), n, 1},
           settings);
      const Dense<T> product = a.lazyProduct(b), magnitude = a.cwiseAbs().lazyProduct(b.cwiseAbs());
      // Both are sums of k products, in orders of their own.
      const T bound = static_cast<T>(2 * gamma_bound<T>(k + 1));
      for (index_t i = 0; i < m; ++i)
        for (index_t j = 0; j < n; ++j) ASSERT_LE(std::abs(c(i, j) - product(i, j)), bound * magnitude(i, j));
    }
  }
}
#endif

}  // namespace
}  // namespace tessera::test
