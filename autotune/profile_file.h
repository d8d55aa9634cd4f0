// Profiles as tessera-tune writes, compares and shows them. What the library reads of them: src/runtime/profile.h.
#pragma once

#include <string>
#include <vector>

#include "autotune/journal.h"
#include "gemm/plan.h"

namespace tessera::tune {

struct TunedSection {
  const IsaEntry* isa;
  DType real;
  GemmTuning tuning;
};

// {"vendor": ..., "family": ..., "l1d": bytes, ..., "features": "avx2 fma"}
Json cpu_json(const CpuInfo& cpu);

// A whole profile. Of a tuning only what differs from the defaults is written, and the kernel. `measured` is the
// summary of the samples, which only tools read.
Json profile_json(const CpuInfo& cpu, const std::vector<TunedSection>& sections, const Json& measured);

// "2026-11-24T07:12:00Z"
std::string timestamp();

// Creates directories, and replaces the file at once or not at all. Throws std::runtime_error.
void write_file(const std::string& path, const std::string& text);

// Parses and, as the library would, checks; `cpu` null: whatever CPU it is for. Throws std::runtime_error with the
// reason.
Json read_profile_json(const std::string& path, const CpuInfo* cpu);

}  // namespace tessera::tune
