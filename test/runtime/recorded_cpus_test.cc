// Detection and the choice of kernels on machines that are not here: what each answers to CPUID, as the auxiliary
// vector and in sysfs, as published, and what must come of it.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/isa.h"
#include "runtime/cpu_detail.h"
#include "runtime/registry.h"

namespace tessera {
namespace {

constexpr std::uint32_t kAvx512Level =
    kFeatAvx2 | kFeatFma | kFeatF16c | kFeatAvx512F | kFeatAvx512Dq | kFeatAvx512Bw | kFeatAvx512Vl;

struct Leaf {
  std::uint32_t leaf, subleaf;
  detail::CpuidRegs regs;
};

// What a leaf that is not listed answers is zero.
class RecordedX86 final : public detail::X86Cpu {
 public:
  RecordedX86(const std::vector<Leaf>& leaves, std::uint64_t xcr0) : leaves_(leaves), xcr0_(xcr0) {}
  detail::CpuidRegs cpuid(std::uint32_t leaf, std::uint32_t subleaf) const override {
    for (const Leaf& l : leaves_)
      if (l.leaf == leaf && l.subleaf == subleaf) return l.regs;
    return {};
  }
  std::uint64_t xcr0() const override {
    EXPECT_TRUE((cpuid(1, 0).ecx >> 27 & 1u) != 0) << "xgetbv faults where OSXSAVE is clear";
    return xcr0_;
  }

 private:
  const std::vector<Leaf>& leaves_;
  std::uint64_t xcr0_;
};

class RecordedFiles final : public detail::Files {
 public:
  explicit RecordedFiles(const std::map<std::string, std::string>& files) : files_(files) {}
  std::string_view read(const char* path, char* text, std::size_t size) const override {
    const auto found = files_.find(path);
    if (found == files_.end()) return {};
    EXPECT_LT(found->second.size(), size);
    std::memcpy(text, found->second.c_str(), found->second.size() + 1);
    return {text, found->second.size()};
  }

