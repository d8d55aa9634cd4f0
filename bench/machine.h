// What this machine can do, measured in the run that needs it: FMA peaks and bandwidths, and where to run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "work.h"

namespace tessera::bench {

struct CacheSizes {
  double l1, l2, l3;  // bytes; L1 data and L2 of one core, L3 shared
};
CacheSizes cache_sizes();
std::string cpu_name();

// Pins the calling thread, and so every thread that it starts later, to the CPU that was idlest over a tenth of a
// second. Returns its number, or -1 when pinning was refused.
int pin_to_idle_cpu();

// The clock moves and neighbours come and go, so the machine is sampled at the beginning, in the middle and at the
// end of a run, and a rate is the median of all its bursts.
class Machine {
 public:
  // `isa_cap` empty: every ISA that this CPU has.
  Machine(int threads, const std::string& isa_cap, bool huge_pages);

  void sample();

  struct Rate {
    double median, lowest, highest;
  };
  // Keys: "fma_f32_avx2", ... in GFLOP/s; "read_L1", "write_DRAM", "copy_L2", ... in GB/s. A copy counts its bytes
  // once.
  std::map<std::string, Rate> rates() const;

  // GFLOP/s of the best ISA in use, 0 when unknown.
  double peak(char type) const;

  struct Roof {
    double seconds;     // 0 when unknown
    std::string bound;  // "FMA", or the cache level (or "DRAM") whose read bandwidth takes longer than that
  };
  // The least time: the longer of what the FMA peak needs and what the level that holds all operands needs for the
  // compulsory traffic.
  Roof roof(const Work& work) const;

 private:
  double rate(const std::string& key) const;

  int threads_;
  std::string isa_cap_;
  bool huge_pages_;
  CacheSizes caches_;
  std::map<std::string, std::vector<double>> bursts_;
};

}  // namespace tessera::bench
