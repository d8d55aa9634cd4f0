// GEMM through the C API: values against a plain loop, and the same bits whoever executes it.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <mutex>
#include <string>
#include <thread>

#include "calls.h"

namespace tessera::test {
namespace {

template <class T>
struct Problem {
  std::vector<T> a, b, c;
  Call<T> call;
  // By rows, or with every operand by columns.
  Problem(tsr_index m, tsr_index n, tsr_index k, bool by_rows, T alpha, T beta)
      : a(numbers<T>(m * k, 11)), b(numbers<T>(k * n, 12)), c(numbers<T>(m * n, 13)) {
    call.m = m, call.n = n, call.k = k;
    call.a_rs = by_rows ? k : 1, call.a_cs = by_rows ? 1 : m;
    call.b_rs = by_rows ? n : 1, call.b_cs = by_rows ? 1 : k;
    call.c_rs = by_rows ? n : 1, call.c_cs = by_rows ? 1 : m;
    call.alpha = alpha, call.beta = beta;
    call.a = a.data(), call.b = b.data();
  }
  std::vector<T> result(const tsr_context* context) {
    std::vector<T> out = c;
    call.context = context;
    call.c = out.data();
    EXPECT_EQ(run(call), TSR_OK);
    return out;
  }
};

template <class T>
bool same_bits(const std::vector<T>& x, const std::vector<T>& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0;
}

struct Context {
  tsr_context* p = nullptr;
  Context() { EXPECT_EQ(tsr_context_create(&p), TSR_OK); }
  ~Context() { tsr_context_destroy(p); }
};

template <class T>
class Gemm : public testing::Test {};
using Types = testing::Types<float, double, tsr_c32, tsr_c64>;
TYPED_TEST_SUITE(Gemm, Types);

// Sizes that take every method: direct, strip, packed; the last ones are large enough for threads.
struct Size {
  tsr_index m, n, k;
};
struct Part {
  tsr_index i, m, j, n;
};
constexpr Size kSizes[] = {{1, 1, 1}, {7, 9, 5}, {3, 400, 600}, {500, 2, 300}, {64, 300, 700}, {417, 395, 301}};

template <class T>
double re(const T& x) {
  if constexpr (kComplex<T>) {
    return x.re;
  } else {
    return x;
  }
}
template <class T>
double im([[maybe_unused]] const T& x) {
  if constexpr (kComplex<T>) {
    return x.im;
  } else {
    return 0.0;
  }
}

TYPED_TEST(Gemm, AgreesWithAPlainLoop) {
  using T = TypeParam;
  for (const unsigned flags : {0u, 1u, 2u, 3u}) {
    if (!kComplex<T> && flags != 0) continue;
    for (const Size& s : kSizes) {
      if (s.m * s.n * s.k > 1000000) continue;
      Problem<T> p(s.m, s.n, s.k, flags % 2 == 0, scalar<T>(0.75, -0.5), scalar<T>(-1.25, 0.25));
      p.call.flags = flags;
      const std::vector<T> got = p.result(nullptr);
      const double unit = sizeof(T) / (kComplex<T> ? 2 : 1) == 4 ? 0x1p-24 : 0x1p-53;
      for (tsr_index i = 0; i < s.m; ++i)
        for (tsr_index j = 0; j < s.n; ++j) {
          double sr = 0, si = 0, magnitude = 0;
          for (tsr_index q = 0; q < s.k; ++q) {
            const T x = p.a[static_cast<std::size_t>(i * p.call.a_rs + q * p.call.a_cs)];
            const T y = p.b[static_cast<std::size_t>(q * p.call.b_rs + j * p.call.b_cs)];
            const double xi = flags & 1 ? -im(x) : im(x), yi = flags & 2 ? -im(y) : im(y);
            sr += re(x) * re(y) - xi * yi;
            si += re(x) * yi + xi * re(y);
            magnitude += (std::abs(re(x)) + std::abs(xi)) * (std::abs(re(y)) + std::abs(yi));
          }
          const std::size_t at = static_cast<std::size_t>(i * p.call.c_rs + j * p.call.c_cs);
          const double ar = re(p.call.alpha), ai = im(p.call.alpha), br = re(p.call.beta), bi = im(p.call.beta);
          const double cr = re(p.c[at]), ci = im(p.c[at]);
          const double er = ar * sr - ai * si + br * cr - bi * ci, ei = ar * si + ai * sr + br * ci + bi * cr;
          // Each of at most 2k + 4 roundings errs by half a unit of at most the sum of all magnitudes.
          const double bound = (2.0 * static_cast<double>(s.k) + 4.0) * 1.01 * unit *
                               ((std::abs(ar) + std::abs(ai)) * magnitude +
                                (std::abs(br) + std::abs(bi)) * (std::abs(cr) + std::abs(ci)));
          // For f64 the oracle errs as much as the subject.
          ASSERT_NEAR(re(got[at]), er, 2 * bound) << i << "," << j << " of " << s.m << "x" << s.n << "x" << s.k;
          ASSERT_NEAR(im(got[at]), ei, 2 * bound) << i << "," << j << " of " << s.m << "x" << s.n << "x" << s.k;
        }
    }
  }
}

TYPED_TEST(Gemm, BetaZeroOverwritesNan) {
  using T = TypeParam;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const tsr_index k : {tsr_index{0}, tsr_index{6}}) {
    Problem<T> p(9, 11, k, true, scalar<T>(1.0), scalar<T>(0.0));
    for (T& x : p.c) x = scalar<T>(nan, nan);
    for (const T& x : p.result(nullptr)) {
      ASSERT_FALSE(std::isnan(re(x)) || std::isnan(im(x)));
      if (k == 0) {
        ASSERT_TRUE(re(x) == 0 && im(x) == 0);
      }
    }
  }
}

TYPED_TEST(Gemm, AlphaZeroDoesNotReadAAndB) {
  using T = TypeParam;
  Problem<T> p(9, 11, 6, true, scalar<T>(0.0), scalar<T>(2.0));
  for (T& x : p.a) x = scalar<T>(std::numeric_limits<double>::infinity());
  const std::vector<T> got = p.result(nullptr);
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(re(got[i]), 2 * re(p.c[i]));
}

TYPED_TEST(Gemm, SameBitsForAnyNumberOfThreads) {
  using T = TypeParam;
  for (const Size& s : kSizes)
    for (const bool by_rows : {true, false}) {
      Problem<T> p(s.m, s.n, s.k, by_rows, scalar<T>(0.3), scalar<T>(0.7));
      Context context;
      tsr_context_set_num_threads(context.p, 1);
      const std::vector<T> alone = p.result(context.p);
      for (const int threads : {2, 3, 8}) {
        tsr_context_set_num_threads(context.p, threads);
        ASSERT_TRUE(same_bits(alone, p.result(context.p)))
            << threads << " threads, " << s.m << "x" << s.n << "x" << s.k;
      }
    }
}

// Rows and columns do not know what is computed beside them.
TYPED_TEST(Gemm, SameBitsForAPartOfC) {
  using T = TypeParam;
  constexpr tsr_index kM = 417, kN = 395, kK = 301;
  for (const bool by_rows : {true, false}) {
    Problem<T> p(kM, kN, kK, by_rows, scalar<T>(0.3, 0.6), scalar<T>(0.7));
    const std::vector<T> whole = p.result(nullptr);
    for (const Part& part : {Part{0, 1, 0, kN}, Part{0, kM, 5, 1}, Part{100, 7, 30, 300}, Part{31, 300, 64, 17},
                             Part{400, 17, 390, 5}, Part{416, 1, 394, 1}}) {
      std::vector<T> c = p.c;
      Call<T> call = p.call;
      const tsr_index at = part.i * call.c_rs + part.j * call.c_cs;
      call.m = part.m, call.n = part.n;
      call.a += part.i * call.a_rs;
      call.b += part.j * call.b_cs;
      call.c = c.data() + at;
      ASSERT_EQ(run(call), TSR_OK);
      for (tsr_index i = 0; i < part.m; ++i)
        for (tsr_index j = 0; j < part.n; ++j) {
          const std::size_t e = static_cast<std::size_t>(at + i * call.c_rs + j * call.c_cs);
          ASSERT_EQ(std::memcmp(&c[e], &whole[e], sizeof(T)), 0)
              << i << "," << j << " of " << part.m << "x" << part.n << " at " << part.i << "," << part.j
              << (by_rows ? " by rows" : " by columns");
        }
    }
  }
}

TYPED_TEST(Gemm, SameBitsOnEveryIsaWithFma) {
  using T = TypeParam;
  Context avx2, avx512;
  if (tsr_context_set_isa(avx2.p, "avx2") != TSR_OK || tsr_context_set_isa(avx512.p, "avx512") != TSR_OK)
    GTEST_SKIP() << "this CPU or build has fewer than two such instruction sets";
  for (const Size& s : kSizes)
    for (const bool by_rows : {true, false}) {
      Problem<T> p(s.m, s.n, s.k, by_rows, scalar<T>(0.3, 0.6), scalar<T>(0.7));
      ASSERT_TRUE(same_bits(p.result(avx2.p), p.result(avx512.p))) << s.m << "x" << s.n << "x" << s.k;
    }
}

// The cap is obeyed: without FMA long sums of full significands come out differently.
TEST(GemmIsa, BaselineHasNoFma) {
  Context baseline, avx2;
  if (tsr_context_set_isa(avx2.p, "avx2") != TSR_OK) GTEST_SKIP() << "no second instruction set";
  ASSERT_EQ(tsr_context_set_isa(baseline.p, "baseline"), TSR_OK);
  Problem<float> p(40, 40, 200, true, 1.0f, 0.0f);
  EXPECT_FALSE(same_bits(p.result(baseline.p), p.result(avx2.p)));
}

// Counts what it is asked for and checks that the indices are 0..n-1.
struct Host {
  std::atomic<int> loops{0}, most{0};
};
void one_after_another(void* host, int n, void (*task)(void*, int), void* argument) {
  Host& h = *static_cast<Host*>(host);
  ++h.loops;
  if (n > h.most) h.most = n;
  for (int i = n - 1; i >= 0; --i) task(argument, i);
}
void all_at_once(void* host, int n, void (*task)(void*, int), void* argument) {
  Host& h = *static_cast<Host*>(host);
  ++h.loops;
  if (n > h.most) h.most = n;
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back(task, argument, i);
  for (std::thread& t : threads) t.join();
}

TYPED_TEST(Gemm, SameBitsOnTheHostsPool) {
  using T = TypeParam;
  for (const Size& s : kSizes) {
    Problem<T> p(s.m, s.n, s.k, true, scalar<T>(0.3), scalar<T>(0.7));
    const std::vector<T> expected = p.result(nullptr);
    for (const tsr_parallel_for loop : {&one_after_another, &all_at_once}) {
      Context context;
      Host host;
      tsr_context_set_num_threads(context.p, 4);
      ASSERT_EQ(tsr_context_set_parallel_for(context.p, loop, &host), TSR_OK);
      ASSERT_TRUE(same_bits(expected, p.result(context.p))) << s.m << "x" << s.n << "x" << s.k;
      EXPECT_LE(host.most, 4);
      if (s.m > 400 && s.n > 100) {
        EXPECT_GT(host.loops, 0) << "the host was not asked";
      }
      if (s.m == 1) {
        EXPECT_EQ(host.loops, 0) << "one multiplication was shared out";
      }
      const int before = host.loops;
      ASSERT_EQ(tsr_context_set_parallel_for(context.p, nullptr, &host), TSR_OK);
      ASSERT_TRUE(same_bits(expected, p.result(context.p)));
      EXPECT_EQ(host.loops, before) << "asked after it was taken back";
    }
  }
}

// Tessera's own pool called from inside a task of the host's.
TEST(GemmNested, InsideTheHostsLoop) {
  Problem<float> p(300, 300, 300, true, 1.0f, 0.0f);
  const std::vector<float> expected = p.result(nullptr);
  std::vector<std::vector<float>> got(4, std::vector<float>(300 * 300));
  std::vector<std::thread> threads;
  for (std::vector<float>& c : got)
    threads.emplace_back([&p, &c] {
      Call<float> call = p.call;
      call.c = c.data();
      for (int i = 0; i < 5; ++i) EXPECT_EQ(run(call), TSR_OK);
      tsr_release_workspace();
      EXPECT_EQ(run(call), TSR_OK);
    });
  for (std::thread& t : threads) t.join();
  for (const std::vector<float>& c : got) EXPECT_TRUE(same_bits(expected, c));
}

TEST(GemmContext, OneForManyThreads) {
  Problem<double> p(200, 210, 220, false, 1.0, 0.0);
  const std::vector<double> expected = p.result(nullptr);
  Context context;
  tsr_context_set_num_threads(context.p, 2);
  std::vector<std::vector<double>> got(4, std::vector<double>(200 * 210));
  std::vector<std::thread> threads;
  for (std::vector<double>& c : got)
    threads.emplace_back([&] {
      Call<double> call = p.call;
      call.context = context.p;
      call.c = c.data();
      EXPECT_EQ(run(call), TSR_OK);
    });
  for (std::thread& t : threads) t.join();
  for (const std::vector<double>& c : got) EXPECT_TRUE(same_bits(expected, c));
}

}  // namespace
}  // namespace tessera::test
