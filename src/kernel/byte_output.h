// ByteOutput on a register of sums, its scales and constants at hand. V is the ISA's wrapper of 8-bit products.
#pragma once

namespace tessera::kernel {

template <class V>
[[gnu::always_inline]] inline typename V::R as_bytes(typename V::R sums, typename V::F scale, typename V::F low,
                                                     typename V::F high, typename V::R zero) {
  return V::round(V::clamp(V::floats(sums) * scale, low, high)) + zero;
}

}  // namespace tessera::kernel
