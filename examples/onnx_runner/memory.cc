#include "memory.h"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

namespace onnx_runner {

// The largest first, each at the lowest offset that nothing placed before it and alive with it uses: within a few
// percent of the lower bound (the most bytes alive at one time) on the networks of scripts/models.
void Memory::plan(std::deque<Storage>& storages) {
  constexpr std::size_t kAlignment = 64;
  struct Placed {
    Storage* storage;
    std::size_t begin, end;
  };
  std::vector<Storage*> sorted;
  for (Storage& s : storages)
    if (s.kind == Storage::kArena) sorted.push_back(&s);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Storage* a, const Storage* b) { return a->bytes > b->bytes; });
  std::vector<Placed> placed;  // by offset
  for (Storage* const s : sorted) {
    const std::size_t size = (s->bytes + kAlignment) / kAlignment * kAlignment;
    std::size_t begin = 0;
    for (const Placed& p : placed) {
      if (p.storage->last < s->first || s->last < p.storage->first) continue;
      if (begin + size <= p.begin) break;
      begin = std::max(begin, p.end);
    }
    const auto at = std::find_if(placed.begin(), placed.end(), [&](const Placed& p) { return p.begin >= begin; });
    placed.insert(at, {s, begin, begin + size});
    bytes_ = std::max(bytes_, begin + size);
  }
  if (bytes_ == 0) return;
  block_ = {static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes_)), [](std::byte* p) { std::free(p); }};
  if (block_ == nullptr) throw std::bad_alloc();
  for (const Placed& p : placed) p.storage->base = block_.get() + p.begin;
}

}  // namespace onnx_runner
