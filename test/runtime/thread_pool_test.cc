#include "runtime/thread_pool.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "platform.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace tessera {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPatience = std::chrono::seconds(20);

// A job from a list of task counts and a function.
class FunctionJob final : public PhasedJob {
 public:
  FunctionJob(std::vector<index_t> tasks, std::function<void(int, index_t)> body)
      : tasks_(std::move(tasks)), body_(std::move(body)) {}
  int phases() const override { return static_cast<int>(tasks_.size()); }
  index_t tasks(int phase) const override { return tasks_[static_cast<std::size_t>(phase)]; }
  void run(int phase, index_t task) noexcept override { body_(phase, task); }

 private:
  std::vector<index_t> tasks_;
  std::function<void(int, index_t)> body_;
};

// Counts runs of each task and checks that the phase before is complete and visible. The cells are plain memory: only
// the pool's ordering makes reading them legal.
class CheckedJob final : public PhasedJob {
 public:
  explicit CheckedJob(std::vector<index_t> tasks) : tasks_(std::move(tasks)) {
    for (index_t n : tasks_) cells_.emplace_back(static_cast<std::size_t>(n), 0);
  }
  int phases() const override { return static_cast<int>(tasks_.size()); }
  index_t tasks(int phase) const override { return tasks_[static_cast<std::size_t>(phase)]; }
  void run(int phase, index_t task) noexcept override {
    const auto p = static_cast<std::size_t>(phase);
    if (p > 0) {
      const std::vector<int>& before = cells_[p - 1];
      for (std::size_t i = 0; i < before.size() && i < 64; ++i) {
        if (before[(i * 37 + static_cast<std::size_t>(task)) % before.size()] != 1) early_ = true;
      }
    }
    ++cells_[p][static_cast<std::size_t>(task)];
  }
  void check() const {
    EXPECT_FALSE(early_) << "a task began before the phase before it had ended";
    for (std::size_t p = 0; p < cells_.size(); ++p) {
      for (std::size_t t = 0; t < cells_[p].size(); ++t) {
        ASSERT_EQ(cells_[p][t], 1) << "runs of phase " << p << " task " << t;
      }
    }
  }

 private:
  std::vector<index_t> tasks_;
  std::vector<std::vector<int>> cells_;
  std::atomic<bool> early_{false};
};

std::uint64_t test_seed() {
  if (const char* text = std::getenv("TESSERA_TEST_SEED")) return std::strtoull(text, nullptr, 10);
  return std::random_device{}();
}

std::string reproduce(std::uint64_t seed) {
  const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
  return "reproduce: TESSERA_TEST_SEED=" + std::to_string(seed) +
         " runtime_test --gtest_filter=" + info->test_suite_name() + "." + info->name();
}

std::vector<index_t> random_tasks(std::mt19937_64& random) {
  std::vector<index_t> tasks(random() % 8);
  for (index_t& n : tasks) {
    const std::uint64_t kind = random() % 8;
    n = static_cast<index_t>(kind == 0 ? 0 : kind == 1 ? 1 : kind < 6 ? random() % 20 : random() % 300);
  }
  return tasks;
}

