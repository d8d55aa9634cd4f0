// The kernels of kernel/block_q8_contract.h, one template for every ISA, storage and tile.
//
// Wide tiles take the words of a block in the order of memory, with a sum for each row and register of columns. Tiles
// of one register unpack it once for all rows: its block of 32 steps is eight registers of four bytes a column. Sixteen
// such rows are no faster than three wide ones (328 GOP/s and 337; AVX-512 VNNI, Zen 4), and come from memory at half
// the speed.
#pragma once

#include <cstring>
#include <utility>

#include "kernel/block_q8_contract.h"

namespace tessera::kernel {

#define TESSERA_Q8_INLINE [[gnu::always_inline]] inline

// Sums of a block where an instruction multiplies four bytes by four. Other wrappers bring a BlockSum of their own,
// because 4-bit numbers may be added up in 16 bits.
template <class V, int kBits>
struct BlockSumOf {
  using R = typename V::R;
  struct Dot {
    R sum;
    TESSERA_Q8_INLINE explicit Dot(R start) : sum(start) {}
    TESSERA_Q8_INLINE void add(R weights, R row) { sum = V::dot(sum, weights, row); }
    TESSERA_Q8_INLINE R total() const { return sum; }
  };
  using Type = Dot;
};
template <class V, int kBits>
  requires requires { typename V::template BlockSum<kBits>; }
struct BlockSumOf<V, kBits> {
  using Type = typename V::template BlockSum<kBits>;
};

template <class V>
struct BlockQ8Tile {
  using R = typename V::R;
  using F = typename V::F;
  using Tail = typename V::Tail;
  static constexpr int kLanes = V::kLanes;
  static constexpr int kLine = 64;
  static constexpr int kGroups = kBlockSteps / 4;
  template <int kN>
  using Seq = std::make_integer_sequence<int, kN>;
  template <Storage kStorage>
  static constexpr index_t kScalesBytes = scales_bytes(kStorage);

  // What an integer weight of a kernel is above the number it stands for: bytes may be made signed ones.
  template <Storage kStorage>
  static constexpr int kOffset = kStorage == Storage::s8 ? V::kBlockByteOffset : zero_of(kStorage);

  static std::int32_t read32(const void* p) {
    std::int32_t x;
    std::memcpy(&x, p, sizeof x);
    return x;
  }
  static float* row_of(const NarrowTileArgs& g, int i) {
    return reinterpret_cast<float*>(static_cast<char*>(g.c) + i * g.c_row);
  }

  template <int kNv, int... kE>
  TESSERA_Q8_INLINE static void begin(const NarrowTileArgs& g, const Tail& tail, F* acc,
                                      std::integer_sequence<int, kE...>) {
    if (g.beta == nullptr) {
      ((acc[kE] = V::set1(0.0f)), ...);
    } else {
      const F beta = V::set1(*static_cast<const float*>(g.beta));
      const auto load = [&]<int kAt>() __attribute__((always_inline)) {
        const float* const c = row_of(g, kAt / kNv) + kAt % kNv * kLanes;
        if constexpr (kAt % kNv == kNv - 1) return V::load(c, tail);
        return V::load(c);
      };
      ((acc[kE] = beta * load.template operator()<kE>()), ...);
    }
  }
  template <int kNv, int... kE>
  TESSERA_Q8_INLINE static void finish(const NarrowTileArgs& g, const Tail& tail, const F* acc,
                                       std::integer_sequence<int, kE...>) {
    const auto store = [&]<int kAt>() __attribute__((always_inline)) {
      float* const c = row_of(g, kAt / kNv) + kAt % kNv * kLanes;
      if constexpr (kAt % kNv == kNv - 1) {
        V::store(c, reinterpret_cast<R>(acc[kAt]), tail);
      } else {
        V::store(c, reinterpret_cast<R>(acc[kAt]));
      }
    };
    (store.template operator()<kE>(), ...);
  }

