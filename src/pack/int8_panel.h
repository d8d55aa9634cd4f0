// The pack routines of 8-bit operands: one template for every ISA. Contract: pack/int8_contract.h.
//
// Where one of the source's strides is 1 and the ISA's wrapper has the shuffles, the work goes through registers:
// contiguous along k is a transposition of groups, contiguous across the width an interleaving of rows. Any other
// source goes element by element.
#pragma once

#include <cstring>

#include "kernel/contract.h"
#include "pack/int8_contract.h"

namespace tessera::pack {

template <class V>
struct Int8Panel {
  using R = typename V::R;
  using Element = typename V::Element;
  using Convert = typename V::Convert;
  static constexpr int kLanes = V::kLanes;
  static constexpr int kGroup = V::kGroup;
  static constexpr int kGroupBytes = kGroup * static_cast<int>(sizeof(Element));

  static index_t less(index_t a, index_t b) { return a < b ? a : b; }
  static const std::uint8_t* source(const PackInt8Args& g, index_t i, index_t p) {
    return static_cast<const std::uint8_t*>(g.src) + i * g.inc_w + p * g.inc_k;
  }
  // What a source's elements need: to have their upper bit inverted, or (16-bit panels) to be extended by sign.
  template <DType kPanel>
  static Convert convert(const PackInt8Args& g) {
    return Convert(kPanel == DType::s16 ? g.src_signed : g.src_signed != (kPanel == DType::s8));
  }
  // An element of a panel as a number.
  template <DType kPanel>
  static std::int32_t number(Element x) {
    if constexpr (kPanel == DType::s8) return static_cast<std::int8_t>(x);
    return x;
  }

  template <DType kPanel>
  static void pack(const PackInt8Args& g) {
    constexpr bool kShuffles = requires(R(&square)[kLanes]) { V::transpose(square); };
    if constexpr (kShuffles) {
      if (g.inc_k == 1) return g.terms ? rows_along_k<kPanel, true>(g) : rows_along_k<kPanel, false>(g);
      if (g.inc_w == 1) return g.terms ? rows_across<kPanel, true>(g) : rows_across<kPanel, false>(g);
    }
    const Convert c = convert<kPanel>(g);
    Element* dst = static_cast<Element*>(g.dst);
    const index_t groups = (g.k + kGroup - 1) / kGroup;
    char* const terms = static_cast<char*>(g.dst) + groups * g.panel * kGroupBytes;
    for (index_t group = 0; group < groups; ++group) {
      const index_t p = group * kGroup;
      const int steps = static_cast<int>(less(kGroup, g.k - p));
      const bool whole = g.inc_k == 1 && steps == kGroup;
      for (index_t i = 0; i < g.panel; ++i, dst += kGroup) {
        const std::uint8_t* s = source(g, i, p);
        if (whole && i < g.width) {
          for (int q = 0; q < kGroup; ++q) dst[q] = c(s[q]);
        } else {
          for (int q = 0; q < kGroup; ++q) dst[q] = i < g.width && q < steps ? c(s[q * g.inc_k]) : Element(0);
        }
      }
    }
    if (!g.terms) return;
    for (index_t i = 0; i < g.panel; ++i) {
      std::uint32_t sum = 0;
      if (i < g.width)
        for (index_t p = 0; p < g.k; ++p) sum += static_cast<std::uint32_t>(number<kPanel>(c(*source(g, i, p))));
      put_term(terms + i * 4, g, sum);
    }
  }
  // Panels are aligned to their elements, not to 32 bits.
  static void put_term(void* p, const PackInt8Args& g, std::uint32_t sum) {
    const std::uint32_t term = static_cast<std::uint32_t>(g.factor) * sum + static_cast<std::uint32_t>(g.constant);
    std::memcpy(p, &term, sizeof term);
  }

  // ---- through registers -------------------------------------------------------------------------------------------

  // A register of groups whose elements are all 1, as the other operand.
  static R ones() {
    Element one[kLanes * kGroup];
    for (Element& x : one) x = 1;
    return V::load(one);
  }
  template <DType kPanel>
  static R add_sums(R sum, R groups, R one) {
    // Where operands differ in type, this panel's stands on its own side.
    return kPanel == V::kLeft ? V::dot(sum, groups, one) : V::dot(sum, one, groups);
  }
  // Writes registers into [.., end): a full store may overlap what is written later, never what lies past the end.
  static void put(char* p, const char* end, R x) {
    if (p + sizeof(R) <= end) [[likely]] {
      V::store(p, x);
    } else {
      V::store(p, x, V::tail(static_cast<int>((end - p) / kGroupBytes)));
    }
  }
  static void put_terms(char* p, const char* end, const PackInt8Args& g, R sum) {
    put(p, end, V::set1(g.factor) * sum + V::set1(g.constant));
  }