// Makes `n` tasks meet: each waits until all have begun, so n threads must take part. False when they do not come.
class Meeting {
 public:
  explicit Meeting(int n) : n_(n) {}
  bool meet() {
    here_.fetch_add(1);
    const auto end = Clock::now() + kPatience;
    while (here_.load() < n_) {
      if (Clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

 private:
  int n_;
  std::atomic<int> here_{0};
};

// Hosts of different habits.
void host_forward(void* calls, int n, void (*task)(void*, int), void* argument) {
  for (int i = 0; i < n; ++i) task(argument, i);
  *static_cast<int*>(calls) += n;
}
void host_backward(void* calls, int n, void (*task)(void*, int), void* argument) {
  for (int i = n; i-- > 0;) task(argument, i);
  *static_cast<int*>(calls) += n;
}
void host_threads(void* calls, int n, void (*task)(void*, int), void* argument) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back([=] { task(argument, i); });
  for (std::thread& thread : threads) thread.join();
  *static_cast<int*>(calls) += n;
}
void host_idle(void* calls, int n, void (*)(void*, int), void*) { *static_cast<int*>(calls) += n; }

TEST(ThreadPool, RunsEveryTaskOnceAndPhasesInOrder) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(reproduce(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 1500; ++round) {
    CheckedJob job(random_tasks(random));
    const int threads = static_cast<int>(random() % 9);
    run_job({threads}, job);
    job.check();
    if (HasFailure()) FAIL() << "round " << round << ", threads " << threads;
  }
}

TEST(ThreadPool, ManyMoreThreadsThanCpus) {
  for (int round = 0; round < 30; ++round) {
    CheckedJob job({100, 3, 64, 1, 65, 200});
    run_job({64}, job);
    job.check();
  }
  EXPECT_EQ(pool_worker_count(), 63);
}

TEST(ThreadPool, NothingToDo) {
  int runs = 0;
  FunctionJob none({}, [&](int, index_t) { ++runs; });
  FunctionJob empty({0, 0, 0}, [&](int, index_t) { ++runs; });
  for (int threads : {-1, 0, 1, 2, 5}) {
    run_job({threads}, none);
    run_job({threads}, empty);
  }
  EXPECT_EQ(runs, 0);
}

TEST(ThreadPool, MorePhasesThanOrdinals) {
  const int phases = 150'000;
  std::atomic<int> runs{0};
  std::atomic<int> last{0};
  std::atomic<bool> disorder{false};
  FunctionJob job(std::vector<index_t>(phases, 2), [&](int phase, index_t) {
    ++runs;
    if (last.exchange(phase) > phase) disorder = true;
  });
  run_job({2}, job);
  EXPECT_EQ(runs, 2 * phases);
  EXPECT_FALSE(disorder);
}

TEST(ThreadPool, LargestPhase) {
  class Count final : public PhasedJob {
   public:
    int phases() const override { return 1; }
    index_t tasks(int) const override { return (1 << 24) - 1; }
    void run(int, index_t task) noexcept override { seen[static_cast<std::size_t>(task)] ^= 1; }
    std::vector<char> seen = std::vector<char>((1 << 24) - 1, 0);
  } job;
  run_job({3}, job);
  std::size_t missing = 0;
  for (char c : job.seen) missing += c != 1;
  EXPECT_EQ(missing, 0u);
}

// One participant sits in the first task until all others have ended: they must be taken from its range.
TEST(ThreadPool, HeldTaskHoldsOnlyItself) {
  for (int round = 0; round < 50; ++round) {
    constexpr int kTasks = 64;
    std::atomic<int> others{0};
    std::atomic<bool> starved{false};
    FunctionJob job({kTasks}, [&](int, index_t task) {
      if (task != 0) {
        ++others;
        return;
      }
      const auto end = Clock::now() + kPatience;
      while (others < kTasks - 1 && !starved) {
        if (Clock::now() > end) starved = true;
        std::this_thread::yield();
      }
    });
    run_job({2}, job);
    ASSERT_FALSE(starved) << others << " tasks ran beside the held one";
  }
}

TEST(ThreadPool, WorkersComeWhenSpinningAndWhenAsleep) {
  for (int pause_ms : {0, 0, 0, 20, 20}) {
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    Meeting meeting(3);
    std::atomic<int> met{0};
    FunctionJob job({3}, [&](int, index_t) { met += meeting.meet(); });
    run_job({3}, job);
    ASSERT_EQ(met, 3) << "after a pause of " << pause_ms << " ms";
  }
}

// The next phase needs both again, after one of them has slept through a long task of the other.
TEST(ThreadPool, SleepersWakeForTheNextPhase) {
  Meeting first(2), second(2);
  std::atomic<int> met{0};
  FunctionJob job({2, 1, 2}, [&](int phase, index_t) {
    if (phase == 1) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    } else {
      met += (phase == 0 ? first : second).meet();
    }
  });
  run_job({2}, job);
  EXPECT_EQ(met, 4);
}

TEST(ThreadPool, CallerSleepsThroughTheTailOfAnother) {
  Meeting meeting(2);
  std::atomic<int> ended{0};
  const std::thread::id caller = std::this_thread::get_id();
  FunctionJob job({2}, [&](int, index_t) {
    meeting.meet();
    if (std::this_thread::get_id() != caller) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    ++ended;
  });
  run_job({2}, job);
  EXPECT_EQ(ended, 2);
}

TEST(ThreadPool, IdleWorkersStopSpinning) {
  FunctionJob job({8}, [](int, index_t) {});
  run_job({4}, job);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const double cpu_ms = 1e3 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(cpu_ms, 20) << "CPU time used by an idle pool in 200 ms";
}

TEST(ThreadPool, SaysWhetherWorkersAreAwake) {
  const auto comes = [](bool awake, auto&& between) {
    for (const auto begin = Clock::now(); workers_awake() != awake; between())
      if (Clock::now() - begin > kPatience) return false;
    return true;
  };
  EXPECT_TRUE(comes(true, [] {
    FunctionJob job({2}, [](int, index_t) {});
    run_job({2}, job);
  }));
  EXPECT_TRUE(comes(false, [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); }));
}

