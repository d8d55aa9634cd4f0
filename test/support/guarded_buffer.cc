#include "support/guarded_buffer.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tessera::test {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kCanaries = 256;
constexpr unsigned char kCanary = 0xC5;

char current_case[4096];

void print_case(int signal) {
  constexpr char kBegin[] = "\nFault while running: ";
  if (write(STDERR_FILENO, kBegin, sizeof kBegin - 1) < 0 ||
      write(STDERR_FILENO, current_case, strlen(current_case)) < 0 || write(STDERR_FILENO, "\n", 1) < 0) {
    _exit(2);
  }
  ::signal(signal, SIG_DFL);
  raise(signal);
}

}  // namespace

GuardedBuffer::GuardedBuffer(std::size_t max_bytes) : size_((max_bytes + kPage - 1) / kPage * kPage + kPage) {
  void* p = mmap(nullptr, size_ + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED || mprotect(static_cast<char*>(p) + kPage, size_, PROT_READ | PROT_WRITE) != 0) {
    std::perror("GuardedBuffer");
    std::abort();
  }
  begin_ = static_cast<char*>(p) + kPage;
  place(0, Side::end);
}

GuardedBuffer::~GuardedBuffer() { munmap(begin_ - kPage, size_ + 2 * kPage); }

char* GuardedBuffer::place(std::size_t bytes, Side side, std::size_t offset) {
  if (bytes + offset > size_) {
    std::fprintf(stderr, "GuardedBuffer: %zu bytes asked of %zu\n", bytes + offset, size_);
    std::abort();
  }
  placed_ = side == Side::start ? begin_ + offset : begin_ + size_ - bytes - offset;
  bytes_ = bytes;
  bool intact = true;
  canaries(true, intact);
  return placed_;
}

bool GuardedBuffer::untouched() const {
  bool intact = true;
  canaries(false, intact);
  return intact;
}

void GuardedBuffer::canaries(bool write, bool& intact) const {
  const char* const end = begin_ + size_;
  char* low = placed_ - begin_ > static_cast<std::ptrdiff_t>(kCanaries) ? placed_ - kCanaries : begin_;
  char* high = placed_ + bytes_;
  const char* const high_end = end - high > static_cast<std::ptrdiff_t>(kCanaries) ? high + kCanaries : end;
  const auto span = [&](char* p, const char* q) {
    if (write) {
      std::memset(p, kCanary, static_cast<std::size_t>(q - p));
    } else {
      for (; p != q; ++p) intact = intact && static_cast<unsigned char>(*p) == kCanary;
    }
  };
  span(low, placed_);
  span(high, high_end);
}

void set_current_case(const std::string& text) {
  static const bool installed = [] {
    signal(SIGSEGV, print_case);
    signal(SIGBUS, print_case);
    signal(SIGILL, print_case);
    return true;
  }();
  static_cast<void>(installed);
  const std::size_t n = text.size() < sizeof current_case - 1 ? text.size() : sizeof current_case - 1;
  std::memcpy(current_case, text.data(), n);
  current_case[n] = '\0';
}

}  // namespace tessera::test
