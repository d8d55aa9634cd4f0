// Level 2 under one name per routine for all four types; symmetric means Hermitian where the type is complex.
#pragma once

#include "api.h"

template <class T>
struct Level2;

#define TEST_LEVEL2_FORTRAN(p, T, R, h, b, geru, gerc)                                                                 \
  extern "C" {                                                                                                         \
  void p##gbmv_(const char*, const int*, const int*, const int*, const int*, const T*, const T*, const int*, const T*, \
                const int*, const T*, T*, const int*);                                                                 \
  void p##h##mv_(const char*, const int*, const T*, const T*, const int*, const T*, const int*, const T*, T*,          \
                 const int*);                                                                                          \
  void p##b##bmv_(const char*, const int*, const int*, const T*, const T*, const int*, const T*, const int*, const T*, \
                  T*, const int*);                                                                                     \
  void p##b##pmv_(const char*, const int*, const T*, const T*, const T*, const int*, const T*, T*, const int*);        \
  void p##trmv_(const char*, const char*, const char*, const int*, const T*, const int*, T*, const int*);              \
  void p##tbmv_(const char*, const char*, const char*, const int*, const int*, const T*, const int*, T*, const int*);  \
  void p##tpmv_(const char*, const char*, const char*, const int*, const T*, T*, const int*);                          \
  void p##trsv_(const char*, const char*, const char*, const int*, const T*, const int*, T*, const int*);              \
  void p##tbsv_(const char*, const char*, const char*, const int*, const int*, const T*, const int*, T*, const int*);  \
  void p##tpsv_(const char*, const char*, const char*, const int*, const T*, T*, const int*);                          \
  void geru(const int*, const int*, const T*, const T*, const int*, const T*, const int*, T*, const int*);             \
  void gerc(const int*, const int*, const T*, const T*, const int*, const T*, const int*, T*, const int*);             \
  void p##h##r_(const char*, const int*, const R*, const T*, const int*, T*, const int*);                              \
  void p##b##pr_(const char*, const int*, const R*, const T*, const int*, T*);                                         \
  void p##h##r2_(const char*, const int*, const T*, const T*, const int*, const T*, const int*, T*, const int*);       \
  void p##b##pr2_(const char*, const int*, const T*, const T*, const int*, const T*, const int*, T*);                  \
  }
TEST_LEVEL2_FORTRAN(s, float, float, sy, s, sger_, sger_)
TEST_LEVEL2_FORTRAN(d, double, double, sy, s, dger_, dger_)
TEST_LEVEL2_FORTRAN(c, c32, float, he, h, cgeru_, cgerc_)
TEST_LEVEL2_FORTRAN(z, c64, double, he, h, zgeru_, zgerc_)

#define TEST_LEVEL2(p, T, h, b, geru_name, gerc_name)      \
  template <>                                              \
  struct Level2<T> {                                       \
    static constexpr const char *kFull = #h, *kOther = #b; \
    static constexpr const char* kGeru = #geru_name;       \
    static constexpr const char* kGerc = #gerc_name;       \
    static constexpr auto gbmv_ = p##gbmv_;                \
    static constexpr auto symv_ = p##h##mv_;               \
    static constexpr auto sbmv_ = p##b##bmv_;              \
    static constexpr auto spmv_ = p##b##pmv_;              \
    static constexpr auto trmv_ = p##trmv_;                \
    static constexpr auto tbmv_ = p##tbmv_;                \
    static constexpr auto tpmv_ = p##tpmv_;                \
    static constexpr auto trsv_ = p##trsv_;                \
    static constexpr auto tbsv_ = p##tbsv_;                \
    static constexpr auto tpsv_ = p##tpsv_;                \
    static constexpr auto geru_ = p##geru_name##_;         \
    static constexpr auto gerc_ = p##gerc_name##_;         \
    static constexpr auto syr_ = p##h##r_;                 \
    static constexpr auto spr_ = p##b##pr_;                \
    static constexpr auto syr2_ = p##h##r2_;               \
    static constexpr auto spr2_ = p##b##pr2_;              \
    static constexpr auto gbmv = cblas_##p##gbmv;          \
    static constexpr auto symv = cblas_##p##h##mv;         \
    static constexpr auto sbmv = cblas_##p##b##bmv;        \
    static constexpr auto spmv = cblas_##p##b##pmv;        \
    static constexpr auto trmv = cblas_##p##trmv;          \
    static constexpr auto tbmv = cblas_##p##tbmv;          \
    static constexpr auto tpmv = cblas_##p##tpmv;          \
    static constexpr auto trsv = cblas_##p##trsv;          \
    static constexpr auto tbsv = cblas_##p##tbsv;          \
    static constexpr auto tpsv = cblas_##p##tpsv;          \
    static constexpr auto geru = cblas_##p##geru_name;     \
    static constexpr auto gerc = cblas_##p##gerc_name;     \
    static constexpr auto syr = cblas_##p##h##r;           \
    static constexpr auto spr = cblas_##p##b##pr;          \
    static constexpr auto syr2 = cblas_##p##h##r2;         \
    static constexpr auto spr2 = cblas_##p##b##pr2;        \
  };
