// Tessera's work on a pool of the program's own: a context with a parallel_for callback.
//
//   c++ -std=c++20 host_pool.cpp -ltessera -pthread
#include <tessera/tessera.h>

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <queue>
#include <thread>
#include <vector>

namespace {

// A plain pool: workers take closures from a queue.
class Pool {
 public:
  explicit Pool(int workers) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Pool() {
    {
      std::lock_guard lock(mutex_);
      closing_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Calls task(argument, i) for every i in [0, n) and returns when all calls have. The caller does index 0 itself.
  void parallel_for(int n, void (*task)(void*, int), void* argument) {
    int left = n - 1;
    std::mutex done_mutex;
    std::condition_variable done;
    for (int i = 1; i < n; ++i) {
      submit([&, i] {
        task(argument, i);
        std::lock_guard lock(done_mutex);
        if (--left == 0) done.notify_one();
      });
    }
    if (n > 0) task(argument, 0);
    std::unique_lock lock(done_mutex);
    done.wait(lock, [&] { return left <= 0; });
  }

 private:
  void submit(std::function<void()> closure) {
    {
      std::lock_guard lock(mutex_);
      queue_.push(std::move(closure));
    }
    changed_.notify_one();
  }
  void work() {
    for (;;) {
      std::function<void()> closure;
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        closure = std::move(queue_.front());
        queue_.pop();
      }
      closure();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::queue<std::function<void()>> queue_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

// What Tessera calls; `host` is what was given to tsr_context_set_parallel_for.
void parallel_for(void* host, int n, void (*task)(void*, int), void* argument) {
  static_cast<Pool*>(host)->parallel_for(n, task, argument);
}

}  // namespace

int main() {
  constexpr int kThreads = 4;
  Pool pool(kThreads - 1);

  tsr_context* context = nullptr;
  if (tsr_context_create(&context) != TSR_OK) return EXIT_FAILURE;
  tsr_context_set_num_threads(context, kThreads);
  tsr_context_set_parallel_for(context, parallel_for, &pool);

  constexpr int kN = 700;
  std::vector<double> a(kN * kN), b(kN * kN), on_host(kN * kN), alone(kN * kN);
  for (int i = 0; i < kN * kN; ++i) {
    a[i] = 1.0 / (1 + i % 97);
    b[i] = 1.0 / (1 + i % 89);
  }
  const tsr_status status =
      tsr_gemm_f64(context, kN, kN, kN, 1.0, a.data(), kN, 1, b.data(), kN, 1, 0.0, on_host.data(), kN, 1);
  tsr_context_destroy(context);
  if (status != TSR_OK) {
    std::fprintf(stderr, "tsr_gemm_f64: %s\n", tsr_status_string(status));
    return EXIT_FAILURE;
  }

  // One thread gives the same bits as any number of them.
  tsr_set_num_threads_local(1);
  tsr_gemm_f64(nullptr, kN, kN, kN, 1.0, a.data(), kN, 1, b.data(), kN, 1, 0.0, alone.data(), kN, 1);
  if (on_host != alone) {
    std::fprintf(stderr, "the host's pool and one thread disagree\n");
    return EXIT_FAILURE;
  }
  std::printf("%d threads of the program's own pool and one thread give the same bits\n", kThreads);
  return EXIT_SUCCESS;
}
