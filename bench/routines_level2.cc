// Level 2: a routine is a function template over its scalar type, and a row for each type. Settings: n (and m), the
// diagonals of bands kl, ku or k, uplo, trans; matrices are stored by columns, without padding.
#include <algorithm>

#include "blas_case.h"
#include "blas_types.h"

namespace tessera::bench {
namespace {

template <class T>
struct Operands {
  using R = typename T::Real;
  int n, m, k, kl, ku;
  char uplo, trans, diag = 'N';
  std::unique_ptr<BlasCase> test;
  const Pair<R> alpha{R(1), R(0)}, beta{R(0.5), R(0)};
  // Sums over as many updates as a sample has stay small.
  const Pair<R> small{R(1e-5), R(0)};

  explicit Operands(const BlasProblem& p)
      : n(p.integer("n")),
        m(p.integer("m", n)),
        k(p.integer("k", 0)),
        kl(p.integer("kl", k)),
        ku(p.integer("ku", k)),
        uplo(p.letter("uplo", 'L')),
        trans(p.letter("trans", 'N')),
        test(new BlasCase(p)) {}

  int rows() const { return trans == 'N' ? m : n; }  // of op(A): y's length
  int cols() const { return trans == 'N' ? n : m; }
  int64_t triangle() const { return int64_t{n} * (n + 1) / 2; }
  int64_t band(int64_t below, int64_t above) const {
    int64_t total = 0;
    for (int64_t j = 0; j < n; ++j)
      total += std::max<int64_t>(0, std::min<int64_t>(m, j + below + 1) - std::max<int64_t>(0, j - above));
    return total;
  }
  const R* in(int64_t count) { return test->input<R>(count * T::kParts); }
  R* out(int64_t count) { return test->output<R>(count * T::kParts); }

  // A triangle whose product with itself is 1, so that calls in place come back to where they were: blocks of
  // `order`, a power of two or n, on the diagonal. at(i, j) says where an element of the triangle lies.
  template <class At>
  const R* involutions(int64_t count, int64_t order, At at) {
    R* a = const_cast<R*>(test->input<R>(count * T::kParts, 0, 0));
    for (int64_t j = 0; j < n; ++j)
      for (int64_t i = j; i < std::min<int64_t>(n, (j / order + 1) * order); ++i)
        a[(uplo == 'U' ? at(j, i) : at(i, j)) * T::kParts] = involution<R>(i % order, j % order);
    return a;
  }
  const R* full_triangle() {
    return involutions(int64_t{n} * n, n, [this](int64_t i, int64_t j) { return i + j * n; });
  }
  const R* packed_triangle() {
    return involutions(triangle(), n, [this](int64_t i, int64_t j) {
      return uplo == 'U' ? i + j * (j + 1) / 2 : i + j * (2 * int64_t{n} - j - 1) / 2;
    });
  }
  const R* band_triangle() {
    int64_t order = 1;
    while (2 * order <= k + 1) order *= 2;
    return involutions(int64_t{n} * (k + 1), order,
                       [this](int64_t i, int64_t j) { return (uplo == 'U' ? k + i - j : i - j) + j * (k + 1); });
  }

