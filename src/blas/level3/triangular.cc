// Products with and solutions of triangular systems: trmm, trsm.
//
// Whatever side, triangle, transposition and layout, the problem is op(A) from the left on a B of general strides. B is
// cut into blocks of kBlock rows:
//
//   trsm    for each block, first to last (lower) or last to first (upper):
//               B(block) := A(block, block)^-1 * B(block)         here
//               B(rest) -= A(rest, block) * B(block)              gemm
//   trmm    for each block, in the order in which none is needed after it has been overwritten:
//               B(done) += A(done, block) * B(block)              gemm
//               B(block) := A(block, block) * B(block)            here
//
// A diagonal block's rows are brought, a strip of columns at a time, into a micro-panel, and GEMM kernels run from the
// panel to itself; the triangle on the diagonal that their tiles leave is the triangular tile's
// (kernel/triangle_contract.h). Where the order of rows is from last to first, the panel holds them so: then trsm is
// always a lower and trmm always an upper one.
#include <cmath>

#include "base/int_math.h"
#include "blas/level3/level3.h"
#include "runtime/num_threads.h"
#include "runtime/registry.h"
#include "runtime/thread_pool.h"
#include "runtime/workspace.h"

namespace tessera::blas {

namespace {

// Rows of a diagonal block. The packed triangle takes half of L2 and a strip's panel as much as L1 at most sizes; twice
// as many rows gain nothing, half as many leave gemm with too short a k. It decides in which order sums are formed, so
// it is one number for every machine.
template <class T>
inline constexpr index_t kBlock = kIsComplex<T> ? 128 : 256;

// Buffers on the stack: for small problems, and for any problem when memory is missing.
constexpr index_t kStackTriangle = 24 * 1024;
constexpr index_t kStackPanel = 20 * 1024;
// GEMM kernels may read this much past a panel of A.
constexpr index_t kSlack = 64;

template <class T>
constexpr T times(T alpha, T x) {
  if constexpr (kIsComplex<T>) {
    if (alpha.im == 0) return {alpha.re * x.re, alpha.re * x.im};
  }
  return alpha * x;
}

// x / y without the overflow of |y|^2 (R. L. Smith, CACM 1962).
template <class T>
T quotient(T x, T y) {
  if constexpr (kIsComplex<T>) {
    using R = RealOf<T>;
    if (std::fabs(y.re) >= std::fabs(y.im)) {
      const R r = y.im / y.re, d = y.re + y.im * r;
      return {(x.re + x.im * r) / d, (x.im - x.re * r) / d};
    }
    const R r = y.re / y.im, d = y.re * r + y.im;
    return {(x.re * r + x.im) / d, (x.im * r - x.re) / d};
  } else {
    return x / y;
  }
}

template <class T>
T reciprocal(T x) {
  return quotient(widened<T>(RealOf<T>(1)), x);
}

// Whether a product with the reciprocal is as good as a quotient: not where it overflows or loses bits.
template <class T>
bool invertible(T x) {
  const T inverse = reciprocal(x);
  if constexpr (kIsComplex<T>) {
    if (is_zero(x) || !std::isfinite(x.re) || !std::isfinite(x.im)) return true;
    return std::isfinite(inverse.re) && std::isfinite(inverse.im) &&
           (std::isnormal(inverse.re) || std::isnormal(inverse.im));
  } else {
    return x == 0 || !std::isfinite(x) || std::isnormal(inverse);
  }
}

enum class Task : bool { solve, multiply };

template <class T>
struct Problem {
  Task task;
  bool unit, conj;
  bool reversed;  // rows go from last to first
  index_t m, n;
  T alpha;
  View<const T> a;  // op(A) but for the conjugation
  View<T> b;
};

// One diagonal block in the order of the panel's rows: element (i, p) of the triangle that solve and multiply see.
template <class T>
struct Triangle {
  static constexpr int kParts = Scalar<T>::kParts;
  using Real = RealOf<T>;

