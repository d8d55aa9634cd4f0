// Triangular tiles and their strips: every one of every instruction set, to the bit, between guard pages.
#include <cmath>
#include <string>
#include <vector>

#include "kernel/triangle_contract.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

template <class T>
class Triangles {
 public:
  explicit Triangles(Isa isa)
      : isa_(isa),
        set_(find_isa(isa)->triangles(DTypeOf<T>::value)),
        lanes_(find_isa(isa)->kernels(DTypeOf<T>::value).tiles->lanes) {}

  const TriangleSet& set() const { return set_; }

  testing::AssertionResult check_tile(bool solve, bool complex, int nv, int h) {
    const index_t parts = complex ? 2 : 1, line = nv * lanes_, elements = h * (h + 1) / 2 * parts;
    std::vector<T> triangle(static_cast<std::size_t>(elements)), panel(static_cast<std::size_t>(h * parts * line));
    random_.fill(triangle.data(), elements);
    random_.fill(panel.data(), h * parts * line);
    if (complex)
      for (index_t i = 0; i < h; ++i) rotate(&panel[i * 2 * line], line);
    std::vector<T> want = panel;
    if (solve)
      complex ? solve_complex(triangle, want, h, line) : solve_real(triangle, want, h, line);
    else
      multiply(triangle, want, h, line, parts);
    for (const Side side : {Side::start, Side::end}) {
      set_current_case(std::string(isa_info(isa_).name) + (solve ? " solve" : " multiply") +
                       (complex ? " complex " : " ") + std::to_string(h) + " x " + std::to_string(nv));
      T* a = reinterpret_cast<T*>(a_.place(triangle.size() * sizeof(T), side));
      T* x = reinterpret_cast<T*>(x_.place(panel.size() * sizeof(T), side));
      std::copy(triangle.begin(), triangle.end(), a);
      std::copy(panel.begin(), panel.end(), x);
      const TriangleSet::Kind& kind = complex ? set_.complex : set_.real;
      (solve ? kind.solve : kind.multiply)[nv][h](a, x);
      const index_t at = first_difference(x, want.data(), static_cast<index_t>(want.size()));
      if (at >= 0) return testing::AssertionFailure() << "element " << at << ": " << x[at] << ", want " << want[at];
      if (!x_.untouched()) return testing::AssertionFailure() << "wrote outside the panel";
    }
    return testing::AssertionSuccess();
  }

  // load, scale and store of a strip of rows x cols elements.
  testing::AssertionResult check_strip(bool complex, bool by_rows, bool backwards, index_t rows, index_t cols) {
    const index_t parts = complex ? 2 : 1, width = (parts * cols + lanes_ - 1) / lanes_ * lanes_, row = parts * width;
    const index_t ld = (by_rows ? cols : rows) + random_.integer(0, 3), lines = by_rows ? rows : cols;
    const index_t matrix_size = ((lines - 1) * ld + (by_rows ? cols : rows)) * parts;
    const T alpha_re = random_.number<T>(), alpha_im = complex && random_.one_in(2) ? random_.number<T>() : T(0);
    const bool second_lines = complex && random_.one_in(2);
    const TriangleSet::Kind& kind = complex ? set_.complex : set_.real;
    for (const Side side : {Side::start, Side::end}) {
      set_current_case(std::string(isa_info(isa_).name) + " strip " + std::to_string(rows) + " x " +
                       std::to_string(cols) + (complex ? " complex" : "") + (by_rows ? " by rows" : " by columns"));
      T* m = reinterpret_cast<T*>(a_.place(static_cast<std::size_t>(matrix_size) * sizeof(T), side));
      T* x = reinterpret_cast<T*>(x_.place(static_cast<std::size_t>(rows * row) * sizeof(T), side));
      random_.fill(m, matrix_size);
      random_.fill(x, rows * row);
      const std::vector<T> before(m, m + matrix_size);
      StripArgs args{};
      args.panel = backwards ? x + (rows - 1) * row : x;
      args.panel_row = (backwards ? -row : row) * static_cast<index_t>(sizeof(T));
      args.panel_cols = width;
      args.matrix = m;
      args.rs = by_rows ? ld : 1;
      args.cs = by_rows ? 1 : ld;
      args.rows = rows;
      args.cols = cols;
      kind.load(args);
      const auto old = [&](index_t i, index_t j, index_t part) {
        return before[static_cast<std::size_t>(parts * (by_rows ? i * ld + j : i + j * ld) + part)];
      };
      const auto panel_at = [&](index_t i) { return x + (backwards ? rows - 1 - i : i) * row; };
      for (index_t i = 0; i < rows; ++i)
        for (index_t e = 0; e < width; ++e) {
          const T want = e < parts * cols ? old(i, e / parts, e % parts) : T(0);
          if (!same(panel_at(i)[e], want)) return testing::AssertionFailure() << "load at " << i << ", " << e;
        }
      kind.scale(x, rows, width, alpha_re, alpha_im, second_lines);
      for (index_t i = 0; i < rows; ++i)
        for (index_t e = 0; e < parts * cols; e += parts) {
          const T re = old(i, e / parts, 0), im = parts == 2 ? old(i, e / parts, 1) : T(0);
          T want_re = alpha_re * re, want_im = alpha_re * im;
          if (alpha_im != T(0)) {
            want_re += alpha_im * -im;
            want_im += alpha_im * re;
          }
          const T* p = panel_at(i) + e;
          if (!same(p[0], want_re) || (parts == 2 && !same(p[1], want_im)))
            return testing::AssertionFailure() << "scale at " << i << ", " << e;
          if (second_lines && (!same(p[width], -want_im) || !same(p[width + 1], want_re)))
            return testing::AssertionFailure() << "second line at " << i << ", " << e;
        }
      kind.store(args);
      for (index_t i = 0; i < rows; ++i)
        for (index_t e = 0; e < parts * cols; ++e)
          if (!same(m[parts * (by_rows ? i * ld + e / parts : i + e / parts * ld) + e % parts], panel_at(i)[e]))
            return testing::AssertionFailure() << "store at " << i << ", " << e;
      for (index_t l = 0; l + 1 < lines; ++l)
        for (index_t e = parts * (by_rows ? cols : rows); e < parts * ld; ++e)
          if (!same(m[l * parts * ld + e], before[static_cast<std::size_t>(l * parts * ld + e)]))
            return testing::AssertionFailure() << "store wrote between lines";
      if (!a_.untouched() || !x_.untouched()) return testing::AssertionFailure() << "wrote outside";
    }
    return testing::AssertionSuccess();
  }

