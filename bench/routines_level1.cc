// Level 1: a routine is a function template over its scalar type, and a row for each type.
#include <cmath>
#include <cstdlib>

#include "blas_case.h"
#include "blas_types.h"

namespace tessera::bench {
namespace {

// Sizes and increments of a problem with vectors x and y of T; what is moved and computed follows from them.
template <class T>
struct Vectors {
  using R = typename T::Real;
  int n, incx, incy;
  std::unique_ptr<BlasCase> test;

  explicit Vectors(const BlasProblem& p)
      : n(p.integer("n")), incx(p.integer("incx", 1)), incy(p.integer("incy", 1)), test(new BlasCase(p)) {}
  int64_t reals(int inc) const { return (int64_t{n > 0 ? n - 1 : 0} * std::abs(inc) + 1) * T::kParts; }
  const R* in(int inc) { return test->input<R>(reals(inc)); }
  R* out(int inc) { return test->output<R>(reals(inc)); }
  // `vectors` lie in memory and are read or written `moves` times altogether.
  void work(double flops_per_element, int vectors, int moves) {
    const double bytes = double(n) * T::kBytes;
    test->work(kLetter<T>, flops_per_element * n, bytes * moves, bytes * vectors);
  }
  void sums() { test->accuracy(n * T::kParts, double(n) * T::kParts); }
};

template <class T>
std::unique_ptr<BlasCase> axpy(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  const R* x = v.in(v.incx);
  R* y = v.out(v.incy);
  v.work(T::kParts == 2 ? 8 : 2, 2, 3);
  // The sum over as many calls as a sample has stays small.
  v.test->call([n = v.n, incx = v.incx, incy = v.incy, x, y, alpha = Pair<R>{R(1e-5), R(2e-5)}](void* f) {
    reinterpret_cast<void (*)(const int*, const void*, const R*, const int*, R*, const int*)>(f)(&n, &alpha, x, &incx,
                                                                                                 y, &incy);
  });
  return std::move(v.test);
}

template <class T>
std::unique_ptr<BlasCase> axpby(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  const R* x = v.in(v.incx);
  R* y = v.out(v.incy);
  v.work(T::kParts == 2 ? 14 : 3, 2, 3);
  v.test->call([n = v.n, incx = v.incx, incy = v.incy, x, y, alpha = Pair<R>{R(0.5), R(0.25)},
                beta = Pair<R>{R(-0.5), R(0.5)}](void* f) {
    reinterpret_cast<void (*)(const int*, const void*, const R*, const int*, const void*, R*, const int*)>(f)(
        &n, &alpha, x, &incx, &beta, y, &incy);
  });
  return std::move(v.test);
}

// Alpha of modulus 1 keeps x in range; A says how alpha is passed.
template <class T, class A>
std::unique_ptr<BlasCase> scal(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  R* x = v.out(v.incx);
  v.work(A::kParts == 2 ? 6 : T::kParts, 1, 2);
  const Pair<R> alpha = A::kParts == 2 ? Pair<R>{R(0.6), R(0.8)} : Pair<R>{R(-1), R(0)};
  v.test->call([n = v.n, incx = v.incx, x, alpha](void* f) {
    reinterpret_cast<void (*)(const int*, const void*, R*, const int*)>(f)(&n, &alpha, x, &incx);
  });
  return std::move(v.test);
}

template <class T>
std::unique_ptr<BlasCase> copy(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  const R* x = v.in(v.incx);
  R* y = v.out(v.incy);
  v.work(0, 2, 2);
  v.test->call([n = v.n, incx = v.incx, incy = v.incy, x, y](void* f) {
    reinterpret_cast<void (*)(const int*, const R*, const int*, R*, const int*)>(f)(&n, x, &incx, y, &incy);
  });
  return std::move(v.test);
}

template <class T>
std::unique_ptr<BlasCase> swap(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  R *x = v.out(v.incx), *y = v.out(v.incy);
  v.work(0, 2, 4);
  v.test->call([n = v.n, incx = v.incx, incy = v.incy, x, y](void* f) {
    reinterpret_cast<void (*)(const int*, R*, const int*, R*, const int*)>(f)(&n, x, &incx, y, &incy);
  });
  return std::move(v.test);
}

// A sum of products; Result is what the function returns.
template <class T, class Result>
std::unique_ptr<BlasCase> dot(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  const R *x = v.in(v.incx), *y = v.in(v.incy);
  using Part = std::conditional_t<T::kParts == 2, R, Result>;
  auto* out = reinterpret_cast<Result*>(v.test->template output<Part>(T::kParts));
  v.work(T::kParts == 2 ? 8 : 2, 2, 2);
  v.sums();
  v.test->call([n = v.n, incx = v.incx, incy = v.incy, x, y, out](void* f) {
    *out =
        reinterpret_cast<Result (*)(const int*, const R*, const int*, const R*, const int*)>(f)(&n, x, &incx, y, &incy);
  });
  return std::move(v.test);
}

std::unique_ptr<BlasCase> sdsdot(const BlasProblem& p) {
  Vectors<S> v(p);
  const float *x = v.in(v.incx), *y = v.in(v.incy);
  float* out = v.test->output<float>(1);
  v.work(2, 2, 2);
  v.sums();
  v.test->call([n = v.n, incx = v.incx, incy = v.incy, x, y, out, b = 0.5f](void* f) {
    *out = reinterpret_cast<float (*)(const int*, const float*, const float*, const int*, const float*, const int*)>(f)(
        &n, &b, x, &incx, y, &incy);
  });
  return std::move(v.test);
}

// A function of one vector with a real value.
template <class T>
std::unique_ptr<BlasCase> norm(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  const R* x = v.in(v.incx);
  R* out = v.test->template output<R>(1);
  v.work(T::kParts, 1, 1);
  v.sums();
  v.test->call([n = v.n, incx = v.incx, x, out](void* f) {
    *out = reinterpret_cast<R (*)(const int*, const R*, const int*)>(f)(&n, x, &incx);
  });
  return std::move(v.test);
}

template <class T>
std::unique_ptr<BlasCase> position(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  const R* x = v.in(v.incx);
  int* out = v.test->template output<int>(1);
  v.work(T::kParts, 1, 1);
  v.test->call([n = v.n, incx = v.incx, x, out](void* f) {
    *out = reinterpret_cast<int (*)(const int*, const R*, const int*)>(f)(&n, x, &incx);
  });
  return std::move(v.test);
}

template <class T>
std::unique_ptr<BlasCase> rot(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  R *x = v.out(v.incx), *y = v.out(v.incy);
  v.work(6 * T::kParts, 2, 4);
  v.test->call([n = v.n, incx = v.incx, incy = v.incy, x, y, c = R(0.6), s = R(0.8)](void* f) {
    reinterpret_cast<void (*)(const int*, R*, const int*, R*, const int*, const R*, const R*)>(f)(&n, x, &incx, y,
                                                                                                  &incy, &c, &s);
  });
  return std::move(v.test);
}

template <class T>
std::unique_ptr<BlasCase> rotm(const BlasProblem& p) {
  using R = typename T::Real;
  Vectors<T> v(p);
  R *x = v.out(v.incx), *y = v.out(v.incy);
  v.work(6, 2, 4);
  struct Param {
    R flag, h11, h21, h12, h22;
  };
  v.test->call(
      [n = v.n, incx = v.incx, incy = v.incy, x, y, param = Param{R(-1), R(0.6), R(-0.8), R(0.8), R(0.6)}](void* f) {
        reinterpret_cast<void (*)(const int*, R*, const int*, R*, const int*, const R*)>(f)(&n, x, &incx, y, &incy,
                                                                                            &param.flag);
      });
  return std::move(v.test);
}

}  // namespace

std::vector<Routine> level1_routines() {
  return {
      {"saxpy", "?axpy", 's', axpy<S>},
      {"daxpy", "?axpy", 'd', axpy<D>},
      {"caxpy", "?axpy", 'c', axpy<C>},
      {"zaxpy", "?axpy", 'z', axpy<Z>},
      {"saxpby", "?axpby", 's', axpby<S>},
      {"daxpby", "?axpby", 'd', axpby<D>},
      {"caxpby", "?axpby", 'c', axpby<C>},
      {"zaxpby", "?axpby", 'z', axpby<Z>},
      {"sscal", "?scal", 's', scal<S, S>},
      {"dscal", "?scal", 'd', scal<D, D>},
      {"cscal", "?scal", 'c', scal<C, C>},
      {"zscal", "?scal", 'z', scal<Z, Z>},
      {"csscal", "?rscal", 'c', scal<C, S>},
      {"zdscal", "?rscal", 'z', scal<Z, D>},
      {"scopy", "?copy", 's', copy<S>},
      {"dcopy", "?copy", 'd', copy<D>},
      {"ccopy", "?copy", 'c', copy<C>},
      {"zcopy", "?copy", 'z', copy<Z>},
      {"sswap", "?swap", 's', swap<S>},
      {"dswap", "?swap", 'd', swap<D>},
      {"cswap", "?swap", 'c', swap<C>},
      {"zswap", "?swap", 'z', swap<Z>},
      {"sdot", "?dot", 's', dot<S, float>},
      {"ddot", "?dot", 'd', dot<D, double>},
      {"cdotu", "?dot", 'c', dot<C, Pair<float>>},
      {"zdotu", "?dot", 'z', dot<Z, Pair<double>>},
      {"cdotc", "?dotc", 'c', dot<C, Pair<float>>},
      {"zdotc", "?dotc", 'z', dot<Z, Pair<double>>},
      {"dsdot", "?sdot", 's', dot<S, double>},
      {"sdsdot", "?sdsdot", 's', sdsdot},
      {"snrm2", "?nrm2", 's', norm<S>},
      {"dnrm2", "?nrm2", 'd', norm<D>},
      {"scnrm2", "?nrm2", 'c', norm<C>},
      {"dznrm2", "?nrm2", 'z', norm<Z>},
      {"sasum", "?asum", 's', norm<S>},
      {"dasum", "?asum", 'd', norm<D>},
      {"scasum", "?asum", 'c', norm<C>},
      {"dzasum", "?asum", 'z', norm<Z>},
      {"ssum", "?sum", 's', norm<S>},
      {"dsum", "?sum", 'd', norm<D>},
      {"scsum", "?sum", 'c', norm<C>},
      {"dzsum", "?sum", 'z', norm<Z>},
      {"isamax", "?iamax", 's', position<S>},
      {"idamax", "?iamax", 'd', position<D>},
      {"icamax", "?iamax", 'c', position<C>},
      {"izamax", "?iamax", 'z', position<Z>},
      {"isamin", "?iamin", 's', position<S>},
      {"idamin", "?iamin", 'd', position<D>},
      {"icamin", "?iamin", 'c', position<C>},
      {"izamin", "?iamin", 'z', position<Z>},
      {"srot", "?rot", 's', rot<S>},
      {"drot", "?rot", 'd', rot<D>},
      {"csrot", "?rot", 'c', rot<C>},
      {"zdrot", "?rot", 'z', rot<Z>},
      {"srotm", "?rotm", 's', rotm<S>},
      {"drotm", "?rotm", 'd', rotm<D>},
  };
}

}  // namespace tessera::bench
