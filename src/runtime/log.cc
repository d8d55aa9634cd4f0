#include "runtime/log.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>

namespace tessera {

namespace detail {

constinit std::atomic<int> g_log_level{-1};

int read_log_level() {
  const char* text = secure_getenv("TESSERA_VERBOSE");
  const bool level = text != nullptr && (text[0] == '1' || text[0] == '2') && text[1] == '\0';
  const int value = level ? text[0] - '0' : 0;
  g_log_level.store(value, std::memory_order_relaxed);
  return value;
}

}  // namespace detail

void LogText::add(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int n = std::vsnprintf(text_ + size_, kSize - size_, format, arguments);
  va_end(arguments);
  if (n > 0) size_ += static_cast<std::size_t>(n);
  if (size_ >= kSize) size_ = kSize - 1;
}

void write_log(const LogText& text) {
  const int saved = errno;
  char line[1100];
  const int n = std::snprintf(line, sizeof line, "tessera: %s\n", text.c_str());
  const char* rest = line;
  for (std::size_t left = n > 0 ? static_cast<std::size_t>(n) : 0; left > 0;) {
    const ssize_t written = write(STDERR_FILENO, rest, left);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    rest += written;
    left -= static_cast<std::size_t>(written);
  }
  errno = saved;
}

}  // namespace tessera
