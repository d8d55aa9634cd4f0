// Judging what callers of 8-bit operations say of their operands and outputs.
#pragma once

#include <tessera/quant.h>

#include "quant/output.h"

namespace tessera {

constexpr std::int32_t least(std::int32_t type) { return type == TSR_S8 ? -128 : 0; }
constexpr std::int32_t greatest(std::int32_t type) { return type == TSR_S8 ? 127 : 255; }
constexpr bool is_type(std::int32_t type) { return type == TSR_U8 || type == TSR_S8; }
constexpr bool in_range(std::int32_t zero, std::int32_t type) { return zero >= least(type) && zero <= greatest(type); }
constexpr bool is_bytes(std::int32_t output) { return output == TSR_Q8_U8 || output == TSR_Q8_S8; }

// What the epilogue asks for, n columns; null: the sums. -position when it cannot be done, `out` is then meaningless.
tsr_status check_epilogue(int position, const tsr_q8_epilogue* epilogue, index_t n, Output& out);

}  // namespace tessera
