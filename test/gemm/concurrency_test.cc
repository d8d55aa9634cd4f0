// Many callers at once, the first call of a process, and fork.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "runtime/platform.h"
#include "support/gemm_case.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

struct Problem {
  index_t m, n, k;
  std::vector<float> a, b, want;
  Problem(index_t rows, index_t cols, index_t depth, std::uint64_t seed)
      : m(rows), n(cols), k(depth), a(m * k), b(k * n), want(m * n) {
    Random r(seed);
    r.fill(a.data(), m * k);
    r.fill(b.data(), k * n);
  }
  std::vector<float> run(int threads) const {
    std::vector<float> c(want.size());
    const float one = 1, zero = 0;
    GemmSettings settings;
    settings.executor.threads = threads;
    gemm({DType::f32, false, false, m, n, k, &one, a.data(), k, 1, b.data(), n, 1, &zero, c.data(), n, 1}, settings);
    return c;
  }
};

// ctest runs each test in a process of its own: these calls are the first of theirs, and find no worker and no plan.
TEST(GemmConcurrency, FirstCallRace) {
  const Problem p(200, 200, 200, test_seed());
  std::atomic<int> ready{0};
  std::vector<std::vector<float>> got(8);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      ++ready;
      while (ready < 8) std::this_thread::yield();
      got[t] = p.run(1 + t % 3);
    });
  }
  for (std::thread& t : threads) t.join();
  for (int t = 1; t < 8; ++t) EXPECT_EQ(got[t], got[0]);
}

TEST(GemmConcurrency, ManyCallersManyShapes) {
  std::vector<Problem> problems;
  for (const auto& [m, n, k] :
       {std::array<index_t, 3>{3, 5, 7}, {150, 160, 170}, {1, 500, 300}, {400, 2, 300}, {64, 64, 64}})
    problems.emplace_back(m, n, k, test_seed());
  for (Problem& p : problems) p.want = p.run(1);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  const index_t turns = scaled_count(100);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (index_t i = 0; i < turns; ++i) {
        const Problem& p = problems[static_cast<std::size_t>((t + i) % 5)];
        if (p.run(1 + static_cast<int>((t + i) % 4)) != p.want) ++wrong;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
}

TEST(GemmConcurrency, ThreadsThatComeAndGo) {
  Problem p(120, 130, 140, test_seed());
  p.want = p.run(2);
  for (index_t i = scaled_count(40); i > 0; --i) {
    std::vector<float> got;
    std::thread([&] { got = p.run(2); }).join();
    ASSERT_EQ(got, p.want);
  }
}

// The child has no workers and must make its own; the parent keeps computing.
TEST(GemmConcurrency, Fork) {
  if (kShadowMemory || kEmulated) GTEST_SKIP() << "needs threads in a forked child";
  Problem p(180, 170, 160, test_seed());
  p.want = p.run(3);
  for (int turn = 0; turn < 5; ++turn) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(p.run(3) == p.want && p.run(1) == p.want ? 0 : 1);
    EXPECT_EQ(p.run(3), p.want);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  }
}

// A host's own parallel loop, here one that runs tasks backwards on one thread and one that starts a thread per task.
TEST(GemmConcurrency, HostPool) {
  Problem p(180, 170, 160, test_seed());
  p.want = p.run(1);
  const auto run = [&](auto host_for) {
    std::vector<float> c(p.want.size());
    const float one = 1, zero = 0;
    GemmSettings settings;
    settings.executor = {3, host_for, nullptr};
    gemm({DType::f32, false, false, p.m, p.n, p.k, &one, p.a.data(), p.k, 1, p.b.data(), p.n, 1, &zero, c.data(), p.n,
          1},
         settings);
    return c;
  };
  EXPECT_EQ(run([](void*, int n, void (*task)(void*, int), void* arg) {
              for (int i = n; i-- > 0;) task(arg, i);
            }),
            p.want);
  EXPECT_EQ(run([](void*, int n, void (*task)(void*, int), void* arg) {
              std::vector<std::thread> threads;
              for (int i = 0; i < n; ++i) threads.emplace_back(task, arg, i);
              for (std::thread& t : threads) t.join();
            }),
            p.want);
}

}  // namespace
}  // namespace tessera::test
