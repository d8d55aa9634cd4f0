#include "conv/int8_depthwise.h"

#include <cstring>
#include <new>

#include "base/int_math.h"
#include "conv/slots.h"
#include "kernel/contract.h"

namespace tessera {
namespace {

constexpr index_t kTasksPerThread = 4;
// Interleaved columns of a block of channels: half of a first-level cache.
constexpr index_t kScratchBytes = 16 * 1024;
// Sums of pixels whose results the kernel does not write itself.
constexpr index_t kMostSums = 32;

}  // namespace

bool Int8DepthwiseRows::supports(const ConvProblem& p, const Int8Entry& isa, const Int8Filter& filter) {
  if (isa.requantize->depthwise_row.run == nullptr || p.c != 1 || p.k != 1 || p.transposed) return false;
  // 16-bit weights hold any zero point; bytes only one that vanishes with the conversion.
  if (isa.packers->right_type == DType::s16) return true;
  const std::int32_t zero = -panel_offset(isa.packers->right_type, filter.is_signed);
  if (filter.zeros == nullptr) return filter.zero == zero;
  for (index_t c = 0; c < p.groups; ++c)
    if (filter.zeros[c] != zero) return false;
  return true;
}

Int8DepthwiseRows::Int8DepthwiseRows(const ConvProblem& problem, const Int8Entry& isa)
    : p_(problem),
      isa_(isa),
      groups_(ceil_div(problem.kh, isa.kernels.tiles->right.group)),
      line_(round_up(problem.groups, 64)) {
  const index_t most = max_index(kScratchBytes / (groups_ * kernel().column_bytes), reach());
  pixels_ = min_index((most - reach()) / p_.sx + 1, p_.ow);
  columns_ = (pixels_ - 1) * p_.sx + reach();
}

std::unique_ptr<Int8DepthwiseRows> Int8DepthwiseRows::create(const ConvProblem& problem, const Int8Entry& isa,
                                                             const Int8Filter& filter) {
  std::unique_ptr<Int8DepthwiseRows> rows(new (std::nothrow) Int8DepthwiseRows(problem, isa));
  return rows != nullptr && rows->pack(filter) ? std::move(rows) : nullptr;
}

bool Int8DepthwiseRows::pack(const Int8Filter& filter) {
  const TileSet& tiles = *isa_.kernels.tiles;
  const PanelFormat& f = tiles.right;
  const index_t taps = groups_ * p_.kw * f.group;  // of a channel
  weights_.reset(new (std::nothrow) char[static_cast<std::size_t>(line_ * taps * f.element)]());
  tap_sums_.reset(new (std::nothrow) std::int32_t[static_cast<std::size_t>(line_)]());
  if (weights_ == nullptr || tap_sums_ == nullptr) return false;
  const std::uint8_t* from = static_cast<const std::uint8_t*>(filter.p);
  for (index_t c = 0; c < p_.groups; ++c) {
    const std::int32_t zero = filter.zeros != nullptr ? filter.zeros[c] : filter.zero;
    char* const channel =
        weights_.get() + (c / tiles.lanes * taps * tiles.lanes + c % tiles.lanes * f.group) * f.element;
    for (index_t r = 0; r < p_.kh; ++r)
      for (index_t s = 0; s < p_.kw; ++s, ++from) {
        const std::int32_t w = (filter.is_signed ? std::int32_t{static_cast<std::int8_t>(*from)} : *from) - zero;
        const index_t at = ((s * groups_ + r / f.group) * tiles.lanes * f.group + r % f.group) * f.element;
        if (f.element == 1) {
          channel[at] = static_cast<char>(w);
        } else {
          const std::int16_t wide = static_cast<std::int16_t>(w);
          std::memcpy(channel + at, &wide, sizeof wide);
        }
        tap_sums_[static_cast<std::size_t>(c)] += w;
      }
  }
  return true;
}

index_t Int8DepthwiseRows::slot_bytes() const {
  const index_t rows = p_.kh * index_t{sizeof(void*) + sizeof(index_t)};
  return round_up(columns_ * groups_ * kernel().column_bytes, 64) + round_up(rows, 64) +
         min_index(pixels_, kMostSums) * line_ * 4;
}

class Int8DepthwiseRows::Job final : public PhasedJob {
 public:
  Job(const Int8DepthwiseRows& d, const ConvProblem& p, const Int8Image& x, const Output& output, char* y, char* shared,
      Slots& slots, int threads)
      : d_(d),
        p_(p),
        x_(static_cast<const std::uint8_t*>(x.p)),
        x_signed_(x.is_signed),
        output_(output),
        y_(y),
        first_(reinterpret_cast<std::int32_t*>(shared)),
        padding_(reinterpret_cast<std::uint8_t*>(shared) + d.line_ * 4),
        slots_(slots),
        tasks_(min_index(p.batch * p.oh, kTasksPerThread * threads)) {
    in_kernel_ = p_.out.c == 1 && kernel_output(output, p_.groups, bytes_);
    // Numbers as they are interleaved: what their zero point is there.
    const std::uint32_t zero =
        static_cast<std::uint32_t>(x.zero + panel_offset(d.isa_.packers->left_type, x.is_signed));
    for (index_t c = 0; c < p_.groups; ++c) {
      std::uint32_t sum = 0u - zero * static_cast<std::uint32_t>(d.tap_sums_[static_cast<std::size_t>(c)]);
      if (in_kernel_ && bytes_.bias != nullptr) sum += static_cast<std::uint32_t>(bytes_.bias[c]);
      first_[c] = static_cast<std::int32_t>(sum);
    }
    std::memset(padding_, static_cast<std::uint8_t>(x.zero), static_cast<std::size_t>(p_.groups));
  }
  int phases() const override { return 1; }
  index_t tasks(int) const override { return tasks_; }
  void run(int, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    const Part part = part_of(p_.batch * p_.oh, tasks_, task);
    for (index_t i = part.begin; i < part.begin + part.size; ++i) row(i / p_.oh, i % p_.oh, slot.data());
  }

