#include "gemm/plan.h"

#include <initializer_list>

#include "base/int_math.h"
#include "gemm/packed.h"
#include "gemm/small.h"

namespace tessera {
namespace {

// Costs are in cycles; ratios matter, not units. Fitted on Zen 4; not tried on other CPUs.
constexpr double kWideCost = 1.0;        // a multiply-add on a register of 64 bytes
constexpr double kNarrowCost = 0.5;      // and on a shorter one: there are two pipes
constexpr double kTransposeCost = 0.35;  // packing one element that lies along k, cached
constexpr double kSquareCost = 2.7;      // transposing one register's worth on its way into a tile, in multiply-adds
constexpr double kIndirectCost = 4.0;    // reading and writing one element of a C whose rows are not contiguous
constexpr double kBroadcastFromMemoryCost = 2.0;  // one element of an A that no cache holds
constexpr double kChainLatency = 4.0;             // a tile with less work than this waits for its own results
constexpr double kHalfLineCost = 1.1;             // strips of B that are not whole cache lines
constexpr index_t kLineBytes = 64;

struct TileChoice {
  int mr, nv;
  double cycles;  // per step of k over the whole of C
};

// Rows of a tile so that m falls in nearly equal parts, none above `most`.
int balanced(index_t m, int most) {
  if (m <= most) return static_cast<int>(m);
  if (m >= 64 * most) return most;
  // 32-bit division takes a third of the time; small calls are planned in a few nanoseconds.
  const unsigned n = static_cast<unsigned>(m),
                 parts = (n + static_cast<unsigned>(most) - 1) / static_cast<unsigned>(most);
  return static_cast<int>((n + parts - 1) / parts);
}

double madd_cost(const TileSet& tiles) { return tiles.lanes * size_of(tiles.type) >= 64 ? kWideCost : kNarrowCost; }

double tile_cycles(index_t h, index_t v, double madd) {
  // Two vectors wide, a tile reaches 95 % of what others do with wide registers: one broadcast per two multiply-adds is
  // neither folded into them nor shared by enough.
  double work = static_cast<double>(h * v) * madd * (v == 2 && madd == kWideCost ? 1.05 : 1.0);
  // Chains that hide each other's latency only just lose a turn now and then: with 16 registers 8 accumulators take 4.5
  // cycles a step instead of 4, 10 take 5.35, 12 take 6.2.
  if (work < 2 * kChainLatency) work += 1.0 - work / (2 * kChainLatency);
  const double loads = static_cast<double>(h + v) * 0.55;
  const double most = work > loads ? work : loads;
  return most > kChainLatency ? most : kChainLatency;
}

// The tile for an m x n (real columns) C whose operands stay where they lie or are packed per call: all widths compete.
TileChoice choose_tile(const TileSet& tiles, index_t m, index_t n, bool packed) {
  const index_t vectors = ceil_div(n, tiles.lanes);
  const int* heights = packed ? tiles.max_height : tiles.max_height_direct;
  const double madd = madd_cost(tiles);
  TileChoice best{1, 1, 1e300};
  for (int nv = 1; nv <= tiles.max_width && nv <= vectors; ++nv) {
    if (heights[nv] == 0) break;
    const int mr = balanced(m, heights[nv]);
    const index_t row_tiles = m / mr, row_rest = m % mr;
    const index_t col_tiles = vectors / nv, col_rest = vectors % nv;
    // Each tile also pays about a cycle and a half for its call, spread over its steps of k (here: a typical 32).
    const auto column = [&](index_t v) {
      if (v == 0) return 0.0;
      const double whole = static_cast<double>(row_tiles) * (tile_cycles(mr, v, madd) + 0.6);
      return whole + (row_rest ? tile_cycles(row_rest, v, madd) + 0.6 : 0.0);
    };
    double cycles = static_cast<double>(col_tiles) * column(nv) + column(col_rest);
    // A strip that ends within a cache line fetches it for the next one too.
    if (nv < vectors && nv * tiles.lanes * size_of(tiles.type) % kLineBytes != 0) cycles *= kHalfLineCost;
    if (cycles < best.cycles) best = {mr, nv, cycles};
  }
  return best;
}

bool is_unit(double re, double im) { return im == 0.0 && (re == 1.0 || re == -1.0); }

bool must_pack_left(const GemmProblem& g) {
  if (g.left.source != nullptr) return true;
  if (is_complex(g.type)) {
    return g.left.cs != 1 || g.conj_left || (!g.exchanged && !(g.alpha_re == 1.0 && g.alpha_im == 0.0));
  }
  return !g.exchanged && !is_unit(g.alpha_re, g.alpha_im);
}
bool must_pack_right(const GemmProblem& g) {
  return is_complex(g.type) || g.right.source != nullptr || g.right.cs != 1 ||
         (g.exchanged && !is_unit(g.alpha_re, g.alpha_im));
}

// Whether along_k kernels can read the right operand in place, for an m that makes it worth while. The first row
// panel reads all of B for the others, so there is none that a triangle or a region leaves out.
bool can_stream_along_k(const GemmProblem& g) {
  return !is_complex(g.type) && g.left.source == nullptr && g.region == Region::all && g.right.cs != 1 &&
         g.right.rs == 1 && g.m <= 16 * kMaxTileHeight && !(g.exchanged && !is_unit(g.alpha_re, g.alpha_im));
}

// Whether the columns of C lie closer together in memory than its rows: run transposed unless shape says otherwise.
bool columns_first(const GemmProblem& g) {
  const index_t rs = g.c_rs < 0 ? -g.c_rs : g.c_rs, cs = g.c_cs < 0 ? -g.c_cs : g.c_cs;
  if (rs != cs) return rs < cs;
  // Equal strides are a leading dimension of 1: one row of a C by columns, or one column of a C by rows. Only complex
  // bits care; a real vector is better a row of the kernel.
  return is_complex(g.type) ? g.m == 1 && g.n > 1 : g.n == 1 && g.m > 1;
}

// Whether tiles one vector wide are as good as any: they are with 32 registers (99 % of peak), with 16 they wait for
// loads (80 %; Zen 4).
bool one_vector_tiles(const TileSet& tiles) { return tiles.max_height[4] >= 4; }

// Whether a B along k is transposed in registers on its way into tiles. One that caches hold is packed as well.
bool transposes_on_the_way(const GemmProblem& g, const Machine& machine, const TileSet& tiles) {
  if (!can_stream_along_k(g)) return false;
  return g.m > kMaxTileHeight ? one_vector_tiles(tiles) : g.k * g.n * size_of(g.type) > machine.l2.bytes / 2;
}

struct Orientation {
  bool transpose;
  const IsaEntry* isa;
};

// Whether to exchange the operands, and which register width fits C's columns.
Orientation orient(const GemmProblem& g, const Machine& machine, DType real) {
  const index_t per_col = is_complex(g.type) ? 2 : 1;
  Orientation best{columns_first(g), machine.isa};
  const index_t lanes = machine.isa->kernels(real).tiles->lanes;
  const index_t thin = min_index(g.m, g.n) * per_col;
  // A caller's matrix that no cache holds is worth transposing on the way for more rows.
  const bool from_memory = max_index(g.m, g.n) * g.k * size_of(g.type) > machine.l3.bytes / 2;
  if (thin >= (from_memory ? 9 : 3) * lanes) return best;

  double least = 1e300;
  const bool by_layout = best.transpose;
  for (const bool transpose : {by_layout, !by_layout}) {
    // 1m adds the two products of an imaginary part in the other order when transposed: the layout of C alone decides.
    if (per_col == 2 && transpose != by_layout) break;
    const GemmProblem t = transpose ? transposed(g) : g;
    for (const IsaEntry* isa : {machine.isa, machine.narrow}) {
      if (isa == nullptr) continue;
      if (isa != machine.isa && t.n * per_col > lanes / 2) continue;
      const TileSet& tiles = *isa->kernels(real).tiles;
      const double k = static_cast<double>(t.k * per_col), m = static_cast<double>(t.m), n = static_cast<double>(t.n);
      double cost;
      if (transposes_on_the_way(t, machine, tiles) && t.m <= kMaxTileHeight) {
        const double step = tile_cycles(t.m, 1, madd_cost(tiles)) + kSquareCost * madd_cost(tiles);
        cost = static_cast<double>(ceil_div(t.n, tiles.lanes)) * k * step;
      } else {
        cost = choose_tile(tiles, t.m, t.n * per_col, false).cycles * k;
        if (must_pack_right(t)) cost += kTransposeCost * k * n * static_cast<double>(per_col);
      }
      if (must_pack_left(t)) cost += kTransposeCost * k * m;
      if (t.m * t.k * size_of(t.type) > machine.l3.bytes / 2) cost += kBroadcastFromMemoryCost * k * m;
      if (t.c_cs != 1 && t.n > 1) cost += kIndirectCost * m * n * static_cast<double>(per_col);
      if (cost < least) {
        least = cost;
        best = {transpose, isa};
      }
    }
  }
  return best;
}

constexpr index_t kGrainK = 8;  // K blocks are whole numbers of the largest unroll

// KC: about `most` steps. Where there is no C, chains cannot be continued in it: one block.
index_t k_block(const GemmProblem& g, index_t k, index_t most) {
  return g.c == nullptr ? k : even_block(k, most, kGrainK);
}

// Rows up to which bands of B beat strips of its columns where B comes from memory (90 GFLOP/s against 70 for 8, 98
// against 92 for 16, 95 against 97 for 24; sgemm, n = k = 4000), and where the rows of a strip evict each other: there
// they also beat packing (106 against 91 for 128, 108 against 103 for 256; n = k = 4096), if registers allow tiles one
// vector wide.
constexpr index_t kBandRows = kMaxTileHeight, kBandRowsOfAliases = 16 * kMaxTileHeight;
// Bands work on a copy of C, which is read and written twice: worth it when B has this many rows for each row of C, and
// tuning.stream_depth at least.
constexpr index_t kBandDepthPerRow = 32;

// Depth up to which writing C bounds the speed of a large product (sgemm, m = n = 2000, GFLOP/s by rows of tiles, by
// strips and packed: 20, 12 and - with k = 1, 57, - and 51 with k = 4, 74, - and 71 with k = 8).
constexpr index_t kShallowDepth = 16;

// Rows up to which an A that is read where it lies is one block.
constexpr index_t kOneBlockRows = 128;

// Rows from which one panel of them fills a tile one vector wide; with fewer, more columns hide the latency.
constexpr index_t kOneVectorRows = 8;

// What the methods decide on: the oriented problem in real elements, and what its strides and scalars force.
struct Shape {
  const GemmProblem& g;
  const Machine& machine;
  const GemmTuning& tuning;
  const TileSet& tiles;
  index_t m, n, k, size, l1, l2, l3;
  bool must_pack_left, must_pack_right;
  bool left_aliases, right_aliases;  // rows along k, respectively rows, that evict each other
  bool along_k;                      // the right operand is transposed on its way into tiles
  TileChoice tile;                   // for operands that are read where they lie

