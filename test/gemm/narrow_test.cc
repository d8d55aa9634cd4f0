// Products with operands of fewer bits: the bits of the f32 product of the widened numbers, by every path. That product
// is held to the oracle by other tests.
#include "gemm/narrow.h"

#include <algorithm>
#include <cmath>
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
    const Storage storage = r.one_of({Storage::bf16, Storage::f16, Storage::s8, Storage::s4, Storage::u4});
    const index_t m = r.one_in(3) ? r.integer(1, 4) : r.integer(1, r.one_in(4) ? 150 : 70);
    const index_t n = r.one_in(4) ? r.integer(1, 4) : r.integer(1, 300), k = r.one_in(10) ? 1 : r.integer(1, 400);
    const bool a_rows = r.one_in(2), b_rows = r.one_in(2), c_rows = !r.one_in(3);
    const bool stored = in_blocks(storage) || r.one_in(2);
    const float alpha = r.one_in(2) ? 1.0f : r.one_in(8) ? 0.0f : r.number<float>();
    const float beta = r.one_in(2) ? 0.0f : r.number<float>();
    GemmSettings settings;
    settings.isa = &isa;
    settings.executor.threads = r.one_in(2) ? 1 : 2;
    std::ostringstream text;
    text << isa_info(GetParam()).name << " " << name_of(storage) << " case " << i << ": " << m << " x " << n << " x "
         << k << (stored ? ", stored" : "") << ", by rows " << a_rows << b_rows << c_rows << ", alpha " << alpha
         << ", beta " << beta << ", threads " << settings.executor.threads;
    set_current_case(text.str());
    const Storage half = in_blocks(storage) ? Storage::bf16 : storage;
    Half a(r, a_buffer, half, m, k, a_rows), b(r, b_buffer, half, k, n, b_rows);
    const index_t c_rs = c_rows ? n + 3 : 1, c_cs = c_rows ? 1 : m + 3, count = (m - 1) * c_rs + (n - 1) * c_cs + 1;
    auto* const c = reinterpret_cast<float*>(c_buffer.place(static_cast<std::size_t>(count) * 4, Side::end));
    r.fill(c, count);
    std::vector<float> want(c, c + count);
    GemmCall call{DType::f32, false,         false, m,    n,     k,           &alpha, a.wide.data(), a.rs,
                  a.cs,       b.wide.data(), b.rs,  b.cs, &beta, want.data(), c_rs,   c_cs};
    std::vector<char> data;
    StoredPanels panels{storage, n, k, nullptr};
    GemmExtras extras;
    if (stored) {
      data.resize(static_cast<std::size_t>(panels.bytes()));
      panels.data = data.data();
      if (in_blocks(storage)) {
        ASSERT_TRUE(quantise_panels(panels, b.wide.data(), b.rs, b.cs, settings.executor));
        widen_panels(panels, b.wide.data(), b.rs, b.cs);
        // A itself is of floats.
        r.fill(a.wide.data(), static_cast<index_t>(a.wide.size()));
      } else {
        store_panels(panels, b.p, b.rs, b.cs, settings.executor);
      }
    }
    gemm(call, settings);
    call.c = c;
    if (stored) {
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

// Every number is within half a step of the one it came from, and what is a multiple of the scale comes back.
TEST(NarrowBlocks, AreNearWhatTheyWereMadeOf) {
  Random r(test_seed());
  for (const Storage storage : {Storage::s8, Storage::s4, Storage::u4}) {
    const index_t n = 70, k = 75;
    std::vector<float> b(static_cast<std::size_t>(k * n)), back(b.size());
    for (float& x : b) x = r.one_in(40) ? 0.0f : 8 * r.number<float>() + 3;
    std::vector<char> data(static_cast<std::size_t>(StoredPanels{storage, n, k, nullptr}.bytes()));
    const StoredPanels panels{storage, n, k, data.data()};
    ASSERT_TRUE(quantise_panels(panels, b.data(), n, 1, {}));
    widen_panels(panels, back.data(), n, 1);
    for (index_t j = 0; j < n; ++j) {
      for (index_t p = 0; p < k; p += kBlockSteps) {
        const index_t end = std::min(p + kBlockSteps, k);
        float low = storage == Storage::u4 ? b[p * n + j] : 0.0f, high = low;
        for (index_t s = p; s < end; ++s) {
          low = std::min(low, b[s * n + j]);
          high = std::max(high, b[s * n + j]);
        }
        const float largest = std::max(-low, high);
        // A step, and what rounding scale and minimum to 11 bits adds; s4's last step on one side is cut off.
        const float step = storage == Storage::s8   ? largest / 127
                           : storage == Storage::s4 ? largest / 8
                                                    : (high - low) / 15;
        const float bound = (storage == Storage::s4 ? 1.0f : 0.5f) * step + 0x1p-10f * (largest + 16 * step);
        for (index_t s = p; s < end; ++s)
          ASSERT_LE(std::fabs(b[s * n + j] - back[s * n + j]), bound) << name_of(storage) << " " << s << " " << j;
      }
    }
    // Again, the numbers of the blocks themselves: the same bits, where scales are found again.
    std::vector<float> grid(b.size()), again(b.size());
    for (index_t s = 0; s < k; ++s)
      for (index_t j = 0; j < n; ++j) {
        const index_t q = s % kBlockSteps == 0 ? 0 : s % kBlockSteps == 1 ? 15 : r.integer(0, 15);
        grid[s * n + j] = storage == Storage::s8 ? 0.25f * static_cast<float>(s % kBlockSteps == 0 ? -127 : q)
                                                 : 0.25f * static_cast<float>(storage == Storage::s4 ? q - 8 : q);
      }
    ASSERT_TRUE(quantise_panels(panels, grid.data(), n, 1, {}));
    widen_panels(panels, again.data(), n, 1);
    EXPECT_EQ(first_difference(grid.data(), again.data(), k * n), -1) << name_of(storage);
    // What no scale can hold.
    for (const float bad : {INFINITY, NAN, 1e30f}) {
      grid[35 * n + 66] = bad;
      EXPECT_FALSE(quantise_panels(panels, grid.data(), n, 1, {})) << name_of(storage) << " " << bad;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, NarrowGemm, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
