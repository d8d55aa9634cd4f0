#include "autotune/race.h"

#include <algorithm>
#include <cmath>

namespace tessera::tune {
namespace {

constexpr int kAllGroups = -1;
constexpr double kMedianEfficiency = 1.2533;  // standard error of a median over that of a mean
constexpr double kMedianDifference = 0.9539;  // median of |x - y| for two normal deviates

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Race::Race(std::vector<Entry> entries, double total_weight, const RaceRules& rules)
    : entries_(std::move(entries)), total_weight_(total_weight), rules_(rules), logs_(entries_.size()) {}

void Race::add(std::size_t entry, double incumbent, double candidate) {
  logs_[entry].push_back(std::log(incumbent / candidate));
}

int Race::rounds() const {
  std::size_t least = logs_.empty() ? 0 : logs_[0].size();
  for (const auto& logs : logs_) least = std::min(least, logs.size());
  return static_cast<int>(least);
}

// From differences of pairs rather than from a median: with three rounds the median's own residual is 0.
double Race::deviation() const {
  std::vector<double> differences;
  for (const auto& logs : logs_)
    for (std::size_t i = 0; i < logs.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) differences.push_back(std::abs(logs[i] - logs[j]));
  return median(std::move(differences)) / kMedianDifference;
}

Race::Estimate Race::entry(std::size_t i) const {
  if (logs_[i].empty()) return {0, 0};
  const double noise = kMedianEfficiency * deviation() / std::sqrt(static_cast<double>(logs_[i].size()));
  return {median(logs_[i]), std::max(noise, rules_.floor)};
}

Race::Estimate Race::over(int group) const {
  double weight = 0, gain = 0, variance = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (group != kAllGroups && entries_[i].group != group) continue;
    const Estimate e = entry(i);
    weight += entries_[i].weight;
    gain += entries_[i].weight * e.gain;
    variance += entries_[i].weight * e.noise * entries_[i].weight * e.noise;
  }
  return weight > 0 ? Estimate{gain / weight, std::max(std::sqrt(variance) / weight, rules_.floor)} : Estimate{0, 0};
}

Race::Estimate Race::group(int group) const { return over(group); }

// One interruption must not look like a verdict: at least three times, and none of them close.
bool Race::hopeless(double gain) const {
  std::size_t seen = 0;
  for (const auto& logs : logs_) {
    seen += logs.size();
    for (const double log : logs)
      if (log > -rules_.hopeless / 2) return false;
  }
  return seen >= 3 && gain < -rules_.hopeless;
}

bool Race::decided() const {
  const int seen = rounds();
  if (rules_.both_orders && seen % 2 != 0) return false;
  const Estimate all = over(kAllGroups);
  if (seen >= rules_.max_rounds || hopeless(all.gain)) return true;
  const double margin = rules_.sigmas * all.noise;
  return (seen >= rules_.rounds_to_win && all.gain - margin > rules_.least_gain) ||
         (seen >= rules_.min_rounds && all.gain + margin < rules_.least_gain);
}

Outcome Race::outcome() const {
  const Estimate all = over(kAllGroups);
  bool better = rounds() >= std::min(rules_.rounds_to_win, rules_.max_rounds) &&
                all.gain - rules_.sigmas * all.noise > 0 && all.gain > rules_.least_gain;
  const double most_loss = rules_.loss_for_gain ? std::max(rules_.most_loss, all.gain) : rules_.most_loss;
  double weight = 0;
  for (const Entry& e : entries_) {
    const Estimate g = over(e.group);
    if (g.gain + rules_.sigmas * g.noise < -most_loss) better = false;
    weight += e.weight;
  }
  const double share = weight / total_weight_;
  return {all.gain * share, all.noise * share, better, rounds()};
}

}  // namespace tessera::tune
