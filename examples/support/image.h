// Pictures from files, and pictures as what networks read.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace support {

// What is wrong with a file: "photo.jpg: it is cut short".
class ImageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Rows from the top, pixels from the left, three bytes each: red, green, blue.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

// A larger picture is an error: one of 3 bytes a pixel has 300 MB, and a file of a few bytes can claim any size.
inline constexpr std::int64_t kMaxPixels = 100'000'000;

// A PNG, JPEG, PPM or PGM (binary ones, P6 and P5), by its first bytes. Depths above 8 bits are rounded, transparency
// lies on white, a JPEG is turned as its Exif orientation says. Throws ImageError: none of these, damaged, of more than
// max_pixels, or too large for memory.
Image parse_image(const std::vector<std::uint8_t>& bytes, std::int64_t max_pixels = kMaxPixels);

// The same from a file, which the error names. Throws ImageError also where there is no such file.
Image read_image(const std::string& path);

// What a network was trained on: (value / 255 - mean) / deviation of each channel, in the order in which it takes them.
struct Normalization {
  bool bgr = false;  // blue first; mean and deviation stand in this order as well
  float mean[3] = {0, 0, 0};
  float deviation[3] = {1, 1, 1};
};

// Means and deviations of ImageNet, which most networks for pictures use.
inline constexpr Normalization kImageNet = {false, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}};

// The picture at height x width: y[3][height][width], channels apart (NCHW). Where it shrinks to half or less it is
// averaged by whole factors first, then interpolated linearly. Throws ImageError when it has no pixels or there is no
// memory.
void to_planes(const Image& image, int height, int width, const Normalization& normalization, float* y);

}  // namespace support
