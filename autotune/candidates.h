// What can be chosen on this machine, as a space to search: a grid around what the plan derives from the caches.
#pragma once

#include <map>
#include <string>

#include "autotune/search.h"
#include "gemm/plan.h"

namespace tessera::tune {

enum class Stage {
  blocks,  // on one thread: blocks, kernel, prefetches, methods
  threads  // thresholds of threading
};

// Fields by name, and where they begin when not at their defaults.
using Values = std::map<std::string, double>;

// The space of a stage for kernels of machine.isa. Its seed is machine's own tuning with `start` laid over it.
Space gemm_space(const Machine& machine, DType real, Stage stage, const Values& start);

// `base` with the values of a point.
GemmTuning tuning_at(const Space& space, const Point& point, GemmTuning base);

// A value in words: the kernel's name, "derived", "yes" and "no", or the number.
std::string value_text(const KernelList& list, const std::string& field, double value);

// kTuningFields and the kernel, as numbers by name.
double field_value(const GemmTuning& tuning, const std::string& name);
void set_field(GemmTuning& tuning, const std::string& name, double value);

}  // namespace tessera::tune
