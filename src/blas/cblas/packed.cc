// Packed operands and 8-bit products, C names: MKL's prototypes.
#include "blas/level3/packed.h"

#include "blas/cblas/cblas_arguments.h"

using namespace tessera::blas;

namespace {

// Positions in the C call, from 1; 0: good.
void report(const char* name, CBLAS_LAYOUT layout, int position) {
  report_cblas(name, position - 1, layout == CblasRowMajor);
}

constexpr Identifier identifier_of(CBLAS_IDENTIFIER i) {
  return i == CblasAMatrix ? Identifier::a : i == CblasBMatrix ? Identifier::b : Identifier::bad;
}

// A leading dimension of a rows x cols matrix op(X), stored by rows or by columns.
constexpr bool bad_leading(CBLAS_LAYOUT layout, Trans t, blas_int rows, blas_int cols, blas_int ld) {
  const blas_int least = (layout == CblasRowMajor) == (t == Trans::none) ? cols : rows;
  return ld < (least > 1 ? least : 1);
}

template <class T>
std::size_t pack_get_size(CBLAS_IDENTIFIER identifier, blas_int m, blas_int n, blas_int k) {
  const Identifier which = identifier_of(identifier);
  return which == Identifier::bad || m < 0 || n < 0 || k < 0 ? 0 : packed_size<T>(which, m, n, k);
}

// The first bad argument of a call that packs, 0: none. `ld_at`: where the leading dimension stands.
int bad_pack(CBLAS_LAYOUT layout, Identifier which, Trans t, blas_int m, blas_int n, blas_int k, blas_int ld,
             int ld_at) {
  const bool a = which == Identifier::a;
  return !is_layout(layout)                                 ? 1
         : which == Identifier::bad                         ? 2
         : t == Trans::bad                                  ? 3
         : m < 0                                            ? 4
         : n < 0                                            ? 5
         : k < 0                                            ? 6
         : bad_leading(layout, t, a ? m : k, a ? k : n, ld) ? ld_at
                                                            : 0;
}

template <class T>
void pack_call(const char* name, CBLAS_LAYOUT layout, CBLAS_IDENTIFIER identifier, CBLAS_TRANSPOSE trans, blas_int m,
               blas_int n, blas_int k, T alpha, const T* src, blas_int ld, T* dest) {
  const Identifier which = identifier_of(identifier);
  const Trans t = trans_of(trans);
  if (const int bad = bad_pack(layout, which, t, m, n, k, ld, 9)) return report(name, layout, bad);
  pack(layout == CblasRowMajor, which, t, m, n, k, alpha, src, ld, static_cast<void*>(dest));
}

template <class T>
MaybePacked<T> operand(const T* p, CBLAS_INT trans, CBLAS_INT ld) {
  const bool packed = trans == CblasPacked;
  return {p, packed, packed ? Trans::none : trans_of(static_cast<CBLAS_TRANSPOSE>(trans)), ld};
}

template <class T>
void compute_call(const char* name, CBLAS_LAYOUT layout, CBLAS_INT transa, CBLAS_INT transb, blas_int m, blas_int n,
                  blas_int k, const T* a, CBLAS_INT lda, const T* b, CBLAS_INT ldb, T beta, T* c, blas_int ldc) {
  const MaybePacked<T> left = operand(a, transa, lda), right = operand(b, transb, ldb);
  const int bad = !is_layout(layout)                                         ? 1
                  : left.t == Trans::bad                                     ? 2
                  : right.t == Trans::bad                                    ? 3
                  : m < 0                                                    ? 4
                  : n < 0                                                    ? 5
                  : k < 0                                                    ? 6
                  : !left.packed && bad_leading(layout, left.t, m, k, lda)   ? 8
                  : !right.packed && bad_leading(layout, right.t, k, n, ldb) ? 10
                  : bad_leading(layout, Trans::none, m, n, ldc)              ? 13
                                                                             : 0;
  if (bad != 0) return report(name, layout, bad);
  const Identifier wrong = compute(layout == CblasRowMajor, m, n, k, left, right, beta, c, ldc);
  if (wrong != Identifier::bad) report(name, layout, wrong == Identifier::a ? 7 : 9);
}

// The bytes' product, whose operands may be packed.
void bytes_call(const char* name, CBLAS_LAYOUT layout, const OffsetBytes& a, const OffsetBytes& b, CBLAS_OFFSET offsetc,
                blas_int m, blas_int n, blas_int k, float alpha, float beta, int32_t* c, blas_int ldc,
                const int32_t* co) {
  const int bad = !is_layout(layout)                                                                    ? 1
                  : a.t == Trans::bad                                                                   ? 2
                  : b.t == Trans::bad                                                                   ? 3
                  : offsetc != CblasRowOffset && offsetc != CblasColOffset && offsetc != CblasFixOffset ? 4
                  : m < 0                                                                               ? 5
                  : n < 0                                                                               ? 6
                  : k < 0                                                                               ? 7
                  : !a.packed && bad_leading(layout, a.t, m, k, static_cast<blas_int>(a.ld))            ? 10
                  : !b.packed && bad_leading(layout, b.t, k, n, static_cast<blas_int>(b.ld))            ? 13
                  : bad_leading(layout, Trans::none, m, n, ldc)                                         ? 17
                                                                                                        : 0;
  if (bad != 0) return report(name, layout, bad);
  const Identifier wrong = gemm_s8u8s32(layout == CblasRowMajor, m, n, k, alpha, a, b, beta, c, ldc, co,
                                        offsetc == CblasColOffset ? 1 : 0, offsetc == CblasRowOffset ? 1 : 0);
  if (wrong != Identifier::bad) report(name, layout, wrong == Identifier::a ? 9 : 12);
}

OffsetBytes bytes_operand(const void* p, CBLAS_INT trans, CBLAS_INT ld, int8_t offset) {
  const bool packed = trans == CblasPacked;
  return {p, packed, packed ? Trans::none : trans_of(static_cast<CBLAS_TRANSPOSE>(trans)), ld, offset};
}

}  // namespace

