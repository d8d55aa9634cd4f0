// Which vector kernels are used on this machine, and how a long vector is cut.
#pragma once

#include <atomic>

#include "base/int_math.h"
#include "blas/types.h"
#include "runtime/registry.h"
#include "runtime/thread_pool.h"

namespace tessera::blas {

// The sets that calls use, chosen at first use. One load and a branch: a function-local static in the registry costs a
// call more, which shows at n = 4.
namespace detail {
template <class R>
inline constinit std::atomic<const VectorSet<R>*> short_set{nullptr};
template <class R>
inline constinit std::atomic<const VectorSet<R>*> long_set{nullptr};
template <class R>
[[gnu::cold, gnu::noinline]] const VectorSet<R>& choose(bool for_long) {
  const IsaEntry* best = &best_isa();
  if (for_long && best->isa == Isa::avx512) {
    if (const IsaEntry* narrower = find_isa(Isa::avx2)) best = narrower;
  }
  const VectorSet<R>& set = best->vectors<R>();
  (for_long ? long_set<R> : short_set<R>).store(&set, std::memory_order_release);
  return set;
}
}  // namespace detail

// For vectors of one piece: those of best_isa().
template <class R>
inline const VectorSet<R>& vectors() {
  const VectorSet<R>* set = detail::short_set<R>.load(std::memory_order_acquire);
  if (set == nullptr) [[unlikely]]
    return detail::choose<R>(false);
  return *set;
}

// For longer ones: AVX2 instead of AVX-512, whose wide accesses are slower beyond L2 (Zen 4, from L3: ddot by 10 %,
// daxpy by 20 %; from memory: ddot by 7 %). The bits are the same.
template <class R>
inline const VectorSet<R>& long_vectors() {
  const VectorSet<R>* set = detail::long_set<R>.load(std::memory_order_acquire);
  if (set == nullptr) [[unlikely]]
    return detail::choose<R>(true);
  return *set;
}

// Vectors of up to this many bytes are one piece: the kernel is called without further ado.
inline constexpr index_t kPieceBytes = index_t{1} << 18;
template <class T>
inline constexpr index_t kPieceLength = kPieceBytes / static_cast<index_t>(sizeof(T));

// Vectors longer than this are walked as if they came from memory (kernel/vector_contract.h): a number rather than the
// size of a cache, because the order of sums follows from it.
inline constexpr index_t kFarBytes = index_t{16} << 20;

// A long vector is cut into pieces of equal length, the last one shorter. Where they begin depends on n alone, never
// on the number of threads, so that sums of pieces have the same bits on any number of them. At most kMaxPieces, so
// that a result for each fits the stack; a multiple of 1024 elements, so that none begins inside a set of lanes.
inline constexpr index_t kMaxPieces = 256;
struct Pieces {
  index_t n, length, count;
  bool far;
  Pieces(index_t elements, index_t element_bytes)
      : n(elements),
        length(max_index(kPieceBytes / element_bytes, round_up(ceil_div(elements, kMaxPieces), 1024))),
        count(ceil_div(elements, length)),
        far(elements * element_bytes > kFarBytes) {}
  index_t begin(index_t piece) const { return piece * length; }
  index_t size(index_t piece) const { return min_index(length, n - begin(piece)); }
};

// Threads, of at most `most`, for a call that moves `bytes` bytes where threads pay from `from` bytes on.
constexpr index_t vector_threads(index_t bytes, index_t from, index_t most) {
  return bytes < from ? 1 : min_index(most, bytes / (from / 2));
}

// Calls f(piece) for every piece, on as many threads as moving `bytes` bytes is worth.
void run_pieces(index_t count, index_t bytes, void (*f)(void* context, index_t piece), void* context);
template <class F>
inline void for_pieces(const Pieces& pieces, index_t bytes, F&& f) {
  run_pieces(
      pieces.count, bytes, [](void* context, index_t piece) { (*static_cast<F*>(context))(piece); }, &f);
}

}  // namespace tessera::blas
