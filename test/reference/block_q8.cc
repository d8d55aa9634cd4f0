#include "reference/block_q8.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/half.h"

namespace tessera::test {
namespace {

// A column's 32 steps: w = d * (q - zero) + m.
struct Weights {
  int q[32];
  float d, m;
};

Weights weights_of(const BlockQ8Product& x, index_t block, index_t j) {
  const int bits = x.storage == Storage::s8 ? 8 : 4, per_word = 32 / bits;
  const index_t scales = x.storage == Storage::u4 ? 256 : 128, bytes = scales + 64 * 4 * bits;
  const char* const p = x.panels + (j / 64 * ((x.k + 31) / 32) + block) * bytes;
  std::uint16_t half[2] = {};
  std::memcpy(half, p + 2 * (j % 64), 2);
  if (x.storage == Storage::u4) std::memcpy(half + 1, p + 128 + 2 * (j % 64), 2);
  Weights w;
  w.d = float_of_f16(half[0]);
  w.m = float_of_f16(half[1]);
  for (int s = 0; s < 32; ++s) {
    std::uint32_t word;
    std::memcpy(&word, p + scales + (s / per_word * 64 + j % 64) * 4, sizeof word);
    w.q[s] = static_cast<int>(word >> (s % per_word * bits) & ((1u << bits) - 1));
  }
  return w;
}

struct Row {
  int q[32];
  float scale;
};

Row row_of(const BlockQ8Product& x, index_t block, index_t i) {
  float y[32] = {}, most = 0;
  bool finite = true;
  for (index_t s = 0; s < 32 && 32 * block + s < x.k; ++s) {
    y[s] = x.alpha * x.a[i * x.a_rs + (32 * block + s) * x.a_cs];
    finite = finite && std::isfinite(y[s]);
    most = std::max(most, std::fabs(y[s]));
  }
  Row row{};
  row.scale = finite ? most / 127 : NAN;
  for (int s = 0; s < 32 && row.scale > 0; ++s)
    row.q[s] = static_cast<int>(std::nearbyint(std::clamp(y[s] / row.scale, -127.0f, 127.0f)));
  return row;
}

constexpr int zero_point(Storage s) { return s == Storage::s8 ? 128 : s == Storage::s4 ? 8 : 0; }

}  // namespace

void multiply_block_q8(const BlockQ8Product& x) {
  const index_t blocks = (x.k + 31) / 32;
  std::vector<Row> rows;
  for (index_t i = 0; i < x.m; ++i)
    for (index_t block = 0; block < blocks; ++block) rows.push_back(row_of(x, block, i));
  for (index_t j = 0; j < x.n; ++j) {
    for (index_t i = 0; i < x.m; ++i) {
      float& c = x.c[i * x.c_rs + j * x.c_cs];
      c = x.beta == 0.0f ? 0.0f : x.beta * c;
    }
    for (index_t block = 0; block < blocks; ++block) {
      const Weights w = weights_of(x, block, j);
      for (index_t i = 0; i < x.m; ++i) {
        const Row& row = rows[static_cast<std::size_t>(i * blocks + block)];
        int sum = 0, total = 0;
        for (int s = 0; s < 32; ++s) {
          sum += row.q[s] * (w.q[s] - zero_point(x.storage));
          total += row.q[s];
        }
        float& c = x.c[i * x.c_rs + j * x.c_cs];
        const float scale = row.scale * w.d, product = static_cast<float>(sum) * scale;
        c = c + product;
        if (x.storage != Storage::u4) continue;
        const float scaled = row.scale * static_cast<float>(total), minimum = scaled * w.m;
        c = c + minimum;
      }
    }
  }
}

double block_q8_bound(const BlockQ8Product& x, index_t i, index_t j) {
  constexpr double kUnit = 0x1p-24;
  double quantised = 0, magnitude = 0;
  for (index_t block = 0; 32 * block < x.k; ++block) {
    const Row row = row_of(x, block, i);
    const Weights w = weights_of(x, block, j);
    const double s = row.scale, d = w.d, m = w.m;
    for (index_t p = 0; p < 32 && 32 * block + p < x.k; ++p) {
      const double product = d * (w.q[p] - zero_point(x.storage));
      // The scale itself is rounded: at the end of the range another 127 units.
      quantised += (0.5 + 128 * kUnit) * s * std::fabs(product + m) + kUnit * 127 * s * std::fabs(m);
      magnitude += 127 * s * (std::fabs(product) + std::fabs(m));
    }
  }
  // Two roundings in a product's factors, one in each of up to two additions a block.
  return quantised + kUnit * (4 + 2 * static_cast<double>((x.k + 31) / 32)) * magnitude;
}

}  // namespace tessera::test
