#include "quant/weights.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "base/checksum.h"
#include "base/int_math.h"
#include "quant/int8_plan.h"
#include "runtime/cpu.h"
#include "runtime/pages.h"

namespace tessera {

ZeroPoint zero_point_of(const Int8Matrix& matrix, index_t count) {
  if (matrix.zeros == nullptr) return {matrix.zero, nullptr};
  for (index_t i = 1; i < count; ++i)
    if (matrix.zeros[i] != matrix.zeros[0]) return {0, matrix.zeros};
  return {matrix.zeros[0], nullptr};
}

void Int8Source::pack(const PanelRequest& request) const noexcept {
  const bool left = side_ == Side::left;
  const index_t inc_w = left ? matrix_.rs : matrix_.cs, inc_k = left ? matrix_.cs : matrix_.rs;
  PackInt8Args args;
  args.dst = request.dst;
  args.src = static_cast<const char*>(matrix_.p) + request.first * inc_w + request.step * inc_k;
  args.src_signed = matrix_.is_signed;
  args.width = request.width;
  args.panel = request.panel;
  args.k = request.steps;
  args.inc_w = inc_w;
  args.inc_k = inc_k;
  args.terms = terms_;
  args.factor = factor_;
  const std::uint32_t steps = static_cast<std::uint32_t>(request.steps);
  args.constant = left ? 0 : static_cast<std::int32_t>(0u - steps * static_cast<std::uint32_t>(zero_));
  (left ? packers_.left : packers_.right)(args);
  if (left || !terms_ || zeros_ == nullptr) return;
  // Zero points that differ from column to column are taken off afterwards.
  const TileSet& tiles = *find_int8(packers_.isa)->kernels.tiles;
  char* const terms = request.dst + request.panel * (tiles.right.line(request.steps) - tiles.right.trailer);
  for (index_t j = 0; j < request.width; ++j) {
    std::uint32_t term;
    std::memcpy(&term, terms + 4 * j, sizeof term);
    term -= steps * static_cast<std::uint32_t>(zeros_[request.first + j]);
    std::memcpy(terms + 4 * j, &term, sizeof term);
  }
}

Int8Panels plan_int8_panels(const Int8Entry& isa, index_t n, index_t k) {
  // Whoever was told a size must not find another one when the profile has been replaced.
  return {&isa, plan_int8_weights(this_int8_machine(isa, Profile{}), n, k), k, 0, nullptr};
}

void pack_int8_panels(Int8Panels& p, const Int8Matrix& b, char* data, const Executor& executor) {
  p.zero = b.zero + panel_offset(p.isa->packers->right_type, b.is_signed);
  p.panels.data = data;
  const Int8Source source(*p.isa->packers, Side::right, b, p.zero, nullptr, 1, true);
  if (p.k > 0 && p.panels.extent > 0) pack_panels(p.panels, source, executor);
}

Int8Weights::~Int8Weights() {
  free_pages(memory, bytes);
  std::free(zeros);
}

bool Int8Weights::allocate(index_t columns_with_zeros) {
  bytes = allocation_size(round_up(panels.bytes(), 64));
  memory = static_cast<char*>(allocate_pages(bytes, 64));
  if (columns_with_zeros > 0)
    zeros =
        static_cast<std::int32_t*>(std::malloc(static_cast<std::size_t>(columns_with_zeros) * sizeof(std::int32_t)));
  panels.data = memory;
  return memory != nullptr && (columns_with_zeros == 0 || zeros != nullptr);
}

Int8Weights* Int8Weights::create(const Int8Machine& machine, index_t n, index_t k, const Int8Matrix& b,
                                 const Executor& executor, index_t rows) {
  const Int8Entry& isa = *machine.isa;
  Int8Weights* w = countable(n, k) ? new (std::nothrow) Int8Weights : nullptr;
  if (w == nullptr) return nullptr;
  w->isa = &isa;
  w->panels = plan_int8_weights(machine, n, k, rows);
  w->k = k;
  w->memory = nullptr;
  w->zeros = nullptr;
  const ZeroPoint z = zero_point_of(b, n);
  if (!w->allocate(z.zeros != nullptr ? n : 0)) {
    delete w;
    return nullptr;
  }
  // What is not written, behind the panels, is stored too.
  std::memset(w->memory, 0, w->bytes);
  const std::int32_t offset = panel_offset(isa.packers->right_type, b.is_signed);
  w->zero = z.zero + offset;
  for (index_t j = 0; w->zeros != nullptr && j < n; ++j) w->zeros[j] = z.zeros[j] + offset;
  const Int8Source source(*isa.packers, Side::right, b, z.zeros != nullptr ? 0 : w->zero, w->zeros, 1, true);
  if (k > 0) pack_panels(w->panels, source, executor);
  return w;
}

Int8Weights* Int8Weights::create(const Int8Entry& isa, index_t n, index_t k, const Int8Matrix& b,
                                 const Executor& executor) {
  return create(this_int8_machine(isa), n, k, b, executor);
}

// ---- storage -----------------------------------------------------------------------------------------------------

namespace {

constexpr char kMagic[8] = {'T', 'E', 'S', 'S', 'E', 'R', 'A', '8'};
constexpr std::uint32_t kVersion = 1;

// Little-endian on every CPU there are kernels for. Behind it: zero points of the columns, if any, then the panels.
struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t has_zeros;
  char isa[16];
  std::int64_t n, k, kc;
  std::int32_t nv, group, element, zero;
  std::uint64_t bytes;     // of the panels
  std::uint64_t checksum;  // of everything else, in order
};
static_assert(sizeof(Header) == 88);

}  // namespace

