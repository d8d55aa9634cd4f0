// Rectangles at any angle, and the geometry that finds them.
//
// Coordinates: x to the right, y down; pixel (i, j) is the square from (i, j) to (i + 1, j + 1).
#pragma once

#include <array>
#include <vector>

namespace read_text {

struct Point {
  double x = 0;
  double y = 0;
};

struct Box {
  Point centre;
  Point along = {1, 0};  // unit vector: the direction in which text is read
  double width = 0;      // along it
  double height = 0;     // across it

  // Unit vector from the top of letters to their foot: `along`, turned clockwise by a right angle.
  Point down() const { return {-along.y, along.x}; }

  // Of the point that lies `a` widths along and `b` heights down from the upper left corner.
  Point at(double a, double b) const {
    const double x = (a - 0.5) * width, y = (b - 0.5) * height;
    return {centre.x + x * along.x + y * down().x, centre.y + x * along.y + y * down().y};
  }

  // Upper left, upper right, lower right, lower left, as a reader of the text sees them.
  std::array<Point, 4> corners() const { return {at(0, 0), at(1, 0), at(1, 1), at(0, 1)}; }

  // The same place, read upside down.
  Box turned() const { return {centre, {-along.x, -along.y}, width, height}; }

  // Every side moved outwards by `distance`.
  Box grown(double distance) const { return {centre, along, width + 2 * distance, height + 2 * distance}; }

  // The place in a picture that is `x` times as wide and `y` times as high. The sides stay at right angles, so with x
  // != y the corners of a slanted box are met in the mean only.
  Box scaled(double x, double y) const;
};

// The corners of the convex hull, each once and none on a side, in order around it. Fewer than three points where all
// lie on a line.
std::vector<Point> convex_hull(std::vector<Point> points);

// The rectangle of least area around the points, of which there is at least one; the longer side is not always its
// width: `along` points to the right, within 45 degrees.
Box smallest_box(const std::vector<Point>& points);

// Lines of text that run down the picture, at least 1.5 times as high as wide, are read from the top.
Box as_read(const Box& box);

}  // namespace read_text
