#include "autotune/candidates.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "base/int_math.h"

namespace tessera::tune {
namespace {

constexpr const char* kKernel = "kernel";

// A field that is derived from the caches when it is 0.
bool may_be_derived(const std::string& name) { return name == "mc" || name == "kc" || name == "nc"; }

// Multiples of what the model of the caches gives, which is where the search begins. The model: KC x NR of B beside a
// strip of A in L1, MC x KC in a quarter of L2, KC x NC in a quarter of L3 (Goto and van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication", 2008; Low et al., "Analytical Modeling Is Enough for High-Performance BLIS",
// 2016).
Dimension block_dimension(const char* name, index_t derived, index_t grain, std::initializer_list<double> factors) {
  Dimension d{name, true, {}};
  for (const double factor : factors) {
    const auto scaled = static_cast<index_t>(std::llround(static_cast<double>(derived) * factor));
    const double value = factor == 1 ? 0 : static_cast<double>(max_index(grain, round_up(scaled, grain)));
    if (d.values.empty() || d.values.back() != value) d.values.push_back(value);
  }
  return d;
}

}  // namespace

double field_value(const GemmTuning& tuning, const std::string& name) {
  if (name == kKernel) return tuning.kernel;
  for (const TuningField& field : kTuningFields)
    if (name == field.name) return field.get(tuning);
  throw std::invalid_argument("there is no field " + name);
}

void set_field(GemmTuning& tuning, const std::string& name, double value) {
  if (name == kKernel) {
    tuning.kernel = static_cast<int>(value);
    return;
  }
  for (const TuningField& field : kTuningFields) {
    if (name != field.name) continue;
    if (!(value >= field.least && value <= field.most))
      throw std::invalid_argument(name + " must be " + std::to_string(static_cast<long long>(field.least)) + " to " +
                                  std::to_string(static_cast<long long>(field.most)));
    return field.set(tuning, value);
  }
  throw std::invalid_argument("there is no field " + name);
}

std::string value_text(const KernelList& list, const std::string& field, double value) {
  if (field == kKernel) {
    char name[kKernelNameSize];
    kernel_name(list.kernels[static_cast<int>(value)], name);
    return name;
  }
  if (value == 0 && may_be_derived(field)) return "derived";
  for (const TuningField& known : kTuningFields)
    if (field == known.name && known.flag) return value != 0 ? "yes" : "no";
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

Space gemm_space(const Machine& machine, DType real, Stage stage, const Values& start) {
  const KernelList& list = machine.isa->kernels(real);
  const GemmTuning& base = machine.tuning(real);
  Space space;
  if (stage == Stage::threads) {
    space.dimensions = {{"serial_below", true, {2.5e5, 5e5, 1e6, 2e6, 4e6, 8e6, 1.6e7}},
                        {"small_madds", true, {2.5e5, 5e5, 1e6, 2e6, 4e6}}};
    space.couplings = {{0, {1}}};
  } else {
    const Blocks derived = gemm_blocks(machine, real);
    Dimension kernels{kKernel, false, {}};
    for (std::size_t i = 0; i < list.count; ++i)
      if (!list.kernels[i].test_only) kernels.values.push_back(static_cast<double>(i));
    const index_t lanes = list.tiles->lanes;
    space.dimensions = {
        block_dimension("kc", derived.kc, 8, {0.25, 0.375, 0.5, 0.75, 1, 1.5, 2, 3}),
        block_dimension("mc", derived.mc, 8, {0.125, 0.25, 0.375, 0.5, 0.75, 1, 1.5, 2, 3}),
        block_dimension("nc", derived.nc, lanes, {0.0625, 0.125, 0.25, 0.5, 1, 2}),
        kernels,
        {"row_panels_inside", true, {0, 1}},
        {"prefetch_c", true, {0, 1}},
        {"direct_rows", true, {64, 128, 256, 384, 768, 1536}},
        {"prefetch_a", true, {0, 128, 256, 512, 1024, 2048}},
        {"prefetch_b", true, {0, 128, 256, 512, 1024, 2048}},
        {"prefetch_stream", true, {0, 64, 128, 256, 512, 1024}},
        {"along_k_rows", true, {16, 32, 48, 64, 96}},
        {"stream_depth", true, {64, 128, 256, 512}},
    };
    space.couplings = {{0, {1, 2}}, {3, {0, 1}}};
    space.planes = {{0, 1}, {3, 7}};
  }
  for (Dimension& d : space.dimensions) {
    const auto given = start.find(d.name);
    const double value = given != start.end() ? given->second : field_value(base, d.name);
    // In its place among the others; "derived" has one already.
    if (std::find(d.values.begin(), d.values.end(), value) == d.values.end())
      d.values.insert(std::find_if(d.values.begin(), d.values.end(), [&](double v) { return v > value; }), value);
    space.seed.push_back(static_cast<int>(std::find(d.values.begin(), d.values.end(), value) - d.values.begin()));
  }
  return space;
}

GemmTuning tuning_at(const Space& space, const Point& point, GemmTuning base) {
  for (std::size_t d = 0; d < point.size(); ++d)
    set_field(base, space.dimensions[d].name, space.dimensions[d].values[static_cast<std::size_t>(point[d])]);
  return base;
}

}  // namespace tessera::tune
