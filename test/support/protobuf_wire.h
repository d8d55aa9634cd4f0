// The wire format of protocol buffers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tessera::test {

// Fields one after another: a key (number << 3 | kind), then a varint (kind 0), eight bytes (1), a length and as many
// bytes (2), or four bytes (5).
class Wire {
 public:
  Wire(const char* p, std::size_t size) : p_(p), end_(p + size) {}
  bool done() const { return p_ >= end_; }
  bool good() const { return good_; }

  std::uint64_t varint() {
    std::uint64_t x = 0;
    for (int shift = 0; shift < 64 && p_ < end_; shift += 7) {
      const std::uint8_t byte = static_cast<std::uint8_t>(*p_++);
      x |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return x;
    }
    good_ = false;
    p_ = end_;
    return 0;
  }
  std::string bytes(std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - p_)) {
      good_ = false;
      p_ = end_;
      return {};
    }
    const std::string s(p_, size);
    p_ += size;
    return s;
  }
  void skip(std::uint64_t kind) {
    if (kind == 0) {
      varint();
    } else {
      bytes(kind == 1 ? 8 : kind == 5 ? 4 : varint());
    }
  }

 private:
  const char* p_;
  const char* end_;
  bool good_ = true;
};

}  // namespace tessera::test
