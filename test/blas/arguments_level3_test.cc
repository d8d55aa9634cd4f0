// Every bad argument of level 3 and of the matrix extensions, through both interfaces: what is reported, and that
// nothing is written. gemm and syrk are in arguments_test.cc.
#include <functional>

#include "api_level3.h"
#include "oracle.h"
#include "xerbla_recorder.h"

namespace {

// One call: letters and sizes by their Fortran names. '/' stands for what does not exist.
struct Call {
  char side = 'L', uplo = 'U', ta = 'N', tb = 'N', diag = 'N', order = 'C';
  int m = 3, n = 4, k = 5, lda = 8, ldb = 8, ldc = 8, batch = 1;
};
struct Error {
  Call call;
  int position;
};

CBLAS_TRANSPOSE c_trans(char t) { return t == '/' ? static_cast<CBLAS_TRANSPOSE>(7) : cblas_trans(t); }
CBLAS_UPLO c_uplo(char u) { return u == '/' ? static_cast<CBLAS_UPLO>(7) : cblas_uplo(u); }
CBLAS_SIDE c_side(char s) { return s == '/' ? static_cast<CBLAS_SIDE>(7) : cblas_side(s); }
CBLAS_DIAG c_diag(char d) { return d == '/' ? static_cast<CBLAS_DIAG>(7) : cblas_diag(d); }

char other_uplo(char u) { return u == '/' ? '/' : u == 'U' ? 'L' : 'U'; }
char other_side(char s) { return s == '/' ? '/' : s == 'L' ? 'R' : 'L'; }

template <class T>
class ArgumentsLevel3 : public ::testing::Test {
 protected:
  static constexpr std::size_t kSize = 256;
  std::vector<T> a = std::vector<T>(kSize, T(1)), b = a, c = std::vector<T>(kSize, T(7));
  const std::vector<T> before = c;
  const T alpha = T(2), beta = T(3);
  const RealOf<T> real_alpha = 2, real_beta = 3;

  using Run = std::function<void(const Call&)>;
  using RunC = std::function<void(CBLAS_LAYOUT, const Call&)>;

  void expect(const std::string& name, int position, bool row, const std::string& what) {
    const auto calls = take_xerbla_calls();
    ASSERT_EQ(calls.size(), 1u) << name << " " << what;
    EXPECT_EQ(calls[0].routine, name) << what;
    EXPECT_EQ(calls[0].position, position) << name << " " << what;
    EXPECT_EQ(calls[0].row_major, row) << name << " " << what;
    EXPECT_TRUE(same_bits(c, before)) << name << " " << what;
  }

