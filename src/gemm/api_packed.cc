// The C API of packed operands.
#include <tessera/packed.h>

#include <cstring>
#include <new>

#include "base/checksum.h"
#include "base/int_math.h"
#include "gemm/api_check.h"
#include "gemm/packed_object.h"
#include "gemm/plan.h"
#include "runtime/context.h"
#include "runtime/pages.h"

namespace {

constexpr std::size_t kAlign = 64;
std::size_t allocated(const tsr_packed& packed) { return tessera::allocation_size(packed.bytes()) + kAlign; }

}  // namespace

// One that was never planned has no size.
tsr_packed::~tsr_packed() {
  if (data() != nullptr) tessera::free_pages(const_cast<char*>(data()), allocated(*this));
}

bool tsr_packed::allocate() {
  char* const first = static_cast<char*>(tessera::allocate_pages(allocated(*this), kAlign));
  // Kernels may read past the last panel, and what is saved is all of it.
  if (first != nullptr && !is_stored) std::memset(first + bytes() - kAlign, 0, kAlign);
  data() = first;
  return first != nullptr;
}

namespace tessera {
namespace {

Executor executor_of(const tsr_context* context, tsr_index extent, tsr_index k) {
  return packing_executor(context != nullptr ? context->executor : Executor{0, nullptr, nullptr}, extent, k);
}

// `write` fills the panels, or says that it cannot.
template <class Write>
tsr_status store(const tsr_context* context, Storage storage, tsr_index n, tsr_index k, tsr_packed** packed,
                 const Write& write) {
  if (!countable(n, k)) return TSR_OUT_OF_MEMORY;
  auto* object = new (std::nothrow) tsr_packed;
  if (object == nullptr) return TSR_OUT_OF_MEMORY;
  object->is_stored = true;
  object->stored = {storage, n, k, nullptr};
  if (!object->allocate()) {
    delete object;
    return TSR_OUT_OF_MEMORY;
  }
  if (n > 0 && k > 0) {
    if (const tsr_status bad = write(object->stored, executor_of(context, n, k))) {
      delete object;
      return bad;
    }
  }
  *packed = object;
  return TSR_OK;
}

template <class T>
tsr_status pack(const tsr_context* context, Side side, tsr_index extent, tsr_index k, T alpha, const T* x,
                tsr_index inc_w, tsr_index inc_k, tsr_packed** packed) {
  constexpr DType kType = DTypeOf<T>::value;
  if (!countable(extent, k)) return TSR_OUT_OF_MEMORY;
  auto* object = new (std::nothrow) tsr_packed;
  if (object == nullptr) return TSR_OUT_OF_MEMORY;
  const IsaEntry& isa = context != nullptr && context->isa != nullptr ? *context->isa : best_isa();
  object->panels = plan_panels(this_machine(isa), side, kType, extent, k);
  if (!object->allocate()) {
    delete object;
    return TSR_OUT_OF_MEMORY;
  }
  if (extent > 0 && k > 0) {
    pack_panels(object->panels, StridedSource(kType, x, inc_w, inc_k, false, {static_cast<double>(alpha), 0.0}),
                executor_of(context, extent, k));
  }
  *packed = object;
  return TSR_OK;
}

// What tsr_packed_save writes in front of the panels. Bytes as this machine has them: a file is for machines alike.
struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint8_t side, type, narrow, unused;
  char isa[16];
  std::int32_t mr, nv;
  std::int64_t extent, k, kc;
  std::uint64_t bytes;     // of the panels
  std::uint64_t checksum;  // of the header with this 0, then of the panels
};
constexpr char kMagic[8] = {'t', 's', 'r', 'p', 'a', 'c', 'k', '\n'};
constexpr std::uint32_t kVersion = 1;

Header header_of(const PackedPanels& p) {
  Header h{};
  std::memcpy(h.magic, kMagic, sizeof kMagic);
  h.version = kVersion;
  h.side = static_cast<std::uint8_t>(p.side);
  h.type = static_cast<std::uint8_t>(p.type);
  h.narrow = p.narrow != nullptr;
  std::strncpy(h.isa, isa_info(p.tiles->isa).name, sizeof h.isa - 1);
  h.mr = p.mr;
  h.nv = p.nv;
  h.extent = p.extent;
  h.k = p.k;
  h.kc = p.kc;
  h.bytes = static_cast<std::uint64_t>(p.bytes());
  return h;
}

// The panels that the header describes, as plan_panels() makes them on this machine today.
tsr_status panels_of(const Header& h, PackedPanels& panels) {
  if (h.version != kVersion) return TSR_UNSUPPORTED;
  char name[sizeof h.isa + 1] = {};
  std::memcpy(name, h.isa, sizeof h.isa);
  Isa isa{};
  if (!isa_from_name(name, isa) || find_isa(isa) == nullptr || !can_run(isa, cpu_info().features))
    return TSR_UNSUPPORTED;
  const bool known = h.side <= 1 && h.type <= static_cast<std::uint8_t>(DType::c64) && h.extent >= 0 && h.k >= 0 &&
                     h.extent <= kMaxExtent && h.k <= kMaxExtent && h.kc > 0 && h.kc <= kMaxExtent &&
                     countable(h.extent, h.k);
  if (!known) return -2;
  const DType type = static_cast<DType>(h.type);
  const Side side = static_cast<Side>(h.side);
  const index_t parts = is_complex(type) ? 2 : 1;
  panels =
      plan_panels(this_machine(*find_isa(isa)), side, type, h.extent / (side == Side::right ? parts : 1), h.k / parts);
  // A machine with other caches packs other K blocks; kernels take any that is whole groups of the largest unroll.
  panels.kc = h.kc;
  const Header expected = header_of(panels);
  const bool alike = expected.mr == h.mr && expected.nv == h.nv && expected.narrow == h.narrow &&
                     expected.extent == h.extent && expected.k == h.k;
  if (!alike) return TSR_UNSUPPORTED;
  return (h.kc % 8 == 0 || h.kc >= h.k) && expected.bytes == h.bytes ? TSR_OK : -2;
}

// The same in front of an operand that is stored in fewer bits.
struct StoredHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t storage;
  std::int64_t n, k;
  std::uint64_t bytes;     // of the panels
  std::uint64_t checksum;  // of the header with this 0, then of the panels
};
constexpr char kStoredMagic[8] = {'t', 's', 'r', 's', 't', 'o', 'r', '\n'};
constexpr std::uint32_t kStoredVersion = 2;

