// Every matrix-vector kernel of the registry against kernel/matvec_contract.h written out: to the bit where a sum's
// order is written there, within a bound of rounding for triangles, whose bits must be the same on all ISAs that have
// FMA. Operands lie between unmapped pages; what the view leaves out is NaN.
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

template <class R, bool kComplex>
class Kernels {
 public:
  static constexpr int kPer = kComplex ? 2 : 1;
  static constexpr index_t kRows = 64 / static_cast<index_t>(sizeof(R)) / kPer;
  struct E {
    R re, im;
  };
  using Wide = std::complex<long double>;

  Kernels(Isa isa, std::uint64_t seed)
      : kernels_(kComplex ? find_isa(isa)->matvec(DTypeOf<R>::value).complex
                          : find_isa(isa)->matvec(DTypeOf<R>::value).real),
        fma_(isa_info(isa).has_fma),
        isa_(isa),
        random_(seed) {
    for (GuardedBuffer* buffer : {&matrix_, &x_, &y_, &t_, &s_}) buffer->place(0, Side::start);
  }

  // One random view, window and set of columns, and all kernels that walk over columns.
  void columns() {
    make_view();
    make_window(random_.integer(0, 3 * kRows + 7), random_.integer(0, 11));
    for (const bool flag : {false, true}) {
      describe("axpy", flag);
      axpy(flag && !ragged());
      if (kComplex || !flag) {
        describe("dot", flag);
        sums(flag, false);
        describe("both", flag);
        sums(flag, true);
      }
      describe(flag ? "rank2" : "rank1", flag);
      rank(flag);
    }
  }
  // Triangles of one random view; returns what they made of x, to be compared between ISAs.
  std::vector<R> triangles() {
    make_view(true);
    const index_t begin = random_.integer(0, 9);
    r0_ = j0_ = begin, r1_ = j1_ = begin + random_.integer(1, 2 * kRows + 9);
    const index_t above = random_.integer(0, 2) * kRows, below = random_.integer(0, kRows + 3);
    const bool band = view_.lo_step && view_.hi_step;
    // Rows beside the block, where the kernel takes them.
    const auto widen = [&](bool yes) {
      r0_ = j0_, r1_ = j1_;
      if (yes && !band) upper_ ? r0_ -= above : r1_ += below;
    };
    if (!band && upper_) j0_ += above, j1_ += above;
    size_ = std::max<index_t>(size_, j1_ + below);
    if (view_.lo_step && !view_.hi_step) view_.hi = size_;
    const char* const names[] = {"multiply", "multiply_transposed", "solve", "solve_transposed"};
    std::vector<R> all;
    for (int which = 0; which < 4; ++which)
      for (const bool unit : {false, true})
        for (const bool conjugate : {false, true}) {
          if (conjugate && !(kComplex && which % 2)) continue;
          widen(which < 2);
          describe(names[which], unit);
          const std::vector<R> got = triangle(which, unit, conjugate);
          all.insert(all.end(), got.begin(), got.end());
        }
    if (!band) {
      widen(true);
      describe("symmetric", upper_);
      const std::vector<R> got = symmetric();
      all.insert(all.end(), got.begin(), got.end());
    }
    return all;
  }

 private:
  // ---- the problem

