// Profiles as tessera-tune writes, compares and shows them. What the library reads of them: src/runtime/profile.h.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "autotune/journal.h"
#include "runtime/profile.h"

namespace tessera::tune {

// {"vendor": ..., "family": ..., "l1d": bytes, ..., "features": "avx2 fma"}
Json cpu_json(const CpuInfo& cpu);

// A whole profile: what `profile` has tuned, of which only what differs from the defaults is written, and the kernel.
// `measured` is the summary of the samples, which only tools read.
Json profile_json(const CpuInfo& cpu, const Profile& profile, const Json& measured);

// What a profile tunes, by the names of its measured sections: "avx512 f32", "avx512vnni int8", "threads".
std::vector<std::pair<std::string, Json>> tunings_of(const Json& profile);

// "2026-11-24T07:12:00Z"
std::string timestamp();

// Creates directories, and replaces the file at once or not at all. Throws std::runtime_error.
void write_file(const std::string& path, const std::string& text);

// Parses and, as the library would, checks; `cpu` null: whatever CPU it is for. Throws std::runtime_error with the
// reason.
Json read_profile_json(const std::string& path, const CpuInfo* cpu);

}  // namespace tessera::tune
