// Level 3 against naive loops: every routine with every side, triangle, transposition, diagonal, layout and interface,
// between guard pages. What is not stored is NaN; padding and what is not to be written must survive.
#include <cblas.h>

#include <cstdio>

#include "api_level3.h"
#include "oracle.h"
#include "support/guarded_buffer.h"

namespace {

using tessera::test::GuardedBuffer;
using tessera::test::set_current_case;
using tessera::test::Side;

// An m x n matrix between guard pages, with padding of NaN.
template <class T>
struct Matrix {
  static constexpr std::size_t kMost = std::size_t{4} << 20;
  GuardedBuffer memory{kMost};
  T* p = nullptr;
  int m = 0, n = 0, ld = 1;
  bool row = false;

  void make(Random<T>& random, bool row_major, int rows, int cols) {
    m = rows, n = cols, row = row_major;
    ld = std::max(1, row ? n : m) + random.integer(0, 3);
    const std::size_t lines = std::size_t(row ? m : n), width = std::size_t(row ? n : m);
    // The last line's padding is not part of the matrix.
    const std::size_t count = lines == 0 || width == 0 ? 0 : (lines - 1) * std::size_t(ld) + width;
    p = reinterpret_cast<T*>(memory.place(count * sizeof(T), random.integer(0, 1) ? Side::start : Side::end));
    for (std::size_t i = 0; i < count; ++i) p[i] = nan_of<T>();
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < n; ++j) (*this)(i, j) = random.number();
  }
  T& operator()(int i, int j) { return p[at(row, i, j, ld)]; }
  std::size_t size() const { return m == 0 || n == 0 ? 0 : at(row, m - 1, n - 1, ld) + 1; }
  std::vector<T> all() const { return {p, p + size()}; }
  void fill_outside(char uplo, bool diagonal, T x) {
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < n; ++j)
        if (i == j ? diagonal : (uplo == 'u') == (i > j)) (*this)(i, j) = x;
  }
};

bool in_triangle(char uplo, int i, int j) { return uplo == 'u' ? i <= j : i >= j; }

// What a case is about, for messages and faults.
struct Case {
  std::string text;
  template <class... A>
  explicit Case(const char* format, A... a) {
    char line[512];
    std::snprintf(line, sizeof line, format, a...);
    text = line;
    set_current_case(text);
  }
};

// Everything outside `written` is as it was, everything inside as the oracle says.
template <class T, class Written, class Want>
::testing::AssertionResult check(Matrix<T>& c, const std::vector<T>& before, int terms, Written written, Want want) {
  if (!c.memory.untouched()) return ::testing::AssertionFailure() << "wrote outside the matrix";
  std::vector<bool> seen(c.size());
  for (int i = 0; i < c.m; ++i)
    for (int j = 0; j < c.n; ++j) {
      if (!written(i, j)) continue;
      seen[at(c.row, i, j, c.ld)] = true;
      if (auto result = close(c(i, j), want(i, j), terms); !result) return result << " at " << i << ", " << j;
    }
  for (std::size_t e = 0; e < c.size(); ++e)
    if (!seen[e] && std::memcmp(&c.p[e], &before[e], sizeof(T)) != 0)
      return ::testing::AssertionFailure() << "element " << e << " is not to be written";
  return ::testing::AssertionSuccess();
}

const auto kAll = [](int, int) { return true; };

// x * y as the textbook has it: std::complex looks for infinities that are none here, at ten times the cost.
template <class W>
W times(const W& x, const W& y) {
  if constexpr (std::is_floating_point_v<W>) {
    return x * y;
  } else {
    return {x.real() * y.real() - x.imag() * y.imag(), x.real() * y.imag() + x.imag() * y.real()};
  }
}
// A term of a sum; magnitudes by |re| + |im|.
template <class T>
void add_product(Element<T>& e, const Wide<T>& x, const Wide<T>& y) {
  const Wide<T> z = times(x, y);
  e.value += z;
  e.magnitude += std::fabs(std::real(z)) + std::fabs(std::imag(z));
}

