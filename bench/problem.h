// One GEMM problem is one line of text:
//
//   sgemm N T 64 3136 576 lda=+16 ldb=1024 beta=1 layout=col # resnet50 conv2_x 3x3
//
// routine, op(A), op(B) (N, T, or C for conjugate-transposed), m, n, k, then options in any order, then a name.
// lda, ldb, ldc: a leading dimension, or with a sign the padding beyond the smallest legal one. alpha, beta: real,
// default 1 and 0; |beta| <= 1, because a timed call is repeated on the same C. layout: row (default) or col.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "work.h"

namespace tessera::bench {

struct Problem {
  char type = 's';  // s, d, c, z
  char op_a = 'N', op_b = 'N';
  int m = 0, n = 0, k = 0;
  int lda = 0, ldb = 0, ldc = 0;
  double alpha = 1, beta = 0;
  bool row_major = true;
  std::string name;

  bool is_complex() const { return type == 'c' || type == 'z'; }
  bool is_single() const { return type == 's' || type == 'c'; }
  int element_bytes() const { return (is_single() ? 4 : 8) * (is_complex() ? 2 : 1); }

  // The number of contiguous vectors in each stored matrix, and how long each is.
  int a_vectors() const { return (op_a == 'N') == row_major ? m : k; }
  int b_vectors() const { return (op_b == 'N') == row_major ? k : n; }
  int c_vectors() const { return row_major ? m : n; }
  int a_length() const { return (op_a == 'N') == row_major ? k : m; }
  int b_length() const { return (op_b == 'N') == row_major ? n : k; }
  int c_length() const { return row_major ? n : m; }

  double flops() const { return (is_complex() ? 8.0 : 2.0) * m * n * k; }
  // What any algorithm must move: A, B and, when beta is not 0, C are read once, C is written once.
  double bytes() const;
  // The operands without their padding.
  double footprint() const;

  // The line that reproduces this problem, without its name.
  std::string line() const;
  Work work() const { return {line(), name, type, flops(), bytes(), footprint()}; }
};

// Throws std::invalid_argument with the reason.
Problem parse_problem(const std::string& line);

// The same shape in another precision; the line's own leading dimensions stay.
Problem with_type(Problem problem, char type);

// Reads a file of problems, one a line; empty lines and lines of comment are skipped. Throws std::runtime_error
// naming file and line.
std::vector<Problem> read_problems(const std::string& path);

}  // namespace tessera::bench
