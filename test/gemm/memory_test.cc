// No memory for workspace: the same bits by a slower path.
#include <cstring>
#include <vector>

#include "base/half.h"
#include "gemm/narrow.h"
#include "runtime/platform.h"
#include "support/gemm_case.h"
#include "support/isas.h"
#include "support/without_memory.h"

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
  const int differs = without_memory([&] {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      run(kCalls[i], inputs[i], got[i]);
      if (std::memcmp(got[i].data(), want[i].data(), want[i].size() * sizeof(double)) != 0)
        return 1 + static_cast<int>(i);
    }
    return 0;
  });
  ASSERT_LT(differs, kMemoryWasLeft);
  EXPECT_EQ(differs, 0) << "call " << differs - 1 << " of kCalls differs";
}

// Operands in fewer bits.
TEST(GemmMemory, NarrowOperandsWithoutWorkspace) {
  if (kShadowMemory || kEmulated) GTEST_SKIP() << "needs a limit on the address space";
  const index_t n = 300, k = 900;
  Random r(test_seed());
  std::vector<float> b(static_cast<std::size_t>(k * n)), a(static_cast<std::size_t>(200 * k));
  std::vector<std::uint16_t> half(b.size()), half_a(a.size());
  r.fill(b.data(), k * n);
  r.fill(a.data(), 200 * k);
  for (std::size_t i = 0; i < b.size(); ++i) half[i] = bf16_of_float(b[i]);
  for (std::size_t i = 0; i < a.size(); ++i) half_a[i] = bf16_of_float(a[i]);
  std::vector<char> data[3];
  StoredPanels panels[3];
  for (int i = 0; i < 3; ++i) {
    panels[i] = {i == 0 ? Storage::f16 : i == 1 ? Storage::s4 : Storage::u4, n, k, nullptr};
    data[i].resize(static_cast<std::size_t>(panels[i].bytes()));
    panels[i].data = data[i].data();
    if (i == 0) {
      store_panels(panels[i], half.data(), n, 1, {});
    } else {
      ASSERT_TRUE(quantise_panels(panels[i], b.data(), n, 1, {}));
    }
  }
  std::vector<float> c(static_cast<std::size_t>(200 * n)), want[12];
  const auto multiply = [&](int i) {
    const index_t m = i % 2 ? 200 : 7;
    const float alpha = 0.75f, zero = 0.0f;
    GemmCall call{DType::f32, false, false, m, n, k, &alpha, a.data(), k, 1, half.data(), n, 1, &zero, c.data(), n, 1};
    GemmSettings settings;
    settings.executor.threads = 2;
    if (i / 2 == 3) {
      call.a = half_a.data();
      return gemm_half(call, Storage::bf16, settings);
    }
    GemmExtras extras;
    call.extras = &extras;
    if (i / 2 > 3) {
      extras.b_stored = &panels[i / 2 - 3];
      return gemm_block_q8(call, settings, best_int8());
    }
    extras.b_stored = &panels[i / 2];
    gemm(call, settings);
  };
  for (int i = 0; i < 12; ++i) {
    multiply(i);
    want[i] = c;
  }
  const int differs = without_memory([&] {
    for (int i = 0; i < 12; ++i) {
      multiply(i);
      if (std::memcmp(c.data(), want[i].data(), static_cast<std::size_t>(i % 2 ? 200 * n : 7 * n) * sizeof(float)) != 0)
        return 1 + i;
    }
    return 0;
  });
  ASSERT_LT(differs, kMemoryWasLeft);
  EXPECT_EQ(differs, 0);
}

}  // namespace
}  // namespace tessera::test
