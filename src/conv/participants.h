// Who takes part in a convolution.
#pragma once

#include "conv/slots.h"
#include "runtime/context.h"
#include "runtime/num_threads.h"

namespace tessera {

// The executor of a context, or of null, with a number of threads that is known and has slots.
inline Executor executor_of(const tsr_context* context) {
  Executor executor = context != nullptr ? context->executor : Executor{0, nullptr, nullptr};
  if (executor.threads == 0) executor.threads = num_threads();
  executor.threads = static_cast<int>(min_index(executor.threads, Slots::kMost));
  return executor;
}

}  // namespace tessera
