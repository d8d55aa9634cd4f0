// Every kernel and packer compiled into this build, and which of them this CPU can run.
#pragma once

#include <cstddef>

#include "base/isa.h"
#include "kernel/contract.h"
#include "kernel/conv_contract.h"
#include "kernel/finish_contract.h"
#include "kernel/matvec_contract.h"
#include "kernel/narrow_contract.h"
#include "kernel/nn_contract.h"
#include "kernel/requantize_contract.h"
#include "kernel/triangle_contract.h"
#include "kernel/vector_contract.h"
#include "pack/contract.h"
#include "pack/int8_contract.h"

namespace tessera {

struct BlockQ8Set;

// All that one instruction set offers.
struct IsaEntry {
  Isa isa;
  KernelList f32, f64;
  const PackSet* pack_f32;
  const PackSet* pack_f64;
  const TriangleSet* triangles_f32;
  const TriangleSet* triangles_f64;
  const FinishSet* finish;
  const NarrowSet* narrow;
  const ConvKernels* conv;
  const NnSet* nn;
  const VectorSet<float>* vector_f32;
  const VectorSet<double>* vector_f64;
  const MatvecSet* matvec_f32;
  const MatvecSet* matvec_f64;

  const KernelList& kernels(DType real) const { return real == DType::f32 ? f32 : f64; }
  const PackSet& packers(DType real) const { return real == DType::f32 ? *pack_f32 : *pack_f64; }
  const TriangleSet& triangles(DType real) const { return real == DType::f32 ? *triangles_f32 : *triangles_f64; }
  template <class R>
  const VectorSet<R>& vectors() const {
    if constexpr (sizeof(R) == 4) {
      return *vector_f32;
    } else {
      return *vector_f64;
    }
  }
  const MatvecSet& matvec(DType real) const { return real == DType::f32 ? *matvec_f32 : *matvec_f64; }
};

struct IsaList {
  const IsaEntry* entries;  // lowest first
  std::size_t count;
  const IsaEntry* begin() const { return entries; }
  const IsaEntry* end() const { return entries + count; }
};

// What an instruction set offers to 8-bit products.
struct Int8Entry {
  Isa isa;
  KernelList kernels;
  const PackInt8Set* packers;
  const RequantizeSet* requantize;
  const BlockQ8Set* block_q8;  // rows of 8 bits by weights in blocks
};

struct Int8List {
  const Int8Entry* entries;  // lowest first
  std::size_t count;
  const Int8Entry* begin() const { return entries; }
  const Int8Entry* end() const { return entries + count; }
};

// The ISAs with integer kernels: the ones with real kernels, and more. Thread-safe.
Int8List compiled_int8_isas();
const Int8Entry* find_int8(Isa isa);

// What was compiled in: ISAs with kernels of real types. Thread-safe.
IsaList compiled_isas();

// The compiled entry of an ISA, or null.
const IsaEntry* find_isa(Isa isa);

// The ISA called `name`; false when there is none of that name.
bool isa_from_name(const char* name, Isa& isa);

// Features of `isa` that `features` lacks, as words ("avx512f avx512dq"), empty when it can run. Pure.
struct MissingFeatures {
  char text[96];
};
MissingFeatures missing_features(Isa isa, std::uint32_t features);
inline bool can_run(Isa isa, std::uint32_t features) {
  return (isa_info(isa).features & features) == isa_info(isa).features;
}

// The best of this build for a CPU with these features. Pure.
const IsaEntry& isa_for(std::uint32_t features);
const Int8Entry& int8_for(std::uint32_t features);

// The best ISA with real kernels that this CPU can run and that is not above TESSERA_ISA; decided once. A TESSERA_ISA
// that is unknown or cannot run is reported on stderr, once, and the best below it is used.
const IsaEntry& best_isa();
const IsaEntry& best_isa(Isa cap);  // nor above `cap`
// The same for 8-bit products.
const Int8Entry& best_int8();
const Int8Entry& best_int8(Isa cap);

}  // namespace tessera