  double madds() const { return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k); }
  index_t row_tiles() const { return ceil_div(m, tile.mr); }
  index_t right_bytes() const { return k * n * size; }
  bool one_vector_tiles() const { return tessera::one_vector_tiles(tiles); }
  // Where packed tiles multiply by lanes, others broadcast each element of A: 1.9 instructions for a multiply-add
  // against 1.2 (NEON, 8 x 12). Packing both operands is an instruction or so for each element, which a few tiles
  // repay.
  bool lanes_pay(index_t columns) const { return tiles.by_lanes && m > kMaxTileHeight / 2 && n >= 4 * columns; }
};

// All of it but the tile.
Shape shape_of(const GemmProblem& g, const Machine& machine, const TileSet& tiles) {
  const DType real = real_of(g.type);
  const index_t per_col = is_complex(g.type) ? 2 : 1, size = size_of(real);
  return {.g = g,
          .machine = machine,
          .tuning = machine.tuning(real),
          .tiles = tiles,
          .m = g.m,
          .n = g.n * per_col,
          .k = g.k * per_col,
          .size = size,
          .l1 = machine.l1d.bytes,
          .l2 = machine.l2.bytes,
          .l3 = last_cache_bytes(machine.l2, machine.l3),
          .must_pack_left = must_pack_left(g),
          .must_pack_right = must_pack_right(g),
          .left_aliases = g.left.cs == 1 && aliases(stride_bytes(g.left.rs, size * per_col), machine.l1d),
          .right_aliases = aliases(stride_bytes(g.right.rs, size), machine.l1d),
          .along_k = transposes_on_the_way(g, machine, tiles),
          .tile = {}};
}

// Rows times a matrix that is read where it lies, in bands of its rows: memory's speed is the bound, or its rows evict
// each other in strips.
//
// A tile is a line of the band wide and fetches the line a few columns further on in each row: instructions alone bring
// B to L2, as the hardware prefetchers do not follow so many rows. The rows of a band lie in as many pages, which the
// first-level TLB must hold for one or two rows of A (28, 22 and 19 GB/s with 64, 128 and 256 rows; m = 1, n = k =
// 4096, Zen 4); later the way of C to L2 and back costs more (69, 89 and 90 GFLOP/s with 16, 64 and 128; m = 8). Bands
// of 8 to 16 rows, which the hardware follows, and wide tiles reach 0.6 to 0.9 of that (n = k = 3000 and 4000). A band
// updates all columns of C, so C is kept in L2, in strips.
void plan_bands(const Shape& s, GemmPlan& plan) {
  const index_t lanes = s.tiles.lanes;
  plan.method = Method::direct;
  plan.pack_left = s.must_pack_left || (s.left_aliases && s.m > 1);
  plan.row_panels_inside = true;
  plan.nv = static_cast<int>(clamp_index(kLineBytes / (lanes * s.size), 1, s.tiles.max_width));
  plan.mr = balanced(s.m, s.tiles.max_height_direct[plan.nv]);
  plan.stream_right = true;
  plan.prefetch_b = s.tuning.prefetch_stream;
  plan.mc = s.m;
  plan.nc = s.n;
  plan.kc = s.m <= 4 ? 64 : 128;
  plan.copy_c = s.m > 1 || s.g.c_cs != 1;
  const index_t nr = plan.nv * lanes;
  plan.col_parts = ceil_div(s.n, max_index(round_up(1024, nr), round_down(s.l2 / 8 / (s.m * s.size), nr)));
}

bool bands_pay(const Shape& s) {
  if (s.must_pack_right || s.g.c == nullptr || s.g.region != Region::all || s.k < s.tuning.stream_depth) return false;
  if (s.m > kBandRows)
    return s.right_aliases && s.one_vector_tiles() && s.m <= kBandRowsOfAliases && s.right_bytes() > s.l2;
  return s.right_bytes() > s.l3 / 2 && (s.right_aliases || s.k >= kBandDepthPerRow * s.m);
}

// Few steps of k write C more than they compute. Rows of tiles then go along the rows of C, which is written in order,
// on a B that stays in cache.
bool is_shallow(const Shape& s) {
  return s.k <= kShallowDepth && s.m > s.tuning.direct_rows && s.right_bytes() <= s.l2 / 4 &&
         !(s.right_aliases && s.k > s.machine.l1d.ways);
}

// B along k: squares of it are transposed in registers on their way into the tile. With more rows than one tile holds,
// the first row panel leaves the squares packed for the others (79 % of peak where packing first reached 69; sgemm,
// m = 128, n = k = 4096, Zen 4).
void plan_along_k(const Shape& s, GemmPlan& plan) {
  const index_t lanes = s.tiles.lanes;
  plan.method = Method::direct;
  plan.along_k = true;
  plan.pack_right = s.m > kMaxTileHeight;
  plan.pack_left = s.must_pack_left || plan.pack_right || (s.left_aliases && s.m > 1);
  plan.row_panels_inside = true;
  plan.nv = 1;
  // A packed tile of 16 rows has no register for a second broadcast.
  plan.mr = plan.pack_right ? balanced(s.m, static_cast<int>(min_index(s.tiles.max_height[1], kMaxTileHeight - 1)))
                            : static_cast<int>(s.m);
  plan.mc = s.m;
  plan.nc = s.n;
  // Long K blocks, for the prefetchers' sake: a packed panel of B has a quarter of L2, A's rows pass through it (sgemm,
  // m = 128, n = k = 4096: 102, 105, 108 and 110 GFLOP/s with kc = 512, 1024, 2048 and 4096). Without a panel A's rows
  // have an eighth.
  const index_t kc = max_index(256, plan.pack_right ? s.l2 / 4 / (lanes * s.size) : s.l2 / 8 / (s.m * s.size));
  plan.kc = k_block(s.g, s.k, kc);
  plan.copy_c = plan.pack_right && s.g.c_cs != 1 && s.g.c != nullptr;
  // The hardware's prefetchers stop where a page ends, and all columns of a strip end theirs at once (sgemm, m = 32, n
  // = k = 4000: 91 GFLOP/s against 80; 256 to 1024 bytes are as good). Nothing is gained where all of them are read for
  // one row panel alone, and a tenth is lost with 16 registers.
  if (plan.pack_right && s.right_bytes() > s.l2) plan.prefetch_b = 448;
  if (plan.copy_c)
    plan.col_parts = ceil_div(s.n, max_index(round_up(256, lanes), round_down(s.l2 / 4 / (s.m * s.size), lanes)));
}

// Whether B is read where it lies, although several row panels share it: if L2 holds it, else for so many rows (sgemm,
// GFLOP/s against packing: 115 and 106 for m = 256, n = 784, k = 1152, 110 and 107 for 500, 2000, 2000, 117 and 114 for
// 256 cubed; 106 and 110 for 1500 cubed).
bool in_place_pays(const Shape& s) {
  const bool near = s.right_bytes() <= s.l2 / 2, small = near && s.madds() <= 176.0 * 176 * 176;
  // With 16 registers a row panel has less than half as many rows, and B is read as much more often.
  if (!s.one_vector_tiles()) return small || s.m <= s.tuning.direct_rows / 8;
  if (small || s.m <= kOneBlockRows) return true;
  // Tiles as high as these have no narrow ones beside them for last columns that fill less than half of a register.
  const index_t rest = s.n % s.tiles.lanes;
  if (rest > 0 && rest <= s.tiles.lanes / 2 && s.tiles.lanes / 2 * 100 > 2 * s.n) return false;
  // An A whose rows evict each other is packed, which few columns do not repay.
  if (s.left_aliases) return s.m <= s.tuning.direct_rows / 2 && s.n >= 2 * s.m;
  return near || s.m <= s.tuning.direct_rows;
}

// Both operands where they lie.
void plan_direct(const Shape& s, GemmPlan& plan) {
  const index_t lanes = s.tiles.lanes;
  plan.method = Method::direct;
  plan.pack_left = s.must_pack_left || (s.left_aliases && s.n >= 4 * lanes && s.m > s.machine.l1d.ways);
  plan.row_panels_inside = true;
  plan.mr = s.tile.mr;
  plan.nv = s.tile.nv;
  plan.mc = s.m;
  plan.nc = s.n;
  const bool blocks = s.m > kOneBlockRows;
  index_t steps = round_up(s.k, kGrainK);
  if (s.right_bytes() > s.l2 / 4) {
    // A strip of B from memory is read once per row panel: it stays in L2, and the first panel fetches the next one.
    plan.prefetch_next_strip = true;
    // One vector wide where registers allow it: short strips disturb the caches least (sgemm, Zen 4: 95 % of peak
    // against 90 for three vectors with m = 64, n = 12544, k = 147; 95 against 49 GFLOP/s with m = 9, n = 43264, k =
    // 144).
    if ((s.row_tiles() > 1 || s.m >= kOneVectorRows) && s.one_vector_tiles()) {
      plan.nv = 1;
      plan.mr = s.m <= kMaxTileHeight ? static_cast<int>(s.m) : balanced(s.m, kMaxTileHeight - 1);
    }
    const index_t strip_row = plan.nv * lanes * s.size;
    // The lines of the next strip that this one does not share, wherever rows begin in a line. Farther ahead they are
    // gone again before their turn, not as far they are the lines being read (112 GFLOP/s against 89 for a distance of
    // strip_row; m = 16, n = 3025, k = 1000).
    plan.prefetch_b = strip_row + kLineBytes - 1;
    steps = s.l2 / (blocks ? 32 : 12) / strip_row;
    // Of rows that evict each other L2 holds so many.
    const index_t row = stride_bytes(s.g.right.rs, s.size);
    if (s.right_aliases) steps = min_index(steps, max_index(64, s.l2 / (row < 0 ? -row : row)));
  }
  if (plan.pack_left) steps = min_index(steps, max_index(64, s.l2 / 4 / (min_index(s.m, kOneBlockRows) * s.size)));
  if (blocks && s.tuning.kc > 0) steps = s.tuning.kc;
  plan.kc = k_block(s.g, s.k, steps);
  // Blocks of A as in the five loops; they have a quarter of L2.
  if (blocks) plan.mc = even_block(s.m, s.tuning.mc > 0 ? s.tuning.mc : s.l2 / 4 / (plan.kc * s.size), plan.mr);
}

// Whether C may be swept: all of it is written, its rows are contiguous.
bool can_sweep(const GemmProblem& g) {
  return !is_complex(g.type) && g.left.source == nullptr && g.right.source == nullptr && g.c_cs == 1 &&
         g.c != nullptr && g.region == Region::all && g.epilogue == nullptr;
}

// Rows of C stay in L1 or L2 from one K block to the next.
void plan_sweep(const Machine& machine, const GemmProblem& g, GemmPlan& plan) {
  const index_t m = g.m, n = g.n, k = g.k;
  const index_t size = size_of(plan.tiles->type);
  plan.method = Method::sweep;
  plan.kc = even_block(k, plan.tiles->sweep_depth, 1);
  plan.mr = plan.tiles->sweep_rows[plan.kc];
  plan.nv = 1;
  plan.pack_right = must_pack_right(g);
  plan.nc = plan.pack_right ? even_block(n, machine.l2.bytes / 4 / (k * size), plan.tiles->lanes) : n;
  plan.mc = k == plan.kc ? m : even_block(m, machine.l2.bytes / 8 / (plan.nc * size), plan.mr);
}

// Both operands where they lie, C by rows of tiles. Of tiles that need the same registers the squarest writes whole
// lines and is not slowed by rows of C that begin within one (49 GFLOP/s against 39 for 9 rows of three; m = n = 1021,
// k = 3).
void plan_shallow(const Shape& s, GemmPlan& plan) {
  const index_t lanes = s.tiles.lanes;
  plan.method = Method::direct;
  plan.pack_left = s.must_pack_left;
  plan.row_panels_inside = false;
  plan.nv = s.tile.nv;
  for (int nv = s.tile.nv + 1; nv <= s.tiles.max_width && nv * lanes <= s.n; ++nv) {
    if (s.tiles.max_height_direct[nv] >= nv && nv * lanes * s.size % kLineBytes == 0) plan.nv = nv;
  }
  plan.mr = plan.nv == s.tile.nv ? s.tile.mr : balanced(s.m, s.tiles.max_height_direct[plan.nv]);
  plan.mc = plan.pack_left ? even_block(s.m, s.l2 / 4 / (s.k * s.size), plan.mr) : s.m;
  plan.nc = s.n;
  plan.kc = s.k;
}

// The list's kernel where the plan's full tile is its: its unrolling spares NEON instructions in short products too
// (1.32 and 1.39 for a multiply-add of 64 x 3136 x 576).
GemmTileFn unrolled_for_lanes(const Shape& s, const KernelDescriptor& kernel, const GemmPlan& plan) {
  const bool same = plan.mr == kernel.mr && plan.nv * s.tiles.lanes == kernel.nr;
  return s.tiles.by_lanes && same ? kernel.packed : nullptr;
}

// One strip of B at a time is packed and used at once by all row panels.
void plan_strip(const Shape& s, const KernelDescriptor& kernel, GemmPlan& plan) {
  const index_t lanes = s.tiles.lanes;
  plan.method = Method::strip;
  // What the strip's one column needs is found once (104 and 99 GFLOP/s; AVX2, m = 128, n = 3136, k = 64).
  plan.row_panels_inside = true;
  plan.pack_right = true;
  plan.pack_left = s.must_pack_left || s.left_aliases || (s.n >= 4 * s.tile.nv * lanes && s.m > 4);
  if (plan.pack_left && s.tiles.by_lanes && s.n >= kernel.nr) {
    plan.mr = balanced(s.m, kernel.mr);
    plan.nv = kernel.nr / static_cast<int>(lanes);
    plan.full = unrolled_for_lanes(s, kernel, plan);
  } else {
    const TileChoice tile = plan.pack_left ? choose_tile(s.tiles, s.m, s.n, true) : s.tile;
    plan.mr = tile.mr;
    plan.nv = tile.nv;
  }
  plan.mc = s.m;
  plan.nc = plan.nv * lanes;
  // A strip that lies along k is read in as long rows as L2 takes (AVX2, sgemm, GFLOP/s with kc = 256 and 2048: 49 and
  // 62 for m = 20, n = k = 4096, 71 and 81 for m = 48, 93 and 98 for m = 128).
  const bool along_k = s.g.right.cs != 1 && s.g.right.rs == 1;
  const index_t bytes = along_k ? s.l2 / 8 : s.row_tiles() <= 4 ? s.l1 / 2 : s.l1;
  plan.kc = k_block(s.g, s.k, max_index(64, bytes / (plan.nc * s.size)));
}

// Blocks of the five loops. A block of A and a micro-panel of B, which is of as many bytes in either type, share L2;
// the panel of B has a quarter of L3. With half of the steps dgemm loses 7 % (n = 768, 1024, 1500; Zen 4).
index_t block_k(const Shape& s) {
  return s.tuning.kc > 0 ? s.tuning.kc : max_index(128, round_down(s.l2 / 2048, kGrainK));
}
index_t block_m(const Shape& s, const KernelDescriptor& kernel) {
  return s.tuning.mc > 0 ? s.tuning.mc : max_index(kernel.mr, s.l2 / 4 / (block_k(s) * s.size));
}
index_t block_n(const Shape& s, const KernelDescriptor& kernel) {
  return s.tuning.nc > 0 ? s.tuning.nc : max_index(kernel.nr, s.l3 / 4 / (block_k(s) * s.size));
}

// The order of loops 2 and 1, and what follows from it. A micro-panel of B that L1 holds, or nearly, stays while all
// row panels of a block pass it (AVX2, sgemm, GFLOP/s against the other order: 110 and 105 for m = 3136, n = 128, k =
// 64, 113 and 110 for 784, 256, 128, 106 and 104 for 1000, 1000, 1000; AVX-512: 114 and 110, 115 and 114; wider panels
// there lose a point). Blocks of A are then as many rows as L2 takes with this K block: each row of tiles reads the
// panels of B anew (110 and 94 for m = 12544, n = 32, k = 27; AVX2).
void plan_macro_kernel(const Shape& s, const KernelDescriptor& kernel, GemmPlan& plan) {
  const index_t panel = plan.nv * s.tiles.lanes * plan.kc * s.size;
  plan.row_panels_inside = s.tuning.row_panels_inside || panel <= 2 * s.l1;
  index_t mc = block_m(s, kernel);
  if (plan.row_panels_inside && s.tuning.mc == 0) mc = max_index(mc, s.l2 / 4 / (plan.kc * s.size));
  plan.mc = even_block(s.m, mc, plan.mr);
  plan.prefetch_a = s.tuning.prefetch_a;
  plan.prefetch_b = s.tuning.prefetch_b;
  // Down a strip of C it costs a point: the hardware follows.
  plan.prefetch_c = s.tuning.prefetch_c && s.g.c_cs == 1 && !plan.row_panels_inside;
}

// The five loops.
void plan_packed(const Shape& s, const KernelDescriptor& kernel, GemmPlan& plan) {
  const index_t lanes = s.tiles.lanes;
  plan.method = Method::packed;
  plan.pack_right = true;
  // A few columns want the tile that fits them.
  bool few_columns = s.n < 3 * kernel.nr && (s.tuning.kernel == 0 || kernel.in_order);
  // Where rows of A evict each other, a tile no higher than a set of the cache spares their packing, which few columns
  // do not repay.
  if (s.left_aliases && !s.must_pack_left && s.tile.mr > s.machine.l1d.ways && kernel.mr <= s.machine.l1d.ways)
    few_columns = false;
  const int mr = few_columns ? s.tile.mr : kernel.mr;
  plan.nv = few_columns ? s.tile.nv : static_cast<int>(min_index(kernel.nr, round_up(s.n, lanes)) / lanes);
  // Rows of A along k are read where they lie: a row panel of KC steps fits L1 and is broadcast from there for every
  // tile of the row. Packing it as well cost 2 points (sgemm 512 to 2048, Zen 4). Across rows, A is packed unless it is
  // read only once. A tile may be one row too high for the kernels that read A in place.
  plan.pack_left = s.must_pack_left || (s.g.left.cs != 1 && s.n > plan.nv * lanes) ||
                   (s.left_aliases && mr > s.machine.l1d.ways) || mr > s.tiles.max_height_direct[plan.nv] ||
                   kernel.in_order || s.lanes_pay(plan.nv * lanes);
  plan.stream_right = !plan.pack_left;
  plan.mr = s.m < 10 * mr ? balanced(s.m, mr) : mr;
  plan.full = plan.pack_left && plan.mr == kernel.mr && plan.nv * lanes == kernel.nr ? kernel.packed : nullptr;
  // Two registers of columns read A no more than twice: its rows are taken as long as a quarter of L2 holds of B, for
  // the prefetchers' sake (GFLOP/s with KC as elsewhere and longer: 94 and 105 for sgemm, m = k = 2048, n = 32, 97 and
  // 108 for m = 3136, k = 1152; AVX2, n = 16: 83 and 101; dgemm, m = 2048, n = 8, k = 1024: 36 and 47). With three, 2 %
  // are won and 14 lost.
  const index_t columns = round_up(s.n, lanes);
  const bool long_rows = !plan.pack_left && columns <= 2 * lanes;
  plan.kc = k_block(s.g, s.k, long_rows ? max_index(block_k(s), s.l2 / 4 / (columns * s.size)) : block_k(s));
  plan.nc = even_block(s.n, block_n(s, kernel), plan.nv * lanes);
  plan_macro_kernel(s, kernel, plan);
}

// Cuts C in tasks.
void plan_tasks(const Shape& s, GemmPlan& plan) {
  const index_t wanted = tasks_wanted(s.tuning.tasks_per_thread, plan.threads, s.machine.slowest_core),
                nr = plan.nv * s.tiles.lanes;
  if (plan.method == Method::packed) {
    // Rows of blocks first: they share nothing but B. Lower blocks when there are too few to go round.
    const index_t row_blocks = ceil_div(s.m, plan.mc);
    const index_t least = (s.machine.slowest_core < 1 ? 1 : 2) * nr;
    plan.col_parts = clamp_index(ceil_div(wanted, row_blocks), 1, ceil_div(min_index(plan.nc, s.n), least));
    if (row_blocks * plan.col_parts < wanted) {
      const index_t blocks = clamp_index(ceil_div(wanted, plan.col_parts), row_blocks, ceil_div(s.m, 4 * plan.mr));
      plan.mc = even_block(s.m, round_up(ceil_div(s.m, blocks), plan.mr), plan.mr);
    }
    return;
  }
  const index_t cols = ceil_div(s.n, nr), rows = ceil_div(s.m, plan.mr);
  if (plan.method == Method::sweep || (plan.method == Method::direct && !plan.row_panels_inside)) {
    plan.row_parts = min_index(wanted, rows);
    if (plan.method == Method::sweep) plan.col_parts = clamp_index(wanted / plan.row_parts, 1, cols);
    return;
  }
  plan.col_parts = min_index(max_index(wanted, plan.col_parts), cols);
  if (plan.pack_left) plan.col_parts = min_index(plan.col_parts, max_index(plan.threads, cols / 8));
  plan.row_parts = clamp_index(wanted / plan.col_parts, 1, rows);
}

// The tiles for last columns that fill less than half of a register, if they are high enough for panels of mr rows.
const TileSet* narrow_tiles(const Machine& machine, DType real, int mr) {
  if (machine.narrow == nullptr) return nullptr;
  const TileSet* narrow = machine.narrow->kernels(real).tiles;
  return mr <= narrow->max_height_direct[1] ? narrow : nullptr;
}

// A plan for a problem that fits the first caches; buffers, if any, are on the stack. False: not such a problem.
bool plan_small(const GemmProblem& problem, const Machine& machine, GemmPlan& plan) {
  const bool complex = is_complex(problem.type);
  const index_t per_col = complex ? 2 : 1;
  const DType real = real_of(problem.type);
  const index_t most = machine.tuning(real).small_madds;
  if (problem.m > most || problem.n > most || problem.k > most) return false;
  const index_t mn = problem.m * problem.n;
  if (mn > most || mn * problem.k * (complex ? 4 : 1) > most) return false;

  const bool transpose = columns_first(problem);
  const GemmProblem flipped = transpose ? transposed(problem) : problem;
  const GemmProblem& g = transpose ? flipped : problem;
  if (g.c_cs != 1 && g.n != 1) return false;
  const index_t n = g.n * per_col, k = g.k * per_col;
  const IsaEntry* isa = &isa_for_columns(machine, real, n);
  const TileSet& tiles = *isa->kernels(real).tiles;
  if (n < tiles.lanes && g.m > 4 * tiles.lanes) return false;

  if (sweep_pays(machine, tiles, g.m, n, k) && can_sweep(g)) {
    plan.transpose = transpose;
    plan.tiles = &tiles;
    plan.right_packers = plan.left_packers = &isa->packers(real);
    plan_sweep(machine, g, plan);
    plan.threads = 1;
    plan.row_parts = plan.col_parts = 1;
    return true;
  }
  const bool along_k = can_stream_along_k(g) && g.m <= machine.tuning(real).along_k_rows;
  const SmallTile tile =
      along_k ? small_tile_along_k(g.m) : small_tile(tiles, g.m, (n + tiles.lanes - 1) >> tiles.lanes_log2);
  const index_t nr = tile.nv * tiles.lanes, size = size_of(real);
  const bool pack_left = must_pack_left(g), pack_right = must_pack_right(g) && !along_k;
  if ((pack_right && k * nr * size > kStackPanelBytes) || (pack_left && k * g.m * size > kStackPanelBytes))
    return false;
  const index_t b_row = stride_bytes(along_k ? g.right.cs : g.right.rs, size);
  if (!pack_right && !strips_stay_cached(machine, tiles, g.m, n, k, size, b_row)) return false;

  plan.method = pack_right ? Method::strip : Method::direct;
  plan.transpose = transpose;
  plan.along_k = along_k;
  plan.pack_left = pack_left;
  plan.pack_right = pack_right;
  plan.negate = !complex && g.alpha_re == -1.0 && !(g.exchanged ? pack_right : pack_left);
  plan.row_panels_inside = true;
  plan.mr = tile.mr;
  plan.nv = tile.nv;
  plan.tiles = &tiles;
  plan.right_packers = &isa->packers(real);
  plan.left_packers = machine.narrow != nullptr ? &machine.narrow->packers(real) : plan.right_packers;
  if (isa == machine.isa && !along_k) plan.narrow = narrow_tiles(machine, real, plan.mr);
  plan.mc = g.m;
  plan.kc = k;
  plan.nc = pack_right ? nr : n;
  plan.threads = 1;
  plan.row_parts = plan.col_parts = 1;
  return true;
}

// Where an operand was packed beforehand: its panels fix the tile set, one side of the tile and KC, and nothing is
// exchanged. A panel that is not yet there is packed as elsewhere.
GemmPlan plan_packed_before(const GemmProblem& g, const Machine& machine, int threads) {
  const bool left_ready = g.left.packed != nullptr, right_ready = g.right.packed != nullptr;
  const PackedPanels& panels = right_ready ? *g.right.packed : *g.left.packed;
  const IsaEntry& isa = panels.tiles->isa == machine.isa->isa ? *machine.isa : *find_isa(panels.tiles->isa);
  const DType real = real_of(g.type);
  const KernelDescriptor& kernel = isa.kernels(real).kernels[&isa == machine.isa ? machine.tuning(real).kernel : 0];
  Shape s = shape_of(g, machine, *panels.tiles);
  s.must_pack_left = s.must_pack_left && !left_ready;
  s.must_pack_right = s.must_pack_right && !right_ready;

  GemmPlan plan{};
  plan.tiles = panels.tiles;
  plan.right_packers = &isa.packers(real);
  plan.left_packers = machine.narrow != nullptr ? &machine.narrow->packers(real) : plan.right_packers;
  plan.threads = threads > 1 && s.madds() > s.tuning.serial_below ? threads : 1;
  plan.row_parts = plan.col_parts = 1;
  plan.nv = right_ready ? panels.nv : kernel.nr / s.tiles.lanes;
  plan.mr = left_ready ? g.left.packed->mr : balanced(s.m, s.tiles.max_height_direct[plan.nv]);
  plan.narrow = right_ready ? panels.narrow : narrow_tiles(machine, real, plan.mr);
  plan.kc = panels.kc;
  plan.mc = even_block(s.m, block_m(s, kernel), plan.mr);
  const index_t nr = plan.nv * s.tiles.lanes;
  // A panel of B is read once for every block of A: with one block there is nothing to share.
  const bool one_block = s.m <= plan.mc;
  plan.pack_left = !left_ready && (s.must_pack_left || (g.left.cs != 1 && s.n > nr) ||
                                   (s.left_aliases && plan.mr > machine.l1d.ways) || s.lanes_pay(nr));
  plan.pack_right = !right_ready && (s.must_pack_right || !one_block || s.right_aliases);
  if (one_block) {
    plan.row_panels_inside = true;
    plan.prefetch_a = s.tuning.prefetch_a;
    plan.prefetch_b = s.tuning.prefetch_b;
    plan.method = plan.pack_right ? Method::strip : Method::direct;
    plan.nc = plan.pack_right ? nr : s.n;
    if ((left_ready || plan.pack_left) && (right_ready || plan.pack_right))
      plan.full = unrolled_for_lanes(s, kernel, plan);
  } else {
    plan.method = Method::packed;
    plan.nc = even_block(s.n, block_n(s, kernel), nr);
    plan_macro_kernel(s, kernel, plan);
    plan.full = (left_ready || plan.pack_left) && plan.mr == kernel.mr && plan.nv * s.tiles.lanes == kernel.nr
                    ? kernel.packed
                    : nullptr;
  }
  plan.negate = !is_complex(g.type) && g.alpha_re == -1.0 && !(g.exchanged ? plan.pack_right : plan.pack_left);
  if (plan.threads > 1) plan_tasks(s, plan);
  return plan;
}

}  // namespace