  Triangle(const Problem<T>& g, index_t begin, index_t rows)
      : task_(g.task),
        unit_(g.unit),
        conj_(g.conj),
        scale_(g.task == Task::solve ? widened<T>(Real(-1)) : g.alpha),
        a_(g.reversed ? View<const T>{g.a.at(begin + rows - 1, begin + rows - 1), -g.a.rs, -g.a.cs}
                      : g.a.from(begin, begin)),
        rows_(rows) {}

  index_t rows() const { return rows_; }

  // Elements outside the triangle of a tile with rows [i, i + h): how many steps its GEMM kernel makes.
  index_t depth(index_t i, index_t h) const { return task_ == Task::solve ? i : rows_ - i - h; }
  // Reals of a packed tile: the panel for the GEMM kernel, then the triangle.
  index_t packed_size(index_t i, index_t h) const { return kParts * (depth(i, h) * h + h * (h + 1) / 2); }

  bool invertible_diagonal() const {
    if (task_ == Task::multiply || unit_) return true;
    for (index_t i = 0; i < rows_; ++i)
      if (!invertible(*a_.at(i, i))) return false;
    return true;
  }

  void pack(index_t i, index_t h, Real* dst) const {
    const index_t k = depth(i, h);
    const View<const T> panel = a_.from(i, task_ == Task::solve ? 0 : i + h);
    if (h == 8 && panel.rs == 1)
      pack_panel<8, 1>(panel, h, k, dst);
    else if (h == 8 && panel.rs == -1)
      pack_panel<8, -1>(panel, h, k, dst);
    else if (h == 8)
      pack_panel<8, 0>(panel, h, k, dst);
    else
      pack_panel<0, 0>(panel, h, k, dst);
    dst += kParts * k * h;
    const View<const T> tile = a_.from(i, i);
    for (index_t r = 0; r < h; ++r) {
      const T d = unit_ ? widened<T>(Real(1)) : conjugated(*tile.at(r, r));
      put(dst, task_ == Task::multiply ? times(scale_, d) : unit_ ? d : reciprocal(d));
      // Below the diagonal by columns, or right of it by rows.
      for (index_t q = r + 1; q < h; ++q)
        put(dst, times(scale_, conjugated(*(task_ == Task::solve ? tile.at(q, r) : tile.at(r, q)))));
    }
  }

  // Solves rows of one column of B as written, by quotients.
  void substitute(T* x, index_t step) const {
    for (index_t i = 0; i < rows_; ++i) {
      T s = x[i * step];
      for (index_t p = 0; p < i; ++p) s = s + times(widened<T>(Real(-1)), conjugated(*a_.at(i, p)) * x[p * step]);
      x[i * step] = quotient(s, conjugated(*a_.at(i, i)));
    }
  }

 private:
  static void put(Real*& dst, T x) {
    if constexpr (kIsComplex<T>) {
      *dst++ = x.re;
      *dst++ = x.im;
    } else {
      *dst++ = x;
    }
  }
  T conjugated(T x) const {
    if constexpr (kIsComplex<T>) {
      if (conj_) x.im = -x.im;
    }
    return x;
  }

  // kH, kRow: the height and the step from row to row when they are known, 0 when not.
  template <int kH, index_t kRow>
  void pack_panel(const View<const T>& a, index_t height, index_t k, Real* dst) const {
    const index_t h = kH > 0 ? kH : height, rs = kRow != 0 ? kRow : a.rs;
    for (index_t p = 0; p < k; ++p, dst += kParts * h) {
      const T* src = a.at(0, p);
      for (index_t i = 0; i < h; ++i) {
        const T x = times(scale_, conjugated(src[i * rs]));
        if constexpr (kIsComplex<T>) {
          dst[i] = x.re;
          dst[h + i] = x.im;
        } else {
          dst[i] = x;
        }
      }
    }
  }

  Task task_;
  bool unit_, conj_;
  T scale_;
  View<const T> a_;
  index_t rows_;
};

// The diagonal blocks of one problem, on one thread.
template <class T>
class DiagonalBlocks {
  static constexpr int kParts = Scalar<T>::kParts;
  using Real = RealOf<T>;
  static constexpr index_t kSize = sizeof(Real);

