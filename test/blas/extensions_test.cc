// Matrix extensions against what they stand for: batches are gemm to the bit, copies and sums are element by element.
#include <algorithm>
#include <cmath>
#include <limits>
#include "api_level3.h"

#include "oracle.h"
#include "xerbla_recorder.h"

extern "C" {
void sbgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const std::uint16_t*,
             const int*, const std::uint16_t*, const int*, const float*, float*, const int*);
void sbstobf16_(const int*, const float*, const int*, std::uint16_t*, const int*);
void sbf16tos_(const int*, const std::uint16_t*, const int*, float*, const int*);
}

namespace {

template <class T>
using Void = std::conditional_t<kComplex<T>, void, T>;

template <class T>
class BlasExtensions : public ::testing::Test {};
TYPED_TEST_SUITE(BlasExtensions, ScalarTypes);

TYPED_TEST(BlasExtensions, StridedBatchIsGemm) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1;
    const char ta = random.one_of({'n', 't', 'c'}), tb = random.one_of({'n', 't', 'c'});
    const int limit = seed % 10 == 9 ? 70 : 12;
    const int m = random.integer(0, limit), n = random.integer(0, limit), k = random.integer(0, limit);
    const int batch = random.integer(0, 9), ld = limit + 2, stride = ld * ld + random.integer(0, 5);
    const auto a = random.vector(std::size_t(stride) * 10), b = random.vector(std::size_t(stride) * 10);
    auto c = random.vector(std::size_t(stride) * 10);
    const T alpha = random.number(), beta = random.one_of({T(0), T(1), random.number()});
    auto want = c;
    const CBLAS_LAYOUT layout = row ? CblasRowMajor : CblasColMajor;
    const int threads = blas_get_num_threads();
    blas_set_num_threads(seed % 2 ? 3 : 1);
    if (fortran)
      Level3<T>::gemm_batch_strided_(&ta, &tb, &m, &n, &k, &alpha, a.data(), &ld, &stride, b.data(), &ld, &stride,
                                     &beta, c.data(), &ld, &stride, &batch);
    else
      Level3<T>::gemm_batch_strided(layout, cblas_trans(ta), cblas_trans(tb), m, n, k, scalar(alpha), a.data(), ld,
                                    stride, b.data(), ld, stride, scalar(beta), c.data(), ld, stride, batch);
    blas_set_num_threads(threads);
    for (int i = 0; i < batch; ++i) {
      const std::size_t at = std::size_t(i) * stride;
      Api<T>::gemm(layout, cblas_trans(ta), cblas_trans(tb), m, n, k, scalar(alpha), &a[at], ld, &b[at], ld,
                   scalar(beta), &want[at], ld);
    }
    ASSERT_TRUE(same_bits(c, want)) << "seed " << seed;
  }
}

