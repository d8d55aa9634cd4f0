// Triangular matrices times a vector, and their systems, in place. Diagonal blocks are as high as a window; what lies
// beside them is a matrix times a vector whose elements are not yet changed, or already solved.
#include "blas/level2/strips.h"

namespace tessera::blas {
namespace {

template <class T>
class Triangle {
 public:
  Triangle(const ColumnView& a, TriangleOp op, index_t n, const Vector<T>& x) : a_(a), op_(op), n_(n), x_(x) {}

  // Bands: diagonal blocks as high as a window.
  void multiply_band() {
    // A block comes before those that need its old elements.
    for_blocks(op_.transposed == (op_.uplo == Uplo::lower), [&](MatvecArgs& g) {
      T s[kWindow<T>];
      g.s = s;
      (op_.transposed ? kernels_.multiply_transposed : kernels_.multiply)[op_.uplo == Uplo::upper](g);
      beside(g, 1);
    });
  }
  // Strips of columns, each with its triangle and what is beside.
  void multiply(int threads) {
    const Strips<T> strips(op_.uplo, n_);
    if (op_.transposed) return multiply_transposed(strips, threads);
    const ColumnView rest = rectangle(a_, n_);
    strips.run(threads, x_, [&](index_t k, auto&& add) {
      T t[kWindow<T>];
      const Range own = strips.own(k);
      for (index_t j = own.begin; j < own.end; ++j) t[j - own.begin] = conjugate_if(x_.conjugated, x_[j]);
      MatvecArgs g = arguments(own);
      g.t = t;
      strips.for_windows(k, [&](index_t r0, index_t r1, bool with_own) {
        g.r0 = r0;
        g.r1 = r1;
        add(r0, r1, [&](T* p) {
          g.y = p;
          if (!with_own) {
            g.view = &rest;
            return kernels_.axpy(g);
          }
          T* const mine = p + (own.begin - r0);
          for (index_t j = own.begin; j < own.end; ++j) mine[j - own.begin] = t[j - own.begin];
          g.view = &a_;
          kernels_.multiply[op_.uplo == Uplo::upper](g);
          for (index_t j = own.begin; j < own.end; ++j) x_[j] = conjugate_if(x_.conjugated, mine[j - own.begin]);
        });
      });
    });
  }
  void solve() {
    for_blocks(op_.transposed == (op_.uplo == Uplo::upper), [&](MatvecArgs& g) {
      beside(g, -1);
      solve_block(g, op_.transposed ? kernels_.solve_transposed : kernels_.solve);
    });
  }

 private:
  // Sums over a strip's rows: of a copy of x when others change it meanwhile.
  void multiply_transposed(const Strips<T>& strips, int threads) {
    T* copy = nullptr;
    if (threads > 1)
      copy = static_cast<T*>(workspace(WorkspaceSlot::operand, allocation_size(n_ * static_cast<index_t>(sizeof(T)))));
    Vector<T> x = x_;
    if (copy != nullptr) {
      for (index_t i = 0; i < n_; ++i) copy[i] = x_[i];
      x = {copy, 1, false};
    }
    const auto strip = [&](index_t k) {
      Window<T> in, out;
      T s[kWindow<T>];
      const Range own = strips.own(k);
      MatvecArgs g = arguments(own);
      g.view = &a_;
      g.s = s;
      T* const y = out.load(x_, own.begin, own.end);
      const Range with_own = strips.own_window(k);
      g.r0 = with_own.begin;
      g.r1 = with_own.end;
      g.x = in.load(x, g.r0, g.r1);
      g.y = y - (own.begin - g.r0);
      kernels_.multiply_transposed[op_.uplo == Uplo::upper](g);
      ColumnView rest = rectangle(a_, n_);
      const T one = from_real<T>(1);
      strips.for_windows_beside(k, [&](index_t r0, index_t r1) {
        rest.lo = r0;
        rest.hi = r1;
        add_sums(rest, n_, own, g.conjugate, &one, x, one, Vector<T>{y - own.begin, 1, false});
      });
      out.store(x_, own.begin, own.end);
    };
    if (copy == nullptr) {
      const bool forward = op_.uplo == Uplo::lower;
      for (index_t k = 0; k < strips.count(); ++k) strip(forward ? k : strips.count() - 1 - k);
      return;
    }
    const auto alternating = [&](index_t task) { strip(strips.alternating(task)); };
    TaskJob job(alternating, strips.count());
    run_job({threads}, job);
  }
  MatvecArgs arguments(Range columns) const {
    MatvecArgs g;
    g.j0 = columns.begin;
    g.j1 = columns.end;
    g.conjugate = op_.conjugated && op_.transposed;
    g.skip_zeros = true;
    g.unit = op_.unit;
    return g;
  }

