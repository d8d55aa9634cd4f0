// The vector kernels of this machine, and how a long vector is cut.
#pragma once

#include <atomic>

#include "base/int_math.h"
#include "blas/types.h"
#include "runtime/registry.h"
#include "runtime/thread_pool.h"

namespace tessera::blas {

namespace detail {
template <class R>
inline constinit std::atomic<const VectorSet<R>*> vector_set{nullptr};
template <class R>
[[gnu::cold, gnu::noinline]] const VectorSet<R>& choose_vectors() {
  const VectorSet<R>& set = best_isa().vectors<R>();
  vector_set<R>.store(&set, std::memory_order_release);
  return set;
}
}  // namespace detail

// Those of best_isa(). One load and a branch: a function-local static in the registry costs a call more, which shows
// at n = 4.
template <class R>
inline const VectorSet<R>& vectors() {
  const VectorSet<R>* set = detail::vector_set<R>.load(std::memory_order_acquire);
  if (set == nullptr) [[unlikely]]
    return detail::choose_vectors<R>();
  return *set;
}

// Vectors of up to this many elements are one piece: the kernel is called without further ado.
template <class T>
inline constexpr index_t kPieceLength = (index_t{1} << 18) / static_cast<index_t>(sizeof(T));

// A long vector is cut into pieces of equal length, the last one shorter. Where they begin depends on n alone, never
// on the number of threads, so that sums of pieces have the same bits on any number of them. At most kMaxPieces, so
// that a result for each fits the stack; a multiple of 1024 elements, so that none begins inside a set of lanes.
inline constexpr index_t kMaxPieces = 256;
struct Pieces {
  index_t n, length, count;
  // `shortest` is kPieceLength of the element.
  constexpr Pieces(index_t elements, index_t shortest)
      : n(elements),
        length(max_index(shortest, round_up(ceil_div(elements, kMaxPieces), 1024))),
        count(ceil_div(elements, length)) {}
  constexpr index_t begin(index_t piece) const { return piece * length; }
  constexpr index_t size(index_t piece) const { return min_index(length, n - begin(piece)); }
};

// Threads for a call that moves `bytes` bytes.
int threads_for(index_t bytes);

// Calls f(piece) for every piece, on as many threads as moving `bytes` bytes is worth.
void run_pieces(index_t count, index_t bytes, void (*f)(void* context, index_t piece), void* context);
template <class F>
inline void for_pieces(const Pieces& pieces, index_t bytes, F&& f) {
  run_pieces(
      pieces.count, bytes, [](void* context, index_t piece) { (*static_cast<F*>(context))(piece); }, &f);
}

}  // namespace tessera::blas
