// The C API of tuning profiles.
#include <tessera/tune.h>

#include <cstdio>

#include "runtime/profile.h"

using tessera::Profile;
using tessera::ProfileState;

namespace {

bool user_has_decided() {
  const char* environment = tessera::process_profile_places().environment;
  return environment != nullptr && environment[0] != '\0';
}

tsr_status activate(const Profile& profile) {
  if (user_has_decided()) return TSR_OK;
  return tessera::activate_profile(profile) ? TSR_OK : TSR_OUT_OF_MEMORY;
}

}  // namespace

extern "C" {

tsr_status tsr_profile_load(const char* path) {
  if (path == nullptr) return -1;
  Profile profile;
  profile.source = tessera::ProfileSource::program;
  std::snprintf(profile.name, sizeof profile.name, "%s", path);
  tessera::LogText why;
  const ProfileState state = tessera::load_profile(path, tessera::cpu_info(), profile, why);
  if (state == ProfileState::good) return activate(profile);
  tessera::LogText line;
  line.add("profile %s: %s; it is not used", path, why.c_str());
  tessera::write_log(line);
  return state == ProfileState::foreign || state == ProfileState::outdated ? TSR_UNSUPPORTED : -1;
}

tsr_status tsr_profile_reload(void) {
  tessera::LogText why;
  const Profile profile = tessera::find_profile(tessera::process_profile_places(), tessera::cpu_info(), why);
  if (why.size() > 0) tessera::write_log(why);
  return tessera::activate_profile(profile) ? TSR_OK : TSR_OUT_OF_MEMORY;
}

tsr_status tsr_profile_unload(void) { return activate(Profile{}); }

tsr_status tsr_profile_describe(char* text, size_t size) {
  if (text == nullptr) return -1;
  if (size == 0) return -2;
  tessera::LogText words;
  tessera::describe_profile(tessera::active_profile(), words);
  std::snprintf(text, size, "%s", words.c_str());
  return TSR_OK;
}
}