TEST(ThreadPool, NestedJobsRunOnTheAskingThread) {
  EXPECT_FALSE(inside_parallel_job());
  std::atomic<int> strays{0}, runs{0}, outside{0};
  FunctionJob outer({8}, [&](int, index_t) {
    if (!inside_parallel_job()) ++outside;
    const std::thread::id asker = std::this_thread::get_id();
    FunctionJob inner({5, 5}, [&](int, index_t) {
      ++runs;
      if (std::this_thread::get_id() != asker) ++strays;
    });
    run_job({4}, inner);
  });
  run_job({2}, outer);
  EXPECT_EQ(runs, 80);
  EXPECT_EQ(strays, 0);
  EXPECT_EQ(outside, 0);
  EXPECT_FALSE(inside_parallel_job());
}

TEST(ThreadPool, OneThreadIsNotAParallelJob) {
  bool inside = true;
  FunctionJob job({1}, [&](int, index_t) { inside = inside_parallel_job(); });
  run_job({1}, job);
  EXPECT_FALSE(inside);
}

TEST(ThreadPool, ManyCallersAtOnce) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(reproduce(seed));
  std::vector<std::thread> callers;
  for (int c = 0; c < 6; ++c) {
    callers.emplace_back([=] {
      std::mt19937_64 random(seed + static_cast<std::uint64_t>(c));
      for (int round = 0; round < 300 && !::testing::Test::HasFailure(); ++round) {
        CheckedJob job(random_tasks(random));
        run_job({static_cast<int>(random() % 20)}, job);
        job.check();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_LE(pool_worker_count(), 63);
}

TEST(ThreadPool, HostsOfEveryHabit) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(reproduce(seed));
  std::mt19937_64 random(seed);
  const int workers = pool_worker_count();
  for (auto host : {host_forward, host_backward, host_threads, host_idle}) {
    for (int round = 0; round < 60; ++round) {
      int calls = 0;
      const Executor executor{static_cast<int>(2 + random() % 5), host, &calls};
      CheckedJob job({static_cast<index_t>(2 + random() % 40), 0, static_cast<index_t>(random() % 40), 9});
      run_job(executor, job);
      job.check();
      EXPECT_GE(calls, 2);
      EXPECT_LE(calls, executor.threads);
    }
  }
  EXPECT_EQ(pool_worker_count(), workers) << "a host's job must not use the library's own workers";
}

TEST(ThreadPool, HostParticipantsAreInsideTheJob) {
  int calls = 0, outside = 0;
  FunctionJob job({4}, [&](int, index_t) { outside += !inside_parallel_job(); });
  run_job({2, host_forward, &calls}, job);
  EXPECT_EQ(outside, 0);
  EXPECT_FALSE(inside_parallel_job());
}

// The rounding of the registers that the kernels use; fegetround() may answer for others.
double a_third() {
  volatile double one = 1, three = 3;
  return one / three;
}

TEST(ThreadPool, ParticipantsHaveTheCallersRounding) {
  for (const int rounding : {FE_UPWARD, FE_TOWARDZERO, FE_TONEAREST}) {
    const int before = std::fegetround();
    std::fesetround(rounding);
    const double expected = a_third();
    Meeting meeting(3);
    std::atomic<int> same{0};
    FunctionJob job({3}, [&](int, index_t) {
      meeting.meet();
      same += a_third() == expected;
    });
    run_job({3}, job);
    EXPECT_EQ(same, 3);
    std::fesetround(before);
    // A host's thread gets its own back.
    std::atomic<int> kept{0};
    struct Host {
      static void run(void* kept_count, int n, void (*task)(void*, int), void* argument) {
        std::thread([=] {
          std::fesetround(FE_UPWARD);
          const double own = a_third();
          for (int i = 0; i < n; ++i) task(argument, i);
          *static_cast<std::atomic<int>*>(kept_count) += a_third() == own;
        }).join();
      }
    };
    run_job({3, Host::run, &kept}, job);
    EXPECT_EQ(kept, 1);
  }
}

#if defined(__x86_64__)
TEST(ThreadPool, ParticipantsHaveTheCallersDenormalMode) {
  const unsigned before = _mm_getcsr();
  for (const unsigned mode : {0x8040u, 0u}) {  // FTZ | DAZ, then neither
    const unsigned control = (before & ~0x8040u) | mode;
    _mm_setcsr(control | 0x20u);  // with the sticky inexact flag, which is the caller's own
    Meeting meeting(3);
    std::atomic<int> same{0};
    FunctionJob job({3}, [&](int, index_t) {
      meeting.meet();
      same += (_mm_getcsr() & 0x8040u) == mode;
    });
    run_job({3}, job);
    EXPECT_EQ(same, 3);
    EXPECT_NE(_mm_getcsr() & 0x20u, 0u) << "the caller's sticky flag is gone";
  }
  _mm_setcsr(before);
}
#endif

TEST(ThreadPool, WorkersBlockSignals) {
  const std::thread::id caller = std::this_thread::get_id();
  Meeting meeting(2);
  std::atomic<int> blocked{0};
  FunctionJob job({2}, [&](int, index_t) {
    meeting.meet();
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    if (std::this_thread::get_id() != caller) blocked += sigismember(&mask, SIGINT) + sigismember(&mask, SIGALRM);
  });
  run_job({2}, job);
  EXPECT_EQ(blocked, 2);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGINT), 0) << "the caller's mask was not put back";
}

