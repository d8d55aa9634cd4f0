// lsame and xerbla_array, which LAPACK takes from libblas.
#include <gtest/gtest.h>

#include <cctype>

#include "xerbla_recorder.h"

extern "C" {
int lsame_(const char*, const char*);
void xerbla_array_(const char*, const int*, const int*);
}

namespace {

TEST(BlasAuxiliary, LsameTellsLettersApartButNotTheirCase) {
  for (int a = 1; a < 256; ++a) {
    for (int b = 1; b < 256; ++b) {
      const auto upper = [](int c) { return c >= 'a' && c <= 'z' ? std::toupper(c) : c; };
      const char x = static_cast<char>(a), y = static_cast<char>(b);
      ASSERT_EQ(lsame_(&x, &y), upper(a) == upper(b)) << a << " " << b;
    }
  }
}

TEST(BlasAuxiliary, XerblaArrayPadsAndCutsTheName) {
  const std::string letters(40, 'x');
  const int lengths[] = {-1, 0, 6, 32, 40}, info = 7;
  take_xerbla_calls();
  for (const int length : lengths) {
    xerbla_array_(letters.c_str(), &length, &info);
    std::string name(length <= 0 ? 0 : length < 32 ? static_cast<std::size_t>(length) : 32, 'x');
    name.resize(32, ' ');
    EXPECT_EQ(take_xerbla_calls(), (std::vector<XerblaCall>{{name, 7, false}}));
  }
}

}  // namespace
