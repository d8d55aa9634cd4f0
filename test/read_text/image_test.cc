// Pictures from files: what was written comes back, and what is damaged is an error and nothing worse.
#include "support/image.h"

#include <gtest/gtest.h>
#include <png.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

// Behind <cstdio>, whose names it uses.
#include <jpeglib.h>

namespace {

using Bytes = std::vector<std::uint8_t>;
using support::Image;
using support::ImageError;

class Random {
 public:
  explicit Random(std::uint32_t seed) : state_(seed) {}
  std::uint32_t below(std::uint32_t n) {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<std::uint32_t>((std::uint64_t{state_} * n) >> 32);
  }

 private:
  std::uint32_t state_;
};

class File {
 public:
  explicit File(const Bytes& bytes) : path_(testing::TempDir() + "image_" + std::to_string(getpid())) {
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    for (const std::uint8_t byte : bytes) EXPECT_NE(std::putc(byte, file), EOF);
    std::fclose(file);
  }
  ~File() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Image read(const Bytes& bytes) { return support::read_image(File(bytes).path()); }
Image read(const std::string& text) { return read(Bytes(text.begin(), text.end())); }

// The message of the error, without the path; empty where there was none.
template <class Content>
std::string error_of(const Content& content) {
  try {
    read(content);
  } catch (const ImageError& error) {
    const std::string text = error.what();
    return text.substr(text.find(": ") + 2);
  }
  return "";
}

Image random_image(int width, int height, std::uint32_t seed) {
  Random random(seed);
  Image image{width, height, Bytes(static_cast<std::size_t>(3 * width * height))};
  for (auto& value : image.rgb) value = static_cast<std::uint8_t>(random.below(256));
  return image;
}

Bytes png(const Bytes& pixels, int width, int height, png_uint_32 format) {
  png_image out = {};
  out.version = PNG_IMAGE_VERSION;
  out.width = static_cast<png_uint_32>(width);
  out.height = static_cast<png_uint_32>(height);
  out.format = format;
  png_alloc_size_t size = 0;
  EXPECT_TRUE(png_image_write_get_memory_size(out, size, 0, pixels.data(), 0, nullptr));
  Bytes bytes(size);
  EXPECT_TRUE(png_image_write_to_memory(&out, bytes.data(), &size, 0, pixels.data(), 0, nullptr));
  bytes.resize(size);
  return bytes;
}

// What a camera writes: an Exif segment whose only entry is the orientation.
Bytes exif(int orientation, bool big_endian) {
  Bytes bytes = {'E', 'x', 'i', 'f', 0, 0};
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) {
      bytes.push_back(static_cast<std::uint8_t>(value >> (8 * (big_endian ? size - 1 - i : i))));
    }
  };
  bytes.insert(bytes.end(), 2, big_endian ? 'M' : 'I');
  put(42, 2), put(8, 4), put(1, 2);
  put(0x112, 2), put(3, 2), put(1, 4), put(static_cast<std::uint32_t>(orientation), 2), put(0, 2);
  return bytes;
}

Bytes jpeg(const Bytes& pixels, int width, int height, int channels, const Bytes& app1 = {}) {
  jpeg_compress_struct out = {};
  jpeg_error_mgr errors;
  out.err = jpeg_std_error(&errors);
  jpeg_create_compress(&out);
  unsigned char* memory = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&out, &memory, &size);
  out.image_width = static_cast<JDIMENSION>(width);
  out.image_height = static_cast<JDIMENSION>(height);
  out.input_components = channels;
  out.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&out);
  jpeg_set_quality(&out, 100, TRUE);
  for (int i = 0; i < channels; ++i) out.comp_info[i].h_samp_factor = out.comp_info[i].v_samp_factor = 1;
  jpeg_start_compress(&out, TRUE);
  if (!app1.empty()) jpeg_write_marker(&out, JPEG_APP0 + 1, app1.data(), static_cast<unsigned>(app1.size()));
  while (out.next_scanline < out.image_height) {
    auto* row =
        const_cast<std::uint8_t*>(pixels.data()) + static_cast<std::size_t>(out.next_scanline) * width * channels;
    jpeg_write_scanlines(&out, &row, 1);
  }
  jpeg_finish_compress(&out);
  Bytes bytes(memory, memory + size);
  std::free(memory);
  jpeg_destroy_compress(&out);
  return bytes;
}

