#include "autotune/profile_file.h"

#include <tessera/version.h>
#include <time.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace tessera::tune {

Json cpu_json(const CpuInfo& cpu) {
  const IsaList isas = compiled_isas();
  const MissingFeatures features = missing_features(isas.entries[isas.count - 1].isa, ~cpu.features);
  return {{"vendor", cpu.vendor},
          {"family", cpu.family},
          {"model", cpu.model_number},
          {"stepping", cpu.stepping},
          {"name", cpu.model},
          {"features", features.text},
          {"l1d", cpu.l1d.bytes},
          {"l2", cpu.l2.bytes},
          {"l3", cpu.l3.bytes},
          {"l1d_ways", cpu.l1d.ways},
          {"l2_ways", cpu.l2.ways},
          {"l3_ways", cpu.l3.ways},
          {"l3_shared_by", cpu.l3.shared_by}};
}

std::string timestamp() {
  const time_t seconds = time(nullptr);
  tm utc;
  gmtime_r(&seconds, &utc);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

namespace {

template <class Tuning>
Json tuning_json(const Tuning& tuning, const KernelList* list) {
  Json fields = Json::object();
  if constexpr (requires { tuning.kernel; }) {
    char hash[17], name[kKernelNameSize];
    kernel_list_hash(*list, hash);
    kernel_name(list->kernels[tuning.kernel], name);
    fields = {{"kernels", hash}, {"kernel", name}};
  }
  const Tuning defaults;
  for (const TuningField<Tuning>& field : kTuningFields<Tuning>) {
    const double value = field.get(tuning);
    if (value == field.get(defaults)) continue;
    if (field.flag) {
      fields[field.name] = value != 0;
    } else if (field.whole || value == std::floor(value)) {
      fields[field.name] = static_cast<long long>(value);
    } else {
      fields[field.name] = value;
    }
  }
  return fields;
}

}  // namespace

Json profile_json(const CpuInfo& cpu, const Profile& profile, const Json& measured) {
  Json json = {{"tessera_profile", kProfileSchema},
               {"scope", "cpu"},
               {"library", tsr_version()},
               {"created", timestamp()},
               {"cpu", cpu_json(cpu)},
               {"gemm", Json::object()}};
  for (const IsaEntry& entry : compiled_isas()) {
    const auto isa = static_cast<int>(entry.isa);
    const char* name = isa_info(entry.isa).name;
    for (const DType real : {DType::f32, DType::f64})
      if (const GemmTuning& tuning = profile.tuning(entry.isa, real); tuning.tuned)
        json["gemm"][name][name_of(real)] = tuning_json(tuning, &entry.kernels(real));
    if (profile.conv[isa].tuned) json["conv"][name] = tuning_json(profile.conv[isa], nullptr);
  }
  for (const Int8Entry& entry : compiled_int8_isas())
    if (const Int8Tuning& tuning = profile.int8[static_cast<int>(entry.isa)]; tuning.tuned)
      json["int8"][isa_info(entry.isa).name] = tuning_json(tuning, &entry.kernels);
  if (profile.threads.tuned) json["threads"] = tuning_json(profile.threads, nullptr);
  json["measured"] = measured;
  return json;
}

std::vector<std::pair<std::string, Json>> tunings_of(const Json& profile) {
  std::vector<std::pair<std::string, Json>> tunings;
  for (const char* part : {"gemm", "int8", "conv"}) {
    const Json isas = profile.value(part, Json::object());
    for (const auto& [isa, given] : isas.items()) {
      if (part != std::string("gemm")) {
        tunings.emplace_back(isa + ' ' + part, given);
        continue;
      }
      for (const auto& [type, fields] : given.items()) tunings.emplace_back(isa + ' ' + type, fields);
    }
  }
  if (profile.contains("threads")) tunings.emplace_back("threads", profile["threads"]);
  return tunings;
}

void write_file(const std::string& path, const std::string& text) {
  const std::filesystem::path directory = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  const std::string temporary = path + "." + std::to_string(getpid());
  std::ofstream out(temporary, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + temporary);
  std::filesystem::rename(temporary, path, error);
  if (error) throw std::runtime_error("cannot write " + path + ": " + error.message());
}

Json read_profile_json(const std::string& path, const CpuInfo* cpu) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_object()) throw std::runtime_error(path + ": not JSON");
  CpuInfo made_on;
  if (cpu == nullptr) {
    const Json made = json.value("cpu", Json::object());
    if (!made.is_object()) throw std::runtime_error(path + ": not a profile");
    const auto number = [&](const char* key) -> long long {
      const auto found = made.find(key);
      return found != made.end() && found->is_number() ? found->get<long long>() : 0;
    };
    const auto vendor = made.find("vendor");
    if (vendor != made.end() && vendor->is_string())
      std::snprintf(made_on.vendor, sizeof made_on.vendor, "%s", vendor->get_ref<const std::string&>().c_str());
    made_on.family = static_cast<int>(number("family"));
    made_on.model_number = static_cast<int>(number("model"));
    made_on.l1d.bytes = number("l1d");
    made_on.l2.bytes = number("l2");
    cpu = &made_on;
  }
  Profile profile;
  ProfileFit fit{};
  LogText why;
  if (read_profile(text, *cpu, profile, fit, why) != ProfileState::good)
    throw std::runtime_error(path + ": " + why.c_str());
  return json;
}

}  // namespace tessera::tune