  void make_view(bool diagonal_too = false) {
    const index_t n = size_ = random_.integer(1, 3 * kRows + 11);
    const index_t ld = 4 * kRows + 40 + random_.integer(0, 3);  // above any size_
    const index_t k = random_.integer(0, random_.one_in(2) ? 5 : 2 * kRows),
                  strict = diagonal_too ? 0 : random_.integer(0, 1);
    kind_ = static_cast<int>(random_.integer(diagonal_too ? 1 : 0, diagonal_too ? 6 : 7));
    upper_ = kind_ % 2 != 0;
    switch (kind_) {
      case 1:
        view_ = {nullptr, ld, 0, 0, 0, 1 - strict, 1};
        break;
      case 2:
        view_ = {nullptr, ld, 0, strict, 1, n, 0};
        break;
      case 3:
        view_ = {nullptr, 1, 1, 0, 0, 1 - strict, 1};
        break;
      case 4:
        view_ = {nullptr, ld - 1, -1, strict, 1, n, 0};
        break;
      case 5:
        view_ = {nullptr, k + random_.integer(0, 2), 0, -k, 1, 1 - strict, 1};
        break;
      case 6:
        view_ = {nullptr, k + random_.integer(0, 2), 0, strict, 1, k + 1, 1};
        break;
      case 7:
        view_ = {nullptr, k + 4, 0, -k / 2, 1, k / 2 + 2, 1};
        break;
      default:
        view_ = {nullptr, ld, 0, 0, 0, n, 0};
    }
  }
  void make_window(index_t rows, index_t columns) {
    r0_ = random_.integer(0, size_ - 1);
    r1_ = std::min(size_, r0_ + rows);
    j0_ = random_.integer(0, size_ - 1);
    j1_ = std::min(size_, j0_ + columns);
  }
  index_t first(index_t j) const { return std::max(view_.lo + j * view_.lo_step, r0_); }
  index_t last(index_t j) const { return std::max(std::min(view_.hi + j * view_.hi_step, r1_), first(j)); }
  bool ragged() const { return view_.lo_step + view_.hi_step != 0; }
  bool has(index_t i, index_t j) const { return i >= first(j) && i < last(j); }
  index_t offset(index_t i, index_t j) const { return j * view_.stride + j * (j - 1) / 2 * view_.stride_step + i; }
  static E number(Random& random) {
    return {random.template number<R>(), kComplex ? random.template number<R>() : R(0)};
  }
  static void put(void* p, index_t i, E v) { std::memcpy(static_cast<R*>(p) + kPer * i, &v, kPer * sizeof(R)); }
  static E get(const void* p, index_t i) {
    E v{};
    std::memcpy(&v, static_cast<const R*>(p) + kPer * i, kPer * sizeof(R));
    return v;
  }

  // The matrix: from the first to the last element that the window's columns have.
  void place_matrix(Side side) {
    index_t low = std::numeric_limits<index_t>::max(), high = -1;
    for (index_t j = j0_; j < j1_; ++j)
      if (first(j) < last(j))
        low = std::min(low, offset(first(j), j)), high = std::max(high, offset(last(j) - 1, j) + 1);
    elements_ = high < 0 ? 0 : high - low;
    low_ = high < 0 ? 0 : low;
    a_ = reinterpret_cast<R*>(matrix_.place(static_cast<std::size_t>(elements_ * kPer) * sizeof(R), side));
    std::fill(a_, a_ + elements_ * kPer, std::numeric_limits<R>::quiet_NaN());
    view_.a = a_ - kPer * low_;
    for (index_t j = j0_; j < j1_; ++j)
      for (index_t i = first(j); i < last(j); ++i) put(view_.a, offset(i, j), number(random_));
    before_.assign(a_, a_ + elements_ * kPer);
  }
  E element(index_t i, index_t j) const { return get(before_.data(), offset(i, j) - low_); }
  R* vector(GuardedBuffer& buffer, index_t n, Side side) {
    R* p = reinterpret_cast<R*>(buffer.place(static_cast<std::size_t>(n * kPer) * sizeof(R), side));
    random_.fill(p, n * kPer);
    return p;
  }
  void describe(const char* kernel, bool flag) {
    std::ostringstream text;
    text << isa_info(isa_).name << " " << name_of(DTypeOf<R>::value) << (kComplex ? " complex " : " ") << kernel
         << " flag=" << flag << " view=" << kind_ << " stride=" << view_.stride << " lo=" << view_.lo
         << " hi=" << view_.hi << " rows " << r0_ << ".." << r1_ << " columns " << j0_ << ".." << j1_
         << " TESSERA_TEST_SEED=" << test_seed();
    case_ = text.str();
    set_current_case(case_);
  }
  MatvecArgs arguments() const {
    MatvecArgs g{};
    g.view = &view_;
    g.r0 = r0_, g.r1 = r1_, g.j0 = j0_, g.j1 = j1_;
    return g;
  }

  // ---- arithmetic of the contract

