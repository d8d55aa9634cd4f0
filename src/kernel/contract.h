// What a GEMM micro-kernel is. docs/kernel_contract.md says it in prose.
//
// A kernel computes one micro-tile of C, mr rows by nv vectors of `lanes` columns, in registers:
//
//        B   p:  [ b_row ............ ]          for p in 0..k-1:
//             |  nv vectors of a row  |            for every row i, vector j:
//        -----+-----------------------+              acc[i][j] = fma(A(i,p), B(p,j), acc[i][j])
//   A(i,p) .. |  acc[i][j]            |
//   mr rows   |                       |          acc starts from beta * C (from zero when beta is null)
//
// One FMA chain per element, in the order of k, that begins with beta * C: so an element's bits know nothing of the
// tile it sits in, and a K block continues the chain of the one before by being called with beta = 1.
//
// Kernels exist for every height and width of a tile set (TileSet), so that an edge of C is a smaller tile rather than
// padding. Only columns may be partial: the last vector of a row then has n_tail < lanes columns.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"
#include "base/isa.h"

namespace tessera {

// What kernels of 8-bit products make of finished sums s before they leave the registers: the low byte of
// clamp(round(float(s + bias) * scale), low, high) + zero. Arrays begin at the tile's first column.
struct ByteOutput {
  const std::int32_t* bias;  // null: none
  const float* scale;        // below 1 in magnitude: products fit 32 bits
                             // as the sums do
  index_t scale_stride;      // 0: one scale for all columns; or 1
  float low, high;           // without the zero point
  std::int32_t zero;
};

// All strides in bytes. Pointers need only the alignment of their element type.
struct GemmTileArgs {
  const void* a;  // A(0, 0)
  const void* b;  // B(0, 0)
  void* c;        // C(0, 0)
  index_t k;      // >= 0

  // How operands lie. `packed` kernels ignore these three: A is a micro-panel of mr elements per p, B one of
  // nv * lanes elements per p.
  index_t a_row;  // from A(i, p) to A(i + 1, p)
  index_t a_col;  // from A(i, p) to A(i, p + 1)
  index_t b_row;  // from B(p, 0) to B(p + 1, 0), the elements of a row of B being contiguous; along_k kernels: from
                  // B(0, j) to B(0, j + 1), the elements of a column being contiguous

  index_t c_row;           // from C(i, 0) to C(i + 1, 0); the elements of a row of C are contiguous
  const void* beta;        // one element of the real type; null: C is not read
  int n_tail;              // columns in the last vector, 1..lanes
  bool negate;             // direct kernels: the chain subtracts (alpha = -1). Packed ones have it in the panels
  index_t prefetch_a;      // bytes ahead of what is read of A's panel (packed kernels)
  index_t prefetch_b;      // bytes ahead of what is read of B (packed, streaming and along_k kernels); along the row
                           // respectively the column for the latter
  const void* prefetch_c;  // a tile of C, rows c_row apart, to bring near; null: none
  void* b_panel;           // along_k kernels: also write B as a packed micro-panel here (negated if so asked); null: no

  // Kernels of 8-bit products; direct ones read rows of A, k apart, where they lie, and B from a panel.
  const void*
      column_terms;       // what the panel of B has behind its steps: added to each column, times the factor; or null
  const void* row_terms;  // what the panel of A has there: added to each row; or null
  std::int32_t column_factor;
  bool flip_a;  // direct: invert the upper bit of A's bytes
  // direct: rows that lie in `runs` pieces of k bytes: run r of row i at rows[r * run_rows + i] + r * run_bytes. B's
  // groups of a run begin b_run bytes behind those of the one before. Null: one run, a_row apart.
  const void* const* rows;
  index_t runs, run_rows, run_bytes, b_run;
  // direct, where bytes are made and C is not read: tiles alike behind the first one. Pointers at `rows` and `out_rows`
  // lie next_tile bytes further on for each; without them rows follow those of the tile before, a_row and out_row
  // apart.
  index_t more_tiles, next_tile;
  const ByteOutput* bytes;  // null: sums go to C; else bytes to `out`, and C is not written
  void* out;
  index_t out_row;
  void* const* out_rows;  // rows of bytes anywhere, from byte out_column on; null: out_row apart from `out` on
  index_t out_column;
};

using GemmTileFn = void (*)(const GemmTileArgs&);

// A whole product of few steps of k, C := beta * C + (factor * A) * B, along the rows of C, all chains as
// above. Strides and pointers as above; rows of B and of C are contiguous.
struct SweepArgs {
  const void* a;
  const void* b;
  void* c;
  index_t m, n;          // >= 0
  index_t a_row, a_col;  // from A(i, p) to A(i + 1, p), to A(i, p + 1)
  index_t b_row, c_row;  // from row to row
  const void* beta;      // one element of the real type; null: C is not read
  const void* factor;    // one element that every element of A is multiplied by beforehand; null: 1
};

using SweepFn = void (*)(const SweepArgs&);

inline constexpr int kMaxSweepDepth = 8;

inline constexpr int kMaxTileHeight = 16;
inline constexpr int kMaxTileWidth = 8;  // vectors

// How a micro-panel of w rows of A (columns of B) lies in memory: steps of k in groups, of each group w times `group`
// elements of `element` bytes; behind the steps, `trailer` bytes for each row (column), such as its sum.
struct PanelFormat {
  int element;
  int group;  // 1 for floating point
  int trailer;

