// Cost surfaces to search on, and a tuner that measures them with noise instead of a clock.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "autotune/search.h"
#include "support/random.h"

namespace tessera::test {

// Seconds of a problem at a point, without noise.
using Surface = std::function<double(const tune::Point& point, int problem)>;

inline double normal(Random& random) {
  // Sum of uniforms: the tails do not matter here, outliers are added on purpose.
  double sum = 0;
  for (int i = 0; i < 12; ++i) sum += (random.number<double>() + 1) / 2;
  return sum - 6;
}

// Mean log time over problems.
inline double cost(const Surface& surface, const tune::Point& point, int problems) {
  double sum = 0;
  for (int p = 0; p < problems; ++p) sum += std::log(surface(point, p));
  return sum / problems;
}

struct Noise {
  double spread;    // standard deviation of the log of a time
  double outliers;  // share of times that take half as long again
};

inline tune::Outcome race_on(const Surface& surface, const tune::Point& incumbent, const tune::Point& candidate,
                             int problems, const Noise& noise, Random& random, const tune::RaceRules& rules = {}) {
  std::vector<tune::Race::Entry> entries;
  for (int p = 0; p < problems; ++p) entries.push_back({1, p});
  tune::Race race(entries, problems, rules);
  const auto time = [&](const tune::Point& point, int p) {
    const double outlier = random.number<double>() + 1 < 2 * noise.outliers ? 1.5 : 1;
    return surface(point, p) * std::exp(noise.spread * normal(random)) * outlier;
  };
  do {
    for (int p = 0; p < problems; ++p) race.add(static_cast<std::size_t>(p), time(incumbent, p), time(candidate, p));
  } while (!race.decided());
  return race.outcome();
}

// All points of a space, by counting.
template <class F>
void each_point(const tune::Space& space, F f) {
  tune::Point p(space.dimensions.size(), 0);
  for (;;) {
    f(p);
    std::size_t d = 0;
    while (d < p.size() && ++p[d] == static_cast<int>(space.dimensions[d].values.size())) p[d++] = 0;
    if (d == p.size()) return;
  }
}

struct Found {
  double excess;       // log time of what was found over the best of all points
  double evaluations;  // share of all points
  int count;
};

inline Found search_on(const tune::Space& space, const Surface& surface, int problems, const Noise& noise,
                       std::uint64_t seed) {
  Random random(seed);
  tune::Search search(space);
  int evaluations = 1;
  while (const tune::Point* candidate = search.next()) {
    if (search.filling()) break;
    search.tell(race_on(surface, search.incumbent(), *candidate, problems, noise, random));
    ++evaluations;
  }
  double best = 1e300;
  each_point(space, [&](const tune::Point& p) { best = std::min(best, cost(surface, p, problems)); });
  return {cost(surface, search.best(), problems) - best, evaluations / space.size(), evaluations};
}

}  // namespace tessera::test