  template <Storage kStorage>
  static constexpr int kBits = bits_of(kStorage);
  template <Storage kStorage>
  using Sum = typename BlockSumOf<V, kBits<kStorage>>::Type;
  template <Storage kStorage>
  static constexpr int kWords = kBlockSteps * kBits<kStorage> / 32;

  // Word kWord of a register of columns, as groups of four steps.
  template <Storage kStorage, int kWord>
  TESSERA_Q8_INLINE static void unpack(const char* words, R* w) {
    const R x = V::load(words + kWord * 4 * kStoredColumns);
    if constexpr (kStorage == Storage::s8) {
      w[0] = V::kBlockByteOffset == 0 ? x ^ V::set1(static_cast<int>(0x80808080u)) : x;
    } else {
      const R mask = V::set1(0x0f0f0f0f);
      w[0] = x & mask;
      w[1] = (x >> 4) & mask;
    }
  }
  template <Storage kStorage>
  TESSERA_Q8_INLINE static Sum<kStorage> start(const QuantisedBlock& a) {
    return Sum<kStorage>(kOffset<kStorage> == 0 ? V::zero() : V::set1(a.start));
  }
  template <Storage kStorage, int... kG>
  TESSERA_Q8_INLINE static void add(Sum<kStorage>& sum, const R* w, const std::int8_t* q,
                                    std::integer_sequence<int, kG...>) {
    (sum.add(w[kG], V::set1(read32(q + 4 * kG))), ...);
  }
  // Of a register of columns; minimum: of u4 alone.
  struct Scales {
    F d, minimum;
  };
  template <Storage kStorage>
  TESSERA_Q8_INLINE static Scales scales_of(const char* block, index_t column) {
    const std::uint16_t* const scales = reinterpret_cast<const std::uint16_t*>(block) + column;
    const F d = V::load_f16(scales);
    if constexpr (kStorage == Storage::u4) return {d, V::load_f16(scales + kStoredColumns)};
    return {d, d};
  }
  template <Storage kStorage>
  TESSERA_Q8_INLINE static void scale(const Sum<kStorage>& sum, const QuantisedBlock& a, const Scales& b, F& acc) {
    acc = acc + V::floats(sum.total()) * (V::set1(a.scale) * b.d);
    if constexpr (kStorage == Storage::u4) acc = acc + V::set1(a.sum) * b.minimum;
  }
  template <Storage kStorage, int... kI>
  TESSERA_Q8_INLINE static void scale_rows(const char* block, index_t column, const Sum<kStorage>* sums, int step,
                                           const QuantisedBlock* a, F* acc, std::integer_sequence<int, kI...>) {
    const Scales scales = scales_of<kStorage>(block, column);
    (scale<kStorage>(sums[kI * step], a[kI], scales, acc[kI * step]), ...);
  }

  // ---- one register of columns: unpacked once for all rows ----------------------------------------------------------

  template <int kMr, Storage kStorage, int... kWord, int... kI>
  TESSERA_Q8_INLINE static void high_step(const NarrowTileArgs& g, const QuantisedBlock* a, const char* block, F* acc,
                                          std::integer_sequence<int, kWord...>, std::integer_sequence<int, kI...>) {
    constexpr int kPer = kGroups / kWords<kStorage>;
    const char* const words = block + kScalesBytes<kStorage> + 4 * g.column;
    R w[kGroups];
    (__builtin_prefetch(words + kWord * 4 * kStoredColumns + g.prefetch_b, 0, 3), ...);
    (unpack<kStorage, kWord>(words, w + kWord * kPer), ...);
    const Scales scales = scales_of<kStorage>(block, g.column);
    const auto row = [&](const QuantisedBlock& ai, F& c) __attribute__((always_inline)) {
      Sum<kStorage> sum = start<kStorage>(ai);
      add<kStorage>(sum, w, ai.q, Seq<kGroups>{});
      scale<kStorage>(sum, ai, scales, c);
    };
    (row(a[kI], acc[kI]), ...);
  }

