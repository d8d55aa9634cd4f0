#include "blas/level1/vectors.h"

#include "runtime/num_threads.h"

namespace tessera::blas {

namespace {

class PieceJob final : public PhasedJob {
 public:
  PieceJob(index_t count, void (*f)(void*, index_t), void* context) : count_(count), f_(f), context_(context) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return count_; }
  void run(int, index_t task) noexcept override { f_(context_, task); }

 private:
  index_t count_;
  void (*f_)(void*, index_t);
  void* context_;
};

// A second thread pays from here on: waking it takes about as long as one core needs for half of this from L2.
constexpr index_t kThreadedFrom = index_t{1} << 20;
constexpr index_t kBytesPerThread = kThreadedFrom / 2;

}  // namespace

int threads_for(index_t bytes) {
  if (bytes < kThreadedFrom) return 1;
  return static_cast<int>(min_index(num_threads(), bytes / kBytesPerThread));
}

void run_pieces(index_t count, index_t bytes, void (*f)(void* context, index_t piece), void* context) {
  PieceJob job(count, f, context);
  run_job({.threads = threads_for(bytes)}, job);
}

}  // namespace tessera::blas
