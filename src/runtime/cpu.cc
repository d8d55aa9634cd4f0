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
#elif defined(__aarch64__)
#include <sys/auxv.h>
#ifndef HWCAP_ASIMD
#define HWCAP_ASIMD (1 << 1)
#endif
#ifndef HWCAP_ASIMDDP
#define HWCAP_ASIMDDP (1 << 20)
#endif
#ifndef HWCAP2_I8MM
#define HWCAP2_I8MM (1 << 13)
#endif
#ifndef HWCAP_CPUID
#define HWCAP_CPUID (1 << 11)
#endif
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

}  // namespace detail

namespace {

// Reads a small file as a string; empty when it cannot be read.
template <std::size_t N>
std::string_view read_small(const char* path, char (&buffer)[N]) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return {};
  const std::size_t n = std::fread(buffer, 1, N - 1, file);
  std::fclose(file);
  buffer[n] = 0;
  return {buffer, n};
}

CacheInfo* cache_of(CpuInfo& info, int level) {
  return level == 1 ? &info.l1d : level == 2 ? &info.l2 : level == 3 ? &info.l3 : nullptr;
}

// What the kernel says about CPU 0's caches, for levels of which nothing is known yet. The kernel's count of sharers
// replaces any other: CPUID's counts identifiers reserved, not CPUs present.
void complete_from_sysfs(CpuInfo& info) {
  for (int index = 0; index < 8; ++index) {
    char path[96], text[256];
    const auto field = [&](const char* name) {
      std::snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", index, name);
      return read_small(path, text);
    };
    if (field("level").empty()) break;
    CacheInfo* cache = cache_of(info, std::atoi(text));
    if (cache == nullptr || field("type").substr(0, 11) == "Instruction") continue;
    if (cache->bytes == 0) {
      cache->bytes = detail::parse_cache_size(field("size"));
      if (!field("coherency_line_size").empty() && std::atoi(text) > 0) cache->line = std::atoi(text);
      if (!field("ways_of_associativity").empty() && std::atoi(text) > 0) cache->ways = std::atoi(text);
    }
    if (const int sharers = detail::count_cpu_list(field("shared_cpu_list")); sharers > 0) cache->shared_by = sharers;
  }
}

void complete_with_defaults(CpuInfo& info) {
  const auto plausible = [](const CacheInfo& cache) { return cache.bytes > 0; };
  // A machine with an L2 and no L3 is a fact; one of which no level is known gets all three.
  const bool nothing_known = !plausible(info.l1d) && !plausible(info.l2) && !plausible(info.l3);
  if (!plausible(info.l1d)) info.l1d.bytes = 32 << 10;
  if (!plausible(info.l2)) info.l2.bytes = 512 << 10;
  if (nothing_known) info.l3.bytes = 4 << 20;
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  for (CacheInfo* cache : {&info.l1d, &info.l2, &info.l3}) {
    if (online > 0 && cache->shared_by > online) cache->shared_by = static_cast<int>(online);
    if (cache->shared_by < 1) cache->shared_by = 1;
  }
}

#if defined(__x86_64__)

detail::CpuidRegs cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
  detail::CpuidRegs regs{};
  __cpuid_count(leaf, subleaf, regs.eax, regs.ebx, regs.ecx, regs.edx);
  return regs;
}

// The intrinsic would need -mxsave.
std::uint64_t xgetbv0() {
  std::uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return std::uint64_t{high} << 32 | low;
}

void caches_from_leaf(CpuInfo& info, std::uint32_t leaf) {
  for (std::uint32_t subleaf = 0; subleaf < 16; ++subleaf) {
    const detail::CacheLevel found = detail::decode_cache_leaf(cpuid(leaf, subleaf));
    if (found.level == 0) break;
    CacheInfo* cache = cache_of(info, found.level);
    if (cache != nullptr && found.has_data) *cache = found.cache;
  }
}

void detect(CpuInfo& info) {
  const detail::CpuidRegs leaf0 = cpuid(0, 0);
  std::memcpy(info.vendor, &leaf0.ebx, 4);
  std::memcpy(info.vendor + 4, &leaf0.edx, 4);
  std::memcpy(info.vendor + 8, &leaf0.ecx, 4);

  const detail::CpuidRegs leaf1 = cpuid(1, 0);
  detail::decode_signature(leaf1.eax, info);
  const bool osxsave = (leaf1.ecx >> 27 & 1u) != 0;
  const detail::CpuidRegs leaf7 = leaf0.eax >= 7 ? cpuid(7, 0) : detail::CpuidRegs{};
  const detail::CpuidRegs leaf7_1 = leaf7.eax >= 1 ? cpuid(7, 1) : detail::CpuidRegs{};  // eax: the last sub-leaf
  info.features = x86_features({leaf1.ecx, leaf7.ebx, osxsave ? xgetbv0() : std::uint64_t{0}, leaf7.ecx, leaf7_1.eax});

  const std::uint32_t max_extended = cpuid(0x80000000u, 0).eax;
  if (max_extended >= 0x80000004u) {
    char brand[49] = {};
    for (std::uint32_t i = 0; i < 3; ++i) {
      const detail::CpuidRegs part = cpuid(0x80000002u + i, 0);
      std::memcpy(brand + 16 * i, &part, 16);
    }
    const char* begin = brand + std::strspn(brand, " ");
    std::size_t length = std::strlen(begin);
    while (length > 0 && begin[length - 1] == ' ') --length;
    std::memcpy(info.model, begin, length);
  }

  // Whichever of the two enumerations is filled in; asking the vendor's name would shut out the next vendor. Leaf
  // 0x8000001D exists where the topology extensions bit is set.
  if (leaf0.eax >= 4) caches_from_leaf(info, 4);
  const bool topology_extensions = max_extended >= 0x8000001du && (cpuid(0x80000001u, 0).ecx >> 22 & 1u) != 0;
  if (info.l1d.bytes == 0 && topology_extensions) caches_from_leaf(info, 0x8000001du);
}

#elif defined(__aarch64__)

void detect(CpuInfo& info) {
  const unsigned long capabilities = getauxval(AT_HWCAP);
  if ((capabilities & HWCAP_ASIMD) != 0) info.features |= kFeatNeon;
  if ((capabilities & HWCAP_ASIMDDP) != 0) info.features |= kFeatNeonDot;
  if ((getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0) info.features |= kFeatNeonI8mm;
  char text[64];
  std::uint64_t midr = 0;
  if (!read_small("/sys/devices/system/cpu/cpu0/regs/identification/midr_el1", text).empty()) {
    midr = std::strtoull(text, nullptr, 16);
  } else if ((capabilities & HWCAP_CPUID) != 0) {
    asm("mrs %0, midr_el1" : "=r"(midr));  // emulated by the kernel where that bit is set
  }
  detail::decode_midr(midr, info);
  std::snprintf(info.vendor, sizeof info.vendor, "0x%02x", static_cast<unsigned>(info.family));
  std::snprintf(info.model, sizeof info.model, "part 0x%03x", static_cast<unsigned>(info.model_number));
}

#else

void detect(CpuInfo&) {}

#endif

// Not a function-local static: pthread_once survives a fork in the middle of it, a guard variable does not.
constinit CpuInfo g_info;
pthread_once_t g_once = PTHREAD_ONCE_INIT;

void detect_once() {
  detect(g_info);
  complete_from_sysfs(g_info);
  complete_with_defaults(g_info);
}

}  // namespace

const CpuInfo& cpu_info() {
  pthread_once(&g_once, detect_once);
  return g_info;
}

}  // namespace tessera
