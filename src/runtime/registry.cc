#include "runtime/registry.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernel/block_q8_contract.h"
#include "runtime/cpu.h"
#include "tessera_isa_list.h"

namespace tessera {
namespace {

struct FeatureName {
  std::uint32_t bit;
  const char* name;
};
constexpr FeatureName kFeatureNames[] = {
    {kFeatAvx2, "avx2"},         {kFeatFma, "fma"},           {kFeatAvx512F, "avx512f"},
    {kFeatAvx512Dq, "avx512dq"}, {kFeatAvx512Bw, "avx512bw"}, {kFeatAvx512Vl, "avx512vl"},
    {kFeatNeon, "neon"},         {kFeatAvxVnni, "avxvnni"},   {kFeatAvx512Vnni, "avx512vnni"},
    {kFeatNeonDot, "dotprod"},   {kFeatNeonI8mm, "i8mm"},     {kFeatNeon32, "neon-vfpv4"},
    {kFeatF16c, "f16c"},         {kFeatSve256, "sve-256"},
};

constexpr Isa kLastIsa = kIsaTable[kIsaCount - 1].isa;

// The highest entry of a list that can run and is not above `cap`; the first one, baseline, always is.
template <class List>
auto highest(const List& list, Isa cap, std::uint32_t features = cpu_info().features) {
  const auto* best = list.begin();
  for (const auto& e : list)
    if (can_run(e.isa, features) && e.isa <= cap) best = &e;
  return best;
}

// TESSERA_ISA, or the last ISA. Read once, with a word on stderr when it cannot be had.
Isa environment_cap() {
  static const Isa cap = [] {
    const char* wanted = secure_getenv("TESSERA_ISA");
    Isa isa = kLastIsa;
    if (wanted == nullptr || *wanted == '\0') return isa;
    if (!isa_from_name(wanted, isa)) {
      std::fprintf(stderr, "tessera: TESSERA_ISA=%s is no instruction set this library knows\n", wanted);
      return kLastIsa;
    }
    const bool compiled = find_isa(isa) != nullptr || find_int8(isa) != nullptr;
    if (!compiled || !can_run(isa, cpu_info().features)) {
      std::fprintf(stderr, "tessera: TESSERA_ISA=%s cannot be used (%s%s); using %s\n", wanted,
                   compiled ? "this CPU lacks " : "not in this build",
                   compiled ? missing_features(isa, cpu_info().features).text : "",
                   isa_info(highest(compiled_isas(), isa)->isa).name);
    }
    return isa;
  }();
  return cap;
}

}  // namespace

IsaList compiled_isas() {
#define TESSERA_ENTRY(name)                                 \
  IsaEntry{.isa = Isa::name,                                \
           .f32 = gemm_kernels_f32_##name(),                \
           .f64 = gemm_kernels_f64_##name(),                \
           .pack_f32 = &packers_f32_##name(),               \
           .pack_f64 = &packers_f64_##name(),               \
           .triangles_f32 = &triangle_kernels_f32_##name(), \
           .triangles_f64 = &triangle_kernels_f64_##name(), \
           .finish = &finish_f32_##name(),                  \
           .narrow = &narrow_f32_##name(),                  \
           .conv = &conv_kernels_f32_##name(),              \
           .nn = &nn_kernels_f32_##name(),                  \
           .vector_f32 = &vector_kernels_f32_##name(),      \
           .vector_f64 = &vector_kernels_f64_##name(),      \
           .matvec_f32 = &matvec_f32_##name,                \
           .matvec_f64 = &matvec_f64_##name},
  static const IsaEntry entries[] = {TESSERA_FOR_EACH_ISA(TESSERA_ENTRY)};
#undef TESSERA_ENTRY
  return {entries, sizeof(entries) / sizeof(entries[0])};
}

Int8List compiled_int8_isas() {
#define TESSERA_ENTRY(name)                        \
  Int8Entry{.isa = Isa::name,                      \
            .kernels = gemm_kernels_int8_##name(), \
            .packers = &packers_int8_##name(),     \
            .requantize = &requantize_##name(),    \
            .block_q8 = &block_q8_##name()},
  static const Int8Entry entries[] = {TESSERA_FOR_EACH_INT8_ISA(TESSERA_ENTRY)};
#undef TESSERA_ENTRY
  return {entries, sizeof(entries) / sizeof(entries[0])};
}

const Int8Entry* find_int8(Isa isa) {
  for (const Int8Entry& e : compiled_int8_isas())
    if (e.isa == isa) return &e;
  return nullptr;
}

const IsaEntry* find_isa(Isa isa) {
  for (const IsaEntry& e : compiled_isas())
    if (e.isa == isa) return &e;
  return nullptr;
}

bool isa_from_name(const char* name, Isa& isa) {
  for (const IsaInfo& info : kIsaTable) {
    if (std::strcmp(info.name, name) == 0) {
      isa = info.isa;
      return true;
    }
  }
  return false;
}

MissingFeatures missing_features(Isa isa, std::uint32_t features) {
  MissingFeatures out{};
  const std::uint32_t missing = isa_info(isa).features & ~features;
  std::size_t used = 0;
  for (const FeatureName& f : kFeatureNames) {
    if ((missing & f.bit) == 0) continue;
    const int n = std::snprintf(out.text + used, sizeof(out.text) - used, "%s%s", used ? " " : "", f.name);
    if (n > 0) used += static_cast<std::size_t>(n);
    if (used >= sizeof(out.text)) break;
  }
  return out;
}

const IsaEntry& isa_for(std::uint32_t features) { return *highest(compiled_isas(), kLastIsa, features); }
const Int8Entry& int8_for(std::uint32_t features) { return *highest(compiled_int8_isas(), kLastIsa, features); }

const IsaEntry& best_isa() {
  static const IsaEntry* const best = highest(compiled_isas(), environment_cap());
  return *best;
}

const IsaEntry& best_isa(Isa cap) {
  return *highest(compiled_isas(), cap < environment_cap() ? cap : environment_cap());
}

const Int8Entry& best_int8() {
  static const Int8Entry* const best = highest(compiled_int8_isas(), environment_cap());
  return *best;
}

const Int8Entry& best_int8(Isa cap) {
  return *highest(compiled_int8_isas(), cap < environment_cap() ? cap : environment_cap());
}

}  // namespace tessera
