#include "blas/level1/vectors.h"

#include "runtime/num_threads.h"
#include "runtime/profile.h"

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

}  // namespace

void run_pieces(index_t count, index_t bytes, void (*f)(void* context, index_t piece), void* context) {
  PieceJob job(count, f, context);
  const index_t from = active_profile().threads.level1_from;
  run_job({.threads = static_cast<int>(vector_threads(bytes, from, num_threads()))}, job);
}

}  // namespace tessera::blas