// Sizes on both sides of tiles, strips and blocks.
template <class T>
int some_size(Random<T>& random, std::uint64_t seed) {
  if (seed % 72 == 71) return random.integer(100, 180);
  return seed % 9 == 8 ? random.integer(27, 70) : random.integer(0, 26);
}
template <class T>
T some_scalar(Random<T>& random) {
  return random.one_of({T(0), T(1), T(-1), random.number(), random.number(), T(RealOf<T>(0.75))});
}
template <class T>
T real_scalar(Random<T>& random) {
  return T(std::real(some_scalar(random)));
}

template <class T>
class BlasLevel3 : public ::testing::Test {
 protected:
  Matrix<T> first, second, third;
};
TYPED_TEST_SUITE(BlasLevel3, ScalarTypes);

// ---- symm, hemm --------------------------------------------------------------------------------------------------

TYPED_TEST(BlasLevel3, SymmAndHemm) {
  using T = TypeParam;
  auto &a = this->first, &b = this->second, &c = this->third;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1, hermitian = random.integer(0, 1) && kComplex<T>;
    const char side = random.one_of({'l', 'r'}), uplo = random.one_of({'u', 'l'});
    const int m = some_size(random, seed), n = some_size(random, seed), order = side == 'l' ? m : n;
    a.make(random, row, order, order);
    a.fill_outside(uplo, false, nan_of<T>());
    if constexpr (kComplex<T>) {
      // The imaginary part of a Hermitian diagonal is not read.
      if (hermitian)
        for (int i = 0; i < order; ++i) a(i, i).imag(std::numeric_limits<RealOf<T>>::quiet_NaN());
    }
    b.make(random, row, m, n);
    c.make(random, row, m, n);
    const T alpha = some_scalar(random), beta = some_scalar(random);
    if (beta == T(0))
      for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) c(i, j) = nan_of<T>();
    const auto before = c.all();
    const Case line("%s%s seed=%d %c%c m=%d n=%d lda=%d ldb=%d ldc=%d row=%d", Api<T>::kLower,
                    hermitian ? "hemm" : "symm", int(seed), side, uplo, m, n, a.ld, b.ld, c.ld, row);
    if (fortran)
      (hermitian ? Level3<T>::hemm_ : Level3<T>::symm_)(&side, &uplo, &m, &n, &alpha, a.p, &a.ld, b.p, &b.ld, &beta,
                                                        c.p, &c.ld);
    else
      (hermitian ? Level3<T>::hemm : Level3<T>::symm)(row ? CblasRowMajor : CblasColMajor, cblas_side(side),
                                                      cblas_uplo(uplo), m, n, scalar(alpha), a.p, a.ld, b.p, b.ld,
                                                      scalar(beta), c.p, c.ld);
    const auto whole = [&](int i, int j) -> Wide<T> {
      if (hermitian && i == j) return Wide<T>(std::real(wide(a(i, i))));
      return in_triangle(uplo, i, j) ? wide(a(i, j)) : conj_if<T>(hermitian, wide(a(j, i)));
    };
    ASSERT_TRUE(check(c, before, 2 * order, kAll,
                      [&](int i, int j) {
                        Element<T> e;
                        if (beta != T(0)) e.add(wide(beta) * wide(before[at(row, i, j, c.ld)]));
                        if (alpha != T(0))
                          for (int k = 0; k < order; ++k)
                            side == 'l' ? add_product<T>(e, times(wide(alpha), whole(i, k)), wide(b(k, j)))
                                        : add_product<T>(e, times(wide(alpha), wide(b(i, k))), whole(k, j));
                        return e;
                      }))
        << line.text << " alpha=" << alpha << " beta=" << beta;
  }
}

// ---- syrk, herk, syr2k, her2k, gemmt -----------------------------------------------------------------------------

