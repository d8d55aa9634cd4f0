// What one core can do, measured.
#pragma once

#include "runtime/registry.h"

namespace tessera {

// GFLOP/s of `isa`'s default kernel for the real type `real`, on one thread and on panels that stay in the first-level
// cache: what a whole GEMM is measured against in the log. Takes about 5 ms the first time, then nothing. Thread-safe.
double measured_peak(const IsaEntry& isa, DType real);
// The same of 8-bit products, in GOP/s.
double measured_peak(const Int8Entry& isa);

// Monotonic clock.
double now_seconds();

}  // namespace tessera
