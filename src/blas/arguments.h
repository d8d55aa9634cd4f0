// The one place where arguments of levels 2 and 3 are judged. A check_* function sees the call as Fortran would and
// returns the Fortran position of the first bad argument, 0 when all are good. A row-major call is the Fortran call on
// the transposed matrices, so its positions are those of that call.
#pragma once

#include "base/int_math.h"
#include "blas/types.h"

namespace tessera::blas {

enum class Trans : std::uint8_t { none, transpose, conjugate, bad };
enum class Uplo : std::uint8_t { upper, lower, bad };
enum class Side : std::uint8_t { left, right, bad };
enum class Diag : std::uint8_t { non_unit, unit, bad };

// Either case is accepted.
constexpr Trans trans_of(char c) {
  switch (c | 0x20) {
    case 'n':
      return Trans::none;
    case 't':
      return Trans::transpose;
    case 'c':
      return Trans::conjugate;
    default:
      return Trans::bad;
  }
}
constexpr Uplo uplo_of(char c) {
  switch (c | 0x20) {
    case 'u':
      return Uplo::upper;
    case 'l':
      return Uplo::lower;
    default:
      return Uplo::bad;
  }
}

constexpr Side side_of(char c) {
  switch (c | 0x20) {
    case 'l':
      return Side::left;
    case 'r':
      return Side::right;
    default:
      return Side::bad;
  }
}
constexpr Diag diag_of(char c) {
  switch (c | 0x20) {
    case 'n':
      return Diag::non_unit;
    case 'u':
      return Diag::unit;
    default:
      return Diag::bad;
  }
}

// The transposition that the Fortran view of a row-major matrix has.
constexpr Trans flipped(Trans t) { return t == Trans::none ? Trans::transpose : Trans::none; }
constexpr Uplo flipped(Uplo u) { return u == Uplo::upper ? Uplo::lower : Uplo::upper; }
constexpr Side flipped(Side s) { return s == Side::left ? Side::right : Side::left; }

// A leading dimension is good when it reaches over `rows` and is at least 1.
constexpr bool bad_ld(index_t ld, index_t rows) { return ld < max_index(1, rows); }

constexpr int check_gemm(Trans ta, Trans tb, index_t m, index_t n, index_t k, index_t lda, index_t ldb, index_t ldc) {
  if (ta == Trans::bad) return 1;
  if (tb == Trans::bad) return 2;
  if (m < 0) return 3;
  if (n < 0) return 4;
  if (k < 0) return 5;
  if (bad_ld(lda, ta == Trans::none ? m : k)) return 8;
  if (bad_ld(ldb, tb == Trans::none ? k : n)) return 10;
  if (bad_ld(ldc, m)) return 13;
  return 0;
}

constexpr int check_gemv(Trans t, index_t m, index_t n, index_t lda, index_t incx, index_t incy) {
  if (t == Trans::bad) return 1;
  if (m < 0) return 2;
  if (n < 0) return 3;
  if (bad_ld(lda, m)) return 6;
  if (incx == 0) return 8;
  if (incy == 0) return 11;
  return 0;
}

constexpr int check_gbmv(Trans t, index_t m, index_t n, index_t kl, index_t ku, index_t lda, index_t incx,
                         index_t incy) {
  if (t == Trans::bad) return 1;
  if (m < 0) return 2;
  if (n < 0) return 3;
  if (kl < 0) return 4;
  if (ku < 0) return 5;
  if (lda <= kl + ku) return 8;
  if (incx == 0) return 10;
  if (incy == 0) return 13;
  return 0;
}

// symv and hemv, sbmv and hbmv, spmv and hpmv
constexpr int check_symv(Uplo uplo, index_t n, index_t lda, index_t incx, index_t incy) {
  if (uplo == Uplo::bad) return 1;
  if (n < 0) return 2;
  if (bad_ld(lda, n)) return 5;
  if (incx == 0) return 7;
  if (incy == 0) return 10;
  return 0;
}
constexpr int check_sbmv(Uplo uplo, index_t n, index_t k, index_t lda, index_t incx, index_t incy) {
  if (uplo == Uplo::bad) return 1;
  if (n < 0) return 2;
  if (k < 0) return 3;
  if (lda <= k) return 6;
  if (incx == 0) return 8;
  if (incy == 0) return 11;
  return 0;
}
constexpr int check_spmv(Uplo uplo, index_t n, index_t incx, index_t incy) {
  if (uplo == Uplo::bad) return 1;
  if (n < 0) return 2;
  if (incx == 0) return 6;
  if (incy == 0) return 9;
  return 0;
}

// trmv and trsv, tbmv and tbsv, tpmv and tpsv
constexpr int check_triangle(Uplo uplo, Trans t, Diag diag) {
  return uplo == Uplo::bad ? 1 : t == Trans::bad ? 2 : diag == Diag::bad ? 3 : 0;
}
constexpr int check_trmv(Uplo uplo, Trans t, Diag diag, index_t n, index_t lda, index_t incx) {
  if (const int bad = check_triangle(uplo, t, diag)) return bad;
  if (n < 0) return 4;
  if (bad_ld(lda, n)) return 6;
  if (incx == 0) return 8;
  return 0;
}
constexpr int check_tbmv(Uplo uplo, Trans t, Diag diag, index_t n, index_t k, index_t lda, index_t incx) {
  if (const int bad = check_triangle(uplo, t, diag)) return bad;
  if (n < 0) return 4;
  if (k < 0) return 5;
  if (lda <= k) return 7;
  if (incx == 0) return 9;
  return 0;
}
constexpr int check_tpmv(Uplo uplo, Trans t, Diag diag, index_t n, index_t incx) {
  if (const int bad = check_triangle(uplo, t, diag)) return bad;
  if (n < 0) return 4;
  if (incx == 0) return 7;
  return 0;
}

constexpr int check_ger(index_t m, index_t n, index_t incx, index_t incy, index_t lda) {
  if (m < 0) return 1;
  if (n < 0) return 2;
  if (incx == 0) return 5;
  if (incy == 0) return 7;
  if (bad_ld(lda, m)) return 9;
  return 0;
}
// syr and her, syr2 and her2; spr, hpr, spr2 and hpr2 have no leading dimension
constexpr int check_syr(Uplo uplo, index_t n, index_t incx, index_t lda) {
  if (uplo == Uplo::bad) return 1;
  if (n < 0) return 2;
  if (incx == 0) return 5;
  if (bad_ld(lda, n)) return 7;
  return 0;
}
constexpr int check_spr(Uplo uplo, index_t n, index_t incx) { return check_syr(uplo, n, incx, max_index(n, 1)); }
constexpr int check_syr2(Uplo uplo, index_t n, index_t incx, index_t incy, index_t lda) {
  if (uplo == Uplo::bad) return 1;
  if (n < 0) return 2;
  if (incx == 0) return 5;
  if (incy == 0) return 7;
  if (bad_ld(lda, n)) return 9;
  return 0;
}
constexpr int check_spr2(Uplo uplo, index_t n, index_t incx, index_t incy) {
  return check_syr2(uplo, n, incx, incy, max_index(n, 1));
}

// Which transpositions a rank update takes: a complex symmetric one no conjugation, a Hermitian one no plain transpose.
template <class T>
constexpr bool bad_update_trans(Trans t, bool hermitian) {
  if (t == Trans::bad) return true;
  return hermitian ? t == Trans::transpose : kIsComplex<T> && t == Trans::conjugate;
}
// The transposition that the Fortran view of a row-major rank update has.
constexpr Trans flipped_update(Trans t, bool hermitian) {
  return t != Trans::none ? Trans::none : hermitian ? Trans::conjugate : Trans::transpose;
}

template <class T>
constexpr int check_syrk(Uplo uplo, Trans t, index_t n, index_t k, index_t lda, index_t ldc, bool hermitian) {
  if (uplo == Uplo::bad) return 1;
  if (bad_update_trans<T>(t, hermitian)) return 2;
  if (n < 0) return 3;
  if (k < 0) return 4;
  if (bad_ld(lda, t == Trans::none ? n : k)) return 7;
  if (bad_ld(ldc, n)) return 10;
  return 0;
}

template <class T>
constexpr int check_syr2k(Uplo uplo, Trans t, index_t n, index_t k, index_t lda, index_t ldb, index_t ldc,
                          bool hermitian) {
  if (uplo == Uplo::bad) return 1;
  if (bad_update_trans<T>(t, hermitian)) return 2;
  if (n < 0) return 3;
  if (k < 0) return 4;
  if (bad_ld(lda, t == Trans::none ? n : k)) return 7;
  if (bad_ld(ldb, t == Trans::none ? n : k)) return 9;
  if (bad_ld(ldc, n)) return 12;
  return 0;
}

constexpr int check_symm(Side side, Uplo uplo, index_t m, index_t n, index_t lda, index_t ldb, index_t ldc) {
  if (side == Side::bad) return 1;
  if (uplo == Uplo::bad) return 2;
  if (m < 0) return 3;
  if (n < 0) return 4;
  if (bad_ld(lda, side == Side::left ? m : n)) return 7;
  if (bad_ld(ldb, m)) return 9;
  if (bad_ld(ldc, m)) return 12;
  return 0;
}

constexpr int check_trmm(Side side, Uplo uplo, Trans t, Diag diag, index_t m, index_t n, index_t lda, index_t ldb) {
  if (side == Side::bad) return 1;
  if (uplo == Uplo::bad) return 2;
  if (t == Trans::bad) return 3;
  if (diag == Diag::bad) return 4;
  if (m < 0) return 5;
  if (n < 0) return 6;
  if (bad_ld(lda, side == Side::left ? m : n)) return 9;
  if (bad_ld(ldb, m)) return 11;
  return 0;
}

constexpr int check_gemmt(Uplo uplo, Trans ta, Trans tb, index_t n, index_t k, index_t lda, index_t ldb, index_t ldc) {
  if (uplo == Uplo::bad) return 1;
  if (ta == Trans::bad) return 2;
  if (tb == Trans::bad) return 3;
  if (n < 0) return 4;
  if (k < 0) return 5;
  if (bad_ld(lda, ta == Trans::none ? n : k)) return 8;
  if (bad_ld(ldb, tb == Trans::none ? k : n)) return 10;
  if (bad_ld(ldc, n)) return 13;
  return 0;
}

constexpr int check_gemm_strided(Trans ta, Trans tb, index_t m, index_t n, index_t k, index_t lda, index_t ldb,
                                 index_t ldc, index_t batch) {
  if (ta == Trans::bad) return 1;
  if (tb == Trans::bad) return 2;
  if (m < 0) return 3;
  if (n < 0) return 4;
  if (k < 0) return 5;
  if (bad_ld(lda, ta == Trans::none ? m : k)) return 8;
  if (bad_ld(ldb, tb == Trans::none ? k : n)) return 11;
  if (bad_ld(ldc, m)) return 15;
  return batch < 0 ? 17 : 0;
}

constexpr int check_geadd(index_t m, index_t n, index_t lda, index_t ldc) {
  if (m < 0) return 1;
  if (n < 0) return 2;
  if (bad_ld(lda, m)) return 5;
  return bad_ld(ldc, m) ? 8 : 0;
}

// A copy may also conjugate without transposing.
enum class CopyOp : std::uint8_t { none, transpose, conjugate_transpose, conjugate, bad };
constexpr CopyOp copy_op_of(char c) {
  switch (c | 0x20) {
    case 'n':
      return CopyOp::none;
    case 't':
      return CopyOp::transpose;
    case 'c':
      return CopyOp::conjugate_transpose;
    case 'r':
      return CopyOp::conjugate;
    default:
      return CopyOp::bad;
  }
}
constexpr bool transposes(CopyOp op) { return op == CopyOp::transpose || op == CopyOp::conjugate_transpose; }

// rows x cols as the caller names them, of a matrix in the given layout.
constexpr int check_matcopy(bool good_order, bool row_major, CopyOp op, index_t rows, index_t cols, index_t lda,
                            index_t ldb, bool in_place) {
  if (!good_order) return 1;
  if (op == CopyOp::bad) return 2;
  if (rows < 0) return 3;
  if (cols < 0) return 4;
  if (bad_ld(lda, row_major ? cols : rows)) return 7;
  if (bad_ld(ldb, row_major == transposes(op) ? rows : cols)) return in_place ? 8 : 9;
  return 0;
}

}  // namespace tessera::blas