template <class T>
char update_trans(Random<T>& random, bool hermitian) {
  return random.one_of({'n', hermitian ? 'c' : 't'});
}
// op(A)(i, p) of an update's operand.
template <class T>
Wide<T> element(Matrix<T>& a, char t, int i, int p) {
  return conj_if<T>(is_conj(t), wide(is_trans(t) ? a(p, i) : a(i, p)));
}

TYPED_TEST(BlasLevel3, RankUpdates) {
  using T = TypeParam;
  using R = RealOf<T>;
  auto &a = this->first, &b = this->second, &c = this->third;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1, hermitian = random.integer(0, 1) && kComplex<T>;
    const bool two = seed % 2 == 0;
    const char uplo = random.one_of({'u', 'l'}), t = update_trans(random, hermitian);
    const int n = some_size(random, seed), k = random.integer(0, 40);
    a.make(random, row, is_trans(t) ? k : n, is_trans(t) ? n : k);
    b.make(random, row, is_trans(t) ? k : n, is_trans(t) ? n : k);
    c.make(random, row, n, n);
    const T alpha = hermitian && !two ? real_scalar(random) : some_scalar(random);
    const T beta = hermitian ? real_scalar(random) : some_scalar(random);
    const bool nothing = (alpha == T(0) || k == 0) && beta == T(1);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        if (beta == T(0) || !in_triangle(uplo, i, j)) c(i, j) = nan_of<T>();
    if constexpr (kComplex<T>) {
      if (hermitian && !nothing)
        for (int i = 0; i < n; ++i) c(i, i).imag(std::numeric_limits<R>::quiet_NaN());
    }
    const auto before = c.all();
    const Case line("%s%s%s seed=%d %c%c n=%d k=%d lda=%d ldc=%d row=%d", Api<T>::kLower, hermitian ? "her" : "syr",
                    two ? "2k" : "k", int(seed), uplo, t, n, k, a.ld, c.ld, row);
    const CBLAS_LAYOUT layout = row ? CblasRowMajor : CblasColMajor;
    const R real_alpha = std::real(alpha), real_beta = std::real(beta);
    if (two && hermitian) {
      if (fortran)
        Level3<T>::her2k_(&uplo, &t, &n, &k, &alpha, a.p, &a.ld, b.p, &b.ld, &real_beta, c.p, &c.ld);
      else
        Level3<T>::her2k(layout, cblas_uplo(uplo), cblas_trans(t), n, k, scalar(alpha), a.p, a.ld, b.p, b.ld, real_beta,
                         c.p, c.ld);
    } else if (two) {
      if (fortran)
        Level3<T>::syr2k_(&uplo, &t, &n, &k, &alpha, a.p, &a.ld, b.p, &b.ld, &beta, c.p, &c.ld);
      else
        Level3<T>::syr2k(layout, cblas_uplo(uplo), cblas_trans(t), n, k, scalar(alpha), a.p, a.ld, b.p, b.ld,
                         scalar(beta), c.p, c.ld);
    } else if (hermitian) {
      if (fortran)
        Level3<T>::herk_(&uplo, &t, &n, &k, &real_alpha, a.p, &a.ld, &real_beta, c.p, &c.ld);
      else
        Level3<T>::herk(layout, cblas_uplo(uplo), cblas_trans(t), n, k, real_alpha, a.p, a.ld, real_beta, c.p, c.ld);
    } else {
      if (fortran)
        Api<T>::syrk_(&uplo, &t, &n, &k, &alpha, a.p, &a.ld, &beta, c.p, &c.ld);
      else
        Api<T>::syrk(layout, cblas_uplo(uplo), cblas_trans(t), n, k, scalar(alpha), a.p, a.ld, scalar(beta), c.p, c.ld);
    }
    const auto other = [&](Matrix<T>& x, int j, int p) { return conj_if<T>(hermitian, element(x, t, j, p)); };
    ASSERT_TRUE(check(
        c, before, 2 * k + 2, [&](int i, int j) { return in_triangle(uplo, i, j) && !nothing; },
        [&](int i, int j) {
          Element<T> e;
          Wide<T> old = wide(before[at(row, i, j, c.ld)]);
          if (hermitian && i == j) old = Wide<T>(std::real(old));
          if (beta != T(0)) e.add(wide(beta) * old);
          for (int p = 0; p < k && alpha != T(0); ++p) {
            add_product<T>(e, times(wide(alpha), element(a, t, i, p)), other(two ? b : a, j, p));
            if (two) add_product<T>(e, times(conj_if<T>(hermitian, wide(alpha)), element(b, t, i, p)), other(a, j, p));
          }
          return e;
        }))
        << line.text << " alpha=" << alpha << " beta=" << beta;
    for (int i = 0; i < n && hermitian && !nothing; ++i)
      ASSERT_EQ(std::imag(c(i, i)), R(0)) << line.text << " diagonal " << i;
  }
}