TYPED_TEST(BlasExtensions, GroupedBatchIsGemm) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1;
    const int groups = random.integer(0, 4), ld = 14, stride = ld * ld;
    std::vector<char> ta, tb;
    std::vector<CBLAS_TRANSPOSE> cta, ctb;
    std::vector<int> m, n, k, lds, size;
    std::vector<T> alpha, beta;
    std::vector<const T*> pa, pb;
    std::vector<T*> pc;
    const auto a = random.vector(std::size_t(stride) * 20), b = random.vector(std::size_t(stride) * 20);
    auto c = random.vector(std::size_t(stride) * 20);
    for (int g = 0; g < groups; ++g) {
      ta.push_back(random.one_of({'n', 't', 'c'}));
      tb.push_back(random.one_of({'n', 't', 'c'}));
      cta.push_back(cblas_trans(ta.back()));
      ctb.push_back(cblas_trans(tb.back()));
      for (auto* v : {&m, &n, &k}) v->push_back(random.integer(0, 14));
      lds.push_back(ld);
      size.push_back(random.integer(0, 5));
      alpha.push_back(random.number());
      beta.push_back(random.one_of({T(0), T(1), random.number()}));
      for (int i = 0; i < size.back(); ++i) {
        pa.push_back(&a[std::size_t(random.integer(0, 19)) * stride]);
        pb.push_back(&b[std::size_t(random.integer(0, 19)) * stride]);
        pc.push_back(&c[pc.size() * stride]);
      }
    }
    auto want = c;
    const CBLAS_LAYOUT layout = row ? CblasRowMajor : CblasColMajor;
    if (fortran)
      Level3<T>::gemm_batch_(ta.data(), tb.data(), m.data(), n.data(), k.data(), alpha.data(), pa.data(), lds.data(),
                             pb.data(), lds.data(), beta.data(), pc.data(), lds.data(), &groups, size.data());
    else
      Level3<T>::gemm_batch(layout, cta.data(), ctb.data(), m.data(), n.data(), k.data(), alpha.data(),
                            reinterpret_cast<const Void<T>**>(pa.data()), lds.data(),
                            reinterpret_cast<const Void<T>**>(pb.data()), lds.data(), beta.data(),
                            reinterpret_cast<Void<T>**>(pc.data()), lds.data(), groups, size.data());
    std::size_t i = 0;
    for (std::size_t g = 0; g < std::size_t(groups); ++g)
      for (int q = 0; q < size[g]; ++q, ++i)
        Api<T>::gemm(layout, cta[g], ctb[g], m[g], n[g], k[g], scalar(alpha[g]), pa[i], ld, pb[i], ld, scalar(beta[g]),
                     want.data() + (pc[i] - c.data()), ld);
    ASSERT_TRUE(same_bits(c, want)) << "seed " << seed;
  }
}

// alpha * x by parts: a real alpha multiplies each and adds nothing, so exact expectations are possible.
template <class T>
T scaled(T alpha, T x) {
  if (alpha == T(0)) return T(0);
  if constexpr (kComplex<T>) {
    if (alpha.imag() == 0) return {alpha.real() * x.real(), alpha.real() * x.imag()};
    return {alpha.real() * x.real() - alpha.imag() * x.imag(), alpha.real() * x.imag() + alpha.imag() * x.real()};
  } else {
    return alpha * x;
  }
}

TYPED_TEST(BlasExtensions, Matcopy) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 2 == 0, in_place = seed / 2 % 2 == 0, row = random.integer(0, 1),
               square = seed % 5 == 0;
    const char op = random.one_of({'n', 't', 'c', 'r'}), order = row ? 'r' : 'c';
    const bool trans = op == 't' || op == 'c', conj = op == 'c' || op == 'r';
    const int m = random.integer(0, 40), n = square ? m : random.integer(0, 40);
    const int lda = std::max(1, row ? n : m) + random.integer(0, 9);
    const int least = std::max(1, row == trans ? m : n);
    const int ldb = square && in_place ? lda : least + random.integer(0, 9);
    const std::size_t size = std::size_t(50) * 50;
    auto a = random.vector(size), b = random.vector(size);
    const T alpha = random.one_of({T(0), T(1), T(RealOf<T>(-0.5)), random.number()});
    const auto a0 = a, b0 = b;
    const CBLAS_TRANSPOSE ct = op == 'r' ? CblasConjNoTrans : cblas_trans(op);
    const CBLAS_LAYOUT layout = row ? CblasRowMajor : CblasColMajor;
    std::vector<T>& out = in_place ? a : b;
    if (in_place && fortran)
      Level3<T>::imatcopy_(&order, &op, &m, &n, &alpha, a.data(), &lda, &ldb);
    else if (in_place)
      Level3<T>::imatcopy(layout, ct, m, n, scalar(alpha), a.data(), lda, ldb);
    else if (fortran)
      Level3<T>::omatcopy_(&order, &op, &m, &n, &alpha, a.data(), &lda, b.data(), &ldb);
    else
      Level3<T>::omatcopy(layout, ct, m, n, scalar(alpha), a.data(), lda, b.data(), ldb);
    auto want = in_place ? out : b0;  // in place, what lies between the lines of either is nobody's
    for (int i = 0; i < (trans ? n : m); ++i)
      for (int j = 0; j < (trans ? m : n); ++j) {
        T x = trans ? a0[at(row, j, i, lda)] : a0[at(row, i, j, lda)];
        if constexpr (kComplex<T>) {
          if (conj) x = std::conj(x);
        }
        want[at(row, i, j, ldb)] = alpha == T(1) ? x : scaled(alpha, x);
      }
    ASSERT_TRUE(same_bits(out, want)) << "seed " << seed << " " << order << op << " " << m << " x " << n
                                      << " lda=" << lda << " ldb=" << ldb << " alpha=" << alpha;
    // Nothing beyond both extents is touched.
    const std::size_t extent = std::size_t(std::max(lda, ldb)) * std::size_t(std::max(m, n));
    for (std::size_t e = extent; e < size; ++e) ASSERT_EQ(out[e], (in_place ? a0 : b0)[e]) << "seed " << seed;
  }
}

