// "The same bits" from one machine to another: results of seeded problems as fingerprints, recorded on an x86 CPU with
// AVX-512, for every instruction set that fuses multiply-adds and for 8-bit products on every instruction set there is.
#include <gtest/gtest.h>
#include <tessera/tessera.h>

#include <memory>
#include <type_traits>
#include <vector>

#include "base/checksum.h"
#include "support/int8_isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

constexpr std::uint64_t kSeed = 20261124;
// Tiles and their edges; several K blocks; what is read where it lies, in strips, packed; vectors; a deep and a shallow
// one.
constexpr index_t kShapes[][3] = {{1, 1, 1},    {1, 37, 200},   {41, 1, 300},   {3, 5, 7},
                                  {16, 16, 16}, {33, 29, 65},   {64, 100, 31},  {130, 47, 258},
                                  {7, 300, 90}, {250, 230, 70}, {12, 20, 3000}, {90, 110, 4}};

struct FreeContext {
  void operator()(tsr_context* c) const { tsr_context_destroy(c); }
};
using Context = std::unique_ptr<tsr_context, FreeContext>;

Context context_for(Isa isa) {
  tsr_context* created = nullptr;
  if (tsr_context_create(&created) != TSR_OK) return nullptr;
  Context context(created);
  return tsr_context_set_isa(created, isa_info(isa).name) == TSR_OK ? std::move(context) : nullptr;
}

template <class T>
struct Gemm;
template <>
struct Gemm<float> {
  static constexpr float kOne = 1;
  static constexpr auto* call = tsr_gemm_f32;
};
template <>
struct Gemm<double> {
  static constexpr double kOne = 1;
  static constexpr auto* call = tsr_gemm_f64;
};
template <>
struct Gemm<tsr_c32> {
  static constexpr tsr_c32 kOne{1, 0};
  using Real = float;
  static constexpr auto* call = tsr_gemm_c32;
};
template <>
struct Gemm<tsr_c64> {
  static constexpr tsr_c64 kOne{1, 0};
  using Real = double;
  static constexpr auto* call = tsr_gemm_c64;
};

// The results of all shapes, one after the other, in one number.
template <class T>
std::uint64_t fingerprint(const tsr_context* context) {
  constexpr bool kComplex = !std::is_floating_point_v<T>;
  std::uint64_t hash = 0;
  Random r(kSeed);
  for (const auto& [m, n, k] : kShapes) {
    for (int layouts = 0; layouts < 8; ++layouts) {
      // By rows or by columns, each of the three.
      const auto rs = [&](int bit, index_t cols) { return (layouts >> bit & 1) != 0 ? 1 : cols; };
      const auto cs = [&](int bit, index_t rows) { return (layouts >> bit & 1) != 0 ? rows : 1; };
      const auto operand = [&](index_t count) {
        std::vector<T> x(static_cast<std::size_t>(count));
        if constexpr (kComplex) {
          for (T& e : x) e = {r.number<typename Gemm<T>::Real>(), r.number<typename Gemm<T>::Real>()};
        } else {
          r.fill(x.data(), count);
        }
        return x;
      };
      const std::vector<T> a = operand(m * k), b = operand(k * n), scalars = operand(2);
      std::vector<T> c = operand(m * n);
      const T alpha = layouts % 3 == 0 ? Gemm<T>::kOne : scalars[0], beta = layouts % 2 == 0 ? T{} : scalars[1];
      tsr_status status;
      if constexpr (kComplex) {
        const unsigned flags = layouts % 3 == 1 ? TSR_GEMM_CONJ_A : 0;
        status = Gemm<T>::call(context, flags, m, n, k, alpha, a.data(), rs(0, k), cs(0, m), b.data(), rs(1, n),
                               cs(1, k), beta, c.data(), rs(2, n), cs(2, m));
      } else {
        status = Gemm<T>::call(context, m, n, k, alpha, a.data(), rs(0, k), cs(0, m), b.data(), rs(1, n), cs(1, k),
                               beta, c.data(), rs(2, n), cs(2, m));
      }
      EXPECT_EQ(status, TSR_OK);
      hash = hash_words(hash, c.data(), c.size() * sizeof(T));
    }
  }
  return hash;
}

std::uint64_t fingerprint_q8(const tsr_context* context, std::int32_t output) {
  std::uint64_t hash = 0;
  Random r(kSeed);
  for (const auto& [m, n, k] : kShapes) {
    for (int types = 0; types < 4; ++types) {
      std::vector<std::uint8_t> a(static_cast<std::size_t>(m * k)), b(static_cast<std::size_t>(k * n));
      fill_bytes(r, a.data(), m * k);
      fill_bytes(r, b.data(), k * n);
      const bool a_signed = (types & 1) != 0, b_signed = (types & 2) != 0;
      const tsr_q8_matrix left{a.data(), k, 1, a_signed ? TSR_S8 : TSR_U8, a_signed ? -3 : 120, nullptr};
      const tsr_q8_matrix right{b.data(), n, 1, b_signed ? TSR_S8 : TSR_U8, types == 3 ? 0 : 7, nullptr};
      std::vector<float> scale(static_cast<std::size_t>(n));
      for (float& x : scale) x = (1.5f + r.number<float>()) * 0.001f;
      tsr_q8_epilogue e = tsr_q8_epilogue_of(output);
      if (output != TSR_Q8_S32) {
        e.scale = scale.data();
        e.scale_stride = 1;
      }
      std::vector<std::uint32_t> c(static_cast<std::size_t>(m * n));  // bytes fill a quarter of it
      EXPECT_EQ(tsr_gemm_q8(context, m, n, k, &left, &right, &e, c.data(), n, 1), TSR_OK);
      hash = hash_words(hash, c.data(), c.size() * sizeof c[0]);
    }
  }
  return hash;
}

// What follows changes only with the formulas of docs/numerics.md, which is an announcement.
constexpr std::uint64_t kF32 = 0x0903896945bdfab6, kF64 = 0x16e421bf5e415a98;
constexpr std::uint64_t kC32 = 0x56d34078b42bc618, kC64 = 0x24036f4e432d245e;
constexpr std::uint64_t kQ8[] = {0x3ab63175bf74a95b, 0x4ed00a81412f518c, 0x59bd690f4f629151,
                                 0x66c9f0e184e2391b};  // s32, f32, u8, s8

class RecordedBits : public testing::TestWithParam<Isa> {};

TEST_P(RecordedBits, Gemm) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  if (!isa_info(GetParam()).has_fma) GTEST_SKIP() << "rounds its products";
  const Context context = context_for(GetParam());
  ASSERT_NE(context, nullptr);
  EXPECT_EQ(fingerprint<float>(context.get()), kF32);
  EXPECT_EQ(fingerprint<double>(context.get()), kF64);
  EXPECT_EQ(fingerprint<tsr_c32>(context.get()), kC32);
  EXPECT_EQ(fingerprint<tsr_c64>(context.get()), kC64);
}
INSTANTIATE_TEST_SUITE_P(Isa, RecordedBits, testing::ValuesIn(all_isas()), isa_name);

class RecordedBitsQ8 : public testing::TestWithParam<Isa> {};

TEST_P(RecordedBitsQ8, Products) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const Context context = context_for(GetParam());
  ASSERT_NE(context, nullptr);
  for (std::int32_t output = TSR_Q8_S32; output <= TSR_Q8_S8; ++output)
    EXPECT_EQ(fingerprint_q8(context.get(), output), kQ8[output]) << "output " << output;
}
INSTANTIATE_TEST_SUITE_P(Isa, RecordedBitsQ8, testing::ValuesIn(all_int8_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
