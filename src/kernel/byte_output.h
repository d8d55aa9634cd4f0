// Registers of sums to bytes (ByteOutput). V is the ISA's wrapper of 8-bit products; V::Bytes, where it has one, makes
// bytes of several registers together.
#pragma once

#include "kernel/contract.h"

namespace tessera::kernel {

template <class V>
class ByteRow {
 public:
  using R = typename V::R;
  using F = typename V::F;

  explicit ByteRow(const ByteOutput& o) : constants_(o.low, o.high, o.zero) {}
  // kCount registers of sums of neighbouring columns, `tail` of them in the last one.
  template <int kCount>
  [[gnu::always_inline]] void store(char* p, const R* sums, const F* scales, int tail) const {
    F x[kCount];
#pragma GCC unroll 8
    for (int j = 0; j < kCount; ++j) x[j] = V::floats(sums[j]) * scales[j];
    constants_.template store<kCount>(p, x, tail);
  }

 private:
  // One register after the other.
  struct Single {
    F low, high;
    R zero;
    Single(float l, float h, int z) : low(V::set1(l)), high(V::set1(h)), zero(V::set1(z)) {}
    template <int kCount>
    [[gnu::always_inline]] void store(char* p, const F* x, int tail) const {
#pragma GCC unroll 8
      for (int j = 0; j < kCount; ++j) {
        const R y = V::round(V::clamp(x[j], low, high)) + zero;
        if (j < kCount - 1 || tail == V::kLanes) {
          V::store_bytes(p + j * V::kLanes, y);
        } else {
          V::store_bytes(p + j * V::kLanes, y, V::tail(tail));
        }
      }
    }
  };
  template <class W>
  struct Constants {
    using Type = Single;
  };
  template <class W>
    requires requires { typename W::Bytes; }
  struct Constants<W> {
    using Type = typename W::Bytes;
  };
  typename Constants<V>::Type constants_;
};

// The scales of columns, kCount registers from `column` on.
template <class V, int kCount>
[[gnu::always_inline]] inline void load_scales(const ByteOutput& o, index_t column, int tail, typename V::F* to) {
  const float* const scales = o.scale + column;
#pragma GCC unroll 8
  for (int j = 0; j < kCount; ++j)
    to[j] = o.scale_stride == 0                   ? V::set1(o.scale[0])
            : j < kCount - 1 || tail == V::kLanes ? V::load(scales + j * V::kLanes)
                                                  : V::load(scales + j * V::kLanes, V::tail(tail));
}

}  // namespace tessera::kernel
