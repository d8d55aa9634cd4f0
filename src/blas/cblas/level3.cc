// Level 3 and the matrix extensions, C names.
#include "blas/level3/level3.h"

#include <initializer_list>

#include "blas/cblas/cblas_arguments.h"

using namespace tessera::blas;

namespace {

using Layout = CBLAS_LAYOUT;
using Transpose = CBLAS_TRANSPOSE;

// An enumerator of a call, in the order of its arguments after the layout.
struct Enumerator {
  bool bad;
  const char* what;
  int value;
};

// Reports the first enumerator that does not exist; `bad` is the position of the first bad argument in the Fortran view
// of the call, 0 when there is none. True: the call is over.
[[gnu::cold, gnu::noinline]] void report(const char* name, Layout layout, std::initializer_list<Enumerator> enumerators,
                                         int bad) {
  const bool row = layout == CblasRowMajor;
  if (!is_layout(layout)) return report_cblas_enum(name, 1, "layout", layout, false);
  int position = 2;
  for (const Enumerator& e : enumerators) {
    if (e.bad) return report_cblas_enum(name, position, e.what, e.value, row);
    ++position;
  }
  report_cblas(name, bad, row);
}

// S is the type of sums: T, or float where T is bfloat16.
template <class T, class S>
inline void gemm_call(const char* name, Layout layout, Transpose transa, Transpose transb, blas_int m, blas_int n,
                      blas_int k, const S* alpha, const T* a, blas_int lda, const T* b, blas_int ldb, const S* beta,
                      S* c, blas_int ldc) {
  const Trans ta = trans_of(transa), tb = trans_of(transb);
  const bool row = layout == CblasRowMajor;
  const int bad = row ? check_gemm(tb, ta, n, m, k, ldb, lda, ldc) : check_gemm(ta, tb, m, n, k, lda, ldb, ldc);
  if (!is_layout(layout) || bad != 0) [[unlikely]]
    return report(name, layout, {{ta == Trans::bad, "TransA", transa}, {tb == Trans::bad, "TransB", transb}}, bad);
  gemm(row, ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

template <class T>
inline void gemmt_call(const char* name, Layout layout, CBLAS_UPLO uplo, Transpose transa, Transpose transb, blas_int n,
                       blas_int k, const T* alpha, const T* a, blas_int lda, const T* b, blas_int ldb, const T* beta,
                       T* c, blas_int ldc) {
  const Uplo u = uplo_of(uplo);
  const Trans ta = trans_of(transa), tb = trans_of(transb);
  const bool row = layout == CblasRowMajor, good = u != Uplo::bad;
  const int bad =
      row && good ? check_gemmt(flipped(u), tb, ta, n, k, ldb, lda, ldc) : check_gemmt(u, ta, tb, n, k, lda, ldb, ldc);
  if (!is_layout(layout) || bad != 0) [[unlikely]]
    return report(name, layout,
                  {{!good, "Uplo", uplo}, {ta == Trans::bad, "TransA", transa}, {tb == Trans::bad, "TransB", transb}},
                  bad);
  gemmt(row, u, ta, tb, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

// S is the type of a scalar: T, or the real type where a Hermitian update wants real scalars.
template <class T, class S>
inline void syrk_call(const char* name, bool hermitian, Layout layout, CBLAS_UPLO uplo, Transpose trans, blas_int n,
                      blas_int k, const S* alpha, const T* a, blas_int lda, const S* beta, T* c, blas_int ldc) {
  const Uplo u = uplo_of(uplo);
  const Trans t = trans_of(trans);
  const bool row = layout == CblasRowMajor, bad_trans = bad_update_trans<T>(t, hermitian);
  const int bad = row && u != Uplo::bad && !bad_trans
                      ? check_syrk<T>(flipped(u), flipped_update(t, hermitian), n, k, lda, ldc, hermitian)
                      : check_syrk<T>(u, t, n, k, lda, ldc, hermitian);
  if (!is_layout(layout) || bad != 0) [[unlikely]]
    return report(name, layout, {{u == Uplo::bad, "Uplo", uplo}, {bad_trans, "Trans", trans}}, bad);
  const T al = widened<T>(*alpha), be = widened<T>(*beta);
  syrk(row, hermitian, u, t, n, k, &al, a, lda, &be, c, ldc);
}

template <class T, class S>
inline void syr2k_call(const char* name, bool hermitian, Layout layout, CBLAS_UPLO uplo, Transpose trans, blas_int n,
                       blas_int k, const T* alpha, const T* a, blas_int lda, const T* b, blas_int ldb, const S* beta,
                       T* c, blas_int ldc) {
  const Uplo u = uplo_of(uplo);
  const Trans t = trans_of(trans);
  const bool row = layout == CblasRowMajor, bad_trans = bad_update_trans<T>(t, hermitian);
  const int bad = row && u != Uplo::bad && !bad_trans
                      ? check_syr2k<T>(flipped(u), flipped_update(t, hermitian), n, k, lda, ldb, ldc, hermitian)
                      : check_syr2k<T>(u, t, n, k, lda, ldb, ldc, hermitian);
  if (!is_layout(layout) || bad != 0) [[unlikely]]
    return report(name, layout, {{u == Uplo::bad, "Uplo", uplo}, {bad_trans, "Trans", trans}}, bad);
  const T be = widened<T>(*beta);
  syr2k(row, hermitian, u, t, n, k, alpha, a, lda, b, ldb, &be, c, ldc);
}

template <class T>
inline void symm_call(const char* name, bool hermitian, Layout layout, CBLAS_SIDE side, CBLAS_UPLO uplo, blas_int m,
                      blas_int n, const T* alpha, const T* a, blas_int lda, const T* b, blas_int ldb, const T* beta,
                      T* c, blas_int ldc) {
  const Side s = side_of(side);
  const Uplo u = uplo_of(uplo);
  const bool row = layout == CblasRowMajor, good = s != Side::bad && u != Uplo::bad;
  const int bad =
      row && good ? check_symm(flipped(s), flipped(u), n, m, lda, ldb, ldc) : check_symm(s, u, m, n, lda, ldb, ldc);
  if (!is_layout(layout) || bad != 0) [[unlikely]]
    return report(name, layout, {{s == Side::bad, "Side", side}, {u == Uplo::bad, "Uplo", uplo}}, bad);
  symm(row, hermitian, s, u, m, n, alpha, a, lda, b, ldb, beta, c, ldc);
}

template <class T>
using Triangular = void(bool, Side, Uplo, Trans, Diag, tessera::index_t, tessera::index_t, const T*, const T*,
                        tessera::index_t, T*, tessera::index_t);

template <class T>
inline void triangular_call(const char* name, Triangular<T>* run, Layout layout, CBLAS_SIDE side, CBLAS_UPLO uplo,
                            Transpose transa, CBLAS_DIAG diag, blas_int m, blas_int n, const T* alpha, const T* a,
                            blas_int lda, T* b, blas_int ldb) {
  const Side s = side_of(side);
  const Uplo u = uplo_of(uplo);
  const Trans t = trans_of(transa);
  const Diag d = diag_of(diag);
  const bool row = layout == CblasRowMajor, good = s != Side::bad && u != Uplo::bad;
  const int bad =
      row && good ? check_trmm(flipped(s), flipped(u), t, d, n, m, lda, ldb) : check_trmm(s, u, t, d, m, n, lda, ldb);
  if (!is_layout(layout) || bad != 0) [[unlikely]]
    return report(name, layout,
                  {{s == Side::bad, "Side", side},
                   {u == Uplo::bad, "Uplo", uplo},
                   {t == Trans::bad, "TransA", transa},
                   {d == Diag::bad, "Diag", diag}},
                  bad);
  run(row, s, u, t, d, m, n, alpha, a, lda, b, ldb);
}

template <class T>
inline void strided_call(const char* name, Layout layout, Transpose transa, Transpose transb, blas_int m, blas_int n,
                         blas_int k, const T* alpha, const T* a, blas_int lda, blas_int stride_a, const T* b,
                         blas_int ldb, blas_int stride_b, const T* beta, T* c, blas_int ldc, blas_int stride_c,
                         blas_int batch) {
  const Trans ta = trans_of(transa), tb = trans_of(transb);
  const bool row = layout == CblasRowMajor;
  const int bad = row ? check_gemm_strided(tb, ta, n, m, k, ldb, lda, ldc, batch)
                      : check_gemm_strided(ta, tb, m, n, k, lda, ldb, ldc, batch);
  if (!is_layout(layout) || bad != 0) [[unlikely]]
    return report(name, layout, {{ta == Trans::bad, "TransA", transa}, {tb == Trans::bad, "TransB", transb}}, bad);
  gemm_strided(row, ta, tb, m, n, k, alpha, a, lda, stride_a, b, ldb, stride_b, beta, c, ldc, stride_c, batch);
}

// Every group is judged before any is computed. Positions are gemm's: an array stands where its elements would.
template <class T>
inline void batch_call(const char* name, Layout layout, const Transpose* transa, const Transpose* transb,
                       const blas_int* m, const blas_int* n, const blas_int* k, const T* alpha, const T* const* a,
                       const blas_int* lda, const T* const* b, const blas_int* ldb, const T* beta, T* const* c,
                       const blas_int* ldc, blas_int groups, const blas_int* group_size) {
  const bool row = layout == CblasRowMajor;
  if (!is_layout(layout)) return report(name, layout, {}, 0);
  if (groups < 0) return report_cblas(name, 14, row);
  for (blas_int g = 0; g < groups; ++g) {
    const Trans ta = trans_of(transa[g]), tb = trans_of(transb[g]);
    const int bad = row ? check_gemm(tb, ta, n[g], m[g], k[g], ldb[g], lda[g], ldc[g])
                        : check_gemm(ta, tb, m[g], n[g], k[g], lda[g], ldb[g], ldc[g]);
    if (bad != 0)
      return report(name, layout, {{ta == Trans::bad, "TransA", transa[g]}, {tb == Trans::bad, "TransB", transb[g]}},
                    bad);
    if (group_size[g] < 0) return report_cblas(name, 15, row);
  }
  for (blas_int g = 0; g < groups; ++g) {
    gemm_group(row, trans_of(transa[g]), trans_of(transb[g]), m[g], n[g], k[g], alpha + g, a, lda[g], b, ldb[g],
               beta + g, c, ldc[g], group_size[g]);
    a += group_size[g];
    b += group_size[g];
    c += group_size[g];
  }
}

template <class T>
inline void omatcopy_call(const char* name, Layout layout, Transpose trans, blas_int rows, blas_int cols,
                          const T* alpha, const T* a, blas_int lda, T* b, blas_int ldb) {
  const CopyOp op = copy_op_of(trans);
  const bool row = layout == CblasRowMajor;
  const int bad = check_matcopy(is_layout(layout), row, op, rows, cols, lda, ldb, false);
  if (bad != 0) [[unlikely]]
    return report(name, layout, {{op == CopyOp::bad, "Trans", trans}}, bad - 1);
  omatcopy(row, op, rows, cols, alpha, a, lda, b, ldb);
}

template <class T>
inline void imatcopy_call(const char* name, Layout layout, Transpose trans, blas_int rows, blas_int cols,
                          const T* alpha, T* a, blas_int lda, blas_int ldb) {
  const CopyOp op = copy_op_of(trans);
  const bool row = layout == CblasRowMajor;
  const int bad = check_matcopy(is_layout(layout), row, op, rows, cols, lda, ldb, true);
  if (bad != 0) [[unlikely]]
    return report(name, layout, {{op == CopyOp::bad, "Trans", trans}}, bad - 1);
  imatcopy(row, op, rows, cols, alpha, a, lda, ldb);
}

template <class T>
inline void geadd_call(const char* name, Layout layout, blas_int m, blas_int n, const T* alpha, const T* a,
                       blas_int lda, const T* beta, T* c, blas_int ldc) {
  const bool row = layout == CblasRowMajor;
  const int bad = row ? check_geadd(n, m, lda, ldc) : check_geadd(m, n, lda, ldc);
  if (!is_layout(layout) || bad != 0) [[unlikely]]
    return report(name, layout, {}, bad);
  geadd(row, m, n, alpha, a, lda, beta, c, ldc);
}

}  // namespace

// A is how a scalar is passed, V what a matrix's elements are declared as; POINTER makes a pointer of a scalar.
#define TESSERA_CBLAS(p, T, A, V, POINTER)                                                                             \
  void cblas_##p##gemm(Layout layout, Transpose transa, Transpose transb, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k,       \
                       A alpha, const V* a, CBLAS_INT lda, const V* b, CBLAS_INT ldb, A beta, V* c, CBLAS_INT ldc) {   \
    gemm_call<T>("cblas_" #p "gemm", layout, transa, transb, m, n, k, POINTER(T, alpha), as<T>(a), lda, as<T>(b), ldb, \
                 POINTER(T, beta), as<T>(c), ldc);                                                                     \
  }                                                                                                                    \
  void cblas_##p##gemmt(Layout layout, CBLAS_UPLO uplo, Transpose transa, Transpose transb, CBLAS_INT n, CBLAS_INT k,  \
                        A alpha, const V* a, CBLAS_INT lda, const V* b, CBLAS_INT ldb, A beta, V* c, CBLAS_INT ldc) {  \
    gemmt_call<T>("cblas_" #p "gemmt", layout, uplo, transa, transb, n, k, POINTER(T, alpha), as<T>(a), lda, as<T>(b), \
                  ldb, POINTER(T, beta), as<T>(c), ldc);                                                               \
  }                                                                                                                    \
  void cblas_##p##syrk(Layout layout, CBLAS_UPLO uplo, Transpose trans, CBLAS_INT n, CBLAS_INT k, A alpha, const V* a, \
                       CBLAS_INT lda, A beta, V* c, CBLAS_INT ldc) {                                                   \
    syrk_call("cblas_" #p "syrk", false, layout, uplo, trans, n, k, POINTER(T, alpha), as<T>(a), lda,                  \
              POINTER(T, beta), as<T>(c), ldc);                                                                        \
  }                                                                                                                    \
  void cblas_##p##syr2k(Layout layout, CBLAS_UPLO uplo, Transpose trans, CBLAS_INT n, CBLAS_INT k, A alpha,            \
                        const V* a, CBLAS_INT lda, const V* b, CBLAS_INT ldb, A beta, V* c, CBLAS_INT ldc) {           \
    syr2k_call("cblas_" #p "syr2k", false, layout, uplo, trans, n, k, POINTER(T, alpha), as<T>(a), lda, as<T>(b), ldb, \
               POINTER(T, beta), as<T>(c), ldc);                                                                       \
  }                                                                                                                    \
  void cblas_##p##symm(Layout layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_INT m, CBLAS_INT n, A alpha, const V* a, \
                       CBLAS_INT lda, const V* b, CBLAS_INT ldb, A beta, V* c, CBLAS_INT ldc) {                        \
    symm_call<T>("cblas_" #p "symm", false, layout, side, uplo, m, n, POINTER(T, alpha), as<T>(a), lda, as<T>(b), ldb, \
                 POINTER(T, beta), as<T>(c), ldc);                                                                     \
  }                                                                                                                    \
  void cblas_##p##trmm(Layout layout, CBLAS_SIDE side, CBLAS_UPLO uplo, Transpose transa, CBLAS_DIAG diag,             \
                       CBLAS_INT m, CBLAS_INT n, A alpha, const V* a, CBLAS_INT lda, V* b, CBLAS_INT ldb) {            \
    triangular_call<T>("cblas_" #p "trmm", &trmm<T>, layout, side, uplo, transa, diag, m, n, POINTER(T, alpha),        \
                       as<T>(a), lda, as<T>(b), ldb);                                                                  \
  }                                                                                                                    \
  void cblas_##p##trsm(Layout layout, CBLAS_SIDE side, CBLAS_UPLO uplo, Transpose transa, CBLAS_DIAG diag,             \
                       CBLAS_INT m, CBLAS_INT n, A alpha, const V* a, CBLAS_INT lda, V* b, CBLAS_INT ldb) {            \
    triangular_call<T>("cblas_" #p "trsm", &trsm<T>, layout, side, uplo, transa, diag, m, n, POINTER(T, alpha),        \
                       as<T>(a), lda, as<T>(b), ldb);                                                                  \
  }                                                                                                                    \
  void cblas_##p##gemm_batch_strided(Layout layout, Transpose transa, Transpose transb, CBLAS_INT m, CBLAS_INT n,      \
                                     CBLAS_INT k, A alpha, const V* a, CBLAS_INT lda, CBLAS_INT stridea, const V* b,   \
                                     CBLAS_INT ldb, CBLAS_INT strideb, A beta, V* c, CBLAS_INT ldc, CBLAS_INT stridec, \
                                     CBLAS_INT batch_size) {                                                           \
    strided_call<T>("cblas_" #p "gemm_batch_strided", layout, transa, transb, m, n, k, POINTER(T, alpha), as<T>(a),    \
                    lda, stridea, as<T>(b), ldb, strideb, POINTER(T, beta), as<T>(c), ldc, stridec, batch_size);       \
  }                                                                                                                    \
  void cblas_##p##gemm_batch(Layout layout, const Transpose* transa_array, const Transpose* transb_array,              \
                             const CBLAS_INT* m_array, const CBLAS_INT* n_array, const CBLAS_INT* k_array,             \
                             const V* alpha_array, const V** a_array, const CBLAS_INT* lda_array, const V** b_array,   \
                             const CBLAS_INT* ldb_array, const V* beta_array, V** c_array, const CBLAS_INT* ldc_array, \
                             CBLAS_INT group_count, const CBLAS_INT* group_size) {                                     \
    batch_call<T>("cblas_" #p "gemm_batch", layout, transa_array, transb_array, m_array, n_array, k_array,             \
                  as<T>(alpha_array), reinterpret_cast<const T* const*>(a_array), lda_array,                           \
                  reinterpret_cast<const T* const*>(b_array), ldb_array, as<T>(beta_array),                            \
                  reinterpret_cast<T* const*>(c_array), ldc_array, group_count, group_size);                           \
  }                                                                                                                    \
  void cblas_##p##omatcopy(Layout layout, Transpose trans, CBLAS_INT rows, CBLAS_INT cols, A alpha, const V* a,        \
                           CBLAS_INT lda, V* b, CBLAS_INT ldb) {                                                       \
    omatcopy_call<T>("cblas_" #p "omatcopy", layout, trans, rows, cols, POINTER(T, alpha), as<T>(a), lda, as<T>(b),    \
                     ldb);                                                                                             \
  }                                                                                                                    \
  void cblas_##p##imatcopy(Layout layout, Transpose trans, CBLAS_INT rows, CBLAS_INT cols, A alpha, V* a,              \
                           CBLAS_INT lda, CBLAS_INT ldb) {                                                             \
    imatcopy_call<T>("cblas_" #p "imatcopy", layout, trans, rows, cols, POINTER(T, alpha), as<T>(a), lda, ldb);        \
  }                                                                                                                    \
  void cblas_##p##geadd(Layout layout, CBLAS_INT m, CBLAS_INT n, A alpha, const V* a, CBLAS_INT lda, A beta, V* c,     \
                        CBLAS_INT ldc) {                                                                               \
    geadd_call<T>("cblas_" #p "geadd", layout, m, n, POINTER(T, alpha), as<T>(a), lda, POINTER(T, beta), as<T>(c),     \
                  ldc);                                                                                                \
  }
