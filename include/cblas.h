/**
 * @file cblas.h
 * @brief BLAS for C.
 *
 * Vectors of complex numbers and complex scalars are passed as pointers to (re, im) pairs. A bad argument is reported
 * through cblas_xerbla(), and nothing is computed.
 */
#ifndef TESSERA_CBLAS_H
#define TESSERA_CBLAS_H

#include <stddef.h>
#include <tessera/types.h>

/** Sizes, leading dimensions and increments: 64 bits for a program that is linked with libblas64. */
#ifndef CBLAS_INT
#ifdef TESSERA_ILP64
#define CBLAS_INT int64_t
#else
#define CBLAS_INT int
#endif
#endif
/** Positions counted from 0. */
#define CBLAS_INDEX size_t

typedef enum CBLAS_LAYOUT { CblasRowMajor = 101, CblasColMajor = 102 } CBLAS_LAYOUT;
/** CblasConjNoTrans: only where a routine says so. */
typedef enum CBLAS_TRANSPOSE {
  CblasNoTrans = 111,
  CblasTrans = 112,
  CblasConjTrans = 113,
  CblasConjNoTrans = 114
} CBLAS_TRANSPOSE;
typedef enum CBLAS_UPLO { CblasUpper = 121, CblasLower = 122 } CBLAS_UPLO;
typedef enum CBLAS_DIAG { CblasNonUnit = 131, CblasUnit = 132 } CBLAS_DIAG;
typedef enum CBLAS_SIDE { CblasLeft = 141, CblasRight = 142 } CBLAS_SIDE;
/** Where a transposition is asked for: the operand has been packed. */
typedef enum CBLAS_STORAGE { CblasPacked = 151 } CBLAS_STORAGE;
/** Which operand is packed. */
typedef enum CBLAS_IDENTIFIER { CblasAMatrix = 161, CblasBMatrix = 162 } CBLAS_IDENTIFIER;
/** What is added to C: a row of n numbers, a column of m, or one number. */
typedef enum CBLAS_OFFSET { CblasRowOffset = 171, CblasColOffset = 172, CblasFixOffset = 173 } CBLAS_OFFSET;

/** Older name of the same type. */
#define CBLAS_ORDER CBLAS_LAYOUT

TSR_EXTERN_C_BEGIN

/* Level 1 */

TSR_API float cblas_sdot(CBLAS_INT n, const float* x, CBLAS_INT incx, const float* y, CBLAS_INT incy);
TSR_API double cblas_ddot(CBLAS_INT n, const double* x, CBLAS_INT incx, const double* y, CBLAS_INT incy);
TSR_API void cblas_cdotu_sub(CBLAS_INT n, const void* x, CBLAS_INT incx, const void* y, CBLAS_INT incy, void* result);
TSR_API void cblas_cdotc_sub(CBLAS_INT n, const void* x, CBLAS_INT incx, const void* y, CBLAS_INT incy, void* result);
TSR_API void cblas_zdotu_sub(CBLAS_INT n, const void* x, CBLAS_INT incx, const void* y, CBLAS_INT incy, void* result);
TSR_API void cblas_zdotc_sub(CBLAS_INT n, const void* x, CBLAS_INT incx, const void* y, CBLAS_INT incy, void* result);

