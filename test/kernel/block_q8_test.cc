// Every kernel on 8-bit rows and weights in blocks, of every ISA: the bits of the definition, between guard pages.
#include "kernel/block_q8_contract.h"

#include <cmath>
#include <string>
#include <vector>

#include "base/half.h"
#include "kernel/narrow_case.h"
#include "reference/block_q8.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/int8_isas.h"

namespace tessera::test {
namespace {

class BlockQ8Kernels : public testing::TestWithParam<Isa> {};

TEST_P(BlockQ8Kernels, BitsOfTheDefinitionBetweenGuardPages) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const BlockQ8Set& set = *find_int8(GetParam())->block_q8;
  GuardedBuffer source_buffer(1 << 16), a_buffer(1 << 16), b_buffer(1 << 16), c_buffer(1 << 16);
  Random r(test_seed());
  int tiles = 0;
  for (const Storage storage : {Storage::s8, Storage::s4, Storage::u4}) {
    for (int width = 0; width < NarrowTiles::kWidths; ++width) {
      for (int h = 1; h <= kMaxTileHeight; ++h) {
        const NarrowTileFn kernel = set.tiles.tile[static_cast<int>(storage)][width][h];
        ASSERT_EQ(kernel != nullptr, h <= set.tiles.max_height[width]);
        if (kernel == nullptr) continue;
        ++tiles;
        for (const index_t k : {0, 1, 32, 45, 100}) {
          if (!chosen(r.next())) continue;
          const NarrowCase drawn(r, storage, set.tiles.lanes, width, h, k);
          const index_t n = drawn.n, ldc = drawn.ldc, column = drawn.column, blocks = (k + 31) / 32;
          const float beta = drawn.beta;
          const index_t inc_k = r.integer(1, 2), lda = r.integer(0, 1) + k * inc_k;
          const Side side = r.one_in(2) ? Side::start : Side::end;
          const float alpha = r.one_in(2) ? 1.0f : r.number<float>();
          const std::string text = drawn.text(GetParam());
          set_current_case(text);

          const index_t a_count = k > 0 ? (h - 1) * lda + (k - 1) * inc_k + 1 : 0;
          auto* const source =
              reinterpret_cast<float*>(source_buffer.place(static_cast<std::size_t>(a_count) * 4, side));
          r.fill(source, a_count);
          // Rows of one sign and size are what overflows first.
          if (r.one_in(3))
            for (index_t i = 0; i < a_count; ++i) source[i] = source[0];
          if (r.one_in(4))
            for (index_t i = 0; i < k; ++i) source[i * inc_k] = 0.0f;
          const index_t b_count = blocks * block_bytes(storage);
          char* const b = b_buffer.place(static_cast<std::size_t>(b_count), side);
          const bool extreme = r.one_in(3);
          for (index_t i = 0; i < b_count; ++i) b[i] = static_cast<char>(extreme ? -1 : r.next());
          for (index_t block = 0; block < blocks; ++block)
            for (index_t i = 0; i < scales_bytes(storage) / 2; ++i)
              reinterpret_cast<std::uint16_t*>(b + block * block_bytes(storage))[i] =
                  r.one_in(9) ? std::uint16_t{0} : f16_of_float(r.number<float>());
          auto* const a = reinterpret_cast<QuantisedBlock*>(
              a_buffer.place(static_cast<std::size_t>(blocks * h) * sizeof(QuantisedBlock), side));
          const index_t c_count = drawn.c_count();
          auto* const c = reinterpret_cast<float*>(c_buffer.place(static_cast<std::size_t>(c_count) * 4, side));
          r.fill(c, c_count);
          std::vector<float> want(c, c + c_count), whole(static_cast<std::size_t>(h * kStoredColumns));
          for (index_t i = 0; i < h; ++i)
            for (index_t j = 0; j < n; ++j) whole[i * kStoredColumns + column + j] = c[i * ldc + j];
          multiply_block_q8(
              {storage, b, h, kStoredColumns, k, alpha, source, lda, inc_k, beta, whole.data(), kStoredColumns, 1});
          for (index_t i = 0; i < h; ++i)
            for (index_t j = 0; j < n; ++j) want[i * ldc + j] = whole[i * kStoredColumns + column + j];

          for (index_t i = 0; i < h; ++i)
            set.quantise[static_cast<int>(storage)]({source + i * lda, inc_k, alpha, k, a + i, h});
          drawn.run(kernel, a, b, c);
          ASSERT_EQ(first_difference(c, want.data(), c_count), -1) << text;
          ASSERT_TRUE(c_buffer.untouched() && a_buffer.untouched() && b_buffer.untouched() && source_buffer.untouched())
              << text;
        }
      }
    }
  }
  EXPECT_GE(tiles, 3 * NarrowTiles::kWidths);
}

// What a row becomes, where its largest number is none.
TEST_P(BlockQ8Kernels, RowsThatHaveNoScale) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const BlockQ8Set& set = *find_int8(GetParam())->block_q8;
  for (const Storage storage : {Storage::s8, Storage::s4, Storage::u4}) {
    for (const float odd : {0.0f, -0.0f, HUGE_VALF, -HUGE_VALF, NAN}) {
      std::vector<float> x(64, odd == 0.0f ? odd : 1.0f);
      x[40] = odd;
      QuantisedBlock blocks[2];
      set.quantise[static_cast<int>(storage)]({x.data(), 1, 1.0f, 64, blocks, 1});
      for (const std::int8_t q : blocks[1].q) EXPECT_EQ(q, 0) << odd;
      EXPECT_EQ(blocks[1].start, 0);
      if (odd == 0.0f) {
        EXPECT_EQ(blocks[1].scale, 0.0f);
        EXPECT_EQ(blocks[1].sum, 0.0f);
      } else {
        EXPECT_NE(blocks[1].scale, blocks[1].scale);
        EXPECT_NE(blocks[1].sum, blocks[1].sum);
        EXPECT_EQ(blocks[0].scale, 1.0f / 127);
        for (const std::int8_t q : blocks[0].q) EXPECT_EQ(q, 127);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, BlockQ8Kernels, testing::ValuesIn(all_int8_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
