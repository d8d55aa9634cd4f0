// tessera-info: what Tessera sees of this machine and what it would do with a problem.
#include <sched.h>
#include <stdlib.h>
#include <tessera/version.h>

#include <cstdio>
#include <cstring>

#include "explain_command.h"
#include "gemm/explain.h"
#include "runtime/num_threads.h"
#include "runtime/num_threads_detail.h"
#include "runtime/peak.h"

namespace tessera {
namespace {

constexpr const char* kUsage =
    "usage: tessera-info\n"
    "       tessera-info explain {s,d,c,z}gemm M N K [NN|NT|TN|TT, C for conjugate transpose] [threads]\n"
    "The first form prints the machine, the kernels and the defaults; the second the plan of a problem stored by\n"
    "columns, with alpha = 1 and beta = 0, and why nothing else was chosen.\n";

void print_cache(const char* name, const CacheInfo& cache) {
  if (cache.bytes == 0) {
    std::printf("%-10s none\n", name);
    return;
  }
  std::printf("%-10s %lld KiB, %d ways, lines of %lld bytes, shared by %d CPU%s\n", name,
              static_cast<long long>(cache.bytes / 1024), cache.ways, static_cast<long long>(cache.line),
              cache.shared_by, cache.shared_by == 1 ? "" : "s");
}

// Which of its sources default_num_threads() took.
const char* source_of_threads() {
  if (detail::parse_thread_count(secure_getenv("TESSERA_NUM_THREADS")) > 0) return "TESSERA_NUM_THREADS";
  if (detail::parse_thread_count(secure_getenv("OMP_NUM_THREADS")) > 0) return "OMP_NUM_THREADS";
  cpu_set_t mask;
  CPU_ZERO(&mask);
  // A machine with more CPUs than cpu_set_t holds refuses the call.
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return "affinity mask or CPU quota";
  return default_num_threads() < CPU_COUNT(&mask) ? "CPU quota of the cgroup" : "CPUs of the affinity mask";
}

void print_kernels(Isa isa, const char* type, const KernelList& list) {
  std::printf("%s %s\n", isa_info(isa).name, type);
  for (std::size_t i = 0; i < list.count; ++i) {
    char name[kKernelNameSize];
    kernel_name(list.kernels[i], name);
    std::printf("  %s%s\n", name, list.kernels[i].test_only ? "  (for tests)" : i == 0 ? "  (default)" : "");
  }
}

int print_machine() {
  const CpuInfo& cpu = cpu_info();
  const IsaEntry& best = best_isa();
  std::printf("%-10s %s\n", "tessera", tsr_version());
  std::printf("%-10s %s %s, family %d, model %d, stepping %d\n", "cpu", cpu.vendor, cpu.model, cpu.family,
              cpu.model_number, cpu.stepping);
  // What the widest ISA of this build needs and the CPU has.
  const IsaList isas = compiled_isas();
  const MissingFeatures features = missing_features(isas.entries[isas.count - 1].isa, ~cpu.features);
  std::printf("%-10s %s\n", "features", features.text[0] != '\0' ? features.text : "none that kernels use");
  print_cache("l1d", cpu.l1d);
  print_cache("l2", cpu.l2);
  print_cache("l3", cpu.l3);
  std::printf("%-10s %s\n", "isa", isa_info(best.isa).name);
  for (const IsaInfo& info : kIsaTable) {
    LogText text;
    if (explain_isa(info.isa, best.isa, cpu.features, text)) std::printf("%-10s %s\n", "", text.c_str());
  }
  std::printf("%-10s %s\n", "isa_int8", isa_info(best_int8().isa).name);
  std::printf("%-10s %d (%s)\n", "threads", default_num_threads(), source_of_threads());
  LogText profile;
  describe_profile(active_profile(), profile);
  std::printf("%-10s %s\n", "profile", profile.c_str());
  for (const IsaEntry& isa : isas) {
    if (!can_run(isa.isa, cpu.features)) continue;
    std::printf("%-10s %s: f32 %.1f GFLOP/s, f64 %.1f GFLOP/s, one thread in L1\n", "peak", isa_info(isa.isa).name,
                measured_peak(isa, DType::f32), measured_peak(isa, DType::f64));
  }
  std::printf("\nkernels\n");
  for (const IsaEntry& isa : isas)
    for (const DType type : {DType::f32, DType::f64}) print_kernels(isa.isa, name_of(type), isa.kernels(type));
  for (const Int8Entry& isa : compiled_int8_isas()) print_kernels(isa.isa, "int8", isa.kernels);
  return 0;
}

}  // namespace
}  // namespace tessera

int main(int argc, char** argv) {
  if (argc == 1) return tessera::print_machine();
  if (std::strcmp(argv[1], "explain") == 0) {
    const int status = tessera::explain_command(argc - 2, argv + 2);
    if (status != 0) std::fputs(tessera::kUsage, stderr);
    return status;
  }
  const bool help = std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0;
  std::fputs(tessera::kUsage, help ? stdout : stderr);
  return help ? 0 : 2;
}
