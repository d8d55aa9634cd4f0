// A BLAS routine on operands of its own: what bench_blas times and checks.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aligned_buffer.h"
#include "work.h"

namespace tessera::bench {

// "daxpy n=1000 incx=2": the Fortran name without its underscore, then settings.
struct BlasProblem {
  std::string routine;
  std::map<std::string, std::string> settings;
  std::string name;
  bool huge_pages = false;

  // Throws std::invalid_argument when the value is no integer, or `key` is missing and has no default.
  int integer(const std::string& key) const;
  int integer(const std::string& key, int otherwise) const;
  char letter(const std::string& key, char otherwise) const;
  std::string line() const;
};

class BlasCase {
 public:
  explicit BlasCase(const BlasProblem& problem) : huge_pages_(problem.huge_pages) {
    work_.line = problem.line();
    work_.name = problem.name;
  }

  // ---- for the table of routines -----------------------------------------------------------------------------------

  // `count` real numbers, ints, or pairs, uniform in [low, high); R is float, double or int.
  template <class R>
  const R* input(int64_t count, double low = -1, double high = 1) {
    return reinterpret_cast<const R*>(make(count, sizeof(R), kind<R>(), low, high).data.get());
  }
  // The same, but written by the routine, and compared between libraries afterwards. Calls follow each other on the
  // same memory: choose scalars that keep values in range over millions of calls.
  template <class R>
  R* output(int64_t count, double low = -1, double high = 1) {
    Operand& operand = make(count, sizeof(R), kind<R>(), low, high);
    operand.initial.assign(operand.data.get(), operand.data.get() + operand.bytes);
    return reinterpret_cast<R*>(operand.data.get());
  }
  void work(char type, double flops, double bytes, double footprint) {
    work_.type = type, work_.flops = flops, work_.bytes = bytes, work_.footprint = footprint;
  }
  // An element is a sum of `terms` terms whose sizes add up to `magnitude`: what rounding may cost follows.
  void accuracy(double terms, double magnitude) { terms_ = terms, magnitude_ = magnitude; }
  // `call` is given the function's address. The loop is made here so that no call goes through a std::function.
  template <class Call>
  void call(Call call) {
    repeat_ = [call](void* function, int64_t count) {
      for (int64_t i = 0; i < count; ++i) call(function);
    };
  }

  // ---- for the driver ----------------------------------------------------------------------------------------------

  const Work& work() const { return work_; }
  void repeat(void* function, int64_t count) const { repeat_(function, count); }
  // Outputs as they were at first.
  void reset();
  // The bytes of all outputs.
  std::vector<char> outputs() const;
  // Empty when outputs() agree with `expected` within rounding, else what differs.
  std::string compare(const std::vector<char>& expected) const;

 private:
  enum class Kind { kInt, kFloat, kDouble };
  struct Operand {
    AlignedBuffer data;
    size_t bytes;
    Kind kind;
    std::vector<char> initial;  // empty for inputs
  };
  template <class R>
  static constexpr Kind kind() {
    return std::is_same_v<R, int> ? Kind::kInt : std::is_same_v<R, float> ? Kind::kFloat : Kind::kDouble;
  }
  Operand& make(int64_t count, size_t element, Kind kind, double low, double high);

  bool huge_pages_;
  Work work_;
  double terms_ = 1, magnitude_ = 4;
  std::vector<std::unique_ptr<Operand>> operands_;
  std::function<void(void*, int64_t)> repeat_;
};

struct Routine {
  std::string name;     // "scasum"
  std::string pattern;  // "?asum": what a line of a file may say for every type
  char type;            // s, d, c, z
  std::function<std::unique_ptr<BlasCase>(const BlasProblem&)> make;
};

// One table a level.
std::vector<Routine> level1_routines();
std::vector<Routine> level2_routines();
std::vector<Routine> level3_routines();

}  // namespace tessera::bench