PackedPanels plan_panels(const Machine& machine, Side side, DType type, index_t extent, index_t k) {
  const DType real = real_of(type);
  const index_t parts = is_complex(type) ? 2 : 1;
  const KernelList& list = machine.isa->kernels(real);
  const KernelDescriptor& kernel = list.kernels[machine.tuning(real).kernel];
  GemmProblem square{};
  square.type = type;
  square.m = square.n = extent;
  square.k = k;
  const Shape s = shape_of(square, machine, *list.tiles);
  const PackSet& wide = machine.isa->packers(real);
  const PackSet& low = machine.narrow != nullptr ? machine.narrow->packers(real) : wide;
  const int mr = static_cast<int>(min_index(kernel.mr, list.tiles->max_height_direct[kernel.nr / list.tiles->lanes]));
  return {.side = side,
          .type = type,
          .tiles = list.tiles,
          .narrow = side == Side::right ? narrow_tiles(machine, real, mr) : nullptr,
          .packers = side == Side::right ? &wide : &low,
          .narrow_packers = &low,
          .mr = mr,
          .nv = kernel.nr / list.tiles->lanes,
          .extent = extent * (side == Side::right ? parts : 1),
          .k = k * parts,
          .kc = even_block(k * parts, block_k(s), kGrainK),
          .data = nullptr};
}

