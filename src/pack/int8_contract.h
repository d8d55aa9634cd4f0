// How 8-bit sources become the micro-panels of integer kernels.
//
// A micro-panel of w rows of A (columns of B) holds, for each group of `group` consecutive steps of k, w times those
// steps: dst[(p / group * panel + i) * group + p % group] = convert(src(i, p)). A last group that k does not fill, and
// what the panel has beyond the source's width, are zero. Behind the steps lie `panel` terms of 32 bits, one for each
// row or column: factor * (the sum of its elements as packed) + constant, modulo 2^32.
//
// convert: bytes that already have the panel's type stay, others have their upper bit inverted (u8 to s8 subtracts 128,
// s8 to u8 adds it); 16-bit panels take the number itself.
#pragma once

#include <cstdint>

#include "base/dtype.h"
#include "base/isa.h"
#include "tessera_isa_list.h"

namespace tessera {

struct PackInt8Args {
  void* dst;
  const void* src;  // element (0, 0), u8 or s8
  bool src_signed;
  index_t width;         // rows or columns of the source, > 0
  index_t panel;         // of the panel, >= width, at most kMaxTileWidth registers
  index_t k;             // >= 0
  index_t inc_w, inc_k;  // any sign
  bool terms;            // false: what lies behind the steps is not written
  std::int32_t factor, constant;
};

using PackInt8Fn = void (*)(const PackInt8Args&);

// The routines of one ISA, for the formats of its kernels.
struct PackInt8Set {
  Isa isa;
  DType left_type, right_type;  // u8, s8 or s16
  PackInt8Fn left, right;
};

// What `convert` adds to the elements of a source for a panel of this type.
constexpr std::int32_t panel_offset(DType panel, bool src_signed) {
  if (panel == DType::s16) return 0;
  return src_signed == (panel == DType::s8) ? 0 : src_signed ? 128 : -128;
}

#define TESSERA_DECLARE_PACKERS(isa) const PackInt8Set& packers_int8_##isa();
TESSERA_FOR_EACH_INT8_ISA(TESSERA_DECLARE_PACKERS)
#undef TESSERA_DECLARE_PACKERS

}  // namespace tessera
