// Products of weights in blocks with rows made 8-bit numbers: the bits of the definition by every path, and its error.
#include "reference/block_q8.h"

#include <cmath>
#include <sstream>
#include <vector>

#include "gemm/narrow.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/int8_isas.h"

namespace tessera::test {
namespace {

class BlockQ8Gemm : public testing::TestWithParam<Isa> {};

TEST_P(BlockQ8Gemm, BitsOfTheDefinitionWithinTheBound) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  GuardedBuffer a_buffer(1 << 22), b_buffer(1 << 20), c_buffer(1 << 20);
  Random r(test_seed());
  for (std::ptrdiff_t i = 0; i < scaled_count(150); ++i) {
    const Storage storage = r.one_of({Storage::s8, Storage::s4, Storage::u4});
    const index_t m = r.one_in(3) ? r.integer(1, 4) : r.integer(1, r.one_in(8) ? 300 : 40);
    const index_t n = r.one_in(4) ? r.integer(1, 4) : r.integer(1, 200);
    const index_t k = r.one_in(10) ? 1 : r.one_in(10) ? r.integer(1000, 3000) : r.integer(1, m > 100 ? 100 : 300);
    const bool a_rows = !r.one_in(3), c_rows = !r.one_in(3);
    const float alpha = r.one_in(2) ? 1.0f : r.one_in(8) ? 0.0f : r.number<float>();
    const float beta = r.one_in(2) ? 0.0f : r.number<float>();
    GemmSettings settings;
    settings.executor.threads = r.one_in(2) ? 1 : 2;
    std::ostringstream text;
    text << isa_info(GetParam()).name << " " << name_of(storage) << " case " << i << ": " << m << " x " << n << " x "
         << k << ", by rows " << a_rows << c_rows << ", alpha " << alpha << ", beta " << beta << ", threads "
         << settings.executor.threads;
    set_current_case(text.str());
    const auto place = [&](GuardedBuffer& buffer, index_t bytes) {
      return buffer.place(static_cast<std::size_t>(bytes), r.one_in(2) ? Side::start : Side::end);
    };
    std::vector<float> b(static_cast<std::size_t>(k * n));
    r.fill(b.data(), k * n);
    const StoredPanels panels{storage, n, k, place(b_buffer, StoredPanels{storage, n, k, nullptr}.bytes())};
    ASSERT_TRUE(quantise_panels(panels, b.data(), n, 1, {}));
    widen_panels(panels, b.data(), n, 1);
    const index_t pad = r.integer(0, 3), a_rs = a_rows ? k + pad : 1, a_cs = a_rows ? 1 : m + pad;
    const index_t a_count = (m - 1) * a_rs + (k - 1) * a_cs + 1;
    auto* const a = reinterpret_cast<float*>(place(a_buffer, a_count * 4));
    r.fill(a, a_count);
    const index_t c_rs = c_rows ? n + 3 : 1, c_cs = c_rows ? 1 : m + 3, count = (m - 1) * c_rs + (n - 1) * c_cs + 1;
    auto* const c = reinterpret_cast<float*>(place(c_buffer, count * 4));
    r.fill(c, count);
    std::vector<float> want(c, c + count);
    const BlockQ8Product product{storage, panels.data, m, n, k, alpha, a, a_rs, a_cs, beta, want.data(), c_rs, c_cs};
    multiply_block_q8(product);

    GemmExtras extras;
    extras.b_stored = &panels;
    const GemmCall call{DType::f32, false,   false, m, n,     k, &alpha, a,    a_rs,
                        a_cs,       nullptr, 0,     0, &beta, c, c_rs,   c_cs, &extras};
    gemm_block_q8(call, settings, *find_int8(GetParam()));
    ASSERT_EQ(first_difference(c, want.data(), count), -1) << text.str();
    ASSERT_TRUE(a_buffer.untouched() && b_buffer.untouched() && c_buffer.untouched()) << text.str();

    if (beta != 0.0f) continue;
    for (int probe = 0; probe < 5; ++probe) {
      const index_t row = r.integer(0, m - 1), column = r.integer(0, n - 1);
      double exact = 0;
      for (index_t p = 0; p < k; ++p)
        exact += static_cast<double>(alpha * a[row * a_rs + p * a_cs]) * static_cast<double>(b[p * n + column]);
      const double error = std::fabs(static_cast<double>(c[row * c_rs + column * c_cs]) - exact);
      ASSERT_LE(error, block_q8_bound(product, row, column)) << text.str();
    }
  }
}

// A row does not change because others are computed beside it, but where it is not finite it is NaN.
TEST_P(BlockQ8Gemm, RowsAreTheirOwn) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const index_t m = 21, n = 130, k = 200;
  Random r(test_seed());
  std::vector<float> a(m * k), b(k * n), c(m * n), one(n);
  r.fill(a.data(), m * k);
  r.fill(b.data(), k * n);
  a[3 * k + 150] = HUGE_VALF;
  a[20 * k + 199] = NAN;
  for (const Storage storage : {Storage::s8, Storage::s4, Storage::u4}) {
    std::vector<char> data(static_cast<std::size_t>(StoredPanels{storage, n, k, nullptr}.bytes()));
    const StoredPanels panels{storage, n, k, data.data()};
    ASSERT_TRUE(quantise_panels(panels, b.data(), n, 1, {}));
    GemmExtras extras;
    extras.b_stored = &panels;
    const float alpha = 1, beta = 0;
    GemmCall call{DType::f32, false,   false, m, n,     k,        &alpha, a.data(), k,
                  1,          nullptr, 0,     0, &beta, c.data(), n,      1,        &extras};
    gemm_block_q8(call, {}, *find_int8(GetParam()));
    call.m = 1;
    call.c = one.data();
    for (index_t i = 0; i < m; ++i) {
      if (i == 3 || i == 20) {
        for (index_t j = 0; j < n; ++j) ASSERT_TRUE(std::isnan(c[i * n + j])) << i << " " << j;
        continue;
      }
      call.a = a.data() + i * k;
      gemm_block_q8(call, {}, *find_int8(GetParam()));
      ASSERT_EQ(first_difference(c.data() + i * n, one.data(), n), -1) << name_of(storage) << " row " << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, BlockQ8Gemm, testing::ValuesIn(all_int8_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
