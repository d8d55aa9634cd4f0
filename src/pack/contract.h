// How a source becomes a micro-panel.
//
// A micro-panel is what a packed kernel reads: for each p in [0, k) the elements of one column of A's (one row of B's)
// strip, contiguous: dst[p * panel + i], i in [0, panel). One routine serves A and B: "width" runs over the rows of A
// or the columns of B.
//
//   plain          dst[p * panel + i] = alpha * src(i, p)
//   complex_left   A of the 1m method: the real kernel sees 2k; p becomes two steps
//                    dst[(2p) * panel + i] = re(x),  dst[(2p + 1) * panel + i] = im(x)
//   complex_right  B of the 1m method: the real kernel sees 2k and twice the columns
//                    dst[(2p) * panel + 2i] = re(x),      dst[(2p) * panel + 2i + 1] = im(x)
//                    dst[(2p + 1) * panel + 2i] = -im(x), dst[(2p + 1) * panel + 2i + 1] = re(x)
//   with x = alpha * src(i, p), or alpha * conj(src(i, p)).
// (1m: F. Van Zee, "Implementing high-performance complex matrix multiplication via the 1m method", SISC 2020.)
//
// The panel may be wider than what the source fills, up to the next multiple of the register: the rest is zero. A panel
// is written once, in order, and nothing is written outside [dst, dst + k' * panel). Nothing outside the source is
// read.
#pragma once

#include "base/dtype.h"
#include "base/isa.h"

namespace tessera {

struct PackArgs {
  void* dst;
  const void* src;  // element (0, 0)
  index_t width;    // source elements across, > 0
  index_t panel;    // real elements from one p to the next
  index_t k;
  index_t inc_w, inc_k;       // in elements of the source, any sign
  double alpha_re, alpha_im;  // rounded to the source's real type already
  bool conj;
};

using PackFn = void (*)(const PackArgs&);

// The routines of one ISA for one real type; the complex ones take interleaved pairs of it.
struct PackSet {
  Isa isa;
  DType type;
  PackFn plain, complex_left, complex_right;
};

#define TESSERA_DECLARE_PACKERS(isa)  \
  const PackSet& packers_f32_##isa(); \
  const PackSet& packers_f64_##isa();
#include "tessera_isa_list.h"
TESSERA_FOR_EACH_ISA(TESSERA_DECLARE_PACKERS)
#undef TESSERA_DECLARE_PACKERS

}  // namespace tessera
