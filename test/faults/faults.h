// What hurts libraries: one case, one process. A case returns when all went well, calls fail() when not; a crash or a
// hang is seen by the runner. Cases use names that every BLAS has, so that others can be put beside this one.
#pragma once

#include <complex>
#include <string>
#include <vector>

namespace faults {

struct Case {
  std::string name;
  void (*run)();
};

std::vector<Case> process_cases();  // fork, exit, dlclose
std::vector<Case> thread_cases();   // callers, stacks, signals, idling
std::vector<Case> limit_cases();    // no threads, no memory, environment
std::vector<Case> number_cases();   // modes, NaN, sizes, guards, bits

// Ends the case with one line of text.
[[noreturn, gnu::format(printf, 1, 2)]] void fail(const char* format, ...);

// The library under test.
struct Blas {
  void* handle;
  void (*dgemm)(int, int, int, int, int, int, double, const double*, int, const double*, int, double, double*, int);
  void (*dgemm_f)(const char*, const char*, const int*, const int*, const int*, const double*, const double*,
                  const int*, const double*, const int*, const double*, double*, const int*);
  void (*dgemv)(int, int, int, int, double, const double*, int, const double*, int, double, double*, int);
  void (*cgemv)(int, int, int, int, const void*, const void*, int, const void*, int, const void*, void*, int);
  double (*ddot)(int, const double*, int, const double*, int);
  void (*cdotu)(int, const void*, int, const void*, int, void*);
  void (*daxpy)(int, double, const double*, int, double*, int);
  void (*dscal)(int, double, double*, int);
  double (*dnrm2)(int, const double*, int);
};
const Blas& blas();  // loads it on first use
Blas load();         // loads it once more
inline constexpr int kRow = 101, kColumn = 102, kNoTrans = 111, kTrans = 112;

// An n x n product of small integers, exact in any order of summation, on the library under test.
class Product {
 public:
  explicit Product(int n);
  // Computes it again. False when an element is wrong.
  bool right();
  void compute(double* c) const;
  int n() const { return n_; }
  const double* a() const { return a_.data(); }
  const double* b() const { return b_.data(); }

 private:
  int n_;
  std::vector<double> a_, b_, c_, expected_;
};
inline constexpr int kThreaded = 256;  // large enough for every library to use several threads

// What the interposed functions of the C library do from now on.
struct Failing {
  long malloc_from = 0;   // the n-th allocation from now on and all later ones fail; 0: none
  long malloc_only = 0;   // the n-th fails alone
  bool mmap = false;      // anonymous mappings fail
  long threads_from = 0;  // the n-th pthread_create and all later ones fail
};
void set_failing(const Failing& failing);
long allocations();  // since set_failing()

// A child of this process runs `f` and ends; fails the case when it does not end well.
template <class F>
void in_child(const char* what, F f);
void await_child(int pid, const char* what);

// This program, with the library under test, computes a threaded product in a process of its own. Returns what waitpid
// says, or -1 when it did not end in 10 s.
int compute_in_new_process();

int threads_of_process();
double cpu_seconds();

}  // namespace faults

#include <unistd.h>

template <class F>
void faults::in_child(const char* what, F f) {
  const int pid = fork();
  if (pid < 0) fail("%s: fork failed", what);
  if (pid == 0) {
    f();
    _exit(0);
  }
  await_child(pid, what);
}
