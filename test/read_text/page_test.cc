// From a map of probabilities to text: boxes, regions, order, pieces of a picture, characters.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "alphabet.h"
#include "box.h"
#include "cut.h"
#include "regions.h"

namespace read_text {
namespace {

constexpr double kPi = 3.14159265358979323846;

Point direction(double degrees) { return {std::cos(degrees * kPi / 180), std::sin(degrees * kPi / 180)}; }

// Positive: b lies clockwise of a, y pointing down.
double cross(const Point& a, const Point& b) { return a.x * b.y - a.y * b.x; }
Point minus(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y}; }

std::vector<Point> random_points(std::mt19937& random, int count, double range) {
  std::uniform_real_distribution<double> value(0, range);
  std::vector<Point> points(static_cast<std::size_t>(count));
  for (Point& p : points) p = {value(random), value(random)};
  return points;
}

void expect_box(const Box& box, const Box& expected, double tolerance) {
  EXPECT_NEAR(box.centre.x, expected.centre.x, tolerance);
  EXPECT_NEAR(box.centre.y, expected.centre.y, tolerance);
  EXPECT_NEAR(box.along.x, expected.along.x, tolerance);
  EXPECT_NEAR(box.along.y, expected.along.y, tolerance);
  EXPECT_NEAR(box.width, expected.width, tolerance);
  EXPECT_NEAR(box.height, expected.height, tolerance);
}

TEST(ConvexHull, HoldsAllPointsAndTurnsOneWay) {
  std::mt19937 random(1);
  for (int count = 3; count < 60; ++count) {
    std::vector<Point> points = random_points(random, count, 100);
    points.push_back(points[0]);  // twice
    const std::vector<Point> hull = convex_hull(points);
    ASSERT_GE(hull.size(), 3u);
    for (std::size_t i = 0; i < hull.size(); ++i) {
      const Point& a = hull[i];
      const Point& b = hull[(i + 1) % hull.size()];
      const Point& c = hull[(i + 2) % hull.size()];
      EXPECT_GT(cross(minus(b, a), minus(c, b)), 0);
      for (const Point& p : points) EXPECT_GE(cross(minus(b, a), minus(p, a)), -1e-9) << count;
    }
  }
}

TEST(ConvexHull, OfALine) {
  EXPECT_EQ(convex_hull({{2, 3}}).size(), 1u);
  EXPECT_EQ(convex_hull({{2, 3}, {2, 3}}).size(), 1u);
  EXPECT_EQ(convex_hull({{2, 3}, {4, 5}, {3, 4}, {6, 7}}).size(), 2u);
  EXPECT_EQ(convex_hull({{0, 0}, {1, 0}, {2, 0}, {2, 1}, {2, 2}, {0, 2}, {1, 1}}).size(), 4u);  // none on a side
}

TEST(SmallestBox, FindsARectangle) {
  std::mt19937 random(2);
  std::uniform_real_distribution<double> place(0, 1);
  for (double degrees = -44.5; degrees < 45; degrees += 1.5) {
    const Box expected{{50, 60}, direction(degrees), 40, 9};
    const std::array<Point, 4> corners = expected.corners();
    std::vector<Point> points(corners.begin(), corners.end());
    for (int i = 0; i < 50; ++i) points.push_back(expected.at(place(random), place(random)));
    expect_box(smallest_box(points), expected, 1e-9);
  }
}

TEST(SmallestBox, IsTheSmallestOfAllAngles) {
  std::mt19937 random(3);
  for (int round = 0; round < 40; ++round) {
    const std::vector<Point> points = random_points(random, 3 + round, 50);
    const Box box = smallest_box(points);
    EXPECT_GE(box.along.x, std::sqrt(0.5) - 1e-12);
    for (const Point& p : points) {
      const Point q = minus(p, box.centre);
      EXPECT_LE(std::abs(q.x * box.along.x + q.y * box.along.y), box.width / 2 + 1e-9);
      EXPECT_LE(std::abs(cross(box.along, q)), box.height / 2 + 1e-9);
    }
    double smallest = 1e300;
    for (double degrees = 0; degrees < 90; degrees += 0.05) {
      const Point a = direction(degrees);
      double low_a = 1e300, high_a = -1e300, low_d = 1e300, high_d = -1e300;
      for (const Point& p : points) {
        low_a = std::min(low_a, p.x * a.x + p.y * a.y), high_a = std::max(high_a, p.x * a.x + p.y * a.y);
        low_d = std::min(low_d, cross(a, p)), high_d = std::max(high_d, cross(a, p));
      }
      smallest = std::min(smallest, (high_a - low_a) * (high_d - low_d));
    }
    EXPECT_LE(box.width * box.height, smallest + 1e-9);
    EXPECT_GE(box.width * box.height, 0.98 * smallest);  // the angles are 0.05 degrees apart
  }
}

TEST(SmallestBox, OfFewPoints) {
  expect_box(smallest_box({{3, 4}}), {{3, 4}, {1, 0}, 0, 0}, 0);
  expect_box(smallest_box({{0, 0}, {6, 8}, {3, 4}}), {{3, 4}, {0.8, -0.6}, 0, 10}, 1e-12);
  expect_box(smallest_box({{0, 0}, {8, 6}}), {{4, 3}, {0.8, 0.6}, 10, 0}, 1e-12);
}

TEST(Box, Forms) {
  const Box box{{10, 20}, {1, 0}, 8, 2};
  expect_box(box.grown(3), {{10, 20}, {1, 0}, 14, 8}, 0);
  expect_box(box.scaled(2, 3), {{20, 60}, {1, 0}, 16, 6}, 1e-12);
  expect_box(as_read(box), box, 0);
  expect_box(as_read({{10, 20}, {1, 0}, 2, 2.9}), {{10, 20}, {1, 0}, 2, 2.9}, 0);
  expect_box(as_read({{10, 20}, {1, 0}, 2, 3}), {{10, 20}, {0, 1}, 3, 2}, 0);
  const std::array<Point, 4> corners = box.corners(), turned = box.turned().corners();
  const Point expected[4] = {{6, 19}, {14, 19}, {14, 21}, {6, 21}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(corners[i].x, expected[i].x, 1e-12) << i;
    EXPECT_NEAR(corners[i].y, expected[i].y, 1e-12) << i;
    EXPECT_NEAR(turned[i].x, expected[(i + 2) % 4].x, 1e-12) << i;
    EXPECT_NEAR(turned[i].y, expected[(i + 2) % 4].y, 1e-12) << i;
  }
}

struct Canvas {
  int height = 0, width = 0;
  std::vector<float> values = std::vector<float>(static_cast<std::size_t>(height * width));
  float& at(int row, int column) { return values[static_cast<std::size_t>(row * width + column)]; }
  void fill(int top, int left, int rows, int columns, float value) {
    for (int r = top; r < top + rows; ++r) {
      for (int c = left; c < left + columns; ++c) at(r, c) = value;
    }
  }
  std::vector<Region> regions(const RegionOptions& options = {}) {
    return find_regions(values.data(), height, width, options);
  }
};

TEST(Regions, OneLine) {
  Canvas canvas{40, 160};
  canvas.fill(10, 20, 11, 101, 0.75f);
  const std::vector<Region> regions = canvas.regions();
  ASSERT_EQ(regions.size(), 1u);
  // Middles of pixels span 100 x 10; 1.5 * 1000 / 220 is added on every side.
  const double grow = 1.5 * 1000 / 220;
  expect_box(regions[0].box, {{70.5, 15.5}, {1, 0}, 100 + 2 * grow, 10 + 2 * grow}, 1e-9);
  EXPECT_NEAR(regions[0].score, 0.75, 1e-9);
}

TEST(Regions, RunningDownTheMap) {
  Canvas canvas{100, 40};
  canvas.fill(10, 20, 61, 11, 1);
  const std::vector<Region> regions = canvas.regions();
  ASSERT_EQ(regions.size(), 1u);
  const double grow = 1.5 * 600 / 140;
  expect_box(regions[0].box, {{25.5, 40.5}, {0, 1}, 60 + 2 * grow, 10 + 2 * grow}, 1e-9);
}

TEST(Regions, WhatIsDropped) {
  Canvas canvas{40, 200};
  canvas.fill(0, 0, 40, 200, 0.3f);   // the threshold itself is not above it
  canvas.fill(2, 2, 10, 40, 0.59f);   // too uncertain
  canvas.fill(2, 60, 3, 40, 1);       // 2 from the first row's middle to the last one's
  canvas.fill(2, 120, 4, 40, 1);      // 3: stays
  canvas.fill(20, 2, 10, 40, 0.61f);  // stays
  EXPECT_EQ(canvas.regions().size(), 2u);
  EXPECT_EQ(canvas.regions({0.3f, 0.5, 1.5, 3}).size(), 3u);
  EXPECT_EQ(canvas.regions({0.3f, 0.6, 1.5, 2}).size(), 3u);
  EXPECT_EQ(canvas.regions({0.6f, 0.6, 1.5, 3}).size(), 2u);
  EXPECT_EQ(canvas.regions({0.62f, 0.6, 1.5, 3}).size(), 1u);
}

TEST(Regions, CornersTouch) {
  Canvas canvas{20, 20};
  canvas.fill(2, 2, 5, 5, 1);
  canvas.fill(7, 7, 5, 5, 1);
  EXPECT_EQ(canvas.regions({0.3f, 0, 1.5, 3}).size(), 1u);
  canvas.at(7, 7) = 0;
  EXPECT_EQ(canvas.regions({0.3f, 0, 1.5, 3}).size(), 2u);
}

// Marks are spread to neighbours until nothing changes; a region's box is that of all of its pixels.
std::vector<Box> regions_by_spreading(Canvas& canvas) {
  std::vector<int> mark(canvas.values.size());
  for (std::size_t i = 0; i < mark.size(); ++i) mark[i] = canvas.values[i] > 0.3f ? static_cast<int>(i) : -1;
  const auto at = [&](int r, int c) -> int& { return mark[static_cast<std::size_t>(r * canvas.width + c)]; };
  for (bool changed = true; changed;) {
    changed = false;
    for (int r = 0; r < canvas.height; ++r) {
      for (int c = 0; c < canvas.width; ++c) {
        for (int i = 0; at(r, c) >= 0 && i < 9; ++i) {
          const int y = r + i / 3 - 1, x = c + i % 3 - 1;
          if (y < 0 || y >= canvas.height || x < 0 || x >= canvas.width || at(y, x) < 0) continue;
          if (at(y, x) < at(r, c)) at(r, c) = at(y, x), changed = true;
        }
      }
    }
  }
  std::vector<Box> boxes;
  for (int i = 0; i < canvas.height * canvas.width; ++i) {
    std::vector<Point> points;
    for (int j = i; j < canvas.height * canvas.width; ++j) {
      if (mark[static_cast<std::size_t>(j)] == i) points.push_back({j % canvas.width + 0.5, j / canvas.width + 0.5});
    }
    if (!points.empty()) boxes.push_back(smallest_box(points));
  }
  return boxes;
}

TEST(Regions, AgreeWithSpreadingMarks) {
  std::mt19937 random(4);
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    Canvas canvas{17, 23};
    std::bernoulli_distribution open(0.15 + 0.01 * round);
    for (float& value : canvas.values) value = open(random) ? 1.0f : 0.0f;
    const std::vector<Box> expected = regions_by_spreading(canvas);
    const std::vector<Region> regions = canvas.regions({0.3f, 0, 0, 0});
    ASSERT_EQ(regions.size(), expected.size());
    for (std::size_t i = 0; i < regions.size(); ++i) expect_box(regions[i].box, as_read(expected[i]), 1e-9);
  }
}

