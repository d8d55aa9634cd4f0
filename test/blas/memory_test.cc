// Without memory for workspace: the same bits by slower paths.
#include "api_level3.h"
#include "level2_api.h"
#include "oracle.h"
#include "runtime/platform.h"
#include "support/without_memory.h"

namespace {

// Routines of level 3 that ask for workspace at these sizes, on one thread and on several; all write c.
template <class T>
struct Level3Calls {
  static constexpr int kSize = 330, kColumns = 200;
  std::vector<T> a, b, c;
  Level3Calls() {
    Random<T> random(1);
    a = random.vector(std::size_t(kSize) * kSize);
    for (int i = 0; i < kSize; ++i) a[std::size_t(i) * (kSize + 1)] += T(RealOf<T>(kSize));
    b = random.vector(std::size_t(kSize) * kSize);
    c = random.vector(std::size_t(kSize) * kSize);
  }
  static constexpr int kCount = 16;
  void run(int i, T* out) const {
    const int m = kSize, n = kColumns, one = 1;
    const T alpha(RealOf<T>(0.75)), beta(RealOf<T>(0.5));
    blas_set_num_threads(i % 2 ? 3 : one);
    switch (i / 2) {
      case 0:
        return Level3<T>::trsm_("L", "U", "N", "N", &m, &n, &alpha, a.data(), &m, out, &m);
      case 1:
        return Level3<T>::trsm_("R", "L", "T", "N", &n, &m, &alpha, a.data(), &m, out, &m);
      case 2:
        return Level3<T>::trmm_("L", "L", "N", "N", &m, &n, &alpha, a.data(), &m, out, &m);
      case 3:
        return Level3<T>::trmm_("R", "U", "N", "U", &n, &m, &alpha, a.data(), &m, out, &m);
      case 4:
        return Level3<T>::hemm_("L", "U", &m, &n, &alpha, a.data(), &m, b.data(), &m, &beta, out, &m);
      case 5:
        return Level3<T>::symm_("R", "L", &n, &m, &alpha, a.data(), &m, b.data(), &m, &beta, out, &m);
      case 6:
        return Level3<T>::syr2k_("L", "N", &m, &n, &alpha, a.data(), &m, b.data(), &m, &beta, out, &m);
      default:
        return Level3<T>::imatcopy_("C", "T", &m, &n, &alpha, out, &m, &n);
    }
  }
};

// Routines of level 2 that share strips of a triangle among threads, at a size where these take part.
template <class T>
struct Level2Calls {
  static constexpr int kSize = sizeof(T) == 4 ? 1501 : sizeof(T) == 8 ? 1051 : 741;
  std::vector<T> a, x, c;
  Level2Calls() {
    Random<T> random(2);
    a = random.vector(std::size_t(kSize) * kSize);
    x = random.vector(kSize);
    c = random.vector(kSize);
  }
  static constexpr int kCount = 6;
  void run(int i, T* out) const {
    const int n = kSize, one = 1;
    const T alpha(RealOf<T>(0.75)), beta(RealOf<T>(0.5));
    blas_set_num_threads(3);
    const char* const uplo = i % 2 ? "U" : "L";
    if (i < 2) return Level2<T>::symv_(uplo, &n, &alpha, a.data(), &n, x.data(), &one, &beta, out, &one);
    Level2<T>::trmv_(uplo, i < 4 ? "N" : "T", "U", &n, a.data(), &n, out, &one);
  }
};

template <class T, class Calls>
void expect_same_bits_without_memory() {
  if (tessera::test::kShadowMemory || tessera::test::kEmulated) GTEST_SKIP() << "needs a limit on the address space";
  const Calls calls;
  std::vector<std::vector<T>> want(Calls::kCount, calls.c), got(Calls::kCount, calls.c);
  const int threads = blas_get_num_threads();
  for (int i = 0; i < Calls::kCount; ++i) calls.run(i, want[std::size_t(i)].data());
  const auto run = [&] {
    for (int i = 0; i < Calls::kCount; ++i) {
      calls.run(i, got[std::size_t(i)].data());
      if (!same_bits(got[std::size_t(i)], want[std::size_t(i)])) return 1 + i;
    }
    return 0;
  };
  const int code = tessera::test::without_memory(run);
  blas_set_num_threads(threads);
  ASSERT_NE(code, tessera::test::kMemoryWasLeft) << "memory could not be made to run out";
  ASSERT_NE(code, tessera::test::kChildFailed) << "the child ended by a signal";
  EXPECT_EQ(code, 0) << "call " << code - 1 << " differs";
}

template <class T>
class BlasMemory : public ::testing::Test {};
TYPED_TEST_SUITE(BlasMemory, ScalarTypes);
TYPED_TEST(BlasMemory, Level2HasTheSameBitsWithoutWorkspace) {
  expect_same_bits_without_memory<TypeParam, Level2Calls<TypeParam>>();
}
TYPED_TEST(BlasMemory, Level3HasTheSameBitsWithoutWorkspace) {
  expect_same_bits_without_memory<TypeParam, Level3Calls<TypeParam>>();
}

// 8-bit sums that have no memory to meet C's old numbers in are made a few at a time.
TEST(BlasBytesMemory, WithoutWorkspaceTheSameNumbers) {
  if (tessera::test::kShadowMemory || tessera::test::kEmulated) GTEST_SKIP() << "needs a limit on the address space";
  constexpr int kRows = 5, kColumns = 1500, kDepth = 12000;  // K blocks too
  std::vector<signed char> a(kRows * kDepth), b(kDepth * kColumns);
  std::vector<char> packed(cblas_gemm_s8u8s32_pack_get_size(CblasBMatrix, kRows, kColumns, kDepth));
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<signed char>(i * 37);
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<signed char>(i * 91);
  std::vector<std::int32_t> before(kRows * kColumns), want, got, offset(kColumns);
  for (std::size_t i = 0; i < before.size(); ++i) before[i] = static_cast<std::int32_t>(i % 1000);
  for (std::size_t i = 0; i < offset.size(); ++i) offset[i] = static_cast<std::int32_t>(i);
  const auto multiply = [&](std::vector<std::int32_t>& c) {
    cblas_gemm_s8u8s32(CblasRowMajor, CblasNoTrans, CblasNoTrans, CblasRowOffset, kRows, kColumns, kDepth, 0.5f,
                       a.data(), kDepth, 3, b.data(), kColumns, -5, 2.0f, c.data(), kColumns, offset.data());
    // Continues from there with a packed B.
    cblas_gemm_s8u8s32_compute(CblasRowMajor, CblasNoTrans, CblasPacked, CblasRowOffset, kRows, kColumns, kDepth, 0.5f,
                               a.data(), kDepth, 3, packed.data(), 0, -5, 2.0f, c.data(), kColumns, offset.data());
  };
  cblas_gemm_s8u8s32_pack(CblasRowMajor, CblasBMatrix, CblasNoTrans, kRows, kColumns, kDepth, b.data(), kColumns,
                          packed.data());
  want = got = before;
  multiply(want);
  const auto run = [&] {
    multiply(got);
    return got == want ? 0 : 1;
  };
  EXPECT_EQ(tessera::test::without_memory(run), 0);
}

}  // namespace
