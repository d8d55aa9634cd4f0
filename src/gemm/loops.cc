// The five loops. Begin reading at run_five_loops; `direct` and `strip` are the same loops with packing left out or
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
#include "runtime/workspace.h"

namespace tessera {
namespace {

// Where the tiles of a block find an operand: packed panels, or the matrix itself.
struct LeftView {
  const char* p;
  bool packed;
  index_t row, col;  // bytes, of an unpacked operand
};
struct RightView {
  const char* p;
  bool packed;
  index_t row, col;  // bytes, of an unpacked operand
  char* panel;       // along_k: where the first row panel leaves B packed for the others; null: every one transposes
};
struct CView {
  char* p;
  index_t row, col;  // bytes from row to row, from element to element
  index_t real_col;  // bytes from real column to real column, as far as tiles' addresses go
  bool contiguous;   // the elements of a row of a tile are neighbours
  char* tile(index_t i, index_t j) const { return p + i * row + j * real_col; }
};

// The problem in units of the real kernel.
struct Real {
  const GemmProblem& g;
  const GemmPlan& plan;
  index_t size;     // bytes of a real element
  index_t per_col;  // real columns (and k steps) per element: 2 for complex
  index_t m, n, k;

  Real(const GemmProblem& problem, const GemmPlan& p)
      : g(problem),
        plan(p),
        size(size_of(real_of(problem.type))),
        per_col(is_complex(problem.type) ? 2 : 1),
        m(problem.m),
        n(problem.n * per_col),
        k(problem.k * per_col) {}

  index_t lanes() const { return plan.tiles->lanes; }
  index_t nr() const { return plan.nv * lanes(); }
  // Columns of the micro-panel at jr of nc: NR, at the edge what is left; of that, what would fill less than half of a
  // last register is a panel of its own, for the narrow tile set.
  index_t panel_width(index_t jr, index_t nc) const {
    const index_t w = min_index(nr(), nc - jr), rest = w & (lanes() - 1);
    return plan.narrow != nullptr && w > lanes() && rest > 0 && rest <= lanes() / 2 ? w - rest : w;
  }
  bool is_narrow(index_t width) const { return plan.narrow != nullptr && width <= lanes() / 2; }
  const TileSet& tiles_for(index_t width) const { return is_narrow(width) ? *plan.narrow : *plan.tiles; }

