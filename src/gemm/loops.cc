// The five loops. Begin reading at FiveLoopsJob; `direct` and `strip` are the same loops with packing left out or
// done one strip at a time.
//
//   5  for jc in 0..n step NC          a panel of B's columns
//   4    for pc in 0..k step KC            pack B(pc, jc) -> panel, KC x NC, in L3
//   3      for ic in 0..m step MC              pack A(ic, pc) -> block, MC x KC, in L2
//   2        for jr in 0..NC step NR               macro kernel
//   1          for ir in 0..MC step MR                 micro-kernel: a tile of C in registers
//
// Complex problems run through the same loops on real kernels (1m): here columns and k count real elements, twice the
// complex ones, and only the pack calls and the addresses of sources know.
#include "gemm/loops.h"

#include <cstring>

#include "base/int_math.h"
#include "gemm/packed.h"
#include "gemm/scale.h"
#include "runtime/workspace.h"

namespace tessera {
namespace {

// Where the tiles of a block find an operand: micro-panels, or the matrix itself.
struct OperandView {
  const char* p;  // panels: the first one
  bool packed;
  index_t row, col;  // bytes, of an unpacked operand: from row to row, from element to element
  index_t line = 0;  // bytes of one row's (column's) share of a panel
  index_t skip = 0;  // steps that lie in the panels before the block's first
  char* copy =
      nullptr;  // along_k: where the first row panel leaves B packed for the others; null: every one transposes
};
struct CView {
  char* p;           // null: there is no C, tiles are for the epilogue
  index_t row, col;  // bytes from row to row, from element to element
  index_t real_col;  // bytes from real column to real column, as far as tiles' addresses go
  bool contiguous;   // the elements of a row of a tile are neighbours
  char* tile(index_t i, index_t j) const { return p == nullptr ? nullptr : p + i * row + j * real_col; }
};

// A block of the loops: rows and real columns of C, steps of the real kernel.
struct Block {
  index_t ic, mc, jc, nc, pc, kc;
};

// The problem in units of the real kernel.
struct Real {
  const GemmProblem& g;
  const GemmPlan& plan;
  index_t size;     // bytes of a real element
  index_t per_col;  // real columns (and k steps) per element: 2 for complex
  index_t m, n, k;
  PanelFormat left_format, right_format;
  StridedSource left_strided, right_strided;
  const PanelSource& left;
  const PanelSource& right;
  bool trims;  // an operand is a triangle: steps at which it is zero are left out

  Real(const GemmProblem& problem, const GemmPlan& p)
      : g(problem),
        plan(p),
        size(p.tiles->c_size),
        per_col(is_complex(problem.type) ? 2 : 1),
        m(problem.m),
        n(problem.n * per_col),
        k(problem.k * per_col),
        left_format(p.tiles->left),
        right_format(p.tiles->right),
        left_strided(g.type, g.left.p, g.left.rs, g.left.cs, g.conj_left, scale_of(g, g.scales_left())),
        right_strided(g.type, g.right.p, g.right.cs, g.right.rs, g.conj_right, scale_of(g, g.scales_right())),
        left(g.left.source != nullptr ? *g.left.source : left_strided),
        right(g.right.source != nullptr ? *g.right.source : right_strided),
        trims((g.left.source != nullptr && g.left.source->trims()) ||
              (g.right.source != nullptr && g.right.source->trims())) {}
  Real(const Real&) = delete;
  Real& operator=(const Real&) = delete;

  static StridedSource::Scale scale_of(const GemmProblem& g, bool scaled) {
    return scaled ? StridedSource::Scale{g.alpha_re, g.alpha_im} : StridedSource::Scale{};
  }

  index_t lanes() const { return plan.tiles->lanes; }
  index_t nr() const { return plan.nv * lanes(); }
  // Columns of the micro-panel at jr of nc: NR, at the edge what is left, perhaps in two panels.
  index_t panel_width(index_t jr, index_t nc) const {
    return panel_columns(min_index(nr(), nc - jr), plan.tiles->lanes, plan.narrow != nullptr);
  }
  bool is_narrow(index_t width) const { return plan.narrow != nullptr && width <= lanes() / 2; }
  const TileSet& tiles_for(index_t width) const { return is_narrow(width) ? *plan.narrow : *plan.tiles; }

  // Where a source that packs itself counts from: a problem's own strided operand begins at its own corner.
  index_t left_first(index_t ic) const { return ic + (g.left.source != nullptr ? g.row : 0); }
  index_t right_first(index_t jc) const { return jc / per_col + (g.right.source != nullptr ? g.column : 0); }
  index_t left_step(index_t pc) const { return pc / per_col + (g.left.source != nullptr ? g.step : 0); }
  index_t right_step(index_t pc) const { return pc / per_col + (g.right.source != nullptr ? g.step : 0); }

