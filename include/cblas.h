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

/** Sizes, leading dimensions and increments. */
#define CBLAS_INT int
/** Positions counted from 0. */
#define CBLAS_INDEX size_t

typedef enum CBLAS_LAYOUT { CblasRowMajor = 101, CblasColMajor = 102 } CBLAS_LAYOUT;
typedef enum CBLAS_TRANSPOSE { CblasNoTrans = 111, CblasTrans = 112, CblasConjTrans = 113 } CBLAS_TRANSPOSE;
typedef enum CBLAS_UPLO { CblasUpper = 121, CblasLower = 122 } CBLAS_UPLO;
typedef enum CBLAS_DIAG { CblasNonUnit = 131, CblasUnit = 132 } CBLAS_DIAG;
typedef enum CBLAS_SIDE { CblasLeft = 141, CblasRight = 142 } CBLAS_SIDE;

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

/* Level 2 */

TSR_API void cblas_sgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, float alpha,
                         const float* a, CBLAS_INT lda, const float* x, CBLAS_INT incx, float beta, float* y,
                         CBLAS_INT incy);
TSR_API void cblas_dgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, double alpha,
                         const double* a, CBLAS_INT lda, const double* x, CBLAS_INT incx, double beta, double* y,
                         CBLAS_INT incy);
TSR_API void cblas_cgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, const void* alpha,
                         const void* a, CBLAS_INT lda, const void* x, CBLAS_INT incx, const void* beta, void* y,
                         CBLAS_INT incy);
TSR_API void cblas_zgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE trans, CBLAS_INT m, CBLAS_INT n, const void* alpha,
                         const void* a, CBLAS_INT lda, const void* x, CBLAS_INT incx, const void* beta, void* y,
                         CBLAS_INT incy);

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
TSR_API void cblas_ssyrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         float alpha, const float* a, CBLAS_INT lda, float beta, float* c, CBLAS_INT ldc);
TSR_API void cblas_dsyrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         double alpha, const double* a, CBLAS_INT lda, double beta, double* c, CBLAS_INT ldc);
TSR_API void cblas_csyrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         const void* alpha, const void* a, CBLAS_INT lda, const void* beta, void* c, CBLAS_INT ldc);
TSR_API void cblas_zsyrk(CBLAS_LAYOUT layout, CBLAS_UPLO uplo, CBLAS_TRANSPOSE trans, CBLAS_INT n, CBLAS_INT k,
                         const void* alpha, const void* a, CBLAS_INT lda, const void* beta, void* c, CBLAS_INT ldc);

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
