#include "jpeg.h"

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <utility>

// Behind <cstdio>, whose names it uses.
#include <jpeglib.h>

#include <jerror.h>

namespace support {
namespace {

// libjpeg ends an operation by not returning from `error_exit`: a longjmp out of C code. Functions that are jumped out
// of hold nothing that has a destructor.
struct ErrorManager {
  jpeg_error_mgr base;  // first: libjpeg hands back a pointer to it
  std::jmp_buf failed;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void fail(j_common_ptr jpeg) {
  auto* manager = reinterpret_cast<ErrorManager*>(jpeg->err);
  jpeg->err->format_message(jpeg, manager->message);
  std::longjmp(manager->failed, 1);
}

// Warnings are damage that libjpeg paints over, but for those about what decoders are to tolerate.
void warn(j_common_ptr jpeg, int level) {
  const int code = jpeg->err->msg_code;
  if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM && code != JWRN_JFIF_MAJOR) fail(jpeg);
}

class Decoder {
 public:
  Decoder() {
    jpeg_.err = jpeg_std_error(&manager_.base);
    manager_.base.error_exit = fail;
    manager_.base.emit_message = warn;
    if (setjmp(manager_.failed)) throw ImageError(manager_.message);
    jpeg_create_decompress(&jpeg_);
  }
  ~Decoder() { jpeg_destroy_decompress(&jpeg_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Width, height and orientation are known afterwards.
  void read_header(const std::vector<std::uint8_t>& bytes) {
    if (setjmp(manager_.failed)) throw ImageError(manager_.message);
    jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xffff);
    jpeg_mem_src(&jpeg_, bytes.data(), bytes.size());
    jpeg_read_header(&jpeg_, TRUE);
    jpeg_.out_color_space = JCS_RGB;
  }

  // Into height rows of 3 * width bytes.
  void read_pixels(std::uint8_t* rgb) {
    if (setjmp(manager_.failed)) throw ImageError(manager_.message);
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = rgb + std::size_t{3} * jpeg_.output_width * jpeg_.output_scanline;
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_decompress(&jpeg_);
  }

  int width() const { return static_cast<int>(jpeg_.image_width); }
  int height() const { return static_cast<int>(jpeg_.image_height); }

  // Exif's orientation, 1 to 8; 1, upright, where the file does not tell.
  int orientation() const {
    for (auto* marker = jpeg_.marker_list; marker; marker = marker->next) {
      const int found = exif_orientation(marker->data, marker->data_length);
      if (found) return found;
    }
    return 1;
  }

 private:
  // Tag 0x112 of the first directory of a TIFF structure behind "Exif\0\0"; 0 where there is none.
  static int exif_orientation(const std::uint8_t* data, std::size_t length) {
    constexpr std::size_t kPrefix = 6, kEntry = 12;
    if (length < kPrefix + 8 || std::memcmp(data, "Exif\0", kPrefix) != 0) return 0;
    const std::uint8_t* tiff = data + kPrefix;
    const std::size_t size = length - kPrefix;
    const bool big_endian = tiff[0] == 'M';
    const auto number = [&](std::size_t at, std::size_t bytes) {
      std::size_t value = 0;
      for (std::size_t i = 0; i < bytes; ++i) value = 256 * value + tiff[at + (big_endian ? i : bytes - 1 - i)];
      return value;
    };
    const std::size_t directory = number(4, 4);
    if (directory > size - 2) return 0;
    const std::size_t entries = number(directory, 2);
    for (std::size_t i = 0; i < entries && directory + 2 + (i + 1) * kEntry <= size; ++i) {
      const std::size_t entry = directory + 2 + i * kEntry;
      if (number(entry, 2) == 0x112) {
        const std::size_t value = number(entry + 8, 2);
        return value >= 1 && value <= 8 ? static_cast<int>(value) : 0;
      }
    }
    return 0;
  }

  ErrorManager manager_ = {};
  jpeg_decompress_struct jpeg_ = {};
};

// The picture upright. An orientation tells on which sides of it the file's first row and first column lie: 1 top and
// left, 2 top and right, 3 bottom and right, 4 bottom and left, 5 left and top, 6 right and top, 7 right and bottom, 8
// left and bottom.
Image turn(Image image, int orientation) {
  if (orientation == 1) return image;
  const bool exchange = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image upright{exchange ? image.height : image.width, exchange ? image.width : image.height, {}};
  upright.rgb.resize(image.rgb.size());
  std::uint8_t* y = upright.rgb.data();
  for (int row = 0; row < upright.height; ++row) {
    for (int column = 0; column < upright.width; ++column, y += 3) {
      const int r = exchange ? column : row, c = exchange ? row : column;
      const std::ptrdiff_t from_row = from_bottom ? image.height - 1 - r : r;
      const std::ptrdiff_t from_column = from_right ? image.width - 1 - c : c;
      std::memcpy(y, image.rgb.data() + 3 * (from_row * image.width + from_column), 3);
    }
  }
  return upright;
}

}  // namespace

Image read_jpeg(const std::vector<std::uint8_t>& bytes, const std::function<void(int width, int height)>& check_size) {
  Decoder decoder;
  decoder.read_header(bytes);
  check_size(decoder.width(), decoder.height());
  const int orientation = decoder.orientation();  // gone when the pixels are read
  Image image{decoder.width(), decoder.height(), {}};
  image.rgb.resize(std::size_t{3} * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  decoder.read_pixels(image.rgb.data());
  return turn(std::move(image), orientation);
}

}  // namespace support
