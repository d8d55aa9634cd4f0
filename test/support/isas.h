// The instruction sets of this build as test parameters. One that this CPU cannot run is skipped by name.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/cpu.h"
#include "runtime/registry.h"

namespace tessera::test {

inline std::vector<Isa> all_isas() {
  std::vector<Isa> isas;
  for (const IsaEntry& e : compiled_isas()) isas.push_back(e.isa);
  return isas;
}
inline bool runnable(Isa isa) { return can_run(isa, cpu_info().features); }
inline std::vector<Isa> runnable_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : all_isas())
    if (runnable(isa)) isas.push_back(isa);
  return isas;
}
inline std::string isa_name(const testing::TestParamInfo<Isa>& info) { return isa_info(info.param).name; }

#define TESSERA_SKIP_UNLESS_RUNNABLE(isa)                              \
  if (!::tessera::test::runnable(isa))                                 \
  GTEST_SKIP() << ::tessera::isa_info(isa).name << ": this CPU lacks " \
               << ::tessera::missing_features(isa, ::tessera::cpu_info().features).text

}  // namespace tessera::test
