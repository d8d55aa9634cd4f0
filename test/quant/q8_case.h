// A random product of 8-bit matrices through the C API, against the oracle, between guard pages.
#pragma once

#include <gtest/gtest.h>
#include <tessera/quant.h>

#include <cstdint>
#include <string>

#include "base/isa.h"

namespace tessera::test {

struct Q8Case {
  std::uint64_t seed = 1;  // of the operands and of everything that is not named here
  Isa isa = Isa::baseline;
  int threads = 1;
  std::int64_t m = 1, n = 1, k = 1;
  bool packed = false;

  std::string line() const;
  static bool parse(const std::string& line, Q8Case& out);
};

testing::AssertionResult check_q8(const Q8Case& c);

}  // namespace tessera::test
