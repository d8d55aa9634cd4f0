// Calls of a few nanoseconds: real operands that need no packing and fit the first caches.
#pragma once

#include "gemm/plan.h"

namespace tessera {

// The tile for a C of m rows and `vectors` registers of columns, without division by run-time sizes.
struct SmallTile {
  int mr, nv;
};
SmallTile small_tile(const TileSet& tiles, index_t m, index_t vectors);
// The same for a B along k.
SmallTile small_tile_along_k(index_t m);

// Whether few steps of k are better swept along the rows of C than computed in tiles.
bool sweep_pays(const Machine& machine, const TileSet& tiles, index_t m, index_t n, index_t k);

// The ISA whose registers suit n real columns.
inline const IsaEntry& isa_for_columns(const Machine& machine, DType real, index_t n) {
  const bool thin = machine.narrow != nullptr && n <= machine.isa->kernels(real).tiles->lanes / 2;
  return thin ? *machine.narrow : *machine.isa;
}

// Whether the strips of an unpacked B, rows b_row bytes apart, are read from the first caches for every row panel; if
// not, it had better be packed.
bool strips_stay_cached(const Machine& machine, const TileSet& tiles, index_t m, index_t n, index_t k, index_t size,
                        index_t b_row);

// Runs the call if it is such a one: what plan_small and run_gemm would do with Method::direct, without a plan.
// False: nothing was done.
bool run_small(const GemmCall& call, const Machine& machine);

}  // namespace tessera
