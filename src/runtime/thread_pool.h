// Parallel execution of a job made of phases.
//
// A job is a sequence of phases; a phase is a number of independent tasks. All tasks of phase p have finished, and
// their writes are visible, before a task of phase p + 1 begins. Tasks are handed out dynamically: each participant
// starts on its own contiguous range and, when that is done, takes half of what another has left. A phase ends when
// its last *task* has ended, not when every participant has arrived: a participant that is asleep, late or descheduled
// and holds no task holds nobody up, and the calling thread alone can finish any job.
//
// No thread exists before the first call that asks for more than one participant. Workers wait a millisecond for the
// next job, yielding their CPU to whoever wants it, then sleep. A thread that cannot be created means fewer
// participants, never a failure. After fork() the child starts with no workers and makes new ones when it needs them.
// Any number of threads may run jobs at once; a task may itself run a job (it is then executed by the thread that asked
// for it alone).
#pragma once

#include "base/dtype.h"

namespace tessera {

class PhasedJob {
 public:
  virtual int phases() const = 0;
  virtual index_t tasks(int phase) const = 0;  // < 2^24; 0 is allowed
  virtual void run(int phase, index_t task) noexcept = 0;

 protected:
  ~PhasedJob() = default;
};

// Who executes: `threads` participants (the caller is one), on Tessera's pool or, when host_for is set, on the host's
// (the contract of tsr_parallel_for in tessera/context.h).
struct Executor {
  int threads = 1;
  void (*host_for)(void* host, int n, void (*task)(void*, int), void* task_arg) = nullptr;
  void* host = nullptr;
};

// Runs the whole job and returns when its last task has ended. threads <= 1 runs it on the calling thread.
void run_job(const Executor& executor, PhasedJob& job);

// Whether a worker thread waits for a job awake, so that one more job begins at once.
bool workers_awake();

// Number of worker threads alive now; for tests and tessera-info.
int pool_worker_count();

// Whether the calling thread is inside a task of a job that has more than one participant.
bool inside_parallel_job();

}  // namespace tessera
