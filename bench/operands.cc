#include "operands.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <sstream>

namespace tessera::bench {
namespace {

// Problems up to this many multiplications are checked in every element.
constexpr double kFullCheck = 4e6;
constexpr int kSampleRows = 20, kSampleColumns = 20;
constexpr unsigned char kPattern = 0xa5;

uint32_t hash(uint64_t i, uint32_t seed) {
  uint32_t x = static_cast<uint32_t>(i) * 2654435761u + static_cast<uint32_t>(i >> 32) + seed;
  x ^= x >> 15;
  x *= 2246822519u;
  x ^= x >> 13;
  return x * 3266489917u;
}

template <typename T>
void fill_values(void* data, size_t count, uint32_t seed, Fill kind) {
  T* out = static_cast<T*>(data);
  for (size_t i = 0; i < count; ++i) {
    const auto bits = static_cast<int32_t>(hash(i, seed));
    out[i] = kind == Fill::kExact ? static_cast<T>(bits >> 28) * static_cast<T>(0.125)
                                  : static_cast<T>(bits) * static_cast<T>(1.0 / 2147483648.0);
  }
}

bool exactly_representable(const Problem& p) {
  const auto simple = [](double x) { return x == 0 || std::abs(x) == 1; };
  return simple(p.alpha) && simple(p.beta) && 64.0 * (2.0 * p.k + 1) < (p.is_single() ? 0x1p24 : 0x1p53);
}

// First, last, and the rest spread over [0, n).
std::vector<int> spread(int n, int count) {
  std::vector<int> at;
  for (int i = 0; i < std::min(n, count); ++i)
    at.push_back(n <= count ? i : static_cast<int>(int64_t{i} * (n - 1) / (count - 1)));
  return at;
}

}  // namespace

Operands::Operands(const Problem& problem, int sets, bool huge_pages) : problem_(problem) {
  const auto allocate = [&](int vectors, int ld) {
    const size_t bytes = size_t(vectors) * ld * problem_.element_bytes();
    AlignedBuffer buffer = allocate_aligned(bytes, huge_pages);
    std::memset(buffer.get(), kPattern, bytes);
    return buffer;
  };
  for (int i = 0; i < sets; ++i) {
    a_.push_back(allocate(problem.a_vectors(), problem.lda));
    b_.push_back(allocate(problem.b_vectors(), problem.ldb));
    c_.push_back(allocate(problem.c_vectors(), problem.ldc));
    pointers_.push_back({a_.back().get(), b_.back().get(), c_.back().get()});
  }
  c0_ = allocate(problem.c_vectors(), problem.ldc);
}

void Operands::fill(Fill kind) {
  const Problem& p = problem_;
  const size_t parts = p.is_complex() ? 2 : 1, bytes = p.element_bytes();
  const auto values = [&](void* to, int vectors, int ld, uint32_t seed) {
    const size_t count = size_t(vectors) * ld * parts;
    p.is_single() ? fill_values<float>(to, count, seed, kind) : fill_values<double>(to, count, seed, kind);
  };
  values(a_[0].get(), p.a_vectors(), p.lda, 1);
  values(b_[0].get(), p.b_vectors(), p.ldb, 2);
  for (size_t i = 1; i < a_.size(); ++i) {
    std::memcpy(a_[i].get(), a_[0].get(), size_t(p.a_vectors()) * p.lda * bytes);
    std::memcpy(b_[i].get(), b_[0].get(), size_t(p.b_vectors()) * p.ldb * bytes);
  }

  if (p.beta != 0) {
    values(c0_.get(), p.c_vectors(), p.ldc, 3);
  } else {
    std::memset(c0_.get(), 0xff, size_t(p.c_vectors()) * p.ldc * bytes);  // all bits set is a NaN
  }
  for (int v = 0; v < p.c_vectors(); ++v)
    std::memset(c0_.get() + (size_t(v) * p.ldc + p.c_length()) * bytes, kPattern, (p.ldc - p.c_length()) * bytes);
  reset_c();
  expect(kind);
}

void Operands::reset_c() {
  const size_t bytes = size_t(problem_.c_vectors()) * problem_.ldc * problem_.element_bytes();
  for (AlignedBuffer& c : c_) std::memcpy(c.get(), c0_.get(), bytes);
}

void Operands::poison_samples() {
  for (const Sample& s : samples_)
    std::memset(c_[0].get() + c_offset(s.i, s.j) * problem_.element_bytes(), 0xff, problem_.element_bytes());
}

size_t Operands::c_offset(int i, int j) const {
  return problem_.row_major ? size_t(i) * problem_.ldc + j : size_t(j) * problem_.ldc + i;
}

long double Operands::element(const void* data, size_t index, int part) const {
  if (problem_.is_complex()) index = index * 2 + part;
  return problem_.is_single() ? static_cast<const float*>(data)[index] : static_cast<const double*>(data)[index];
}

void Operands::expect(Fill kind) {
  const Problem& p = problem_;
  const size_t a_row = (p.op_a == 'N') == p.row_major ? p.lda : 1, a_col = (p.op_a == 'N') == p.row_major ? 1 : p.lda;
  const size_t b_row = (p.op_b == 'N') == p.row_major ? p.ldb : 1, b_col = (p.op_b == 'N') == p.row_major ? 1 : p.ldb;
  const bool all = double(p.m) * p.n * p.k <= kFullCheck;
  const long double a_sign = p.op_a == 'C' ? -1 : 1, b_sign = p.op_b == 'C' ? -1 : 1;
  const long double alpha = p.alpha, beta = p.beta;

  // Errors of a sum of k products grow as sqrt(k) for unrelated roundings; the factor leaves room for every order of
  // summation in use and is far below the k of the worst case, which would hide a lost product.
  const long double epsilon =
      p.is_single() ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  const long double factor = kind == Fill::kExact && exactly_representable(p)
                                 ? 0
                                 : epsilon * (16 + 2 * std::sqrt(static_cast<long double>(p.k)));

  samples_.clear();
  for (const int i : spread(p.m, all ? p.m : kSampleRows))
    for (const int j : spread(p.n, all ? p.n : kSampleColumns)) {
      long double re = 0, im = 0, magnitude = 0;
      for (int q = 0; q < p.k; ++q) {
        const size_t ia = i * a_row + q * a_col, ib = q * b_row + j * b_col;
        const long double ar = element(a_[0].get(), ia, 0), br = element(b_[0].get(), ib, 0);
        if (p.is_complex()) {
          const long double ai = a_sign * element(a_[0].get(), ia, 1), bi = b_sign * element(b_[0].get(), ib, 1);
          re += ar * br - ai * bi;
          im += ar * bi + ai * br;
          magnitude += (std::abs(ar) + std::abs(ai)) * (std::abs(br) + std::abs(bi));
        } else {
          re += ar * br;
          magnitude += std::abs(ar * br);
        }
      }
      Sample s{i, j, alpha * re, alpha * im, std::abs(alpha) * magnitude};
      if (p.beta != 0) {
        const size_t ic = c_offset(i, j);
        s.re += beta * element(c0_.get(), ic, 0);
        s.tolerance += std::abs(beta * element(c0_.get(), ic, 0));
        if (p.is_complex()) {
          s.im += beta * element(c0_.get(), ic, 1);
          s.tolerance += std::abs(beta * element(c0_.get(), ic, 1));
        }
      }
      s.tolerance *= factor;
      samples_.push_back(s);
    }
}

std::string Operands::check(bool padding) const {
  const Problem& p = problem_;
  for (const Sample& s : samples_) {
    const long double re = element(c_[0].get(), c_offset(s.i, s.j), 0);
    const long double im = p.is_complex() ? element(c_[0].get(), c_offset(s.i, s.j), 1) : 0;
    // Negated, so that a NaN counts as wrong.
    if (!(std::abs(re - s.re) <= s.tolerance) || !(std::abs(im - s.im) <= s.tolerance)) {
      std::ostringstream text;
      text.precision(17);
      text << "C(" << s.i << "," << s.j << ") = " << re;
      if (p.is_complex()) text << "+" << im << "i";
      text << ", expected " << s.re;
      if (p.is_complex()) text << "+" << s.im << "i";
      return text.str();
    }
  }
  if (padding) {
    const size_t bytes = p.element_bytes();
    for (int v = 0; v < p.c_vectors(); ++v)
      for (size_t x = (size_t(v) * p.ldc + p.c_length()) * bytes; x < size_t(v + 1) * p.ldc * bytes; ++x)
        if (static_cast<unsigned char>(c_[0].get()[x]) != kPattern) return "wrote outside C";
  }
  return "";
}

}  // namespace tessera::bench
