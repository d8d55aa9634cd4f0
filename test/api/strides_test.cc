// The rule about C's strides against a count of the elements' addresses, and the calls it lets through against a plain
// loop.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "calls.h"

namespace tessera::test {
namespace {

bool distinct(tsr_index m, tsr_index n, tsr_index rs, tsr_index cs) {
  std::set<tsr_index> seen;
  for (tsr_index i = 0; i < m; ++i)
    for (tsr_index j = 0; j < n; ++j)
      if (!seen.insert(i * rs + j * cs).second) return false;
  return true;
}

// Small integers: exact, so any order of the sums gives the same.
TEST(Strides, OfCRefusedExactlyWhenElementsCoincide) {
  constexpr tsr_index kMost = 7, kStride = 9, kK = 3;
  constexpr tsr_index kReach = 2 * (kMost - 1) * kStride;
  std::vector<float> a(kMost * kK), b(kK * kMost);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 5) - 2;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 7) - 3;
  std::vector<float> c(2 * kReach + 1);
  int refused = 0, accepted = 0;
  for (tsr_index m = 1; m <= kMost; ++m)
    for (tsr_index n = 1; n <= kMost; ++n)
      for (tsr_index rs = -kStride; rs <= kStride; ++rs)
        for (tsr_index cs = -kStride; cs <= kStride; ++cs) {
          for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<float>(i);
          Call<float> call;
          call.m = m, call.n = n, call.k = kK;
          call.a = a.data(), call.a_rs = kK, call.a_cs = 1;
          call.b = b.data(), call.b_rs = kMost, call.b_cs = 1;
          call.beta = 1.0f;
          call.c = c.data() + kReach, call.c_rs = rs, call.c_cs = cs;
          const tsr_status status = run(call);
          std::vector<float> expected(c.size());
          for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = static_cast<float>(i);
          if (distinct(m, n, rs, cs)) {
            ++accepted;
            ASSERT_EQ(status, TSR_OK) << "m=" << m << " n=" << n << " c_rs=" << rs << " c_cs=" << cs;
            for (tsr_index i = 0; i < m; ++i)
              for (tsr_index j = 0; j < n; ++j)
                for (tsr_index p = 0; p < kK; ++p)
                  expected[static_cast<std::size_t>(kReach + i * rs + j * cs)] += a[i * kK + p] * b[p * kMost + j];
          } else {
            ++refused;
            ASSERT_TRUE(status == -14 || status == -15) << "m=" << m << " n=" << n << " c_rs=" << rs << " c_cs=" << cs;
            if (std::abs(rs) > std::abs(cs) && cs != 0) {
              ASSERT_EQ(status, -14);
            }
            if (std::abs(cs) > std::abs(rs) && rs != 0) {
              ASSERT_EQ(status, -15);
            }
          }
          ASSERT_EQ(c, expected) << "m=" << m << " n=" << n << " c_rs=" << rs << " c_cs=" << cs;
        }
  EXPECT_GT(refused, 1000);
  EXPECT_GT(accepted, 1000);
}

// Any strides of A and B, zero and negative ones among them.
TEST(Strides, OfAAndB) {
  constexpr tsr_index kM = 5, kN = 6, kK = 4, kReach = 80;
  std::vector<double> source(2 * kReach + 1);
  for (std::size_t i = 0; i < source.size(); ++i) source[i] = static_cast<double>(i % 11) - 5;
  for (const tsr_index rs : {-8, -1, 0, 1, 3, 8})
    for (const tsr_index cs : {-6, -1, 0, 1, 2, 7})
      for (const bool left : {false, true}) {
        std::vector<double> c(kM * kN, 9.0);
        Call<double> call;
        call.m = kM, call.n = kN, call.k = kK;
        call.a = call.b = source.data() + kReach;
        call.a_rs = left ? rs : kK, call.a_cs = left ? cs : 1;
        call.b_rs = left ? kN : rs, call.b_cs = left ? 1 : cs;
        call.c = c.data(), call.c_rs = kN, call.c_cs = 1;
        ASSERT_EQ(run(call), TSR_OK);
        for (tsr_index i = 0; i < kM; ++i)
          for (tsr_index j = 0; j < kN; ++j) {
            double sum = 0;
            for (tsr_index p = 0; p < kK; ++p)
              sum += call.a[i * call.a_rs + p * call.a_cs] * call.b[p * call.b_rs + j * call.b_cs];
            ASSERT_EQ(c[i * kN + j], sum) << "rs=" << rs << " cs=" << cs << (left ? " of A" : " of B");
          }
      }
}

}  // namespace
}  // namespace tessera::test
