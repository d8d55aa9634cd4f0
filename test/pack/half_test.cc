// Numbers of 16 bits: every one widened, every rounding of a float, and panels of them by every ISA.
#include "base/half.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/int_math.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

// What a type of 16 bits is, from its definition.
struct Type16 {
  const char* name;
  int fraction_bits, bias;
  float (*widen)(std::uint16_t);
  std::uint16_t (*narrow)(float);
  PackFn PackSet::*pack;

  double value(unsigned h) const {
    const int exponents = 1 << (15 - fraction_bits);
    const double sign = h & 0x8000u ? -1.0 : 1.0;
    const int exponent = static_cast<int>(h & 0x7fffu) >> fraction_bits;
    const double fraction = std::ldexp(h & ((1u << fraction_bits) - 1), -fraction_bits);
    if (exponent == exponents - 1) return fraction == 0 ? sign * INFINITY : NAN;
    return sign * std::ldexp(exponent == 0 ? fraction : 1 + fraction, (exponent == 0 ? 1 : exponent) - bias);
  }
  // x to the nearest number of the type, ties to even.
  double nearest(double x) const {
    if (x == 0 || std::isinf(x)) return x;
    const int least = 1 - bias, exponent = std::max(std::ilogb(x), least);
    const double unit = std::ldexp(1.0, exponent - fraction_bits), rounded = std::nearbyint(x / unit) * unit;
    return std::fabs(rounded) >= std::ldexp(1.0, bias + 1) ? std::copysign(INFINITY, x) : rounded;
  }
};
constexpr Type16 kTypes[] = {{"bf16", 7, 127, &float_of_bf16, &bf16_of_float, &PackSet::bf16},
                             {"f16", 10, 15, &float_of_f16, &f16_of_float, &PackSet::f16}};

TEST(Half, EveryNumberIsWidenedExactlyAndComesBack) {
  for (const Type16& t : kTypes) {
    for (unsigned h = 0; h < 65536; ++h) {
      const float x = t.widen(static_cast<std::uint16_t>(h));
      const double want = t.value(h);
      ASSERT_EQ(std::isnan(want), std::isnan(x)) << t.name << " " << h;
      ASSERT_EQ(std::signbit(x), (h & 0x8000u) != 0) << t.name << " " << h;
      const std::uint16_t back = t.narrow(x);
      if (std::isnan(want)) {
        ASSERT_TRUE(std::isnan(t.widen(back))) << t.name << " " << h;
        continue;
      }
      ASSERT_EQ(static_cast<double>(x), want) << t.name << " " << h;
      ASSERT_EQ(back, h) << t.name;
    }
  }
}

TEST(Half, FloatsAreRoundedToTheNearestTiesToEven) {
  Random r(test_seed());
  for (const Type16& t : kTypes) {
    const auto check = [&](float x) {
      const float got = t.widen(t.narrow(x));
      if (std::isnan(x)) {
        ASSERT_TRUE(std::isnan(got)) << t.name;
        return;
      }
      const double want = t.nearest(static_cast<double>(x));
      ASSERT_EQ(static_cast<double>(got), want) << t.name << " " << x;
      ASSERT_EQ(std::signbit(got), std::signbit(x)) << t.name << " " << x;
    };
    // Numbers of the type, the middle to the next, and what lies beside both.
    for (unsigned h = 0; h < 65535; ++h) {
      const double a = t.value(h), b = t.value(h + 1);
      if (!std::isfinite(a)) continue;
      const double beyond = std::copysign(std::ldexp(1.0, t.bias + 1), a);
      const float middle = static_cast<float>((a + (std::isfinite(b) ? b : beyond)) / 2);
      for (const float x : {static_cast<float>(a), middle}) {
        check(x);
        check(std::nextafter(x, INFINITY));
        check(std::nextafter(x, -INFINITY));
      }
    }
    for (int i = 0; i < 100000; ++i) check(std::bit_cast<float>(static_cast<std::uint32_t>(r.next())));
    for (const float x : {0.0f, -0.0f, INFINITY, -INFINITY, NAN, std::numeric_limits<float>::max(),
                          std::numeric_limits<float>::denorm_min()})
      check(x);
  }
}

