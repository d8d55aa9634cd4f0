// What is made of a graph before it is arranged: fewer layers that compute the same.
#pragma once

#include "graph.h"

namespace onnx_runner {

void run_passes(Graph& graph);

}  // namespace onnx_runner
