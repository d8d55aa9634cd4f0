// Profiles as text, for tests.
#pragma once

#include <cstdio>
#include <string>

#include "runtime/profile.h"

namespace tessera::test {

inline std::string hash_of(const KernelList& list) {
  char hash[17];
  kernel_list_hash(list, hash);
  return hash;
}

inline std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

// {"kernels": ..., "kernel": ..., and every field}; without a list, the fields.
template <class Tuning>
std::string tuning_text(const KernelList* list, const Tuning& tuning) {
  std::string text = "{";
  if constexpr (requires { tuning.kernel; }) {
    char name[kKernelNameSize];
    kernel_name(list->kernels[tuning.kernel], name);
    text += "\"kernels\": \"" + hash_of(*list) + "\", \"kernel\": \"" + name + '"';
  }
  for (const TuningField<Tuning>& field : kTuningFields<Tuning>) {
    const double value = field.get(tuning);
    text += std::string(text.size() > 1 ? ",\n      \"" : "\"") + field.name +
            "\": " + (field.flag ? (value != 0 ? "true" : "false") : number(value));
  }
  return text + "}";
}

inline std::string cpu_text(const CpuInfo& cpu) {
  return std::string("{\"vendor\": \"") + cpu.vendor + "\", \"family\": " + number(cpu.family) +
         ", \"model\": " + number(cpu.model_number) +
         ", \"name\": \"\\\"quoted\\\" \\u00e9\", \"l1d\": " + number(static_cast<double>(cpu.l1d.bytes)) +
         ", \"l2\": " + number(static_cast<double>(cpu.l2.bytes)) + "}";
}

// A profile of `cpu` with these sections, and one that the library does not read.
inline std::string profile_of(const CpuInfo& cpu, const std::string& sections, const std::string& scope = "cpu") {
  return "{\n  \"tessera_profile\": 1,\n  \"scope\": \"" + scope + "\",\n  \"cpu\": " + cpu_text(cpu) + ",\n  " +
         sections + ",\n  \"measured\": [1, -2.5e3, {\"a\": [true, null, \"x\"]}, []]\n}\n";
}

// For one ISA and type.
inline std::string profile_text(const CpuInfo& cpu, const IsaEntry& isa, DType real, const GemmTuning& tuning,
                                const std::string& scope = "cpu") {
  return profile_of(cpu,
                    std::string("\"gemm\": {\n    \"") + isa_info(isa.isa).name + "\": {\"" + name_of(real) +
                        "\": " + tuning_text(&isa.kernels(real), tuning) + "}\n  }",
                    scope);
}

}  // namespace tessera::test
