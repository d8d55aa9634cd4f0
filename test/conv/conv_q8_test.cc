// 8-bit convolution against its definition in integers: random descriptions on every instruction set, both algorithms,
// both layouts, every output, each operand against a guard page. Equality of every bit is what is asked for, so
// instruction sets, layouts, thread counts and algorithms have the same bits as each other.
#include <tessera/conv_q8.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "conv_case.h"
#include "image_layout.h"
#include "reference/quant.h"
#include "support/guarded_buffer.h"
#include "support/int8_isas.h"
#include "support/random_tuning.h"

namespace tessera::test {
namespace {

struct Deleter {
  void operator()(tsr_conv_q8_plan* p) const { tsr_conv_q8_plan_destroy(p); }
  void operator()(tsr_context* p) const { tsr_context_destroy(p); }
};
using Plan = std::unique_ptr<tsr_conv_q8_plan, Deleter>;
using Context = std::unique_ptr<tsr_context, Deleter>;

// Bytes against a guard page, and what they were.
struct Operand {
  GuardedBuffer& buffer;
  char* bytes;
  std::vector<char> before;
  Operand(int which, index_t size, Side side, Random& r) : buffer(buffers(which)) {
    bytes = buffer.place(static_cast<std::size_t>(size), side);
    fill_bytes(r, bytes, size);
    before.assign(bytes, bytes + size);
  }
  bool unchanged() const { return buffer.untouched() && std::memcmp(bytes, before.data(), before.size()) == 0; }

