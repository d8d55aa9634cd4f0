// GEMM as a whole against the oracle, to the bit.
#include <algorithm>
#include <cstdlib>

#include "reference/gemm_chain.h"
#include "support/gemm_case.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

constexpr DType kTypes[] = {DType::f32, DType::f64, DType::c32, DType::c64};

TEST(GemmLine, Reproduce) {
  const char* line = std::getenv("TESSERA_TEST_LINE");
  if (line == nullptr) GTEST_SKIP() << "TESSERA_TEST_LINE is not set";
  GemmCase c;
  ASSERT_TRUE(GemmCase::parse(line, c));
  ASSERT_NE(find_isa(c.isa), nullptr);
  EXPECT_TRUE(check_gemm(c));
}

TEST(GemmLine, PrintsAndParses) {
  Random r(test_seed());
  for (int i = 0; i < 200; ++i) {
    const GemmCase c =
        random_case(r, kTypes[i % 4], Isa::baseline, r.integer(1, 99), r.integer(1, 99), r.integer(1, 9));
    GemmCase back;
    ASSERT_TRUE(GemmCase::parse(c.line(), back)) << c.line();
    EXPECT_EQ(back.line(), c.line());
  }
  GemmCase c;
  EXPECT_FALSE(GemmCase::parse("m=3 q=4", c));
}

class GemmTest : public testing::TestWithParam<Isa> {};

// Random planning choices on top of a case.
void shake_plan(Random& r, GemmCase& c) {
  if (r.one_in(3)) return;
  const KernelList& list = find_isa(c.isa)->kernels(real_of(c.type));
  c.force = r.one_of({Force::none, Force::packed, Force::packed, Force::strip});
  c.kernel = static_cast<int>(r.integer(0, static_cast<index_t>(list.count) - 1));
  if (r.one_in(2)) c.mc = r.integer(1, 40);
  if (r.one_in(2)) c.kc = r.integer(1, 40);
  if (r.one_in(2)) c.nc = r.integer(1, 90);
  if (r.one_in(2)) {
    c.l1 = r.integer(1, 32) * 64;
    c.l2 = c.l1 * r.integer(1, 8);
    c.l3 = r.one_in(2) ? c.l2 * r.integer(1, 8) : 0;
  }
  c.rows_inside = r.one_in(2);
  c.threads = static_cast<int>(r.integer(1, 4));
}

// All m, n and k in 1..40 for one type: the rest of the case is random.
void full_sweep(Isa isa, DType type, index_t step) {
  Random r(test_seed());
  const index_t stride = std::max<index_t>(1, 100 * step / scaled_count(100));
  index_t turn = 0;
  for (index_t m = 1; m <= 40; ++m)
    for (index_t n = 1; n <= 40; ++n)
      for (index_t k = 1; k <= 40; ++k) {
        if (turn++ % stride != 0) continue;
        ASSERT_TRUE(check_gemm(random_case(r, type, isa, m, n, k)));
      }
}

TEST_P(GemmTest, SmallF32) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  full_sweep(GetParam(), DType::f32, GetParam() == runnable_isas().back() ? 1 : 7);
}
TEST_P(GemmTest, SmallF64) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  full_sweep(GetParam(), DType::f64, 7);
}
TEST_P(GemmTest, SmallC32) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  full_sweep(GetParam(), DType::c32, 7);
}
TEST_P(GemmTest, SmallC64) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  full_sweep(GetParam(), DType::c64, 7);
}

// Sizes, layouts, scalars, blocks, kernels, threads: all at random.
TEST_P(GemmTest, Random) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + static_cast<std::uint64_t>(GetParam()));
  for (index_t i = scaled_count(6000); i > 0; --i) {
    index_t m, n, k;
    switch (r.integer(0, 3)) {
      case 0:
        m = r.integer(1, 40), n = r.integer(1, 40), k = r.integer(1, 40);
        break;
      case 1:
        m = r.integer(1, 130), n = r.integer(1, 130), k = r.integer(1, 130);
        break;
      case 2:
        m = r.integer(1, 4), n = r.integer(1, 400), k = r.integer(1, 300);
        break;
      default:
        m = r.integer(1, 400), n = r.integer(1, 4), k = r.integer(1, 300);
        break;
    }
    GemmCase c = random_case(r, kTypes[i % 4], GetParam(), m, n, k);
    shake_plan(r, c);
    ASSERT_TRUE(check_gemm(c));
  }
}

// Large enough that the plan packs, blocks and shares work by itself.
TEST_P(GemmTest, RandomLarge) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + static_cast<std::uint64_t>(GetParam()));
  for (index_t i = scaled_count(24); i > 0; --i) {
    const DType type = kTypes[i % 4];
    const index_t side = is_complex(type) ? 300 : 500;
    GemmCase c = random_case(r, type, GetParam(), r.integer(100, side), r.integer(100, side), r.integer(100, side));
    c.threads = static_cast<int>(r.integer(1, 4));
    ASSERT_TRUE(check_gemm(c));
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, GemmTest, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