  // Steps of [pc, pc + kc), from pc, at which rows [ic, ic + h) of A respectively columns [jc, jc + w) of B are there.
  Steps left_steps(index_t ic, index_t h, index_t pc, index_t kc) const {
    return within(left.extent(left_first(ic), h), left_step(pc), kc);
  }
  Steps right_steps(index_t jc, index_t w, index_t pc, index_t kc) const {
    return within(right.extent(right_first(jc), ceil_div(w, per_col)), right_step(pc), kc);
  }
  Steps within(Steps s, index_t first, index_t kc) const {
    const index_t steps = kc / per_col;
    const index_t begin = clamp_index(s.begin - first, 0, steps);
    return {begin * per_col, clamp_index(s.end - first, begin, steps) * per_col};
  }

  OperandView left_in_place(index_t ic, index_t pc) const {
    if (g.left.packed != nullptr) return panels(*g.left.packed, g.row + ic, g.step * per_col + pc);
    const index_t element = g.left.size;
    return {g.left.p + (ic * g.left.rs + pc / per_col * g.left.cs) * element, false, stride_bytes(g.left.rs, element),
            per_col == 2 ? size : stride_bytes(g.left.cs, element)};
  }
  OperandView right_in_place(index_t pc, index_t jc) const {
    if (g.right.packed != nullptr) return panels(*g.right.packed, g.column * per_col + jc, g.step * per_col + pc);
    return {g.right.p + (pc * g.right.rs + jc * g.right.cs) * size, false, stride_bytes(g.right.rs, size),
            stride_bytes(g.right.cs, size)};
  }
  static OperandView panels(const PackedPanels& p, index_t first, index_t pc) {
    return {p.panel(pc, first), true, 0, 0, p.line(round_down(pc, p.kc)), pc % p.kc};
  }
  OperandView packed_left(const char* block, index_t kc) const { return {block, true, 0, 0, left_format.line(kc)}; }
  OperandView packed_right(const char* panel, index_t kc) const { return {panel, true, 0, 0, right_format.line(kc)}; }

