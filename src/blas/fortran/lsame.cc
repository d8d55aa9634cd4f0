// lsame, which LAPACK and programs of BLAS's age take from libblas.
#include "blas/fortran/fortran.h"

// Whether two letters are the same but for their case: a Fortran LOGICAL.
TESSERA_API tessera::blas::blas_int lsame_(const char* a, const char* b) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; };
  return upper(*a) == upper(*b);
}
