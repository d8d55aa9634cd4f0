// Every routine of level 2 against naive loops in extended precision: all storages, triangles, transpositions, layouts
// and increments, operands between unmapped pages, everything that must not be read full of NaN.
#include <cstdlib>
#include <memory>

#include "level2_api.h"
#include "oracle.h"
#include "support/guarded_buffer.h"

namespace {

using tessera::test::GuardedBuffer;
using tessera::test::Side;

bool is_upper(char u) { return (u | 0x20) == 'u'; }
bool is_band(Routine r) { return r == Routine::gbmv || r == Routine::sbmv || r == Routine::tbmv || r == Routine::tbsv; }
bool is_packed(Routine r) {
  return r == Routine::spmv || r == Routine::tpmv || r == Routine::tpsv || r == Routine::spr || r == Routine::spr2;
}
bool is_general(Routine r) {
  return r == Routine::gemv || r == Routine::gbmv || r == Routine::geru || r == Routine::gerc;
}
bool is_triangular(Routine r) { return r >= Routine::trmv && r <= Routine::tpsv; }
bool is_solve(Routine r) { return r >= Routine::trsv && r <= Routine::tpsv; }
bool is_update(Routine r) { return r >= Routine::geru; }
bool has_two_vectors(Routine r) { return !is_triangular(r) && r != Routine::syr && r != Routine::spr; }

// Where element (i, j) lies in memory, or -1.
template <class T>
std::ptrdiff_t place(const Level2Call<T>& c, int i, int j) {
  const bool row = c.interface == Interface::rows, upper = is_upper(c.uplo);
  if (!is_general(c.routine) && (upper ? i > j : i < j)) return -1;
  if (is_band(c.routine)) {
    const int kl = is_general(c.routine) || !upper ? c.kl : 0, ku = is_general(c.routine) || upper ? c.ku : 0;
    if (j - i > ku || i - j > kl) return -1;
    return row ? std::ptrdiff_t(i) * c.lda + kl + j - i : std::ptrdiff_t(j) * c.lda + ku + i - j;
  }
  if (is_packed(c.routine)) {
    const std::ptrdiff_t first = row ? i : j, second = row ? j : i, n = c.n;
    if (row ? !upper : upper) return first * (first + 1) / 2 + second;
    return second - first + first * (2 * n - first + 1) / 2;
  }
  return row ? std::ptrdiff_t(i) * c.lda + j : std::ptrdiff_t(j) * c.lda + i;
}
// The elements that the matrix occupies, to the last one that is stored.
template <class T>
std::size_t matrix_size(const Level2Call<T>& c) {
  const int rows = is_general(c.routine) ? c.m : c.n;
  std::ptrdiff_t last = -1;
  // The last column or row of each kind has the last element, or the one before it where a band ends early.
  for (int i = 0; i < rows; ++i)
    for (int j = std::max(0, is_band(c.routine) ? i - c.kl : 0);
         j < std::min(c.n, is_band(c.routine) ? i + c.ku + 1 : c.n); ++j)
      if (i == rows - 1 || j == c.n - 1 || is_band(c.routine)) last = std::max(last, place(c, i, j));
  return std::size_t(last + 1);
}

template <class T>
class Operand {
 public:
  Operand(std::size_t n, Side side) : n_(n), buffer_(std::make_unique<GuardedBuffer>(n * sizeof(T) + 1)) {
    p = reinterpret_cast<T*>(buffer_->place(n * sizeof(T), side));
    for (std::size_t i = 0; i < n; ++i) p[i] = nan_of<T>();
  }
  std::vector<T> values() const { return std::vector<T>(p, p + n_); }
  bool untouched() const { return buffer_->untouched(); }
  T* p;