void expect_near(const Image& image, const Image& expected, int tolerance) {
  ASSERT_EQ(image.width, expected.width);
  ASSERT_EQ(image.height, expected.height);
  ASSERT_EQ(image.rgb.size(), expected.rgb.size());
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    ASSERT_LE(std::abs(image.rgb[i] - expected.rgb[i]), tolerance) << "byte " << i;
  }
}

TEST(Png, ComesBack) {
  const Image image = random_image(37, 23, 1);
  expect_near(read(png(image.rgb, 37, 23, PNG_FORMAT_RGB)), image, 0);
}

TEST(Png, GreyHasThreeChannels) {
  const Image image = read(png({10, 200}, 2, 1, PNG_FORMAT_GRAY));
  EXPECT_EQ(image.rgb, (Bytes{10, 10, 10, 200, 200, 200}));
}

TEST(Png, TransparencyLiesOnWhite) {
  const Image image = read(png({9, 8, 7, 255, 9, 8, 7, 0}, 2, 1, PNG_FORMAT_RGBA));
  EXPECT_EQ(image.rgb, (Bytes{9, 8, 7, 255, 255, 255}));
}

TEST(Png, DamageIsAnError) {
  const Image image = random_image(16, 9, 2);
  const Bytes bytes = png(image.rgb, 16, 9, PNG_FORMAT_RGB);
  constexpr std::size_t kEnd = 12;  // the IEND chunk: all pixels lie before it
  for (std::size_t size = 4; size < bytes.size() - kEnd; ++size) {
    EXPECT_NE(error_of(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))), "")
        << size << " bytes";
  }
  for (std::size_t at = 4; at < bytes.size() - kEnd; ++at) {
    Bytes damaged = bytes;
    damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ 0x41);
    if (error_of(damaged) == "") expect_near(read(damaged), image, 0);  // in what does not matter
  }
}

// Smooth, so that JPEG keeps it.
Image gradient(int width, int height) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int value : {40 + 4 * x, 200 - 3 * y, 100 + x + y}) image.rgb.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return image;
}

TEST(Jpeg, ComesBack) {
  const Image image = gradient(31, 18);
  expect_near(read(jpeg(image.rgb, 31, 18, 3)), image, 3);
}

TEST(Jpeg, GreyHasThreeChannels) {
  const Image image = read(jpeg(Bytes(64, 77), 8, 8, 1));
  expect_near(image, {8, 8, Bytes(3 * 64, 77)}, 1);
}

TEST(Jpeg, IsTurnedAsExifSays) {
  constexpr int kWidth = 31, kHeight = 18;
  const Image stored = read(jpeg(gradient(kWidth, kHeight).rgb, kWidth, kHeight, 3));
  const auto pixel = [&](int x, int y) { return stored.rgb.data() + 3 * (y * kWidth + x); };
  constexpr int w = kWidth - 1, h = kHeight - 1;
  // Where the file has what is seen at (x, y).
  const std::vector<std::function<const std::uint8_t*(int, int)>> source = {
      [&](int x, int y) { return pixel(x, y); },         [&](int x, int y) { return pixel(w - x, y); },
      [&](int x, int y) { return pixel(w - x, h - y); }, [&](int x, int y) { return pixel(x, h - y); },
      [&](int x, int y) { return pixel(y, x); },         [&](int x, int y) { return pixel(y, h - x); },
      [&](int x, int y) { return pixel(w - y, h - x); }, [&](int x, int y) { return pixel(w - y, x); }};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    for (const bool big_endian : {false, true}) {
      const Bytes file = jpeg(gradient(kWidth, kHeight).rgb, kWidth, kHeight, 3, exif(orientation, big_endian));
      Image expected{orientation >= 5 ? kHeight : kWidth, orientation >= 5 ? kWidth : kHeight, {}};
      for (int y = 0; y < expected.height; ++y) {
        for (int x = 0; x < expected.width; ++x) {
          const std::uint8_t* from = source[static_cast<std::size_t>(orientation - 1)](x, y);
          expected.rgb.insert(expected.rgb.end(), from, from + 3);
        }
      }
      expect_near(read(file), expected, 0);
    }
  }
}

