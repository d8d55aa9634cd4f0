// The search on surfaces whose optimum is known: within 2 % of it after less than 15 % of its evaluations.
#include "autotune/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "autotune/surface.h"

namespace tessera::test {
namespace {

using tune::Dimension;
using tune::Outcome;
using tune::Point;
using tune::Search;
using tune::Space;

std::vector<double> geometric(double from, double factor, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i, from *= factor) values.push_back(std::round(from));
  return values;
}

std::vector<double> indices(int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(i);
  return values;
}

// kc, mc, nc, kernel, prefetch: the order of the real one.
Space blocks_space(Random& random) {
  Space space;
  space.dimensions = {{"kc", true, geometric(64, 1.4, 9)},
                      {"mc", true, geometric(32, 1.5, 9)},
                      {"nc", true, geometric(512, 2, 6)},
                      {"kernel", false, indices(8)},
                      {"prefetch", true, {0, 128, 256, 512, 1024, 2048}}};
  space.couplings = {{0, {1, 2}}, {3, {0, 1}}};
  for (const Dimension& d : space.dimensions)
    space.seed.push_back(static_cast<int>(random.integer(0, static_cast<index_t>(d.values.size()) - 1)));
  return space;
}

Space small_space(Random& random) {
  Space space = blocks_space(random);
  space.dimensions = {space.dimensions[0], space.dimensions[1], {"kernel", false, indices(5)}};
  space.couplings = {{0, {1}}, {2, {0, 1}}};
  space.seed = {static_cast<int>(random.integer(0, 8)), static_cast<int>(random.integer(0, 8)),
                static_cast<int>(random.integer(0, 4))};
  return space;
}

// A GEMM as the textbooks have it: short K blocks load C too often, a block of A beyond L2 and a panel of B beyond L3
// are read from further away, kernels differ and want blocks of their own. Ripples on top, as real ones have.
struct Model {
  explicit Model(Random& r, bool cliffs)
      : l2(std::exp(10.2 + r.number<double>())), l3(std::exp(14.5 + r.number<double>())), cliff(cliffs) {
    for (double& k : kernel) k = 0.06 * (r.number<double>() + 1);
    for (double& k : taste) k = 0.4 * r.number<double>();
    ripple = 0.008 * (r.number<double>() + 1);
    ahead = std::exp(5.5 + r.number<double>());
    phase = 3 * r.number<double>();
  }

  double over(double used, double has) const {
    const double x = std::log(used / has);
    if (cliff) return 0.25 * std::clamp(x / 0.4, 0.0, 1.0);
    return x > -0.7 ? 0.15 * (x + 0.7) * (x + 0.7) : 0;
  }

  double operator()(const Space& space, const Point& p, int problem) const {
    const auto value = [&](std::size_t d) { return space.dimensions[d].values[static_cast<std::size_t>(p[d])]; };
    const bool small = space.dimensions.size() == 3;
    const double kc = value(0), mc = value(1), nc = small ? 4096 : value(2);
    const auto v = static_cast<std::size_t>(small ? p[2] : p[3]);
    double t = 1 + 24 / kc + 8 / mc + 300 / nc;
    t += over(kc * mc * std::exp(taste[v]), l2) + over(kc * nc, l3) + kernel[v];
    if (!small) t += 0.02 * std::abs(std::log((value(4) + 32) / ahead));
    t += ripple * std::sin(phase + problem + 2.1 * p[0] + 3.7 * p[1]);
    return t * (1 + problem);
  }

