// What the C names share: enumerations, and how arguments of complex routines come.
#pragma once

#include <cblas.h>

#include <type_traits>

#include "blas/arguments.h"
#include "blas/xerbla.h"

namespace tessera::blas {

constexpr Trans trans_of(CBLAS_TRANSPOSE t) {
  switch (t) {
    case CblasNoTrans:
      return Trans::none;
    case CblasTrans:
      return Trans::transpose;
    case CblasConjTrans:
      return Trans::conjugate;
  }
  return Trans::bad;
}
constexpr Uplo uplo_of(CBLAS_UPLO u) {
  switch (u) {
    case CblasUpper:
      return Uplo::upper;
    case CblasLower:
      return Uplo::lower;
  }
  return Uplo::bad;
}
constexpr Diag diag_of(CBLAS_DIAG d) {
  switch (d) {
    case CblasNonUnit:
      return Diag::non_unit;
    case CblasUnit:
      return Diag::unit;
  }
  return Diag::bad;
}
constexpr bool is_layout(CBLAS_LAYOUT layout) { return layout == CblasRowMajor || layout == CblasColMajor; }

// Complex arguments are void pointers in C.
template <class T, class P>
inline auto* as(P* p) {
  if constexpr (std::is_const_v<P>)
    return static_cast<const T*>(p);
  else
    return static_cast<T*>(p);
}

}  // namespace tessera::blas

// ALPHA of a real routine comes by value, of a complex one by address: the address of it, its value.
#define TESSERA_ADDRESS(T, x) &x
#define TESSERA_SAME(T, x) x
#define TESSERA_POINTER(T, x) static_cast<const T*>(x)
#define TESSERA_VALUE(T, x) *static_cast<const T*>(x)