TSR_API float cblas_snrm2(CBLAS_INT n, const float* x, CBLAS_INT incx);
TSR_API float cblas_sasum(CBLAS_INT n, const float* x, CBLAS_INT incx);
TSR_API double cblas_dnrm2(CBLAS_INT n, const double* x, CBLAS_INT incx);
TSR_API double cblas_dasum(CBLAS_INT n, const double* x, CBLAS_INT incx);
TSR_API float cblas_scnrm2(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API float cblas_scasum(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API double cblas_dznrm2(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API double cblas_dzasum(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API CBLAS_INDEX cblas_isamax(CBLAS_INT n, const float* x, CBLAS_INT incx);
TSR_API CBLAS_INDEX cblas_idamax(CBLAS_INT n, const double* x, CBLAS_INT incx);
TSR_API CBLAS_INDEX cblas_icamax(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API CBLAS_INDEX cblas_izamax(CBLAS_INT n, const void* x, CBLAS_INT incx);

TSR_API void cblas_sswap(CBLAS_INT n, float* x, CBLAS_INT incx, float* y, CBLAS_INT incy);
TSR_API void cblas_scopy(CBLAS_INT n, const float* x, CBLAS_INT incx, float* y, CBLAS_INT incy);
TSR_API void cblas_saxpy(CBLAS_INT n, float alpha, const float* x, CBLAS_INT incx, float* y, CBLAS_INT incy);
TSR_API void cblas_sscal(CBLAS_INT n, float alpha, float* x, CBLAS_INT incx);
TSR_API void cblas_dswap(CBLAS_INT n, double* x, CBLAS_INT incx, double* y, CBLAS_INT incy);
TSR_API void cblas_dcopy(CBLAS_INT n, const double* x, CBLAS_INT incx, double* y, CBLAS_INT incy);
TSR_API void cblas_daxpy(CBLAS_INT n, double alpha, const double* x, CBLAS_INT incx, double* y, CBLAS_INT incy);
TSR_API void cblas_dscal(CBLAS_INT n, double alpha, double* x, CBLAS_INT incx);
TSR_API void cblas_cswap(CBLAS_INT n, void* x, CBLAS_INT incx, void* y, CBLAS_INT incy);
TSR_API void cblas_ccopy(CBLAS_INT n, const void* x, CBLAS_INT incx, void* y, CBLAS_INT incy);
TSR_API void cblas_caxpy(CBLAS_INT n, const void* alpha, const void* x, CBLAS_INT incx, void* y, CBLAS_INT incy);
TSR_API void cblas_cscal(CBLAS_INT n, const void* alpha, void* x, CBLAS_INT incx);
TSR_API void cblas_zswap(CBLAS_INT n, void* x, CBLAS_INT incx, void* y, CBLAS_INT incy);
TSR_API void cblas_zcopy(CBLAS_INT n, const void* x, CBLAS_INT incx, void* y, CBLAS_INT incy);
TSR_API void cblas_zaxpy(CBLAS_INT n, const void* alpha, const void* x, CBLAS_INT incx, void* y, CBLAS_INT incy);
TSR_API void cblas_zscal(CBLAS_INT n, const void* alpha, void* x, CBLAS_INT incx);
TSR_API void cblas_csscal(CBLAS_INT n, float alpha, void* x, CBLAS_INT incx);
TSR_API void cblas_zdscal(CBLAS_INT n, double alpha, void* x, CBLAS_INT incx);

TSR_API double cblas_dsdot(CBLAS_INT n, const float* x, CBLAS_INT incx, const float* y, CBLAS_INT incy);
/** b + the sum of products, in double. */
TSR_API float cblas_sdsdot(CBLAS_INT n, float b, const float* x, CBLAS_INT incx, const float* y, CBLAS_INT incy);
TSR_API float cblas_scabs1(const void* z);
TSR_API double cblas_dcabs1(const void* z);

TSR_API void cblas_srot(CBLAS_INT n, float* x, CBLAS_INT incx, float* y, CBLAS_INT incy, float c, float s);
TSR_API void cblas_srotm(CBLAS_INT n, float* x, CBLAS_INT incx, float* y, CBLAS_INT incy, const float* param);
TSR_API void cblas_srotg(float* a, float* b, float* c, float* s);
TSR_API void cblas_srotmg(float* d1, float* d2, float* x1, float y1, float* param);
TSR_API void cblas_drot(CBLAS_INT n, double* x, CBLAS_INT incx, double* y, CBLAS_INT incy, double c, double s);
TSR_API void cblas_drotm(CBLAS_INT n, double* x, CBLAS_INT incx, double* y, CBLAS_INT incy, const double* param);
TSR_API void cblas_drotg(double* a, double* b, double* c, double* s);
TSR_API void cblas_drotmg(double* d1, double* d2, double* x1, double y1, double* param);
TSR_API void cblas_csrot(CBLAS_INT n, void* x, CBLAS_INT incx, void* y, CBLAS_INT incy, float c, float s);
TSR_API void cblas_crotg(void* a, void* b, float* c, void* s);
TSR_API void cblas_zdrot(CBLAS_INT n, void* x, CBLAS_INT incx, void* y, CBLAS_INT incy, double c, double s);
TSR_API void cblas_zrotg(void* a, void* b, double* c, void* s);

/* Level 1, extensions: alpha x + beta y; the sum of all parts; the smallest |re| + |im|, and the values of both */

TSR_API void cblas_saxpby(CBLAS_INT n, float alpha, const float* x, CBLAS_INT incx, float beta, float* y,
                          CBLAS_INT incy);
TSR_API CBLAS_INDEX cblas_isamin(CBLAS_INT n, const float* x, CBLAS_INT incx);
TSR_API void cblas_daxpby(CBLAS_INT n, double alpha, const double* x, CBLAS_INT incx, double beta, double* y,
                          CBLAS_INT incy);
TSR_API CBLAS_INDEX cblas_idamin(CBLAS_INT n, const double* x, CBLAS_INT incx);
TSR_API void cblas_caxpby(CBLAS_INT n, const void* alpha, const void* x, CBLAS_INT incx, const void* beta, void* y,
                          CBLAS_INT incy);
TSR_API CBLAS_INDEX cblas_icamin(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API void cblas_zaxpby(CBLAS_INT n, const void* alpha, const void* x, CBLAS_INT incx, const void* beta, void* y,
                          CBLAS_INT incy);
TSR_API CBLAS_INDEX cblas_izamin(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API float cblas_ssum(CBLAS_INT n, const float* x, CBLAS_INT incx);
TSR_API float cblas_samax(CBLAS_INT n, const float* x, CBLAS_INT incx);
TSR_API float cblas_samin(CBLAS_INT n, const float* x, CBLAS_INT incx);
TSR_API double cblas_dsum(CBLAS_INT n, const double* x, CBLAS_INT incx);
TSR_API double cblas_damax(CBLAS_INT n, const double* x, CBLAS_INT incx);
TSR_API double cblas_damin(CBLAS_INT n, const double* x, CBLAS_INT incx);
TSR_API float cblas_scsum(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API float cblas_scamax(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API float cblas_scamin(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API double cblas_dzsum(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API double cblas_dzamax(CBLAS_INT n, const void* x, CBLAS_INT incx);
TSR_API double cblas_dzamin(CBLAS_INT n, const void* x, CBLAS_INT incx);

/* Level 2. Band matrices are stored as BLAS does, a column (row-major: a row) at a time; triangles as one of the two.
 */

TSR_API void cblas_sgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, float alpha,
                         const float* a, CBLAS_INT lda, const float* x, CBLAS_INT incx, float beta, float* y,
                         CBLAS_INT incy);
TSR_API void cblas_sgbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, CBLAS_INT kl,
                         CBLAS_INT ku, float alpha, const float* a, CBLAS_INT lda, const float* x, CBLAS_INT incx,
                         float beta, float* y, CBLAS_INT incy);
TSR_API void cblas_strmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const float* a, CBLAS_INT lda, float* x, CBLAS_INT incx);
TSR_API void cblas_stbmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         CBLAS_INT k, const float* a, CBLAS_INT lda, float* x, CBLAS_INT incx);
TSR_API void cblas_stpmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const float* ap, float* x, CBLAS_INT incx);
TSR_API void cblas_strsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const float* a, CBLAS_INT lda, float* x, CBLAS_INT incx);
TSR_API void cblas_stbsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         CBLAS_INT k, const float* a, CBLAS_INT lda, float* x, CBLAS_INT incx);
TSR_API void cblas_stpsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const float* ap, float* x, CBLAS_INT incx);
TSR_API void cblas_ssymv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, float alpha, const float* a, CBLAS_INT lda,
                         const float* x, CBLAS_INT incx, float beta, float* y, CBLAS_INT incy);
TSR_API void cblas_ssbmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, CBLAS_INT k, float alpha, const float* a,
                         CBLAS_INT lda, const float* x, CBLAS_INT incx, float beta, float* y, CBLAS_INT incy);
TSR_API void cblas_sspmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, float alpha, const float* ap,
                         const float* x, CBLAS_INT incx, float beta, float* y, CBLAS_INT incy);
