// Symmetric and Hermitian matrices times a vector: each stored element is read once and serves both its places.
#include "blas/level2/strips.h"

namespace tessera::blas {
namespace {

// One call: which triangle of A, the vectors as they are taken, `factor` in place of alpha.
template <class T>
class Symmetric {
 public:
  Symmetric(const ColumnView& a, Uplo uplo, index_t n, T factor, const Vector<T>& x, const Vector<T>& y)
      : a_(a), uplo_(uplo), n_(n), factor_(factor), x_(x), y_(y) {}

  void triangle(int threads) const {
    const Strips<T> strips(uplo_, n_);
    strips.run(threads, y_, [&](index_t k, auto&& add) {
      Window<T> in;
      T t[kWindow<T>], sums[kWindow<T>], more[kWindow<T>];
      const Range own = strips.own(k);
      const index_t width = own.end - own.begin;
      const ColumnView beside = rectangle(a_, n_);
      MatvecArgs g;
      g.conjugate = true;
      g.j0 = own.begin;
      g.j1 = own.end;
      g.t = t;
      g.alpha = &factor_;
      bool any = false;
      strips.for_windows(k, [&](index_t r0, index_t r1, bool with_own) {
        g.r0 = r0;
        g.r1 = r1;
        g.x = in.load(x_, r0, r1);
        add(r0, r1, [&](T* p) {
          g.y = p;
          if (with_own) {
            g.view = &a_;
            g.s = more;
            kernels_.symmetric[uplo_ == Uplo::upper](g);
            const T* const mine = p + (own.begin - r0);
            for (index_t j = 0; j < width; ++j) {
              T value = mine[j];
              if (any) value = value + factor_ * sums[j];
              y_[own.begin + j] = y_[own.begin + j] + conjugate_if(y_.conjugated, value);
            }
            return;
          }
          if (!any)
            for (index_t j = 0; j < width; ++j) t[j] = factor_ * conjugate_if(x_.conjugated, x_[own.begin + j]);
          g.view = &beside;
          g.s = any ? more : sums;
          kernels_.both(g);
          for (index_t j = 0; any && j < width; ++j) sums[j] = sums[j] + more[j];
          any = true;
        });
      });
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
  if (n <= Strips<T>::width(n) && incx == 1 && incy == 1 && !conjugated && !is_band(a)) {
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
  if (is_band(a)) return call.band();
  call.triangle(matrix_threads(n * n / 2 * static_cast<index_t>(sizeof(T))));
}

#define TESSERA_INSTANTIATE(T) \
  template void symv(const ColumnView&, Uplo, index_t, bool, const T*, const T*, index_t, const T*, T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