  // ---- several registers of columns: words in the order of memory --------------------------------------------------

  // Without prefetches: the hardware follows this order, and is disturbed by them (1 x 4096 x 4096 of s8, GB/s from L3
  // and from memory: 61 and 28, 38 and 21 with prefetches; register after register 33 to 49 and 16 to 19; Zen 4).
  template <int kMr, int kNv, Storage kStorage, int kWord, int kJ, int... kI>
  TESSERA_Q8_INLINE static void wide_word(const QuantisedBlock* a, const char* words, Sum<kStorage>* sums,
                                          std::integer_sequence<int, kI...>) {
    constexpr int kPer = kGroups / kWords<kStorage>;
    R w[kPer];
    unpack<kStorage, kWord>(words + kJ * kLanes * 4, w);
    (add<kStorage>(sums[kI * kNv + kJ], w, a[kI].q + kWord * kPer * 4, Seq<kPer>{}), ...);
  }
  template <int kMr, int kNv, Storage kStorage, int... kE, int... kWord, int... kJ>
  TESSERA_Q8_INLINE static void wide_step(const NarrowTileArgs& g, const QuantisedBlock* a, const char* block, F* acc,
                                          std::integer_sequence<int, kE...>, std::integer_sequence<int, kWord...>,
                                          std::integer_sequence<int, kJ...>) {
    const char* const words = block + kScalesBytes<kStorage> + 4 * g.column;
    Sum<kStorage> sums[] = {start<kStorage>(a[kE / kNv])...};
    const auto word = [&]<int kAt>() __attribute__((always_inline)) {
      (wide_word<kMr, kNv, kStorage, kAt, kJ>(a, words, sums, Seq<kMr>{}), ...);
    };
    (word.template operator()<kWord>(), ...);
    (scale_rows<kStorage>(block, g.column + kJ * kLanes, sums + kJ, kNv, a, acc + kJ, Seq<kMr>{}), ...);
  }

  template <int kMr, int kNv, Storage kStorage>
  static void tile(const NarrowTileArgs& g) {
    const Tail tail = V::tail(g.n_tail);
    F acc[kMr * kNv];
    begin<kNv>(g, tail, acc, Seq<kMr * kNv>{});
    const QuantisedBlock* a = static_cast<const QuantisedBlock*>(g.a);
    const char* block = static_cast<const char*>(g.b);
#pragma GCC unroll 1
    for (index_t k = g.k; k > 0; k -= kBlockSteps, block += g.b_row, a += kMr) {
      if constexpr (kNv == 1) {
        high_step<kMr, kStorage>(g, a, block, acc, Seq<kWords<kStorage>>{}, Seq<kMr>{});
      } else {
        wide_step<kMr, kNv, kStorage>(g, a, block, acc, Seq<kMr * kNv>{}, Seq<kWords<kStorage>>{}, Seq<kNv>{});
      }
    }
    finish<kNv>(g, tail, acc, Seq<kMr * kNv>{});
  }

  // ---- rows of floats to 8 bits: loops that the compiler makes vectors of -------------------------------------------

  // Bytes 0, 2, 4, 6 and then 1, 3, 5, 7 of eight.
  static void evens_first(std::int8_t* q) {
    std::uint64_t x, t;
    std::memcpy(&x, q, sizeof x);
    t = (x ^ x >> 8) & 0x0000ff000000ff00u;
    x ^= t ^ t << 8;
    t = (x ^ x >> 16) & 0x00000000ffff0000u;
    x ^= t ^ t << 16;
    std::memcpy(q, &x, sizeof x);
  }