#define TESSERA_PACKED(p, T)                                                                                      \
  size_t cblas_##p##gemm_pack_get_size(CBLAS_IDENTIFIER identifier, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k) {      \
    return pack_get_size<T>(identifier, m, n, k);                                                                 \
  }                                                                                                               \
  void cblas_##p##gemm_pack(CBLAS_LAYOUT layout, CBLAS_IDENTIFIER identifier, CBLAS_TRANSPOSE trans, CBLAS_INT m, \
                            CBLAS_INT n, CBLAS_INT k, T alpha, const T* src, CBLAS_INT ld, T* dest) {             \
    pack_call("cblas_" #p "gemm_pack", layout, identifier, trans, m, n, k, alpha, src, ld, dest);                 \
  }                                                                                                               \
  void cblas_##p##gemm_compute(CBLAS_LAYOUT layout, CBLAS_INT transa, CBLAS_INT transb, CBLAS_INT m, CBLAS_INT n, \
                               CBLAS_INT k, const T* a, CBLAS_INT lda, const T* b, CBLAS_INT ldb, T beta, T* c,   \
                               CBLAS_INT ldc) {                                                                   \
    compute_call("cblas_" #p "gemm_compute", layout, transa, transb, m, n, k, a, lda, b, ldb, beta, c, ldc);      \
  }
TESSERA_PACKED(s, float)
TESSERA_PACKED(d, double)

void cblas_gemm_s8u8s32(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE transa, CBLAS_TRANSPOSE transb, CBLAS_OFFSET offsetc,
                        CBLAS_INT m, CBLAS_INT n, CBLAS_INT k, float alpha, const void* a, CBLAS_INT lda, int8_t ao,
                        const void* b, CBLAS_INT ldb, int8_t bo, float beta, int32_t* c, CBLAS_INT ldc,
                        const int32_t* co) {
  bytes_call("cblas_gemm_s8u8s32", layout, {a, false, trans_of(transa), lda, ao}, {b, false, trans_of(transb), ldb, bo},
             offsetc, m, n, k, alpha, beta, c, ldc, co);
}

size_t cblas_gemm_s8u8s32_pack_get_size(CBLAS_IDENTIFIER identifier, CBLAS_INT m, CBLAS_INT n, CBLAS_INT k) {
  const Identifier which = identifier_of(identifier);
  return which == Identifier::bad || m < 0 || n < 0 || k < 0 ? 0 : packed_bytes_size(which, m, n, k);
}

void cblas_gemm_s8u8s32_pack(CBLAS_LAYOUT layout, CBLAS_IDENTIFIER identifier, CBLAS_TRANSPOSE trans, CBLAS_INT m,
                             CBLAS_INT n, CBLAS_INT k, const void* src, CBLAS_INT ld, void* dest) {
  const Identifier which = identifier_of(identifier);
  const Trans t = trans_of(trans);
  if (const int bad = bad_pack(layout, which, t, m, n, k, ld, 8)) return report("cblas_gemm_s8u8s32_pack", layout, bad);
  pack_bytes(layout == CblasRowMajor, which, t, m, n, k, src, ld, dest);
}

void cblas_gemm_s8u8s32_compute(CBLAS_LAYOUT layout, CBLAS_INT transa, CBLAS_INT transb, CBLAS_OFFSET offsetc,
                                CBLAS_INT m, CBLAS_INT n, CBLAS_INT k, float alpha, const void* a, CBLAS_INT lda,
                                int8_t ao, const void* b, CBLAS_INT ldb, int8_t bo, float beta, int32_t* c,
                                CBLAS_INT ldc, const int32_t* co) {
  bytes_call("cblas_gemm_s8u8s32_compute", layout, bytes_operand(a, transa, lda, ao), bytes_operand(b, transb, ldb, bo),
             offsetc, m, n, k, alpha, beta, c, ldc, co);
}
