// Products with a symmetric or Hermitian operand: gemm on an operand that packs itself.
#include "blas/level3/level3.h"

namespace tessera::blas {

namespace {

// A symmetric (Hermitian) operand of which one triangle is stored: the rows of gemm's A, or the columns of its B. The
// panel of rows [first, first + width) is made of three pieces along k: steps before `first` and steps after the rows
// are plain matrices, as stored on one side of the diagonal and mirrored on the other; the square on the diagonal is
// written out before it is packed.
template <class T>
class SymmetricSource final : public PanelSource {
 public:
  SymmetricSource(View<const T> a, bool rows, Uplo uplo, bool hermitian, const T& alpha)
      : a_(a), rows_(rows), upper_(uplo == Uplo::upper), hermitian_(hermitian) {
    if constexpr (kIsComplex<T>) {
      alpha_ = {alpha.re, alpha.im};
    } else {
      alpha_ = {alpha, 0.0};
    }
  }

  void pack(const PanelRequest& request) const noexcept override {
    const index_t first = request.first, end = request.step + request.steps;
    const index_t before = clamp_index(first, request.step, end);
    const index_t after = clamp_index(first + request.width, before, end);
    // Before its diagonal a row is in the lower triangle, a column in the upper one.
    piece(request, request.step, before, rows_ != upper_);
    if (before < after) diagonal(request, before, after);
    piece(request, after, end, rows_ == upper_);
  }

 private:
  // Steps [begin, end), of the stored triangle or mirrored.
  void piece(const PanelRequest& request, index_t begin, index_t end, bool stored) const {
    if (begin == end) return;
    const bool down = rows_ == stored;
    pack_steps(request, begin, end,
               StridedSource(Scalar<T>::kType, a_.p, down ? a_.rs : a_.cs, down ? a_.cs : a_.rs, hermitian_ && !stored,
                             alpha_),
               request.first, begin);
  }

  // Steps [begin, end) of the panel, from `source`, in which its rows begin at `first` and these steps at `step`.
  static void pack_steps(const PanelRequest& request, index_t begin, index_t end, const StridedSource& source,
                         index_t first, index_t step) {
    constexpr index_t kLine = Scalar<T>::kParts * static_cast<index_t>(sizeof(RealOf<T>));
    PanelRequest part = request;
    part.dst = request.dst + (begin - request.step) * request.panel * kLine;
    part.first = first;
    part.step = step;
    part.steps = end - begin;
    source.pack(part);
  }

  void diagonal(const PanelRequest& request, index_t begin, index_t end) const {
    constexpr index_t kSteps = 16;
    T square[kMaxPanel * kSteps];  // element (w, p) at square[w + p * width]
    for (index_t p = begin; p < end; p += kSteps) {
      const index_t steps = min_index(kSteps, end - p);
      for (index_t q = 0; q < steps; ++q)
        for (index_t w = 0; w < request.width; ++w) {
          const index_t i = rows_ ? request.first + w : p + q, j = rows_ ? p + q : request.first + w;
          square[w + q * request.width] = element(i, j);
        }
      pack_steps(request, p, p + steps, StridedSource(Scalar<T>::kType, square, 1, request.width, false, alpha_), 0, 0);
    }
  }
  T element(index_t i, index_t j) const {
    const bool stored = upper_ ? i <= j : i >= j;
    T x = stored ? *a_.at(i, j) : *a_.at(j, i);
    if constexpr (kIsComplex<T>) {
      if (hermitian_) x.im = i == j ? RealOf<T>(0) : stored ? x.im : -x.im;
    }
    return x;
  }

  // Columns of the widest panel: kMaxTileWidth registers of 64 bytes.
  static constexpr index_t kMaxPanel = kMaxTileWidth * 64 / static_cast<index_t>(sizeof(RealOf<T>));