TSR_API void cblas_sger(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, float alpha, const float* x, CBLAS_INT incx,
                        const float* y, CBLAS_INT incy, float* a, CBLAS_INT lda);
TSR_API void cblas_ssyr(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, float alpha, const float* x, CBLAS_INT incx,
                        float* a, CBLAS_INT lda);
TSR_API void cblas_sspr(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, float alpha, const float* x, CBLAS_INT incx,
                        float* ap);
TSR_API void cblas_ssyr2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, float alpha, const float* x, CBLAS_INT incx,
                         const float* y, CBLAS_INT incy, float* a, CBLAS_INT lda);
TSR_API void cblas_sspr2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, float alpha, const float* x, CBLAS_INT incx,
                         const float* y, CBLAS_INT incy, float* ap);

TSR_API void cblas_dgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, double alpha,
                         const double* a, CBLAS_INT lda, const double* x, CBLAS_INT incx, double beta, double* y,
                         CBLAS_INT incy);
TSR_API void cblas_dgbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, CBLAS_INT kl,
                         CBLAS_INT ku, double alpha, const double* a, CBLAS_INT lda, const double* x, CBLAS_INT incx,
                         double beta, double* y, CBLAS_INT incy);
TSR_API void cblas_dtrmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const double* a, CBLAS_INT lda, double* x, CBLAS_INT incx);
TSR_API void cblas_dtbmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         CBLAS_INT k, const double* a, CBLAS_INT lda, double* x, CBLAS_INT incx);
TSR_API void cblas_dtpmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const double* ap, double* x, CBLAS_INT incx);
TSR_API void cblas_dtrsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const double* a, CBLAS_INT lda, double* x, CBLAS_INT incx);
TSR_API void cblas_dtbsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         CBLAS_INT k, const double* a, CBLAS_INT lda, double* x, CBLAS_INT incx);
TSR_API void cblas_dtpsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const double* ap, double* x, CBLAS_INT incx);
TSR_API void cblas_dsymv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, double alpha, const double* a,
                         CBLAS_INT lda, const double* x, CBLAS_INT incx, double beta, double* y, CBLAS_INT incy);
TSR_API void cblas_dsbmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, CBLAS_INT k, double alpha, const double* a,
                         CBLAS_INT lda, const double* x, CBLAS_INT incx, double beta, double* y, CBLAS_INT incy);
TSR_API void cblas_dspmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, double alpha, const double* ap,
                         const double* x, CBLAS_INT incx, double beta, double* y, CBLAS_INT incy);
TSR_API void cblas_dger(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, double alpha, const double* x, CBLAS_INT incx,
                        const double* y, CBLAS_INT incy, double* a, CBLAS_INT lda);
TSR_API void cblas_dsyr(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, double alpha, const double* x,
                        CBLAS_INT incx, double* a, CBLAS_INT lda);