TYPED_TEST(BlasExtensions, Geadd) {
  using T = TypeParam;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1;
    const int m = random.integer(0, 20), n = random.integer(0, 20);
    const int lda = std::max(1, row ? n : m) + random.integer(0, 3),
              ldc = std::max(1, row ? n : m) + random.integer(0, 3);
    auto a = random.vector(600);
    auto c = random.vector(600);
    const T alpha = random.one_of({T(0), T(1), random.number()}), beta = random.one_of({T(0), T(1), random.number()});
    if (alpha == T(0)) a.assign(600, nan_of<T>());
    auto want = c;
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < n; ++j) {
        T& x = want[at(row, i, j, ldc)];
        if (beta == T(0)) c[at(row, i, j, ldc)] = nan_of<T>();
        const T left = scaled(alpha, a[at(row, i, j, lda)]), right = scaled(beta, x);
        x = alpha == T(0) ? right : beta == T(0) ? left : left + right;
      }
    if (fortran)
      Level3<T>::geadd_(&m, &n, &alpha, a.data(), &lda, &beta, c.data(), &ldc);
    else
      Level3<T>::geadd(row ? CblasRowMajor : CblasColMajor, m, n, scalar(alpha), a.data(), lda, scalar(beta), c.data(),
                       ldc);
    ASSERT_TRUE(same_bits(c, want)) << "seed " << seed << " m=" << m << " n=" << n << " alpha=" << alpha
                                    << " beta=" << beta << (row ? " row-major" : "");
  }
}

// bfloat16 counts as the float it is the upper half of; NaN among them too.
TEST(BlasBf16, IsSgemmOfTheWidenedNumbers) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    if (!chosen(seed)) continue;
    Random<float> random(seed);
    const bool fortran = seed % 3 == 0, row = seed % 3 == 1;
    const char ta = random.one_of({'n', 't', 'c'}), tb = random.one_of({'n', 't', 'c'});
    const int limit = seed % 10 == 9 ? 150 : 40;
    const int m = random.integer(0, limit), n = random.integer(0, limit), k = random.integer(0, limit);
    const int ld = limit + 2, count = ld * ld, backwards = -1, one = 1;
    auto a = random.vector(std::size_t(count)), b = random.vector(std::size_t(count));
    auto c = random.vector(std::size_t(count));
    if (seed == 17) a[3] = NAN;
    const float alpha = random.one_of({1.0f, random.number()}), beta = random.one_of({0.0f, 1.0f, random.number()});
    std::vector<std::uint16_t> half_a(a.size()), half_b(b.size());
    // There in one direction and back in the other.
    sbstobf16_(&count, a.data(), &one, half_a.data(), &one);
    cblas_sbstobf16(count, b.data(), -1, half_b.data(), -1);
    cblas_sbf16tos(count, half_a.data(), 1, a.data(), 1);
    sbf16tos_(&count, half_b.data(), &backwards, b.data(), &backwards);
    auto want = c;
    const CBLAS_LAYOUT layout = row ? CblasRowMajor : CblasColMajor;
    cblas_sgemm(layout, cblas_trans(ta), cblas_trans(tb), m, n, k, alpha, a.data(), ld, b.data(), ld, beta, want.data(),
                ld);
    if (fortran)
      sbgemm_(&ta, &tb, &m, &n, &k, &alpha, half_a.data(), &ld, half_b.data(), &ld, &beta, c.data(), &ld);
    else
      cblas_sbgemm(layout, cblas_trans(ta), cblas_trans(tb), m, n, k, alpha, half_a.data(), ld, half_b.data(), ld, beta,
                   c.data(), ld);
    ASSERT_TRUE(same_bits(c, want)) << "seed " << seed;
  }
}

