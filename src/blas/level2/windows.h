// Windows of vectors and of matrices: what the files of this folder share.
#pragma once

#include "base/int_math.h"
#include "blas/level2/level2.h"
#include "runtime/num_threads.h"
#include "runtime/profile.h"
#include "runtime/registry.h"
#include "runtime/thread_pool.h"

namespace tessera::blas {

// Rows of a window: 16 KiB of a vector, half of the smallest L1 that matters, so that x or y stays there while the
// columns pass. A part of the definition of the sums over rows (docs/numerics.md).
template <class T>
inline constexpr index_t kWindow = 16384 / static_cast<index_t>(sizeof(T));
template <class T>
inline constexpr index_t kLine = 64 / static_cast<index_t>(sizeof(T));
// Columns whose factors or sums are gathered at once.
inline constexpr index_t kChunk = 128;

template <class T>
inline const MatvecKernels& matvec_kernels() {
  static const MatvecKernels& kernels = [&]() -> const MatvecKernels& {
    const MatvecSet& set = best_isa().matvec(real_of(Scalar<T>::kType));
    return kIsComplex<T> ? set.complex : set.real;
  }();
  return kernels;
}

template <class T>
constexpr T conjugate_if(bool yes, T x) {
  if constexpr (kIsComplex<T>) {
    return yes ? T{x.re, -x.im} : x;
  } else {
    return x;
  }
}

template <class T>
constexpr T from_real(RealOf<T> r) {
  if constexpr (kIsComplex<T>) {
    return {r, 0};
  } else {
    return r;
  }
}

template <class T>
constexpr T real_times(RealOf<T> d, T t) {
  if constexpr (kIsComplex<T>) {
    return {d * t.re, d * t.im};
  } else {
    return d * t;
  }
}

// A vector of the caller: element 0, increment, whether it is taken conjugated.
template <class T>
struct Vector {
  T* first;
  index_t inc;
  bool conjugated;

  T& operator[](index_t i) const { return first[i * inc]; }
  bool in_place() const { return inc == 1 && !conjugated; }
};
template <class T>
constexpr Vector<T> vector_of(T* x, index_t n, index_t inc, bool conjugated = false) {
  return {first_element(x, n, inc), inc, kIsComplex<T> && conjugated};
}

// Elements `begin` and up.
template <class T>
constexpr Vector<T> from(const Vector<T>& v, index_t begin) {
  return {v.first + begin * v.inc, v.inc, v.conjugated};
}

template <class T>
struct Window {
  alignas(64) T buffer[kWindow<T>];

