// Modes of the floating-point unit, NaN and infinity, sizes, operands against unmapped pages, bits.
#include <fenv.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "faults.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace faults {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();
using Matrix = std::vector<double>;

// Numbers with full mantissas, the same on every run.
Matrix noise(std::size_t n, unsigned seed) {
  Matrix m(n);
  unsigned long long state = seed * 2654435761u + 1;
  for (double& x : m) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    x = static_cast<double>(static_cast<long long>(state >> 11)) * 0x1p-52 - 1;
  }
  return m;
}

bool same(const Matrix& a, const Matrix& b) { return std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0; }

// n x n from n x n on as many threads as the library likes.
Matrix product(const Matrix& a, const Matrix& b, int n) {
  Matrix c(static_cast<std::size_t>(n * n), kNan);
  blas().dgemm(kRow, kNoTrans, kNoTrans, n, n, n, 1, a.data(), n, b.data(), n, 0, c.data(), n);
  return c;
}

// Each element depends on its own row and column alone, so a call of one row must show the mode that every thread of
// the large call had to compute in.
void check_rows_in_this_mode(const char* mode, int n, const Matrix& a, const Matrix& b) {
  const Matrix c = product(a, b, n);
  for (int i = 0; i < n; i += 17) {
    for (int j = 0; j < n; j += 17) {
      // Exact terms, so the order of summation and fused operations do not matter.
      const double x = a[static_cast<std::size_t>(i * n)] * b[static_cast<std::size_t>(j)];
      const double y = a[static_cast<std::size_t>(i * n + 1)] * b[static_cast<std::size_t>(n + j)];
      const volatile double sum = x + y;
      if (c[static_cast<std::size_t>(i * n + j)] != sum) fail("element (%d, %d) was not computed with %s", i, j, mode);
    }
  }
}

void rounding_mode_of_the_caller() {
  constexpr int n = kThreaded;
  Matrix a(n * n), b(n * n);
  for (int i = 0; i < n; ++i) a[static_cast<std::size_t>(i * n)] = 1, a[static_cast<std::size_t>(i * n + 1)] = 0x1p-60;
  for (int j = 0; j < n; ++j) b[static_cast<std::size_t>(j)] = 1 + j, b[static_cast<std::size_t>(n + j)] = 1;
  product(a, b, n);  // workers exist before the mode changes
  fesetround(FE_UPWARD);
  for (int round = 0; round < 10; ++round) check_rows_in_this_mode("rounding upward", n, a, b);
  if (fegetround() != FE_UPWARD) fail("the caller's mode was changed");
  fesetround(FE_TONEAREST);
  for (int round = 0; round < 10; ++round) check_rows_in_this_mode("rounding to nearest", n, a, b);
}

void subnormals_as_the_caller_wants() {
#if defined(__x86_64__)
  constexpr int n = kThreaded;
  const Matrix a(n * n, 0x1p-1060), b(n * n, 1.0);
  for (int round = 0; round < 10; ++round) {
    _mm_setcsr(_mm_getcsr() & ~0x8040u);
    for (double x : product(a, b, n))
      if (x != n * 0x1p-1060) fail("subnormal numbers were lost");
    _mm_setcsr(_mm_getcsr() | 0x8040u);  // flush to zero, denormals are zero
    for (double x : product(a, b, n))
      if (x != 0) fail("a thread computed with subnormal numbers against the caller's mode");
    if ((_mm_getcsr() & 0x8040u) != 0x8040u) fail("the caller's mode was changed");
  }
#endif
}

void nan_stays_in_its_row() {
  for (const int n : {5, 64, kThreaded}) {
    for (const double bad : {kNan, kInf}) {
      Matrix a = noise(static_cast<std::size_t>(n * n), 1), b = noise(static_cast<std::size_t>(n * n), 2);
      const int row = n / 2;
      a[static_cast<std::size_t>(row * n + n / 3)] = bad;
      const Matrix c = product(a, b, n);
      for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j)
          if (std::isfinite(c[static_cast<std::size_t>(i * n + j)]) != (i != row))
            fail("n = %d: element (%d, %d) with row %d spoilt", n, i, j, row);
    }
  }
}

void zero_times_infinity_is_nan() {
  for (const int n : {3, 40, kThreaded}) {
    Matrix a(static_cast<std::size_t>(n * n)), b(static_cast<std::size_t>(n * n), kInf);
    for (double x : product(a, b, n))
      if (!std::isnan(x)) fail("n = %d: 0 * infinity was skipped", n);
    Matrix y(static_cast<std::size_t>(n));
    blas().dgemv(kColumn, kNoTrans, n, n, 1, b.data(), n, a.data(), 1, 1, y.data(), 1);
    for (double x : y)
      if (!std::isnan(x)) fail("dgemv, n = %d: infinity * 0 was skipped", n);
  }
}

