// Every kernel on right operands of fewer bits, of every ISA: the bits of the chain on the widened numbers, between
// guard pages.
#include <string>
#include <vector>

#include "base/half.h"
#include "kernel/narrow_case.h"
#include "reference/gemm_chain.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

class NarrowKernels : public testing::TestWithParam<Isa> {};

TEST_P(NarrowKernels, BitsOfTheChainBetweenGuardPages) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const NarrowTiles& set = find_isa(GetParam())->narrow->tiles;
  const bool fma = isa_info(GetParam()).has_fma;
  GuardedBuffer a_buffer(1 << 16), b_buffer(1 << 16), c_buffer(1 << 16);
  Random r(test_seed());
  for (int storage = 0; storage < static_cast<int>(Storage::s8); ++storage) {
    const bool bf16 = static_cast<Storage>(storage) == Storage::bf16;
    for (int width = 0; width < NarrowTiles::kWidths; ++width) {
      for (int h = 1; h <= kMaxTileHeight; ++h) {
        const NarrowTileFn kernel = set.tile[storage][width][h];
        ASSERT_EQ(kernel != nullptr, h <= set.max_height[width]);
        if (kernel == nullptr) continue;
        for (int n_tail = 1; n_tail <= set.lanes; ++n_tail) {
          for (const index_t k : {0, 1, 2, 37}) {
            if (!chosen(r.next())) continue;
            const index_t n = index_t{set.lanes} * ((1 << width) - 1) + n_tail;
            const index_t ldb = n + r.integer(0, 3), ldc = n + r.integer(0, 3);
            const Side side = r.one_in(2) ? Side::start : Side::end;
            const float beta = r.one_in(3) ? 0.0f : r.one_in(2) ? 1.0f : r.number<float>();
            const std::string text = std::string(isa_info(GetParam()).name) + (bf16 ? " bf16 " : " f16 ") +
                                     std::to_string(h) + " x " + std::to_string(n) + ", k " + std::to_string(k) +
                                     ", ldb " + std::to_string(ldb) + ", beta " + std::to_string(beta);
            set_current_case(text);
            const auto place = [&](GuardedBuffer& buffer, index_t rows, index_t ld, index_t cols, std::size_t size) {
              const index_t count = rows > 0 ? (rows - 1) * ld + cols : 0;
              return buffer.place(static_cast<std::size_t>(count) * size, side);
            };
            auto* const a = reinterpret_cast<float*>(place(a_buffer, k, h, h, 4));
            auto* const b = reinterpret_cast<std::uint16_t*>(place(b_buffer, k, ldb, n, 2));
            auto* const c = reinterpret_cast<float*>(place(c_buffer, h, ldc, n, 4));
            r.fill(a, k * h);
            r.fill(c, (h - 1) * ldc + n);
            std::vector<float> dense_a(static_cast<std::size_t>(h * k)), dense_b(static_cast<std::size_t>(k * n));
            std::vector<float> want(c, c + (h - 1) * ldc + n), chains(static_cast<std::size_t>(h * n));
            for (index_t i = 0; i < (k > 0 ? (k - 1) * ldb + n : 0); ++i)
              b[i] = bf16 ? bf16_of_float(r.number<float>()) : f16_of_float(r.number<float>());
            for (index_t p = 0; p < k; ++p) {
              for (index_t i = 0; i < h; ++i) dense_a[i * k + p] = a[p * h + i];
              for (index_t j = 0; j < n; ++j)
                dense_b[p * n + j] = bf16 ? float_of_bf16(b[p * ldb + j]) : float_of_f16(b[p * ldb + j]);
            }
            for (index_t i = 0; i < h; ++i)
              for (index_t j = 0; j < n; ++j) chains[i * n + j] = beta == 0.0f ? 0.0f : beta * c[i * ldc + j];
            chain(fma, h, n, k, dense_a.data(), dense_b.data(), chains.data());
            for (index_t i = 0; i < h; ++i)
              for (index_t j = 0; j < n; ++j) want[i * ldc + j] = chains[i * n + j];

            NarrowTileArgs args{};
            args.a = a;
            args.b = b;
            args.b_row = ldb * 2;
            args.c = c;
            args.c_row = ldc * 4;
            args.k = k;
            args.beta = beta == 0.0f ? nullptr : &beta;
            args.n_tail = n_tail;
            args.prefetch_b = 256;
            kernel(args);
            ASSERT_EQ(first_difference(c, want.data(), static_cast<index_t>(want.size())), -1) << text;
            ASSERT_TRUE(c_buffer.untouched() && a_buffer.untouched() && b_buffer.untouched()) << text;
          }
        }
      }
    }
  }
}

