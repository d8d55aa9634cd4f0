#include "runtime/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "runtime/json.h"

namespace tessera {
namespace {

constexpr std::size_t kMostBytes = 256 * 1024;

const char* source_name(ProfileSource source) {
  switch (source) {
    case ProfileSource::environment:
      return "TESSERA_PROFILE";
    case ProfileSource::program:
      return "loaded by the program";
    case ProfileSource::user:
      return "of this user";
    case ProfileSource::system:
      return "of this system";
    default:
      return "part of the library";
  }
}

// What a profile says of the CPU it was made on.
struct Origin {
  bool present = false;
  JsonReader::Text vendor;
  double family = -1, model = -1;
  double l1d = -1, l2 = -1;
};

bool read_origin(JsonReader& json, Origin& origin) {
  JsonReader::Text key;
  origin.present = true;
  if (!json.enter_object()) return false;
  while (json.next_key(key)) {
    const std::string_view k = key.view();
    const bool good = k == "vendor"   ? json.string(origin.vendor)
                      : k == "family" ? json.number(origin.family)
                      : k == "model"  ? json.number(origin.model)
                      : k == "l1d"    ? json.number(origin.l1d)
                      : k == "l2"     ? json.number(origin.l2)
                                      : json.skip();
    if (!good) return false;
  }
  return true;
}

// "kernel": "gemm_f32_..."
bool read_kernel(JsonReader& json, const KernelList& list, int& kernel) {
  JsonReader::Text wanted;
  if (!json.string(wanted)) return false;
  for (std::size_t i = 0; i < list.count; ++i) {
    char known[kKernelNameSize];
    kernel_name(list.kernels[i], known);
    if (wanted.view() != known) continue;
    kernel = static_cast<int>(i);
    return !list.kernels[i].test_only || json.fail("that kernel is for tests");
  }
  return json.fail("there is no such kernel");
}

// "mc": 144
template <class Tuning>
bool read_field(JsonReader& json, std::string_view name, Tuning& tuning) {
  for (const TuningField<Tuning>& field : kTuningFields<Tuning>) {
    if (name != field.name) continue;
    double value = 0;
    bool flag = false;
    if (field.flag ? !json.boolean(flag) : !json.number(value)) return false;
    if (field.flag) value = flag;
    if (!(value >= field.least && value <= field.most)) return json.fail("the value is out of range");
    field.set(tuning, value);
    return true;
  }
  return json.fail("there is no such field");
}

// The fields of a structure that names no kernel.
template <class Tuning>
bool read_tuning(JsonReader& json, Tuning& tuning) {
  JsonReader::Text key;
  if (!json.enter_object()) return false;
  while (json.next_key(key))
    if (!read_field(json, key.view(), tuning)) return false;
  tuning.tuned = true;
  return json.error() == nullptr;
}

// And of one that does. `current` becomes false when they are for another list of kernels.
template <class Tuning>
bool read_tuning(JsonReader& json, Tuning& tuning, const KernelList& list, bool& current) {
  char hash[17];
  kernel_list_hash(list, hash);
  JsonReader::Text key;
  bool hashed = false;
  if (!json.enter_object()) return false;
  while (json.next_key(key)) {
    if (key.view() == "kernels") {
      JsonReader::Text made_for;
      if (!json.string(made_for)) return false;
      hashed = true;
      if (made_for.view() != hash) current = false;
    } else if (!current) {
      // Names that mean nothing here are no error of the file's.
      if (!json.skip()) return false;
    } else if (key.view() == "kernel" ? !read_kernel(json, list, tuning.kernel)
                                      : !read_field(json, key.view(), tuning)) {
      return false;
    }
  }
  tuning.tuned = true;
  return json.error() == nullptr && (hashed || json.fail("\"kernels\" is missing"));
}

// An object whose keys are instruction sets: read(isa) takes the value of each that `find` knows; those of other builds
// are skipped.
template <class Find, class Read>
bool read_isas(JsonReader& json, Find find, Read read) {
  JsonReader::Text key;
  if (!json.enter_object()) return false;
  while (json.next_key(key)) {
    char name[sizeof key.bytes + 1] = {};
    std::memcpy(name, key.bytes, key.size);
    Isa isa{};
    const auto* entry = isa_from_name(name, isa) ? find(isa) : nullptr;
    if (entry == nullptr ? !json.skip() : !read(*entry)) return false;
  }
  return json.error() == nullptr;
}

bool read_gemm(JsonReader& json, Profile& profile, bool& current) {
  return read_isas(json, find_isa, [&](const IsaEntry& entry) {
    JsonReader::Text key;
    if (!json.enter_object()) return false;
    while (json.next_key(key)) {
      const bool f32 = key.view() == "f32", f64 = key.view() == "f64";
      if (!f32 && !f64) return json.fail("types are f32 and f64");
      if (!read_tuning(json, profile.gemm[static_cast<int>(entry.isa)][f64],
                       entry.kernels(f64 ? DType::f64 : DType::f32), current))
        return false;
    }
    return json.error() == nullptr;
  });
}

// What tunes a part of the library; `found` is false, and nothing read, when there is no part of that name.
bool read_section(JsonReader& json, std::string_view name, Profile& profile, bool& current, bool& found) {
  found = true;
  if (name == "gemm") return read_gemm(json, profile, current);
  if (name == "int8")
    return read_isas(json, find_int8, [&](const Int8Entry& entry) {
      return read_tuning(json, profile.int8[static_cast<int>(entry.isa)], entry.kernels, current);
    });
  if (name == "conv")
    return read_isas(json, find_isa, [&](const IsaEntry& entry) {
      return read_tuning(json, profile.conv[static_cast<int>(entry.isa)]);
    });
  if (name == "threads") return read_tuning(json, profile.threads);
  found = false;
  return true;
}

template <class Tuning>
bool same(const Tuning& a, const Tuning& b) {
  if (a.tuned != b.tuned) return false;
  if constexpr (requires { a.kernel; })
    if (a.kernel != b.kernel) return false;
  for (const TuningField<Tuning>& field : kTuningFields<Tuning>)
    if (field.get(a) != field.get(b)) return false;
  return true;
}

ProfileFit fit_of(std::string_view scope, const Origin& origin, const CpuInfo& cpu) {
  if (scope == "isa") return ProfileFit::isa;
  const bool family = origin.vendor.view() == cpu.vendor && origin.family == cpu.family;
  if (scope == "family") return family ? ProfileFit::family : ProfileFit::none;
  // Models differ in caches by what a hypervisor shows of them. L3 is left out: it is shared out as it likes.
  const bool same = family && origin.model == cpu.model_number && origin.l1d == static_cast<double>(cpu.l1d.bytes) &&
                    origin.l2 == static_cast<double>(cpu.l2.bytes);
  return same ? ProfileFit::cpu : ProfileFit::none;
}

struct CloseFile {
  void operator()(int* descriptor) const { close(*descriptor); }
};
struct FreeText {
  void operator()(char* text) const { std::free(text); }
};
using FileText = std::unique_ptr<char, FreeText>;

// The whole of a regular file of at most kMostBytes. missing: nothing can be opened there.
ProfileState read_file(const char* path, FileText& text, std::size_t& size, LogText& why) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a FIFO must not hold a BLAS call up
  if (descriptor < 0) {
    why.add("%s", std::strerror(errno));
    return ProfileState::missing;
  }
  const std::unique_ptr<int, CloseFile> closer(&descriptor);
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > std::int64_t{kMostBytes}) {
    why.add("not a regular file of at most %zu KiB", kMostBytes / 1024);
    return ProfileState::broken;
  }
  const auto expected = static_cast<std::size_t>(status.st_size);
  text.reset(static_cast<char*>(std::malloc(expected + 1)));
  if (text == nullptr) {
    why.add("no memory to read it");
    return ProfileState::broken;
  }
  size = 0;
  while (size < expected) {
    const ssize_t n = read(descriptor, text.get() + size, expected - size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    size += static_cast<std::size_t>(n);
  }
  return ProfileState::good;
}

void set_name(Profile& profile, ProfileSource source, const char* name) {
  profile.source = source;
  std::snprintf(profile.name, sizeof profile.name, "%s", name);
}

// Tries a file; true when it decides, for good or bad.
bool try_file(const char* path, ProfileSource source, const CpuInfo& cpu, Profile& profile, LogText& why) {
  Profile found;
  set_name(found, source, path);
  LogText reason;
  const ProfileState state = load_profile(path, cpu, found, reason);
  if (state == ProfileState::good) {
    profile = found;
    return true;
  }
  if (state == ProfileState::missing && source != ProfileSource::environment) return false;
  why.add("profile %s: %s; using analytic defaults", path, reason.c_str());
  return true;
}

// The shipped profile that fits best.
bool find_shipped(const CpuInfo& cpu, Profile& profile) {
  ProfileFit best = ProfileFit::none;
  for (const ShippedProfile* shipped = kShippedProfiles; shipped->name != nullptr; ++shipped) {
    Profile found;
    set_name(found, ProfileSource::shipped, shipped->name);
    ProfileFit fit = ProfileFit::none;
    LogText why;
    if (read_profile(shipped->text, cpu, found, fit, why) != ProfileState::good || fit <= best) continue;
    best = fit;
    profile = found;
  }
  return best != ProfileFit::none;
}

// The first profile lives here, so that it needs no memory. Others are allocated and kept: calls may be using them.
constinit Profile g_first;
pthread_once_t g_once = PTHREAD_ONCE_INIT;  // survives a fork in the middle of it

struct Kept {
  Profile profile;
  const Kept* next;
};
constinit std::atomic<const Kept*> g_kept{nullptr};

void look_up_once() {
  const int saved = errno;
  LogText why;
  g_first = find_profile(process_profile_places(), cpu_info(), why);
  if (why.size() > 0) write_log(why);
  // A program may have loaded one before the first call.
  const Profile* none = nullptr;
  detail::g_profile.compare_exchange_strong(none, &g_first, std::memory_order_acq_rel);
  errno = saved;
}

}  // namespace

