// Three ways: kernels that read the image where it lies (int8_direct.h); where the instruction set has none, strips of
// pixels gathered into rows of bytes along k, for 8-bit GEMM; and, one channel for each group, rows of pixels
// (int8_depthwise.h) or sums of channels tap by tap. All work on pixels whose channels are neighbours: images in the
// other order are copied into it first. Padding is the zero point of x, so that corrections hold for it too.
#include "conv/int8_conv.h"

#include <atomic>
#include <cstring>
#include <new>

#include "base/int_math.h"
#include "conv/int8_depthwise.h"
#include "conv/int8_direct.h"
#include "conv/slots.h"
#include "kernel/contract.h"
#include "pack/transpose_bytes.h"
#include "quant/int8_plan.h"
#include "runtime/workspace.h"

namespace tessera {
namespace {

constexpr index_t kTasksPerThread = 4;
// Gathered rows below which the weights are not worth reading.
constexpr index_t kLeastStrip = 32;

// The epilogue of the output channels from `k` on.
Output from_channel(const Output& output, index_t k) {
  const auto from = [k](auto& p, index_t stride) {
    if (p != nullptr) p += k * stride;
  };
  Output o = output;
  from(o.bias, 1);
  from(o.scale, o.scale_stride);
  from(o.float_bias, 1);
  from(o.multiplier, o.multiplier_stride);
  from(o.shift, o.multiplier_stride);
  return o;
}

ImageStrides with_channels_last(index_t h, index_t w, index_t channels) {
  return {h * w * channels, 1, w * channels, channels};
}

// The problem that is computed: an image whose channels are no neighbours is copied into one where they are.
ConvProblem by_pixels(const ConvProblem& problem) {
  ConvProblem p = problem;
  if (!p.nhwc()) p.in = with_channels_last(p.h, p.w, p.groups * p.c);
  return p;
}

// Images from one order to the other: `from` and `to` are pixels by channels, or channels by pixels, of each image.
struct Images {
  index_t count, pixels, channels;
  const char* from;
  char* to;
  index_t from_image, from_row, to_image, to_row;  // bytes
  bool channels_first;                             // in `from`
};
class ReorderJob final : public PhasedJob {
 public:
  explicit ReorderJob(const Images& images) : i_(images), pieces_(ceil_div(images.pixels, kPiece)) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return i_.count * pieces_; }
  void run(int, index_t task) noexcept override {
    const index_t image = task / pieces_, first = task % pieces_ * kPiece, n = min_index(kPiece, i_.pixels - first);
    const char* const from = i_.from + image * i_.from_image;
    char* const to = i_.to + image * i_.to_image;
    if (i_.channels_first) {
      transpose_bytes(from + first, i_.from_row, i_.channels, n, to + first * i_.to_row, i_.to_row);
    } else {
      transpose_bytes(from + first * i_.from_row, i_.from_row, n, i_.channels, to + first, i_.to_row);
    }
  }

 private:
  static constexpr index_t kPiece = 256;  // pixels of a task
  const Images i_;
  index_t pieces_;
};

}  // namespace

// ---- implicit GEMM -------------------------------------------------------------------------------------------------