StoredHeader header_of(const StoredPanels& p) {
  StoredHeader h{};
  std::memcpy(h.magic, kStoredMagic, sizeof kStoredMagic);
  h.version = kStoredVersion;
  h.storage = static_cast<std::uint32_t>(p.storage);
  h.n = p.n;
  h.k = p.k;
  h.bytes = static_cast<std::uint64_t>(p.bytes());
  return h;
}

tsr_status panels_of(const StoredHeader& h, StoredPanels& panels) {
  if (h.version != kStoredVersion) return TSR_UNSUPPORTED;
  if (h.storage >= kStorages || h.n < 0 || h.n > kMaxExtent || h.k < 0 || h.k > kMaxExtent || !countable(h.n, h.k))
    return -2;
  panels = {static_cast<Storage>(h.storage), h.n, h.k, nullptr};
  return h.bytes == static_cast<std::uint64_t>(panels.bytes()) ? TSR_OK : -2;
}

std::size_t header_size(const tsr_packed& packed) { return packed.is_stored ? sizeof(StoredHeader) : sizeof(Header); }

template <class AnyHeader>
void save(AnyHeader h, const char* data, void* buffer) {
  h.checksum = checksum(h, data, static_cast<std::size_t>(h.bytes));
  std::memcpy(buffer, &h, sizeof h);
  std::memcpy(static_cast<char*>(buffer) + sizeof h, data, static_cast<std::size_t>(h.bytes));
}

template <class AnyHeader, class Panels>
tsr_status load(const void* buffer, std::size_t size, tsr_packed& object, Panels& panels) {
  AnyHeader h;
  if (size < sizeof h) return -2;
  std::memcpy(&h, buffer, sizeof h);
  const char* const data = static_cast<const char*>(buffer) + sizeof h;
  if (const tsr_status bad = panels_of(h, panels)) return bad;
  if (h.bytes > size - sizeof h) return -2;
  if (checksum(h, data, static_cast<std::size_t>(h.bytes)) != h.checksum) return -2;
  if (!object.allocate()) return TSR_OUT_OF_MEMORY;
  std::memcpy(const_cast<char*>(object.data()), data, static_cast<std::size_t>(h.bytes));
  return TSR_OK;
}

}  // namespace
}  // namespace tessera

extern "C" {

#define TESSERA_PACK(TYPE, T)                                                                                    \
  tsr_status tsr_pack_a_##TYPE(const tsr_context* context, tsr_index m, tsr_index k, T alpha, const T* a,        \
                               tsr_index a_rs, tsr_index a_cs, tsr_packed** packed) {                            \
    if (const tsr_status bad = tessera::check_matrix(2, m, 3, k, 5, a, a_rs, a_cs, sizeof(T))) return bad;       \
    if (packed == nullptr) return -8;                                                                            \
    return tessera::pack<T>(context, tessera::Side::left, m, k, alpha, a, a_rs, a_cs, packed);                   \
  }                                                                                                              \
  tsr_status tsr_pack_b_##TYPE(const tsr_context* context, tsr_index k, tsr_index n, const T* b, tsr_index b_rs, \
                               tsr_index b_cs, tsr_packed** packed) {                                            \
    if (const tsr_status bad = tessera::check_matrix(2, k, 3, n, 4, b, b_rs, b_cs, sizeof(T))) return bad;       \
    if (packed == nullptr) return -7;                                                                            \
    return tessera::pack<T>(context, tessera::Side::right, n, k, T(1), b, b_cs, b_rs, packed);                   \
  }
