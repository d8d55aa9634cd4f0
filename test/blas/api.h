// The interfaces under test, one name per routine for all four types.
#pragma once

#include <cblas.h>

#include <complex>
#include <type_traits>

using c32 = std::complex<float>;
using c64 = std::complex<double>;

template <class T>
struct TypeTraits {
  using Real = T;
  static constexpr bool kComplex = false;
};
template <class R>
struct TypeTraits<std::complex<R>> {
  using Real = R;
  static constexpr bool kComplex = true;
};
template <class T>
using RealOf = typename TypeTraits<T>::Real;
template <class T>
inline constexpr bool kComplex = TypeTraits<T>::kComplex;

template <class T>
struct Api;

#define TEST_API_FORTRAN(p, T)                                                                                       \
  extern "C" {                                                                                                       \
  void p##gemm_(const char*, const char*, const int*, const int*, const int*, const T*, const T*, const int*,        \
                const T*, const int*, const T*, T*, const int*);                                                     \
  void p##gemv_(const char*, const int*, const int*, const T*, const T*, const int*, const T*, const int*, const T*, \
                T*, const int*);                                                                                     \
  void p##syrk_(const char*, const char*, const int*, const int*, const T*, const T*, const int*, const T*, T*,      \
                const int*);                                                                                         \
  void p##axpy_(const int*, const T*, const T*, const int*, T*, const int*);                                         \
  void p##scal_(const int*, const T*, T*, const int*);                                                               \
  void p##copy_(const int*, const T*, const int*, T*, const int*);                                                   \
  void p##swap_(const int*, T*, const int*, T*, const int*);                                                         \
  int i##p##amax_(const int*, const T*, const int*);                                                                 \
  int i##p##amin_(const int*, const T*, const int*);                                                                 \
  void p##axpby_(const int*, const T*, const T*, const int*, const T*, T*, const int*);                              \
  }
TEST_API_FORTRAN(s, float)
TEST_API_FORTRAN(d, double)
TEST_API_FORTRAN(c, c32)
TEST_API_FORTRAN(z, c64)

// What gfortran returns for COMPLEX: a pair by value.
template <class R>
struct Pair {
  R re, im;
};
template struct Pair<float>;
template struct Pair<double>;
extern "C" {
float sdot_(const int*, const float*, const int*, const float*, const int*);
double ddot_(const int*, const double*, const int*, const double*, const int*);
Pair<float> cdotu_(const int*, const c32*, const int*, const c32*, const int*);
Pair<float> cdotc_(const int*, const c32*, const int*, const c32*, const int*);
Pair<double> zdotu_(const int*, const c64*, const int*, const c64*, const int*);
Pair<double> zdotc_(const int*, const c64*, const int*, const c64*, const int*);
float snrm2_(const int*, const float*, const int*);
double dnrm2_(const int*, const double*, const int*);
float scnrm2_(const int*, const c32*, const int*);
double dznrm2_(const int*, const c64*, const int*);
float sasum_(const int*, const float*, const int*);
double dasum_(const int*, const double*, const int*);
float scasum_(const int*, const c32*, const int*);
double dzasum_(const int*, const c64*, const int*);
float ssum_(const int*, const float*, const int*);
double dsum_(const int*, const double*, const int*);
float scsum_(const int*, const c32*, const int*);
double dzsum_(const int*, const c64*, const int*);
float samax_(const int*, const float*, const int*);
double damax_(const int*, const double*, const int*);
float scamax_(const int*, const c32*, const int*);
double dzamax_(const int*, const c64*, const int*);
float samin_(const int*, const float*, const int*);
double damin_(const int*, const double*, const int*);
float scamin_(const int*, const c32*, const int*);
double dzamin_(const int*, const c64*, const int*);
void srot_(const int*, float*, const int*, float*, const int*, const float*, const float*);
void drot_(const int*, double*, const int*, double*, const int*, const double*, const double*);
void csrot_(const int*, c32*, const int*, c32*, const int*, const float*, const float*);
void zdrot_(const int*, c64*, const int*, c64*, const int*, const double*, const double*);
void srotm_(const int*, float*, const int*, float*, const int*, const float*);
void drotm_(const int*, double*, const int*, double*, const int*, const double*);
double dsdot_(const int*, const float*, const int*, const float*, const int*);
float sdsdot_(const int*, const float*, const float*, const int*, const float*, const int*);
float scabs1_(const c32*);
double dcabs1_(const c64*);
void csscal_(const int*, const float*, c32*, const int*);
void zdscal_(const int*, const double*, c64*, const int*);
}

