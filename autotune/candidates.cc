#include "autotune/candidates.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "base/int_math.h"

namespace tessera::tune {
namespace {

constexpr const char* kKernel = "kernel";

// f(tuning) with the part's own structure.
template <class AnySetup, class F>
auto with_tuning(AnySetup& setup, Part part, F&& f) {
  switch (part) {
    case Part::f32:
      return f(setup.machine.f32);
    case Part::f64:
      return f(setup.machine.f64);
    case Part::int8:
      return f(setup.int8.tuning);
    case Part::conv:
      return f(setup.machine.conv);
    default:
      return f(setup.threads);
  }
}

// g(field) with the field of that name.
template <class Tuning, class G>
auto with_field(const Tuning&, const std::string& name, G&& g) {
  for (const TuningField<Tuning>& field : kTuningFields<Tuning>)
    if (name == field.name) return g(field);
  throw std::invalid_argument("there is no field " + name);
}

// A field that is derived from the caches when it is 0.
bool may_be_derived(const std::string& name) {
  return name == "mc" || name == "kc" || name == "nc" || name == "inside_from";
}

DType real_of_part(Part part) { return part == Part::f64 ? DType::f64 : DType::f32; }

Dimension kernel_dimension(const KernelList& list) {
  Dimension d{kKernel, false, {}};
  for (std::size_t i = 0; i < list.count; ++i)
    if (!list.kernels[i].test_only) d.values.push_back(static_cast<double>(i));
  return d;
}

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

// Multiples of what an estimate goes by.
Dimension cost_dimension(const Setup& setup, const char* name) {
  Dimension d{name, true, {}};
  const double value = field_value(setup, Part::conv, name);
  for (const double factor : {0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.7, 2.0}) {
    // As a profile writes it.
    d.values.push_back(factor == 1 ? value : std::round(value * factor * 1e3) / 1e3);
  }
  return d;
}

Space gemm_space(const Setup& setup, Part part, const Blocks& derived) {
  const KernelList& list = *kernels_of(setup, part);
  return {.dimensions =
              {
                  block_dimension("kc", derived.kc, 8, {0.25, 0.375, 0.5, 0.75, 1, 1.5, 2, 3}),
                  block_dimension("mc", derived.mc, 8, {0.125, 0.25, 0.375, 0.5, 0.75, 1, 1.5, 2, 3}),
                  block_dimension("nc", derived.nc, list.tiles->lanes, {0.0625, 0.125, 0.25, 0.5, 1, 2}),
                  kernel_dimension(list),
                  {"row_panels_inside", true, {0, 1}},
                  {"prefetch_c", true, {0, 1}},
                  {"direct_rows", true, {64, 128, 256, 384, 768, 1536}},
                  {"prefetch_a", true, {0, 128, 256, 512, 1024, 2048}},
                  {"prefetch_b", true, {0, 128, 256, 512, 1024, 2048}},
                  {"prefetch_stream", true, {0, 64, 128, 256, 512, 1024}},
                  {"along_k_rows", true, {16, 32, 48, 64, 96}},
                  {"stream_depth", true, {64, 128, 256, 512}},
                  {"sweep_from", true, {1600, 3200, 6400, 12800, 51200}},
                  {"sweep_steps", true, {8, 12, 16, 24, 32}},
              },
          .seed = {},
          .couplings = {{0, {1, 2}}, {3, {0, 1}}},
          .planes = {{0, 1}, {3, 7}}};
}

Space int8_space(const Setup& setup, const Blocks& derived) {
  const KernelList& list = *kernels_of(setup, Part::int8);
  const auto quarter = static_cast<double>(last_cache_bytes(setup.int8.l2, setup.int8.l3) / 4);
  return {.dimensions =
              {
                  block_dimension("kc", derived.kc, 16 * list.tiles->right.group, {0.125, 0.25, 0.5, 0.75, 1, 1.5, 2}),
                  block_dimension("mc", derived.mc, 8, {0.25, 0.5, 0.75, 1, 1.5, 2, 3}),
                  block_dimension("nc", derived.nc, list.tiles->lanes, {0.0625, 0.125, 0.25, 0.5, 1, 2}),
                  kernel_dimension(list),
                  {"inside_from", true, {std::round(quarter / 16), std::round(quarter / 4), 0, quarter * 4}},
                  {"prefetch_c_depth", true, {0, 128, 256, 512, 1024, 1 << 20}},
                  {"prefetch_a", true, {0, 128, 256, 512, 1024, 2048}},
                  {"prefetch_b", true, {0, 128, 256, 512, 1024, 2048}},
                  {"prefetch_far", true, {512, 1024, 2048, 4096, 8192, 16384}},
                  {"few_vectors", true, {0, 16, 32, 64, 128}},
                  {"few_rows", true, {0, 16, 32, 64, 128}},
              },
          .seed = {},
          .couplings = {{0, {1, 2}}, {3, {0, 1}}},
          .planes = {{0, 1}, {3, 6}}};
}

// Estimates are compared, so that one of the costs may stay as it is.
Space conv_space(const Setup& setup) {
  Space space;
  for (const char* name : {"winograd_share", "transform", "weight_bytes", "gather", "gemm_output", "direct_share",
                           "direct_output", "depthwise"})
    space.dimensions.push_back(cost_dimension(setup, name));
  space.planes = {{0, 1}};
  return space;
}

Space thread_space(Part part) {
  if (part == Part::threads) {
    const double kib = 1024;
    return {.dimensions = {{"level1_from", true, {256 * kib, 512 * kib, 1024 * kib, 2048 * kib, 4096 * kib}},
                           {"level2_from", true, {512 * kib, 1024 * kib, 2048 * kib, 4096 * kib, 8192 * kib}}},
            .seed = {},
            .couplings = {},
            .planes = {}};
  }
  Dimension tasks{"tasks_per_thread", true, {1, 2, 3, 4, 6, 8}};
  if (part == Part::int8)
    return {.dimensions = {{"serial_below", true, {2.5e5, 5e5, 1e6, 2e6, 4e6, 8e6, 1.6e7, 3.2e7}}, tasks},
            .seed = {},
            .couplings = {},
            .planes = {{0, 1}}};
  return {.dimensions = {{"serial_below", true, {2.5e5, 5e5, 1e6, 2e6, 4e6, 8e6, 1.6e7}},
                         {"small_madds", true, {2.5e5, 5e5, 1e6, 2e6, 4e6}},
                         tasks},
          .seed = {},
          .couplings = {{0, {1}}},
          .planes = {}};
}

}  // namespace

const char* name_of(Part part) {
  constexpr const char* kNames[] = {"f32", "f64", "int8", "conv", "threads"};
  return kNames[static_cast<int>(part)];
}

Part part_named(const std::string& name) {
  for (const Part part : kParts)
    if (name == name_of(part)) return part;
  throw std::runtime_error("parts are f32, f64, int8, conv and threads, not " + name);
}

bool has_stage(Part part, Stage stage) { return stage == Stage::blocks ? part != Part::threads : part != Part::conv; }

Setup setup_for(const IsaEntry& isa, const Int8Entry& int8, const Profile& profile) {
  return {this_machine(isa, profile), this_int8_machine(int8, profile), profile.threads};
}

void put_into(Profile& profile, const Setup& setup, Part part) {
  const auto isa = static_cast<int>(setup.machine.isa->isa), int8 = static_cast<int>(setup.int8.isa->isa);
  const auto put = [](auto& to, const auto& tuning) {
    to = tuning;
    to.tuned = true;
  };
  if (part == Part::f32) put(profile.gemm[isa][0], setup.machine.f32);
  if (part == Part::f64) put(profile.gemm[isa][1], setup.machine.f64);
  if (part == Part::int8) put(profile.int8[int8], setup.int8.tuning);
  if (part == Part::conv) put(profile.conv[isa], setup.machine.conv);
  if (part == Part::threads) put(profile.threads, setup.threads);
}

const KernelList* kernels_of(const Setup& setup, Part part) {
  return part == Part::f32 || part == Part::f64 ? &setup.machine.isa->kernels(real_of_part(part))
         : part == Part::int8                   ? &setup.int8.isa->kernels
                                                : nullptr;
}

bool derived_blocks(const Setup& setup, Part part, Blocks& blocks) {
  if (kernels_of(setup, part) == nullptr) return false;
  blocks = part == Part::int8 ? int8_blocks(setup.int8) : gemm_blocks(setup.machine, real_of_part(part));
  return true;
}

double field_value(const Setup& setup, Part part, const std::string& name) {
  return with_tuning(setup, part, [&](const auto& tuning) -> double {
    if constexpr (requires { tuning.kernel; })
      if (name == kKernel) return tuning.kernel;
    return with_field(tuning, name, [&](const auto& field) { return field.get(tuning); });
  });
}

void set_field(Setup& setup, Part part, const std::string& name, double value) {
  with_tuning(setup, part, [&](auto& tuning) {
    if constexpr (requires { tuning.kernel; }) {
      if (name == kKernel) {
        tuning.kernel = static_cast<int>(value);
        return;
      }
    }
    with_field(tuning, name, [&](const auto& field) {
      if (!(value >= field.least && value <= field.most)) {
        char range[64];
        std::snprintf(range, sizeof range, " must be %.10g to %.10g", field.least, field.most);
        throw std::invalid_argument(name + range);
      }
      field.set(tuning, value);
    });
  });
}

void check_field(const std::string& name, double value) {
  Setup setup = setup_for(best_isa(), best_int8(), Profile{});
  bool known = false;
  for (const Part part : kParts) {
    const bool has = with_tuning(setup, part, [&]<class Tuning>(const Tuning&) {
      const auto& fields = kTuningFields<Tuning>;
      return std::any_of(std::begin(fields), std::end(fields), [&](const auto& field) { return name == field.name; });
    });
    if (has) set_field(setup, part, name, value);
    known = known || has;
  }
  if (!known) throw std::invalid_argument("there is no field " + name);
}

std::string value_text(const Setup& setup, Part part, const std::string& field, double value) {
  if (field == kKernel) {
    char name[kKernelNameSize];
    kernel_name(kernels_of(setup, part)->kernels[static_cast<int>(value)], name);
    return name;
  }
  if (value == 0 && may_be_derived(field)) return "derived";
  const bool flag = with_tuning(setup, part, [&](const auto& tuning) {
    return with_field(tuning, field, [](const auto& known) { return known.flag; });
  });
  if (flag) return value != 0 ? "yes" : "no";
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

Space space_of(const Setup& setup, Part part, Stage stage, const Values& start) {
  Blocks derived{};
  derived_blocks(setup, part, derived);
  Space space = stage == Stage::threads ? thread_space(part)
                : part == Part::int8    ? int8_space(setup, derived)
                : part == Part::conv    ? conv_space(setup)
                                        : gemm_space(setup, part, derived);
  for (Dimension& d : space.dimensions) {
    const auto given = start.find(d.name);
    const double value = given != start.end() ? given->second : field_value(setup, part, d.name);
    // In its place among the others; "derived" has one already.
    if (std::find(d.values.begin(), d.values.end(), value) == d.values.end())
      d.values.insert(std::find_if(d.values.begin(), d.values.end(), [&](double v) { return v > value; }), value);
    space.seed.push_back(static_cast<int>(std::find(d.values.begin(), d.values.end(), value) - d.values.begin()));
  }
  return space;
}

Setup setup_at(const Space& space, const Point& point, Part part, Setup base) {
  for (std::size_t d = 0; d < point.size(); ++d)
    set_field(base, part, space.dimensions[d].name, space.dimensions[d].values[static_cast<std::size_t>(point[d])]);
  return base;
}

}  // namespace tessera::tune
