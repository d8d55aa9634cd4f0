#include "conv/int8_direct.h"

#include <cstring>
#include <new>

#include "base/int_math.h"
#include "conv/slots.h"
#include "kernel/contract.h"
#include "quant/int8_plan.h"

namespace tessera {
namespace {

constexpr index_t kTasksPerThread = 4;
// Rows of taps that a load takes are gathered: 27 bytes of 3 x 3 x 3 fill 7 groups, as rows 9.
constexpr index_t kGatheredBytes = 16;
// Tiles of a strip whose pixels are half of L1 or less. They are found, or gathered, one after the other.
constexpr index_t kStripTiles = 16;
// Rows of pixels from which on their first and last columns are blocks of their own.
constexpr index_t kLeastRows = 4;

// Consecutive output positions that see the same taps.
struct TapRange {
  index_t position, count;
  index_t first, end;  // taps
};

// The range that begins at `position`.
TapRange tap_range(index_t position, index_t positions, index_t stride, index_t dilation, index_t padding, index_t taps,
                   index_t size) {
  const auto first = [&](index_t o) {
    return clamp_index(ceil_div(max_index(padding - o * stride, 0), dilation), 0, taps);
  };
  const auto end = [&](index_t o) {
    const index_t room = size + padding - o * stride;  // taps at a distance below it are not beyond the image
    return room <= 0 ? first(o) : clamp_index(ceil_div(room, dilation), first(o), taps);
  };
  TapRange range{position, 1, first(position), end(position)};
  while (position + range.count < positions && first(position + range.count) == range.first &&
         end(position + range.count) == range.end)
    ++range.count;
  return range;
}

// Pixels in tiles: many in the usual ones, few in as few as there can be, of about the same height.
index_t tile_height(index_t pixels, index_t usual, index_t most) {
  return pixels >= 16 * usual ? usual : ceil_div(pixels, ceil_div(pixels, most));
}

// A tile whose rows have been found. Behind it lie pointers to its rows' runs, then copies of runs.
struct FoundTile {
  index_t block, rows;
  bool whole;                 // runs may be read up to whole groups: weights there are 0
  bool followed;              // pointers are those of first runs only; the others follow at one distance
  void* out[kMaxTileHeight];  // pixels of y

