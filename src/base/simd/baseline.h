// Register wrappers of any CPU: plain C++ without fused multiply-adds.
#pragma once

#include "base/simd/plain.h"

namespace tessera::simd::baseline {

struct Any;
using F32 = Plain<Any, float, unsigned, 4, false>;
using F64 = Plain<Any, double, unsigned long long, 2, false>;

}  // namespace tessera::simd::baseline
