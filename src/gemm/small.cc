#include "gemm/small.h"

#include "base/int_math.h"

namespace tessera {

namespace {

// m rows in nearly equal parts of at most `most`. 32-bit division takes a third of the time.
int even_rows(index_t m, int most) {
  const unsigned rows = static_cast<unsigned>(m), top = static_cast<unsigned>(most);
  const unsigned panels = (rows + top - 1) / top;
  return static_cast<int>((rows + panels - 1) / panels);
}

}  // namespace

SmallTile small_tile(const TileSet& tiles, index_t m, index_t vectors) {
  const int* heights = tiles.max_height_direct;
  int nv = vectors < tiles.max_width ? static_cast<int>(vectors) : tiles.max_width;
  while (nv > 1 && heights[nv] < m) --nv;
  if (heights[nv] >= m && (nv > 1 || vectors == 1)) return {static_cast<int>(m), nv};  // one row panel
  // Several row panels. With 32 registers three or four vectors are best if they divide the columns, else one (96 % of
  // peak for two, 99 for the others); with 16 registers two (97 %).
  if (tiles.max_height[4] >= 4) {
    nv = vectors % 3 == 0 ? 3 : vectors % 4 == 0 ? 4 : 1;
  } else {
    nv = vectors == 1 ? 1 : 2;
  }
  // A height of 16 leaves no register for a second broadcast.
  return {even_rows(m, static_cast<int>(min_index(heights[nv], 15))), nv};
}

bool sweep_pays(const Machine& machine, const TileSet& tiles, index_t m, index_t n, index_t k) {
  const GemmTuning& tuning = machine.tuning(tiles.type);
  if (k <= 0 || k > max_index(tuning.sweep_steps, tiles.sweep_depth) || n < 2 * tiles.lanes) return false;
  const double elements = static_cast<double>(m) * static_cast<double>(n);  // no size is too large for it
  if (elements < static_cast<double>(tuning.sweep_from)) return false;
  if (k <= tiles.sweep_depth) return m >= tiles.sweep_rows[k];
  return elements * static_cast<double>(size_of(tiles.type)) >= static_cast<double>(machine.l2.bytes / 2);
}

SmallTile small_tile_along_k(index_t m) {
  return {m <= kMaxTileHeight ? static_cast<int>(m) : even_rows(m, kMaxTileHeight), 1};
}

bool strips_stay_cached(const Machine& machine, const TileSet& tiles, index_t m, index_t n, index_t k, index_t size,
                        index_t b_row) {
  if (m <= tiles.max_height_direct[1]) return true;
  if (k * n * size > machine.l2.bytes / 4) return false;
  return m * n * k <= 64 * 64 * 64 || !aliases(b_row, machine.l1d);
}

namespace {

// All tiles of n columns in one tile set; operands as args say, one row panel after the other under each strip of B.
// along_k: the columns of B, args.b_row apart, are contiguous. Changes what args say of the position.
void run_columns(const TileSet& tiles, GemmTileArgs& args, index_t m, index_t n, index_t size, bool along_k) {
  const int lanes = tiles.lanes;
  const SmallTile tile = along_k ? small_tile_along_k(m) : small_tile(tiles, m, (n + lanes - 1) >> tiles.lanes_log2);
  const index_t nr = tile.nv * lanes, right_step = nr * (along_k ? args.b_row : size);
  const void* const left = args.a;
  const char* right = static_cast<const char*>(args.b);
  char* strip = static_cast<char*>(args.c);
  for (index_t left_over = n; left_over > 0; left_over -= nr, right += right_step, strip += nr * size) {
    const index_t w = min_index(nr, left_over);
    const index_t nv = (w + lanes - 1) >> tiles.lanes_log2;
    args.n_tail = static_cast<int>(w - ((nv - 1) << tiles.lanes_log2));
    const GemmTileFn* kernels = along_k                ? tiles.along_k
                                : args.n_tail == lanes ? tiles.direct[nv]
                                                       : tiles.direct_tail[nv];
    args.a = left;
    args.b = right;
    args.c = strip;
    for (index_t rows = m; rows > 0; rows -= tile.mr) {
      kernels[min_index(tile.mr, rows)](args);
      args.a = static_cast<const char*>(args.a) + tile.mr * args.a_row;
      args.c = static_cast<char*>(args.c) + tile.mr * args.c_row;
    }
  }
}

template <class T>
bool run_small_real(const GemmCall& call, const Machine& machine) {
  constexpr index_t kSize = sizeof(T);
  constexpr DType kType = sizeof(T) == 4 ? DType::f32 : DType::f64;
  const bool by_rows = call.c_cs == 1;
  const T alpha = *static_cast<const T*>(call.alpha);
  if (!by_rows && call.c_rs != 1) return false;
  const index_t m = by_rows ? call.m : call.n, n = by_rows ? call.n : call.m, k = call.k;
  const GemmTuning& tuning = machine.tuning(kType);
  const index_t most = tuning.small_madds;
  if ((m | n | k) > most || m * n > most || m * n * k > most) return false;

  const index_t right_rs = by_rows ? call.b_rs : call.a_cs, right_cs = by_rows ? call.b_cs : call.a_rs;
  const bool along_k = right_cs != 1 && n != 1;
  if (along_k && (right_rs != 1 || m > tuning.along_k_rows)) return false;

  const TileSet* tiles = machine.isa->kernels(kType).tiles;
  const void* const beta = *static_cast<const T*>(call.beta) == T(0) ? nullptr : call.beta;
  const void* const left = by_rows ? call.a : call.b;
  const void* const right = by_rows ? call.b : call.a;
  const index_t left_row = stride_bytes(by_rows ? call.a_rs : call.b_cs, kSize);
  const index_t left_col = stride_bytes(by_rows ? call.a_cs : call.b_rs, kSize);
  const index_t c_row = stride_bytes(by_rows ? call.c_rs : call.c_cs, kSize);
  const bool unit = alpha == T(1) || alpha == T(-1);
  if (right_cs == 1 && (by_rows ? alpha != T(0) : unit) && k <= tiles->sweep_depth &&
      sweep_pays(machine, *tiles, m, n, k)) {
    tiles->sweep[k]({.a = left,
                     .b = right,
                     .c = call.c,
                     .m = m,
                     .n = n,
                     .a_row = left_row,
                     .a_col = left_col,
                     .b_row = stride_bytes(right_rs, kSize),
                     .c_row = c_row,
                     .beta = beta,
                     .factor = alpha == T(1) ? nullptr : call.alpha});
    return true;
  }
  if (!unit) return false;
  const TileSet* const narrow = machine.narrow != nullptr ? machine.narrow->kernels(kType).tiles : nullptr;
  const index_t rest = n & (tiles->lanes - 1);  // columns in the last register
  const bool thin_rest = narrow != nullptr && rest > 0 && rest <= tiles->lanes / 2;
  const bool thin = thin_rest && n == rest;
  if (thin) tiles = narrow;
  if (n < tiles->lanes && m > 4 * tiles->lanes) return false;  // better transposed

  GemmTileArgs args;
  args.a = left;
  args.b = right;
  args.c = call.c;
  args.k = k;
  args.a_row = left_row;
  args.a_col = left_col;
  args.b_row = stride_bytes(along_k ? right_cs : right_rs, kSize);
  args.c_row = c_row;
  args.beta = beta;
  args.negate = alpha < T(0);
  args.prefetch_b = 0;
  args.prefetch_c = nullptr;
  args.b_panel = nullptr;

  if (n <= tiles->lanes && m <= tiles->max_height_direct[1]) {  // one tile
    args.n_tail = static_cast<int>(n);
    const GemmTileFn* kernels = along_k ? tiles->along_k : n == tiles->lanes ? tiles->direct[1] : tiles->direct_tail[1];
    kernels[m](args);
    return true;
  }
  if (!strips_stay_cached(machine, *tiles, m, n, k, kSize, args.b_row)) return false;
  if (thin_rest && !thin) {
    // Columns that would fill less than half of a last register go to the narrower ISA.
    run_columns(*tiles, args, m, n - rest, kSize, along_k);
    args.a = left;
    args.b = static_cast<const char*>(right) + (n - rest) * (along_k ? args.b_row : kSize);
    args.c = static_cast<char*>(call.c) + (n - rest) * kSize;
    run_columns(*narrow, args, m, rest, kSize, along_k);
  } else {
    run_columns(*tiles, args, m, n, kSize, along_k);
  }
  return true;
}

}  // namespace

bool run_small(const GemmCall& call, const Machine& machine) {
  if (call.extras != nullptr || call.m <= 0 || call.n <= 0 || call.k <= 0) return false;
  if (call.type == DType::f32) return run_small_real<float>(call, machine);
  if (call.type == DType::f64) return run_small_real<double>(call, machine);
  return false;
}

}  // namespace tessera
