// What each function says to each bad argument, and that it then leaves everything alone.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>

#include "calls.h"

namespace tessera::test {
namespace {

template <class T>
class GemmArguments : public testing::Test {
 protected:
  static constexpr int kShift = kComplex<T> ? 1 : 0;

  // Runs a call with one thing spoilt; `argument` counts from 1 in the signature of the real functions, 0 is success.
  void expect(const char* what, int argument, const std::function<void(Call<T>&)>& spoil) {
    std::vector<T> a = numbers<T>(64, 1), b = numbers<T>(64, 2), c = numbers<T>(64, 3);
    const std::vector<T> old = c;
    Call<T> call;
    call.a = a.data();
    call.b = b.data();
    call.c = c.data();
    spoil(call);
    const int position = argument == 0 ? 0 : argument + kShift;
    EXPECT_EQ(run(call), -position) << what;
    if (argument != 0) {
      EXPECT_EQ(std::memcmp(c.data(), old.data(), c.size() * sizeof(T)), 0) << what << ": C was written";
    }
  }
};
using Types = testing::Types<float, double, tsr_c32, tsr_c64>;
TYPED_TEST_SUITE(GemmArguments, Types);

TYPED_TEST(GemmArguments, GoodOnes) {
  using C = Call<TypeParam>;
  this->expect("as it is", 0, [](C&) {});
  this->expect("m 0 and the rest wrong", 0, [](C& c) { c.m = 0, c.a = c.b = c.c = nullptr, c.c_rs = 0; });
  this->expect("n 0 and the rest wrong", 0, [](C& c) { c.n = 0, c.a = c.b = c.c = nullptr, c.c_cs = 0; });
  this->expect("k 0 without A and B", 0, [](C& c) { c.k = 0, c.a = c.b = nullptr, c.a_rs = INT64_MAX; });
  this->expect("alpha 0 without A and B", 0,
               [](C& c) { c.alpha = scalar<TypeParam>(0.0), c.a = c.b = nullptr, c.b_rs = INT64_MIN; });
  this->expect("strides of one row and column", 0,
               [](C& c) { c.m = c.n = 1, c.c_rs = c.c_cs = 0, c.a_rs = INT64_MIN; });
  this->expect("A and B of one element each", 0, [](C& c) { c.a_rs = c.a_cs = c.b_rs = c.b_cs = 0; });
  this->expect("C by columns", 0, [](C& c) { c.c_rs = 1, c.c_cs = 4; });
  this->expect("C backwards", 0, [](C& c) { c.c += 4 * 5 - 1, c.c_rs = -5, c.c_cs = -1; });
  this->expect("interleaved rows", 0, [](C& c) { c.m = 2, c.n = 3, c.c_rs = 3, c.c_cs = 2; });
}

TYPED_TEST(GemmArguments, Sizes) {
  using C = Call<TypeParam>;
  for (const tsr_index bad : {tsr_index{-1}, INT64_MIN, INT64_MAX, (tsr_index{1} << 56) + 1}) {
    this->expect("m", 2, [=](C& c) { c.m = bad; });
    this->expect("n", 3, [=](C& c) { c.n = bad; });
    this->expect("k", 4, [=](C& c) { c.k = bad; });
  }
  this->expect("the first of several", 2, [](C& c) { c.m = c.n = c.k = -1, c.a = c.b = c.c = nullptr; });
}

TYPED_TEST(GemmArguments, Pointers) {
  using C = Call<TypeParam>;
  this->expect("a", 6, [](C& c) { c.a = nullptr; });
  this->expect("b", 9, [](C& c) { c.b = nullptr; });
  this->expect("c", 13, [](C& c) { c.c = nullptr; });
  this->expect("c, k 0", 13, [](C& c) { c.k = 0, c.a = c.b = c.c = nullptr; });
}

TYPED_TEST(GemmArguments, StridesOutOfMemory) {
  using C = Call<TypeParam>;
  for (const tsr_index bad : {INT64_MAX, INT64_MIN, INT64_MAX / 4, -(INT64_MAX / 4)}) {
    this->expect("a_rs", 7, [=](C& c) { c.a_rs = bad; });
    this->expect("a_cs", 8, [=](C& c) { c.a_cs = bad; });
    this->expect("b_rs", 10, [=](C& c) { c.b_rs = bad; });
    this->expect("b_cs", 11, [=](C& c) { c.b_cs = bad; });
    this->expect("c_rs", 14, [=](C& c) { c.c_rs = bad; });
    this->expect("c_cs", 15, [=](C& c) { c.c_cs = bad; });
  }
  // Each stride alone would do.
  const tsr_index half = PTRDIFF_MAX / static_cast<tsr_index>(sizeof(TypeParam)) / 2 + 1;
  this->expect("a together", 8, [=](C& c) { c.m = c.k = 2, c.a_rs = c.a_cs = half; });
  const tsr_index whole = PTRDIFF_MAX / static_cast<tsr_index>(sizeof(TypeParam)) + 1;
  this->expect("a far in both directions", 7, [=](C& c) { c.m = c.k = 2, c.a_rs = c.a_cs = whole; });
  // A zero stride makes any extent fit.
  this->expect("k without end, refused for another reason", 14,
               [](C& c) { c.k = tsr_index{1} << 56, c.a_cs = c.b_rs = 0, c.c_rs = 4; });
}

TYPED_TEST(GemmArguments, ElementsOfCThatAreOne) {
  using C = Call<TypeParam>;
  this->expect("rows shorter than their length", 14, [](C& c) { c.c_rs = 4; });
  this->expect("columns shorter than their length", 15, [](C& c) { c.c_rs = 1, c.c_cs = 3; });
  this->expect("negative rows too short", 14, [](C& c) { c.c_rs = -4; });
  this->expect("equal strides", 15, [](C& c) { c.c_rs = c.c_cs = 7; });
  this->expect("opposite strides", 15, [](C& c) { c.c_rs = 7, c.c_cs = -7; });
  this->expect("one row for all", 14, [](C& c) { c.c_rs = 0; });
  this->expect("one column for all", 15, [](C& c) { c.c_cs = 0; });
}

TEST(GemmArgumentsComplex, Flags) {
  for (const unsigned bad : {4u, 8u, 7u, 1u << 31}) {
    Call<tsr_c32> f;
    Call<tsr_c64> d;
    f.flags = d.flags = bad;
    f.m = d.m = -1;
    EXPECT_EQ(run(f), -2);
    EXPECT_EQ(run(d), -2);
  }
}

TEST(ContextArguments, EachFunction) {
  EXPECT_EQ(tsr_context_create(nullptr), -1);
  EXPECT_EQ(tsr_context_set_num_threads(nullptr, 1), -1);
  EXPECT_EQ(tsr_context_set_parallel_for(nullptr, nullptr, nullptr), -1);
  EXPECT_EQ(tsr_context_set_isa(nullptr, "baseline"), -1);
  EXPECT_EQ(tsr_context_set_isa(nullptr, nullptr), -1);
  EXPECT_EQ(tsr_set_num_threads(-1), -1);
  EXPECT_EQ(tsr_set_num_threads_local(-1), -1);
  tsr_context_destroy(nullptr);

  tsr_context* context = nullptr;
  ASSERT_EQ(tsr_context_create(&context), TSR_OK);
  EXPECT_EQ(tsr_context_set_num_threads(context, -1), -2);
  EXPECT_EQ(tsr_context_set_isa(context, "pentium"), -2);
  EXPECT_EQ(tsr_context_set_isa(context, ""), -2);
  EXPECT_EQ(tsr_context_set_isa(context, "AVX2"), -2);
#if defined(__x86_64__)
  EXPECT_EQ(tsr_context_set_isa(context, "neon"), TSR_UNSUPPORTED);
#elif defined(__aarch64__)
  EXPECT_EQ(tsr_context_set_isa(context, "avx2"), TSR_UNSUPPORTED);
#endif
  EXPECT_EQ(tsr_context_set_isa(context, "baseline"), TSR_OK);
  EXPECT_EQ(tsr_context_set_isa(context, nullptr), TSR_OK);
  tsr_context_destroy(context);
}

TEST(Status, Words) {
  EXPECT_STREQ(tsr_status_string(TSR_OK), "success");
  EXPECT_STREQ(tsr_status_string(TSR_OUT_OF_MEMORY), "out of memory");
  EXPECT_STREQ(tsr_status_string(TSR_UNSUPPORTED), "not supported by this build or CPU");
  EXPECT_STREQ(tsr_status_string(-14), "argument 14 is invalid");
  EXPECT_STREQ(tsr_status_string(INT32_MIN), "argument 2147483648 is invalid");
  EXPECT_STREQ(tsr_status_string(99), "unknown status 99");
}

TEST(Version, IsTheProjects) {
  EXPECT_STREQ(tsr_version(), TESSERA_PROJECT_VERSION);
  const std::string header = std::to_string(TESSERA_VERSION_MAJOR) + "." + std::to_string(TESSERA_VERSION_MINOR) + "." +
                             std::to_string(TESSERA_VERSION_PATCH);
  EXPECT_EQ(tsr_version(), header);
}

}  // namespace
}  // namespace tessera::test