 private:
  std::size_t n_;
  std::unique_ptr<GuardedBuffer> buffer_;
};

template <class T>
std::string describe(const Level2Call<T>& c, std::uint64_t seed) {
  std::ostringstream out;
  out << "TESSERA_TEST_SEED=" << seed << " " << Api<T>::kLower << base_name<T>(c.routine)
      << (c.interface == Interface::fortran ? " fortran"
          : c.interface == Interface::rows  ? " rows"
                                            : " columns")
      << " uplo=" << c.uplo << " trans=" << c.trans << " diag=" << c.diag << " m=" << c.m << " n=" << c.n
      << " kl=" << c.kl << " ku=" << c.ku << " lda=" << c.lda << " alpha=" << c.alpha << " beta=" << c.beta
      << " incx=" << c.incx << " incy=" << c.incy;
  return out.str();
}

// The matrix as the routine means it.
template <class T>
class Meaning {
 public:
  Meaning(const Level2Call<T>& c, const std::vector<T>& a) : c_(c), a_(a) {}
  // Element of op(A); of a symmetric or Hermitian matrix, its other half too.
  Wide<T> operator()(int i, int j) const {
    if (is_triangular(c_.routine) || is_general(c_.routine)) {
      if (!is_trans(c_.trans) || is_update(c_.routine)) return stored(i, j);
      return conj_if<T>(is_conj(c_.trans), stored(j, i));
    }
    if (i == j) return std::real(stored(i, i));
    if (place(c_, i, j) >= 0) return stored(i, j);
    return conj_if<T>(true, stored(j, i));
  }
  Wide<T> stored(int i, int j) const {
    if (is_triangular(c_.routine) && i == j && (c_.diag | 0x20) == 'u') return 1;
    const std::ptrdiff_t at = place(c_, i, j);
    return at < 0 ? Wide<T>(0) : wide(a_[std::size_t(at)]);
  }