class Int8Conv::StripsJob final : public PhasedJob {
 public:
  StripsJob(const Int8Conv& conv, const ConvProblem& p, const Int8Image& x, const Output& output, char* y, Slots& slots,
            index_t parts)
      : conv_(conv),
        p_(p),
        x_(static_cast<const std::uint8_t*>(x.p)),
        x_signed_(x.is_signed),
        zero_(x.zero),
        output_(output),
        y_(y),
        slots_(slots),
        parts_(parts) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return p_.batch * p_.groups * parts_; }
  void run(int, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    const Part strip = part_of(conv_.pixels(), parts_, task % parts_);
    const index_t group = task / parts_ % p_.groups, image = task / parts_ / p_.groups;
    gather(x_ + image * p_.in.n + group * p_.c, strip, slot.data());
    const Output output = from_channel(output_, group * p_.k);
    const index_t at = image * p_.out.n + group * p_.k * p_.out.c + strip.begin * p_.out.x;
    Int8Call call{};
    call.m = strip.size;
    call.n = p_.k;
    call.k = conv_.depth();
    call.a = {slot.data(), x_signed_, call.k, 1, zero_, nullptr};
    call.weights = conv_.panels_[static_cast<std::size_t>(group)].get();
    call.output = &output;
    call.c = y_ + at * size_of(output.type);
    call.c_rs = p_.out.x;
    call.c_cs = p_.out.c;
    if (!int8_gemm(call, {nullptr, Executor{1, nullptr, nullptr}})) failed_.store(true, std::memory_order_relaxed);
  }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }

 private:
  // Rows of k bytes: what the taps of each pixel see.
  void gather(const std::uint8_t* x, const Part& strip, char* to) const {
    const int zero = static_cast<std::uint8_t>(zero_);
    const bool neighbours = p_.dx == 1 && p_.in.x == p_.c;  // a row of taps is one run of bytes
    const auto bytes = [](index_t n) { return static_cast<std::size_t>(n); };
    index_t oy = strip.begin / p_.ow, ox = strip.begin % p_.ow;
    for (index_t i = 0; i < strip.size; ++i) {
      const index_t ix = ox * p_.sx - p_.left;
      const index_t before = clamp_index(-ix, 0, p_.kw), end = clamp_index(p_.w - ix, before, p_.kw);
      for (index_t r = 0; r < p_.kh; ++r, to += p_.kw * p_.c) {
        const index_t iy = oy * p_.sy + r * p_.dy - p_.top;
        const std::uint8_t* const row = x + iy * p_.in.y + ix * p_.in.x;
        if (iy < 0 || iy >= p_.h) {
          std::memset(to, zero, bytes(p_.kw * p_.c));
        } else if (neighbours) {
          if (before > 0) std::memset(to, zero, bytes(before * p_.c));
          if (end > before) std::memcpy(to + before * p_.c, row + before * p_.c, bytes((end - before) * p_.c));
          if (end < p_.kw) std::memset(to + end * p_.c, zero, bytes((p_.kw - end) * p_.c));
        } else {
          for (index_t s = 0; s < p_.kw; ++s) {
            const index_t at = ix + s * p_.dx;
            if (at >= 0 && at < p_.w) {
              std::memcpy(to + s * p_.c, row + s * p_.dx * p_.in.x, bytes(p_.c));
            } else {
              std::memset(to + s * p_.c, zero, bytes(p_.c));
            }
          }
        }
      }
      if (++ox == p_.ow) ox = 0, ++oy;
    }
  }

  const Int8Conv& conv_;
  const ConvProblem& p_;
  const std::uint8_t* x_;
  bool x_signed_;
  std::int32_t zero_;
  const Output& output_;
  char* y_;
  Slots& slots_;
  index_t parts_;
  std::atomic<bool> failed_{false};
};

// Gathered rows stay in L2 beside the panels of weights that pass over them.
Int8Conv::Strips Int8Conv::strips(int threads) const {
  const index_t most = max_index(this_int8_machine(isa_).l2.bytes / 4 / depth(), kLeastStrip);
  index_t parts = ceil_div(pixels(), most);
  const index_t wanted = threads > 1 ? ceil_div(kTasksPerThread * threads, p_.batch * p_.groups) : 1;
  if (parts < wanted) parts = clamp_index(wanted, parts, ceil_div(pixels(), kLeastStrip));
  return {parts, round_up(ceil_div(pixels(), parts) * depth(), 64)};
}

bool Int8Conv::pack_panels_of(const Int8Filter& filter, const Executor& executor) {
  const Int8Machine machine = this_int8_machine(isa_);
  const bool in_place = Int8Direct::supports(by_pixels(p_), machine, filter);
  // Runs of taps are filled up to whole groups, with what is 0 in a panel.
  const PixelRuns runs = pixel_runs(by_pixels(p_), in_place ? isa_.kernels.tiles->right.group : 1);
  const index_t depth = runs.count * runs.padded;
  const std::size_t group_bytes = static_cast<std::size_t>(depth * p_.k);
  panels_.reset(new (std::nothrow) std::unique_ptr<Int8Weights>[static_cast<std::size_t>(p_.groups)]);
  const std::unique_ptr<std::uint8_t[]> ordered(new (std::nothrow) std::uint8_t[group_bytes]);
  if (panels_ == nullptr || ordered == nullptr) return false;
  const std::uint8_t* from = static_cast<const std::uint8_t*>(filter.p);
  const index_t taps_in_run = p_.taps() / runs.count;
  std::memset(ordered.get(), filter.is_signed ? 0 : 0x80, group_bytes);
  for (index_t g = 0; g < p_.groups; ++g) {
    for (index_t k = 0; k < p_.k; ++k)
      for (index_t c = 0; c < p_.c; ++c)
        for (index_t tap = 0; tap < p_.taps(); ++tap)
          ordered[static_cast<std::size_t>(k * depth + tap / taps_in_run * runs.padded + tap % taps_in_run * p_.c +
                                           c)] = *from++;
    const Int8Matrix b{ordered.get(), filter.is_signed, 1,
                       depth,         filter.zero,      filter.zeros != nullptr ? filter.zeros + g * p_.k : nullptr};
    panels_[static_cast<std::size_t>(g)].reset(Int8Weights::create(machine, p_.k, depth, b, executor, pixels()));
    if (panels_[static_cast<std::size_t>(g)] == nullptr) return false;
  }
  if (!in_place) return true;
  direct_ = Int8Direct::create(by_pixels(p_), isa_, filter, panels_.get());
  return direct_ != nullptr;
}

