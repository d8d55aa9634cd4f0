// tsr_pack_*, tsr_packed_{save,load,widen}, and products with packed operands and epilogues: the bits of what is not
// packed, and nothing but a status for what is damaged.
#include <tessera/gemm.h>
#include <tessera/half.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/checksum.h"
#include "fuzz/gemm_call.h"
#include "reference/nn.h"
#include "support/random.h"

namespace tessera::fuzz {
namespace {

struct DestroyPacked {
  void operator()(tsr_packed* p) const { tsr_packed_destroy(p); }
};
using Packed = std::unique_ptr<tsr_packed, DestroyPacked>;

template <class T>
struct Functions;
template <>
struct Functions<float> {
  static constexpr auto gemm = tsr_gemm_f32;
  static constexpr auto pack_a = tsr_pack_a_f32;
  static constexpr auto pack_b = tsr_pack_b_f32;
  static tsr_status packed(const tsr_context* context, Index m, Index n, Index k, float alpha, const float* a,
                           Index a_rs, Index a_cs, const tsr_packed* pa, const float* b, Index b_rs, Index b_cs,
                           const tsr_packed* pb, float beta, float* c, Index c_rs, Index c_cs) {
    return tsr_gemm_fused_f32(context, m, n, k, alpha, a, a_rs, a_cs, pa, b, b_rs, b_cs, pb, beta, c, c_rs, c_cs,
                              nullptr);
  }
};
template <>
struct Functions<double> {
  static constexpr auto gemm = tsr_gemm_f64;
  static constexpr auto pack_a = tsr_pack_a_f64;
  static constexpr auto pack_b = tsr_pack_b_f64;
  static constexpr auto packed = tsr_gemm_packed_f64;
};

template <class T>
std::vector<T> numbers(Index n, std::uint64_t seed) {
  std::vector<T> x(static_cast<std::size_t>(n));
  test::Random(seed).fill(x.data(), n);
  return x;
}

// What was saved, in a buffer of exactly its size, and loaded again from there.
Packed saved_and_loaded(const tsr_packed* packed) {
  std::vector<char> saved(tsr_packed_size(packed));
  FUZZ_EXPECT(tsr_packed_save(packed, saved.data(), saved.size() - 1) == -3, "a short buffer");
  FUZZ_EXPECT(tsr_packed_save(packed, saved.data(), saved.size()) == TSR_OK, "save");
  tsr_packed* loaded = nullptr;
  FUZZ_EXPECT(tsr_packed_load(saved.data(), saved.size(), &loaded) == TSR_OK, "load");
  FUZZ_EXPECT(tsr_packed_size(loaded) == saved.size(), "another size");
  return Packed(loaded);
}

template <class T>
void product(Input& in) {
  using F = Functions<T>;
  const Context context = context_of(in);
  const Index most = in.one_in(6) ? 200 : 30;
  const Index m = in.integer(0, most), n = in.integer(0, most), k = in.integer(0, most);
  const Index a_rs = in.flag() ? k + 1 : 1, a_cs = a_rs == 1 ? m + 1 : 1;
  const Index b_rs = in.flag() ? n + 1 : 1, b_cs = b_rs == 1 ? k + 1 : 1;
  const Index c_rs = in.flag() ? n + 1 : 1, c_cs = c_rs == 1 ? m + 1 : 1;
  const std::vector<T> a = numbers<T>((m + 1) * (k + 1), 1), b = numbers<T>((k + 1) * (n + 1), 2);
  const std::vector<T> c = numbers<T>((m + 1) * (n + 1), 3);
  const T alpha = in.one_of<T>({1, -1, T(0.75), 0}), beta = in.one_of<T>({0, 1, T(-0.5)});
  std::vector<T> want = c, got = c;
  FUZZ_EXPECT(F::gemm(context.get(), m, n, k, alpha, a.data(), a_rs, a_cs, b.data(), b_rs, b_cs, beta, want.data(),
                      c_rs, c_cs) == TSR_OK,
              "plain");
  Packed pa, pb;
  const bool left = in.flag(), right = in.flag();
  if (left) {
    tsr_packed* p = nullptr;
    FUZZ_EXPECT(F::pack_a(context.get(), m, k, alpha, a.data(), a_rs, a_cs, &p) == TSR_OK, "pack A");
    pa.reset(p);
    if (in.flag()) pa = saved_and_loaded(p);
  }
  if (right) {
    tsr_packed* p = nullptr;
    FUZZ_EXPECT(F::pack_b(context.get(), k, n, b.data(), b_rs, b_cs, &p) == TSR_OK, "pack B");
    pb.reset(p);
    if (in.flag()) pb = saved_and_loaded(p);
  }
  const tsr_status status =
      F::packed(context.get(), m, n, k, left ? T(1) : alpha, left ? nullptr : a.data(), a_rs, a_cs, pa.get(),
                right ? nullptr : b.data(), b_rs, b_cs, pb.get(), beta, got.data(), c_rs, c_cs);
  FUZZ_EXPECT(status == TSR_OK, "%s", tsr_status_string(status));
  // An alpha of 0 that is in A multiplies: an infinite B shows it, and there is none here.
  for (std::size_t i = 0; i < got.size(); ++i)
    FUZZ_EXPECT(got[i] == want[i], "element %zu of %d x %d x %d", i, static_cast<int>(m), static_cast<int>(n),
                static_cast<int>(k));
}

// B in fewer bits: what it stands for, and products with it.
tsr_status store(Input& in, const tsr_context* context, Index k, Index n, const std::vector<float>& b, Index b_rs,
                 Index b_cs, tsr_packed** packed) {
  const Index kind = in.integer(0, 4);
  if (kind >= 2) return tsr_pack_b_blocks(context, static_cast<int>(kind) - 2, k, n, b.data(), b_rs, b_cs, packed);
  std::vector<std::uint16_t> narrow(b.size());
  const auto count = static_cast<Index>(b.size());
  FUZZ_EXPECT((kind == 0 ? tsr_bf16_from_f32(count, b.data(), narrow.data())
                         : tsr_f16_from_f32(count, b.data(), narrow.data())) == TSR_OK,
              "narrow");
  return kind == 0 ? tsr_pack_b_bf16(context, k, n, narrow.data(), b_rs, b_cs, packed)
                   : tsr_pack_b_f16(context, k, n, narrow.data(), b_rs, b_cs, packed);
}

void stored(Input& in) {
  const Context context = context_of(in);
  const Index most = in.one_in(6) ? 200 : 40;
  const Index m = in.integer(0, 12), n = in.integer(0, most), k = in.integer(0, most);
  const Index b_rs = in.flag() ? n + 1 : 1, b_cs = b_rs == 1 ? k + 1 : 1;
  const std::vector<float> a = numbers<float>(m * k + 1, 1), b = numbers<float>((k + 1) * (n + 1), 2);
  tsr_packed* p = nullptr;
  FUZZ_EXPECT(store(in, context.get(), k, n, b, b_rs, b_cs, &p) == TSR_OK, "store");
  Packed packed(p);
  if (in.flag()) packed = saved_and_loaded(p);
  std::vector<float> wide(static_cast<std::size_t>(k * n)), got(static_cast<std::size_t>(m * n), 7.0f), want = got;
  FUZZ_EXPECT(tsr_packed_widen(packed.get(), k > 0 && n > 0 ? wide.data() : nullptr, n, 1) == TSR_OK, "widen");
  for (Index i = 0; i < k; ++i)
    for (Index j = 0; j < n; ++j) {
      const float x = b[static_cast<std::size_t>(i * b_rs + j * b_cs)], y = wide[static_cast<std::size_t>(i * n + j)];
      // Four bits of a range of up to 2, and the rounding of its scale.
      FUZZ_EXPECT(std::fabs(y - x) <= 0.14f, "%g stands for %g", static_cast<double>(y), static_cast<double>(x));
    }
  const float beta = in.one_of({0.0f, 1.0f, -0.5f});
  FUZZ_EXPECT(
      tsr_gemm_f32(context.get(), m, n, k, 1.0f, a.data(), k, 1, wide.data(), n, 1, beta, want.data(), n, 1) == TSR_OK,
      "plain");
  const tsr_status status = tsr_gemm_fused_f32(context.get(), m, n, k, 1.0f, a.data(), k, 1, nullptr, nullptr, 0, 0,
                                               packed.get(), beta, got.data(), n, 1, nullptr);
  FUZZ_EXPECT(status == TSR_OK, "%s", tsr_status_string(status));
  FUZZ_EXPECT(got.empty() || std::memcmp(got.data(), want.data(), got.size() * 4) == 0, "%d x %d x %d differs",
              static_cast<int>(m), static_cast<int>(n), static_cast<int>(k));
  // Rows made 8-bit numbers: near it, where there are blocks. |a| < 1 is within 1 / 254, |w| < 1.14.
  std::fill(got.begin(), got.end(), 7.0f);
  const tsr_status q8 =
      tsr_gemm_blocks_q8(context.get(), m, n, k, 1.0f, a.data(), k, 1, packed.get(), beta, got.data(), n, 1, nullptr);
  if (q8 == -9) return;
  FUZZ_EXPECT(q8 == TSR_OK, "%s", tsr_status_string(q8));
  for (std::size_t i = 0; i < got.size(); ++i)
    FUZZ_EXPECT(std::fabs(got[i] - want[i]) <= 0.0046f * static_cast<float>(k) + 1e-3f, "%g is not near %g",
                static_cast<double>(got[i]), static_cast<double>(want[i]));
}

void epilogue(Input& in) {
  const Context context = context_of(in);
  const Index m = in.integer(1, 40), n = in.integer(1, 40), k = in.integer(0, 40);
  const std::vector<float> a = numbers<float>(m * k, 1), b = numbers<float>(k * n, 2), rows = numbers<float>(m, 4),
                           columns = numbers<float>(n, 5), residual = numbers<float>(m * n, 6);
  const bool by_rows = in.flag();
  const Index c_rs = by_rows ? n : 1, c_cs = by_rows ? 1 : m;
  const float beta = in.one_of({0.0f, 1.0f, -0.5f});
  std::vector<float> plain = numbers<float>(m * n, 3), got = plain;
  FUZZ_EXPECT(tsr_gemm_f32(context.get(), m, n, k, 1.0f, a.data(), k, 1, b.data(), n, 1, beta, plain.data(), c_rs,
                           c_cs) == TSR_OK,
              "plain");
  tsr_epilogue e = TSR_EPILOGUE_INIT;
  if (in.flag()) e.row_bias = rows.data();
  if (in.flag()) e.column_bias = columns.data();
  if (in.flag()) e.residual = residual.data();
  e.residual_rs = in.flag() ? n : 1;
  e.residual_cs = e.residual_rs == 1 ? m : 1;
  if (n == 1) e.residual_rs = 1, e.residual_cs = m;
  e.residual_scale = in.one_of({1.0f, 0.25f, -2.0f});
  e.activation = static_cast<std::int32_t>(in.integer(0, TSR_ACTIVATION_HARD_SWISH));
  e.activation_a = in.one_of({0.125f, 0.0f, -1.0f});
  e.activation_b = in.one_of({1.0f, 0.5f});
  FUZZ_EXPECT(tsr_gemm_fused_f32(context.get(), m, n, k, 1.0f, a.data(), k, 1, nullptr, b.data(), n, 1, nullptr, beta,
                                 got.data(), c_rs, c_cs, &e) == TSR_OK,
              "fused");
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < n; ++j) {
      double x = static_cast<double>(plain[static_cast<std::size_t>(i * c_rs + j * c_cs)]);
      double size = std::fabs(x);
      const auto add = [&](double y) { x += y, size += std::fabs(y); };
      if (e.row_bias != nullptr) add(rows[static_cast<std::size_t>(i)]);
      if (e.column_bias != nullptr) add(columns[static_cast<std::size_t>(j)]);
      if (e.residual != nullptr)
        add(static_cast<double>(e.residual_scale) *
            residual[static_cast<std::size_t>(i * e.residual_rs + j * e.residual_cs)]);
      const double want = test::ref_function(e.activation, x, e.activation_a, e.activation_b);
      const double value = got[static_cast<std::size_t>(i * c_rs + j * c_cs)];
      // Four roundings of the sum; no activation's slope is above 1.13 in magnitude, none's own error above 150 ulp of
      // its result or of 2^-13 x (GELU by tanh near -10).
      FUZZ_EXPECT(std::fabs(value - want) <= 6 * 0x1p-23 * size + 1e-5 * std::fabs(want) + 1e-7,
                  "%g instead of %g, activation %d", value, want, static_cast<int>(e.activation));
    }
}

// Statuses of packing, by the header's rules.
void invalid_pack(Input& in) {
  Index rows = in.integer(0, 5), cols = in.integer(0, 5), rs = 5, cs = 1;
  Index* const wild[] = {&rows, &cols, &rs, &cs};
  for (Index spoil = in.integer(0, 3); spoil > 0; --spoil) *wild[in.integer(0, 3)] = in.wild();
  const bool given = !in.one_in(8), wants = !in.one_in(8);
  const bool left = in.flag();
  const int at = left ? 5 : 4;
  tsr_status expected = TSR_OK;
  if (rows < 0 || rows > kLargestSize) {
    expected = -2;
  } else if (cols < 0 || cols > kLargestSize) {
    expected = -3;
  } else if (rows > 0 && cols > 0) {
    expected = !given ? -at : -stride_error(at, rows, cols, rs, cs, 4);
  }
  if (expected == TSR_OK && !wants) expected = left ? -8 : -7;
  float memory[64] = {};
  // What is good and larger than this memory is not packed, but for what no memory holds.
  const bool empty = rows == 0 || cols == 0;
  if (expected == TSR_OK && !empty) {
    const Wide elements = Wide(rows) * Wide(cols);
    if (elements >= Wide(1) << 48) {
      expected = TSR_OUT_OF_MEMORY;
    } else if (!holds(64, rows, cols, rs, cs)) {
      return;
    }
  }
  tsr_packed* p = nullptr;
  const float* const data = given ? memory : nullptr;
  const tsr_status got = left ? tsr_pack_a_f32(nullptr, rows, cols, 1.0f, data, rs, cs, wants ? &p : nullptr)
                              : tsr_pack_b_f32(nullptr, rows, cols, data, rs, cs, wants ? &p : nullptr);
  const Packed packed(p);
  FUZZ_EXPECT(got == expected, "status %d instead of %d", static_cast<int>(got), static_cast<int>(expected));
  FUZZ_EXPECT((p != nullptr) == (got == TSR_OK), "an object beside status %d", static_cast<int>(got));
}

// Where the two formats (gemm/api_packed.cc) have the bytes of the panels and the checksum behind it; their headers end
// there.
struct Format {
  std::size_t bytes_at;
  std::size_t checksum_at() const { return bytes_at + 8; }
  std::size_t header() const { return bytes_at + 16; }
};
constexpr Format kPanels{64}, kStored{32};

// The checksum of a saved operand, so that what is damaged behind a good one is looked at too.
std::uint64_t checksum_of(const std::vector<char>& saved, const Format& format) {
  std::vector<char> header(saved.begin(), saved.begin() + static_cast<std::ptrdiff_t>(format.header()));
  std::memset(header.data() + format.checksum_at(), 0, 8);
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, header.data() + format.bytes_at, 8);
  bytes = std::min<std::uint64_t>(bytes, saved.size() - format.header());
  return hash_words(hash_words(0xCBF29CE484222325u, header.data(), header.size()), saved.data() + format.header(),
                    bytes);
}

