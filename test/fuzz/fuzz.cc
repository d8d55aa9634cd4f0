#include "fuzz/fuzz.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

#include "support/isas.h"

namespace tessera::fuzz {
namespace {

void last_first(void*, int n, void (*task)(void*, int), void* argument) {
  for (int i = n - 1; i >= 0; --i) task(argument, i);
}

}  // namespace

void fail(const char* file, int line, const char* format, ...) {
  std::fprintf(stderr, "%s:%d: ", file, line);
  va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::abort();
}

void require(const testing::AssertionResult& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.message());
  std::abort();
}

Context context_of(Input& in) {
  const Index threads = in.integer(0, 3);
  if (threads == 0) return nullptr;
  tsr_context* context = nullptr;
  FUZZ_EXPECT(tsr_context_create(&context) == TSR_OK, "no context");
  FUZZ_EXPECT(tsr_context_set_num_threads(context, static_cast<int>(threads)) == TSR_OK, "threads");
  static const std::vector<Isa> isas = test::runnable_isas();
  const Index isa = in.integer(0, static_cast<Index>(isas.size()));
  if (isa > 0) {
    const char* const name = isa_info(isas[static_cast<std::size_t>(isa - 1)]).name;
    FUZZ_EXPECT(tsr_context_set_isa(context, name) == TSR_OK, "%s", name);
  }
  if (in.one_in(4)) tsr_context_set_parallel_for(context, last_first, nullptr);
  return Context(context);
}

}  // namespace tessera::fuzz

// What a sanitizer is told before main(): an allocation of any size may fail, as it does without one.
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options();
const char* __asan_default_options() { return "allocator_may_return_null=1:detect_leaks=1"; }

extern "C" __attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                                                             std::size_t size);
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tessera::fuzz::Input in(data, size);
  tessera_fuzz(in);
  return 0;
}