TEST_LEVEL2(s, float, sy, s, ger, ger)
TEST_LEVEL2(d, double, sy, s, ger, ger)
TEST_LEVEL2(c, c32, he, h, geru, gerc)
TEST_LEVEL2(z, c64, he, h, geru, gerc)

enum class Routine {
  gemv,
  gbmv,
  symv,
  sbmv,
  spmv,
  trmv,
  tbmv,
  tpmv,
  trsv,
  tbsv,
  tpsv,
  geru,
  gerc,
  syr,
  spr,
  syr2,
  spr2
};
inline constexpr Routine kRoutines[] = {Routine::gemv, Routine::gbmv, Routine::symv, Routine::sbmv, Routine::spmv,
                                        Routine::trmv, Routine::tbmv, Routine::tpmv, Routine::trsv, Routine::tbsv,
                                        Routine::tpsv, Routine::geru, Routine::gerc, Routine::syr,  Routine::spr,
                                        Routine::syr2, Routine::spr2};

enum class Interface { fortran, columns, rows };

// One call of any of them; what a routine does not have is ignored.
template <class T>
struct Level2Call {
  Routine routine = Routine::gemv;
  Interface interface = Interface::fortran;
  char uplo = 'U', trans = 'N', diag = 'N';
  int m = 0, n = 0, kl = 0, ku = 0, lda = 1;
  T alpha{}, beta{};
  int incx = 1, incy = 1;
  T *a = nullptr, *x = nullptr, *y = nullptr;
  CBLAS_LAYOUT bad_layout{};  // if set, passed on as the layout
};

// '/' becomes an enumerator that does not exist.
inline CBLAS_TRANSPOSE cblas_trans_or_bad(char t) {
  return t == '/'            ? static_cast<CBLAS_TRANSPOSE>(7)
         : (t | 0x20) == 'n' ? CblasNoTrans
         : (t | 0x20) == 't' ? CblasTrans
                             : CblasConjTrans;
}