  template <Storage kStorage>
  static void quantise_block(const float* x, QuantisedBlock& b) {
    std::int32_t bits[kBlockSteps], most = 0;
    std::memcpy(bits, x, sizeof bits);
    for (int i = 0; i < kBlockSteps; ++i) {
      const std::int32_t magnitude = bits[i] & 0x7fffffff;
      most = magnitude > most ? magnitude : most;
    }
    float largest;
    std::memcpy(&largest, &most, sizeof largest);
    // Of integers, infinity and NaN are the largest.
    const bool finite = most < 0x7f800000;
    const float scale = finite ? largest / 127.0f : __builtin_nanf("");
    std::int32_t sum = 0;
    if (!finite || scale == 0.0f) {
      std::memset(b.q, 0, sizeof b.q);
    } else {
      // 1.5 * 2^23 + x ends in the bits of round(x), ties to even.
      float shifted[kBlockSteps];
      for (int i = 0; i < kBlockSteps; ++i) {
        float y = x[i] / scale;
        y = y > -127.0f ? y : -127.0f;
        y = y < 127.0f ? y : 127.0f;
        shifted[i] = y + 12582912.0f;
      }
      std::memcpy(bits, shifted, sizeof bits);
      for (int i = 0; i < kBlockSteps; ++i) {
        bits[i] -= 0x4B400000;
        sum += bits[i];
        b.q[i] = static_cast<std::int8_t>(bits[i]);
      }
      if constexpr (kStorage != Storage::s8)
        for (int i = 0; i < kBlockSteps; i += 8) evens_first(b.q + i);
    }
    b.scale = scale;
    b.sum = scale * static_cast<float>(sum);
    b.start = -kOffset<kStorage> * sum;
  }

  template <Storage kStorage>
  static void quantise(const QuantiseArgs& g) {
    QuantisedBlock* dst = g.dst;
    const float* src = g.src;
    for (index_t k = g.k; k > 0; k -= kBlockSteps, dst += g.step, src += kBlockSteps * g.inc_k) {
      float x[kBlockSteps];
      if (g.inc_k == 1 && k >= kBlockSteps) {
        for (int i = 0; i < kBlockSteps; ++i) x[i] = g.alpha * src[i];
      } else {
        for (int i = 0; i < kBlockSteps; ++i) x[i] = i < k ? g.alpha * src[i * g.inc_k] : 0.0f;
      }
      quantise_block<kStorage>(x, *dst);
    }
  }

  // ---- tables -------------------------------------------------------------------------------------------------------

  // Wide tiles: accumulators, as many sums, and eight registers more. Where that is one row, tiles of one register of
  // columns are as high as leaves room for a block of columns, and four for a sum, its factors and a broadcast.
  static constexpr int max_height(int nv) {
    constexpr int kWide = (V::kRegisters - 8) / 8;
    return kWide > 1 || nv > 1 ? kWide : V::kRegisters - kGroups - 4;
  }
  template <int kNv, Storage kStorage, int... kI>
  static constexpr void fill(NarrowTileFn* tiles, std::integer_sequence<int, kI...>) {
    ((tiles[kI + 1] = &tile<kI + 1, kNv, kStorage>), ...);
  }
  template <Storage kStorage>
  static constexpr void fill(BlockQ8Set& set) {
    auto& tiles = set.tiles.tile[static_cast<int>(kStorage)];
    fill<1, kStorage>(tiles[0], Seq<max_height(1)>{});
    fill<2, kStorage>(tiles[1], Seq<max_height(2)>{});
    fill<4, kStorage>(tiles[2], Seq<max_height(4)>{});
    set.quantise[static_cast<int>(kStorage)] = &quantise<kStorage>;
  }
  static constexpr BlockQ8Set set(Isa isa) {
    BlockQ8Set set{};
    set.isa = isa;
    set.tiles.lanes = kLanes;
    for (int w = 0; w < NarrowTiles::kWidths; ++w) set.tiles.max_height[w] = max_height(1 << w);
    fill<Storage::s8>(set);
    fill<Storage::s4>(set);
    fill<Storage::u4>(set);
    return set;
  }
};

}  // namespace tessera::kernel