TESSERA_CBLAS(s, float, float, float, TESSERA_ADDRESS)
TESSERA_CBLAS(d, double, double, double, TESSERA_ADDRESS)
TESSERA_CBLAS(c, c32, const void*, void, TESSERA_POINTER)
TESSERA_CBLAS(z, c64, const void*, void, TESSERA_POINTER)

void cblas_sbgemm(Layout layout, Transpose transa, Transpose transb, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k, float alpha,
                  const uint16_t* a, CBLAS_INT lda, const uint16_t* b, CBLAS_INT ldb, float beta, float* c,
                  CBLAS_INT ldc) {
  gemm_call("cblas_sbgemm", layout, transa, transb, m, n, k, &alpha, a, lda, b, ldb, &beta, c, ldc);
}

#define TESSERA_CBLAS_COMPLEX(p, T, R)                                                                                \
  void cblas_##p##gemm3m(Layout layout, Transpose transa, Transpose transb, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k,    \
                         const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,               \
                         const void* beta, void* c, CBLAS_INT ldc) {                                                  \
    gemm_call<T>("cblas_" #p "gemm3m", layout, transa, transb, m, n, k, as<T>(alpha), as<T>(a), lda, as<T>(b), ldb,   \
                 as<T>(beta), as<T>(c), ldc);                                                                         \
  }                                                                                                                   \
  void cblas_##p##herk(Layout layout, CBLAS_UPLO uplo, Transpose trans, CBLAS_INT n, CBLAS_INT k, R alpha,            \
                       const void* a, CBLAS_INT lda, R beta, void* c, CBLAS_INT ldc) {                                \
    syrk_call("cblas_" #p "herk", true, layout, uplo, trans, n, k, &alpha, as<T>(a), lda, &beta, as<T>(c), ldc);      \
  }                                                                                                                   \
  void cblas_##p##her2k(Layout layout, CBLAS_UPLO uplo, Transpose trans, CBLAS_INT n, CBLAS_INT k, const void* alpha, \
                        const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb, R beta, void* c, CBLAS_INT ldc) { \
    syr2k_call("cblas_" #p "her2k", true, layout, uplo, trans, n, k, as<T>(alpha), as<T>(a), lda, as<T>(b), ldb,      \
               &beta, as<T>(c), ldc);                                                                                 \
  }                                                                                                                   \
  void cblas_##p##hemm(Layout layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_INT m, CBLAS_INT n, const void* alpha,  \
                       const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb, const void* beta, void* c,         \
                       CBLAS_INT ldc) {                                                                               \
    symm_call<T>("cblas_" #p "hemm", true, layout, side, uplo, m, n, as<T>(alpha), as<T>(a), lda, as<T>(b), ldb,      \
                 as<T>(beta), as<T>(c), ldc);                                                                         \
  }
TESSERA_CBLAS_COMPLEX(c, c32, float)
TESSERA_CBLAS_COMPLEX(z, c64, double)
