// Every kernel of the registry on every tile it may be given, to the bit, between guard pages.
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "reference/gemm_chain.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

enum class Kind { packed, direct, stream, along_k };
constexpr const char* kKindNames[] = {"packed", "direct", "stream", "along_k"};

struct TileCase {
  Kind kind;
  int h, nv, tail;
  index_t k;
  double beta;  // 0: C is NaN and not read
  bool negate = false;
  int layout_a = 0;   // 0 rows along k, 1 columns (as a packed block lies), 2 rows backwards, 3 every row the same
  index_t pad_b = 0;  // elements between rows of B
  index_t pad_c = 0;
  Side side = Side::end;
};

std::string text(const TileCase& c) {
  std::ostringstream s;
  s << kKindNames[static_cast<int>(c.kind)] << " tile " << c.h << " rows x " << c.nv << " vectors, " << c.tail
    << " columns in the last, k " << c.k << ", beta " << c.beta << ", negate " << c.negate << ", layout of A "
    << c.layout_a << ", padding of B " << c.pad_b << ", of C " << c.pad_c << ", against the guard page at the "
    << (c.side == Side::end ? "end" : "start");
  return s.str();
}

template <class T>
class Bench {
 public:
  explicit Bench(Isa isa) : isa_(isa), tiles_(*find_isa(isa)->kernels(DTypeOf<T>::value).tiles) {}

  const TileSet& tiles() const { return tiles_; }

  testing::AssertionResult check(const TileCase& c, GemmTileFn kernel) {
    const int lanes = tiles_.lanes;
    const index_t w = (c.nv - 1) * lanes + c.tail, h = c.h, k = c.k;
    const bool packed = c.kind == Kind::packed;
    const index_t size = sizeof(T);
    set_current_case(std::string(isa_info(isa_).name) + " " + name_of(tiles_.type) + " " + text(c));

    dense_a_.resize(static_cast<std::size_t>(h * k));
    dense_b_.resize(static_cast<std::size_t>(k * w));
    random_.fill(dense_a_.data(), h * k);
    random_.fill(dense_b_.data(), k * w);
    if (c.layout_a == 3 && !packed)
      for (index_t i = 1; i < h; ++i)
        for (index_t p = 0; p < k; ++p) dense_a_[i * k + p] = dense_a_[p];

    GemmTileArgs g{};
    g.k = k;
    // Panels of A may be read up to a register past their end where the ISA multiplies by lanes (NEON): the bytes
    // there are NaN, so that one that reached C would show.
    const index_t a_slack = packed && isa_ == Isa::neon ? 64 / size : 0;
    if (packed || c.layout_a == 1) {
      T* a = at(a_, h * k + a_slack, c.side);
      for (index_t i = 0; i < a_slack; ++i) a[h * k + i] = std::numeric_limits<T>::quiet_NaN();
      for (index_t i = 0; i < h; ++i)
        for (index_t p = 0; p < k; ++p) a[p * h + i] = dense_a_[i * k + p];
      g.a = a;
      g.a_row = size;
      g.a_col = h * size;
    } else if (c.layout_a == 3) {
      T* a = at(a_, k, c.side);
      std::copy_n(dense_a_.data(), k, a);
      g.a = a;
      g.a_row = 0;
      g.a_col = size;
    } else {
      const index_t ld = k > 0 ? k : 1;
      const bool backwards = c.layout_a == 2;
      T* a = at(a_, h * ld, c.side);
      for (index_t i = 0; i < h; ++i)
        for (index_t p = 0; p < k; ++p) a[(backwards ? h - 1 - i : i) * ld + p] = dense_a_[i * k + p];
      g.a = backwards ? a + (h - 1) * ld : a;
      g.a_row = backwards ? -ld * size : ld * size;
      g.a_col = size;
    }
    {
      const bool columns = c.kind == Kind::along_k;
      const index_t ld = packed ? c.nv * lanes : (columns ? k : w) + c.pad_b;
      const index_t lines = columns ? w : k, line = columns ? k : w;
      const index_t n = packed ? k * ld : k > 0 ? (lines - 1) * ld + line : 0;
      T* b = at(b_, n, c.side);
      std::fill_n(b, n, T(0));
      for (index_t p = 0; p < k; ++p)
        for (index_t j = 0; j < w; ++j) b[columns ? j * ld + p : p * ld + j] = dense_b_[p * w + j];
      g.b = b;
      g.b_row = ld * size;
    }
    const index_t ldc = w + c.pad_c, c_size = (h - 1) * ldc + w;
    T* out = at(c_, c_size, c.side);
    random_.fill(out, c_size);
    if (c.beta == 0) std::fill_n(out, c_size, std::numeric_limits<T>::quiet_NaN());
    want_.assign(out, out + c_size);
    const T beta = static_cast<T>(c.beta);
    chains_.resize(static_cast<std::size_t>(h * w));
    for (index_t i = 0; i < h; ++i)
      for (index_t j = 0; j < w; ++j) chains_[i * w + j] = c.beta == 0 ? T(0) : beta * out[i * ldc + j];
    if (c.negate)
      for (T& x : dense_a_) x = -x;
    chain(isa_info(isa_).has_fma, h, w, k, dense_a_.data(), dense_b_.data(), chains_.data());
    for (index_t i = 0; i < h; ++i) std::copy_n(&chains_[i * w], w, &want_[i * ldc]);

    g.c = out;
    g.c_row = ldc * size;
    g.beta = c.beta == 0 ? nullptr : &beta;
    g.n_tail = c.tail;
    g.negate = c.negate;
    g.prefetch_a = g.prefetch_b = 512;
    g.prefetch_c = c.k % 2 ? static_cast<const void*>(out) : nullptr;
    kernel(g);

    const index_t wrong = first_difference(out, want_.data(), c_size);
    if (wrong >= 0) {
      auto result = testing::AssertionFailure();
      result << text(c) << ": row " << wrong / ldc << " column " << wrong % ldc
             << (wrong % ldc >= w ? " (padding)" : "") << " is " << testing::PrintToString(out[wrong]) << ", expected "
             << testing::PrintToString(want_[wrong]);
      return result;
    }
    if (!c_.untouched()) return testing::AssertionFailure() << text(c) << ": wrote outside C";
    if (!a_.untouched() || !b_.untouched()) return testing::AssertionFailure() << text(c) << ": wrote to an operand";
    return testing::AssertionSuccess();
  }

