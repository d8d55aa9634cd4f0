// What a tsr_context holds.
#pragma once

#include <tessera/context.h>

#include "runtime/registry.h"
#include "runtime/thread_pool.h"

struct tsr_context {
  tessera::Executor executor{0, nullptr, nullptr};  // threads 0: the count of the calling thread or process
  const tessera::IsaEntry* isa = nullptr;           // null: best_isa()
  const tessera::Int8Entry* int8 = nullptr;         // null: best_int8()
};