TESSERA_PACK(f32, float)
TESSERA_PACK(f64, double)

#define TESSERA_STORE(TYPE)                                                                                         \
  tsr_status tsr_pack_b_##TYPE(const tsr_context* context, tsr_index k, tsr_index n, const tsr_##TYPE* b,           \
                               tsr_index b_rs, tsr_index b_cs, tsr_packed** packed) {                               \
    if (const tsr_status bad = tessera::check_matrix(2, k, 3, n, 4, b, b_rs, b_cs, sizeof(tsr_##TYPE))) return bad; \
    if (packed == nullptr) return -7;                                                                               \
    return tessera::store(context, tessera::Storage::TYPE, n, k, packed,                                            \
                          [&](const tessera::StoredPanels& panels, const tessera::Executor& executor) {             \
                            tessera::store_panels(panels, b, b_rs, b_cs, executor);                                 \
                            return TSR_OK;                                                                          \
                          });                                                                                       \
  }
TESSERA_STORE(bf16)
TESSERA_STORE(f16)

tsr_status tsr_pack_b_blocks(const tsr_context* context, int format, tsr_index k, tsr_index n, const float* b,
                             tsr_index b_rs, tsr_index b_cs, tsr_packed** packed) {
  using namespace tessera;
  if (format < TSR_BLOCK_S8 || format > TSR_BLOCK_U4) return -2;
  if (const tsr_status bad = check_matrix(3, k, 4, n, 5, b, b_rs, b_cs, sizeof(float))) return bad;
  if (packed == nullptr) return -8;
  const Storage storage = static_cast<Storage>(static_cast<int>(Storage::s8) + format);
  return store(context, storage, n, k, packed, [&](const StoredPanels& panels, const Executor& executor) {
    return quantise_panels(panels, b, b_rs, b_cs, executor) ? TSR_OK : -5;
  });
}

tsr_status tsr_packed_widen(const tsr_packed* packed, float* b, tsr_index b_rs, tsr_index b_cs) {
  using namespace tessera;
  if (packed == nullptr || !packed->is_stored) return -1;
  const StoredPanels& panels = packed->stored;
  if (panels.n == 0 || panels.k == 0) return TSR_OK;
  if (b == nullptr) return -2;
  if (const tsr_status bad = check_extent(2, panels.k, panels.n, b_rs, b_cs, sizeof(float))) return bad;
  if (const tsr_status bad = check_distinct(2, panels.k, panels.n, b_rs, b_cs)) return bad;
  widen_panels(panels, b, b_rs, b_cs);
  return TSR_OK;
}

void tsr_packed_destroy(tsr_packed* packed) { delete packed; }

size_t tsr_packed_size(const tsr_packed* packed) {
  return packed == nullptr ? 0 : tessera::header_size(*packed) + static_cast<std::size_t>(packed->bytes());
}

tsr_status tsr_packed_save(const tsr_packed* packed, void* buffer, size_t size) {
  if (packed == nullptr) return -1;
  if (buffer == nullptr) return -2;
  if (size < tsr_packed_size(packed)) return -3;
  if (packed->is_stored) {
    tessera::save(tessera::header_of(packed->stored), packed->data(), buffer);
  } else {
    tessera::save(tessera::header_of(packed->panels), packed->data(), buffer);
  }
  return TSR_OK;
}

tsr_status tsr_packed_load(const void* buffer, size_t size, tsr_packed** packed) {
  using namespace tessera;
  if (buffer == nullptr) return -1;
  if (packed == nullptr) return -3;
  if (size < sizeof kMagic) return -2;
  const bool stored = std::memcmp(buffer, kStoredMagic, sizeof kStoredMagic) == 0;
  if (!stored && std::memcmp(buffer, kMagic, sizeof kMagic) != 0) return -1;
  auto* object = new (std::nothrow) tsr_packed;
  if (object == nullptr) return TSR_OUT_OF_MEMORY;
  object->is_stored = stored;
  const tsr_status status = stored ? load<StoredHeader>(buffer, size, *object, object->stored)
                                   : load<Header>(buffer, size, *object, object->panels);
  if (status != TSR_OK) {
    delete object;
    return status;
  }
  *packed = object;
  return TSR_OK;
}
}