TEST(BlasBf16, BadArgumentsAreReported) {
  const std::vector<std::uint16_t> a(64);
  std::vector<float> c(64, 7.0f);
  const int four = 4, three = 3;
  const float one = 1.0f;
  sbgemm_("N", "N", &four, &four, &four, &one, a.data(), &three, a.data(), &four, &one, c.data(), &four);
  EXPECT_EQ(take_xerbla_calls(), (std::vector<XerblaCall>{{"SBGEMM", 8, false}}));
  cblas_sbgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 4, 4, 4, 1, a.data(), 4, a.data(), 3, 1, c.data(), 4);
  const auto calls = take_xerbla_calls();
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].routine, "cblas_sbgemm");
  EXPECT_EQ(c, std::vector<float>(64, 7.0f));
}

// Packed operands: alpha goes into A, so the bits are gemm's; the memory may lie anywhere and be moved.
template <class T, class Size, class Pack, class Compute>
void check_packed_gemm(Size size, Pack pack, Compute compute) {
  for (std::uint64_t seed = 0; seed < 80; ++seed) {
    if (!chosen(seed)) continue;
    Random<T> random(seed);
    const char ta = random.one_of({'n', 't'}), tb = random.one_of({'n', 't'});
    const int limit = seed % 10 == 9 ? 300 : 40;
    const int m = random.integer(0, limit), n = random.integer(0, limit), k = random.integer(0, limit), ld = limit + 2;
    const bool pack_a = seed % 4 != 1, pack_b = seed % 4 != 2;
    const CBLAS_LAYOUT layout = seed % 2 ? CblasRowMajor : CblasColMajor;
    const auto a = random.vector(std::size_t(ld) * ld), b = random.vector(std::size_t(ld) * ld);
    auto c = random.vector(std::size_t(ld) * ld);
    const T alpha = pack_a ? random.number() : T(1), beta = random.one_of({T(0), T(1), random.number()});
    auto want = c;
    Api<T>::gemm(layout, cblas_trans(ta), cblas_trans(tb), m, n, k, alpha, a.data(), ld, b.data(), ld, beta,
                 want.data(), ld);
    std::vector<T> packed_a(size(CblasAMatrix, m, n, k) / sizeof(T) + 2),
        packed_b(size(CblasBMatrix, m, n, k) / sizeof(T) + 2);
    if (pack_a) pack(layout, CblasAMatrix, cblas_trans(ta), m, n, k, alpha, a.data(), ld, packed_a.data() + 1);
    if (pack_b) pack(layout, CblasBMatrix, cblas_trans(tb), m, n, k, T(1), b.data(), ld, packed_b.data());
    const std::vector<T> moved_a = packed_a;
    compute(layout, pack_a ? CBLAS_INT{CblasPacked} : CBLAS_INT{cblas_trans(ta)},
            pack_b ? CBLAS_INT{CblasPacked} : CBLAS_INT{cblas_trans(tb)}, m, n, k,
            pack_a ? moved_a.data() + 1 : a.data(), pack_a ? 0 : ld, pack_b ? packed_b.data() : b.data(),
            pack_b ? 0 : ld, beta, c.data(), ld);
    ASSERT_TRUE(same_bits(c, want)) << "seed " << seed;
    EXPECT_TRUE(take_xerbla_calls().empty());
    if (!pack_b) continue;
    // Of other sizes it is reported, and nothing is written.
    compute(layout, CblasNoTrans, CblasPacked, m, n + 1, k, a.data(), ld, packed_b.data(), 0, beta, c.data(), ld);
    const auto calls = take_xerbla_calls();
    ASSERT_EQ(calls.size(), 1u);
    EXPECT_EQ(calls[0].position, 9);
    ASSERT_TRUE(same_bits(c, want)) << "seed " << seed;
  }
}
TEST(BlasPacked, IsGemm) {
  check_packed_gemm<float>(cblas_sgemm_pack_get_size, cblas_sgemm_pack, cblas_sgemm_compute);
  check_packed_gemm<double>(cblas_dgemm_pack_get_size, cblas_dgemm_pack, cblas_dgemm_compute);
}

