// Decisions about a product of 8-bit matrices: a GemmPlan for the same loops that f32 runs on. Pure.
#pragma once

#include "gemm/packed.h"
#include "gemm/plan.h"

namespace tessera {

struct Int8Machine {
  const Int8Entry* isa;
  CacheInfo l1d, l2, l3;
  double slowest_core = 1;  // speed, as a share of the fastest one's
  Int8Tuning tuning;

  const KernelDescriptor& kernel() const { return isa->kernels.kernels[tuning.kernel]; }
};
// The machine as detected, tuned as a profile says; the profile in use.
Int8Machine this_int8_machine(const Int8Entry& isa, const Profile& profile);
inline Int8Machine this_int8_machine(const Int8Entry& isa) { return this_int8_machine(isa, active_profile()); }

// What the loops begin from, before blocks are made even: the tuning's, or derived from the caches, for long k.
Blocks int8_blocks(const Int8Machine& machine);

// How weights are packed: all but the data. Columns by steps of k; `rows` of products with them, 0 when unknown.
PackedPanels plan_int8_weights(const Int8Machine& machine, index_t n, index_t k, index_t rows = 0);

// `problem` has type s32; its left operand a source, and a pointer with strides where it is a matrix of bytes.
GemmPlan plan_int8(const GemmProblem& problem, const Int8Machine& machine, int threads);

}  // namespace tessera
