// Tuning profiles: small JSON files, made by tessera-tune, that replace analytic defaults. docs/tuning.md has the
// format.
//
// Looked up once, at the first call that needs it; the first that is there decides:
//   TESSERA_PROFILE=<file> (or "analytic"), a file loaded by the program, $XDG_CONFIG_HOME/tessera/<cpu>.json,
//   /etc/tessera/<cpu>.json, the profiles that are part of the library, analytic defaults.
// A profile that is broken, of another CPU or of other kernels is one line on standard error and analytic defaults. No
// profile can change a result. The environment is ignored in setuid programs.
#pragma once

#include <atomic>
#include <string_view>

#include "runtime/cpu.h"
#include "runtime/log.h"
#include "runtime/registry.h"
#include "runtime/tuning.h"

namespace tessera {

inline constexpr int kProfileSchema = 1;

enum class ProfileSource : std::uint8_t { analytic, environment, program, user, system, shipped };

struct Profile {
  ProfileSource source = ProfileSource::analytic;
  char name[256] = {};            // the file, or the shipped profile's name; empty for analytic defaults
  GemmTuning gemm[kIsaCount][2];  // f32, f64
  Int8Tuning int8[kIsaCount];
  ConvTuning conv[kIsaCount];
  ThreadTuning threads;

  const GemmTuning& tuning(Isa isa, DType real) const { return gemm[static_cast<int>(isa)][real == DType::f64]; }
  bool operator==(const Profile& other) const;
};

enum class ProfileState : std::uint8_t {
  good,
  missing,   // there is no such file
  broken,    // not a profile
  foreign,   // of another CPU
  outdated,  // for a list of kernels that this library does not have
};

// How closely a profile fits a CPU, by its own "scope": it was made for this model, its family, or any CPU that has the
// instruction set.
enum class ProfileFit : std::uint8_t { none, isa, family, cpu };

// Reads a profile's text as for `cpu`. `profile` keeps its source and name, and is changed only when the state is good;
// otherwise `why` says what is wrong, without the name. Pure.
ProfileState read_profile(std::string_view text, const CpuInfo& cpu, Profile& profile, ProfileFit& fit, LogText& why);

// The same for a file.
ProfileState load_profile(const char* path, const CpuInfo& cpu, Profile& profile, LogText& why);

// A hash of the names of the kernels that a profile may choose, 16 hexadecimal digits.
void kernel_list_hash(const KernelList& list, char (&hash)[17]);

// "authenticamd-25-17": vendor, family and model; the name of a CPU's profile without ".json".
void cpu_profile_name(const CpuInfo& cpu, char (&name)[64]);

// Where profiles are looked for; null: nowhere. Directories, but for `environment`, which is TESSERA_PROFILE.
struct ProfilePlaces {
  const char* environment = nullptr;
  const char* config_home = nullptr;  // XDG_CONFIG_HOME
  const char* home = nullptr;         // HOME, whose .config is used without XDG_CONFIG_HOME
  const char* system = "/etc/tessera";
};
ProfilePlaces process_profile_places();

// Where this user's profile for `cpu` is looked for, and tessera-tune writes it; false when the environment names no
// directory or the path is too long.
bool user_profile_path(const ProfilePlaces& places, const CpuInfo& cpu, char (&path)[256]);

// What `places` have for `cpu`. `why` is empty, or the line to say.
Profile find_profile(const ProfilePlaces& places, const CpuInfo& cpu, LogText& why);

namespace detail {
extern std::atomic<const Profile*> g_profile;
const Profile& look_up_profile();
}  // namespace detail

// The profile in use. It stays valid after it has been replaced, so that calls under way may finish with it.
inline const Profile& active_profile() {
  const Profile* profile = detail::g_profile.load(std::memory_order_acquire);
  return profile != nullptr ? *profile : detail::look_up_profile();
}

// Puts a copy in use for calls that begin later; false: no memory.
bool activate_profile(const Profile& profile);

// "analytic defaults", "shipped profile authenticamd-25-17", "profile /etc/... (TESSERA_PROFILE)".
void describe_profile(const Profile& profile, LogText& text);

// The profiles that are part of the library; written by CMake from autotune/profiles. The last has a null name.
struct ShippedProfile {
  const char* name;
  const char* text;
};
extern const ShippedProfile kShippedProfiles[];

}  // namespace tessera