TEST(BlasPacked, BadArgumentsAreReported) {
  std::vector<float> x(64, 1.0f), c(64, 7.0f);
  EXPECT_EQ(cblas_sgemm_pack_get_size(CblasAMatrix, -1, 4, 4), 0u);
  EXPECT_EQ(cblas_sgemm_pack_get_size(static_cast<CBLAS_IDENTIFIER>(1), 4, 4, 4), 0u);
  const auto expect = [&](int position) {
    const auto calls = take_xerbla_calls();
    ASSERT_EQ(calls.size(), 1u) << position;
    EXPECT_EQ(calls[0].position, position);
    EXPECT_EQ(c, std::vector<float>(64, 7.0f));
  };
  const auto pack = [&](CBLAS_IDENTIFIER which, int trans, int m, int n, int k, int ld, int position) {
    cblas_sgemm_pack(CblasRowMajor, which, static_cast<CBLAS_TRANSPOSE>(trans), m, n, k, 1, x.data(), ld, c.data());
    expect(position);
  };
  pack(static_cast<CBLAS_IDENTIFIER>(1), CblasNoTrans, 3, 4, 5, 8, 2);
  pack(CblasAMatrix, CblasPacked, 3, 4, 5, 8, 3);
  pack(CblasAMatrix, CblasNoTrans, -3, 4, 5, 8, 4);
  pack(CblasAMatrix, CblasNoTrans, 3, -4, 5, 8, 5);
  pack(CblasAMatrix, CblasNoTrans, 3, 4, -5, 8, 6);
  pack(CblasAMatrix, CblasNoTrans, 3, 4, 5, 4, 9);
  pack(CblasBMatrix, CblasTrans, 3, 4, 5, 4, 9);
  const auto compute = [&](int ta, int tb, int m, int n, int k, int lda, int ldb, int ldc, int position) {
    cblas_sgemm_compute(CblasColMajor, ta, tb, m, n, k, x.data(), lda, x.data(), ldb, 0, c.data(), ldc);
    expect(position);
  };
  compute(7, CblasNoTrans, 3, 4, 5, 8, 8, 8, 2);
  compute(CblasNoTrans, 7, 3, 4, 5, 8, 8, 8, 3);
  compute(CblasNoTrans, CblasNoTrans, -3, 4, 5, 8, 8, 8, 4);
  compute(CblasNoTrans, CblasNoTrans, 3, -4, 5, 8, 8, 8, 5);
  compute(CblasNoTrans, CblasNoTrans, 3, 4, -5, 8, 8, 8, 6);
  compute(CblasNoTrans, CblasNoTrans, 3, 4, 5, 2, 8, 8, 8);
  compute(CblasNoTrans, CblasNoTrans, 3, 4, 5, 3, 4, 8, 10);
  compute(CblasNoTrans, CblasNoTrans, 3, 4, 5, 3, 5, 2, 13);
  std::vector<float> garbage(1024, 1.0f);
  cblas_sgemm_compute(CblasColMajor, CblasPacked, CblasNoTrans, 3, 4, 5, garbage.data(), 0, x.data(), 5, 0, c.data(),
                      3);
  expect(7);
}

