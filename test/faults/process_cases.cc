// fork, exit, dlclose.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "faults.h"

namespace faults {
namespace {

void expect_right(Product& product, const char* where) {
  if (!product.right()) fail("wrong result %s", where);
}

// A thread that computes until the process ends.
class Busy {
 public:
  explicit Busy(int n) {
    std::thread([this, n] {
      Product product(n);
      for (;;) {
        if (!product.right()) fail("wrong result in the busy thread");
        rounds_.fetch_add(1);
      }
    }).detach();
    while (rounds_ == 0) usleep(100);
  }

 private:
  std::atomic<long> rounds_{0};
};

void fork_before_work() {
  Product product(kThreaded);
  blas();
  in_child("child", [&] { expect_right(product, "in the child"); });
  expect_right(product, "in the parent");
}

void fork_after_work() {
  Product product(kThreaded);
  expect_right(product, "before");
  for (int i = 0; i < 5; ++i) {
    in_child("child", [&] { expect_right(product, "in the child"); });
    expect_right(product, "in the parent");
  }
}

void fork_child_of_child() {
  Product product(kThreaded);
  expect_right(product, "before");
  in_child("child", [&] {
    expect_right(product, "in the child");
    in_child("grandchild", [&] { expect_right(product, "in the grandchild"); });
    expect_right(product, "in the child afterwards");
  });
  expect_right(product, "in the parent");
}

void fork_while_another_thread_computes() {
  static Busy busy(kThreaded);
  Product product(kThreaded);
  for (int i = 0; i < 20; ++i) in_child("child", [&] { expect_right(product, "in the child"); });
}

void fork_while_another_thread_computes_small() {
  static Busy busy(24);
  Product product(kThreaded);
  for (int i = 0; i < 20; ++i) in_child("child", [&] { expect_right(product, "in the child"); });
}

void fork_child_exits_normally() {
  Product product(kThreaded);
  expect_right(product, "before");
  in_child("child", [&] {
    expect_right(product, "in the child");
    std::exit(0);
  });
  in_child("child that computes nothing", [] { std::exit(0); });
}

void exit_idle() {
  Product product(kThreaded);
  expect_right(product, "before");
  std::exit(0);
}

void exit_while_another_thread_computes() {
  static Busy busy(kThreaded);
  std::exit(0);
}

void exit_by_another_thread() {
  Product product(kThreaded);
  std::thread([] {
    usleep(20'000);
    std::exit(0);
  }).detach();
  for (;;) expect_right(product, "in the main thread");
}

void exit_handler_computes() {
  static Product product(kThreaded);
  expect_right(product, "before");
  std::atexit([] {
    if (!product.right()) fail("wrong result in an exit handler");
  });
  std::exit(0);
}

void exit_of_main_thread_alone() {
  std::thread([] {
    usleep(20'000);
    Product product(kThreaded);
    expect_right(product, "after the main thread ended");
    std::exit(0);
  }).detach();
  Product product(kThreaded);
  expect_right(product, "in the main thread");
  pthread_exit(nullptr);
}

void dlclose_idle() {
  Product product(kThreaded);
  expect_right(product, "before");
  dlclose(blas().handle);
  usleep(50'000);
}

void dlclose_and_reload() {
  std::vector<double> a(kThreaded * kThreaded, 1.0), c(a.size());
  int most = 0;
  for (int i = 0; i < 50; ++i) {
    const Blas b = load();
    b.dgemm(kRow, kNoTrans, kNoTrans, kThreaded, kThreaded, kThreaded, 1, a.data(), kThreaded, a.data(), kThreaded, 0,
            c.data(), kThreaded);
    if (c.back() != kThreaded) fail("wrong result in round %d", i);
    dlclose(b.handle);
    most = std::max(most, threads_of_process());
  }
  if (most > 16) fail("%d threads", most);
}

void dlclose_while_another_thread_computes() {
  static Busy busy(kThreaded);
  dlclose(blas().handle);
  usleep(100'000);
}

void dlclose_before_thread_exit() {
  std::thread([] {
    Product product(kThreaded);
    expect_right(product, "before");
    dlclose(blas().handle);
  }).join();  // what the library does at the end of a thread has to be there still
}

}  // namespace

std::vector<Case> process_cases() {
  return {{"fork before work", fork_before_work},
          {"fork after work", fork_after_work},
          {"fork, child of child", fork_child_of_child},
          {"fork during work", fork_while_another_thread_computes},
          {"fork during small work", fork_while_another_thread_computes_small},
          {"fork, child exits normally", fork_child_exits_normally},
          {"exit when idle", exit_idle},
          {"exit during another thread's work", exit_while_another_thread_computes},
          {"exit by another thread during work", exit_by_another_thread},
          {"exit handler computes", exit_handler_computes},
          {"exit of the main thread alone", exit_of_main_thread_alone},
          {"dlclose when idle", dlclose_idle},
          {"dlclose and load again", dlclose_and_reload},
          {"dlclose during work", dlclose_while_another_thread_computes},
          {"dlclose before a thread's end", dlclose_before_thread_exit}};
}

}  // namespace faults
