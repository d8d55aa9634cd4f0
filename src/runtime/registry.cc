#include "runtime/registry.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "runtime/cpu.h"
#include "tessera_isa_list.h"

namespace tessera {
namespace {

struct FeatureName {
  std::uint32_t bit;
  const char* name;
};
constexpr FeatureName kFeatureNames[] = {
    {kFeatAvx2, "avx2"},         {kFeatFma, "fma"},           {kFeatAvx512F, "avx512f"}, {kFeatAvx512Dq, "avx512dq"},
    {kFeatAvx512Bw, "avx512bw"}, {kFeatAvx512Vl, "avx512vl"}, {kFeatNeon, "neon"},
};

const IsaEntry* choose_best() {
  const std::uint32_t features = cpu_info().features;
  const char* wanted = secure_getenv("TESSERA_ISA");
  Isa cap{};
  bool capped = false;
  if (wanted != nullptr && *wanted != '\0') {
    capped = isa_from_name(wanted, cap);
    if (!capped) std::fprintf(stderr, "tessera: TESSERA_ISA=%s is no instruction set this library knows\n", wanted);
  }
  const IsaEntry* best = nullptr;
  for (const IsaEntry& e : compiled_isas()) {
    if (can_run(e.isa, features) && (!capped || e.isa <= cap)) best = &e;
  }
  if (best == nullptr) best = compiled_isas().begin();  // baseline: needs no feature
  if (capped && best->isa != cap) {
    const IsaEntry* entry = find_isa(cap);
    std::fprintf(stderr, "tessera: TESSERA_ISA=%s cannot be used (%s%s); using %s\n", wanted,
                 entry ? "this CPU lacks " : "not in this build", entry ? missing_features(cap, features).text : "",
                 isa_info(best->isa).name);
  }
  return best;
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
           .conv = &conv_kernels_f32_##name(),              \
           .vector_f32 = &vector_kernels_f32_##name(),      \
           .vector_f64 = &vector_kernels_f64_##name(),      \
           .matvec_f32 = &matvec_f32_##name,                \
           .matvec_f64 = &matvec_f64_##name},
  static const IsaEntry entries[] = {TESSERA_FOR_EACH_ISA(TESSERA_ENTRY)};
#undef TESSERA_ENTRY
  return {entries, sizeof(entries) / sizeof(entries[0])};
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

const IsaEntry& best_isa() {
  static const IsaEntry* const best = choose_best();
  return *best;
}

}  // namespace tessera