// How CBLAS takes a scalar: by value when real, by address when complex.
template <class T>
auto scalar(const T& x) {
  if constexpr (kComplex<T>) {
    return static_cast<const void*>(&x);
  } else {
    return x;
  }
}

#define TEST_API(p, P, T, N, ROT)                   \
  template <>                                       \
  struct Api<T> {                                   \
    static constexpr const char* kUpper = P;        \
    static constexpr const char* kLower = #p;       \
    static constexpr auto gemm_ = p##gemm_;         \
    static constexpr auto gemv_ = p##gemv_;         \
    static constexpr auto syrk_ = p##syrk_;         \
    static constexpr auto axpy_ = p##axpy_;         \
    static constexpr auto scal_ = p##scal_;         \
    static constexpr auto copy_ = p##copy_;         \
    static constexpr auto swap_ = p##swap_;         \
    static constexpr auto iamax_ = i##p##amax_;     \
    static constexpr auto nrm2_ = N##nrm2_;         \
    static constexpr auto asum_ = N##asum_;         \
    static constexpr auto gemm = cblas_##p##gemm;   \
    static constexpr auto gemv = cblas_##p##gemv;   \
    static constexpr auto syrk = cblas_##p##syrk;   \
    static constexpr auto axpy = cblas_##p##axpy;   \
    static constexpr auto scal = cblas_##p##scal;   \
    static constexpr auto copy = cblas_##p##copy;   \
    static constexpr auto swap = cblas_##p##swap;   \
    static constexpr auto iamax = cblas_i##p##amax; \
    static constexpr auto nrm2 = cblas_##N##nrm2;   \
    static constexpr auto asum = cblas_##N##asum;   \
    static constexpr auto sum_ = N##sum_;           \
    static constexpr auto amax_ = N##amax_;         \
    static constexpr auto amin_ = N##amin_;         \
    static constexpr auto iamin_ = i##p##amin_;     \
    static constexpr auto axpby_ = p##axpby_;       \
    static constexpr auto rot_ = ROT##rot_;         \
    static constexpr auto sum = cblas_##N##sum;     \
    static constexpr auto amax = cblas_##N##amax;   \
    static constexpr auto amin = cblas_##N##amin;   \
    static constexpr auto iamin = cblas_i##p##amin; \
    static constexpr auto axpby = cblas_##p##axpby; \
    static constexpr auto rot = cblas_##ROT##rot;   \
    static constexpr auto rotg = cblas_##p##rotg;   \
    TEST_API_MORE_##p                               \
  };
#define TEST_API_MORE_s                     \
  static constexpr auto rotm_ = srotm_;     \
  static constexpr auto rotm = cblas_srotm; \
  static constexpr auto rotmg = cblas_srotmg;
#define TEST_API_MORE_d                     \
  static constexpr auto rotm_ = drotm_;     \
  static constexpr auto rotm = cblas_drotm; \
  static constexpr auto rotmg = cblas_drotmg;
#define TEST_API_MORE_c
#define TEST_API_MORE_z
TEST_API(s, "S", float, s, s)
TEST_API(d, "D", double, d, d)
TEST_API(c, "C", c32, sc, cs)
TEST_API(z, "Z", c64, dz, zd)

// An enumerator of CBLAS for a letter; '/' becomes one that does not exist.
inline CBLAS_UPLO cblas_uplo(char u) {
  return u == '/' ? static_cast<CBLAS_UPLO>(7) : (u | 0x20) == 'u' ? CblasUpper : CblasLower;
}
inline CBLAS_DIAG cblas_diag(char d) {
  return d == '/' ? static_cast<CBLAS_DIAG>(7) : (d | 0x20) == 'u' ? CblasUnit : CblasNonUnit;
}
