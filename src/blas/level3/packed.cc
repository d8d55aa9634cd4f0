#include "blas/level3/packed.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "gemm/packed.h"
#include "gemm/plan.h"
#include "quant/int8.h"
#include "quant/weights.h"
#include "runtime/workspace.h"

namespace tessera::blas {
namespace {

// In front of the panels, wherever they lie.
struct alignas(64) Head {
  char magic[8];
  PackedPanels panels;
};
constexpr char kMagic[8] = {'t', 's', 'r', 'b', 'l', 'a', 's', '\n'};

// The loops want rows of C contiguous: a column-major product is the row-major one of the transposed matrices.
constexpr tessera::Side side_in(bool row_major, Identifier which) {
  return (which == Identifier::a) == row_major ? tessera::Side::left : tessera::Side::right;
}

template <class T>
PackedPanels panels_for(tessera::Side side, index_t extent, index_t k) {
  return plan_panels(this_machine(best_isa()), side, Scalar<T>::kType, extent, k);
}

Identifier other(Identifier which) { return which == Identifier::a ? Identifier::b : Identifier::a; }

// Whether the operand is what the call says; its panels.
template <class T>
bool unpack(const MaybePacked<T>& x, tessera::Side side, index_t extent, index_t k, PackedPanels& panels) {
  Head head;
  std::memcpy(&head, x.p, sizeof head);
  panels = head.panels;
  panels.data = reinterpret_cast<const char*>(x.p) + sizeof head;
  return std::memcmp(head.magic, kMagic, sizeof kMagic) == 0 && panels.type == Scalar<T>::kType &&
         panels.side == side && panels.extent == extent && panels.k == k;
}

}  // namespace

template <class T>
std::size_t packed_size(Identifier which, index_t m, index_t n, index_t k) {
  const index_t extent = which == Identifier::a ? m : n;
  const index_t left = panels_for<T>(tessera::Side::left, extent, k).bytes();
  const index_t right = panels_for<T>(tessera::Side::right, extent, k).bytes();
  return sizeof(Head) + allocation_size(max_index(left, right));
}

template <class T>
void pack(bool row_major, Identifier which, Trans t, index_t m, index_t n, index_t k, T alpha, const T* src, index_t ld,
          void* dest) {
  const index_t extent = which == Identifier::a ? m : n;
  Head head{};
  std::memcpy(head.magic, kMagic, sizeof kMagic);
  head.panels = panels_for<T>(side_in(row_major, which), extent, k);
  std::memcpy(dest, &head, sizeof head);
  head.panels.data = static_cast<const char*>(dest) + sizeof head;
  if (extent == 0 || k == 0) return;
  const Strides s = strides_of(row_major, t, ld);
  const StridedSource source(Scalar<T>::kType, src, which == Identifier::a ? s.rs : s.cs,
                             which == Identifier::a ? s.cs : s.rs, false, {static_cast<double>(alpha)});
  pack_panels(head.panels, source, packing_executor({.threads = 0}, extent, k));
}

template <class T>
Identifier compute(bool row_major, index_t m, index_t n, index_t k, const MaybePacked<T>& a, const MaybePacked<T>& b,
                   T beta, T* c, index_t ldc) {
  const MaybePacked<T>&left = row_major ? a : b, &right = row_major ? b : a;
  const Identifier left_is = row_major ? Identifier::a : Identifier::b;
  if (!row_major) std::swap(m, n);
  PackedPanels left_panels, right_panels;
  GemmExtras extras;
  if (left.packed) {
    if (!unpack(left, tessera::Side::left, m, k, left_panels)) return left_is;
    extras.a_packed = &left_panels;
  }
  if (right.packed) {
    if (!unpack(right, tessera::Side::right, n, k, right_panels)) return other(left_is);
    extras.b_packed = &right_panels;
  }
  const T one(1);
  const Strides l = strides_of(row_major, left.t, left.ld), r = strides_of(row_major, right.t, right.ld);
  tessera::gemm({.type = Scalar<T>::kType,
                 .m = m,
                 .n = n,
                 .k = k,
                 .alpha = &one,
                 .a = left.p,
                 .a_rs = row_major ? l.rs : l.cs,
                 .a_cs = row_major ? l.cs : l.rs,
                 .b = right.p,
                 .b_rs = row_major ? r.rs : r.cs,
                 .b_cs = row_major ? r.cs : r.rs,
                 .beta = &beta,
                 .c = c,
                 .c_rs = ldc,
                 .c_cs = 1,
                 .extras = &extras});
  return Identifier::bad;
}

#define TESSERA_PACKED(T)                                                                                              \
  template std::size_t packed_size<T>(Identifier, index_t, index_t, index_t);                                          \
  template void pack<T>(bool, Identifier, Trans, index_t, index_t, index_t, T, const T*, index_t, void*);              \
  template Identifier compute<T>(bool, index_t, index_t, index_t, const MaybePacked<T>&, const MaybePacked<T>&, T, T*, \
                                 index_t);
TESSERA_PACKED(float)
TESSERA_PACKED(double)

// ---- bytes ---------------------------------------------------------------------------------------------------------

namespace {

// In front of a packed operand of bytes: rows along k of a left one, panels of a right one without a zero point.
struct alignas(64) BytesHead {
  char magic[8];
  tessera::Side side;
  index_t extent, k;
  Int8Panels right;
};
constexpr char kBytesMagic[8] = {'t', 's', 'r', 'b', 'y', 't', 'e', '\n'};

// An operand as the loops want it, row-major: the caller's, or the transposed one of a column-major call.
Int8Matrix bytes_of(bool row_major, const OffsetBytes& x, tessera::Side side) {
  const Strides s = strides_of(row_major, x.t, x.ld);
  return {x.p, side == tessera::Side::right, row_major ? s.rs : s.cs, row_major ? s.cs : s.rs, -x.offset, nullptr};
}

// The same of a packed one; false when it is another.
bool unpack_bytes(const OffsetBytes& x, tessera::Side side, index_t extent, index_t k, Int8Matrix& matrix,
                  Int8Panels& panels) {
  BytesHead head;
  std::memcpy(static_cast<void*>(&head), x.p, sizeof head);
  if (std::memcmp(head.magic, kBytesMagic, sizeof kBytesMagic) != 0 || head.side != side || head.extent != extent ||
      head.k != k)
    return false;
  const char* const data = static_cast<const char*>(x.p) + sizeof head;
  if (side == tessera::Side::left) {
    matrix = {data, false, k, 1, -x.offset, nullptr};
  } else {
    panels = head.right;
    panels.panels.data = data;
  }
  return true;
}

// sums := (rows [i, i + rows) of l - zero points) * (columns [j, j + columns) of r - zero points). Panels have no zero
// point in them: with `zero` theirs, a row's sum lacks k times the product of both zero points, which is the same for
// all, and zero times the sum of its row, which is the left factor of a zero point.
struct ByteProduct {
  index_t k;
  Int8Matrix l, r;
  const Int8Panels* panels;  // instead of r