TSR_API void cblas_dspr(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, double alpha, const double* x,
                        CBLAS_INT incx, double* ap);
TSR_API void cblas_dsyr2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, double alpha, const double* x,
                         CBLAS_INT incx, const double* y, CBLAS_INT incy, double* a, CBLAS_INT lda);
TSR_API void cblas_dspr2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, double alpha, const double* x,
                         CBLAS_INT incx, const double* y, CBLAS_INT incy, double* ap);

TSR_API void cblas_cgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, const void* alpha,
                         const void* a, CBLAS_INT lda, const void* x, CBLAS_INT incx, const void* beta, void* y,
                         CBLAS_INT incy);
TSR_API void cblas_cgbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, CBLAS_INT kl,
                         CBLAS_INT ku, const void* alpha, const void* a, CBLAS_INT lda, const void* x, CBLAS_INT incx,
                         const void* beta, void* y, CBLAS_INT incy);
TSR_API void cblas_ctrmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const void* a, CBLAS_INT lda, void* x, CBLAS_INT incx);
TSR_API void cblas_ctbmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         CBLAS_INT k, const void* a, CBLAS_INT lda, void* x, CBLAS_INT incx);
TSR_API void cblas_ctpmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const void* ap, void* x, CBLAS_INT incx);
TSR_API void cblas_ctrsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const void* a, CBLAS_INT lda, void* x, CBLAS_INT incx);
TSR_API void cblas_ctbsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         CBLAS_INT k, const void* a, CBLAS_INT lda, void* x, CBLAS_INT incx);
TSR_API void cblas_ctpsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const void* ap, void* x, CBLAS_INT incx);
TSR_API void cblas_chemv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, const void* alpha, const void* a,
                         CBLAS_INT lda, const void* x, CBLAS_INT incx, const void* beta, void* y, CBLAS_INT incy);
TSR_API void cblas_chbmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, CBLAS_INT k, const void* alpha,
                         const void* a, CBLAS_INT lda, const void* x, CBLAS_INT incx, const void* beta, void* y,
                         CBLAS_INT incy);
TSR_API void cblas_chpmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, const void* alpha, const void* ap,
                         const void* x, CBLAS_INT incx, const void* beta, void* y, CBLAS_INT incy);
TSR_API void cblas_cgeru(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* x,
                         CBLAS_INT incx, const void* y, CBLAS_INT incy, void* a, CBLAS_INT lda);
TSR_API void cblas_cgerc(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* x,
                         CBLAS_INT incx, const void* y, CBLAS_INT incy, void* a, CBLAS_INT lda);
TSR_API void cblas_cher(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, float alpha, const void* x, CBLAS_INT incx,
                        void* a, CBLAS_INT lda);
TSR_API void cblas_chpr(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, float alpha, const void* x, CBLAS_INT incx,
                        void* ap);
TSR_API void cblas_cher2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, const void* alpha, const void* x,
                         CBLAS_INT incx, const void* y, CBLAS_INT incy, void* a, CBLAS_INT lda);
TSR_API void cblas_chpr2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, const void* alpha, const void* x,
                         CBLAS_INT incx, const void* y, CBLAS_INT incy, void* ap);

TSR_API void cblas_zgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, const void* alpha,
                         const void* a, CBLAS_INT lda, const void* x, CBLAS_INT incx, const void* beta, void* y,
                         CBLAS_INT incy);
TSR_API void cblas_zgbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, CBLAS_INT kl,
                         CBLAS_INT ku, const void* alpha, const void* a, CBLAS_INT lda, const void* x, CBLAS_INT incx,
                         const void* beta, void* y, CBLAS_INT incy);
TSR_API void cblas_ztrmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const void* a, CBLAS_INT lda, void* x, CBLAS_INT incx);
TSR_API void cblas_ztbmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         CBLAS_INT k, const void* a, CBLAS_INT lda, void* x, CBLAS_INT incx);
TSR_API void cblas_ztpmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const void* ap, void* x, CBLAS_INT incx);
TSR_API void cblas_ztrsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const void* a, CBLAS_INT lda, void* x, CBLAS_INT incx);
TSR_API void cblas_ztbsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         CBLAS_INT k, const void* a, CBLAS_INT lda, void* x, CBLAS_INT incx);
TSR_API void cblas_ztpsv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_DIAG diag, CBLAS_INT n,
                         const void* ap, void* x, CBLAS_INT incx);
TSR_API void cblas_zhemv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, const void* alpha, const void* a,
                         CBLAS_INT lda, const void* x, CBLAS_INT incx, const void* beta, void* y, CBLAS_INT incy);
TSR_API void cblas_zhbmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, CBLAS_INT k, const void* alpha,
                         const void* a, CBLAS_INT lda, const void* x, CBLAS_INT incx, const void* beta, void* y,
                         CBLAS_INT incy);
TSR_API void cblas_zhpmv(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, const void* alpha, const void* ap,
                         const void* x, CBLAS_INT incx, const void* beta, void* y, CBLAS_INT incy);
