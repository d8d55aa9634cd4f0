// What ends a tile: activations against long double over the whole range of float, bias and residual, what is touched.
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

long double exact(Activation activation, long double x, long double a, long double b) {
  const auto sigmoid = [](long double v) { return v < 0 ? std::exp(v) / (1 + std::exp(v)) : 1 / (1 + std::exp(-v)); };
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return x > 0 ? x : 0;
    case Activation::relu6:
      return x < 0 ? 0 : x > 6 ? 6 : x;
    case Activation::leaky_relu:
      return x < 0 ? a * x : x;
    case Activation::clip:
      return x < a ? a : x > b ? b : x;
    case Activation::sigmoid:
      return sigmoid(x);
    case Activation::tanh:
      return std::tanh(x);
    case Activation::gelu:
      return x * std::erfc(-x / std::sqrt(2.0L)) / 2;
    case Activation::gelu_tanh:
      return x * sigmoid(2 * std::sqrt(2 / std::acos(-1.0L)) * (x + 0.044715L * x * x * x));
    case Activation::silu:
      return x * sigmoid(x);
    case Activation::hard_swish:
      return x * (x < -3 ? 0 : x > 3 ? 1 : x / 6 + 0.5L);
  }
  return 0;
}

// Errors allowed, in units in the last place of the exact result (eightfold without FMA), and below which x a result of
// 0 is right.
struct Limit {
  double ulp;
  float zero_below;
};
constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr Limit kLimits[kActivationCount] = {{0, kNever},  {0, kNever}, {0, kNever}, {0.5, kNever},
                                             {0, kNever},  {3, -87},    {4, kNever}, {8, -13.1f},
                                             {150, -9.5f}, {4, -87},    {4, kNever}};

// Where subnormal numbers count as 0, a result below this may be one: gelu multiplies a tail by up to 14.
constexpr float kFlushed = 14 * std::numeric_limits<float>::min();

double ulps(float got, long double want) {
  const float nearest = static_cast<float>(want);
  const float magnitude = std::fmax(std::fabs(nearest), std::numeric_limits<float>::min());
  const double unit = std::ldexp(1.0, std::ilogb(magnitude) - 23);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - want)) / unit;
}

class FinishTest : public testing::TestWithParam<Isa> {};

std::vector<float> run(Isa isa, Activation activation, std::vector<float> x, float a, float b) {
  FinishArgs g{};
  g.c = x.data();
  g.rows = 1;
  g.columns = static_cast<index_t>(x.size());
  g.a = a;
  g.b = b;
  find_isa(isa)->finish->finish[static_cast<int>(activation)](g);
  return x;
}

// Every 4099th float and the specials.
std::vector<float> all_floats() {
  std::vector<float> x = {0.0f, -0.0f, 1.0f, -1.0f, std::numeric_limits<float>::infinity(), -87.0f, -13.0f, 88.0f};
  for (std::uint64_t bits = 0; bits < 0xFFFFFFFFu; bits += static_cast<std::uint64_t>(4099 * 100 / scaled_count(100))) {
    const float f = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    if (std::isfinite(f)) x.push_back(f);
  }
  return x;
}

TEST_P(FinishTest, ActivationsOverTheWholeRange) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const std::vector<float> x = all_floats();
  const float a = 0.1f, b = 2.5f;
  for (int i = 0; i < kActivationCount; ++i) {
    const std::vector<float> y = run(GetParam(), static_cast<Activation>(i), x, a, b);
    double worst = 0;
    float at = 0;
    for (std::size_t e = 0; e < x.size(); ++e) {
      const long double want = exact(static_cast<Activation>(i), x[e], a, b);
      if (isa_info(GetParam()).flushes && y[e] == 0 && std::fabs(want) < kFlushed) continue;
      if (x[e] < kLimits[i].zero_below && std::fabs(y[e]) <= std::fabs(want)) continue;
      if (std::fabs(want) > std::numeric_limits<float>::max() && std::isinf(y[e])) continue;
      const double error = ulps(y[e], want);
      if (!(error <= worst)) worst = error, at = x[e];
    }
    EXPECT_LE(worst, kLimits[i].ulp * (isa_info(GetParam()).has_fma ? 1 : 8)) << "activation " << i << " at " << at;
    EXPECT_TRUE(std::isnan(run(GetParam(), static_cast<Activation>(i), {std::nanf("")}, a, b)[0]))
        << "activation " << i;
  }
}

// What ISAs with FMA compute must not depend on the ISA.
TEST(Finish, SameBitsOnEveryIsaWithFma) {
  const std::vector<float> x = all_floats();
  for (int i = 0; i < kActivationCount; ++i) {
    std::vector<float> first;
    for (const Isa isa : runnable_isas()) {
      if (!isa_info(isa).has_fma) continue;
      const std::vector<float> y = run(isa, static_cast<Activation>(i), x, 0.1f, 2.5f);
      if (first.empty()) first = y;
      for (std::size_t e = 0; e < x.size(); ++e)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(y[e]), std::bit_cast<std::uint32_t>(first[e]))
            << isa_info(isa).name << ", activation " << i << " at " << x[e];
    }
  }
}

TEST_P(FinishTest, BiasAndResidualTouchOnlyTheTile) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed());
  GuardedBuffer buffers[] = {GuardedBuffer(4096), GuardedBuffer(4096), GuardedBuffer(4096), GuardedBuffer(4096)};
  for (index_t turn = scaled_count(600); turn > 0; --turn) {
    const index_t rows = r.integer(1, 9), columns = r.integer(1, 50), ld = columns + r.integer(0, 5);
    const bool along_columns = r.one_in(2);
    const Side side = r.one_in(2) ? Side::start : Side::end;
    const index_t used = (rows - 1) * ld + columns;
    const auto place = [&](GuardedBuffer& buffer, index_t n) {
      float* p = reinterpret_cast<float*>(buffer.place(static_cast<std::size_t>(n) * sizeof(float), side));
      r.fill(p, n);
      return p;
    };
    float* const c = place(buffers[0], used);
    const float* const row_bias = place(buffers[1], rows);
    const float* const column_bias = place(buffers[2], columns);
    const float* const residual = place(buffers[3], rows * columns);
    std::vector<float> before(c, c + used);
    FinishArgs g{};
    g.c = c;
    g.c_row = ld * static_cast<index_t>(sizeof(float));
    g.rows = rows;
    g.columns = columns;
    g.row_bias = r.one_in(2) ? row_bias : nullptr;
    g.column_bias = r.one_in(2) ? column_bias : nullptr;
    g.residual = r.one_in(2) ? residual : nullptr;
    g.residual_row = along_columns ? 1 : columns;
    g.residual_column = along_columns ? rows : 1;
    g.residual_scale = 0.75f;
    find_isa(GetParam())->finish->finish[static_cast<int>(Activation::relu)](g);
    for (index_t at = 0; at < used; ++at) {
      const index_t i = at / ld, j = at % ld;
      float want = before[at];
      if (j < columns) {
        if (g.row_bias != nullptr) want += g.row_bias[i];
        if (g.column_bias != nullptr) want += g.column_bias[j];
        if (g.residual != nullptr) {
          const float x = g.residual[i * g.residual_row + j * g.residual_column];
          want = isa_info(GetParam()).has_fma ? std::fma(0.75f, x, want) : want + 0.75f * x;
        }
        want = want > 0 ? want : 0;
      }
      ASSERT_EQ(g.c[at], want) << rows << " x " << columns << " ld " << ld << ", element " << at << ", seed "
                               << test_seed() << ", turn " << turn;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, FinishTest, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
