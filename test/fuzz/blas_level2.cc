#include "blas/level2_api.h"

#include "fuzz/blas_model.h"

namespace tessera::fuzz {
namespace {

Shape shape_of(Routine r) {
  switch (r) {
    case Routine::gbmv:
    case Routine::sbmv:
    case Routine::tbmv:
    case Routine::tbsv:
      return Shape::band;
    case Routine::spmv:
    case Routine::tpmv:
    case Routine::tpsv:
    case Routine::spr:
    case Routine::spr2:
      return Shape::packed;
    default:
      return Shape::full;
  }
}

// Position of the first wrong argument in the Fortran interface; m and n as a row-major call's matrix has them.
template <class T>
int wrong_argument(const Level2Call<T>& c) {
  const bool uplo = !is_letter(c.uplo, "UL"), trans = !is_letter(c.trans, "NTC"), diag = !is_letter(c.diag, "NU");
  const bool m = c.m < 0, n = c.n < 0, x = c.incx == 0, y = c.incy == 0;
  const int k = (c.uplo | 0x20) == 'u' ? c.ku : c.kl;
  const bool general = c.lda < std::max(1, c.interface == Interface::rows ? c.n : c.m),
             square = c.lda < std::max(1, c.n);
  const bool band = c.lda < Index{k} + 1, bands = c.lda < Index{c.kl} + c.ku + 1;
  switch (c.routine) {
    case Routine::gemv:
      return first_wrong({{1, trans}, {2, m}, {3, n}, {6, general}, {8, x}, {11, y}});
    case Routine::gbmv:
      return first_wrong({{1, trans}, {2, m}, {3, n}, {4, c.kl < 0}, {5, c.ku < 0}, {8, bands}, {10, x}, {13, y}});
    case Routine::symv:
      return first_wrong({{1, uplo}, {2, n}, {5, square}, {7, x}, {10, y}});
    case Routine::sbmv:
      return first_wrong({{1, uplo}, {2, n}, {3, k < 0}, {6, band}, {8, x}, {11, y}});
    case Routine::spmv:
      return first_wrong({{1, uplo}, {2, n}, {6, x}, {9, y}});
    case Routine::trmv:
    case Routine::trsv:
      return first_wrong({{1, uplo}, {2, trans}, {3, diag}, {4, n}, {6, square}, {8, x}});
    case Routine::tbmv:
    case Routine::tbsv:
      return first_wrong({{1, uplo}, {2, trans}, {3, diag}, {4, n}, {5, k < 0}, {7, band}, {9, x}});
    case Routine::tpmv:
    case Routine::tpsv:
      return first_wrong({{1, uplo}, {2, trans}, {3, diag}, {4, n}, {7, x}});
    case Routine::geru:
    case Routine::gerc:
      return first_wrong({{1, m}, {2, n}, {5, x}, {7, y}, {9, general}});
    case Routine::syr:
      return first_wrong({{1, uplo}, {2, n}, {5, x}, {7, square}});
    case Routine::spr:
      return first_wrong({{1, uplo}, {2, n}, {5, x}});
    case Routine::syr2:
      return first_wrong({{1, uplo}, {2, n}, {5, x}, {7, y}, {9, square}});
    default:
      return first_wrong({{1, uplo}, {2, n}, {5, x}, {7, y}});
  }
}

// Whether what the call reaches is small enough to be given.
template <class T>
bool fits(const Level2Call<T>& c) {
  constexpr Index kMost = Memory::kMost / sizeof(c64);
  const Index longest = std::max({Index{c.m}, Index{c.n}, Index{1}});
  const Index farthest = std::max({std::abs(Index{c.incx}), std::abs(Index{c.incy}), Index{c.lda}});
  return longest <= 1000 && Index{c.kl} + c.ku <= 1000 && (longest - 1) * farthest + longest <= kMost;
}

template <class T>
void call(Input& in) {
  using R = RealOf<T>;
  Level2Call<T> c;
  c.routine = kRoutines[in.integer(0, static_cast<Index>(std::size(kRoutines)) - 1)];
  c.interface = in.one_of({Interface::fortran, Interface::columns, Interface::rows});
  c.uplo = letter(in, "UL");
  c.trans = letter(in, "NTC");
  c.diag = letter(in, "NU");
  c.m = static_cast<int>(blas_size(in));
  c.n = static_cast<int>(blas_size(in));
  c.kl = static_cast<int>(in.integer(0, 4));
  c.ku = static_cast<int>(in.integer(0, 4));
  const bool rows = c.interface == Interface::rows;
  const bool general = c.routine == Routine::gemv || c.routine == Routine::gbmv || c.routine == Routine::geru ||
                       c.routine == Routine::gerc;
  const bool triangular = c.routine >= Routine::trmv && c.routine <= Routine::tpsv;
  const bool solve = c.routine >= Routine::trsv && c.routine <= Routine::tpsv;
  const bool update = c.routine >= Routine::geru;
  const bool one_vector = triangular || c.routine == Routine::syr || c.routine == Routine::spr;
  const Shape shape = shape_of(c.routine);
  const int least = shape == Shape::band ? c.kl + c.ku + 1 : general && !rows ? c.m : c.n;
  c.lda = std::max(1, least) + static_cast<int>(in.integer(0, 3));
  c.incx = in.one_of({1, -1, 2, -3});
  c.incy = in.one_of({1, -1, 2, -3});
  int* const wild[] = {&c.m, &c.n, &c.kl, &c.ku, &c.lda, &c.incx, &c.incy};
  if (in.one_in(4)) *wild[in.integer(0, 6)] = in.wild32();
  c.alpha = scalar_of<T>(in);
  c.beta = scalar_of<T>(in);
  std::string name = Api<T>::kLower;
  name += base_name<T>(c.routine);

  const int wrong = wrong_argument(c);
  if (wrong != 0) {
    T untouched[3] = {T(7), T(7), T(7)};
    c.a = &untouched[0], c.x = &untouched[1], c.y = &untouched[2];
    run(c);
    // Row-major calls judge the arguments of the column-major ones that they become.
    expect_reported(name.c_str(), wrong + (c.interface == Interface::fortran ? 0 : 1), !rows);
    for (const T& x : untouched) FUZZ_EXPECT(x == T(7), "%s: written in spite of an error", name.c_str());
    return;
  }
  if (!fits(c)) return;

  test::Random random(static_cast<std::uint64_t>(in.integer(0, 255)));
  const Index height = general ? c.m : c.n;
  const bool trans = is_trans(c.trans), upper = is_letter(c.uplo, "U");
  const Storage storage{.kind = general       ? Kind::general
                                : triangular  ? Kind::triangular
                                : kComplex<T> ? Kind::hermitian
                                              : Kind::symmetric,
                        .by_rows = rows,
                        .rows = height,
                        .cols = c.n,
                        .ld = c.lda,
                        .shape = shape,
                        .upper = upper,
                        .unit = is_letter(c.diag, "U"),
                        .kl = c.kl,
                        .ku = c.ku};
  const Index nx = general && !update ? (trans ? height : c.n) : general ? height : c.n;
  const Index ny = general && !update ? (trans ? c.n : height) : c.n;
  Matrix<T> a(in, storage, random, solve);
  Vector<T> x(in, nx, c.incx, random), y(in, one_vector ? 0 : ny, c.incy, random, update || c.beta != T(0));
  c.a = a.data();
  c.x = x.data();
  c.y = y.data();
  run(c);
  expect_reported(name.c_str(), 0, false);
  FUZZ_EXPECT(a.intact(update) && x.intact(triangular) && y.intact(!update), "%s: wrote beside a result", name.c_str());

  const bool hermitian = kComplex<T> && !general;
  const auto matches = [&](T got, const Element<T>& want, Index terms) {
    const auto result = close(got, want, static_cast<int>(terms));
    FUZZ_EXPECT(result, "%s: %s", name.c_str(), result.message());
  };
  if (update) {
    const bool one = c.routine == Routine::syr || c.routine == Routine::spr;
    const Wide<T> alpha = one ? Wide<T>(std::real(wide(c.alpha))) : wide(c.alpha);
    const bool nothing = one ? std::real(c.alpha) == R(0) : c.alpha == T(0);
    for (Index i = 0; i < height; ++i)
      for (Index j = 0; j < c.n; ++j) {
        if (a.place(i, j) < 0) continue;
        if (nothing) {
          FUZZ_EXPECT(a.intact(false), "%s: written with alpha = 0", name.c_str());
          return;
        }
        Element<T> want;
        want.add(a(i, j));
        if (general) {
          want.add(alpha * x(i) * conj_if<T>(c.routine == Routine::gerc, y(j)));
        } else if (one) {
          want.add(alpha * x(i) * conj_if<T>(hermitian, x(j)));
        } else {
          want.add(alpha * x(i) * conj_if<T>(hermitian, y(j)));
          want.add(conj_if<T>(hermitian, alpha) * y(i) * conj_if<T>(hermitian, x(j)));
        }
        matches(a.now(i, j), want, 2);
        FUZZ_EXPECT(!hermitian || i != j || std::imag(a.now(i, j)) == 0, "%s: diagonal", name.c_str());
      }
    return;
  }
  if (solve) {
    // Each row of what was asked for, with the solution in it.
    for (Index i = 0; i < c.n; ++i) {
      Element<T> want;
      for (Index j = 0; j < c.n; ++j) want.add(a.op(c.trans, i, j) * wide(x.now(j)));
      want.magnitude += std::abs(x(i));
      const Wide<T> rest = x(i) - want.value;
      const double unit = std::numeric_limits<R>::epsilon() / 2;
      FUZZ_EXPECT(std::abs(rest) <= 4 * static_cast<double>(c.n + 4) * unit * static_cast<double>(want.magnitude),
                  "%s: no solution", name.c_str());
    }
    return;
  }
  // Reference BLAS returns at once when a general matrix is empty, whatever beta is.
  if (general && (c.m == 0 || c.n == 0)) {
    FUZZ_EXPECT(y.intact(false), "%s: written for an empty matrix", name.c_str());
    return;
  }
  for (Index i = 0; i < (triangular ? c.n : ny); ++i) {
    Element<T> want;
    const bool beta_zero = c.beta == T(0), alpha_zero = c.alpha == T(0);
    if (!triangular && !beta_zero) want.add(wide(c.beta) * y(i));
    if (triangular || !alpha_zero)
      for (Index j = 0; j < nx; ++j)
        want.add((triangular ? Wide<T>(1) : wide(c.alpha)) * a.op(general || triangular ? c.trans : 'N', i, j) * x(j));
    matches(triangular ? x.now(i) : y.now(i), want, nx + 3);
  }
}

}  // namespace

void level2(Input& in) {
  with_any_type(in, [&]<class T>() { call<T>(in); });
}

}  // namespace tessera::fuzz