// Every offset and layout against the definition in 64-bit integers and double.
TEST(BlasBytes, S8u8s32IsItsDefinition) {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    if (!chosen(seed)) continue;
    Random<float> random(seed);
    const bool row = seed % 2;
    const char ta = random.one_of({'n', 't'}), tb = random.one_of({'n', 't'});
    const int m = random.integer(0, 40), n = random.integer(0, 40), k = random.integer(0, 90), ld = 92;
    const CBLAS_OFFSET offset = random.one_of({CblasRowOffset, CblasColOffset, CblasFixOffset});
    std::vector<std::uint8_t> a(std::size_t(ld) * ld), b(a.size());
    for (auto* x : {&a, &b})
      for (auto& v : *x) v = static_cast<std::uint8_t>(random.integer(0, 255));
    std::vector<std::int32_t> c(std::size_t(ld) * ld), co(64);
    for (auto& v : c) v = random.integer(-100000, 100000);
    for (auto& v : co) v = random.integer(-1000, 1000);
    if (seed % 7 == 0) co[0] = std::numeric_limits<std::int32_t>::max();
    const auto ao = static_cast<std::int8_t>(random.integer(-128, 127)),
               bo = static_cast<std::int8_t>(random.integer(-128, 127));
    const float alpha = random.one_of({1.0f, 1.0f, 0.0f, 0.37f, -2.5f}), beta = random.one_of({0.0f, 1.0f, -0.75f});
    const auto before = c;
    auto want = c;
    const auto at = [&](const std::vector<std::uint8_t>& x, char t, int i, int j, bool is_signed) {
      const std::size_t e = row == (t == 'n') ? std::size_t(i) * ld + j : std::size_t(j) * ld + i;
      return is_signed ? static_cast<std::int8_t>(x[e]) : static_cast<int>(x[e]);
    };
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < n; ++j) {
        std::int64_t s = 0;
        for (int p = 0; p < k; ++p) s += std::int64_t{at(a, ta, i, p, !row) + ao} * (at(b, tb, p, j, row) + bo);
        std::int32_t& out = want[row ? std::size_t(i) * ld + j : std::size_t(j) * ld + i];
        const double exact = static_cast<double>(alpha) * static_cast<double>(s) +
                             co[offset == CblasFixOffset   ? 0
                                : offset == CblasColOffset ? i
                                                           : j] +
                             static_cast<double>(beta) * out;
        out = static_cast<std::int32_t>(std::clamp(std::nearbyint(exact), -0x1p31, 0x1p31 - 1));
      }
    cblas_gemm_s8u8s32(row ? CblasRowMajor : CblasColMajor, cblas_trans(ta), cblas_trans(tb), offset, m, n, k, alpha,
                       a.data(), ld, ao, b.data(), ld, bo, beta, c.data(), ld, co.data());
    ASSERT_EQ(c, want) << "seed " << seed;

    // Packed, one or both, anywhere in memory and moved.
    const CBLAS_LAYOUT layout = row ? CblasRowMajor : CblasColMajor;
    const bool pack_a = seed % 3 != 1, pack_b = seed % 3 != 2;
    std::vector<char> packed_a(cblas_gemm_s8u8s32_pack_get_size(CblasAMatrix, m, n, k) + 3),
        packed_b(cblas_gemm_s8u8s32_pack_get_size(CblasBMatrix, m, n, k));
    cblas_gemm_s8u8s32_pack(layout, CblasAMatrix, cblas_trans(ta), m, n, k, a.data(), ld, packed_a.data() + 3);
    cblas_gemm_s8u8s32_pack(layout, CblasBMatrix, cblas_trans(tb), m, n, k, b.data(), ld, packed_b.data());
    const std::vector<char> moved_b = packed_b;
    c = before;
    const auto compute = [&](int rows) {
      cblas_gemm_s8u8s32_compute(layout, pack_a ? CBLAS_INT{CblasPacked} : CBLAS_INT{cblas_trans(ta)},
                                 pack_b ? CBLAS_INT{CblasPacked} : CBLAS_INT{cblas_trans(tb)}, offset, rows, n, k,
                                 alpha, pack_a ? static_cast<const void*>(packed_a.data() + 3) : a.data(),
                                 pack_a ? 0 : ld, ao, pack_b ? static_cast<const void*>(moved_b.data()) : b.data(),
                                 pack_b ? 0 : ld, bo, beta, c.data(), ld, co.data());
    };
    compute(m);
    ASSERT_EQ(c, want) << "packed, seed " << seed;
    EXPECT_TRUE(take_xerbla_calls().empty());
    // Of other sizes it is reported, and nothing is written.
    if (!pack_a || n == 0) continue;
    compute(m + 1);
    const auto calls = take_xerbla_calls();
    ASSERT_EQ(calls.size(), 1u);
    EXPECT_EQ(calls[0].position, 9);
    ASSERT_EQ(c, want) << "seed " << seed;
  }
}

