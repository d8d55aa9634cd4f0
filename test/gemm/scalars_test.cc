// alpha, beta, NaN and Inf: what is read and what is not.
#include <cmath>
#include <limits>
#include <vector>

#include "gemm/gemm.h"
#include "support/gemm_case.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

constexpr DType kTypes[] = {DType::f32, DType::f64, DType::c32, DType::c64};
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

// A and B are addresses that fault when they are read.
template <class T>
void without_operands(DType type, double alpha, double beta, index_t k, index_t m = 5, index_t n = 4) {
  const index_t per = is_complex(type) ? 2 : 1;
  const T a[2] = {static_cast<T>(alpha), 0}, b[2] = {static_cast<T>(beta), 0};
  std::vector<T> c(static_cast<std::size_t>((n + 2) * m * per), beta == 0 ? static_cast<T>(kNan) : T(3));
  T* const fault = reinterpret_cast<T*>(16);
  gemm({type, false, false, m, n, k, a, fault, k, 1, fault, n, 1, b, c.data(), n + 2, 1});
  for (index_t i = 0; i < m; ++i)
    for (index_t j = 0; j < n * per; ++j)
      ASSERT_EQ(c[i * (n + 2) * per + j], static_cast<T>(beta) * T(beta == 0 ? 0 : 3));
}

TEST(GemmScalars, AlphaZeroOrNoKReadsNeitherAnorB) {
  for (const DType type : kTypes) {
    set_current_case(std::string("alpha = 0 or k = 0, ") + name_of(type));
    for (const double beta : {0.0, 1.0, -2.5}) {
      if (real_of(type) == DType::f32) {
        without_operands<float>(type, 0, beta, 7);
        without_operands<float>(type, 0, beta, 4, 88, 102);  // few steps of k
        without_operands<float>(type, 1, beta, 0);
      } else {
        without_operands<double>(type, 0, beta, 7);
        without_operands<double>(type, 0, beta, 4, 88, 102);
        without_operands<double>(type, 1, beta, 0);
      }
    }
  }
}

TEST(GemmScalars, NoRowsOrColumnsTouchesNothing) {
  const float one = 1;
  float* const fault = reinterpret_cast<float*>(16);
  gemm({DType::f32, false, false, 0, 5, 5, &one, fault, 5, 1, fault, 5, 1, &one, fault, 5, 1});
  gemm({DType::f32, false, false, 5, 0, 5, &one, fault, 5, 1, fault, 5, 1, &one, fault, 5, 1});
}

TEST(GemmScalars, BetaZeroOverwritesNan) {
  Random r(test_seed());
  for (const Isa isa : runnable_isas()) {
    for (const DType type : kTypes) {
      for (const index_t size : {1, 6, 40, 130}) {
        GemmCase c = random_case(r, type, isa, size, size + 1, size + 2);
        c.beta_re = c.beta_im = 0;
        c.nan_c = true;
        EXPECT_TRUE(check_gemm(c));
      }
    }
  }
}

// One NaN or Inf in A reaches its row of C and no other; in B its column.
TEST(GemmScalars, NanAndInfStayInTheirRowAndColumn) {
  for (const Isa isa : runnable_isas()) {
    for (const auto& [m, n, k] : {std::array<index_t, 3>{5, 6, 7}, {1, 40, 30}, {40, 1, 30}, {70, 80, 90}}) {
      for (const double bad : {kNan, kInf, -kInf}) {
        for (const double alpha : {1.0, 0.5, -1.0}) {
          std::vector<double> a(m * k, 1.0), b(k * n, 2.0), c(m * n, 3.0);
          a[(m / 2) * k + k / 2] = bad;
          b[(k / 3) * n + n / 2] = bad;
          const double beta = 1;
          GemmSettings settings;
          settings.isa = find_isa(isa);
          gemm({DType::f64, false, false, m, n, k, &alpha, a.data(), k, 1, b.data(), n, 1, &beta, c.data(), n, 1},
               settings);
          for (index_t i = 0; i < m; ++i)
            for (index_t j = 0; j < n; ++j) {
              const bool reached = i == m / 2 || j == n / 2;
              const double want = reached ? alpha * bad : 3.0 + alpha * 2.0 * static_cast<double>(k);
              if (std::isnan(want)) {
                ASSERT_TRUE(std::isnan(c[i * n + j]));
              } else {
                ASSERT_EQ(c[i * n + j], want) << isa_info(isa).name << " row " << i << " column " << j;
              }
            }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tessera::test
