// Every bad argument of levels 2 and 3, through both interfaces: what is reported, and that nothing is written.
#include <functional>
#include <ostream>

#include "oracle.h"
#include "xerbla_recorder.h"

static std::ostream& operator<<(std::ostream& out, const XerblaCall& call) {
  return out << call.routine << " " << call.position << (call.row_major ? " row-major" : "");
}

namespace {

template <class T>
class Arguments : public ::testing::Test {
 protected:
  static constexpr int kSize = 64;
  std::vector<T> a = std::vector<T>(kSize, T(1)), b = a, c = std::vector<T>(kSize, T(7));
  const std::vector<T> before = c;
  const T alpha = T(2), beta = T(3);

  std::string fortran_name(const char* base) const { return std::string(Api<T>::kUpper) + base + " "; }
  std::string cblas_name(const char* base) const { return std::string("cblas_") + Api<T>::kLower + base; }

  void expect(const XerblaCall& want, const std::string& what) {
    const auto calls = take_xerbla_calls();
    ASSERT_EQ(calls.size(), 1u) << what;
    EXPECT_EQ(calls[0], want) << what;
    EXPECT_TRUE(same_bits(c, before)) << what;
  }
  void expect_good(const std::string& what) { EXPECT_EQ(take_xerbla_calls(), std::vector<XerblaCall>{}) << what; }
};
TYPED_TEST_SUITE(Arguments, ScalarTypes);

struct Gemm {
  char ta = 'N', tb = 'N';
  int m = 2, n = 3, k = 4, lda = 2, ldb = 4, ldc = 2;
};
struct GemmError {
  Gemm call;
  int position;
};
// Several at once: the first position counts.
const GemmError kGemmErrors[] = {
    {{.ta = '/'}, 1},
    {{.tb = '/'}, 2},
    {{.ta = 'x', .tb = 'x', .m = -1}, 1},
    {{.m = -1}, 3},
    {{.n = -1}, 4},
    {{.k = -1}, 5},
    {{.lda = 1}, 8},
    {{.ta = 'T', .lda = 3}, 8},
    {{.ta = 'c', .lda = 3}, 8},
    {{.m = 0, .lda = 0, .ldc = 1}, 8},
    {{.ldb = 3}, 10},
    {{.tb = 'T', .ldb = 2}, 10},
    {{.tb = 'c', .ldb = 2}, 10},
    {{.lda = 1, .ldb = 3, .ldc = 1}, 8},
    {{.ldc = 1}, 13},
    {{.m = 0, .lda = 1, .ldc = 0}, 13},
};

TYPED_TEST(Arguments, GemmFortran) {
  using T = TypeParam;
  const auto call = [&](const Gemm& g) {
    Api<T>::gemm_(&g.ta, &g.tb, &g.m, &g.n, &g.k, &this->alpha, this->a.data(), &g.lda, this->b.data(), &g.ldb,
                  &this->beta, this->c.data(), &g.ldc);
  };
  for (const GemmError& e : kGemmErrors) {
    call(e.call);
    this->expect({this->fortran_name("GEMM"), e.position, false}, "position " + std::to_string(e.position));
  }
  for (char ta : {'n', 'N', 't', 'T', 'c', 'C'}) {
    for (char tb : {'n', 'N', 't', 'T', 'c', 'C'}) {
      call({.ta = ta, .tb = tb, .lda = is_trans(ta) ? 4 : 2, .ldb = is_trans(tb) ? 3 : 4});
      this->expect_good({ta, tb});
    }
  }
}

CBLAS_TRANSPOSE any_trans(char t) { return t == '/' || t == 'x' ? static_cast<CBLAS_TRANSPOSE>(7) : cblas_trans(t); }

TYPED_TEST(Arguments, GemmCblas) {
  using T = TypeParam;
  const auto call = [&](CBLAS_LAYOUT layout, char ta, char tb, int m, int n, int k, int lda, int ldb, int ldc) {
    Api<T>::gemm(layout, any_trans(ta), any_trans(tb), m, n, k, scalar(this->alpha), this->a.data(), lda,
                 this->b.data(), ldb, scalar(this->beta), this->c.data(), ldc);
  };
  const std::string name = this->cblas_name("gemm");
  for (const auto& [g, position] : kGemmErrors) {
    const std::string what = "Fortran position " + std::to_string(position);
    call(CblasColMajor, g.ta, g.tb, g.m, g.n, g.k, g.lda, g.ldb, g.ldc);
    this->expect({name, position + 1, false}, "column-major, " + what);
    // The same Fortran problem is reached from rows with the operands exchanged.
    if (position <= 2) continue;
    call(CblasRowMajor, g.tb, g.ta, g.n, g.m, g.k, g.ldb, g.lda, g.ldc);
    this->expect({name, position + 1, true}, "row-major, " + what);
  }
  call(static_cast<CBLAS_LAYOUT>(7), '/', 'N', -1, 3, 4, 2, 4, 2);
  this->expect({name, 1, false}, "layout");
  call(CblasRowMajor, '/', 'N', -1, 3, 4, 4, 3, 3);
  this->expect({name, 2, true}, "row-major, TransA");
  call(CblasRowMajor, 'N', '/', -1, 3, 4, 4, 3, 3);
  this->expect({name, 3, true}, "row-major, TransB");
  call(CblasRowMajor, 'N', 'N', 2, 3, 4, 4, 3, 3);
  this->expect_good("row-major");
}

struct Gemv {
  char t = 'N';
  int m = 2, n = 3, lda = 2, incx = 1, incy = 1;
};
struct GemvError {
  Gemv call;
  int position;
};
const GemvError kGemvErrors[] = {
    {{.t = '/'}, 1},         {{.m = -1}, 2},   {{.n = -1}, 3},
    {{.m = -1, .n = -1}, 2}, {{.lda = 1}, 6},  {{.t = 't', .lda = 1}, 6},
    {{.m = 0, .lda = 0}, 6}, {{.incx = 0}, 8}, {{.incx = 0, .incy = 0}, 8},
    {{.incy = 0}, 11},
};

TYPED_TEST(Arguments, Gemv) {
  using T = TypeParam;
  const std::string name = this->cblas_name("gemv");
  const auto cblas = [&](CBLAS_LAYOUT layout, const Gemv& g) {
    Api<T>::gemv(layout, any_trans(g.t), g.m, g.n, scalar(this->alpha), this->a.data(), g.lda, this->b.data(), g.incx,
                 scalar(this->beta), this->c.data(), g.incy);
  };
  for (const auto& [g, position] : kGemvErrors) {
    const std::string what = "position " + std::to_string(position);
    Api<T>::gemv_(&g.t, &g.m, &g.n, &this->alpha, this->a.data(), &g.lda, this->b.data(), &g.incx, &this->beta,
                  this->c.data(), &g.incy);
    this->expect({this->fortran_name("GEMV"), position, false}, what);
    cblas(CblasColMajor, g);
    this->expect({name, position + 1, false}, what);
    Gemv row = g;
    std::swap(row.m, row.n);
    cblas(CblasRowMajor, row);
    this->expect({name, position + 1, true}, "row-major, " + what);
  }
  cblas(static_cast<CBLAS_LAYOUT>(7), {.t = '/'});
  this->expect({name, 1, false}, "layout");
  for (char t : {'n', 'N', 't', 'T', 'c', 'C'}) {
    const Gemv g{.t = t};
    Api<T>::gemv_(&g.t, &g.m, &g.n, &this->alpha, this->a.data(), &g.lda, this->b.data(), &g.incx, &this->beta,
                  this->c.data(), &g.incy);
    this->expect_good({t});
  }
}

struct Syrk {
  char uplo = 'U', t = 'N';
  int n = 3, k = 4, lda = 4, ldc = 3;
};
struct SyrkError {
  Syrk call;
  int position;
};
const SyrkError kSyrkErrors[] = {
    {{.uplo = '/'}, 1},
    {{.uplo = '/', .t = '/'}, 1},
    {{.t = '/'}, 2},
    {{.n = -1}, 3},
    {{.k = -1}, 4},
    {{.n = -1, .k = -1}, 3},
    {{.lda = 2}, 7},
    {{.t = 'T', .lda = 3}, 7},
    {{.n = 0, .lda = 0, .ldc = 1}, 7},
    {{.lda = 2, .ldc = 2}, 7},
    {{.ldc = 2}, 10},
    {{.n = 0, .lda = 1, .ldc = 0}, 10},
};

TYPED_TEST(Arguments, Syrk) {
  using T = TypeParam;
  const std::string name = this->cblas_name("syrk");
  const auto fortran = [&](const Syrk& s) {
    Api<T>::syrk_(&s.uplo, &s.t, &s.n, &s.k, &this->alpha, this->a.data(), &s.lda, &this->beta, this->c.data(), &s.ldc);
  };
  const auto cblas = [&](CBLAS_LAYOUT layout, const Syrk& s) {
    const auto uplo = s.uplo == '/' ? static_cast<CBLAS_UPLO>(7) : s.uplo == 'U' ? CblasUpper : CblasLower;
    Api<T>::syrk(layout, uplo, any_trans(s.t), s.n, s.k, scalar(this->alpha), this->a.data(), s.lda, scalar(this->beta),
                 this->c.data(), s.ldc);
  };
  for (const auto& [s, position] : kSyrkErrors) {
    const std::string what = "position " + std::to_string(position);
    fortran(s);
    this->expect({this->fortran_name("SYRK"), position, false}, what);
    cblas(CblasColMajor, s);
    this->expect({name, position + 1, false}, what);
    Syrk row = s;
    if (s.t != '/') row.t = is_trans(s.t) ? 'N' : 'T';
    cblas(CblasRowMajor, row);
    this->expect({name, position + 1, true}, "row-major, " + what);
  }
  cblas(static_cast<CBLAS_LAYOUT>(7), {.uplo = '/'});
  this->expect({name, 1, false}, "layout");
  fortran({.t = 'C'});
  if (kComplex<T>) {
    this->expect({this->fortran_name("SYRK"), 2, false}, "conjugate transpose");
    cblas(CblasColMajor, {.t = 'C'});
    this->expect({name, 3, false}, "conjugate transpose");
    cblas(CblasRowMajor, {.t = 'C'});
    this->expect({name, 3, true}, "conjugate transpose, row-major");
  } else {
    this->expect_good("conjugate transpose");
  }
  fortran({.uplo = 'l', .t = 't'});
  this->expect_good("lower case");
}

}  // namespace
