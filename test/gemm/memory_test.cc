// No memory for workspace: the same bits by a slower path.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "runtime/platform.h"
#include "runtime/workspace.h"
#include "support/gemm_case.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

struct Call {
  DType type;
  index_t m, n, k;
  bool column_major_b;
  int threads;
};
constexpr Call kCalls[] = {
    {DType::f32, 500, 400, 300, false, 1}, {DType::f32, 500, 400, 300, true, 2},  {DType::f64, 300, 300, 300, true, 2},
    {DType::f64, 6, 900, 700, true, 1},    {DType::c32, 200, 150, 170, false, 2}, {DType::c64, 90, 110, 130, true, 1},
    {DType::f32, 1, 900, 900, true, 1},    {DType::f32, 900, 3, 900, false, 2},
};

struct Operands {
  std::vector<double> a, b, c, scalars;  // storage; the types are read from it
};

void run(const Call& s, const Operands& o, std::vector<double>& c) {
  const index_t b_rs = s.column_major_b ? 1 : s.n, b_cs = s.column_major_b ? s.k : 1;
  GemmSettings settings;
  settings.executor.threads = s.threads;
  gemm({s.type, false, false, s.m, s.n, s.k, o.scalars.data(), o.a.data(), s.k, 1, o.b.data(), b_rs, b_cs,
        o.scalars.data() + 2, c.data(), s.n, 1},
       settings);
}

Operands operands(const Call& s, std::uint64_t seed) {
  Random r(seed);
  Operands o;
  const auto fill = [&](std::vector<double>& v, index_t count) {
    const index_t per = is_complex(s.type) ? 2 : 1;
    v.resize(static_cast<std::size_t>(count * per));
    if (real_of(s.type) == DType::f32) {
      std::vector<float> x(v.size());
      r.fill(x.data(), static_cast<index_t>(x.size()));
      std::memcpy(v.data(), x.data(), x.size() * sizeof(float));
    } else {
      r.fill(v.data(), static_cast<index_t>(v.size()));
    }
  };
  fill(o.a, s.m * s.k);
  fill(o.b, s.k * s.n);
  fill(o.c, s.m * s.n);
  fill(o.scalars, 4);
  return o;
}

// Takes all that malloc and the kernel still give, so that no request succeeds.
bool exhaust_memory() {
  release_workspace();
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0) return false;
  limit.rlim_cur = 1;
  if (setrlimit(RLIMIT_AS, &limit) != 0) return false;
  for (std::size_t size = 1 << 20; size >= 16; size /= 2)
    while (void* volatile p = std::malloc(size)) static_cast<void>(p);
  for (const std::size_t bytes : {std::size_t{1}, std::size_t{1} << 16, std::size_t{4} << 20})
    if (workspace(WorkspaceSlot::packed_a, bytes) != nullptr) return false;
  return true;
}

TEST(GemmMemory, WithoutWorkspaceTheSameBits) {
  if (kShadowMemory || kEmulated) GTEST_SKIP() << "needs a limit on the address space";
  std::vector<Operands> inputs;
  std::vector<std::vector<double>> want, got;
  for (const Call& s : kCalls) {
    inputs.push_back(operands(s, test_seed()));
    want.push_back(inputs.back().c);
    got.push_back(inputs.back().c);
    run(s, inputs.back(), want.back());
  }
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Nothing here may allocate: neither gtest nor iostreams.
    if (!exhaust_memory()) _exit(100);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      run(kCalls[i], inputs[i], got[i]);
      if (std::memcmp(got[i].data(), want[i].data(), want[i].size() * sizeof(double)) != 0)
        _exit(1 + static_cast<int>(i));
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  const int code = WEXITSTATUS(status);
  ASSERT_NE(code, 100) << "memory could not be made to run out";
  EXPECT_EQ(code, 0) << "call " << code - 1 << " of kCalls differs";
}

}  // namespace
}  // namespace tessera::test
