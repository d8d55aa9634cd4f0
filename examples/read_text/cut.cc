#include "cut.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace read_text {
namespace {

// Adds the colour at a point, interpolated between the middles of pixels.
void add_colour(const support::Image& image, const Point& point, double* sum) {
  const double x = std::clamp(point.x - 0.5, 0.0, image.width - 1.0),
               y = std::clamp(point.y - 0.5, 0.0, image.height - 1.0);
  const int left = static_cast<int>(x), top = static_cast<int>(y);
  const int right = std::min(left + 1, image.width - 1), bottom = std::min(top + 1, image.height - 1);
  const auto pixel = [&](int row, int column) {
    return image.rgb.data() + 3 * (static_cast<std::ptrdiff_t>(row) * image.width + column);
  };
  const std::uint8_t* corner[4] = {pixel(top, left), pixel(top, right), pixel(bottom, left), pixel(bottom, right)};
  const double fx = x - left, fy = y - top;
  for (int c = 0; c < 3; ++c) {
    sum[c] +=
        (1 - fy) * ((1 - fx) * corner[0][c] + fx * corner[1][c]) + fy * ((1 - fx) * corner[2][c] + fx * corner[3][c]);
  }
}

}  // namespace

support::Image cut(const support::Image& image, const Box& box, int height) {
  // A box can be a line; as one of at least a pixel it has a shape.
  const double shape = box.width / std::max(box.height, 1.0);
  support::Image piece{std::max(1, static_cast<int>(std::lround(height * shape))), height, {}};
  piece.rgb.resize(std::size_t{3} * static_cast<std::size_t>(piece.width) * static_cast<std::size_t>(height));
  const int points = std::max(1, static_cast<int>(std::ceil(box.height / height)));  // to a pixel's side
  const double share = 1.0 / (points * points);
  std::uint8_t* y = piece.rgb.data();
  for (int row = 0; row < piece.height; ++row) {
    for (int column = 0; column < piece.width; ++column, y += 3) {
      double sum[3] = {0, 0, 0};
      for (int i = 0; i < points * points; ++i) {
        const double a = column + (i % points + 0.5) / points, b = row + (i / points + 0.5) / points;
        add_colour(image, box.at(a / piece.width, b / piece.height), sum);
      }
      for (int c = 0; c < 3; ++c) y[c] = static_cast<std::uint8_t>(std::lround(sum[c] * share));
    }
  }
  return piece;
}

}  // namespace read_text
