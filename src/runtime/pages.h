// Memory for what is large and read in order: packed operands, workspace.
#pragma once

#include <cstddef>

namespace tessera {

// From this size on memory is mapped by itself, begins at a huge page and asks the system for such pages: freeing it
// gives it back whatever malloc's thresholds are by then, and 16 MiB of weights are read from L3 at 89 GB/s instead of
// 77, from memory at 30 instead of 24 (Zen 4). Below it is malloc's, whose caches make small buffers cheap.
inline constexpr std::size_t kHugePage = std::size_t{2} << 20;

// `bytes` > 0 bytes, aligned to `alignment`, a power of two up to 4096; nullptr when there is no memory.
void* allocate_pages(std::size_t bytes, std::size_t alignment);
// Frees what allocate_pages(bytes, ...) gave; nullptr is allowed.
void free_pages(void* p, std::size_t bytes);

}  // namespace tessera
