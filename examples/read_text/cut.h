// A piece of a picture, set upright.
#pragma once

#include "box.h"
#include "support/image.h"

namespace read_text {

// What lies in the box, `height` pixels high and as wide as its shape asks for, at least one pixel. Where it shrinks, a
// pixel is the mean over its square. Beyond the picture are its outermost pixels.
support::Image cut(const support::Image& image, const Box& box, int height);

}  // namespace read_text
