// Where the time of a network goes: a table, and a picture of it.
#pragma once

#include <string>
#include <vector>

#include "engine.h"

namespace onnx_runner {

// The most multiplications and additions a second that Tessera's GEMM makes on operands in cache, with this many
// threads: what the shares of peak are of.
double measure_peak(int threads);

// Median of each layer's runs.
std::string profile_table(const std::vector<LayerProfile>& layers, double peak);

// One bar a layer: as long as its time, as dark as its share of peak.
std::string profile_svg(const std::vector<LayerProfile>& layers, double peak, const std::string& title);

}  // namespace onnx_runner