// A panel in blocks of random bits, against a guard page, and the numbers it stands for by their definition.
struct Panel {
  const char* p;
  std::vector<float> wide;  // k x kStoredColumns

  Panel(Random& r, GuardedBuffer& buffer, Storage storage, index_t k, Side side) {
    const index_t blocks = (k + kBlockSteps - 1) / kBlockSteps;
    char* const first = buffer.place(static_cast<std::size_t>(blocks * block_bytes(storage)), side);
    for (index_t i = 0; i < blocks * block_bytes(storage); ++i) first[i] = static_cast<char>(r.next());
    p = first;
    wide.resize(static_cast<std::size_t>(k * kStoredColumns));
    for (index_t b = 0; b < blocks; ++b) {
      char* const block = first + b * block_bytes(storage);
      auto* const scales = reinterpret_cast<std::uint16_t*>(block);
      for (index_t i = 0; i < scales_bytes(storage) / 2; ++i)
        scales[i] =
            r.one_in(9) ? static_cast<std::uint16_t>(r.integer(0, 1) * 0x8000) : f16_of_float(r.number<float>());
      const char* const bits = block + scales_bytes(storage);
      for (index_t s = 0; s < kBlockSteps && b * kBlockSteps + s < k; ++s) {
        for (index_t j = 0; j < kStoredColumns; ++j) {
          const float d = float_of_f16(scales[j]);
          float& w = wide[(b * kBlockSteps + s) * kStoredColumns + j];
          if (storage == Storage::s8) {
            const int q = static_cast<unsigned char>(bits[s / 4 * 4 * kStoredColumns + 4 * j + s % 4]);
            w = d * static_cast<float>(q - 128);
          } else {
            const index_t at = s / 8 * 4 * kStoredColumns + 4 * j + s % 8 / 2;
            const int q = static_cast<unsigned char>(bits[at]) >> (s % 2 * 4) & 15;
            w = d * static_cast<float>(storage == Storage::s4 ? q - 8 : q);
          }
          if (w == 0.0f) w = 0.0f;
          if (storage == Storage::u4) w += float_of_f16(scales[kStoredColumns + j]);
        }
      }
    }
  }
};
constexpr Storage kBlockStorages[] = {Storage::s8, Storage::s4, Storage::u4};

