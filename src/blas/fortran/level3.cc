// Level 3 and the matrix extensions, Fortran names.
#include "blas/level3/level3.h"

#include "blas/fortran/fortran.h"

using namespace tessera::blas;

namespace {

using Int = const blas_int*;
using Char = const char*;

// S is the type of sums: T, or float where T is bfloat16.
template <class T, class S>
inline void gemm_call(const char* name, Char transa, Char transb, Int m, Int n, Int k, const S* alpha, const T* a,
                      Int lda, const T* b, Int ldb, const S* beta, S* c, Int ldc) {
  const Trans ta = trans_of(*transa), tb = trans_of(*transb);
  if (const int bad = check_gemm(ta, tb, *m, *n, *k, *lda, *ldb, *ldc)) return report_fortran(name, bad);
  gemm(false, ta, tb, *m, *n, *k, alpha, a, *lda, b, *ldb, beta, c, *ldc);
}

template <class T>
inline void gemmt_call(const char* name, Char uplo, Char transa, Char transb, Int n, Int k, const T* alpha, const T* a,
                       Int lda, const T* b, Int ldb, const T* beta, T* c, Int ldc) {
  const Uplo u = uplo_of(*uplo);
  const Trans ta = trans_of(*transa), tb = trans_of(*transb);
  if (const int bad = check_gemmt(u, ta, tb, *n, *k, *lda, *ldb, *ldc)) return report_fortran(name, bad);
  gemmt(false, u, ta, tb, *n, *k, alpha, a, *lda, b, *ldb, beta, c, *ldc);
}

// S is the type of a scalar: T, or the real type where a Hermitian update wants real scalars.
template <class T, class S>
inline void syrk_call(const char* name, bool hermitian, Char uplo, Char trans, Int n, Int k, const S* alpha, const T* a,
                      Int lda, const S* beta, T* c, Int ldc) {
  const Uplo u = uplo_of(*uplo);
  const Trans t = trans_of(*trans);
  if (const int bad = check_syrk<T>(u, t, *n, *k, *lda, *ldc, hermitian)) return report_fortran(name, bad);
  const T al = widened<T>(*alpha), be = widened<T>(*beta);
  syrk(false, hermitian, u, t, *n, *k, &al, a, *lda, &be, c, *ldc);
}

template <class T, class S>
inline void syr2k_call(const char* name, bool hermitian, Char uplo, Char trans, Int n, Int k, const T* alpha,
                       const T* a, Int lda, const T* b, Int ldb, const S* beta, T* c, Int ldc) {
  const Uplo u = uplo_of(*uplo);
  const Trans t = trans_of(*trans);
  if (const int bad = check_syr2k<T>(u, t, *n, *k, *lda, *ldb, *ldc, hermitian)) return report_fortran(name, bad);
  const T be = widened<T>(*beta);
  syr2k(false, hermitian, u, t, *n, *k, alpha, a, *lda, b, *ldb, &be, c, *ldc);
}

template <class T>
inline void symm_call(const char* name, bool hermitian, Char side, Char uplo, Int m, Int n, const T* alpha, const T* a,
                      Int lda, const T* b, Int ldb, const T* beta, T* c, Int ldc) {
  const Side s = side_of(*side);
  const Uplo u = uplo_of(*uplo);
  if (const int bad = check_symm(s, u, *m, *n, *lda, *ldb, *ldc)) return report_fortran(name, bad);
  symm(false, hermitian, s, u, *m, *n, alpha, a, *lda, b, *ldb, beta, c, *ldc);
}

template <class T>
using Triangular = void(bool, Side, Uplo, Trans, Diag, tessera::index_t, tessera::index_t, const T*, const T*,
                        tessera::index_t, T*, tessera::index_t);

template <class T>
inline void triangular_call(const char* name, Triangular<T>* run, Char side, Char uplo, Char transa, Char diag, Int m,
                            Int n, const T* alpha, const T* a, Int lda, T* b, Int ldb) {
  const Side s = side_of(*side);
  const Uplo u = uplo_of(*uplo);
  const Trans t = trans_of(*transa);
  const Diag d = diag_of(*diag);
  if (const int bad = check_trmm(s, u, t, d, *m, *n, *lda, *ldb)) return report_fortran(name, bad);
  run(false, s, u, t, d, *m, *n, alpha, a, *lda, b, *ldb);
}

template <class T>
inline void strided_call(const char* name, Char transa, Char transb, Int m, Int n, Int k, const T* alpha, const T* a,
                         Int lda, Int stride_a, const T* b, Int ldb, Int stride_b, const T* beta, T* c, Int ldc,
                         Int stride_c, Int batch) {
  const Trans ta = trans_of(*transa), tb = trans_of(*transb);
  if (const int bad = check_gemm_strided(ta, tb, *m, *n, *k, *lda, *ldb, *ldc, *batch))
    return report_fortran(name, bad);
  gemm_strided(false, ta, tb, *m, *n, *k, alpha, a, *lda, *stride_a, b, *ldb, *stride_b, beta, c, *ldc, *stride_c,
               *batch);
}

// Every group is judged before any is computed. Positions are gemm's: an array stands where its elements would.
template <class T>
inline void batch_call(const char* name, Char transa, Char transb, Int m, Int n, Int k, const T* alpha,
                       const T* const* a, Int lda, const T* const* b, Int ldb, const T* beta, T* const* c, Int ldc,
                       Int groups, Int group_size) {
  if (*groups < 0) return report_fortran(name, 14);
  for (blas_int g = 0; g < *groups; ++g) {
    const Trans ta = trans_of(transa[g]), tb = trans_of(transb[g]);
    if (const int bad = check_gemm(ta, tb, m[g], n[g], k[g], lda[g], ldb[g], ldc[g])) return report_fortran(name, bad);
    if (group_size[g] < 0) return report_fortran(name, 15);
  }
  for (blas_int g = 0; g < *groups; ++g) {
    gemm_group(false, trans_of(transa[g]), trans_of(transb[g]), m[g], n[g], k[g], alpha + g, a, lda[g], b, ldb[g],
               beta + g, c, ldc[g], group_size[g]);
    a += group_size[g];
    b += group_size[g];
    c += group_size[g];
  }
}

template <class T>
inline void omatcopy_call(const char* name, Char order, Char trans, Int rows, Int cols, const T* alpha, const T* a,
                          Int lda, T* b, Int ldb) {
  const char o = static_cast<char>(*order | 0x20);
  const CopyOp op = copy_op_of(*trans);
  if (const int bad = check_matcopy(o == 'c' || o == 'r', o == 'r', op, *rows, *cols, *lda, *ldb, false))
    return report_fortran(name, bad);
  omatcopy(o == 'r', op, *rows, *cols, alpha, a, *lda, b, *ldb);
}

template <class T>
inline void imatcopy_call(const char* name, Char order, Char trans, Int rows, Int cols, const T* alpha, T* a, Int lda,
                          Int ldb) {
  const char o = static_cast<char>(*order | 0x20);
  const CopyOp op = copy_op_of(*trans);
  if (const int bad = check_matcopy(o == 'c' || o == 'r', o == 'r', op, *rows, *cols, *lda, *ldb, true))
    return report_fortran(name, bad);
  imatcopy(o == 'r', op, *rows, *cols, alpha, a, *lda, *ldb);
}

template <class T>
inline void geadd_call(const char* name, Int m, Int n, const T* alpha, const T* a, Int lda, const T* beta, T* c,
                       Int ldc) {
  if (const int bad = check_geadd(*m, *n, *lda, *ldc)) return report_fortran(name, bad);
  geadd(false, *m, *n, alpha, a, *lda, beta, c, *ldc);
}

}  // namespace

