// What the Fortran names share: argument order and error numbers, nothing else. Everything comes by reference; hidden
// string lengths are not declared, so they are never read, and callers may leave them out. Complex functions return by
// value.
#pragma once

#include "blas/arguments.h"
#include "blas/xerbla.h"

#define TESSERA_API extern "C" [[gnu::visibility("default")]]
