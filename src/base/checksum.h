// The checksum of what is saved: a header with a field `checksum`, and what follows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tessera {

// FNV-1a on words of eight bytes, the last one filled up with zeros; the shift brings high bits down.
inline std::uint64_t hash_words(std::uint64_t h, const void* data, std::size_t size) {
  const char* p = static_cast<const char*>(data);
  for (std::size_t i = 0; i < size; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, p + i, size - i < 8 ? size - i : 8);
    h = (h ^ word) * 0x100000001B3u;
    h ^= h >> 29;
  }
  return h;
}

// Of the header with its own field 0, then of the rest. Every change of a single word changes it.
template <class Header>
std::uint64_t checksum(Header header, const void* rest, std::size_t size) {
  header.checksum = 0;
  return hash_words(hash_words(0xCBF29CE484222325u, &header, sizeof header), rest, size);
}

}  // namespace tessera
