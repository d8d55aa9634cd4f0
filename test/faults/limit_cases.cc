// No threads to be had, no memory to be had, nonsense in the environment.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "faults.h"

namespace faults {
namespace {

void expect_right(Product& product, const char* where) {
  if (!product.right()) fail("wrong result %s", where);
}

void no_thread_at_all() {
  Product product(kThreaded);
  set_failing({.threads_from = 1});
  expect_right(product, "without threads");
  expect_right(product, "without threads, again");
}
void no_second_thread() {
  Product product(kThreaded);
  set_failing({.threads_from = 2});
  expect_right(product, "with one thread more");
  expect_right(product, "with one thread more, again");
}
void threads_come_back() {
  Product product(kThreaded);
  set_failing({.threads_from = 1});
  expect_right(product, "without threads");
  set_failing({});
  expect_right(product, "with threads");
}

// Root has no such limit, so the case becomes somebody else first.
void process_limit() {
  Product product(kThreaded);
  blas();
  if (getuid() == 0 && setuid(65534) != 0) fail("setuid failed");
  const rlimit none{1, 1};
  setrlimit(RLIMIT_NPROC, &none);
  expect_right(product, "under RLIMIT_NPROC");
}

void allocation_fails_from(long n, bool after_work) {
  in_child("child", [=] {
    Product product(300);
    blas();
    if (after_work) expect_right(product, "before");
    set_failing({.malloc_from = n});
    expect_right(product, "without memory");
    set_failing({});
    expect_right(product, "with memory again");
  });
}
void no_memory_in_first_call() { allocation_fails_from(1, false); }
void no_memory_after_first_call() { allocation_fails_from(1, true); }
void no_memory_from_nth() {
  for (long n = 2; n <= 30; ++n) allocation_fails_from(n, false);
}
void one_allocation_fails() {
  for (long n = 1; n <= 30; ++n) {
    in_child("child", [=] {
      Product product(300);
      blas();
      set_failing({.malloc_only = n});
      expect_right(product, "with one allocation failing");
      set_failing({});
      expect_right(product, "afterwards");
    });
  }
}
void no_mappings() {
  Product product(300);
  blas();
  set_failing({.mmap = true});
  expect_right(product, "without mappings");
  set_failing({});
  expect_right(product, "with mappings again");
}
void no_memory_of_any_kind() {
  Product product(300);
  blas();
  set_failing({.malloc_from = 1, .mmap = true, .threads_from = 1});
  expect_right(product, "with nothing to be had");
}
void no_memory_in_new_thread_each() {
  Product product(300);
  expect_right(product, "before");
  for (int i = 0; i < 4; ++i) {
    in_child("child", [&] {
      set_failing({.malloc_from = 1, .mmap = true});
      expect_right(product, "in a child without memory");
    });
  }
}

void address_space(rlim_t spare) {
  Product product(1000);
  blas();
  long pages = 0;
  std::FILE* f = std::fopen("/proc/self/statm", "r");
  if (f == nullptr || std::fscanf(f, "%ld", &pages) != 1) fail("no statm");
  std::fclose(f);
  const rlim_t now = static_cast<rlim_t>(pages) * 4096;
  const rlimit limit{now + spare, now + spare};
  setrlimit(RLIMIT_AS, &limit);
  expect_right(product, "under RLIMIT_AS");
}
void address_space_none() { address_space(0); }
void address_space_1m() { address_space(1 << 20); }
void address_space_16m() { address_space(16 << 20); }

void nonsense_in(const std::vector<const char*>& variables) {
  const std::string longest(100'000, 'x');
  const char* values[] = {"",
                          "0",
                          "-1",
                          "2,",
                          ",",
                          " ",
                          "abc",
                          "2x",
                          "1e9",
                          "%s%n%s%n",
                          "\xff\xfe\x80",
                          "4294967297",
                          "99999999999999999999",
                          "-99999999999999999999",
                          "/",
                          "/dev/full",
                          longest.c_str()};
  for (const char* variable : variables) {
    for (const char* value : values) {
      setenv(variable, value, 1);
      const int status = compute_in_new_process();
      if (status != 0)
        fail("%s=%.30s: %s", variable, value, status == -1 ? "hang" : WIFSIGNALED(status) ? "crash" : "wrong result");
      unsetenv(variable);
    }
  }
}
void nonsense_in_thread_counts() {
  nonsense_in({"TESSERA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "BLIS_NUM_THREADS"});
}
void nonsense_in_instruction_sets() { nonsense_in({"TESSERA_ISA", "OPENBLAS_CORETYPE", "BLIS_ARCH_TYPE"}); }
void nonsense_in_other_settings() {
  nonsense_in({"TESSERA_VERBOSE", "TESSERA_PROFILE", "OPENBLAS_VERBOSE", "BLIS_IC_NT", "XDG_CONFIG_HOME", "HOME"});
}
void no_environment() {
  clearenv();
  if (compute_in_new_process() != 0) fail("a process without an environment did not end well");
}
void no_proc_or_stdio() {
  for (int fd = 0; fd < 3; ++fd) close(fd);
  setenv("TESSERA_VERBOSE", "2", 1);
  if (compute_in_new_process() != 0) fail("a process without open files did not end well");
}

}  // namespace

std::vector<Case> limit_cases() {
  return {{"no threads", no_thread_at_all},
          {"no threads after the first", no_second_thread},
          {"no threads, then some", threads_come_back},
          {"no threads by RLIMIT_NPROC", process_limit},
          {"no memory in the first call", no_memory_in_first_call},
          {"no memory after the first call", no_memory_after_first_call},
          {"no memory from the n-th request", no_memory_from_nth},
          {"no memory for one request", one_allocation_fails},
          {"no mappings", no_mappings},
          {"no memory, mappings, threads", no_memory_of_any_kind},
          {"no memory in a forked child", no_memory_in_new_thread_each},
          {"address space used up", address_space_none},
          {"address space, 1 MiB left", address_space_1m},
          {"address space, 16 MiB left", address_space_16m},
          {"environment, thread counts", nonsense_in_thread_counts},
          {"environment, instruction sets", nonsense_in_instruction_sets},
          {"environment, other settings", nonsense_in_other_settings},
          {"environment, none", no_environment},
          {"environment, no standard streams", no_proc_or_stdio}};
}

}  // namespace faults
