// The 64-bit libraries, and all three widths and namings in one process.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <tessera_blas64.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

extern "C" {
void dgemm_(const char*, const char*, const int*, const int*, const int*, const double*, const double*, const int*,
            const double*, const int*, const double*, double*, const int*);
void dgemm_64_(const char*, const char*, const std::int64_t*, const std::int64_t*, const std::int64_t*, const double*,
               const double*, const std::int64_t*, const double*, const std::int64_t*, const double*, double*,
               const std::int64_t*);
void cblas_dgemm64_(CBLAS_LAYOUT, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, std::int64_t, std::int64_t, std::int64_t, double,
                    const double*, std::int64_t, const double*, std::int64_t, double, double*, std::int64_t);
extern int CBLAS_CallFromC_64;
std::int64_t idamax_64_(const std::int64_t*, const double*, const std::int64_t*);
}

namespace {

struct Report {
  std::string routine;
  std::int64_t position;
  bool wide, from_c;
  friend bool operator==(const Report&, const Report&) = default;
};
std::vector<Report> reports;

}  // namespace

// The program's own handlers, of both widths.
extern "C" {
__attribute__((visibility("default"))) void xerbla_(const char* name, const int* info, std::size_t length) {
  reports.push_back({std::string(name, length), *info, false, false});
}
__attribute__((visibility("default"))) void xerbla_64_(const char* name, const std::int64_t* info, std::size_t length) {
  reports.push_back({std::string(name, length), *info, true, CBLAS_CallFromC_64 != 0});
}
__attribute__((visibility("default"))) void cblas_xerbla_64(std::int64_t p, const char* routine, const char*, ...) {
  reports.push_back({routine, p, true, CBLAS_CallFromC_64 != 0});
}
}

