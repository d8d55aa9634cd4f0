// Which problems a tuning is judged by.
#pragma once

#include <string>
#include <vector>

#include "autotune/candidates.h"

namespace tessera::tune {

enum class Effort { quick, normal, full };

// A problem is a line of text:
//   sgemm N T 64 3136 576 lda=+16            as in bench/problems; any of sdcz
//   u8s8 784 128 1152 packed                 as in bench/problems_int8
//   conv 64 56 56 64 3 1 pad=1 layout=nhwc   as in bench/problems/conv, and the images' layout (default nchw)
//   ddot 100000, dgemv N 500 500             levels 1 and 2: vectors of n, columns of an m x n matrix
struct Shape {
  std::string line;
  std::string group;  // shapes that serve one kind of program; groups count alike
  double weight;      // in its group's share
  bool threaded;      // run with all threads, for the thresholds of threading
};

// The part of a line, which is brought into the form above; comments go. Throws std::invalid_argument.
Part parse_line(std::string& line);

// What programs do: whole problems of several groups, with leading dimensions that are powers of two and others.
std::vector<Shape> default_shapes(Part part, Effort effort);

// A file of problems, all in one group; those of the part. Throws std::runtime_error naming file and line.
std::vector<Shape> shapes_of_file(const std::string& path, Part part);

// What an application asked for: the lines that TESSERA_VERBOSE wrote, among whatever else is in the log. Shapes are
// weighted by the time that they took, and those that took the last tenth of it are left out. The log has no leading
// dimensions: matrices are taken to be dense; no padding: images are taken to be padded alike on all sides.
std::vector<Shape> shapes_of_trace(const std::string& path, Part part);

}  // namespace tessera::tune