  // One call of a kernel may compute both.
  bool like(const FoundTile& t) const {
    return block == t.block && rows == t.rows && whole == t.whole && followed == t.followed;
  }
};

}  // namespace

PixelRuns pixel_runs(const ConvProblem& p, index_t group) {
  const bool joined = p.dx == 1 && p.in.x == p.c, gathered = joined && p.kh > 1 && p.kw * p.c <= kGatheredBytes;
  const index_t bytes = p.c * (gathered ? p.taps() : joined ? p.kw : 1);
  return {joined, gathered, gathered ? 1 : joined ? p.kh : p.taps(), bytes, round_up(bytes, group)};
}

bool Int8Direct::supports(const ConvProblem& p, const Int8Machine& machine, const Int8Filter& filter) {
  const Int8Entry& isa = *machine.isa;
  const TileSet& tiles = *isa.kernels.tiles;
  if (p.transposed || tiles.max_height_direct[1] == 0) return false;
  const std::int32_t zero = -panel_offset(isa.packers->right_type, filter.is_signed);
  if (filter.zeros == nullptr && filter.zero != zero) return false;
  for (index_t k = 0; filter.zeros != nullptr && k < p.groups * p.k; ++k)
    if (filter.zeros[k] != zero) return false;
  const PixelRuns runs = pixel_runs(p, tiles.right.group);
  const index_t depth = runs.count * runs.padded;
  return plan_int8_weights(machine, p.k, depth, p.oh * p.ow).kc >= depth;
}

Int8Direct::Int8Direct(const ConvProblem& problem, const Int8Entry& isa, const std::unique_ptr<Int8Weights>* panels)
    : p_(problem), isa_(isa), panels_(panels), runs_(pixel_runs(problem, isa.kernels.tiles->right.group)) {}

std::unique_ptr<Int8Direct> Int8Direct::create(const ConvProblem& problem, const Int8Entry& isa,
                                               const Int8Filter& filter, const std::unique_ptr<Int8Weights>* panels) {
  std::unique_ptr<Int8Direct> direct(new (std::nothrow) Int8Direct(problem, isa, panels));
  if (direct == nullptr || !direct->plan_blocks() || !direct->sum_taps(filter)) return nullptr;
  return direct;
}

// Rows of pixels that see the same taps are a block; the tallest one gives its first and last columns away, where that
// leaves whole groups. 7 x 7 pixels under 3 x 3 taps: 369 of 441 products are left, 361 are not padding. Gathered
// pixels see padding as any other.
bool Int8Direct::plan_blocks() {
  blocks_.reset(new (std::nothrow) PixelBlock[static_cast<std::size_t>(2 * (p_.kh + p_.kw) + 2)]);
  if (blocks_ == nullptr) return false;
  TapRange tallest{0, 0, 0, 0};
  const auto rows_at = [&](index_t y) {
    return runs_.gathered ? TapRange{0, p_.oh, 0, p_.kh} : tap_range(y, p_.oh, p_.sy, p_.dy, p_.top, p_.kh, p_.h);
  };
  for (index_t y = 0; y < p_.oh;) {
    const TapRange rows = rows_at(y);
    if (rows.count > tallest.count) tallest = rows;
    y += rows.count;
  }
  const index_t group = isa_.kernels.tiles->right.group;
  const bool splits = runs_.joined && !runs_.gathered && p_.c % group == 0 && tallest.count >= kLeastRows;
  const auto columns_at = [&](index_t x) { return tap_range(x, p_.ow, p_.sx, p_.dx, p_.left, p_.kw, p_.w); };
  for (index_t y = 0; y < p_.oh;) {
    const TapRange rows = rows_at(y);
    const bool split = splits && y == tallest.position;
    bool padded = false;
    for (index_t x = 0; x < p_.ow;) {
      const TapRange columns = columns_at(x);
      padded = padded || columns.first > 0 || columns.end < p_.kw;
      if (split)
        add_block({.y = y,
                   .rows = rows.count,
                   .x = x,
                   .columns = columns.count,
                   .r = rows.first,
                   .r_end = rows.end,
                   .s = columns.first,
                   .s_end = columns.end,
                   .padded = false,
                   .first_tile = 0,
                   .tiles = 0,
                   .height = 0});
      x += columns.count;
    }
    if (!split)
      add_block({.y = y,
                 .rows = rows.count,
                 .x = 0,
                 .columns = p_.ow,
                 .r = rows.first,
                 .r_end = rows.end,
                 .s = 0,
                 .s_end = p_.kw,
                 .padded = padded,
                 .first_tile = 0,
                 .tiles = 0,
                 .height = 0});
    y += rows.count;
  }

  const PackedPanels& w = panels(0);
  const CacheInfo& l2 = this_int8_machine(isa_).l2;
  panels_outside_ = w.bytes() > l2.bytes / 2;
  index_t height = 1;
  for (index_t i = 0; i < block_count_; ++i) height = max_index(height, blocks_[static_cast<std::size_t>(i)].height);
  // What is gathered is written up to kGatheredBytes too far.
  const index_t copies = copies_ ? runs_.count * height * runs_.padded + kGatheredBytes : 0;
  pointers_bytes_ = round_up(runs_.count * height * index_t{sizeof(void*)}, 64);
  tile_bytes_ = round_up(index_t{sizeof(FoundTile)}, 64) + pointers_bytes_ + round_up(copies, 64);
  // Pixels of a strip stay in L2 beside the panel that passes over them, or are few.
  const index_t pixels_bytes = height * runs_.count * runs_.padded;
  strip_ = panels_outside_
               ? clamp_index(l2.bytes / 4 / pixels_bytes, 1, tiles_)
               : clamp_index(this_int8_machine(isa_).l1d.bytes / 2 / (p_.is_matrix() ? pixels_bytes : tile_bytes_), 1,
                             min_index(kStripTiles, tiles_));
  return true;
}

void Int8Direct::add_block(PixelBlock block) {
  const PackedPanels& w = panels(0);
  const KernelDescriptor& kernel = this_int8_machine(isa_).kernel();
  const index_t highest = w.tiles->max_height_direct[w.nv];
  const bool usual = index_t{w.nv} * w.tiles->lanes == kernel.nr;
  const index_t pixels = block.rows * block.columns;
  block.height = tile_height(pixels, usual ? min_index(kernel.mr, highest) : highest, highest);
  block.first_tile = tiles_;
  block.tiles = ceil_div(pixels, block.height);
  tiles_ += block.tiles;
  copies_ = copies_ || runs_.gathered || (block.padded && runs_.joined);
  blocks_[static_cast<std::size_t>(block_count_++)] = block;
}

bool Int8Direct::sum_taps(const Int8Filter& filter) {
  const index_t taps = p_.taps();
  terms_line_ = round_up(p_.k, isa_.kernels.tiles->lanes);
  const std::size_t count = static_cast<std::size_t>(p_.groups * block_count_ * terms_line_);
  terms_.reset(new (std::nothrow) std::int32_t[count]());
  if (terms_ == nullptr) return false;
  const std::int32_t offset = panel_offset(isa_.packers->right_type, filter.is_signed);
  const std::uint8_t* w = static_cast<const std::uint8_t*>(filter.p);
  for (index_t g = 0; g < p_.groups; ++g)
    for (index_t k = 0; k < p_.k; ++k)
      for (index_t c = 0; c < p_.c; ++c, w += taps)
        for (index_t b = 0; b < block_count_; ++b) {
          const PixelBlock& block = blocks_[static_cast<std::size_t>(b)];
          std::int32_t sum = 0;
          for (index_t r = block.r; r < block.r_end; ++r)
            for (index_t s = block.s; s < block.s_end; ++s) {
              const std::uint8_t byte = w[r * p_.kw + s];
              sum += (filter.is_signed ? std::int32_t{static_cast<std::int8_t>(byte)} : byte) + offset;
            }
          std::int32_t& term = terms_[static_cast<std::size_t>((g * block_count_ + b) * terms_line_ + k)];
          term = static_cast<std::int32_t>(static_cast<std::uint32_t>(term) + static_cast<std::uint32_t>(sum));
        }
  return true;
}

class Int8Direct::Job final : public PhasedJob {
 public:
  Job(const Int8Direct& direct, const ConvProblem& p, const Int8Image& x, const Output& output, char* y, char* shared,
      Slots& slots, int threads)
      : d_(direct),
        p_(p),
        x_(static_cast<const char*>(x.p)),
        image_end_(x_ + (p.batch - 1) * p.in.n + (p.h - 1) * p.in.y + (p.w - 1) * p.in.x + p.groups * p.c),
        output_(output),
        y_(y),
        size_(size_of(output.type)),
        zeros_(shared),
        zero_(static_cast<std::uint8_t>(x.zero)),
        slots_(slots) {
    std::memset(shared, zero_, static_cast<std::size_t>(d_.runs_.padded));
    const std::int32_t offset = panel_offset(d_.isa_.packers->left_type, x.is_signed);
    flip_ = offset != 0;
    column_factor_ = -(x.zero + offset);
    in_kernel_ = p_.out.c == 1 && kernel_output(output, p_.groups * p_.k, bytes_);
    const index_t w_bytes = d_.panels(0).bytes();
    const Int8Machine machine = this_int8_machine(d_.isa_);
    prefetch_ = w_bytes > machine.l2.bytes ? machine.tuning.prefetch_far : machine.tuning.prefetch_b;
    if (threads > 1) {
      const index_t wanted = ceil_div(kTasksPerThread * threads, p_.batch * p_.groups);
      if (d_.panels_outside_) column_parts_ = min_index(wanted, ceil_div(p_.k, d_.panels(0).full()));
      tile_parts_ = clamp_index(wanted / column_parts_, 1, d_.tiles_);
    }
  }
  int phases() const override { return 1; }
  index_t tasks(int) const override { return p_.batch * p_.groups * tile_parts_ * column_parts_; }
  void run(int, index_t task) noexcept override {
    const Slots::Hold slot(slots_);
    const Part tiles = part_of(d_.tiles_, tile_parts_, task % tile_parts_);
    const index_t column_part = task / tile_parts_ % column_parts_, item = task / (tile_parts_ * column_parts_);
    const index_t group = item % p_.groups, image = item / p_.groups, full = d_.panels(group).full();
    const Part panels = part_of(ceil_div(p_.k, full), column_parts_, column_part);
    const index_t end = min_index((panels.begin + panels.size) * full, p_.k);
    for (index_t t = 0; t < tiles.size; t += d_.strip_) {
      const index_t number = tiles.begin + t, count = min_index(d_.strip_, tiles.size - t);
      if (!p_.is_matrix())
        for (index_t i = 0; i < count; ++i) find(image, group, number + i, slot.data() + i * d_.tile_bytes_);
      for (index_t first = panels.begin * full; first < end; first += full)
        for (index_t i = 0, n; i < count; i += n) {
          const Tiles alike = p_.is_matrix() ? rows_of_pixels(number + i, count - i)
                                             : found_tiles(slot.data() + i * d_.tile_bytes_, count - i);
          n = alike.count;
          compute(image, group, first, min_index(full, end - first), alike);
        }
    }
  }

