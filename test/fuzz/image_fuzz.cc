// The readers of pictures in examples/support: bytes are an error, or a picture of as many pixels as it says. A PNG, a
// PPM and a PGM that were written come back, a JPEG in its size.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../examples/support/image.h"
#include "fuzz/damage.h"
#include "fuzz/fuzz.h"

// Behind <cstdio>, whose names it uses.
#include <jpeglib.h>
#include <png.h>

namespace tessera::fuzz {
namespace {

using Bytes = std::vector<std::uint8_t>;
using support::Image;

// Larger ones are refused before memory is taken: what a decoder does with them is nothing else, and slow.
constexpr Index kMostPixels = 1 << 16;

// Null where it was an error.
std::unique_ptr<Image> read(const Bytes& given) {
  const Bytes bytes(given.begin(), given.end());  // of exactly this size
  try {
    auto image = std::make_unique<Image>(support::parse_image(bytes, kMostPixels));
    FUZZ_EXPECT(image->width > 0 && image->height > 0, "%d x %d", image->width, image->height);
    const Index pixels = Index{image->width} * image->height;
    FUZZ_EXPECT(pixels <= kMostPixels && image->rgb.size() == static_cast<std::size_t>(3 * pixels), "%zu bytes",
                image->rgb.size());
    return image;
  } catch (const support::ImageError& error) {
    FUZZ_EXPECT(error.what()[0] != '\0', "no reason");
    return nullptr;
  }
}

Bytes png(const Image& image, bool palette) {
  png_image out = {};
  out.version = PNG_IMAGE_VERSION;
  out.width = static_cast<png_uint_32>(image.width);
  out.height = static_cast<png_uint_32>(image.height);
  out.format = palette ? PNG_FORMAT_RGB_COLORMAP : PNG_FORMAT_RGB;
  Bytes indices(image.rgb.size() / 3), colors(3 * 256);
  for (std::size_t i = 0; i < 256; ++i) colors[3 * i] = static_cast<std::uint8_t>(i);
  if (palette) {
    out.colormap_entries = 256;
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = image.rgb[3 * i];
  }
  const void* const pixels = palette ? indices.data() : image.rgb.data();
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(out) + 4096;
  Bytes bytes(size);
  FUZZ_EXPECT(png_image_write_to_memory(&out, bytes.data(), &size, 0, pixels, 0, colors.data()) != 0, "%s",
              out.message);
  bytes.resize(size);
  return bytes;
}

Bytes jpeg(const Image& image, bool progressive, Index restart) {
  jpeg_compress_struct out = {};
  jpeg_error_mgr errors;
  out.err = jpeg_std_error(&errors);
  jpeg_create_compress(&out);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&out, &memory, &size);
  out.image_width = static_cast<JDIMENSION>(image.width);
  out.image_height = static_cast<JDIMENSION>(image.height);
  out.input_components = 3;
  out.in_color_space = JCS_RGB;
  jpeg_set_defaults(&out);
  if (progressive) jpeg_simple_progression(&out);
  out.restart_interval = static_cast<unsigned>(restart);
  jpeg_start_compress(&out, TRUE);
  // An Exif segment: one entry, the orientation, which damage may change.
  const Bytes exif = {'E',  'x', 'i', 'f', 0, 0, 'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0,
                      0x12, 1,   3,   0,   1, 0, 0,   0,   1,  0, 0, 0, 0, 0, 0, 0};
  jpeg_write_marker(&out, JPEG_APP0 + 1, exif.data(), static_cast<unsigned>(exif.size()));
  while (out.next_scanline < out.image_height) {
    auto* row = const_cast<std::uint8_t*>(image.rgb.data()) + std::size_t{3} * out.next_scanline * out.image_width;
    jpeg_write_scanlines(&out, &row, 1);
  }
  jpeg_finish_compress(&out);
  Bytes bytes(memory, memory + size);
  std::free(memory);
  jpeg_destroy_compress(&out);
  return bytes;
}

Bytes pnm(const Image& image, bool grey) {
  const std::string header = std::string(grey ? "P5" : "P6") + " # a comment\n" + std::to_string(image.width) + "\t" +
                             std::to_string(image.height) + "\n255\n";
  Bytes bytes(header.begin(), header.end());
  for (std::size_t i = 0; i < image.rgb.size(); i += grey ? 3 : 1) bytes.push_back(image.rgb[i]);
  return bytes;
}

void written(Input& in, bool damaged) {
  Image image{static_cast<int>(in.integer(1, 20)), static_cast<int>(in.integer(1, 20)), {}};
  image.rgb.resize(std::size_t{3} * static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
  const std::uint8_t step = in.byte();
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<std::uint8_t>(i * step);
  const Index form = in.integer(0, 2);
  const bool other = in.flag();  // a palette, progressive, grey
  Bytes bytes = form == 0 ? png(image, other) : form == 1 ? jpeg(image, other, in.integer(0, 3)) : pnm(image, other);
  if (damaged) {
    damage(in, bytes, 6);
    read(bytes);
    return;
  }
  const std::unique_ptr<Image> got = read(bytes);
  FUZZ_EXPECT(got != nullptr && got->width == image.width && got->height == image.height, "no such picture");
  if (form == 1) return;  // its colours are near: test/read_text measures how near
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    const std::size_t of_red = i - i % 3;
    const int want = !other ? image.rgb[i] : form == 2 ? image.rgb[of_red] : i == of_red ? image.rgb[i] : 0;
    FUZZ_EXPECT(got->rgb[i] == want, "byte %zu is %d and not %d", i, got->rgb[i], want);
  }
}

}  // namespace
}  // namespace tessera::fuzz

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  const Index what = in.integer(0, 2);
  if (what > 0) return written(in, what == 2);
  const std::string_view rest = in.rest();
  read({rest.begin(), rest.end()});
}