TYPED_TEST(BlasLevel3, GemmtIsTheTriangleOfGemm) {
  using T = TypeParam;
  auto &a = this->first, &b = this->second, &c = this->third;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1;
    const char uplo = random.one_of({'u', 'l'}), ta = random.one_of({'n', 't', 'c'}),
               tb = random.one_of({'n', 't', 'c'});
    const int n = some_size(random, seed), k = random.integer(0, 40);
    if (kComplex<T> && n == 1) continue;  // one element does not tell its layout (docs/numerics.md)
    a.make(random, row, is_trans(ta) ? k : n, is_trans(ta) ? n : k);
    b.make(random, row, is_trans(tb) ? n : k, is_trans(tb) ? k : n);
    c.make(random, row, n, n);
    const T alpha = some_scalar(random), beta = some_scalar(random);
    auto want = c.all();
    const auto before = want;
    const CBLAS_LAYOUT layout = row ? CblasRowMajor : CblasColMajor;
    const Case line("%sgemmt seed=%d %c%c%c n=%d k=%d lda=%d ldb=%d ldc=%d row=%d", Api<T>::kLower, int(seed), uplo, ta,
                    tb, n, k, a.ld, b.ld, c.ld, row);
    if (fortran)
      Level3<T>::gemmt_(&uplo, &ta, &tb, &n, &k, &alpha, a.p, &a.ld, b.p, &b.ld, &beta, c.p, &c.ld);
    else
      Level3<T>::gemmt(layout, cblas_uplo(uplo), cblas_trans(ta), cblas_trans(tb), n, k, scalar(alpha), a.p, a.ld, b.p,
                       b.ld, scalar(beta), c.p, c.ld);
    if (!want.empty())
      Api<T>::gemm(layout, cblas_trans(ta), cblas_trans(tb), n, n, k, scalar(alpha), a.p, a.ld, b.p, b.ld, scalar(beta),
                   want.data(), c.ld);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        if (!in_triangle(uplo, i, j)) want[at(row, i, j, c.ld)] = before[at(row, i, j, c.ld)];
    ASSERT_TRUE(same_bits(c.all(), want)) << line.text << " alpha=" << alpha << " beta=" << beta;
    ASSERT_TRUE(c.memory.untouched()) << line.text;
  }
}

// ---- trmm, trsm --------------------------------------------------------------------------------------------------

struct TriangularCase {
  char side, uplo, t, diag;
  bool fortran, row;
  int m, n;
  int order() const { return side == 'l' ? m : n; }
};

template <class T>
void call_triangular(bool solve, const TriangularCase& g, T alpha, const T* a, int lda, T* b, int ldb) {
  if (g.fortran) {
    (solve ? Level3<T>::trsm_ : Level3<T>::trmm_)(&g.side, &g.uplo, &g.t, &g.diag, &g.m, &g.n, &alpha, a, &lda, b,
                                                  &ldb);
  } else {
    (solve ? Level3<T>::trsm : Level3<T>::trmm)(g.row ? CblasRowMajor : CblasColMajor, cblas_side(g.side),
                                                cblas_uplo(g.uplo), cblas_trans(g.t), cblas_diag(g.diag), g.m, g.n,
                                                scalar(alpha), a, lda, b, ldb);
  }
}

