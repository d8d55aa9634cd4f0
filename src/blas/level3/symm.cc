// Products with a symmetric or Hermitian operand.
#include "blas/level3/level3.h"
#include "runtime/workspace.h"

namespace tessera::blas {

namespace {

// A symmetric operand of which one triangle is stored. Blocks of it are written out as plain matrices; since a chain is
// continued through C, a product by such blocks has the bits of one product.
template <class T>
struct Symmetric {
  View<const T> a;
  Uplo uplo;
  bool hermitian;

  // dst(r, q) = A(i + r, p + q) for r in [0, n), q in [0, k); element (r, q) at dst[r + q * n].
  void block(index_t i, index_t n, index_t p, index_t k, T* dst) const {
    for (index_t q = 0; q < k; q += kSquare)
      for (index_t r = 0; r < n; r += kSquare)
        square(i + r, min_index(kSquare, n - r), p + q, min_index(kSquare, k - q), dst + r + q * n, n);
    if constexpr (kIsComplex<T>) {
      if (hermitian)
        for (index_t d = max_index(i, p); d < min_index(i + n, p + k); ++d) dst[d - i + (d - p) * n].im = 0;
    }
  }

 private:
  static constexpr index_t kSquare = 16;

  void square(index_t i, index_t n, index_t p, index_t k, T* dst, index_t ld) const {
    const bool upper = uplo == Uplo::upper;
    const View<const T> above = upper ? a : a.transposed(), below = upper ? a.transposed() : a;
    for (index_t q = 0; q < k; ++q, dst += ld) {
      // The first `high` rows lie above the diagonal or on it.
      const index_t high = clamp_index(p + q + 1 - i, 0, n);
      for (index_t r = 0; r < high; ++r) dst[r] = element(above.at(i + r, p + q), !upper);
      for (index_t r = high; r < n; ++r) dst[r] = element(below.at(i + r, p + q), upper);
    }
  }
  T element(const T* x, bool mirrored) const {
    T v = *x;
    if constexpr (kIsComplex<T>) {
      if (hermitian && mirrored) v.im = -v.im;
    }
    return v;
  }
};

// Columns of a block: deep enough for the loops. Without memory, squares that fit the stack.
constexpr index_t kDepth = 512;
constexpr index_t kStackBytes = 32 * 1024;

}  // namespace

template <class T>
void symm(bool row_major, bool hermitian, Side side, Uplo uplo, index_t m, index_t n, const T* alpha, const T* a,
          index_t lda, const T* b, index_t ldb, const T* beta, T* c, index_t ldc) {
  if (m == 0 || n == 0 || (is_zero(*alpha) && is_one(*beta))) return;
  const bool left = side == Side::left;
  const index_t order = left ? m : n;
  const View<const T> bv{b, strides_of(row_major, Trans::none, ldb)};
  const View<T> cv{c, strides_of(row_major, Trans::none, ldc)};
  if (is_zero(*alpha)) return product<T>(m, n, 0, *alpha, {bv}, {bv}, *beta, cv);

  constexpr index_t kSize = sizeof(T);
  alignas(64) char stack[kStackBytes];
  T* buffer = reinterpret_cast<T*>(stack);
  index_t rows = order, depth = min_index(order, kDepth);
  if (rows * depth * kSize > kStackBytes) {
    buffer = static_cast<T*>(workspace(WorkspaceSlot::operand, static_cast<std::size_t>(rows * depth * kSize)));
    if (buffer == nullptr) {
      buffer = reinterpret_cast<T*>(stack);
      rows = depth = kSize == 4 ? 88 : kSize == 8 ? 64 : 44;
    }
  }
  const Symmetric<T> s{{a, strides_of(row_major, Trans::none, lda)}, uplo, hermitian};
  const T one = widened<T>(RealOf<T>(1));
  for (index_t p = 0; p < order; p += depth) {
    const index_t k = min_index(depth, order - p);
    const T& factor = p == 0 ? *beta : one;
    for (index_t i = 0; i < order; i += rows) {
      const index_t h = min_index(rows, order - i);
      s.block(i, h, p, k, buffer);
      const View<const T> block{buffer, 1, h};
      if (left)
        product<T>(h, n, k, *alpha, {block}, {bv.from(p, 0)}, factor, cv.from(i, 0));
      else
        product<T>(m, h, k, *alpha, {bv.from(0, p)}, {block.transposed(), hermitian}, factor, cv.from(0, i));
    }
  }
}

#define TESSERA_INSTANTIATE(T)                                                                                 \
  template void symm(bool, bool, Side, Uplo, index_t, index_t, const T*, const T*, index_t, const T*, index_t, \
                     const T*, T*, index_t);
TESSERA_FOR_EACH_TYPE(TESSERA_INSTANTIATE)

}  // namespace tessera::blas