 private:
  const Level2Call<T>& c_;
  const std::vector<T>& a_;
};

// Whether row i of a result is compared with the oracle: every one of small results, of large ones as many as of cases.
bool compared(int i, int rows) { return rows < 200 || chosen(std::uint64_t(i)); }

// The first and one past the last column in which row i of op(A) can have elements.
template <class T>
std::pair<int, int> columns_of(const Level2Call<T>& c, int i, int n) {
  if (!is_band(c.routine)) return {0, n};
  const int k = std::max(c.kl, c.ku);
  return {std::max(0, i - k), std::min(n, i + k + 1)};
}

template <class T>
void check(Level2Call<T> c, std::uint64_t seed, Random<T>& random) {
  const bool general = is_general(c.routine), trans = is_trans(c.trans);
  const int rows = general ? c.m : c.n;
  const int nx = c.routine == Routine::gemv || c.routine == Routine::gbmv ? (trans ? rows : c.n) : rows;
  const int ny = c.routine == Routine::gemv || c.routine == Routine::gbmv ? (trans ? c.n : rows) : c.n;
  const std::string text = describe(c, seed);
  tessera::test::set_current_case(text);
  const Side side = random.one_of({Side::start, Side::end});
  Operand<T> a(matrix_size(c), side), x(nx == 0 ? 0 : vector_size(nx, c.incx), side),
      y(!has_two_vectors(c.routine) || ny == 0 ? 0 : vector_size(ny, c.incy), side);
  c.a = a.p;
  c.x = x.p;
  c.y = y.p;
  const bool unit = (c.diag | 0x20) == 'u';
  for (int i = 0; i < rows; ++i)
    for (int j = columns_of(c, i, c.n).first; j < columns_of(c, i, c.n).second; ++j) {
      const std::ptrdiff_t at = place(c, i, j);
      if (at < 0 || (is_triangular(c.routine) && unit && i == j)) continue;
      a.p[at] = random.number();
      // Solutions stay of the size of the right-hand side.
      if (is_solve(c.routine)) a.p[at] = i == j ? a.p[at] + T(a.p[at] == T(0) ? 2 : 3) : a.p[at] / T(RealOf<T>(c.n));
      // Imaginary parts of a Hermitian diagonal are not looked at.
      if constexpr (kComplex<T>) {
        if (!general && !is_triangular(c.routine) && i == j) a.p[at].imag(1000);
      }
    }
  for (int i = 0; i < nx; ++i) x.p[at(i, nx, c.incx)] = random.number();
  const bool y_is_output = !is_update(c.routine);
  for (int i = 0; has_two_vectors(c.routine) && i < ny; ++i)
    if (!y_is_output || c.beta != T(0)) y.p[at(i, ny, c.incy)] = random.number();
  if (is_update(c.routine) && random.integer(0, 3) == 0 && nx > 0)
    x.p[at(random.integer(0, nx - 1), nx, c.incx)] = T(0);
  const auto a0 = a.values(), x0 = x.values(), y0 = y.values();

  run(c);

  ASSERT_TRUE(a.untouched() && x.untouched() && y.untouched()) << text << ": wrote beside an operand";
  auto a1 = a.values(), x1 = x.values(), y1 = y.values();
  const Meaning<T> matrix(c, a0);
  const auto wx = [&](int i) { return wide(x0[at(i, nx, c.incx)]); };
  const auto wy = [&](int i) { return wide(y0[at(i, ny, c.incy)]); };
  if (is_update(c.routine)) {
    const bool hermitian = !general && kComplex<T>;
    const Wide<T> alpha =
        c.routine == Routine::syr || c.routine == Routine::spr ? Wide<T>(std::real(wide(c.alpha))) : wide(c.alpha);
    const bool nothing =
        c.alpha == T(0) || ((c.routine == Routine::syr || c.routine == Routine::spr) && std::real(c.alpha) == 0);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < c.n; ++j) {
        const std::ptrdiff_t p = place(c, i, j);
        if (p < 0) continue;
        const T got = a1[std::size_t(p)];
        a1[std::size_t(p)] = a0[std::size_t(p)];
        if (!compared(i, rows)) continue;
        Element<T> want;
        want.add(hermitian && i == j && !nothing ? Wide<T>(std::real(matrix.stored(i, j))) : matrix.stored(i, j));
        if (nothing) {
        } else if (general) {
          want.add(alpha * wx(i) * conj_if<T>(c.routine == Routine::gerc, wy(j)));
        } else if (!has_two_vectors(c.routine)) {
          want.add(alpha * wx(i) * conj_if<T>(hermitian, wx(j)));
        } else {
          want.add(alpha * wx(i) * conj_if<T>(hermitian, wy(j)));
          want.add(conj_if<T>(hermitian, alpha) * wy(i) * conj_if<T>(hermitian, wx(j)));
        }
        ASSERT_TRUE(close(got, want, 2)) << text << " at " << i << ", " << j;
        if (hermitian && i == j && !nothing) {
          ASSERT_EQ(std::imag(got), 0) << text << " at " << i;
        }
      }
  } else if (is_triangular(c.routine)) {
    for (int i = 0; i < c.n; ++i) {
      if (!compared(i, c.n)) continue;
      Element<T> want;
      const auto [begin, end] = columns_of(c, i, c.n);
      // A solution must be one of a system whose elements are off by a rounding for each step.
      for (int j = begin; j < end; ++j)
        want.add(matrix(i, j) * (is_solve(c.routine) ? wide(x1[at(j, nx, c.incx)]) : wx(j)));
      ASSERT_TRUE(close(is_solve(c.routine) ? x0[at(i, nx, c.incx)] : x1[at(i, nx, c.incx)], want, c.n + 4))
          << text << " at " << i;
    }
    for (int i = 0; i < nx; ++i) x1[at(i, nx, c.incx)] = x0[at(i, nx, c.incx)];
  } else if (rows > 0 && c.n > 0) {
    for (int i = 0; i < ny; ++i) {
      if (!compared(i, ny)) continue;
      Element<T> want;
      if (c.beta != T(0)) want.add(wide(c.beta) * wy(i));
      const auto [begin, end] = columns_of(c, i, nx);
      for (int j = begin; c.alpha != T(0) && j < end; ++j) want.add(wide(c.alpha) * matrix(i, j) * wx(j));
      ASSERT_TRUE(close(y1[at(i, ny, c.incy)], want, nx + 4)) << text << " at " << i;
    }
    for (int i = 0; i < ny; ++i) y1[at(i, ny, c.incy)] = y0[at(i, ny, c.incy)];
  }
  ASSERT_TRUE(same_bits(a1, a0)) << text << ": wrote in A what it must not";
  ASSERT_TRUE(same_bits(x1, x0)) << text << ": wrote in x what it must not";
  ASSERT_TRUE(same_bits(y1, y0)) << text << ": wrote in y what it must not";
}

