// Everything that is decided about a GEMM before it runs.
//
// plan_gemm is a pure function of (problem, machine, tuning, threads): it looks at sizes, strides and scalars, never at
// pointers' contents, clocks or globals. Tests pin its answers for machines that nobody here owns.
#pragma once

#include "gemm/problem.h"
#include "runtime/cpu.h"
#include "runtime/profile.h"
#include "runtime/registry.h"

namespace tessera {

struct Machine {
  const IsaEntry* isa;
  const IsaEntry* narrow;  // an ISA with the same bits and half the register width for thin C, or null
  CacheInfo l1d, l2, l3;
  GemmTuning f32, f64;
  ConvTuning conv;
  double slowest_core = 1;  // speed, as a share of the fastest one's

  const GemmTuning& tuning(DType real) const { return real == DType::f32 ? f32 : f64; }
};

// What a profile has for `isa`; without one, on cores that issue in order, with the kernel made for them.
GemmTuning tuning_for(const IsaEntry& isa, DType real, const CpuInfo& cpu, const Profile& profile);

// The machine as detected, for kernels of `isa`, tuned as a profile says; the profile in use.
Machine this_machine(const IsaEntry& isa, const Profile& profile);
inline Machine this_machine(const IsaEntry& isa) { return this_machine(isa, active_profile()); }
// The same of the best ISA, looked up once for each profile (gemm.cc). Valid for the call that asks.
const Machine& default_machine();

// What the five loops begin from, before blocks are made even: the tuning's, or derived from the caches. Real elements.
struct Blocks {
  index_t mc, kc, nc;
};
Blocks gemm_blocks(const Machine& machine, DType real);

// Of the cache in front of memory. Where nobody says that there is one behind L2, a slice of one is assumed.
constexpr index_t last_cache_bytes(const CacheInfo& l2, const CacheInfo& l3) {
  return l3.bytes > 0 ? l3.bytes : 4 * l2.bytes;
}

// Rows so far apart that they fall on the same sets of the first-level cache evict each other.
bool aliases(index_t stride_bytes, const CacheInfo& l1d);

// Into how many tasks a phase is cut: `each` for each of equal threads. Where a slow core may take the last one, so
// many that it matters little: with 12 for each thread of the slow cores' length whole calls on 4 + 4 cores end within
// 5 % of the ideal, with 6 within 8, with 4 within 14, as on equal cores within 32 (test/gemm/partition_test.cc).
index_t tasks_wanted(index_t each, int threads, double slowest_core);

// How the loops run.
enum class Method : std::uint8_t {
  direct,  // operands where they lie
  strip,   // each strip of B's columns is packed into L1/L2 by the thread that uses it at once
  packed,  // the five loops: a panel of B shared by all threads, a block of A per thread
  sweep    // few steps of k: no tiles, C is swept along its rows
};

struct GemmPlan {
  Method method;
  bool transpose;  // the problem is run with its operands exchanged
  bool pack_left, pack_right;
  bool negate;               // alpha = -1 and no packer to fold it into
  bool stream_right;         // use the direct kernels that prefetch
  bool prefetch_next_strip;  // the first row panel of a strip prefetches the next strip of an unpacked B
  bool along_k;  // B lies along k: transpose it in registers; with pack_right the first row panel packs it for the
                 // others
  bool copy_c;   // work on a copy of C in which tiles' rows are contiguous and share no cache set
  bool prefetch_c;
  bool row_panels_inside;
  int mr;           // rows of a full tile
  int nv;           // vectors of a full tile
  GemmTileFn full;  // packed kernel of the full tile; null: the tile set's
  const TileSet* tiles;
  const TileSet* narrow;  // for last columns that fill less than half of a register of `tiles`; or null
  const PackSet* left_packers;
  const PackSet* right_packers;
  index_t mc, kc, nc;  // blocks; real elements, kc counts steps of the real kernel
  index_t prefetch_a, prefetch_b;
  int threads;
  // How C is cut into independent tasks: direct and strip methods.
  index_t row_parts, col_parts;

  bool operator==(const GemmPlan&) const = default;
};

GemmPlan plan_gemm(const GemmProblem& problem, const Machine& machine, int threads);

// Packed panels of at most this size each are on the stack.
inline constexpr index_t kStackPanelBytes = 16 * 1024;

// A plan whose panels fit the stack, for when memory has run out.
GemmPlan plan_without_workspace(const GemmProblem& problem, const GemmPlan& plan);

// Bytes of a packed block of A and a packed panel of B.
index_t packed_left_bytes(const GemmPlan& plan, index_t m, index_t k);
index_t packed_right_bytes(const GemmPlan& plan, index_t n, index_t k);

const char* method_name(Method method);

}  // namespace tessera