bool Profile::operator==(const Profile& other) const {
  if (source != other.source || std::strcmp(name, other.name) != 0 || !same(threads, other.threads)) return false;
  for (std::size_t isa = 0; isa < kIsaCount; ++isa) {
    if (!same(gemm[isa][0], other.gemm[isa][0]) || !same(gemm[isa][1], other.gemm[isa][1]) ||
        !same(int8[isa], other.int8[isa]) || !same(conv[isa], other.conv[isa]))
      return false;
  }
  return true;
}

ProfileState read_profile(std::string_view text, const CpuInfo& cpu, Profile& profile, ProfileFit& fit, LogText& why) {
  JsonReader json(text);
  JsonReader::Text key, scope{{'c', 'p', 'u'}, 3};
  Profile read;
  Origin origin;
  double schema = -1;
  bool tunings = false, current = true;
  if (json.enter_object()) {
    while (json.next_key(key)) {
      const std::string_view k = key.view();
      if (k == "tessera_profile") {
        json.number(schema);
      } else if (k == "scope") {
        if (json.string(scope) && scope.view() != "cpu" && scope.view() != "family" && scope.view() != "isa")
          json.fail("a scope is cpu, family or isa");
      } else if (k == "cpu") {
        read_origin(json, origin);
      } else {
        bool found = false;
        read_section(json, k, read, current, found);
        tunings = tunings || found;
        if (!found) json.skip();
      }
      // What follows in another version of the format is anybody's guess.
      if (schema >= 0 && schema != kProfileSchema) {
        why.add("format %g, this library reads %d: run tessera-tune again", schema, kProfileSchema);
        return ProfileState::outdated;
      }
    }
  }
  if (json.finish() && (schema < 0 || !origin.present || !tunings))
    json.fail("tessera_profile, cpu or what it tunes is missing");
  if (json.error() != nullptr) {
    why.add("line %d: %s", json.line(), json.error());
    return ProfileState::broken;
  }
  fit = fit_of(scope.view(), origin, cpu);
  if (fit == ProfileFit::none) {
    char here[64];
    cpu_profile_name(cpu, here);
    why.add("made on another CPU (%.*s family %g model %g; this is %s, or its caches differ)",
            static_cast<int>(origin.vendor.size), origin.vendor.bytes, origin.family, origin.model, here);
    return ProfileState::foreign;
  }
  if (!current) {
    why.add("made for other kernels than this library's: run tessera-tune again");
    return ProfileState::outdated;
  }
  read.source = profile.source;
  std::memcpy(read.name, profile.name, sizeof read.name);
  profile = read;
  return ProfileState::good;
}

