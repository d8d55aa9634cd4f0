// The C API of contexts, thread counts and workspace.
#include <cstring>
#include <new>

#include "runtime/context.h"
#include "runtime/cpu.h"
#include "runtime/num_threads.h"
#include "runtime/workspace.h"

using tessera::Isa;

extern "C" {

tsr_status tsr_context_create(tsr_context** context) {
  if (context == nullptr) return -1;
  tsr_context* created = new (std::nothrow) tsr_context;
  if (created == nullptr) return TSR_OUT_OF_MEMORY;
  *context = created;
  return TSR_OK;
}

void tsr_context_destroy(tsr_context* context) { delete context; }

tsr_status tsr_context_set_num_threads(tsr_context* context, int num_threads) {
  if (context == nullptr) return -1;
  if (num_threads < 0) return -2;
  context->executor.threads = num_threads;
  return TSR_OK;
}

tsr_status tsr_context_set_parallel_for(tsr_context* context, tsr_parallel_for parallel_for, void* host) {
  if (context == nullptr) return -1;
  context->executor.host_for = parallel_for;
  context->executor.host = parallel_for != nullptr ? host : nullptr;
  return TSR_OK;
}

tsr_status tsr_context_set_isa(tsr_context* context, const char* isa) {
  if (context == nullptr) return -1;
  if (isa == nullptr) {
    context->isa = nullptr;
    context->int8 = nullptr;
    return TSR_OK;
  }
  Isa cap{};
  if (!tessera::isa_from_name(isa, cap)) return -2;
  const bool compiled = tessera::find_isa(cap) != nullptr || tessera::find_int8(cap) != nullptr;
  if (!compiled || !tessera::can_run(cap, tessera::cpu_info().features)) return TSR_UNSUPPORTED;
  // A cap does not lift the one that TESSERA_ISA set.
  context->isa = cap < tessera::best_isa().isa ? &tessera::best_isa(cap) : nullptr;
  context->int8 = cap < tessera::best_int8().isa ? &tessera::best_int8(cap) : nullptr;
  return TSR_OK;
}

tsr_status tsr_set_num_threads(int num_threads) {
  if (num_threads < 0) return -1;
  tessera::set_num_threads_global(num_threads);
  return TSR_OK;
}

tsr_status tsr_set_num_threads_local(int num_threads) {
  if (num_threads < 0) return -1;
  tessera::set_num_threads_local(num_threads);
  return TSR_OK;
}

int tsr_get_num_threads(void) { return tessera::num_threads(); }

void tsr_release_workspace(void) { tessera::release_workspace(); }
}
