#include "runtime/workspace.h"
#include "base/int_math.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <set>
#include <thread>

#include "base/int_math.h"
#include "platform.h"

namespace tessera {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

std::uintptr_t address(const void* p) { return reinterpret_cast<std::uintptr_t>(p); }

class Workspace : public ::testing::Test {
 protected:
  void SetUp() override { release_workspace(); }
  void TearDown() override { release_workspace(); }
};

TEST_F(Workspace, AlignedAndAsLargeAsAsked) {
  for (std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{4095}, std::size_t{4097}, 2 * kMiB - 1,
                            2 * kMiB, 2 * kMiB + 1, 5 * kMiB, 33 * kMiB}) {
    release_workspace();
    void* p = workspace(WorkspaceSlot::packed_a, bytes);
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(address(p) % 4096, 0u) << bytes;
    EXPECT_EQ(bytes < 2 * kMiB ? 0u : address(p) % (2 * kMiB), 0u) << bytes;
    EXPECT_GE(workspace_bytes(), bytes);
    std::memset(p, 0x5a, bytes);
  }
}

TEST_F(Workspace, KeptWhileItIsLargeEnough) {
  void* p = workspace(WorkspaceSlot::packed_a, 3 * kMiB);
  const std::size_t held = workspace_bytes();
  EXPECT_EQ(workspace(WorkspaceSlot::packed_a, 1), p);
  EXPECT_EQ(workspace(WorkspaceSlot::packed_a, 3 * kMiB), p);
  EXPECT_EQ(workspace_bytes(), held);
}

TEST_F(Workspace, SlotsDoNotOverlap) {
  auto* a = static_cast<unsigned char*>(workspace(WorkspaceSlot::packed_a, 5000));
  auto* b = static_cast<unsigned char*>(workspace(WorkspaceSlot::packed_b, 3 * kMiB));
  auto* c = static_cast<unsigned char*>(workspace(WorkspaceSlot::scratch, 9000));
  std::memset(a, 1, 5000);
  std::memset(b, 2, 3 * kMiB);
  std::memset(c, 3, 9000);
  workspace(WorkspaceSlot::scratch, 6 * kMiB);
  EXPECT_EQ(a[0] + a[4999], 2);
  EXPECT_EQ(b[0] + b[3 * kMiB - 1], 4);
}

TEST_F(Workspace, GrowthIsGeometric) {
  std::set<std::size_t> sizes;
  for (std::size_t bytes = 4096; bytes <= 64 * kMiB; bytes += 4096) {
    ASSERT_NE(workspace(WorkspaceSlot::scratch, bytes), nullptr);
    sizes.insert(workspace_bytes());
  }
  EXPECT_LT(sizes.size(), 40u) << "allocations for 16384 steps; log(16384) / log(1.5) is 24";
  EXPECT_LT(workspace_bytes(), 128 * kMiB);
}

TEST_F(Workspace, ReleaseGivesTheMemoryBack) {
  if (test::kEmulated && sizeof(void*) == 4) GTEST_SKIP() << "all of a 32-bit address space is mapped by its emulator";
  ASSERT_NE(workspace(WorkspaceSlot::packed_b, 256 * kMiB), nullptr);
  const std::size_t with = test::mapped_bytes();
  release_workspace();
  EXPECT_EQ(workspace_bytes(), 0u);
  EXPECT_GE(with - test::mapped_bytes(), 256 * kMiB);
  EXPECT_NE(workspace(WorkspaceSlot::packed_b, 1000), nullptr);
}

TEST_F(Workspace, BelongsToTheThreadAndEndsWithIt) {
  void* mine = workspace(WorkspaceSlot::packed_a, 3 * kMiB);
  std::thread([] {}).join();  // what the first thread of a process maps
  const std::size_t before = test::mapped_bytes();
  for (int i = 0; i < 32; ++i) {
    std::thread([&] {
      EXPECT_EQ(workspace_bytes(), 0u);
      EXPECT_NE(workspace(WorkspaceSlot::packed_a, 256 * kMiB), mine);
    }).join();
  }
  EXPECT_LT(test::mapped_bytes(), before + 1024 * kMiB) << "32 threads took 256 MiB each";
}