TEST(ReadingOrder, LinesThenColumnsAtAnyAngle) {
  // Two columns whose lines are not quite level, and a headline.
  const std::vector<Box> page = {{{300, 72}, {1, 0}, 180, 20}, {{100, 65}, {1, 0}, 180, 20},
                                 {{200, 20}, {1, 0}, 380, 30}, {{100, 99}, {1, 0}, 180, 20},
                                 {{300, 96}, {1, 0}, 180, 20}, {{300, 130}, {1, 0}, 180, 20}};
  const std::vector<std::vector<std::size_t>> expected = {{2}, {1, 0}, {3, 4}, {5}};
  for (const double degrees : {0.0, 10.0, 90.0, 180.0, 263.0}) {
    std::vector<Box> turned = page;
    const Point a = direction(degrees);
    for (Box& box : turned) {
      box.centre = {a.x * box.centre.x - a.y * box.centre.y, a.y * box.centre.x + a.x * box.centre.y};
      box.along = a;
    }
    EXPECT_EQ(reading_order(turned), expected) << degrees;
  }
  EXPECT_TRUE(reading_order({}).empty());
}

support::Image random_picture(int width, int height) {
  std::mt19937 random(5);
  support::Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * width * height))};
  for (auto& value : image.rgb) value = static_cast<std::uint8_t>(random() & 255);
  return image;
}

