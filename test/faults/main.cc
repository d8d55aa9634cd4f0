// faults [--only <prefix>] <libblas.so.3> : runs every case in a process of its own, a line for each: ok, FAIL with the
// reason, crash or hang. The exit code is 0 when every line says ok.
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "faults.h"

namespace faults {
namespace {

constexpr int kReport = 3;  // the runner reads a case's reason here
constexpr int kPatienceMs = 20'000;
const char* g_library;
const char* g_program;

template <class F>
void find(void* handle, const char* name, F& f) {
  f = reinterpret_cast<F>(dlsym(handle, name));
}

}  // namespace

void fail(const char* format, ...) {
  char text[300];
  va_list arguments;
  va_start(arguments, format);
  int n = std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (n >= static_cast<int>(sizeof text)) n = sizeof text - 1;
  if (write(kReport, text, static_cast<std::size_t>(n)) != n) _exit(2);
  _exit(1);
}

Blas load() {
  Blas b{};
  b.handle = dlopen(g_library, RTLD_NOW | RTLD_LOCAL);
  if (b.handle == nullptr) fail("%s", dlerror());
  find(b.handle, "cblas_dgemm", b.dgemm);
  find(b.handle, "dgemm_", b.dgemm_f);
  find(b.handle, "cblas_dgemv", b.dgemv);
  find(b.handle, "cblas_cgemv", b.cgemv);
  find(b.handle, "cblas_ddot", b.ddot);
  find(b.handle, "cblas_cdotu_sub", b.cdotu);
  find(b.handle, "cblas_daxpy", b.daxpy);
  find(b.handle, "cblas_dscal", b.dscal);
  find(b.handle, "cblas_dnrm2", b.dnrm2);
  if (b.dgemm == nullptr) fail("no cblas_dgemm in %s", g_library);
  return b;
}

const Blas& blas() {
  static const Blas loaded = load();
  return loaded;
}

Product::Product(int n) : n_(n) {
  const auto size = static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  a_.resize(size), b_.resize(size), c_.resize(size), expected_.resize(size);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) {
      a_[static_cast<std::size_t>(i * n + j)] = (i + 2 * j) % 7 - 3;
      b_[static_cast<std::size_t>(i * n + j)] = (3 * i + j) % 5 - 2;
    }
  for (int i = 0; i < n; ++i)
    for (int p = 0; p < n; ++p) {
      const double x = a_[static_cast<std::size_t>(i * n + p)];
      for (int j = 0; j < n; ++j)
        expected_[static_cast<std::size_t>(i * n + j)] += x * b_[static_cast<std::size_t>(p * n + j)];
    }
}
void Product::compute(double* c) const {
  blas().dgemm(kRow, kNoTrans, kNoTrans, n_, n_, n_, 1, a(), n_, b(), n_, 0, c, n_);
}
bool Product::right() {
  compute(c_.data());
  return std::memcmp(c_.data(), expected_.data(), c_.size() * sizeof(double)) == 0;
}

// What waitpid says, or -1 when the child did not end in time; it is killed then.
static int wait_for(int pid, int patience_ms) {
  for (int waited = 0; waited < patience_ms; ++waited) {
    int status;
    if (waitpid(pid, &status, WNOHANG) == pid) return status;
    usleep(1000);
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  return -1;
}

void await_child(int pid, const char* what) {
  const int status = wait_for(pid, kPatienceMs / 2);
  if (status == -1) fail("%s: the child hangs", what);
  if (WIFSIGNALED(status)) fail("%s: the child died of signal %d", what, WTERMSIG(status));
  if (WEXITSTATUS(status) == 1) _exit(1);  // it has said why
  if (WEXITSTATUS(status) != 0) fail("%s: the child ended with exit code %d", what, WEXITSTATUS(status));
}

int compute_in_new_process() {
  const int pid = fork();
  if (pid == 0) {
    execl(g_program, g_program, "--compute", g_library, static_cast<char*>(nullptr));
    _exit(127);
  }
  return wait_for(pid, kPatienceMs / 2);
}

int threads_of_process() {
  int n = 0;
  for ([[maybe_unused]] const auto& task : std::filesystem::directory_iterator("/proc/self/task")) ++n;
  return n;
}

double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

namespace {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (auto cases : {process_cases, thread_cases, limit_cases, number_cases})
    for (Case& c : cases()) all.push_back(std::move(c));
  return all;
}

// The verdict on a case: "ok", "FAIL ...", "crash ..." or "hang".
std::string judge(const Case& c) {
  int report[2];
  if (pipe(report) != 0) std::exit(3);
  const int pid = fork();
  if (pid == 0) {
    setpgid(0, 0);  // with the children that it leaves
    dup2(report[1], kReport);
    const int null = open("/dev/null", O_RDWR);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    for (const char* name : {"OMP_NUM_THREADS", "BLIS_NUM_THREADS"}) setenv(name, "4", 1);
    execl(g_program, g_program, "--case", c.name.c_str(), g_library, static_cast<char*>(nullptr));
    _exit(127);
  }
  close(report[1]);
  const int status = wait_for(pid, kPatienceMs);
  kill(-pid, SIGKILL);
  char text[301] = "";
  pollfd ready{report[0], POLLIN, 0};
  const ssize_t n = poll(&ready, 1, 100) > 0 ? read(report[0], text, sizeof text - 1) : 0;
  close(report[0]);
  if (n > 0) return std::string("FAIL ") + std::string(text, static_cast<std::size_t>(n));
  if (status == -1) return "hang";
  if (WIFSIGNALED(status)) return std::string("crash ") + strsignal(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "ok" : "FAIL exit code " + std::to_string(WEXITSTATUS(status));
}

int run_case(const char* name) {
  for (const Case& c : all_cases())
    if (c.name == name) {
      c.run();
      return 0;
    }
  return 3;
}

}  // namespace
}  // namespace faults

int main(int argc, char** argv) {
  using namespace faults;
  static char program[4096];
  if (readlink("/proc/self/exe", program, sizeof program - 1) < 0) return 3;
  g_program = program;
  g_library = argv[argc - 1];
  if (argc == 4 && std::strcmp(argv[1], "--case") == 0) return run_case(argv[2]);
  if (argc == 3 && std::strcmp(argv[1], "--compute") == 0) return Product(kThreaded).right() ? 0 : 1;
  const char* only = argc == 4 && std::strcmp(argv[1], "--only") == 0 ? argv[2] : "";
  int bad = 0, run = 0;
  for (const Case& c : all_cases()) {
    if (c.name.compare(0, std::strlen(only), only) != 0) continue;
    const std::string verdict = judge(c);
    bad += verdict != "ok";
    ++run;
    std::printf("%-36s %s\n", c.name.c_str(), verdict.c_str());
    std::fflush(stdout);
  }
  std::printf("%d cases, %d fall short\n", run, bad);
  return bad != 0 || run == 0;
}
