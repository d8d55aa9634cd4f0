# What the 64-bit builds of the BLAS interfaces need, written from test/blas/symbols_blas.txt and include/cblas.h:
# no routine is named here.
#
#   libblas64    plain names. Exports what libblas exports.
#   libblas64_   suffixed names, which clash with nobody's. Fortran: dgemm_64_, where reference LAPACK, OpenBLAS (suffix
#                "64_") and MKL agree. C: cblas_dgemm_64 as in reference LAPACK and MKL, and the same function as
#                cblas_dgemm64_, which is OpenBLAS's and what numpy and Julia ask for.
#
# tsr_* functions have 64-bit sizes anyway and stay with libtessera and the plain libraries.

# tessera_write_blas64(<symbol list> <cblas.h> <folder>) writes into <folder>:
#   blas64_names.h             renames the definitions of the suffixed build; included in front of every source
#   blas64_aliases.ld          the second C names, for the linker
#   symbols_blas64_.txt        what the suffixed build exports
#   include/tessera_blas64.h   the header of the suffixed build's C names
function(tessera_write_blas64 symbols header folder)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${symbols} ${header})
  file(STRINGS ${symbols} names REGEX "^[A-Za-z]")
  list(FILTER names EXCLUDE REGEX "^tsr_")
  set(defines "")
  set(aliases "")
  set(exports "")
  foreach(name IN LISTS names)
    if(name MATCHES "_$")
      set(suffixed ${name}64_)
    else()
      set(suffixed ${name}_64)
      if(name MATCHES "^c?blas_")
        string(APPEND aliases "${name}64_ = ${suffixed};\n")
        list(APPEND exports ${name}64_)
      endif()
    endif()
    list(APPEND exports ${suffixed})
    string(APPEND defines "#define ${name} ${suffixed}\n")
  endforeach()
  list(SORT exports)
  list(JOIN exports "\n" exports)
  file(CONFIGURE OUTPUT ${folder}/blas64_names.h CONTENT "#pragma once\n${defines}")
  file(CONFIGURE OUTPUT ${folder}/blas64_aliases.ld CONTENT "${aliases}")
  file(CONFIGURE OUTPUT ${folder}/symbols_blas64_.txt CONTENT "${exports}\n")

  file(READ ${header} text)
  string(REGEX MATCH "TSR_EXTERN_C_BEGIN.*TSR_EXTERN_C_END" prototypes "${text}")
  string(REGEX REPLACE "(cblas_[a-z0-9_]+|blas_[gs]et_num_threads)\\(" "\\1_64(" prototypes "${prototypes}")
  string(REGEX REPLACE "CBLAS_INT([^A-Z])" "int64_t\\1" prototypes "${prototypes}")
  file(CONFIGURE OUTPUT ${folder}/include/tessera_blas64.h @ONLY CONTENT [=[
/**
 * @file tessera_blas64.h
 * @brief BLAS for C with 64-bit integers, under names that may live beside those of cblas.h in one program.
 *
 * Link with libblas64_. Fortran's names are sgemm_64_ and so on. A function cblas_sgemm_64 is cblas_sgemm64_ as well.
 */
#ifndef TESSERA_BLAS64_H
#define TESSERA_BLAS64_H

#include <cblas.h>
#include <tessera/types.h>

@prototypes@

#endif
]=])
endfunction()
