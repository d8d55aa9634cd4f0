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
#include "support/random.h"

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
  for (const char type : {'s', 'd'}) {
    std::size_t before = 0;
    for (const tune::Effort effort : {tune::Effort::quick, tune::Effort::normal, tune::Effort::full}) {
      const std::vector<tune::Shape> shapes = tune::default_shapes(type, effort);
      EXPECT_GT(shapes.size(), before);
      before = shapes.size();
      for (const tune::Shape& shape : shapes)
        EXPECT_TRUE(shape.problem.type == type || shape.problem.type == (type == 's' ? 'c' : 'z'));
      EXPECT_TRUE(std::any_of(shapes.begin(), shapes.end(), [](const tune::Shape& s) { return s.threaded; }));
    }
  }
}

using ShapeFiles = Files;

TEST_F(ShapeFiles, LinesAsInBench) {
  const std::string path = write("p", "# mine\nsgemm N T 3 4 5 ldc=+3 # x\ndgemm N N 6 7 8\ncgemm N C 2 3 4\n");
  const std::vector<tune::Shape> s = tune::shapes_of_file(path, 's'), d = tune::shapes_of_file(path, 'd');
  ASSERT_EQ(s.size(), 2u);
  EXPECT_EQ(s[0].problem.line(), "sgemm N T 3 4 5 ldc=7");
  EXPECT_EQ(s[1].problem.type, 'c');
  ASSERT_EQ(d.size(), 1u);
  EXPECT_THROW(tune::shapes_of_file(write("q", "sgemm N T 3\n"), 's'), std::runtime_error);
}

TEST_F(ShapeFiles, ATraceIsWeightedByTime) {
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
            "tessera: gemm f32 m=10 n=20 k=30 a=r b=c c=r alpha=1 beta=0 method=dir");
  const std::vector<tune::Shape> shapes = tune::shapes_of_trace(log, 's');
  ASSERT_EQ(shapes.size(), 3u) << "what takes the last tenth is left out";
  EXPECT_EQ(shapes[0].problem.line(), "sgemm N T 10 20 30");
  EXPECT_NEAR(shapes[0].weight, 9e-6, 1e-12);
  EXPECT_EQ(shapes[1].problem.line(), "sgemm N T 7 8 9 beta=1 layout=col");
  EXPECT_EQ(shapes[2].problem.line(), "cgemm N C 4 5 6 beta=1");
  EXPECT_EQ(tune::shapes_of_trace(log, 'd').size(), 1u);
  EXPECT_THROW(tune::shapes_of_trace(root_ / "nowhere", 's'), std::runtime_error);
}

TEST(Space, TheSeedIsTheMachinesOwnTuning) {
  for (const IsaEntry& isa : compiled_isas()) {
    const Machine machine = this_machine(isa, Profile{});
    for (const DType real : {DType::f32, DType::f64}) {
      for (const tune::Stage stage : {tune::Stage::blocks, tune::Stage::threads}) {
        const tune::Space space = gemm_space(machine, real, stage, {});
        const GemmTuning seed = tuning_at(space, space.seed, machine.tuning(real));
        EXPECT_EQ(seed.kernel, machine.tuning(real).kernel);
        for (const TuningField& field : kTuningFields)
          EXPECT_EQ(field.get(seed), field.get(machine.tuning(real))) << field.name;
        for (std::size_t d = 0; d < space.dimensions.size(); ++d) {
          const tune::Dimension& dimension = space.dimensions[d];
          EXPECT_GE(dimension.values.size(), 2u) << dimension.name;
          // Every value is one that a profile may hold.
          for (std::size_t v = 0; v < dimension.values.size(); ++v) {
            tune::Point p = space.seed;
            p[d] = static_cast<int>(v);
            const GemmTuning tuning = tuning_at(space, p, machine.tuning(real));
            EXPECT_EQ(tune::field_value(tuning, dimension.name), dimension.values[v]);
            EXPECT_FALSE(isa.kernels(real).kernels[tuning.kernel].test_only);
          }
        }
      }
    }
  }
}

