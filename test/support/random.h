// Random numbers that are the same on every platform (the distributions of <random> are not).
#pragma once

#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#include "base/dtype.h"
#include "support/share.h"

namespace tessera::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 0x2545F4914F6CDD1Du) { next(); }

  // splitmix64
  std::uint64_t next() {
    const std::uint64_t z = mixed(state_);
    state_ += 0x9E3779B97F4A7C15u;
    return z;
  }
  index_t integer(index_t lo, index_t hi) {
    return lo + static_cast<index_t>(next() % static_cast<std::uint64_t>(hi - lo + 1));
  }
  bool one_in(int n) { return integer(1, n) == 1; }
  // In [-1, 1), with a full significand.
  template <class T>
  T number() {
    return static_cast<T>(static_cast<double>(static_cast<std::int64_t>(next()) >> 11) * 0x1p-52);
  }
  template <class T>
  void fill(T* p, index_t n) {
    for (index_t i = 0; i < n; ++i) p[i] = number<T>();
  }
  template <class V>
  V one_of(std::initializer_list<V> values) {
    return values.begin()[integer(0, static_cast<index_t>(values.size()) - 1)];
  }

 private:
  std::uint64_t state_;
};

// The seed of randomised tests; TESSERA_TEST_SEED tries others.
inline std::uint64_t test_seed() {
  const char* s = std::getenv("TESSERA_TEST_SEED");
  return s ? std::strtoull(s, nullptr, 0) : 20261122;
}

}  // namespace tessera::test
