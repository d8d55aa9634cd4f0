#include "box.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace read_text {
namespace {

// Twice the area of the triangle: positive where a, b, c go clockwise (y points down).
double area2(const Point& a, const Point& b, const Point& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// The box with these sides' direction around the points.
Box box_along(const Point& along, const std::vector<Point>& points) {
  const Point down = {-along.y, along.x};
  double low_a = std::numeric_limits<double>::infinity(), low_d = low_a, high_a = -low_a, high_d = -low_a;
  for (const Point& p : points) {
    const double a = p.x * along.x + p.y * along.y, d = p.x * down.x + p.y * down.y;
    low_a = std::min(low_a, a), high_a = std::max(high_a, a);
    low_d = std::min(low_d, d), high_d = std::max(high_d, d);
  }
  const double a = (low_a + high_a) / 2, d = (low_d + high_d) / 2;
  return {{a * along.x + d * down.x, a * along.y + d * down.y}, along, high_a - low_a, high_d - low_d};
}

}  // namespace

Box Box::scaled(double x, double y) const {
  const auto length = [&](const Point& v) { return std::hypot(x * v.x, y * v.y); };
  const double stretch = length(along);
  return {{x * centre.x, y * centre.y},
          {x * along.x / stretch, y * along.y / stretch},
          width * stretch,
          height * length(down())};
}

// Andrew's monotone chain.
std::vector<Point> convex_hull(std::vector<Point> points) {
  const auto less = [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; };
  const auto equal = [](const Point& a, const Point& b) { return a.x == b.x && a.y == b.y; };
  std::sort(points.begin(), points.end(), less);
  points.erase(std::unique(points.begin(), points.end(), equal), points.end());
  if (points.size() < 3) return points;
  std::vector<Point> hull;
  for (int side = 0; side < 2; ++side) {
    const std::size_t begin = hull.size();
    for (const Point& p : points) {
      while (hull.size() >= begin + 2 && area2(hull[hull.size() - 2], hull.back(), p) <= 0) hull.pop_back();
      hull.push_back(p);
    }
    hull.pop_back();  // the first of the other side
    std::reverse(points.begin(), points.end());
  }
  return hull;
}

// A rectangle of least area has a side along one of the hull's (Freeman and Shapira 1975).
Box smallest_box(const std::vector<Point>& points) {
  const std::vector<Point> hull = convex_hull(points);
  Box best = box_along({1, 0}, hull);
  for (std::size_t i = 0; hull.size() > 1 && i < hull.size(); ++i) {
    const Point& from = hull[i];
    const Point& to = hull[(i + 1) % hull.size()];
    Point side = {to.x - from.x, to.y - from.y};
    const double length = std::hypot(side.x, side.y);
    side = {side.x / length, side.y / length};
    // One of its four turns by a right angle points to the right.
    if (std::abs(side.y) > std::abs(side.x)) side = {side.y, -side.x};
    if (side.x < 0) side = {-side.x, -side.y};
    const Box box = box_along(side, hull);
    if (box.width * box.height < best.width * best.height) best = box;
  }
  return best;
}

Box as_read(const Box& box) {
  if (box.height < 1.5 * box.width) return box;
  return {box.centre, box.down(), box.height, box.width};
}

}  // namespace read_text
