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

}  // namespace

template <class T>
void symm(bool row_major, bool hermitian, Side side, Uplo uplo, index_t m, index_t n, const T* alpha, const T* a,
          index_t lda, const T* b, index_t ldb, const T* beta, T* c, index_t ldc) {
  if (m == 0 || n == 0 || (is_zero(*alpha) && is_one(*beta))) return;
  const View<const T> bv{b, strides_of(row_major, Trans::none, ldb)};
  const View<T> cv{c, strides_of(row_major, Trans::none, ldc)};
  if (is_zero(*alpha)) return product<T>(m, n, 0, *alpha, {bv}, {bv}, *beta, cv);

  // alpha multiplies gemm's A, which is the symmetric operand from the left and B from the right.
  const bool left = side == Side::left;
  const SymmetricSource<T> source({a, strides_of(row_major, Trans::none, lda)}, left, uplo, hermitian,
                                  left ? *alpha : widened<T>(RealOf<T>(1)));
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
