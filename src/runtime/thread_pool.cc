#include "runtime/thread_pool.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "base/int_math.h"
#include "runtime/task_ranges.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace tessera {
namespace {

// How long a thread spins before it begins to offer its CPU to others at every turn (sched_yield).
constexpr std::int64_t kBusySpinNs = 20'000;
// How long it waits in all before it sleeps, for the next phase of its job or for the next job. A thread that sleeps is
// late by 50 us and more on a virtual machine, so calls of a millisecond that follow one another after a pause lost 15
// % when each of them put somebody to sleep. Yielding, a waiting thread takes time from nobody who has work.
constexpr std::int64_t kWaitNs = 1'000'000;
// After pthread_create failed, calls make do with the workers there are for this long before they try again.
constexpr std::int64_t kCreateRetryNs = 1'000'000'000;

// Ordinals fit their bits of a range word, so a stale word of a block never looks current; longer jobs run in chunks.
constexpr int kMaxPhasesPerBlock = 65535;
constexpr std::uint32_t kFinished = 0xffffffffu;
constexpr int kMaxParticipants = 1 << 14;

std::int64_t now_ns() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

void spin_pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#elif defined(__arm__)
  asm volatile("yield" ::: "memory");
#endif
}

void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

void futex_wake(std::atomic<std::uint32_t>& word, int count) {
  syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

// Waits until `word` differs from `seen`, `done()` says so, or the time is up. True when it did not run out of time.
template <class Done>
bool spin_until_changed(const std::atomic<std::uint32_t>& word, std::uint32_t seen, Done done) {
  constexpr int kPausesPerRound = 32;  // between two looks at the clock: 0.5 to 1.5 us
  for (std::int64_t begin = 0;;) {
    for (int i = 0; i < kPausesPerRound; ++i) {
      if (word.load(std::memory_order_acquire) != seen) return true;
      spin_pause();
    }
    if (done()) return true;
    const std::int64_t now = now_ns();
    if (begin == 0) begin = now;
    if (now - begin >= kWaitNs) return false;
    if (now - begin >= kBusySpinNs) sched_yield();
  }
}

// Rounding, flush-to-zero and exception masks; not the sticky exception flags.
#if defined(__x86_64__)
using FpControl = unsigned;
FpControl fp_control() { return _mm_getcsr() & ~0x3fu; }
void set_fp_control(FpControl control) { _mm_setcsr(control); }
#elif defined(__aarch64__)
using FpControl = std::uint64_t;
FpControl fp_control() {
  FpControl control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}
void set_fp_control(FpControl control) { asm volatile("msr fpcr, %0" ::"r"(control)); }
#elif defined(__arm__)
using FpControl = std::uint32_t;
constexpr std::uint32_t kFpModes = 0x07c00000;  // of FPSCR; the rest are flags
std::uint32_t fpscr() {
  std::uint32_t word;
  asm volatile("vmrs %0, fpscr" : "=r"(word));
  return word;
}
FpControl fp_control() { return fpscr() & kFpModes; }
void set_fp_control(FpControl control) { asm volatile("vmsr fpscr, %0" ::"r"((fpscr() & ~kFpModes) | control)); }
#else
using FpControl = unsigned;
FpControl fp_control() { return 0; }
void set_fp_control(FpControl) {}
#endif

thread_local bool t_inside = false;

// What a participant's thread takes on for the duration of its participation.
class ParticipantScope {
 public:
  explicit ParticipantScope(FpControl control) : own_(fp_control()), taken_(control), inside_(t_inside) {
    t_inside = true;
    if (taken_ != own_) set_fp_control(taken_);
  }
  ~ParticipantScope() {
    if (taken_ != own_) set_fp_control(own_);  // else untouched: the caller keeps its sticky flags
    t_inside = inside_;
  }
  ParticipantScope(const ParticipantScope&) = delete;
  ParticipantScope& operator=(const ParticipantScope&) = delete;

 private:
  FpControl own_, taken_;
  bool inside_;
};

// The shared state of one running job. Blocks are recycled and never freed, so a worker may look at any block at any
// time; it may use one only between a successful join() and leave().
//
// A participant that holds a task, or has finished one and not yet reported it, keeps `remaining` above zero and so
// pins the phase: only then may it touch the job, and only then may it write its own range. Everyone else works on the
// block alone.
struct Block {
  // state: open places << 16 | references. 0: free. Only the caller's first reference turns a free block into a used
  // one.
  alignas(64) std::atomic<std::uint32_t> state{0};
  Block* next = nullptr;  // fixed once the block is in the pool's list
  int capacity = 0;

  PhasedJob* job = nullptr;
  FpControl fp{};
  int caller_cpu = -1;  // where the thread that asked for the job began it
  int participants = 0;
  int last_phase = 0;
  int phase = 0;  // of the tasks on offer; written by whoever pins the phase last
  std::atomic<int> joined{0};

  // Ordinal of the phase on offer (1, 2, ...; empty phases are not counted) or kFinished. Everything above and all
  // ranges are written before it is.
  alignas(64) std::atomic<std::uint32_t> offered{0};
  std::atomic<std::uint32_t> sleepers{0};

  alignas(64) std::atomic<std::int64_t> remaining{0};

  TaskRange* ranges() { return reinterpret_cast<TaskRange*>(this + 1); }
};

constexpr std::uint32_t kOnePlace = 1u << 16;
constexpr std::uint32_t kReferenceMask = kOnePlace - 1;

bool join(Block& block) {
  std::uint32_t state = block.state.load(std::memory_order_relaxed);
  while (state >= kOnePlace) {
    if (block.state.compare_exchange_weak(state, state - kOnePlace + 1, std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

void leave(Block& block) { block.state.fetch_sub(1, std::memory_order_release); }

// The caller's leave(): nobody joins any more.
void close(Block& block) {
  std::uint32_t state = block.state.load(std::memory_order_relaxed);
  while (!block.state.compare_exchange_weak(state, (state & kReferenceMask) - 1, std::memory_order_release,
                                            std::memory_order_relaxed)) {
  }
}

void offer(Block& block, std::uint32_t ordinal) {
  // Sequentially consistent with the sleeper's increment: either it sees the new ordinal or it is seen here.
  block.offered.store(ordinal, std::memory_order_seq_cst);
  if (block.sleepers.load(std::memory_order_seq_cst) != 0) futex_wake(block.offered, INT_MAX);
}

// Offers the first phase from `phase` on that has tasks, dealt to the first `slots` participants, or the end. To be
// called by the only thread that knows that no task is left.
void offer_from(Block& block, int phase, int slots) {
  index_t tasks = 0;
  while (phase < block.last_phase && (tasks = block.job->tasks(phase)) <= 0) ++phase;
  if (phase >= block.last_phase) {
    offer(block, kFinished);
    return;
  }
  const std::uint32_t ordinal = block.offered.load(std::memory_order_relaxed) + 1;
  block.phase = phase;
  block.remaining.store(tasks, std::memory_order_relaxed);
  deal_tasks(block.ranges(), slots, ordinal, tasks);
  offer(block, ordinal);
}

// Runs tasks of the phase on offer until none is to be had.
void work(Block& block, int slot, std::uint32_t ordinal) {
  TaskRange& own = block.ranges()[slot];
  for (;;) {
    index_t task = take_task(own, ordinal);
    if (task < 0) task = steal_tasks(block.ranges(), block.participants, slot, ordinal);
    if (task < 0) return;
    PhasedJob& job = *block.job;
    const int phase = block.phase;
    std::int64_t finished = 0;
    do {
      job.run(phase, task);
      ++finished;
      task = take_task(own, ordinal);
    } while (task >= 0);
    if (block.remaining.fetch_sub(finished, std::memory_order_acq_rel) == finished) {
      const int joined = block.joined.load(std::memory_order_relaxed);
      offer_from(block, phase + 1, joined < block.participants ? joined : block.participants);
      return;
    }
  }
}

// Takes part in the job until its last task has ended.
void participate(Block& block, int slot) {
  for (;;) {
    const std::uint32_t ordinal = block.offered.load(std::memory_order_acquire);
    if (ordinal == kFinished) return;
    work(block, slot, ordinal);
    // A thief's loot is out of sight for a moment, hence the second look at the ranges.
    if (spin_until_changed(block.offered, ordinal,
                           [&] { return any_tasks(block.ranges(), block.participants, ordinal); }))
      continue;
    block.sleepers.fetch_add(1, std::memory_order_seq_cst);
    if (block.offered.load(std::memory_order_seq_cst) == ordinal) futex_wait(block.offered, ordinal);
    block.sleepers.fetch_sub(1, std::memory_order_relaxed);
  }
}

// One for each worker thread, on its stack; workers never end.
struct Worker {
  pid_t thread;
  std::atomic<std::uint32_t> asleep{0};
  Worker* next = nullptr;
};

// Process-wide. Trivially destructible on purpose: exit() leaves running workers what they use.
struct Pool {
  std::atomic<Block*> blocks{nullptr};
  // Bumped after a block opened places; idle workers watch it.
  alignas(64) std::atomic<std::uint32_t> posts{0};
  alignas(64) std::atomic<int> spinning{0};
  std::atomic<int> sleeping{0};
  std::atomic<int> workers{0};
  std::atomic<Worker*> list{nullptr};
  std::atomic<bool> creating{false};
  std::atomic<std::int64_t> create_failed_at{INT64_MIN};
};

constinit Pool g_pool;

// The child of a fork has one thread, and what it inherited may have been half changed: it starts over and abandons
// the old blocks.
void forget_pool() { new (&g_pool) Pool; }

// Not std::call_once: pthread_once survives a fork in the middle of it.
pthread_once_t g_fork_handler_once = PTHREAD_ONCE_INIT;
void install_fork_handler() { pthread_atfork(nullptr, nullptr, forget_pool); }

Block* acquire_block(int participants) {
  for (Block* block = g_pool.blocks.load(std::memory_order_acquire); block != nullptr; block = block->next) {
    std::uint32_t free = 0;
    if (block->capacity >= participants && block->state.load(std::memory_order_relaxed) == 0 &&
        block->state.compare_exchange_strong(free, 1, std::memory_order_acquire, std::memory_order_relaxed)) {
      return block;
    }
  }
  int capacity = 16;
  while (capacity < participants) capacity *= 2;
  void* memory =
      std::aligned_alloc(alignof(Block), sizeof(Block) + sizeof(TaskRange) * static_cast<std::size_t>(capacity));
  if (memory == nullptr) return nullptr;
  Block* block = new (memory) Block;
  for (int i = 0; i < capacity; ++i) new (block->ranges() + i) TaskRange{};
  block->capacity = capacity;
  block->state.store(1, std::memory_order_relaxed);
  block->next = g_pool.blocks.load(std::memory_order_relaxed);
  while (
      !g_pool.blocks.compare_exchange_weak(block->next, block, std::memory_order_release, std::memory_order_relaxed)) {
  }
  return block;
}

void prepare(Block& block, PhasedJob& job, int first_phase, int last_phase, int participants, int joined) {
  block.job = &job;
  block.fp = fp_control();
  block.caller_cpu = joined > 0 ? sched_getcpu() : -1;
  block.participants = participants;
  block.last_phase = last_phase;
  block.joined.store(joined, std::memory_order_relaxed);
  block.offered.store(0, std::memory_order_relaxed);
  offer_from(block, first_phase, participants);
}

Block* join_any() {
  for (Block* block = g_pool.blocks.load(std::memory_order_acquire); block != nullptr; block = block->next) {
    if (join(*block)) return block;
  }
  return nullptr;
}

// ---- where workers run ---------------------------------------------------------------------------------------------
//
// A system that takes an idle CPU of a virtual machine for one that the host has taken away, as Linux does, starts and
// wakes a thread on the CPU of the thread that starts or wakes it, or on the one where it ran before. When that is the
// caller's, caller and worker share a CPU, a call takes twice its time, and it is milliseconds until somebody moves.
// Forbidding a thread that CPU for a moment moves it.

// Whose affinity is being changed is put back by who changed it: one at a time, or a mask in between would stay.
std::atomic_flag g_moving;

// The affinity of a thread (0: the caller's own) without `cpu`, from construction to destruction. Does nothing when
// there is no other CPU, or while another thread is being moved.
class Forbid {
 public:
  Forbid(pid_t thread, int cpu) : thread_(thread) {
    if (cpu < 0 || cpu >= CPU_SETSIZE || g_moving.test_and_set(std::memory_order_acquire)) return;
    if (sched_getaffinity(thread_, sizeof allowed_, &allowed_) == 0) {
      cpu_set_t others = allowed_;
      CPU_CLR(static_cast<unsigned>(cpu), &others);
      changed_ = CPU_COUNT(&others) > 0 && sched_setaffinity(thread_, sizeof others, &others) == 0;
    }
    if (!changed_) g_moving.clear(std::memory_order_release);
  }
  ~Forbid() {
    if (!changed_) return;
    sched_setaffinity(thread_, sizeof allowed_, &allowed_);
    g_moving.clear(std::memory_order_release);
  }
  Forbid(const Forbid&) = delete;
  Forbid& operator=(const Forbid&) = delete;

 private:
  pid_t thread_;
  cpu_set_t allowed_;
  bool changed_ = false;
};

void leave_cpu(int cpu) { Forbid forbid(0, cpu); }

// Wakes up to `count` sleeping workers, the first of them anywhere but on the caller's CPU.
void wake_workers(int count) {
  constexpr int kPlaced = 8;  // 2 us each; more would be late for their job
  const int here = sched_getcpu();
  int woken = 0;
  for (Worker* worker = g_pool.list.load(std::memory_order_acquire); worker != nullptr && woken < count;
       worker = worker->next) {
    if (worker->asleep.exchange(0, std::memory_order_seq_cst) == 0) continue;
    Forbid forbid(worker->thread, woken < kPlaced ? here : -1);
    futex_wake(worker->asleep, 1);
    ++woken;
  }
}

void sleep_until_posted(Worker& self, std::uint32_t posts) {
  self.asleep.store(1, std::memory_order_seq_cst);
  g_pool.sleeping.fetch_add(1, std::memory_order_seq_cst);
  if (g_pool.posts.load(std::memory_order_seq_cst) == posts) {
    while (self.asleep.load(std::memory_order_relaxed) == 1) futex_wait(self.asleep, 1);
  }
  g_pool.sleeping.fetch_sub(1, std::memory_order_relaxed);
  self.asleep.store(0, std::memory_order_relaxed);
}

void* worker_main(void* creator_cpu) {
  Worker self{static_cast<pid_t>(syscall(SYS_gettid))};
  prctl(PR_SET_NAME, "tessera");
  leave_cpu(static_cast<int>(reinterpret_cast<std::intptr_t>(creator_cpu)));
  self.next = g_pool.list.load(std::memory_order_relaxed);
  while (!g_pool.list.compare_exchange_weak(self.next, &self, std::memory_order_release, std::memory_order_relaxed)) {
  }
  for (;;) {
    const std::uint32_t posts = g_pool.posts.load(std::memory_order_acquire);
    if (Block* block = join_any()) {
      {
        ParticipantScope scope(block->fp);
        if (block->caller_cpu == sched_getcpu()) leave_cpu(block->caller_cpu);
        participate(*block, block->joined.fetch_add(1, std::memory_order_relaxed));
      }
      leave(*block);
      continue;
    }
    g_pool.spinning.fetch_add(1, std::memory_order_relaxed);
    const bool posted = spin_until_changed(g_pool.posts, posts, [] { return false; });
    g_pool.spinning.fetch_sub(1, std::memory_order_seq_cst);
    if (!posted) sleep_until_posted(self, posts);
  }
  return nullptr;
}

bool create_worker() {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);  // inherited by the worker: the program's handlers run on its own threads
  pthread_t thread;
  const int error = pthread_create(&thread, &attributes, worker_main,
                                   reinterpret_cast<void*>(static_cast<std::intptr_t>(sched_getcpu())));
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  pthread_attr_destroy(&attributes);
  return error == 0;
}

// Makes workers until there are `wanted`, as far as the system lets it; returns how many there are.
int ensure_workers(int wanted) {
  int workers = g_pool.workers.load(std::memory_order_relaxed);
  if (workers >= wanted) return workers;
  pthread_once(&g_fork_handler_once, install_fork_handler);
  if (g_pool.creating.exchange(true, std::memory_order_acquire)) return workers;
  workers = g_pool.workers.load(std::memory_order_relaxed);
  const std::int64_t failed_at = g_pool.create_failed_at.load(std::memory_order_relaxed);
  if (failed_at == INT64_MIN || now_ns() - failed_at > kCreateRetryNs) {
    while (workers < wanted && create_worker()) g_pool.workers.store(++workers, std::memory_order_relaxed);
    g_pool.create_failed_at.store(workers < wanted ? now_ns() : INT64_MIN, std::memory_order_relaxed);
  }
  g_pool.creating.store(false, std::memory_order_release);
  return workers;
}

void post(Block& block, int places) {
  block.state.store(static_cast<std::uint32_t>(places) * kOnePlace + 1, std::memory_order_release);
  g_pool.posts.fetch_add(1, std::memory_order_seq_cst);
  // Every worker that is neither counted as spinning nor as sleeping looks at `posts` once more before it sleeps.
  const int missing = places - g_pool.spinning.load(std::memory_order_seq_cst);
  if (missing > 0 && g_pool.sleeping.load(std::memory_order_seq_cst) > 0) wake_workers(missing);
}

void run_serially(PhasedJob& job, int first_phase, int last_phase) {
  for (int phase = first_phase; phase < last_phase; ++phase) {
    const index_t tasks = job.tasks(phase);
    for (index_t task = 0; task < tasks; ++task) job.run(phase, task);
  }
}

void run_on_pool(PhasedJob& job, int first_phase, int last_phase, int participants) {
  participants = static_cast<int>(min_index(participants, ensure_workers(participants - 1) + 1));
  Block* block = participants > 1 ? acquire_block(participants) : nullptr;
  if (block == nullptr) {
    run_serially(job, first_phase, last_phase);
    return;
  }
  prepare(*block, job, first_phase, last_phase, participants, 1);
  post(*block, participants - 1);
  {
    ParticipantScope scope(block->fp);
    participate(*block, 0);
  }
  close(*block);
}

void host_participant(void* argument, int) {
  Block& block = *static_cast<Block*>(argument);
  const int slot = block.joined.fetch_add(1, std::memory_order_relaxed);
  if (slot >= block.participants) return;
  ParticipantScope scope(block.fp);
  participate(block, slot);
}

void run_on_host(const Executor& executor, PhasedJob& job, int first_phase, int last_phase, int participants) {
  Block* block = acquire_block(participants);
  if (block == nullptr) {
    run_serially(job, first_phase, last_phase);
    return;
  }
  prepare(*block, job, first_phase, last_phase, participants, 0);
  executor.host_for(executor.host, participants, host_participant, block);
  host_participant(block, 0);  // does what is left by a host that ran nobody; nothing otherwise
  close(*block);
}

}  // namespace

void run_job(const Executor& executor, PhasedJob& job) {
  const int phases = job.phases();
  const int threads = executor.threads < kMaxParticipants ? executor.threads : kMaxParticipants;
  if (threads <= 1 || t_inside) {
    run_serially(job, 0, phases);
    return;
  }
  for (int first = 0; first < phases;) {
    const int last = phases - first > kMaxPhasesPerBlock ? first + kMaxPhasesPerBlock : phases;
    index_t most_tasks = 0;
    for (int phase = first; phase < last && most_tasks < threads; ++phase) {
      most_tasks = max_index(most_tasks, job.tasks(phase));
    }
    const int participants = static_cast<int>(min_index(threads, most_tasks));
    if (participants <= 1) {
      run_serially(job, first, last);
    } else if (executor.host_for != nullptr) {
      run_on_host(executor, job, first, last, participants);
    } else {
      run_on_pool(job, first, last, participants);
    }
    first = last;
  }
}

bool workers_awake() { return g_pool.spinning.load(std::memory_order_relaxed) > 0; }

int pool_worker_count() { return g_pool.workers.load(std::memory_order_relaxed); }

bool inside_parallel_job() { return t_inside; }

}  // namespace tessera
