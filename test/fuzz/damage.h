// What happens to a file that was good.
#pragma once

#include <algorithm>

#include "fuzz/input.h"

namespace tessera::fuzz {

// Up to `most` bytes changed, put in, left out, or cut off from there on. Bytes is a string or a vector of bytes.
template <class Bytes>
void damage(Input& in, Bytes& bytes, Index most) {
  using Byte = typename Bytes::value_type;
  for (Index i = in.integer(0, most); i > 0 && !bytes.empty(); --i) {
    const auto at = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(in.integer(0, 65535)) % bytes.size());
    switch (in.integer(0, 7)) {
      case 0:
        bytes.insert(bytes.begin() + at, static_cast<Byte>(in.byte()));
        break;
      case 1:
        bytes.erase(bytes.begin() + at);
        break;
      case 2:
        bytes.resize(static_cast<std::size_t>(at) + 1);
        break;
      default:
        bytes[static_cast<std::size_t>(at)] = static_cast<Byte>(in.byte());
    }
  }
}

}  // namespace tessera::fuzz