  // `width` rows of k contiguous bytes, inc_w apart.
  template <DType kPanel, bool kTerms>
  static void rows_along_k(const PackInt8Args& g) {
    const Convert c = convert<kPanel>(g);
    const R one = ones();
    char* const dst = static_cast<char*>(g.dst);
    const index_t line = g.panel * kGroupBytes, groups = (g.k + kGroup - 1) / kGroup;
    char* const terms = dst + groups * line;
    char* const end = terms + (kTerms ? g.panel * 4 : 0);
    // A row of registers from the right: a full store at the panel's edge runs into the next line, which is written
    // after it. So all of a line is written before the next one begins: for more than one register, group by group.
    const index_t last = (g.panel - 1) / kLanes;
    R sums[kMaxTileWidth];
    if constexpr (kTerms)
      for (index_t block = 0; block <= last; ++block) sums[block] = V::zero();
    for (index_t p = 0; p < g.k; p += kLanes * kGroup) {
      const int steps = static_cast<int>(less(kLanes * kGroup, g.k - p)), lines = (steps + kGroup - 1) / kGroup;
      for (index_t block = last; block >= 0; --block) {
        const index_t first = block * kLanes;
        const int rows = static_cast<int>(less(kLanes, g.width - first));
        R r[kLanes];
        const std::uint8_t* s = source(g, first, p);
        if (rows == kLanes && steps == kLanes * kGroup) {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) r[j] = V::along_k(s + j * g.inc_w, kLanes * kGroup, c);
        } else {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) r[j] = j < rows ? V::along_k(s + j * g.inc_w, steps, c) : V::zero();
        }
        V::transpose(r);
        if constexpr (kTerms) {
          R sum = sums[block];
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) sum = add_sums<kPanel>(sum, r[j], one);
          sums[block] = sum;
        }
        char* d = dst + p / kGroup * line + first * kGroupBytes;
        if (lines == kLanes && d + (kLanes - 1) * line + static_cast<index_t>(sizeof(R)) <= end) {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j) V::store(d + j * line, r[j]);
        } else {
#pragma GCC unroll 16
          for (int j = 0; j < kLanes; ++j)
            if (j < lines) put(d + j * line, end, r[j]);
        }
      }
    }
    if constexpr (kTerms)
      for (index_t block = last; block >= 0; --block) put_terms(terms + block * kLanes * 4, end, g, sums[block]);
  }

  // kGroup rows of `width` contiguous bytes at a time, inc_k apart.
  template <DType kPanel, bool kTerms>
  static void rows_across(const PackInt8Args& g) {
    const Convert c = convert<kPanel>(g);
    const R one = ones();
    char* const dst = static_cast<char*>(g.dst);
    const index_t line = g.panel * kGroupBytes, groups = (g.k + kGroup - 1) / kGroup;
    char* const terms = dst + groups * line;
    char* const end = terms + (kTerms ? g.panel * 4 : 0);
    // Group by group, all of a line: each row of the source is visited once. The next rows are far away where B comes
    // from memory, beyond what hardware prefetchers follow.
    const index_t last = (g.panel - 1) / kLanes;
    R sums[kMaxTileWidth];
    if constexpr (kTerms)
      for (index_t block = 0; block <= last; ++block) sums[block] = V::zero();
    for (index_t group = 0; group < groups; ++group) {
      const index_t p = group * kGroup;
      if (p + (kAhead + 1) * kGroup <= g.k) {
        for (int q = 0; q < kGroup; ++q) {
          const std::uint8_t* next = source(g, 0, p + kAhead * kGroup + q);
          __builtin_prefetch(next);
          __builtin_prefetch(next + g.width - 1);
        }
      }
      char* d = dst + group * line;
      for (index_t block = 0; block <= last; ++block, d += sizeof(R)) {
        const index_t first = block * kLanes;
        R x;
        if (g.width - first >= kLanes && g.k - p >= kGroup) {
          const std::uint8_t* row[kGroup];
          for (int q = 0; q < kGroup; ++q) row[q] = source(g, first, p + q);
          x = V::across(row, c);
        } else {
          x = edge_across(g, first, p, c);
        }
        if constexpr (kTerms) sums[block] = add_sums<kPanel>(sums[block], x, one);
        // A full store at the panel's edge runs into the next line, which is written after it.
        put(d, end, x);
      }
    }
    if constexpr (kTerms)
      for (index_t block = last; block >= 0; --block) put_terms(terms + block * kLanes * 4, end, g, sums[block]);
  }
  // Groups between a row and its prefetch.
  static constexpr index_t kAhead = 8;
  static R edge_across(const PackInt8Args& g, index_t first, index_t p, const Convert& c) {
    Element x[kLanes * kGroup] = {};
    const index_t columns = less(kLanes, g.width - first), steps = less(kGroup, g.k - p);
    for (index_t i = 0; i < columns; ++i)
      for (index_t q = 0; q < steps; ++q) x[i * kGroup + q] = c(*source(g, first + i, p + q));
    return V::load(x);
  }

  static constexpr PackInt8Set set(Isa isa) { return {isa, V::kLeft, V::kRight, &pack<V::kLeft>, &pack<V::kRight>}; }
};

}  // namespace tessera::pack
