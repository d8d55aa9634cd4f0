// Every 8-bit packer of the registry against the formulas of pack/int8_contract.h, between guard pages.
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "base/int_math.h"
#include "support/guarded_buffer.h"
#include "support/int8_isas.h"

namespace tessera::test {
namespace {

struct PackCase {
  bool left, src_signed;
  index_t width, k, panel, inc_w, inc_k;
  bool terms;
  std::int32_t factor, constant;
  Side side;
};

std::string text(const PackCase& c) {
  std::ostringstream s;
  s << (c.left ? "left" : "right") << (c.src_signed ? " s8" : " u8") << " width " << c.width << ", k " << c.k
    << ", panel " << c.panel << ", strides " << c.inc_w << " and " << c.inc_k << ", terms " << c.terms << " factor "
    << c.factor << " constant " << c.constant << ", against the guard page at the "
    << (c.side == Side::end ? "end" : "start");
  return s.str();
}

class Bench {
 public:
  explicit Bench(Isa isa) : isa_(isa), entry_(*find_int8(isa)) {}

  testing::AssertionResult check(const PackCase& c) {
    set_current_case(std::string(isa_info(isa_).name) + " int8 " + text(c));
    index_t low = 0, high = 0;
    if (c.k > 0)
      for (const index_t reach : {(c.width - 1) * c.inc_w, (c.k - 1) * c.inc_k}) (reach < 0 ? low : high) += reach;
    const index_t elements = c.k > 0 ? high - low + 1 : 0;
    auto* const src = reinterpret_cast<std::uint8_t*>(src_.place(static_cast<std::size_t>(elements), c.side));
    fill_bytes(random_, src, elements);
    const std::vector<std::uint8_t> before(src, src + elements);

    const TileSet& tiles = *entry_.kernels.tiles;
    const PanelFormat& f = c.left ? tiles.left : tiles.right;
    const DType type = c.left ? entry_.packers->left_type : entry_.packers->right_type;
    const index_t steps_bytes = round_up(c.k, f.group) * c.panel * f.element;
    const index_t bytes = steps_bytes + (c.terms ? 4 * c.panel : 0);
    char* const dst = dst_.place(static_cast<std::size_t>(bytes), c.side);
    fill_bytes(random_, dst, bytes);

    // The formulas.
    std::vector<char> want(static_cast<std::size_t>(bytes));
    for (index_t i = 0; i < c.panel; ++i) {
      std::uint32_t sum = 0;
      for (index_t p = 0; p < c.k && i < c.width; ++p) {
        const std::int32_t x = byte_value(src[i * c.inc_w + p * c.inc_k - low], c.src_signed) +
                               (type == DType::s16                   ? 0
                                : type == DType::u8 && c.src_signed  ? 128
                                : type == DType::s8 && !c.src_signed ? -128
                                                                     : 0);
        sum += static_cast<std::uint32_t>(x);
        const std::int16_t both = static_cast<std::int16_t>(x);
        std::memcpy(&want[static_cast<std::size_t>(((p / f.group * c.panel + i) * f.group + p % f.group) * f.element)],
                    &both, static_cast<std::size_t>(f.element));
      }
      const std::uint32_t term = static_cast<std::uint32_t>(c.factor) * sum + static_cast<std::uint32_t>(c.constant);
      if (c.terms) std::memcpy(&want[static_cast<std::size_t>(steps_bytes + 4 * i)], &term, 4);
    }

    const PackInt8Args args{dst,     src - low, c.src_signed, c.width,  c.panel,   c.k,
                            c.inc_w, c.inc_k,   c.terms,      c.factor, c.constant};
    (c.left ? entry_.packers->left : entry_.packers->right)(args);

    for (index_t i = 0; i < bytes; ++i) {
      if (dst[i] == want[static_cast<std::size_t>(i)]) continue;
      return testing::AssertionFailure() << text(c) << ": byte " << i << " of " << bytes << " (terms at " << steps_bytes
                                         << ") is " << static_cast<int>(dst[i]) << ", expected "
                                         << static_cast<int>(want[static_cast<std::size_t>(i)]);
    }
    if (!dst_.untouched()) return testing::AssertionFailure() << text(c) << ": wrote outside the panel";
    if (!src_.untouched() || (!before.empty() && std::memcmp(src, before.data(), before.size()) != 0))
      return testing::AssertionFailure() << text(c) << ": wrote to the source";
    return testing::AssertionSuccess();
  }
  Random& random() { return random_; }

 private:
  Isa isa_;
  const Int8Entry& entry_;
  Random random_{test_seed()};
  GuardedBuffer src_{1 << 19}, dst_{1 << 19};
};

class Int8Pack : public testing::TestWithParam<Isa> {};

TEST_P(Int8Pack, EveryShape) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Bench bench(GetParam());
  Random& r = bench.random();
  const TileSet& tiles = *find_int8(GetParam())->kernels.tiles;
  for (const bool left : {true, false}) {
    for (index_t width = 1; width <= (left ? kMaxTileHeight : 4 * tiles.lanes); ++width) {
      for (index_t k = 0; k <= 140; k += k < 40 ? 1 : r.integer(1, 15)) {
        const index_t pad = r.one_in(2) ? 0 : r.integer(1, 5);
        const index_t strides[][2] = {{1, width + pad},
                                      {k + 1 + pad, 1},
                                      {1, -(width + pad)},
                                      {-(k + 1 + pad), 1},
                                      {-1, width + pad},
                                      {2, 2 * width + pad},
                                      {0, 1},
                                      {1, 0}};
        for (const auto& s : strides) {
          if (scaled_count(100) < 100 && r.integer(1, 100) > scaled_count(100)) continue;
          const index_t panel = left ? width : round_up(width, tiles.lanes);
          const bool terms = r.one_in(2);
          const PackCase c{left,
                           r.one_in(2),
                           width,
                           k,
                           panel,
                           s[0],
                           s[1],
                           terms,
                           terms ? static_cast<std::int32_t>(r.integer(-300, 300)) : 1,
                           static_cast<std::int32_t>(r.next()),
                           r.one_in(2) ? Side::start : Side::end};
          ASSERT_TRUE(bench.check(c));
        }
      }
    }
  }
}

// What a packer adds to numbers: the kernels' formulas take it off again.
TEST(Int8PackOffsets, UndoneByZeroPoints) {
  EXPECT_EQ(panel_offset(DType::u8, false), 0);
  EXPECT_EQ(panel_offset(DType::u8, true), 128);
  EXPECT_EQ(panel_offset(DType::s8, false), -128);
  EXPECT_EQ(panel_offset(DType::s8, true), 0);
  EXPECT_EQ(panel_offset(DType::s16, false), 0);
  EXPECT_EQ(panel_offset(DType::s16, true), 0);
}

INSTANTIATE_TEST_SUITE_P(Isa, Int8Pack, testing::ValuesIn(all_int8_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
