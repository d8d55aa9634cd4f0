// Many callers, small stacks, signals, idling.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>

#include "faults.h"

namespace {
bool g_jump = false;
jmp_buf g_after_report;
std::atomic<int> g_reports{0};
}  // namespace

// The program's error handlers.
extern "C" {
__attribute__((visibility("default"))) void xerbla_(const char*, const int*, std::size_t) {
  ++g_reports;
  if (g_jump) longjmp(g_after_report, 1);
}
__attribute__((visibility("default"))) void cblas_xerbla(int, const char*, const char*, ...) {
  ++g_reports;
  if (g_jump) longjmp(g_after_report, 1);
}
}

namespace faults {
namespace {

void expect_right(Product& product, const char* where) {
  if (!product.right()) fail("wrong result %s", where);
}

template <class F>
void in_threads(int n, F f) {
  std::vector<std::thread> threads;
  for (int i = 0; i < n; ++i) threads.emplace_back([&f, i] { f(i); });
  for (std::thread& t : threads) t.join();
}

void no_threads_before_they_are_needed() {
  blas();
  Product small(8);
  expect_right(small, "of a small call");
  if (const int n = threads_of_process(); n != 1) fail("%d threads after a call of 8 x 8 x 8", n);
}

void first_calls_at_once() {
  std::vector<Product> products(8, Product(kThreaded));
  std::atomic<int> ready{0};
  in_threads(8, [&](int i) {
    ++ready;
    while (ready < 8) {
    }
    for (int round = 0; round < 3; ++round)
      expect_right(products[static_cast<std::size_t>(i)], "of one of 8 first calls");
  });
}

void callers_at_once() {
  in_threads(8, [](int i) {
    Product large(kThreaded), small(5 + 7 * i);
    for (int round = 0; round < 10; ++round) {
      expect_right(large, "with 8 callers");
      expect_right(small, "of a small call with 8 callers");
    }
  });
}

void thread_churn() {
  Product product(kThreaded);
  expect_right(product, "before");
  const auto resident_mb = [] {
    long pages = 0, resident = 0;
    std::FILE* f = std::fopen("/proc/self/statm", "r");
    if (f == nullptr || std::fscanf(f, "%ld %ld", &pages, &resident) != 2) fail("no statm");
    std::fclose(f);
    return resident * 4 / 1024;
  };
  const auto churn = [&](int n) {
    for (int i = 0; i < n; ++i) std::thread([&] { expect_right(product, "in a short thread"); }).join();
  };
  churn(20);
  const long before = resident_mb();
  churn(300);
  const long after = resident_mb();
  if (after > before + 30) fail("300 threads left %ld MB behind", after - before);
  if (const int n = threads_of_process(); n > 16) fail("%d threads", n);
}

void call_in_a_thread_local_destructor() {
  static Product product(kThreaded);
  struct AtExit {
    bool armed = false;
    ~AtExit() {
      if (armed) expect_right(product, "in a destructor at a thread's end");
    }
  };
  std::thread([] {
    thread_local AtExit at_exit;
    at_exit.armed = true;
    expect_right(product, "before");
  }).join();
}

void on_stack(std::size_t bytes, void* (*f)(void*)) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, bytes) != 0) fail("no stack of %zu bytes", bytes);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, f, nullptr) != 0) fail("no thread");
  pthread_join(thread, nullptr);
}

void* products_of_several_sizes(void*) {
  static Product products[] = {Product(3), Product(31), Product(100), Product(kThreaded), Product(400)};
  for (Product& p : products) expect_right(p, "on a small stack");
  return nullptr;
}
void caller_stack_128k() {
  products_of_several_sizes(nullptr);
  on_stack(128 << 10, products_of_several_sizes);
}
void caller_stack_64k() {
  products_of_several_sizes(nullptr);
  on_stack(64 << 10, products_of_several_sizes);
}

void worker_stacks_128k() {
  const rlimit small{128 << 10, 128 << 10};
  setrlimit(RLIMIT_STACK, &small);  // of threads whose creator asks for no size, from the next exec on
  if (compute_in_new_process() != 0) fail("a process with stacks of 128 KiB did not end well");
}