 private:
  T fma(T a, T b, T c) const { return isa_info(isa_).has_fma ? std::fma(a, b, c) : a * b + c; }
  // The second line of a complex row: i times the first.
  static void rotate(T* first, index_t line) {
    for (index_t e = 0; e < line; e += 2) {
      first[line + e] = -first[e + 1];
      first[line + e + 1] = first[e];
    }
  }
  void solve_real(const std::vector<T>& l, std::vector<T>& x, index_t h, index_t line) const {
    std::size_t at = 0;
    for (index_t j = 0; j < h; ++j) {
      const T d = l[at++];
      for (index_t e = 0; e < line; ++e) x[j * line + e] *= d;
      for (index_t i = j + 1; i < h; ++i, ++at)
        for (index_t e = 0; e < line; ++e) x[i * line + e] = fma(l[at], x[j * line + e], x[i * line + e]);
    }
  }
  void solve_complex(const std::vector<T>& l, std::vector<T>& x, index_t h, index_t line) const {
    std::size_t at = 0;
    const index_t row = 2 * line;
    for (index_t j = 0; j < h; ++j) {
      T* first = &x[j * row];
      rotate(first, line);
      for (index_t e = 0; e < line; ++e) first[e] = fma(l[at + 1], first[line + e], l[at] * first[e]);
      rotate(first, line);
      at += 2;
      for (index_t i = j + 1; i < h; ++i, at += 2)
        for (index_t e = 0; e < line; ++e)
          x[i * row + e] = fma(l[at + 1], first[line + e], fma(l[at], first[e], x[i * row + e]));
    }
  }
  void multiply(const std::vector<T>& u, std::vector<T>& x, index_t h, index_t line, index_t parts) const {
    std::size_t at = 0;
    for (index_t i = 0; i < h; ++i) {
      const index_t terms = parts * (h - i);
      for (index_t e = 0; e < line; ++e) {
        T sum = 0;
        for (index_t t = 0; t < terms; ++t)
          sum = fma(u[at + static_cast<std::size_t>(t)], x[(i * parts + t) * line + e], sum);
        x[i * parts * line + e] = sum;
      }
      at += static_cast<std::size_t>(terms);
    }
  }

  Isa isa_;
  const TriangleSet& set_;
  index_t lanes_;
  Random random_{test_seed()};
  GuardedBuffer a_{1 << 20}, x_{1 << 20};
};

class TriangleIsa : public testing::TestWithParam<Isa> {};

template <class T>
void check_all(Isa isa) {
  Triangles<T> t(isa);
  ASSERT_EQ(t.set().isa, isa);
  ASSERT_EQ(t.set().type, DTypeOf<T>::value);
  const KernelList& list = find_isa(isa)->kernels(DTypeOf<T>::value);
  // The first kernel of the list runs between these tiles.
  ASSERT_EQ(t.set().mr, list.kernels[0].mr);
  ASSERT_EQ(t.set().nv * list.tiles->lanes, list.kernels[0].nr);
  for (const bool complex : {false, true}) {
    for (int nv = 1; nv <= t.set().nv; ++nv)
      for (int h = 1; h <= t.set().mr; ++h)
        for (const bool solve : {false, true})
          ASSERT_TRUE(t.check_tile(solve, complex, nv, h))
              << h << " x " << nv << (solve ? " solve" : " multiply") << (complex ? " complex" : "");
    for (const index_t rows : {1, 2, 3, 7, 8, 15, 16, 17, 33})
      for (const index_t cols : {1, 2, 3, 7, 8, 9, 16, 23, 24, 47, 48})
        for (const bool by_rows : {false, true})
          for (const bool backwards : {false, true})
            ASSERT_TRUE(t.check_strip(complex, by_rows, backwards, rows, cols))
                << rows << " x " << cols << (by_rows ? " by rows" : " by columns") << (complex ? " complex" : "");
  }
}

TEST_P(TriangleIsa, TilesAndStrips) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  check_all<float>(GetParam());
  check_all<double>(GetParam());
}
INSTANTIATE_TEST_SUITE_P(Isas, TriangleIsa, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
