// 8-bit convolution by kernels that read an image where it lies: nothing is gathered but short rows of taps and what
// touches padding, and taps that see nothing but padding are left out.
#pragma once

#include <memory>

#include "conv/int8_conv.h"
#include "conv/problem.h"

namespace tessera {

// What kernels read of a pixel's surroundings: pieces of neighbouring bytes, all of the same length.
struct PixelRuns {
  bool joined;     // a run is a row of taps, pixels being neighbours; else a tap
  bool gathered;   // rows of taps are copied, one behind the other: a run is all of them
  index_t count;   // for all taps
  index_t bytes;   // of one
  index_t padded;  // of its share of the weights' panels: whole groups
};
PixelRuns pixel_runs(const ConvProblem& problem, index_t group);

// Output pixels [y, y + rows) x [x, x + columns) that see taps [r, r_end) x [s, s_end), and no others.
struct PixelBlock {
  index_t y, rows, x, columns;
  index_t r, r_end, s, s_end;
  bool padded;                // some of those taps lie over padding, to the left or to the right
  index_t first_tile, tiles;  // its tiles' numbers
  index_t height;             // of a tile, in pixels
};

class Int8Direct {
 public:
  // Whether the machine's kernels can, with weights of this zero point that are packed for it.
  static bool supports(const ConvProblem& problem, const Int8Machine& machine, const Int8Filter& filter);

  // `panels`: the weights of each group, runs padded. Null when there is no memory.
  static std::unique_ptr<Int8Direct> create(const ConvProblem& problem, const Int8Entry& isa, const Int8Filter& filter,
                                            const std::unique_ptr<Int8Weights>* panels);

  // `p`: the problem, with the strides of the image at hand.
  index_t shared_bytes() const { return runs_.padded; }
  index_t slot_bytes() const { return strip_ * tile_bytes_; }
  void run(const ConvProblem& p, const Int8Image& x, const Output& output, char* y, char* shared, char* slots,
           const Executor& executor) const;

 private:
  class Job;
  Int8Direct(const ConvProblem& problem, const Int8Entry& isa, const std::unique_ptr<Int8Weights>* panels);
  bool plan_blocks();
  void add_block(PixelBlock block);
  bool sum_taps(const Int8Filter& filter);

  const PackedPanels& panels(index_t group) const { return panels_[static_cast<std::size_t>(group)]->panels; }
  const std::int32_t* terms(index_t group, index_t block) const {
    return terms_.get() + (group * block_count_ + block) * terms_line_;
  }

  const ConvProblem p_;
  const Int8Entry& isa_;
  const std::unique_ptr<Int8Weights>* panels_;
  const PixelRuns runs_;
  std::unique_ptr<PixelBlock[]> blocks_;
  index_t block_count_ = 0, tiles_ = 0;
  bool copies_ = false;                    // gathered runs, or such that touch padding
  std::unique_ptr<std::int32_t[]> terms_;  // of each group, block and output channel: the sum of the weights it sees
  index_t terms_line_ = 0;
  bool panels_outside_ = false;  // a strip is as long as L2 has room for, each panel being fetched for it
  index_t strip_ = 1;            // tiles that a panel of weights serves before the next one
  index_t pointers_bytes_ = 0, tile_bytes_ = 0;  // of a tile that has been found
};

}  // namespace tessera
