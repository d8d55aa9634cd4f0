// Kernels that multiply a few rows of f32 with a right operand stored in fewer bits, widened in registers. For products
// that reading the right operand bounds: panels of f32 would be written and read again for too few multiply-adds.
//
// The chains are those of kernel/contract.h, on the widened numbers: the bits of an f32 kernel on them.
#pragma once

#include "kernel/contract.h"

namespace tessera {

// How the numbers of a right operand are stored.
enum class Storage : std::uint8_t { bf16, f16 };
inline constexpr int kStorages = 2;

// A panel of a stored operand has this many columns, filled up with zeros, on every instruction set: a stored operand
// is no CPU's own. Four registers of the widest.
inline constexpr index_t kStoredColumns = 64;

// Of GemmTileArgs a kernel uses: a (a micro-panel), b and b_row (rows of contiguous elements of the storage), k,
// prefetch_b (bytes ahead in each row of b), c, c_row, beta, n_tail. In the last register of a row of b it reads n_tail
// elements.
using NarrowTileFn = void (*)(const GemmTileArgs&);

// The kernels of an instruction set: tiles of 1, 2 and 4 registers by up to max_height rows,
// [storage][log2 of the registers][height].
struct NarrowSet {
  static constexpr int kWidths = 3;
  Isa isa;
  int lanes;
  int max_height[kWidths];
  NarrowTileFn tile[kStorages][kWidths][kMaxTileHeight + 1];
};

#define TESSERA_DECLARE_NARROW(isa) const NarrowSet& narrow_f32_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_NARROW)
#undef TESSERA_DECLARE_NARROW

}  // namespace tessera
