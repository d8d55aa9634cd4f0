// What TESSERA_VERBOSE asks the library to say on stderr.
#pragma once

#include <atomic>
#include <cstddef>

namespace tessera {

namespace detail {
extern std::atomic<int> g_log_level;  // -1: the environment has not been read
int read_log_level();
}  // namespace detail

// TESSERA_VERBOSE: 0 (or unset) nothing, 1 a line per call, 2 also what was not chosen and why. Read once, ignored in
// setuid programs. One relaxed load.
inline int log_level() {
  const int level = detail::g_log_level.load(std::memory_order_relaxed);
  return level >= 0 ? level : detail::read_log_level();
}

// Text of bounded length; what does not fit is cut off.
class LogText {
 public:
  [[gnu::format(printf, 2, 3)]] void add(const char* format, ...);
  const char* c_str() const { return text_; }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kSize = 1024;
  char text_[kSize] = {};
  std::size_t size_ = 0;
};

// "tessera: <text>\n" on stderr by one write, so that lines of several threads do not mix. Keeps errno.
void write_log(const LogText& text);

}  // namespace tessera
