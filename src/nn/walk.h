// One way through several tensors of the same sizes: dimensions in the order of the output's memory, those that follow
// each other in all operands made one, then rows of the innermost, cut into pieces for threads.
#pragma once

#include "nn/tensor.h"

namespace tessera {

class Walk {
 public:
  static constexpr int kMostOperands = 4;

  // Operand 0 is the output. All have the sizes of `sizes`; strides[o] are operand o's, in elements of any unit.
  Walk(int rank, const index_t* sizes, int operands, const index_t* const* strides);

  index_t count() const { return rows_ * inner_; }
  index_t inner() const { return inner_; }
  index_t stride(int operand) const { return inner_stride_[operand]; }
  index_t rows() const { return rows_; }

  // Offsets of the row's first element.
  struct Row {
    index_t at[kMostOperands];
  };
  Row row(index_t index) const;

  // Row after row, without a division for each.
  class Cursor {
   public:
    Cursor(const Walk& walk, index_t index);
    const Row& row() const { return row_; }
    void next();

   private:
    const Walk& walk_;
    index_t digit_[TSR_MAX_RANK];
    Row row_;
  };

  // The dimensions that row() counts, without the innermost.
  int outer_rank() const { return rank_; }
  index_t outer_size(int d) const { return size_[d]; }
  index_t outer_stride(int operand, int d) const { return stride_[operand][d]; }
  // Takes an outer dimension out of what row() counts.
  void remove_outer(int d);

  // Offsets of an element, counted row after row.
  Row element(index_t index) const {
    Row r = row(index / inner_);
    for (int o = 0; o < operands_; ++o) r.at[o] += index % inner_ * inner_stride_[o];
    return r;
  }

  // body(row, n): n elements from row.at on, the operands' elements stride() apart. `each`: what an element costs.
  template <class Body>
  void run(const Executor& executor, const Body& body, index_t each = 1) const {
    if (rows_ == 0 || inner_ == 0) return;
    constexpr index_t kLeastPiece = 256;
    const index_t limit = max_index(kLeastPiece, kTaskElements / each);
    const index_t pieces = ceil_div(inner_, limit), piece = ceil_div(inner_, pieces);
    if (pieces == 1) {
      const Cut cut(rows_, inner_ * each);
      run_tasks(executor, cut.tasks(), [&](index_t task) {
        const index_t first = task * cut.per_task, end = min_index(cut.count, first + cut.per_task);
        Cursor cursor(*this, first);
        for (index_t i = first; i < end; ++i, cursor.next()) body(cursor.row(), inner_);
      });
      return;
    }
    for_items(executor, rows_ * pieces, piece * each, [&](index_t item) {
      const index_t first = item % pieces * piece;
      Row r = row(item / pieces);
      for (int o = 0; o < operands_; ++o) r.at[o] += first * inner_stride_[o];
      const index_t n = min_index(piece, inner_ - first);
      if (n > 0) body(r, n);
    });
  }

 private:
  int rank_ = 0, operands_;
  index_t size_[TSR_MAX_RANK];
  index_t stride_[kMostOperands][TSR_MAX_RANK];
  index_t rows_ = 1, inner_ = 1;
  index_t inner_stride_[kMostOperands];
};

}  // namespace tessera
