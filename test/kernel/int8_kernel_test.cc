// Every 8-bit kernel of the registry on every tile it may be given: exact sums, between guard pages.
#include <cstring>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/int_math.h"
#include "reference/quant.h"
#include "support/guarded_buffer.h"
#include "support/int8_isas.h"

namespace tessera::test {
namespace {

struct TileCase {
  bool in_place;
  int h, nv, tail;
  index_t k;
  bool add_c;  // false: C is not read
  std::int32_t column_factor;
  bool row_terms;  // packed kernels
  bool flip;       // kernels that read A in place
  index_t runs;    // 0: the rows of A are one piece each, and so are those of C
  index_t more;    // tiles behind the first one: kernels that read A in place and make bytes
  bool bytes;      // C becomes bytes, by scales of columns or one scale
  bool bias;
  index_t pad_a, pad_c;
  Side side;
};

std::string text(const TileCase& c) {
  std::ostringstream s;
  s << (c.in_place ? "in place" : "packed") << " tile " << c.h << " rows x " << c.nv << " vectors, " << c.tail
    << " columns in the last, k " << c.k << ", add to C " << c.add_c << ", column factor " << c.column_factor
    << ", row terms " << c.row_terms << ", flip " << c.flip << ", runs " << c.runs << ", more tiles " << c.more
    << ", bytes " << c.bytes << ", bias " << c.bias << ", padding of A " << c.pad_a << ", of C " << c.pad_c
    << ", against the guard page at the " << (c.side == Side::end ? "end" : "start");
  return s.str();
}

class Bench {
 public:
  explicit Bench(Isa isa)
      : isa_(isa),
        tiles_(*find_int8(isa)->kernels.tiles),
        left_(find_int8(isa)->kernels.kernels[0].a),
        right_(find_int8(isa)->kernels.kernels[0].b) {}

  const TileSet& tiles() const { return tiles_; }