  R fma(R a, R b, R c) const {
    if (fma_) return std::fma(a, b, c);
    const volatile R product = a * b;
    return product + c;
  }
  E madd(E a, E t, E c, bool by_rows = false) const {
    if constexpr (!kComplex) return {fma(a.re, t.re, c.re), 0};
    const R re = fma(a.im, -t.im, fma(a.re, t.re, c.re));
    return {re, by_rows ? fma(a.im, t.re, fma(a.re, t.im, c.im)) : fma(a.re, t.im, fma(a.im, t.re, c.im))};
  }
  static R rounded(R x) {
    const volatile R v = x;
    return v;
  }
  static E scaled(E a, E alpha) {
    if (!kComplex || alpha.im == 0) return {rounded(a.re * alpha.re), rounded(a.im * alpha.re)};
    return {rounded(a.re * alpha.re) + rounded(a.im * -alpha.im), rounded(a.im * alpha.re) + rounded(a.re * alpha.im)};
  }
  E scaled_sum(E beta, E s) const {
    if (!kComplex || beta.im == 0) return {rounded(beta.re * s.re), rounded(beta.re * s.im)};
    return {fma(beta.im, -s.im, rounded(beta.re * s.re)), fma(beta.re, s.im, rounded(beta.im * s.re))};
  }
  // A factor that may be left out: 0, real or anything.
  struct Scale {
    bool given;
    E value;
    bool zero() const { return given && Kernels::zero(value); }
  };
  Scale random_scale() {
    Scale s{!random_.one_in(3), number(random_)};
    if (random_.one_in(3)) s.value = {};
    if (random_.one_in(2)) s.value.im = 0;
    return s;
  }
  static bool zero(E t) { return t.re == 0 && t.im == 0; }

  // Rows f..l of column j in lanes.
  E in_lanes(index_t j, index_t f, index_t l, const R* x, bool conjugate) const {
    constexpr index_t kLanes = kRows * kPer;
    R same_lane[kLanes] = {}, crossed[kLanes] = {};
    for (index_t i = f; i < l; ++i) {
      const index_t at = (i - f) % kRows * kPer;
      const E a = element(i, j), v = get(x, i - r0_);
      same_lane[at] = fma(a.re, v.re, same_lane[at]);
      if constexpr (kComplex) {
        same_lane[at + 1] = fma(a.im, v.im, same_lane[at + 1]);
        crossed[at] = fma(a.im, v.re, crossed[at]);
        crossed[at + 1] = fma(a.re, v.im, crossed[at + 1]);
      }
    }
    for (index_t h = kLanes / 2; h >= kPer; h /= 2)
      for (index_t e = 0; e < h; ++e) same_lane[e] += same_lane[e + h], crossed[e] += crossed[e + h];
    if constexpr (!kComplex) return {same_lane[0], 0};
    if (conjugate) return {same_lane[0] + same_lane[1], crossed[1] - crossed[0]};
    return {same_lane[0] - same_lane[1], crossed[1] + crossed[0]};
  }
  E column_sum(index_t j, const R* x, bool conjugate) const {
    if (!ragged()) return in_lanes(j, first(j), last(j), x, conjugate);
    const index_t from = j0_ + (j - j0_) / kMatvecRagged * kMatvecRagged, to = std::min(from + kMatvecRagged, j1_) - 1;
    const index_t line = r0_ + (first(to) - r0_ + kRows - 1) / kRows * kRows;
    const index_t end = std::max(std::min(view_.hi + from * view_.hi_step, r1_), r0_);
    const bool narrow = view_.lo_step && view_.hi_step && view_.hi - view_.lo < kRows + kMatvecRagged - 1;
    const bool lines = !narrow && end - line >= kRows;
    E sum = lines ? in_lanes(j, line, end, x, conjugate) : E{};
    for (index_t i = first(j); i < last(j); ++i) {
      if (lines && i >= line && i < end) continue;
      E a = element(i, j);
      if (conjugate) a.im = -a.im;
      sum = madd(a, get(x, i - r0_), sum);
    }
    return sum;
  }

  // ---- kernels

  void expect_same(const R* got, const std::vector<R>& want, const char* what) const {
    const index_t at = first_difference<R>(got, want.data(), static_cast<index_t>(want.size()));
    EXPECT_EQ(at, -1) << case_ << ", " << what << ": " << got[at] << ", want " << want[static_cast<std::size_t>(at)];
  }
  void expect_untouched() const {
    EXPECT_TRUE(matrix_.untouched() && x_.untouched() && y_.untouched() && t_.untouched() && s_.untouched())
        << case_ << " wrote outside";
  }

