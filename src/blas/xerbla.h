// Reporting of bad arguments. xerbla_ and cblas_xerbla are weak: a program that defines its own replaces them.
#pragma once

#include "blas/types.h"

extern "C" {

// Fortran's error handler. `length` is the hidden length of `name`; callers written in C often leave it out.
[[gnu::visibility("default")]] void xerbla_(const char* name, const tessera::blas::blas_int* info, std::size_t length);

// Whether the CBLAS call that is being reported was row-major, as netlib's test programs read it.
[[gnu::visibility("default")]] extern int RowMajorStrg;
// Whether a CBLAS call is being reported.
[[gnu::visibility("default")]] extern int CBLAS_CallFromC;

// xerbla_ for callers whose strings are arrays: a name of `length` characters.
[[gnu::visibility("default")]] void xerbla_array_(const char* name, const tessera::blas::blas_int* length,
                                                  const tessera::blas::blas_int* info);
}

namespace tessera::blas {

// `name` has at least six characters, blank-padded.
[[gnu::cold, gnu::noinline]] void report_fortran(const char* name, int position);

// `position` is Fortran's; CBLAS has the layout before it and counts one more. `name` is "cblas_...".
[[gnu::cold, gnu::noinline]] void report_cblas(const char* name, int position, bool row_major);

// An enumerator that does not exist, by its position in the CBLAS call.
[[gnu::cold, gnu::noinline]] void report_cblas_enum(const char* name, int position, const char* what, int value,
                                                    bool row_major);

}  // namespace tessera::blas
