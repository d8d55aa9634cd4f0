// A target is a source that defines tessera_fuzz(): one case out of bytes. libFuzzer runs it (scripts/fuzz.sh), and
// ctest replays the target's corpus and a few random inputs (replay.cc).
#pragma once

#include <gtest/gtest.h>
#include <tessera/context.h>
#include <tessera/status.h>

#include <memory>

#include "fuzz/input.h"

// Ends the process when the case is not what it must be.
void tessera_fuzz(tessera::fuzz::Input& in);

namespace tessera::fuzz {

[[noreturn]] void fail(const char* file, int line, const char* format, ...) __attribute__((format(printf, 3, 4)));

// Prints what was wrong and ends the process.
void require(const testing::AssertionResult& result);

struct Destroy {
  void operator()(tsr_context* p) const { tsr_context_destroy(p); }
};
using Context = std::unique_ptr<tsr_context, Destroy>;

// NULL, or a context with 1 to 3 threads and a cap on the instruction set, perhaps with a parallel_for of its own.
Context context_of(Input& in);

}  // namespace tessera::fuzz

#define FUZZ_EXPECT(condition, ...)                                                           \
  do {                                                                                        \
    if (!(condition)) ::tessera::fuzz::fail(__FILE__, __LINE__, #condition ": " __VA_ARGS__); \
  } while (false)
