// "Same bits": an element depends on its row of A, its column of B, alpha, beta and its old value alone. The oracle
// implies most of this for real types; here it is said directly, for all four, by comparing calls with each other.
#include <cstring>
#include <vector>

#include "gemm/loops.h"
#include "gemm/plan.h"
#include "support/gemm_case.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

constexpr DType kTypes[] = {DType::f32, DType::f64, DType::c32, DType::c64};

// Operands as bytes, A and B row-major, and calls on parts of them.
class Problem {
 public:
  Problem(DType type, index_t m, index_t n, index_t k, std::uint64_t seed, index_t offset = 0)
      : type_(type), m_(m), n_(n), k_(k), offset_(offset) {
    Random r(seed);
    for (auto [bytes, count] : {std::pair{&a_, m * k}, std::pair{&b_, k * n}, std::pair{&c_, m * n}}) {
      bytes->resize(static_cast<std::size_t>(count * size_of(type) + 64));
      if (real_of(type) == DType::f32) {
        std::vector<float> x(static_cast<std::size_t>(count * size_of(type) / 4));
        r.fill(x.data(), static_cast<index_t>(x.size()));
        std::memcpy(bytes->data() + offset, x.data(), x.size() * 4);
      } else {
        std::vector<double> x(static_cast<std::size_t>(count * size_of(type) / 8));
        r.fill(x.data(), static_cast<index_t>(x.size()));
        std::memcpy(bytes->data() + offset, x.data(), x.size() * 8);
      }
    }
    set_scalar(alpha_, 0.75, is_complex(type) ? -0.5 : 0.0);
    set_scalar(beta_, -0.375, 0.0);
  }

  // Rows [i, i + m) and columns [j, j + n) of the result, with C row- or column-major; the result is row-major.
  std::vector<char> run(index_t i, index_t m, index_t j, index_t n, bool col_major, const IsaEntry* isa,
                        int threads = 1) const {
    return part(i, m, j, n, col_major, [&](const GemmCall& call) {
      GemmSettings settings;
      settings.isa = isa;
      settings.executor.threads = threads;
      gemm(call, settings);
    });
  }
  std::vector<char> run_all(const IsaEntry* isa, int threads = 1) const {
    return run(0, m_, 0, n_, false, isa, threads);
  }

  template <class Run>
  std::vector<char> part(index_t i, index_t m, index_t j, index_t n, bool col_major, const Run& run) const {
    const index_t size = size_of(type_);
    std::vector<char> c(static_cast<std::size_t>(m * n * size + 64));
    const index_t rs = col_major ? 1 : n, cs = col_major ? m : 1;
    for (index_t y = 0; y < m; ++y)
      for (index_t x = 0; x < n; ++x)
        std::memcpy(&c[offset_ + (y * rs + x * cs) * size], &c_[offset_ + ((i + y) * n_ + j + x) * size], size);
    run(GemmCall{type_, false, is_complex(type_), m, n, k_, alpha_, &a_[offset_ + i * k_ * size], k_, 1,
                 &b_[offset_ + j * size], n_, 1, beta_, &c[offset_], rs, cs});
    std::vector<char> out(static_cast<std::size_t>(m * n * size));
    for (index_t y = 0; y < m; ++y)
      for (index_t x = 0; x < n; ++x)
        std::memcpy(&out[(y * n + x) * size], &c[offset_ + (y * rs + x * cs) * size], size);
    return out;
  }
  // The same rectangle cut out of a result of the whole.
  std::vector<char> cut(const std::vector<char>& whole, index_t i, index_t m, index_t j, index_t n) const {
    const index_t size = size_of(type_);
    std::vector<char> out;
    for (index_t y = 0; y < m; ++y) {
      const char* row = &whole[((i + y) * n_ + j) * size];
      out.insert(out.end(), row, row + n * size);
    }
    return out;
  }

 private:
  void set_scalar(double (&s)[2], double re, double im) {
    if (real_of(type_) == DType::f64) {
      s[0] = re, s[1] = im;
    } else {
      const float f[2] = {static_cast<float>(re), static_cast<float>(im)};
      std::memcpy(s, f, sizeof f);
    }
  }
  DType type_;
  index_t m_, n_, k_, offset_;
  std::vector<char> a_, b_, c_;
  double alpha_[2], beta_[2];
};

class SameBits : public testing::TestWithParam<std::tuple<Isa, DType>> {
 protected:
  void SetUp() override { TESSERA_SKIP_UNLESS_RUNNABLE(std::get<0>(GetParam())); }
  const IsaEntry* isa() const { return find_isa(std::get<0>(GetParam())); }
  DType type() const { return std::get<1>(GetParam()); }
};

// A row, a column, a corner of a larger problem, wherever it lies.
TEST_P(SameBits, PartsOfALargerProblem) {
  const Problem p(type(), 100, 90, 130, test_seed());
  const std::vector<char> whole = p.run_all(isa());
  for (const index_t m : {1, 2, 3, 7, 16, 33}) {
    for (const index_t n : {1, 2, 5, 16, 47}) {
      for (const auto& at : {std::pair<index_t, index_t>{0, 0}, {100 - m, 90 - n}, {31, 13}}) {
        EXPECT_EQ(p.run(at.first, m, at.second, n, false, isa()), p.cut(whole, at.first, m, at.second, n))
            << m << " x " << n << " at " << at.first << ", " << at.second;
      }
    }
  }
}

