#include "autotune/quiet.h"

#include <algorithm>

namespace tessera::tune {

QuietGate::Advice QuietGate::pulse(double seconds) {
  if (best_ == 0 || seconds < best_) best_ = seconds;
  speed_ = best_ / seconds;
  if (seconds <= kTolerance * best_) {
    waiting_ = 0;
    return Advice::go;
  }
  ++disturbed_;
  least_slow_ = waiting_ == 0 ? seconds : std::min(least_slow_, seconds);
  if (++waiting_ < kPatience) return Advice::wait;
  // The best of the slow ones, so that spikes among them still count as such.
  best_ = least_slow_;
  waiting_ = 0;
  return Advice::accept;
}

}  // namespace tessera::tune