  // Vectors of `vectors` elements are read or written `moves` times, as is the matrix; `times` as many products.
  std::unique_ptr<BlasCase> done(double elements, double matrix_moves, double vectors, double vector_moves,
                                 double products, double terms) {
    test->work(kLetter<T>, products * (T::kParts == 2 ? 8 : 2), (elements * matrix_moves + vector_moves) * T::kBytes,
               (elements + vectors) * T::kBytes);
    test->accuracy(terms * T::kParts, terms * T::kParts);
    return std::move(test);
  }
  std::unique_ptr<BlasCase> times_vector(double elements, double products, double terms) {
    return done(elements, 1, rows() + cols(), 2.0 * rows() + cols(), products, terms);
  }
  std::unique_ptr<BlasCase> in_place(double elements, double terms) {
    return done(elements, 1, n, 2.0 * n, elements, terms);
  }
};

constexpr int kOne = 1;

template <class T>
std::unique_ptr<BlasCase> gemv(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R *a = v.in(int64_t{v.m} * v.n), *x = v.in(v.cols());
  R* y = v.out(v.rows());
  v.test->call([=, m = v.m, n = v.n, trans = v.trans, alpha = v.alpha, beta = v.beta](void* f) {
    reinterpret_cast<void (*)(const char*, const int*, const int*, const void*, const R*, const int*, const R*,
                              const int*, const void*, R*, const int*)>(f)(&trans, &m, &n, &alpha, a, &m, x, &kOne,
                                                                           &beta, y, &kOne);
  });
  return v.times_vector(double(v.m) * v.n, double(v.m) * v.n, v.cols());
}

template <class T>
std::unique_ptr<BlasCase> gbmv(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const int lda = v.kl + v.ku + 1;
  const R *a = v.in(int64_t{lda} * v.n), *x = v.in(v.cols());
  R* y = v.out(v.rows());
  v.test->call([=, m = v.m, n = v.n, kl = v.kl, ku = v.ku, trans = v.trans, alpha = v.alpha, beta = v.beta](void* f) {
    reinterpret_cast<void (*)(const char*, const int*, const int*, const int*, const int*, const void*, const R*,
                              const int*, const R*, const int*, const void*, R*, const int*)>(f)(
        &trans, &m, &n, &kl, &ku, &alpha, a, &lda, x, &kOne, &beta, y, &kOne);
  });
  const double elements = double(v.band(v.kl, v.ku));
  return v.times_vector(elements, elements, lda);
}

// symv and hemv.
template <class T>
std::unique_ptr<BlasCase> symv(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R *a = v.in(int64_t{v.n} * v.n), *x = v.in(v.n);
  R* y = v.out(v.n);
  v.test->call([=, n = v.n, uplo = v.uplo, alpha = v.alpha, beta = v.beta](void* f) {
    reinterpret_cast<void (*)(const char*, const int*, const void*, const R*, const int*, const R*, const int*,
                              const void*, R*, const int*)>(f)(&uplo, &n, &alpha, a, &n, x, &kOne, &beta, y, &kOne);
  });
  return v.times_vector(double(v.triangle()), double(v.n) * v.n, v.n);
}

// sbmv and hbmv.
template <class T>
std::unique_ptr<BlasCase> sbmv(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const int lda = v.k + 1;
  const R *a = v.in(int64_t{lda} * v.n), *x = v.in(v.n);
  R* y = v.out(v.n);
  v.test->call([=, n = v.n, k = v.k, uplo = v.uplo, alpha = v.alpha, beta = v.beta](void* f) {
    reinterpret_cast<void (*)(const char*, const int*, const int*, const void*, const R*, const int*, const R*,
                              const int*, const void*, R*, const int*)>(f)(&uplo, &n, &k, &alpha, a, &lda, x, &kOne,
                                                                           &beta, y, &kOne);
  });
  const double elements = double(v.band(v.k, 0));
  return v.times_vector(elements, 2 * elements - v.n, 2 * v.k + 1);
}

// spmv and hpmv.
template <class T>
std::unique_ptr<BlasCase> spmv(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R *a = v.in(v.triangle()), *x = v.in(v.n);
  R* y = v.out(v.n);
  v.test->call([=, n = v.n, uplo = v.uplo, alpha = v.alpha, beta = v.beta](void* f) {
    reinterpret_cast<void (*)(const char*, const int*, const void*, const R*, const R*, const int*, const void*, R*,
                              const int*)>(f)(&uplo, &n, &alpha, a, x, &kOne, &beta, y, &kOne);
  });
  return v.times_vector(double(v.triangle()), double(v.n) * v.n, v.n);
}

// trmv and trsv.
template <class T>
std::unique_ptr<BlasCase> triangular(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R* a = v.full_triangle();
  R* x = v.out(v.n);
  v.test->call([=, n = v.n, uplo = v.uplo, trans = v.trans, diag = v.diag](void* f) {
    reinterpret_cast<void (*)(const char*, const char*, const char*, const int*, const R*, const int*, R*, const int*)>(
        f)(&uplo, &trans, &diag, &n, a, &n, x, &kOne);
  });
  return v.in_place(double(v.triangle()), v.n);
}

// tbmv and tbsv.
template <class T>
std::unique_ptr<BlasCase> band_triangular(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R* a = v.band_triangle();
  R* x = v.out(v.n);
  v.test->call([=, n = v.n, k = v.k, lda = v.k + 1, uplo = v.uplo, trans = v.trans, diag = v.diag](void* f) {
    reinterpret_cast<void (*)(const char*, const char*, const char*, const int*, const int*, const R*, const int*, R*,
                              const int*)>(f)(&uplo, &trans, &diag, &n, &k, a, &lda, x, &kOne);
  });
  return v.in_place(double(v.band(v.k, 0)), v.k + 1);
}

// tpmv and tpsv.
template <class T>
std::unique_ptr<BlasCase> packed_triangular(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R* a = v.packed_triangle();
  R* x = v.out(v.n);
  v.test->call([=, n = v.n, uplo = v.uplo, trans = v.trans, diag = v.diag](void* f) {
    reinterpret_cast<void (*)(const char*, const char*, const char*, const int*, const R*, R*, const int*)>(f)(
        &uplo, &trans, &diag, &n, a, x, &kOne);
  });
  return v.in_place(double(v.triangle()), v.n);
}

// ger, geru and gerc.
template <class T>
std::unique_ptr<BlasCase> ger(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R *x = v.in(v.m), *y = v.in(v.n);
  R* a = v.out(int64_t{v.m} * v.n);
  v.test->call([=, m = v.m, n = v.n, alpha = v.small](void* f) {
    reinterpret_cast<void (*)(const int*, const int*, const void*, const R*, const int*, const R*, const int*, R*,
                              const int*)>(f)(&m, &n, &alpha, x, &kOne, y, &kOne, a, &m);
  });
  return v.done(double(v.m) * v.n, 2, v.m + v.n, v.m + v.n, double(v.m) * v.n, 1);
}

// syr and her: the real parts of their scalars lie first.
template <class T>
std::unique_ptr<BlasCase> syr(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R* x = v.in(v.n);
  R* a = v.out(int64_t{v.n} * v.n);
  v.test->call([=, n = v.n, uplo = v.uplo, alpha = v.small](void* f) {
    reinterpret_cast<void (*)(const char*, const int*, const void*, const R*, const int*, R*, const int*)>(f)(
        &uplo, &n, &alpha, x, &kOne, a, &n);
  });
  return v.done(double(v.triangle()), 2, v.n, v.n, double(v.triangle()), 1);
}

// syr2 and her2.
template <class T>
std::unique_ptr<BlasCase> syr2(const BlasProblem& p) {
  using R = typename T::Real;
  Operands<T> v(p);
  const R *x = v.in(v.n), *y = v.in(v.n);
  R* a = v.out(int64_t{v.n} * v.n);
  v.test->call([=, n = v.n, uplo = v.uplo, alpha = v.small](void* f) {
    reinterpret_cast<void (*)(const char*, const int*, const void*, const R*, const int*, const R*, const int*, R*,
                              const int*)>(f)(&uplo, &n, &alpha, x, &kOne, y, &kOne, a, &n);
  });
  return v.done(double(v.triangle()), 2, 2.0 * v.n, 2.0 * v.n, 2 * double(v.triangle()), 2);
}

}  // namespace

std::vector<Routine> level2_routines() {
  return {
      {"sgemv", "?gemv", 's', gemv<S>},
      {"dgemv", "?gemv", 'd', gemv<D>},
      {"cgemv", "?gemv", 'c', gemv<C>},
      {"zgemv", "?gemv", 'z', gemv<Z>},
      {"sgbmv", "?gbmv", 's', gbmv<S>},
      {"dgbmv", "?gbmv", 'd', gbmv<D>},
      {"cgbmv", "?gbmv", 'c', gbmv<C>},
      {"zgbmv", "?gbmv", 'z', gbmv<Z>},
      {"ssymv", "?symv", 's', symv<S>},
      {"dsymv", "?symv", 'd', symv<D>},
      {"chemv", "?symv", 'c', symv<C>},
      {"zhemv", "?symv", 'z', symv<Z>},
      {"ssbmv", "?sbmv", 's', sbmv<S>},
      {"dsbmv", "?sbmv", 'd', sbmv<D>},
      {"chbmv", "?sbmv", 'c', sbmv<C>},
      {"zhbmv", "?sbmv", 'z', sbmv<Z>},
      {"sspmv", "?spmv", 's', spmv<S>},
      {"dspmv", "?spmv", 'd', spmv<D>},
      {"chpmv", "?spmv", 'c', spmv<C>},
      {"zhpmv", "?spmv", 'z', spmv<Z>},
      {"strmv", "?trmv", 's', triangular<S>},
      {"dtrmv", "?trmv", 'd', triangular<D>},
      {"ctrmv", "?trmv", 'c', triangular<C>},
      {"ztrmv", "?trmv", 'z', triangular<Z>},
      {"strsv", "?trsv", 's', triangular<S>},
      {"dtrsv", "?trsv", 'd', triangular<D>},
      {"ctrsv", "?trsv", 'c', triangular<C>},
      {"ztrsv", "?trsv", 'z', triangular<Z>},
      {"stbmv", "?tbmv", 's', band_triangular<S>},
      {"dtbmv", "?tbmv", 'd', band_triangular<D>},
      {"ctbmv", "?tbmv", 'c', band_triangular<C>},
      {"ztbmv", "?tbmv", 'z', band_triangular<Z>},
      {"stbsv", "?tbsv", 's', band_triangular<S>},
      {"dtbsv", "?tbsv", 'd', band_triangular<D>},
      {"ctbsv", "?tbsv", 'c', band_triangular<C>},
      {"ztbsv", "?tbsv", 'z', band_triangular<Z>},
      {"stpmv", "?tpmv", 's', packed_triangular<S>},
      {"dtpmv", "?tpmv", 'd', packed_triangular<D>},
      {"ctpmv", "?tpmv", 'c', packed_triangular<C>},
      {"ztpmv", "?tpmv", 'z', packed_triangular<Z>},
      {"stpsv", "?tpsv", 's', packed_triangular<S>},
      {"dtpsv", "?tpsv", 'd', packed_triangular<D>},
      {"ctpsv", "?tpsv", 'c', packed_triangular<C>},
      {"ztpsv", "?tpsv", 'z', packed_triangular<Z>},
      {"sger", "?ger", 's', ger<S>},
      {"dger", "?ger", 'd', ger<D>},
      {"cgeru", "?ger", 'c', ger<C>},
      {"zgeru", "?ger", 'z', ger<Z>},
      {"cgerc", "?gerc", 'c', ger<C>},
      {"zgerc", "?gerc", 'z', ger<Z>},
      {"ssyr", "?syr", 's', syr<S>},
      {"dsyr", "?syr", 'd', syr<D>},
      {"cher", "?syr", 'c', syr<C>},
      {"zher", "?syr", 'z', syr<Z>},
      {"ssyr2", "?syr2", 's', syr2<S>},
      {"dsyr2", "?syr2", 'd', syr2<D>},
      {"cher2", "?syr2", 'c', syr2<C>},
      {"zher2", "?syr2", 'z', syr2<Z>},
  };
}

}  // namespace tessera::bench
