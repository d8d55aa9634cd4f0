// How the tasks of a phase reach the participants of a job: each is dealt a contiguous range, and who has none left
// takes the back half of what the next one still has. test/gemm/partition_test.cc plays it on cores of unequal speed.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/dtype.h"
#include "base/int_math.h"

namespace tessera {

// What a participant has left: ordinal of the phase, begin and end in one word, so that a change is one exchange.
struct alignas(64) TaskRange {
  std::atomic<std::uint64_t> word;
};

inline constexpr int kTaskBits = 24;  // of begin and end each; the ordinal has the rest
inline constexpr std::uint64_t kTaskMask = (std::uint64_t{1} << kTaskBits) - 1;

constexpr std::uint64_t range_word(std::uint64_t ordinal, std::uint64_t begin, std::uint64_t end) {
  return ordinal << (2 * kTaskBits) | begin << kTaskBits | end;
}
constexpr std::uint64_t range_begin(std::uint64_t word) { return word >> kTaskBits & kTaskMask; }
constexpr std::uint64_t range_end(std::uint64_t word) { return word & kTaskMask; }
constexpr bool has_tasks(std::uint64_t word, std::uint32_t ordinal) {
  return word >> (2 * kTaskBits) == ordinal && range_begin(word) < range_end(word);
}

// Nearly equal ranges for the first `slots` participants. The caller publishes them.
inline void deal_tasks(TaskRange* ranges, int slots, std::uint32_t ordinal, index_t tasks) {
  for (int i = 0; i < slots; ++i) {
    const Part part = part_of(tasks, slots, i);
    ranges[i].word.store(
        range_word(ordinal, static_cast<std::uint64_t>(part.begin), static_cast<std::uint64_t>(part.begin + part.size)),
        std::memory_order_relaxed);
  }
}

// The next task of the participant's own range, or -1.
inline index_t take_task(TaskRange& own, std::uint32_t ordinal) {
  std::uint64_t word = own.word.load(std::memory_order_relaxed);
  while (has_tasks(word, ordinal)) {
    if (own.word.compare_exchange_weak(word, word + (std::uint64_t{1} << kTaskBits), std::memory_order_acq_rel,
                                       std::memory_order_relaxed)) {
      return static_cast<index_t>(range_begin(word));
    }
  }
  return -1;
}

// Takes the back half of what the next participant with anything left has left: the first task of it is returned, the
// rest becomes the thief's own range. -1 when there is nothing.
inline index_t steal_tasks(TaskRange* ranges, int participants, int slot, std::uint32_t ordinal) {
  for (int i = 1; i < participants; ++i) {
    const int sum = slot + i;
    TaskRange& victim = ranges[sum < participants ? sum : sum - participants];
    std::uint64_t word = victim.word.load(std::memory_order_relaxed);
    while (has_tasks(word, ordinal)) {
      const std::uint64_t begin = range_begin(word), end = range_end(word);
      const std::uint64_t middle = begin + (end - begin) / 2;
      if (victim.word.compare_exchange_weak(word, range_word(ordinal, begin, middle), std::memory_order_acq_rel,
                                            std::memory_order_relaxed)) {
        ranges[slot].word.store(range_word(ordinal, middle + 1, end), std::memory_order_release);
        return static_cast<index_t>(middle);
      }
    }
  }
  return -1;
}

inline bool any_tasks(TaskRange* ranges, int participants, std::uint32_t ordinal) {
  for (int i = 0; i < participants; ++i) {
    if (has_tasks(ranges[i].word.load(std::memory_order_relaxed), ordinal)) return true;
  }
  return false;
}

}  // namespace tessera