bool Int8Conv::run_matrix(const ConvProblem& p, const Int8Image& x, const Output& whole, char* y,
                          const Executor& executor) const {
  // Pixels of all images follow each other, in y where its pixels do.
  const index_t images = p.out.n == pixels() * p.out.x ? 1 : p.batch;
  for (index_t n = 0; n < images; ++n)
    for (index_t g = 0; g < p.groups; ++g) {
      const Output output = from_channel(whole, g * p.k);
      Int8Call call{};
      call.m = p.batch / images * pixels();
      call.n = p.k;
      call.k = p.c;
      call.a = {
          static_cast<const char*>(x.p) + n * p.in.n + g * p.c * p.in.c, x.is_signed, p.in.x, p.in.c, x.zero, nullptr};
      call.weights = panels_[static_cast<std::size_t>(g)].get();
      call.output = &output;
      call.c = y + (n * p.out.n + g * p.k * p.out.c) * size_of(output.type);
      call.c_rs = p.out.x;
      call.c_cs = p.out.c;
      if (!int8_gemm(call, {nullptr, executor})) return false;
    }
  return true;
}

// ---- depthwise -----------------------------------------------------------------------------------------------------

bool Int8Conv::pack_taps_of(const Int8Filter& filter) {
  if (Int8DepthwiseRows::supports(p_, isa_, filter)) {
    rows_ = Int8DepthwiseRows::create(by_pixels(p_), isa_, filter);
    return rows_ != nullptr;
  }
  const std::size_t channels = static_cast<std::size_t>(line());
  taps_.reset(new (std::nothrow) std::int16_t[static_cast<std::size_t>(p_.taps()) * channels]());
  tap_sums_.reset(new (std::nothrow) std::int32_t[channels]());
  if (taps_ == nullptr || tap_sums_ == nullptr) return false;
  const std::uint8_t* from = static_cast<const std::uint8_t*>(filter.p);
  for (index_t c = 0; c < p_.groups; ++c) {
    const std::int32_t zero = filter.zeros != nullptr ? filter.zeros[c] : filter.zero;
    for (index_t t = 0; t < p_.taps(); ++t, ++from) {
      const std::int32_t w = (filter.is_signed ? std::int32_t{static_cast<std::int8_t>(*from)} : *from) - zero;
      taps_[static_cast<std::size_t>(t * line() + c)] = static_cast<std::int16_t>(w);
      tap_sums_[static_cast<std::size_t>(c)] += w;
    }
  }
  return true;
}

