// 8-bit products (quant.h): results to the bit, statuses by the header's rules, saved weights that were damaged, and
// the functions that quantise.
#include <tessera/quant.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/checksum.h"
#include "fuzz/gemm_call.h"
#include "quant/q8_case.h"
#include "reference/quant.h"
#include "support/int8_isas.h"

namespace tessera::fuzz {
namespace {

struct DestroyWeights {
  void operator()(tsr_q8_weights* p) const { tsr_q8_weights_destroy(p); }
};
using Weights = std::unique_ptr<tsr_q8_weights, DestroyWeights>;

void product(Input& in) {
  static const std::vector<Isa> isas = [] {
    std::vector<Isa> found;
    for (const Isa isa : test::all_int8_isas())
      if (test::runnable(isa)) found.push_back(isa);
    return found;
  }();
  test::Q8Case c;
  c.isa = isas[static_cast<std::size_t>(in.integer(0, static_cast<Index>(isas.size()) - 1))];
  c.threads = static_cast<int>(in.integer(1, 3));
  const Index most = in.one_in(6) ? 150 : 30;
  c.m = in.integer(1, most);
  c.n = in.integer(1, most);
  c.k = in.one_in(8) ? in.integer(0, 1500) : in.integer(0, most);
  c.packed = in.flag();
  c.seed = static_cast<std::uint64_t>(in.integer(0, 65535));
  require(test::check_q8(c));
}

bool in_type(std::int32_t value, std::int32_t type) {
  return type == TSR_S8 ? value >= -128 && value <= 127 : value >= 0 && value <= 255;
}

tsr_status operand_status(int position, const tsr_q8_matrix& x, Index rows, Index cols) {
  const bool good = (x.type == TSR_U8 || x.type == TSR_S8) && in_type(x.zero_point, x.type);
  if (!good) return -position;
  if (rows == 0 || cols == 0) return TSR_OK;
  return x.data == nullptr || stride_error(1, rows, cols, x.rs, x.cs, 1) != 0 ? -position : TSR_OK;
}

// Numbers for an epilogue of at most 8 columns.
struct Lists {
  std::int32_t bias[8] = {1, -2, 3}, multiplier[8], shift[8] = {};
  float scale[8], row_scale[8], float_bias[8] = {};
  Lists() {
    std::fill(std::begin(multiplier), std::end(multiplier), 1 << 30);
    std::fill(std::begin(scale), std::end(scale), 0.01f);
    std::fill(std::begin(row_scale), std::end(row_scale), 1.0f);
  }
};

// An epilogue that may be wrong, and whether it is.
bool epilogue_of(Input& in, Lists& lists, tsr_q8_epilogue& e) {
  e = tsr_q8_epilogue_of(static_cast<std::int32_t>(in.integer(-1, 4)));
  if (in.one_in(16)) e.size = static_cast<std::size_t>(in.integer(0, 200));
  if (in.flag()) e.bias = lists.bias;
  if (!in.one_in(4)) e.scale = lists.scale;
  if (in.one_in(4)) e.multiplier = lists.multiplier;
  if (!in.one_in(4)) e.shift = lists.shift;
  if (in.one_in(4)) e.row_scale = lists.row_scale;
  if (in.one_in(4)) e.float_bias = lists.float_bias;
  if (in.one_in(8)) e.scale_stride = in.wild();
  if (in.one_in(8)) e.multiplier_stride = in.wild();
  for (std::int32_t* field : {&e.zero_point, &e.low, &e.high, &lists.multiplier[0], &lists.shift[0]})
    if (in.one_in(8)) *field = in.flag() ? in.wild32() : static_cast<std::int32_t>(in.integer(-128, 255));
  for (float* field : {&e.float_low, &e.float_high})
    if (in.one_in(8)) *field = in.one_of({0.0f, 1.0f, std::nanf(""), -1e30f});
  const bool bytes = e.output == TSR_Q8_U8 || e.output == TSR_Q8_S8;
  const std::int32_t type = e.output == TSR_Q8_S8 ? TSR_S8 : TSR_U8;
  const auto stride = [](Index s) { return s == 0 || s == 1; };
  if (e.size < sizeof e || e.output < TSR_Q8_S32 || e.output > TSR_Q8_S8) return false;
  if (!stride(e.scale_stride) || !stride(e.multiplier_stride)) return false;
  if (e.output == TSR_Q8_F32) return e.scale != nullptr && !std::isnan(e.float_low) && !std::isnan(e.float_high);
  if (!bytes) return true;
  if (!in_type(e.zero_point, type) || !in_type(e.low, type) || !in_type(e.high, type) || e.low > e.high) return false;
  if ((e.scale != nullptr) == (e.multiplier != nullptr)) return false;
  return e.multiplier == nullptr || (e.shift != nullptr && e.row_scale == nullptr && lists.multiplier[0] >= 0 &&
                                     lists.shift[0] >= -31 && lists.shift[0] <= 30);
}

// Arguments of which some are wild; plain and with packed weights.
void invalid(Input& in) {
  Index m = in.integer(0, 5), n = in.integer(0, 5), k = in.integer(0, 5), c_rs = 5, c_cs = 1;
  alignas(16) char memory[128] = {}, out[512];
  std::memset(out, 7, sizeof out);
  tsr_q8_matrix a{memory, 5, 1, TSR_U8, 0, nullptr}, b{memory, 5, 1, TSR_S8, 0, nullptr};
  Index* const wild[] = {&m, &n, &k, &a.rs, &a.cs, &b.rs, &b.cs, &c_rs, &c_cs};
  for (Index spoil = in.integer(0, 2); spoil > 0; --spoil) *wild[in.integer(0, 8)] = in.wild();
  for (tsr_q8_matrix* x : {&a, &b}) {
    if (in.one_in(8)) x->data = nullptr;
    if (in.one_in(8)) x->type = in.wild32();
    if (in.one_in(4)) x->zero_point = in.flag() ? in.wild32() : static_cast<std::int32_t>(in.integer(-128, 255));
  }
  Lists lists;
  tsr_q8_epilogue e;
  const bool good_epilogue = epilogue_of(in, lists, e);
  const bool given = !in.one_in(8);
  const int size = e.output <= TSR_Q8_F32 ? 4 : 1;
  const auto c_status = [&](int at) -> tsr_status {
    if (!good_epilogue) return -(at - 1);
    const Positions positions{1, 2, 3, 4, 7, at};
    return expected_status(m, n, 0, false, {}, {}, {given, c_rs, c_cs}, size, positions);
  };
  tsr_status expected = TSR_OK;
  const auto first = [&](tsr_status status) {
    if (expected == TSR_OK) expected = status;
  };
  if (m < 0 || m > kLargestSize) first(-2);
  if (n < 0 || n > kLargestSize) first(-3);
  if (k < 0 || k > kLargestSize) first(-4);
  const bool empty = m == 0 || n == 0;
  if (expected == TSR_OK && !empty) {
    first(operand_status(5, a, m, k));
    first(operand_status(6, b, k, n));
    first(c_status(8));
  }
  const bool fits = holds(64, m, k, a.rs, a.cs) && holds(64, k, n, b.rs, b.cs) && holds(64, m, n, c_rs, c_cs);
  if (expected == TSR_OK && !empty && !fits) return;
  const tsr_status got = tsr_gemm_q8(nullptr, m, n, k, &a, &b, &e, given ? out : nullptr, c_rs, c_cs);
  FUZZ_EXPECT(got == expected, "status %d instead of %d", static_cast<int>(got), static_cast<int>(expected));
  if (expected != TSR_OK)
    for (const char x : out) FUZZ_EXPECT(x == 7, "written in spite of status %d", static_cast<int>(got));

  // The weights alone.
  expected = TSR_OK;
  if (n < 0 || n > kLargestSize) first(-2);
  if (k < 0 || k > kLargestSize) first(-3);
  if (expected == TSR_OK) first(operand_status(4, b, k, n));
  const bool no_memory = expected == TSR_OK && n > 0 && k > 0 && Wide(n) * Wide(k) >= Wide(1) << 48;
  if (no_memory) first(TSR_OUT_OF_MEMORY);
  if (expected == TSR_OK && !holds(64, k, n, b.rs, b.cs)) return;
  tsr_q8_weights* p = nullptr;
  const tsr_status created = tsr_q8_weights_create(nullptr, n, k, &b, &p);
  const Weights weights(p);
  FUZZ_EXPECT(created == expected, "weights: status %d instead of %d", static_cast<int>(created),
              static_cast<int>(expected));
  if (created != TSR_OK) return;
  if (m < 0 || m > kLargestSize) first(-2);
  if (expected == TSR_OK && !empty) {
    first(operand_status(3, a, m, k));
    first(c_status(6));
  }
  if (expected == TSR_OK && !empty && !fits) return;
  const tsr_status packed = tsr_gemm_q8_packed(nullptr, m, &a, p, &e, given ? out : nullptr, c_rs, c_cs);
  FUZZ_EXPECT(packed == expected, "packed: status %d instead of %d", static_cast<int>(packed),
              static_cast<int>(expected));
}

// Where the format (docs/numerics.md) has its checksum, of everything else.
constexpr std::size_t kChecksumAt = 80, kHeader = 88;

void damaged(Input& in) {
  const Index k = in.integer(0, 20), n = in.integer(0, 20);
  std::vector<std::int8_t> bytes(static_cast<std::size_t>(k * n + 1), 3);
  std::vector<std::int32_t> zeros(static_cast<std::size_t>(n + 1), 1);
  zeros[0] = 2;
  const tsr_q8_matrix b{bytes.data(), n, 1, TSR_S8, 0, in.flag() ? zeros.data() : nullptr};
  const Context context = context_of(in);
  tsr_q8_weights* p = nullptr;
  FUZZ_EXPECT(tsr_q8_weights_create(context.get(), n, k, &b, &p) == TSR_OK, "create");
  const Weights weights(p);
  std::vector<char> saved(tsr_q8_weights_size(p));
  FUZZ_EXPECT(tsr_q8_weights_save(p, saved.data(), saved.size() - 1) == -3, "a short buffer");
  FUZZ_EXPECT(tsr_q8_weights_save(p, saved.data(), saved.size()) == TSR_OK, "save");
  const auto sign = [&] {
    char header[kHeader];
    std::memcpy(header, saved.data(), kHeader);
    std::memset(header + kChecksumAt, 0, 8);
    return hash_words(hash_words(0xCBF29CE484222325u, header, kHeader), saved.data() + kHeader, saved.size() - kHeader);
  };
  std::uint64_t stored = 0;
  std::memcpy(&stored, saved.data() + kChecksumAt, 8);
  FUZZ_EXPECT(stored == sign(), "the checksum is another");
  for (Index i = in.integer(0, 4); i > 0; --i) {
    const Index last = in.flag() ? static_cast<Index>(saved.size()) - 1 : Index{kHeader} - 1;
    const auto at = static_cast<std::size_t>(in.integer(0, last));
    if (in.flag()) {
      saved[at] = static_cast<char>(in.byte());
    } else {
      const Index wild = in.wild();
      std::memcpy(saved.data() + at / 8 * 8, &wild, std::min<std::size_t>(8, saved.size() - at / 8 * 8));
    }
  }
  if (in.one_in(3)) saved.resize(static_cast<std::size_t>(in.integer(0, static_cast<Index>(saved.size()) + 100)));
  if (saved.size() >= kHeader && !in.one_in(4)) {
    stored = sign();
    std::memcpy(saved.data() + kChecksumAt, &stored, 8);
  }
  const std::vector<char> exact(saved.begin(), saved.end());
  tsr_q8_weights* q = nullptr;
  const tsr_status status = tsr_q8_weights_load(exact.data(), exact.size(), &q);
  const Weights loaded(q);
  FUZZ_EXPECT((q != nullptr) == (status == TSR_OK), "an object beside status %d", static_cast<int>(status));
  if (status != TSR_OK) return;
  FUZZ_EXPECT(tsr_q8_weights_size(q) == exact.size(), "another size");
  // Sizes that are no secret: the file's.
  Index size[2];
  std::memcpy(size, exact.data() + 32, sizeof size);
  if (size[0] > 64 || size[1] > 64) return;
  const std::vector<std::uint8_t> a(static_cast<std::size_t>(3 * size[1] + 1), 9);
  std::vector<std::int32_t> c(static_cast<std::size_t>(3 * size[0] + 1));
  const tsr_q8_matrix left{a.data(), size[1], 1, TSR_U8, 5, nullptr};
  const tsr_status used = tsr_gemm_q8_packed(nullptr, 3, &left, q, nullptr, c.data(), size[0], 1);
  FUZZ_EXPECT(used == TSR_OK, "status %d", static_cast<int>(used));
}

void garbage(Input& in) {
  const std::string_view bytes = in.rest();
  const std::vector<char> exact(bytes.begin(), bytes.end());
  tsr_q8_weights* p = nullptr;
  const tsr_status status = tsr_q8_weights_load(exact.data(), exact.size(), &p);
  const Weights loaded(p);
  FUZZ_EXPECT((p != nullptr) == (status == TSR_OK), "an object beside status %d", static_cast<int>(status));
}

// Any float, as its bits.
float any_float(Input& in) {
  const auto bits = static_cast<std::uint32_t>(in.integer(0, 0xffffffff));
  float x = 0;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

void quantise(Input& in) {
  const Index n = in.integer(0, 70);
  const std::int32_t type = in.flag() ? TSR_S8 : TSR_U8;
  const std::int32_t low = type == TSR_S8 ? -128 : 0, high = low + 255;
  const auto zero = static_cast<std::int32_t>(in.integer(low, high));
  const float scale = std::fabs(any_float(in));
  std::vector<float> x(static_cast<std::size_t>(n));
  const float pattern[] = {any_float(in), any_float(in), any_float(in), 0.0f, -1.5f};
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = pattern[i % 5];
  std::vector<std::uint8_t> y(x.size(), 0xaa);
  const tsr_status status = tsr_q8_quantize(n, x.data(), scale, type, zero, y.data());
  if (!(scale > 0.0f)) {
    FUZZ_EXPECT(status == -3, "status %d", static_cast<int>(status));
    return;
  }
  FUZZ_EXPECT(status == TSR_OK, "status %d", static_cast<int>(status));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double rounded = std::nearbyint(static_cast<double>(x[i] / scale)) + zero;
    const double want = std::isnan(rounded) ? low : std::clamp<double>(rounded, low, high);
    const std::int32_t got = type == TSR_S8 ? static_cast<std::int8_t>(y[i]) : std::int32_t{y[i]};
    FUZZ_EXPECT(got == want, "%a / %a + %d is %d instead of %g", static_cast<double>(x[i]), static_cast<double>(scale),
                zero, got, want);
  }
  std::vector<float> back(x.size());
  FUZZ_EXPECT(tsr_q8_dequantize(n, y.data(), type, scale, zero, back.data()) == TSR_OK, "back");
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::int32_t q = type == TSR_S8 ? static_cast<std::int8_t>(y[i]) : std::int32_t{y[i]};
    const float want = static_cast<float>(q - zero) * scale;
    FUZZ_EXPECT(back[i] == want || (std::isnan(back[i]) && std::isnan(want)), "back to %g", static_cast<double>(want));
  }
  // By the range that the numbers have.
  float made_scale = 0;
  std::int32_t made_zero = -1;
  if (n == 0) return;
  FUZZ_EXPECT(tsr_q8_quantize_dynamic(1, n, x.data(), n, in.flag(), y.data(), n, &made_scale, &made_zero) == TSR_OK,
              "dynamic");
  FUZZ_EXPECT(made_scale > 0 && in_type(made_zero, TSR_U8), "scale %g, zero point %d", static_cast<double>(made_scale),
              made_zero);
}

void numbers(Input& in) {
  double number = 0;
  const Index bits = in.integer(std::numeric_limits<Index>::min(), std::numeric_limits<Index>::max());
  std::memcpy(&number, &bits, sizeof number);
  std::int32_t multiplier = -1, shift = -99;
  const tsr_status status = tsr_q8_fixed_point(number, &multiplier, &shift);
  if (!(number > 0 && number < 0x1p30)) {
    FUZZ_EXPECT(status == -1 && multiplier == -1, "%g: status %d", number, static_cast<int>(status));
  } else {
    FUZZ_EXPECT(status == TSR_OK, "%g", number);
    FUZZ_EXPECT((multiplier == 0 && number < 0x1p-31) || (multiplier >= 1 << 30 && shift >= -31 && shift <= 30),
                "%g: %d, %d", number, multiplier, shift);
    FUZZ_EXPECT(std::fabs(std::ldexp(multiplier, shift - 31) - number) <= std::max(number * 0x1p-31, 0x1p-32),
                "%g: %d, %d", number, multiplier, shift);
  }
  tsr_q8_epilogue e = tsr_q8_epilogue_of(in.wild32());
  e.zero_point = in.wild32();
  const std::int32_t activation = static_cast<std::int32_t>(in.integer(-1, 3));
  const float scale = any_float(in);
  const tsr_status set = tsr_q8_set_activation(&e, activation, scale);
  FUZZ_EXPECT(activation >= 0 && activation <= 2 ? set == TSR_OK || set == -3 : set == -2, "status %d",
              static_cast<int>(set));
}

}  // namespace
}  // namespace tessera::fuzz

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  switch (in.integer(0, 6)) {
    case 0:
    case 1:
      return product(in);
    case 2:
      return invalid(in);
    case 3:
      return damaged(in);
    case 4:
      return garbage(in);
    case 5:
      return quantise(in);
    default:
      return numbers(in);
  }
}