  // `flip` makes of a column-major call the row-major one that has the same Fortran view. Bad enumerators are reported
  // under their own position in either layout.
  void check(std::string base, const std::vector<Error>& errors, const Run& fortran, const RunC& cblas,
             const std::function<Call(Call)>& flip) {
    std::string upper = Api<T>::kUpper, lower = std::string("cblas_") + Api<T>::kLower + base;
    for (const char x : base) upper += static_cast<char>(x == '_' || (x >= '0' && x <= '9') ? x : x & ~0x20);
    if (upper.size() < 6) upper += ' ';
    for (const auto& [call, position] : errors) {
      const std::string what = "position " + std::to_string(position);
      fortran(call);
      expect(upper, position, false, what);
      cblas(CblasColMajor, call);
      expect(lower, position + 1, false, what);
      cblas(CblasRowMajor, flip(call));
      expect(lower, position + 1, true, "row-major, " + what);
    }
    cblas(static_cast<CBLAS_LAYOUT>(7), errors.front().call);
    expect(lower, 1, false, "layout");
  }
};
TYPED_TEST_SUITE(ArgumentsLevel3, ScalarTypes);

Call flip_sides(Call g) {
  std::swap(g.m, g.n);
  g.side = other_side(g.side);
  g.uplo = other_uplo(g.uplo);
  return g;
}

TYPED_TEST(ArgumentsLevel3, SymmAndHemm) {
  using T = TypeParam;
  const std::vector<Error> errors = {
      {{.side = '/'}, 1},
      {{.side = '/', .uplo = '/'}, 1},
      {{.uplo = '/'}, 2},
      {{.uplo = '/', .m = -1}, 2},
      {{.m = -1}, 3},
      {{.n = -1}, 4},
      {{.m = -1, .n = -1}, 3},
      {{.lda = 2}, 7},
      {{.side = 'R', .lda = 3}, 7},
      {{.lda = 2, .ldb = 2}, 7},
      {{.ldb = 2}, 9},
      {{.ldb = 2, .ldc = 2}, 9},
      {{.ldc = 2}, 12},
      {{.m = 0, .ldc = 0}, 12},
      {{.side = 'R', .n = 0, .lda = 0}, 7},
  };
  for (const bool hermitian : {false, true}) {
    if (hermitian && !kComplex<T>) continue;
    this->check(
        hermitian ? "hemm" : "symm", errors,
        [&](const Call& g) {
          (hermitian ? Level3<T>::hemm_ : Level3<T>::symm_)(&g.side, &g.uplo, &g.m, &g.n, &this->alpha, this->a.data(),
                                                            &g.lda, this->b.data(), &g.ldb, &this->beta, this->c.data(),
                                                            &g.ldc);
        },
        [&](CBLAS_LAYOUT layout, const Call& g) {
          (hermitian ? Level3<T>::hemm : Level3<T>::symm)(layout, c_side(g.side), c_uplo(g.uplo), g.m, g.n,
                                                          scalar(this->alpha), this->a.data(), g.lda, this->b.data(),
                                                          g.ldb, scalar(this->beta), this->c.data(), g.ldc);
        },
        flip_sides);
  }
}

TYPED_TEST(ArgumentsLevel3, RankUpdates) {
  using T = TypeParam;
  for (const bool hermitian : {false, true}) {
    if (hermitian && !kComplex<T>) continue;
    const char other = hermitian ? 'C' : 'T';
    const auto flip = [&](Call g) {
      g.uplo = other_uplo(g.uplo);
      if (g.ta != '/') g.ta = g.ta == 'N' ? other : 'N';
      return g;
    };
    const std::vector<Error> two = {
        {{.uplo = '/'}, 1},
        {{.uplo = '/', .ta = '/'}, 1},
        {{.ta = '/'}, 2},
        {{.ta = '/', .n = -1}, 2},
        {{.n = -1}, 3},
        {{.k = -1}, 4},
        {{.lda = 3}, 7},
        {{.ta = other, .lda = 4}, 7},
        {{.lda = 3, .ldb = 3}, 7},
        {{.ldb = 3}, 9},
        {{.ta = other, .ldb = 4}, 9},
        {{.ldc = 3}, 12},
        {{.n = 0, .ldc = 0}, 12},
    };
    this->check(
        hermitian ? "her2k" : "syr2k", two,
        [&](const Call& g) {
          if (hermitian)
            Level3<T>::her2k_(&g.uplo, &g.ta, &g.n, &g.k, &this->alpha, this->a.data(), &g.lda, this->b.data(), &g.ldb,
                              &this->real_beta, this->c.data(), &g.ldc);
          else
            Level3<T>::syr2k_(&g.uplo, &g.ta, &g.n, &g.k, &this->alpha, this->a.data(), &g.lda, this->b.data(), &g.ldb,
                              &this->beta, this->c.data(), &g.ldc);
        },
        [&](CBLAS_LAYOUT layout, const Call& g) {
          if (hermitian)
            Level3<T>::her2k(layout, c_uplo(g.uplo), c_trans(g.ta), g.n, g.k, scalar(this->alpha), this->a.data(),
                             g.lda, this->b.data(), g.ldb, this->real_beta, this->c.data(), g.ldc);
          else
            Level3<T>::syr2k(layout, c_uplo(g.uplo), c_trans(g.ta), g.n, g.k, scalar(this->alpha), this->a.data(),
                             g.lda, this->b.data(), g.ldb, scalar(this->beta), this->c.data(), g.ldc);
        },
        flip);
    if (!hermitian) continue;
    const std::vector<Error> one = {
        {{.uplo = '/'}, 1}, {{.ta = '/'}, 2},           {{.n = -1}, 3},   {{.k = -1}, 4},
        {{.lda = 3}, 7},    {{.ta = 'C', .lda = 4}, 7}, {{.ldc = 3}, 10},
    };
    this->check(
        "herk", one,
        [&](const Call& g) {
          Level3<T>::herk_(&g.uplo, &g.ta, &g.n, &g.k, &this->real_alpha, this->a.data(), &g.lda, &this->real_beta,
                           this->c.data(), &g.ldc);
        },
        [&](CBLAS_LAYOUT layout, const Call& g) {
          Level3<T>::herk(layout, c_uplo(g.uplo), c_trans(g.ta), g.n, g.k, this->real_alpha, this->a.data(), g.lda,
                          this->real_beta, this->c.data(), g.ldc);
        },
        flip);
  }
}

// A symmetric complex update knows no conjugation, a Hermitian one no plain transposition; real ones take all letters.
TYPED_TEST(ArgumentsLevel3, TransposesThatARankUpdateLacks) {
  using T = TypeParam;
  const char t = 'T', conj = 'C', u = 'u';
  const int n = 2, ld = 2;
  auto c2 = this->c;
  Level3<T>::syr2k_(&u, &conj, &n, &n, &this->alpha, this->a.data(), &ld, this->b.data(), &ld, &this->beta, c2.data(),
                    &ld);
  const auto calls = take_xerbla_calls();
  if (!kComplex<T>) {
    EXPECT_TRUE(calls.empty());
    return;
  }
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].position, 2);
  for (const CBLAS_LAYOUT layout : {CblasColMajor, CblasRowMajor}) {
    Level3<T>::syr2k(layout, CblasUpper, CblasConjTrans, n, n, scalar(this->alpha), this->a.data(), ld, this->b.data(),
                     ld, scalar(this->beta), this->c.data(), ld);
    this->expect(std::string("cblas_") + Api<T>::kLower + "syr2k", 3, layout == CblasRowMajor, "conjugation");
  }
  Level3<T>::herk_(&u, &t, &n, &n, &this->real_alpha, this->a.data(), &ld, &this->real_beta, this->c.data(), &ld);
  this->expect(std::string(Api<T>::kUpper) + "HERK ", 2, false, "transposition");
}