// A saved operand with some bytes changed and its end cut off or moved, and a checksum that fits. Whatever is loaded
// can be used.
void damaged(Input& in) {
  const Index k = in.integer(0, 20), n = in.integer(0, 20);
  const std::vector<float> b = numbers<float>(k * n + 1, 1);
  const Context context = context_of(in);
  tsr_packed* p = nullptr;
  const Format& format = in.flag() ? kStored : kPanels;
  const tsr_status made = &format == &kStored ? store(in, context.get(), k, n, b, n, 1, &p)
                                              : tsr_pack_b_f32(context.get(), k, n, b.data(), n, 1, &p);
  FUZZ_EXPECT(made == TSR_OK, "pack: status %d", static_cast<int>(made));
  const Packed packed(p);
  std::vector<char> saved(tsr_packed_size(p));
  FUZZ_EXPECT(tsr_packed_save(p, saved.data(), saved.size()) == TSR_OK, "save");
  FUZZ_EXPECT(saved.size() >= format.header(), "no header");
  std::uint64_t sum = 0;
  std::memcpy(&sum, saved.data() + format.checksum_at(), 8);
  FUZZ_EXPECT(sum == checksum_of(saved, format), "the checksum is another");
  for (Index i = in.integer(0, 4); i > 0; --i) {
    const std::size_t at = static_cast<std::size_t>(in.integer(0, static_cast<Index>(format.header()) - 1));
    if (in.flag()) {
      saved[at] = static_cast<char>(in.byte());
    } else {
      const Index wild = in.wild();
      std::memcpy(saved.data() + (at & ~std::size_t{7}), &wild, 8);
    }
  }
  if (in.one_in(3)) saved.resize(static_cast<std::size_t>(in.integer(0, static_cast<Index>(saved.size()) + 100)));
  if (saved.size() >= format.header() && !in.one_in(4)) {
    sum = checksum_of(saved, format);
    std::memcpy(saved.data() + format.checksum_at(), &sum, 8);
  }
  const std::vector<char> exact(saved.begin(), saved.end());
  tsr_packed* q = nullptr;
  const tsr_status status = tsr_packed_load(exact.data(), exact.size(), &q);
  const Packed loaded(q);
  FUZZ_EXPECT((q != nullptr) == (status == TSR_OK), "an object beside status %d", static_cast<int>(status));
  if (status != TSR_OK) return;
  FUZZ_EXPECT(tsr_packed_size(q) <= exact.size(), "more than there was");
  // Only an operand of these sizes is used: another one is refused, and its sizes are not known.
  const std::vector<float> a = numbers<float>(3 * k + 1, 2);
  std::vector<float> c(static_cast<std::size_t>(3 * n + 1), 7.0f);
  const tsr_status used = tsr_gemm_fused_f32(nullptr, 3, n, k, 1.0f, a.data(), k, 1, nullptr, nullptr, 0, 0, q, 0.0f,
                                             c.data(), n, 1, nullptr);
  FUZZ_EXPECT(used == TSR_OK || used == -13 || used == TSR_UNSUPPORTED, "status %d", static_cast<int>(used));
}

// Anything at all.
void garbage(Input& in) {
  const std::string_view bytes = in.rest();
  const std::vector<char> exact(bytes.begin(), bytes.end());
  tsr_packed* p = nullptr;
  const tsr_status status = tsr_packed_load(exact.data(), exact.size(), &p);
  const Packed loaded(p);
  FUZZ_EXPECT((p != nullptr) == (status == TSR_OK), "an object beside status %d", static_cast<int>(status));
}

}  // namespace
}  // namespace tessera::fuzz

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  switch (in.integer(0, 6)) {
    case 6:
      return stored(in);
    case 0:
      return product<float>(in);
    case 1:
      return product<double>(in);
    case 2:
      return epilogue(in);
    case 3:
      return invalid_pack(in);
    case 4:
      return damaged(in);
    default:
      return garbage(in);
  }
}
