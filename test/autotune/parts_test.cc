// The parts around the search: journal, pulses, shapes, spaces, profiles as files.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "autotune/candidates.h"
#include "autotune/journal.h"
#include "autotune/measure.h"
#include "autotune/profile_file.h"
#include "autotune/quiet.h"
#include "autotune/shapes.h"
#include "support/random_tuning.h"

namespace tessera::test {
namespace {

using tune::Json;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tessera_tune_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name, std::ios::binary) << text;
    return root_ / name;
  }
  std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::filesystem::path root_;
};

using JournalFile = Files;

TEST_F(JournalFile, GoesOnAfterATruncationAnywhere) {
  const std::string path = root_ / "deep/er/journal";
  std::vector<std::size_t> ends;
  {
    tune::Journal journal(path, false);
    for (int i = 0; i < 4; ++i) {
      journal.append({{"i", i}, {"text", std::string(static_cast<std::size_t>(7 * i), 'x')}});
      ends.push_back(std::filesystem::file_size(path));
    }
  }
  const std::string whole = read(path);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    write("cut", whole.substr(0, size));
    const auto complete = std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= size; });
    {
      tune::Journal journal(root_ / "cut", true);
      ASSERT_EQ(static_cast<long>(journal.records().size()), complete) << size;
      journal.append({{"new", true}});
    }
    const std::vector<Json> records = tune::Journal::read(root_ / "cut");
    ASSERT_EQ(static_cast<long>(records.size()), complete + 1) << size;
    for (long i = 0; i < complete; ++i) ASSERT_EQ(records[static_cast<std::size_t>(i)]["i"], i);
    ASSERT_EQ(records.back()["new"], true);
  }
}

TEST_F(JournalFile, WhatFollowsADamagedLineIsNotThere) {
  const std::string path = root_ / "journal";
  {
    tune::Journal journal(path, false);
    for (int i = 0; i < 3; ++i) journal.append({{"i", i}});
  }
  const std::string whole = read(path);
  const std::size_t line = whole.size() / 3;
  Random random(test_seed());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.integer(0, 6)));
    write("damaged", damaged);
    EXPECT_EQ(tune::Journal::read(root_ / "damaged").size(), at / line) << at;
  }
  EXPECT_TRUE(tune::Journal::read(root_ / "nowhere").empty());
  EXPECT_TRUE(tune::Journal(path, false).records().empty());
  EXPECT_TRUE(read(path).empty()) << "anew";
  EXPECT_THROW(tune::Journal("/proc/journal", false), std::runtime_error);
}

TEST(Quiet, WaitsAndGivesInInTheEnd) {
  using Advice = tune::QuietGate::Advice;
  tune::QuietGate gate;
  EXPECT_EQ(gate.pulse(1.00), Advice::go);
  EXPECT_EQ(gate.pulse(1.05), Advice::go);
  EXPECT_EQ(gate.pulse(0.95), Advice::go);
  EXPECT_EQ(gate.pulse(1.20), Advice::wait);
  EXPECT_EQ(gate.pulse(0.99), Advice::go);
  EXPECT_EQ(gate.disturbed(), 1);
  // Throttled for good: after a while that is what there is.
  int waited = 0;
  Advice advice;
  while ((advice = gate.pulse(waited % 5 == 4 ? 1.9 : 1.5)) == Advice::wait) ASSERT_LT(++waited, 1000);
  EXPECT_EQ(advice, Advice::accept);
  EXPECT_GT(waited, 20);
  EXPECT_EQ(gate.pulse(1.55), Advice::go);
  EXPECT_EQ(gate.pulse(1.9), Advice::wait);
  EXPECT_EQ(gate.pulse(0.95), Advice::go);
  EXPECT_EQ(gate.pulse(1.5), Advice::wait) << "it can be fast again";
}

TEST(Shapes, EffortsGrow) {
  for (const tune::Part part : tune::kParts) {
    std::size_t before = 0;
    for (const tune::Effort effort : {tune::Effort::quick, tune::Effort::normal, tune::Effort::full}) {
      const std::vector<tune::Shape> shapes = tune::default_shapes(part, effort);
      EXPECT_GT(shapes.size(), before);
      before = shapes.size();
      for (const tune::Shape& shape : shapes) {
        std::string line = shape.line;
        EXPECT_EQ(tune::parse_line(line), part) << line;
        EXPECT_EQ(line, shape.line);
      }
      for (const bool threaded : {false, true})
        EXPECT_EQ(std::any_of(shapes.begin(), shapes.end(), [&](const auto& s) { return s.threaded == threaded; }),
                  has_stage(part, threaded ? tune::Stage::threads : tune::Stage::blocks))
            << name_of(part);
    }
  }
}

