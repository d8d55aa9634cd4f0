// Thread counts under the names that callers of a BLAS look for.
#include <cblas.h>

#include "runtime/num_threads.h"

void blas_set_num_threads(int num_threads) { tessera::set_num_threads_global(num_threads < 0 ? 0 : num_threads); }
int blas_get_num_threads(void) { return tessera::num_threads(); }
