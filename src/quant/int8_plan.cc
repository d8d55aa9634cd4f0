#include "quant/int8_plan.h"

#include "base/int_math.h"

namespace tessera {
namespace {

// Multiply-adds under which one thread does it all.
constexpr double kSerialBelow = 8e6;

// Rows of tiles so that m falls in nearly equal parts, none above `most`.
int balanced(index_t m, int most) { return m >= 16 * most ? most : static_cast<int>(ceil_div(m, ceil_div(m, most))); }

// Blocks of about equal size, none above `most`, multiples of the grain.
index_t even_block(index_t n, index_t most, index_t grain) {
  most = max_index(round_down(most, grain), grain);
  if (n <= most) return max_index(n, 1);
  return min_index(most, round_up(ceil_div(n, ceil_div(n, most)), grain));
}

// K blocks: a panel of B as long as half of L2. Kernels read B from L2 as fast as they multiply (99 % of peak with 192
// KiB of panel; Zen 4), and every block but the last costs a pass over C.
index_t block_k(const Int8Machine& machine, const TileSet& tiles, index_t k, index_t nr) {
  const PanelFormat& f = tiles.right;
  return even_block(k, machine.l2.bytes / 2 / (nr * f.element), 16 * f.group);
}

// Rows of B so far apart that few share a page: strips of so few that their pages are known and a cache line is still
// there when the next strip wants the rest of it. Packing alone goes at 14 GB/s with 64 rows of 4096 bytes, at 12 with
// 256 and at 5.6 with 4096; but each band passes over C (Zen 4).
constexpr index_t kFarRow = 1024;
index_t band_of_rows(index_t m) { return clamp_index(8 * m, 64, 256); }

// Registers across a panel of B: the default kernel's, but where n is small a width that leaves no narrow last panel. 6
// x 64 against 8 x 48: 402 GOP/s against 333 for n = 64, 436 against 416 for 256; with large n and few rows the higher
// tile wins (349 against 272; 16 x 4096 x 4096, Zen 4).
constexpr index_t kFewVectors = 32;
constexpr index_t kFewRows = 64;
int vectors_across(const TileSet& tiles, const KernelDescriptor& kernel, index_t n) {
  const index_t vectors = max_index(ceil_div(n, tiles.lanes), 1), usual = kernel.nr / tiles.lanes;
  const index_t wider = usual + 1;
  const bool wider_fits = wider <= tiles.max_width && tiles.max_height[wider] >= 4;
  if (vectors <= (wider_fits ? wider : usual)) return static_cast<int>(vectors);
  if (wider_fits && vectors <= kFewVectors && vectors % wider == 0 && vectors % usual != 0)
    return static_cast<int>(wider);
  return static_cast<int>(usual);
}

}  // namespace

Int8Machine this_int8_machine(const Int8Entry& isa) {
  const CpuInfo& cpu = cpu_info();
  return {&isa, cpu.l1d, cpu.l2, cpu.l3, cpu.slowest_core};
}

PackedPanels plan_int8_weights(const Int8Machine& machine, index_t n, index_t k, index_t rows) {
  const KernelDescriptor& kernel = machine.isa->kernels.kernels[0];
  const TileSet& tiles = *kernel.tiles;
  PackedPanels panels{};
  panels.side = Side::right;
  panels.type = DType::s32;
  panels.tiles = &tiles;
  panels.mr = kernel.mr;
  panels.nv = vectors_across(tiles, kernel, n);
  // Few rows want high tiles: each of them reads all panels.
  if (rows > 0 && rows <= kFewRows) panels.nv = static_cast<int>(min_index(panels.nv, kernel.nr / tiles.lanes));
  panels.extent = n;
  panels.k = k;
  panels.kc = block_k(machine, tiles, k, kernel.nr);
  return panels;
}

GemmPlan plan_int8(const GemmProblem& g, const Int8Machine& machine, int threads) {
  const bool ready = g.right.packed != nullptr;
  const KernelDescriptor& kernel = machine.isa->kernels.kernels[0];
  const TileSet& tiles = *kernel.tiles;
  const index_t l3 = machine.l3.bytes > 0 ? machine.l3.bytes : 4 * machine.l2.bytes;

  GemmPlan plan{};
  plan.tiles = &tiles;
  plan.nv = ready ? g.right.packed->nv : vectors_across(tiles, kernel, g.n);
  const index_t nr = plan.nv * tiles.lanes;
  // Rows of bytes along k are broadcast from where they lie, unless the kernels cannot, or packing must add them up.
  const int in_place_height = tiles.max_height_direct[plan.nv];
  plan.pack_left = in_place_height == 0 || g.left.p == nullptr || g.left.cs != 1 || g.int8.row_terms;
  const int highest = plan.pack_left ? tiles.max_height[plan.nv] : in_place_height;
  const int most = nr == kernel.nr && kernel.mr < highest ? kernel.mr : highest;
  plan.mr = g.m <= highest ? static_cast<int>(max_index(g.m, 1)) : balanced(g.m, most);
  plan.full = plan.pack_left && plan.mr == kernel.mr && nr == kernel.nr ? kernel.packed : nullptr;
  plan.kc = ready ? g.right.packed->kc : block_k(machine, tiles, g.k, kernel.nr);
  // A row of tiles after the other writes C in order: 439 GOP/s against 426 (1024^3), 447 against 433 (2048^3). A B
  // that is read from memory is read once for all rows of a block.
  const index_t right_bytes = tiles.right.line(g.k) * g.n;
  plan.row_panels_inside = right_bytes > l3 / 4;
  plan.prefetch_a = 512;
  // From L3 on, further than the hardware looks: 376 GOP/s against 349 (16 x 4096 x 4096). One row or two read as fast
  // as the hardware does, and what it has asked for should not be asked for again: 77 GB/s against 70 from L3.
  plan.prefetch_b = g.m <= 2 ? 0 : right_bytes > machine.l2.bytes ? 4096 : 512;
  // Short tiles have no room for it (323 GOP/s without, 306 with; 12544 x 64 x 32).
  plan.prefetch_c = g.c != nullptr && g.c_cs == 1 && g.k >= 512;
  plan.threads =
      threads > 1 && static_cast<double>(g.m) * static_cast<double>(g.n) * static_cast<double>(g.k) > kSerialBelow
          ? threads
          : 1;
  plan.row_parts = plan.col_parts = 1;

  // A block of A has a quarter of L2, beside the panel of B.
  const index_t line = tiles.left.line(plan.kc);
  plan.mc = even_block(g.m, machine.l2.bytes / 4 / line, plan.mr);
  plan.pack_right = !ready;
  const bool one_block = g.m <= plan.mc;
  if (!ready && one_block && right_bytes > machine.l2.bytes && g.int8.right_row >= kFarRow)
    plan.kc = even_block(g.k, band_of_rows(g.m), 16 * tiles.right.group);
  if (ready || one_block) {
    plan.method = ready ? Method::direct : Method::strip;
    plan.nc = ready ? g.n : nr;
    if (plan.threads > 1) {
      const index_t wanted = tasks_wanted(plan.threads, machine.slowest_core), columns = ceil_div(g.n, nr),
                    rows = ceil_div(g.m, plan.mr);
      plan.col_parts = min_index(wanted, columns);
      // Each part packs the rows it needs.
      if (plan.pack_left) plan.col_parts = min_index(plan.col_parts, max_index(plan.threads, columns / 8));
      plan.row_parts = clamp_index(wanted / plan.col_parts, 1, rows);
    }
  } else {
    plan.method = Method::packed;
    plan.nc = even_block(g.n, l3 / 4 / tiles.right.line(plan.kc), nr);
    if (plan.threads > 1) {
      const index_t wanted = tasks_wanted(plan.threads, machine.slowest_core), row_blocks = ceil_div(g.m, plan.mc);
      const index_t least = (machine.slowest_core < 1 ? 1 : 2) * nr;
      plan.col_parts = clamp_index(ceil_div(wanted, row_blocks), 1, ceil_div(min_index(plan.nc, g.n), least));
    }
  }
  return plan;
}

}  // namespace tessera