 private:
  // Tiles that one call of a kernel computes.
  struct Tiles {
    index_t block, rows, count;
    const char* found;  // the first one; null: rows of a matrix
    index_t pixel;      // the first one, of a matrix
  };

  static const void** pointers_of(char* tile) {
    return reinterpret_cast<const void**>(tile + round_up(index_t{sizeof(FoundTile)}, 64));
  }
  static const FoundTile& tile_at(const char* memory) { return *reinterpret_cast<const FoundTile*>(memory); }

  // Tiles from the first one on, of `count`, that are like it.
  Tiles found_tiles(const char* memory, index_t count) const {
    const FoundTile& first = tile_at(memory);
    index_t n = 1;
    while (in_kernel_ && n < count && tile_at(memory + n * d_.tile_bytes_).like(first)) ++n;
    return {first.block, first.rows, n, memory, 0};
  }
  Tiles rows_of_pixels(index_t number, index_t count) const {
    const index_t height = d_.blocks_[0].height, pixel = number * height, left = p_.oh * p_.ow - pixel;
    if (left < height) return {0, left, 1, nullptr, pixel};
    return {0, height, in_kernel_ ? min_index(count, left / height) : 1, nullptr, pixel};
  }

  char* image_of_y(index_t image) const { return y_ + image * p_.out.n * size_; }