  CView c_at(index_t ic, index_t jc) const {
    const index_t element = size * per_col;
    CView c{g.c, stride_bytes(g.c_rs, element), stride_bytes(g.c_cs, element), stride_bytes(g.c_cs, size),
            g.c_cs == 1 && g.c != nullptr};
    c.p = c.tile(ic, jc);
    return c;
  }
};

// ---- packing -----------------------------------------------------------------------------------------------------

// Micro-panels of A's rows [ic, ic + mc), steps [pc, pc + kc). A panel of h rows is h wide; the last may be lower.
void pack_left(const Real& r, index_t ic, index_t mc, index_t pc, index_t kc, char* dst) {
  for (index_t ir = 0; ir < mc; ir += r.plan.mr) {
    const index_t h = min_index(r.plan.mr, mc - ir);
    const Steps s = r.trims ? r.left_steps(ic + ir, h, pc, kc) : Steps{0, kc};
    if (s.begin == s.end) continue;
    r.left.pack({.dst = dst + ir * r.left_format.line(kc) + s.begin * h * r.left_format.element,
                 .side = Side::left,
                 .first = r.left_first(ic + ir),
                 .width = h,
                 .step = r.left_step(pc + s.begin),
                 .steps = (s.end - s.begin) / r.per_col,
                 .panel = h,
                 .packers = r.plan.left_packers});
  }
}

// Micro-panels of B's real columns [jc, jc + nc). Their widths are whole numbers of registers.
void pack_right(const Real& r, index_t pc, index_t kc, index_t jc, index_t nc, char* dst) {
  for (index_t jr = 0, w; jr < nc; jr += w) {
    w = r.panel_width(jr, nc);
    const index_t padded = round_up(w, r.tiles_for(w).lanes);
    const Steps s = r.trims ? r.right_steps(jc + jr, w, pc, kc) : Steps{0, kc};
    if (s.begin == s.end) continue;
    r.right.pack({.dst = dst + jr * r.right_format.line(kc) + s.begin * padded * r.right_format.element,
                  .side = Side::right,
                  .first = r.right_first(jc + jr),
                  .width = w / r.per_col,
                  .step = r.right_step(pc + s.begin),
                  .steps = (s.end - s.begin) / r.per_col,
                  .panel = padded,
                  .packers = r.is_narrow(w) ? r.plan.left_packers : r.plan.right_packers});
  }
}

// ---- loops 2 and 1 -------------------------------------------------------------------------------------------------

// n elements of kSize bytes between C, where they are `step` bytes apart, and the copy of a tile.
template <int kSize>
void move_elements(char* far, index_t step, char* near, index_t n, bool out) {
  if (step == kSize) {
    char* const to = out ? far : near;
    const char* const from = out ? near : far;
    for (index_t j = 0; j < n; ++j) __builtin_memcpy(to + j * kSize, from + j * kSize, kSize);
  } else {
    for (index_t j = 0; j < n; ++j, far += step, near += kSize)
      __builtin_memcpy(out ? far : near, out ? near : far, kSize);
  }
}

// Runs a tile on a small copy of C: where rows of C are not contiguous, at the region's border, and where there is no C
// at all. columns(i) is the range of row i that belongs to the region; `finish` sees the copy before it is written
// back.
template <class Columns, class Finish>
void run_on_copy(GemmTileFn kernel, GemmTileArgs args, index_t h, index_t w, index_t size, const CView& c,
                 const Columns& columns, const Finish& finish) {
  char* const corner = static_cast<char*>(args.c);
  alignas(64) char tile[kMaxTileHeight * kMaxTileWidth * 64];
  const index_t row = round_up(w * size, 64);
  const auto copy = [&](bool out) {
    for (index_t i = 0; i < h; ++i) {
      const Steps range = columns(i);
      char* const far = corner + i * c.row + range.begin * c.col;
      char* const near = tile + i * row + range.begin * size;
      const index_t n = range.end - range.begin;
      if (size == 4) {
        move_elements<4>(far, c.col, near, n, out);
      } else if (size == 8) {
        move_elements<8>(far, c.col, near, n, out);
      } else {
        move_elements<16>(far, c.col, near, n, out);
      }
    }
  };
  if (args.beta != nullptr) {
    // What is not copied is computed with and dropped: zeros keep garbage with traps in it out.
    std::memset(tile, 0, static_cast<std::size_t>(h * row));
    copy(false);
  }
  args.c = tile;
  args.c_row = row;
  args.prefetch_c = nullptr;
  kernel(args);
  finish(tile, row);
  if (corner != nullptr) copy(true);
}

// What the tiles of one width have in common.
struct Column {
  const TileSet* tiles;
  index_t width, nv;
  int n_tail;
  const GemmTileFn* first;  // by height: kernels of the first row panel,
  const GemmTileFn* rest;   // and of the others
  GemmTileFn full;          // for tiles of full height; or null
};

// C(mc x nc) := beta * C + A(mc x kc) * B(kc x nc) in tiles, as far as it belongs to the region.
void macro_kernel(const Real& r, const OperandView& left, const OperandView& right, const CView& c, const Block& b,
                  const void* beta) {
  const GemmPlan& plan = r.plan;
  const GemmProblem& g = r.g;
  const index_t nr = r.nr(), mr = plan.mr;
  const bool packed = left.packed && right.packed;
  const index_t row = g.row + b.ic, column = g.column + b.jc / r.per_col;
  const Epilogue* const epilogue = b.pc + b.kc == r.k ? g.epilogue : nullptr;

  GemmTileArgs args;
  args.k = b.kc;
  args.beta = beta;
  args.c_row = c.row;
  args.negate = plan.negate;
  args.prefetch_a = plan.prefetch_a;
  args.prefetch_b = plan.prefetch_b;
  args.prefetch_c = nullptr;
  args.a_row = left.packed ? r.left_format.element : left.row;
  args.a_col = left.col;
  args.b_panel = right.copy;
  args.column_terms = args.row_terms = nullptr;
  args.column_factor = g.int8.column_factor;
  args.flip_a = g.int8.flip_left;
  // Bytes instead of sums, when the last block ends.
  const ByteMatrix* const bytes = b.pc + b.kc == r.k ? g.int8.bytes : nullptr;
  ByteOutput output;
  args.bytes = nullptr;
  args.rows = nullptr;
  args.out_rows = nullptr;
  args.b_run = args.run_rows = args.run_bytes = args.more_tiles = 0;
  if (bytes != nullptr) {
    output = bytes->output;
    args.bytes = &output;
    args.out_row = bytes->row;
  }

  // `part`: of a packed panel, which is then read as rows.
  const auto column_of = [&](const TileSet& tiles, index_t width, bool part) {
    const index_t nv = (width + tiles.lanes - 1) >> tiles.lanes_log2;
    Column x{&tiles, width, nv, static_cast<int>(width - (nv - 1) * tiles.lanes), nullptr, nullptr, nullptr};
    const bool whole = x.n_tail == tiles.lanes;
    const GemmTileFn* const direct = whole ? tiles.direct[nv] : tiles.direct_tail[nv];
    if (part) {
      x.first = x.rest = direct;
    } else if (packed) {
      x.first = x.rest = tiles.packed[nv];
      if (width > nr - tiles.lanes) x.full = plan.full;
    } else if (plan.along_k) {
      x.first = tiles.along_k;
      x.rest = right.copy != nullptr ? tiles.packed[1] : tiles.along_k;
    } else {
      x.first = plan.stream_right || plan.prefetch_next_strip ? tiles.stream[nv] : direct;
      x.rest = plan.stream_right ? tiles.stream[nv] : direct;
      if (!whole) x.first = x.rest = direct;
    }
    return x;
  };
  // Where a tile finds its operands: a row panel of h rows, and a column.
  const auto find_left = [&](index_t ir, index_t h) {
    if (left.packed) {
      args.a_col = h * r.left_format.element;
      args.a = left.p + ir * left.line + left.skip * args.a_col;
      if (g.int8.row_terms) args.row_terms = left.p + (ir + h) * left.line - h * r.left_format.trailer;
    } else {
      args.a = left.p + ir * left.row;
    }
  };
  const auto find_right = [&](const Column& x, index_t jr) {
    const index_t padded = x.nv * x.tiles->lanes;
    args.n_tail = x.n_tail;
    if (right.packed) {
      args.b_row = padded * r.right_format.element;
      args.b = right.p + jr * right.line + right.skip * args.b_row;
    } else {
      args.b_row = plan.along_k ? right.col : right.row;
      args.b = right.p + jr * right.col;
    }
    if (bytes != nullptr) {
      const index_t j = column + jr;
      if (bytes->output.bias != nullptr) output.bias = bytes->output.bias + j;
      output.scale = bytes->output.scale + j * output.scale_stride;
    }
    // A panel of B that is used in pieces adds its terms with the first one.
    if (args.column_factor != 0 && right.skip == 0)
      args.column_terms = right.p + (jr + padded) * right.line - padded * r.right_format.trailer;
  };
  const auto run_kernel = [&](const Column& x, index_t ir, index_t h) {
    return h == mr && x.full != nullptr ? x.full : ir == 0 ? x.first[h] : x.rest[h];
  };
  const auto finish = [&](char* p, index_t row_stride, index_t ir, index_t h, index_t j, index_t width) {
    epilogue->apply({p, row_stride, row + ir, h, column + j / r.per_col, width / r.per_col, g.exchanged});
  };

  // A tile that is all of the region's and goes to C at once, its operands found.
  const auto whole_tile = [&](const Column& x, index_t ir, index_t jr, index_t h) {
    args.c = c.tile(ir, jr);
    if (bytes != nullptr) args.out = bytes->p + (row + ir) * bytes->row + column + jr;
    if (ir > 0 && right.copy != nullptr) args.b = right.copy;
    run_kernel(x, ir, h)(args);
    if (epilogue != nullptr) finish(static_cast<char*>(args.c), c.row, ir, h, jr, x.width);
  };

  // Any other.
  const auto tile = [&](const Column& x, index_t ir, index_t jr, index_t h) {
    const index_t lanes = x.tiles->lanes, w = x.width;
    const Overlap part = overlap(g.region, row + ir, h, column + jr / r.per_col, ceil_div(w, r.per_col));
    if (part == Overlap::none) return;
    find_left(ir, h);
    find_right(x, jr);
    if (ir > 0 && right.copy != nullptr) args.b = right.copy;
    args.k = b.kc;
    if (r.trims) {
      const Steps i = r.left_steps(b.ic + ir, h, b.pc, b.kc), j = r.right_steps(b.jc + jr, w, b.pc, b.kc);
      const index_t begin = max_index(i.begin, j.begin);
      args.k = max_index(min_index(i.end, j.end) - begin, 0);
      args.a = static_cast<const char*>(args.a) + begin * args.a_col;
      args.b = static_cast<const char*>(args.b) + begin * args.b_row;
    }
    // Columns [begin, begin + width) of the tile; parts of panels are for direct kernels, which read them as rows.
    const void* const panel = args.b;
    const auto run = [&](index_t begin, index_t width, Overlap overlapped) {
      const index_t j = jr + begin;
      const bool piece = ((width + lanes - 1) >> x.tiles->lanes_log2) < x.nv;
      const Column y = column_of(*x.tiles, width, piece);
      args.b = static_cast<const char*>(panel) + begin * r.right_format.element;
      args.n_tail = y.n_tail;
      args.c = c.tile(ir, j);
      const GemmTileFn kernel = run_kernel(y, ir, h);
      if (c.contiguous && overlapped == Overlap::whole) {
        kernel(args);
        if (epilogue != nullptr) finish(static_cast<char*>(args.c), c.row, ir, h, j, width);
        return;
      }
      // Complex pairs move together.
      run_on_copy(
          kernel, args, h, width / r.per_col, r.size * r.per_col, c,
          [&](index_t i) {
            const index_t diagonal = row + ir + i - (column + j / r.per_col), n = width / r.per_col;
            return g.region == Region::lower   ? Steps{0, clamp_index(diagonal + 1, 0, n)}
                   : g.region == Region::upper ? Steps{clamp_index(diagonal, 0, n), n}
                                               : Steps{0, n};
          },
          [&](char* p, index_t row_stride) {
            if (epilogue != nullptr) finish(p, row_stride, ir, h, j, width);
          });
    };
    if (part == Overlap::whole || !c.contiguous || x.tiles->direct[1][h] == nullptr) return run(0, w, part);
    // At the region's border: whole registers that lie inside go to C at once, and what does not reach in is left out.
    const index_t first = row + ir - (column + jr / r.per_col), last = first + h - 1;
    if (g.region == Region::lower) {
      const index_t inner = round_down(clamp_index((first + 1) * r.per_col, 0, w), lanes);
      const index_t end = min_index(w, (last + 1) * r.per_col);
      if (inner > 0) run(0, inner, Overlap::whole);
      if (inner < end) run(inner, end - inner, Overlap::part);
    } else {
      const index_t begin = round_down(max_index(first, 0) * r.per_col, lanes);
      const index_t inner = min_index(w, round_up(max_index(last, 0) * r.per_col, lanes));
      if (begin < inner) run(begin, inner - begin, Overlap::part);
      if (inner < w) run(inner, w - inner, Overlap::whole);
    }
  };

  // What is asked again for each tile shows: with k = 27 it once took a quarter of the time (AVX2, sgemm).
  const bool whole = (c.contiguous || bytes != nullptr) && g.region == Region::all && !r.trims;
  const auto column_at = [&](index_t jr) {
    const index_t w = r.panel_width(jr, b.nc);
    return column_of(r.tiles_for(w), w, false);
  };
  if (plan.row_panels_inside) {
    for (index_t jr = 0; jr < b.nc;) {
      const Column x = column_at(jr);
      find_right(x, jr);
      for (index_t ir = 0; ir < b.mc; ir += mr) {
        const index_t h = min_index(mr, b.mc - ir);
        if (plan.prefetch_c) args.prefetch_c = c.tile(ir + (beta != nullptr ? mr : 0), jr);
        find_left(ir, h);
        whole ? whole_tile(x, ir, jr, h) : tile(x, ir, jr, h);
      }
      jr += x.width;
    }
  } else {
    const Column first = column_at(0);
    for (index_t ir = 0; ir < b.mc; ir += mr) {
      const index_t h = min_index(mr, b.mc - ir);
      find_left(ir, h);
      for (index_t jr = 0; jr < b.nc;) {
        const Column x = b.nc - jr >= nr ? first : column_at(jr);
        if (plan.prefetch_c) args.prefetch_c = c.tile(ir, jr + (beta != nullptr ? nr : 0));
        find_right(x, jr);
        whole ? whole_tile(x, ir, jr, h) : tile(x, ir, jr, h);
        jr += x.width;
      }
    }
  }
}

// ---- beta ----------------------------------------------------------------------------------------------------------

// What the first K block multiplies C with; later ones continue the chains.
union RealScalar {
  float f32;
  double f64;
};
RealScalar real_scalar(DType type, double value) {
  RealScalar s;
  if (real_of(type) == DType::f32) {
    s.f32 = static_cast<float>(value);
  } else {
    s.f64 = value;
  }
  return s;
}
struct Betas {
  RealScalar first, one;
  const void* first_block;  // null when beta is 0
  Betas(const GemmProblem& g) {
    // A complex beta has been applied to C beforehand.
    const double beta = g.beta_im == 0.0 ? g.beta_re : 1.0;
    first = real_scalar(g.type, beta);
    one = real_scalar(g.type, 1.0);
    first_block = beta == 0.0 ? nullptr : &first;
  }
  const void* of(index_t pc) const { return pc == 0 ? first_block : static_cast<const void*>(&one); }
};

// A complex beta is no start of a real chain: C is multiplied by it beforehand.
void apply_complex_beta(const GemmProblem& g) {
  if (g.beta_im != 0.0) scale_c(g);
}

// The block of A that a thread packed last in the five loops, valid until its workspace is used for something else.
struct HeldBlock {
  std::uint64_t job;  // 0: none
  int phase;
  index_t ic;
  char* block;
};
thread_local HeldBlock held_block{};

// ---- direct and strip: a task owns a rectangle of C ---------------------------------------------------------------

// A copy of C as strips of NR columns, each strip's rows one after the other: no two rows share a set of the cache,
// whatever C's strides are, and tiles' rows are contiguous.
CView copied_c(const Real& r, char* copy, index_t ic, index_t jc) {
  CView c{copy, r.nr() * r.size, r.size, r.m * r.size, true};
  c.p = c.tile(ic, jc);
  return c;
}
index_t copied_c_bytes(const Real& r) { return r.m * round_up(r.n, r.nr()) * r.size; }

void copy_c(const Real& r, char* copy, bool out) {
  const CView far = r.c_at(0, 0), near = copied_c(r, copy, 0, 0);
  for (index_t j = 0; j < r.n; j += r.nr()) {
    const index_t w = min_index(r.nr(), r.n - j);
    const index_t pieces = far.contiguous ? 1 : w, bytes = far.contiguous ? w * r.size : r.size;
    for (index_t i = 0; i < r.m; ++i) {
      for (index_t e = 0; e < pieces; ++e) {
        char* a = far.tile(i, j + e);
        char* b = near.tile(i, j) + e * r.size;
        std::memcpy(out ? a : b, out ? b : a, static_cast<std::size_t>(bytes));
      }
    }
  }
}

// All K blocks and strips of one rectangle, on one thread. The buffers are for what the plan packs and copies.
void run_rectangle(const GemmProblem& g, const GemmPlan& plan, char* left_buffer, char* right_buffer,
                   char* copy = nullptr) {
  const Real r(g, plan);
  apply_complex_beta(g);
  const Betas betas(g);
  if (copy != nullptr && betas.first_block != nullptr) copy_c(r, copy, false);
  for (index_t pc = 0; pc < r.k; pc += plan.kc) {
    const index_t kc = min_index(plan.kc, r.k - pc);
    for (index_t ic = 0; ic < r.m; ic += plan.mc) {
      const index_t mc = min_index(plan.mc, r.m - ic);
      OperandView left = r.left_in_place(ic, pc);
      if (plan.pack_left) {
        pack_left(r, ic, mc, pc, kc, left_buffer);
        left = r.packed_left(left_buffer, kc);
      }
      for (index_t jc = 0; jc < r.n; jc += plan.nc) {
        const index_t nc = min_index(plan.nc, r.n - jc);
        OperandView right = r.right_in_place(pc, jc);
        if (plan.along_k) {
          right.copy = plan.pack_right ? right_buffer : nullptr;
        } else if (plan.pack_right) {
          pack_right(r, pc, kc, jc, nc, right_buffer);
          right = r.packed_right(right_buffer, kc);
        }
        macro_kernel(r, left, right, copy != nullptr ? copied_c(r, copy, ic, jc) : r.c_at(ic, jc),
                     {ic, mc, jc, nc, pc, kc}, betas.of(pc));
      }
    }
  }
  if (copy != nullptr) copy_c(r, copy, true);
}

// The same with buffers on the stack. Kernels may read a register past a panel.
[[gnu::noinline]] void run_on_stack(const GemmProblem& g, const GemmPlan& plan) {
  alignas(64) char left[kStackPanelBytes + 64];
  alignas(64) char right[kStackPanelBytes + 64];
  const index_t per_col = is_complex(g.type) ? 2 : 1;
  if (g.c != nullptr || plan.kc >= g.k * per_col) return run_rectangle(g, plan, left, right);
  // Without a C, K blocks need somewhere to meet: one tile after the other.
  alignas(64) char tile[kMaxTileHeight * kMaxTileWidth * 64];
  const index_t columns = plan.nv * plan.tiles->lanes / per_col;
  for (index_t i = 0; i < g.m; i += plan.mr) {
    for (index_t j = 0; j < g.n; j += columns) {
      GemmProblem s = sub_problem(g, i, min_index(plan.mr, g.m - i), j, min_index(columns, g.n - j));
      s.c = tile;
      s.c_rs = columns;
      s.c_cs = 1;
      run_rectangle(s, plan, left, right);
    }
  }
}

void run_without_workspace(const GemmProblem& g, const GemmPlan& plan) {
  run_on_stack(g, plan_without_workspace(g, plan));
}

// Few steps of k: C is swept along its rows. Where B must be packed, `panel` is for all of a block's columns.
void run_sweep(const GemmProblem& g, const GemmPlan& plan, char* panel) {
  const Real r(g, plan);
  const Betas betas(g);
  // Packing scales B if need be; a sign is as well A's.
  const bool scale = g.alpha_re != 1.0 && (g.scales_left() || !plan.pack_right);
  const RealScalar alpha = real_scalar(g.type, g.alpha_re);
  const OperandView left = r.left_in_place(0, 0);
  SweepArgs args;
  args.a_row = left.row;
  args.a_col = left.col;
  args.c_row = stride_bytes(g.c_rs, r.size);
  args.factor = scale ? &alpha : nullptr;
  for (index_t jc = 0; jc < r.n; jc += plan.nc) {
    args.n = min_index(plan.nc, r.n - jc);
    OperandView right = r.right_in_place(0, jc);
    if (plan.pack_right) {
      r.right.pack({.dst = panel,
                    .side = Side::right,
                    .first = jc,
                    .width = args.n,
                    .step = 0,
                    .steps = r.k,
                    .panel = args.n,
                    .packers = plan.right_packers});
      right.p = panel;
      right.row = args.n * r.size;
    }
    args.b_row = right.row;
    for (index_t ic = 0; ic < r.m; ic += plan.mc) {
      args.m = min_index(plan.mc, r.m - ic);
      args.c = g.c + ic * args.c_row + jc * r.size;
      for (index_t pc = 0; pc < r.k; pc += plan.kc) {
        args.a = left.p + ic * left.row + pc * left.col;
        args.b = right.p + pc * right.row;
        args.beta = betas.of(pc);
        plan.tiles->sweep[min_index(plan.kc, r.k - pc)](args);
      }
    }
  }
}

void run_task(const GemmProblem& g, const GemmPlan& plan) {
  const Real r(g, plan);
  if (plan.method == Method::sweep) {
    char* panel = nullptr;
    if (plan.pack_right) {
      held_block.job = 0;
      const index_t bytes = packed_right_bytes(plan, min_index(plan.nc, r.n), r.k);
      panel = static_cast<char*>(workspace(WorkspaceSlot::packed_b, allocation_size(bytes)));
      if (panel == nullptr) return run_without_workspace(g, plan);
    }
    return run_sweep(g, plan, panel);
  }
  const index_t kc = min_index(plan.kc, r.k);
  const index_t left_bytes = plan.pack_left ? packed_left_bytes(plan, min_index(plan.mc, r.m), kc) : 0;
  // Transposing on the way, one micro-panel is held at a time.
  const index_t panel_columns = plan.along_k ? r.lanes() : min_index(plan.nc, r.n);
  const index_t right_bytes = plan.pack_right ? packed_right_bytes(plan, panel_columns, kc) : 0;
  if (plan.copy_c) {
    // Without memory for the copy the tiles work on C itself.
    held_block.job = 0;
    char* left = static_cast<char*>(workspace(WorkspaceSlot::packed_a, allocation_size(left_bytes)));
    char* right = static_cast<char*>(workspace(WorkspaceSlot::packed_b, allocation_size(right_bytes)));
    char* copy = static_cast<char*>(workspace(WorkspaceSlot::scratch, allocation_size(copied_c_bytes(r))));
    if ((left_bytes > 0 && left == nullptr) || (right_bytes > 0 && right == nullptr))
      return run_without_workspace(g, plan);
    run_rectangle(g, plan, left, right, copy);
  } else if (left_bytes + right_bytes == 0) {
    run_rectangle(g, plan, nullptr, nullptr);
  } else if (left_bytes <= kStackPanelBytes + 64 && right_bytes <= kStackPanelBytes + 64) {
    run_on_stack(g, plan);
  } else {
    held_block.job = 0;
    char* left = static_cast<char*>(workspace(WorkspaceSlot::packed_a, allocation_size(left_bytes)));
    char* right = static_cast<char*>(workspace(WorkspaceSlot::packed_b, allocation_size(right_bytes)));
    if ((left_bytes > 0 && left == nullptr) || (right_bytes > 0 && right == nullptr))
      return run_without_workspace(g, plan);
    run_rectangle(g, plan, left, right);
  }
}

class RectangleJob final : public PhasedJob {
 public:
  RectangleJob(const GemmProblem& g, const GemmPlan& plan) : g_(g), plan_(plan) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return plan_.row_parts * plan_.col_parts; }
  void run(int, index_t task) noexcept override {
    const Part rows = tile_part(g_.m, plan_.mr, plan_.row_parts, task % plan_.row_parts);
    const index_t per_col = is_complex(g_.type) ? 2 : 1;
    const index_t nr = plan_.nv * plan_.tiles->lanes / per_col;
    const Part cols = tile_part(g_.n, nr, plan_.col_parts, task / plan_.row_parts);
    if (rows.size > 0 && cols.size > 0) run_task(sub_problem(g_, rows.begin, rows.size, cols.begin, cols.size), plan_);
  }

