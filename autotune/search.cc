#include "autotune/search.h"

#include <algorithm>
#include <cstdlib>

namespace tessera::tune {
namespace {

// A kernel whose best is within this of the winner may win with blocks of its own.
constexpr double kRivalMargin = 0.04;
constexpr int kFirstSteps = 3;  // the first pass crosses a dimension in so many steps

}  // namespace

double Space::size() const {
  double points = 1;
  for (const Dimension& d : dimensions) points *= static_cast<double>(d.values.size());
  return points;
}

Search::Search(Space space, double most_share, int most_descents)
    : space_(std::move(space)),
      most_share_(most_share),
      most_descents_(most_descents),
      incumbent_(space_.seed),
      known_{{space_.seed, {0, 0}}},
      path_{space_.seed},
      best_(space_.seed),
      best_path_{space_.seed},
      spread_(spread()) {
  begin(Phase::spread);
}

const Point* Search::next() {
  while (!candidate_ && phase_ != Phase::done) {
    if (phase_ < Phase::playoff && static_cast<double>(known_.size()) >= most_share_ * space_.size()) end_descent();
    std::optional<Point> proposal = propose();
    if (proposal && (phase_ == Phase::playoff || known_.count(*proposal) == 0)) {
      candidate_ = std::move(proposal);
    } else {
      advance(false);
    }
  }
  return candidate_ ? &*candidate_ : nullptr;
}

void Search::tell(const Outcome& outcome) {
  known_[*candidate_] = {value(incumbent_) + outcome.gain, outcome.noise};
  if (phase_ == Phase::playoff) {
    candidate_.reset();
    return end_playoff(outcome.better);
  }
  if (outcome.better) {
    incumbent_ = *candidate_;
    path_.push_back(incumbent_);
    if (phase_ == Phase::planes) {
      best_ = incumbent_;
      best_path_ = path_;
    }
  }
  candidate_.reset();
  advance(outcome.better);
}

std::optional<Point> Search::propose() const {
  if (phase_ == Phase::playoff) return ends_.back();
  if (phase_ != Phase::coordinates) return at_ < list_.size() ? std::optional(list_[at_]) : std::nullopt;
  if (space_.dimensions.empty()) return std::nullopt;
  const Dimension& d = space_.dimensions[static_cast<std::size_t>(coordinate_)];
  Point p = incumbent_;
  int& index = p[static_cast<std::size_t>(coordinate_)];
  // A long step ends at the edge rather than beyond it.
  const int last = static_cast<int>(d.values.size()) - 1;
  index = d.ordered ? std::clamp(index + direction_ * step_, 0, last) : value_;
  return p;
}

void Search::begin_pass(bool first) {
  phase_ = Phase::coordinates;
  first_pass_ = first;
  moved_ = false;
  coordinate_ = 0;
  begin_coordinate();
}

void Search::begin_coordinate() {
  if (coordinate_ == static_cast<int>(space_.dimensions.size())) return;
  const int values = static_cast<int>(space_.dimensions[static_cast<std::size_t>(coordinate_)].values.size());
  step_ = first_pass_ ? std::max(1, values / kFirstSteps) : 1;
  direction_ = 1;
  went_ = false;
  value_ = 0;
}

void Search::begin(Phase phase) {
  phase_ = phase;
  list_ = phase == Phase::spread      ? spread_
          : phase == Phase::diagonals ? diagonals()
          : phase == Phase::rivals    ? rivals()
                                      : planes();
  at_ = 0;
}

void Search::advance(bool better) {
  switch (phase_) {
    case Phase::spread:
      if (++at_ >= list_.size()) begin_pass(true);
      return;
    case Phase::coordinates: {
      moved_ |= better;
      const bool none = space_.dimensions.empty();
      const bool ordered = !none && space_.dimensions[static_cast<std::size_t>(coordinate_)].ordered;
      if (ordered && better) {
        went_ = true;
        return;  // further the same way
      }
      if (ordered && direction_ == 1 && !went_) {
        direction_ = -1;
        return;
      }
      if (ordered && step_ > 1) {
        step_ /= 2;
        direction_ = 1;
        went_ = false;
        return;
      }
      if (!none && !ordered &&
          ++value_ < static_cast<int>(space_.dimensions[static_cast<std::size_t>(coordinate_)].values.size()))
        return;
      if (!none && ++coordinate_ < static_cast<int>(space_.dimensions.size())) return begin_coordinate();
      return moved_ || first_pass_ ? begin_pass(false) : begin(Phase::diagonals);
    }
    case Phase::diagonals:
    case Phase::rivals:
      if (better) return begin_pass(false);
      if (++at_ < list_.size()) return;
      return phase_ == Phase::diagonals ? begin(Phase::rivals) : end_descent();
    case Phase::planes:
      // A plane is filled to the end whatever it holds: the rest of it is as near.
      if (++at_ < list_.size()) return;
      phase_ = Phase::done;
      return;
    case Phase::playoff:
    case Phase::done:
      return;
  }
}

void Search::end_descent() {
  ends_.push_back(incumbent_);
  if (ends_.size() == 1 || incumbent_ == best_) {
    best_ = incumbent_;
    best_path_ = path_;
    return end_playoff(false);
  }
  // What is known of the two are sums along different paths: they meet directly.
  incumbent_ = best_;
  phase_ = Phase::playoff;
}

void Search::end_playoff(bool better) {
  if (better) {
    best_ = ends_.back();
    best_path_ = path_;
  }
  if (const std::optional<Point> start = another_valley()) {
    incumbent_ = *start;
    path_ = {space_.seed, *start};
    std::erase(spread_, *start);
    return begin_pass(true);
  }
  incumbent_ = best_;
  path_ = best_path_;
  begin(Phase::planes);
}

std::optional<Point> Search::another_valley() const {
  if (static_cast<int>(ends_.size()) >= most_descents_ ||
      static_cast<double>(known_.size()) >= 0.75 * most_share_ * space_.size())
    return std::nullopt;
  std::optional<Point> best;
  for (const Point& p : spread_) {
    if (known_.count(p) == 0 || (best && value(p) <= value(*best))) continue;
    const bool far = std::all_of(ends_.begin(), ends_.end(), [&](const Point& end) {
      int steps = 0;
      for (const Space::Coupling& c : space_.couplings) {
        if (!space_.dimensions[static_cast<std::size_t>(c.lead)].ordered) continue;
        const auto away = [&](int d) {
          return std::abs(p[static_cast<std::size_t>(d)] - end[static_cast<std::size_t>(d)]);
        };
        steps = std::max(steps, away(c.lead));
        for (const int other : c.others) steps = std::max(steps, away(other));
      }
      return steps >= 3;
    });
    if (far) best = p;
  }
  return best;
}

bool Search::shift(Point& point, int dimension, int by) const {
  const auto d = static_cast<std::size_t>(dimension);
  point[d] += by;
  return point[d] >= 0 && point[d] < static_cast<int>(space_.dimensions[d].values.size());
}

std::vector<Point> Search::spread() const {
  std::vector<Point> list;
  for (const Space::Coupling& c : space_.couplings) {
    if (!space_.dimensions[static_cast<std::size_t>(c.lead)].ordered) continue;
    const auto put = [&](Point& p, int dimension, int sixth) {
      const auto d = static_cast<std::size_t>(dimension);
      p[d] = sixth * static_cast<int>(space_.dimensions[d].values.size()) / 6;
    };
    for (const int x : {1, 3, 5}) {
      for (const int y : {1, 3, 5}) {
        Point p = incumbent_;
        put(p, c.lead, x);
        for (const int other : c.others) put(p, other, y);
        list.push_back(p);
      }
    }
    break;
  }
  return list;
}

std::vector<Point> Search::diagonals() const {
  std::vector<Point> list;
  const auto add = [&](int lead, int by, const std::vector<int>& others, int others_by) {
    Point p = incumbent_;
    bool inside = shift(p, lead, by);
    for (const int other : others) inside = shift(p, other, others_by) && inside;
    if (inside) list.push_back(p);
  };
  for (const int step : {1, 2}) {
    for (const Space::Coupling& c : space_.couplings) {
      if (!space_.dimensions[static_cast<std::size_t>(c.lead)].ordered) continue;
      for (const auto& [x, y] : {std::pair{step, -1}, {-step, 1}, {step, -2}, {-step, 2}, {step, 1}, {-step, -1}}) {
        for (const int other : c.others) add(c.lead, x, {other}, y);
        if (c.others.size() > 1) add(c.lead, x, c.others, y);
      }
    }
  }
  return list;
}

std::vector<Point> Search::rivals() const {
  std::vector<Point> list;
  for (const Space::Coupling& c : space_.couplings) {
    const auto lead = static_cast<std::size_t>(c.lead);
    if (space_.dimensions[lead].ordered) continue;
    for (int choice = 0; choice < static_cast<int>(space_.dimensions[lead].values.size()); ++choice) {
      if (choice == incumbent_[lead]) continue;
      const bool close = std::any_of(known_.begin(), known_.end(), [&](const auto& known) {
        return known.first[lead] == choice && known.second.value > value(incumbent_) - kRivalMargin;
      });
      if (!close) continue;
      for (const int other : c.others) {
        for (const int step : {-1, 1}) {
          Point p = incumbent_;
          p[lead] = choice;
          if (shift(p, other, step)) list.push_back(p);
        }
      }
    }
  }
  return list;
}

std::vector<Point> Search::planes() const {
  std::vector<Point> list;
  for (const auto& [i, j] : space_.planes) {
    const std::size_t first = list.size();
    Point p = incumbent_;
    for (int x = 0; x < static_cast<int>(space_.dimensions[static_cast<std::size_t>(i)].values.size()); ++x)
      for (int y = 0; y < static_cast<int>(space_.dimensions[static_cast<std::size_t>(j)].values.size()); ++y) {
        p[static_cast<std::size_t>(i)] = x;
        p[static_cast<std::size_t>(j)] = y;
        list.push_back(p);
      }
    // Nearest first, for a budget that ends on the way.
    const auto distance = [&](const Point& q) {
      return std::abs(q[static_cast<std::size_t>(i)] - incumbent_[static_cast<std::size_t>(i)]) +
             std::abs(q[static_cast<std::size_t>(j)] - incumbent_[static_cast<std::size_t>(j)]);
    };
    std::stable_sort(list.begin() + static_cast<std::ptrdiff_t>(first), list.end(),
                     [&](const Point& a, const Point& b) { return distance(a) < distance(b); });
  }
  return list;
}

}  // namespace tessera::tune