std::vector<std::uint8_t> rectangle(const support::Image& image, int left, int top, int width, int height) {
  std::vector<std::uint8_t> result;
  for (int y = top; y < top + height; ++y) {
    const auto row = image.rgb.begin() + 3 * (y * image.width + left);
    result.insert(result.end(), row, row + 3 * width);
  }
  return result;
}

TEST(Cut, CopiesPixels) {
  const support::Image image = random_picture(30, 20);
  const support::Image piece = cut(image, {{13, 9}, {1, 0}, 12, 8}, 8);
  EXPECT_EQ(piece.width, 12);
  EXPECT_EQ(piece.height, 8);
  EXPECT_EQ(piece.rgb, rectangle(image, 7, 5, 12, 8));
}

TEST(Cut, SetsUpright) {
  const support::Image image = random_picture(30, 20);
  const std::vector<std::uint8_t> pixels = rectangle(image, 7, 5, 12, 8);
  const support::Image turned = cut(image, Box{{13, 9}, {1, 0}, 12, 8}.turned(), 8);
  const support::Image down = cut(image, {{13, 9}, {0, 1}, 8, 12}, 12);
  ASSERT_EQ(turned.width, 12);
  ASSERT_EQ(down.width, 8);
  for (std::size_t y = 0; y < 8; ++y) {
    for (std::size_t x = 0; x < 12; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        EXPECT_EQ(turned.rgb[3 * ((7 - y) * 12 + 11 - x) + c], pixels[3 * (y * 12 + x) + c]);
        // Read from the top down: the right side of the picture becomes the top.
        EXPECT_EQ(down.rgb[3 * ((11 - x) * 8 + y) + c], pixels[3 * (y * 12 + x) + c]);
      }
    }
  }
}

