#include "runtime/workspace.h"

#include <pthread.h>

#include <cstdint>

#include "runtime/pages.h"

namespace tessera {
namespace {

constexpr std::size_t kPage = 4096;

struct Buffer {
  void* data;
  std::size_t bytes;
};

// Plain data, so that a destructor of another thread_local object may still compute; the key's destructor frees.
thread_local Buffer t_buffers[kWorkspaceSlots];

pthread_once_t g_key_once = PTHREAD_ONCE_INIT;
pthread_key_t g_key;
bool g_have_key = false;

void at_thread_exit(void*) { release_workspace(); }
void create_key() { g_have_key = pthread_key_create(&g_key, at_thread_exit) == 0; }

std::size_t round_up_to(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

void release(Buffer& buffer) {
  free_pages(buffer.data, buffer.bytes);
  buffer = {};
}

}  // namespace

void* workspace(WorkspaceSlot slot, std::size_t bytes) {
  Buffer& buffer = t_buffers[static_cast<int>(slot)];
  if (buffer.data != nullptr && bytes <= buffer.bytes) return buffer.data;
  const std::size_t old = buffer.bytes;
  release(buffer);
  if (bytes > SIZE_MAX / 4) return nullptr;

  pthread_once(&g_key_once, create_key);
  if (g_have_key && pthread_setspecific(g_key, t_buffers) != 0) return nullptr;

  // Half as much again as before, so that slowly growing problems do not reallocate each time; what is asked for when
  // that does not fit.
  const auto rounded = [](std::size_t n) { return n < kHugePage ? round_up_to(n, kPage) : round_up_to(n, kHugePage); };
  const std::size_t needed = rounded(bytes != 0 ? bytes : 1);
  const std::size_t generous = rounded(old + old / 2);
  if (generous > needed) {
    buffer.data = allocate_pages(generous, kPage);
    buffer.bytes = generous;
  }
  if (buffer.data == nullptr) {
    buffer.data = allocate_pages(needed, kPage);
    buffer.bytes = needed;
  }
  if (buffer.data == nullptr) buffer.bytes = 0;
  return buffer.data;
}

void release_workspace() {
  for (Buffer& buffer : t_buffers) release(buffer);
}

std::size_t workspace_bytes() {
  std::size_t sum = 0;
  for (const Buffer& buffer : t_buffers) sum += buffer.bytes;
  return sum;
}

}  // namespace tessera