  void sums(index_t i, index_t rows, index_t j, index_t columns, std::int32_t* out, index_t ld) const {
    Int8Call call{.m = rows,
                  .n = columns,
                  .k = k,
                  .a = l,
                  .b = r,
                  .weights = nullptr,
                  .output = nullptr,
                  .c = out,
                  .c_rs = ld,
                  .c_cs = 1};
    call.a.p = static_cast<const char*>(l.p) + i * l.rs;
    if (panels == nullptr) {
      call.b.p = static_cast<const char*>(r.p) + j * r.cs;
      return multiply(call);
    }
    if (k == 0 || (j == 0 && columns == panels->panels.extent)) {
      Int8Panels all = *panels;
      all.zero += r.zero;
      call.weights = &all;
      multiply(call);
      return add(out, rows, columns, ld, k);
    }
    // Some of the panels: a K block at a time.
    std::int32_t part[kFew];
    for (index_t q = 0; q < rows; ++q) std::memset(out + q * ld, 0, static_cast<std::size_t>(columns) * sizeof *out);
    const PackedPanels& p = panels->panels;
    for (index_t pc = 0; pc < k; pc += p.kc) {
      Int8Panels block = *panels;
      block.k = block.panels.k = min_index(p.kc, k - pc);
      block.zero += r.zero;
      block.panels.extent = columns;
      block.panels.data = p.panel(pc, j);
      Int8Call some = call;
      some.m = 1;
      some.k = block.k;
      some.weights = &block;
      some.c = part;
      for (index_t q = 0; q < rows; ++q) {
        some.a.p = static_cast<const char*>(call.a.p) + q * l.rs + pc * l.cs;
        multiply(some);
        add(part, 1, columns, columns, block.k);
        for (index_t x = 0; x < columns; ++x)
          out[q * ld + x] = static_cast<std::int32_t>(word(out[q * ld + x]) + word(part[x]));
      }
    }
  }

  // Numbers that are summed a row at a time where there is no memory.
  static constexpr index_t kFew = 1024;
  index_t few_columns(index_t n) const {
    return min_index(n, panels == nullptr ? kFew : round_down(kFew, panels->panels.full()));
  }

