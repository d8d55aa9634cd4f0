// Profiles: what is read, what is refused and how, and which one is found.
#include "runtime/profile.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "platform.h"
#include "support/profile_text.h"
#include "support/random.h"

namespace tessera::test {
namespace {

CpuInfo some_cpu() {
  CpuInfo cpu;
  std::strcpy(cpu.vendor, "SomeVendor");
  cpu.family = 25;
  cpu.model_number = 17;
  cpu.l1d.bytes = 32768;
  cpu.l2.bytes = 1 << 20;
  return cpu;
}

const IsaEntry& last_isa() { return compiled_isas().entries[compiled_isas().count - 1]; }

// Another value than the default in every field.
template <class Tuning = GemmTuning>
Tuning other_tuning() {
  Tuning tuning;
  if constexpr (requires { tuning.kernel; }) tuning.kernel = 1;
  for (const TuningField<Tuning>& field : kTuningFields<Tuning>) {
    const double value = field.get(tuning);
    field.set(tuning, field.flag ? 1 - value : field.most < 100 ? value + 3 : field.whole ? value + 64 : value + 0.25);
  }
  return tuning;
}

template <class Tuning>
void expect_equal(const Tuning& got, const Tuning& expected) {
  if constexpr (requires { got.kernel; }) {
    EXPECT_EQ(got.kernel, expected.kernel);
  }
  for (const TuningField<Tuning>& field : kTuningFields<Tuning>)
    EXPECT_EQ(field.get(got), field.get(expected)) << field.name;
}

struct Reading {
  ProfileState state;
  ProfileFit fit = ProfileFit::none;
  Profile profile;
  LogText why;
};
Reading read(const std::string& text, const CpuInfo& cpu = some_cpu()) {
  Reading r{};
  r.profile.source = ProfileSource::user;
  r.state = read_profile(text, cpu, r.profile, r.fit, r.why);
  return r;
}

std::string good_text(DType real = DType::f64) { return profile_text(some_cpu(), last_isa(), real, other_tuning()); }

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST(Profile, EveryFieldArrives) {
  for (const IsaEntry& isa : compiled_isas()) {
    for (const DType real : {DType::f32, DType::f64}) {
      const Reading r = read(profile_text(some_cpu(), isa, real, other_tuning()));
      ASSERT_EQ(r.state, ProfileState::good) << r.why.c_str();
      EXPECT_EQ(r.fit, ProfileFit::cpu);
      EXPECT_EQ(r.profile.source, ProfileSource::user);
      for (const IsaEntry& other : compiled_isas()) {
        for (const DType type : {DType::f32, DType::f64}) {
          const bool tuned = other.isa == isa.isa && type == real;
          EXPECT_EQ(r.profile.tuning(other.isa, type).tuned, tuned);
          expect_equal(r.profile.tuning(other.isa, type), tuned ? other_tuning() : GemmTuning{});
        }
      }
    }
  }
}

TEST(Profile, EveryFieldOfEveryPartArrives) {
  for (const Int8Entry& isa : compiled_int8_isas()) {
    const auto int8 = other_tuning<Int8Tuning>();
    const std::string name = std::string("{\"") + isa_info(isa.isa).name + "\": ";
    const Reading r = read(profile_of(some_cpu(), "\"int8\": " + name + tuning_text(&isa.kernels, int8) + "}"));
    ASSERT_EQ(r.state, ProfileState::good) << r.why.c_str();
    for (const Int8Entry& other : compiled_int8_isas()) {
      const Int8Tuning& got = r.profile.int8[static_cast<int>(other.isa)];
      EXPECT_EQ(got.tuned, other.isa == isa.isa);
      expect_equal(got, got.tuned ? int8 : Int8Tuning{});
    }
    const std::string old = replaced(tuning_text(&isa.kernels, int8), hash_of(isa.kernels), "0000000000000000");
    EXPECT_EQ(read(profile_of(some_cpu(), "\"int8\": " + name + old + "}")).state, ProfileState::outdated);
  }
  for (const IsaEntry& isa : compiled_isas()) {
    const auto conv = other_tuning<ConvTuning>();
    const auto threads = other_tuning<ThreadTuning>();
    const Reading r = read(profile_of(some_cpu(), std::string("\"conv\": {\"") + isa_info(isa.isa).name +
                                                      "\": " + tuning_text(nullptr, conv) +
                                                      "}, \"threads\": " + tuning_text(nullptr, threads)));
    ASSERT_EQ(r.state, ProfileState::good) << r.why.c_str();
    expect_equal(r.profile.threads, threads);
    EXPECT_TRUE(r.profile.threads.tuned);
    for (const IsaEntry& other : compiled_isas()) {
      const ConvTuning& got = r.profile.conv[static_cast<int>(other.isa)];
      EXPECT_EQ(got.tuned, other.isa == isa.isa);
      expect_equal(got, got.tuned ? conv : ConvTuning{});
    }
  }
}

void expect_refused(const Reading& r, ProfileState state, const std::string& what) {
  EXPECT_EQ(r.state, state) << what;
  EXPECT_GT(r.why.size(), 0u) << what;
  EXPECT_EQ(std::strchr(r.why.c_str(), '\n'), nullptr) << what;
  Profile untouched;
  untouched.source = ProfileSource::user;
  EXPECT_TRUE(r.profile == untouched) << what;
}

TEST(Profile, EveryTruncationIsBroken) {
  const std::string text = good_text();
  const std::size_t end = text.find_last_of('}');
  for (std::size_t size = 0; size <= end; ++size)
    expect_refused(read(text.substr(0, size)), ProfileState::broken, text.substr(0, size));
  EXPECT_EQ(read(text.substr(0, end + 1)).state, ProfileState::good);
}

TEST(Profile, GarbageIsRefusedOrHarmless) {
  Random random(test_seed());
  const std::string text = good_text();
  for (int turn = 0; turn < 4000; ++turn) {
    std::string bad;
    if (turn % 4 == 0) {
      bad.resize(static_cast<std::size_t>(random.integer(0, 300)));
      for (char& c : bad) c = static_cast<char>(random.integer(0, 255));
    } else {
      bad = text;
      for (index_t i = random.integer(1, 4); i > 0; --i)
        bad[static_cast<std::size_t>(random.integer(0, static_cast<index_t>(bad.size()) - 1))] =
            static_cast<char>(turn % 4 == 1 ? random.integer(0, 255) : "{}[]\",:0129.eE-tn \n"[random.integer(0, 18)]);
    }
    const Reading r = read(bad);
    if (r.state != ProfileState::good) {
      ASSERT_GT(r.why.size(), 0u) << bad;
      continue;
    }
    const GemmTuning& tuning = r.profile.tuning(last_isa().isa, DType::f64);
    const KernelList& list = last_isa().kernels(DType::f64);
    ASSERT_TRUE(tuning.kernel >= 0 && static_cast<std::size_t>(tuning.kernel) < list.count) << bad;
    for (const auto& field : kTuningFields<GemmTuning>) {
      ASSERT_GE(field.get(tuning), field.least) << bad;
      ASSERT_LE(field.get(tuning), field.most) << bad;
    }
  }
}

TEST(Profile, WhatIsWrongIsNamed) {
  const std::string text = good_text();
  const struct {
    const char *what, *with, *reason;
    ProfileState state;
  } cases[] = {
      {"\"kc\": 64", "\"kc\": -1", "out of range", ProfileState::broken},
      {"\"kc\": 64", "\"kc\": 1e99", "out of range", ProfileState::broken},
      {"\"kc\": 64", "\"kc\": \"64\"", "expected a number", ProfileState::broken},
      {"\"kc\": 64", "\"kz\": 64", "no such field", ProfileState::broken},
      {"\"prefetch_c\": false", "\"prefetch_c\": 0", "expected true or false", ProfileState::broken},
      {"\"kernel\": \"gemm_", "\"kernel\": \"gemn_", "no such kernel", ProfileState::broken},
      {"\"kernels\": ", "\"hash\": ", "no such field", ProfileState::broken},
      {"\"f64\"", "\"f16\"", "types are", ProfileState::broken},
      {"\"scope\": \"cpu\"", "\"scope\": \"all\"", "scope", ProfileState::broken},
      {"\"tessera_profile\": 1,", "", "missing", ProfileState::broken},
      {"\"gemm\"", "\"news\"", "missing", ProfileState::broken},
      {"\"gemm\"", "\"conv\"", "no such field", ProfileState::broken},
      {"\"gemm\"", "\"threads\"", "no such field", ProfileState::broken},
      {"\"tessera_profile\": 1,", "\"tessera_profile\": 2, \"news\": {},", "format 2", ProfileState::outdated},
      {"\"family\": 25", "\"family\": 26", "another CPU", ProfileState::foreign},
      {"\"model\": 17", "\"model\": 18", "another CPU", ProfileState::foreign},
      {"SomeVendor", "OtherVendor", "another CPU", ProfileState::foreign},
      {"\"l2\": 1048576", "\"l2\": 524288", "another CPU", ProfileState::foreign},
  };
  for (const auto& c : cases) {
    const Reading r = read(replaced(text, c.what, c.with));
    expect_refused(r, c.state, c.with);
    EXPECT_NE(std::strstr(r.why.c_str(), c.reason), nullptr) << r.why.c_str();
  }
  EXPECT_NE(std::strstr(read(replaced(text, "\"kc\": 64", "\"kc\": -1")).why.c_str(), "line "), nullptr);
}

TEST(Profile, OtherKernelsMakeItOutdated) {
  const std::string hash = hash_of(last_isa().kernels(DType::f64));
  std::string text = replaced(good_text(), hash, "0000000000000000");
  // Its kernel and fields may be unknown here: that is not what is wrong.
  text = replaced(replaced(text, "\"kernel\": \"gemm_", "\"kernel\": \"new_"), "\"kc\"", "\"new_field\"");
  const Reading r = read(text);
  expect_refused(r, ProfileState::outdated, text);
  EXPECT_NE(std::strstr(r.why.c_str(), "tessera-tune"), nullptr);
}

TEST(Profile, AnIsaOfAnotherBuildIsSkipped) {
  const std::string name = std::string("\"") + isa_info(last_isa().isa).name + "\": {";
  const Reading r = read(replaced(good_text(), name, "\"sve9\": {\"f8\": [{}]}, " + name));
  EXPECT_EQ(r.state, ProfileState::good) << r.why.c_str();
  EXPECT_TRUE(r.profile.tuning(last_isa().isa, DType::f64).tuned);
}

TEST(Profile, KernelsForTestsAreRefused) {
  for (const IsaEntry& isa : compiled_isas()) {
    for (const DType real : {DType::f32, DType::f64}) {
      const KernelList& list = isa.kernels(real);
      for (std::size_t i = 0; i < list.count; ++i) {
        GemmTuning tuning;
        tuning.kernel = static_cast<int>(i);
        EXPECT_EQ(read(profile_text(some_cpu(), isa, real, tuning)).state,
                  list.kernels[i].test_only ? ProfileState::broken : ProfileState::good);
      }
    }
  }
}

TEST(Profile, ScopesWiden) {
  CpuInfo model = some_cpu(), family = some_cpu();
  model.model_number = 99;
  family.family = 6;
  const struct {
    const char* scope;
    ProfileFit same, other_model, other_family;
  } cases[] = {{"cpu", ProfileFit::cpu, ProfileFit::none, ProfileFit::none},
               {"family", ProfileFit::family, ProfileFit::family, ProfileFit::none},
               {"isa", ProfileFit::isa, ProfileFit::isa, ProfileFit::isa}};
  for (const auto& c : cases) {
    const std::string text = profile_text(some_cpu(), last_isa(), DType::f32, other_tuning(), c.scope);
    EXPECT_EQ(read(text).fit, c.same) << c.scope;
    EXPECT_EQ(read(text, model).fit, c.other_model) << c.scope;
    EXPECT_EQ(read(text, family).fit, c.other_family) << c.scope;
    EXPECT_EQ(read(text, family).state,
              c.other_family == ProfileFit::none ? ProfileState::foreign : ProfileState::good);
  }
}

TEST(Profile, TheHashIsOfTheNames) {
  const KernelList& list = last_isa().kernels(DType::f32);
  const std::string whole = hash_of(list);
  EXPECT_EQ(whole.size(), 16u);
  KernelList shorter = list;
  do --shorter.count;
  while (shorter.kernels[shorter.count].test_only);
  EXPECT_NE(hash_of(shorter), whole);
  EXPECT_NE(hash_of(last_isa().kernels(DType::f64)), whole);
}

// Every profile that is part of the library can be used with it. A failure asks for a new run of tessera-tune: the
// kernels have changed.
TEST(Profile, ShippedOnesAreCurrent) {
  int shipped = 0;
  for (const ShippedProfile* p = kShippedProfiles; p->name != nullptr; ++p, ++shipped) {
    // Whatever this CPU is.
    std::string text = p->text;
    for (const char* scope : {"\"scope\": \"cpu\"", "\"scope\": \"family\""})
      if (const std::size_t at = text.find(scope); at != std::string::npos)
        text.replace(at, std::strlen(scope), "\"scope\": \"isa\"");
    const Reading r = read(text);
    EXPECT_EQ(r.state, ProfileState::good) << p->name << ": " << r.why.c_str();
    EXPECT_EQ(r.fit, ProfileFit::isa) << p->name;
  }
  std::printf("%d shipped\n", shipped);
}

class Places : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tessera_profile_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    for (const char* d : {"config", "home", "system"}) std::filesystem::create_directories(root_ / d);
    config_ = root_ / "config";
    home_ = root_ / "home";
    system_ = root_ / "system";
    places_.config_home = config_.c_str();
    places_.home = home_.c_str();
    places_.system = system_.c_str();
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  // A good profile that can be told from others by its mc.
  void write(const std::filesystem::path& path, index_t mc) {
    GemmTuning tuning;
    tuning.mc = mc;
    write(path, profile_text(some_cpu(), last_isa(), DType::f32, tuning));
  }
  Profile find() {
    why_ = LogText();
    return find_profile(places_, some_cpu(), why_);
  }
  static index_t mc(const Profile& profile) { return profile.tuning(last_isa().isa, DType::f32).mc; }