// On one CPU a waiting thread that spins keeps the one it waits for from running. A collapse costs a scheduler slice
// (milliseconds) a job.
TEST(ThreadPool, OneCpuForTwoThreads) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  }
  double us_per_job = 0;
  std::thread([&] {  // workers inherit the mask of the thread that makes them
    sched_setaffinity(0, sizeof one, &one);
    FunctionJob job({8}, [](int, index_t) {
      for (int i = 0; i < 5000; ++i) asm volatile("");
    });
    const auto begin = Clock::now();
    for (int i = 0; i < 1000; ++i) run_job({2}, job);
    us_per_job = std::chrono::duration<double, std::micro>(Clock::now() - begin).count() / 1000;
  })
      .join();
  RecordProperty("us_per_job", std::to_string(us_per_job));
  EXPECT_LT(us_per_job, 2000);
}

// The threads named "tessera", which is how workers show in top.
std::vector<pid_t> worker_threads() {
  std::vector<pid_t> threads;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(task.path() / "comm") >> name;
    if (name == "tessera") threads.push_back(std::stoi(task.path().filename()));
  }
  return threads;
}

// Waking moves a worker away from the caller's CPU and must leave its affinity as it was, whoever else wakes.
TEST(ThreadPool, WakingLeavesAffinitiesAlone) {
  FunctionJob job({4}, [](int, index_t) {});
  run_job({3}, job);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  cpu_set_t mask;
  ASSERT_EQ(sched_getaffinity(0, sizeof mask, &mask), 0);
  const std::vector<pid_t> workers = worker_threads();
  ASSERT_GE(workers.size(), 2u);
  for (const pid_t worker : workers) ASSERT_EQ(sched_setaffinity(worker, sizeof mask, &mask), 0);
  std::vector<std::thread> callers;
  for (int i = 0; i < 2; ++i) {
    callers.emplace_back([&job] {
      for (int round = 0; round < 100; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds(3));  // workers fall asleep
        run_job({3}, job);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const pid_t worker : workers) {
    cpu_set_t now;
    ASSERT_EQ(sched_getaffinity(worker, sizeof now, &now), 0);
    EXPECT_TRUE(CPU_EQUAL(&now, &mask)) << CPU_COUNT(&now) << " CPUs of " << CPU_COUNT(&mask) << ", worker " << worker;
  }
}

// What follows needs a process of its own: the tests re-execute the binary.
class ThreadPoolProcess : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test::kEmulated) GTEST_SKIP() << "an emulated process cannot re-execute itself";
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  }
};

int threads_of_process() {
  int threads = 0;
  if (std::FILE* file = std::fopen("/proc/self/status", "re")) {
    char line[256];
    while (std::fgets(line, sizeof line, file) != nullptr) std::sscanf(line, "Threads: %d", &threads);
    std::fclose(file);
  }
  return threads;
}

