// Convolution against the definition, on every instruction set: random descriptions for each algorithm, the same bits
// for every thread count, layout and batch.
#include <cstdlib>
#include <cstring>

#include "conv_case.h"

namespace tessera::test {
namespace {

class ConvTest : public testing::TestWithParam<Isa> {
 protected:
  void run(tsr_conv_algorithm algorithm, index_t count) {
    TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
    Random r(test_seed() + static_cast<std::uint64_t>(algorithm) * 1000);
    for (index_t i = scaled_count(count); i > 0; --i) ASSERT_TRUE(check_conv(random_conv(r, GetParam(), algorithm)));
  }
};

TEST_P(ConvTest, Gemm) { run(TSR_CONV_GEMM, 300); }
TEST_P(ConvTest, Depthwise) { run(TSR_CONV_DEPTHWISE, 300); }
TEST_P(ConvTest, Winograd2) { run(TSR_CONV_WINOGRAD_2, 60); }
TEST_P(ConvTest, Winograd4) { run(TSR_CONV_WINOGRAD_4, 60); }
TEST_P(ConvTest, Winograd6) { run(TSR_CONV_WINOGRAD_6, 60); }
TEST_P(ConvTest, Auto) { run(TSR_CONV_AUTO, 100); }

// A case in the other layout, or of another algorithm, is compared element by element.
float element(const ConvCase& c, const ConvResult& result, index_t n, index_t k, index_t pixel, index_t pixels) {
  const index_t channels = c.desc.out_channels;
  const index_t at =
      c.desc.layout == TSR_NHWC ? (n * pixels + pixel) * channels + k : (n * channels + k) * pixels + pixel;
  return result.y[static_cast<std::size_t>(at)];
}
testing::AssertionResult same_images(const ConvCase& a, const ConvResult& x, const ConvCase& b, const ConvResult& y) {
  index_t oh = 0, ow = 0;
  tsr_conv_output(&a.desc, &oh, &ow);
  for (index_t n = 0; n < a.desc.batch; ++n)
    for (index_t k = 0; k < a.desc.out_channels; ++k)
      for (index_t pixel = 0; pixel < oh * ow; ++pixel) {
        const float p = element(a, x, n, k, pixel, oh * ow), q = element(b, y, n, k, pixel, oh * ow);
        if (std::memcmp(&p, &q, 4) != 0)
          return testing::AssertionFailure()
                 << a.line() << "\n"
                 << b.line() << "\nimage " << n << " channel " << k << " pixel " << pixel << ": " << p << " and " << q;
      }
  return testing::AssertionSuccess();
}

// An image, a channel and a pixel have the same operands in both layouts only if those are symmetric: constants of a
// channel do.
TEST_P(ConvTest, ThreadsChangeNoBit) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 1);
  for (const tsr_conv_algorithm algorithm :
       {TSR_CONV_GEMM, TSR_CONV_DEPTHWISE, TSR_CONV_WINOGRAD_2, TSR_CONV_WINOGRAD_4, TSR_CONV_WINOGRAD_6}) {
    for (index_t i = scaled_count(12); i > 0; --i) {
      ConvCase c = random_conv(r, GetParam(), algorithm);
      ConvResult one, many;
      c.threads = 1;
      ASSERT_TRUE(check_conv(c, &one));
      for (const index_t threads : {2, 3, 7}) {
        c.threads = threads;
        ASSERT_TRUE(check_conv(c, &many));
        ASSERT_EQ(std::memcmp(one.y.data(), many.y.data(), one.y.size() * 4), 0) << c.line();
      }
    }
  }
}

// One pixel high and wide images lie alike in both layouts.
TEST_P(ConvTest, LayoutsHaveTheSameBits) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 2);
  for (const tsr_conv_algorithm algorithm : {TSR_CONV_GEMM, TSR_CONV_DEPTHWISE, TSR_CONV_WINOGRAD_4}) {
    for (index_t i = scaled_count(20); i > 0; --i) {
      ConvCase c = random_conv(r, GetParam(), algorithm);
      c.residual = 0;
      c.desc.in_stride = c.desc.out_stride = 0;
      c.desc.layout = TSR_NHWC;
      if (algorithm == TSR_CONV_DEPTHWISE) c.desc.out_channels = c.desc.groups;
      // With one channel in and the image of one row of it, memory is the same; depthwise wants one group then.
      c.desc.groups = c.desc.in_channels = 1;
      ConvResult rows, pixels;
      ConvCase other = c;
      other.desc.layout = TSR_NCHW;
      ASSERT_TRUE(check_conv(c, &pixels));
      ASSERT_TRUE(check_conv(other, &rows));
      ASSERT_TRUE(same_images(c, pixels, other, rows));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, ConvTest, testing::ValuesIn(all_isas()), isa_name);

TEST(ConvLine, Reproduce) {
  const char* const line = std::getenv("TESSERA_TEST_LINE");
  if (line == nullptr) GTEST_SKIP() << "TESSERA_TEST_LINE is not set";
  EXPECT_TRUE(check_conv(ConvCase::parse(line)));
}

}  // namespace
}  // namespace tessera::test
