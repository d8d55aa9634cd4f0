// One GEMM call as a line of text: what a randomised test prints when it fails, and what reproduces it.
//
//   TESSERA_TEST_LINE='type=f32 isa=avx512 ...' gemm_test --gtest_filter=GemmLine.*
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "gemm/plan.h"
#include "support/guarded_buffer.h"
#include "support/random.h"

namespace tessera::test {

enum class Force { none, packed, strip };  // overrides the plan's method

struct GemmCase {
  DType type = DType::f32;
  Isa isa = Isa::baseline;
  int threads = 1;
  index_t m = 1, n = 1, k = 1;
  index_t a_rs = 1, a_cs = 1, b_rs = 1, b_cs = 1, c_rs = 1, c_cs = 1;
  double alpha_re = 1, alpha_im = 0, beta_re = 0, beta_im = 0;
  bool conj_a = false, conj_b = false;
  bool nan_c = false;  // C is full of NaN
  Side side = Side::end;
  int offset = 0;  // elements of the real type between the operands and their guard page
  std::uint64_t seed = 1;

  // The plan: caches and the tuner's choices; 0 leaves them to the machine.
  Force force = Force::none;
  int kernel = 0;
  index_t mc = 0, kc = 0, nc = 0;
  index_t l1 = 0, l2 = 0, l3 = 0;
  bool rows_inside = true;

  std::string line() const;
  static bool parse(const std::string& line, GemmCase& out);
};

// Plans and runs the case with every operand against a guard page, and checks C against the oracle to the bit, the
// bytes between C's elements, and that A and B are as they were. `run`: another way to compute the same.
testing::AssertionResult check_gemm(const GemmCase& c, const std::function<void(const GemmCall&)>& run = nullptr);

// The plan that a case runs.
GemmPlan plan_of_case(const GemmCase& c, const GemmProblem& problem);

// A random case of the given size.
GemmCase random_case(Random& random, DType type, Isa isa, index_t m, index_t n, index_t k);

}  // namespace tessera::test
