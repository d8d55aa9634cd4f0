// Whatever a profile may say.
#pragma once

#include "runtime/profile.h"
#include "support/profile_text.h"
#include "support/random.h"

namespace tessera::test {

// Near the default, at the bounds, and anywhere between.
template <class Tuning>
double random_value(Random& random, const TuningField<Tuning>& field) {
  if (field.flag) return static_cast<double>(random.integer(0, 1));
  if (!field.whole)
    return random.one_of({field.least, field.most, field.get(Tuning{}) * (1 + 0.9 * random.number<double>())});
  const auto least = static_cast<index_t>(field.least), most = static_cast<index_t>(field.most);
  switch (random.integer(0, 4)) {
    case 0:
      return field.least;
    case 1:
      return field.most;
    case 2:
      return static_cast<double>(random.integer(least, most));
    default:
      return static_cast<double>(random.integer(least, least < most - 512 ? least + 512 : most));
  }
}

// Half of the fields have their defaults. `list`: the kernels to choose from, or null.
template <class Tuning>
Tuning random_tuning(Random& random, const KernelList* list = nullptr) {
  Tuning tuning;
  if constexpr (requires { tuning.kernel; }) {
    do tuning.kernel = static_cast<int>(random.integer(0, static_cast<index_t>(list->count) - 1));
    while (list->kernels[tuning.kernel].test_only);
  }
  for (const TuningField<Tuning>& field : kTuningFields<Tuning>)
    if (random.one_in(2)) field.set(tuning, random_value(random, field));
  tuning.tuned = true;
  return tuning;
}

// Of everything.
inline Profile random_profile(Random& random) {
  Profile profile;
  profile.source = ProfileSource::program;
  for (const IsaEntry& entry : compiled_isas()) {
    const auto isa = static_cast<int>(entry.isa);
    for (const bool f64 : {false, true})
      profile.gemm[isa][f64] = random_tuning<GemmTuning>(random, &entry.kernels(f64 ? DType::f64 : DType::f32));
    profile.conv[isa] = random_tuning<ConvTuning>(random);
  }
  for (const Int8Entry& entry : compiled_int8_isas())
    profile.int8[static_cast<int>(entry.isa)] = random_tuning<Int8Tuning>(random, &entry.kernels);
  profile.threads = random_tuning<ThreadTuning>(random);
  return profile;
}

// A profile in use until the end of a scope.
class ProfileInUse {
 public:
  explicit ProfileInUse(const Profile& profile) : before_(active_profile()) { activate_profile(profile); }
  ~ProfileInUse() { activate_profile(before_); }
  ProfileInUse(const ProfileInUse&) = delete;
  ProfileInUse& operator=(const ProfileInUse&) = delete;

 private:
  const Profile before_;
};

}  // namespace tessera::test
