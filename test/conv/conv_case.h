// One convolution as a line of text: what a randomised test prints when it fails, and what reproduces it.
//
//   TESSERA_TEST_LINE='isa=avx512 layout=1 ...' conv_test --gtest_filter=ConvLine.*
#pragma once

#include <gtest/gtest.h>
#include <tessera/conv.h>

#include <string>
#include <vector>

#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {

struct ConvCase {
  tsr_conv_desc desc = TSR_CONV_INIT;
  tsr_index isa = 0, threads = 1;
  tsr_index bias = 0, residual = 0, activation = 0, own_workspace = 0;
  tsr_index side = 0;  // of the operands, where the unmapped page lies
  tsr_index seed = 1;

  std::string line() const;
  static ConvCase parse(const std::string& line);
};

// The result of a case.
struct ConvResult {
  std::vector<float> y;  // as it lies in memory, gaps included
};

// Plans and runs the case with every operand against a guard page. Checks every element against the sum in double
// precision, to a bound from the theory, and that gaps and the inputs are as they were.
testing::AssertionResult check_conv(const ConvCase& c, ConvResult* result = nullptr);

// A random description that makes sense, for an algorithm that computes it.
ConvCase random_conv(Random& random, Isa isa, tsr_conv_algorithm algorithm);

}  // namespace tessera::test