class Int8Conv::DepthwiseJob final : public PhasedJob {
 public:
  // `shared`: line() first sums, then as many bytes of padding. A slot: pointers to the pixels under the taps, sums.
  DepthwiseJob(const Int8Conv& conv, const ConvProblem& p, const Int8Image& x, const Output& output, char* y,
               char* shared, Slots& slots, int threads)
      : conv_(conv),
        p_(p),
        x_(static_cast<const std::uint8_t*>(x.p)),
        x_signed_(x.is_signed),
        output_(output),
        y_(y),
        first_(reinterpret_cast<std::int32_t*>(shared)),
        padding_(reinterpret_cast<std::uint8_t*>(shared) + conv.line() * 4),
        slots_(slots),
        tasks_(min_index(p.batch * p.oh, kTasksPerThread * threads)) {
    for (index_t c = 0; c < p_.groups; ++c)
      first_[c] =
          static_cast<std::int32_t>(0u - static_cast<std::uint32_t>(x.zero) *
                                             static_cast<std::uint32_t>(conv.tap_sums_[static_cast<std::size_t>(c)]));
    std::memset(padding_, static_cast<std::uint8_t>(x.zero), static_cast<std::size_t>(p_.groups));
  }
  static index_t shared_bytes(const Int8Conv& conv) { return conv.line() * 5; }
  static index_t slot_bytes(const Int8Conv& conv) {
    return conv.line() * 4 + round_up(conv.p_.taps() * index_t{sizeof(void*)}, 64);
  }
  int phases() const override { return 1; }
  index_t tasks(int) const override { return tasks_; }
  void run(int, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    std::int32_t* const sums = reinterpret_cast<std::int32_t*>(slot.data());
    const std::uint8_t** const pointers = reinterpret_cast<const std::uint8_t**>(slot.data() + conv_.line() * 4);
    const Part part = part_of(p_.batch * p_.oh, tasks_, task);
    for (index_t i = part.begin; i < part.begin + part.size; ++i) row(i / p_.oh, i % p_.oh, pointers, sums);
  }

 private:
  void row(index_t image, index_t oy, const std::uint8_t** pointers, std::int32_t* sums) const {
    static constexpr Corrections kNone;
    const RequantizeSet& routines = *conv_.isa_.requantize;
    const OutputEpilogue epilogue(output_, kNone, routines, y_ + image * p_.out.n * size_of(output_.type), p_.out.x,
                                  p_.out.c);
    // Scattered columns are as many as a tile of GEMM has at most.
    const index_t piece = p_.out.c == 1 ? p_.groups : index_t{kMaxTileWidth} * 16;
    for (index_t ox = 0; ox < p_.ow; ++ox) {
      point(image, oy, ox, pointers);
      routines.depthwise_sums({.x = pointers,
                               .is_signed = x_signed_,
                               .w = conv_.taps_.get(),
                               .line = conv_.line(),
                               .taps = p_.taps(),
                               .channels = p_.groups,
                               .first = first_,
                               .sums = sums});
      for (index_t c = 0; c < p_.groups; c += piece)
        epilogue.apply({.p = reinterpret_cast<char*>(sums + c),
                        .row_stride = 0,
                        .row = oy * p_.ow + ox,
                        .rows = 1,
                        .column = c,
                        .columns = min_index(piece, p_.groups - c),
                        .exchanged = false});
    }
  }

  void point(index_t image, index_t oy, index_t ox, const std::uint8_t** pointers) const {
    const std::uint8_t* const x = x_ + image * p_.in.n;
    for (index_t r = 0; r < p_.kh; ++r) {
      const index_t iy = oy * p_.sy + r * p_.dy - p_.top;
      const bool inside = iy >= 0 && iy < p_.h;
      for (index_t s = 0; s < p_.kw; ++s) {
        const index_t ix = ox * p_.sx + s * p_.dx - p_.left;
        *pointers++ = inside && ix >= 0 && ix < p_.w ? x + iy * p_.in.y + ix * p_.in.x : padding_;
      }
    }
  }

  const Int8Conv& conv_;
  const ConvProblem& p_;
  const std::uint8_t* x_;
  bool x_signed_;
  const Output& output_;
  char* y_;
  std::int32_t* first_;
  std::uint8_t* padding_;
  Slots& slots_;
  index_t tasks_;
};

// ---- both ----------------------------------------------------------------------------------------------------------

Int8Conv::Int8Conv(const ConvProblem& problem, tsr_conv_algorithm algorithm, const Int8Entry& isa)
    : p_(problem), algorithm_(algorithm), isa_(isa) {}
Int8Conv::~Int8Conv() = default;

bool Int8Conv::supports(const ConvProblem& p, tsr_conv_algorithm algorithm) {
  if (p.transposed) return false;
  return algorithm == TSR_CONV_GEMM || (algorithm == TSR_CONV_DEPTHWISE && p.c == 1 && p.k == 1);
}

std::unique_ptr<Int8Conv> Int8Conv::create(const ConvProblem& problem, tsr_conv_algorithm algorithm,
                                           const Int8Entry& isa, const Int8Filter& filter, const Executor& executor) {
  std::unique_ptr<Int8Conv> conv(new (std::nothrow) Int8Conv(problem, algorithm, isa));
  if (conv == nullptr) return nullptr;
  const bool packed =
      algorithm == TSR_CONV_DEPTHWISE ? conv->pack_taps_of(filter) : conv->pack_panels_of(filter, executor);
  return packed ? std::move(conv) : nullptr;
}