template <class T>
void run(const Level2Call<T>& c) {
  using F = Level2<T>;
  const int *m = &c.m, *n = &c.n, *lda = &c.lda, *incx = &c.incx, *incy = &c.incy;
  const RealOf<T> real = std::real(c.alpha);
  const int k = (c.uplo | 0x20) == 'u' ? c.ku : c.kl;
  if (c.interface == Interface::fortran) {
    switch (c.routine) {
      case Routine::gemv:
        return Api<T>::gemv_(&c.trans, m, n, &c.alpha, c.a, lda, c.x, incx, &c.beta, c.y, incy);
      case Routine::gbmv:
        return F::gbmv_(&c.trans, m, n, &c.kl, &c.ku, &c.alpha, c.a, lda, c.x, incx, &c.beta, c.y, incy);
      case Routine::symv:
        return F::symv_(&c.uplo, n, &c.alpha, c.a, lda, c.x, incx, &c.beta, c.y, incy);
      case Routine::sbmv:
        return F::sbmv_(&c.uplo, n, &k, &c.alpha, c.a, lda, c.x, incx, &c.beta, c.y, incy);
      case Routine::spmv:
        return F::spmv_(&c.uplo, n, &c.alpha, c.a, c.x, incx, &c.beta, c.y, incy);
      case Routine::trmv:
        return F::trmv_(&c.uplo, &c.trans, &c.diag, n, c.a, lda, c.x, incx);
      case Routine::tbmv:
        return F::tbmv_(&c.uplo, &c.trans, &c.diag, n, &k, c.a, lda, c.x, incx);
      case Routine::tpmv:
        return F::tpmv_(&c.uplo, &c.trans, &c.diag, n, c.a, c.x, incx);
      case Routine::trsv:
        return F::trsv_(&c.uplo, &c.trans, &c.diag, n, c.a, lda, c.x, incx);
      case Routine::tbsv:
        return F::tbsv_(&c.uplo, &c.trans, &c.diag, n, &k, c.a, lda, c.x, incx);
      case Routine::tpsv:
        return F::tpsv_(&c.uplo, &c.trans, &c.diag, n, c.a, c.x, incx);
      case Routine::geru:
        return F::geru_(m, n, &c.alpha, c.x, incx, c.y, incy, c.a, lda);
      case Routine::gerc:
        return F::gerc_(m, n, &c.alpha, c.x, incx, c.y, incy, c.a, lda);
      case Routine::syr:
        return F::syr_(&c.uplo, n, &real, c.x, incx, c.a, lda);
      case Routine::spr:
        return F::spr_(&c.uplo, n, &real, c.x, incx, c.a);
      case Routine::syr2:
        return F::syr2_(&c.uplo, n, &c.alpha, c.x, incx, c.y, incy, c.a, lda);
      case Routine::spr2:
        return F::spr2_(&c.uplo, n, &c.alpha, c.x, incx, c.y, incy, c.a);
    }
  }
  const CBLAS_LAYOUT layout = c.bad_layout                     ? c.bad_layout
                              : c.interface == Interface::rows ? CblasRowMajor
                                                               : CblasColMajor;
  const CBLAS_UPLO uplo = cblas_uplo(c.uplo);
  const CBLAS_TRANSPOSE trans = cblas_trans_or_bad(c.trans);
  const CBLAS_DIAG diag = cblas_diag(c.diag);
  const auto alpha = scalar(c.alpha), beta = scalar(c.beta);
  switch (c.routine) {
    case Routine::gemv:
      return Api<T>::gemv(layout, trans, c.m, c.n, alpha, c.a, c.lda, c.x, c.incx, beta, c.y, c.incy);
    case Routine::gbmv:
      return F::gbmv(layout, trans, c.m, c.n, c.kl, c.ku, alpha, c.a, c.lda, c.x, c.incx, beta, c.y, c.incy);
    case Routine::symv:
      return F::symv(layout, uplo, c.n, alpha, c.a, c.lda, c.x, c.incx, beta, c.y, c.incy);
    case Routine::sbmv:
      return F::sbmv(layout, uplo, c.n, k, alpha, c.a, c.lda, c.x, c.incx, beta, c.y, c.incy);
    case Routine::spmv:
      return F::spmv(layout, uplo, c.n, alpha, c.a, c.x, c.incx, beta, c.y, c.incy);
    case Routine::trmv:
      return F::trmv(layout, uplo, trans, diag, c.n, c.a, c.lda, c.x, c.incx);
    case Routine::tbmv:
      return F::tbmv(layout, uplo, trans, diag, c.n, k, c.a, c.lda, c.x, c.incx);
    case Routine::tpmv:
      return F::tpmv(layout, uplo, trans, diag, c.n, c.a, c.x, c.incx);
    case Routine::trsv:
      return F::trsv(layout, uplo, trans, diag, c.n, c.a, c.lda, c.x, c.incx);
    case Routine::tbsv:
      return F::tbsv(layout, uplo, trans, diag, c.n, k, c.a, c.lda, c.x, c.incx);
    case Routine::tpsv:
      return F::tpsv(layout, uplo, trans, diag, c.n, c.a, c.x, c.incx);
    case Routine::geru:
      return F::geru(layout, c.m, c.n, alpha, c.x, c.incx, c.y, c.incy, c.a, c.lda);
    case Routine::gerc:
      return F::gerc(layout, c.m, c.n, alpha, c.x, c.incx, c.y, c.incy, c.a, c.lda);
    case Routine::syr:
      return F::syr(layout, uplo, c.n, real, c.x, c.incx, c.a, c.lda);
    case Routine::spr:
      return F::spr(layout, uplo, c.n, real, c.x, c.incx, c.a);
    case Routine::syr2:
      return F::syr2(layout, uplo, c.n, alpha, c.x, c.incx, c.y, c.incy, c.a, c.lda);
    case Routine::spr2:
      return F::spr2(layout, uplo, c.n, alpha, c.x, c.incx, c.y, c.incy, c.a);
  }
}

// "gemv" ... as the type spells it, without its letter: "hemv", "gerc".
template <class T>
std::string base_name(Routine r) {
  const std::string full = Level2<T>::kFull, other = Level2<T>::kOther;
  switch (r) {
    case Routine::gemv:
      return "gemv";
    case Routine::gbmv:
      return "gbmv";
    case Routine::symv:
      return full + "mv";
    case Routine::sbmv:
      return other + "bmv";
    case Routine::spmv:
      return other + "pmv";
    case Routine::trmv:
      return "trmv";
    case Routine::tbmv:
      return "tbmv";
    case Routine::tpmv:
      return "tpmv";
    case Routine::trsv:
      return "trsv";
    case Routine::tbsv:
      return "tbsv";
    case Routine::tpsv:
      return "tpsv";
    case Routine::geru:
      return Level2<T>::kGeru;
    case Routine::gerc:
      return Level2<T>::kGerc;
    case Routine::syr:
      return full + "r";
    case Routine::spr:
      return other + "pr";
    case Routine::syr2:
      return full + "r2";
    case Routine::spr2:
      return other + "pr2";
  }
  return {};
}