TEST(Jpeg, BrokenExifIsPassedOver) {
  const Image image = gradient(16, 16);
  Random random(3);
  for (int i = 0; i < 300; ++i) {
    Bytes segment = exif(6, i % 2);
    for (std::uint32_t n = random.below(3); n < 3; ++n) {
      segment[random.below(static_cast<std::uint32_t>(segment.size()))] = static_cast<std::uint8_t>(random.below(256));
    }
    segment.resize(random.below(static_cast<std::uint32_t>(segment.size())) + 1);
    EXPECT_EQ(read(jpeg(image.rgb, 16, 16, 3, segment)).width, 16) << i;
  }
}

TEST(Jpeg, DamageIsAnError) {
  const Bytes bytes = jpeg(gradient(24, 16).rgb, 24, 16, 3);
  for (std::size_t size = 2; size < bytes.size(); ++size) {
    EXPECT_NE(error_of(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))), "")
        << size << " bytes";
  }
  for (std::size_t at = 2; at < bytes.size(); ++at) {  // some of it cannot be noticed
    Bytes damaged = bytes;
    damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ 0x41);
    error_of(damaged);
  }
}

TEST(Jpeg, ClaimedSizeIsBounded) {
  Bytes bytes = jpeg(gradient(24, 16).rgb, 24, 16, 3);
  std::size_t frame = 0;
  while (bytes[frame] != 0xff || bytes[frame + 1] != 0xc0) ++frame;
  for (std::size_t i = 5; i < 9; ++i) bytes[frame + i] = 0xfe;  // height, width
  EXPECT_EQ(error_of(bytes), "at 65278 x 65278 pixels it is too large");
}

TEST(Pnm, Forms) {
  EXPECT_EQ(read("P6 2 1 255\n"
                 "abcdef")
                .rgb,
            (Bytes{'a', 'b', 'c', 'd', 'e', 'f'}));
  EXPECT_EQ(read("P6\n# of a camera\n2#\n1\n255\n"
                 "abcdef")
                .rgb,
            (Bytes{'a', 'b', 'c', 'd', 'e', 'f'}));
  EXPECT_EQ(read("P5 1 2 255\n"
                 "az")
                .rgb,
            (Bytes{'a', 'a', 'a', 'z', 'z', 'z'}));
  EXPECT_EQ(read(Bytes{'P', '5', ' ', '3', ' ', '1', ' ', '1', '5', '\n', 0, 7, 15}).rgb,
            (Bytes{0, 0, 0, 119, 119, 119, 255, 255, 255}));
  EXPECT_EQ(read(Bytes{'P', '5', ' ', '2', ' ', '1', ' ', '6', '5', '5', '3', '5', '\n', 255, 255, 128, 0}).rgb,
            (Bytes{255, 255, 255, 128, 128, 128}));
}

TEST(Pnm, Errors) {
  EXPECT_EQ(error_of(std::string("P6 2 1 255\nabcde")), "it is cut short");
  EXPECT_EQ(error_of(std::string("P6 2 1 65535\nabcdefghijk")), "it is cut short");
  EXPECT_EQ(error_of(std::string("P6 0 1 255\n")), "it has no pixels");
  EXPECT_EQ(error_of(std::string("P6 1 1 0\nabc")), "its highest value is 0");
  EXPECT_EQ(error_of(std::string("P6 1 1 65536\nabc")), "its highest value is 65536");
  EXPECT_EQ(error_of(std::string("P6 10001 10000 255\n")), "at 10001 x 10000 pixels it is too large");
  EXPECT_EQ(error_of(std::string("P6 99999999999 1 255\n")), "a number in its header is too large");
  for (const char* header : {"P6", "P6 ", "P6 1", "P6 x", "P6 1 1", "P6 1 1 255", "P6 # 1 1 255\n", "P6 1 1 255a"}) {
    EXPECT_EQ(error_of(std::string(header)), "its header is damaged") << header;
  }
}

