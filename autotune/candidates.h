// What can be chosen on this machine, as a space to search: a grid around what the plans derive from the caches.
#pragma once

#include <map>
#include <string>

#include "autotune/search.h"
#include "conv/plan.h"
#include "quant/int8_plan.h"

namespace tessera::tune {

// What is tuned by itself: products of a real type and its complex one, of 8-bit numbers, the choice of a convolution's
// algorithm, threads at levels 1 and 2 of BLAS.
enum class Part { f32, f64, int8, conv, threads };
inline constexpr Part kParts[] = {Part::f32, Part::f64, Part::int8, Part::conv, Part::threads};
const char* name_of(Part part);
// Throws std::runtime_error.
Part part_named(const std::string& name);

enum class Stage {
  blocks,  // on one thread: blocks, kernel, prefetches, methods
  threads  // thresholds of threading
};

// Whether the part has anything to choose in that stage.
bool has_stage(Part part, Stage stage);

// All that plans go by. Candidates differ in the tuning of one part.
struct Setup {
  Machine machine;
  Int8Machine int8;
  ThreadTuning threads;
};
// The kernels of `isa` and `int8`, tuned as the profile says.
Setup setup_for(const IsaEntry& isa, const Int8Entry& int8, const Profile& profile);
// Puts the tuning of a part into a profile, where this setup's kernels would look for it.
void put_into(Profile& profile, const Setup& setup, Part part);

// Fields by name, and where they begin when not at their defaults.
using Values = std::map<std::string, double>;

// The space of a stage. Its seed is the setup's own tuning with `start` laid over it, as far as there are such fields.
Space space_of(const Setup& setup, Part part, Stage stage, const Values& start);

// `base` with the values of a point.
Setup setup_at(const Space& space, const Point& point, Part part, Setup base);

// What the part's kernels are chosen from, or null.
const KernelList* kernels_of(const Setup& setup, Part part);

// What 0 stands for; null where nothing is derived.
bool derived_blocks(const Setup& setup, Part part, Blocks& blocks);

// A value in words: the kernel's name, "derived", "yes" and "no", or the number.
std::string value_text(const Setup& setup, Part part, const std::string& field, double value);

// The fields and the kernel of a part, as numbers by name. Throw std::invalid_argument.
double field_value(const Setup& setup, Part part, const std::string& name);
void set_field(Setup& setup, Part part, const std::string& name, double value);
// Throws std::invalid_argument where no part has such a field, or the value is out of its range.
void check_field(const std::string& name, double value);

}  // namespace tessera::tune