using ShapeFiles = Files;

TEST_F(ShapeFiles, LinesAsInBench) {
  using tune::Part;
  const std::string path = write("p",
                                 "# mine\nsgemm N T 3 4 5 ldc=+3 # x\ndgemm N N 6 7 8\ncgemm N C 2 3 4\n"
                                 "u8s8 1 2 3 packed # weights\nconv 4 5 6 7 3 1 pad=1 count=2 layout=nhwc\n"
                                 "conv 4 5 6 7 1 1\nddot 8\nsgemv T 9 10\n");
  const auto lines = [&](Part part) {
    std::vector<std::string> found;
    for (const tune::Shape& shape : tune::shapes_of_file(path, part)) found.push_back(shape.line);
    return found;
  };
  using Lines = std::vector<std::string>;
  EXPECT_EQ(lines(Part::f32), (Lines{"sgemm N T 3 4 5 ldc=7", "cgemm N C 2 3 4"}));
  EXPECT_EQ(lines(Part::f64), (Lines{"dgemm N N 6 7 8"}));
  EXPECT_EQ(lines(Part::int8), (Lines{"u8s8 1 2 3 packed"}));
  EXPECT_EQ(lines(Part::conv), (Lines{"conv 4 5 6 7 3 1 pad=1 layout=nhwc", "conv 4 5 6 7 1 1 layout=nchw"}));
  EXPECT_EQ(lines(Part::threads), (Lines{"ddot 8", "sgemv T 9 10"}));
  for (const char* bad : {"sgemm N T 3", "u8s8 1 2", "u8s8 1 2 3 4", "conv 1 2", "conv 1 2 2 1 1 1 layout=nwhc", "ddot",
                          "dgemv C 3 4", "dgemv N 3", "cdot 3", "moon"})
    EXPECT_THROW(tune::shapes_of_file(write("q", std::string(bad) + "\n"), Part::f32), std::runtime_error) << bad;
}

TEST_F(ShapeFiles, ATraceIsWeightedByTime) {
  using tune::Part;
  const std::string log =
      write("log",
            "something else\n"
            "tessera: gemm f32 m=10 n=20 k=30 a=r b=c c=r alpha=1 beta=0 method=direct us=5.00 gflops=1 peak=1%\n"
            "tessera: gemm f32 m=10 n=20 k=30 a=r b=c c=r alpha=1 beta=0 method=direct us=4.00 gflops=1 peak=1%\n"
            "12:00 tessera: gemm f32 m=7 n=8 k=9 a=c b=r c=c alpha=1 beta=1 method=direct us=3.00 gflops=1 peak=1%\n"
            "tessera: gemm f64 m=1 n=2 k=3 a=r b=r c=r alpha=1 beta=0 method=direct us=100 gflops=1 peak=1%\n"
            "tessera: gemm c32 m=4 n=5 k=6 a=r b=c* c=r alpha=1 beta=r method=strip us=2.00 gflops=1 peak=1%\n"
            "tessera: gemm f32 m=1 n=1 k=1 a=r b=r c=r alpha=1 beta=0 method=direct us=0.5 gflops=1 peak=1%\n"
            "tessera: gemm f32 m=0 n=20 k=30 a=r b=c c=r alpha=1 beta=0 method=none us=0.1\n"
            "tessera: gemm s32 m=4 n=5 k=6 a=r b=p c=r alpha=1 beta=0 method=direct output=u8 us=1.00 gflops=1\n"
            "tessera: gemm s32 m=4 n=5 k=0 a=r b=r c=r alpha=1 beta=0 method=scale threads=1 output=s32 us=9\n"
            "tessera: conv f32 layout=nhwc n=2 c=8 h=9 w=9 k=16 kernel=3x3 stride=2x2 out=5x5 algorithm=gemm us=7\n"
            "tessera: conv f32 layout=nchw n=1 c=8 h=9 w=9 k=8 kernel=3x3 stride=1x1 out=7x7 groups=8 us=6\n"
            "tessera: conv f32 layout=nchw n=1 c=8 h=9 w=9 k=8 kernel=3x1 stride=1x1 out=7x9 us=60\n"
            "tessera: conv f32 layout=nchw n=1 c=8 h=9 w=9 k=8 kernel=3x3 stride=1x1 out=19x19 transposed=1 us=60\n"
            "tessera: gemm f32 m=10 n=20 k=30 a=r b=c c=r alpha=1 beta=0 method=dir");
  const std::vector<tune::Shape> shapes = tune::shapes_of_trace(log, Part::f32);
  ASSERT_EQ(shapes.size(), 3u) << "what takes the last tenth is left out";
  EXPECT_EQ(shapes[0].line, "sgemm N T 10 20 30");
  EXPECT_NEAR(shapes[0].weight, 9e-6, 1e-12);
  EXPECT_EQ(shapes[1].line, "sgemm N T 7 8 9 beta=1 layout=col");
  EXPECT_EQ(shapes[2].line, "cgemm N C 4 5 6 beta=1");
  EXPECT_EQ(tune::shapes_of_trace(log, Part::f64).size(), 1u);
  const std::vector<tune::Shape> int8 = tune::shapes_of_trace(log, Part::int8),
                                 conv = tune::shapes_of_trace(log, Part::conv);
  ASSERT_EQ(int8.size(), 1u);
  EXPECT_EQ(int8[0].line, "u8s8 4 5 6 packed");
  ASSERT_EQ(conv.size(), 2u);
  EXPECT_EQ(conv[0].line, "conv 8 9 9 16 3 2 pad=1 layout=nhwc");
  EXPECT_EQ(conv[1].line, "conv 8 9 9 8 3 1 groups=8 layout=nchw");
  EXPECT_THROW(tune::shapes_of_trace(root_ / "nowhere", Part::f32), std::runtime_error);
}

