// One product of 8-bit matrices is one line of text:
//
//   u8s8 784 128 1152 # resnet50 conv3 3x3
//
// types of A and B (u8s8 or s8s8), m, n, k, perhaps the word packed (B was packed beforehand), then a name.
#pragma once

#include <string>
#include <vector>

namespace tessera::bench {

struct Int8Problem {
  bool a_signed = false, packed = false;
  int m = 0, n = 0, k = 0;
  std::string text;  // the line as it was

  double ops() const { return 2.0 * m * n * k; }
  double bytes() const { return double(m) * k + double(k) * n + 4.0 * m * n; }
  // The line that reproduces this problem, without its name.
  std::string line() const;
};

// Throws std::invalid_argument with the reason.
Int8Problem parse_int8_problem(const std::string& line);

// Reads a file of problems, one a line; empty lines and lines of comment are skipped. Throws std::runtime_error naming
// the file.
std::vector<Int8Problem> read_int8_problems(const std::string& path);

}  // namespace tessera::bench