ProfileState load_profile(const char* path, const CpuInfo& cpu, Profile& profile, LogText& why) {
  FileText text;
  std::size_t size = 0;
  const ProfileState state = read_file(path, text, size, why);
  if (state != ProfileState::good) return state;
  ProfileFit fit = ProfileFit::none;
  return read_profile({text.get(), size}, cpu, profile, fit, why);
}

void kernel_list_hash(const KernelList& list, char (&hash)[17]) {
  std::uint64_t h = 0xcbf29ce484222325u;  // FNV-1a
  for (std::size_t i = 0; i < list.count; ++i) {
    if (list.kernels[i].test_only) continue;
    char name[kKernelNameSize];
    kernel_name(list.kernels[i], name);
    for (const char* c = name;; ++c) {
      h = (h ^ static_cast<unsigned char>(*c)) * 0x100000001b3u;
      if (*c == '\0') break;
    }
  }
  std::snprintf(hash, sizeof hash, "%016llx", static_cast<unsigned long long>(h));
}

void cpu_profile_name(const CpuInfo& cpu, char (&name)[64]) {
  char vendor[sizeof cpu.vendor + 1] = {};
  std::size_t n = 0;
  for (const char c : std::string_view(cpu.vendor, strnlen(cpu.vendor, sizeof cpu.vendor)))
    if (std::isalnum(static_cast<unsigned char>(c)))
      vendor[n++] = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::snprintf(name, sizeof name, "%s-%d-%d", n > 0 ? vendor : "unknown", cpu.family, cpu.model_number);
}