  void axpy(bool by_rows) {
    for (const Side side : {Side::start, Side::end}) {
      place_matrix(side);
      const index_t rows = r1_ - r0_, columns = j1_ - j0_;
      R *y = vector(y_, rows, side), *t = vector(t_, columns, side);
      for (index_t j = 0; j < columns; ++j)
        if (random_.one_in(5)) put(t, j, {});
      const bool skip = random_.one_in(2), with_alpha = !ragged() && random_.one_in(2);
      E alpha = number(random_);
      if (random_.one_in(2)) alpha.im = 0;
      const Scale beta = random_scale();
      if (beta.zero()) std::fill(y, y + rows * kPer, std::numeric_limits<R>::quiet_NaN());
      MatvecArgs g = arguments();
      g.y = y, g.t = t, g.by_rows = by_rows, g.skip_zeros = skip;
      if (with_alpha) g.alpha = &alpha;
      if (beta.given) g.beta = &beta.value;
      std::vector<R> want(y, y + rows * kPer);
      for (index_t i = 0; beta.given && i < rows; ++i)
        put(want.data(), i, beta.zero() ? E{} : scaled(get(want.data(), i), beta.value));
      for (index_t j = j0_; j < j1_; ++j)
        for (index_t i = first(j); i < last(j); ++i) {
          const E f = get(t, j - j0_), a = with_alpha ? scaled(element(i, j), alpha) : element(i, j);
          if (!(skip && zero(f))) put(want.data(), i - r0_, madd(a, f, get(want.data(), i - r0_), by_rows));
        }
      kernels_.axpy(g);
      expect_same(y, want, "y");
      expect_same(a_, before_, "a");
      expect_untouched();
    }
  }

  void sums(bool conjugate, bool both) {
    for (const Side side : {Side::start, Side::end}) {
      place_matrix(side);
      const index_t rows = r1_ - r0_, columns = j1_ - j0_;
      R *x = vector(x_, rows, side), *y = vector(y_, rows, side), *t = vector(t_, columns, side),
        *s = vector(s_, columns, side);
      const bool with_alpha = !both && random_.one_in(2);
      const E alpha = number(random_);
      const Scale beta = random_scale();
      if (beta.zero()) std::fill(s, s + columns * kPer, std::numeric_limits<R>::quiet_NaN());
      MatvecArgs g = arguments();
      g.x = x, g.s = s, g.conjugate = conjugate;
      if (with_alpha) g.alpha = &alpha;
      if (with_alpha && beta.given) g.beta = &beta.value;
      std::vector<R> want_s(static_cast<std::size_t>(columns * kPer)), want_y(y, y + rows * kPer);
      for (index_t j = j0_; j < j1_; ++j) {
        E sum = column_sum(j, x, conjugate);
        if (with_alpha) {
          const bool read = beta.given && !beta.zero();
          sum = madd(alpha, sum, read ? scaled_sum(beta.value, get(s, j - j0_)) : E{});
        }
        put(want_s.data(), j - j0_, sum);
        if (both)
          for (index_t i = first(j); i < last(j); ++i)
            put(want_y.data(), i - r0_, madd(element(i, j), get(t, j - j0_), get(want_y.data(), i - r0_)));
      }
      if (both) g.y = y, g.t = t;
      (both ? kernels_.both : kernels_.dot)(g);
      expect_same(s, want_s, "s");
      expect_same(y, want_y, "y");
      expect_untouched();
    }
  }

