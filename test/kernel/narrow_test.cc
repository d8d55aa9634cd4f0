// Every kernel on right operands of fewer bits, of every ISA: the bits of the chain on the widened numbers, between
// guard pages.
#include <string>
#include <vector>

#include "base/half.h"
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
  const NarrowSet& set = *find_isa(GetParam())->narrow;
  const bool fma = isa_info(GetParam()).has_fma;
  GuardedBuffer a_buffer(1 << 16), b_buffer(1 << 16), c_buffer(1 << 16);
  Random r(test_seed());
  for (int storage = 0; storage < kStorages; ++storage) {
    const bool bf16 = static_cast<Storage>(storage) == Storage::bf16;
    for (int width = 0; width < NarrowSet::kWidths; ++width) {
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

            GemmTileArgs args{};
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

INSTANTIATE_TEST_SUITE_P(Isa, NarrowKernels, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
