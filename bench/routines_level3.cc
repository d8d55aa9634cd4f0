// Level 3 other than gemm: a routine is a function template over its scalar type, and a row for each type. Settings: n
// (or m and n), k, side, uplo, trans; matrices are stored by columns without padding.
#include "blas_case.h"
#include "blas_types.h"

namespace tessera::bench {
namespace {

// A multiply-add is 2 operations, a complex one 8.
template <class T>
double madds(double m, double n, double k) {
  return m * n * k * (T::kParts == 2 ? 8 : 2);
}

template <class T>
struct Matrices {
  using R = typename T::Real;
  std::unique_ptr<BlasCase> test;
  double elements = 0, moves = 0;

  explicit Matrices(const BlasProblem& p) : test(new BlasCase(p)) {}
  const R* in(int64_t rows, int64_t cols) { return count(rows, cols, 1), test->input<R>(rows * cols * T::kParts); }
  R* out(int64_t rows, int64_t cols) { return count(rows, cols, 2), test->output<R>(rows * cols * T::kParts); }
  // A triangle that is its own inverse: calls that multiply by it or solve with it come back to where they were.
  const R* own_inverse(int64_t n, bool upper) {
    R* a = const_cast<R*>(test->input<R>(n * n * T::kParts, 0, 0));
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j <= i; ++j) a[(upper ? j + i * n : i + j * n) * T::kParts] = involution<R>(i, j);
    count(n, n, 0.5);
    return a;
  }
  void count(int64_t rows, int64_t cols, double times) {
    elements += double(rows) * double(cols);
    moves += times * double(rows) * double(cols);
  }
  std::unique_ptr<BlasCase> done(double flops, double terms) {
    test->work(kLetter<T>, flops, moves * T::kBytes, elements * T::kBytes);
    test->accuracy(terms * T::kParts, terms * T::kParts);
    return std::move(test);
  }
};

constexpr double kAlpha = 1, kBeta = 0.5;

// symm and hemm.
template <class T>
std::unique_ptr<BlasCase> symm(const BlasProblem& p) {
  using R = typename T::Real;
  const int n = p.integer("n"), m = p.integer("m", n);
  const char side = p.letter("side", 'L'), uplo = p.letter("uplo", 'U');
  const int order = side == 'L' ? m : n;
  Matrices<T> v(p);
  const R *a = v.in(order, order), *b = v.in(m, n);
  R* c = v.out(m, n);
  v.test->call([=](void* f) {
    const Pair<R> alpha{R(kAlpha), R(0)}, beta{R(kBeta), R(0)};
    reinterpret_cast<void (*)(const char*, const char*, const int*, const int*, const void*, const R*, const int*,
                              const R*, const int*, const void*, R*, const int*)>(f)(&side, &uplo, &m, &n, &alpha, a,
                                                                                     &order, b, &m, &beta, c, &m);
  });
  return v.done(madds<T>(m, n, order), order);
}

// syrk and herk: their scalars have the same real parts.
template <class T>
std::unique_ptr<BlasCase> syrk(const BlasProblem& p) {
  using R = typename T::Real;
  const int n = p.integer("n"), k = p.integer("k", n);
  const char uplo = p.letter("uplo", 'U'), trans = p.letter("trans", 'N');
  const int lda = trans == 'N' ? n : k;
  Matrices<T> v(p);
  const R* a = v.in(n, k);
  R* c = v.out(n, n);
  v.test->call([=](void* f) {
    const Pair<R> alpha{R(kAlpha), R(0)}, beta{R(kBeta), R(0)};
    reinterpret_cast<void (*)(const char*, const char*, const int*, const int*, const void*, const R*, const int*,
                              const void*, R*, const int*)>(f)(&uplo, &trans, &n, &k, &alpha, a, &lda, &beta, c, &n);
  });
  return v.done(madds<T>(n, n, k) / 2, k);
}

template <class T>
std::unique_ptr<BlasCase> syr2k(const BlasProblem& p) {
  using R = typename T::Real;
  const int n = p.integer("n"), k = p.integer("k", n);
  const char uplo = p.letter("uplo", 'U'), trans = p.letter("trans", 'N');
  const int lda = trans == 'N' ? n : k;
  Matrices<T> v(p);
  const R *a = v.in(n, k), *b = v.in(n, k);
  R* c = v.out(n, n);
  v.test->call([=](void* f) {
    const Pair<R> alpha{R(kAlpha), R(0)}, beta{R(kBeta), R(0)};
    reinterpret_cast<void (*)(const char*, const char*, const int*, const int*, const void*, const R*, const int*,
                              const R*, const int*, const void*, R*, const int*)>(f)(&uplo, &trans, &n, &k, &alpha, a,
                                                                                     &lda, b, &lda, &beta, c, &n);
  });
  return v.done(madds<T>(n, n, k), 2 * k);
}

// trmm and trsm.
template <class T>
std::unique_ptr<BlasCase> triangular(const BlasProblem& p) {
  using R = typename T::Real;
  const int n = p.integer("n"), m = p.integer("m", n);
  const char side = p.letter("side", 'L'), uplo = p.letter("uplo", 'L'), trans = p.letter("trans", 'N');
  const int order = side == 'L' ? m : n;
  Matrices<T> v(p);
  const R* a = v.own_inverse(order, uplo == 'U');
  R* b = v.out(m, n);
  v.test->call([=](void* f) {
    const Pair<R> alpha{R(1), R(0)};
    const char diag = 'N';
    reinterpret_cast<void (*)(const char*, const char*, const char*, const char*, const int*, const int*, const void*,
                              const R*, const int*, R*, const int*)>(f)(&side, &uplo, &trans, &diag, &m, &n, &alpha, a,
                                                                        &order, b, &m);
  });
  return v.done(madds<T>(m, n, order) / 2, order);
}

}  // namespace

std::vector<Routine> level3_routines() {
  return {
      {"ssymm", "?symm", 's', symm<S>},       {"dsymm", "?symm", 'd', symm<D>},
      {"csymm", "?symm", 'c', symm<C>},       {"zsymm", "?symm", 'z', symm<Z>},
      {"chemm", "?hemm", 'c', symm<C>},       {"zhemm", "?hemm", 'z', symm<Z>},
      {"ssyrk", "?syrk", 's', syrk<S>},       {"dsyrk", "?syrk", 'd', syrk<D>},
      {"csyrk", "?syrk", 'c', syrk<C>},       {"zsyrk", "?syrk", 'z', syrk<Z>},
      {"cherk", "?herk", 'c', syrk<C>},       {"zherk", "?herk", 'z', syrk<Z>},
      {"ssyr2k", "?syr2k", 's', syr2k<S>},    {"dsyr2k", "?syr2k", 'd', syr2k<D>},
      {"csyr2k", "?syr2k", 'c', syr2k<C>},    {"zsyr2k", "?syr2k", 'z', syr2k<Z>},
      {"cher2k", "?her2k", 'c', syr2k<C>},    {"zher2k", "?her2k", 'z', syr2k<Z>},
      {"strmm", "?trmm", 's', triangular<S>}, {"dtrmm", "?trmm", 'd', triangular<D>},
      {"ctrmm", "?trmm", 'c', triangular<C>}, {"ztrmm", "?trmm", 'z', triangular<Z>},
      {"strsm", "?trsm", 's', triangular<S>}, {"dtrsm", "?trsm", 'd', triangular<D>},
      {"ctrsm", "?trsm", 'c', triangular<C>}, {"ztrsm", "?trsm", 'z', triangular<Z>},
  };
}

}  // namespace tessera::bench
