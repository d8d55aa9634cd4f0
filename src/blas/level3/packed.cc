#include "blas/level3/packed.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "gemm/packed.h"
#include "gemm/plan.h"
#include "quant/int8.h"
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

void gemm_s8u8s32(bool row_major, index_t m, index_t n, index_t k, float alpha, const OffsetBytes& a,
                  const OffsetBytes& b, float beta, std::int32_t* c, index_t ldc, const std::int32_t* co, index_t co_rs,
                  index_t co_cs) {
  const OffsetBytes &left = row_major ? a : b, &right = row_major ? b : a;
  if (!row_major) {
    std::swap(m, n);
    std::swap(co_rs, co_cs);
  }
  if (m <= 0 || n <= 0) return;
  const auto matrix = [&](const OffsetBytes& x, bool is_signed) -> Int8Matrix {
    const Strides s = strides_of(row_major, x.t, x.ld);
    return {x.p, is_signed, row_major ? s.rs : s.cs, row_major ? s.cs : s.rs, -x.offset, nullptr};
  };
  const Int8Matrix l = matrix(left, false), r = matrix(right, true);

  // Sums go straight to a C that is not read, else to memory of their own: all of C, or a few numbers at a time.
  constexpr index_t kFew = 1024;
  std::int32_t few[kFew];
  std::int32_t* sums = c;
  index_t rows = m, columns = n, ld = ldc;
  if (beta != 0.0f) {
    sums = static_cast<std::int32_t*>(workspace(WorkspaceSlot::operand, allocation_size(m * n * 4)));
    ld = n;
    if (sums == nullptr) {
      sums = few;
      rows = 1;
      ld = columns = min_index(n, kFew);
    }
  }
  for (index_t i = 0; i < m; i += rows) {
    for (index_t j = 0; j < n; j += columns) {
      const index_t width = min_index(columns, n - j);
      Int8Call call{.m = rows,
                    .n = width,
                    .k = alpha != 0.0f ? k : 0,
                    .a = l,
                    .b = r,
                    .weights = nullptr,
                    .output = nullptr,
                    .c = sums,
                    .c_rs = ld,
                    .c_cs = 1};
      call.a.p = static_cast<const char*>(l.p) + i * l.rs;
      call.b.p = static_cast<const char*>(r.p) + j * r.cs;
      // Without zero points of their own for rows or columns it needs no memory.
      static_cast<void>(int8_gemm(call, {}));
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
}

}  // namespace tessera::blas