 private:
  void row(index_t image, index_t oy, char* slot) const {
    char* const scratch = slot;
    const std::uint8_t** const rows = reinterpret_cast<const std::uint8_t**>(
        scratch + round_up(d_.columns_ * d_.groups_ * d_.kernel().column_bytes, 64));
    index_t* const steps = reinterpret_cast<index_t*>(rows + p_.kh);
    std::int32_t* const sums = reinterpret_cast<std::int32_t*>(
        reinterpret_cast<char*>(rows) + round_up(p_.kh * index_t{sizeof(void*) + sizeof(index_t)}, 64));
    const index_t most = in_kernel_ ? d_.pixels_ : min_index(d_.pixels_, kMostSums);
    const std::uint8_t* const x = x_ + image * p_.in.n;
    DepthwiseRowArgs args{};
    args.rows = rows;
    args.steps = steps;
    args.padding = padding_;
    args.kh = p_.kh;
    args.kw = p_.kw;
    args.sx = p_.sx;
    args.dx = p_.dx;
    args.channels = p_.groups;
    args.is_signed = x_signed_;
    args.w = d_.weights_.get();
    args.first = first_;
    args.scratch = scratch;
    for (index_t ox = 0; ox < p_.ow; ox += most) {
      args.pixels = min_index(most, p_.ow - ox);
      args.columns = (args.pixels - 1) * p_.sx + d_.reach();
      const index_t ix = ox * p_.sx - p_.left;
      args.begin = clamp_index(-ix, 0, args.columns);
      args.end = clamp_index(p_.w - ix, args.begin, args.columns);
      for (index_t r = 0; r < p_.kh; ++r) {
        const index_t iy = oy * p_.sy + r * p_.dy - p_.top;
        const bool inside = iy >= 0 && iy < p_.h;
        rows[r] = inside ? x + iy * p_.in.y + ix * p_.in.x : padding_;
        steps[r] = inside ? p_.in.x : 0;
      }
      const index_t first = oy * p_.ow + ox;
      if (in_kernel_) {
        args.bytes = &bytes_;
        args.out = y_ + image * p_.out.n + first * p_.out.x;
        args.out_pixel = p_.out.x;
        d_.kernel().run(args);
        continue;
      }
      args.out = reinterpret_cast<char*>(sums);
      args.out_pixel = d_.line_ * 4;
      d_.kernel().run(args);
      write(image, first, args.pixels, sums);
    }
  }

  void write(index_t image, index_t first, index_t pixels, std::int32_t* sums) const {
    static constexpr Corrections kNone;
    const OutputEpilogue epilogue(output_, kNone, *d_.isa_.requantize, y_ + image * p_.out.n * size_of(output_.type),
                                  p_.out.x, p_.out.c);
    // Scattered columns are as many as a tile of GEMM has at most.
    const index_t piece = p_.out.c == 1 ? p_.groups : index_t{kMaxTileWidth} * 16;
    for (index_t c = 0; c < p_.groups; c += piece)
      epilogue.apply({.p = reinterpret_cast<char*>(sums + c),
                      .row_stride = d_.line_ * 4,
                      .row = first,
                      .rows = pixels,
                      .column = c,
                      .columns = min_index(piece, p_.groups - c),
                      .exchanged = false});
  }

  const Int8DepthwiseRows& d_;
  const ConvProblem& p_;
  const std::uint8_t* x_;
  bool x_signed_, in_kernel_;
  const Output& output_;
  char* y_;
  std::int32_t* first_;
  std::uint8_t* padding_;
  Slots& slots_;
  index_t tasks_;
  ByteOutput bytes_;
};

void Int8DepthwiseRows::run(const ConvProblem& p, const Int8Image& x, const Output& output, char* y, char* shared,
                            char* memory, const Executor& executor) const {
  Slots slots(memory, slot_bytes(), executor.threads);
  Job job(*this, p, x, output, y, shared, slots, executor.threads);
  run_job(executor, job);
}

}  // namespace tessera
