// Triangular matrices times a vector, and their systems, in place. Diagonal blocks are as high as a window; what lies
// beside them is a matrix times a vector whose elements are not yet changed, or already solved.
#include "blas/level2/windows.h"

namespace tessera::blas {
namespace {

template <class T>
class Triangle {
 public:
  Triangle(const ColumnView& a, TriangleOp op, index_t n, const Vector<T>& x) : a_(a), op_(op), n_(n), x_(x) {}

  void multiply() {
    // A block comes before those that need its old elements.
    for_blocks(op_.transposed == (op_.uplo == Uplo::lower), [&](MatvecArgs& g) {
      T s[kWindow<T>];
      g.s = s;
      (op_.transposed ? kernels_.multiply_transposed : kernels_.multiply)[op_.uplo == Uplo::upper](g);
      beside(g, 1);
    });
  }
  void solve() {
    for_blocks(op_.transposed == (op_.uplo == Uplo::upper), [&](MatvecArgs& g) {
      beside(g, -1);
      solve_block(g, op_.transposed ? kernels_.solve_transposed : kernels_.solve);
    });
  }

 private:
  template <class F>
  void for_blocks(bool forward, F&& f) {
    const index_t blocks = ceil_div(n_, kWindow<T>);
    for (index_t b = 0; b < blocks; ++b) {
      const index_t begin = kWindow<T> * (forward ? b : blocks - 1 - b), end = min_index(begin + kWindow<T>, n_);
      MatvecArgs g{};
      g.view = &a_;
      g.r0 = g.j0 = begin;
      g.r1 = g.j1 = end;
      g.y = own_.load(x_, begin, end);
      g.conjugate = op_.conjugated && op_.transposed;
      g.skip_zeros = true;
      g.unit = op_.unit;
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
  g.y = x;
  g.conjugate = op.conjugated && op.transposed;
  g.skip_zeros = true;
  g.unit = op.unit;
  return g;
}

}  // namespace

template <class T>
void trmv(const ColumnView& a, TriangleOp op, index_t n, T* x, index_t incx) {
  if (!is_one_block<T>(op, n, incx, kWindow<T>)) return triangle(a, op, n, x, incx).multiply();
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
