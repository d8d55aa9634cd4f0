// Steps of a packed tile for cores that issue in order.
//
// Such a core waits at the first instruction that lacks an operand. So C's columns follow one another, and between
// their multiply-adds, evenly, lie the loads of what is needed half a step later: the last register of B's row, the
// next step's A beside this one's, the other registers of the next row of B as soon as their column is done. V::Ordered
// has the instructions: they stay in the order in which they are written here.
#pragma once

#include <cstdint>
#include <utility>

#include "kernel/contract.h"

namespace tessera::kernel {

// A step multiplies kMr elements of A, V::Ordered::T, by kNv registers of B. Two registers of A and three of B as at 8
// x 3 leave one of 32 free.
template <class V, int kMr, int kNv>
class InOrderSteps {
 public:
  using T = typename V::T;
  using R = typename V::R;

  // Continues sums, kMr rows of kNv registers, over k > 0 steps of the panels of g.
  [[gnu::always_inline]] static void run(const GemmTileArgs& g, index_t k, R* sums) {
    InOrderSteps x;
    const T* a = static_cast<const T*>(g.a);
    const T* b = static_cast<const T*>(g.b);
    x.take(sums, Seq<kMadds>{});
    x.begin(a, b, Seq<kVectors>{}, Seq<kNv>{});
    x.ahead_a_ = static_cast<const char*>(g.a) + g.prefetch_a;
    x.ahead_b_ = static_cast<const char*>(g.b) + g.prefetch_b;
    // By two: A of one step and of the next change places.
#pragma GCC unroll 1
    for (; k > 2; k -= 2) {
      x.template step<0, false>(a + kMr, b);
      x.template step<1, false>(a + 2 * kMr, b + kNv * kLanes);
      a += 2 * kMr;
      b += 2 * kNv * kLanes;
      x.ahead_a_ += 2 * kMr * kElement;
      x.ahead_b_ += 2 * kNv * kLanes * kElement;
    }
    if (k == 2) {
      x.template step<0, false>(a + kMr, b);
      x.template step<1, true>(a, b + kNv * kLanes);
    } else {
      x.template step<0, true>(a, b);
    }
    x.give(sums, Seq<kMadds>{});
  }

 private:
  template <int kN>
  using Seq = std::make_integer_sequence<int, kN>;
  static constexpr int kLanes = V::kLanes, kElement = static_cast<int>(sizeof(T)), kLine = 64;
  static constexpr int kVectors = (kMr + kLanes - 1) / kLanes;  // of A
  static constexpr int kLoads = kVectors + kNv;
  static constexpr int kMadds = kMr * kNv;
  // A load every four multiply-adds, joined after the next one has begun: in llvm-mca's model of the A55 a load that
  // follows a multiply-add waits a cycle and a join that comes too soon waits for its half (24 to 30 cycles a step
  // with loads in other places).
  static constexpr int before(int load) { return 4 * load; }
  static constexpr int kJoin = 5;
  static_assert(before(1 + kVectors) >= kMr && before(kLoads - 1) >= (kNv - 1) * kMr, "B is replaced while in use");
  static_assert(kJoin <= (kNv - 1) * kMr && before(kLoads - 1) + kJoin < kMadds, "a load is late");

  // Lines to bring near in two steps, and where among their multiply-adds.
  static constexpr int kLinesA = (2 * kMr * kElement + kLine - 1) / kLine;
  static constexpr int kLines = kLinesA + (2 * kNv * kLanes * kElement + kLine - 1) / kLine;
  static constexpr int before_line(int line) { return 3 + 16 * line; }
  static_assert(before_line(kLines - 1) < 2 * kMadds);

  const char* ahead_a_;
  const char* ahead_b_;
  R a_[2][kVectors];
  R b_[kNv];
  R low_[kLoads];
  std::uint64_t high_[kLoads];
  R sums_[kMadds];  // by columns

  // What load number kL brings, and where it belongs.
  template <int kL>
  [[gnu::always_inline]] static const T* source(const T* next_a, const T* row, const T* next_row) {
    if constexpr (kL == 0) return row + (kNv - 1) * kLanes;
    if constexpr (kL <= kVectors) return next_a + (kL - 1) * kLanes;
    return next_row + (kL - 1 - kVectors) * kLanes;
  }
  template <int kL, int kStep>
  [[gnu::always_inline]] R& target() {
    if constexpr (kL == 0) return b_[kNv - 1];
    if constexpr (kL > 0 && kL <= kVectors) return a_[1 - kStep][kL - 1];
    return b_[kL > kVectors ? kL - 1 - kVectors : 0];
  }
  template <int kE, int kStep, bool kLast, int kL>
  [[gnu::always_inline]] void load(const T* next_a, const T* row, const T* next_row) {
    if constexpr (kL == 0 || !kLast) {
      if constexpr (kE == before(kL)) {
        const T* const p = source<kL>(next_a, row, next_row);
        low_[kL] = V::Ordered::low(p);
        high_[kL] = V::Ordered::high(p);
      } else if constexpr (kE == before(kL) + kJoin) {
        V::Ordered::join(low_[kL], high_[kL]);
        target<kL, kStep>() = low_[kL];
      }
    }
  }
  template <int kE>
  [[gnu::always_inline]] void prefetch() const {
    if constexpr (kE % 16 == before_line(0) && kE / 16 < kLines) {
      constexpr int kI = kE / 16;
      __builtin_prefetch(kI < kLinesA ? ahead_a_ + kI * kLine : ahead_b_ + (kI - kLinesA) * kLine, 0, 3);
    }
  }
  template <int kE, int kStep, bool kLast, int... kL>
  [[gnu::always_inline]] void madd(const T* next_a, const T* row, const T* next_row,
                                   std::integer_sequence<int, kL...>) {
    if constexpr (!kLast) prefetch<kE + kStep * kMadds>();
    (load<kE, kStep, kLast, kL>(next_a, row, next_row), ...);
    V::Ordered::template fma_lane<kE % kMr % kLanes>(a_[kStep][kE % kMr / kLanes], b_[kE / kMr], sums_[kE]);
  }
  // One step of k, with A in a_[kStep]. The last one loads nothing for another.
  template <int kStep, bool kLast, int... kE>
  [[gnu::always_inline]] void step(const T* next_a, const T* row, const T* next_row,
                                   std::integer_sequence<int, kE...>) {
    (madd<kE, kStep, kLast>(next_a, row, next_row, Seq<kLoads>{}), ...);
  }
  template <int kStep, bool kLast>
  [[gnu::always_inline]] void step(const T* next_a, const T* row) {
    step<kStep, kLast>(next_a, row, row + kNv * kLanes, Seq<kMadds>{});
  }
  template <int... kI, int... kJ>
  [[gnu::always_inline]] void begin(const T* a, const T* b, std::integer_sequence<int, kI...>,
                                    std::integer_sequence<int, kJ...>) {
    ((a_[0][kI] = V::load(a + kI * kLanes)), ...);
    ((b_[kJ] = V::load(b + kJ * kLanes)), ...);
  }
  // The tile by rows into the order of columns, and back.
  template <int... kE>
  [[gnu::always_inline]] void take(const R* rows, std::integer_sequence<int, kE...>) {
    ((sums_[kE] = rows[kE % kMr * kNv + kE / kMr]), ...);
  }
  template <int... kE>
  [[gnu::always_inline]] void give(R* rows, std::integer_sequence<int, kE...>) const {
    ((rows[kE % kMr * kNv + kE / kMr] = sums_[kE]), ...);
  }
};

}  // namespace tessera::kernel
