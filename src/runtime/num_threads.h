// How many threads a call uses when it does not say.
#pragma once

namespace tessera {

// The default of the process, computed once at first use: TESSERA_NUM_THREADS, else OMP_NUM_THREADS (its first number),
// else the CPUs of the affinity mask bounded by the cgroup's CPU quota (cgroup v2 cpu.max, v1 cfs quota; rounded up).
// Values that are not positive numbers are ignored. At least 1.
int default_num_threads();

// Precedence of num_threads(): this thread's count, then the process-wide count, then the default. 0 removes a count.
void set_num_threads_global(int n);
void set_num_threads_local(int n);
int num_threads_local();  // 0 when none is set
int num_threads();

}  // namespace tessera
