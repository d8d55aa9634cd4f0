// Products with triangles that add columns: strips of columns, which threads share.
#pragma once

#include "blas/level2/windows.h"
#include "runtime/workspace.h"

namespace tessera::blas {

// The columns of an n x n triangle in strips. A strip *owns* the rows of its diagonal block. What it gives the rows
// beside is summed from 0 on, and added to what their owner made of them: strip after strip, from the nearest outwards.
// So the bits are the same whoever computes a strip, and when; they depend on n alone.
template <class T>
class Strips {
 public:
  Strips(Uplo uplo, index_t n) : upper_(uplo == Uplo::upper), n_(n), width_(width(n)) {}

  // Columns of a strip: long enough that adding its sums costs little, short enough that a matrix of 500 has work for
  // several threads; and at most so many strips that what they compute for others stays below a sixtieth of the matrix.
  static constexpr index_t width(index_t n) {
    constexpr index_t kLeast = kWindow<T> / 16;
    return clamp_index(round_up(ceil_div(n, 64), kLine<T>), kLeast, kWindow<T>);
  }

  index_t count() const { return ceil_div(n_, width_); }
  Range own(index_t k) const { return {k * width_, min_index(n_, (k + 1) * width_)}; }
  // Windows of a strip's rows: the one with its own rows, f(r0, r1) for those beside, f(r0, r1, with_own) for all, the
  // former last.
  Range own_window(index_t k) const {
    const Range rows = own(k);
    if (upper_) return {max_index(0, (k + 1) * width_ - kWindow<T>), rows.end};
    return {rows.begin, min_index(n_, rows.begin + kWindow<T>)};
  }
  template <class F>
  void for_windows_beside(index_t k, F&& f) const {
    const Range with_own = own_window(k);
    upper_ ? for_pieces(0, with_own.begin, kWindow<T>, f) : for_pieces(with_own.end, n_, kWindow<T>, f);
  }
  template <class F>
  void for_windows(index_t k, F&& f) const {
    for_windows_beside(k, [&](index_t r0, index_t r1) { f(r0, r1, false); });
    const Range with_own = own_window(k);
    f(with_own.begin, with_own.end, true);
  }

  // Strip number `task` of a job: a long one and a short one by turns, so that as many strips are as much work.
  index_t alternating(index_t task) const { return task % 2 ? count() - 1 - task / 2 : task / 2; }

  // strip(k, add) computes strip k: calls add(r0, r1, f) for its windows, where f(p) adds to p[0..r1 - r0), which are
  // 0, and sets the elements of `out` that the strip owns; those of p that belong to them are not used. At most so many
  // threads take part; without memory, one.
  template <class F>
  void run(int threads, const Vector<T>& out, F&& strip) const {
    threads = static_cast<int>(min_index(threads, (count() + 1) / 2));
    T* sums = nullptr;
    if (threads > 1) sums = static_cast<T*>(workspace(WorkspaceSlot::operand, allocation_size(count() * n_ * kSize)));
    if (sums == nullptr) return run_serially(out, strip);
    Job<F> job(*this, out, sums, strip);
    run_job({threads}, job);
  }

 private:
  static constexpr index_t kSize = sizeof(T);
  static void clear(T* p, index_t n) {
    for (index_t i = 0; i < n; ++i) p[i] = T{};
  }
  static void add(const Vector<T>& out, index_t begin, index_t end, const T* p) {
    if (out.in_place()) {
      T* const y = out.first + begin;
      for (index_t i = 0; i < end - begin; ++i) y[i] = y[i] + p[i];
    } else {
      for (index_t i = begin; i < end; ++i) out[i] = out[i] + conjugate_if(out.conjugated, p[i - begin]);
    }
  }
  // Strips from the end where an owner comes before those that add to its rows.
  index_t in_order(index_t k) const { return upper_ ? k : count() - 1 - k; }

  template <class F>
  void run_serially(const Vector<T>& out, F&& strip) const {
    alignas(64) T p[kWindow<T>];
    for (index_t k = 0; k < count(); ++k) {
      strip(in_order(k), [&](index_t r0, index_t r1, auto&& f) {
        clear(p, r1 - r0);
        f(p);
        const Range rows = own(in_order(k)),
                    rest{upper_ ? r0 : max_index(r0, rows.end), upper_ ? min_index(r1, rows.begin) : r1};
        add(out, rest.begin, rest.end, p + (rest.begin - r0));
      });
    }
  }

  // All strips, then what owners get.
  template <class F>
  struct Job final : PhasedJob {
    const Strips& s;
    const Vector<T>& out;
    T* sums;
    F& strip;

    Job(const Strips& strips, const Vector<T>& y, T* memory, F& f) : s(strips), out(y), sums(memory), strip(f) {}
    int phases() const override { return 2; }
    index_t tasks(int) const override { return s.count(); }
    void run(int phase, index_t task) noexcept override {
      const index_t k = s.alternating(task);
      if (phase == 0) {
        return strip(k, [&](index_t r0, index_t r1, auto&& f) {
          T* const p = sums + k * s.n_ + r0;
          clear(p, r1 - r0);
          f(p);
        });
      }
      const Range rows = s.own(k);
      const index_t step = s.upper_ ? 1 : -1;
      for (index_t j = k + step; j >= 0 && j < s.count(); j += step)
        add(out, rows.begin, rows.end, sums + j * s.n_ + rows.begin);
    }
  };

  bool upper_;
  index_t n_, width_;
};

}  // namespace tessera::blas
