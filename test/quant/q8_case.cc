#include "q8_case.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>
#include <sstream>
#include <vector>

#include "base/int_math.h"
#include "reference/quant.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/int8_isas.h"

namespace tessera::test {

std::string Q8Case::line() const {
  std::ostringstream s;
  s << "isa=" << isa_info(isa).name << " threads=" << threads << " m=" << m << " n=" << n << " k=" << k
    << " packed=" << packed << " seed=" << seed;
  return s.str();
}

bool Q8Case::parse(const std::string& line, Q8Case& out) {
  char isa[32] = "";
  long long m, n, k;
  unsigned long long seed;
  int packed = 0;
  if (std::sscanf(line.c_str(), "isa=%31s threads=%d m=%lld n=%lld k=%lld packed=%d seed=%llu", isa, &out.threads, &m,
                  &n, &k, &packed, &seed) != 7)
    return false;
  out.m = m;
  out.n = n;
  out.k = k;
  out.packed = packed != 0;
  out.seed = seed;
  return isa_from_name(isa, out.isa);
}

namespace {

GuardedBuffer& buffer(int which) {
  static GuardedBuffer buffers[3] = {GuardedBuffer(1 << 24), GuardedBuffer(1 << 24), GuardedBuffer(1 << 24)};
  return buffers[which];
}

// A matrix of bytes against a guard page, and its numbers, line by line of what is multiplied (rows of A, columns of
// B).
struct Operand {
  tsr_q8_matrix matrix;
  std::vector<std::int32_t> values;  // lines x k
  std::vector<std::int32_t> zeros;   // one a line
  std::vector<std::uint8_t> before;
  const std::uint8_t* bytes;