  template <class F>
  void for_blocks(bool forward, F&& f) {
    const index_t blocks = ceil_div(n_, kWindow<T>);
    for (index_t b = 0; b < blocks; ++b) {
      const index_t begin = kWindow<T> * (forward ? b : blocks - 1 - b), end = min_index(begin + kWindow<T>, n_);
      MatvecArgs g = arguments({begin, end});
      g.view = &a_;
      g.r0 = begin;
      g.r1 = end;
      g.y = own_.load(x_, begin, end);
      g.x = g.y;
      f(g);
      own_.store(x_, begin, end);
    }
  }

  // A diagonal block by triangles of kTriangle columns and the rectangles beside them.
  void solve_block(const MatvecArgs& block, const MatvecFn (&solve)[2]) {
    const bool upper = op_.uplo == Uplo::upper;
    if (is_band(a_) || block.r1 - block.r0 <= kTriangle) return solve[upper](block);
    T* const y = static_cast<T*>(block.y) - block.r0;
    T t[kTriangle];
    const bool forward = op_.transposed == upper;
    const ColumnView whole = rectangle(a_, n_);
    const index_t pieces = ceil_div(block.r1 - block.r0, kTriangle);
    for (index_t k = 0; k < pieces; ++k) {
      const index_t begin = block.r0 + kTriangle * (forward ? k : pieces - 1 - k),
                    end = min_index(begin + kTriangle, block.r1);
      MatvecArgs own = block, rest = block;
      own.r0 = own.j0 = rest.j0 = begin;
      own.r1 = own.j1 = rest.j1 = end;
      own.y = y + begin;
      rest.view = &whole;
      rest.r0 = upper ? block.r0 : end;
      rest.r1 = upper ? begin : block.r1;
      rest.x = rest.y = y + rest.r0;
      rest.t = rest.s = t;
      if (op_.transposed) {
        if (rest.r0 < rest.r1) {
          kernels_.dot(rest);
          for (index_t j = begin; j < end; ++j) y[j] = y[j] + real_times(RealOf<T>(-1), t[j - begin]);
        }
        solve[upper](own);
      } else {
        solve[upper](own);
        for (index_t j = begin; j < end; ++j) t[j - begin] = real_times(RealOf<T>(-1), y[j]);
        if (rest.r0 < rest.r1) kernels_.axpy(rest);
      }
    }
  }

