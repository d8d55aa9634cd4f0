// Sums over virtual lanes; the order is stated in level1.h.
#pragma once

#include <cstring>

#include "base/int_math.h"
#include "blas/level1/level1.h"

namespace tessera::blas {

template <class R>
struct Vec16 {
  typedef R Type __attribute__((vector_size(16)));
  static constexpr int kWidth = 16 / sizeof(R);
};

template <class R>
inline typename Vec16<R>::Type load16(const R* p) {
  typename Vec16<R>::Type v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

// re and im exchanged.
inline Vec16<float>::Type swap_parts(Vec16<float>::Type v) { return __builtin_shufflevector(v, v, 1, 0, 3, 2); }
inline Vec16<double>::Type swap_parts(Vec16<double>::Type v) { return __builtin_shufflevector(v, v, 1, 0); }

// Folds lanes down to `width`. Lanes from `used` on hold +0: adding them would change nothing, a lane being never -0.
template <class R>
inline void fold_lanes(R* lane, index_t used, int width) {
  for (index_t h = kLanes / 2; h >= width; h /= 2)
    for (index_t l = 0; l < h && l + h < used; ++l) lane[l] += lane[l + h];
}

// Lane sums of term(x_e, y_e) for parts e = 0..parts-1 of contiguous vectors, into lane[kLanes]. `term` takes vectors
// and scalars alike; `by_pairs` says that it looks at whole complex numbers and is given vectors or pairs only.
template <class R, class Term>
inline void contiguous_lanes(index_t parts, const R* x, const R* y, R* lane, Term term) {
  using V = typename Vec16<R>::Type;
  constexpr int kW = Vec16<R>::kWidth, kVectors = kLanes / kW;
  const index_t whole = round_down(parts, kLanes);
  if (whole > 0) {
    V acc[kVectors] = {};
    for (index_t i = 0; i < whole; i += kLanes)
      for (int v = 0; v < kVectors; ++v) acc[v] += term(load16(x + i + v * kW), load16(y + i + v * kW));
    std::memcpy(lane, acc, sizeof acc);
  }
  for (index_t i = whole; i < parts; ++i) lane[i - whole] += term(x[i], y[i]);
}

}  // namespace tessera::blas
