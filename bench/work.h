// What a problem asks of a machine, whatever the routine.
#pragma once

#include <string>

namespace tessera::bench {

struct Work {
  std::string line;  // reproduces the problem
  std::string name;
  char type = 's';  // s, d, c, z: decides the FMA peak
  double flops = 0;
  double bytes = 0;      // what any algorithm must read and write
  double footprint = 0;  // of the operands, without padding
};

}  // namespace tessera::bench
