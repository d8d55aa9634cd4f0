// What the functions of the C API ask of a matrix. Statuses name the argument by its position.
#pragma once

#include <tessera/status.h>

#include <numeric>

#include "base/int_math.h"
#include "gemm/gemm.h"
#include "runtime/context.h"

namespace tessera {

// Beyond this a size is a mistake: no array has that many elements, and block arithmetic stays far from overflow.
constexpr index_t kMaxExtent = index_t{1} << 56;

constexpr std::uint64_t magnitude(index_t x) {
  return x < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
}

// The offset between the first and the last of `count` elements, `stride` apart, in bytes; false when it is no
// ptrdiff_t.
inline bool span(index_t count, index_t stride, index_t size, std::uint64_t& bytes) {
  std::uint64_t elements = 0;
  return !__builtin_mul_overflow(static_cast<std::uint64_t>(count - 1), magnitude(stride), &elements) &&
         !__builtin_mul_overflow(elements, static_cast<std::uint64_t>(size), &bytes) && bytes <= PTRDIFF_MAX;
}

// 0, or the status of the stride that takes a rows x cols matrix out of any address space.
inline tsr_status check_extent(int position, index_t rows, index_t cols, index_t rs, index_t cs, index_t size) {
  std::uint64_t down = 0, across = 0;
  if (!span(rows, rs, size, down)) return -(position + 1);
  if (!span(cols, cs, size, across)) return -(position + 2);
  if (down + across > PTRDIFF_MAX) return -(position + (down > across ? 1 : 2));
  return TSR_OK;
}

// The sizes, the pointer and the strides of a matrix that is read; an empty one may be NULL.
inline tsr_status check_matrix(int rows_at, index_t rows, int cols_at, index_t cols, int p_at, const void* p,
                               index_t rs, index_t cs, std::size_t size) {
  if (rows < 0 || rows > kMaxExtent) return -rows_at;
  if (cols < 0 || cols > kMaxExtent) return -cols_at;
  if (rows == 0 || cols == 0) return TSR_OK;
  if (p == nullptr) return -p_at;
  return check_extent(p_at, rows, cols, rs, cs, static_cast<index_t>(size));
}

// Where the arguments of a function stand in its C signature.
struct GemmPositions {
  int m, n, k, a, b, c;  // each matrix is followed by its two strides
};

// Elements (i, j) and (i + x, j + y) are one when x * rs + y * cs = 0. With g = gcd(|rs|, |cs|) the smallest such steps
// are |x| = |cs| / g and |y| = |rs| / g, so C is sound exactly when one of them leads out of the matrix. The stride to
// blame is the longer one, which is what is called a leading dimension where the other is 1.
inline tsr_status check_distinct(int position, index_t m, index_t n, index_t rs, index_t cs) {
  if (rs == 0 && m > 1) return -(position + 1);
  if (cs == 0 && n > 1) return -(position + 2);
  if (m == 1 || n == 1) return TSR_OK;
  const std::uint64_t r = magnitude(rs), c = magnitude(cs);
  const std::uint64_t g = r == 1 || c == 1 ? 1 : std::gcd(r, c);
  const bool inside = c / g < static_cast<std::uint64_t>(m) && r / g < static_cast<std::uint64_t>(n);
  return !inside ? TSR_OK : -(position + (r > c ? 1 : 2));
}

// A call of the C API. An operand that is given otherwise than by address and strides is not looked at. operand_size:
// bytes of an element of A and B, when they are not C's.
inline tsr_status check_gemm(const GemmCall& call, bool alpha_is_zero, const GemmPositions& at,
                             index_t operand_size = 0) {
  if (call.m < 0 || call.m > kMaxExtent) return -at.m;
  if (call.n < 0 || call.n > kMaxExtent) return -at.n;
  if (call.k < 0 || call.k > kMaxExtent) return -at.k;
  if (call.m == 0 || call.n == 0) return TSR_OK;
  const index_t c_size = size_of(call.type), size = operand_size > 0 ? operand_size : c_size;
  if (call.k > 0 && !alpha_is_zero) {
    const GemmExtras* x = call.extras;
    if (x == nullptr || (x->a_packed == nullptr && x->a_source == nullptr)) {
      if (call.a == nullptr) return -at.a;
      if (const tsr_status bad = check_extent(at.a, call.m, call.k, call.a_rs, call.a_cs, size)) return bad;
    }
    if (x == nullptr || (x->b_packed == nullptr && x->b_source == nullptr && x->b_stored == nullptr)) {
      if (call.b == nullptr) return -at.b;
      if (const tsr_status bad = check_extent(at.b, call.k, call.n, call.b_rs, call.b_cs, size)) return bad;
    }
  }
  if (call.c == nullptr) return -at.c;
  if (const tsr_status bad = check_extent(at.c, call.m, call.n, call.c_rs, call.c_cs, c_size)) return bad;
  return check_distinct(at.c, call.m, call.n, call.c_rs, call.c_cs);
}

// NULL is the process's default.
inline GemmSettings settings_of(const tsr_context* context) {
  return context == nullptr ? GemmSettings{} : GemmSettings{context->isa, context->executor};
}

}  // namespace tessera