TSR_API void cblas_zgeru(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* x,
                         CBLAS_INT incx, const void* y, CBLAS_INT incy, void* a, CBLAS_INT lda);
TSR_API void cblas_zgerc(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* x,
                         CBLAS_INT incx, const void* y, CBLAS_INT incy, void* a, CBLAS_INT lda);
TSR_API void cblas_zher(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, double alpha, const void* x, CBLAS_INT incx,
                        void* a, CBLAS_INT lda);
TSR_API void cblas_zhpr(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, double alpha, const void* x, CBLAS_INT incx,
                        void* ap);
TSR_API void cblas_zher2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, const void* alpha, const void* x,
                         CBLAS_INT incx, const void* y, CBLAS_INT incy, void* a, CBLAS_INT lda);
TSR_API void cblas_zhpr2(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_INT n, const void* alpha, const void* x,
                         CBLAS_INT incx, const void* y, CBLAS_INT incy, void* ap);

/* Level 3 */

TSR_API void cblas_sgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m, CBLAS_INT n,
                         CBLAS_INT k, float alpha, const float* a, CBLAS_INT lda, const float* b, CBLAS_INT ldb,
                         float beta, float* c, CBLAS_INT ldc);
TSR_API void cblas_dgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m, CBLAS_INT n,
                         CBLAS_INT k, double alpha, const double* a, CBLAS_INT lda, const double* b, CBLAS_INT ldb,
                         double beta, double* c, CBLAS_INT ldc);
TSR_API void cblas_cgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m, CBLAS_INT n,
                         CBLAS_INT k, const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,
                         const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m, CBLAS_INT n,
                         CBLAS_INT k, const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,
                         const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_ssymm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_INT m, CBLAS_INT n, float alpha,
                         const float* a, CBLAS_INT lda, const float* b, CBLAS_INT ldb, float beta, float* c,
                         CBLAS_INT ldc);
TSR_API void cblas_dsymm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_INT m, CBLAS_INT n, double alpha,
                         const double* a, CBLAS_INT lda, const double* b, CBLAS_INT ldb, double beta, double* c,
                         CBLAS_INT ldc);
TSR_API void cblas_csymm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_INT m, CBLAS_INT n,
                         const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,
                         const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zsymm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_INT m, CBLAS_INT n,
                         const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,
                         const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_chemm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_INT m, CBLAS_INT n,
                         const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,
                         const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zhemm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_INT m, CBLAS_INT n,
                         const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,
                         const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_ssyrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         float alpha, const float* a, CBLAS_INT lda, float beta, float* c, CBLAS_INT ldc);
TSR_API void cblas_dsyrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         double alpha, const double* a, CBLAS_INT lda, double beta, double* c, CBLAS_INT ldc);
TSR_API void cblas_csyrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         const void* alpha, const void* a, CBLAS_INT lda, const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zsyrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         const void* alpha, const void* a, CBLAS_INT lda, const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_cherk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         float alpha, const void* a, CBLAS_INT lda, float beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zherk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         double alpha, const void* a, CBLAS_INT lda, double beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_ssyr2k(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                          float alpha, const float* a, CBLAS_INT lda, const float* b, CBLAS_INT ldb, float beta,
                          float* c, CBLAS_INT ldc);
TSR_API void cblas_dsyr2k(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                          double alpha, const double* a, CBLAS_INT lda, const double* b, CBLAS_INT ldb, double beta,
                          double* c, CBLAS_INT ldc);
TSR_API void cblas_csyr2k(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                          const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,
                          const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zsyr2k(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                          const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb,
                          const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_cher2k(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                          const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb, float beta,
                          void* c, CBLAS_INT ldc);
TSR_API void cblas_zher2k(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                          const void* alpha, const void* a, CBLAS_INT lda, const void* b, CBLAS_INT ldb, double beta,
                          void* c, CBLAS_INT ldc);
TSR_API void cblas_strmm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_DIAG diag,
                         CBLAS_INT m, CBLAS_INT n, float alpha, const float* a, CBLAS_INT lda, float* b, CBLAS_INT ldb);
TSR_API void cblas_dtrmm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_DIAG diag,
                         CBLAS_INT m, CBLAS_INT n, double alpha, const double* a, CBLAS_INT lda, double* b,
                         CBLAS_INT ldb);
TSR_API void cblas_ctrmm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_DIAG diag,
                         CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* a, CBLAS_INT lda, void* b,
                         CBLAS_INT ldb);
TSR_API void cblas_ztrmm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_DIAG diag,
                         CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* a, CBLAS_INT lda, void* b,
                         CBLAS_INT ldb);
TSR_API void cblas_strsm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_DIAG diag,
                         CBLAS_INT m, CBLAS_INT n, float alpha, const float* a, CBLAS_INT lda, float* b, CBLAS_INT ldb);
TSR_API void cblas_dtrsm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_DIAG diag,
                         CBLAS_INT m, CBLAS_INT n, double alpha, const double* a, CBLAS_INT lda, double* b,
                         CBLAS_INT ldb);
