// What the layers ask of tensors, and how they run.
#pragma once

#include <tessera/nn.h>

#include "base/int_math.h"
#include "runtime/context.h"

namespace tessera {

constexpr bool is_element_type(std::int32_t type) { return type >= TSR_U8 && type <= TSR_S64; }
constexpr index_t element_size(std::int32_t type) {
  return type == TSR_U8 || type == TSR_S8 ? 1 : type == TSR_S64 ? 8 : 4;
}

// Whether t is a tensor that can be read: known type, rank, sizes, data, and a span that an address space holds.
bool is_tensor(const tsr_tensor* t);
// The same, and it is one of single precision.
inline bool is_f32(const tsr_tensor* t) { return is_tensor(t) && t->type == TSR_F32; }

index_t count_of(const tsr_tensor& t);
bool same_sizes(const tsr_tensor& x, const tsr_tensor& y);
inline bool same_sizes_and_type(const tsr_tensor& x, const tsr_tensor& y) {
  return x.type == y.type && same_sizes(x, y);
}
// The same sizes but for the dimensions whose bits are set in `axes`, where y has 1.
bool reduced_sizes(const tsr_tensor& x, std::uint32_t axes, const tsr_tensor& y);
inline bool is_axis(const tsr_tensor& t, std::int32_t axis) { return axis >= 0 && axis < t.rank; }
// Dimensions [first, rank) are dense.
bool is_dense_from(const tsr_tensor& t, std::int32_t first);

// Element `at` elements behind the first.
template <class T>
T* element(const tsr_tensor& t, index_t at) {
  return static_cast<T*>(t.data) + at;
}
// Moves data by elements.
inline void advance(tsr_tensor& t, index_t elements) {
  if (t.data != nullptr) t.data = static_cast<char*>(t.data) + elements * element_size(t.type);
}

// `count` elements of a dimension from `start`. Internal: no check.
tsr_tensor slice(const tsr_tensor& x, std::int32_t axis, index_t start, index_t count, index_t step = 1);
tsr_tensor permuted(const tsr_tensor& x, const std::int32_t* order);
// Dimension `axis` becomes two, (outer, inner).
tsr_tensor split(const tsr_tensor& x, std::int32_t axis, index_t outer, index_t inner);

// y := x without checks: for functions that are made of copies.
void copy_tensor(const tsr_context* context, const tsr_tensor& x, const tsr_tensor& y);

// How a call runs.
struct NnSettings {
  explicit NnSettings(const tsr_context* context);
  const NnSet& kernels;
  const RequantizeSet& bytes;
  Executor executor;
};

// Runs task(i) for i in [0, tasks).
template <class Task>
void run_tasks(const Executor& executor, index_t tasks, const Task& task) {
  class Job final : public PhasedJob {
   public:
    Job(index_t tasks, const Task& task) : tasks_(tasks), task_(task) {}
    int phases() const override { return 1; }
    index_t tasks(int) const override { return tasks_; }
    void run(int, index_t i) noexcept override { task_(i); }

   private:
    index_t tasks_;
    const Task& task_;
  };
  Job job(tasks, task);
  Executor e = executor;
  if (e.threads > tasks) e.threads = static_cast<int>(tasks);
  run_job(e, job);
}

// Cuts `count` items of `each` elements into tasks: about kTaskElements to a task, and below the pool's bound.
inline constexpr index_t kTaskElements = 8192;
struct Cut {
  index_t count, per_task;
  Cut(index_t items, index_t each) : count(items), per_task(max_index(1, kTaskElements / max_index(1, each))) {
    constexpr index_t kMostTasks = index_t{1} << 20;
    per_task = max_index(per_task, ceil_div(count, kMostTasks));
  }
  index_t tasks() const { return ceil_div(count, per_task); }
};

// f(i) for items [0, count) of about `each` elements, on the threads of the call.
template <class F>
void for_items(const Executor& executor, index_t count, index_t each, const F& f) {
  const Cut cut(count, each);
  run_tasks(executor, cut.tasks(), [&](index_t task) {
    const index_t end = min_index(cut.count, (task + 1) * cut.per_task);
    for (index_t i = task * cut.per_task; i < end; ++i) f(i);
  });
}

}  // namespace tessera
