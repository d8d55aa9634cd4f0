// The C library's allocation, mapping and thread creation, which fail on request. The program exports them, so every
// library in the process calls these.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>

#include "faults.h"

namespace {

std::atomic<long> g_allocations{0}, g_threads{0};
faults::Failing g_failing;

bool fails() {
  if (g_failing.malloc_from == 0 && g_failing.malloc_only == 0) return false;
  const long n = g_allocations.fetch_add(1) + 1;
  return (g_failing.malloc_from != 0 && n >= g_failing.malloc_from) || n == g_failing.malloc_only;
}

void* no_memory() {
  errno = ENOMEM;
  return nullptr;
}

}  // namespace

namespace faults {

void set_failing(const Failing& failing) {
  g_failing = failing;
  g_allocations = 0;
  g_threads = 0;
}
long allocations() { return g_allocations; }

}  // namespace faults

#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT void* __libc_malloc(std::size_t);
EXPORT void* __libc_calloc(std::size_t, std::size_t);
EXPORT void* __libc_realloc(void*, std::size_t);
EXPORT void* __libc_memalign(std::size_t, std::size_t);

EXPORT void* malloc(std::size_t n) { return fails() ? no_memory() : __libc_malloc(n); }
EXPORT void* calloc(std::size_t n, std::size_t m) { return fails() ? no_memory() : __libc_calloc(n, m); }
EXPORT void* realloc(void* p, std::size_t n) { return fails() ? no_memory() : __libc_realloc(p, n); }
EXPORT void* memalign(std::size_t a, std::size_t n) { return fails() ? no_memory() : __libc_memalign(a, n); }
EXPORT void* aligned_alloc(std::size_t a, std::size_t n) { return fails() ? no_memory() : __libc_memalign(a, n); }
EXPORT int posix_memalign(void** p, std::size_t a, std::size_t n) {
  if (fails()) return ENOMEM;
  *p = __libc_memalign(a, n);
  return *p == nullptr ? ENOMEM : 0;
}
EXPORT void* mmap(void* at, std::size_t n, int protection, int flags, int file, off_t offset) {
  if (g_failing.mmap && (flags & MAP_ANONYMOUS) != 0) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, n, protection, flags, file, offset));
}
EXPORT int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*f)(void*), void* argument) {
  if (g_failing.threads_from != 0 && g_threads.fetch_add(1) + 1 >= g_failing.threads_from) return EAGAIN;
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return create(thread, attributes, f, argument);
}
