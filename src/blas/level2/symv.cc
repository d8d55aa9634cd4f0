// Symmetric and Hermitian matrices times a vector: each stored element is read once and serves both its places.
#include "blas/level2/windows.h"

namespace tessera::blas {
namespace {

// One call: which triangle of A, the vectors as they are taken, `factor` in place of alpha.
template <class T>
class Symmetric {
 public:
  Symmetric(const ColumnView& a, Uplo uplo, index_t n, T factor, const Vector<T>& x, const Vector<T>& y)
      : a_(a), uplo_(uplo), n_(n), factor_(factor), x_(x), y_(y) {}

  // Rows window by window: the triangle that they have, then the columns beside it.
  void triangle() {
    T s[kWindow<T>];
    const ColumnView whole = rectangle(a_, n_);
    for_pieces(0, n_, kWindow<T>, [&](index_t r0, index_t r1) {
      MatvecArgs g = window(r0, r1);
      g.view = &a_;
      g.j0 = r0;
      g.j1 = r1;
      g.s = s;
      g.alpha = &factor_;
      kernels_.symmetric[uplo_ == Uplo::upper](g);
      g.view = &whole;
      const Range rest = uplo_ == Uplo::lower ? Range{0, r0} : Range{r1, n_};
      beside(g, rest, [&](index_t j, T add, T) { y_[j] = y_[j] + conjugate_if(y_.conjugated, add); });
      out_.store(y_, r0, r1);
    });
  }
  // A band's columns, in each window of rows.
  void band() {
    const ColumnView view = strict(a_, uplo_);
    for_pieces(0, n_, kWindow<T>, [&](index_t r0, index_t r1) {
      MatvecArgs g = window(r0, r1);
      g.view = &view;
      T* const y = static_cast<T*>(g.y) - r0;
      beside(g, columns_with(a_, n_, r0, r1), [&](index_t j, T add, T t) {
        if (j >= r0 && j < r1) {
          const T d = *diagonal<T>(a_, j);
          y[j] = y[j] + (add + real_times(real_part(d), t));
        } else {
          y_[j] = y_[j] + conjugate_if(y_.conjugated, add);
        }
      });
      out_.store(y_, r0, r1);
    });
  }

 private:
  static RealOf<T> real_part(T x) {
    if constexpr (kIsComplex<T>) {
      return x.re;
    } else {
      return x;
    }
  }
  MatvecArgs window(index_t r0, index_t r1) {
    MatvecArgs g;
    g.r0 = r0;
    g.r1 = r1;
    g.x = in_.load(x_, r0, r1);
    g.y = out_.load(y_, r0, r1);
    g.conjugate = true;
    return g;
  }
  // Both products of the columns with the window's rows; put(j, alpha * sum, alpha * x(j)).
  template <class F>
  void beside(MatvecArgs& g, Range columns, F&& put) {
    T s[kChunk];
    g.t = t_;
    g.s = s;
    for_pieces(columns.begin, columns.end, kChunk, [&](index_t j0, index_t j1) {
      for (index_t j = j0; j < j1; ++j) t_[j - j0] = factor_ * conjugate_if(x_.conjugated, x_[j]);
      g.j0 = j0;
      g.j1 = j1;
      kernels_.both(g);
      for (index_t j = j0; j < j1; ++j) put(j, factor_ * s[j - j0], t_[j - j0]);
    });
  }

  const ColumnView& a_;
  Uplo uplo_;
  index_t n_;
  T factor_;
  Vector<T> x_, y_;
  const MatvecKernels& kernels_ = matvec_kernels<T>();
  Window<T> in_, out_;
  T t_[kChunk];
};

}  // namespace

template <class T>
void symv(const ColumnView& a, Uplo uplo, index_t n, bool conjugated, const T* alpha, const T* x, index_t incx,
          const T* beta, T* y, index_t incy) {
  if (n == 0) return;
  scale(vector_of(y, n, incy), n, *beta);
  if (is_zero(*alpha)) return;
  if (n <= kWindow<T> && incx == 1 && incy == 1 && !conjugated && !is_band(a)) {
    T s[kWindow<T>];
    MatvecArgs g = whole(a, n, n);
    g.x = x;
    g.y = y;
    g.s = s;
    g.alpha = alpha;
    return matvec_kernels<T>().symmetric[uplo == Uplo::upper](g);
  }
  Symmetric<T> call(a, uplo, n, conjugate_if(conjugated, *alpha), vector_of(const_cast<T*>(x), n, incx, conjugated),
                    vector_of(y, n, incy, conjugated));
  is_band(a) ? call.band() : call.triangle();
}

#define TESSERA_INSTANTIATE(T) \
  template void symv(const ColumnView&, Uplo, index_t, bool, const T*, const T*, index_t, const T*, T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