  double l2, l3;
  bool cliff;
  double kernel[8], taste[8], ripple, ahead, phase;
};

struct Score {
  double worst = 0, mean = 0, evaluations = 0;
  int beyond = 0, count = 0;
};

Score score(bool small, bool cliff, const Noise& noise, index_t seeds) {
  Score s;
  for (index_t seed = 0; seed < seeds; ++seed) {
    Random random(test_seed() + static_cast<std::uint64_t>(seed));
    const Space space = small ? small_space(random) : blocks_space(random);
    const Model model(random, cliff);
    const Found found = search_on(
        space, [&](const Point& p, int problem) { return model(space, p, problem); }, 3, noise,
        static_cast<std::uint64_t>(seed));
    s.worst = std::max(s.worst, found.excess);
    s.mean += found.excess / static_cast<double>(seeds);
    s.evaluations = std::max(s.evaluations, found.evaluations);
    s.beyond += found.excess > 0.02;
    ++s.count;
  }
  std::printf(
      "%s, %s, noise %.1f %%: %d of %d beyond 2 %%, worst %.1f %%, mean %.2f %%, at most %.1f %% of evaluations\n",
      small ? "three dimensions" : "five dimensions", cliff ? "cliffs" : "slopes", 100 * noise.spread, s.beyond,
      s.count, 100 * s.worst, 100 * s.mean, 100 * s.evaluations);
  return s;
}

TEST(Search, FindsTheOptimumOfModels) {
  for (const bool small : {false, true}) {
    for (const bool cliff : {false, true}) {
      for (const Noise& noise : {Noise{0, 0}, Noise{0.005, 0.02}, Noise{0.01, 0.05}, Noise{0.03, 0.05}}) {
        const Score s = score(small, cliff, noise, scaled_count(40));
        EXPECT_LT(s.evaluations, 0.15);
        EXPECT_LT(s.mean, 0.006);
        // A valley that none of the first points lies in is missed now and then, from a seed that is anywhere.
        EXPECT_LE(s.beyond, 1 + s.count / 12);
      }
    }
  }
}

// Times of real products at every point of a plane, as they were measured once.
TEST(Search, FindsTheOptimumOfARecording) {
  std::ifstream in(TESSERA_TEST_DATA "/recorded_surface.txt");
  ASSERT_TRUE(in) << TESSERA_TEST_DATA;
  Space space;
  std::map<Point, std::vector<double>> seconds;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "dimension") {
      Dimension d;
      std::string order;
      words >> d.name >> order;
      d.ordered = order == "ordered";
      for (double v; words >> v;) d.values.push_back(v);
      space.dimensions.push_back(d);
    } else if (first == "point") {
      Point p(space.dimensions.size());
      for (int& i : p) words >> i;
      for (double t; words >> t;) seconds[p].push_back(t);
    }
  }
  ASSERT_EQ(space.dimensions.size(), 3u);
  ASSERT_EQ(static_cast<double>(seconds.size()), space.size());
  space.couplings = {{0, {1}}, {2, {0, 1}}};
  const int problems = static_cast<int>(seconds.begin()->second.size());
  const Surface surface = [&](const Point& p, int problem) { return seconds.at(p)[static_cast<std::size_t>(problem)]; };
  double worst = 0, most = 0;
  int beyond = 0, runs = 0;
  // From every corner, the middle, and with four kinds of noise.
  for (const int kc : {0, 1, 2}) {
    for (const int mc : {0, 1, 2}) {
      for (const Noise& noise : {Noise{0, 0}, Noise{0.005, 0.02}, Noise{0.01, 0.05}, Noise{0.02, 0.05}}) {
        space.seed = {kc * (static_cast<int>(space.dimensions[0].values.size()) - 1) / 2,
                      mc * (static_cast<int>(space.dimensions[1].values.size()) - 1) / 2, 0};
        for (index_t turn = scaled_count(3); turn > 0; --turn) {
          const Found found =
              search_on(space, surface, problems, noise, test_seed() + static_cast<std::uint64_t>(turn));
          worst = std::max(worst, found.excess);
          most = std::max(most, found.evaluations);
          ++runs;
          beyond += found.excess > 0.02;
          // Times that differ by 1 % and more for no reason hide what is worth 2 %, now and then.
          EXPECT_LT(found.excess, noise.spread < 0.01 ? 0.02 : 0.04)
              << "from " << kc << " " << mc << " with noise " << noise.spread;
          EXPECT_LT(found.evaluations, 0.15);
        }
      }
    }
  }
  EXPECT_LE(beyond, runs / 10);
  std::printf("%g points: worst %.2f %%, %d of %d runs beyond 2 %%, at most %.1f %% of evaluations\n", space.size(),
              100 * worst, beyond, runs, 100 * most);
}

Space tiny_space() {
  Space space;
  space.dimensions = {{"a", true, {1, 2, 3, 4}}, {"b", true, {1, 2, 3}}, {"kind", false, {0, 1}}};
  space.couplings = {{0, {1}}, {2, {0}}};
  space.planes = {{0, 1}};
  space.seed = {3, 2, 1};
  return space;
}

// Asks for everything; each answer is a function of the two points.
template <class F>
std::vector<Point> run(Search& search, F gain) {
  std::vector<Point> asked;
  while (const Point* candidate = search.next()) {
    EXPECT_EQ(candidate, search.next()) << "asking twice changes nothing";
    asked.push_back(*candidate);
    const double g = gain(search.incumbent(), *candidate);
    search.tell({g, 0.001, g > 0.003, 3});
  }
  return asked;
}

double bowl(const Point& p) { return 0.05 * ((p[0] - 1) * (p[0] - 1) + p[1] * p[1]) + 0.02 * p[2]; }

TEST(Search, IsAFunctionOfWhatItIsTold) {
  Search one(tiny_space(), 1), two(tiny_space(), 1);
  const auto gain = [](const Point& from, const Point& to) { return bowl(from) - bowl(to); };
  EXPECT_EQ(run(one, gain), run(two, gain));
  EXPECT_EQ(one.best(), two.best());
  EXPECT_EQ(one.best(), (Point{1, 0, 0}));
  EXPECT_EQ(one.history().front(), (Point{3, 2, 1}));
  EXPECT_EQ(one.history().back(), one.best());
  EXPECT_NEAR(one.gain(), bowl({3, 2, 1}), 1e-12);
}

