// An operand packed beforehand: weights that many calls multiply with.
#pragma once

#include "base/int_math.h"
#include "kernel/contract.h"
#include "pack/source.h"
#include "runtime/thread_pool.h"

namespace tessera {

// All micro-panels of one operand, in the order in which the loops read them: K block after K block, in each of them
// the panels from first to last. They fix what a plan would have decided: the tile set, one side of the tile, KC.
struct PackedPanels {
  Side side;
  DType type;
  const TileSet* tiles;
  const TileSet* narrow;  // right: set of a last panel that is less than half a register wide, or null
  const PackSet* packers;
  const PackSet* narrow_packers;
  int mr;             // left: rows of a panel
  int nv;             // right: registers of a panel
  index_t extent, k;  // rows or real columns; steps of the real kernel
  index_t kc;
  const char* data;  // aligned to 64

  const PanelFormat& format() const { return side == Side::left ? tiles->left : tiles->right; }
  index_t full() const { return side == Side::left ? mr : index_t{nv} * tiles->lanes; }
  // Rows or columns of the panel that begins at `first`. Of B's last columns, what would fill less than half of a
  // register is a panel of its own, for the narrow tile set.
  index_t width(index_t first) const {
    const index_t w = min_index(full(), extent - first);
    return side == Side::left ? w : panel_columns(w, tiles->lanes, narrow != nullptr);
  }
  bool is_narrow(index_t w) const { return side == Side::right && narrow != nullptr && w <= tiles->lanes / 2; }
  // Rows or columns with what fills the last register.
  index_t padded() const { return side == Side::left ? extent : round_up(extent, tiles->lanes); }
  index_t bytes() const {
    const index_t whole = k / kc, rest = k % kc;
    return padded() * (whole * format().line(kc) + (rest > 0 ? format().line(rest) : 0)) + 64;
  }
  // Bytes of a row's or column's share of a panel in the K block that begins at `block`.
  index_t line(index_t block) const { return format().line(min_index(kc, k - block)); }
  // The panel that begins with row or column `first` in the K block that holds step pc.
  const char* panel(index_t pc, index_t first) const {
    const index_t block = round_down(pc, kc);
    return data + block / kc * padded() * format().line(kc) + first * line(block);
  }
};

// Whether bytes() can be counted: strides of 0 allow matrices larger than any memory. Up to 8 bytes for each step of a
// row, sums of short K blocks among them, and registers filled up.
inline bool countable(index_t extent, index_t k) {
  constexpr double kFilled = 64;
  return extent == 0 || k == 0 || (static_cast<double>(extent) + kFilled) * (static_cast<double>(k) + kFilled) < 0x1p58;
}

struct Machine;

// How an operand is to be packed: everything but the data. `extent` is the rows of A or the columns of B, in elements.
PackedPanels plan_panels(const Machine& machine, Side side, DType type, index_t extent, index_t k);

// Who packs extent x k elements: `executor` (no threads: as many as there are), one thread where there are few.
Executor packing_executor(Executor executor, index_t extent, index_t k);

// Writes all panels of `source` to panels.data.
void pack_panels(const PackedPanels& panels, const PanelSource& source, const Executor& executor);

}  // namespace tessera