 private:
  // The i-th part of n cut at multiples of the tile.
  static Part tile_part(index_t n, index_t tile, index_t parts, index_t i) {
    const Part p = part_of(ceil_div(n, tile), parts, i);
    const index_t begin = min_index(p.begin * tile, n), end = min_index((p.begin + p.size) * tile, n);
    return {begin, end - begin};
  }
  const GemmProblem& g_;
  const GemmPlan& plan_;
};

// ---- packed: the five loops, shared by all threads ------------------------------------------------------------------

// Loops 5 and 4 are phases: pack a panel of B, then compute with it. In a computing phase a task is one rectangle of
// loops 3 and 2: a block of A's rows by a range of the panel's columns. Tasks are numbered row block by row block, and
// a thread starts on a contiguous range of them, so that it mostly packs a block of A once.
class FiveLoopsJob final : public PhasedJob {
 public:
  FiveLoopsJob(const GemmProblem& g, const GemmPlan& plan, char* panel)
      : r_(g, plan), betas_(g), panel_(panel), packs_(plan.pack_right) {
    k_blocks_ = static_cast<int>(ceil_div(r_.k, plan.kc));
    n_panels_ = static_cast<int>(ceil_div(r_.n, plan.nc));
    row_blocks_ = ceil_div(r_.m, plan.mc);
  }

