// JPEG files; image.h has the way in.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "image.h"

namespace support {

// `check_size` is called with width and height before memory is taken for them. Throws ImageError, and what check_size
// throws.
Image read_jpeg(const std::vector<std::uint8_t>& bytes, const std::function<void(int width, int height)>& check_size);

}  // namespace support