 private:
  static T* at(GuardedBuffer& buffer, index_t n, Side side) {
    return reinterpret_cast<T*>(buffer.place(static_cast<std::size_t>(n) * sizeof(T), side));
  }

  Isa isa_;
  const TileSet& tiles_;
  Random random_{test_seed()};
  GuardedBuffer a_{1 << 18}, b_{1 << 18}, c_{1 << 18};
  std::vector<T> dense_a_, dense_b_, chains_, want_;
};

// The variations of one tile: every k with whole vectors, every tail with some k, all ways of beta, A, B and C to lie.
template <class T, class Kernel>
void vary(Bench<T>& bench, Kind kind, int h, int nv, const Kernel& kernel) {
  const int lanes = bench.tiles().lanes;
  constexpr double kBetas[] = {0.0, 1.0, -0.625};
  const bool direct = kind != Kind::packed;
  const int layouts = direct ? 4 : 1;
  int turn = h + 3 * nv;
  const auto run = [&](int tail, index_t k, double beta) {
    TileCase c{kind, h, nv, tail, k, beta};
    c.side = turn % 2 ? Side::end : Side::start;
    c.layout_a = turn % layouts;
    c.pad_b = turn / 2 % 3;
    c.pad_c = turn / 3 % 4;
    c.negate = direct && turn / 5 % 2;
    ++turn;
    ASSERT_TRUE(bench.check(c, kernel(tail)));
  };
  for (index_t k = 0; k <= 40; ++k) {
    run(lanes, k, kBetas[k % 3]);
    if (testing::Test::HasFatalFailure()) return;
  }
  for (int tail = 1; tail <= lanes; ++tail) {
    for (const index_t k : {0, 1, 2, 5, 9}) {
      for (const double beta : kBetas) {
        run(tail, k, beta);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

class KernelTest : public testing::TestWithParam<Isa> {};

template <class T>
void every_tile(Isa isa) {
  Bench<T> bench(isa);
  const TileSet& set = bench.tiles();
  for (int nv = 1; nv <= set.max_width; ++nv) {
    for (int h = 1; h <= set.max_height[nv]; ++h) {
      vary(bench, Kind::packed, h, nv, [&](int) { return set.packed[nv][h]; });
      if (testing::Test::HasFatalFailure() || h > set.max_height_direct[nv]) continue;
      vary(bench, Kind::direct, h, nv,
           [&](int tail) { return tail == set.lanes ? set.direct[nv][h] : set.direct_tail[nv][h]; });
      if (testing::Test::HasFatalFailure()) return;
      vary(bench, Kind::stream, h, nv,
           [&](int tail) { return tail == set.lanes ? set.stream[nv][h] : set.direct_tail[nv][h]; });
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

template <class T>
void every_along_k(Isa isa) {
  Bench<T> bench(isa);
  const TileSet& set = bench.tiles();
  for (int h = 1; h <= kMaxTileHeight; ++h) {
    if (set.along_k[h] == nullptr) continue;
    vary(bench, Kind::along_k, h, 1, [&](int) { return set.along_k[h]; });
    if (testing::Test::HasFatalFailure()) return;
  }
}

// Every depth of a sweep: rows below, at and above its rows at a time, whole and partial vectors, the ways of A, beta
// and the factor.
template <class T>
void every_sweep(Isa isa) {
  const TileSet& set = *find_isa(isa)->kernels(DTypeOf<T>::value).tiles;
  Random random(test_seed());
  GuardedBuffer a_buffer(1 << 18), b_buffer(1 << 18), c_buffer(1 << 18);
  int turn = 0;
  for (index_t k = 1; k <= set.sweep_depth; ++k) {
    ASSERT_NE(set.sweep[k], nullptr);
    for (index_t m = 0; m <= 2 * set.sweep_rows[k] + 1; ++m) {
      for (const index_t n : {index_t{1}, index_t{set.lanes - 1}, index_t{set.lanes}, index_t{2 * set.lanes + 1},
                              index_t{3 * set.lanes}}) {
        ++turn;
        const T beta = static_cast<T>(turn % 3 == 0 ? 0.0 : turn % 3 == 1 ? 1.0 : -0.625);
        const T factor = static_cast<T>(turn / 3 % 3 == 0 ? 1.0 : turn / 3 % 3 == 1 ? -1.0 : 0.7);
        const bool columns = turn % 2 == 0;
        const index_t ldb = n + turn % 3, ldc = n + turn / 2 % 3;
        const Side side = turn / 4 % 2 ? Side::end : Side::start;
        std::ostringstream text;
        text << isa_info(isa).name << " " << name_of(set.type) << " sweep of depth " << k << ": m " << m << ", n " << n
             << ", beta " << beta << ", factor " << factor << ", A by " << (columns ? "columns" : "rows") << ", ldb "
             << ldb << ", ldc " << ldc << ", against the guard page at the " << (side == Side::end ? "end" : "start");
        set_current_case(text.str());

        const auto place = [&](GuardedBuffer& buffer, index_t count) {
          T* p = reinterpret_cast<T*>(buffer.place(static_cast<std::size_t>(count) * sizeof(T), side));
          random.fill(p, count);
          return p;
        };
        const index_t b_size = (k - 1) * ldb + n, c_size = m > 0 ? (m - 1) * ldc + n : 0;
        T* a = place(a_buffer, m * k);
        T* b = place(b_buffer, b_size);
        T* c = place(c_buffer, c_size);
        if (beta == T(0)) std::fill_n(c, c_size, std::numeric_limits<T>::quiet_NaN());
        std::vector<T> want(c, c + c_size), dense_a(static_cast<std::size_t>(m * k)), dense_b, chains;
        for (index_t i = 0; i < m; ++i)
          for (index_t p = 0; p < k; ++p) dense_a[i * k + p] = factor * a[columns ? p * m + i : i * k + p];
        for (index_t p = 0; p < k; ++p) dense_b.insert(dense_b.end(), b + p * ldb, b + p * ldb + n);
        for (index_t i = 0; i < m; ++i)
          for (index_t j = 0; j < n; ++j) chains.push_back(beta == T(0) ? T(0) : beta * c[i * ldc + j]);
        chain(isa_info(isa).has_fma, m, n, k, dense_a.data(), dense_b.data(), chains.data());
        for (index_t i = 0; i < m; ++i) std::copy_n(chains.data() + i * n, n, want.data() + i * ldc);

        constexpr index_t kSize = sizeof(T);
        set.sweep[k]({.a = a,
                      .b = b,
                      .c = c,
                      .m = m,
                      .n = n,
                      .a_row = (columns ? 1 : k) * kSize,
                      .a_col = (columns ? m : 1) * kSize,
                      .b_row = ldb * kSize,
                      .c_row = ldc * kSize,
                      .beta = beta == T(0) ? nullptr : &beta,
                      .factor = factor == T(1) ? nullptr : &factor});
        ASSERT_EQ(first_difference(c, want.data(), c_size), -1) << text.str();
        ASSERT_TRUE(a_buffer.untouched() && b_buffer.untouched() && c_buffer.untouched()) << text.str();
      }
    }
  }
  for (index_t k = set.sweep_depth + 1; k <= kMaxSweepDepth; ++k) EXPECT_EQ(set.sweep[k], nullptr);
}

template <class T>
void every_descriptor(Isa isa) {
  Bench<T> bench(isa);
  const KernelList& list = find_isa(isa)->kernels(DTypeOf<T>::value);
  for (std::size_t i = 0; i < list.count; ++i) {
    const KernelDescriptor& kernel = list.kernels[i];
    char name[kKernelNameSize];
    kernel_name(kernel, name);
    SCOPED_TRACE(name);
    vary(bench, Kind::packed, kernel.mr, kernel.nr / list.tiles->lanes, [&](int) { return kernel.packed; });
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST_P(KernelTest, EveryTileF32) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  every_tile<float>(GetParam());
}
TEST_P(KernelTest, EveryTileF64) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  every_tile<double>(GetParam());
}
TEST_P(KernelTest, EveryAlongK) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  every_along_k<float>(GetParam());
  every_along_k<double>(GetParam());
}
TEST_P(KernelTest, EverySweep) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  every_sweep<float>(GetParam());
  every_sweep<double>(GetParam());
}
TEST_P(KernelTest, EveryDescriptorF32) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  every_descriptor<float>(GetParam());
}
TEST_P(KernelTest, EveryDescriptorF64) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  every_descriptor<double>(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Isa, KernelTest, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
