#include <cmath>

#include "fuzz/blas_model.h"

namespace tessera::fuzz {
namespace {

template <class T>
void call(Input& in) {
  using A = Api<T>;
  using R = RealOf<T>;
  enum Routine { axpy, axpby, copy, swap, scal, dot, nrm2, asum, iamax, rot, kCount };
  const auto routine = static_cast<Routine>(in.integer(0, kCount - 1));
  const bool one_vector = routine == scal || routine == nrm2 || routine == asum || routine == iamax;
  const bool fortran = in.flag();
  int n = static_cast<int>(blas_size(in)), incx = in.one_of({1, -1, 2, -3}), incy = in.one_of({1, -1, 2, -3});
  int* const wild[] = {&n, &incx, &incy};
  if (in.one_in(4)) *wild[in.integer(0, 2)] = in.wild32();
  // Nothing to do, whatever else is said; increments that are not positive mean that of one vector.
  const bool nothing = n <= 0 || (one_vector && incx <= 0);
  if (n > 1 && (incx == 0 || incy == 0)) return;
  const Index farthest = std::max(std::abs(Index{incx}), std::abs(Index{incy}));
  if (!nothing && (n > 1000 || (n - 1) * farthest + 1 > Index{Memory::kMost / sizeof(T)})) return;
  if (routine == nrm2 && incx < 0) return;  // LAPACK's newer reference counts backwards, older ones return 0
  const T alpha = scalar_of<T>(in), beta = scalar_of<T>(in);
  test::Random random(static_cast<std::uint64_t>(in.integer(0, 255)));
  const Index count = nothing ? 0 : n;
  Vector<T> x(in, count, incx, random), y(in, one_vector ? 0 : count, incy, random, routine != copy);
  T* const px = x.data();
  T* const py = y.data();

  double result = 0;
  Wide<T> product{};
  const R cosine = R(0.6), sine = R(0.8);
  switch (routine) {
    case axpy:
      fortran ? A::axpy_(&n, &alpha, px, &incx, py, &incy) : A::axpy(n, scalar(alpha), px, incx, py, incy);
      break;
    case axpby:
      fortran ? A::axpby_(&n, &alpha, px, &incx, &beta, py, &incy)
              : A::axpby(n, scalar(alpha), px, incx, scalar(beta), py, incy);
      break;
    case copy:
      fortran ? A::copy_(&n, px, &incx, py, &incy) : A::copy(n, px, incx, py, incy);
      break;
    case swap:
      fortran ? A::swap_(&n, px, &incx, py, &incy) : A::swap(n, px, incx, py, incy);
      break;
    case scal:
      fortran ? A::scal_(&n, &alpha, px, &incx) : A::scal(n, scalar(alpha), px, incx);
      break;
    case rot:
      fortran ? A::rot_(&n, px, &incx, py, &incy, &cosine, &sine) : A::rot(n, px, incx, py, incy, cosine, sine);
      break;
    case nrm2:
      result = fortran ? A::nrm2_(&n, px, &incx) : A::nrm2(n, px, incx);
      break;
    case asum:
      result = fortran ? A::asum_(&n, px, &incx) : A::asum(n, px, incx);
      break;
    case iamax:
      // Positions from 1, and 0 for none; CBLAS's from 0, and 0 for none.
      result = fortran ? A::iamax_(&n, px, &incx) : static_cast<double>(A::iamax(n, px, incx)) + (nothing ? 0 : 1);
      break;
    default:
      if constexpr (std::is_same_v<T, float>) {
        product = fortran ? sdot_(&n, px, &incx, py, &incy) : cblas_sdot(n, px, incx, py, incy);
      } else if constexpr (std::is_same_v<T, double>) {
        product = fortran ? ddot_(&n, px, &incx, py, &incy) : cblas_ddot(n, px, incx, py, incy);
      } else if constexpr (std::is_same_v<T, c32>) {
        const Pair<float> p = cdotc_(&n, px, &incx, py, &incy);
        T sum(p.re, p.im);
        if (!fortran) cblas_cdotc_sub(n, px, incx, py, incy, &sum);
        product = wide(sum);
      } else {
        const Pair<double> p = zdotc_(&n, px, &incx, py, &incy);
        T sum(p.re, p.im);
        if (!fortran) cblas_zdotc_sub(n, px, incx, py, incy, &sum);
        product = wide(sum);
      }
  }
  const int number = routine;
  const bool x_is_output = routine == swap || routine == scal || routine == rot;
  const bool y_is_output = !one_vector && routine != dot;
  FUZZ_EXPECT(x.intact(x_is_output) && y.intact(y_is_output), "routine %d wrote beside a result", number);
  FUZZ_EXPECT(take_xerbla_calls().empty(), "routine %d reports", number);

  const auto matches = [&](T got, const Element<T>& want, Index terms) {
    const auto judged = close(got, want, static_cast<int>(terms));
    FUZZ_EXPECT(judged, "routine %d: %s", number, judged.message());
  };
  const double unit = std::numeric_limits<R>::epsilon() / 2;
  double sum = 0, squares = 0, largest = -1;
  Index at = 0;
  Element<T> dots;
  for (Index i = 0; i < count; ++i) {
    const Wide<T> xi = x(i);
    const double size = static_cast<double>(std::fabs(std::real(xi)) + std::fabs(std::imag(xi)));
    sum += size;
    squares += static_cast<double>(std::norm(xi));
    if (size > largest) largest = size, at = i + 1;
    const Wide<T> yi = one_vector || routine == copy ? Wide<T>(0) : y(i);
    Element<T> want, other;
    switch (routine) {
      case axpy:
        want.add(wide(alpha) * xi), want.add(yi);
        break;
      case axpby:
        if (alpha != T(0)) want.add(wide(alpha) * xi);
        if (beta != T(0)) want.add(wide(beta) * yi);
        break;
      case copy:
        want.add(xi);
        break;
      case swap:
        want.add(xi), other.add(yi);
        break;
      case scal:
        other.add(wide(alpha) * xi);
        break;
      case rot:
        other.add(Wide<T>(cosine) * xi), other.add(Wide<T>(sine) * yi);
        want.add(Wide<T>(cosine) * yi), want.add(Wide<T>(-sine) * xi);
        break;
      case dot:
        dots.add(conj_if<T>(true, xi) * yi);
        break;
      default:
        break;
    }
    if (y_is_output) matches(y.now(i), want, 2);
    if (x_is_output) matches(x.now(i), other, 2);
  }
  const double roundings = static_cast<double>(count) + 4;
  if (routine == dot) {
    const double bound = roundings * 4 * unit * static_cast<double>(dots.magnitude);
    FUZZ_EXPECT(static_cast<double>(std::abs(product - dots.value)) <= bound, "dot");
  } else if (routine == nrm2) {
    FUZZ_EXPECT(std::fabs(result - std::sqrt(squares)) <= roundings * unit * std::sqrt(squares), "nrm2");
  } else if (routine == asum) {
    FUZZ_EXPECT(std::fabs(result - sum) <= roundings * unit * sum, "asum");
  } else if (routine == iamax) {
    // Sums of two parts may be rounded to one that is as large.
    const double found = nothing ? 0 : result;
    FUZZ_EXPECT(nothing ? result == 0 : found >= 1 && found <= static_cast<double>(count), "iamax %g", result);
    if (!nothing) {
      const Wide<T> xi = x(static_cast<Index>(found) - 1);
      const double size = static_cast<double>(std::fabs(std::real(xi)) + std::fabs(std::imag(xi)));
      FUZZ_EXPECT(found == static_cast<double>(at) || (kComplex<T> && size >= largest * (1 - 4 * unit)), "iamax %g",
                  result);
    }
  }
}

}  // namespace

void level1(Input& in) {
  with_any_type(in, [&]<class T>() { call<T>(in); });
}

}  // namespace tessera::fuzz