void beta_zero_overwrites_nan() {
  for (const int n : {1, 7, 50, kThreaded}) {
    const Matrix a(static_cast<std::size_t>(n * n), 1.0);
    for (double x : product(a, a, n))
      if (x != n) fail("dgemm, n = %d", n);
    Matrix y(static_cast<std::size_t>(n), kNan);
    blas().dgemv(kRow, kTrans, n, n, 1, a.data(), n, a.data(), 1, 0, y.data(), 1);
    for (double x : y)
      if (x != n) fail("dgemv, n = %d", n);
  }
}

void alpha_zero_reads_nothing() {
  Matrix c(16, 2.0);
  double* unreadable = static_cast<double*>(mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  blas().dgemm(kRow, kNoTrans, kNoTrans, 4, 4, 4, 0, unreadable, 4, unreadable, 4, 0.5, c.data(), 4);
  for (double x : c)
    if (x != 1) fail("C was not scaled");
}

void scal_by_zero_keeps_nan() {
  for (const int n : {1, 2, 9, 100}) {
    Matrix x(static_cast<std::size_t>(n), 1.0);
    x.front() = kNan, x.back() = n > 1 ? kInf : kNan;
    blas().dscal(n, 0, x.data(), 1);
    if (!std::isnan(x.front()) || !std::isnan(x.back())) fail("n = %d: 0 * NaN or 0 * infinity became a number", n);
  }
}

void norm_near_the_ends_of_the_range() {
  for (const double scale : {0x1p+1020, 0x1p-1060}) {
    Matrix x(100, scale);
    const double norm = blas().dnrm2(100, x.data(), 1);
    if (!(std::abs(norm / scale - 10) < 1e-6)) fail("norm of 100 numbers of %g is %g", scale, norm);
  }
}

// Address space with memory only where it is touched.
double* sparse(std::size_t elements) {
  void* p = mmap(nullptr, elements * sizeof(double), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) fail("no address space of %zu bytes", elements * sizeof(double));
  return static_cast<double*>(p);
}

constexpr int kHuge = 1'500'000'000;  // twice that is past 31 bits

void huge_leading_dimension() {
  double* a = sparse(std::size_t{3} * kHuge);
  double c[9] = {}, identity[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  for (std::size_t j = 0; j < 3; ++j)
    for (std::size_t i = 0; i < 3; ++i) a[j * kHuge + i] = static_cast<double>(10 * j + i + 1);
  blas().dgemm(kColumn, kNoTrans, kNoTrans, 3, 3, 3, 1, a, kHuge, identity, 3, 0, c, 3);
  for (int e = 0; e < 9; ++e)
    if (c[e] != 10 * (e / 3) + e % 3 + 1) fail("A: element %d is %g", e, c[e]);
  blas().dgemm(kColumn, kTrans, kNoTrans, 3, 3, 3, 1, identity, 3, identity, 3, 1, a, kHuge);
  if (a[std::size_t{2} * kHuge + 2] != 24) fail("C: the last element is %g", a[std::size_t{2} * kHuge + 2]);
  double y[3] = {};
  blas().dgemv(kColumn, kTrans, 3, 3, 1, a, kHuge, identity, 1, 0, y, 1);
  if (y[2] != 21) fail("dgemv: the last element is %g", y[2]);
}

void huge_increment() {
  double* x = sparse(std::size_t{3} * kHuge);
  for (std::size_t i = 0; i < 3; ++i) x[i * kHuge] = static_cast<double>(i + 1);
  const double ones[3] = {1, 1, 1};
  if (const double d = blas().ddot(3, x, kHuge, ones, 1); d != 6) fail("ddot is %g", d);
  blas().daxpy(3, 1, ones, 1, x, kHuge);
  if (x[std::size_t{2} * kHuge] != 4) fail("daxpy: the last element is %g", x[std::size_t{2} * kHuge]);
}

void empty_with_null_pointers() {
  blas().dgemm(kRow, kNoTrans, kNoTrans, 0, 0, 0, 1, nullptr, 1, nullptr, 1, 0, nullptr, 1);
  blas().dgemm(kRow, kNoTrans, kNoTrans, 0, 5, 5, 1, nullptr, 5, nullptr, 5, 0, nullptr, 5);
  double c[4] = {2, 2, 2, 2};
  blas().dgemm(kRow, kNoTrans, kNoTrans, 2, 2, 0, 1, nullptr, 1, nullptr, 2, 0.5, c, 2);
  if (c[0] != 1 || c[3] != 1) fail("k = 0 did not scale C");
  blas().daxpy(0, 1, nullptr, 1, nullptr, 1);
  if (blas().ddot(0, nullptr, 1, nullptr, 1) != 0) fail("ddot of nothing");
}

// n numbers that end where unmapped memory begins.
double* against_unmapped_page(std::size_t n) {
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = (n * sizeof(double) + page - 1) / page * page;
  char* p = static_cast<char*>(mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(p + bytes, page, PROT_NONE);
  return reinterpret_cast<double*>(p + bytes) - n;
}

void guarded_gemm() {
  for (int m = 1; m <= 20; ++m)
    for (int n = 1; n <= 20; ++n)
      for (const int k : {1, 2, 3, 7, 16, 33}) {
        double* a = against_unmapped_page(static_cast<std::size_t>(m * k));
        double* b = against_unmapped_page(static_cast<std::size_t>(k * n));
        double* c = against_unmapped_page(static_cast<std::size_t>(m * n));
        for (const int t : {kNoTrans, kTrans})
          blas().dgemm(kColumn, t, t, m, n, k, 1, a, t == kTrans ? k : m, b, t == kTrans ? n : k, 0, c, m);
      }
}

void guarded_vectors() {
  for (int n = 1; n <= 40; ++n)
    for (const int inc : {1, 2, 3}) {
      const std::size_t elements = static_cast<std::size_t>((n - 1) * inc + 1);
      double *x = against_unmapped_page(elements), *y = against_unmapped_page(elements);
      blas().ddot(n, x, inc, y, inc);
      blas().daxpy(n, 2, x, inc, y, inc);
      blas().dscal(n, 2, x, inc);
      blas().dnrm2(n, x, inc);
    }
}

void guarded_complex_vectors() {
  for (int n = 1; n <= 40; ++n)
    for (const int inc : {1, 2, 3}) {
      // complex<float> has the size of double
      const std::size_t elements = static_cast<std::size_t>((n - 1) * inc + 1);
      double *x = against_unmapped_page(elements), *y = against_unmapped_page(elements);
      std::complex<float> dot;
      blas().cdotu(n, x, inc, y, inc, &dot);
      const std::complex<float> one = 1;
      double* a = against_unmapped_page(static_cast<std::size_t>(n * n));
      for (const int t : {kNoTrans, kTrans}) blas().cgemv(kColumn, t, n, n, &one, a, n, x, inc, &one, y, inc);
    }
}

void bits_of_a_row_alone() {
  for (const int n : {33, 100, kThreaded}) {
    const Matrix a = noise(static_cast<std::size_t>(n * n), 3), b = noise(static_cast<std::size_t>(n * n), 4);
    const Matrix c = product(a, b, n);
    for (int i = 0; i < n; i += 13) {
      Matrix row(static_cast<std::size_t>(n));
      blas().dgemm(kRow, kNoTrans, kNoTrans, 1, n, n, 1, a.data() + i * n, n, b.data(), n, 0, row.data(), n);
      if (std::memcmp(row.data(), c.data() + i * n, row.size() * sizeof(double)) != 0)
        fail("n = %d: row %d has other bits alone than beside others", n, i);
    }
  }
}

void bits_of_a_part() {
  constexpr int n = 300;
  const Matrix a = noise(n * n, 5), b = noise(n * n, 6), c = product(a, b, n);
  for (const int part : {1, 2, 5, 16, 31, 99}) {
    Matrix d(static_cast<std::size_t>(part * part));
    blas().dgemm(kRow, kNoTrans, kNoTrans, part, part, n, 1, a.data() + 7 * n, n, b.data() + 11, n, 0, d.data(), part);
    for (int i = 0; i < part; ++i)
      if (std::memcmp(d.data() + i * part, c.data() + (7 + i) * n + 11, static_cast<std::size_t>(part) * 8) != 0)
        fail("a part of %d x %d has other bits", part, part);
  }
}

void bits_of_a_repetition() {
  const Matrix a = noise(kThreaded * kThreaded, 7), b = noise(kThreaded * kThreaded, 8);
  const Matrix c = product(a, b, kThreaded);
  for (int i = 0; i < 20; ++i)
    if (!same(c, product(a, b, kThreaded))) fail("other bits in repetition %d", i);
}

}  // namespace

std::vector<Case> number_cases() {
  return {{"mode, rounding", rounding_mode_of_the_caller},
          {"mode, subnormal numbers", subnormals_as_the_caller_wants},
          {"NaN and infinity stay in their row", nan_stays_in_its_row},
          {"NaN, 0 * infinity", zero_times_infinity_is_nan},
          {"NaN, beta = 0 overwrites", beta_zero_overwrites_nan},
          {"NaN, scal by 0 keeps it", scal_by_zero_keeps_nan},
          {"alpha = 0 reads nothing", alpha_zero_reads_nothing},
          {"range, nrm2", norm_near_the_ends_of_the_range},
          {"size, leading dimension 1.5e9", huge_leading_dimension},
          {"size, increment 1.5e9", huge_increment},
          {"size, nothing at null pointers", empty_with_null_pointers},
          {"guard pages, gemm", guarded_gemm},
          {"guard pages, vectors", guarded_vectors},
          {"guard pages, complex vectors", guarded_complex_vectors},
          {"bits, a row alone", bits_of_a_row_alone},
          {"bits, a part alone", bits_of_a_part},
          {"bits, repetition", bits_of_a_repetition}};
}

}  // namespace faults
