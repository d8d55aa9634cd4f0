// The part with a clock: a shape's operands, and calls on them under any tuning.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "autotune/shapes.h"
#include "gemm/plan.h"
#include "operands.h"

namespace tessera::tune {

double now();  // seconds, monotonic

class Bench {
 public:
  // Throws std::runtime_error when the result under `machine` is wrong, std::bad_alloc.
  Bench(const Shape& shape, const Machine& machine, int threads);

  const Shape& shape() const { return shape_; }
  int threads() const { return threads_; }
  // What would run, to tell apart tunings that make no difference here.
  GemmPlan plan(const Machine& machine) const;
  // Whether a call under `machine` leaves the same bits as the first one, which was compared with sums in long double.
  bool verify(const Machine& machine);
  // A call that is not timed.
  void warm(const Machine& machine) { run(machine, 1); }
  // Seconds of a call, over as many calls as fill a sample.
  double time(const Machine& machine);
  // The same for another library; it gets the same operands.
  double time(const bench::Library& library);
  double flops() const { return shape_.problem.flops(); }

 private:
  void run(const Machine& machine, int calls);

  Shape shape_;
  int threads_;
  bench::Operands operands_;
  std::size_t c_bytes_;
  std::vector<char> expected_;
  GemmCall call_{};
  alignas(16) char alpha_[16], beta_[16];
  int calls_ = 1;
};

// Seconds of a fixed piece of work in the first cache (quiet.h).
class Pulse {
 public:
  explicit Pulse(const IsaEntry& isa);
  double beat();

 private:
  Machine machine_;
  std::vector<float> a_, b_, c_;
  int calls_ = 1;
};

}  // namespace tessera::tune