TEST(Space, BeginsWhereItIsTold) {
  const Machine machine = this_machine(best_isa(), Profile{});
  const tune::Space space = gemm_space(machine, DType::f32, tune::Stage::blocks, {{"kc", 72}, {"prefetch_c", 0}});
  const GemmTuning seed = tuning_at(space, space.seed, machine.f32);
  EXPECT_EQ(seed.kc, 72);
  EXPECT_FALSE(seed.prefetch_c);
  EXPECT_EQ(seed.mc, 0);
  const std::vector<double>& kc = space.dimensions[0].values;
  ASSERT_EQ(space.dimensions[0].name, "kc");
  // In order, but for 0, which stands where the derived value would.
  std::vector<double> sorted;
  for (const double v : kc) sorted.push_back(v == 0 ? static_cast<double>(gemm_blocks(machine, DType::f32).kc) : v);
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  GemmTuning tuning;
  EXPECT_THROW(tune::set_field(tuning, "kz", 1), std::invalid_argument);
  EXPECT_THROW(tune::set_field(tuning, "mc", -1), std::invalid_argument);
}

using ProfileFiles = Files;

TEST_F(ProfileFiles, WhatIsWrittenIsReadByTheLibrary) {
  GemmTuning tuning;
  tuning.kernel = 1;
  for (const TuningField& field : kTuningFields)
    field.set(tuning, field.flag ? 1 - field.get(tuning) : field.get(tuning) + 8);
  const Json json = tune::profile_json(cpu_info(), {{&best_isa(), DType::f64, tuning}, {&best_isa(), DType::f32, {}}},
                                       {{"anything", {1, "a", nullptr}}});
  const std::string path = root_ / "a/b/p.json";
  tune::write_file(path, json.dump(2));
  Profile profile;
  LogText why;
  ASSERT_EQ(load_profile(path.c_str(), cpu_info(), profile, why), ProfileState::good) << why.c_str();
  for (const TuningField& field : kTuningFields) {
    EXPECT_EQ(field.get(profile.tuning(best_isa().isa, DType::f64)), field.get(tuning)) << field.name;
    EXPECT_EQ(field.get(profile.tuning(best_isa().isa, DType::f32)), field.get(GemmTuning{})) << field.name;
  }
  EXPECT_EQ(profile.tuning(best_isa().isa, DType::f64).kernel, 1);
  EXPECT_EQ(tune::read_profile_json(path, &cpu_info()), json);
  CpuInfo other;
  EXPECT_THROW(tune::read_profile_json(path, &other), std::runtime_error);
  EXPECT_NO_THROW(tune::read_profile_json(path, nullptr)) << "for whatever CPU it was made";
  EXPECT_THROW(tune::write_file("/proc/x/y", ""), std::runtime_error);
}

// The verification that stands before every measurement.
TEST(Bench, AcceptsOtherPlansAndNoOtherBits) {
  const Machine machine = this_machine(best_isa(), Profile{});
  for (const char* line :
       {"sgemm T N 300 200 250 ldc=+3", "dgemm N N 250 220 240 beta=1 layout=col", "cgemm N C 250 160 170"}) {
    tune::Bench bench({bench::parse_problem(line), "g", 1, false}, machine, 1);
    Machine other = machine;
    for (GemmTuning* tuning : {&other.f32, &other.f64}) {
      tuning->mc = 16;
      tuning->kc = 8;
      tuning->nc = 64;
      tuning->small_madds = tuning->direct_rows = 0;
    }
    EXPECT_FALSE(bench.plan(machine) == bench.plan(other)) << line;
    EXPECT_TRUE(bench.verify(other)) << line;
    EXPECT_GT(bench.time(other), 0);
    // Without fused multiply-add the bits differ.
    if (isa_info(best_isa().isa).has_fma) {
      EXPECT_FALSE(bench.verify(this_machine(*find_isa(Isa::baseline), Profile{}))) << line;
    }
  }
}

}  // namespace
}  // namespace tessera::test
