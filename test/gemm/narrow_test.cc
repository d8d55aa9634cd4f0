// Products with operands of fewer bits: the bits of the f32 product of the widened numbers, by every path. That product
// is held to the oracle by other tests.
#include "gemm/narrow.h"

#include <cstring>
#include <sstream>
#include <vector>

#include "base/half.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

float widened(Storage s, std::uint16_t h) { return s == Storage::bf16 ? float_of_bf16(h) : float_of_f16(h); }

// A matrix of 16-bit numbers in any of a few layouts, against a guard page, and what it stands for.
struct Half {
  index_t rs, cs;
  const std::uint16_t* p;
  std::vector<float> wide;  // at the same strides

  Half(Random& r, GuardedBuffer& buffer, Storage s, index_t rows, index_t cols, bool by_rows) {
    const index_t pad = r.integer(0, 5);
    rs = by_rows ? cols + pad : 1;
    cs = by_rows ? 1 : rows + pad;
    const index_t count = (rows - 1) * rs + (cols - 1) * cs + 1;
    auto* const first = reinterpret_cast<std::uint16_t*>(
        buffer.place(static_cast<std::size_t>(count) * 2, r.one_in(2) ? Side::start : Side::end));
    wide.resize(static_cast<std::size_t>(count));
    for (index_t i = 0; i < count; ++i) {
      first[i] = s == Storage::bf16 ? bf16_of_float(r.number<float>()) : f16_of_float(r.number<float>());
      wide[i] = widened(s, first[i]);
    }
    p = first;
  }
};

class NarrowGemm : public testing::TestWithParam<Isa> {};

TEST_P(NarrowGemm, BitsOfTheWidenedProduct) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const IsaEntry& isa = *find_isa(GetParam());
  GuardedBuffer a_buffer(1 << 20), b_buffer(1 << 20), c_buffer(1 << 20);
  Random r(test_seed());
  for (std::ptrdiff_t i = 0; i < scaled_count(400); ++i) {
    const Storage storage = r.one_in(2) ? Storage::bf16 : Storage::f16;
    const index_t m = r.one_in(3) ? r.integer(1, 4) : r.integer(1, r.one_in(4) ? 150 : 70);
    const index_t n = r.one_in(4) ? r.integer(1, 4) : r.integer(1, 300), k = r.one_in(10) ? 1 : r.integer(1, 400);
    const bool a_rows = r.one_in(2), b_rows = r.one_in(2), c_rows = !r.one_in(3), stored = r.one_in(2);
    const float alpha = r.one_in(2) ? 1.0f : r.one_in(8) ? 0.0f : r.number<float>();
    const float beta = r.one_in(2) ? 0.0f : r.number<float>();
    GemmSettings settings;
    settings.isa = &isa;
    settings.executor.threads = r.one_in(2) ? 1 : 2;
    std::ostringstream text;
    text << isa_info(GetParam()).name << " " << name_of(dtype_of(storage)) << " case " << i << ": " << m << " x " << n
         << " x " << k << (stored ? ", stored" : "") << ", by rows " << a_rows << b_rows << c_rows << ", alpha "
         << alpha << ", beta " << beta << ", threads " << settings.executor.threads;
    set_current_case(text.str());
    const Half a(r, a_buffer, storage, m, k, a_rows), b(r, b_buffer, storage, k, n, b_rows);
    const index_t c_rs = c_rows ? n + 3 : 1, c_cs = c_rows ? 1 : m + 3, count = (m - 1) * c_rs + (n - 1) * c_cs + 1;
    auto* const c = reinterpret_cast<float*>(c_buffer.place(static_cast<std::size_t>(count) * 4, Side::end));
    r.fill(c, count);
    std::vector<float> want(c, c + count);
    GemmCall call{DType::f32, false,         false, m,    n,     k,           &alpha, a.wide.data(), a.rs,
                  a.cs,       b.wide.data(), b.rs,  b.cs, &beta, want.data(), c_rs,   c_cs};
    gemm(call, settings);
    call.c = c;
    std::vector<char> data;
    StoredPanels panels{storage, n, k, nullptr};
    GemmExtras extras;
    if (stored) {
      data.resize(static_cast<std::size_t>(panels.bytes()));
      panels.data = data.data();
      store_panels(panels, b.p, b.rs, b.cs, settings.executor);
      extras.b_stored = &panels;
      call.b = nullptr;
      call.extras = &extras;
      gemm(call, settings);
    } else {
      call.a = a.p;
      call.b = b.p;
      gemm_half(call, storage, settings);
    }
    ASSERT_EQ(first_difference(c, want.data(), count), -1) << text.str();
    ASSERT_TRUE(c_buffer.untouched()) << text.str();
  }
}

// Tiles that an epilogue sees cover C once, finished.
TEST_P(NarrowGemm, EpilogueSeesEveryElementOnce) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  class Doubling final : public Epilogue {
   public:
    explicit Doubling(std::vector<float>& c, index_t n) : c_(c), n_(n) {}
    void apply(const FinishedTile& t) const noexcept override {
      for (index_t i = 0; i < t.rows; ++i)
        for (index_t j = 0; j < t.columns; ++j) {
          const index_t row = t.exchanged ? t.column + j : t.row + i, column = t.exchanged ? t.row + i : t.column + j;
          float* const x = reinterpret_cast<float*>(t.p + i * t.row_stride) + j;
          if (!t.exchanged && x != &c_[row * n_ + column]) *x = NAN;
          *x *= 2;
        }
    }

   private:
    std::vector<float>& c_;
    index_t n_;
  };
  Random r(test_seed());
  for (const index_t m : {1, 3, 20, 140}) {
    const index_t n = 150, k = 700;
    std::vector<float> a(m * k), b(k * n), c(m * n), want(m * n);
    std::vector<std::uint16_t> half(k * n);
    r.fill(a.data(), m * k);
    for (index_t i = 0; i < k * n; ++i) b[i] = float_of_bf16(half[i] = bf16_of_float(r.number<float>()));
    std::vector<char> data(static_cast<std::size_t>(StoredPanels{Storage::bf16, n, k, nullptr}.bytes()));
    const StoredPanels panels{Storage::bf16, n, k, data.data()};
    store_panels(panels, half.data(), n, 1, {});
    const float one = 1, zero = 0;
    const Doubling doubling(c, n);
    GemmExtras extras;
    extras.b_stored = &panels;
    extras.epilogue = &doubling;
    GemmSettings settings;
    settings.isa = find_isa(GetParam());
    gemm({DType::f32, false, false, m, n, k, &one, a.data(), k, 1, b.data(), n, 1, &zero, want.data(), n, 1}, settings);
    for (float& x : want) x *= 2;
    gemm({DType::f32, false, false, m, n, k, &one, a.data(), k, 1, nullptr, 0, 0, &zero, c.data(), n, 1, &extras},
         settings);
    EXPECT_EQ(first_difference(c.data(), want.data(), m * n), -1) << m << " rows";
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, NarrowGemm, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