std::size_t Int8Weights::stored_size() const {
  const std::size_t z = zeros != nullptr ? static_cast<std::size_t>(panels.extent) * sizeof(std::int32_t) : 0;
  return sizeof(Header) + z + bytes;
}

void Int8Weights::store(void* buffer) const {
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.has_zeros = zeros != nullptr;
  std::strncpy(header.isa, isa_info(isa->isa).name, sizeof header.isa - 1);
  header.n = panels.extent;
  header.k = k;
  header.kc = panels.kc;
  header.nv = panels.nv;
  header.group = panels.tiles->right.group;
  header.element = panels.tiles->right.element;
  header.zero = zero;
  header.bytes = bytes;
  char* const rest = static_cast<char*>(buffer) + sizeof header;
  const std::size_t z = stored_size() - sizeof header - bytes;
  if (z > 0) std::memcpy(rest, zeros, z);
  std::memcpy(rest + z, memory, bytes);
  header.checksum = checksum(header, rest, z + bytes);
  std::memcpy(buffer, &header, sizeof header);
}

Int8Weights::Loading Int8Weights::load(const void* buffer, std::size_t size, Int8Weights*& weights) {
  Header header;
  if (size < sizeof header) return Loading::invalid;
  std::memcpy(&header, buffer, sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return Loading::invalid;
  if (header.version != kVersion) return Loading::unsupported;
  const char* const rest = static_cast<const char*>(buffer) + sizeof header;
  if (checksum(header, rest, size - sizeof header) != header.checksum) return Loading::invalid;
  // From here on the bytes are what store() wrote, unless somebody means harm: sizes are checked all the same.
  Isa isa{};
  header.isa[sizeof header.isa - 1] = '\0';
  if (!isa_from_name(header.isa, isa) || find_int8(isa) == nullptr || !can_run(isa, cpu_info().features))
    return Loading::unsupported;
  const Int8Entry& entry = *find_int8(isa);
  const TileSet& tiles = *entry.kernels.tiles;
  if (header.group != tiles.right.group || header.element != tiles.right.element) return Loading::unsupported;
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  if (header.n < 0 || header.n > kMost || header.k < 0 || header.k > kMost || header.kc < 1 || header.kc > kMost ||
      (header.kc < header.k && header.kc % tiles.right.group != 0) || header.nv < 1 || header.nv > tiles.max_width ||
      !countable(header.n, header.k))
    return Loading::invalid;

  Int8Weights* w = new (std::nothrow) Int8Weights;
  if (w == nullptr) return Loading::out_of_memory;
  w->isa = &entry;
  w->panels = plan_int8_weights(this_int8_machine(entry), header.n, header.k);
  w->panels.kc = header.kc;
  w->panels.nv = header.nv;
  w->k = header.k;
  w->zero = header.zero;
  w->memory = nullptr;
  w->zeros = nullptr;
  const std::size_t z = header.has_zeros ? static_cast<std::size_t>(header.n) * sizeof(std::int32_t) : 0;
  const std::size_t expected = allocation_size(round_up(w->panels.bytes(), 64));
  if (header.bytes != expected || size != sizeof header + z + expected) {
    delete w;
    return Loading::invalid;
  }
  if (!w->allocate(header.has_zeros ? header.n : 0)) {
    delete w;
    return Loading::out_of_memory;
  }
  if (z > 0) std::memcpy(w->zeros, rest, z);
  std::memcpy(w->memory, rest + z, expected);
  weights = w;
  return Loading::ok;
}

}  // namespace tessera