index_t tasks_wanted(index_t each, int threads, double slowest_core) {
  return slowest_core < 1 ? static_cast<index_t>(static_cast<double>(3 * each * threads) / slowest_core)
                          : each * threads;
}

bool aliases(index_t stride_bytes, const CacheInfo& l1d) {
  const index_t period = l1d.ways > 0 ? l1d.bytes / l1d.ways : 4096;
  const index_t s = stride_bytes < 0 ? -stride_bytes : stride_bytes;
  return s >= period && s % period < 128;
}

GemmTuning tuning_for(const IsaEntry& isa, DType real, const CpuInfo& cpu, const Profile& profile) {
  GemmTuning tuning = profile.tuning(isa.isa, real);
  if (!cpu.in_order || tuning.tuned) return tuning;
  const KernelList& list = isa.kernels(real);
  for (std::size_t i = 0; i < list.count; ++i)
    if (list.kernels[i].in_order) tuning.kernel = static_cast<int>(i);
  return tuning;
}

Machine this_machine(const IsaEntry& isa, const Profile& profile) {
  const CpuInfo& cpu = cpu_info();
  Machine m{};
  m.isa = &isa;
  m.narrow = isa.isa == Isa::avx512 ? find_isa(Isa::avx2) : nullptr;
  m.l1d = cpu.l1d;
  m.l2 = cpu.l2;
  m.l3 = cpu.l3;
  m.slowest_core = cpu.slowest_core;
  m.f32 = tuning_for(isa, DType::f32, cpu, profile);
  m.f64 = tuning_for(isa, DType::f64, cpu, profile);
  m.conv = profile.conv[static_cast<int>(isa.isa)];
  return m;
}