  LeftView left_in_place(index_t ic, index_t pc) const {
    const index_t element = size * per_col;
    return {g.left.p + (ic * g.left.rs + pc / per_col * g.left.cs) * element, false, stride_bytes(g.left.rs, element),
            per_col == 2 ? size : stride_bytes(g.left.cs, element)};
  }
  RightView right_in_place(index_t pc, index_t jc) const {
    return {g.right.p + (pc * g.right.rs + jc * g.right.cs) * size, false, stride_bytes(g.right.rs, size),
            stride_bytes(g.right.cs, size), nullptr};
  }
  CView c_at(index_t ic, index_t jc) const {
    const index_t element = size * per_col;
    CView c{g.c, stride_bytes(g.c_rs, element), stride_bytes(g.c_cs, element), stride_bytes(g.c_cs, size), g.c_cs == 1};
    c.p = c.tile(ic, jc);
    return c;
  }
};

// ---- packing -----------------------------------------------------------------------------------------------------

// Micro-panels of A's rows [ic, ic + mc), steps [pc, pc + kc). A panel of h rows is h wide; the last may be lower.
void pack_left(const Real& r, index_t ic, index_t mc, index_t pc, index_t kc, char* dst) {
  const GemmPlan& plan = r.plan;
  const bool complex = r.per_col == 2;
  const PackFn pack = complex ? plan.left_packers->complex_left : plan.left_packers->plain;
  const bool scaled = !r.g.alpha_right;
  PackArgs args{};
  args.k = kc / r.per_col;
  args.inc_w = r.g.left.rs;
  args.inc_k = r.g.left.cs;
  args.alpha_re = scaled ? r.g.alpha_re : 1.0;
  args.alpha_im = scaled ? r.g.alpha_im : 0.0;
  args.conj = r.g.conj_left;
  for (index_t ir = 0; ir < mc; ir += plan.mr) {
    const index_t h = min_index(plan.mr, mc - ir);
    args.dst = dst + ir * kc * r.size;
    args.src = r.g.left.p + ((ic + ir) * r.g.left.rs + pc / r.per_col * r.g.left.cs) * r.size * r.per_col;
    args.width = args.panel = h;
    pack(args);
  }
}

// One micro-panel of B: real columns [jr, jr + width) of the panel at jc. Its width is a whole number of registers.
void pack_right_panel(const Real& r, index_t pc, index_t kc, index_t j, index_t width, char* dst) {
  const GemmPlan& plan = r.plan;
  const PackSet& packers = r.is_narrow(width) ? *plan.left_packers : *plan.right_packers;
  const PackFn pack = r.per_col == 2 ? packers.complex_right : packers.plain;
  const bool scaled = r.g.alpha_right;
  PackArgs args{};
  args.dst = dst;
  args.src = r.g.right.p + (pc / r.per_col * r.g.right.rs + j / r.per_col * r.g.right.cs) * r.size * r.per_col;
  args.width = width / r.per_col;
  args.panel = round_up(width, r.tiles_for(width).lanes);
  args.k = kc / r.per_col;
  args.inc_w = r.g.right.cs;
  args.inc_k = r.g.right.rs;
  args.alpha_re = scaled ? r.g.alpha_re : 1.0;
  args.alpha_im = scaled ? r.g.alpha_im : 0.0;
  args.conj = r.g.conj_right;
  pack(args);
}

void pack_right(const Real& r, index_t pc, index_t kc, index_t jc, index_t nc, char* dst) {
  for (index_t jr = 0, w; jr < nc; jr += w) {
    w = r.panel_width(jr, nc);
    pack_right_panel(r, pc, kc, jc + jr, w, dst + jr * kc * r.size);
  }
}

// ---- loops 2 and 1 -------------------------------------------------------------------------------------------------

// A tile whose rows of C are not contiguous goes through a small copy.
void run_indirect(GemmTileFn kernel, GemmTileArgs& args, index_t h, index_t w, index_t size, const CView& c) {
  char* const corner = static_cast<char*>(args.c);
  alignas(64) char tile[kMaxTileHeight * kMaxTileWidth * 64];
  const index_t row = round_up(w * size, 64);
  const auto copy = [&](bool out) {
    for (index_t i = 0; i < h; ++i) {
      char* far = corner + i * c.row;
      char* near = tile + i * row;
      for (index_t j = 0; j < w; ++j, far += c.col, near += size) {
        if (out) {
          __builtin_memcpy(far, near, static_cast<std::size_t>(size));
        } else {
          __builtin_memcpy(near, far, static_cast<std::size_t>(size));
        }
      }
    }
  };
  if (args.beta != nullptr) copy(false);
  args.c = tile;
  args.c_row = row;
  args.prefetch_c = nullptr;
  kernel(args);
  copy(true);
}

// C(mc x nc) := beta * C + A(mc x kc) * B(kc x nc), all of it in tiles.
void macro_kernel(const Real& r, const LeftView& left, const RightView& right, const CView& c, index_t mc, index_t nc,
                  index_t kc, const void* beta) {
  const GemmPlan& plan = r.plan;
  const index_t nr = r.nr(), mr = plan.mr, size = r.size;
  const bool packed = left.packed && right.packed;

  GemmTileArgs args;
  args.k = kc;
  args.beta = beta;
  args.c_row = c.row;
  args.negate = plan.negate;
  args.prefetch_a = plan.prefetch_a;
  args.prefetch_b = plan.prefetch_b;
  args.prefetch_c = nullptr;
  args.a_row = left.row;
  args.a_col = left.col;
  args.b_row = right.row;

  const auto tile = [&](index_t ir, index_t jr, index_t w) {
    const TileSet& tiles = r.tiles_for(w);
    const index_t h = min_index(mr, mc - ir), lanes = tiles.lanes;
    const index_t nv = (w + lanes - 1) >> tiles.lanes_log2;
    args.n_tail = static_cast<int>(w - (nv - 1) * lanes);
    args.a = left.packed ? left.p + ir * kc * size : left.p + ir * left.row;
    args.b = right.packed ? right.p + jr * kc * size : right.p + jr * right.col;
    if (left.packed) {
      args.a_row = size;
      args.a_col = h * size;
    }
    if (right.packed) args.b_row = nv * lanes * size;
    args.c = c.tile(ir, jr);
    GemmTileFn kernel;
    args.b_panel = nullptr;
    if (plan.along_k && right.panel != nullptr && ir > 0) {
      args.b = right.panel;
      kernel = tiles.packed[1][h];
    } else if (packed) {
      kernel = h == mr && w > nr - lanes && plan.full != nullptr ? plan.full : tiles.packed[nv][h];
    } else if (plan.along_k) {
      args.b_row = right.col;
      args.b_panel = right.panel;
      kernel = tiles.along_k[h];
    } else if (args.n_tail != lanes) {
      kernel = tiles.direct_tail[nv][h];
    } else {
      kernel = plan.stream_right || (plan.prefetch_next_strip && ir == 0) ? tiles.stream[nv][h] : tiles.direct[nv][h];
    }
    if (c.contiguous) {
      kernel(args);
    } else {
      // Complex pairs move together.
      run_indirect(kernel, args, h, w / r.per_col, r.per_col * size, c);
      args.c_row = c.row;
    }
  };

  if (plan.row_panels_inside) {
    for (index_t jr = 0, w; jr < nc; jr += w) {
      w = r.panel_width(jr, nc);
      for (index_t ir = 0; ir < mc; ir += mr) {
        if (plan.prefetch_c) args.prefetch_c = c.tile(ir + (beta != nullptr ? mr : 0), jr);
        tile(ir, jr, w);
      }
    }
  } else {
    for (index_t ir = 0; ir < mc; ir += mr) {
      for (index_t jr = 0, w; jr < nc; jr += w) {
        w = r.panel_width(jr, nc);
        if (plan.prefetch_c) args.prefetch_c = c.tile(ir, jr + (beta != nullptr ? nr : 0));
        tile(ir, jr, w);
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
struct Betas {
  RealScalar first, one;
  const void* first_block;  // null when beta is 0
  Betas(const GemmProblem& g) {
    const bool single = real_of(g.type) == DType::f32;
    // A complex beta has been applied to C beforehand (scale_c).
    const double beta = g.beta_im == 0.0 ? g.beta_re : 1.0;
    if (single) {
      first.f32 = static_cast<float>(beta);
      one.f32 = 1.0f;
    } else {
      first.f64 = beta;
      one.f64 = 1.0;
    }
    first_block = beta == 0.0 ? nullptr : &first;
  }
  const void* of(index_t pc) const { return pc == 0 ? first_block : static_cast<const void*>(&one); }
};

template <class T>
void scale_complex_c(const GemmProblem& g) {
  const T br = static_cast<T>(g.beta_re), bi = static_cast<T>(g.beta_im);
  for (index_t i = 0; i < g.m; ++i) {
    for (index_t j = 0; j < g.n; ++j) {
      T* c = reinterpret_cast<T*>(g.c) + 2 * (i * g.c_rs + j * g.c_cs);
      const T re = c[0], im = c[1];
      c[0] = br * re - bi * im;
      c[1] = br * im + bi * re;
    }
  }
}

void scale_c(const GemmProblem& g) {
  if (g.beta_im == 0.0) return;
  if (g.type == DType::c32) {
    scale_complex_c<float>(g);
  } else {
    scale_complex_c<double>(g);
  }
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
  scale_c(g);
  const Betas betas(g);
  if (copy != nullptr && betas.first_block != nullptr) copy_c(r, copy, false);
  for (index_t pc = 0; pc < r.k; pc += plan.kc) {
    const index_t kc = min_index(plan.kc, r.k - pc);
    for (index_t ic = 0; ic < r.m; ic += plan.mc) {
      const index_t mc = min_index(plan.mc, r.m - ic);
      LeftView left = r.left_in_place(ic, pc);
      if (plan.pack_left) {
        pack_left(r, ic, mc, pc, kc, left_buffer);
        left = {left_buffer, true, 0, 0};
      }
      for (index_t jc = 0; jc < r.n; jc += plan.nc) {
        const index_t nc = min_index(plan.nc, r.n - jc);
        RightView right = r.right_in_place(pc, jc);
        if (plan.along_k) {
          right.panel = plan.pack_right ? right_buffer : nullptr;
        } else if (plan.pack_right) {
          pack_right(r, pc, kc, jc, nc, right_buffer);
          right = {right_buffer, true, 0, 0, nullptr};
        }
        macro_kernel(r, left, right, copy != nullptr ? copied_c(r, copy, ic, jc) : r.c_at(ic, jc), mc, nc, kc,
                     betas.of(pc));
      }
    }
  }
  if (copy != nullptr) copy_c(r, copy, true);
}

// The same with buffers on the stack. Kernels may read a register past a panel.
[[gnu::noinline]] void run_on_stack(const GemmProblem& g, const GemmPlan& plan) {
  alignas(64) char left[kStackPanelBytes + 64];
  alignas(64) char right[kStackPanelBytes + 64];
  run_rectangle(g, plan, left, right);
}

void run_without_workspace(const GemmProblem& g, const GemmPlan& plan) {
  run_on_stack(g, plan_without_workspace(plan));
}

void run_task(const GemmProblem& g, const GemmPlan& plan) {
  const Real r(g, plan);
  const index_t kc = min_index(plan.kc, r.k);
  const index_t left_bytes = plan.pack_left ? packed_left_bytes(plan, min_index(plan.mc, r.m), kc) : 0;
  // Transposing on the way, one micro-panel is held at a time.
  const index_t panel_columns = plan.along_k ? r.lanes() : min_index(plan.nc, r.n);
  const index_t right_bytes = plan.pack_right ? packed_right_bytes(plan, panel_columns, kc) : 0;
  if (plan.copy_c) {
    // Without memory for the copy the tiles work on C itself.
    held_block.job = 0;
    char* left = static_cast<char*>(workspace(WorkspaceSlot::packed_a, static_cast<std::size_t>(left_bytes)));
    char* right = static_cast<char*>(workspace(WorkspaceSlot::packed_b, static_cast<std::size_t>(right_bytes)));
    char* copy = static_cast<char*>(workspace(WorkspaceSlot::scratch, static_cast<std::size_t>(copied_c_bytes(r))));
    if ((left_bytes > 0 && left == nullptr) || (right_bytes > 0 && right == nullptr))
      return run_without_workspace(g, plan);
    run_rectangle(g, plan, left, right, copy);
  } else if (left_bytes + right_bytes == 0) {
    run_rectangle(g, plan, nullptr, nullptr);
  } else if (left_bytes <= kStackPanelBytes + 64 && right_bytes <= kStackPanelBytes + 64) {
    run_on_stack(g, plan);
  } else {
    held_block.job = 0;
    char* left = static_cast<char*>(workspace(WorkspaceSlot::packed_a, static_cast<std::size_t>(left_bytes)));
    char* right = static_cast<char*>(workspace(WorkspaceSlot::packed_b, static_cast<std::size_t>(right_bytes)));
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
  FiveLoopsJob(const GemmProblem& g, const GemmPlan& plan, char* panel) : r_(g, plan), betas_(g), panel_(panel) {
    k_blocks_ = static_cast<int>(ceil_div(r_.k, plan.kc));
    n_panels_ = static_cast<int>(ceil_div(r_.n, plan.nc));
    row_blocks_ = ceil_div(r_.m, plan.mc);
  }

  int phases() const override { return 2 * k_blocks_ * n_panels_; }

  index_t tasks(int phase) const override {
    const Step s = step(phase);
    return s.packing ? ceil_div(ceil_div(s.nc, r_.nr()), kPanelsPerTask) : row_blocks_ * col_parts(s.nc);
  }

  void run(int phase, index_t task) noexcept override {
    const Step s = step(phase);
    if (s.packing) {
      const index_t begin = task * kPanelsPerTask * r_.nr();
      const index_t end = min_index(begin + kPanelsPerTask * r_.nr(), s.nc);
      pack_right(r_, s.pc, s.kc, s.jc + begin, end - begin, panel_ + begin * s.kc * r_.size);
      return;
    }
    const GemmPlan& plan = r_.plan;
    const index_t parts = col_parts(s.nc);
    const index_t ic = task / parts * plan.mc;
    const index_t mc = min_index(plan.mc, r_.m - ic);
    const Part p = part_of(ceil_div(s.nc, r_.nr()), parts, task % parts);
    const index_t begin = p.begin * r_.nr();
    const index_t nc = min_index(p.size * r_.nr(), s.nc - begin);
    const LeftView left = block_of_a(phase, s, ic, mc);
    if (!left.p) return run_without_block(s, ic, mc, begin, nc);
    macro_kernel(r_, left, {panel_ + begin * s.kc * r_.size, true, 0, 0, nullptr}, r_.c_at(ic, s.jc + begin), mc, nc,
                 s.kc, betas_.of(s.pc));
  }

 private:
  static constexpr index_t kPanelsPerTask = 1;

  struct Step {
    bool packing;
    index_t jc, nc, pc, kc;
  };
  Step step(int phase) const {
    const int i = phase / 2;
    Step s;
    s.packing = phase % 2 == 0;
    s.jc = i / k_blocks_ * r_.plan.nc;
    s.nc = min_index(r_.plan.nc, r_.n - s.jc);
    s.pc = i % k_blocks_ * r_.plan.kc;
    s.kc = min_index(r_.plan.kc, r_.k - s.pc);
    return s;
  }
  index_t col_parts(index_t nc) const { return min_index(r_.plan.col_parts, ceil_div(nc, r_.nr())); }

  // The packed block of A this thread needs, packed now unless its last task had the same one.
  LeftView block_of_a(int phase, const Step& s, index_t ic, index_t mc) const {
    if (!r_.plan.pack_left) return r_.left_in_place(ic, s.pc);
    HeldBlock& held = held_block;
    if (held.job != serial_ || held.phase != phase || held.ic != ic) {
      const index_t bytes = packed_left_bytes(r_.plan, min_index(r_.plan.mc, r_.m), min_index(r_.plan.kc, r_.k));
      char* block = static_cast<char*>(workspace(WorkspaceSlot::packed_a, static_cast<std::size_t>(bytes)));
      if (block == nullptr) return {nullptr, false, 0, 0};
      pack_left(r_, ic, mc, s.pc, s.kc, block);
      held = {serial_, phase, ic, block};
    }
    return {held.block, true, 0, 0};
  }

  // No memory for a block of A: the rectangle's own steps, through the stack.
  void run_without_block(const Step& s, index_t ic, index_t mc, index_t begin, index_t nc) const {
    GemmProblem g = sub_problem(r_.g, ic, mc, (s.jc + begin) / r_.per_col, nc / r_.per_col);
    const index_t element = size_of(g.type);
    g.left.p += s.pc / r_.per_col * g.left.cs * element;
    g.right.p += s.pc / r_.per_col * g.right.rs * element;
    g.k = s.kc / r_.per_col;
    if (s.pc > 0) g.beta_re = 1.0;
    g.beta_im = 0.0;
    if (s.pc == 0) g.beta_re = betas_.first_block == nullptr ? 0.0 : r_.g.beta_im == 0.0 ? r_.g.beta_re : 1.0;
    run_without_workspace(g, r_.plan);
  }

  static std::uint64_t next_serial() {
    static std::uint64_t counter = 0;
    return __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
  }

  Real r_;
  Betas betas_;
  char* panel_;
  int k_blocks_, n_panels_;
  index_t row_blocks_;
  std::uint64_t serial_ = next_serial();
};

void run_five_loops(const GemmProblem& g, const GemmPlan& plan, const Executor& executor) {
  const Real r(g, plan);
  const index_t bytes = packed_right_bytes(plan, min_index(plan.nc, r.n), min_index(plan.kc, r.k));
  char* panel = static_cast<char*>(workspace(WorkspaceSlot::packed_b, static_cast<std::size_t>(bytes)));
  if (panel == nullptr) return run_without_workspace(g, plan);
  scale_c(g);
  FiveLoopsJob job(g, plan, panel);
  run_job(executor, job);
}

}  // namespace

void run_gemm(const GemmProblem& problem, const GemmPlan& plan, const Executor& executor) {
  const GemmProblem g = plan.transpose ? transposed(problem) : problem;
  Executor planned = executor;
  planned.threads = plan.threads;
  if (plan.method == Method::packed) return run_five_loops(g, plan, planned);
  if (plan.row_parts * plan.col_parts == 1) return run_task(g, plan);
  RectangleJob job(g, plan);
  run_job(planned, job);
}

}  // namespace tessera
