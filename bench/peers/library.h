// Any library with a GEMM, opened at run time so that each keeps its own symbols and none is needed to build.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "problem.h"

namespace tessera::bench {

struct OperandPointers {
  const void* a;
  const void* b;
  void* c;
};

class Library {
 public:
  virtual ~Library() = default;

  // What the library says of itself: version, and the CPU it chose its kernels for.
  virtual std::string description() const = 0;
  virtual bool supports(const Problem& problem) const = 0;
  // Calls the library `count` times, taking the operand sets in turn. The loop is here and not in the caller so that
  // a 1x1x1 call is timed without an indirection of ours around it.
  virtual void repeat(const Problem& problem, std::span<const OperandPointers> sets, int64_t count) const = 0;
  virtual void set_num_threads(int threads) const = 0;
  // The address of a function that the library exports, or null.
  virtual void* symbol(const std::string& name) const = 0;

  std::string name, path;
};

// Opens the first of `paths` that loads and recognises its interface by its symbols: CBLAS, oneDNN's dnnl_sgemm, or
// the libxsmm module. On failure returns null and says why in `error`.
std::unique_ptr<Library> open_library(const std::string& name, const std::vector<std::string>& paths,
                                      std::string* error);

}  // namespace tessera::bench