class HalfPanels : public testing::TestWithParam<Isa> {};

TEST_P(HalfPanels, EveryNumber) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const PackSet& set = find_isa(GetParam())->packers(DType::f32);
  std::vector<std::uint16_t> src(65536);
  for (unsigned h = 0; h < 65536; ++h) src[h] = static_cast<std::uint16_t>(h);
  for (const Type16& t : kTypes) {
    std::vector<float> dst(65536), want(65536);
    for (unsigned h = 0; h < 65536; ++h) {
      want[h] = t.widen(src[h]);
      if (isa_info(GetParam()).flushes && std::fpclassify(want[h]) == FP_SUBNORMAL)
        want[h] = std::copysign(0.0f, want[h]);
    }
    (set.*t.pack)({dst.data(), src.data(), 65536, 65536, 1, 1, 0, 1.0, 0.0, false});
    EXPECT_EQ(first_difference(dst.data(), want.data(), 65536), -1) << t.name;
  }
}

TEST_P(HalfPanels, EveryShape) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const IsaEntry& isa = *find_isa(GetParam());
  const index_t lanes = isa.f32.tiles->lanes;
  GuardedBuffer src_buffer(1 << 16), dst_buffer(1 << 17);
  Random r(test_seed());
  for (const Type16& t : kTypes) {
    for (index_t width = 1; width <= 33; ++width) {
      for (const index_t k : {0, 1, 3, 8, 17, 35}) {
        const index_t pad = r.integer(0, 3);
        const index_t strides[][2] = {{1, width + pad}, {k + 1 + pad, 1},     {1, -(width + pad)}, {-(k + 1), 1},
                                      {0, 1},           {2, 2 * width + pad}, {-1, width}};
        for (const auto& s : strides) {
          const index_t panel = r.one_in(2) ? round_up(width, lanes) : r.integer(width, round_up(width, lanes));
          const float alpha = r.one_in(2) ? 1.0f : r.number<float>();
          const Side side = r.one_in(2) ? Side::start : Side::end;
          const std::string text = std::string(isa_info(GetParam()).name) + " " + t.name + " width " +
                                   std::to_string(width) + ", k " + std::to_string(k) + ", panel " +
                                   std::to_string(panel) + ", strides " + std::to_string(s[0]) + " and " +
                                   std::to_string(s[1]) + ", alpha " + std::to_string(alpha);
          set_current_case(text);
          index_t low = 0, high = 0;
          if (k > 0)
            for (const index_t reach : {(width - 1) * s[0], (k - 1) * s[1]}) (reach < 0 ? low : high) += reach;
          const index_t elements = k > 0 ? high - low + 1 : 0;
          auto* const src =
              reinterpret_cast<std::uint16_t*>(src_buffer.place(static_cast<std::size_t>(elements) * 2, side));
          for (index_t i = 0; i < elements; ++i) src[i] = t.narrow(r.number<float>());
          auto* const dst = reinterpret_cast<float*>(dst_buffer.place(static_cast<std::size_t>(k * panel) * 4, side));
          std::vector<float> want(static_cast<std::size_t>(k * panel), 0.0f);
          for (index_t p = 0; p < k; ++p)
            for (index_t i = 0; i < width; ++i) want[p * panel + i] = alpha * t.widen(src[i * s[0] + p * s[1] - low]);
          (isa.packers(DType::f32).*
           t.pack)({dst, src - low, width, panel, k, s[0], s[1], static_cast<double>(alpha), 0.0, false});
          for (index_t i = 0; i < k * panel; ++i)
            if (i % panel >= width && dst[i] == 0.0f) dst[i] = 0.0f;
          ASSERT_EQ(first_difference(dst, want.data(), k * panel), -1) << text;
          ASSERT_TRUE(dst_buffer.untouched() && src_buffer.untouched()) << text;
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, HalfPanels, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
