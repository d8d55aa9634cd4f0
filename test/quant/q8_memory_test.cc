// 8-bit products without memory for workspace: the same sums and outputs by slower paths; what needs memory says so.
#include <gtest/gtest.h>
#include <tessera/quant.h>

#include <cstring>
#include <vector>

#include "runtime/platform.h"
#include "support/random.h"
#include "support/without_memory.h"

namespace tessera::test {
namespace {

struct Call {
  index_t m, n, k;
  bool packed;
  int output;  // ::tsr_q8_output
};
constexpr Call kCalls[] = {{1, 700, 900, false, TSR_Q8_S32},    {1, 700, 900, true, TSR_Q8_S32},
                           {7, 300, 5000, true, TSR_Q8_F32},    {200, 150, 33000, false, TSR_Q8_S32},
                           {200, 150, 33000, false, TSR_Q8_U8}, {130, 400, 5000, true, TSR_Q8_S8},
                           {300, 3, 2000, false, TSR_Q8_F32}};
constexpr int kCount = static_cast<int>(sizeof kCalls / sizeof kCalls[0]);

TEST(Q8Memory, WithoutWorkspaceTheSameOutputs) {
  if (kShadowMemory || kEmulated) GTEST_SKIP() << "needs a limit on the address space";
  Random r(test_seed());
  std::vector<std::uint8_t> a(200 * 33000), b(150 * 33000);
  for (auto* x : {&a, &b})
    for (auto& v : *x) v = static_cast<std::uint8_t>(r.next());
  const float scale = 1e-4f;
  std::vector<std::int32_t> c(200 * 700);
  tsr_q8_weights* weights[kCount] = {};
  const auto right = [&](const Call& s) {
    return tsr_q8_matrix{b.data(), s.n, 1, TSR_S8, s.k == 5000 ? -3 : 0, nullptr};
  };
  for (int i = 0; i < kCount; ++i) {
    const tsr_q8_matrix matrix = right(kCalls[i]);
    if (!kCalls[i].packed) continue;
    ASSERT_EQ(tsr_q8_weights_create(nullptr, kCalls[i].n, kCalls[i].k, &matrix, &weights[i]), TSR_OK);
  }
  const auto multiply = [&](int i) {
    const Call& s = kCalls[i];
    const tsr_q8_matrix left{a.data(), s.k, 1, TSR_U8, 119, nullptr}, matrix = right(s);
    tsr_q8_epilogue epilogue = tsr_q8_epilogue_of(s.output);
    epilogue.scale = &scale;
    return s.packed ? tsr_gemm_q8_packed(nullptr, s.m, &left, weights[i], &epilogue, c.data(), s.n, 1)
                    : tsr_gemm_q8(nullptr, s.m, s.n, s.k, &left, &matrix, &epilogue, c.data(), s.n, 1);
  };
  std::vector<std::int32_t> want[kCount];
  for (int i = 0; i < kCount; ++i) {
    std::memset(c.data(), 0, c.size() * sizeof c[0]);
    ASSERT_EQ(multiply(i), TSR_OK) << i;
    want[i] = c;
  }
  const int failed = without_memory([&] {
    for (int i = 0; i < kCount; ++i) {
      std::memset(c.data(), 0, c.size() * sizeof c[0]);
      if (multiply(i) != TSR_OK) return 1 + i;
      if (std::memcmp(c.data(), want[i].data(), c.size() * sizeof c[0]) != 0) return 21 + i;
    }
    // Zero points of their own for columns need memory, and so do weights: a status, and nothing is written.
    std::memset(c.data(), 0, c.size() * sizeof c[0]);
    const tsr_q8_matrix left{a.data(), 100, 1, TSR_U8, 5, nullptr};
    std::int32_t points[150];
    for (int j = 0; j < 150; ++j) points[j] = j % 100;
    const tsr_q8_matrix matrix{b.data(), 150, 1, TSR_S8, 0, points};
    if (tsr_gemm_q8(nullptr, 200, 150, 100, &left, &matrix, nullptr, c.data(), 150, 1) != TSR_OUT_OF_MEMORY) return 41;
    for (const std::int32_t v : c)
      if (v != 0) return 42;
    tsr_q8_weights* none = nullptr;
    if (tsr_q8_weights_create(nullptr, 150, 100, &matrix, &none) != TSR_OUT_OF_MEMORY || none != nullptr) return 43;
    return 0;
  });
  for (tsr_q8_weights* w : weights) tsr_q8_weights_destroy(w);
  ASSERT_LT(failed, kMemoryWasLeft);
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace tessera::test
