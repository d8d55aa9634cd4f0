// A caller's workspace shared out among the threads of a job.
#pragma once

#include <atomic>

#include "base/int_math.h"

namespace tessera {

// As many pieces as a job has participants at most: a task holds one while it runs.
class Slots {
 public:
  static constexpr int kMost = 64;

  Slots(char* base, index_t bytes, int count)
      : base_(base), bytes_(bytes), free_(count >= kMost ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1) {}

  class Hold {
   public:
    explicit Hold(Slots& slots) : slots_(slots) {
      std::uint64_t free = slots.free_.load(std::memory_order_relaxed);
      for (;;) {
        // Never empty: there are no more tasks at once than slots.
        bit_ = free & (~free + 1);
        if (bit_ != 0 &&
            slots.free_.compare_exchange_weak(free, free & ~bit_, std::memory_order_acquire, std::memory_order_relaxed))
          return;
        if (bit_ == 0) free = slots.free_.load(std::memory_order_relaxed);
      }
    }
    ~Hold() { slots_.free_.fetch_or(bit_, std::memory_order_release); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    char* data() const { return slots_.base_ + __builtin_ctzll(bit_) * slots_.bytes_; }

   private:
    Slots& slots_;
    std::uint64_t bit_;
  };

 private:
  char* base_;
  index_t bytes_;
  std::atomic<std::uint64_t> free_;
};

}  // namespace tessera