  int phases() const override { return (packs_ ? 2 : 1) * k_blocks_ * n_panels_; }

  index_t tasks(int phase) const override {
    const Step s = step(phase);
    return s.packing ? ceil_div(ceil_div(s.nc, r_.nr()), kPanelsPerTask) : row_blocks_ * col_parts(s.nc);
  }

  void run(int phase, index_t task) noexcept override {
    const Step s = step(phase);
    if (s.packing) {
      const index_t begin = task * kPanelsPerTask * r_.nr();
      const index_t end = min_index(begin + kPanelsPerTask * r_.nr(), s.nc);
      pack_right(r_, s.pc, s.kc, s.jc + begin, end - begin, panel_ + begin * r_.right_format.line(s.kc));
      return;
    }
    const GemmPlan& plan = r_.plan;
    const index_t parts = col_parts(s.nc);
    const index_t ic = task / parts * plan.mc;
    const Part p = part_of(ceil_div(s.nc, r_.nr()), parts, task % parts);
    const index_t begin = p.begin * r_.nr();
    const Block b{ic,  min_index(plan.mc, r_.m - ic), s.jc + begin, min_index(p.size * r_.nr(), s.nc - begin), s.pc,
                  s.kc};
    if (overlap(r_.g.region, r_.g.row + ic, b.mc, r_.g.column + b.jc / r_.per_col, ceil_div(b.nc, r_.per_col)) ==
        Overlap::none)
      return;
    const OperandView left = block_of_a(phase, b);
    if (left.p == nullptr) return run_without_block(b);
    const OperandView right =
        packs_ ? r_.packed_right(panel_ + begin * r_.right_format.line(s.kc), s.kc) : r_.right_in_place(s.pc, b.jc);
    macro_kernel(r_, left, right, r_.c_at(ic, b.jc), b, betas_.of(s.pc));
  }

