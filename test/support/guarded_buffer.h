// Memory with an unmapped page on either side, so that a read or write outside an operand faults.
#pragma once

#include <cstddef>
#include <string>

namespace tessera::test {

enum class Side { start, end };

class GuardedBuffer {
 public:
  explicit GuardedBuffer(std::size_t max_bytes);
  ~GuardedBuffer();
  GuardedBuffer(const GuardedBuffer&) = delete;
  GuardedBuffer& operator=(const GuardedBuffer&) = delete;

  // Room for `bytes` bytes that touch the unmapped page on `side`, or lie `offset` bytes away from it. The bytes next
  // to it on either side become canaries.
  char* place(std::size_t bytes, Side side, std::size_t offset = 0);
  // Whether the canaries around what was placed last are as place() left them. Nothing is placed at first.
  bool untouched() const;

 private:
  void canaries(bool write, bool& intact) const;
  char* begin_;
  std::size_t size_;
  char* placed_;
  std::size_t bytes_;
};

// When a fault ends the process, this text is printed first: the case that was running.
void set_current_case(const std::string& text);

}  // namespace tessera::test