namespace {

// Integers with garbage where a reader of the wrong width would look.
struct Narrow {
  int value, garbage = 0x5a5a5a5a;
};

const double kA[4] = {1, 2, 3, 4}, kB[4] = {5, 6, 7, 8}, kExpected[4] = {23, 34, 31, 46};

TEST(Blas64, EveryWidthAndNameInOneProcess) {
  const double one = 1, zero = 0;
  const Narrow two{2};
  const std::int64_t wide = 2;
  double c[4];
  dgemm_("N", "N", &two.value, &two.value, &two.value, &one, kA, &two.value, kB, &two.value, &zero, c, &two.value);
  EXPECT_EQ(std::memcmp(c, kExpected, sizeof c), 0);
  std::memset(c, 0, sizeof c);
  dgemm_64_("N", "N", &wide, &wide, &wide, &one, kA, &wide, kB, &wide, &zero, c, &wide);
  EXPECT_EQ(std::memcmp(c, kExpected, sizeof c), 0);
  std::memset(c, 0, sizeof c);
  cblas_dgemm_64(CblasColMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1, kA, 2, kB, 2, 0, c, 2);
  EXPECT_EQ(std::memcmp(c, kExpected, sizeof c), 0);
  std::memset(c, 0, sizeof c);
  cblas_dgemm64_(CblasColMajor, CblasNoTrans, CblasNoTrans, 2, 2, 2, 1, kA, 2, kB, 2, 0, c, 2);
  EXPECT_EQ(std::memcmp(c, kExpected, sizeof c), 0);

  void* plain = dlopen(TESSERA_LIBBLAS64, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(plain, nullptr) << dlerror();
  const auto plain_dgemm = reinterpret_cast<decltype(&dgemm_64_)>(dlsym(plain, "dgemm_"));
  ASSERT_NE(plain_dgemm, nullptr);
  ASSERT_NE(reinterpret_cast<void*>(plain_dgemm), reinterpret_cast<void*>(&dgemm_));
  std::memset(c, 0, sizeof c);
  plain_dgemm("N", "N", &wide, &wide, &wide, &one, kA, &wide, kB, &wide, &zero, c, &wide);
  EXPECT_EQ(std::memcmp(c, kExpected, sizeof c), 0);
}

TEST(Blas64, EachWidthReportsToItsOwnHandler) {
  const double one = 1;
  double c[4] = {9, 9, 9, 9};
  const Narrow two{2}, bad{-2};
  const std::int64_t wide = 2, wide_bad = -2;
  reports.clear();
  dgemm_("N", "N", &two.value, &bad.value, &two.value, &one, kA, &two.value, kB, &two.value, &one, c, &two.value);
  dgemm_64_("N", "N", &wide, &wide, &wide_bad, &one, kA, &wide, kB, &wide, &one, c, &wide);
  cblas_dgemm_64(CblasColMajor, CblasNoTrans, CblasNoTrans, -1, 2, 2, 1, kA, 2, kB, 2, 0, c, 2);
  EXPECT_EQ(reports, (std::vector<Report>{
                         {"DGEMM ", 4, false, false}, {"DGEMM ", 5, true, false}, {"cblas_dgemm", 4, true, true}}));
  for (double x : c) EXPECT_EQ(x, 9);
}

// In the plain 64-bit library the program's 32-bit handler is the one found first.
TEST(Blas64, AHandlerOfTheOtherWidthReadsTheSameNumber) {
  void* plain = dlopen(TESSERA_LIBBLAS64, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(plain, nullptr) << dlerror();
  const auto plain_dgemm = reinterpret_cast<decltype(&dgemm_64_)>(dlsym(plain, "dgemm_"));
  const double one = 1;
  double c[4] = {9, 9, 9, 9};
  const std::int64_t wide = 2, bad = -1;
  reports.clear();
  plain_dgemm("N", "N", &bad, &wide, &wide, &one, kA, &wide, kB, &wide, &one, c, &wide);
  EXPECT_EQ(reports, (std::vector<Report>{{"DGEMM ", 3, false, false}}));
}

// Address space without memory behind it: only what is touched costs a page.
class Sparse {
 public:
  explicit Sparse(std::int64_t elements)
      : bytes_(static_cast<std::size_t>(elements) * sizeof(double)),
        data_(mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~Sparse() {
    if (ok()) munmap(data_, bytes_);
  }
  Sparse(const Sparse&) = delete;
  Sparse& operator=(const Sparse&) = delete;
  bool ok() const { return data_ != MAP_FAILED; }
  double* data() const { return static_cast<double*>(data_); }

 private:
  std::size_t bytes_;
  void* data_;
};

constexpr std::int64_t kFar = (std::int64_t{1} << 32) + 3;  // its low 32 bits are a good increment too

TEST(Blas64, IncrementsAndLeadingDimensionsPast32Bits) {
  if (sizeof(void*) == 4) GTEST_SKIP() << "addresses have 32 bits";
  const Sparse a(2 * kFar);
  if (!a.ok()) GTEST_SKIP() << "no address space of " << 2 * kFar * 8 << " bytes";
  double *near = a.data(), *far = near + kFar;
  near[0] = 3, near[1] = 4, far[0] = 5, far[1] = -6;
  near[3] = 1000;  // where an increment cut to 32 bits leads
  const double x[2] = {7, 9};
  EXPECT_EQ(cblas_ddot_64(2, near, kFar, x, 1), 3 * 7 + 5 * 9);
  const std::int64_t two = 2;
  EXPECT_EQ(idamax_64_(&two, near, &kFar), 2);

  double y[2] = {1, 1};
  cblas_dgemv_64(CblasColMajor, CblasNoTrans, 2, 2, 1, near, kFar, x, 1, 1, y, 1);
  EXPECT_EQ(y[0], 1 + 3 * 7 + 5 * 9);
  EXPECT_EQ(y[1], 1 + 4 * 7 - 6 * 9);

  const double identity[4] = {1, 0, 0, 1};
  cblas_dgemm_64(CblasRowMajor, CblasTrans, CblasNoTrans, 2, 2, 2, 2, identity, 2, identity, 2, 1, near, kFar);
  EXPECT_EQ(near[0], 5);
  EXPECT_EQ(near[1], 4);
  EXPECT_EQ(far[0], 5);
  EXPECT_EQ(far[1], -4);
  EXPECT_EQ(near[3], 1000);
}

TEST(Blas64, ThreadCountsAreTheLibrarysOwn) {
  blas_set_num_threads_64(3);
  blas_set_num_threads(2);
  EXPECT_EQ(blas_get_num_threads_64(), 3);
  EXPECT_EQ(blas_get_num_threads(), 2);
  blas_set_num_threads_64(0);
  blas_set_num_threads(0);
}

}  // namespace
