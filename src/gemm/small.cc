#include "gemm/small.h"

#include "base/int_math.h"

namespace tessera {

SmallTile small_tile(const TileSet& tiles, index_t m, index_t vectors) {
  const int* heights = tiles.max_height_direct;
  int nv = vectors < tiles.max_width ? static_cast<int>(vectors) : tiles.max_width;
  while (nv > 1 && heights[nv] < m) --nv;
  if (heights[nv] >= m && (nv > 1 || vectors == 1)) return {static_cast<int>(m), nv};  // one row panel
  // Several row panels: the widths that use the registers best.
  nv = vectors == 1 ? 1 : vectors % 3 == 0 && 3 * heights[3] + 4 >= 2 * heights[2] ? 3 : 2;
  // 32-bit division takes a third of the time.
  const unsigned rows = static_cast<unsigned>(m), most = static_cast<unsigned>(heights[nv]);
  const unsigned panels = (rows + most - 1) / most;
  return {static_cast<int>((rows + panels - 1) / panels), nv};
}

bool run_small(const GemmCall& call, const Machine& machine) {
  if (is_complex(call.type)) return false;
  index_t m = call.m, n = call.n;
  const index_t k = call.k;
  if ((m | n | k) > kSmallMadds || m * n > kSmallMadds || m * n * k > kSmallMadds) return false;

  const char* left = static_cast<const char*>(call.a);
  const char* right = static_cast<const char*>(call.b);
  index_t left_rs = call.a_rs, left_cs = call.a_cs, right_rs = call.b_rs, right_cs = call.b_cs, c_row = call.c_rs;
  if (call.c_cs != 1) {
    if (call.c_rs != 1) return false;
    left = static_cast<const char*>(call.b);
    right = static_cast<const char*>(call.a);
    left_rs = call.b_cs;
    left_cs = call.b_rs;
    right_rs = call.a_cs;
    right_cs = call.a_rs;
    c_row = call.c_cs;
    m = call.n;
    n = call.m;
  }
  if (right_cs != 1 && n != 1) return false;

  bool negate, clear;
  if (call.type == DType::f32) {
    const float alpha = *static_cast<const float*>(call.alpha);
    if (alpha != 1.0f && alpha != -1.0f) return false;
    negate = alpha < 0;
    clear = *static_cast<const float*>(call.beta) == 0.0f;
  } else {
    const double alpha = *static_cast<const double*>(call.alpha);
    if (alpha != 1.0 && alpha != -1.0) return false;
    negate = alpha < 0;
    clear = *static_cast<const double*>(call.beta) == 0.0;
  }

  const TileSet& tiles = *isa_for_columns(machine, call.type, n).kernels(call.type).tiles;
  const int lanes = tiles.lanes;
  if (n < lanes && m > 4 * lanes) return false;  // better transposed
  const SmallTile tile = small_tile(tiles, m, (n + lanes - 1) >> tiles.lanes_log2);
  const index_t size = size_of(call.type), nr = tile.nv * lanes;

  GemmTileArgs args;
  args.k = k;
  args.a_row = left_rs * size;
  args.a_col = left_cs * size;
  args.b_row = right_rs * size;
  args.c_row = c_row * size;
  args.beta = clear ? nullptr : call.beta;
  args.negate = negate;
  args.stream_c = false;
  args.prefetch_c = nullptr;
  for (index_t jr = 0; jr < n; jr += nr) {
    const index_t w = min_index(nr, n - jr);
    const index_t nv = (w + lanes - 1) >> tiles.lanes_log2;
    args.n_tail = static_cast<int>(w - ((nv - 1) << tiles.lanes_log2));
    args.b = right + jr * size;
    const GemmTileFn* kernels = args.n_tail == lanes ? tiles.direct[nv] : tiles.direct_tail[nv];
    args.a = left;
    char* c = static_cast<char*>(call.c) + jr * size;
    for (index_t rows = m; rows > 0; rows -= tile.mr) {
      args.c = c;
      const index_t h = min_index(tile.mr, rows);
      kernels[h](args);
      args.a = static_cast<const char*>(args.a) + tile.mr * args.a_row;
      c += tile.mr * args.c_row;
    }
  }
  return true;
}

}  // namespace tessera