void interval_timer() {
  static std::atomic<long> ticks{0};
  struct sigaction action {};
  action.sa_handler = [](int) { ++ticks; };
  sigaction(SIGALRM, &action, nullptr);
  const itimerval every{{0, 1000}, {0, 1000}};
  setitimer(ITIMER_REAL, &every, nullptr);
  Product product(kThreaded);
  for (int i = 0; i < 50; ++i) expect_right(product, "with a timer of 1 kHz");
  if (ticks < 10) fail("the timer did not run");
}

void handlers_run_on_the_programs_threads() {
  static const pid_t main_thread = static_cast<pid_t>(syscall(SYS_gettid));
  static std::atomic<int> elsewhere{0}, handled{0};
  struct sigaction action {};
  action.sa_handler = [](int) {
    ++handled;
    if (syscall(SYS_gettid) != main_thread) ++elsewhere;
  };
  sigaction(SIGALRM, &action, nullptr);
  Product product(kThreaded);
  expect_right(product, "before");
  // The system hands a signal to any thread that does not block it: here the main thread does, now and then.
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  for (int i = 0; i < 20; ++i) {
    pthread_sigmask(SIG_BLOCK, &alarm, nullptr);
    kill(getpid(), SIGALRM);
    usleep(1000);
    pthread_sigmask(SIG_UNBLOCK, &alarm, nullptr);
  }
  if (elsewhere != 0) fail("%d of %d signals ran on the library's threads", elsewhere.load(), handled.load());
}

void signal_handler_computes() {
  static Product *inside = new Product(40), *outside = new Product(kThreaded);
  struct sigaction action {};
  action.sa_handler = [](int) { expect_right(*inside, "in a signal handler between calls"); };
  sigaction(SIGUSR1, &action, nullptr);
  for (int i = 0; i < 5; ++i) {
    expect_right(*outside, "outside");
    raise(SIGUSR1);
  }
}

void bad_call_jumps_out(bool fortran) {
  const double one = 1;
  double c[4] = {};
  const int two = 2, bad = -1;
  g_jump = true;
  if (setjmp(g_after_report) == 0) {
    if (fortran)
      blas().dgemm_f("N", "N", &two, &bad, &two, &one, c, &two, c, &two, &one, c, &two);
    else
      blas().dgemm(kRow, kNoTrans, kNoTrans, 2, 2, -1, 1, c, 2, c, 2, 0, c, 2);
    fail("the call returned");
  }
  g_jump = false;
}

void longjmp_out_of_xerbla() {
  Product product(kThreaded);
  expect_right(product, "before");
  for (int i = 0; i < 3; ++i) {
    bad_call_jumps_out(true);
    bad_call_jumps_out(false);
    expect_right(product, "after a jump out of xerbla");
  }
}

void bad_arguments_from_many_threads() {
  in_threads(8, [](int) {
    double c[4] = {1, 2, 3, 4};
    for (int i = 0; i < 200; ++i) blas().dgemm(kRow, kNoTrans, kNoTrans, 2, 2, -1, 1, c, 2, c, 2, 0, c, 2);
    if (c[0] != 1 || c[3] != 4) fail("a bad call wrote");
  });
  if (g_reports != 1600) fail("%d reports of 1600 bad calls", g_reports.load());
}

void idle_threads_sleep() {
  Product product(kThreaded);
  for (int i = 0; i < 5; ++i) expect_right(product, "before");
  usleep(50'000);
  const double before = cpu_seconds();
  usleep(500'000);
  const double used = cpu_seconds() - before;
  if (used > 0.02) fail("%.0f ms of CPU time in 500 ms of idling", used * 1e3);
}

}  // namespace

std::vector<Case> thread_cases() {
  return {{"threads, none for a small call", no_threads_before_they_are_needed},
          {"threads, 8 first calls at once", first_calls_at_once},
          {"threads, 8 callers at once", callers_at_once},
          {"threads, 300 short ones", thread_churn},
          {"threads, call at a thread's end", call_in_a_thread_local_destructor},
          {"stack of 128 KiB, caller", caller_stack_128k},
          {"stack of 64 KiB, caller", caller_stack_64k},
          {"stacks of 128 KiB, workers", worker_stacks_128k},
          {"signal, timer of 1 kHz", interval_timer},
          {"signal, not on library's threads", handlers_run_on_the_programs_threads},
          {"signal, handler computes", signal_handler_computes},
          {"xerbla, longjmp out of it", longjmp_out_of_xerbla},
          {"xerbla, from 8 threads", bad_arguments_from_many_threads},
          {"idle, threads sleep after 50 ms", idle_threads_sleep}};
}

}  // namespace faults