#define TESSERA_FORTRAN(p, P, T)                                                                                       \
  TESSERA_API void p##gemm_(Char transa, Char transb, Int m, Int n, Int k, const T* alpha, const T* a, Int lda,        \
                            const T* b, Int ldb, const T* beta, T* c, Int ldc) {                                       \
    gemm_call(P "GEMM ", transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                                \
  }                                                                                                                    \
  TESSERA_API void p##gemmt_(Char uplo, Char transa, Char transb, Int n, Int k, const T* alpha, const T* a, Int lda,   \
                             const T* b, Int ldb, const T* beta, T* c, Int ldc) {                                      \
    gemmt_call(P "GEMMT", uplo, transa, transb, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                            \
  }                                                                                                                    \
  TESSERA_API void p##syrk_(Char uplo, Char trans, Int n, Int k, const T* alpha, const T* a, Int lda, const T* beta,   \
                            T* c, Int ldc) {                                                                           \
    syrk_call(P "SYRK ", false, uplo, trans, n, k, alpha, a, lda, beta, c, ldc);                                       \
  }                                                                                                                    \
  TESSERA_API void p##syr2k_(Char uplo, Char trans, Int n, Int k, const T* alpha, const T* a, Int lda, const T* b,     \
                             Int ldb, const T* beta, T* c, Int ldc) {                                                  \
    syr2k_call(P "SYR2K", false, uplo, trans, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                              \
  }                                                                                                                    \
  TESSERA_API void p##symm_(Char side, Char uplo, Int m, Int n, const T* alpha, const T* a, Int lda, const T* b,       \
                            Int ldb, const T* beta, T* c, Int ldc) {                                                   \
    symm_call(P "SYMM ", false, side, uplo, m, n, alpha, a, lda, b, ldb, beta, c, ldc);                                \
  }                                                                                                                    \
  TESSERA_API void p##trmm_(Char side, Char uplo, Char transa, Char diag, Int m, Int n, const T* alpha, const T* a,    \
                            Int lda, T* b, Int ldb) {                                                                  \
    triangular_call<T>(P "TRMM ", &trmm<T>, side, uplo, transa, diag, m, n, alpha, a, lda, b, ldb);                    \
  }                                                                                                                    \
  TESSERA_API void p##trsm_(Char side, Char uplo, Char transa, Char diag, Int m, Int n, const T* alpha, const T* a,    \
                            Int lda, T* b, Int ldb) {                                                                  \
    triangular_call<T>(P "TRSM ", &trsm<T>, side, uplo, transa, diag, m, n, alpha, a, lda, b, ldb);                    \
  }                                                                                                                    \
  TESSERA_API void p##gemm_batch_strided_(Char transa, Char transb, Int m, Int n, Int k, const T* alpha, const T* a,   \
                                          Int lda, Int stride_a, const T* b, Int ldb, Int stride_b, const T* beta,     \
                                          T* c, Int ldc, Int stride_c, Int batch) {                                    \
    strided_call(P "GEMM_BATCH_STRIDED", transa, transb, m, n, k, alpha, a, lda, stride_a, b, ldb, stride_b, beta, c,  \
                 ldc, stride_c, batch);                                                                                \
  }                                                                                                                    \
  TESSERA_API void p##gemm_batch_(Char transa, Char transb, Int m, Int n, Int k, const T* alpha, const T* const* a,    \
                                  Int lda, const T* const* b, Int ldb, const T* beta, T* const* c, Int ldc,            \
                                  Int group_count, Int group_size) {                                                   \
    batch_call(P "GEMM_BATCH", transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, group_count, group_size); \
  }                                                                                                                    \
  TESSERA_API void p##omatcopy_(Char order, Char trans, Int rows, Int cols, const T* alpha, const T* a, Int lda, T* b, \
                                Int ldb) {                                                                             \
    omatcopy_call(P "OMATCOPY", order, trans, rows, cols, alpha, a, lda, b, ldb);                                      \
  }                                                                                                                    \
  TESSERA_API void p##imatcopy_(Char order, Char trans, Int rows, Int cols, const T* alpha, T* a, Int lda, Int ldb) {  \
    imatcopy_call(P "IMATCOPY", order, trans, rows, cols, alpha, a, lda, ldb);                                         \
  }                                                                                                                    \
  TESSERA_API void p##geadd_(Int m, Int n, const T* alpha, const T* a, Int lda, const T* beta, T* c, Int ldc) {        \
    geadd_call(P "GEADD", m, n, alpha, a, lda, beta, c, ldc);                                                          \
  }
