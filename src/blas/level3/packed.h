// Products with operands packed beforehand in memory of the caller's, and 8-bit products with offsets: what MKL's names
// stand for. Arguments have been checked.
#pragma once

#include "blas/level3/level3.h"

namespace tessera::blas {

enum class Identifier : std::uint8_t { a, b, bad };

// Bytes that pack() may write, for either layout.
template <class T>
std::size_t packed_size(Identifier which, index_t m, index_t n, index_t k);

// alpha * op(A), m x k, or alpha * op(B), k x n, as panels at dest. They can be used in this process alone.
template <class T>
void pack(bool row_major, Identifier which, Trans t, index_t m, index_t n, index_t k, T alpha, const T* src, index_t ld,
          void* dest);

// An operand of compute(): what pack() wrote, or a matrix.
template <class T>
struct MaybePacked {
  const T* p;
  bool packed;
  Trans t;
  index_t ld;
};

// C := A * B + beta * C. The operand that is packed otherwise than the call says, if any: nothing was written then.
template <class T>
Identifier compute(bool row_major, index_t m, index_t n, index_t k, const MaybePacked<T>& a, const MaybePacked<T>& b,
                   T beta, T* c, index_t ldc);

// A matrix of bytes to each of which `offset` is added; packed: what pack_bytes() wrote.
struct OffsetBytes {
  const void* p;
  bool packed;
  Trans t;
  index_t ld;
  std::int32_t offset;
};

// As packed_size() and pack(), of gemm_s8u8s32's operands.
std::size_t packed_bytes_size(Identifier which, index_t m, index_t n, index_t k);
void pack_bytes(bool row_major, Identifier which, Trans t, index_t m, index_t n, index_t k, const void* src, index_t ld,
                void* dest);

// C := round(alpha * S + beta * C + co), S = (op(A) + ao)(op(B) + bo) modulo 2^32; in double, to the nearest, ties to
// even, bounded by 32 bits. alpha = 0 reads neither A nor B. A of row-major calls and B of others are bytes without a
// sign, the others have one. co(i, j) is co[i * co_rs + j * co_cs]. The operand that is packed otherwise than the call
// says, if any: nothing was written then.
Identifier gemm_s8u8s32(bool row_major, index_t m, index_t n, index_t k, float alpha, const OffsetBytes& a,
                        const OffsetBytes& b, float beta, std::int32_t* c, index_t ldc, const std::int32_t* co,
                        index_t co_rs, index_t co_cs);

}  // namespace tessera::blas
