// Whether the machine is as fast as it was: judged by pulses, a fixed piece of work that stays in the first cache. A
// slower pulse means that the clock is throttled or somebody else runs here. No clock in it: it is told the times.
#pragma once

namespace tessera::tune {

class QuietGate {
 public:
  enum class Advice {
    go,
    wait,    // disturbed: what was just measured is void; wait and send another pulse
    accept,  // it has been like this for so long that it is the machine's new speed: go on, and say so
  };
  Advice pulse(double seconds);

  // Pulses that were too slow.
  int disturbed() const { return disturbed_; }
  // The least pulse so far over the last: 1 when the machine is at its best.
  double speed() const { return speed_; }

 private:
  static constexpr double kTolerance = 1.10;
  static constexpr int kPatience = 60;  // pulses in a row
  double best_ = 0, least_slow_ = 0, speed_ = 1;
  int waiting_ = 0, disturbed_ = 0;
};

}  // namespace tessera::tune
