// A transposed convolution of stride s is s x s ordinary ones: the output pixels of one phase (position modulo the
// stride) see every s-th tap. An ordinary convolution is one phase.
#pragma once

#include "conv/problem.h"
#include "pack/contract.h"

namespace tessera {

// The taps that the output pixels of one phase see, and which those pixels are.
struct ConvPhase {
  index_t row, column;     // of y: the phase's first pixel
  index_t pace_y, pace_x;  // of y: from pixel to pixel of the phase
  index_t rows, columns;   // pixels of the phase
  index_t tap_r, tap_s;    // the first tap, and from tap to tap
  index_t step_r, step_s;
  index_t taps_y, taps_x;  // their numbers; 0: this phase sees no input
  PixelGrid grid;

  index_t taps() const { return taps_y * taps_x; }
};

// Phases along y and x: one of each unless the convolution is transposed.
index_t conv_phases_y(const ConvProblem& problem);
index_t conv_phases_x(const ConvProblem& problem);
ConvPhase conv_phase(const ConvProblem& problem, index_t y, index_t x);

}  // namespace tessera
