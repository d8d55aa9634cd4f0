// Kernels that multiply a few rows of f32 with a right operand stored in fewer bits, widened in registers. For products
// that reading the right operand bounds: panels of f32 would be written and read again for too few multiply-adds.
//
// The chains are those of kernel/contract.h, on the widened numbers: the bits of an f32 kernel on them.
#pragma once

#include "kernel/contract.h"

namespace tessera {

// How the numbers of a right operand are stored: each by itself in 16 bits, or in blocks of kBlockSteps steps of a
// column that share a scale d, and perhaps a minimum m, of IEEE binary16:
//   s8   w = d * (q - 128), q of 8 bits
//   s4   w = d * (q - 8), q of 4 bits
//   u4   w = d * q + m, q of 4 bits
// A product 0 is +0. It has at most 19 bits and is exact, so w is rounded once or not at all, fused or not: the same on
// every CPU.
enum class Storage : std::uint8_t { bf16, f16, s8, s4, u4 };
inline constexpr int kStorages = 5;
constexpr bool in_blocks(Storage s) { return s >= Storage::s8; }
// Of a number in blocks: its bits, and what q stands for 0.
constexpr int bits_of(Storage s) { return s == Storage::s8 ? 8 : 4; }
constexpr int zero_of(Storage s) { return s == Storage::s8 ? 128 : s == Storage::s4 ? 8 : 0; }

// A panel of a stored operand has this many columns, filled up with zeros, on every instruction set: a stored operand
// is no CPU's own. Four registers of the widest.
inline constexpr index_t kStoredColumns = 64;
inline constexpr index_t kBlockSteps = 32;

// A panel in blocks is, for each block of steps: the scales of its columns, their minimums (u4), then words of 32 bits,
// one for each column, with the numbers of four steps (s8) or eight, the first step in the lowest bits, after those of
// the steps before. What fills the last block is 0.
constexpr int steps_in_word(Storage s) { return 32 / bits_of(s); }
constexpr index_t scales_bytes(Storage s) { return kStoredColumns * (s == Storage::u4 ? 4 : 2); }
constexpr index_t block_bytes(Storage s) { return scales_bytes(s) + kStoredColumns * kBlockSteps * bits_of(s) / 8; }
// Steps that lie together, and their bytes in a panel of kStoredColumns columns.
constexpr index_t unit_steps(Storage s) { return in_blocks(s) ? kBlockSteps : 1; }
constexpr index_t unit_bytes(Storage s) { return in_blocks(s) ? block_bytes(s) : 2 * kStoredColumns; }

// Of GemmTileArgs a kernel uses: a (a micro-panel), b and b_row (bytes from row to row, of blocks from block to block),
// k, prefetch_b (bytes ahead of what is read of b), c, c_row, beta, n_tail. In the last register of a row of 16-bit
// numbers it reads n_tail of them; blocks are read by whole registers.
struct NarrowTileArgs : GemmTileArgs {
  index_t column;  // of the tile in its panel; of blocks, a multiple of the lanes
};
using NarrowTileFn = void (*)(const NarrowTileArgs&);

// Steps [step, step + steps) of columns [column, column + width) of a panel in blocks, as a micro-panel of f32, zeros
// behind the columns.
struct WidenArgs {
  const char* b;  // the panel
  float* dst;
  index_t step, steps;
  index_t column, width;  // column + width <= kStoredColumns
  index_t line;           // elements written in each step: width and zeros
  index_t panel;          // elements from one step to the next
};
using WidenFn = void (*)(const WidenArgs&);

// Tiles of 1, 2 and 4 registers by up to max_height rows, [storage][log2 of the registers][height].
struct NarrowTiles {
  static constexpr int kWidths = 3;
  int lanes;
  int max_height[kWidths];
  NarrowTileFn tile[kStorages][kWidths][kMaxTileHeight + 1];
};

// The kernels of an instruction set.
struct NarrowSet {
  Isa isa;
  NarrowTiles tiles;
  WidenFn widen[kStorages];  // of blocks
};

#define TESSERA_DECLARE_NARROW(isa) const NarrowSet& narrow_f32_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_NARROW)
#undef TESSERA_DECLARE_NARROW

}  // namespace tessera
