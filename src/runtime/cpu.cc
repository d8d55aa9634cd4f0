#include "runtime/cpu.h"

#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/isa.h"
#include "runtime/cpu_detail.h"

#if defined(__x86_64__)
#include <cpuid.h>
#else
#include <sys/auxv.h>
#include <sys/prctl.h>
#endif

namespace tessera {

std::uint32_t x86_features(const X86FeatureWords& words) {
  const auto bit = [](std::uint32_t word, int at) { return (word >> at & 1u) != 0; };
  constexpr std::uint64_t kYmmState = 0x06;  // XMM, upper YMM
  constexpr std::uint64_t kZmmState = 0xe6;  // and opmasks, upper ZMM0-15, ZMM16-31
  std::uint32_t features = 0;
  const bool osxsave = bit(words.leaf1_ecx, 27), avx = bit(words.leaf1_ecx, 28);
  if (!osxsave || !avx || (words.xcr0 & kYmmState) != kYmmState) return 0;
  if (bit(words.leaf1_ecx, 12)) features |= kFeatFma;
  if (bit(words.leaf1_ecx, 29)) features |= kFeatF16c;
  if (bit(words.leaf7_ebx, 5)) features |= kFeatAvx2;
  if (bit(words.leaf7_1_eax, 4)) features |= kFeatAvxVnni;
  if ((words.xcr0 & kZmmState) != kZmmState || !bit(words.leaf7_ebx, 16)) return features;
  features |= kFeatAvx512F;
  if (bit(words.leaf7_ebx, 17)) features |= kFeatAvx512Dq;
  if (bit(words.leaf7_ebx, 30)) features |= kFeatAvx512Bw;
  if (bit(words.leaf7_ebx, 31)) features |= kFeatAvx512Vl;
  if (bit(words.leaf7_ecx, 11)) features |= kFeatAvx512Vnni;
  return features;
}

namespace detail {

CacheLevel decode_cache_leaf(const CpuidRegs& regs) {
  CacheLevel found;
  const std::uint32_t type = regs.eax & 31u;  // 0 none, 1 data, 2 instruction, 3 unified
  if (type == 0) return found;
  found.level = static_cast<int>(regs.eax >> 5 & 7u);
  found.has_data = type == 1 || type == 3;
  const index_t line = (regs.ebx & 0xfffu) + 1, partitions = (regs.ebx >> 12 & 0x3ffu) + 1;
  const index_t ways = (regs.ebx >> 22) + 1, sets = index_t{regs.ecx} + 1;
  const bool fully_associative = (regs.eax >> 9 & 1u) != 0;
  found.cache.bytes = line * partitions * ways * sets;
  found.cache.line = line;
  found.cache.ways = static_cast<int>(fully_associative ? found.cache.bytes / line : ways);
  found.cache.shared_by = static_cast<int>((regs.eax >> 14 & 0xfffu) + 1);
  return found;
}

void decode_signature(std::uint32_t leaf1_eax, CpuInfo& info) {
  const int family = static_cast<int>(leaf1_eax >> 8 & 15u), model = static_cast<int>(leaf1_eax >> 4 & 15u);
  info.stepping = static_cast<int>(leaf1_eax & 15u);
  info.family = family == 15 ? family + static_cast<int>(leaf1_eax >> 20 & 255u) : family;
  info.model_number = family == 6 || family == 15 ? model + (static_cast<int>(leaf1_eax >> 16 & 15u) << 4) : model;
}

void decode_midr(std::uint64_t midr, CpuInfo& info) {
  info.family = static_cast<int>(midr >> 24 & 0xffu);
  info.model_number = static_cast<int>(midr >> 4 & 0xfffu);
  info.stepping = static_cast<int>((midr >> 20 & 15u) << 4 | (midr & 15u));
}

namespace {

// Reads digits off the front of `text`; -1 when there is none or they are too many.
index_t take_number(std::string_view& text) {
  index_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9')
    value = value * 10 + (text[digits++] - '0');
  text.remove_prefix(digits);
  return digits == 0 || digits > 12 ? -1 : value;
}

bool at_end(std::string_view text) { return text.empty() || text == "\n"; }

CacheInfo* cache_of(CpuInfo& info, int level) {
  return level == 1 ? &info.l1d : level == 2 ? &info.l2 : level == 3 ? &info.l3 : nullptr;
}

void caches_from_leaf(const X86Cpu& cpu, std::uint32_t leaf, CpuInfo& info) {
  for (std::uint32_t subleaf = 0; subleaf < 16; ++subleaf) {
    const CacheLevel found = decode_cache_leaf(cpu.cpuid(leaf, subleaf));
    if (found.level == 0) break;
    CacheInfo* cache = cache_of(info, found.level);
    if (cache != nullptr && found.has_data) *cache = found.cache;
  }
}

}  // namespace

index_t parse_cache_size(std::string_view text) {
  if (text.size() > 16) return 0;
  index_t value = take_number(text);
  if (value <= 0) return 0;
  if (!text.empty() && text[0] == 'K') {
    value <<= 10;
    text.remove_prefix(1);
  } else if (!text.empty() && text[0] == 'M') {
    value <<= 20;
    text.remove_prefix(1);
  }
  return at_end(text) ? value : 0;
}

int count_cpu_list(std::string_view text) {
  index_t count = 0;
  while (!at_end(text)) {
    const index_t first = take_number(text);
    index_t last = first;
    if (!text.empty() && text[0] == '-') {
      text.remove_prefix(1);
      last = take_number(text);
    }
    if (first < 0 || last < first) return 0;
    count += last - first + 1;
    if (!text.empty() && text[0] == ',') {
      text.remove_prefix(1);
    } else if (!at_end(text)) {
      return 0;
    }
  }
  return count < 1 << 20 ? static_cast<int>(count) : 0;
}

void detect_x86(const X86Cpu& cpu, CpuInfo& info) {
  const CpuidRegs leaf0 = cpu.cpuid(0, 0);
  std::memcpy(info.vendor, &leaf0.ebx, 4);
  std::memcpy(info.vendor + 4, &leaf0.edx, 4);
  std::memcpy(info.vendor + 8, &leaf0.ecx, 4);

  const CpuidRegs leaf1 = cpu.cpuid(1, 0);
  decode_signature(leaf1.eax, info);
  const bool osxsave = (leaf1.ecx >> 27 & 1u) != 0;
  const CpuidRegs leaf7 = leaf0.eax >= 7 ? cpu.cpuid(7, 0) : CpuidRegs{};
  const CpuidRegs leaf7_1 = leaf7.eax >= 1 ? cpu.cpuid(7, 1) : CpuidRegs{};  // eax: the last sub-leaf
  info.features = x86_features({leaf1.ecx, leaf7.ebx, osxsave ? cpu.xcr0() : std::uint64_t{0}, leaf7.ecx, leaf7_1.eax});

  const std::uint32_t max_extended = cpu.cpuid(0x80000000u, 0).eax;
  if (max_extended >= 0x80000004u) {
    char brand[49] = {};
    for (std::uint32_t i = 0; i < 3; ++i) {
      const CpuidRegs part = cpu.cpuid(0x80000002u + i, 0);
      std::memcpy(brand + 16 * i, &part, 16);
    }
    const char* begin = brand + std::strspn(brand, " ");
    std::size_t length = std::strlen(begin);
    while (length > 0 && begin[length - 1] == ' ') --length;
    std::memcpy(info.model, begin, length);
  }

  // Whichever of the two enumerations is filled in; asking the vendor's name would shut out the next vendor. Leaf
  // 0x8000001D exists where the topology extensions bit is set.
  if (leaf0.eax >= 4) caches_from_leaf(cpu, 4, info);
  const bool topology_extensions = max_extended >= 0x8000001du && (cpu.cpuid(0x80000001u, 0).ecx >> 22 & 1u) != 0;
  if (info.l1d.bytes == 0 && topology_extensions) caches_from_leaf(cpu, 0x8000001du, info);
}

bool issues_in_order(std::uint64_t midr) {
  constexpr int kArm = 0x41, kParts[] = {0xc05, 0xc07, 0xc08, 0xd02, 0xd03, 0xd04, 0xd05, 0xd46, 0xd80};
  CpuInfo core;
  decode_midr(midr, core);
  for (const int part : kParts)
    if (core.family == kArm && core.model_number == part) return true;
  return false;
}

namespace {

void identify_arm(std::uint64_t midr, CpuInfo& info) {
  decode_midr(midr, info);
  info.in_order = issues_in_order(midr);
  std::snprintf(info.vendor, sizeof info.vendor, "0x%02x", static_cast<unsigned>(info.family));
  std::snprintf(info.model, sizeof info.model, "part 0x%03x", static_cast<unsigned>(info.model_number));
}

}  // namespace

void detect_arm(const ArmCpu& cpu, CpuInfo& info) {
  // Linux's uapi/asm/hwcap.h; spelled out, because what libc's headers name depends on their age.
  constexpr int kAsimd = 1, kAsimdDp = 20;  // AT_HWCAP
  constexpr int kI8mm = 13;                 // AT_HWCAP2
  const auto bit = [](std::uint64_t word, int at) { return (word >> at & 1u) != 0; };
  if (bit(cpu.hwcap, kAsimd)) info.features |= kFeatNeon;
  if (bit(cpu.hwcap, kAsimdDp)) info.features |= kFeatNeonDot;
  if (bit(cpu.hwcap2, kI8mm)) info.features |= kFeatNeonI8mm;
  if (cpu.sve_bytes == 32) info.features |= kFeatSve256;
  identify_arm(cpu.midr, info);
}

void detect_arm32(const ArmCpu& cpu, CpuInfo& info) {
  constexpr std::uint64_t kNeon = 1u << 12, kVfpv4 = 1u << 16;  // AT_HWCAP
  if ((cpu.hwcap & kNeon) != 0 && (cpu.hwcap & kVfpv4) != 0) info.features |= kFeatNeon32;
  identify_arm(cpu.midr, info);
}

std::uint64_t midr_from_files(const Files& files) {
  char text[2048];
  if (!files.read("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", text, sizeof text).empty())
    return std::strtoull(text, nullptr, 16);
  const std::string_view cpuinfo = files.read("/proc/cpuinfo", text, sizeof text);
  const auto field = [&](std::string_view name) -> std::uint64_t {
    const std::size_t at = cpuinfo.find(name);
    const std::size_t colon = at == std::string_view::npos ? at : cpuinfo.find(':', at);
    return colon == std::string_view::npos ? 0 : std::strtoull(text + colon + 1, nullptr, 0);
  };
  return field("CPU implementer") << 24 | field("CPU variant") << 20 | field("CPU part") << 4 | field("CPU revision");
}

void complete_from_sysfs(const Files& files, CpuInfo& info) {
  char path[96], text[256];
  // CPU 0's caches. The kernel's count of sharers replaces any other: CPUID's counts identifiers reserved, not CPUs
  // present.
  for (int index = 0; index < 8; ++index) {
    const auto field = [&](const char* name) {
      std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);
      return files.read(path, text, sizeof text);
    };
    if (field("level").empty()) break;
    CacheInfo* cache = cache_of(info, std::atoi(text));
    if (cache == nullptr || field("type").substr(0, 11) == "Instruction") continue;
    if (cache->bytes == 0) {
      cache->bytes = parse_cache_size(field("size"));
      if (!field("coherency_line_size").empty() && std::atoi(text) > 0) cache->line = std::atoi(text);
      if (!field("ways_of_associativity").empty() && std::atoi(text) > 0) cache->ways = std::atoi(text);
    }
    if (const int sharers = count_cpu_list(field("shared_cpu_list")); sharers > 0) cache->shared_by = sharers;
  }
  // The scheduler's estimate, 1024 for the fastest core; kernels have it for ARM and for x86 with cores of two kinds.
  int least = 0, most = 0;
  for (int cpu = 0; cpu < 1024; ++cpu) {
    std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpu_capacity", cpu);
    if (files.read(path, text, sizeof text).empty()) break;
    const int capacity = std::atoi(text);
    if (capacity > 0) {
      least = least == 0 || capacity < least ? capacity : least;
      most = capacity > most ? capacity : most;
    }
    std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/regs/identification/midr_el1", cpu);
    if (info.in_order && !files.read(path, text, sizeof text).empty())
      info.in_order = issues_in_order(std::strtoull(text, nullptr, 16));
  }
  // Less than a tenth of difference is that of clocks, and no reason for more tasks.
  if (10 * least < 9 * most) info.slowest_core = static_cast<double>(least) / most;
}

void complete_with_defaults(long online, CpuInfo& info) {
  const auto plausible = [](const CacheInfo& cache) { return cache.bytes > 0; };
  // A machine with an L2 and no L3 is a fact; one of which no level is known gets all three.
  const bool nothing_known = !plausible(info.l1d) && !plausible(info.l2) && !plausible(info.l3);
  if (!plausible(info.l1d)) info.l1d.bytes = 32 << 10;
  if (!plausible(info.l2)) info.l2.bytes = 512 << 10;
  if (nothing_known) info.l3.bytes = 4 << 20;
  for (CacheInfo* cache : {&info.l1d, &info.l2, &info.l3}) {
    if (online > 0 && cache->shared_by > online) cache->shared_by = static_cast<int>(online);
    if (cache->shared_by < 1) cache->shared_by = 1;
  }
}

}  // namespace detail