TYPED_TEST(ArgumentsLevel3, TrmmAndTrsm) {
  using T = TypeParam;
  const std::vector<Error> errors = {
      {{.side = '/'}, 1},
      {{.side = '/', .uplo = '/', .ta = '/', .diag = '/'}, 1},
      {{.uplo = '/'}, 2},
      {{.ta = '/'}, 3},
      {{.ta = '/', .diag = '/'}, 3},
      {{.diag = '/'}, 4},
      {{.diag = '/', .m = -1}, 4},
      {{.m = -1}, 5},
      {{.n = -1}, 6},
      {{.lda = 2}, 9},
      {{.side = 'R', .lda = 3}, 9},
      {{.ta = 'T', .lda = 2}, 9},
      {{.lda = 2, .ldb = 2}, 9},
      {{.ldb = 2}, 11},
      {{.m = 0, .lda = 1, .ldb = 0}, 11},
  };
  for (const bool solve : {false, true}) {
    this->check(
        solve ? "trsm" : "trmm", errors,
        [&](const Call& g) {
          (solve ? Level3<T>::trsm_ : Level3<T>::trmm_)(&g.side, &g.uplo, &g.ta, &g.diag, &g.m, &g.n, &this->alpha,
                                                        this->a.data(), &g.lda, this->c.data(), &g.ldb);
        },
        [&](CBLAS_LAYOUT layout, const Call& g) {
          (solve ? Level3<T>::trsm : Level3<T>::trmm)(layout, c_side(g.side), c_uplo(g.uplo), c_trans(g.ta),
                                                      c_diag(g.diag), g.m, g.n, scalar(this->alpha), this->a.data(),
                                                      g.lda, this->c.data(), g.ldb);
        },
        flip_sides);
  }
}