// op(A)(i, k) of a triangular A; zero outside, one on a unit diagonal.
template <class T>
Wide<T> triangular(Matrix<T>& a, const TriangularCase& g, int i, int k) {
  if (i == k && g.diag == 'u') return Wide<T>(1);
  const int r = is_trans(g.t) ? k : i, s = is_trans(g.t) ? i : k;
  return in_triangle(g.uplo, r, s) ? conj_if<T>(is_conj(g.t), wide(a(r, s))) : Wide<T>(0);
}
template <class T>
bool stored(const TriangularCase& g, int i, int k) {
  return is_trans(g.t) ? in_triangle(g.uplo, k, i) : in_triangle(g.uplo, i, k);
}

// The combinations in turn, again and again with sizes on both sides of tiles, strips and blocks.
constexpr std::uint64_t kCombinations = 72, kTriangularCases = kCombinations * 12;

// Each combination at least once, with a size of its own.
bool chosen_triangular(std::uint64_t seed) {
  const std::uint64_t combination = seed % kCombinations;
  return chosen(seed) || seed / kCombinations == tessera::test::mixed(combination) % 12;
}

template <class T>
TriangularCase triangular_case(Random<T>& random, std::uint64_t seed) {
  TriangularCase g;
  g.side = "lr"[seed % 2];
  g.uplo = "ul"[seed / 2 % 2];
  g.t = "ntc"[seed / 4 % 3];
  g.diag = "nu"[seed / 12 % 2];
  const std::uint64_t interface = seed / 24 % 3;
  g.fortran = interface == 0;
  g.row = interface == 1;
  g.m = some_size(random, seed / 24);
  g.n = some_size(random, seed / 24);
  if (seed / kCombinations % 6 == 5)
    (g.side == 'l' ? g.m : g.n) = random.integer(0, 20) + (kComplex<T> ? 124 : 250);  // on both sides of a block
  return g;
}

template <class T>
std::string name_of(bool solve, const TriangularCase& g, std::uint64_t seed, int lda, int ldb) {
  return Case("%s%s seed=%d %c%c%c%c m=%d n=%d lda=%d ldb=%d row=%d", Api<T>::kLower, solve ? "trsm" : "trmm",
              int(seed), g.side, g.uplo, g.t, g.diag, g.m, g.n, lda, ldb, g.row)
      .text;
}

TYPED_TEST(BlasLevel3, Trmm) {
  using T = TypeParam;
  auto &a = this->first, &b = this->second;
  for (std::uint64_t seed = 0; seed < kTriangularCases; ++seed) {
    if (!chosen_triangular(seed)) continue;
    Random<T> random(seed);
    const TriangularCase g = triangular_case(random, seed);
    a.make(random, g.row, g.order(), g.order());
    a.fill_outside(g.uplo, g.diag == 'u', nan_of<T>());
    b.make(random, g.row, g.m, g.n);
    const T alpha = some_scalar(random);
    const auto before = b.all();
    const std::string line = name_of<T>(false, g, seed, a.ld, b.ld);
    call_triangular(false, g, alpha, a.p, a.ld, b.p, b.ld);
    const auto old = [&](int i, int j) { return wide(before[at(g.row, i, j, b.ld)]); };
    ASSERT_TRUE(check(b, before, g.order(), kAll,
                      [&](int i, int j) {
                        Element<T> e;
                        for (int k = 0; k < g.order() && alpha != T(0); ++k) {
                          if (g.side == 'l' ? stored<T>(g, i, k) : stored<T>(g, k, j))
                            g.side == 'l' ? add_product<T>(e, times(wide(alpha), triangular(a, g, i, k)), old(k, j))
                                          : add_product<T>(e, times(wide(alpha), old(i, k)), triangular(a, g, k, j));
                        }
                        return e;
                      }))
        << line << " alpha=" << alpha;
  }
}

