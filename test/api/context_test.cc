// Thread counts: of the process, of a thread, of a context.
#include <gtest/gtest.h>
#include <tessera/tessera.h>

#include <thread>
#include <vector>

namespace tessera::test {
namespace {

int count_on_another_thread() {
  int n = 0;
  std::thread([&n] { n = tsr_get_num_threads(); }).join();
  return n;
}

TEST(Threads, DefaultIsPositive) {
  EXPECT_GE(tsr_get_num_threads(), 1);
  EXPECT_EQ(tsr_get_num_threads(), count_on_another_thread());
}

TEST(Threads, ThisThreadsCountBeforeTheProcesss) {
  const int unset = tsr_get_num_threads();
  ASSERT_EQ(tsr_set_num_threads(unset + 5), TSR_OK);
  EXPECT_EQ(tsr_get_num_threads(), unset + 5);
  EXPECT_EQ(count_on_another_thread(), unset + 5);
  ASSERT_EQ(tsr_set_num_threads_local(unset + 2), TSR_OK);
  EXPECT_EQ(tsr_get_num_threads(), unset + 2);
  EXPECT_EQ(count_on_another_thread(), unset + 5);
  ASSERT_EQ(tsr_set_num_threads(0), TSR_OK);
  EXPECT_EQ(tsr_get_num_threads(), unset + 2);
  EXPECT_EQ(count_on_another_thread(), unset);
  ASSERT_EQ(tsr_set_num_threads_local(0), TSR_OK);
  EXPECT_EQ(tsr_get_num_threads(), unset);
}

TEST(Threads, ARefusedCountChangesNothing) {
  const int unset = tsr_get_num_threads();
  ASSERT_EQ(tsr_set_num_threads(unset + 1), TSR_OK);
  EXPECT_EQ(tsr_set_num_threads(-3), -1);
  EXPECT_EQ(tsr_set_num_threads_local(-3), -1);
  EXPECT_EQ(tsr_get_num_threads(), unset + 1);
  ASSERT_EQ(tsr_set_num_threads(0), TSR_OK);
}

// What the number of indices that a host's loop is asked for says about the count in force.
int participants(int context_threads) {
  tsr_context* context = nullptr;
  EXPECT_EQ(tsr_context_create(&context), TSR_OK);
  int asked = 1;
  EXPECT_EQ(tsr_context_set_num_threads(context, context_threads), TSR_OK);
  EXPECT_EQ(tsr_context_set_parallel_for(
                context,
                [](void* host, int n, void (*task)(void*, int), void* argument) {
                  *static_cast<int*>(host) = n;
                  for (int i = 0; i < n; ++i) task(argument, i);
                },
                &asked),
            TSR_OK);
  constexpr int kN = 400;
  const std::vector<float> a(kN * kN, 1.0f);
  std::vector<float> c(kN * kN);
  EXPECT_EQ(tsr_gemm_f32(context, kN, kN, kN, 1.0f, a.data(), kN, 1, a.data(), kN, 1, 0.0f, c.data(), kN, 1), TSR_OK);
  EXPECT_EQ(c[kN + 1], kN);
  tsr_context_destroy(context);
  return asked;
}

TEST(Threads, AContextsCountBeforeAllOthers) {
  ASSERT_EQ(tsr_set_num_threads(5), TSR_OK);
  EXPECT_EQ(participants(0), 5);
  ASSERT_EQ(tsr_set_num_threads_local(4), TSR_OK);
  EXPECT_EQ(participants(0), 4);
  EXPECT_EQ(participants(3), 3);
  EXPECT_EQ(participants(1), 1);
  ASSERT_EQ(tsr_set_num_threads_local(0), TSR_OK);
  ASSERT_EQ(tsr_set_num_threads(0), TSR_OK);
}

}  // namespace
}  // namespace tessera::test
