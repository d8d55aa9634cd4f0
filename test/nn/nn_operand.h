// Operands of layers: views with random strides in guarded memory.
#pragma once

#include <tessera/nn.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include "reference/nn.h"
#include "support/guarded_buffer.h"
#include "support/random.h"

namespace tessera::test {

inline std::int64_t type_bytes(std::int32_t type) {
  return type == TSR_U8 || type == TSR_S8 ? 1 : type == TSR_S64 ? 8 : 4;
}

// The element so many elements behind view.data.
inline double element(const tsr_tensor& view, std::int64_t offset) {
  const char* const from = static_cast<const char*>(view.data) + offset * type_bytes(view.type);
  const auto get = [&](auto x) {
    std::memcpy(&x, from, sizeof x);
    return static_cast<double>(x);
  };
  switch (view.type) {
    case TSR_F32:
      return get(0.0f);
    case TSR_U8:
      return get(std::uint8_t{});
    case TSR_S8:
      return get(std::int8_t{});
    case TSR_S32:
      return get(std::int32_t{});
    default:
      return get(std::int64_t{});
  }
}

class Operand {
 public:
  // Outputs have no two elements in one place. `dense_from`: dimensions from there on are dense.
  Operand(Random& r, std::int32_t type, const Sizes& size, bool output, int dense_from = TSR_MAX_RANK) : size_(size) {
    view.type = type;
    view.rank = static_cast<std::int32_t>(size.size());
    std::vector<int> order(size.size());
    std::iota(order.begin(), order.end(), 0);
    const int free = std::min(dense_from, view.rank);
    if (free > 1 && r.one_in(2)) {
      if (free == 4 && r.one_in(2)) {
        order = {0, 2, 3, 1};
      } else {
        for (int i = free - 1; i > 0; --i) std::swap(order[i], order[r.integer(0, i)]);
      }
    }
    index_t stride = 1, low = 0;
    for (int i = view.rank - 1; i >= 0; --i) {
      const int d = order[static_cast<std::size_t>(i)];
      view.size[d] = size[static_cast<std::size_t>(d)];
      const bool loose = d < dense_from;
      if (loose && !output && r.one_in(10)) continue;  // repeated: stride 0
      if (loose && r.one_in(8)) stride *= 2;
      view.stride[d] = loose && r.one_in(8) ? -stride : stride;
      const index_t reach = (view.size[d] - 1) * stride;
      if (view.stride[d] < 0) low += reach;
      span_ += reach;
      stride = stride * view.size[d] + (loose && r.one_in(6) ? r.integer(1, 3) : 0);
    }
    const std::size_t bytes = static_cast<std::size_t>(span_ * type_bytes(type));
    char* const memory = buffer_.place(bytes, r.one_in(2) ? Side::start : Side::end);
    for (index_t i = 0; i < span_; ++i) write(memory, i, random_value(r));
    view.data = memory + low * type_bytes(type);
    low_ = low;
    before_.assign(memory, memory + bytes);
  }

  tsr_tensor view{};

  double at(const Sizes& index) const { return element(view, offset(index)); }
  RefTensor values() const {
    RefTensor t(size_);
    for_each_index(size_, [&](const Sizes& i) { t.at(i) = at(i); });
    return t;
  }
  std::vector<char> bytes() const { return {memory(), memory() + before_.size()}; }

  // Nothing but elements of an output has changed.
  bool untouched(bool output) const {
    if (!buffer_.untouched()) return false;
    std::vector<char> now = bytes();
    if (output)
      for_each_index(size_, [&](const Sizes& i) {
        const index_t at = (offset(i) + low_) * type_bytes(view.type);
        std::memcpy(now.data() + at, before_.data() + at, static_cast<std::size_t>(type_bytes(view.type)));
      });
    return now == before_;
  }
  void restore() { std::memcpy(const_cast<char*>(memory()), before_.data(), before_.size()); }

 private:
  const char* memory() const { return static_cast<const char*>(view.data) - low_ * type_bytes(view.type); }
  index_t offset(const Sizes& index) const {
    index_t at = 0;
    for (std::size_t i = 0; i < index.size(); ++i) at += index[i] * view.stride[i];
    return at;
  }
  double random_value(Random& r) const {
    switch (view.type) {
      case TSR_F32:
        return static_cast<double>(4.0f * r.number<float>());
      case TSR_U8:
        return static_cast<double>(r.integer(0, 255));
      default:
        return static_cast<double>(r.integer(-128, 127));
    }
  }
  void write(char* memory, index_t i, double v) const {
    const auto put = [&](auto x) { std::memcpy(memory + i * static_cast<index_t>(sizeof x), &x, sizeof x); };
    switch (view.type) {
      case TSR_F32:
        return put(static_cast<float>(v));
      case TSR_U8:
        return put(static_cast<std::uint8_t>(v));
      case TSR_S8:
        return put(static_cast<std::int8_t>(v));
      case TSR_S32:
        return put(static_cast<std::int32_t>(v));
      default:
        return put(static_cast<std::int64_t>(v));
    }
  }

  Sizes size_;
  GuardedBuffer buffer_{1 << 22};
  index_t span_ = 1, low_ = 0;
  std::vector<char> before_;
};

}  // namespace tessera::test
