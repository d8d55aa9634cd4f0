// Convolution against the definition, on every instruction set: random descriptions for each algorithm, the same bits
// for every thread count, layout and batch.
#include <cstdlib>
#include <cstring>

#include "conv_case.h"
#include "support/random_tuning.h"

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

TEST_P(ConvTest, Gemm) { run(TSR_CONV_GEMM, 200); }
TEST_P(ConvTest, Depthwise) { run(TSR_CONV_DEPTHWISE, 200); }
TEST_P(ConvTest, Direct) { run(TSR_CONV_DIRECT, 120); }
TEST_P(ConvTest, Winograd2) { run(TSR_CONV_WINOGRAD_2, 40); }
TEST_P(ConvTest, Winograd4) { run(TSR_CONV_WINOGRAD_4, 40); }
TEST_P(ConvTest, Winograd6) { run(TSR_CONV_WINOGRAD_6, 40); }
TEST_P(ConvTest, Auto) { run(TSR_CONV_AUTO, 60); }

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

TEST_P(ConvTest, ThreadsChangeNoBit) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 1);
  for (const tsr_conv_algorithm algorithm : {TSR_CONV_GEMM, TSR_CONV_DEPTHWISE, TSR_CONV_DIRECT, TSR_CONV_WINOGRAD_2,
                                             TSR_CONV_WINOGRAD_4, TSR_CONV_WINOGRAD_6}) {
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

TEST_P(ConvTest, LayoutsHaveTheSameBits) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 2);
  for (const tsr_conv_algorithm algorithm : {TSR_CONV_GEMM, TSR_CONV_DEPTHWISE, TSR_CONV_DIRECT, TSR_CONV_WINOGRAD_2,
                                             TSR_CONV_WINOGRAD_4, TSR_CONV_WINOGRAD_6}) {
    for (index_t i = scaled_count(20); i > 0; --i) {
      ConvCase c = random_conv(r, GetParam(), algorithm);
      c.desc.in_stride = c.desc.out_stride = 0;
      if (algorithm == TSR_CONV_DEPTHWISE) c.desc.out_channels = c.desc.groups;
      ConvCase other = c;
      c.desc.layout = TSR_NHWC;
      other.desc.layout = TSR_NCHW;
      // What is direct in NHWC need not be in NCHW, and has GEMM's bits in any case.
      if (algorithm == TSR_CONV_DIRECT) other.desc.algorithm = TSR_CONV_GEMM;
      ConvResult pixels, planes;
      ASSERT_TRUE(check_conv(c, &pixels));
      ASSERT_TRUE(check_conv(other, &planes));
      ASSERT_TRUE(same_images(c, pixels, other, planes));
    }
  }
}

// Direct kernels add what implicit GEMM adds, in its order.
TEST_P(ConvTest, DirectAlgorithmsHaveTheSameBits) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 3);
  for (index_t i = scaled_count(60); i > 0; --i) {
    const ConvCase c = random_conv(r, GetParam(), i % 2 == 0 ? TSR_CONV_DEPTHWISE : TSR_CONV_DIRECT);
    ConvCase other = c;
    other.desc.algorithm = TSR_CONV_GEMM;
    ConvResult direct, gemm;
    ASSERT_TRUE(check_conv(c, &direct));
    ASSERT_TRUE(check_conv(other, &gemm));
    ASSERT_EQ(std::memcmp(direct.y.data(), gemm.y.data(), gemm.y.size() * 4), 0) << c.line();
  }
}

// A profile may choose another algorithm, which errs no more than its own bound; not where bits are to stay.
TEST_P(ConvTest, UnderAnyProfile) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Random r(test_seed() + 4);
  for (index_t i = scaled_count(60); i > 0; --i) {
    ConvCase c = random_conv(r, GetParam(), TSR_CONV_AUTO);
    if (r.one_in(2)) c.desc.accuracy = TSR_CONV_STRICT;
    ConvResult plain, tuned;
    ASSERT_TRUE(check_conv(c, &plain));
    const ProfileInUse in_use(random_profile(r));
    ASSERT_TRUE(check_conv(c, &tuned));
    if (c.desc.accuracy == TSR_CONV_STRICT) {
      ASSERT_EQ(std::memcmp(plain.y.data(), tuned.y.data(), plain.y.size() * 4), 0) << c.line();
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
