#include "regions.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace read_text {
namespace {

// The outermost pixels of a region in each of its rows: they have the same convex hull as the whole of it.
struct Extent {
  int top = 0;
  std::vector<int> first, last;

  void add(int row, int column) {
    // A region is entered at its highest row, so it grows downwards only.
    const auto i = static_cast<std::size_t>(row - top);
    if (i >= first.size()) {
      first.resize(i + 1, column);
      last.resize(i + 1, column);
    }
    first[i] = std::min(first[i], column);
    last[i] = std::max(last[i], column);
  }

  std::vector<Point> points() const {
    std::vector<Point> result;
    for (std::size_t i = 0; i < first.size(); ++i) {
      const double y = top + static_cast<double>(i) + 0.5;
      result.push_back({first[i] + 0.5, y});
      if (last[i] != first[i]) result.push_back({last[i] + 0.5, y});
    }
    return result;
  }
};

class Map {
 public:
  Map(const float* values, int height, int width, float threshold)
      : values_(values), height_(height), width_(width), open_(static_cast<std::size_t>(height) * width) {
    for (std::size_t i = 0; i < open_.size(); ++i) open_[i] = values[i] > threshold;
  }

  bool open(int row, int column) const { return open_[index(row, column)]; }

  // The region of this pixel, which is taken off the map.
  Extent take(int row, int column) {
    Extent extent{row, {}, {}};
    close(row, column);
    while (!stack_.empty()) {
      const Pixel pixel = stack_.back();
      stack_.pop_back();
      extent.add(pixel.row, pixel.column);
      for (int r = std::max(0, pixel.row - 1); r <= std::min(height_ - 1, pixel.row + 1); ++r) {
        for (int c = std::max(0, pixel.column - 1); c <= std::min(width_ - 1, pixel.column + 1); ++c) {
          if (open(r, c)) close(r, c);
        }
      }
    }
    return extent;
  }

  // Mean over the pixels whose middles lie in the box or on its border; 0 where there are none.
  double mean(const Box& box) const {
    const Point down = box.down();
    const double reach_x = (std::abs(box.along.x) * box.width + std::abs(down.x) * box.height) / 2 + 1;
    const double reach_y = (std::abs(box.along.y) * box.width + std::abs(down.y) * box.height) / 2 + 1;
    const int top = std::max(0, static_cast<int>(box.centre.y - reach_y));
    const int bottom = std::min(height_, static_cast<int>(box.centre.y + reach_y) + 1);
    const int left = std::max(0, static_cast<int>(box.centre.x - reach_x));
    const int right = std::min(width_, static_cast<int>(box.centre.x + reach_x) + 1);
    constexpr double kRounding = 1e-6;
    double sum = 0;
    std::size_t count = 0;
    for (int row = top; row < bottom; ++row) {
      for (int column = left; column < right; ++column) {
        const double x = column + 0.5 - box.centre.x, y = row + 0.5 - box.centre.y;
        if (std::abs(x * box.along.x + y * box.along.y) > box.width / 2 + kRounding ||
            std::abs(x * down.x + y * down.y) > box.height / 2 + kRounding) {
          continue;
        }
        sum += static_cast<double>(values_[index(row, column)]);
        ++count;
      }
    }
    return count > 0 ? sum / static_cast<double>(count) : 0;
  }

 private:
  struct Pixel {
    int row, column;
  };

  std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(column);
  }
  void close(int row, int column) {
    open_[index(row, column)] = false;
    stack_.push_back({row, column});
  }

  const float* values_;
  int height_, width_;
  std::vector<bool> open_;  // text that no region has yet
  std::vector<Pixel> stack_;
};

}  // namespace

std::vector<Region> find_regions(const float* map, int height, int width, const RegionOptions& options) {
  std::vector<Region> regions;
  Map text(map, height, width, options.threshold);
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      if (!text.open(row, column)) continue;
      const Box core = smallest_box(text.take(row, column).points());
      if (std::min(core.width, core.height) < options.side) continue;
      const double score = text.mean(core);
      if (score < options.score) continue;
      const double perimeter = 2 * (core.width + core.height);  // 0 of a single pixel
      const double distance = perimeter > 0 ? options.unclip * core.width * core.height / perimeter : 0;
      regions.push_back({as_read(core.grown(distance)), score});
    }
  }
  return regions;
}

std::vector<std::vector<std::size_t>> reading_order(const std::vector<Box>& boxes) {
  // The page's own directions: those of most of its text.
  Point along = {0, 0};
  for (const Box& box : boxes) {
    along.x += box.width * box.along.x;
    along.y += box.width * box.along.y;
  }
  if (along.x == 0 && along.y == 0) along = {1, 0};
  const double length = std::hypot(along.x, along.y);
  const auto column = [&](std::size_t i) {
    return (boxes[i].centre.x * along.x + boxes[i].centre.y * along.y) / length;
  };
  const auto row = [&](std::size_t i) { return (boxes[i].centre.y * along.x - boxes[i].centre.x * along.y) / length; };

  std::vector<std::size_t> order(boxes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return row(a) < row(b); });
  std::vector<std::vector<std::size_t>> lines;
  for (const std::size_t i : order) {
    if (!lines.empty()) {
      const std::size_t before = lines.back().back();
      if (row(i) - row(before) < std::min(boxes[before].height, boxes[i].height) / 2) {
        lines.back().push_back(i);
        continue;
      }
    }
    lines.push_back({i});
  }
  for (auto& line : lines) {
    std::stable_sort(line.begin(), line.end(), [&](std::size_t a, std::size_t b) { return column(a) < column(b); });
  }
  return lines;
}

}  // namespace read_text