  void rank(bool two) {
    for (const Side side : {Side::start, Side::end}) {
      place_matrix(side);
      const index_t rows = r1_ - r0_, columns = j1_ - j0_;
      R *x = vector(x_, rows, side), *y = vector(y_, rows, side), *t = vector(t_, columns, side),
        *t2 = vector(s_, columns, side);
      for (index_t j = 0; j < columns; ++j) {
        if (random_.one_in(3)) put(t, j, {});
        if (random_.one_in(3)) put(t2, j, {});
      }
      const bool with_factor = !kComplex && random_.one_in(2);
      const E factor = number(random_);
      std::vector<R> want = before_;
      for (index_t j = j0_; j < j1_; ++j)
        for (index_t i = first(j); i < last(j); ++i) {
          E f = get(t, j - j0_), f2 = get(t2, j - j0_);
          if (with_factor) f.re = rounded(factor.re * f.re), f2.re = rounded(factor.re * f2.re);
          if (zero(f) && (!two || zero(f2))) continue;
          E sum = madd(get(x, i - r0_), f, element(i, j));
          if (two) sum = madd(get(y, i - r0_), f2, sum);
          put(want.data(), offset(i, j) - low_, sum);
        }
      MatvecArgs g = arguments();
      g.x = x, g.y = y, g.t = t, g.t2 = t2;
      if (with_factor) g.factor = &factor;
      (two ? kernels_.rank2 : kernels_.rank1)(g);
      expect_same(a_, want, "a");
      expect_untouched();
    }
  }

  static Wide wide(E v) { return {v.re, v.im}; }
  // Rows of the window that are columns of the block.
  bool own(index_t row) const { return row >= j0_ && row < j1_; }
  std::vector<R> triangle(int which, bool unit, bool conjugate) {
    const index_t n = r1_ - r0_, columns = j1_ - j0_;
    const bool transposed = which % 2 != 0, solving = which >= 2;
    std::vector<R> results;
    for (const Side side : {Side::start, Side::end}) {
      place_matrix(side);
      // Diagonals that dominate: solutions stay of the size of their right-hand sides.
      for (index_t j = j0_; j < j1_; ++j) {
        E d = element(j, j);
        d.re += d.re < 0 ? R(-n) : R(n);
        if (unit) d.re = std::numeric_limits<R>::quiet_NaN();
        put(view_.a, offset(j, j), d);
        if (unit)
          for (index_t i = first(j); i < last(j); ++i) {
            E v = element(i, j);
            v.re /= R(n), v.im /= R(n);
            if (i != j) put(view_.a, offset(i, j), v);
          }
      }
      before_.assign(a_, a_ + elements_ * kPer);
      R* y = vector(y_, n, side);
      const std::vector<R> old(y, y + n * kPer);
      MatvecArgs g = arguments();
      g.y = y, g.s = vector(s_, columns, side), g.conjugate = conjugate, g.unit = unit, g.skip_zeros = true;
      g.x = y;
      if (which == 1 && !(view_.lo_step && view_.hi_step) && random_.one_in(2)) {
        R* const x = vector(x_, n, side);
        std::copy(old.begin(), old.end(), x);
        g.x = x;
        for (index_t i = 0; i < n; ++i) put(y, i, {7, 7});  // not read
      }
      const std::vector<R> given(y, y + n * kPer);
      const auto& pair = which == 0   ? kernels_.multiply
                         : which == 1 ? kernels_.multiply_transposed
                         : which == 2 ? kernels_.solve
                                      : kernels_.solve_transposed;
      pair[upper_](g);
      // b = op(A) x, with x the operand of a product and the result of a system.
      const R *from = solving ? y : old.data(), *to = solving ? old.data() : y;
      for (index_t i = 0; i < n; ++i) {
        if (transposed && !own(r0_ + i)) {
          EXPECT_TRUE(std::memcmp(y + i * kPer, given.data() + i * kPer, kPer * sizeof(R)) == 0)
              << case_ << ", element " << i;
          continue;
        }
        Wide b = own(r0_ + i) ? Wide(0) : wide(get(old.data(), i));
        long double magnitude = std::abs(wide(get(to, i)));
        for (index_t j = 0; j < n; ++j) {
          const index_t row = r0_ + (transposed ? j : i), column = r0_ + (transposed ? i : j);
          if (!own(column) || !has(row, column)) continue;
          Wide a = unit && i == j ? Wide(1) : wide(element(row, column));
          if (conjugate) a = std::conj(a);
          b += a * wide(get(from, j));
          magnitude += std::abs(a) * std::abs(wide(get(from, j)));
        }
        EXPECT_LE(std::abs(b - wide(get(to, i))),
                  static_cast<long double>(4 * (n + 4)) * std::numeric_limits<R>::epsilon() * magnitude)
            << case_ << ", element " << i;
      }
      expect_same(a_, before_, "a");
      expect_untouched();
      results.insert(results.end(), y, y + n * kPer);
    }
    return results;
  }

