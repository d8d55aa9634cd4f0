#include "nn/walk.h"

#include <utility>

namespace tessera {

Walk::Walk(int rank, const index_t* sizes, int operands, const index_t* const* strides) : operands_(operands) {
  for (int i = 0; i < rank; ++i) {
    if (sizes[i] == 1) continue;
    size_[rank_] = sizes[i];
    for (int o = 0; o < operands; ++o) stride_[o][rank_] = strides[o][i];
    ++rank_;
  }
  // Longest stride of the output first; where it says nothing, the next operand's.
  const auto magnitude = [](index_t s) { return s < 0 ? -s : s; };
  const auto before = [&](int i, int j) {
    for (int o = 0; o < operands; ++o) {
      const index_t p = magnitude(stride_[o][i]), q = magnitude(stride_[o][j]);
      if (p != q) return p > q;
    }
    return false;
  };
  for (int i = 1; i < rank_; ++i) {
    for (int j = i; j > 0 && before(j, j - 1); --j) {
      std::swap(size_[j], size_[j - 1]);
      for (int o = 0; o < operands; ++o) std::swap(stride_[o][j], stride_[o][j - 1]);
    }
  }
  int merged = 0;
  for (int i = 1; i < rank_; ++i) {
    bool follow = true;
    for (int o = 0; o < operands; ++o) follow &= stride_[o][merged] == stride_[o][i] * size_[i];
    if (follow) {
      size_[merged] *= size_[i];
    } else {
      size_[++merged] = size_[i];
    }
    for (int o = 0; o < operands; ++o) stride_[o][merged] = stride_[o][i];
  }
  if (rank_ > 0) rank_ = merged + 1;
  for (int o = 0; o < operands; ++o) inner_stride_[o] = 1;
  if (rank_ > 0) {
    --rank_;
    inner_ = size_[rank_];
    for (int o = 0; o < operands; ++o) inner_stride_[o] = stride_[o][rank_];
  }
  for (int i = 0; i < rank_; ++i) rows_ *= size_[i];
}

void Walk::remove_outer(int d) {
  rows_ /= size_[d];
  --rank_;
  for (int i = d; i < rank_; ++i) {
    size_[i] = size_[i + 1];
    for (int o = 0; o < operands_; ++o) stride_[o][i] = stride_[o][i + 1];
  }
}

Walk::Cursor::Cursor(const Walk& walk, index_t index) : walk_(walk), row_(walk.row(index)) {
  for (int i = walk.rank_ - 1; i >= 0; --i) {
    digit_[i] = index % walk.size_[i];
    index /= walk.size_[i];
  }
}

void Walk::Cursor::next() {
  for (int i = walk_.rank_ - 1; i >= 0; --i) {
    for (int o = 0; o < walk_.operands_; ++o) row_.at[o] += walk_.stride_[o][i];
    if (++digit_[i] < walk_.size_[i]) return;
    for (int o = 0; o < walk_.operands_; ++o) row_.at[o] -= walk_.size_[i] * walk_.stride_[o][i];
    digit_[i] = 0;
  }
}

Walk::Row Walk::row(index_t index) const {
  Row r{};
  for (int i = rank_ - 1; i >= 0; --i) {
    const index_t at = index % size_[i];
    index /= size_[i];
    for (int o = 0; o < operands_; ++o) r.at[o] += at * stride_[o][i];
  }
  return r;
}

}  // namespace tessera