  Operand(Random& r, int which, index_t lines, index_t k, bool right) {
    const Side side = r.one_in(2) ? Side::end : Side::start;
    // Lines along k, across, padded, backwards, or one line for all.
    const index_t pad = r.one_in(2) ? 0 : r.integer(1, 7);
    index_t line = k + pad, step = 1;
    switch (r.integer(0, 5)) {
      case 0:
      case 1:
        break;
      case 2:
        step = lines + pad;
        line = 1;
        break;
      case 3:
        line = -line;
        break;
      case 4:
        step = 2;
        line = 2 * k + pad;
        break;
      default:
        line = 0;
    }
    index_t low = 0, high = 0;
    if (k > 0)
      for (const index_t reach : {(lines - 1) * line, (k - 1) * step}) (reach < 0 ? low : high) += reach;
    const index_t size = k > 0 ? high - low + 1 : 0;
    auto* p = reinterpret_cast<std::uint8_t*>(buffer(which).place(static_cast<std::size_t>(size), side));
    fill_bytes(r, p, size);
    before.assign(p, p + size);
    bytes = p;
    const bool is_signed = r.one_in(2);
    matrix.data = p - low;
    matrix.type = is_signed ? TSR_S8 : TSR_U8;
    matrix.rs = right ? step : line;
    matrix.cs = right ? line : step;
    values.resize(static_cast<std::size_t>(lines * k));
    for (index_t i = 0; i < lines; ++i)
      for (index_t q = 0; q < k; ++q) values[i * k + q] = byte_value(p[i * line + q * step - low], is_signed);
    // No zero point, one, the same for all lines, or one each.
    const index_t lowest = is_signed ? -128 : 0;
    const auto zero = [&] { return static_cast<std::int32_t>(lowest + r.integer(0, 255)); };
    const index_t mode = r.integer(0, 3);
    matrix.zero_point = mode == 0 ? 0 : mode == 1 ? zero() : 0;
    zeros.assign(static_cast<std::size_t>(lines), matrix.zero_point);
    matrix.zero_points = nullptr;
    if (mode >= 2) {
      const std::int32_t same = zero();
      for (std::int32_t& z : zeros) z = mode == 2 ? same : zero();
      matrix.zero_points = zeros.data();
    }
  }
  bool untouched(int which) const {
    return buffer(which).untouched() && (before.empty() || std::memcmp(bytes, before.data(), before.size()) == 0);
  }
};

}  // namespace

testing::AssertionResult check_q8(const Q8Case& c) {
  set_current_case(c.line());
  Random r(c.seed);
  const index_t m = c.m, n = c.n, k = c.k;
  const Operand a(r, 0, m, k, false), b(r, 1, n, k, true);

  // The output, with everything that is optional present half of the time.
  const auto output = static_cast<std::int32_t>(r.integer(TSR_Q8_S32, TSR_Q8_S8));
  tsr_q8_epilogue e = tsr_q8_epilogue_of(output);
  std::vector<std::int32_t> bias(static_cast<std::size_t>(n)), multiplier(bias), shift(bias);
  std::vector<float> scale(bias.size()), row_scale(static_cast<std::size_t>(m)), float_bias(bias.size());
  const double typical =
      60.0 / (5000.0 * std::sqrt(static_cast<double>(k + 1)));  // sums reach a good part of the bytes
  for (index_t j = 0; j < n; ++j) {
    bias[j] = static_cast<std::int32_t>(r.next()) >> r.integer(8, 30);
    scale[j] = static_cast<float>(typical * (1.5 + r.number<double>()));
    float_bias[j] = r.number<float>();
    if (tsr_q8_fixed_point(static_cast<double>(scale[j]), &multiplier[j], &shift[j]) != TSR_OK)
      return testing::AssertionFailure() << "fixed point of " << scale[j];
  }
  // Products beyond 32 bits.
  if (n > 0 && r.one_in(6)) scale[static_cast<std::size_t>(r.integer(0, n - 1))] = 3e9f;
  for (float& x : row_scale) x = 1.0f + 0.5f * r.number<float>();
  if (r.one_in(2)) e.bias = bias.data();
  const bool fixed = output >= TSR_Q8_U8 && r.one_in(2);
  const bool per_column = r.one_in(2);
  if (fixed) {
    e.multiplier = multiplier.data();
    e.shift = shift.data();
    e.multiplier_stride = per_column;
  } else if (output != TSR_Q8_S32) {
    e.scale = scale.data();
    e.scale_stride = per_column;
    if (r.one_in(3)) e.row_scale = row_scale.data();
  }
  if (output == TSR_Q8_F32 && r.one_in(2)) e.float_bias = float_bias.data();
  if (output >= TSR_Q8_U8) e.zero_point = static_cast<std::int32_t>(r.integer(e.low, e.high));
  if (output != TSR_Q8_S32 && r.one_in(2) &&
      tsr_q8_set_activation(&e, static_cast<std::int32_t>(r.integer(TSR_Q8_LINEAR, TSR_Q8_RELU6)), 0.05f) != TSR_OK)
    return testing::AssertionFailure() << "activation";
  const bool plain = output == TSR_Q8_S32 && e.bias == nullptr && r.one_in(2);

  // C by rows, by columns, or with gaps.
  const index_t size = output <= TSR_Q8_F32 ? 4 : 1, pad = r.one_in(2) ? 0 : r.integer(1, 5);
  index_t c_rs = n + pad, c_cs = 1;
  if (const index_t layout = r.integer(0, 3); layout == 2) {
    c_rs = 1;
    c_cs = m + pad;
  } else if (layout == 3) {
    c_rs = 2 * n + pad;
    c_cs = 2;
  }
  const index_t count = (m - 1) * c_rs + (n - 1) * c_cs + 1;
  char* const out = buffer(2).place(static_cast<std::size_t>(count * size), r.one_in(2) ? Side::end : Side::start);
  fill_bytes(r, out, count * size);
  std::vector<char> want(out, out + count * size);
  for (index_t i = 0; i < m; ++i) {
    for (index_t j = 0; j < n; ++j) {
      std::uint32_t sum = static_cast<std::uint32_t>(
          dot_q8(k, a.values.data() + i * k, a.zeros[i], b.values.data() + j * k, b.zeros[j]));
      if (e.bias != nullptr) sum += static_cast<std::uint32_t>(bias[j]);
      const std::int32_t s = static_cast<std::int32_t>(sum);
      const index_t at = per_column ? j : 0;
      const float by_row = e.row_scale != nullptr ? row_scale[i] : 1.0f;
      char* const to = &want[static_cast<std::size_t>((i * c_rs + j * c_cs) * size)];
      if (output == TSR_Q8_S32) {
        std::memcpy(to, &s, 4);
      } else if (output == TSR_Q8_F32) {
        const float product = static_cast<float>(s) * scale[at];
        float x = product * by_row;
        if (e.float_bias != nullptr) x += float_bias[j];
        x = x < e.float_low ? e.float_low : x > e.float_high ? e.float_high : x;
        std::memcpy(to, &x, 4);
      } else {
        const std::int32_t y = fixed ? requantize_fixed(s, multiplier[at], shift[at], e.zero_point, e.low, e.high)
                                     : requantize(s, scale[at], by_row, e.zero_point, e.low, e.high);
        *to = static_cast<char>(y);
      }
    }
  }

  tsr_context* created = nullptr;
  if (tsr_context_create(&created) != TSR_OK) return testing::AssertionFailure() << "no context";
  const std::unique_ptr<tsr_context, void (*)(tsr_context*)> context(created, tsr_context_destroy);
  tsr_context_set_num_threads(context.get(), c.threads);
  if (tsr_context_set_isa(context.get(), isa_info(c.isa).name) != TSR_OK)
    return testing::AssertionFailure() << "cannot use " << isa_info(c.isa).name;
  const tsr_q8_epilogue* const epilogue = plain ? nullptr : &e;
  tsr_status status;
  if (c.packed) {
    tsr_q8_weights* weights = nullptr;
    status = tsr_q8_weights_create(context.get(), n, k, &b.matrix, &weights);
    if (status == TSR_OK) status = tsr_gemm_q8_packed(context.get(), m, &a.matrix, weights, epilogue, out, c_rs, c_cs);
    tsr_q8_weights_destroy(weights);
  } else {
    status = tsr_gemm_q8(context.get(), m, n, k, &a.matrix, &b.matrix, epilogue, out, c_rs, c_cs);
  }
  const auto failure = [&] {
    return testing::AssertionFailure() << "TESSERA_TEST_LINE='" << c.line()
                                       << "' quant_test --gtest_filter='Q8Line.Reproduce'\n";
  };
  if (status != TSR_OK) return failure() << "status " << status;
  for (index_t i = 0; i < count * size; ++i) {
    if (out[i] == want[static_cast<std::size_t>(i)]) continue;
    const index_t element = i / size;
    return failure() << "output " << output << " fixed " << fixed << ", element " << element << " (strides " << c_rs
                     << ", " << c_cs << ", n " << n << ") differs: "
                     << (size == 4 ? *reinterpret_cast<std::int32_t*>(out + element * 4) : out[element])
                     << ", expected "
                     << (size == 4 ? *reinterpret_cast<std::int32_t*>(&want[static_cast<std::size_t>(element * 4)])
                                   : want[static_cast<std::size_t>(element)]);
  }
  if (!buffer(2).untouched()) return failure() << "wrote outside C";
  if (!a.untouched(0) || !b.untouched(1)) return failure() << "wrote to an operand";
  return testing::AssertionSuccess();
}

}  // namespace tessera::test
