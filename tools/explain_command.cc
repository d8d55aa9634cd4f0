#include "explain_command.h"

#include <stdlib.h>

#include <cctype>
#include <cstdio>
#include <cstring>

#include "gemm/explain.h"
#include "runtime/num_threads.h"

namespace tessera {
namespace {

bool parse_number(const char* text, index_t most, index_t& value) {
  char* end = nullptr;
  const long long parsed = std::strtoll(text, &end, 10);
  value = parsed;
  return end != text && *end == '\0' && parsed > 0 && parsed <= most;
}

bool parse_type(const char* text, DType& type) {
  static constexpr struct {
    char letter;
    DType type;
  } kTypes[] = {{'s', DType::f32}, {'d', DType::f64}, {'c', DType::c32}, {'z', DType::c64}};
  for (const auto& t : kTypes) {
    if (std::tolower(static_cast<unsigned char>(text[0])) == t.letter && std::strcmp(text + 1, "gemm") == 0) {
      type = t.type;
      return true;
    }
  }
  return false;
}

bool parse_letters(const char* text, char (&letters)[2]) {
  if (std::strlen(text) != 2) return false;
  for (int i = 0; i < 2; ++i) {
    letters[i] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[i])));
    if (std::strchr("NTC", letters[i]) == nullptr) return false;
  }
  return true;
}

// Where the plan's numbers come from: a profile, the caches, the user.
void print_sources(const Machine& machine, DType real, bool threads_given) {
  LogText profile;
  describe_profile(active_profile(), profile);
  std::printf("sources: %s\n", profile.c_str());
  const bool isa_given = secure_getenv("TESSERA_ISA") != nullptr;
  std::printf("  %-18s %s (%s)\n", "isa", isa_info(machine.isa->isa).name,
              isa_given ? "TESSERA_ISA" : "best of this CPU");
  if (threads_given) std::printf("  %-18s as given\n", "threads");
  const GemmTuning& tuning = machine.tuning(real);
  const GemmTuning defaults;
  char name[kKernelNameSize];
  kernel_name(machine.isa->kernels(real).kernels[tuning.kernel], name);
  std::printf("  %-18s %s (%s)\n", "kernel", name, tuning.tuned ? "profile" : "default");
  const Blocks blocks = gemm_blocks(machine, real);
  const auto derived = [&](const char* field) {
    return std::strcmp(field, "mc") == 0 ? blocks.mc : std::strcmp(field, "kc") == 0 ? blocks.kc : blocks.nc;
  };
  for (const auto& field : kTuningFields<GemmTuning>) {
    const double value = field.get(tuning);
    const bool block = std::strlen(field.name) == 2;
    if (block && value == 0) {
      std::printf("  %-18s %lld (analytic, from the caches)\n", field.name,
                  static_cast<long long>(derived(field.name)));
    } else {
      std::printf("  %-18s %.10g (%s)\n", field.name, value, value != field.get(defaults) ? "profile" : "default");
    }
  }
}

}  // namespace

int explain_command(int count, const char* const* words) {
  DType type{};
  index_t m = 0, n = 0, k = 0, threads = default_num_threads();
  char letters[2] = {'N', 'N'};
  constexpr index_t kMost = 1 << 30;
  const bool good = count >= 4 && count <= 6 && parse_type(words[0], type) && parse_number(words[1], kMost, m) &&
                    parse_number(words[2], kMost, n) && parse_number(words[3], kMost, k) &&
                    (count < 5 || parse_letters(words[4], letters)) &&
                    (count < 6 || parse_number(words[5], 1 << 14, threads));
  if (!good) return 2;
  const double one[2] = {1.0, 0.0}, zero[2] = {};
  const float one_f[2] = {1.0f, 0.0f};
  GemmCall call{};
  call.type = type;
  call.m = m;
  call.n = n;
  call.k = k;
  call.alpha = real_of(type) == DType::f32 ? static_cast<const void*>(one_f) : one;
  call.beta = zero;
  call.conj_a = is_complex(type) && letters[0] == 'C';
  call.conj_b = is_complex(type) && letters[1] == 'C';
  call.a_rs = letters[0] == 'N' ? 1 : k;
  call.a_cs = letters[0] == 'N' ? m : 1;
  call.b_rs = letters[1] == 'N' ? 1 : n;
  call.b_cs = letters[1] == 'N' ? k : 1;
  call.c_rs = 1;
  call.c_cs = m;
  const GemmProblem problem = make_problem(call);
  const Machine machine = this_machine(best_isa());
  const GemmPlan plan = plan_gemm(problem, machine, static_cast<int>(threads));
  LogText first, second;
  describe_problem(problem, first);
  describe_plan(plan, second);
  std::printf("%s\n%s\n", first.c_str(), second.c_str());
  explain_plan(problem, plan, machine, static_cast<int>(threads),
               [](const LogText& line) { std::printf("%s\n", line.c_str()); });
  print_sources(machine, real_of(type), count >= 6);
  return 0;
}

}  // namespace tessera
