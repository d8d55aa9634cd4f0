// The part with a clock: a shape's operands, and calls on them under any tuning.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autotune/shapes.h"
#include "peers/library.h"

namespace tessera::tune {

double now();  // seconds, monotonic

class Bench {
 public:
  virtual ~Bench() = default;

  const Shape& shape() const { return shape_; }
  int threads() const { return threads_; }
  virtual double flops() const = 0;
  // Whether two tunings make no difference here: plans are pure functions.
  virtual bool same_plan(const Setup& a, const Setup& b) const = 0;
  // What would run, in words.
  virtual std::string plan(const Setup& setup) const = 0;
  // Whether a call under `setup` leaves what it must: the first one was compared with sums of higher precision, others
  // have the same bits. Of convolutions, whose algorithms differ in their last bits, each is compared.
  virtual bool verify(const Setup& setup) = 0;
  // A call that is not timed.
  void warm(const Setup& setup) { run(setup, 1); }
  // Seconds of a call, over as many calls as fill a sample. With threads, the geometric mean of those and of calls that
  // find the workers asleep: thresholds must suit both.
  double time(const Setup& setup);
  // The same for another library on the same operands; nothing when it cannot.
  virtual std::optional<double> time(const bench::Library&) { return std::nullopt; }

 protected:
  Bench(const Shape& shape, int threads) : shape_(shape), threads_(threads) {}
  // Decides how many calls a sample has.
  void calibrate(const Setup& setup);
  int calls() const { return calls_; }

 private:
  // What calls under `setup` need beforehand, such as packed weights.
  virtual void prepare(const Setup&) {}
  virtual void call(const Setup& setup, int times) = 0;
  void run(const Setup& setup, int times) {
    prepare(setup);
    call(setup, times);
  }

  Shape shape_;
  int threads_;
  int calls_ = 1;
};

// Throws std::runtime_error when the result under `setup` is wrong, std::bad_alloc.
std::unique_ptr<Bench> make_bench(const Shape& shape, const Setup& setup, int threads);

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
