/**
 * @file context.h
 * @brief How a call is executed: threads, the host's thread pool, ISA cap. A NULL context means the process-wide
 * defaults.
 */
#ifndef TESSERA_CONTEXT_H
#define TESSERA_CONTEXT_H

#include <tessera/status.h>
#include <tessera/types.h>

TSR_EXTERN_C_BEGIN

/** Opaque. Configure it, then share it: any number of threads may use one context at once as long as none changes it.
 */
typedef struct tsr_context tsr_context;

/**
 * A host's own parallel loop. It must call `task(task_arg, i)` once for every i in [0, n), from any threads, in any
 * order, one after another or at the same time, and return when all calls have returned.
 */
typedef void (*tsr_parallel_for)(void* host, int n, void (*task)(void* task_arg, int index), void* task_arg);

/** Creates a context with the defaults of the process. Errors: -1, TSR_OUT_OF_MEMORY. */
TSR_API tsr_status tsr_context_create(tsr_context** context);

/** Destroys a context; NULL is allowed. */
TSR_API void tsr_context_destroy(tsr_context* context);

/**
 * Threads for calls made with this context, the caller included; 0 means what tsr_get_num_threads() gives the calling
 * thread. Errors: -1, -2 (negative).
 */
TSR_API tsr_status tsr_context_set_num_threads(tsr_context* context, int num_threads);

/**
 * Run parallel work through the host's pool instead of Tessera's own; NULL `parallel_for` returns to the latter. The
 * loop is asked for at most as many indices as the call has threads. Errors: -1.
 */
TSR_API tsr_status tsr_context_set_parallel_for(tsr_context* context, tsr_parallel_for parallel_for, void* host);

/**
 * Use no instruction set above the named one ("baseline", "avx2", "avxvnni", "avx512", "avx512vnni", "neon",
 * "neondot", "neoni8mm", "sve256", "neon32"); one that has kernels of 8-bit products alone caps these, and real ones at
 * what it contains. NULL lifts the cap. The environment variable TESSERA_ISA caps the whole process, and a context does
 * not reach above it. Errors: -1; -2 when the name is unknown; TSR_UNSUPPORTED when this CPU or build lacks it.
 */
TSR_API tsr_status tsr_context_set_isa(tsr_context* context, const char* isa);

/**
 * Process-wide thread count for calls without a count of their own; 0 returns to the default, which is
 * TESSERA_NUM_THREADS, else OMP_NUM_THREADS, else the CPUs in the affinity mask, bounded by the cgroup's CPU quota.
 * Errors: -1 (negative). Thread-safe.
 */
TSR_API tsr_status tsr_set_num_threads(int num_threads);

/** Thread count for calls made by the calling thread; 0 removes it. Errors: -1 (negative). */
TSR_API tsr_status tsr_set_num_threads_local(int num_threads);

/** The count that a call without a context would use now on this thread: the thread's, else the process's, else the
 * default. */
TSR_API int tsr_get_num_threads(void);

/** Gives the calling thread's cached workspace back to the system. It is allocated again when needed. */
TSR_API void tsr_release_workspace(void);

TSR_EXTERN_C_END

#endif
