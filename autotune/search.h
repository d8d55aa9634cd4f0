// Which candidate to try next. A state machine: it is asked for a candidate and told how it did; it knows no clock, no
// GEMM and no chance, so a run can be replayed from its outcomes.
//
// First a few points spread over the blocks, because a seed may lie in the wrong valley (blocks beyond two caches at
// once look flat in every direction). From the best of these, coordinate by coordinate: along an ordered one first in
// long steps, then in halves of them; values without an order one by one. Passes repeat, in short steps, until one
// finds nothing. Then what coordinates cannot see: diagonals (a larger KC may need a smaller MC), and kernels that came
// close, with blocks of their own. Then the same again from the best of the first points that lie far from where the
// descents before have led, and their ends meet directly. At last, if asked for, the whole of a plane around the
// winner, for the report and for whatever the steps jumped over.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "autotune/race.h"

namespace tessera::tune {

// One thing that can be chosen.
struct Dimension {
  std::string name;
  bool ordered;  // neighbours are alike
  std::vector<double> values;
};

using Point = std::vector<int>;  // for each dimension the index of a value

struct Space {
  std::vector<Dimension> dimensions;
  Point seed;
  // Dimensions that share a cache with `lead`: when it grows, they may have to shrink. A lead without order, the
  // kernel, is tried with others of their values. The first with order is where the search begins.
  struct Coupling {
    int lead;
    std::vector<int> others;  // all with order
  };
  std::vector<Coupling> couplings;
  // Planes to be filled at the end.
  std::vector<std::pair<int, int>> planes;

  double size() const;  // points of the whole
};

class Search {
 public:
  // Ends, but for planes, when `most_share` of all points have been tried: a sweep would be no dearer.
  explicit Search(Space space, double most_share = 0.14, int most_descents = 8);

  // The candidate to be compared with incumbent(); null when there is nothing left to try. The same until tell().
  const Point* next();
  void tell(const Outcome& outcome);

  const Space& space() const { return space_; }
  const Point& incumbent() const { return incumbent_; }  // of the descent under way
  // The best of the descents that have ended; of the first one until then.
  const Point& best() const { return ends_.empty() ? incumbent_ : best_; }
  double gain() const { return value(best()); }  // of the best over the seed, by what was told
  // What led to the best: incumbents of its descent, the seed first, the best last.
  const std::vector<Point>& history() const { return ends_.empty() ? path_ : best_path_; }
  // True once the planes are being filled: what follows refines and no longer searches.
  bool filling() const { return phase_ == Phase::planes || phase_ == Phase::done; }

  struct Known {
    double value;  // gain over the seed: the incumbent's at that time and what was measured
    double noise;  // of that measurement
  };
  const std::map<Point, Known>& known() const { return known_; }

 private:
  enum class Phase { spread, coordinates, diagonals, rivals, playoff, planes, done };

  double value(const Point& point) const { return known_.at(point).value; }
  std::optional<Point> propose() const;
  void end_descent();
  void end_playoff(bool better);
  std::optional<Point> another_valley() const;
  void advance(bool better);
  void begin_pass(bool first);
  void begin_coordinate();
  void begin(Phase phase);
  // Moves a dimension of a point; false: over the edge.
  bool shift(Point& point, int dimension, int by) const;
  std::vector<Point> spread() const;
  std::vector<Point> diagonals() const;
  std::vector<Point> rivals() const;
  std::vector<Point> planes() const;

  Space space_;
  double most_share_;
  int most_descents_;
  Point incumbent_;
  std::map<Point, Known> known_;
  std::vector<Point> path_;  // of the incumbent
  // The best end of the descents before, and its path; all ends.
  Point best_;
  std::vector<Point> best_path_, ends_;
  std::vector<Point> spread_;
  std::optional<Point> candidate_;

  Phase phase_ = Phase::spread;
  // Phase coordinates.
  bool first_pass_ = true, moved_ = false;
  int coordinate_ = 0;
  int step_ = 1, direction_ = 1;  // of an ordered one
  bool went_ = false;             // the step has led somewhere
  int value_ = 0;                 // of one without order
  // Other phases: what is left to try.
  std::vector<Point> list_;
  std::size_t at_ = 0;
};

}  // namespace tessera::tune