 public:
  explicit DiagonalBlocks(const Problem<T>& g)
      : g_(g),
        kernels_(best_isa().kernels(real_of(Scalar<T>::kType))),
        set_(best_isa().triangles(real_of(Scalar<T>::kType))),
        kind_(kIsComplex<T> ? set_.complex : set_.real),
        lanes_(kernels_.tiles->lanes),
        nv_(static_cast<int>(min_index(set_.nv, ceil_div(kParts * g.n, lanes_)))) {
    const index_t rows = min_index(kBlock<T>, g.m);
    const index_t triangle = triangle_bytes(rows), panel = panel_bytes(rows, nv_);
    if (triangle > kStackTriangle || panel > kStackPanel)
      memory_ = static_cast<char*>(workspace(WorkspaceSlot::operand, allocation_size(triangle + panel)));
    if (memory_ != nullptr) memory_panel_ = memory_ + triangle;
  }

  // alpha is what B is multiplied by on its way in.
  void run(index_t begin, index_t rows, const T& alpha) const {
    const Triangle<T> triangle(g_, begin, rows);
    if (!triangle.invertible_diagonal()) return substitute(triangle, begin, rows, alpha);
    if (memory_ != nullptr) return run_packed(triangle, begin, alpha, memory_, memory_panel_, nv_);
    run_on_stack(triangle, begin, alpha);
  }

 private:
  index_t triangle_bytes(index_t rows) const {
    return round_up(kParts * kSize * rows * (rows + set_.mr + 1) / 2 + kSlack, 64);
  }
  index_t panel_bytes(index_t rows, int nv) const { return kParts * kSize * rows * nv * lanes_; }

  [[gnu::noinline]] void run_on_stack(const Triangle<T>& triangle, index_t begin, const T& alpha) const {
    alignas(64) char packed[kStackTriangle];
    alignas(64) char panel[kStackPanel + kStackPanel];
    const index_t rows = triangle.rows();
    if (triangle_bytes(rows) <= kStackTriangle && panel_bytes(rows, nv_) <= kStackPanel)
      return run_packed(triangle, begin, alpha, packed, panel, nv_);
    // Without memory: a strip one register wide, and each tile of A packed anew for it.
    for_strips(1, [&](index_t j, index_t n, int nv) {
      load(begin, triangle.rows(), j, n, nv, alpha, panel);
      for (index_t i = 0, h; i < rows; i += h) {
        h = min_index(set_.mr, rows - i);
        triangle.pack(i, h, reinterpret_cast<Real*>(packed));
        tile(triangle, i, h, nv, packed, panel);
      }
      store(begin, triangle.rows(), j, n, nv, panel);
    });
  }

  void run_packed(const Triangle<T>& triangle, index_t begin, const T& alpha, char* packed, char* panel, int nv) const {
    const index_t rows = triangle.rows(), mr = set_.mr;
    char* end = packed;
    for (index_t i = 0; i < rows; i += mr) {
      const index_t h = min_index(mr, rows - i);
      triangle.pack(i, h, reinterpret_cast<Real*>(end));
      end += triangle.packed_size(i, h) * kSize;
    }
    for_strips(nv, [&](index_t j, index_t n, int width) {
      load(begin, rows, j, n, width, alpha, panel);
      const char* next = packed;
      for (index_t i = 0; i < rows; i += mr) {
        const index_t h = min_index(mr, rows - i);
        tile(triangle, i, h, width, next, panel);
        next += triangle.packed_size(i, h) * kSize;
      }
      store(begin, rows, j, n, width, panel);
    });
  }

  // f(first column, columns, registers) for strips of at most nv registers.
  template <class F>
  void for_strips(int nv, F&& f) const {
    const index_t width = nv * lanes_ / kParts;
    for (index_t j = 0; j < g_.n; j += width) {
      const index_t n = min_index(width, g_.n - j);
      f(j, n, static_cast<int>(ceil_div(kParts * n, lanes_)));
    }
  }