Blocks gemm_blocks(const Machine& machine, DType real) {
  const KernelList& list = machine.isa->kernels(real);
  const KernelDescriptor& kernel = list.kernels[machine.tuning(real).kernel];
  GemmProblem none{};
  none.type = real;
  const Shape s = shape_of(none, machine, *list.tiles);
  return {block_m(s, kernel), block_k(s), block_n(s, kernel)};
}

GemmPlan plan_gemm(const GemmProblem& problem, const Machine& machine, int threads) {
  if (problem.left.packed != nullptr || problem.right.packed != nullptr)
    return plan_packed_before(problem, machine, threads);
  GemmPlan plan{};
  if (plan_small(problem, machine, plan)) return plan;

  const DType real = real_of(problem.type);
  const Orientation o = orient(problem, machine, real);
  const GemmProblem g = o.transpose ? transposed(problem) : problem;
  const KernelList& list = o.isa->kernels(real);
  const bool wide = o.isa == machine.isa;
  Shape s = shape_of(g, machine, *list.tiles);
  s.tile = choose_tile(s.tiles, s.m, s.n, s.must_pack_left && s.must_pack_right);
  const double madds = s.madds();

  plan.transpose = o.transpose;
  plan.tiles = list.tiles;
  plan.right_packers = &o.isa->packers(real);
  // Panels of A are lower than a wide register is long: squares of half the width transpose them in half the time.
  plan.left_packers = machine.narrow != nullptr ? &machine.narrow->packers(real) : plan.right_packers;
  plan.row_panels_inside = s.tuning.row_panels_inside;
  plan.threads = threads > 1 && madds > s.tuning.serial_below ? threads : 1;
  plan.row_parts = plan.col_parts = 1;

  const KernelDescriptor& kernel = list.kernels[wide ? s.tuning.kernel : 0];  // the tuner's index is of the wide list
  const bool from_memory = s.right_bytes() > s.l2 / 2;
  const bool few_rows = !s.lanes_pay(s.tile.nv * s.tiles.lanes) && in_place_pays(s);
  const bool one_row_panel = s.row_tiles() == 1 || (from_memory && s.m <= kMaxTileHeight && s.one_vector_tiles());
  if (sweep_pays(machine, s.tiles, s.m, s.n, s.k) && can_sweep(g)) {
    plan_sweep(machine, g, plan);
  } else if (s.along_k) {
    plan_along_k(s, plan);
  } else if (bands_pay(s)) {
    plan_bands(s, plan);
  } else if (!s.must_pack_right && is_shallow(s)) {
    plan_shallow(s, plan);
  } else if (!s.must_pack_right && (one_row_panel || (few_rows && !s.right_aliases))) {
    plan_direct(s, plan);
  } else if (s.m <= block_m(s, kernel)) {
    plan_strip(s, kernel, plan);
  } else {
    plan_packed(s, kernel, plan);
  }
  if (wide && !plan.along_k && !plan.copy_c) plan.narrow = narrow_tiles(machine, real, plan.mr);
  plan.negate =
      !is_complex(g.type) && g.alpha_re == -1.0 && !(g.exchanged ? plan.pack_right && !plan.along_k : plan.pack_left);
  if (plan.threads > 1) plan_tasks(s, plan);
  return plan;
}

