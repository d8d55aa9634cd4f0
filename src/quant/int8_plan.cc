#include "quant/int8_plan.h"

#include "base/int_math.h"

namespace tessera {
namespace {

// Rows of tiles so that m falls in nearly equal parts, none above `most`.
int balanced(index_t m, int most) { return m >= 16 * most ? most : static_cast<int>(ceil_div(m, ceil_div(m, most))); }

// K blocks: a panel of B as long as half of L2. Kernels read B from L2 as fast as they multiply (99 % of peak with 192
// KiB of panel; Zen 4), and every block but the last costs a pass over C.
index_t most_k(const Int8Machine& machine) {
  const KernelDescriptor& kernel = machine.kernel();
  return machine.tuning.kc > 0 ? machine.tuning.kc : machine.l2.bytes / 2 / (kernel.nr * kernel.tiles->right.element);
}
index_t block_k(const Int8Machine& machine, index_t k) {
  return even_block(k, most_k(machine), 16 * machine.kernel().tiles->right.group);
}
// A block of A has a quarter of L2, beside the panel of B, which has a quarter of L3.
index_t most_m(const Int8Machine& machine, index_t kc) {
  return machine.tuning.mc > 0 ? machine.tuning.mc : machine.l2.bytes / 4 / machine.kernel().tiles->left.line(kc);
}
index_t most_n(const Int8Machine& machine, index_t kc) {
  return machine.tuning.nc > 0 ? machine.tuning.nc
                               : last_cache_bytes(machine.l2, machine.l3) / 4 / machine.kernel().tiles->right.line(kc);
}

// Rows of B so far apart that few share a page: strips of so few that their pages are known and a cache line is still
// there when the next strip wants the rest of it. Packing alone goes at 14 GB/s with 64 rows of 4096 bytes, at 12 with
// 256 and at 5.6 with 4096; but each band passes over C (Zen 4).
constexpr index_t kFarRow = 1024;
index_t band_of_rows(index_t m) { return clamp_index(8 * m, 64, 256); }

// Registers across a panel of B: the kernel's, but where n is small a width that leaves no narrow last panel.
int vectors_across(const Int8Machine& machine, index_t n) {
  const KernelDescriptor& kernel = machine.kernel();
  const TileSet& tiles = *kernel.tiles;
  const index_t vectors = max_index(ceil_div(n, tiles.lanes), 1), usual = kernel.nr / tiles.lanes;
  const index_t wider = usual + 1;
  const bool wider_fits = wider <= tiles.max_width && tiles.max_height[wider] >= 4;
  if (vectors <= (wider_fits ? wider : usual)) return static_cast<int>(vectors);
  if (wider_fits && vectors <= machine.tuning.few_vectors && vectors % wider == 0 && vectors % usual != 0)
    return static_cast<int>(wider);
  return static_cast<int>(usual);
}

}  // namespace

Int8Machine this_int8_machine(const Int8Entry& isa, const Profile& profile) {
  const CpuInfo& cpu = cpu_info();
  return {&isa, cpu.l1d, cpu.l2, cpu.l3, cpu.slowest_core, profile.int8[static_cast<int>(isa.isa)]};
}

Blocks int8_blocks(const Int8Machine& machine) {
  const index_t kc = most_k(machine);
  return {most_m(machine, kc), kc, most_n(machine, kc)};
}

PackedPanels plan_int8_weights(const Int8Machine& machine, index_t n, index_t k, index_t rows) {
  const KernelDescriptor& kernel = machine.kernel();
  const TileSet& tiles = *kernel.tiles;
  PackedPanels panels{};
  panels.side = Side::right;
  panels.type = DType::s32;
  panels.tiles = &tiles;
  panels.mr = kernel.mr;
  panels.nv = vectors_across(machine, n);
  // Few rows want high tiles: each of them reads all panels.
  if (rows > 0 && rows <= machine.tuning.few_rows)
    panels.nv = static_cast<int>(min_index(panels.nv, kernel.nr / tiles.lanes));
  panels.extent = n;
  panels.k = k;
  panels.kc = block_k(machine, k);
  return panels;
}

GemmPlan plan_int8(const GemmProblem& g, const Int8Machine& machine, int threads) {
  const bool ready = g.right.packed != nullptr;
  const KernelDescriptor& kernel = machine.kernel();
  const TileSet& tiles = *kernel.tiles;
  const Int8Tuning& tuning = machine.tuning;

  GemmPlan plan{};
  plan.tiles = &tiles;
  plan.nv = ready ? g.right.packed->nv : vectors_across(machine, g.n);
  const index_t nr = plan.nv * tiles.lanes;
  // Rows of bytes along k are broadcast from where they lie, unless the kernels cannot, or packing must add them up.
  const int in_place_height = tiles.max_height_direct[plan.nv];
  plan.pack_left = in_place_height == 0 || g.left.p == nullptr || g.left.cs != 1 || g.int8.row_terms;
  const int highest = plan.pack_left ? tiles.max_height[plan.nv] : in_place_height;
  const int most = nr == kernel.nr && kernel.mr < highest ? kernel.mr : highest;
  plan.mr = g.m <= highest ? static_cast<int>(max_index(g.m, 1)) : balanced(g.m, most);
  plan.full = plan.pack_left && plan.mr == kernel.mr && nr == kernel.nr ? kernel.packed : nullptr;
  plan.kc = ready ? g.right.packed->kc : block_k(machine, g.k);
  // A B that is read from memory is read once for all rows of a block.
  const index_t right_bytes = tiles.right.line(g.k) * g.n;
  plan.row_panels_inside =
      right_bytes > (tuning.inside_from > 0 ? tuning.inside_from : last_cache_bytes(machine.l2, machine.l3) / 4);
  plan.prefetch_a = tuning.prefetch_a;
  // One row or two read as fast as the hardware does, and what it has asked for should not be asked for again: 77 GB/s
  // against 70 from L3.
  plan.prefetch_b = g.m <= 2 ? 0 : right_bytes > machine.l2.bytes ? tuning.prefetch_far : tuning.prefetch_b;
  plan.prefetch_c = g.c != nullptr && g.c_cs == 1 && g.k >= tuning.prefetch_c_depth;
  const double madds = static_cast<double>(g.m) * static_cast<double>(g.n) * static_cast<double>(g.k);
  plan.threads = threads > 1 && madds > tuning.serial_below ? threads : 1;
  plan.row_parts = plan.col_parts = 1;

  plan.mc = even_block(g.m, most_m(machine, plan.kc), plan.mr);
  plan.pack_right = !ready;
  const bool one_block = g.m <= plan.mc;
  if (!ready && one_block && right_bytes > machine.l2.bytes && g.int8.right_row >= kFarRow)
    plan.kc = even_block(g.k, band_of_rows(g.m), 16 * tiles.right.group);
  if (ready || one_block) {
    plan.method = ready ? Method::direct : Method::strip;
    plan.nc = ready ? g.n : nr;
    if (plan.threads > 1) {
      const index_t wanted = tasks_wanted(tuning.tasks_per_thread, plan.threads, machine.slowest_core),
                    columns = ceil_div(g.n, nr), rows = ceil_div(g.m, plan.mr);
      plan.col_parts = min_index(wanted, columns);
      // Each part packs the rows it needs.
      if (plan.pack_left) plan.col_parts = min_index(plan.col_parts, max_index(plan.threads, columns / 8));
      plan.row_parts = clamp_index(wanted / plan.col_parts, 1, rows);
    }
  } else {
    plan.method = Method::packed;
    plan.nc = even_block(g.n, most_n(machine, plan.kc), nr);
    if (plan.threads > 1) {
      const index_t wanted = tasks_wanted(tuning.tasks_per_thread, plan.threads, machine.slowest_core),
                    row_blocks = ceil_div(g.m, plan.mc);
      const index_t least = (machine.slowest_core < 1 ? 1 : 2) * nr;
      plan.col_parts = clamp_index(ceil_div(wanted, row_blocks), 1, ceil_div(min_index(plan.nc, g.n), least));
    }
  }
  return plan;
}

}  // namespace tessera