 private:
  static GuardedBuffer& buffers(int which) {
    static GuardedBuffer all[3] = {GuardedBuffer(1 << 22), GuardedBuffer(1 << 22), GuardedBuffer(1 << 22)};
    return all[which];
  }
};

std::int32_t zero_point(Random& r, std::int32_t type) {
  return r.one_in(4) ? 0 : static_cast<std::int32_t>(r.integer(0, 255)) - (type == TSR_S8 ? 128 : 0);
}

// What is not in the case's description follows from its seed.
testing::AssertionResult check_conv_q8(const ConvCase& c) {
  const tsr_conv_desc& d = c.desc;
  const auto failure = [&]() {
    return testing::AssertionFailure() << "TESSERA_TEST_LINE='" << c.line() << "' --gtest_filter=ConvQ8Line.*\n";
  };
  set_current_case(c.line());
  Random r(static_cast<std::uint64_t>(c.seed));
  index_t oh = 0, ow = 0;
  if (const tsr_status bad = tsr_conv_output(&d, &oh, &ow)) return failure() << tsr_status_string(bad);
  const index_t group_in = d.in_channels / d.groups, group_out = d.out_channels / d.groups;
  const index_t taps = d.kernel_height * d.kernel_width, channels = d.out_channels;

  // The epilogue.
  const auto output = static_cast<std::int32_t>(r.integer(TSR_Q8_S32, TSR_Q8_S8));
  const bool bytes_out = output >= TSR_Q8_U8, fixed = bytes_out && r.one_in(3), per_channel = r.one_in(2);
  tsr_q8_epilogue e = tsr_q8_epilogue_of(output);
  const auto count = static_cast<std::size_t>(channels);
  std::vector<std::int32_t> bias(count), multiplier(count), shift(count), zeros(count);
  std::vector<float> scale(count), float_bias(count);
  const double typical = 60.0 / (5000.0 * std::sqrt(static_cast<double>(taps * group_in + 1)));
  for (std::size_t k = 0; k < count; ++k) {
    bias[k] = static_cast<std::int32_t>(r.next()) >> r.integer(8, 30);
    scale[k] = static_cast<float>(typical * (1.5 + r.number<double>()));
    float_bias[k] = r.number<float>();
    if (tsr_q8_fixed_point(static_cast<double>(scale[k]), &multiplier[k], &shift[k]) != TSR_OK)
      return failure() << "fixed point";
  }
  // Products beyond 32 bits.
  if (r.one_in(6)) scale[static_cast<std::size_t>(r.integer(0, channels - 1)) * (per_channel ? 1 : 0)] = 3e9f;
  if (c.bias) e.bias = bias.data();
  if (fixed) {
    e.multiplier = multiplier.data();
    e.shift = shift.data();
    e.multiplier_stride = per_channel;
  } else if (output != TSR_Q8_S32) {
    e.scale = scale.data();
    e.scale_stride = per_channel;
  }
  if (output == TSR_Q8_F32 && r.one_in(2)) e.float_bias = float_bias.data();
  if (bytes_out) e.zero_point = zero_point(r, output == TSR_Q8_S8 ? TSR_S8 : TSR_U8);
  if (output != TSR_Q8_S32 && tsr_q8_set_activation(&e, static_cast<std::int32_t>(r.integer(0, 2)), 0.05f) != TSR_OK)
    return failure() << "activation";

  // The operands.
  const Layout in(d, d.in_channels, d.in_height, d.in_width, d.in_stride), out(d, channels, oh, ow, d.out_stride);
  const index_t size = bytes_out ? 1 : 4;
  const Side side = c.side != 0 ? Side::end : Side::start;
  const Operand x(0, in.elements(d.batch), side, r), w(1, channels * group_in * taps, side, r),
      y(2, out.elements(d.batch) * size, side, r);
  tsr_q8_image image{x.bytes, r.one_in(2) ? TSR_S8 : TSR_U8, 0};
  image.zero_point = zero_point(r, image.type);
  tsr_q8_filter filter{w.bytes, r.one_in(3) ? TSR_U8 : TSR_S8, 0, nullptr};
  filter.zero_point = r.one_in(2) ? 0 : zero_point(r, filter.type);
  const bool zero_each = r.one_in(4);
  for (std::int32_t& z : zeros) z = zero_each ? zero_point(r, filter.type) : filter.zero_point;
  if (zero_each) filter.zero_points = zeros.data();

  tsr_context* raw_context = nullptr;
  tsr_context_create(&raw_context);
  const Context context(raw_context);
  tsr_context_set_num_threads(raw_context, static_cast<int>(c.threads));
  if (tsr_context_set_isa(raw_context, isa_info(static_cast<Isa>(c.isa)).name) != TSR_OK)
    return failure() << "instruction set";
  tsr_conv_q8_plan* raw_plan = nullptr;
  if (const tsr_status bad = tsr_conv_q8_plan_create(raw_context, &d, &filter, &raw_plan))
    return failure() << "plan: " << tsr_status_string(bad);
  const Plan plan(raw_plan);
  if (d.algorithm != TSR_CONV_AUTO && tsr_conv_q8_plan_algorithm(raw_plan) != d.algorithm)
    return failure() << "another algorithm";
  const bool plain = output == TSR_Q8_S32 && !c.bias;
  if (const tsr_status bad = tsr_conv_q8_run(raw_plan, raw_context, &image, plain ? nullptr : &e, y.bytes))
    return failure() << "run: " << tsr_status_string(bad);

  std::vector<char> want = y.before;
  for (index_t n = 0; n < d.batch; ++n)
    for (index_t k = 0; k < channels; ++k)
      for (index_t oy = 0; oy < oh; ++oy)
        for (index_t ox = 0; ox < ow; ++ox) {
          std::uint32_t sum = c.bias ? static_cast<std::uint32_t>(bias[static_cast<std::size_t>(k)]) : 0u;
          for (index_t cc = 0; cc < group_in; ++cc)
            for (index_t t = 0; t < taps; ++t) {
              const index_t iy = oy * d.stride_height + t / d.kernel_width * d.dilation_height - d.pad_top;
              const index_t ix = ox * d.stride_width + t % d.kernel_width * d.dilation_width - d.pad_left;
              if (iy < 0 || iy >= d.in_height || ix < 0 || ix >= d.in_width) continue;
              const auto byte = [](const char* p, index_t i, std::int32_t type) {
                return byte_value(static_cast<std::uint8_t>(p[i]), type == TSR_S8);
              };
              const std::int32_t a =
                  byte(x.bytes, in.at(n, k / group_out * group_in + cc, iy, ix), image.type) - image.zero_point;
              const std::int32_t b =
                  byte(w.bytes, (k * group_in + cc) * taps + t, filter.type) - zeros[static_cast<std::size_t>(k)];
              sum += static_cast<std::uint32_t>(a * b);
            }
          const auto s = static_cast<std::int32_t>(sum);
          const auto column = static_cast<std::size_t>(per_channel ? k : 0);
          char* const to = &want[static_cast<std::size_t>(out.at(n, k, oy, ox) * size)];
          if (output == TSR_Q8_S32) {
            std::memcpy(to, &s, 4);
          } else if (output == TSR_Q8_F32) {
            float v = static_cast<float>(s) * scale[column];
            if (e.float_bias != nullptr) v += float_bias[static_cast<std::size_t>(k)];
            v = v < e.float_low ? e.float_low : v > e.float_high ? e.float_high : v;
            std::memcpy(to, &v, 4);
          } else {
            *to = static_cast<char>(
                fixed ? requantize_fixed(s, multiplier[column], shift[column], e.zero_point, e.low, e.high)
                      : requantize(s, scale[column], 1.0f, e.zero_point, e.low, e.high));
          }
        }
  if (!x.unchanged() || !w.unchanged()) return failure() << "x or the weights were written";
  if (!y.buffer.untouched()) return failure() << "bytes beside y were written";
  for (std::size_t i = 0; i < want.size(); ++i)
    if (want[i] != y.bytes[i])
      return failure() << "byte " << i << " of y, output " << output << ": " << int{y.bytes[i]} << " instead of "
                       << int{want[i]};
  return testing::AssertionSuccess();
}

ConvCase random_conv_q8(Random& r, Isa isa, tsr_conv_algorithm algorithm) {
  for (;;) {
    ConvCase c = random_conv(r, isa, algorithm);
    index_t oh = 0, ow = 0;
    c.desc.transposed = 0;
    c.desc.output_pad_height = c.desc.output_pad_width = 0;
    if (algorithm == TSR_CONV_DEPTHWISE) {
      c.desc.out_channels = c.desc.groups;
      // A pixel of more channels than the registers of a block, and than a scattered piece.
      if (r.one_in(8)) {
        c.desc.groups = c.desc.in_channels = c.desc.out_channels = r.integer(120, 200);
        c.desc.in_stride = c.desc.out_stride = 0;
      }
    }

    if (tsr_conv_output(&c.desc, &oh, &ow) != TSR_OK) continue;
    if (c.desc.out_stride != 0)
      c.desc.out_stride = c.desc.out_channels * (c.desc.layout == TSR_NHWC ? 1 : oh * ow) + r.integer(0, 5);
    return c;
  }
}

class ConvQ8Test : public testing::TestWithParam<Isa> {
 protected:
  void run(tsr_conv_algorithm algorithm, index_t count) {
    TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
    Random r(test_seed() + 10 + static_cast<std::uint64_t>(algorithm) * 1000);
    for (index_t i = scaled_count(count); i > 0; --i)
      ASSERT_TRUE(check_conv_q8(random_conv_q8(r, GetParam(), algorithm)));
  }
};

TEST_P(ConvQ8Test, Gemm) { run(TSR_CONV_GEMM, 100); }
TEST_P(ConvQ8Test, Depthwise) { run(TSR_CONV_DEPTHWISE, 100); }

TEST_P(ConvQ8Test, UnderAnyProfile) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 13);
  for (index_t i = scaled_count(50); i > 0; --i) {
    const ProfileInUse in_use(random_profile(r));
    ASSERT_TRUE(check_conv_q8(random_conv_q8(r, GetParam(), r.one_in(4) ? TSR_CONV_DEPTHWISE : TSR_CONV_GEMM)));
  }
}