[[noreturn]] void verdict(bool good) {
  std::fflush(nullptr);
  _exit(good ? 0 : 1);
}

TEST_F(ThreadPoolProcess, NoThreadBeforeTheFirstCallThatNeedsOne) {
  EXPECT_EXIT(
      {
        std::thread([] {}).join();  // a sanitizer's own thread comes with the first
        const int at_start = threads_of_process();
        FunctionJob job({8}, [](int, index_t) {});
        run_job({1}, job);
        FunctionJob one_task({1, 0, 1}, [](int, index_t) {});
        run_job({8}, one_task);
        bool good = pool_worker_count() == 0 && threads_of_process() == at_start;
        run_job({3}, job);
        good = good && pool_worker_count() == 2 && threads_of_process() == at_start + 2;
        run_job({2}, job);
        good = good && pool_worker_count() == 2;
        run_job({5}, job);
        good = good && pool_worker_count() == 4;
        verdict(good);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(ThreadPoolProcess, FailingThreadCreationMeansFewerThreads) {
  if (test::kShadowMemory) GTEST_SKIP() << "an address space limit does not go with this sanitizer";
  EXPECT_EXIT(
      {
        alarm(60);
        FunctionJob warm({2}, [](int, index_t) {});
        run_job({2}, warm);
        rlimit limit;
        getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = test::mapped_bytes() + (2u << 20);  // less than a thread's stack
        setrlimit(RLIMIT_AS, &limit);
        bool good = true;
        for (int round = 0; round < 100; ++round) {
          std::atomic<int> runs{0};
          FunctionJob job({40, 7}, [&](int, index_t) { ++runs; });
          run_job({32}, job);
          good = good && runs == 47;
        }
        verdict(good && pool_worker_count() == 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(ThreadPoolProcess, NoWorkerAtAll) {
  if (test::kShadowMemory) GTEST_SKIP() << "an address space limit does not go with this sanitizer";
  EXPECT_EXIT(
      {
        alarm(60);
        rlimit limit;
        getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = test::mapped_bytes() + (2u << 20);
        setrlimit(RLIMIT_AS, &limit);
        std::atomic<int> runs{0};
        FunctionJob job({40, 7}, [&](int, index_t) { ++runs; });
        run_job({4}, job);
        verdict(runs == 47 && pool_worker_count() == 0);
      },
      ::testing::ExitedWithCode(0), "");
}

// Forks while other threads are at every possible point of their jobs.
TEST_F(ThreadPoolProcess, ForkWhileOthersCompute) {
  if (test::kShadowMemory) GTEST_SKIP() << "this sanitizer's own locks do not survive the fork of several threads";
  EXPECT_EXIT(
      {
        alarm(100);
        std::atomic<bool> stop{false};
        std::vector<std::thread> callers;
        for (int c = 0; c < 2; ++c) {
          callers.emplace_back([&] {
            FunctionJob job({7, 1, 30}, [](int, index_t) {});
            while (!stop) run_job({3}, job);
          });
        }
        bool good = true;
        for (int round = 0; round < 60; ++round) {
          FunctionJob own({9}, [](int, index_t) {});
          if (round % 2 == 0) run_job({3}, own);
          const pid_t child = fork();
          if (child == 0) {
            alarm(20);
            bool fine = pool_worker_count() == 0;
            Meeting meeting(3);
            std::atomic<int> met{0};
            FunctionJob job({3}, [&](int, index_t) { met += meeting.meet(); });
            run_job({3}, job);
            fine = fine && met == 3 && pool_worker_count() == 2;
            _exit(fine ? 0 : 1);
          }
          int status = -1;
          waitpid(child, &status, 0);
          good = good && status == 0;
        }
        stop = true;
        for (std::thread& caller : callers) caller.join();
        verdict(good);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(ThreadPoolProcess, ExitWhileOthersCompute) {
  for (int round = 0; round < 5; ++round) {
    EXPECT_EXIT(
        {
          alarm(30);
          std::atomic<int> jobs{0};
          for (int c = 0; c < 3; ++c) {
            std::thread([&jobs] {
              for (;;) {
                CheckedJob job({7, 1, 30});
                run_job({3}, job);
                ++jobs;
              }
            }).detach();
          }
          while (jobs < 100) std::this_thread::yield();
          std::exit(0);
        },
        ::testing::ExitedWithCode(0), "");
  }
}

}  // namespace
}  // namespace tessera