  // Elements begin..end of v, contiguous.
  T* load(const Vector<T>& v, index_t begin, index_t end) {
    if (v.in_place()) return v.first + begin;
    for (index_t i = begin; i < end; ++i) buffer[i - begin] = conjugate_if(v.conjugated, v[i]);
    return buffer;
  }
  void store(const Vector<T>& v, index_t begin, index_t end) const {
    if (v.in_place()) return;
    for (index_t i = begin; i < end; ++i) v[i] = conjugate_if(v.conjugated, buffer[i - begin]);
  }
};

// y := beta * y, a beta of 0 clears it unread.
template <class T>
void scale(const Vector<T>& y, index_t n, T beta) {
  if (is_one(beta)) return;
  if (y.inc == 1 && (!kIsComplex<T> || is_zero(beta))) {
    T* const p = y.first;  // contiguous, which the compiler has to be told
    if (is_zero(beta)) {
      for (index_t i = 0; i < n; ++i) p[i] = T{};
    } else if constexpr (!kIsComplex<T>) {
      for (index_t i = 0; i < n; ++i) p[i] *= beta;
    }
  } else if (is_zero(beta)) {
    for (index_t i = 0; i < n; ++i) y[i] = T{};
  } else if constexpr (kIsComplex<T>) {
    if (beta.im == 0) {
      for (index_t i = 0; i < n; ++i) y[i] = {y[i].re * beta.re, y[i].im * beta.re};
    } else {
      for (index_t i = 0; i < n; ++i) y[i] = beta * y[i];
    }
  } else {
    for (index_t i = 0; i < n; ++i) y[i] *= beta;
  }
}

// The columns of n that have rows in r0..r1, and the rows of m that columns j0..j1 have.
struct Range {
  index_t begin, end;
};
constexpr Range columns_with(const ColumnView& a, index_t n, index_t r0, index_t r1) {
  return {a.hi_step ? clamp_index(r0 - a.hi + 1, 0, n) : 0, a.lo_step ? clamp_index(r1 - a.lo, 0, n) : n};
}
constexpr Range rows_of(const ColumnView& a, index_t m, index_t j0, index_t j1) {
  return {clamp_index(a.lo + j0 * a.lo_step, 0, m), clamp_index(a.hi + (j1 - 1) * a.hi_step, 0, m)};
}

// A triangle without its diagonal.
constexpr ColumnView strict(ColumnView a, Uplo uplo) {
  if (uplo == Uplo::upper)
    --a.hi;
  else
    ++a.lo;
  return a;
}
template <class T>
T* diagonal(const ColumnView& a, index_t j) {
  return static_cast<T*>(a.a) + j * a.stride + j * (j - 1) / 2 * a.stride_step + j;
}

// Columns of a triangle that are taken at once: what is beside their own triangle is a rectangle, of which kernels take
// more columns together. A part of the definition of the sums over rows.
inline constexpr index_t kTriangle = 32;
constexpr bool is_band(const ColumnView& a) { return a.lo_step != 0 && a.hi_step != 0; }
// The rows of a triangle's columns that all of them have, as a matrix without a triangle.
constexpr ColumnView rectangle(ColumnView a, index_t n) {
  a.lo = a.lo_step = a.hi_step = 0;
  a.hi = n;
  return a;
}

// y := beta y + alpha * op(A)^T x for the columns `columns`, each a sum over the rows that they have.
template <class T>
void add_sums(const ColumnView& a, index_t m, Range columns, bool conjugated, const T* alpha, const Vector<T>& x,
              const T& beta, const Vector<T>& y);

// A kernel's arguments for all m rows and n columns.
inline MatvecArgs whole(const ColumnView& a, index_t m, index_t n) {
  MatvecArgs g;
  g.view = &a;
  g.r0 = 0;
  g.r1 = m;
  g.j0 = 0;
  g.j1 = n;
  return g;
}

// f(begin, end) for pieces of at most `size` from begin to end.
template <class F>
void for_pieces(index_t begin, index_t end, index_t size, F&& f) {
  for (index_t i = begin; i < end; i += size) f(i, min_index(i + size, end));
}

// How many threads a call that reads `bytes` of a matrix is worth. Who waits for work begins in a microsecond; who
// sleeps does so in 50 and costs the caller 5 to wake: that is for calls as long (50 us of reading from L3, Zen 4), and
// for one in sixteen of the shorter ones, so that a program of nothing else has them awake.
inline constexpr index_t kEach = 192 << 10;  // of the matrix for a thread
int matrix_threads(index_t bytes);

// A job of one phase: f(task).
template <class F>
struct TaskJob final : PhasedJob {
  F& f;
  index_t count;
  TaskJob(F& body, index_t n) : f(body), count(n) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return count; }
  void run(int, index_t task) noexcept override { f(task); }
};

// Calls f(part, parts) for the parts of a call that reads `bytes` of a matrix: one for each thread that it is worth. f
// must give the same bits however many parts there are.
template <class F>
void for_parts(index_t bytes, F&& f) {
  const int threads = matrix_threads(bytes);
  if (threads <= 1) return f(0, 1);
  const auto part = [&](index_t task) { f(task, threads); };
  TaskJob job(part, threads);
  run_job({threads}, job);
}

}  // namespace tessera::blas
