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
// along_k: the columns of B, args.b_row apart, are contiguous.
void run_columns(const TileSet& tiles, GemmTileArgs args, index_t m, index_t n, index_t size, bool along_k) {
  const int lanes = tiles.lanes;
  const SmallTile tile = along_k
                             ? SmallTile{m <= kMaxTileHeight ? static_cast<int>(m) : even_rows(m, kMaxTileHeight), 1}
                             : small_tile(tiles, m, (n + lanes - 1) >> tiles.lanes_log2);
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

}  // namespace

bool run_small(const GemmCall& call, const Machine& machine) {
  if (is_complex(call.type)) return false;
  index_t m = call.m, n = call.n;
  const index_t k = call.k;
  const GemmTuning& tuning = machine.tuning(call.type);
  const index_t most = tuning.small_madds;
  if ((m | n | k) > most || m * n > most || m * n * k > most) return false;

  GemmTileArgs args;
  args.a = call.a;
  args.b = call.b;
  args.c = call.c;
  index_t left_rs = call.a_rs, left_cs = call.a_cs, right_rs = call.b_rs, right_cs = call.b_cs, c_row = call.c_rs;
  if (call.c_cs != 1) {
    if (call.c_rs != 1) return false;
    args.a = call.b;
    args.b = call.a;
    left_rs = call.b_cs;
    left_cs = call.b_rs;
    right_rs = call.a_cs;
    right_cs = call.a_rs;
    c_row = call.c_cs;
    m = call.n;
    n = call.m;
  }
  const bool along_k = right_cs != 1 && n != 1;
  if (along_k && (right_rs != 1 || m > tuning.along_k_rows)) return false;

  bool clear;
  if (call.type == DType::f32) {
    const float alpha = *static_cast<const float*>(call.alpha);
    if (alpha != 1.0f && alpha != -1.0f) return false;
    args.negate = alpha < 0;
    clear = *static_cast<const float*>(call.beta) == 0.0f;
  } else {
    const double alpha = *static_cast<const double*>(call.alpha);
    if (alpha != 1.0 && alpha != -1.0) return false;
    args.negate = alpha < 0;
    clear = *static_cast<const double*>(call.beta) == 0.0;
  }

  const index_t size = size_of(call.type);
  const TileSet& tiles = *isa_for_columns(machine, call.type, n).kernels(call.type).tiles;
  if (n < tiles.lanes && m > 4 * tiles.lanes) return false;  // better transposed
  args.k = k;
  args.a_row = stride_bytes(left_rs, size);
  args.a_col = stride_bytes(left_cs, size);
  args.b_row = stride_bytes(along_k ? right_cs : right_rs, size);
  args.c_row = stride_bytes(c_row, size);
  if (!strips_stay_cached(machine, tiles, m, n, k, size, args.b_row)) return false;
  args.beta = clear ? nullptr : call.beta;
  args.prefetch_c = nullptr;
  args.b_panel = nullptr;

  // Columns that would fill less than half of a last register go to the narrower ISA.
  const index_t rest = n & (tiles.lanes - 1);
  if (machine.narrow != nullptr && rest > 0 && rest <= tiles.lanes / 2 && n > tiles.lanes) {
    run_columns(tiles, args, m, n - rest, size, along_k);
    args.b = static_cast<const char*>(args.b) + (n - rest) * (along_k ? args.b_row : size);
    args.c = static_cast<char*>(args.c) + (n - rest) * size;
    run_columns(*machine.narrow->kernels(call.type).tiles, args, m, rest, size, along_k);
  } else {
    run_columns(tiles, args, m, n, size, along_k);
  }
  return true;
}

}  // namespace tessera