TEST(Image, OtherFiles) {
  EXPECT_EQ(error_of(std::string("GIF89a")), "neither PNG nor JPEG, nor a binary PPM or PGM");
  EXPECT_EQ(error_of(std::string()), "neither PNG nor JPEG, nor a binary PPM or PGM");
  for (const auto& [path, text] : {std::pair{"/nowhere/x.png", "/nowhere/x.png: No such file or directory"},
                                   std::pair{"/", "/: Is a directory"}}) {
    try {
      support::read_image(path);
      FAIL() << path;
    } catch (const ImageError& error) {
      EXPECT_STREQ(error.what(), text);
    }
  }
}

// The same in double precision, a pixel at a time.
double plane_value(const Image& image, int channel, int row, int column, int height, int width) {
  const int fy = std::max(1, image.height / height), fx = std::max(1, image.width / width);
  const int rows = (image.height + fy - 1) / fy, columns = (image.width + fx - 1) / fx;
  const auto averaged = [&](int r, int c) {
    int sum = 0, count = 0;
    for (int y = r * fy; y < std::min(image.height, (r + 1) * fy); ++y) {
      for (int x = c * fx; x < std::min(image.width, (c + 1) * fx); ++x, ++count) {
        sum += image.rgb[static_cast<std::size_t>(3 * (y * image.width + x) + channel)];
      }
    }
    return std::nearbyint(static_cast<double>(sum) / count);
  };
  const double y = std::min(std::max((row + 0.5) * rows / height - 0.5, 0.0), rows - 1.0);
  const double x = std::min(std::max((column + 0.5) * columns / width - 0.5, 0.0), columns - 1.0);
  const int top = static_cast<int>(y), left = static_cast<int>(x);
  const int bottom = std::min(top + 1, rows - 1), right = std::min(left + 1, columns - 1);
  return (1 - (y - top)) * ((1 - (x - left)) * averaged(top, left) + (x - left) * averaged(top, right)) +
         (y - top) * ((1 - (x - left)) * averaged(bottom, left) + (x - left) * averaged(bottom, right));
}

TEST(Planes, AreTheNormalizedPicture) {
  const Image image = random_image(50, 33, 4);
  for (const bool bgr : {false, true}) {
    for (const auto& [height, width] :
         {std::pair{33, 50}, {66, 75}, {20, 40}, {16, 25}, {11, 12}, {5, 7}, {1, 1}, {33, 9}}) {
      SCOPED_TRACE(testing::Message() << height << " x " << width << (bgr ? " bgr" : " rgb"));
      const support::Normalization normalization = {bgr, {0.4f, 0.5f, 0.6f}, {0.25f, 0.5f, 0.75f}};
      std::vector<float> planes(static_cast<std::size_t>(3 * height * width), -1);
      support::to_planes(image, height, width, normalization, planes.data());
      for (int c = 0; c < 3; ++c) {
        const double mean = static_cast<double>(normalization.mean[c]);
        const double deviation = static_cast<double>(normalization.deviation[c]);
        for (int row = 0; row < height; ++row) {
          for (int column = 0; column < width; ++column) {
            const double value = plane_value(image, bgr ? 2 - c : c, row, column, height, width);
            // Positions are known to 2^-24 of 50 pixels, whose values differ by up to 255; the rest is a few roundings.
            const double bound = (50 + 8) * 255 * std::ldexp(1, -24) / (255 * deviation);
            ASSERT_NEAR(static_cast<double>(planes[static_cast<std::size_t>((c * height + row) * width + column)]),
                        (value / 255 - mean) / deviation, bound)
                << c << " " << row << " " << column;
          }
        }
      }
    }
  }
}

TEST(Planes, NoPixelsAreAnError) {
  float y[3];
  EXPECT_THROW(support::to_planes(Image{}, 1, 1, support::kImageNet, y), ImageError);
  EXPECT_THROW(support::to_planes(random_image(2, 2, 5), 0, 1, support::kImageNet, y), ImageError);
}

}  // namespace