TEST_P(NarrowKernels, BlocksHaveTheBitsOfTheChainBetweenGuardPages) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const NarrowTiles& set = find_isa(GetParam())->narrow->tiles;
  const bool fma = isa_info(GetParam()).has_fma;
  GuardedBuffer a_buffer(1 << 16), b_buffer(1 << 16), c_buffer(1 << 16);
  Random r(test_seed());
  for (const Storage storage : kBlockStorages) {
    for (int width = 0; width < NarrowTiles::kWidths; ++width) {
      for (int h = 1; h <= kMaxTileHeight; ++h) {
        const NarrowTileFn kernel = set.tile[static_cast<int>(storage)][width][h];
        ASSERT_EQ(kernel != nullptr, h <= set.max_height[width]);
        if (kernel == nullptr) continue;
        for (const index_t k : {0, 1, 7, 8, 32, 45, 100}) {
          if (!chosen(r.next())) continue;
          const NarrowCase drawn(r, storage, set.lanes, width, h, k);
          const index_t n = drawn.n, ldc = drawn.ldc, column = drawn.column, count = drawn.c_count();
          const float beta = drawn.beta;
          const Side side = r.one_in(2) ? Side::start : Side::end;
          const std::string text = drawn.text(GetParam());
          set_current_case(text);
          auto* const a = reinterpret_cast<float*>(a_buffer.place(static_cast<std::size_t>(k * h) * 4, side));
          const Panel b(r, b_buffer, storage, k, side);
          auto* const c = reinterpret_cast<float*>(c_buffer.place(static_cast<std::size_t>(count) * 4, side));
          r.fill(a, k * h);
          r.fill(c, count);
          std::vector<float> dense_a(static_cast<std::size_t>(h * k)), dense_b(static_cast<std::size_t>(k * n));
          std::vector<float> want(c, c + count), chains(static_cast<std::size_t>(h * n));
          for (index_t p = 0; p < k; ++p) {
            for (index_t i = 0; i < h; ++i) dense_a[i * k + p] = a[p * h + i];
            for (index_t j = 0; j < n; ++j) dense_b[p * n + j] = b.wide[p * kStoredColumns + column + j];
          }
          for (index_t i = 0; i < h; ++i)
            for (index_t j = 0; j < n; ++j) chains[i * n + j] = beta == 0.0f ? 0.0f : beta * c[i * ldc + j];
          chain(fma, h, n, k, dense_a.data(), dense_b.data(), chains.data());
          for (index_t i = 0; i < h; ++i)
            for (index_t j = 0; j < n; ++j) want[i * ldc + j] = chains[i * n + j];
          drawn.run(kernel, a, b.p, c);
          ASSERT_EQ(first_difference(c, want.data(), count), -1) << text;
          ASSERT_TRUE(c_buffer.untouched() && a_buffer.untouched() && b_buffer.untouched()) << text;
        }
      }
    }
  }
}

TEST_P(NarrowKernels, BlocksAreWidenedToPanels) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const NarrowSet& set = *find_isa(GetParam())->narrow;
  GuardedBuffer b_buffer(1 << 16), dst_buffer(1 << 17);
  Random r(test_seed());
  for (const Storage storage : kBlockStorages) {
    for (std::ptrdiff_t i = 0; i < scaled_count(300); ++i) {
      const index_t k = r.integer(1, 100), step = r.integer(0, k - 1), steps = r.integer(1, k - step);
      const index_t column = r.integer(0, kStoredColumns - 1), width = r.integer(1, kStoredColumns - column);
      const index_t line = width + r.integer(0, 15), panel = line + r.integer(0, 9);
      const Side side = r.one_in(2) ? Side::start : Side::end;
      const std::string text = "storage " + std::to_string(static_cast<int>(storage)) + " steps " +
                               std::to_string(step) + " + " + std::to_string(steps) + ", columns " +
                               std::to_string(column) + " + " + std::to_string(width);
      set_current_case(text);
      const Panel b(r, b_buffer, storage, k, side);
      const index_t count = (steps - 1) * panel + line;
      auto* const dst = reinterpret_cast<float*>(dst_buffer.place(static_cast<std::size_t>(count) * 4, side));
      r.fill(dst, count);
      std::vector<float> want(dst, dst + count);
      for (index_t s = 0; s < steps; ++s)
        for (index_t j = 0; j < line; ++j)
          want[s * panel + j] = j < width ? b.wide[(step + s) * kStoredColumns + column + j] : 0.0f;
      set.widen[static_cast<int>(storage)]({b.p, dst, step, steps, column, width, line, panel});
      ASSERT_EQ(first_difference(dst, want.data(), count), -1) << text;
      ASSERT_TRUE(dst_buffer.untouched() && b_buffer.untouched()) << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Isa, NarrowKernels, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
