// From a map of probabilities, as a network for differentiable binarization (DB; Liao et al. 2020) gives it, to boxes
// around lines of text.
#pragma once

#include <cstddef>
#include <vector>

#include "box.h"

namespace read_text {

// Defaults are those that PP-OCRv4 is published with.
struct RegionOptions {
  float threshold = 0.3f;  // a pixel above it is text
  double score = 0.6;      // a region whose mean over its box is below it is dropped
  double unclip = 1.5;     // the network marks the core of a line: its box grows by area / perimeter times this
  double side = 3;         // a region whose core's shorter side is below it, in pixels of the map, is dropped
};

struct Region {
  Box box;           // in pixels of the map; of text that runs down, as_read()
  double score = 0;  // the mean probability over the core's box
};

// Regions of pixels that touch each other, by a side or a corner, from the top of the map downwards.
std::vector<Region> find_regions(const float* map, int height, int width, const RegionOptions& options = {});

// Numbers of the boxes in the order of reading, a list for each line: boxes whose middles lie within half a height of
// each other, from the left. Left and top are those of the page, which lies as most of its text does.
std::vector<std::vector<std::size_t>> reading_order(const std::vector<Box>& boxes);

}  // namespace read_text
