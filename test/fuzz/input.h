// What a fuzzer's bytes mean: arguments, one after the other. Bytes that are missing are zeros, so that every input is
// a case and a shorter one is a simpler one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>

namespace tessera::fuzz {

using Index = std::int64_t;

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

  std::uint8_t byte() { return at_ == end_ ? std::uint8_t{0} : *at_++; }
  bool flag() { return (byte() & 1) != 0; }
  // A zero byte says no.
  bool one_in(int n) { return byte() % n == n - 1; }
  // As many bytes as the range needs.
  Index integer(Index lo, Index hi) {
    const std::uint64_t range = static_cast<std::uint64_t>(hi) - static_cast<std::uint64_t>(lo);
    std::uint64_t raw = 0;
    for (std::uint64_t left = range; left > 0; left >>= 8) raw = raw << 8 | byte();
    if (range != std::numeric_limits<std::uint64_t>::max()) raw %= range + 1;
    return static_cast<Index>(static_cast<std::uint64_t>(lo) + raw);
  }
  template <class V>
  V one_of(std::initializer_list<V> values) {
    return values.begin()[integer(0, static_cast<Index>(values.size()) - 1)];
  }
  // A number at which arithmetic goes wrong.
  Index wild() {
    constexpr Index kMax = std::numeric_limits<Index>::max(), kMin = std::numeric_limits<Index>::min();
    switch (byte() % 8) {
      case 0:
        return integer(-3, 12);
      case 1:
        return integer(kMin, kMax);
      case 2:
        return one_of<Index>({kMax, kMax - 1, kMax / 2, kMax / 4, kMax / 8, kMax / 16});
      case 3:
        return one_of<Index>({kMin, kMin + 1, kMin / 2, kMin / 4, kMin / 8});
      default: {
        // Beside a power of two.
        const Index power = Index{1} << integer(0, 62);
        const Index near = power + integer(-1, 1);
        return flag() ? -near : near;
      }
    }
  }
  // The same as a 32-bit number.
  std::int32_t wild32() { return static_cast<std::int32_t>(wild()); }
  // What is left.
  std::string_view rest() {
    const std::string_view all(reinterpret_cast<const char*>(at_), static_cast<std::size_t>(end_ - at_));
    at_ = end_;
    return all;
  }
  bool empty() const { return at_ == end_; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

}  // namespace tessera::fuzz
