// Products of 8-bit matrices: random ones against the oracle, long sums, threads.
#include <cstdlib>
#include <thread>
#include <vector>

#include "q8_case.h"
#include "support/int8_isas.h"
#include "support/random_tuning.h"

namespace tessera::test {
namespace {

class Q8 : public testing::TestWithParam<Isa> {};

// Sizes around tiles, groups of k and single elements.
TEST_P(Q8, RandomProducts) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + static_cast<std::uint64_t>(GetParam()));
  for (index_t i = 0; i < scaled_count(700); ++i) {
    Q8Case c;
    c.seed = r.next();
    c.isa = GetParam();
    c.threads = r.one_in(4) ? static_cast<int>(r.integer(2, 4)) : 1;
    const auto size = [&](index_t most) { return r.one_in(3) ? r.integer(1, 5) : r.integer(1, most); };
    c.m = size(70);
    c.n = size(120);
    c.k = r.one_in(20) ? 0 : size(200);
    c.packed = r.one_in(2);
    ASSERT_TRUE(check_q8(c));
  }
}

// Several K blocks, blocks of rows, panels of columns; enough work for threads.
TEST_P(Q8, LargeProducts) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() * 3 + static_cast<std::uint64_t>(GetParam()));
  const index_t shapes[][3] = {{5, 33, 40009}, {130, 70, 12001}, {2, 130, 33025},
                               {401, 301, 97}, {300, 500, 64},   {64, 300, 700}};
  for (const auto& s : shapes) {
    for (const bool packed : {false, true}) {
      if (scaled_count(100) < 100 && r.integer(1, 100) > scaled_count(100)) continue;
      Q8Case c;
      c.seed = r.next();
      c.isa = GetParam();
      c.threads = static_cast<int>(r.integer(1, 3));
      c.m = s[0];
      c.n = s[1];
      c.k = s[2];
      c.packed = packed;
      ASSERT_TRUE(check_q8(c));
    }
  }
}

// Whatever a profile says, the integers are the same and nothing else is touched.
TEST_P(Q8, UnderAnyProfile) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() * 5 + static_cast<std::uint64_t>(GetParam()));
  for (index_t i = 0; i < scaled_count(60); ++i) {
    const Profile profile = random_profile(r);
    const ProfileInUse in_use(profile);
    Q8Case c;
    c.seed = r.next();
    c.isa = GetParam();
    c.threads = static_cast<int>(r.integer(1, 3));
    c.m = r.integer(1, 150);
    c.n = r.integer(1, 250);
    c.k = r.integer(1, r.one_in(3) ? 3000 : 300);
    c.packed = r.one_in(2);
    ASSERT_TRUE(check_q8(c)) << tuning_text(&find_int8(c.isa)->kernels, profile.int8[static_cast<int>(c.isa)]);
  }
}

// What an emulated CPU must come to.
TEST(Q8Choice, ExpectedInstructionSet) {
  const char* expected = std::getenv("TESSERA_EXPECT_INT8");
  if (expected == nullptr) GTEST_SKIP() << "TESSERA_EXPECT_INT8 is not set";
  EXPECT_STREQ(isa_info(best_int8().isa).name, expected);
  const char* real = std::getenv("TESSERA_EXPECT_REAL");
  ASSERT_NE(real, nullptr);
  EXPECT_STREQ(isa_info(best_isa().isa).name, real);
}

TEST(Q8Line, Reproduce) {
  const char* line = std::getenv("TESSERA_TEST_LINE");
  if (line == nullptr) GTEST_SKIP() << "TESSERA_TEST_LINE is not set";
  Q8Case c;
  ASSERT_TRUE(Q8Case::parse(line, c)) << line;
  EXPECT_TRUE(check_q8(c));
}

// A line is what it was written from.
TEST(Q8Line, RoundTrip) {
  Q8Case c;
  c.seed = 0xfedcba9876543210u;
  c.isa = Isa::avx512vnni;
  c.threads = 3;
  c.m = 12;
  c.n = 34;
  c.k = 56;
  c.packed = true;
  Q8Case back;
  ASSERT_TRUE(Q8Case::parse(c.line(), back));
  EXPECT_EQ(back.line(), c.line());
}

// The same weights in several threads at once.
TEST(Q8Weights, SharedByThreads) {
  constexpr index_t kM = 37, kN = 150, kK = 333;
  Random r(test_seed());
  std::vector<std::uint8_t> a(kM * kK), b(kK * kN);
  fill_bytes(r, a.data(), kM * kK);
  fill_bytes(r, b.data(), kK * kN);
  const tsr_q8_matrix am{a.data(), kK, 1, TSR_U8, 7, nullptr}, bm{b.data(), kN, 1, TSR_S8, 0, nullptr};
  std::vector<std::int32_t> want(kM * kN);
  ASSERT_EQ(tsr_gemm_q8(nullptr, kM, kN, kK, &am, &bm, nullptr, want.data(), kN, 1), TSR_OK);
  tsr_q8_weights* weights = nullptr;
  ASSERT_EQ(tsr_q8_weights_create(nullptr, kN, kK, &bm, &weights), TSR_OK);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        std::vector<std::int32_t> c(kM * kN);
        if (tsr_gemm_q8_packed(nullptr, kM, &am, weights, nullptr, c.data(), kN, 1) != TSR_OK || c != want) ++wrong[t];
      }
    });
  }
  for (std::thread& t : threads) t.join();
  tsr_q8_weights_destroy(weights);
  EXPECT_EQ(wrong, std::vector<int>(4));
}

INSTANTIATE_TEST_SUITE_P(Isa, Q8, testing::ValuesIn(all_int8_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