// Where neither taps nor copies are needed, and where the pixels of one image come in several strips.
TEST_P(ConvQ8Test, PointwiseAndStrips) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 11);
  for (const bool pointwise : {true, false})
    for (const int layout : {TSR_NHWC, TSR_NCHW})
      for (const int groups : {1, 2}) {
        ConvCase c;
        c.isa = static_cast<tsr_index>(GetParam());
        c.desc.layout = layout;
        c.desc.batch = 2;
        c.desc.groups = groups;
        c.desc.in_channels = 24;
        c.desc.out_channels = 34;
        c.desc.in_height = c.desc.in_width = pointwise ? 7 : 13;
        c.desc.kernel_height = c.desc.kernel_width = pointwise ? 1 : 3;
        c.bias = 1;
        c.threads = 2;
        c.seed = r.integer(1, 1 << 30);
        ASSERT_TRUE(check_conv_q8(c));
      }
}

// Rows of taps that are gathered, in several strips of tiles.
TEST_P(ConvQ8Test, FewChannels) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 13);
  for (index_t i = scaled_count(20); i > 0; --i) {
    ConvCase c;
    c.isa = static_cast<tsr_index>(GetParam());
    c.desc.layout = r.one_in(3) ? TSR_NCHW : TSR_NHWC;
    c.desc.batch = 2;
    c.desc.in_channels = r.integer(1, 5);
    c.desc.out_channels = r.integer(1, 70);
    c.desc.in_height = r.integer(5, 40);
    c.desc.in_width = r.integer(5, 40);
    c.desc.kernel_height = r.integer(2, 5);
    c.desc.kernel_width = r.integer(1, 5);
    c.desc.stride_height = r.integer(1, 3);
    c.desc.stride_width = r.integer(1, 3);
    c.desc.pad_top = r.integer(0, 2);
    c.desc.pad_left = r.integer(0, 2);
    c.desc.pad_bottom = r.integer(0, 2);
    c.desc.pad_right = r.integer(0, 2);
    c.bias = 1;
    c.threads = r.integer(1, 2);
    c.side = r.integer(0, 1);
    c.seed = r.integer(1, 1 << 30);
    ASSERT_TRUE(check_conv_q8(c));
  }
}