 private:
  static constexpr index_t kPanelsPerTask = 1;

  struct Step {
    bool packing;
    index_t jc, nc, pc, kc;
  };
  Step step(int phase) const {
    const int i = packs_ ? phase / 2 : phase;
    Step s;
    s.packing = packs_ && phase % 2 == 0;
    s.jc = i / k_blocks_ * r_.plan.nc;
    s.nc = min_index(r_.plan.nc, r_.n - s.jc);
    s.pc = i % k_blocks_ * r_.plan.kc;
    s.kc = min_index(r_.plan.kc, r_.k - s.pc);
    return s;
  }
  index_t col_parts(index_t nc) const { return min_index(r_.plan.col_parts, ceil_div(nc, r_.nr())); }

  // The packed block of A this thread needs, packed now unless its last task had the same one.
  OperandView block_of_a(int phase, const Block& b) const {
    if (!r_.plan.pack_left) return r_.left_in_place(b.ic, b.pc);
    HeldBlock& held = held_block;
    if (held.job != serial_ || held.phase != phase || held.ic != b.ic) {
      const index_t bytes = packed_left_bytes(r_.plan, min_index(r_.plan.mc, r_.m), min_index(r_.plan.kc, r_.k));
      char* block = static_cast<char*>(workspace(WorkspaceSlot::packed_a, allocation_size(bytes)));
      if (block == nullptr) return {nullptr, false, 0, 0};
      pack_left(r_, b.ic, b.mc, b.pc, b.kc, block);
      held = {serial_, phase, b.ic, block};
    }
    return r_.packed_left(held.block, b.kc);
  }

