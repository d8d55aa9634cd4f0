// Level 3 and the matrix extensions under test: api.h's routines are one struct; these are another, so that levels grow
// beside each other.
#pragma once

#include "api.h"

#define TEST_L3_FORTRAN(p, T)                                                                                          \
  extern "C" {                                                                                                         \
  void p##symm_(const char*, const char*, const int*, const int*, const T*, const T*, const int*, const T*,            \
                const int*, const T*, T*, const int*);                                                                 \
  void p##syr2k_(const char*, const char*, const int*, const int*, const T*, const T*, const int*, const T*,           \
                 const int*, const T*, T*, const int*);                                                                \
  void p##trmm_(const char*, const char*, const char*, const char*, const int*, const int*, const T*, const T*,        \
                const int*, T*, const int*);                                                                           \
  void p##trsm_(const char*, const char*, const char*, const char*, const int*, const int*, const T*, const T*,        \
                const int*, T*, const int*);                                                                           \
  void p##gemmt_(const char*, const char*, const char*, const int*, const int*, const T*, const T*, const int*,        \
                 const T*, const int*, const T*, T*, const int*);                                                      \
  void p##gemm_batch_strided_(const char*, const char*, const int*, const int*, const int*, const T*, const T*,        \
                              const int*, const int*, const T*, const int*, const int*, const T*, T*, const int*,      \
                              const int*, const int*);                                                                 \
  void p##gemm_batch_(const char*, const char*, const int*, const int*, const int*, const T*, const T* const*,         \
                      const int*, const T* const*, const int*, const T*, T* const*, const int*, const int*,            \
                      const int*);                                                                                     \
  void p##omatcopy_(const char*, const char*, const int*, const int*, const T*, const T*, const int*, T*, const int*); \
  void p##imatcopy_(const char*, const char*, const int*, const int*, const T*, T*, const int*, const int*);           \
  void p##geadd_(const int*, const int*, const T*, const T*, const int*, const T*, T*, const int*);                    \
  }
TEST_L3_FORTRAN(s, float)
TEST_L3_FORTRAN(d, double)
TEST_L3_FORTRAN(c, c32)
TEST_L3_FORTRAN(z, c64)

#define TEST_L3_FORTRAN_COMPLEX(p, T, R)                                                                        \
  extern "C" {                                                                                                  \
  void p##hemm_(const char*, const char*, const int*, const int*, const T*, const T*, const int*, const T*,     \
                const int*, const T*, T*, const int*);                                                          \
  void p##herk_(const char*, const char*, const int*, const int*, const R*, const T*, const int*, const R*, T*, \
                const int*);                                                                                    \
  void p##her2k_(const char*, const char*, const int*, const int*, const T*, const T*, const int*, const T*,    \
                 const int*, const R*, T*, const int*);                                                         \
  void p##gemm3m_(const char*, const char*, const int*, const int*, const int*, const T*, const T*, const int*, \
                  const T*, const int*, const T*, T*, const int*);                                              \
  }
TEST_L3_FORTRAN_COMPLEX(c, c32, float)
TEST_L3_FORTRAN_COMPLEX(z, c64, double)

template <class T>
struct Level3;

// H is the prefix of the Hermitian routines: for real types the symmetric ones, which are the same.
#define TEST_L3_API(p, T, hemmf, herkf, her2kf, hemmc, herkc, her2kc)         \
  template <>                                                                 \
  struct Level3<T> {                                                          \
    static constexpr auto symm_ = p##symm_;                                   \
    static constexpr auto syr2k_ = p##syr2k_;                                 \
    static constexpr auto trmm_ = p##trmm_;                                   \
    static constexpr auto trsm_ = p##trsm_;                                   \
    static constexpr auto gemmt_ = p##gemmt_;                                 \
    static constexpr auto gemm_batch_ = p##gemm_batch_;                       \
    static constexpr auto gemm_batch_strided_ = p##gemm_batch_strided_;       \
    static constexpr auto omatcopy_ = p##omatcopy_;                           \
    static constexpr auto imatcopy_ = p##imatcopy_;                           \
    static constexpr auto geadd_ = p##geadd_;                                 \
    static constexpr auto hemm_ = hemmf;                                      \
    static constexpr auto herk_ = herkf;                                      \
    static constexpr auto her2k_ = her2kf;                                    \
    static constexpr auto symm = cblas_##p##symm;                             \
    static constexpr auto syr2k = cblas_##p##syr2k;                           \
    static constexpr auto trmm = cblas_##p##trmm;                             \
    static constexpr auto trsm = cblas_##p##trsm;                             \
    static constexpr auto gemmt = cblas_##p##gemmt;                           \
    static constexpr auto gemm_batch = cblas_##p##gemm_batch;                 \
    static constexpr auto gemm_batch_strided = cblas_##p##gemm_batch_strided; \
    static constexpr auto omatcopy = cblas_##p##omatcopy;                     \
    static constexpr auto imatcopy = cblas_##p##imatcopy;                     \
    static constexpr auto geadd = cblas_##p##geadd;                           \
    static constexpr auto hemm = hemmc;                                       \
    static constexpr auto herk = herkc;                                       \
    static constexpr auto her2k = her2kc;                                     \
  };
TEST_L3_API(s, float, ssymm_, ssyrk_, ssyr2k_, cblas_ssymm, cblas_ssyrk, cblas_ssyr2k)
TEST_L3_API(d, double, dsymm_, dsyrk_, dsyr2k_, cblas_dsymm, cblas_dsyrk, cblas_dsyr2k)
TEST_L3_API(c, c32, chemm_, cherk_, cher2k_, cblas_chemm, cblas_cherk, cblas_cher2k)
TEST_L3_API(z, c64, zhemm_, zherk_, zher2k_, cblas_zhemm, cblas_zherk, cblas_zher2k)

inline CBLAS_SIDE cblas_side(char s) { return (s | 0x20) == 'l' ? CblasLeft : CblasRight; }
