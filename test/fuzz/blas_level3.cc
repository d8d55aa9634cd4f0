#include <type_traits>

#include "blas/api_level3.h"
#include "fuzz/blas_model.h"

namespace tessera::fuzz {
namespace {

// One routine: what its arguments are by their letters, and the positions at which Fortran has them.
enum class Op { gemm, gemmt, symm, hemm, syrk, herk, syr2k, her2k, trmm, trsm, omatcopy, geadd };

// Enumerators of CBLAS; '/' becomes one that does not exist.
CBLAS_TRANSPOSE c_trans(char t) { return t == '/' ? static_cast<CBLAS_TRANSPOSE>(7) : cblas_trans(t); }
CBLAS_UPLO c_uplo(char u) { return u == '/' ? static_cast<CBLAS_UPLO>(7) : cblas_uplo(u); }
CBLAS_SIDE c_side(char s) { return s == '/' ? static_cast<CBLAS_SIDE>(7) : cblas_side(s); }
CBLAS_DIAG c_diag(char d) { return d == '/' ? static_cast<CBLAS_DIAG>(7) : cblas_diag(d); }

template <class T>
struct Call {
  Op op = Op::gemm;
  bool fortran = true, rows = false;
  char side = 'L', uplo = 'U', ta = 'N', tb = 'N', diag = 'N';
  int m = 0, n = 0, k = 0, lda = 1, ldb = 1, ldc = 1;
  T alpha{}, beta{};
  T *a = nullptr, *b = nullptr, *c = nullptr;
};

struct Sizes {
  Index rows, cols;
};

// Sizes of the three matrices as they are stored.
template <class T>
void sizes_of(const Call<T>& x, Sizes& a, Sizes& b, Sizes& c) {
  const auto stored = [](char t, Index rows, Index cols) {
    return is_trans(t) ? Sizes{cols, rows} : Sizes{rows, cols};
  };
  const Index order = is_letter(x.side, "L") ? x.m : x.n;
  switch (x.op) {
    case Op::gemm:
      a = stored(x.ta, x.m, x.k), b = stored(x.tb, x.k, x.n), c = {x.m, x.n};
      break;
    case Op::gemmt:
      a = stored(x.ta, x.n, x.k), b = stored(x.tb, x.k, x.n), c = {x.n, x.n};
      break;
    case Op::symm:
    case Op::hemm:
      a = {order, order}, b = c = {x.m, x.n};
      break;
    case Op::syrk:
    case Op::herk:
      a = stored(x.ta, x.n, x.k), b = {0, 0}, c = {x.n, x.n};
      break;
    case Op::syr2k:
    case Op::her2k:
      a = b = stored(x.ta, x.n, x.k), c = {x.n, x.n};
      break;
    case Op::trmm:
    case Op::trsm:
      a = {order, order}, b = {0, 0}, c = {x.m, x.n};
      break;
    case Op::omatcopy:
      a = {x.m, x.n}, b = {0, 0}, c = stored(x.ta, x.m, x.n);
      break;
    case Op::geadd:
      a = {x.m, x.n}, b = {0, 0}, c = {x.m, x.n};
      break;
  }
}

template <class T>
int wrong_argument(const Call<T>& x) {
  Sizes a, b, c;
  sizes_of(x, a, b, c);
  const auto short_ld = [&](int ld, const Sizes& s) { return ld < std::max<Index>(1, x.rows ? s.cols : s.rows); };
  const bool lda = short_ld(x.lda, a), ldb = short_ld(x.ldb, b), ldc = short_ld(x.ldc, c);
  const bool side = !is_letter(x.side, "LR"), uplo = !is_letter(x.uplo, "UL"), diag = !is_letter(x.diag, "NU");
  const bool ta = !is_letter(x.ta, "NTC"), tb = !is_letter(x.tb, "NTC"), m = x.m < 0, n = x.n < 0, k = x.k < 0;
  // A symmetric update of complex numbers has no conjugate transpose, a Hermitian one no other.
  const bool symmetric = !is_letter(x.ta, kComplex<T> ? "NT" : "NTC"),
             hermitian = !is_letter(x.ta, kComplex<T> ? "NC" : "NTC");
  switch (x.op) {
    case Op::gemm:
      return first_wrong({{1, ta}, {2, tb}, {3, m}, {4, n}, {5, k}, {8, lda}, {10, ldb}, {13, ldc}});
    case Op::gemmt:
      return first_wrong({{1, uplo}, {2, ta}, {3, tb}, {4, n}, {5, k}, {8, lda}, {10, ldb}, {13, ldc}});
    case Op::symm:
    case Op::hemm:
      return first_wrong({{1, side}, {2, uplo}, {3, m}, {4, n}, {7, lda}, {9, ldb}, {12, ldc}});
    case Op::syrk:
    case Op::herk:
      return first_wrong(
          {{1, uplo}, {2, x.op == Op::syrk ? symmetric : hermitian}, {3, n}, {4, k}, {7, lda}, {10, ldc}});
    case Op::syr2k:
    case Op::her2k:
      return first_wrong(
          {{1, uplo}, {2, x.op == Op::syr2k ? symmetric : hermitian}, {3, n}, {4, k}, {7, lda}, {9, ldb}, {12, ldc}});
    case Op::trmm:
    case Op::trsm:
      return first_wrong({{1, side}, {2, uplo}, {3, ta}, {4, diag}, {5, m}, {6, n}, {9, lda}, {11, ldc}});
    case Op::omatcopy:
      return first_wrong({{2, ta}, {3, m}, {4, n}, {7, lda}, {9, ldc}});
    default:
      return first_wrong({{1, m}, {2, n}, {5, lda}, {8, ldc}});
  }
}

template <class T>
void run(const Call<T>& x) {
  using A = Api<T>;
  using L = Level3<T>;
  using R = RealOf<T>;
  const R real_alpha = std::real(x.alpha), real_beta = std::real(x.beta);
  const int *m = &x.m, *n = &x.n, *k = &x.k, *lda = &x.lda, *ldb = &x.ldb, *ldc = &x.ldc;
  const T *alpha = &x.alpha, *beta = &x.beta;
  if (x.fortran) {
    const char *side = &x.side, *uplo = &x.uplo, *ta = &x.ta, *tb = &x.tb, *diag = &x.diag;
    const char order = x.rows ? 'R' : 'C';
    switch (x.op) {
      case Op::gemm:
        return A::gemm_(ta, tb, m, n, k, alpha, x.a, lda, x.b, ldb, beta, x.c, ldc);
      case Op::gemmt:
        return L::gemmt_(uplo, ta, tb, n, k, alpha, x.a, lda, x.b, ldb, beta, x.c, ldc);
      case Op::symm:
        return L::symm_(side, uplo, m, n, alpha, x.a, lda, x.b, ldb, beta, x.c, ldc);
      case Op::hemm:
        return L::hemm_(side, uplo, m, n, alpha, x.a, lda, x.b, ldb, beta, x.c, ldc);
      case Op::syrk:
        return A::syrk_(uplo, ta, n, k, alpha, x.a, lda, beta, x.c, ldc);
      case Op::herk:
        return L::herk_(uplo, ta, n, k, &real_alpha, x.a, lda, &real_beta, x.c, ldc);
      case Op::syr2k:
        return L::syr2k_(uplo, ta, n, k, alpha, x.a, lda, x.b, ldb, beta, x.c, ldc);
      case Op::her2k:
        return L::her2k_(uplo, ta, n, k, alpha, x.a, lda, x.b, ldb, &real_beta, x.c, ldc);
      case Op::trmm:
        return L::trmm_(side, uplo, ta, diag, m, n, alpha, x.a, lda, x.c, ldc);
      case Op::trsm:
        return L::trsm_(side, uplo, ta, diag, m, n, alpha, x.a, lda, x.c, ldc);
      case Op::omatcopy:
        return L::omatcopy_(&order, ta, m, n, alpha, x.a, lda, x.c, ldc);
      case Op::geadd:
        return L::geadd_(m, n, alpha, x.a, lda, beta, x.c, ldc);
    }
  }
  const CBLAS_LAYOUT layout = x.rows ? CblasRowMajor : CblasColMajor;
  const CBLAS_SIDE side = c_side(x.side);
  const CBLAS_UPLO uplo = c_uplo(x.uplo);
  const CBLAS_TRANSPOSE ta = c_trans(x.ta), tb = c_trans(x.tb);
  const CBLAS_DIAG diag = c_diag(x.diag);
  const auto scale = scalar(x.alpha), scale_c = scalar(x.beta);
  switch (x.op) {
    case Op::gemm:
      return A::gemm(layout, ta, tb, x.m, x.n, x.k, scale, x.a, x.lda, x.b, x.ldb, scale_c, x.c, x.ldc);
    case Op::gemmt:
      return L::gemmt(layout, uplo, ta, tb, x.n, x.k, scale, x.a, x.lda, x.b, x.ldb, scale_c, x.c, x.ldc);
    case Op::symm:
      return L::symm(layout, side, uplo, x.m, x.n, scale, x.a, x.lda, x.b, x.ldb, scale_c, x.c, x.ldc);
    case Op::hemm:
      return L::hemm(layout, side, uplo, x.m, x.n, scale, x.a, x.lda, x.b, x.ldb, scale_c, x.c, x.ldc);
    case Op::syrk:
      return A::syrk(layout, uplo, ta, x.n, x.k, scale, x.a, x.lda, scale_c, x.c, x.ldc);
    case Op::herk:
      return L::herk(layout, uplo, ta, x.n, x.k, real_alpha, x.a, x.lda, real_beta, x.c, x.ldc);
    case Op::syr2k:
      return L::syr2k(layout, uplo, ta, x.n, x.k, scale, x.a, x.lda, x.b, x.ldb, scale_c, x.c, x.ldc);
    case Op::her2k:
      return L::her2k(layout, uplo, ta, x.n, x.k, scale, x.a, x.lda, x.b, x.ldb, real_beta, x.c, x.ldc);
    case Op::trmm:
      return L::trmm(layout, side, uplo, ta, diag, x.m, x.n, scale, x.a, x.lda, x.c, x.ldc);
    case Op::trsm:
      return L::trsm(layout, side, uplo, ta, diag, x.m, x.n, scale, x.a, x.lda, x.c, x.ldc);
    case Op::omatcopy:
      return L::omatcopy(layout, ta, x.m, x.n, scale, x.a, x.lda, x.c, x.ldc);
    case Op::geadd:
      return L::geadd(layout, x.m, x.n, scale, x.a, x.lda, scale_c, x.c, x.ldc);
  }
}

// What element (i, j) of the result is.
template <class T>
Element<T> expected(const Call<T>& x, const Matrix<T>& a, const Matrix<T>& b, const Matrix<T>& c, Index i, Index j) {
  const bool hermitian = kComplex<T> && (x.op == Op::herk || x.op == Op::her2k);
  const Wide<T> alpha = x.op == Op::herk ? Wide<T>(std::real(wide(x.alpha))) : wide(x.alpha);
  const Wide<T> beta = hermitian ? Wide<T>(std::real(wide(x.beta))) : wide(x.beta);
  const bool left = is_letter(x.side, "L");
  Element<T> want;
  if (x.op != Op::trmm && x.op != Op::omatcopy && beta != Wide<T>(0)) want.add(beta * c(i, j));
  if (alpha == Wide<T>(0)) return want;
  // Of an update, what stands for op(A)'s row i and step p; the second factor is its transpose.
  const auto row = [&](const Matrix<T>& matrix, Index of, Index p) {
    return is_trans(x.ta) ? conj_if<T>(hermitian, matrix(p, of)) : matrix(of, p);
  };
  const Index depth = x.op == Op::symm || x.op == Op::hemm || x.op == Op::trmm ? (left ? x.m : x.n) : x.k;
  switch (x.op) {
    case Op::omatcopy:
      want.add(alpha * a.op(x.ta, i, j));
      return want;
    case Op::geadd:
      want.add(alpha * a(i, j));
      return want;
    default:
      break;
  }
  for (Index p = 0; p < depth; ++p) {
    switch (x.op) {
      case Op::gemm:
      case Op::gemmt:
        want.add(alpha * a.op(x.ta, i, p) * b.op(x.tb, p, j));
        break;
      case Op::symm:
      case Op::hemm:
        want.add(alpha * (left ? a(i, p) * b(p, j) : b(i, p) * a(p, j)));
        break;
      case Op::syrk:
      case Op::herk:
        want.add(alpha * row(a, i, p) * conj_if<T>(hermitian, row(a, j, p)));
        break;
      case Op::syr2k:
      case Op::her2k:
        want.add(alpha * row(a, i, p) * conj_if<T>(hermitian, row(b, j, p)));
        want.add(conj_if<T>(hermitian, alpha) * row(b, i, p) * conj_if<T>(hermitian, row(a, j, p)));
        break;
      default:  // trmm, in place
        want.add(alpha * (left ? a.op(x.ta, i, p) * c(p, j) : c(i, p) * a.op(x.ta, p, j)));
    }
  }
  return want;
}

template <class T>
void call(Input& in) {
  Call<T> x;
  x.op = static_cast<Op>(in.integer(0, static_cast<Index>(Op::geadd)));
  x.fortran = in.flag();
  x.rows = !x.fortran && in.flag();
  x.side = letter(in, "LR");
  x.uplo = letter(in, "UL");
  x.ta = letter(in, "NTC");
  x.tb = letter(in, "NTC");
  x.diag = letter(in, "NU");
  x.m = static_cast<int>(blas_size(in));
  x.n = static_cast<int>(blas_size(in));
  x.k = static_cast<int>(blas_size(in));
  Sizes sa, sb, sc;
  sizes_of(x, sa, sb, sc);
  const auto leading = [&](const Sizes& s) {
    return static_cast<int>(std::max<Index>(1, x.rows ? s.cols : s.rows) + in.integer(0, 3));
  };
  x.lda = leading(sa);
  x.ldb = leading(sb);
  x.ldc = leading(sc);
  int* const wild[] = {&x.m, &x.n, &x.k, &x.lda, &x.ldb, &x.ldc};
  if (in.one_in(4)) *wild[in.integer(0, 5)] = in.wild32();
  x.alpha = scalar_of<T>(in);
  x.beta = scalar_of<T>(in);
  const int number = static_cast<int>(x.op);
  char name[160];
  std::snprintf(name, sizeof name, "%s, operation %d, %c%c%c%c%c, %d x %d x %d, lda %d, ldb %d, ldc %d, layout %d %d",
                Api<T>::kLower, number, x.side, x.uplo, x.ta, x.tb, x.diag, x.m, x.n, x.k, x.lda, x.ldb, x.ldc,
                x.fortran, x.rows);

  const int wrong = wrong_argument(x);
  if (wrong != 0) {
    T untouched[3] = {T(7), T(7), T(7)};
    x.a = &untouched[0], x.b = &untouched[1], x.c = &untouched[2];
    run(x);
    expect_reported(name, wrong + (x.fortran || x.op == Op::omatcopy ? 0 : 1), !x.rows);
    for (const T& e : untouched) FUZZ_EXPECT(e == T(7), "%s: written in spite of an error", name);
    return;
  }
  sizes_of(x, sa, sb, sc);
  for (const auto& [s, ld] : {std::pair(sa, x.lda), std::pair(sb, x.ldb), std::pair(sc, x.ldc)}) {
    const Index lines = x.rows ? s.rows : s.cols, along = x.rows ? s.cols : s.rows;
    if (along > 1000 || lines > 1000 || (lines - 1) * ld + along > Index{Memory::kMost / sizeof(T)}) return;
  }
  const bool triangular = x.op == Op::trmm || x.op == Op::trsm;
  const bool one_half = x.op == Op::gemmt || (x.op >= Op::syrk && x.op <= Op::her2k);
  if (x.op != Op::syrk && x.op != Op::herk && x.op != Op::syr2k && x.op != Op::her2k && x.op != Op::gemm &&
      x.op != Op::gemmt)
    x.k = 0;
  if (x.k > 1000) return;
  test::Random random(static_cast<std::uint64_t>(in.integer(0, 255)));
  const bool upper = is_letter(x.uplo, "U");
  const bool hermitian_c = kComplex<T> && (x.op == Op::herk || x.op == Op::her2k);
  const Kind kind_a = triangular                        ? Kind::triangular
                      : x.op == Op::symm                ? Kind::symmetric
                      : x.op == Op::hemm && kComplex<T> ? Kind::hermitian
                      : x.op == Op::hemm                ? Kind::symmetric
                                                        : Kind::general;
  const Kind kind_c = hermitian_c ? Kind::hermitian : one_half ? Kind::symmetric : Kind::general;
  const auto storage = [&](Kind kind, const Sizes& s, int ld) {
    return Storage{.kind = kind,
                   .by_rows = x.rows,
                   .rows = s.rows,
                   .cols = s.cols,
                   .ld = ld,
                   .upper = upper,
                   .unit = is_letter(x.diag, "U")};
  };
  const bool reads_c = triangular || (x.op != Op::omatcopy && x.beta != T(0));
  Matrix<T> a(in, storage(kind_a, sa, x.lda), random, x.op == Op::trsm);
  Matrix<T> b(in, storage(Kind::general, sb, x.ldb), random);
  Matrix<T> c(in, storage(kind_c, sc, x.ldc), random, false, reads_c);
  x.a = a.data();
  x.b = b.data();
  x.c = c.data();
  run(x);
  expect_reported(name, 0, false);
  FUZZ_EXPECT(a.intact(false) && b.intact(false) && c.intact(true), "%s: wrote beside its result", name);
  const Index terms = 2 * std::max({sa.rows, sa.cols, sc.rows, sc.cols}) + 4;
  if (x.op == Op::trsm) {
    const bool left = is_letter(x.side, "L");
    const double unit = std::numeric_limits<RealOf<T>>::epsilon() / 2;
    for (Index i = 0; i < sc.rows; ++i)
      for (Index j = 0; j < sc.cols; ++j) {
        Element<T> want;
        for (Index p = 0; p < (left ? sc.rows : sc.cols); ++p)
          want.add(left ? a.op(x.ta, i, p) * wide(c.now(p, j)) : wide(c.now(i, p)) * a.op(x.ta, p, j));
        const Wide<T> right = wide(x.alpha) * c(i, j);
        const double magnitude = static_cast<double>(want.magnitude + std::abs(right));
        FUZZ_EXPECT(
            static_cast<double>(std::abs(right - want.value)) <= 4 * static_cast<double>(terms) * unit * magnitude,
            "%s: no solution", name);
      }
    return;
  }
  // An update by nothing touches nothing, the imaginary parts of a diagonal neither.
  const bool no_update = hermitian_c && (x.k == 0 || (x.op == Op::herk ? std::real(x.alpha) == 0 : x.alpha == T(0))) &&
                         std::real(x.beta) == 1;
  if (no_update) {
    FUZZ_EXPECT(c.intact(false), "%s: written for nothing", name);
    return;
  }
  for (Index i = 0; i < sc.rows; ++i)
    for (Index j = 0; j < sc.cols; ++j) {
      if (c.place(i, j) < 0) continue;
      const auto result = close(c.now(i, j), expected(x, a, b, c, i, j), static_cast<int>(terms));
      FUZZ_EXPECT(result, "%s: %s", name, result.message());
      FUZZ_EXPECT(!hermitian_c || i != j || std::imag(c.now(i, j)) == 0, "%s: diagonal", name);
    }
}

}  // namespace

void level3(Input& in) {
  with_any_type(in, [&]<class T>() { call<T>(in); });
}

}  // namespace tessera::fuzz
