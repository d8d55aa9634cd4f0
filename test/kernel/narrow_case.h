// A call of a kernel on a panel of weights in blocks, as random tests draw it.
#pragma once

#include <string>

#include "base/isa.h"
#include "kernel/narrow_contract.h"
#include "support/random.h"

namespace tessera::test {

struct NarrowCase {
  Storage storage;
  index_t h, k;
  index_t column, n, ldc;
  int n_tail;
  float beta;

  // h rows by tiles of 2^width registers, k steps.
  NarrowCase(Random& r, Storage of, int lanes, int width, index_t rows, index_t steps)
      : storage(of), h(rows), k(steps) {
    const index_t full = index_t{lanes} << width;
    column = r.integer(0, kStoredColumns / full - 1) * full;
    n_tail = r.one_in(2) ? lanes : static_cast<int>(r.integer(1, lanes));
    n = full - lanes + n_tail;
    ldc = n + r.integer(0, 3);
    beta = r.one_in(3) ? 0.0f : r.one_in(2) ? 1.0f : r.number<float>();
  }

  index_t c_count() const { return (h - 1) * ldc + n; }
  std::string text(Isa isa) const {
    return std::string(isa_info(isa).name) + " storage " + std::to_string(static_cast<int>(storage)) + ", " +
           std::to_string(h) + " x " + std::to_string(n) + ", column " + std::to_string(column) + ", k " +
           std::to_string(k) + ", beta " + std::to_string(beta);
  }
  // a: what the kernel takes for rows; b: the panel.
  void run(NarrowTileFn kernel, const void* a, const void* b, float* c) const {
    NarrowTileArgs args{};
    args.a = a;
    args.b = b;
    args.b_row = block_bytes(storage);
    args.column = column;
    args.c = c;
    args.c_row = ldc * 4;
    args.k = k;
    args.beta = beta == 0.0f ? nullptr : &beta;
    args.n_tail = n_tail;
    args.prefetch_b = 256;
    kernel(args);
  }
};

}  // namespace tessera::test
