// Operands in memory of exactly their size: from the heap where the address sanitizer watches its ends, elsewhere
// against an unmapped page on one side with canaries on the other.
#pragma once

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "fuzz/fuzz.h"
#include "support/guarded_buffer.h"

#if defined(__SANITIZE_ADDRESS__)
#define TESSERA_FUZZ_HEAP 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TESSERA_FUZZ_HEAP 1
#endif
#endif

namespace tessera::fuzz {

class Memory {
 public:
  static constexpr std::size_t kMost = std::size_t{1} << 20;

  Memory(Input& in, std::size_t bytes) : bytes_(bytes) {
    const test::Side side = in.flag() ? test::Side::start : test::Side::end;
    FUZZ_EXPECT(bytes <= kMost, "%zu bytes", bytes);
#ifdef TESSERA_FUZZ_HEAP
    static_cast<void>(side);
    p_ = static_cast<char*>(std::malloc(bytes));
#else
    if (free_list().empty()) free_list().push_back(std::make_unique<test::GuardedBuffer>(kMost));
    buffer_ = std::move(free_list().back());
    free_list().pop_back();
    p_ = buffer_->place(bytes, side);
#endif
  }
  ~Memory() {
#ifdef TESSERA_FUZZ_HEAP
    std::free(p_);
#else
    free_list().push_back(std::move(buffer_));
#endif
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  char* data() { return p_; }
  std::vector<char> bytes() const { return {p_, p_ + bytes_}; }
  // What is in it is what it must be, and nothing beside it was written.
  bool is(const std::vector<char>& want) const {
#ifndef TESSERA_FUZZ_HEAP
    if (!buffer_->untouched()) return false;
#endif
    return bytes_ == 0 || std::memcmp(p_, want.data(), bytes_) == 0;
  }

 private:
  std::size_t bytes_;
  char* p_;
#ifndef TESSERA_FUZZ_HEAP
  static std::vector<std::unique_ptr<test::GuardedBuffer>>& free_list() {
    static std::vector<std::unique_ptr<test::GuardedBuffer>> list;
    return list;
  }
  std::unique_ptr<test::GuardedBuffer> buffer_;
#endif
};

}  // namespace tessera::fuzz
