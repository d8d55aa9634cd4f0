/*
 * OpenBLAS's names of thread control, for programs that know no others (threadpoolctl does not): a library of its own
 * that a user loads on purpose beside libblas.so.3. In libblas.so.3 itself the names would make programs take it for an
 * OpenBLAS, with all of OpenBLAS's other functions, and threadpoolctl would not look: it goes by file names, and on
 * Linux passes over every libblas.
 *
 * Beside another library's libblas.so.3 it has nothing to control and says so: one thread, whatever is set.
 */
#include <stddef.h>

#define PUBLIC __attribute__((visibility("default")))
#define IF_THERE __attribute__((weak))

IF_THERE void blas_set_num_threads(int num_threads);
IF_THERE int blas_get_num_threads(void);
IF_THERE const char* tsr_version(void);

PUBLIC void openblas_set_num_threads(int num_threads) {
  if (blas_set_num_threads != NULL) blas_set_num_threads(num_threads);
}

PUBLIC int openblas_get_num_threads(void) { return blas_get_num_threads != NULL ? blas_get_num_threads() : 1; }

/* Not "OpenBLAS <version>": what follows that word is compared with OpenBLAS's versions. */
PUBLIC const char* openblas_get_config(void) { return "Tessera"; }

PUBLIC const char* openblas_get_corename(void) { return tsr_version != NULL ? tsr_version() : "unknown"; }

/* 0: sequential, 1: threads of its own, 2: OpenMP. */
PUBLIC int openblas_get_parallel(void) { return 1; }