tune::Setup setup_of(const IsaEntry& isa) { return tune::setup_for(isa, best_int8(), Profile{}); }

// For each setup of one ISA, with 8-bit kernels of its own where it has any.
template <class F>
void for_each_setup(F&& f) {
  for (const IsaEntry& isa : compiled_isas()) {
    const Int8Entry* int8 = find_int8(isa.isa);
    f(tune::setup_for(isa, int8 != nullptr ? *int8 : best_int8(), Profile{}));
  }
}

template <class F>
void for_each_space(const tune::Setup& setup, F&& f) {
  for (const tune::Part part : tune::kParts)
    for (const tune::Stage stage : {tune::Stage::blocks, tune::Stage::threads})
      if (has_stage(part, stage)) f(part, space_of(setup, part, stage, {}));
}

TEST(Space, TheSeedIsTheMachinesOwnTuning) {
  for_each_setup([](const tune::Setup& setup) {
    for_each_space(setup, [&](tune::Part part, const tune::Space& space) {
      for (std::size_t d = 0; d < space.dimensions.size(); ++d) {
        const tune::Dimension& dimension = space.dimensions[d];
        EXPECT_EQ(field_value(setup_at(space, space.seed, part, setup), part, dimension.name),
                  field_value(setup, part, dimension.name))
            << dimension.name;
        EXPECT_GE(dimension.values.size(), 2u) << dimension.name;
        // Every value is one that a profile may hold.
        for (std::size_t v = 0; v < dimension.values.size(); ++v) {
          tune::Point p = space.seed;
          p[d] = static_cast<int>(v);
          const tune::Setup other = setup_at(space, p, part, setup);
          EXPECT_EQ(field_value(other, part, dimension.name), dimension.values[v]);
          if (dimension.name == "kernel") {
            EXPECT_FALSE(kernels_of(other, part)->kernels[v].test_only);
          }
          Profile profile;
          put_into(profile, other, part);
          const std::string text = tune::profile_json(cpu_info(), profile, {}).dump();
          Profile read;
          ProfileFit fit{};
          LogText why;
          ASSERT_EQ(read_profile(text, cpu_info(), read, fit, why), ProfileState::good) << why.c_str() << text;
          EXPECT_EQ(field_value(tune::setup_for(*setup.machine.isa, *setup.int8.isa, read), part, dimension.name),
                    dimension.values[v])
              << dimension.name;
        }
      }
    });
  });
}

TEST(Space, BeginsWhereItIsTold) {
  const tune::Setup setup = setup_of(best_isa());
  const tune::Space space =
      space_of(setup, tune::Part::f32, tune::Stage::blocks, {{"kc", 72}, {"prefetch_c", 0}, {"few_rows", 3}});
  const GemmTuning seed = setup_at(space, space.seed, tune::Part::f32, setup).machine.f32;
  EXPECT_EQ(seed.kc, 72);
  EXPECT_FALSE(seed.prefetch_c);
  EXPECT_EQ(seed.mc, 0);
  const std::vector<double>& kc = space.dimensions[0].values;
  ASSERT_EQ(space.dimensions[0].name, "kc");
  // In order, but for 0, which stands where the derived value would.
  std::vector<double> sorted;
  for (const double v : kc)
    sorted.push_back(v == 0 ? static_cast<double>(gemm_blocks(setup.machine, DType::f32).kc) : v);
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  tune::check_field("few_rows", 3);
  EXPECT_THROW(tune::check_field("kz", 1), std::invalid_argument);
  EXPECT_THROW(tune::check_field("mc", -1), std::invalid_argument);
  EXPECT_THROW(tune::check_field("gemm_share", 0), std::invalid_argument);
  EXPECT_THROW(tune::part_named("f16"), std::runtime_error);
}

