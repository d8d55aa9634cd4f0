#include "runtime/cpu.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/isa.h"
#include "runtime/cpu_detail.h"

namespace tessera {
namespace {

constexpr std::uint32_t kAvx2Level = kFeatAvx2 | kFeatFma | kFeatF16c;
constexpr std::uint32_t kAvx512Level = kAvx2Level | kFeatAvx512F | kFeatAvx512Dq | kFeatAvx512Bw | kFeatAvx512Vl;

struct Recorded {
  const char* name;
  X86FeatureWords words;  // leaf 1 ecx, leaf 7 ebx, XCR0, leaf 7 ecx, leaf 7.1 eax
  std::uint32_t features;
};

constexpr Recorded kRecorded[] = {
    {"Nehalem", {0x009ce3bd, 0x00000000, 0}, 0},
    {"Sandy Bridge: AVX alone", {0x1fbae3ff, 0x00000000, 0x7}, 0},
    {"Piledriver: FMA without AVX2", {0x3e98320b, 0x00000008, 0x7}, kFeatFma | kFeatF16c},
    {"Haswell", {0x7ffafbff, 0x000027ab, 0x7}, kAvx2Level},
    {"Skylake-X", {0x7ffefbff, 0xd39ffffb, 0x2ff}, kAvx512Level},
    {"Knights Landing: AVX-512 without DQ, BW, VL", {0x7ff8f39f, 0x1c0d23ab, 0xe7}, kAvx2Level | kFeatAvx512F},
    {"Zen 2", {0x7ed8320b, 0x219c91a9, 0x207}, kAvx2Level},
    {"Zen 4, under a hypervisor", {0xfffa3203, 0xf1bf07ab, 0xe7}, kAvx512Level},
    {"Zen 4, leaf 7 ecx too", {0xfffa3203, 0xf1bf07ab, 0xe7, 0x00405fce, 0}, kAvx512Level | kFeatAvx512Vnni},
    {"Zen 4, VM without any AVX-512 state", {0xfffa3203, 0xf1bf07ab, 0x7, 0x00405fce, 0}, kAvx2Level},
    {"Alder Lake", {0x7ffafbff, 0x239c27eb, 0x207}, kAvx2Level},
    {"Alder Lake, leaves 7 ecx and 7.1 too",
     {0x7ffafbff, 0x239c27eb, 0x207, 0x98c027ac, 0x00400810},
     kAvx2Level | kFeatAvxVnni},
    {"Sapphire Rapids",
     {0x7ffefbff, 0xf3bfbffb, 0xe7, 0xfb417ffe, 0x00001c30},
     kAvx512Level | kFeatAvx512Vnni | kFeatAvxVnni},
    {"Alder Lake, OS that saves SSE alone", {0x7ffafbff, 0x239c27eb, 0x3, 0x98c027ac, 0x00400810}, 0},
    {"Skylake-X, VM without any AVX-512 state", {0xfffefbff, 0xd39ffffb, 0x7}, kAvx2Level},
    {"Skylake-X, opmasks alone", {0xfffefbff, 0xd39ffffb, 0x27}, kAvx2Level},
    {"Skylake-X, no upper 16 registers", {0xfffefbff, 0xd39ffffb, 0x67}, kAvx2Level},
    {"Skylake-X, AVX-512 state without AVX's", {0xfffefbff, 0xd39ffffb, 0xe3}, 0},
    {"Haswell, OS that saves SSE alone", {0x7ffafbff, 0x000027ab, 0x3}, 0},
    {"Haswell, OS without OSXSAVE", {0x77fafbff, 0x000027ab, 0x0}, 0},
    {"Skylake-X, OSXSAVE clear whatever XCR0 is said to be", {0x77fefbff, 0xd39ffffb, 0xe7}, 0},
    {"Haswell, AVX masked by the hypervisor", {0x6ffafbff, 0x000027ab, 0x7}, 0},
};

TEST(X86Features, RecordedMachines) {
  for (const Recorded& machine : kRecorded) EXPECT_EQ(x86_features(machine.words), machine.features) << machine.name;
}

// Each level needs each of its bits.
TEST(X86Features, EveryBitCounts) {
  const X86FeatureWords all{0x7ffefbff, 0xd39ffffb, 0xe7};
  ASSERT_EQ(x86_features(all), kAvx512Level);
  for (int bit : {12, 27, 28, 29}) {
    X86FeatureWords words = all;
    words.leaf1_ecx &= ~(1u << bit);
    EXPECT_EQ(x86_features(words), bit == 12   ? kAvx512Level & ~kFeatFma
                                   : bit == 29 ? kAvx512Level & ~kFeatF16c
                                               : 0u)
        << "leaf 1 ecx bit " << bit;
  }
  const std::pair<int, std::uint32_t> leaf7[] = {
      {5, kFeatAvx2}, {16, kAvx512Level & ~kAvx2Level}, {17, kFeatAvx512Dq}, {30, kFeatAvx512Bw}, {31, kFeatAvx512Vl}};
  for (const auto& [bit, lost] : leaf7) {
    X86FeatureWords words = all;
    words.leaf7_ebx &= ~(1u << bit);
    EXPECT_EQ(x86_features(words), kAvx512Level & ~lost) << "leaf 7 ebx bit " << bit;
  }
}

TEST(CacheLeaf, RecordedMachines) {
  // Zen 4: L1D, L1I, L2, L3.
  const detail::CacheLevel l1d = detail::decode_cache_leaf({0x00000121, 0x01c0003f, 0x0000003f, 0});
  EXPECT_EQ(l1d.level, 1);
  EXPECT_TRUE(l1d.has_data);
  EXPECT_EQ(l1d.cache.bytes, 32 << 10);
  EXPECT_EQ(l1d.cache.ways, 8);
  EXPECT_EQ(l1d.cache.line, 64);
  EXPECT_EQ(l1d.cache.shared_by, 1);
  EXPECT_FALSE(detail::decode_cache_leaf({0x00000122, 0x01c0003f, 0x0000003f, 0}).has_data);
  const detail::CacheLevel l2 = detail::decode_cache_leaf({0x00000143, 0x01c0003f, 0x000007ff, 2});
  EXPECT_EQ(l2.level, 2);
  EXPECT_TRUE(l2.has_data);
  EXPECT_EQ(l2.cache.bytes, 1 << 20);
  EXPECT_EQ(l2.cache.ways, 8);
  const detail::CacheLevel l3 = detail::decode_cache_leaf({0x00004163, 0x03c0003f, 0x00007fff, 1});
  EXPECT_EQ(l3.level, 3);
  EXPECT_EQ(l3.cache.bytes, 32 << 20);
  EXPECT_EQ(l3.cache.ways, 16);
  EXPECT_EQ(l3.cache.shared_by, 2);
  // Skylake-X: L3 of 11 ways, 1.375 MiB for each of 14 cores.
  const detail::CacheLevel skx = detail::decode_cache_leaf({0x0007c163, 0x0280003f, 0x00006fff, 4});
  EXPECT_EQ(skx.cache.bytes, 14 * 1408 << 10);
  EXPECT_EQ(skx.cache.ways, 11);
  EXPECT_EQ(skx.cache.shared_by, 32);
  EXPECT_EQ(detail::decode_cache_leaf({0, 0, 0, 0}).level, 0);
}

TEST(Signature, ExtendedFields) {
  CpuInfo info;
  detail::decode_signature(0x000306c3, info);  // Haswell
  EXPECT_EQ(info.family, 6);
  EXPECT_EQ(info.model_number, 0x3c);
  EXPECT_EQ(info.stepping, 3);
  detail::decode_signature(0x00a10f11, info);  // Zen 4
  EXPECT_EQ(info.family, 25);
  EXPECT_EQ(info.model_number, 0x11);
  EXPECT_EQ(info.stepping, 1);
  detail::decode_signature(0x00000f29, info);  // Pentium 4
  EXPECT_EQ(info.family, 15);
  EXPECT_EQ(info.model_number, 2);
  detail::decode_midr(0x413fd0c1, info);  // Neoverse N1 r3p1
  EXPECT_EQ(info.family, 0x41);
  EXPECT_EQ(info.model_number, 0xd0c);
  EXPECT_EQ(info.stepping, 0x31);
}

TEST(Sysfs, CacheSizes) {
  EXPECT_EQ(detail::parse_cache_size("32K\n"), 32 << 10);
  EXPECT_EQ(detail::parse_cache_size("32768K"), 32 << 20);
  EXPECT_EQ(detail::parse_cache_size("1M\n"), 1 << 20);
  EXPECT_EQ(detail::parse_cache_size("512\n"), 512);
  for (const char* text : {"", "\n", "K", "0K", "32Q", "x32K", "32KB", "-32K", "99999999999999999999K"}) {
    EXPECT_EQ(detail::parse_cache_size(text), 0) << '"' << text << '"';
  }
}

TEST(Sysfs, CpuLists) {
  EXPECT_EQ(detail::count_cpu_list("0\n"), 1);
  EXPECT_EQ(detail::count_cpu_list("0-1\n"), 2);
  EXPECT_EQ(detail::count_cpu_list("0-3,8,10-11"), 7);
  for (const char* text : {"", "\n", "a", "3-1", "0-", "0;1", "-3"}) {
    EXPECT_EQ(detail::count_cpu_list(text), 0) << '"' << text << '"';
  }
}

TEST(CpuInfoHere, IsPlausible) {
  const CpuInfo& info = cpu_info();
  EXPECT_NE(info.vendor[0], 0);
  for (const CacheInfo* cache : {&info.l1d, &info.l2}) {
    EXPECT_GE(cache->bytes, 4 << 10);
    EXPECT_GE(cache->ways, 1);
    EXPECT_GE(cache->shared_by, 1);
    EXPECT_EQ(cache->line & (cache->line - 1), 0);
  }
  EXPECT_LE(info.l1d.bytes, info.l2.bytes);
  const std::string model = info.model;
  EXPECT_EQ(model.size(), std::strlen(info.model));
  EXPECT_TRUE(model.empty() || model.back() != ' ');
}

TEST(CpuInfoHere, AgreesWithTheCompilersRuntime) {
  [[maybe_unused]] const std::uint32_t features = cpu_info().features;
#if defined(__x86_64__)
  __builtin_cpu_init();
  EXPECT_EQ((features & kFeatAvx2) != 0, __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ((features & kFeatFma) != 0, __builtin_cpu_supports("fma") != 0);
  EXPECT_EQ((features & kFeatAvx512F) != 0, __builtin_cpu_supports("avx512f") != 0);
  EXPECT_EQ((features & kFeatAvx512Dq) != 0, __builtin_cpu_supports("avx512dq") != 0);
  EXPECT_EQ((features & kFeatAvx512Bw) != 0, __builtin_cpu_supports("avx512bw") != 0);
  EXPECT_EQ((features & kFeatAvx512Vl) != 0, __builtin_cpu_supports("avx512vl") != 0);
  EXPECT_EQ(features & kFeatNeon, 0u);
#elif defined(__aarch64__)
  EXPECT_NE(features & kFeatNeon, 0u);
#endif
#if !defined(__arm__)
  EXPECT_EQ(features & kFeatNeon32, 0u);
#endif
}

TEST(CpuInfoHere, IsDetectedOnce) {
  std::vector<const CpuInfo*> seen(8);
  std::vector<std::thread> threads;
  for (const CpuInfo*& slot : seen) threads.emplace_back([&slot] { slot = &cpu_info(); });
  for (std::thread& thread : threads) thread.join();
  for (const CpuInfo* info : seen) EXPECT_EQ(info, &cpu_info());
}

}  // namespace
}  // namespace tessera