template <class T>
Level2Call<T> random_call(Routine routine, Random<T>& random, int most) {
  Level2Call<T> c;
  c.routine = routine;
  c.interface = random.one_of({Interface::fortran, Interface::columns, Interface::rows});
  c.uplo = random.one_of({'U', 'l', 'u', 'L'});
  c.trans = random.one_of({'N', 't', 'C', 'n', 'T', 'c'});
  if (is_update(routine)) c.trans = 'N';
  c.diag = random.one_of({'N', 'u', 'n', 'U'});
  c.m = random.integer(0, most);
  c.n = random.integer(0, most);
  if (!is_general(routine)) c.m = c.n;
  c.kl = random.integer(0, random.one_of({2, 9, 40}));
  c.ku = random.integer(0, random.one_of({2, 9, 40}));
  if (is_band(routine) && !is_general(routine)) (is_upper(c.uplo) ? c.kl : c.ku) = 0;
  const bool row = c.interface == Interface::rows;
  c.lda = is_band(routine) ? c.kl + c.ku + 1 : std::max(1, row ? c.n : c.m);
  c.lda += random.one_of({0, 0, 1, 3});
  c.alpha = random.one_of({T(0), T(1), T(-1), random.number(), random.number(), random.number()});
  c.beta = random.one_of({T(0), T(1), random.number()});
  c.incx = random.one_of({1, 1, 2, -1, -3});
  c.incy = random.one_of({1, 1, 2, -1, -3});
  return c;
}

template <class T>
class BlasLevel2 : public ::testing::Test {
 protected:
  // TESSERA_TEST_SEED runs the one case that a failure printed. The first one always runs.
  template <class F>
  void seeds(Routine routine, std::uint64_t begin, std::uint64_t end, F&& f) {
    if (const char* only = std::getenv("TESSERA_TEST_SEED")) begin = std::strtoull(only, nullptr, 0), end = begin + 1;
    for (std::uint64_t seed = begin; seed < end && !this->HasFatalFailure(); ++seed) {
      const std::uint64_t number = seed * 32 + std::uint64_t(routine);
      Random<T> random(number);
      if (seed == begin || chosen(number)) f(seed, random);
    }
  }
};
TYPED_TEST_SUITE(BlasLevel2, ScalarTypes);

TYPED_TEST(BlasLevel2, MatchesNaiveLoops) {
  using T = TypeParam;
  for (const Routine routine : kRoutines)
    this->seeds(routine, 0, 150, [&](std::uint64_t seed, Random<T>& random) {
      check(random_call(routine, random, seed % 25 == 24 ? 150 : 40), seed, random);
    });
}

// More rows than a window of a vector holds (16 KiB), with as few elements as that can be had; products with triangles
// of several strips (1 KiB), one of them of a window and more.
TYPED_TEST(BlasLevel2, CrossesWindows) {
  using T = TypeParam;
  const int window = 16384 / int(sizeof(T));
  for (const Routine routine : kRoutines)
    this->seeds(routine, 1000, 1006, [&](std::uint64_t seed, Random<T>& random) {
      auto c = random_call(routine, random, 1);
      const int large = window + random.integer(-3, window / 2 + 300);
      if (is_band(routine)) {
        c.m = c.n = large;
      } else if (is_general(routine)) {
        const bool tall = random.integer(0, 1) != 0;
        c.m = tall ? large : 5;
        c.n = tall ? 7 : large;
        c.lda = (c.interface == Interface::rows ? c.n : c.m) + 1;
      } else if (sizeof(T) == 16 && seed < 1001) {
        // Triangles are quadratic: where windows are shortest, and a few.
        c.m = c.n = window + 70;
        c.lda = c.n + 1;
      } else if (!is_solve(routine) && !is_update(routine)) {
        c.m = c.n = random.integer(window / 16, sizeof(T) == 4 ? window / 7 : window / 4);
        c.lda = c.n + 1;
      } else {
        return;
      }
      check(c, seed, random);
    });
}