  testing::AssertionResult check(const TileCase& c, GemmTileFn kernel) {
    // A run fills whole groups of B's panel.
    const index_t h = c.h * (c.more + 1), run = c.runs > 0 ? round_up(c.k, tiles_.left.group) : c.k,
                  k = c.runs > 0 ? c.runs * run : c.k, panel = c.nv * tiles_.lanes,
                  w = (c.nv - 1) * tiles_.lanes + c.tail;
    set_current_case(std::string(isa_info(isa_).name) + " int8 " + text(c));

    // The operands as numbers, then as panels.
    std::vector<std::int32_t> a(static_cast<std::size_t>(h * k)), b(static_cast<std::size_t>(k * w));
    std::vector<std::uint32_t> row_terms(static_cast<std::size_t>(h)), column_terms(static_cast<std::size_t>(w));
    GemmTileArgs g{};
    g.k = c.k;
    // Pointers of a tile: to its rows of each run; of bytes, as far apart.
    std::vector<const void*> rows(static_cast<std::size_t>(c.runs * h));
    std::vector<void*> out_rows(rows.size());
    const auto pointer = [&](index_t row, index_t of_run) {
      return static_cast<std::size_t>((row / c.h * c.runs + of_run) * c.h + row % c.h);
    };
    g.more_tiles = c.more;
    g.next_tile = c.runs * c.h * index_t{sizeof(void*)};
    if (c.in_place && c.runs > 0) {
      // Pieces in another order than they are used in.
      const index_t ld = c.k + c.pad_a, pieces = c.runs * h, bytes = c.k > 0 ? (pieces - 1) * ld + c.k : 0;
      std::uint8_t* p = reinterpret_cast<std::uint8_t*>(a_.place(static_cast<std::size_t>(bytes), c.side));
      fill_bytes(random_, p, bytes);
      for (index_t piece = 0; piece < pieces; ++piece) {
        const index_t i = piece % h, at = (piece + 1) % pieces * ld;
        rows[pointer(i, piece / h)] = p + at;
        for (index_t q = 0; q < c.k; ++q)
          a[static_cast<std::size_t>(i * k + piece / h * run + q)] = byte_value(p[at + q], false) ^ (c.flip ? 0x80 : 0);
      }
      g.rows = rows.data();
      g.runs = c.runs;
      g.run_rows = c.h;
      if (c.pad_c % 2 == 0) {
        // The same piece distance for all rows.
        for (index_t piece = 0; piece < pieces; ++piece) {
          const index_t i = piece % h, at = piece / h * h * ld + i * ld;
          if (piece < h) rows[pointer(i, 0)] = p + at;
          for (index_t q = 0; q < c.k; ++q)
            a[static_cast<std::size_t>(i * k + piece / h * run + q)] =
                byte_value(p[at + q], false) ^ (c.flip ? 0x80 : 0);
        }
        g.run_rows = 0;
        g.run_bytes = h * ld;
      }
      g.b_run = panel * run * tiles_.right.element;
    } else if (c.in_place) {
      const index_t ld = k + c.pad_a, bytes = k > 0 ? (h - 1) * ld + k : 0;
      std::uint8_t* p = reinterpret_cast<std::uint8_t*>(a_.place(static_cast<std::size_t>(bytes), c.side));
      fill_bytes(random_, p, bytes);
      for (index_t i = 0; i < h; ++i)
        for (index_t q = 0; q < k; ++q) a[i * k + q] = byte_value(p[i * ld + q], false) ^ (c.flip ? 0x80 : 0);
      g.a = p;
      g.a_row = ld;
    } else {
      g.a = make_panel(a_, left_, tiles_.left, h, h, k, c.side, slack(), a, row_terms, k);
    }
    g.b = make_panel(b_, right_, tiles_.right, panel, w, k, c.side, 0, b, column_terms, c.k);

    const index_t ldc = w + c.pad_c, c_size = (h - 1) * ldc + w;
    std::int32_t* out = reinterpret_cast<std::int32_t*>(c_.place(static_cast<std::size_t>(c_size) * 4, c.side));
    for (index_t i = 0; i < c_size; ++i) out[i] = static_cast<std::int32_t>(random_.next());
    std::vector<std::int32_t> want(out, out + c_size);
    // Bytes, and what they are made with.
    const std::int32_t zero = static_cast<std::int32_t>(random_.integer(-128, 255)), low = zero < 0 ? -128 : zero / 2,
                       high = zero < 0 ? 100 : 255;
    const index_t ld_out = w + c.pad_c;
    std::vector<std::int32_t> bias(static_cast<std::size_t>(w));
    std::vector<float> scale(static_cast<std::size_t>(w));
    for (std::int32_t& x : bias) x = static_cast<std::int32_t>(random_.next()) >> 16;
    for (float& x : scale) x = 0.002f * (1.5f + random_.number<float>());
    const bool one_scale = c.bias != c.add_c;
    std::uint8_t* const bytes =
        reinterpret_cast<std::uint8_t*>(d_.place(static_cast<std::size_t>(c.bytes ? (h - 1) * ld_out + w : 0), c.side));
    fill_bytes(random_, bytes, c.bytes ? (h - 1) * ld_out + w : 0);
    std::vector<std::uint8_t> want_bytes(bytes, bytes + (c.bytes ? (h - 1) * ld_out + w : 0));
    const ByteOutput output{
        c.bias ? bias.data() : nullptr,  scale.data(), one_scale ? 0 : 1, static_cast<float>(low - zero),
        static_cast<float>(high - zero), zero};
    if (c.bytes) {
      g.bytes = &output;
      g.out = bytes;
      g.out_row = ld_out;
      if (c.runs > 0) {
        g.out_column = c.pad_a;
        for (index_t i = 0; i < h; ++i) out_rows[pointer(i, 0)] = bytes + (i + 1) % h * ld_out - g.out_column;
        g.out_rows = out_rows.data();
      }
    }
    for (index_t i = 0; i < h; ++i) {
      for (index_t j = 0; j < w; ++j) {
        std::uint32_t sum = c.add_c ? static_cast<std::uint32_t>(out[i * ldc + j]) : 0;
        for (index_t p = 0; p < k; ++p) sum += static_cast<std::uint32_t>(a[i * k + p] * b[p * w + j]);
        sum += static_cast<std::uint32_t>(c.column_factor) * column_terms[j];
        if (c.row_terms) sum += row_terms[i];
        if (c.bytes) {
          if (c.bias) sum += static_cast<std::uint32_t>(bias[static_cast<std::size_t>(j)]);
          const index_t row = c.runs > 0 ? (i + 1) % h : i;
          want_bytes[static_cast<std::size_t>(row * ld_out + j)] = static_cast<std::uint8_t>(
              requantize(static_cast<std::int32_t>(sum), scale[static_cast<std::size_t>(one_scale ? 0 : j)], 1.0f, zero,
                         low, high));
          continue;
        }
        want[i * ldc + j] = static_cast<std::int32_t>(sum);
      }
    }
    const std::int32_t one = 1;
    g.c = out;
    g.c_row = ldc * 4;
    g.beta = c.add_c ? &one : nullptr;
    g.n_tail = c.tail;
    const index_t groups_bytes = panel * (tiles_.right.line(k) - tiles_.right.trailer);
    g.column_factor = c.column_factor;
    g.column_terms = c.column_factor != 0 ? static_cast<const char*>(g.b) + groups_bytes : nullptr;
    if (c.row_terms) g.row_terms = static_cast<const char*>(g.a) + h * (tiles_.left.line(k) - tiles_.left.trailer);
    g.flip_a = c.flip;
    g.prefetch_a = g.prefetch_b = 512;
    g.prefetch_c = k % 2 ? static_cast<const void*>(out) : nullptr;
    kernel(g);

    for (index_t i = 0; i < c_size; ++i) {
      if (out[i] == want[i]) continue;
      return testing::AssertionFailure() << text(c) << ": row " << i / ldc << " column " << i % ldc
                                         << (i % ldc >= w ? " (padding)" : "") << " is " << out[i] << ", expected "
                                         << want[i];
    }
    for (std::size_t i = 0; i < want_bytes.size(); ++i)
      if (bytes[i] != want_bytes[i])
        return testing::AssertionFailure()
               << text(c) << ": byte " << i << " is " << int{bytes[i]} << ", expected " << int{want_bytes[i]};
    if (!c_.untouched() || !d_.untouched()) return testing::AssertionFailure() << text(c) << ": wrote outside C";
    if (!a_.untouched() || !b_.untouched()) return testing::AssertionFailure() << text(c) << ": wrote to an operand";
    return testing::AssertionSuccess();
  }