TEST(BlasBytes, BadArgumentsAreReported) {
  const std::vector<std::uint8_t> x(64);
  const std::int32_t co = 0;
  std::vector<std::int32_t> c(64, 7);
  const auto call = [&](int ta, int offset, int m, int k, int lda, int ldb, int ldc, int position) {
    cblas_gemm_s8u8s32(CblasRowMajor, static_cast<CBLAS_TRANSPOSE>(ta), CblasNoTrans, static_cast<CBLAS_OFFSET>(offset),
                       m, 4, k, 1, x.data(), lda, 0, x.data(), ldb, 0, 0, c.data(), ldc, &co);
    const auto calls = take_xerbla_calls();
    ASSERT_EQ(calls.size(), 1u) << position;
    EXPECT_EQ(calls[0].routine, "cblas_gemm_s8u8s32");
    EXPECT_EQ(calls[0].position, position);
    EXPECT_EQ(c, std::vector<std::int32_t>(64, 7));
  };
  call(7, CblasFixOffset, 3, 5, 8, 8, 8, 2);
  call(CblasNoTrans, 7, 3, 5, 8, 8, 8, 4);
  call(CblasNoTrans, CblasFixOffset, -3, 5, 8, 8, 8, 5);
  call(CblasNoTrans, CblasFixOffset, 3, -5, 8, 8, 8, 7);
  call(CblasNoTrans, CblasFixOffset, 3, 5, 4, 8, 8, 10);
  call(CblasNoTrans, CblasFixOffset, 3, 5, 5, 3, 8, 13);
  call(CblasNoTrans, CblasFixOffset, 3, 5, 5, 4, 3, 17);
}

// gemm3m is gemm.
template <class T, class F, class C>
void check_gemm3m(F fortran, C cblas) {
  Random<T> random(1);
  const int n = 33;
  const auto a = random.vector(std::size_t(n) * n), b = random.vector(std::size_t(n) * n);
  const T alpha = random.number(), beta = random.number();
  auto c = random.vector(std::size_t(n) * n);
  auto want = c, other = c;
  Api<T>::gemm_("N", "C", &n, &n, &n, &alpha, a.data(), &n, b.data(), &n, &beta, want.data(), &n);
  fortran("N", "C", &n, &n, &n, &alpha, a.data(), &n, b.data(), &n, &beta, c.data(), &n);
  cblas(CblasColMajor, CblasNoTrans, CblasConjTrans, n, n, n, &alpha, a.data(), n, b.data(), n, &beta, other.data(), n);
  EXPECT_TRUE(same_bits(c, want));
  EXPECT_TRUE(same_bits(other, want));
}
TEST(BlasExtensionsComplex, Gemm3mIsGemm) {
  check_gemm3m<c32>(cgemm3m_, cblas_cgemm3m);
  check_gemm3m<c64>(zgemm3m_, cblas_zgemm3m);
}

}  // namespace
