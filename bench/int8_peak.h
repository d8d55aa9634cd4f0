// The rate at which one core multiplies 8-bit numbers exactly.
#pragma once

#include <string>

namespace tessera::bench {

// GOP/s, a multiplication and an addition being two, of the best instructions within the cap (empty: all that the CPU
// has); 0 when there is no loop for this CPU.
double int8_peak(const std::string& isa_cap);

}  // namespace tessera::bench
