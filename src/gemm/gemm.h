// The entry of GEMM inside the library: C := alpha * op(A) * op(B) + beta * C.
#pragma once

#include "base/dtype.h"
#include "pack/source.h"
#include "runtime/registry.h"
#include "runtime/thread_pool.h"

namespace tessera {

struct PackedPanels;
struct StoredPanels;

// The part of C that is computed, read and written: i >= j, i <= j, or all of it.
enum class Region : std::uint8_t { all, lower, upper };

// A finished tile of C, in cache. `exchanged`: rows and columns are those of the transposed C.
struct FinishedTile {
  char* p;
  index_t row_stride;  // bytes from row to row; the elements of a row are neighbours
  index_t row, rows;   // position in C and size, in elements
  index_t column, columns;
  bool exchanged;
};

// What is done to the elements of C when their last product has been added: once for each tile, from the thread that
// computed it. Elements outside of the region may be in the tile and do not matter.
class Epilogue {
 public:
  virtual void apply(const FinishedTile& tile) const noexcept = 0;

 protected:
  ~Epilogue() = default;
};

// What a call may have beyond BLAS's gemm. An operand that packs itself or was packed beforehand has no pointer and
// strides in the call; where it is A, alpha is in it already and the call's is not looked at.
struct GemmExtras {
  const PanelSource* a_source = nullptr;  // packs rows of A
  const PanelSource* b_source = nullptr;  // packs columns of B
  const PackedPanels* a_packed = nullptr;
  const PackedPanels* b_packed = nullptr;
  const StoredPanels* b_stored = nullptr;  // in fewer bits
  Region region = Region::all;
  const Epilogue* epilogue = nullptr;
};

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
  void* c;  // null: there is only what the epilogue makes of C (strides as if it were there)
  index_t c_rs, c_cs;
  const GemmExtras* extras = nullptr;
};

// How to execute a call. The defaults of the process: TESSERA_ISA's kernels, num_threads() threads, own pool.
struct GemmSettings {
  const IsaEntry* isa = nullptr;           // null: best_isa()
  Executor executor{0, nullptr, nullptr};  // threads 0: num_threads()
};

// Never fails: without workspace a slower path is taken. Thread-safe on distinct C.
void gemm(const GemmCall& call);
void gemm(const GemmCall& call, const GemmSettings& settings);

// The same on a machine of the caller's description, as a tuner wants it: unlogged.
struct Machine;
void gemm_on(const Machine& machine, const GemmCall& call, const Executor& executor);

}  // namespace tessera