TYPED_TEST(ArgumentsLevel3, Gemmt) {
  using T = TypeParam;
  const std::vector<Error> errors = {
      {{.uplo = '/'}, 1}, {{.uplo = '/', .ta = '/'}, 1}, {{.n = -1}, 4},   {{.k = -1}, 5},
      {{.lda = 3}, 8},    {{.ta = 'T', .lda = 4}, 8},    {{.ldb = 4}, 10}, {{.tb = 'C', .ldb = 3}, 10},
      {{.ldc = 3}, 13},
  };
  this->check(
      "gemmt", errors,
      [&](const Call& g) {
        Level3<T>::gemmt_(&g.uplo, &g.ta, &g.tb, &g.n, &g.k, &this->alpha, this->a.data(), &g.lda, this->b.data(),
                          &g.ldb, &this->beta, this->c.data(), &g.ldc);
      },
      [&](CBLAS_LAYOUT layout, const Call& g) {
        Level3<T>::gemmt(layout, c_uplo(g.uplo), c_trans(g.ta), c_trans(g.tb), g.n, g.k, scalar(this->alpha),
                         this->a.data(), g.lda, this->b.data(), g.ldb, scalar(this->beta), this->c.data(), g.ldc);
      },
      [](Call g) {
        g.uplo = other_uplo(g.uplo);
        std::swap(g.ta, g.tb);
        std::swap(g.lda, g.ldb);
        return g;
      });
  const int n = 3;
  for (const auto& [ta, tb, position] : {std::tuple{'/', 'N', 2}, std::tuple{'N', '/', 3}, std::tuple{'/', '/', 2}}) {
    Level3<T>::gemmt_("U", &ta, &tb, &n, &n, &this->alpha, this->a.data(), &n, this->b.data(), &n, &this->beta,
                      this->c.data(), &n);
    this->expect(std::string(Api<T>::kUpper) + "GEMMT", position, false, "transposition");
    Level3<T>::gemmt(CblasRowMajor, CblasUpper, c_trans(ta), c_trans(tb), n, n, scalar(this->alpha), this->a.data(), n,
                     this->b.data(), n, scalar(this->beta), this->c.data(), n);
    this->expect(std::string("cblas_") + Api<T>::kLower + "gemmt", position + 1, true, "transposition");
  }
}

TYPED_TEST(ArgumentsLevel3, Batches) {
  using T = TypeParam;
  // A row-major call is the Fortran call with the operands exchanged.
  const auto exchanged = [](Call g) {
    std::swap(g.m, g.n);
    std::swap(g.ta, g.tb);
    std::swap(g.lda, g.ldb);
    return g;
  };
  const std::vector<Error> strided = {
      {{.m = -1}, 3},   {{.n = -1}, 4},   {{.k = -1}, 5},      {{.lda = 2}, 8},
      {{.ldb = 4}, 11}, {{.ldc = 2}, 15}, {{.batch = -1}, 17},
  };
  const int stride = 64;
  this->check(
      "gemm_batch_strided", strided,
      [&](const Call& g) {
        Level3<T>::gemm_batch_strided_(&g.ta, &g.tb, &g.m, &g.n, &g.k, &this->alpha, this->a.data(), &g.lda, &stride,
                                       this->b.data(), &g.ldb, &stride, &this->beta, this->c.data(), &g.ldc, &stride,
                                       &g.batch);
      },
      [&](CBLAS_LAYOUT layout, const Call& g) {
        Level3<T>::gemm_batch_strided(layout, c_trans(g.ta), c_trans(g.tb), g.m, g.n, g.k, scalar(this->alpha),
                                      this->a.data(), g.lda, stride, this->b.data(), g.ldb, stride, scalar(this->beta),
                                      this->c.data(), g.ldc, stride, g.batch);
      },
      exchanged);

  // The second of two groups is bad: the first is not computed either.
  const std::vector<Error> grouped = {
      {{.m = -1}, 3},   {{.n = -1}, 4},   {{.k = -1}, 5},      {{.lda = 2}, 8},
      {{.ldb = 4}, 10}, {{.ldc = 2}, 13}, {{.batch = -1}, 15},
  };
  const Call good;
  std::vector<T*> pc = {this->c.data(), this->c.data() + 64};
  std::vector<const T*> pa = {this->a.data(), this->a.data()}, pb = {this->b.data(), this->b.data()};
  const T alphas[] = {this->alpha, this->alpha}, betas[] = {this->beta, this->beta};
  const int groups = 2;
  this->check(
      "gemm_batch", grouped,
      [&](const Call& g) {
        const char ta[] = {good.ta, g.ta}, tb[] = {good.tb, g.tb};
        const int m[] = {good.m, g.m}, n[] = {good.n, g.n}, k[] = {good.k, g.k}, lda[] = {good.lda, g.lda},
                  ldb[] = {good.ldb, g.ldb}, ldc[] = {good.ldc, g.ldc}, size[] = {1, g.batch};
        Level3<T>::gemm_batch_(ta, tb, m, n, k, alphas, pa.data(), lda, pb.data(), ldb, betas, pc.data(), ldc, &groups,
                               size);
      },
      [&](CBLAS_LAYOUT layout, const Call& g) {
        const CBLAS_TRANSPOSE ta[] = {c_trans(good.ta), c_trans(g.ta)}, tb[] = {c_trans(good.tb), c_trans(g.tb)};
        const int m[] = {good.m, g.m}, n[] = {good.n, g.n}, k[] = {good.k, g.k}, lda[] = {good.lda, g.lda},
                  ldb[] = {good.ldb, g.ldb}, ldc[] = {good.ldc, g.ldc}, size[] = {1, g.batch};
        using V = std::conditional_t<kComplex<T>, void, T>;
        Level3<T>::gemm_batch(layout, ta, tb, m, n, k, alphas, reinterpret_cast<const V**>(pa.data()), lda,
                              reinterpret_cast<const V**>(pb.data()), ldb, betas, reinterpret_cast<V**>(pc.data()), ldc,
                              groups, size);
      },
      exchanged);
}