  // Bytes of one row's (column's) share of a panel of k steps.
  constexpr index_t line(index_t k) const { return (k + group - 1) / group * group * element + trailer; }
};

// Columns of B's next micro-panel when at most w are left for it. With narrow registers at hand, a rest that would fill
// no more than half of a register of `lanes` is left for a panel of its own.
constexpr index_t panel_columns(index_t w, int lanes, bool has_narrow) {
  const index_t rest = w & (lanes - 1);
  return has_narrow && w > lanes && rest > 0 && rest <= lanes / 2 ? w - rest : w;
}

// The kernels of one ISA and real type for every tile that fits its registers, [width in vectors][height].
//   packed          both operands are micro-panels
//   direct          operands where they lie, whole vectors
//   direct_tail     the same, last vector partial (identical to `direct` where masked loads are free)
//   stream          as direct, and prefetches prefetch_b bytes ahead in every row of B
//   along_k         one vector of columns, B contiguous along k instead of along its rows: squares of B are transposed
//                   in registers on their way; n_tail columns, which may be fewer than lanes; [height]
//   sweep           no tile: all of C, for each number of steps of k; [k]
struct TileSet {
  Isa isa;
  DType type;
  PanelFormat left, right;
  int c_size;  // bytes of an element of C
  int lanes, lanes_log2;
  bool by_lanes;                             // packed tiles multiply by lanes of registers of A's panel
  int max_width;                             // in vectors
  int max_height[kMaxTileWidth + 1];         // packed tiles, per width
  int max_height_direct[kMaxTileWidth + 1];  // the others: negation takes one more register
  GemmTileFn packed[kMaxTileWidth + 1][kMaxTileHeight + 1];
  GemmTileFn direct[kMaxTileWidth + 1][kMaxTileHeight + 1];
  GemmTileFn direct_tail[kMaxTileWidth + 1][kMaxTileHeight + 1];
  GemmTileFn stream[kMaxTileWidth + 1][kMaxTileHeight + 1];
  GemmTileFn along_k[kMaxTileHeight + 1];
  SweepFn sweep[kMaxSweepDepth + 1];
  int sweep_rows[kMaxSweepDepth + 1];  // of C at a time
  int sweep_depth;                     // the largest there is
};

// A kernel that the selector and the tuner may name: the full tile of a shape at one K-unroll. Edges of C use the
// smaller tiles of the same set.
struct KernelDescriptor {
  DType a, b, c;
  int mr;
  int nr;  // columns (nv * lanes)
  int kr;  // consecutive k that one element of a panel holds; 1 for floating point
  int k_unroll;
  Isa isa;
  bool test_only;  // an awkward shape that stresses the loops; never selected by default
  GemmTileFn packed;
  const TileSet* tiles;
  bool in_order = false;  // its loads are placed for cores that issue in order
};

struct KernelList {
  const KernelDescriptor* kernels;
  std::size_t count;
  const TileSet* tiles;
};

// "gemm_f32_12x32_u4_avx512"; the same string in tests, benchmarks, logs and profiles.
inline constexpr std::size_t kKernelNameSize = 64;
void kernel_name(const KernelDescriptor& kernel, char (&name)[kKernelNameSize]);

// The lists of one ISA compiled into this build; defined in generated sources, listed in tessera_isa_list.h.
#define TESSERA_DECLARE_KERNELS(isa)   \
  KernelList gemm_kernels_f32_##isa(); \
  KernelList gemm_kernels_f64_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_KERNELS)
#undef TESSERA_DECLARE_KERNELS
#define TESSERA_DECLARE_KERNELS(isa) KernelList gemm_kernels_int8_##isa();
TESSERA_FOR_EACH_INT8_ISA(TESSERA_DECLARE_KERNELS)
#undef TESSERA_DECLARE_KERNELS

}  // namespace tessera