TEST(Search, AsksForNothingTwiceAndFillsThePlane) {
  Search search(tiny_space(), 1, 1);  // one descent: ends need not meet again
  std::vector<Point> asked = run(search, [](const Point& from, const Point& to) { return bowl(from) - bowl(to); });
  const std::set<Point> unique(asked.begin(), asked.end());
  EXPECT_EQ(unique.size(), asked.size());
  EXPECT_EQ(unique.count({3, 2, 1}), 0u) << "the seed is the first incumbent";
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 3; ++b) EXPECT_EQ(search.known().count({a, b, search.best()[2]}), 1u);
  EXPECT_TRUE(search.filling());
}

TEST(Search, WhereNothingIsBetterTheSeedStays) {
  Search search(tiny_space(), 1);
  run(search, [](const Point&, const Point&) { return -0.01; });
  EXPECT_EQ(search.best(), (Point{3, 2, 1}));
  EXPECT_EQ(search.history().size(), 1u);
  EXPECT_EQ(search.gain(), 0);
}

TEST(Search, ABetterPointOfThePlaneIsTaken) {
  // Alone, away from every descent.
  const auto gain = [](const Point& from, const Point& to) {
    const auto height = [](const Point& p) { return p == Point{0, 2, 1} ? -0.5 : p == Point{3, 2, 1} ? 0.0 : 0.3; };
    return height(from) - height(to);
  };
  Space space = tiny_space();
  space.couplings.clear();
  Search search(space, 1);
  run(search, gain);
  EXPECT_EQ(search.best(), (Point{0, 2, 1}));
  EXPECT_EQ(search.history().back(), search.best());
}

TEST(Search, NothingToChoose) {
  Search search(Space{});
  EXPECT_EQ(search.next(), nullptr);
  EXPECT_TRUE(search.best().empty());
}

TEST(Race, DecidesAtOnceWhatIsClear) {
  tune::Race worse({{1, 0}, {1, 1}, {1, 2}}, 3, {});
  for (std::size_t i = 0; i < 3; ++i) worse.add(i, 1.0, 1.3);
  EXPECT_TRUE(worse.decided());
  EXPECT_FALSE(worse.outcome().better);
  EXPECT_NEAR(worse.outcome().gain, std::log(1 / 1.3), 1e-12);

  tune::Race better({{1, 0}}, 4, {});  // the other three quarters are not touched
  for (int round = 0; round < 5; ++round) {
    EXPECT_FALSE(better.decided());
    EXPECT_FALSE(better.outcome().better) << "too soon";
    better.add(0, 1.3, 1.0);
  }
  EXPECT_TRUE(better.decided());
  EXPECT_TRUE(better.outcome().better);
  EXPECT_NEAR(better.outcome().gain, std::log(1.3) / 4, 1e-12);
}

TEST(Race, AnInterruptionDecidesNothing) {
  tune::Race race({{1, 0}}, 1, {});
  race.add(0, 1.0, 9.0);
  EXPECT_FALSE(race.decided());
  for (int round = 0; round < 4; ++round) race.add(0, 1.02, 1.0);
  EXPECT_NEAR(race.outcome().gain, std::log(1.02), 1e-9);
}

// Whoever comes second finds the caches warm: that is nobody's gain.
TEST(Race, TheOrderDecidesNothing) {
  tune::Race race({{1, 0}}, 1, {.min_rounds = 9, .max_rounds = 15, .rounds_to_win = 9, .both_orders = true});
  for (int round = 0; !race.decided(); ++round) {
    ASSERT_LT(round, 17);
    const double first = 1.5 + 1e-4 * round, second = 1.0;
    round % 2 == 0 ? race.add(0, first, second) : race.add(0, second, first);
  }
  EXPECT_NEAR(race.outcome().gain, 0, 1e-3);
  EXPECT_FALSE(race.outcome().better);
}

TEST(Race, NoiseIsThatOfTheMedian) {
  Random random(test_seed());
  double squares = 0, noises = 0;
  const int races = 400, rounds = 9;
  for (int i = 0; i < races; ++i) {
    tune::Race race({{1, 0}, {2, 1}}, 3, {.max_rounds = rounds});
    for (int r = 0; r < rounds; ++r)
      for (const std::size_t entry : {0, 1})
        race.add(entry, std::exp(0.02 * normal(random)), std::exp(0.02 * normal(random)));
    squares += race.outcome().gain * race.outcome().gain / races;
    noises += race.outcome().noise / races;
  }
  EXPECT_NEAR(noises / std::sqrt(squares), 1.0, 0.15);
}

TEST(Race, AGroupThatLosesForbidsTheCandidate) {
  for (const bool loses : {false, true}) {
    tune::Race race({{3, 0}, {1, 1}}, 4, {});
    for (int round = 0; round < 9; ++round) {
      race.add(0, 1.02, 1.0);
      race.add(1, 1.0, loses ? 1.05 : 1.005);
    }
    EXPECT_GT(race.outcome().gain, 0.0);
    EXPECT_EQ(race.outcome().better, !loses);
    EXPECT_NEAR(race.group(1).gain, loses ? -std::log(1.05) : -std::log(1.005), 1e-9);
  }
}

}  // namespace
}  // namespace tessera::test
