// Every bad argument of level 2, through both interfaces: what is reported, and that nothing is written.
#include "level2_api.h"
#include "oracle.h"
#include "xerbla_recorder.h"

namespace {

// An argument made bad, and Fortran's position of it. For a row-major call, position of the argument that takes its
// place in the Fortran call on the transpose.
template <class T>
struct Mistake {
  void (*make)(Level2Call<T>&);
  int position, row_position;
};

template <class T>
std::vector<Mistake<T>> mistakes(Routine r) {
  using C = Level2Call<T>&;
  const auto uplo = [](C c) { c.uplo = '/'; };
  const auto trans = [](C c) { c.trans = '/'; };
  const auto diag = [](C c) { c.diag = '/'; };
  const auto m = [](C c) { c.m = -1; };
  const auto n = [](C c) { c.n = -1; };
  const auto k = [](C c) { c.kl = c.ku = -1; };
  const auto kl = [](C c) { c.kl = -1; };
  const auto ku = [](C c) { c.ku = -1; };
  const auto lda = [](C c) { c.lda = 0; };
  const auto incx = [](C c) { c.incx = 0; };
  const auto incy = [](C c) { c.incy = 0; };
  switch (r) {
    case Routine::gemv:
      return {};  // arguments_test.cc
    case Routine::gbmv:
      return {{trans, 1, 1}, {m, 2, 3}, {n, 3, 2}, {kl, 4, 5}, {ku, 5, 4}, {lda, 8, 8}, {incx, 10, 10}, {incy, 13, 13}};
    case Routine::symv:
      return {{uplo, 1, 1}, {n, 2, 2}, {lda, 5, 5}, {incx, 7, 7}, {incy, 10, 10}};
    case Routine::sbmv:
      return {{uplo, 1, 1}, {n, 2, 2}, {k, 3, 3}, {lda, 6, 6}, {incx, 8, 8}, {incy, 11, 11}};
    case Routine::spmv:
      return {{uplo, 1, 1}, {n, 2, 2}, {incx, 6, 6}, {incy, 9, 9}};
    case Routine::trmv:
    case Routine::trsv:
      return {{uplo, 1, 1}, {trans, 2, 2}, {diag, 3, 3}, {n, 4, 4}, {lda, 6, 6}, {incx, 8, 8}};
    case Routine::tbmv:
    case Routine::tbsv:
      return {{uplo, 1, 1}, {trans, 2, 2}, {diag, 3, 3}, {n, 4, 4}, {k, 5, 5}, {lda, 7, 7}, {incx, 9, 9}};
    case Routine::tpmv:
    case Routine::tpsv:
      return {{uplo, 1, 1}, {trans, 2, 2}, {diag, 3, 3}, {n, 4, 4}, {incx, 7, 7}};
    case Routine::geru:
    case Routine::gerc:
      return {{m, 1, 2}, {n, 2, 1}, {incx, 5, 7}, {incy, 7, 5}, {lda, 9, 9}};
    case Routine::syr:
      return {{uplo, 1, 1}, {n, 2, 2}, {incx, 5, 5}, {lda, 7, 7}};
    case Routine::spr:
      return {{uplo, 1, 1}, {n, 2, 2}, {incx, 5, 5}};
    // The Fortran call behind a row-major her2 has x and y exchanged, that behind syr2 has not.
    case Routine::syr2:
      return {{uplo, 1, 1}, {n, 2, 2}, {incx, 5, kComplex<T> ? 7 : 5}, {incy, 7, kComplex<T> ? 5 : 7}, {lda, 9, 9}};
    case Routine::spr2:
      return {{uplo, 1, 1}, {n, 2, 2}, {incx, 5, kComplex<T> ? 7 : 5}, {incy, 7, kComplex<T> ? 5 : 7}};
  }
  return {};
}

template <class T>
class Level2Arguments : public ::testing::Test {
 protected:
  static constexpr int kSize = 64;
  std::vector<T> a = std::vector<T>(kSize, T(1)), x = a, y = a;
  const std::vector<T> before = a;

  Level2Call<T> good(Routine routine, Interface interface) {
    Level2Call<T> c;
    c.routine = routine;
    c.interface = interface;
    c.m = 3, c.n = 4, c.kl = 1, c.ku = 1, c.lda = 4;
    c.alpha = T(2), c.beta = T(3);
    c.a = a.data(), c.x = x.data(), c.y = y.data();
    return c;
  }
  void expect(const Level2Call<T>& c, int position, const std::string& what) {
    run(c);
    const auto calls = take_xerbla_calls();
    std::string name = base_name<T>(c.routine);
    XerblaCall want{std::string("cblas_") + Api<T>::kLower + name, position, c.interface == Interface::rows};
    if (c.interface == Interface::fortran) {
      for (char& letter : name) letter = char(std::toupper(letter));
      want.routine = Api<T>::kUpper + name;
      want.routine.resize(6, ' ');
    }
    ASSERT_EQ(calls.size(), 1u) << what;
    EXPECT_EQ(calls[0].routine, want.routine) << what;
    EXPECT_EQ(calls[0].position, want.position) << what;
    EXPECT_EQ(calls[0].row_major, want.row_major) << what;
    EXPECT_TRUE(same_bits(a, before) && same_bits(x, before) && same_bits(y, before)) << what;
  }
};
TYPED_TEST_SUITE(Level2Arguments, ScalarTypes);

TYPED_TEST(Level2Arguments, BadOnesAreReportedByPosition) {
  using T = TypeParam;
  for (const Routine routine : kRoutines) {
    const auto list = mistakes<T>(routine);
    for (const Interface interface : {Interface::fortran, Interface::columns, Interface::rows}) {
      for (std::size_t i = 0; i < list.size(); ++i) {
        const std::string what = base_name<T>(routine) + " interface " + std::to_string(int(interface)) + " mistake " +
                                 std::to_string(list[i].position);
        const int cblas = interface == Interface::fortran ? 0 : 1;
        const int position = cblas + (interface == Interface::rows ? list[i].row_position : list[i].position);
        auto c = this->good(routine, interface);
        list[i].make(c);
        this->expect(c, position, what);
        // With all that are judged later bad as well, it is still the one that is named.
        for (const auto& other : list)
          if (cblas + (interface == Interface::rows ? other.row_position : other.position) > position) other.make(c);
        this->expect(c, position, what + " and later ones");
      }
    }
  }
}

TYPED_TEST(Level2Arguments, LayoutsThatDoNotExist) {
  using T = TypeParam;
  for (const Routine routine : kRoutines) {
    auto c = this->good(routine, Interface::columns);
    c.bad_layout = static_cast<CBLAS_LAYOUT>(7);
    c.n = -1;
    this->expect(c, 1, base_name<T>(routine));
  }
}

TYPED_TEST(Level2Arguments, GoodOnesAreNotReported) {
  using T = TypeParam;
  for (const Routine routine : kRoutines)
    for (const Interface interface : {Interface::fortran, Interface::columns, Interface::rows}) {
      for (const char uplo : {'u', 'U', 'l', 'L'})
        for (const char trans : {'n', 'N', 't', 'T', 'c', 'C'})
          for (const char diag : {'n', 'N', 'u', 'U'}) {
            auto c = this->good(routine, interface);
            c.uplo = uplo, c.trans = trans, c.diag = diag;
            run(c);
          }
      // The smallest of everything.
      auto c = this->good(routine, interface);
      c.m = c.n = c.kl = c.ku = 0;
      c.lda = 1;
      run(c);
      EXPECT_TRUE(take_xerbla_calls().empty()) << base_name<T>(routine) << " interface " << int(interface);
    }
}

}  // namespace