tsr_status Int8Conv::run(const Int8Image& image, const Output& output, void* result, const Executor& executor) const {
  const bool depthwise = algorithm_ == TSR_CONV_DEPTHWISE, copied = !p_.nhwc();
  // Bytes of a result whose channels are no neighbours are made in order and moved then; other types are scattered.
  const bool moved = copied && size_of(output.type) == 1;
  const bool gathers = !depthwise && direct_ == nullptr && !p_.is_matrix();
  const Strips strip = gathers ? strips(executor.threads) : Strips{0, 0};
  const index_t image_bytes = copied ? round_up(p_.batch * p_.h * p_.w * p_.groups * p_.c, 64) : 0;
  const index_t copy_bytes = image_bytes + (moved ? round_up(p_.batch * pixels() * channels(), 64) : 0);
  const index_t shared_bytes = rows_ != nullptr     ? round_up(rows_->shared_bytes(), 64)
                               : depthwise          ? DepthwiseJob::shared_bytes(*this)
                               : direct_ != nullptr ? round_up(direct_->shared_bytes(), 64)
                                                    : 0;
  const index_t slot_bytes = rows_ != nullptr     ? rows_->slot_bytes()
                             : depthwise          ? DepthwiseJob::slot_bytes(*this)
                             : direct_ != nullptr ? direct_->slot_bytes()
                                                  : strip.bytes;
  const index_t bytes = copy_bytes + shared_bytes + slot_bytes * executor.threads;
  char* const space =
      bytes > 0 ? static_cast<char*>(workspace(WorkspaceSlot::operand, allocation_size(bytes))) : nullptr;
  if (bytes > 0 && space == nullptr) return TSR_OUT_OF_MEMORY;

  Int8Image x = image;
  ConvProblem p = by_pixels(p_);
  if (copied) {
    ReorderJob job({.count = p_.batch,
                    .pixels = p_.h * p_.w,
                    .channels = p_.groups * p_.c,
                    .from = static_cast<const char*>(image.p),
                    .to = space,
                    .from_image = p_.in.n,
                    .from_row = p_.in.c,
                    .to_image = p.in.n,
                    .to_row = p.in.x,
                    .channels_first = true});
    run_job(executor, job);
    x.p = space;
  }
  const Memory memory{space + copy_bytes, shared_bytes, slot_bytes, strip.parts};
  if (!moved) return compute(p, x, output, static_cast<char*>(result), memory, executor);
  p.out = with_channels_last(p_.oh, p_.ow, channels());
  char* const y = space + image_bytes;
  if (const tsr_status status = compute(p, x, output, y, memory, executor)) return status;
  ReorderJob job({.count = p_.batch,
                  .pixels = pixels(),
                  .channels = channels(),
                  .from = y,
                  .to = static_cast<char*>(result),
                  .from_image = p.out.n,
                  .from_row = p.out.x,
                  .to_image = p_.out.n,
                  .to_row = p_.out.c,
                  .channels_first = false});
  run_job(executor, job);
  return TSR_OK;
}

tsr_status Int8Conv::compute(const ConvProblem& p, const Int8Image& x, const Output& output, char* y,
                             const Memory& memory, const Executor& executor) const {
  char* const slots_at = memory.shared + memory.shared_bytes;
  if (rows_ != nullptr) {
    rows_->run(p, x, output, y, memory.shared, slots_at, executor);
    return TSR_OK;
  }
  Slots slots(slots_at, memory.slot_bytes, executor.threads);
  if (algorithm_ == TSR_CONV_DEPTHWISE) {
    DepthwiseJob job(*this, p, x, output, y, memory.shared, slots, executor.threads);
    run_job(executor, job);
    return TSR_OK;
  }
  if (direct_ != nullptr) {
    direct_->run(p, x, output, y, memory.shared, slots_at, executor);
    return TSR_OK;
  }
  if (p_.is_matrix()) return run_matrix(p, x, output, y, executor) ? TSR_OK : TSR_OUT_OF_MEMORY;
  StripsJob job(*this, p, x, output, y, slots, memory.parts);
  run_job(executor, job);
  return job.failed() ? TSR_OUT_OF_MEMORY : TSR_OK;
}

}  // namespace tessera