TSR_API void cblas_ctrsm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_DIAG diag,
                         CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* a, CBLAS_INT lda, void* b,
                         CBLAS_INT ldb);
TSR_API void cblas_ztrsm(CBLAS_LAYOUT layout, CBLAS_SIDE side, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_DIAG diag,
                         CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* a, CBLAS_INT lda, void* b,
                         CBLAS_INT ldb);

/* Extensions, with the prototypes of other libraries */

/**
 * C := alpha * op(A) * op(B) + beta * C, A and B of bfloat16 (the upper half of a float), C of float: cblas_sgemm of
 * the widened numbers, to the bit.
 */
TSR_API void cblas_sbgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m, CBLAS_INT n,
                          CBLAS_INT k, float alpha, const uint16_t* a, CBLAS_INT lda, const uint16_t* b, CBLAS_INT ldb,
                          float beta, float* c, CBLAS_INT ldc);

/** Bytes of the m x k matrix A, or the k x n matrix B, packed. 0 for sizes or an identifier that do not exist. */
TSR_API size_t cblas_sgemm_pack_get_size(CBLAS_IDENTIFIER identifier, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k);
TSR_API size_t cblas_dgemm_pack_get_size(CBLAS_IDENTIFIER identifier, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k);
/**
 * Packs alpha * op(A) or alpha * op(B) into cblas_?gemm_pack_get_size() bytes at dest, for calls of cblas_?gemm_compute
 * of the same layout and of these m, n and k, in this process. Fastest where dest is a multiple of 64.
 */
TSR_API void cblas_sgemm_pack(CBLAS_LAYOUT layout, CBLAS_IDENTIFIER identifier, CBLAS_TRANSPOSE trans, CBLAS_INT m,
                              CBLAS_INT n, CBLAS_INT k, float alpha, const float* src, CBLAS_INT ld, float* dest);
TSR_API void cblas_dgemm_pack(CBLAS_LAYOUT layout, CBLAS_IDENTIFIER identifier, CBLAS_TRANSPOSE trans, CBLAS_INT m,
                              CBLAS_INT n, CBLAS_INT k, double alpha, const double* src, CBLAS_INT ld, double* dest);
/**
 * C := op(A) * op(B) + beta * C. transa and transb are CBLAS_TRANSPOSE or CblasPacked, whose leading dimension is not
 * looked at. Bits as cblas_?gemm, where A was packed or alpha was 1. Memory that does not hold such an operand is
 * reported as a bad A or B.
 */
TSR_API void cblas_sgemm_compute(CBLAS_LAYOUT layout, CBLAS_INT transa, CBLAS_INT transb, CBLAS_INT m, CBLAS_INT n,
                                 CBLAS_INT k, const float* a, CBLAS_INT lda, const float* b, CBLAS_INT ldb, float beta,
                                 float* c, CBLAS_INT ldc);
TSR_API void cblas_dgemm_compute(CBLAS_LAYOUT layout, CBLAS_INT transa, CBLAS_INT transb, CBLAS_INT m, CBLAS_INT n,
                                 CBLAS_INT k, const double* a, CBLAS_INT lda, const double* b, CBLAS_INT ldb,
                                 double beta, double* c, CBLAS_INT ldc);
/**
 * C := alpha * (op(A) + ao) * (op(B) + bo) + beta * C + offset, A and B of bytes: row-major uint8_t and int8_t,
 * column-major int8_t and uint8_t. co has one number, m or n, as offsetc says. The sum of products is exact modulo
 * 2^32; the rest is computed in double, rounded to the nearest, ties to even, and bounded by 32 bits.
 */
TSR_API void cblas_gemm_s8u8s32(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb,
                                CBLAS_OFFSET offsetc, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k, float alpha, const void* a,
                                CBLAS_INT lda, int8_t ao, const void* b, CBLAS_INT ldb, int8_t bo, float beta,
                                int32_t* c, CBLAS_INT ldc, const int32_t* co);
/** Bytes of A or B packed for cblas_gemm_s8u8s32_compute. 0 for sizes or an identifier that do not exist. */
TSR_API size_t cblas_gemm_s8u8s32_pack_get_size(CBLAS_IDENTIFIER identifier, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k);
/**
 * Packs op(A) or op(B) of cblas_gemm_s8u8s32 into cblas_gemm_s8u8s32_pack_get_size() bytes at dest, for calls of the
 * same layout and of these m, n and k, in this process. Fastest where dest is a multiple of 64. In row-major calls B
 * gains, in column-major ones A: the other is copied, so that its bytes along k are neighbours.
 */
TSR_API void cblas_gemm_s8u8s32_pack(CBLAS_LAYOUT layout, CBLAS_IDENTIFIER identifier, CBLAS_TRANSPOSE trans,
                                     CBLAS_INT m, CBLAS_INT n, CBLAS_INT k, const void* src, CBLAS_INT ld, void* dest);
/**
 * cblas_gemm_s8u8s32 with operands that may have been packed: transa and transb are CBLAS_TRANSPOSE or CblasPacked,
 * whose leading dimension is not looked at. Memory that does not hold such an operand is reported as a bad A or B.
 */