namespace {

class SystemFiles final : public detail::Files {
 public:
  std::string_view read(const char* path, char* text, std::size_t size) const override {
    std::FILE* file = std::fopen(path, "re");
    if (file == nullptr) return {};
    const std::size_t n = std::fread(text, 1, size - 1, file);
    std::fclose(file);
    text[n] = 0;
    return {text, n};
  }
};

#if defined(__x86_64__)

class ThisCpu final : public detail::X86Cpu {
 public:
  detail::CpuidRegs cpuid(std::uint32_t leaf, std::uint32_t subleaf) const override {
    detail::CpuidRegs regs{};
    __cpuid_count(leaf, subleaf, regs.eax, regs.ebx, regs.ecx, regs.edx);
    return regs;
  }
  // The intrinsic would need -mxsave.
  std::uint64_t xcr0() const override {
    std::uint32_t low, high;
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return std::uint64_t{high} << 32 | low;
  }
};

void detect(const detail::Files&, CpuInfo& info) { detail::detect_x86(ThisCpu(), info); }

#elif defined(__aarch64__)

// A thread's registers of SVE, in bytes; 0 where there are none. Threads begin with their creator's width, and one that
// changes its own (prctl) may call no kernel of SVE any more.
int sve_bytes() {
  constexpr int kGetLength = 51, kLengthMask = 0xffff;  // Linux's uapi/linux/prctl.h
  const int answer = prctl(kGetLength);
  return answer < 0 ? 0 : answer & kLengthMask;
}

void detect(const detail::Files& files, CpuInfo& info) {
  constexpr std::uint64_t kHwcapCpuid = 1u << 11;
  detail::ArmCpu cpu{getauxval(AT_HWCAP), getauxval(AT_HWCAP2), detail::midr_from_files(files), sve_bytes()};
  if (cpu.midr == 0 && (cpu.hwcap & kHwcapCpuid) != 0)
    asm("mrs %0, midr_el1" : "=r"(cpu.midr));  // emulated by the kernel where that bit is set
  detail::detect_arm(cpu, info);
}

#elif defined(__arm__)

void detect(const detail::Files& files, CpuInfo& info) {
  detail::detect_arm32({getauxval(AT_HWCAP), 0, detail::midr_from_files(files)}, info);
}

#else

// The kernel's name for the processor ("v7l"): user mode cannot ask for more.
void detect(const detail::Files&, CpuInfo& info) {
  const char* platform = reinterpret_cast<const char*>(getauxval(AT_PLATFORM));
  std::snprintf(info.vendor, sizeof info.vendor, "%s", platform != nullptr ? platform : "unknown");
}

#endif

// Not a function-local static: pthread_once survives a fork in the middle of it, a guard variable does not.
constinit CpuInfo g_info;
pthread_once_t g_once = PTHREAD_ONCE_INIT;

void detect_once() {
  const SystemFiles files;
  detect(files, g_info);
  detail::complete_from_sysfs(files, g_info);
  detail::complete_with_defaults(sysconf(_SC_NPROCESSORS_ONLN), g_info);
}

}  // namespace

const CpuInfo& cpu_info() {
  pthread_once(&g_once, detect_once);
  return g_info;
}

}  // namespace tessera