// The destructor of another thread-local object may ask again after the workspace was freed.
TEST_F(Workspace, UsableInThreadDestructors) {
  static pthread_key_t late;
  static bool got;
  got = false;
  ASSERT_EQ(pthread_key_create(&late, [](void*) { got = workspace(WorkspaceSlot::packed_a, 256 * kMiB) != nullptr; }),
            0);
  std::thread([] {}).join();
  const std::size_t before = test::mapped_bytes();
  for (int i = 0; i < 16; ++i) {
    std::thread([] {
      workspace(WorkspaceSlot::packed_a, 4096);
      pthread_setspecific(late, &late);
    }).join();
    EXPECT_TRUE(got);
  }
  EXPECT_LT(test::mapped_bytes(), before + 1024 * kMiB);
  pthread_key_delete(late);
}

TEST_F(Workspace, AbsurdSizesAreRefused) {
  EXPECT_EQ(workspace(WorkspaceSlot::packed_a, SIZE_MAX), nullptr);
  EXPECT_EQ(workspace(WorkspaceSlot::packed_a, SIZE_MAX / 2), nullptr);
  if (sizeof(void*) == 8) {
    EXPECT_EQ(workspace(WorkspaceSlot::packed_a, SIZE_MAX / 8), nullptr);
  } else {
    // 5 GiB and not the 1 that 32 bits keep of it.
    EXPECT_EQ(workspace(WorkspaceSlot::packed_a, allocation_size(index_t{5} << 30)), nullptr);
  }
  EXPECT_EQ(workspace_bytes(), 0u);
  EXPECT_NE(workspace(WorkspaceSlot::packed_a, 100), nullptr);
}

TEST_F(Workspace, LargeBuffersAskForHugePages) {
  if (test::kEmulated) GTEST_SKIP() << "/proc/self/smaps is another process's";
  if (access("/sys/kernel/mm/transparent_hugepage/enabled", R_OK) != 0) GTEST_SKIP() << "no transparent huge pages";
  void* p = workspace(WorkspaceSlot::packed_b, 8 * kMiB);
  ASSERT_NE(p, nullptr);
  std::FILE* file = std::fopen("/proc/self/smaps", "re");
  ASSERT_NE(file, nullptr);
  char line[512];
  bool ours = false, advised = false;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    unsigned long begin, end;
    if (std::sscanf(line, "%lx-%lx ", &begin, &end) == 2) ours = begin <= address(p) && address(p) < end;
    if (ours && std::strncmp(line, "VmFlags:", 8) == 0) advised = std::strstr(line, " hg") != nullptr;
  }
  std::fclose(file);
  EXPECT_TRUE(advised);
}

TEST_F(Workspace, NoMemoryIsAnAnswer) {
  if (test::kEmulated) GTEST_SKIP() << "an emulated process cannot re-execute itself";
  if (test::kShadowMemory) GTEST_SKIP() << "an address space limit does not go with this sanitizer";
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        workspace(WorkspaceSlot::packed_a, 40 * kMiB);
        rlimit limit;
        getrlimit(RLIMIT_AS, &limit);
        // Room for 50 MiB once the 40 are freed: neither for the 60 that growth would like nor for alignment's 2 more.
        limit.rlim_cur = test::mapped_bytes() + 11 * kMiB;
        setrlimit(RLIMIT_AS, &limit);
        bool good = workspace(WorkspaceSlot::packed_a, 50 * kMiB) != nullptr;
        good = good && workspace(WorkspaceSlot::packed_b, 100 * kMiB) == nullptr;
        good = good && workspace(WorkspaceSlot::packed_a, 100 * kMiB) == nullptr && workspace_bytes() == 0;
        char* p = static_cast<char*>(workspace(WorkspaceSlot::packed_a, 20 * kMiB));
        if (p != nullptr) p[20 * kMiB - 1] = 1;
        _exit(good && p != nullptr ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace tessera