ProfilePlaces process_profile_places() {
  ProfilePlaces places;
  places.environment = secure_getenv("TESSERA_PROFILE");
  places.config_home = secure_getenv("XDG_CONFIG_HOME");
  places.home = secure_getenv("HOME");
  return places;
}

bool user_profile_path(const ProfilePlaces& places, const CpuInfo& cpu, char (&path)[256]) {
  char name[64];
  cpu_profile_name(cpu, name);
  // The XDG specification wants relative paths ignored.
  const bool config = places.config_home != nullptr && places.config_home[0] == '/';
  if (!config && (places.home == nullptr || places.home[0] != '/')) return false;
  const int n = std::snprintf(path, sizeof path, "%s%s/tessera/%s.json", config ? places.config_home : places.home,
                              config ? "" : "/.config", name);
  return n > 0 && static_cast<std::size_t>(n) < sizeof path;
}

Profile find_profile(const ProfilePlaces& places, const CpuInfo& cpu, LogText& why) {
  Profile profile;
  if (places.environment != nullptr && places.environment[0] != '\0') {
    if (std::strcmp(places.environment, "analytic") != 0)
      try_file(places.environment, ProfileSource::environment, cpu, profile, why);
    return profile;
  }
  char path[256], name[64];
  if (user_profile_path(places, cpu, path) && try_file(path, ProfileSource::user, cpu, profile, why)) return profile;
  if (places.system != nullptr) {
    cpu_profile_name(cpu, name);
    const int n = std::snprintf(path, sizeof path, "%s/%s.json", places.system, name);
    if (n > 0 && static_cast<std::size_t>(n) < sizeof path && try_file(path, ProfileSource::system, cpu, profile, why))
      return profile;
  }
  find_shipped(cpu, profile);
  return profile;
}

namespace detail {

constinit std::atomic<const Profile*> g_profile{nullptr};

const Profile& look_up_profile() {
  pthread_once(&g_once, look_up_once);
  return *g_profile.load(std::memory_order_acquire);
}

}  // namespace detail

bool activate_profile(const Profile& profile) {
  const Kept* head = g_kept.load(std::memory_order_acquire);
  for (const Kept* kept = head; kept != nullptr; kept = kept->next) {
    if (!(kept->profile == profile)) continue;
    detail::g_profile.store(&kept->profile, std::memory_order_release);
    return true;
  }
  Kept* kept = new (std::nothrow) Kept{profile, head};
  if (kept == nullptr) return false;
  while (!g_kept.compare_exchange_weak(kept->next, kept, std::memory_order_acq_rel)) {
  }
  detail::g_profile.store(&kept->profile, std::memory_order_release);
  return true;
}

void describe_profile(const Profile& profile, LogText& text) {
  if (profile.source == ProfileSource::analytic) return text.add("analytic defaults");
  text.add("profile %s (%s)", profile.name, source_name(profile.source));
}

}  // namespace tessera