  void find(index_t image, index_t group, index_t number, char* memory) const {
    FoundTile& tile = *reinterpret_cast<FoundTile*>(memory);
    const void** const pointers = pointers_of(memory);
    char* copy = reinterpret_cast<char*>(pointers) + d_.pointers_bytes_;
    tile.block = 0;
    while (d_.blocks_[static_cast<std::size_t>(tile.block)].first_tile +
               d_.blocks_[static_cast<std::size_t>(tile.block)].tiles <=
           number)
      ++tile.block;
    const PixelBlock& block = d_.blocks_[static_cast<std::size_t>(tile.block)];
    const index_t first = (number - block.first_tile) * block.height;
    tile.rows = min_index(block.height, block.rows * block.columns - first);
    const char* const x = x_ + image * p_.in.n + group * p_.c;
    index_t oy = block.y + first / block.columns, ox = block.x + first % block.columns;
    const index_t row_step = p_.ow * p_.out.x * size_, pixel_step = p_.out.x * size_;
    tile.followed = d_.runs_.joined || p_.kw == 1;
    for (index_t i = 0, x_at = ox; block.padded && !d_.runs_.gathered && i < tile.rows; ++i) {
      if (touches(x_at * p_.sx - p_.left)) tile.followed = false;
      if (++x_at == block.x + block.columns) x_at = block.x;
    }
    const char* last = x;  // the last run of the last pixel
    const index_t step = p_.sx * p_.in.x, next_row = p_.dy * p_.in.y;
    for (index_t i = 0, n; i < tile.rows; i += n, ox = block.x, ++oy) {
      // Pixels of a row.
      n = min_index(tile.rows - i, block.x + block.columns - ox);
      char* const out = image_of_y(image) + oy * row_step + ox * pixel_step;
      for (index_t j = 0; j < n; ++j) tile.out[i + j] = out + j * pixel_step;
      const index_t ix = ox * p_.sx - p_.left, iy = oy * p_.sy - p_.top + block.r * p_.dy;
      const char* row = x + iy * p_.in.y + (ix + block.s * p_.dx) * p_.in.x;
      const void** to = pointers + i;
      if (d_.runs_.gathered) {
        copy = gather(row, iy, ix, n, copy, to);
        continue;
      }
      if (tile.followed) {
        for (index_t j = 0; j < n; ++j) to[j] = row + j * step;
        last = row + (n - 1) * step + (block.r_end - 1 - block.r) * next_row;
        continue;
      }
      for (index_t r = block.r; r < block.r_end; ++r, row += next_row) {
        const index_t runs = d_.runs_.joined ? 1 : p_.kw;
        for (index_t s = 0; s < runs; ++s, to += tile.rows) {
          const index_t tap = s * p_.dx;
          for (index_t j = 0; j < n; ++j) {
            const index_t at = ix + j * p_.sx;
            last = row + j * step + tap * p_.in.x;
            if (d_.runs_.joined && touches(at)) {
              to[j] = copy;
              copy = copy_run(last, at, copy, d_.runs_.padded);
            } else {
              to[j] = at + tap >= 0 && at + tap < p_.w ? last : zeros_;
            }
          }
        }
      }
    }
    tile.whole = d_.runs_.gathered || last + d_.runs_.padded <= image_end_;
  }
  // Whether taps from column ix of the image on see padding.
  bool touches(index_t ix) const { return ix < 0 || ix + (p_.kw - 1) * p_.dx >= p_.w; }
  // All taps of `count` neighbouring pixels, the first of which begin at row iy and column ix of the image. Behind the
  // last one of each lies anything: weights there are 0. Returns the end of the copies.
  char* gather(const char* row, index_t iy, index_t ix, index_t count, char* to, const void** pointers) const {
    // In registers: for the compiler, bytes that are written may be members.
    const index_t kh = p_.kh, bytes = p_.kw * p_.c, step = p_.dy * p_.in.y, sx = p_.sx, pixel = sx * p_.in.x;
    const index_t room = p_.w - p_.kw, padded = d_.runs_.padded;
    const bool rows_inside = iy >= 0 && iy + (kh - 1) * p_.dy < p_.h &&
                             row + (count - 1) * pixel + (kh - 1) * step + kGatheredBytes <= image_end_;
    if (rows_inside && ix >= 0 && ix + (count - 1) * sx <= room) {
      const auto copy = kh == 3 ? &copy_pixels<3> : &copy_pixels<0>;
      copy(row, pixel, step, kh, count, to, bytes, padded, pointers);
      return to + count * padded;
    }
    for (index_t j = 0; j < count; ++j, ix += sx, row += pixel, to += padded) {
      if (rows_inside && ix >= 0 && ix <= room) {
        copy_pixels<0>(row, pixel, step, kh, 1, to, bytes, padded, pointers + j);
      } else {
        pointers[j] = to;
        gather_padded(row, iy, ix, to);
      }
    }
    return to;
  }
  // Pixels that see no padding. kRows: how many rows of taps there are, 0: `rows`.
  template <int kRows>
  static void copy_pixels(const char* from, index_t from_pixel, index_t from_row, index_t rows, index_t count, char* to,
                          index_t to_row, index_t to_pixel, const void** pointers) {
    for (index_t j = 0; j < count; ++j, from += from_pixel, to += to_pixel) {
      pointers[j] = to;
#pragma GCC unroll 4
      for (index_t r = 0; r < (kRows > 0 ? kRows : rows); ++r)
        std::memcpy(to + r * to_row, from + r * from_row, kGatheredBytes);
    }
  }
  void gather_padded(const char* row, index_t iy, index_t ix, char* to) const {
    for (index_t r = 0; r < p_.kh; ++r, iy += p_.dy, row += p_.dy * p_.in.y) {
      if (iy < 0 || iy >= p_.h) {
        std::memset(to, zero_, static_cast<std::size_t>(p_.kw * p_.c));
        to += p_.kw * p_.c;
      } else {
        to = copy_run(row, ix, to, p_.kw * p_.c);
      }
    }
  }
  // A row of taps from column ix of the image on, filled up to `size` bytes. Returns the end of the copy.
  char* copy_run(const char* row, index_t ix, char* to, index_t size) const {
    const auto bytes = [&](index_t pixels) { return static_cast<std::size_t>(pixels * p_.c); };
    const index_t before = clamp_index(-ix, 0, p_.kw), end = clamp_index(p_.w - ix, before, p_.kw);
    std::memset(to, zero_, bytes(before));
    if (end > before) std::memcpy(to + before * p_.c, row + before * p_.c, bytes(end - before));
    std::memset(to + end * p_.c, zero_, static_cast<std::size_t>(size - end * p_.c));
    return to + size;
  }