 private:
  // Where the ISA multiplies by lanes of a register, panels of A may be read past their end.
  index_t slack() const { return isa_ == Isa::neon || isa_ == Isa::neondot || isa_ == Isa::neoni8mm ? 64 : 0; }

  // A panel of random numbers of the type it has, zero where `filled` steps of a run do not fill a group and past the
  // `width` that exists.
  const void* make_panel(GuardedBuffer& buffer, DType type, const PanelFormat& f, index_t panel, index_t width,
                         index_t k, Side side, index_t past_end, std::vector<std::int32_t>& values,
                         std::vector<std::uint32_t>& terms, index_t filled) {
    const index_t bytes = panel * f.line(k);
    char* p = buffer.place(static_cast<std::size_t>(bytes + past_end), side);
    std::memset(p, 0, static_cast<std::size_t>(bytes));
    std::memset(p + bytes, 0x55, static_cast<std::size_t>(past_end));
    const bool left = &f == &tiles_.left;
    for (index_t i = 0; i < width; ++i) {
      for (index_t q = 0; q < k; ++q) {
        if (q % round_up(filled, f.group) >= filled) continue;
        std::uint8_t byte;
        fill_bytes(random_, &byte, 1);
        const bool wide = type == DType::s16;
        // 16-bit panels hold what either kind of byte has: -128 .. 255.
        const std::int32_t x = byte_value(byte, type == DType::s8 || (wide && random_.one_in(2)));
        char* at = p + ((q / f.group * panel + i) * f.group + q % f.group) * f.element;
        const std::int16_t both = static_cast<std::int16_t>(x);
        std::memcpy(at, wide ? static_cast<const void*>(&both) : &byte, static_cast<std::size_t>(f.element));
        values[static_cast<std::size_t>(left ? i * k + q : q * width + i)] = x;
      }
    }
    for (index_t i = 0; i < panel; ++i) {
      const std::uint32_t term = static_cast<std::uint32_t>(random_.next());
      std::memcpy(p + bytes - 4 * (panel - i), &term, 4);
      if (i < width) terms[static_cast<std::size_t>(i)] = term;
    }
    return p;
  }