// |alpha B - op(A) X| <= gamma |op(A)| |X| element by element (N. Higham, Accuracy and Stability, theorem 8.5), which
// no growth of the solution excuses.
TYPED_TEST(BlasLevel3, TrsmHasASmallResidual) {
  using T = TypeParam;
  auto &a = this->first, &b = this->second;
  for (std::uint64_t seed = 0; seed < kTriangularCases; ++seed) {
    if (!chosen_triangular(seed)) continue;
    Random<T> random(seed);
    const TriangularCase g = triangular_case(random, seed);
    a.make(random, g.row, g.order(), g.order());
    // Rows whose solutions stay within range.
    for (int i = 0; i < g.order(); ++i)
      for (int j = 0; j < g.order(); ++j)
        if (i != j) a(i, j) *= RealOf<T>(2) / RealOf<T>(g.order());
    for (int i = 0; i < g.order(); ++i) a(i, i) += a(i, i) * RealOf<T>(2) / RealOf<T>(std::abs(a(i, i)) + 0.125f);
    a.fill_outside(g.uplo, g.diag == 'u', nan_of<T>());
    b.make(random, g.row, g.m, g.n);
    const T alpha = some_scalar(random);
    const auto before = b.all();
    const std::string line = name_of<T>(true, g, seed, a.ld, b.ld);
    call_triangular(true, g, alpha, a.p, a.ld, b.p, b.ld);
    ASSERT_TRUE(b.memory.untouched()) << line;
    for (int i = 0; i < g.m; ++i)
      for (int j = 0; j < g.n; ++j) {
        if (alpha == T(0)) {
          ASSERT_EQ(b(i, j), T(0)) << line;
          continue;
        }
        Element<T> e;
        e.add(-wide(alpha) * wide(before[at(g.row, i, j, b.ld)]));
        for (int k = 0; k < g.order(); ++k)
          if (g.side == 'l' ? stored<T>(g, i, k) : stored<T>(g, k, j))
            g.side == 'l' ? add_product<T>(e, triangular(a, g, i, k), wide(b(k, j)))
                          : add_product<T>(e, wide(b(i, k)), triangular(a, g, k, j));
        const double unit = std::numeric_limits<RealOf<T>>::epsilon() / 2;
        const WideReal<T> bound = (g.order() + 4) * (kComplex<T> ? 4 : 1) * unit * 1.01 * e.magnitude;
        ASSERT_LE(std::abs(e.value), bound) << line << " alpha=" << alpha << " at " << i << ", " << j;
      }
    for (int l = 0; l < (g.row ? g.m : g.n); ++l)
      for (int e = g.row ? g.n : g.m; e < b.ld && std::size_t(l) * b.ld + e < b.size(); ++e)
        ASSERT_EQ(std::memcmp(&b.p[std::size_t(l) * b.ld + e], &before[std::size_t(l) * b.ld + e], sizeof(T)), 0)
            << line << " padding";
  }
}

// NaN in one column of right-hand sides stays there; NaN in one row of B reaches only rows that depend on it.
TYPED_TEST(BlasLevel3, NanGoesNoFurtherThanItMust) {
  using T = TypeParam;
  auto &a = this->first, &b = this->second;
  for (std::uint64_t seed = 0; seed < 48; ++seed) {
    for (const bool solve : {false, true}) {
      Random<T> random(seed);
      TriangularCase g = triangular_case(random, seed);
      g.m = random.integer(20, 60);
      g.n = random.integer(20, 60);
      a.make(random, g.row, g.order(), g.order());
      for (int i = 0; i < g.order(); ++i) a(i, i) += T(4);
      b.make(random, g.row, g.m, g.n);
      const int r = random.integer(0, g.m - 1), s = random.integer(0, g.n - 1);
      b(r, s) = nan_of<T>();
      const std::string line = name_of<T>(solve, g, seed, a.ld, b.ld);
      call_triangular(solve, g, T(1), a.p, a.ld, b.p, b.ld);
      for (int i = 0; i < g.m; ++i)
        for (int j = 0; j < g.n; ++j) {
          const bool depends = g.side == 'l' ? j == s && stored<T>(g, i, r) : i == r && stored<T>(g, s, j);
          ASSERT_EQ(is_nan(b(i, j)), depends) << line << " NaN at " << r << ", " << s << ", seen at " << i << ", " << j;
        }
    }
  }
}

