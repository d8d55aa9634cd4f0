#include "runtime/pages.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>

namespace tessera {
namespace {

constexpr std::size_t kPage = 4096;

std::size_t round_up_to(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

void* map(std::size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? nullptr : p;
}

}  // namespace

void* allocate_pages(std::size_t bytes, std::size_t alignment) {
  if (bytes > SIZE_MAX / 4) return nullptr;
  if (bytes < kHugePage) return std::aligned_alloc(alignment, round_up_to(bytes, alignment));
  bytes = round_up_to(bytes, kPage);
  char* whole = static_cast<char*>(map(bytes + kHugePage));
  if (whole == nullptr) return map(bytes);
  const std::uintptr_t address = reinterpret_cast<std::uintptr_t>(whole);
  const std::size_t head = round_up_to(address, kHugePage) - address;
  if (head != 0) munmap(whole, head);
  if (head != kHugePage) munmap(whole + head + bytes, kHugePage - head);
  madvise(whole + head, bytes, MADV_HUGEPAGE);
  return whole + head;
}

void free_pages(void* p, std::size_t bytes) {
  if (p == nullptr) return;
  if (bytes >= kHugePage) {
    munmap(p, round_up_to(bytes, kPage));
  } else {
    std::free(p);
  }
}

}  // namespace tessera