  // No memory for a block of A: the rectangle's own steps, through the stack.
  void run_without_block(const Block& b) const {
    GemmProblem g = sub_problem(r_.g, b.ic, b.mc, b.jc / r_.per_col, b.nc / r_.per_col);
    const index_t step = b.pc / r_.per_col;
    g.left.p += step * g.left.cs * g.left.size;
    g.right.p += step * g.right.rs * g.right.size;
    g.step += step;
    g.k = b.kc / r_.per_col;
    g.beta_im = 0.0;
    g.beta_re = b.pc > 0 ? 1.0 : betas_.first_block == nullptr ? 0.0 : r_.g.beta_im == 0.0 ? r_.g.beta_re : 1.0;
    if (b.pc + b.kc < r_.k) g.epilogue = nullptr;
    run_without_workspace(g, r_.plan);
  }

  static std::uint64_t next_serial() {
    static std::uint64_t counter = 0;
    return __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
  }

  Real r_;
  Betas betas_;
  char* panel_;
  bool packs_;  // B has not been packed beforehand
  int k_blocks_, n_panels_;
  index_t row_blocks_;
  std::uint64_t serial_ = next_serial();
};

using UseJob = void (*)(void* argument, PhasedJob& job);

bool with_five_loops(const GemmProblem& g, const GemmPlan& plan, UseJob use, void* argument) {
  char* panel = nullptr;
  if (plan.pack_right) {
    const index_t n = g.n * (is_complex(g.type) ? 2 : 1), k = g.k * (is_complex(g.type) ? 2 : 1);
    const index_t bytes = packed_right_bytes(plan, min_index(plan.nc, n), min_index(plan.kc, k));
    panel = static_cast<char*>(workspace(WorkspaceSlot::packed_b, allocation_size(bytes)));
    if (panel == nullptr) {
      run_without_workspace(g, plan);
      return false;
    }
  }
  apply_complex_beta(g);
  FiveLoopsJob job(g, plan, panel);
  use(argument, job);
  return true;
}

}  // namespace

bool with_gemm_job(const GemmProblem& problem, const GemmPlan& plan, UseJob use, void* argument) {
  const GemmProblem g = plan.transpose ? transposed(problem) : problem;
  if (plan.method == Method::packed) return with_five_loops(g, plan, use, argument);
  if (plan.row_parts * plan.col_parts == 1) {
    run_task(g, plan);
    return false;
  }
  RectangleJob job(g, plan);
  use(argument, job);
  return true;
}

void run_gemm(const GemmProblem& problem, const GemmPlan& plan, const Executor& executor) {
  Executor planned = executor;
  planned.threads = plan.threads;
  with_gemm_job(
      problem, plan, [](void* by, PhasedJob& job) { run_job(*static_cast<const Executor*>(by), job); }, &planned);
}

}  // namespace tessera