// Sums that come in K blocks.
TEST_P(ConvQ8Test, Deep) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 12);
  for (index_t i = 0; i < 4; ++i) {
    ConvCase c;
    c.isa = static_cast<tsr_index>(GetParam());
    c.desc.layout = TSR_NHWC;
    c.desc.in_channels = 6000;
    c.desc.out_channels = 5;
    c.desc.in_height = c.desc.in_width = 2;
    c.desc.kernel_height = c.desc.kernel_width = 3;
    c.desc.pad_top = c.desc.pad_left = 1;
    c.seed = r.integer(1, 1 << 30);
    ASSERT_TRUE(check_conv_q8(c));
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, ConvQ8Test, testing::ValuesIn(all_int8_isas()), isa_name);

TEST(ConvQ8Line, FromEnvironment) {
  const char* const line = std::getenv("TESSERA_TEST_LINE");
  if (line == nullptr) GTEST_SKIP() << "TESSERA_TEST_LINE is not set";
  EXPECT_TRUE(check_conv_q8(ConvCase::parse(line)));
}

TEST(ConvQ8Arguments, AreJudged) {
  tsr_conv_desc d = TSR_CONV_INIT;
  d.in_channels = d.out_channels = 2;
  d.in_height = d.in_width = 4;
  d.kernel_height = d.kernel_width = 3;
  const std::uint8_t bytes[36] = {};
  tsr_q8_filter w{bytes, TSR_S8, 0, nullptr};
  tsr_conv_q8_plan* raw = nullptr;
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, nullptr, &w, &raw), -2);
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &d, nullptr, &raw), -3);
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &d, &w, nullptr), -4);
  tsr_q8_filter wrong = w;
  wrong.zero_point = 128;
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &d, &wrong, &raw), -3);
  wrong = w;
  wrong.data = nullptr;
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &d, &wrong, &raw), -3);
  wrong = w;
  wrong.type = 2;
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &d, &wrong, &raw), -3);
  const std::int32_t zeros[] = {0, -129};
  wrong = w;
  wrong.zero_points = zeros;
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &d, &wrong, &raw), -3);
  tsr_conv_desc bad = d;
  bad.groups = 3;
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &bad, &w, &raw), TSR_CONV_BAD_GROUPS);
  bad = d;
  bad.transposed = 1;
  EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &bad, &w, &raw), TSR_CONV_BAD_ALGORITHM);
  for (const tsr_conv_algorithm algorithm : {TSR_CONV_DEPTHWISE, TSR_CONV_WINOGRAD_2}) {
    bad = d;
    bad.algorithm = algorithm;
    EXPECT_EQ(tsr_conv_q8_plan_create(nullptr, &bad, &w, &raw), TSR_CONV_BAD_ALGORITHM);
  }
  EXPECT_EQ(raw, nullptr);
  EXPECT_EQ(tsr_conv_q8_plan_algorithm(nullptr), TSR_CONV_AUTO);
  tsr_conv_q8_plan_destroy(nullptr);

  ASSERT_EQ(tsr_conv_q8_plan_create(nullptr, &d, &w, &raw), TSR_OK);
  const Plan plan(raw);
  EXPECT_EQ(tsr_conv_q8_plan_algorithm(raw), TSR_CONV_GEMM);
  std::int32_t y[8];
  std::memset(y, 0x55, sizeof y);
  const tsr_q8_image x{bytes, TSR_U8, 0}, x_zero{bytes, TSR_U8, -1}, x_type{bytes, 2, 0}, x_null{nullptr, TSR_U8, 0};
  EXPECT_EQ(tsr_conv_q8_run(nullptr, nullptr, &x, nullptr, y), -1);
  EXPECT_EQ(tsr_conv_q8_run(raw, nullptr, nullptr, nullptr, y), -3);
  for (const tsr_q8_image* image : {&x_zero, &x_type, &x_null})
    EXPECT_EQ(tsr_conv_q8_run(raw, nullptr, image, nullptr, y), -3);
  tsr_q8_epilogue e = tsr_q8_epilogue_of(TSR_Q8_U8);
  EXPECT_EQ(tsr_conv_q8_run(raw, nullptr, &x, &e, y), -4);  // neither scale nor multiplier
  const float scale = 1.0f;
  e.scale = &scale;
  e.row_scale = &scale;
  EXPECT_EQ(tsr_conv_q8_run(raw, nullptr, &x, &e, y), -4);
  EXPECT_EQ(tsr_conv_q8_run(raw, nullptr, &x, nullptr, nullptr), -5);
  for (const std::int32_t v : y) EXPECT_EQ(v, 0x55555555);
}

}  // namespace
}  // namespace tessera::test