 private:
  static std::uint32_t word(std::int32_t x) { return static_cast<std::uint32_t>(x); }
  // Without zero points of their own for rows or columns it needs no memory.
  static void multiply(const Int8Call& call) { static_cast<void>(int8_gemm(call, {})); }
  // What column terms without r's zero point lack: left zero point * r.zero * steps.
  void add(std::int32_t* out, index_t rows, index_t columns, index_t ld, index_t steps) const {
    const std::int32_t left = l.zero + panel_offset(panels->isa->packers->left_type, false);
    const std::uint32_t lack = word(left) * word(r.zero) * static_cast<std::uint32_t>(steps);
    for (index_t i = 0; lack != 0 && i < rows; ++i)
      for (index_t j = 0; j < columns; ++j) out[i * ld + j] = static_cast<std::int32_t>(word(out[i * ld + j]) + lack);
  }
};

}  // namespace

std::size_t packed_bytes_size(Identifier which, index_t m, index_t n, index_t k) {
  const index_t extent = which == Identifier::a ? m : n;
  return sizeof(BytesHead) +
         allocation_size(max_index(extent * k, plan_int8_panels(best_int8(), extent, k).panels.bytes()));
}

void pack_bytes(bool row_major, Identifier which, Trans t, index_t m, index_t n, index_t k, const void* src, index_t ld,
                void* dest) {
  BytesHead head{};
  std::memcpy(head.magic, kBytesMagic, sizeof kBytesMagic);
  head.side = side_in(row_major, which);
  head.extent = which == Identifier::a ? m : n;
  head.k = k;
  char* const data = static_cast<char*>(dest) + sizeof head;
  const Int8Matrix x = bytes_of(row_major, {src, false, t, ld, 0}, head.side);
  if (head.side == tessera::Side::right) {
    head.right = plan_int8_panels(best_int8(), head.extent, k);
    pack_int8_panels(head.right, x, data, packing_executor({.threads = 0}, head.extent, k));
  } else {
    for (index_t i = 0; i < head.extent; ++i)
      for (index_t p = 0; p < k; ++p) data[i * k + p] = static_cast<const char*>(x.p)[i * x.rs + p * x.cs];
  }
  std::memcpy(dest, static_cast<const void*>(&head), sizeof head);
}

Identifier gemm_s8u8s32(bool row_major, index_t m, index_t n, index_t k, float alpha, const OffsetBytes& a,
                        const OffsetBytes& b, float beta, std::int32_t* c, index_t ldc, const std::int32_t* co,
                        index_t co_rs, index_t co_cs) {
  const OffsetBytes &left = row_major ? a : b, &right = row_major ? b : a;
  const Identifier left_is = row_major ? Identifier::a : Identifier::b;
  if (!row_major) {
    std::swap(m, n);
    std::swap(co_rs, co_cs);
  }
  if (m <= 0 || n <= 0) return Identifier::bad;
  ByteProduct product{alpha != 0.0f ? k : 0, bytes_of(row_major, left, tessera::Side::left),
                      bytes_of(row_major, right, tessera::Side::right), nullptr};
  Int8Panels panels;
  if (left.packed && !unpack_bytes(left, tessera::Side::left, m, k, product.l, panels)) return left_is;
  if (right.packed) {
    if (!unpack_bytes(right, tessera::Side::right, n, k, product.r, panels)) return other(left_is);
    product.panels = &panels;
  }

  // Sums go straight to a C that is not read, else to memory of their own: all of C, or a few numbers at a time.
  std::int32_t few[ByteProduct::kFew];
  std::int32_t* sums = c;
  index_t rows = m, columns = n, ld = ldc;
  if (beta != 0.0f) {
    sums = static_cast<std::int32_t*>(workspace(WorkspaceSlot::operand, allocation_size(m * n * 4)));
    ld = n;
    if (sums == nullptr) {
      sums = few;
      rows = 1;
      ld = columns = product.few_columns(n);
    }
  }
  for (index_t i = 0; i < m; i += rows) {
    for (index_t j = 0; j < n; j += columns) {
      const index_t width = min_index(columns, n - j);
      product.sums(i, rows, j, width, sums, ld);
      for (index_t p = 0; p < rows; ++p) {
        std::int32_t* const out = c + (i + p) * ldc + j;
        for (index_t q = 0; q < width; ++q) {
          double x = static_cast<double>(alpha) * sums[p * ld + q] + co[(i + p) * co_rs + (j + q) * co_cs];
          if (beta != 0.0f) x += static_cast<double>(beta) * out[q];
          constexpr double kLow = std::numeric_limits<std::int32_t>::min(),
                           kHigh = std::numeric_limits<std::int32_t>::max();
          out[q] = x <= kLow    ? std::numeric_limits<std::int32_t>::min()
                   : x >= kHigh ? std::numeric_limits<std::int32_t>::max()
                                : static_cast<std::int32_t>(std::nearbyint(x));
        }
      }
    }
  }
  return Identifier::bad;
}

}  // namespace tessera::blas
