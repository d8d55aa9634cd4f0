// The entry of GEMM inside the library: C := alpha * op(A) * op(B) + beta * C.
#pragma once

#include "base/dtype.h"
#include "runtime/registry.h"
#include "runtime/thread_pool.h"

namespace tessera {

// One call, as the interfaces hand it over: arguments checked, strides in elements of `type`. alpha and beta point to
// one element of `type`. Transposition is an exchange of strides; conj_* matters to complex types only.
struct GemmCall {
  DType type;
  bool conj_a = false, conj_b = false;
  index_t m, n, k;
  const void* alpha;
  const void* a;
  index_t a_rs, a_cs;
  const void* b;
  index_t b_rs, b_cs;
  const void* beta;
  void* c;
  index_t c_rs, c_cs;
};

// How to execute a call. The defaults of the process: TESSERA_ISA's kernels, num_threads() threads, own pool.
struct GemmSettings {
  const IsaEntry* isa = nullptr;           // null: best_isa()
  Executor executor{0, nullptr, nullptr};  // threads 0: num_threads()
};

// Never fails: without workspace a slower path is taken. Thread-safe on distinct C.
void gemm(const GemmCall& call);
void gemm(const GemmCall& call, const GemmSettings& settings);

}  // namespace tessera