// What reference BLAS does with NaN in the matrix beside a zero in the vector: products with columns are skipped,
// except in gemv, gbmv and the symmetric ones.
TYPED_TEST(BlasLevel2, ZerosSkipColumnsWhereReferenceDoes) {
  using T = TypeParam;
  const int n = 40;
  for (const Routine routine : {Routine::trmv, Routine::trsv, Routine::geru, Routine::syr, Routine::gemv}) {
    std::vector<T> a(n * n, T(0)), x(n, T(1)), y(n, T(1));
    for (int i = 0; i < n; ++i) a[at(false, i, i, n)] = T(1);
    // Column 17 of A is NaN, and element 17 of what multiplies it is 0.
    Level2Call<T> c;
    c.routine = routine;
    c.m = c.n = c.lda = n;
    c.alpha = c.beta = T(1);
    c.a = a.data(), c.x = x.data(), c.y = y.data();
    if (is_update(routine)) {
      (routine == Routine::syr ? x : y)[17] = T(0);
      x[3] = nan_of<T>();
      run(c);
      EXPECT_FALSE(is_nan(a[at(false, 3, 17, n)])) << base_name<T>(routine);
      EXPECT_TRUE(is_nan(a[at(false, 3, 18, n)])) << base_name<T>(routine);
    } else {
      for (int i = 0; i < n; ++i) a[at(false, i, 17, n)] = nan_of<T>();
      x[17] = T(0);
      run(c);
      EXPECT_EQ(is_nan(routine == Routine::gemv ? y[3] : x[3]), routine == Routine::gemv) << base_name<T>(routine);
    }
  }
}

// Bits do not depend on the number of threads: a matrix large enough for all of them.
TYPED_TEST(BlasLevel2, SameBitsWithAnyNumberOfThreads) {
  using T = TypeParam;
  const int n = sizeof(T) == 4 ? 1501 : sizeof(T) == 8 ? 1051 : 741;  // 8 MiB: threads take part
  Random<T> random(5);
  const auto a = random.vector(std::size_t(n) * n), x = random.vector(n), y = random.vector(n);
  for (const Routine routine : kRoutines) {
    if (is_band(routine)) continue;
    for (const char letter : {'N', 'T'}) {
      std::vector<std::vector<T>> results;
      for (const int threads : {1, 2, 5}) {
        auto a1 = a, x1 = x, y1 = y;
        Level2Call<T> c;
        c.routine = routine;
        c.trans = letter;
        c.uplo = letter == 'N' ? 'U' : 'L';
        c.diag = 'U';
        c.m = c.n = c.lda = n;
        c.alpha = T(RealOf<T>(1e-3));
        c.beta = T(RealOf<T>(0.5));
        if (is_solve(routine))
          for (T& e : a1) e *= RealOf<T>(1e-3);
        c.a = a1.data(), c.x = x1.data(), c.y = y1.data();
        blas_set_num_threads(threads);
        run(c);
        a1.insert(a1.end(), x1.begin(), x1.end());
        a1.insert(a1.end(), y1.begin(), y1.end());
        results.push_back(std::move(a1));
        ASSERT_TRUE(same_bits(results.back(), results.front())) << base_name<T>(routine) << letter << " " << threads;
      }
    }
  }
  blas_set_num_threads(0);
}

// An element of gemv is the same whatever stands beside its row, and where it stands.
TYPED_TEST(BlasLevel2, GemvRowsDoNotDependOnEachOther) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random<T> random(seed);
    const int rows = random.integer(2, 70), k = random.integer(1, seed % 10 == 9 ? 5000 : 300);
    const bool trans = seed % 2 != 0;
    const auto a = random.vector(std::size_t(rows) * k), x = random.vector(k);
    const T alpha = random.number(), beta = random.number();
    auto y = random.vector(rows);
    auto one_by_one = y;
    const auto call = [&](int first, int count, std::vector<T>& out) {
      Level2Call<T> c;
      c.trans = trans ? 'T' : 'N';
      c.m = trans ? k : count;
      c.n = trans ? count : k;
      c.lda = trans ? k : rows;
      c.alpha = alpha, c.beta = beta;
      c.a = const_cast<T*>(a.data()) + (trans ? std::ptrdiff_t(first) * k : first);
      c.x = const_cast<T*>(x.data());
      c.y = out.data() + first;
      run(c);
    };
    call(0, rows, y);
    for (int i = 0; i < rows; ++i) call(i, 1, one_by_one);
    ASSERT_TRUE(same_bits(y, one_by_one)) << "seed " << seed << " rows=" << rows << " k=" << k;
  }
}

}  // namespace
