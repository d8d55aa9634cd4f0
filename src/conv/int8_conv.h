// Convolution of 8-bit images inside the library: exact sums, and what an Output makes of them.
#pragma once

#include <memory>

#include "conv/problem.h"
#include "quant/int8.h"
#include "quant/weights.h"

namespace tessera {

struct Int8Image {
  const void* p;
  bool is_signed;
  std::int32_t zero;
};
struct Int8Filter {
  const void* p;  // K x C/G x kernel height x kernel width
  bool is_signed;
  std::int32_t zero;
  const std::int32_t* zeros;  // null: `zero` for all output channels
};

class Int8DepthwiseRows;
class Int8Direct;

// Immutable once made: any number of threads may run it.
class Int8Conv {
 public:
  // What the algorithm computes of a problem; GEMM: all but transposed ones.
  static bool supports(const ConvProblem& problem, tsr_conv_algorithm algorithm);
  // Null when there is no memory. `algorithm` is one that supports the problem.
  static std::unique_ptr<Int8Conv> create(const ConvProblem& problem, tsr_conv_algorithm algorithm,
                                          const Int8Entry& isa, const Int8Filter& filter, const Executor& executor);
  // TSR_OK or TSR_OUT_OF_MEMORY.
  tsr_status run(const Int8Image& x, const Output& output, void* y, const Executor& executor) const;
  ~Int8Conv();
  tsr_conv_algorithm algorithm() const { return algorithm_; }
  index_t channels() const { return p_.groups * p_.k; }  // of y

 private:
  class StripsJob;
  class DepthwiseJob;
  struct Strips {
    index_t parts, bytes;  // of the pixels of an image; of the longest of them, gathered
  };

  Int8Conv(const ConvProblem& problem, tsr_conv_algorithm algorithm, const Int8Entry& isa);
  bool pack_panels_of(const Int8Filter& filter, const Executor& executor);
  bool pack_taps_of(const Int8Filter& filter);
  index_t depth() const { return p_.taps() * p_.c; }
  index_t pixels() const { return p_.oh * p_.ow; }
  Strips strips(int threads) const;
  index_t line() const { return round_up(p_.groups, 64); }  // channels of a tap (depthwise)
  // Of a call: what all threads share, a slot for each of them behind it; the parts of an image that is gathered.
  struct Memory {
    char* shared;
    index_t shared_bytes, slot_bytes, parts;
  };
  // y as p has it.
  tsr_status compute(const ConvProblem& p, const Int8Image& x, const Output& output, char* y, const Memory& memory,
                     const Executor& executor) const;
  bool run_matrix(const ConvProblem& p, const Int8Image& x, const Output& output, char* y,
                  const Executor& executor) const;

  const ConvProblem p_;
  const tsr_conv_algorithm algorithm_;
  const Int8Entry& isa_;
  std::unique_ptr<std::unique_ptr<Int8Weights>[]> panels_;  // GEMM: of each group
  std::unique_ptr<Int8Direct> direct_;                      // GEMM: where kernels can read the image
  std::unique_ptr<Int8DepthwiseRows> rows_;                 // depthwise: where kernels can; else
  std::unique_ptr<std::int16_t[]> taps_;                    // depthwise: [tap][channel], zero points taken off
  std::unique_ptr<std::int32_t[]> tap_sums_;                // of each channel
};

}  // namespace tessera
