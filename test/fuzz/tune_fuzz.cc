// The readers of a profile and of JSON, and tsr_profile_*: a text that is not understood is a state and a line to say,
// and what is understood lies within the bounds of its fields.
#include <fcntl.h>
#include <sys/mman.h>
#include <tessera/tune.h>
#include <unistd.h>

#include <algorithm>

#include <cstdio>
#include <cstring>
#include <string>

#include "fuzz/fuzz.h"
#include "runtime/json.h"
#include "support/isas.h"
#include "support/profile_text.h"

namespace tessera::fuzz {
namespace {

// The tuning of each type as the text has set it, or the text refused.
void read(std::string_view text) {
  Profile profile;
  profile.source = ProfileSource::program;
  const Profile before = profile;
  LogText why;
  ProfileFit fit{};
  const ProfileState state = read_profile(text, cpu_info(), profile, fit, why);
  if (state != ProfileState::good) {
    FUZZ_EXPECT(profile == before, "changed in spite of an error");
    FUZZ_EXPECT(why.size() > 0, "no reason");
    return;
  }
  for (const IsaEntry& isa : compiled_isas())
    for (const DType real : {DType::f32, DType::f64}) {
      const GemmTuning& tuning = profile.tuning(isa.isa, real);
      FUZZ_EXPECT(tuning.kernel >= 0 && static_cast<std::size_t>(tuning.kernel) < isa.kernels(real).count, "kernel %d",
                  tuning.kernel);
      for (const auto& field : kTuningFields<GemmTuning>) {
        const double value = field.get(tuning);
        FUZZ_EXPECT(value >= field.least && value <= field.most, "%s is %g", field.name, value);
      }
    }
}

// A good profile with bytes changed, put in and left out.
void nearly_good(Input& in) {
  const auto isas = test::runnable_isas();
  const IsaEntry& isa = *find_isa(isas[static_cast<std::size_t>(in.integer(0, static_cast<Index>(isas.size()) - 1))]);
  const DType real = in.flag() ? DType::f64 : DType::f32;
  GemmTuning tuning;
  tuning.kernel = static_cast<int>(in.integer(0, static_cast<Index>(isa.kernels(real).count) - 1));
  const char* const scope = in.one_of({"cpu", "family", "isa", "moon"});
  std::string text = test::profile_text(cpu_info(), isa, real, tuning, scope);
  for (Index i = in.integer(0, 6); i > 0 && !text.empty(); --i) {
    const auto at = static_cast<std::size_t>(in.integer(0, 4095)) % text.size();
    switch (in.integer(0, 3)) {
      case 0:
        text[at] = static_cast<char>(in.byte());
        break;
      case 1:
        text.insert(at, in.one_of({"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", "1e999", "-", "0x1", "null"}));
        break;
      case 2:
        text.erase(at, static_cast<std::size_t>(in.integer(1, 8)));
        break;
      default:
        text.resize(at + 1);
    }
  }
  read(text);
}

// Loaded by a program; what was in use stays when it is refused. The line that the library writes then is not shown.
void load(Input& in) {
  static const int file = memfd_create("profile", 0), silence = open("/dev/null", O_WRONLY), shown = dup(STDERR_FILENO);
  FUZZ_EXPECT(file >= 0 && silence >= 0 && shown >= 0, "no files");
  const std::string name = "/proc/self/fd/" + std::to_string(file);
  const std::string_view bytes = in.rest();
  const auto size = static_cast<ssize_t>(bytes.size());
  FUZZ_EXPECT(ftruncate(file, 0) == 0 && pwrite(file, bytes.data(), bytes.size(), 0) == size, "no memory");
  char before[256], after[256];
  FUZZ_EXPECT(tsr_profile_describe(before, sizeof before) == TSR_OK, "describe");
  dup2(silence, STDERR_FILENO);
  const tsr_status status = tsr_profile_load(name.c_str());
  dup2(shown, STDERR_FILENO);
  if (status == TSR_OK) {
    FUZZ_EXPECT(tsr_profile_unload() == TSR_OK, "unload");
    return;
  }
  FUZZ_EXPECT(tsr_profile_describe(after, sizeof after) == TSR_OK, "describe");
  FUZZ_EXPECT(std::strcmp(before, after) == 0, "%s instead of %s", after, before);
}

// Whatever a caller may ask for next.
void json(Input& in) {
  const Index questions = in.integer(0, 60);
  std::string asked;
  for (Index i = 0; i < questions; ++i) asked += static_cast<char>(in.integer(0, 5));
  const std::string text(in.rest());
  JsonReader reader(text);
  bool failed = false;
  for (const char question : asked) {
    JsonReader::Text word;
    double value = 0;
    bool truth = false;
    const bool good = question == 0   ? reader.enter_object()
                      : question == 1 ? reader.next_key(word)
                      : question == 2 ? reader.number(value)
                      : question == 3 ? reader.boolean(truth)
                      : question == 4 ? reader.string(word)
                                      : reader.skip();
    FUZZ_EXPECT(word.size <= sizeof word.bytes, "%zu bytes", word.size);
    FUZZ_EXPECT(!(failed && good), "good after an error");
    failed = failed || reader.error() != nullptr;
  }
  const bool finished = reader.finish();
  FUZZ_EXPECT(finished == (reader.error() == nullptr), "no reason");
  const int lines = static_cast<int>(std::count(text.begin(), text.end(), '\n')) + 1;
  FUZZ_EXPECT(finished || (reader.line() >= 1 && reader.line() <= lines), "line %d of %d", reader.line(), lines);
}

}  // namespace
}  // namespace tessera::fuzz

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  switch (in.integer(0, 3)) {
    case 0:
      return read(in.rest());
    case 1:
      return nearly_good(in);
    case 2:
      return json(in);
    default:
      return load(in);
  }
}