GemmPlan plan_without_workspace(const GemmProblem& g, const GemmPlan& plan) {
  const bool left_ready = g.left.packed != nullptr, right_ready = g.right.packed != nullptr;
  GemmPlan p = plan;
  p.method = Method::strip;
  p.pack_left = !left_ready;
  p.pack_right = !right_ready;
  p.negate = p.stream_right = p.along_k = p.copy_c = p.prefetch_next_strip = false;
  p.full = nullptr;
  p.mr = static_cast<int>(min_index(p.mr, p.tiles->max_height[p.nv]));
  p.mc = p.mr;
  p.nc = p.nv * p.tiles->lanes;
  // A K block must not lie across two of an operand packed before, whose KC is a multiple of the grain.
  p.kc = left_ready || right_ready ? max_index(kGrainK, p.tiles->right.group) : 32;
  return p;
}

index_t packed_left_bytes(const GemmPlan& plan, index_t m, index_t k) {
  // Kernels may read one register past a panel.
  return m * plan.tiles->left.line(k) + 64;
}
index_t packed_right_bytes(const GemmPlan& plan, index_t n, index_t k) {
  return round_up(n, plan.tiles->lanes) * plan.tiles->right.line(k) + 64;
}

const char* method_name(Method method) {
  switch (method) {
    case Method::direct:
      return "direct";
    case Method::strip:
      return "strip";
    case Method::packed:
      return "packed";
    case Method::sweep:
      return "sweep";
  }
  return "?";
}

}  // namespace tessera
