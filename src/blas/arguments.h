// The one place where arguments of levels 2 and 3 are judged. A check_* function sees the call as Fortran would and
// returns the Fortran position of the first bad argument, 0 when all are good. A row-major call is the Fortran call on
// the transposed matrices, so its positions are those of that call.
#pragma once

#include "base/int_math.h"
#include "blas/types.h"

namespace tessera::blas {

enum class Trans : std::uint8_t { none, transpose, conjugate, bad };
enum class Uplo : std::uint8_t { upper, lower, bad };

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

// The transposition that the Fortran view of a row-major matrix has.
constexpr Trans flipped(Trans t) { return t == Trans::none ? Trans::transpose : Trans::none; }
constexpr Uplo flipped(Uplo u) { return u == Uplo::upper ? Uplo::lower : Uplo::upper; }

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

// Complex syrk knows no conjugate transpose.
template <class T>
constexpr int check_syrk(Uplo uplo, Trans t, index_t n, index_t k, index_t lda, index_t ldc) {
  if (uplo == Uplo::bad) return 1;
  if (t == Trans::bad || (kIsComplex<T> && t == Trans::conjugate)) return 2;
  if (n < 0) return 3;
  if (k < 0) return 4;
  if (bad_ld(lda, t == Trans::none ? n : k)) return 7;
  if (bad_ld(ldc, n)) return 10;
  return 0;
}

}  // namespace tessera::blas