  // Adds to the block `sign` times what the rest of x contributes.
  void beside(const MatvecArgs& block, RealOf<T> sign) {
    const index_t begin = block.r0, end = block.r1;
    const bool before = op_.transposed == (op_.uplo == Uplo::upper);
    MatvecArgs g = block;
    T t[kChunk];
    if (op_.transposed) {
      const Range rows =
          before ? Range{rows_of(a_, n_, begin, end).begin, begin} : Range{end, rows_of(a_, n_, begin, end).end};
      for_pieces(rows.begin, rows.end, kWindow<T>, [&](index_t r0, index_t r1) {
        g.r0 = r0;
        g.r1 = r1;
        g.x = other_.load(x_, r0, r1);
        g.s = t;
        for_pieces(begin, end, kChunk, [&](index_t j0, index_t j1) {
          g.j0 = j0;
          g.j1 = j1;
          kernels_.dot(g);
          T* const y = static_cast<T*>(block.y) - begin;
          for (index_t j = j0; j < j1; ++j) y[j] = y[j] + real_times(sign, t[j - j0]);
        });
      });
    } else {
      const Range with = columns_with(a_, n_, begin, end);
      g.t = t;
      for_pieces(before ? with.begin : end, before ? begin : with.end, kChunk, [&](index_t j0, index_t j1) {
        for (index_t j = j0; j < j1; ++j) t[j - j0] = real_times(sign, conjugate_if(x_.conjugated, x_[j]));
        g.j0 = j0;
        g.j1 = j1;
        kernels_.axpy(g);
      });
    }
  }

  const ColumnView& a_;
  TriangleOp op_;
  index_t n_;
  Vector<T> x_;
  const MatvecKernels& kernels_ = matvec_kernels<T>();
  Window<T> own_, other_;
};

// conj(A) x is the conjugate of A conj(x).
template <class T>
Triangle<T> triangle(const ColumnView& a, TriangleOp op, index_t n, T* x, index_t incx) {
  return Triangle<T>(a, op, n, vector_of(x, n, incx, op.conjugated && !op.transposed));
}

// Whether a kernel can do it at once, on x as it lies.
template <class T>
bool is_one_block(TriangleOp op, index_t n, index_t incx, index_t most) {
  return n <= most && incx == 1 && !(kIsComplex<T> && op.conjugated && !op.transposed);
}
template <class T>
MatvecArgs block(const ColumnView& a, TriangleOp op, index_t n, T* x) {
  MatvecArgs g = whole(a, n, n);
  g.x = g.y = x;
  g.conjugate = op.conjugated && op.transposed;
  g.skip_zeros = true;
  g.unit = op.unit;
  return g;
}

}  // namespace

template <class T>
void trmv(const ColumnView& a, TriangleOp op, index_t n, T* x, index_t incx) {
  // A transposed product has the same bits in one block and in strips.
  const index_t bytes = n * n / 2 * static_cast<index_t>(sizeof(T));
  const int threads = is_band(a) ? 1 : matrix_threads(bytes);
  const index_t most = is_band(a) || (op.transposed && threads == 1) ? kWindow<T> : Strips<T>::width(n);
  if (!is_one_block<T>(op, n, incx, most)) {
    Triangle<T> call = triangle(a, op, n, x, incx);
    return is_band(a) ? call.multiply_band() : call.multiply(threads);
  }
  const MatvecKernels& kernels = matvec_kernels<T>();
  MatvecArgs g = block(a, op, n, x);
  T s[kWindow<T>];
  g.s = s;
  (op.transposed ? kernels.multiply_transposed : kernels.multiply)[op.uplo == Uplo::upper](g);
}
template <class T>
void trsv(const ColumnView& a, TriangleOp op, index_t n, T* x, index_t incx) {
  if (!is_one_block<T>(op, n, incx, kTriangle)) return triangle(a, op, n, x, incx).solve();
  const MatvecKernels& kernels = matvec_kernels<T>();
  const MatvecArgs g = block(a, op, n, x);
  (op.transposed ? kernels.solve_transposed : kernels.solve)[op.uplo == Uplo::upper](g);
}

#define TESSERA_INSTANTIATE(T)                                             \
  template void trmv(const ColumnView&, TriangleOp, index_t, T*, index_t); \
  template void trsv(const ColumnView&, TriangleOp, index_t, T*, index_t);
TESSERA_INSTANTIATE(float)
TESSERA_INSTANTIATE(double)
TESSERA_INSTANTIATE(c32)
TESSERA_INSTANTIATE(c64)
#undef TESSERA_INSTANTIATE

}  // namespace tessera::blas