TESSERA_FORTRAN(s, "S", float)
TESSERA_FORTRAN(d, "D", double)
TESSERA_FORTRAN(c, "C", c32)
TESSERA_FORTRAN(z, "Z", c64)

TESSERA_API void sbgemm_(Char transa, Char transb, Int m, Int n, Int k, const float* alpha, const std::uint16_t* a,
                         Int lda, const std::uint16_t* b, Int ldb, const float* beta, float* c, Int ldc) {
  gemm_call("SBGEMM", transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

#define TESSERA_FORTRAN_COMPLEX(p, P, T, R)                                                                          \
  TESSERA_API void p##gemm3m_(Char transa, Char transb, Int m, Int n, Int k, const T* alpha, const T* a, Int lda,    \
                              const T* b, Int ldb, const T* beta, T* c, Int ldc) {                                   \
    gemm_call(P "GEMM3M", transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                             \
  }                                                                                                                  \
  TESSERA_API void p##herk_(Char uplo, Char trans, Int n, Int k, const R* alpha, const T* a, Int lda, const R* beta, \
                            T* c, Int ldc) {                                                                         \
    syrk_call(P "HERK ", true, uplo, trans, n, k, alpha, a, lda, beta, c, ldc);                                      \
  }                                                                                                                  \
  TESSERA_API void p##her2k_(Char uplo, Char trans, Int n, Int k, const T* alpha, const T* a, Int lda, const T* b,   \
                             Int ldb, const R* beta, T* c, Int ldc) {                                                \
    syr2k_call(P "HER2K", true, uplo, trans, n, k, alpha, a, lda, b, ldb, beta, c, ldc);                             \
  }                                                                                                                  \
  TESSERA_API void p##hemm_(Char side, Char uplo, Int m, Int n, const T* alpha, const T* a, Int lda, const T* b,     \
                            Int ldb, const T* beta, T* c, Int ldc) {                                                 \
    symm_call(P "HEMM ", true, side, uplo, m, n, alpha, a, lda, b, ldb, beta, c, ldc);                               \
  }
TESSERA_FORTRAN_COMPLEX(c, "C", c32, float)
TESSERA_FORTRAN_COMPLEX(z, "Z", c64, double)
