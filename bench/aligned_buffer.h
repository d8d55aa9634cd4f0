// Memory for operands, on ordinary or on huge pages.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace tessera::bench {

struct FreeAligned {
  void operator()(void* p) const { std::free(p); }
};
using AlignedBuffer = std::unique_ptr<char, FreeAligned>;

// On 64 bytes, or on 2 MiB and advised to be huge pages, as NumPy advises for its larger arrays.
inline AlignedBuffer allocate_aligned(size_t bytes, bool huge_pages) {
  const size_t alignment = huge_pages ? size_t{1} << 21 : 64;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  void* p = std::aligned_alloc(alignment, bytes);
  if (!p) throw std::bad_alloc();
  if (huge_pages) madvise(p, bytes, MADV_HUGEPAGE);
  return AlignedBuffer(static_cast<char*>(p));
}

}  // namespace tessera::bench
