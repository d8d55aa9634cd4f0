// Batches of products. Small ones are tasks of one job, each on one thread; large ones have all threads, one by one.
// The bits are those of gemm either way.
#pragma once

#include "base/int_math.h"
#include "runtime/num_threads.h"
#include "runtime/thread_pool.h"

namespace tessera {

// Multiply-adds from which a product alone keeps several threads busy.
inline constexpr double kLargeMadds = 64e6;
// Multiply-adds that repay the hand-out of a task.
inline constexpr double kTaskMadds = 100e3;

template <class F>
class BatchJob final : public PhasedJob {
 public:
  BatchJob(const F& one, index_t count, index_t parts) : one_(one), count_(count), parts_(parts) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return parts_; }
  void run(int, index_t task) noexcept override {
    const Part part = part_of(count_, parts_, task);
    for (index_t i = part.begin; i < part.begin + part.size; ++i) one_(i, Executor{1, nullptr, nullptr});
  }

 private:
  const F& one_;
  index_t count_, parts_;
};

// Calls one(i, executor) for i in [0, count), `madds` multiply-adds each. executor.threads 0: num_threads().
template <class F>
void run_batch(index_t count, double madds, Executor executor, const F& one) {
  const int threads = executor.threads > 0 ? executor.threads : num_threads();
  const double worth = madds * static_cast<double>(count) / kTaskMadds;
  if (threads > 1 && count > 1 && madds < kLargeMadds && worth >= 2) {
    const index_t parts = min_index(count, 8 * threads);
    BatchJob<F> job(one, count, worth < static_cast<double>(parts) ? static_cast<index_t>(worth) : parts);
    executor.threads = threads;
    return run_job(executor, job);
  }
  for (index_t i = 0; i < count; ++i) one(i, executor);
}

constexpr double madds_of(index_t m, index_t n, index_t k) {
  return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

}  // namespace tessera