  void tile(const Triangle<T>& triangle, index_t i, index_t h, int nv, const char* packed, char* panel) const {
    const index_t line = nv * lanes_ * kSize, row = kParts * line, k = triangle.depth(i, h);
    char* const x = panel + i * row;
    const Real one = 1;
    GemmTileArgs args{};
    args.a = packed;
    args.b = g_.task == Task::solve ? panel : x + h * row;
    args.c = x;
    args.k = kParts * k;
    args.c_row = row;
    args.beta = &one;
    args.n_tail = static_cast<int>(lanes_);
    const void* const corner = packed + kParts * k * h * kSize;
    const KernelDescriptor& full = kernels_.kernels[0];
    const GemmTileFn gemm = h == full.mr && nv * lanes_ == full.nr ? full.packed : kernels_.tiles->packed[nv][h];
    if (g_.task == Task::solve) {
      if (k > 0) gemm(args);
      kind_.solve[nv][h](corner, x);
    } else {
      kind_.multiply[nv][h](corner, x);
      if (k > 0) gemm(args);
    }
  }

  StripArgs strip(index_t begin, index_t rows, index_t j, index_t n, int nv, char* panel) const {
    const index_t row = kParts * nv * lanes_ * kSize;
    return {g_.reversed ? panel + (rows - 1) * row : panel,
            g_.reversed ? -row : row,
            nv * lanes_,
            g_.b.at(begin, j),
            g_.b.rs,
            g_.b.cs,
            rows,
            n};
  }
  void load(index_t begin, index_t rows, index_t j, index_t n, int nv, const T& alpha, char* panel) const {
    kind_.load(strip(begin, rows, j, n, nv, panel));
    const bool second_lines = kIsComplex<T> && g_.task == Task::multiply;
    if (is_one(alpha) && !second_lines) return;
    double re, im = 0;
    if constexpr (kIsComplex<T>) {
      re = alpha.re;
      im = alpha.im;
    } else {
      re = alpha;
    }
    kind_.scale(panel, rows, nv * lanes_, re, im, second_lines);
  }
  void store(index_t begin, index_t rows, index_t j, index_t n, int nv, char* panel) const {
    kind_.store(strip(begin, rows, j, n, nv, panel));
  }

  [[gnu::noinline]] void substitute(const Triangle<T>& triangle, index_t begin, index_t rows, const T& alpha) const {
    const index_t first = g_.reversed ? begin + rows - 1 : begin;
    for (index_t j = 0; j < g_.n; ++j) {
      if (!is_one(alpha))
        for (index_t i = begin; i < begin + rows; ++i) *g_.b.at(i, j) = times(alpha, *g_.b.at(i, j));
      triangle.substitute(g_.b.at(first, j), g_.reversed ? -g_.b.rs : g_.b.rs);
    }
  }

  const Problem<T>& g_;
  const KernelList& kernels_;
  const TriangleSet& set_;
  const TriangleSet::Kind& kind_;
  index_t lanes_;
  int nv_;
  char *memory_ = nullptr, *memory_panel_ = nullptr;
};

// All of it, with `threads` threads (0: as many as the caller may have) in the products.
template <class T>
void run_blocks(const Problem<T>& g, int threads) {
  const DiagonalBlocks<T> diagonal(g);
  const T one = widened<T>(RealOf<T>(1)), minus_one = widened<T>(RealOf<T>(-1));
  const index_t count = ceil_div(g.m, kBlock<T>);
  // Solving, what is done comes before in the order of rows and the rest after; multiplying, the other way round.
  for (index_t step = 0; step < count; ++step) {
    const index_t begin = (g.reversed ? count - 1 - step : step) * kBlock<T>, rows = min_index(kBlock<T>, g.m - begin);
    const bool solve = g.task == Task::solve, below = solve != g.reversed;
    const index_t other = below ? begin + rows : 0, others = below ? g.m - other : begin;
    const T& alpha = solve && step == 0 ? g.alpha : one;
    if (solve) diagonal.run(begin, rows, alpha);
    if (others > 0)
      product<T>(others, g.n, rows, solve ? minus_one : g.alpha, {g.a.from(other, begin), g.conj}, {g.b.from(begin, 0)},
                 alpha, g.b.from(other, 0), nullptr, threads);
    if (!solve) diagonal.run(begin, rows, one);
  }
}

// Columns of B are independent: each task has a range of them for all of the problem.
template <class T>
class ColumnsJob final : public PhasedJob {
 public:
  ColumnsJob(const Problem<T>& g, index_t parts) : g_(g), parts_(parts) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return parts_; }
  void run(int, index_t task) noexcept override {
    const Part p = part_of(ceil_div(g_.n, kGrain), parts_, task);
    Problem<T> part = g_;
    part.b = g_.b.from(0, p.begin * kGrain);
    part.n = min_index(p.size * kGrain, g_.n - p.begin * kGrain);
    run_blocks(part, 1);
  }
  static constexpr index_t kGrain = 48;

