#include "blas/level2/windows.h"

namespace tessera::blas {

int matrix_threads(index_t bytes) {
  static thread_local unsigned asleep = 0;
  if (bytes < 2 * kEach) return 1;
  if (bytes < active_profile().threads.level2_from && !workers_awake() && ++asleep % 16 != 0) return 1;
  return static_cast<int>(min_index(bytes / kEach, num_threads()));
}

}  // namespace tessera::blas