// A column of right-hand sides has the bits it has alone, whatever the number of the others, of threads, and the
// layout.
TYPED_TEST(BlasLevel3, RightHandSidesDoNotSeeEachOther) {
  using T = TypeParam;
  for (const bool solve : {false, true}) {
    for (const char uplo : {'u', 'l'}) {
      for (const int m : {1, 7, 30, 290}) {
        Random<T> random{static_cast<std::uint64_t>(m)};
        const int n = 230;
        auto a = random.vector(std::size_t(m) * m);
        for (int i = 0; i < m; ++i) a[std::size_t(i) * m + i] += T(RealOf<T>(m));
        const auto b = random.vector(std::size_t(m) * n);
        const TriangularCase all{'l', uplo, 'n', 'n', true, false, m, n};
        const T alpha = random.number();
        const int threads = blas_get_num_threads();
        blas_set_num_threads(1);
        auto one = b;
        call_triangular(solve, all, alpha, a.data(), m, one.data(), m);
        blas_set_num_threads(3);
        auto three = b;
        call_triangular(solve, all, alpha, a.data(), m, three.data(), m);
        blas_set_num_threads(threads);
        ASSERT_TRUE(same_bits(one, three)) << solve << uplo << " m=" << m;
        for (const int j : {0, 1, 100, 229}) {
          std::vector<T> alone(b.begin() + std::ptrdiff_t(j) * m, b.begin() + std::ptrdiff_t(j + 1) * m);
          const TriangularCase single{'l', uplo, 'n', 'n', true, false, m, 1};
          call_triangular(solve, single, alpha, a.data(), m, alone.data(), m);
          const std::vector<T> column(one.begin() + std::ptrdiff_t(j) * m, one.begin() + std::ptrdiff_t(j + 1) * m);
          ASSERT_TRUE(same_bits(alone, column)) << solve << uplo << " m=" << m << " column " << j;
        }
      }
    }
  }
}

// Diagonals whose reciprocals overflow or lose bits are divided by.
TYPED_TEST(BlasLevel3, TrsmWithExtremeDiagonals) {
  using T = TypeParam;
  using R = RealOf<T>;
  const R tiny = std::numeric_limits<R>::min() / 8, huge = std::numeric_limits<R>::max() / 2;
  for (const R d : {tiny, huge}) {
    const int m = 3, n = 2;
    const T alpha(1);
    std::vector<T> a(9, T(0)), b(6);
    for (int i = 0; i < m; ++i) a[std::size_t(4 * i)] = T(d);
    for (int i = 0; i < 6; ++i) b[std::size_t(i)] = T(d * (R(i + 1) / 8));
    Level3<T>::trsm_("L", "U", "N", "N", &m, &n, &alpha, a.data(), &m, b.data(), &m);
    for (int i = 0; i < 6; ++i) EXPECT_EQ(b[std::size_t(i)], T(R(i + 1) / 8)) << "d=" << d << " element " << i;
  }
}

// alpha = 0 does not read A.
TYPED_TEST(BlasLevel3, AlphaZeroDoesNotReadA) {
  using T = TypeParam;
  const int m = 5, n = 6;
  const T zero(0);
  for (const bool solve : {false, true}) {
    const std::vector<T> a(25, nan_of<T>());
    std::vector<T> b(30, nan_of<T>());
    (solve ? Level3<T>::trsm_ : Level3<T>::trmm_)("L", "U", "N", "N", &m, &n, &zero, a.data(), &m, b.data(), &m);
    EXPECT_TRUE(same_bits(b, std::vector<T>(30, T(0))));
  }
}

}  // namespace