  // `width` channels from `first` on.
  void compute(index_t image, index_t group, index_t first, index_t width, const Tiles& alike) const {
    const PixelBlock& block = d_.blocks_[static_cast<std::size_t>(alike.block)];
    const PackedPanels& w = d_.panels(group);
    const TileSet& tiles = *w.tiles;
    const index_t nv = (width + tiles.lanes - 1) >> tiles.lanes_log2, step = nv * tiles.lanes * w.format().element;
    const index_t column = group * p_.k + first;
    GemmTileArgs args{};
    args.more_tiles = alike.count - 1;
    args.b = w.panel(0, first);
    if (alike.found == nullptr) {
      const char* const a = x_ + image * p_.in.n + group * p_.c + alike.pixel * p_.in.x;
      const bool whole = a + (alike.rows * alike.count - 1) * p_.in.x + d_.runs_.padded <= image_end_;
      args.a = a;
      args.a_row = p_.in.x;
      args.k = whole ? d_.runs_.padded : p_.c;
      args.out = image_of_y(image) + alike.pixel * p_.out.x + column;
      args.out_row = p_.out.x;
    } else {
      const FoundTile& tile = tile_at(alike.found);
      const index_t row_runs = d_.runs_.joined ? 1 : p_.kw;
      args.rows = pointers_of(const_cast<char*>(alike.found));
      args.run_rows = tile.followed ? 0 : tile.rows;
      args.run_bytes = tile.followed ? p_.dy * p_.in.y : 0;
      args.runs = d_.runs_.gathered ? 1 : (block.r_end - block.r) * row_runs;
      args.k = d_.runs_.gathered ? d_.runs_.bytes : d_.runs_.joined ? (block.s_end - block.s) * p_.c : p_.c;
      if (tile.whole) args.k = round_up(args.k, w.format().group);
      args.b = w.panel(0, first) + (block.r * row_runs * d_.runs_.padded + block.s * p_.c) * step;
      args.b_run = d_.runs_.padded * step;
      args.out_rows = tile.out;
      args.out_column = column;
      args.next_tile = d_.tile_bytes_;
    }
    args.n_tail = static_cast<int>(width - (nv - 1) * tiles.lanes);
    args.prefetch_b = prefetch_;
    args.flip_a = flip_;
    args.column_factor = column_factor_;
    if (column_factor_ != 0) args.column_terms = d_.terms(group, alike.block) + first;
    const GemmTileFn kernel = tiles.direct[nv][alike.rows];
    if (in_kernel_) {
      ByteOutput bytes = bytes_;
      if (bytes.bias != nullptr) bytes.bias += column;
      bytes.scale += column * bytes.scale_stride;
      args.bytes = &bytes;
      kernel(args);
      return;
    }
    alignas(64) std::int32_t sums[kMaxTileHeight * kMaxTileWidth * 16];
    args.c = sums;
    args.c_row = nv * tiles.lanes * 4;
    kernel(args);
    static constexpr Corrections kNone;
    char* const y = image_of_y(image);
    const OutputEpilogue epilogue(output_, kNone, *d_.isa_.requantize, y, 1, p_.out.c);
    for (index_t i = 0; i < alike.rows; ++i)
      epilogue.apply({.p = reinterpret_cast<char*>(sums) + i * args.c_row,
                      .row_stride = 0,
                      .row = alike.found == nullptr
                                 ? (alike.pixel + i) * p_.out.x
                                 : (static_cast<const char*>(tile_at(alike.found).out[i]) - y) / size_,
                      .rows = 1,
                      .column = column,
                      .columns = width,
                      .exchanged = false});
  }

  const Int8Direct& d_;
  const ConvProblem& p_;
  const char* x_;
  const char* image_end_;
  const Output& output_;
  char* y_;
  index_t size_;  // of an element of y
  const char* zeros_;
  std::uint8_t zero_;
  Slots& slots_;
  bool flip_, in_kernel_;
  std::int32_t column_factor_;
  ByteOutput bytes_;
  index_t prefetch_, tile_parts_ = 1, column_parts_ = 1;
};

void Int8Direct::run(const ConvProblem& p, const Int8Image& x, const Output& output, char* y, char* shared,
                     char* memory, const Executor& executor) const {
  Slots slots(memory, slot_bytes(), executor.threads);
  Job job(*this, p, x, output, y, shared, slots, executor.threads);
  run_job(executor, job);
}

}  // namespace tessera
