#include "gemm/scale.h"

#include <cstring>

namespace tessera {
namespace {

template <class T, bool kComplex>
void scale(const GemmProblem& g) {
  const T br = static_cast<T>(g.beta_re), bi = static_cast<T>(g.beta_im);
  constexpr index_t kPer = kComplex ? 2 : 1;
  const bool clear = g.beta_re == 0.0 && g.beta_im == 0.0;
  for (index_t i = 0; i < g.m; ++i) {
    // Columns of row i inside the region.
    const index_t diagonal = g.row + i - g.column;
    const index_t begin = g.region == Region::upper ? max_index(0, diagonal) : 0;
    const index_t end = g.region == Region::lower ? min_index(g.n, diagonal + 1) : g.n;
    for (index_t j = begin; j < end; ++j) {
      T* c = reinterpret_cast<T*>(g.c) + kPer * (i * g.c_rs + j * g.c_cs);
      if (clear) {
        for (index_t e = 0; e < kPer; ++e) c[e] = T(0);
      } else if (kComplex && bi != T(0)) {
        const T re = c[0], im = c[kPer - 1];
        c[0] = br * re - bi * im;
        c[kPer - 1] = br * im + bi * re;
      } else {
        for (index_t e = 0; e < kPer; ++e) c[e] *= br;
      }
    }
  }
}

// The epilogue on tiles of C, through a buffer where rows are not contiguous or there is no C.
void finish(const GemmProblem& g) {
  constexpr index_t kRows = 8, kColumns = 64;
  const index_t size = size_of(g.type);
  alignas(64) char buffer[kRows * kColumns * 16];
  for (index_t i = 0; i < g.m; i += kRows) {
    for (index_t j = 0; j < g.n; j += kColumns) {
      const index_t h = min_index(kRows, g.m - i), w = min_index(kColumns, g.n - j);
      if (overlap(g.region, g.row + i, h, g.column + j, w) == Overlap::none) continue;
      char* const corner = g.c == nullptr ? nullptr : g.c + (i * g.c_rs + j * g.c_cs) * size;
      FinishedTile tile{corner, g.c_rs * size, g.row + i, h, g.column + j, w, g.exchanged};
      const bool copied = corner == nullptr || g.c_cs != 1 || g.region != Region::all;
      const auto copy = [&](bool out) {
        for (index_t r = 0; r < h; ++r)
          for (index_t c = 0; c < w; ++c) {
            char* near = buffer + (r * kColumns + c) * size;
            char* far = corner + (r * g.c_rs + c * g.c_cs) * size;
            if (inside(g.region, tile.row + r, tile.column + c))
              std::memcpy(out ? far : near, out ? near : far, static_cast<std::size_t>(size));
          }
      };
      if (copied) {
        std::memset(buffer, 0, sizeof buffer);
        if (corner != nullptr) copy(false);
        tile.p = buffer;
        tile.row_stride = kColumns * size;
      }
      g.epilogue->apply(tile);
      if (copied && corner != nullptr) copy(true);
    }
  }
}

}  // namespace

void scale_c(const GemmProblem& g) {
  if (g.c == nullptr || (g.beta_re == 1.0 && g.beta_im == 0.0)) return;
  if (g.c_cs != 1 && g.c_rs == 1) return scale_c(transposed(g));
  switch (g.type) {
    case DType::f32:
    case DType::s32:  // beta is 0 or 1: zeros have the same bits
      return scale<float, false>(g);
    case DType::f64:
      return scale<double, false>(g);
    case DType::c32:
      return scale<float, true>(g);
    default:
      return scale<double, true>(g);
  }
}

void run_scaling(const GemmProblem& g) {
  if (g.c_cs != 1 && g.c_rs == 1) return run_scaling(transposed(g));
  scale_c(g);
  if (g.epilogue != nullptr) finish(g);
}

}  // namespace tessera