using ProfileFiles = Files;

TEST_F(ProfileFiles, WhatIsWrittenIsReadByTheLibrary) {
  Random random(test_seed());
  for (int turn = 0; turn < 20; ++turn) {
    Profile tuned = random_profile(random);
    const Json json = tune::profile_json(cpu_info(), tuned, {{"anything", {1, "a", nullptr}}});
    const std::string path = root_ / "a/b/p.json";
    tune::write_file(path, json.dump(2));
    Profile profile;
    LogText why;
    ASSERT_EQ(load_profile(path.c_str(), cpu_info(), profile, why), ProfileState::good) << why.c_str();
    tuned.source = profile.source;
    EXPECT_TRUE(profile == tuned) << json.dump(2);
    EXPECT_EQ(tune::read_profile_json(path, &cpu_info()), json);
    EXPECT_EQ(tune::tunings_of(json).size(), 3 * compiled_isas().count + compiled_int8_isas().count + 1);
  }
  const std::string path = root_ / "a/b/p.json";
  CpuInfo other;
  EXPECT_THROW(tune::read_profile_json(path, &other), std::runtime_error);
  EXPECT_NO_THROW(tune::read_profile_json(path, nullptr)) << "for whatever CPU it was made";
  EXPECT_THROW(tune::write_file("/proc/x/y", ""), std::runtime_error);
}

// Small problems of every part.
constexpr const char* kSmall[] = {"sgemm T N 230 200 150 ldc=+3",
                                  "sgemm N T 20 90 300",
                                  "dgemm N N 190 220 140 beta=1 layout=col",
                                  "cgemm N C 50 60 70",
                                  "u8s8 70 150 600",
                                  "s8s8 40 300 300 packed",
                                  "conv 16 14 14 32 3 1 pad=1 layout=nchw",
                                  "conv 16 14 14 32 3 1 pad=1 layout=nhwc",
                                  "conv 32 7 9 16 1 1 layout=nhwc",
                                  "ddot 90000",
                                  "sgemv T 600 500",
                                  "dgemv N 400 300"};

// No value of any space changes a result, and each of the benches sees one that changes its plan.
TEST(Bench, AcceptsEveryCandidate) {
  for_each_setup([](const tune::Setup& setup) {
    if (!can_run(setup.machine.isa->isa, cpu_info().features) || !can_run(setup.int8.isa->isa, cpu_info().features))
      return;
    for (const char* given : kSmall) {
      std::string line = given;
      const tune::Part part = tune::parse_line(line);
      const auto bench = tune::make_bench({line, "g", 1, true}, setup, 2);
      int changes = 0;
      for_each_space(setup, [&](tune::Part of, const tune::Space& space) {
        if (of != part) return;
        for (std::size_t d = 0; d < space.dimensions.size(); ++d) {
          for (std::size_t v = 0; v < space.dimensions[d].values.size(); ++v) {
            tune::Point p = space.seed;
            p[d] = static_cast<int>(v);
            const tune::Setup other = setup_at(space, p, part, setup);
            if (bench->same_plan(setup, other)) continue;
            ++changes;
            EXPECT_TRUE(bench->verify(other)) << line << ' ' << space.dimensions[d].name << ' ' << v;
          }
        }
      });
      EXPECT_GT(changes, 0) << line;
      EXPECT_GT(bench->time(setup), 0);
      EXPECT_FALSE(bench->plan(setup).empty());
    }
  });
}

// The verification that stands before every measurement: without fused multiply-add the bits differ.
TEST(Bench, RefusesOtherBits) {
  if (!isa_info(best_isa().isa).has_fma) GTEST_SKIP() << "no fused multiply-add";
  for (const char* line : {"sgemm T N 300 200 250 ldc=+3", "dgemm N N 250 220 240 beta=1 layout=col"}) {
    const auto bench = tune::make_bench({line, "g", 1, false}, setup_of(best_isa()), 1);
    EXPECT_FALSE(bench->verify(setup_of(*find_isa(Isa::baseline)))) << line;
  }
}

}  // namespace
}  // namespace tessera::test