  Isa isa_;
  const TileSet& tiles_;
  DType left_, right_;
  Random random_{test_seed()};
  GuardedBuffer a_{1 << 18}, b_{1 << 19}, c_{1 << 18}, d_{1 << 14};
};

void vary(Bench& bench, bool in_place, int h, int nv, GemmTileFn kernel) {
  const int lanes = bench.tiles().lanes;
  int turn = h + 3 * nv;
  const auto run = [&](int tail, index_t k) {
    TileCase c{};
    c.in_place = in_place;
    c.h = h;
    c.nv = nv;
    c.tail = tail;
    c.k = k;
    c.add_c = turn % 2;
    c.column_factor = turn % 3 == 0 ? 0 : turn % 3 == 1 ? -128 : turn * 7919;
    c.row_terms = !in_place && turn / 2 % 2;
    c.flip = in_place && turn / 3 % 2;
    c.runs = in_place ? turn / 5 % 4 : 0;
    c.bytes = turn / 4 % 2;
    c.bias = c.bytes && turn / 8 % 2;
    c.more = in_place && c.bytes && !c.add_c ? turn / 7 % 3 : 0;
    c.pad_a = turn / 2 % 3;
    c.pad_c = turn / 3 % 4;
    c.side = turn / 5 % 2 ? Side::end : Side::start;
    ++turn;
    ASSERT_TRUE(bench.check(c, kernel));
  };
  for (index_t k = 0; k <= 40; ++k) {
    run(lanes, k);
    if (testing::Test::HasFatalFailure()) return;
  }
  for (int tail = 1; tail <= lanes; ++tail) {
    for (const index_t k : {0, 1, 3, 8, 19}) {
      run(tail, k);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

class Int8Kernel : public testing::TestWithParam<Isa> {};

TEST_P(Int8Kernel, EveryTile) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Bench bench(GetParam());
  const TileSet& set = bench.tiles();
  for (int nv = 1; nv <= set.max_width; ++nv) {
    for (int h = 1; h <= set.max_height[nv]; ++h) {
      ASSERT_NE(set.packed[nv][h], nullptr);
      vary(bench, false, h, nv, set.packed[nv][h]);
      if (HasFatalFailure()) return;
      if (h > set.max_height_direct[nv]) continue;
      ASSERT_NE(set.direct[nv][h], nullptr);
      EXPECT_EQ(set.direct[nv][h], set.direct_tail[nv][h]);
      vary(bench, true, h, nv, set.direct[nv][h]);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(Int8Kernel, EveryDescriptor) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  Bench bench(GetParam());
  const KernelList& list = find_int8(GetParam())->kernels;
  for (std::size_t i = 0; i < list.count; ++i) {
    const KernelDescriptor& kernel = list.kernels[i];
    char name[kKernelNameSize];
    kernel_name(kernel, name);
    SCOPED_TRACE(name);
    vary(bench, false, kernel.mr, kernel.nr / list.tiles->lanes, kernel.packed);
    if (HasFatalFailure()) return;
  }
}

// A product of the largest numbers, so long that its sum passes 2^31: modulo 2^32 it is the same on every ISA.
TEST_P(Int8Kernel, SumsWrapAround) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const TileSet& set = *find_int8(GetParam())->kernels.tiles;
  const KernelDescriptor& kernel = find_int8(GetParam())->kernels.kernels[0];
  const bool wide = kernel.a == DType::s16;
  const std::int32_t high_a = kernel.a == DType::s8 ? -128 : 255, high_b = kernel.b == DType::s8 ? -128 : 255;
  for (const index_t k : {16512, 33024, 33025, 66048, 131072, 140007}) {
    const index_t padded = round_up(k, set.left.group);
    std::vector<char> a(static_cast<std::size_t>(padded * set.left.element + 64)),
        b(static_cast<std::size_t>(padded * set.lanes * set.right.element + 64));
    const auto put = [&](std::vector<char>& to, index_t i, std::int32_t x) {
      const std::int16_t both = static_cast<std::int16_t>(x);
      std::memcpy(&to[static_cast<std::size_t>(i * (wide ? 2 : 1))], &both, wide ? 2 : 1);
    };
    for (index_t p = 0; p < k; ++p) {
      put(a, p, high_a);
      for (index_t j = 0; j < set.lanes; ++j)
        put(b, (p / set.right.group * set.lanes + j) * set.right.group + p % set.right.group, high_b);
    }
    std::vector<std::int32_t> c(static_cast<std::size_t>(set.lanes), -1);
    GemmTileArgs g{};
    g.a = a.data();
    g.b = b.data();
    g.c = c.data();
    g.k = k;
    g.c_row = set.lanes * 4;
    g.n_tail = set.lanes;
    set.packed[1][1](g);
    const std::int32_t want = static_cast<std::int32_t>(static_cast<std::uint32_t>(k * high_a * high_b));
    for (const std::int32_t x : c) ASSERT_EQ(x, want) << "k " << k;
  }
}

TEST(Int8Registry, NamesSayTheShapeAndTilesFit) {
  std::set<std::string> names;
  for (const Int8Entry& e : compiled_int8_isas()) {
    EXPECT_EQ(find_int8(e.isa), &e);
    EXPECT_EQ(e.packers->isa, e.isa);
    EXPECT_EQ(e.kernels.tiles->type, DType::s32);
    EXPECT_FALSE(e.kernels.kernels[0].test_only) << "the default kernel";
    for (std::size_t i = 0; i < e.kernels.count; ++i) {
      const KernelDescriptor& kernel = e.kernels.kernels[i];
      char text[kKernelNameSize];
      kernel_name(kernel, text);
      EXPECT_TRUE(names.insert(text).second) << text << " is there twice";
      std::ostringstream want;
      want << "gemm_" << name_of(kernel.a) << name_of(kernel.b) << "s32_" << kernel.mr << "x" << kernel.nr << "x"
           << kernel.kr << "_u" << kernel.k_unroll << "_" << isa_info(e.isa).name;
      EXPECT_EQ(text, want.str());
      EXPECT_EQ(kernel.a, e.packers->left_type);
      EXPECT_EQ(kernel.b, e.packers->right_type);
      EXPECT_EQ(kernel.kr, e.kernels.tiles->left.group);
      EXPECT_EQ(kernel.kr, e.kernels.tiles->right.group);
      EXPECT_EQ(size_of(kernel.a), e.kernels.tiles->left.element);
      EXPECT_EQ(e.kernels.tiles->left.trailer, 4);
      EXPECT_EQ(e.kernels.tiles->right.trailer, 4);
    }
  }
  EXPECT_EQ(compiled_int8_isas().begin()->isa, Isa::baseline);
  EXPECT_EQ(best_int8(Isa::baseline).isa, Isa::baseline);
  // Some instruction sets have real kernels alone.
  for (const Int8Entry& e : compiled_int8_isas()) {
    if (e.isa <= best_isa().isa) {
      EXPECT_GE(best_int8().isa, e.isa);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, Int8Kernel, testing::ValuesIn(all_int8_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