 private:
  const std::map<std::string, std::string>& files_;
};

constexpr detail::CpuidRegs intel(std::uint32_t max_leaf) { return {max_leaf, 0x756e6547, 0x6c65746e, 0x49656e69}; }
constexpr detail::CpuidRegs amd(std::uint32_t max_leaf) { return {max_leaf, 0x68747541, 0x444d4163, 0x69746e65}; }

struct X86Machine {
  const char* name;
  std::vector<Leaf> leaves;
  std::uint64_t xcr0;
  std::uint32_t features;
  int family, model;
  index_t l1d_kib, l2_kib, l3_kib;
  const char *isa, *int8;
};

const std::vector<Leaf> kSapphireRapids = {{0, 0, intel(0x20)},
                                           {1, 0, {0x000806f8, 0, 0x7ffefbff, 0}},
                                           {4, 0, {0xfc004121, 0x02c0003f, 0x3f, 0}},
                                           {4, 1, {0xfc004122, 0x01c0003f, 0x3f, 0}},
                                           {4, 2, {0xfc01c143, 0x03c0003f, 0x7ff, 0}},
                                           {4, 3, {0xfc1fc163, 0x0380003f, 0x1bfff, 4}},
                                           {7, 0, {2, 0xf3bfbffb, 0xfb417ffe, 0}},
                                           {7, 1, {0x00001c30, 0, 0, 0}}};

const X86Machine kX86Machines[] = {
    {"Haswell",
     {{0, 0, intel(0xd)},
      {1, 0, {0x000306c3, 0, 0x7ffafbff, 0}},
      {4, 0, {0x1c004121, 0x01c0003f, 0x3f, 0}},
      {4, 1, {0x1c004122, 0x01c0003f, 0x3f, 0}},
      {4, 2, {0x1c004143, 0x01c0003f, 0x1ff, 0}},
      {4, 3, {0x1c03c163, 0x03c0003f, 0x1fff, 6}},
      {7, 0, {0, 0x000027ab, 0, 0}},
      {7, 1, {0xffffffff, 0, 0, 0}}},  // beyond leaf 7's last sub-leaf: not to be asked
     0x7,
     kFeatAvx2 | kFeatFma | kFeatF16c,
     6,
     0x3c,
     32,
     256,
     8192,
     "avx2",
     "avx2"},
    {"Skylake-X",
     {{0, 0, intel(0x16)},
      {1, 0, {0x00050654, 0, 0x7ffefbff, 0}},
      {4, 0, {0x7c004121, 0x01c0003f, 0x3f, 0}},
      {4, 1, {0x7c004122, 0x01c0003f, 0x3f, 0}},
      {4, 2, {0x7c004143, 0x03c0003f, 0x3ff, 0}},
      {4, 3, {0x7c07c163, 0x0280003f, 0x4fff, 4}},
      {7, 0, {0, 0xd39ffffb, 0, 0}}},
     0x2ff,
     kAvx512Level,
     6,
     0x55,
     32,
     1024,
     14080,
     "avx512",
     "avx512"},
    {"Zen 2",
     {{0, 0, amd(0x10)},
      {1, 0, {0x00870f10, 0, 0x7ed8320b, 0}},
      {7, 0, {0, 0x219c91a9, 0, 0}},
      {0x80000000, 0, amd(0x80000020)},
      {0x80000001, 0, {0, 0, 0x75c237ff, 0}},
      {0x8000001d, 0, {0x4121, 0x01c0003f, 0x3f, 0}},
      {0x8000001d, 1, {0x4122, 0x01c0003f, 0x3f, 0}},
      {0x8000001d, 2, {0x4143, 0x01c0003f, 0x3ff, 2}},
      {0x8000001d, 3, {0x1c163, 0x03c0003f, 0x3fff, 1}}},
     0x207,
     kFeatAvx2 | kFeatFma | kFeatF16c,
     23,
     0x71,
     32,
     512,
     16384,
     "avx2",
     "avx2"},
    {"Zen 4, under a hypervisor",
     {{0, 0, amd(0x1c)},
      {1, 0, {0x00a10f11, 0, 0xfffa3203, 0}},
      {7, 0, {1, 0xf1bf07ab, 0x00405fc6, 0x10}},
      {7, 1, {0x20, 0, 0, 0}},
      {0x80000000, 0, amd(0x80000021)},
      {0x80000001, 0, {0x00a10f11, 0x40000000, 0x004003f3, 0x2fd3fbff}},
      {0x80000002, 0, {0x20444d41, 0x43595045, 0, 0}},
      {0x8000001d, 0, {0x121, 0x01c0003f, 0x3f, 0}},
      {0x8000001d, 1, {0x122, 0x01c0003f, 0x3f, 0}},
      {0x8000001d, 2, {0x143, 0x01c0003f, 0x7ff, 2}},
      {0x8000001d, 3, {0x4163, 0x03c0003f, 0x7fff, 1}}},
     0xe7,
     kAvx512Level | kFeatAvx512Vnni,
     25,
     0x11,
     32,
     1024,
     32768,
     "avx512",
     "avx512vnni"},
    {"Alder Lake",
     {{0, 0, intel(0x20)},
      {1, 0, {0x00090672, 0, 0x7ffafbff, 0}},
      {4, 0, {0xfc004121, 0x02c0003f, 0x3f, 0}},
      {4, 1, {0xfc004122, 0x01c0003f, 0x3f, 0}},
      {4, 2, {0xfc01c143, 0x0240003f, 0x7ff, 0}},
      {4, 3, {0xfc1fc163, 0x02c0003f, 0x9fff, 4}},
      {7, 0, {2, 0x239c27eb, 0x98c027ac, 0}},
      {7, 1, {0x00400810, 0, 0, 0}}},
     0x207,
     kFeatAvx2 | kFeatFma | kFeatF16c | kFeatAvxVnni,
     6,
     0x97,
     48,
     1280,
     30720,
     "avx2",
     "avxvnni"},
    {"Sapphire Rapids", kSapphireRapids, 0xe7, kAvx512Level | kFeatAvx512Vnni | kFeatAvxVnni, 6, 0x8f, 48, 2048, 107520,
     "avx512", "avx512vnni"},
    {"Sapphire Rapids, a VM whose system saves no AVX-512 state", kSapphireRapids, 0x7,
     kFeatAvx2 | kFeatFma | kFeatF16c | kFeatAvxVnni, 6, 0x8f, 48, 2048, 107520, "avx2", "avxvnni"},
    {"Sapphire Rapids, a VM whose system saves no AVX state", kSapphireRapids, 0x3, 0, 6, 0x8f, 48, 2048, 107520,
     "baseline", "baseline"},
    {"a VM that hides AVX and its caches",
     {{0, 0, intel(0xd)}, {1, 0, {0x000806f8, 0, 0x80ba2203, 0}}},
     0,
     0,
     6,
     0x8f,
     32,
     512,
     4096,
     "baseline",
     "baseline"},
};

constexpr index_t kib(const CacheInfo& cache) { return cache.bytes / 1024; }

TEST(RecordedCpus, X86) {
  for (const X86Machine& m : kX86Machines) {
    SCOPED_TRACE(m.name);
    CpuInfo info;
    detail::detect_x86(RecordedX86(m.leaves, m.xcr0), info);
    detail::complete_with_defaults(256, info);
    EXPECT_EQ(info.features, m.features);
    EXPECT_EQ(info.family, m.family);
    EXPECT_EQ(info.model_number, m.model);
    EXPECT_TRUE(std::strcmp(info.vendor, "GenuineIntel") == 0 || std::strcmp(info.vendor, "AuthenticAMD") == 0);
    EXPECT_EQ(kib(info.l1d), m.l1d_kib);
    EXPECT_EQ(kib(info.l2), m.l2_kib);
    EXPECT_EQ(kib(info.l3), m.l3_kib);
#if defined(__x86_64__)
    if (find_isa(Isa::avx512) == nullptr) continue;  // a build of some instruction sets alone
    EXPECT_STREQ(isa_info(isa_for(info.features).isa).name, m.isa);
    EXPECT_STREQ(isa_info(int8_for(info.features).isa).name, m.int8);
#endif
  }
}

TEST(RecordedCpus, BrandString) {
  CpuInfo info;
  detail::detect_x86(RecordedX86(kX86Machines[3].leaves, kX86Machines[3].xcr0), info);
  EXPECT_STREQ(info.model, "AMD EPYC");
}

// A cluster's CPUs: the kernel's estimate of their speed, MIDR_EL1 (0: no file says it).
struct Cluster {
  int cpus, capacity;
  std::uint64_t midr = 0;
};

struct ArmMachine {
  const char* name;
  detail::ArmCpu cpu;
  std::vector<Cluster> clusters;
  const char *l1d, *l2, *l3;  // as sysfs has them; null: no file
  std::uint32_t features;
  int implementer, part;
  index_t l1d_kib, l2_kib, l3_kib;
  double slowest;
  bool in_order;
  const char* int8;
  const char* real = "neon";
};

// AT_HWCAP of ARMv8.0 (fp asimd evtstrm crc32 cpuid), of 8.2 with dotprod, and of the Neoverse V1.
constexpr std::uint64_t kV80 = 0x887, kV82 = 0x119fff;

const ArmMachine kArmMachines[] = {
    {"Cortex-A53: a kernel that knows no caches",
     {kV80, 0, 0x410fd034},
     {{4, 1024}},
     nullptr,
     nullptr,
     nullptr,
     kFeatNeon,
     0x41,
     0xd03,
     32,
     512,
     4096,
     1,
     true,
     "neon"},
    {"Cortex-A72",
     {kV80, 0, 0x410fd083},
     {{4, 1024}},
     "32K",
     "1024K",
     nullptr,
     kFeatNeon,
     0x41,
     0xd08,
     32,
     1024,
     0,
     1,
     false,
     "neon"},
    {"Cortex-A55 and A76",
     {kV82, 0, 0x412fd050},
     {{4, 414, 0x412fd050}, {4, 1024, 0x414fd0b0}},
     "32K",
     "128K",
     "3072K",
     kFeatNeon | kFeatNeonDot,
     0x41,
     0xd05,
     32,
     128,
     3072,
     414 / 1024.0,
     false,
     "neondot"},
    {"Cortex-A55 at two clocks",
     {kV82, 0, 0x412fd050},
     {{4, 800, 0x412fd050}, {4, 1024, 0x412fd050}},
     "32K",
     "64K",
     "512K",
     kFeatNeon | kFeatNeonDot,
     0x41,
     0xd05,
     32,
     64,
     512,
     800 / 1024.0,
     true,
     "neondot"},
    {"Neoverse N1",
     {kV82 | 1u << 28, 0, 0x413fd0c1},
     {{64, 1024}},
     "64K",
     "1024K",
     "32768K",
     kFeatNeon | kFeatNeonDot,
     0x41,
     0xd0c,
     64,
     1024,
     32768,
     1,
     false,
     "neondot"},
    {"Neoverse V1",
     {0xdfffffff, 0x1f201, 0x411fd401, 32},
     {{64, 1024}},
     "64K",
     "1024K",
     "32768K",
     kFeatNeon | kFeatNeonDot | kFeatNeonI8mm | kFeatSve256,
     0x41,
     0xd40,
     64,
     1024,
     32768,
     1,
     false,
     "neoni8mm",
     "sve256"},
    {"Neoverse V2: SVE as wide as NEON",
     {0xdfffffff, 0x1f201, 0x410fd4f0, 16},
     {{64, 1024}},
     "64K",
     "2048K",
     "32768K",
     kFeatNeon | kFeatNeonDot | kFeatNeonI8mm,
     0x41,
     0xd4f,
     64,
     2048,
     32768,
     1,
     false,
     "neoni8mm"},
    {"A64FX: SVE of 512 bits",
     {0x415fff, 0, 0x461f0010, 64},
     {{48, 1024}},
     "64K",
     "8192K",
     nullptr,
     kFeatNeon,
     0x46,
     0x001,
     64,
     8192,
     0,
     1,
     false,
     "neon"},
    {"Apple M1",
     {0xefb3ffff, 0x181, 0x611f0221},
     {{4, 485}, {4, 1024}},
     "64K",
     "4096K",
     nullptr,
     kFeatNeon | kFeatNeonDot,
     0x61,
     0x022,
     64,
     4096,
     0,
     485 / 1024.0,
     false,
     "neondot"},
    {"cores of one kind at clocks of two",
     {kV82, 0, 0x414fd0b1},
     {{2, 950}, {2, 1024}},
     "64K",
     "512K",
     "2048K",
     kFeatNeon | kFeatNeonDot,
     0x41,
     0xd0b,
     64,
     512,
     2048,
     1,
     false,
     "neondot"},
};

std::map<std::string, std::string> sysfs_of(const ArmMachine& m) {
  std::map<std::string, std::string> files;
  const std::string cpus = "/sys/devices/system/cpu/cpu";
  int cpu = 0;
  for (const Cluster& cluster : m.clusters)
    for (int i = 0; i < cluster.cpus; ++i) {
      const std::string at = cpus + std::to_string(cpu++);
      files[at + "/cpu_capacity"] = std::to_string(cluster.capacity) + "\n";
      char midr[32];
      std::snprintf(midr, sizeof midr, "0x%016llx\n", static_cast<unsigned long long>(cluster.midr));
      if (cluster.midr != 0) files[at + "/regs/identification/midr_el1"] = midr;
    }
  int index = 0;
  const auto cache = [&](int level, const char* type, const char* size) {
    const std::string at = cpus + "0/cache/index" + std::to_string(index++) + "/";
    files[at + "level"] = std::to_string(level) + "\n";
    files[at + "type"] = std::string(type) + "\n";
    files[at + "size"] = std::string(size) + "\n";
    files[at + "coherency_line_size"] = "64\n";
    files[at + "shared_cpu_list"] = level == 1 ? "0\n" : "0-3\n";
  };
  if (m.l1d == nullptr) return files;
  cache(1, "Data", m.l1d);
  cache(1, "Instruction", "16K");
  cache(2, "Unified", m.l2);
  if (m.l3 != nullptr) cache(3, "Unified", m.l3);
  return files;
}

TEST(RecordedCpus, Arm) {
  for (const ArmMachine& m : kArmMachines) {
    SCOPED_TRACE(m.name);
    CpuInfo info;
    detail::detect_arm(m.cpu, info);
    const std::map<std::string, std::string> files = sysfs_of(m);
    detail::complete_from_sysfs(RecordedFiles(files), info);
    detail::complete_with_defaults(8, info);
    EXPECT_EQ(info.features, m.features);
    EXPECT_EQ(info.family, m.implementer);
    EXPECT_EQ(info.model_number, m.part);
    EXPECT_EQ(kib(info.l1d), m.l1d_kib);
    EXPECT_EQ(kib(info.l2), m.l2_kib);
    EXPECT_EQ(kib(info.l3), m.l3_kib);
    EXPECT_EQ(info.l2.shared_by, m.l1d != nullptr ? 4 : 1);
    EXPECT_DOUBLE_EQ(info.slowest_core, m.slowest);
    EXPECT_EQ(info.in_order, m.in_order);
#if defined(__aarch64__)
    if (find_int8(Isa::neoni8mm) == nullptr) continue;  // a build of some instruction sets alone
    EXPECT_STREQ(isa_info(isa_for(info.features).isa).name, m.real);
    EXPECT_STREQ(isa_info(int8_for(info.features).isa).name, m.int8);
#endif
  }
}

struct Arm32Machine {
  const char* name;
  std::uint64_t hwcap;
  const char *midr_file, *cpuinfo;  // null: no file
  std::uint32_t features;
  int implementer, part, revision;
  bool in_order;
};

const Arm32Machine kArm32Machines[] = {
    {"ARM1176: a first Raspberry Pi", 0x80d6, nullptr,
     "processor\t: 0\nmodel name\t: ARMv6-compatible processor rev 7 (v6l)\nBogoMIPS\t: 697.95\n"
     "Features\t: half thumb fastmult vfp edsp java tls \nCPU implementer\t: 0x41\nCPU architecture: 7\n"
     "CPU variant\t: 0x0\nCPU part\t: 0xb76\nCPU revision\t: 7\n\nHardware\t: BCM2835\n",
     0, 0x41, 0xb76, 0x07, false},
    {"Cortex-A7: a second one", 0x3fb0d6, nullptr,
     "processor\t: 0\nmodel name\t: ARMv7 Processor rev 5 (v7l)\nBogoMIPS\t: 57.60\n"
     "Features\t: half thumb fastmult vfp edsp neon vfpv3 tls vfpv4 idiva idivt vfpd32 lpae evtstrm \n"
     "CPU implementer\t: 0x41\nCPU architecture: 7\nCPU variant\t: 0x0\nCPU part\t: 0xc07\nCPU revision\t: 5\n\n",
     kFeatNeon32, 0x41, 0xc07, 0x05, true},
    {"Cortex-A9: NEON without fused multiply-adds", 0x1fb0d7 & ~0x10000ull, nullptr,
     "CPU implementer\t: 0x41\nCPU architecture: 7\nCPU variant\t: 0x3\nCPU part\t: 0xc09\nCPU revision\t: 0\n", 0,
     0x41, 0xc09, 0x30, false},
    {"Cortex-A53 in a 32-bit system on a 64-bit kernel", 0x3fb0d6, "0x00000000410fd034\n", nullptr, kFeatNeon32, 0x41,
     0xd03, 0x04, true},
    {"nothing but the auxiliary vector", 0x3fb0d6, nullptr, nullptr, kFeatNeon32, 0, 0, 0, false},
};

TEST(RecordedCpus, Arm32) {
  for (const Arm32Machine& m : kArm32Machines) {
    SCOPED_TRACE(m.name);
    std::map<std::string, std::string> files;
    if (m.midr_file != nullptr) files["/sys/devices/system/cpu/cpu0/regs/identification/midr_el1"] = m.midr_file;
    if (m.cpuinfo != nullptr) files["/proc/cpuinfo"] = m.cpuinfo;
    CpuInfo info;
    detail::detect_arm32({m.hwcap, 0, detail::midr_from_files(RecordedFiles(files))}, info);
    EXPECT_EQ(info.features, m.features);
    EXPECT_EQ(info.family, m.implementer);
    EXPECT_EQ(info.model_number, m.part);
    EXPECT_EQ(info.stepping, m.revision);
    EXPECT_EQ(info.in_order, m.in_order);
#if defined(__arm__)
    EXPECT_STREQ(isa_info(isa_for(info.features).isa).name, m.features != 0 ? "neon32" : "baseline");
#endif
  }
}

}  // namespace
}  // namespace tessera