TEST_P(SameBits, ARowBesideOthers) {
  const Problem p(type(), 100, 700, 500, test_seed() + 1);
  const std::vector<char> whole = p.run_all(isa());
  for (const index_t i : {0, 41, 99}) EXPECT_EQ(p.run(i, 1, 0, 700, false, isa()), p.cut(whole, i, 1, 0, 700)) << i;
}

TEST_P(SameBits, AColumnBesideOthers) {
  const Problem p(type(), 700, 100, 500, test_seed() + 2);
  const std::vector<char> whole = p.run_all(isa());
  for (const index_t j : {0, 41, 99}) EXPECT_EQ(p.run(0, 700, j, 1, false, isa()), p.cut(whole, 0, 700, j, 1)) << j;
}

TEST_P(SameBits, Threads) {
  const Problem p(type(), 150, 170, 190, test_seed() + 3);
  const std::vector<char> one = p.run_all(isa());
  for (int threads = 2; threads <= 5; ++threads) EXPECT_EQ(p.run_all(isa(), threads), one) << threads << " threads";
}

TEST_P(SameBits, Repetition) {
  const Problem p(type(), 60, 70, 80, test_seed() + 4);
  const std::vector<char> first = p.run_all(isa(), 2);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(p.run_all(isa(), 2), first);
}

TEST_P(SameBits, Alignment) {
  for (const auto& s : {std::array<index_t, 3>{5, 7, 9}, {37, 41, 43}, {3, 120, 70}}) {
    const std::vector<char> aligned = Problem(type(), s[0], s[1], s[2], test_seed() + 5).run_all(isa());
    const index_t step = size_of(real_of(type()));
    for (index_t offset = step; offset < 64; offset += step)
      EXPECT_EQ(Problem(type(), s[0], s[1], s[2], test_seed() + 5, offset).run_all(isa()), aligned)
          << "offset " << offset;
  }
}

TEST_P(SameBits, RowAndColumnMajor) {
  if (is_complex(type()))
    GTEST_SKIP() << "the products of an imaginary part come in the order of the operands' roles: docs/numerics.md";
  for (const auto& s : {std::array<index_t, 3>{1, 9, 20}, {9, 1, 20}, {37, 41, 43}, {130, 110, 90}}) {
    const Problem p(type(), s[0], s[1], s[2], test_seed() + 6);
    EXPECT_EQ(p.run(0, s[0], 0, s[1], true, isa()), p.run_all(isa()));
  }
}

// Blocks, kernels, caches: whatever the tuner may choose.
TEST_P(SameBits, Tuning) {
  const Problem p(type(), 75, 85, 95, test_seed() + 7);
  const std::vector<char> whole = p.run_all(isa());
  const KernelList& list = isa()->kernels(real_of(type()));
  Random r(test_seed() + 8);
  for (int kernel = 0; kernel < static_cast<int>(list.count); ++kernel) {
    for (int turn = 0; turn < 8; ++turn) {
      GemmCase c;
      c.type = type();
      c.isa = isa()->isa;
      c.threads = 1 + turn % 3;
      c.force = turn % 4 == 3 ? Force::strip : turn % 4 == 2 ? Force::none : Force::packed;
      c.kernel = kernel;
      c.mc = r.integer(1, 80);
      c.kc = r.integer(1, 100);
      c.nc = r.integer(1, 120);
      c.l1 = 1024 << turn % 3;
      c.l2 = 4 * c.l1;
      c.rows_inside = turn % 2;
      const std::vector<char> got = p.part(0, 75, 0, 85, false, [&](const GemmCall& call) {
        const GemmProblem problem = make_problem(call);
        const GemmPlan plan = plan_of_case(c, problem);
        Executor executor;
        executor.threads = plan.threads;
        run_gemm(problem, plan, executor);
      });
      EXPECT_EQ(got, whole) << c.line();
    }
  }
}

std::string bits_name(const testing::TestParamInfo<std::tuple<Isa, DType>>& info) {
  return std::string(isa_info(std::get<0>(info.param)).name) + "_" + name_of(std::get<1>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Isa, SameBits, testing::Combine(testing::ValuesIn(all_isas()), testing::ValuesIn(kTypes)),
                         bits_name);

// Real types: the same on every instruction set that fuses.
TEST(SameBitsAcrossIsas, EveryIsaWithFma) {
  for (const DType type : kTypes) {
    for (const auto& s : {std::array<index_t, 3>{1, 50, 60}, {50, 1, 60}, {7, 9, 300}, {90, 80, 70}}) {
      const Problem p(type, s[0], s[1], s[2], test_seed() + 9);
      std::vector<char> first;
      for (const Isa isa : runnable_isas()) {
        if (!isa_info(isa).has_fma) continue;
        const std::vector<char> got = p.run_all(find_isa(isa));
        if (first.empty()) first = got;
        EXPECT_EQ(got, first) << isa_info(isa).name << " " << name_of(type) << " " << s[0] << " x " << s[1];
      }
    }
  }
}

}  // namespace
}  // namespace tessera::test