  std::filesystem::path root_;
  std::string config_, home_, system_, environment_;
  ProfilePlaces places_;
  LogText why_;
  const std::string file_ = "somevendor-25-17.json";
};

TEST_F(Places, TheFirstThatIsThereDecides) {
  EXPECT_EQ(find().source, ProfileSource::analytic);
  write(system_ + "/" + file_, 11);
  EXPECT_EQ(find().source, ProfileSource::system);
  EXPECT_EQ(mc(find()), 11);
  write(home_ + "/.config/tessera/" + file_, 12);
  EXPECT_EQ(mc(find()), 11) << "HOME counts only without XDG_CONFIG_HOME";
  write(config_ + "/tessera/" + file_, 13);
  EXPECT_EQ(mc(find()), 13);
  EXPECT_EQ(find().source, ProfileSource::user);
  for (const char* ignored : {static_cast<const char*>(nullptr), "", "relative/path"}) {
    places_.config_home = ignored;
    EXPECT_EQ(mc(find()), 12);
  }
  environment_ = root_ / "given.json";
  places_.environment = environment_.c_str();
  write(environment_, 14);
  EXPECT_EQ(mc(find()), 14);
  EXPECT_EQ(find().source, ProfileSource::environment);
  EXPECT_EQ(find().name, environment_);
  places_.environment = "";
  EXPECT_EQ(mc(find()), 12);
  places_.environment = "analytic";
  EXPECT_EQ(find().source, ProfileSource::analytic);
  EXPECT_EQ(why_.size(), 0u);
}

TEST_F(Places, ABadProfileIsSaidAndNothingElseIsTried) {
  write(system_ + "/" + file_, 11);
  write(config_ + "/tessera/" + file_, "{\"tessera_profile\": 1");
  EXPECT_EQ(find().source, ProfileSource::analytic);
  const std::string line = why_.c_str();
  EXPECT_NE(line.find(config_ + "/tessera/" + file_), std::string::npos) << line;
  EXPECT_NE(line.find("line 1: the text ends too early; using analytic defaults"), std::string::npos) << line;
}

TEST_F(Places, WhatCannotBeReadIsSaidWhenAskedFor) {
  environment_ = root_ / "nowhere.json";
  places_.environment = environment_.c_str();
  EXPECT_EQ(find().source, ProfileSource::analytic);
  EXPECT_NE(std::strstr(why_.c_str(), "nowhere.json: No such file"), nullptr) << why_.c_str();

  environment_ = system_;
  places_.environment = environment_.c_str();
  EXPECT_EQ(find().source, ProfileSource::analytic);
  EXPECT_NE(std::strstr(why_.c_str(), "not a regular file"), nullptr) << why_.c_str();

  environment_ = root_ / "fifo";  // nobody writes to it
  ASSERT_EQ(mkfifo(environment_.c_str(), 0600), 0);
  places_.environment = environment_.c_str();
  EXPECT_EQ(find().source, ProfileSource::analytic);
  EXPECT_NE(std::strstr(why_.c_str(), "not a regular file"), nullptr) << why_.c_str();

  environment_ = root_ / "big";
  write(environment_, std::string(300 * 1024, ' '));
  places_.environment = environment_.c_str();
  EXPECT_EQ(find().source, ProfileSource::analytic);
  EXPECT_NE(std::strstr(why_.c_str(), "at most 256 KiB"), nullptr) << why_.c_str();
}

// Everything tuned, as long as a file can be: loading must not be felt by the call that does it.
TEST_F(Places, LoadingTakesLessThanAMillisecond) {
  std::string gemm, int8, conv;
  const auto add = [](std::string& to, const char* isa, const std::string& value) {
    to += (to.empty() ? "\"" : ", \"") + std::string(isa) + "\": " + value;
  };
  for (const IsaEntry& isa : compiled_isas()) {
    const char* name = isa_info(isa.isa).name;
    add(gemm, name,
        "{\"f32\": " + tuning_text(&isa.f32, other_tuning()) + ", \"f64\": " + tuning_text(&isa.f64, other_tuning()) +
            "}");
    add(conv, name, tuning_text(nullptr, other_tuning<ConvTuning>()));
  }
  for (const Int8Entry& isa : compiled_int8_isas())
    add(int8, isa_info(isa.isa).name, tuning_text(&isa.kernels, other_tuning<Int8Tuning>()));
  char name[64];
  cpu_profile_name(some_cpu(), name);
  write(root_ / "system" / (std::string(name) + ".json"),
        profile_of(some_cpu(), "\"gemm\": {" + gemm + "}, \"int8\": {" + int8 + "}, \"conv\": {" + conv + "}"));
  double least = 1;  // of many: the machine may be held up
  for (int i = 0; i < 50; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_EQ(find().source, ProfileSource::system) << why_.c_str();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::printf("loaded in %.0f us\n", least * 1e6);
  EXPECT_LT(least, kEmulated ? 2e-2 : 1e-3);
}

TEST_F(Places, NoPlacesAtAll) {
  EXPECT_EQ(find_profile({nullptr, nullptr, nullptr, nullptr}, some_cpu(), why_).source, ProfileSource::analytic);
  EXPECT_EQ(why_.size(), 0u);
  char path[256];
  EXPECT_FALSE(user_profile_path({nullptr, "x", nullptr, nullptr}, some_cpu(), path));
  const std::string longest = '/' + std::string(300, 'x');
  EXPECT_FALSE(user_profile_path({nullptr, longest.c_str(), nullptr, nullptr}, some_cpu(), path));
}

TEST(ActiveProfile, ReplacingKeepsWhatIsInUseAndDoesNotGrow) {
  Profile tuned;
  tuned.source = ProfileSource::program;
  tuned.gemm[0][0].mc = 77;
  ASSERT_TRUE(activate_profile(tuned));
  const Profile* first = &active_profile();
  EXPECT_TRUE(*first == tuned);
  ASSERT_TRUE(activate_profile(Profile{}));
  EXPECT_TRUE(active_profile() == Profile{});
  EXPECT_EQ(first->gemm[0][0].mc, 77);
  ASSERT_TRUE(activate_profile(tuned));
  EXPECT_EQ(&active_profile(), first);
}

}  // namespace
}  // namespace tessera::test