  std::vector<R> symmetric() {
    const index_t n = r1_ - r0_;
    std::vector<R> results;
    for (const Side side : {Side::start, Side::end}) {
      place_matrix(side);
      R *x = vector(x_, n, side), *y = vector(y_, n, side), *s = vector(s_, j1_ - j0_, side);
      const std::vector<R> old(y, y + n * kPer);
      const E alpha = number(random_);
      MatvecArgs g = arguments();
      g.x = x, g.y = y, g.s = s, g.alpha = &alpha, g.conjugate = true;
      kernels_.symmetric[upper_](g);
      for (index_t i = 0; i < n; ++i) {
        Wide b = wide(get(old.data(), i));
        long double magnitude = std::abs(b);
        for (index_t j = 0; j < n; ++j) {
          // Of the columns outside of the block nothing is known but what the rows beside it mirror.
          const index_t row = r0_ + i, column = r0_ + j;
          const bool stored = own(column) && has(row, column);
          if (!stored && !(own(row) && has(column, row))) continue;
          Wide a = stored ? wide(element(row, column)) : std::conj(wide(element(column, row)));
          if (i == j) a = a.real();
          b += wide(alpha) * a * wide(get(x, j));
          magnitude += std::abs(wide(alpha)) * std::abs(a) * std::abs(wide(get(x, j)));
        }
        EXPECT_LE(std::abs(b - wide(get(y, i))),
                  static_cast<long double>(4 * (n + 4)) * std::numeric_limits<R>::epsilon() * magnitude)
            << case_ << ", element " << i;
      }
      expect_same(a_, before_, "a");
      expect_untouched();
      results.insert(results.end(), y, y + n * kPer);
    }
    return results;
  }

  const MatvecKernels& kernels_;
  bool fma_;
  Isa isa_;
  Random random_;
  GuardedBuffer matrix_{1 << 19}, x_{1 << 13}, y_{1 << 13}, t_{1 << 13}, s_{1 << 13};
  ColumnView view_{};
  int kind_ = 0;
  bool upper_ = false;
  index_t size_ = 0, r0_ = 0, r1_ = 0, j0_ = 0, j1_ = 0, low_ = 0, elements_ = 0;
  R* a_ = nullptr;
  std::vector<R> before_;
  std::string case_;
};

class MatvecIsa : public testing::TestWithParam<Isa> {
 protected:
  template <class R, bool kComplex>
  void run() {
    TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
    Kernels<R, kComplex> kernels(GetParam(), test_seed());
    for (index_t i = scaled_count(400); i > 0 && !HasFailure(); --i) kernels.columns();
    for (index_t i = scaled_count(60); i > 0 && !HasFailure(); --i) kernels.triangles();
  }
};
TEST_P(MatvecIsa, F32) { run<float, false>(); }
TEST_P(MatvecIsa, F64) { run<double, false>(); }
TEST_P(MatvecIsa, C32) { run<float, true>(); }
TEST_P(MatvecIsa, C64) { run<double, true>(); }
INSTANTIATE_TEST_SUITE_P(Isas, MatvecIsa, testing::ValuesIn(all_isas()), isa_name);

template <class R, bool kComplex>
void expect_equal_triangles() {
  std::vector<std::vector<R>> expected;
  for (const Isa isa : runnable_isas()) {
    if (!isa_info(isa).has_fma) continue;
    Kernels<R, kComplex> kernels(isa, test_seed());
    for (std::size_t i = 0; i < static_cast<std::size_t>(scaled_count(30)); ++i) {
      const std::vector<R> got = kernels.triangles();
      if (expected.size() == i) expected.push_back(got);
      ASSERT_EQ(got.size(), expected[i].size());
      ASSERT_EQ(first_difference<R>(got.data(), expected[i].data(), static_cast<index_t>(got.size())), -1)
          << isa_info(isa).name << ", case " << i << " TESSERA_TEST_SEED=" << test_seed();
    }
  }
}
TEST(Matvec, TrianglesHaveTheSameBitsOnEveryIsaWithFma) {
  expect_equal_triangles<float, false>();
  expect_equal_triangles<double, false>();
  expect_equal_triangles<float, true>();
  expect_equal_triangles<double, true>();
}

}  // namespace
}  // namespace tessera::test
