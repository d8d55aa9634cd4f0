// Which problems a tuning is judged by.
#pragma once

#include <string>
#include <vector>

#include "problem.h"

namespace tessera::tune {

enum class Effort { quick, normal, full };

struct Shape {
  bench::Problem problem;
  std::string group;  // shapes that serve one kind of program; groups count alike
  double weight;      // in its group's share
  bool threaded;      // run with all threads, for the thresholds of threading
};

// What programs do, for real type 's' or 'd' and its complex type: whole problems of several groups, with leading
// dimensions that are powers of two and others.
std::vector<Shape> default_shapes(char type, Effort effort);

// A file of problem lines as in bench/problems, all in one group; those of `type` and its complex type. Throws
// std::runtime_error naming file and line.
std::vector<Shape> shapes_of_file(const std::string& path, char type);

// What an application asked for: the lines that TESSERA_VERBOSE wrote, among whatever else is in the log. Shapes are
// weighted by the time that they took, and those that took the last tenth of it are left out. The log has no leading
// dimensions: matrices are taken to be dense.
std::vector<Shape> shapes_of_trace(const std::string& path, char type);

}  // namespace tessera::tune
