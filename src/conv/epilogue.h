// The epilogue of a convolution on the tiles of its algorithms.
#pragma once

#include "conv/problem.h"
#include "gemm/gemm.h"
#include "kernel/conv_contract.h"

namespace tessera {

bool valid_conv_epilogue(const tsr_conv_epilogue& epilogue);

// What finishes y: null pointers and no activation when the caller gave none.
struct ConvFinish {
  FinishFn finish;  // null: nothing is to be done
  const float* bias;
  const float* residual;  // laid out as y
  float residual_scale, a, b;
  tsr_activation activation;

  ConvFinish(const tsr_conv_epilogue* epilogue, const IsaEntry& isa);
  // Of y's elements at `y`, rows and columns of one tile: `rs` elements from row to row, columns neighbours.
  // `offset`: elements of y before the tile. bias_rows: channels are rows, from `channel` on; else columns.
  void apply(float* tile, index_t rs, index_t rows, index_t columns, index_t channel, bool bias_rows, index_t offset,
             index_t residual_rs, index_t residual_cs) const;
};

// What direct kernels finish in registers.
struct FusedFinish {
  DirectFinish finish;
  bool whole;  // nothing is left to do

  explicit FusedFinish(const ConvFinish& all);
  // From output channel k on.
  DirectFinish from(index_t k) const {
    DirectFinish f = finish;
    if (f.bias != nullptr) f.bias += k;
    return f;
  }
};

// Tiles of a GEMM whose C is one group of one image of y: channels by pixels (NCHW) or pixels by channels (NHWC). With
// a scattered grid (transposed convolution) the tile is finished where it is and then written to y.
class ConvEpilogue final : public Epilogue {
 public:
  // Pixel p of the GEMM is (row + p / columns * pace_y, column + p % columns * pace_x) of y.
  struct Grid {
    index_t columns, row, column, pace_y, pace_x;
  };
  ConvEpilogue(const ConvProblem& problem, const ConvFinish& finish, float* y, index_t image, index_t group)
      : p_(problem),
        finish_(finish),
        y_(y),
        offset_(image * problem.out.n + group * problem.k * problem.out.c),
        channel_(group * problem.k),
        scattered_(false),
        grid_{} {}
  void scatter(const Grid& grid) {
    scattered_ = true;
    grid_ = grid;
  }
  void apply(const FinishedTile& tile) const noexcept override;

 private:
  void apply_scattered(const FinishedTile& tile, bool channels_are_rows) const;

  const ConvProblem& p_;
  const ConvFinish& finish_;
  float* y_;
  index_t offset_, channel_;
  bool scattered_;
  Grid grid_;
};

}  // namespace tessera