TYPED_TEST(ArgumentsLevel3, CopiesAndSums) {
  using T = TypeParam;
  const auto transposed = [](Call g) {
    std::swap(g.m, g.n);
    return g;
  };
  const std::vector<Error> sums = {{{.m = -1}, 1}, {{.n = -1}, 2}, {{.lda = 2}, 5}, {{.ldc = 2}, 8}};
  this->check(
      "geadd", sums,
      [&](const Call& g) {
        Level3<T>::geadd_(&g.m, &g.n, &this->alpha, this->a.data(), &g.lda, &this->beta, this->c.data(), &g.ldc);
      },
      [&](CBLAS_LAYOUT layout, const Call& g) {
        Level3<T>::geadd(layout, g.m, g.n, scalar(this->alpha), this->a.data(), g.lda, scalar(this->beta),
                         this->c.data(), g.ldc);
      },
      transposed);

  // These have the order among their arguments: positions are the same in both interfaces.
  struct CopyError {
    char order, t;
    int m, n, lda, ldb, position, in_place;
  };
  const CopyError copies[] = {
      {'/', 'N', 3, 4, 8, 8, 1, 1},  {'C', '/', 3, 4, 8, 8, 2, 2}, {'C', 'N', -1, 4, 8, 8, 3, 3},
      {'R', 'N', 3, -1, 8, 8, 4, 4}, {'C', 'N', 3, 4, 2, 8, 7, 7}, {'R', 'N', 3, 4, 3, 8, 7, 7},
      {'C', 'N', 3, 4, 8, 2, 9, 8},  {'C', 'T', 3, 4, 8, 3, 9, 8}, {'R', 'T', 3, 4, 8, 2, 9, 8},
      {'r', 'c', 3, 4, 8, 2, 9, 8},
  };
  for (const CopyError& e : copies) {
    const std::string what = "position " + std::to_string(e.position);
    Level3<T>::omatcopy_(&e.order, &e.t, &e.m, &e.n, &this->alpha, this->a.data(), &e.lda, this->c.data(), &e.ldb);
    this->expect(std::string(Api<T>::kUpper) + "OMATCOPY", e.position, false, what);
    Level3<T>::imatcopy_(&e.order, &e.t, &e.m, &e.n, &this->alpha, this->c.data(), &e.lda, &e.ldb);
    this->expect(std::string(Api<T>::kUpper) + "IMATCOPY", e.in_place, false, what);
    const auto layout = e.order == '/'            ? static_cast<CBLAS_LAYOUT>(7)
                        : (e.order | 0x20) == 'c' ? CblasColMajor
                                                  : CblasRowMajor;
    Level3<T>::omatcopy(layout, c_trans(e.t), e.m, e.n, scalar(this->alpha), this->a.data(), e.lda, this->c.data(),
                        e.ldb);
    this->expect(std::string("cblas_") + Api<T>::kLower + "omatcopy", e.position, layout == CblasRowMajor, what);
    Level3<T>::imatcopy(layout, c_trans(e.t), e.m, e.n, scalar(this->alpha), this->c.data(), e.lda, e.ldb);
    this->expect(std::string("cblas_") + Api<T>::kLower + "imatcopy", e.in_place, layout == CblasRowMajor, what);
  }
}

}  // namespace