TSR_API void cblas_gemm_s8u8s32_compute(CBLAS_LAYOUT layout, CBLAS_INT transa, CBLAS_INT transb, CBLAS_OFFSET offsetc,
                                        CBLAS_INT m, CBLAS_INT n, CBLAS_INT k, float alpha, const void* a,
                                        CBLAS_INT lda, int8_t ao, const void* b, CBLAS_INT ldb, int8_t bo, float beta,
                                        int32_t* c, CBLAS_INT ldc, const int32_t* co);

/** y(i) := x(i), rounded to bfloat16: to the nearest, ties to even; NaN stays NaN. A negative increment walks from the
 * end. */
TSR_API void cblas_sbstobf16(CBLAS_INT n, const float* x, CBLAS_INT incx, uint16_t* y, CBLAS_INT incy);
/** y(i) := x(i), from bfloat16, exactly. */
TSR_API void cblas_sbf16tos(CBLAS_INT n, const uint16_t* x, CBLAS_INT incx, float* y, CBLAS_INT incy);

/** C := alpha * op(A) * op(B) + beta * C in one triangle of C, n x n; the other is not touched. */
TSR_API void cblas_sgemmt(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb,
                          CBLAS_INT n, CBLAS_INT k, float alpha, const float* a, CBLAS_INT lda, const float* b,
                          CBLAS_INT ldb, float beta, float* c, CBLAS_INT ldc);
TSR_API void cblas_dgemmt(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb,
                          CBLAS_INT n, CBLAS_INT k, double alpha, const double* a, CBLAS_INT lda, const double* b,
                          CBLAS_INT ldb, double beta, double* c, CBLAS_INT ldc);
