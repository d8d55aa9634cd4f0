// The matrices of one problem, and whether what a library left in C is right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "aligned_buffer.h"
#include "peers/library.h"
#include "problem.h"

namespace tessera::bench {

// kExact: multiples of 1/8 in [-1, 1). All products and sums are representable, so the result is one bit pattern,
// whatever the order of summation, and a single lost product shows. kRandom: full mantissas, as in real use; these are
// timed, because the power a multiplier draws depends on the bits it is fed.
enum class Fill { kExact, kRandom };

class Operands {
 public:
  // `sets` copies, for timing with operands that are not in cache.
  Operands(const Problem& problem, int sets, bool huge_pages);

  // Fills A, B and the first C, and computes what is expected of that C. Copies of the first set follow.
  void fill(Fill kind);
  // Puts C back as fill() left it: NaN where beta = 0 must overwrite, a pattern in the padding.
  void reset_c();
  // Makes the sampled elements of C NaN, so that the next check() sees only what was written since.
  void poison_samples();
  // Empty when C of the first set is right, else what is wrong. `padding` checks the bytes between rows too.
  std::string check(bool padding) const;

  const std::vector<OperandPointers>& sets() const { return pointers_; }

 private:
  struct Sample {
    int i, j;
    long double re, im, tolerance;
  };

  void expect(Fill kind);
  size_t c_offset(int i, int j) const;
  long double element(const void* data, size_t index, int part) const;

  const Problem problem_;
  std::vector<AlignedBuffer> a_, b_, c_;
  AlignedBuffer c0_;
  std::vector<OperandPointers> pointers_;
  std::vector<Sample> samples_;
};

}  // namespace tessera::bench
