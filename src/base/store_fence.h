// Orders stores that bypassed the caches before whatever tells another thread that they are done.
#pragma once

namespace tessera {

inline void store_fence() {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

}  // namespace tessera