  View<const T> a_;
  bool rows_, upper_, hermitian_;
  StridedSource::Scale alpha_;
};

// Operands that fit are written out whole on the stack: gemm has shorter ways with a plain matrix.
constexpr index_t kStackBytes = 32 * 1024;

// dst(i, j) = A(i, j), elements of a row (rows) or of a column contiguous.
template <class T>
void write_out(View<const T> a, Uplo uplo, bool hermitian, index_t n, bool rows, T* dst) {
  // Walk the triangle along its contiguous direction, by lines of which the first `from` or all but the last are
  // stored.
  const bool by_rows = a.cs == 1, upper = uplo == Uplo::upper;
  const index_t line = by_rows ? a.rs : a.cs;
  const bool head = by_rows != upper;  // a line is stored from its beginning to the diagonal
  for (index_t l = 0; l < n; ++l) {
    const index_t begin = head ? 0 : l + 1, end = head ? l : n;
    const T* src = a.p + l * line;
    // As stored, then mirrored.
    T* same = by_rows == rows ? dst + l * n : dst + l;
    T* mirror = by_rows == rows ? dst + l : dst + l * n;
    const index_t same_step = by_rows == rows ? 1 : n, mirror_step = by_rows == rows ? n : 1;
    for (index_t e = begin; e < end; ++e) same[e * same_step] = src[e];
    for (index_t e = begin; e < end; ++e) {
      T x = src[e];
      if constexpr (kIsComplex<T>) {
        if (hermitian) x.im = -x.im;
      }
      mirror[e * mirror_step] = x;
    }
    T x = src[l];
    if constexpr (kIsComplex<T>) {
      if (hermitian) x.im = 0;
    }
    dst[l * (n + 1)] = x;
  }
}

template <class T>
[[gnu::noinline]] void written_out(const View<const T>& a, bool left, Uplo uplo, bool hermitian, index_t m, index_t n,
                                   const T& alpha, const View<const T>& b, const T& beta, const View<T>& c) {
  alignas(64) T whole[kStackBytes / sizeof(T)];
  const index_t order = left ? m : n;
  // Whichever side it is on, lines along C's columns are what kernels read as vectors, or broadcast.
  write_out(a, uplo, hermitian, order, !left, whole);
  if (left)
    product<T>(m, n, m, alpha, {{whole, 1, order}}, {b}, beta, c);
  else
    product<T>(m, n, n, alpha, {b}, {{whole, order, 1}}, beta, c);
}

}  // namespace

template <class T>
void symm(bool row_major, bool hermitian, Side side, Uplo uplo, index_t m, index_t n, const T* alpha, const T* a,
          index_t lda, const T* b, index_t ldb, const T* beta, T* c, index_t ldc) {
  if (m == 0 || n == 0 || (is_zero(*alpha) && is_one(*beta))) return;
  const View<const T> bv{b, strides_of(row_major, Trans::none, ldb)};
  const View<T> cv{c, strides_of(row_major, Trans::none, ldc)};
  if (is_zero(*alpha)) return product<T>(m, n, 0, *alpha, {bv}, {bv}, *beta, cv);

  const bool left = side == Side::left;
  const index_t order = left ? m : n;
  const View<const T> av{a, strides_of(row_major, Trans::none, lda)};
  if (order * order * static_cast<index_t>(sizeof(T)) <= kStackBytes)
    return written_out(av, left, uplo, hermitian, m, n, *alpha, bv, *beta, cv);

  // alpha multiplies gemm's A, which is the symmetric operand from the left and B from the right.
  const SymmetricSource<T> source(av, left, uplo, hermitian, left ? *alpha : widened<T>(RealOf<T>(1)));
  GemmExtras extras;
  (left ? extras.a_source : extras.b_source) = &source;
  const Operand<T> itself{{nullptr, 0, 0}};
  if (left)
    product<T>(m, n, m, *alpha, itself, {bv}, *beta, cv, &extras);
  else
    product<T>(m, n, n, *alpha, {bv}, itself, *beta, cv, &extras);
}

#define TESSERA_INSTANTIATE(T)                                                                                 \
  template void symm(bool, bool, Side, Uplo, index_t, index_t, const T*, const T*, index_t, const T*, index_t, \
                     const T*, T*, index_t);
TESSERA_FOR_EACH_TYPE(TESSERA_INSTANTIATE)

}  // namespace tessera::blas
