#include "runtime/num_threads.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>
#include <thread>

#include "platform.h"
#include "runtime/num_threads_detail.h"

namespace tessera {
namespace {

TEST(ThreadCountText, FirstNumberOfTheList) {
  EXPECT_EQ(detail::parse_thread_count("4"), 4);
  EXPECT_EQ(detail::parse_thread_count("4,2"), 4);
  EXPECT_EQ(detail::parse_thread_count(" 12 , 2"), 12);
  EXPECT_EQ(detail::parse_thread_count("0008"), 8);
}

TEST(ThreadCountText, WhatIsNoPositiveNumberIsIgnored) {
  EXPECT_EQ(detail::parse_thread_count(nullptr), 0);
  for (const char* text : {"", " ", "0", "0,4", "-3", "+3", "four", "4x", "4 2", "0x4", "4.5", ",4", "4;2", "1e3"}) {
    EXPECT_EQ(detail::parse_thread_count(text), 0) << '"' << text << '"';
  }
}

TEST(ThreadCountText, Saturates) {
  EXPECT_EQ(detail::parse_thread_count("65536"), 65535);
  EXPECT_EQ(detail::parse_thread_count("99999999999999999999999999999"), 65535);
}

TEST(CgroupQuota, Version2) {
  EXPECT_EQ(detail::cpus_from_cpu_max("max 100000\n"), 0);
  EXPECT_EQ(detail::cpus_from_cpu_max("400000 100000\n"), 4);
  EXPECT_EQ(detail::cpus_from_cpu_max("150000 100000\n"), 2);
  EXPECT_EQ(detail::cpus_from_cpu_max("100001 100000"), 2);
  EXPECT_EQ(detail::cpus_from_cpu_max("1000 100000\n"), 1);
  for (const char* text : {"", "\n", "400000", "400000 0", "0 100000", "-1 100000", "lots 100000", "4 x"}) {
    EXPECT_EQ(detail::cpus_from_cpu_max(text), 0) << '"' << text << '"';
  }
}

TEST(CgroupQuota, Version1) {
  EXPECT_EQ(detail::cpus_from_cfs("-1\n", "100000\n"), 0);
  EXPECT_EQ(detail::cpus_from_cfs("250000\n", "100000\n"), 3);
  EXPECT_EQ(detail::cpus_from_cfs("50000\n", "100000\n"), 1);
  EXPECT_EQ(detail::cpus_from_cfs("", ""), 0);
  EXPECT_EQ(detail::cpus_from_cfs("50000", ""), 0);
}

int cpus_with(const std::map<std::string, std::string>& files) {
  return detail::cgroup_cpus([&](const std::string& path) {
    const auto at = files.find(path);
    return at == files.end() ? std::string() : at->second;
  });
}

constexpr const char* kMounts2 =
    "24 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

TEST(CgroupSearch, SmallestOfTheAncestors) {
  std::map<std::string, std::string> files = {
      {"/proc/self/cgroup", "0::/a.slice/b.service\n"},
      {"/proc/self/mountinfo", kMounts2},
      {"/sys/fs/cgroup/a.slice/b.service/cpu.max", "max 100000\n"},
      {"/sys/fs/cgroup/a.slice/cpu.max", "300000 100000\n"},
  };
  EXPECT_EQ(cpus_with(files), 3);
  files["/sys/fs/cgroup/a.slice/b.service/cpu.max"] = "800000 100000\n";
  EXPECT_EQ(cpus_with(files), 3);
  files["/sys/fs/cgroup/a.slice/b.service/cpu.max"] = "200000 100000\n";
  EXPECT_EQ(cpus_with(files), 2);
}

TEST(CgroupSearch, NamespaceRoot) {
  EXPECT_EQ(cpus_with({{"/proc/self/cgroup", "0::/\n"},
                       {"/proc/self/mountinfo", kMounts2},
                       {"/sys/fs/cgroup/cpu.max", "250000 100000\n"}}),
            3);
}

TEST(CgroupSearch, Version1ContainerSeesTheHostsPath) {
  EXPECT_EQ(
      cpus_with({{"/proc/self/cgroup", "9:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/x\n"},
                 {"/proc/self/mountinfo",
                  "33 24 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
                  "34 24 0:31 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro master:1 - cgroup cgroup rw,cpu,cpuacct\n"},
                 {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n"},
                 {"/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"}}),
      2);
}

TEST(CgroupSearch, BothVersionsMounted) {
  EXPECT_EQ(cpus_with({{"/proc/self/cgroup", "2:cpuacct:/\n1:cpu:/job\n0::/\n"},
                       {"/proc/self/mountinfo",
                        "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
                        "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"},
                       {"/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us", "-1\n"},
                       {"/sys/fs/cgroup/cpu/job/cpu.cfs_period_us", "100000\n"},
                       {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "500000\n"},
                       {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}),
            5);
}

TEST(CgroupSearch, NothingThereOrNonsense) {
  EXPECT_EQ(cpus_with({}), 0);
  EXPECT_EQ(cpus_with({{"/proc/self/cgroup", "0::/a\n"}, {"/proc/self/mountinfo", ""}}), 0);
  EXPECT_EQ(cpus_with({{"/proc/self/cgroup", "::\n:\n\nx"}, {"/proc/self/mountinfo", " - \n - cgroup2\nx - cgroup"}}),
            0);
}

TEST(ThreadCountChoice, Precedence) {
  EXPECT_EQ(detail::choose_num_threads("3", "5", 8, 2), 3);
  EXPECT_EQ(detail::choose_num_threads(nullptr, "5,2", 8, 2), 5);
  EXPECT_EQ(detail::choose_num_threads("none", "5", 8, 2), 5);
  EXPECT_EQ(detail::choose_num_threads("-1", "0", 8, 2), 2);
  EXPECT_EQ(detail::choose_num_threads(nullptr, nullptr, 8, 0), 8);
  EXPECT_EQ(detail::choose_num_threads(nullptr, nullptr, 8, 20), 8);
  EXPECT_EQ(detail::choose_num_threads(nullptr, nullptr, 0, 0), 1);
}

TEST(NumThreads, LocalThenGlobalThenDefault) {
  const int standard = default_num_threads();
  EXPECT_GE(standard, 1);
  EXPECT_EQ(num_threads(), standard);
  set_num_threads_global(standard + 5);
  EXPECT_EQ(num_threads(), standard + 5);
  set_num_threads_local(standard + 2);
  EXPECT_EQ(num_threads(), standard + 2);
  EXPECT_EQ(num_threads_local(), standard + 2);
  int elsewhere = 0, elsewhere_local = -1;
  std::thread([&] {
    elsewhere = num_threads();
    elsewhere_local = num_threads_local();
  }).join();
  EXPECT_EQ(elsewhere, standard + 5);
  EXPECT_EQ(elsewhere_local, 0);
  set_num_threads_local(0);
  EXPECT_EQ(num_threads(), standard + 5);
  set_num_threads_global(0);
  EXPECT_EQ(num_threads(), standard);
  EXPECT_EQ(default_num_threads(), standard);
}

class NumThreadsProcess : public ::testing::Test {
 protected:
  void SetUp() override {
    if (test::kEmulated) GTEST_SKIP() << "an emulated process cannot re-execute itself";
    ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  }
};

TEST_F(NumThreadsProcess, ReadsTheEnvironment) {
  EXPECT_EXIT(
      {
        setenv("TESSERA_NUM_THREADS", "7", 1);
        setenv("OMP_NUM_THREADS", "9", 1);
        const bool good = num_threads() == 7;
        setenv("TESSERA_NUM_THREADS", "8", 1);  // too late: computed once
        _exit(good && num_threads() == 7 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(
      {
        unsetenv("TESSERA_NUM_THREADS");
        setenv("OMP_NUM_THREADS", "9,2", 1);
        _exit(num_threads() == 9 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(NumThreadsProcess, HonoursAffinity) {
  EXPECT_EXIT(
      {
        unsetenv("TESSERA_NUM_THREADS");
        unsetenv("OMP_NUM_THREADS");
        cpu_set_t mask;
        sched_getaffinity(0, sizeof mask, &mask);
        bool kept = false;
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
          if (CPU_ISSET(cpu, &mask) && kept) CPU_CLR(cpu, &mask);
          kept = kept || CPU_ISSET(cpu, &mask);
        }
        sched_setaffinity(0, sizeof mask, &mask);
        _exit(num_threads() == 1 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tessera
