// One block of memory for all activations: what is not needed at the same time may lie in the same place.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>

#include "graph.h"

namespace onnx_runner {

class Memory {
 public:
  // Gives every arena storage a place. Storages whose lives [first, last] overlap do not.
  void plan(std::deque<Storage>& storages);
  std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
  std::unique_ptr<std::byte, void (*)(std::byte*)> block_{nullptr, nullptr};
};

}  // namespace onnx_runner