 private:
  const Problem<T>& g_;
  index_t parts_;
};

// Multiply-adds that repay a second thread.
constexpr double kParallelMadds = 500e3;

template <class T>
void run(Task task, bool row_major, Side side, Uplo uplo, Trans t, Diag diag, index_t m, index_t n, const T* alpha,
         const T* a, index_t lda, T* b, index_t ldb) {
  if (m == 0 || n == 0) return;
  View<const T> av{a, strides_of(row_major, t, lda)};
  View<T> bv{b, strides_of(row_major, Trans::none, ldb)};
  bool upper = (uplo == Uplo::upper) == (t == Trans::none);
  // X * op(A) = B is op(A)^T * X^T = B^T.
  if (side == Side::right) {
    av = av.transposed();
    bv = bv.transposed();
    upper = !upper;
    const index_t rows = m;
    m = n;
    n = rows;
  }
  if (is_zero(*alpha)) {
    if (bv.cs != 1) {
      bv = bv.transposed();
      const index_t rows = m;
      m = n;
      n = rows;
    }
    for (index_t i = 0; i < m; ++i)
      for (index_t j = 0; j < n; ++j) *bv.at(i, j) = T{};
    return;
  }
  const bool reversed = upper == (task == Task::solve);
  const Problem<T> g{task, diag == Diag::unit, t == Trans::conjugate, reversed, m, n, *alpha, av, bv};
  const double madds = static_cast<double>(m) * static_cast<double>(m) / 2 * static_cast<double>(n);
  const int threads = madds < kParallelMadds ? 1 : num_threads();
  if (threads > 1 && n >= 2 * threads * ColumnsJob<T>::kGrain) {
    ColumnsJob<T> job(g, threads);
    return run_job({threads, nullptr, nullptr}, job);
  }
  run_blocks(g, threads);
}

}  // namespace

template <class T>
void trmm(bool row_major, Side side, Uplo uplo, Trans t, Diag diag, index_t m, index_t n, const T* alpha, const T* a,
          index_t lda, T* b, index_t ldb) {
  run(Task::multiply, row_major, side, uplo, t, diag, m, n, alpha, a, lda, b, ldb);
}
template <class T>
void trsm(bool row_major, Side side, Uplo uplo, Trans t, Diag diag, index_t m, index_t n, const T* alpha, const T* a,
          index_t lda, T* b, index_t ldb) {
  run(Task::solve, row_major, side, uplo, t, diag, m, n, alpha, a, lda, b, ldb);
}

#define TESSERA_INSTANTIATE(T)                                                                                   \
  template void trmm(bool, Side, Uplo, Trans, Diag, index_t, index_t, const T*, const T*, index_t, T*, index_t); \
  template void trsm(bool, Side, Uplo, Trans, Diag, index_t, index_t, const T*, const T*, index_t, T*, index_t);
TESSERA_FOR_EACH_TYPE(TESSERA_INSTANTIATE)

}  // namespace tessera::blas
