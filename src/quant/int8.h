// Products of 8-bit matrices inside the library. docs/numerics.md derives what is written here.
//
//   S = (A - za)(B - zb), modulo 2^32, and what an Output makes of S
#pragma once

#include "gemm/gemm.h"
#include "quant/output.h"
#include "runtime/registry.h"
#include "runtime/thread_pool.h"

namespace tessera {

struct Int8Machine;
struct Int8Panels;

// Bytes, u8 or s8, with strides in elements. The zero point is one number, or one for each row of A (column of B).
struct Int8Matrix {
  const void* p;
  bool is_signed;
  index_t rs, cs;
  std::int32_t zero;
  const std::int32_t* zeros;  // null: `zero` for all
};

struct Int8Call {
  index_t m, n, k;
  Int8Matrix a;
  Int8Matrix b;               // not looked at when there are weights
  const Int8Panels* weights;  // null: b
  const Output* output;       // null: S itself, 32 bits
  void* c;                    // of the output's type
  index_t c_rs, c_cs;         // elements
};

struct Int8Settings {
  const Int8Entry* isa = nullptr;          // null: best_int8(), or the weights'
  Executor executor{0, nullptr, nullptr};  // threads 0: num_threads()
  const Int8Machine* machine = nullptr;    // of that ISA; null: this one under the profile in use
};

// False: no memory for the corrections that zero points per row of A or per column of B need; nothing was written.
// Never fails otherwise. Thread-safe on distinct C.
[[nodiscard]] bool int8_gemm(const Int8Call& call, const Int8Settings& settings);

}  // namespace tessera