TEST(Cut, ShrinksByTheMean) {
  const support::Image image = random_picture(24, 18);
  const support::Image piece = cut(image, {{12, 9}, {1, 0}, 24, 18}, 6);
  ASSERT_EQ(piece.width, 8);
  for (std::size_t y = 0; y < 6; ++y) {
    for (std::size_t x = 0; x < 8; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        int sum = 0;
        for (std::size_t i = 0; i < 9; ++i) sum += image.rgb[3 * ((3 * y + i / 3) * 24 + 3 * x + i % 3) + c];
        EXPECT_NEAR(piece.rgb[3 * (y * 8 + x) + c], sum / 9.0, 0.5);
      }
    }
  }
}

TEST(Cut, BeyondThePictureIsItsEdge) {
  support::Image image{5, 4, std::vector<std::uint8_t>(60, 123)};
  for (const double degrees : {0.0, 30.0, 200.0}) {
    const support::Image piece = cut(image, {{2, 2}, direction(degrees), 90, 30}, 48);
    EXPECT_EQ(piece.width, 144);
    for (const std::uint8_t value : piece.rgb) ASSERT_EQ(value, 123);
  }
  EXPECT_EQ(cut(image, {{2, 2}, {1, 0}, 0, 0}, 48).width, 1);
  EXPECT_EQ(cut(image, {{2, 2}, {1, 0}, 5, 0}, 48).width, 240);
}

class Characters : public testing::Test {
 protected:
  Characters() : path_(testing::TempDir() + "characters_" + std::to_string(getpid())) {
    std::ofstream(path_, std::ios::binary) << "a\nb\n\xc3\xa9\r\n";
  }
  ~Characters() override { std::remove(path_.c_str()); }

  // One step for each class; `weak` is the probability of a space in the blanks.
  Reading decode(const std::vector<int>& classes, float sure = 0.8f, float weak = 0) const {
    const Alphabet alphabet(path_);
    std::vector<float> probabilities;
    for (const int best : classes) {
      for (int i = 0; i < alphabet.classes(); ++i) {
        probabilities.push_back(i == best ? sure : i == alphabet.classes() - 1 && best == 0 ? weak : 0);
      }
    }
    return alphabet.decode(probabilities.data(), static_cast<int>(classes.size()));
  }
  std::string path_;
};

TEST_F(Characters, Decode) {
  EXPECT_EQ(Alphabet(path_).classes(), 5);
  EXPECT_EQ(decode({0, 1, 1, 0, 2, 3, 0}).text, "ab\xc3\xa9");
  EXPECT_EQ(decode({1, 0, 1, 1, 2, 1}).text, "aaba");
  EXPECT_EQ(decode({1, 4, 4, 2}).text, "a b");
  EXPECT_EQ(decode({4, 1, 0, 4, 0, 1, 4}).text, "a a");  // none at the ends
  EXPECT_EQ(decode({0, 0}).text, "");
  EXPECT_EQ(decode({}).text, "");
}

TEST_F(Characters, WeakSpacesAddUp) {
  EXPECT_EQ(decode({1, 0, 0, 0, 2}, 0.9f, 0.003f).text, "ab");
  EXPECT_EQ(decode({1, 0, 0, 0, 0, 2}, 0.9f, 0.003f).text, "a b");
  EXPECT_EQ(decode({1, 0, 0, 2, 0, 0, 1}, 0.9f, 0.003f).text, "aba");  // not beyond a character
  EXPECT_EQ(decode({1, 0, 2}, 0.9f, 0.011f).text, "a b");
}

TEST_F(Characters, ConfidenceIsOfTheCharactersAlone) {
  EXPECT_NEAR(decode({0, 1, 0, 2}, 0.75f).confidence, 0.75, 1e-12);
  EXPECT_EQ(decode({0, 0}).confidence, 0);
}

TEST_F(Characters, Errors) {
  EXPECT_THROW(Alphabet("/nowhere/characters.txt"), std::runtime_error);
  std::ofstream(path_).close();
  EXPECT_THROW(Alphabet{path_}, std::runtime_error);
}

}  // namespace
}  // namespace read_text
