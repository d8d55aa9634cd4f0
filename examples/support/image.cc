#include "image.h"

#include <png.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "jpeg.h"

namespace support {
namespace {

std::vector<std::uint8_t> read_file(const std::string& path) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(path.c_str(), "rb"), close);
  if (!file) throw ImageError(path + ": " + std::strerror(errno));
  std::vector<std::uint8_t> bytes;
  std::size_t got = 0;
  do {
    const std::size_t before = bytes.size();
    bytes.resize(before + (std::size_t{1} << 16));
    got = std::fread(bytes.data() + before, 1, bytes.size() - before, file.get());
    bytes.resize(before + got);
  } while (got > 0);
  if (std::ferror(file.get())) throw ImageError(path + ": " + std::strerror(errno));  // a folder, among others
  return bytes;
}

void check_size(std::int64_t width, std::int64_t height, std::int64_t max_pixels) {
  if (width < 1 || height < 1) throw ImageError("it has no pixels");
  if (width > max_pixels / height) {
    throw ImageError("at " + std::to_string(width) + " x " + std::to_string(height) + " pixels it is too large");
  }
}

// libpng's simplified interface does every conversion, and reports errors without longjmp.
Image read_png(const std::vector<std::uint8_t>& bytes, std::int64_t max_pixels) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> free_png(&png, png_image_free);
  if (!png_image_begin_read_from_memory(&png, bytes.data(), bytes.size())) throw ImageError(png.message);
  check_size(png.width, png.height, max_pixels);
  Image image{static_cast<int>(png.width), static_cast<int>(png.height), {}};
  png.format = PNG_FORMAT_RGB;
  image.rgb.resize(PNG_IMAGE_SIZE(png));
  const png_color white = {255, 255, 255};
  if (!png_image_finish_read(&png, &white, image.rgb.data(), 0, nullptr)) throw ImageError(png.message);
  if (PNG_IMAGE_FAILED(png)) throw ImageError(png.message);
  return image;
}

// The header of a PPM or PGM: numbers between white space and comments that begin with '#'.
class PnmHeader {
 public:
  explicit PnmHeader(const std::vector<std::uint8_t>& bytes) : bytes_(bytes) {}

  int number() {
    while (at_ < bytes_.size() && (is_space(bytes_[at_]) || bytes_[at_] == '#')) {
      if (bytes_[at_++] == '#') {
        while (at_ < bytes_.size() && bytes_[at_] != '\n') ++at_;
      }
    }
    int value = 0, digits = 0;
    for (; at_ < bytes_.size() && bytes_[at_] >= '0' && bytes_[at_] <= '9'; ++at_, ++digits) {
      if (value > kMaxPixels / 10) throw ImageError("a number in its header is too large");
      value = 10 * value + (bytes_[at_] - '0');
    }
    if (digits == 0) throw ImageError("its header is damaged");
    return value;
  }

  // Where the samples begin: behind the one byte of white space that ends the header.
  std::size_t samples() {
    if (at_ >= bytes_.size() || !is_space(bytes_[at_])) throw ImageError("its header is damaged");
    return at_ + 1;
  }

 private:
  static bool is_space(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
  const std::vector<std::uint8_t>& bytes_;
  std::size_t at_ = 2;  // behind the "P6"
};

Image read_pnm(const std::vector<std::uint8_t>& bytes, std::int64_t max_pixels) {
  PnmHeader header(bytes);
  const int width = header.number();
  const int height = header.number();
  const int highest = header.number();
  const std::size_t begin = header.samples();
  check_size(width, height, max_pixels);
  if (highest < 1 || highest > 65535) throw ImageError("its highest value is " + std::to_string(highest));
  const std::size_t channels = bytes[1] == '6' ? 3 : 1;
  const std::size_t sample_size = highest > 255 ? 2 : 1;
  const std::size_t pixels = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  if ((bytes.size() - begin) / (channels * sample_size) < pixels) throw ImageError("it is cut short");

  Image image{width, height, {}};
  image.rgb.resize(3 * pixels);
  const std::uint8_t* sample = bytes.data() + begin;
  for (std::size_t i = 0; i < 3 * pixels; ++i) {
    if (channels == 3 || i % 3 == 0) {
      const int value = sample_size == 2 ? 256 * sample[0] + sample[1] : sample[0];
      image.rgb[i] = static_cast<std::uint8_t>((255 * std::min(value, highest) + highest / 2) / highest);
      sample += sample_size;
    } else {
      image.rgb[i] = image.rgb[i - 1];
    }
  }
  return image;
}

bool begins_with(const std::vector<std::uint8_t>& bytes, const char* text, std::size_t length) {
  return bytes.size() >= length && std::memcmp(bytes.data(), text, length) == 0;
}

}  // namespace

Image parse_image(const std::vector<std::uint8_t>& bytes, std::int64_t max_pixels) {
  try {
    if (begins_with(bytes, "\x89PNG", 4)) return read_png(bytes, max_pixels);
    if (begins_with(bytes, "\xff\xd8", 2)) {
      return read_jpeg(bytes, [max_pixels](int width, int height) { check_size(width, height, max_pixels); });
    }
    if (begins_with(bytes, "P6", 2) || begins_with(bytes, "P5", 2)) return read_pnm(bytes, max_pixels);
  } catch (const std::bad_alloc&) {
    throw ImageError("no memory for it");
  }
  throw ImageError("neither PNG nor JPEG, nor a binary PPM or PGM");
}

Image read_image(const std::string& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  try {
    return parse_image(bytes);
  } catch (const ImageError& error) {
    throw ImageError(path + ": " + error.what());
  }
}

}  // namespace support
