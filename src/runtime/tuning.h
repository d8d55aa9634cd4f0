// What a tuning profile may set, and the defaults without one. docs/tuning.md says what each field does.
#pragma once

#include <type_traits>
#include <utility>

#include "base/dtype.h"

namespace tessera {

// Of one instruction set and real type. A value of 0 means "derive it from the caches" where the field allows it. Sizes
// in elements of the real type. No field can change a result.
struct GemmTuning {
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
  double serial_below = 2e6;        // multiply-adds under which one thread does it all
};

// A field by its name in a profile, as a number (flags are 0 and 1), and what a profile may say.
struct TuningField {
  const char* name;
  bool flag;
  double least, most;
  double (*get)(const GemmTuning&);
  void (*set)(GemmTuning&, double);
};

template <auto kMember>
constexpr TuningField tuning_field(const char* name, double least, double most) {
  using Value = std::remove_reference_t<decltype(std::declval<GemmTuning&>().*kMember)>;
  return {name,
          std::is_same_v<Value, bool>,
          least,
          most,
          [](const GemmTuning& t) { return static_cast<double>(t.*kMember); },
          [](GemmTuning& t, double value) { t.*kMember = static_cast<Value>(value); }};
}

// All but the kernel. Bounds keep every product of two of them far inside index_t.
inline constexpr TuningField kTuningFields[] = {
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
    tuning_field<&GemmTuning::serial_below>("serial_below", 0, 1e15),
};

}  // namespace tessera