TSR_API void cblas_cgemmt(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb,
                          CBLAS_INT n, CBLAS_INT k, const void* alpha, const void* a, CBLAS_INT lda, const void* b,
                          CBLAS_INT ldb, const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zgemmt(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb,
                          CBLAS_INT n, CBLAS_INT k, const void* alpha, const void* a, CBLAS_INT lda, const void* b,
                          CBLAS_INT ldb, const void* beta, void* c, CBLAS_INT ldc);

/** The same as gemm, to the bit: four real products, not the three that cost accuracy elsewhere. */
TSR_API void cblas_cgemm3m(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m,
                           CBLAS_INT n, CBLAS_INT k, const void* alpha, const void* a, CBLAS_INT lda, const void* b,
                           CBLAS_INT ldb, const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zgemm3m(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m,
                           CBLAS_INT n, CBLAS_INT k, const void* alpha, const void* a, CBLAS_INT lda, const void* b,
                           CBLAS_INT ldb, const void* beta, void* c, CBLAS_INT ldc);

/**
 * Groups of products. Group g is group_size[g] products of one shape, whose arguments are the g-th elements of the
 * arrays; the arrays of matrices have an element for each product, group after group. All arguments are judged before
 * anything is computed. No two products may write the same C.
 */
TSR_API void cblas_sgemm_batch(CBLAS_LAYOUT layout, const CBLAS_TRANSPOSE* transa_array,
                               const CBLAS_TRANSPOSE* transb_array, const CBLAS_INT* m_array, const CBLAS_INT* n_array,
                               const CBLAS_INT* k_array, const float* alpha_array, const float** a_array,
                               const CBLAS_INT* lda_array, const float** b_array, const CBLAS_INT* ldb_array,
                               const float* beta_array, float** c_array, const CBLAS_INT* ldc_array,
                               CBLAS_INT group_count, const CBLAS_INT* group_size);
TSR_API void cblas_dgemm_batch(CBLAS_LAYOUT layout, const CBLAS_TRANSPOSE* transa_array,
                               const CBLAS_TRANSPOSE* transb_array, const CBLAS_INT* m_array, const CBLAS_INT* n_array,
                               const CBLAS_INT* k_array, const double* alpha_array, const double** a_array,
                               const CBLAS_INT* lda_array, const double** b_array, const CBLAS_INT* ldb_array,
                               const double* beta_array, double** c_array, const CBLAS_INT* ldc_array,
                               CBLAS_INT group_count, const CBLAS_INT* group_size);
TSR_API void cblas_cgemm_batch(CBLAS_LAYOUT layout, const CBLAS_TRANSPOSE* transa_array,
                               const CBLAS_TRANSPOSE* transb_array, const CBLAS_INT* m_array, const CBLAS_INT* n_array,
                               const CBLAS_INT* k_array, const void* alpha_array, const void** a_array,
                               const CBLAS_INT* lda_array, const void** b_array, const CBLAS_INT* ldb_array,
                               const void* beta_array, void** c_array, const CBLAS_INT* ldc_array,
                               CBLAS_INT group_count, const CBLAS_INT* group_size);
TSR_API void cblas_zgemm_batch(CBLAS_LAYOUT layout, const CBLAS_TRANSPOSE* transa_array,
                               const CBLAS_TRANSPOSE* transb_array, const CBLAS_INT* m_array, const CBLAS_INT* n_array,
                               const CBLAS_INT* k_array, const void* alpha_array, const void** a_array,
                               const CBLAS_INT* lda_array, const void** b_array, const CBLAS_INT* ldb_array,
                               const void* beta_array, void** c_array, const CBLAS_INT* ldc_array,
                               CBLAS_INT group_count, const CBLAS_INT* group_size);

/** batch_size products; the matrices of each lie stride elements behind those of the one before. */
TSR_API void cblas_sgemm_batch_strided(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m,
                                       CBLAS_INT n, CBLAS_INT k, float alpha, const float* a, CBLAS_INT lda,
                                       CBLAS_INT stridea, const float* b, CBLAS_INT ldb, CBLAS_INT strideb, float beta,
                                       float* c, CBLAS_INT ldc, CBLAS_INT stridec, CBLAS_INT batch_size);
TSR_API void cblas_dgemm_batch_strided(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m,
                                       CBLAS_INT n, CBLAS_INT k, double alpha, const double* a, CBLAS_INT lda,
                                       CBLAS_INT stridea, const double* b, CBLAS_INT ldb, CBLAS_INT strideb,
                                       double beta, double* c, CBLAS_INT ldc, CBLAS_INT stridec, CBLAS_INT batch_size);
TSR_API void cblas_cgemm_batch_strided(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m,
                                       CBLAS_INT n, CBLAS_INT k, const void* alpha, const void* a, CBLAS_INT lda,
                                       CBLAS_INT stridea, const void* b, CBLAS_INT ldb, CBLAS_INT strideb,
                                       const void* beta, void* c, CBLAS_INT ldc, CBLAS_INT stridec,
                                       CBLAS_INT batch_size);
TSR_API void cblas_zgemm_batch_strided(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_INT m,
                                       CBLAS_INT n, CBLAS_INT k, const void* alpha, const void* a, CBLAS_INT lda,
                                       CBLAS_INT stridea, const void* b, CBLAS_INT ldb, CBLAS_INT strideb,
                                       const void* beta, void* c, CBLAS_INT ldc, CBLAS_INT stridec,
                                       CBLAS_INT batch_size);

/** B := alpha * op(A), A rows x cols; op may be CblasConjNoTrans. A and B must not overlap. */
TSR_API void cblas_somatcopy(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT rows, CBLAS_INT cols, float alpha,
                             const float* a, CBLAS_INT lda, float* b, CBLAS_INT ldb);
TSR_API void cblas_domatcopy(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT rows, CBLAS_INT cols, double alpha,
                             const double* a, CBLAS_INT lda, double* b, CBLAS_INT ldb);
TSR_API void cblas_comatcopy(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT rows, CBLAS_INT cols,
                             const void* alpha, const void* a, CBLAS_INT lda, void* b, CBLAS_INT ldb);
TSR_API void cblas_zomatcopy(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT rows, CBLAS_INT cols,
                             const void* alpha, const void* a, CBLAS_INT lda, void* b, CBLAS_INT ldb);

/** A := alpha * op(A) in place: leading dimension lda before, ldb after. */
TSR_API void cblas_simatcopy(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT rows, CBLAS_INT cols, float alpha,
                             float* a, CBLAS_INT lda, CBLAS_INT ldb);
TSR_API void cblas_dimatcopy(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT rows, CBLAS_INT cols, double alpha,
                             double* a, CBLAS_INT lda, CBLAS_INT ldb);
TSR_API void cblas_cimatcopy(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT rows, CBLAS_INT cols,
                             const void* alpha, void* a, CBLAS_INT lda, CBLAS_INT ldb);
TSR_API void cblas_zimatcopy(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT rows, CBLAS_INT cols,
                             const void* alpha, void* a, CBLAS_INT lda, CBLAS_INT ldb);

/** C := alpha * A + beta * C, m x n. */
TSR_API void cblas_sgeadd(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, float alpha, const float* a, CBLAS_INT lda,
                          float beta, float* c, CBLAS_INT ldc);
TSR_API void cblas_dgeadd(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, double alpha, const double* a, CBLAS_INT lda,
                          double beta, double* c, CBLAS_INT ldc);
TSR_API void cblas_cgeadd(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* a,
                          CBLAS_INT lda, const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zgeadd(CBLAS_LAYOUT layout, CBLAS_INT m, CBLAS_INT n, const void* alpha, const void* a,
                          CBLAS_INT lda, const void* beta, void* c, CBLAS_INT ldc);

/* Errors and threads */

/**
 * Told of argument `p` of routine `rout` being bad, with a printf-like explanation. A program that defines a function
 * of this name replaces the library's, which prints to standard error and returns. For a row-major call of a routine
 * whose Fortran counterpart is called on the transposed problem, `p` is the position in that call plus 1.
 */
TSR_API void cblas_xerbla(CBLAS_INT p, const char* rout, const char* form, ...);

/** The process-wide number of threads; 0 returns to the default (tsr_set_num_threads()). */
TSR_API void blas_set_num_threads(int num_threads);
/** The number of threads that a call on this thread would use. */
TSR_API int blas_get_num_threads(void);

TSR_EXTERN_C_END

#endif
