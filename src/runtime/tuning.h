// What a tuning profile may set, and the defaults without one. docs/tuning.md says what each field does.
#pragma once

#include <type_traits>

#include "base/dtype.h"

namespace tessera {

// Each structure begins with whether a profile has set it; its fields follow. A value of 0 means "derive it from the
// caches" where the field allows it. No field can change a result, but that those of ConvTuning choose among the
// algorithms that the accuracy asked for allows.

// Of one instruction set and real type. Sizes in elements of the real type.
struct GemmTuning {
  bool tuned = false;
  int kernel = 0;  // index in the ISA's kernel list; a profile names it
  index_t mc = 0, kc = 0, nc = 0;
  index_t prefetch_a = 512;       // bytes ahead in A's panel
  index_t prefetch_b = 512;       // bytes ahead in B's panel
  index_t prefetch_stream = 256;  // bytes ahead in each row of an unpacked B
  bool prefetch_c = true;
  bool row_panels_inside = false;  // loop ir inside jr always, not only where L1 holds a micro-panel of B
  // Rows up to which an unpacked B, read once per row panel, beats packing it (97 % of peak against 80; sgemm, m = 64,
  // n = 3136, k = 576, Zen 4).
  index_t direct_rows = 512;
  index_t along_k_rows = 48;        // rows up to which small calls transpose a B along k anew for every row panel
  index_t stream_depth = 128;       // fewer steps than this do not repay the copy of C that streaming works on
  index_t small_madds = 2'000'000;  // multiply-adds up to which a handful of comparisons plan a call (small.h)
  // Elements of C from which few steps of k are swept along its rows. With less, tiles are faster (sgemm, k = 8,
  // GFLOP/s by tiles and by sweeps: 92 and 83 for m = n = 48, 94 and 93 for 80, 81 and 86 for 100; with k = 2 sweeps
  // lead from 50 on; Zen 4).
  index_t sweep_from = 80 * 80;
  // Steps that several sweeps share, where C comes from beyond L2 (m = n = 1000: 92 and 99 for k = 16, 97 and 97 for
  // 24, 101 and 95 for 32).
  index_t sweep_steps = 16;
  double serial_below = 2e6;     // multiply-adds under which one thread does it all
  index_t tasks_per_thread = 4;  // into which a phase is cut, and three times as many where cores differ (plan.h)
};

// Of one instruction set's products of 8-bit matrices.
struct Int8Tuning {
  bool tuned = false;
  int kernel = 0;
  index_t mc = 0, kc = 0, nc = 0;
  index_t prefetch_a = 512;
  index_t prefetch_b = 512;
  // Where B comes from L3 or memory, further than the hardware looks: with 4096 and 512 bytes 114 GOP/s against 94 (1 x
  // 4096 x 4096, from L3), 376 against 349 (16 rows); with 8192 and 4096 57 against 53 from memory (1 x 11008 x 4096),
  // 217 against 208 (4 rows), and the same from L3.
  index_t prefetch_far = 8192;
  // Steps from which the next tile of C is prefetched: short tiles have no room for it (323 GOP/s without, 306 with;
  // 12544 x 64 x 32).
  index_t prefetch_c_depth = 512;
  // Registers across B up to which a wider tile that leaves no narrow last panel beats the kernel's: 6 x 64 against 8 x
  // 48 402 GOP/s against 333 for n = 64, 436 against 416 for 256. With large n and few rows the higher tile wins (349
  // against 272; 16 x 4096 x 4096, Zen 4).
  index_t few_vectors = 32;
  index_t few_rows = 64;
  // Bytes of B from which all row panels of a block pass a micro-panel; 0: a quarter of L3. Below, a row of tiles after
  // the other writes C in order: 439 GOP/s against 426 (1024^3), 447 against 433 (2048^3).
  index_t inside_from = 0;
  double serial_below = 8e6;
  index_t tasks_per_thread = 4;
};

// What an estimate (conv/plan.h) expects of one instruction set, in cycles; a register of multiply-adds takes one.
// Fitted on Zen 4.
struct ConvTuning {
  bool tuned = false;
  double gemm_share = 0.95;      // of the multiply-adds' peak that tall panels reach
  double direct_share = 0.97;    // and sums that stay in registers to their end
  double winograd_share = 0.80;  // and the products of Winograd's points, which are small
  double gather = 2.5;           // packing a register of the image
  double gemm_output = 9.0;      // writing a register of y, then finishing it
  double direct_output = 5.0;    // finishing, then writing it
  double transform = 16.0;       // a register of a tile, staged, transformed, stored, at one point
  double weight_bytes = 14.0;    // a cycle, from the last cache
  double depthwise = 1.5;        // a register of a tap
};

// Of levels 1 and 2 of BLAS: bytes of operands from which several threads share a call; at level 2, from which those
// that sleep are woken for it.
struct ThreadTuning {
  bool tuned = false;
  index_t level1_from = index_t{1} << 20;  // waking a thread takes as long as one core needs for half of this from L2
  index_t level2_from = index_t{4} << 20;  // 50 us of reading from L3 (Zen 4); a sleeping thread wakes in about as many
};

// A field by its name in a profile, as a number (flags are 0 and 1), and what a profile may say.
template <class Tuning>
struct TuningField {
  const char* name;
  bool flag, whole;  // whole: an integer
  double least, most;
  double (*get)(const Tuning&);
  void (*set)(Tuning&, double);
};

namespace detail {
template <class Tuning, class Value>
Tuning owner_of(Value Tuning::*);
template <class Tuning, class Value>
Value value_of(Value Tuning::*);
}  // namespace detail

template <auto kMember>
constexpr auto tuning_field(const char* name, double least, double most) {
  using Tuning = decltype(detail::owner_of(kMember));
  using Value = decltype(detail::value_of(kMember));
  return TuningField<Tuning>{name,
                             std::is_same_v<Value, bool>,
                             std::is_integral_v<Value>,
                             least,
                             most,
                             [](const Tuning& t) { return static_cast<double>(t.*kMember); },
                             [](Tuning& t, double value) { t.*kMember = static_cast<Value>(value); }};
}

// All fields of a structure but the kernel. Bounds keep every product of two of them far inside index_t.
template <class Tuning>
inline constexpr int kTuningFields = 0;

template <>
inline constexpr TuningField<GemmTuning> kTuningFields<GemmTuning>[] = {
    tuning_field<&GemmTuning::mc>("mc", 0, 1 << 20),
    tuning_field<&GemmTuning::kc>("kc", 0, 1 << 20),
    tuning_field<&GemmTuning::nc>("nc", 0, 1 << 24),
    tuning_field<&GemmTuning::prefetch_a>("prefetch_a", 0, 1 << 16),
    tuning_field<&GemmTuning::prefetch_b>("prefetch_b", 0, 1 << 16),
    tuning_field<&GemmTuning::prefetch_stream>("prefetch_stream", 0, 1 << 16),
    tuning_field<&GemmTuning::prefetch_c>("prefetch_c", 0, 1),
    tuning_field<&GemmTuning::row_panels_inside>("row_panels_inside", 0, 1),
    tuning_field<&GemmTuning::direct_rows>("direct_rows", 0, 1 << 16),
    tuning_field<&GemmTuning::along_k_rows>("along_k_rows", 0, 256),
    tuning_field<&GemmTuning::stream_depth>("stream_depth", 1, 1 << 20),
    tuning_field<&GemmTuning::small_madds>("small_madds", 0, 1 << 26),
    tuning_field<&GemmTuning::sweep_from>("sweep_from", 0, 1 << 30),
    tuning_field<&GemmTuning::sweep_steps>("sweep_steps", 0, 1 << 10),
    tuning_field<&GemmTuning::serial_below>("serial_below", 0, 1e15),
    tuning_field<&GemmTuning::tasks_per_thread>("tasks_per_thread", 1, 64),
};

template <>
inline constexpr TuningField<Int8Tuning> kTuningFields<Int8Tuning>[] = {
    tuning_field<&Int8Tuning::mc>("mc", 0, 1 << 20),
    tuning_field<&Int8Tuning::kc>("kc", 0, 1 << 20),
    tuning_field<&Int8Tuning::nc>("nc", 0, 1 << 24),
    tuning_field<&Int8Tuning::prefetch_a>("prefetch_a", 0, 1 << 16),
    tuning_field<&Int8Tuning::prefetch_b>("prefetch_b", 0, 1 << 16),
    tuning_field<&Int8Tuning::prefetch_far>("prefetch_far", 0, 1 << 16),
    tuning_field<&Int8Tuning::prefetch_c_depth>("prefetch_c_depth", 0, 1 << 20),
    tuning_field<&Int8Tuning::few_vectors>("few_vectors", 0, 1 << 16),
    tuning_field<&Int8Tuning::few_rows>("few_rows", 0, 1 << 16),
    tuning_field<&Int8Tuning::inside_from>("inside_from", 0, 1e12),
    tuning_field<&Int8Tuning::serial_below>("serial_below", 0, 1e15),
    tuning_field<&Int8Tuning::tasks_per_thread>("tasks_per_thread", 1, 64),
};

template <>
inline constexpr TuningField<ConvTuning> kTuningFields<ConvTuning>[] = {
    tuning_field<&ConvTuning::gemm_share>("gemm_share", 0.01, 100),
    tuning_field<&ConvTuning::direct_share>("direct_share", 0.01, 100),
    tuning_field<&ConvTuning::winograd_share>("winograd_share", 0.01, 100),
    tuning_field<&ConvTuning::gather>("gather", 0, 1e4),
    tuning_field<&ConvTuning::gemm_output>("gemm_output", 0, 1e4),
    tuning_field<&ConvTuning::direct_output>("direct_output", 0, 1e4),
    tuning_field<&ConvTuning::transform>("transform", 0, 1e4),
    tuning_field<&ConvTuning::weight_bytes>("weight_bytes", 0.01, 1e4),
    tuning_field<&ConvTuning::depthwise>("depthwise", 0, 1e4),
};

template <>
inline constexpr TuningField<ThreadTuning> kTuningFields<ThreadTuning>[] = {
    tuning_field<&ThreadTuning::level1_from>("level1_from", 1 << 16, 1e15),
    tuning_field<&ThreadTuning::level2_from>("level2_from", 1 << 16, 1e15),
};

}  // namespace tessera
