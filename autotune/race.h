// One comparison of a candidate with the incumbent over several problems: what pairs of times say, and when enough have
// been seen. No clock in it.
//
// A round times incumbent and candidate once on every problem, next to each other, so that what disturbs the machine
// meets both. Neither the least time nor the mean is trusted: the least rewards the candidate that was lucky once, the
// mean punishes the one that was interrupted once. A problem's gain is the median of log(incumbent / candidate) over
// the rounds; the noise of the whole is estimated from how much those logs differ within a problem. Rounds alternate in
// which of the two comes first, because the second may find the caches warmer (operands that just fit L3: by half): the
// median of as many rounds of either order lies between the two.
#pragma once

#include <cstddef>
#include <vector>

namespace tessera::tune {

// Gains and noises are natural logarithms: 0.02 is 2 % faster, or a standard error of 2 %.
struct Outcome {
  double gain = 0;   // of the whole, problems that the candidate does not touch included
  double noise = 0;  // standard error of `gain`
  bool better = false;
  int rounds = 0;  // 0: no problem's plan changes, nothing was measured
};

struct RaceRules {
  int min_rounds = 3, max_rounds = 25;
  int rounds_to_win = 5;      // two interruptions on the same side of three times would make a winner
  double sigmas = 1.5;        // a gain counts when it exceeds so many standard errors
  double least_gain = 0.003;  // and this, on the problems it touches
  double most_loss = 0.02;    // a group that certainly loses more than this forbids the candidate,
  bool loss_for_gain = true;  // unless the whole gains as much
  double hopeless = 0.12;     // losing this much, and half of it in every time seen, is enough before that
  bool both_orders = false;   // end after as many rounds of either order
  double floor = 0.001;       // standard error that no run of equal times can get below
};

class Race {
 public:
  struct Entry {
    double weight;
    int group;  // problems of a group are judged together too
  };
  // `total_weight` counts the problems that are not in the race, whose gain is 0; at least the entries' sum.
  Race(std::vector<Entry> entries, double total_weight, const RaceRules& rules);

  // Seconds of both on an entry. A round is one of these for each entry; in every second one the candidate came first.
  void add(std::size_t entry, double incumbent, double candidate);
  int rounds() const;
  // Asked after a round: whether another one could change the verdict.
  bool decided() const;
  Outcome outcome() const;

  struct Estimate {
    double gain, noise;
  };
  Estimate entry(std::size_t i) const;
  Estimate group(int group) const;

 private:
  Estimate over(int group) const;  // all groups when negative
  double deviation() const;        // of a single log ratio
  bool hopeless(double gain) const;

  std::vector<Entry> entries_;
  double total_weight_;
  RaceRules rules_;
  std::vector<std::vector<double>> logs_;
};

double median(std::vector<double> values);

}  // namespace tessera::tune
