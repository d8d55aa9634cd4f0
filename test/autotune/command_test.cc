// tessera-tune as a user runs it, with budgets of a second or two on tiny shapes.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "autotune/journal.h"
#include "runtime/profile.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using tune::Json;

struct Output {
  std::string text, errors;
  int status = -1;
};

class Command : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tessera_tune_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    write("shapes", "sgemm T N 300 300 300\nsgemm N N 200 900 400\n");
    char cpu[64];
    cpu_profile_name(cpu_info(), cpu);
    profile_ = root_ / "config/tessera" / (std::string(cpu) + ".json");
    journal_ = root_ / "state/tessera" / (std::string(cpu) + ".journal");
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(root_ / name) << text;
    return root_ / name;
  }
  static std::string read(const fs::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string line(const std::string& words, const std::string& environment) const {
    return "env -u TESSERA_PROFILE -u TESSERA_ISA XDG_CONFIG_HOME=" + (root_ / "config").string() +
           " XDG_STATE_HOME=" + (root_ / "state").string() + " TESSERA_NUM_THREADS=2 " + environment +
           " " TESSERA_TUNE " " + words + " >" + (root_ / "out").string() + " 2>" + (root_ / "err").string();
  }
  Output run(const std::string& words, const std::string& environment = "") const {
    const int status = std::system(line(words, environment).c_str());
    return {read(root_ / "out"), read(root_ / "err"), WIFEXITED(status) ? WEXITSTATUS(status) : -1};
  }
  std::string tuning(const std::string& budget) const {
    return "--parts f32 --shapes " + (root_ / "shapes").string() + " --budget " + budget;
  }
  // Starts it, waits until the journal has `records` records, sends a signal. Returns the exit status of waitpid.
  int interrupt(const std::string& words, std::size_t records, int signal) const {
    const pid_t child = fork();
    if (child == 0) {
      execl("/bin/sh", "sh", "-c", ("exec " + line(words, "")).c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    for (int i = 0; i < 500 && tune::Journal::read(journal_).size() < records; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    kill(child, signal);
    int status = 0;
    waitpid(child, &status, 0);
    return status;
  }
  std::size_t trials() const {
    std::size_t count = 0;
    for (const Json& record : tune::Journal::read(journal_)) count += record["kind"] == "trial";
    return count;
  }
  bool profile_is_good() const {
    Profile profile;
    LogText why;
    const bool good = load_profile(profile_.c_str(), cpu_info(), profile, why) == ProfileState::good;
    EXPECT_TRUE(good) << why.c_str();
    return good && profile.tuning(best_isa().isa, DType::f32).tuned;
  }

  fs::path root_, profile_, journal_;
};

TEST_F(Command, FromARunToTheCallsThatUseIt) {
  const Output out = run(tuning("2s") + " --report " + (root_ / "r.html").string());
  ASSERT_EQ(out.status, 0) << out.errors;
  ASSERT_TRUE(profile_is_good());
  EXPECT_GT(trials(), 0u);
  EXPECT_NE(out.errors.find("% "), std::string::npos) << out.errors;
  EXPECT_NE(out.errors.find("left"), std::string::npos) << out.errors;

  const std::string page = read(root_ / "r.html");
  for (const char* part : {"<!doctype html>", "sgemm N N 200 900 400", "What was chosen", "of peak", "</html>"})
    EXPECT_NE(page.find(part), std::string::npos) << part;
  EXPECT_EQ(page.find("http"), std::string::npos) << "needs nothing else";

  // The library finds it where it was written.
  EXPECT_NE(run("show").text.find(profile_.string() + " (of this user)"), std::string::npos);
  EXPECT_NE(run("show", "TESSERA_PROFILE=analytic").text.find("analytic defaults"), std::string::npos);
  const Output explained = run("explain sgemm 1000 1000 1000 NT 2");
  EXPECT_EQ(explained.text.rfind("gemm f32 m=1000 n=1000 k=1000", 0), 0u) << explained.text;
  EXPECT_NE(explained.text.find("sources: profile " + profile_.string()), std::string::npos) << explained.text;
  EXPECT_NE(explained.text.find("(analytic, from the caches)"), std::string::npos);
}

TEST_F(Command, ResumesAfterAKillAndAfterACutJournal) {
  EXPECT_TRUE(WIFSIGNALED(interrupt(tuning("60"), 6, SIGKILL)));
  EXPECT_FALSE(fs::exists(profile_));
  const std::size_t before = trials();
  ASSERT_GE(before, 4u);
  // A killed writer's half line.
  fs::resize_file(journal_, fs::file_size(journal_) - 5);
  const Output out = run(tuning("2") + " --resume");
  ASSERT_EQ(out.status, 0) << out.errors;
  EXPECT_NE(out.errors.find("going on after " + std::to_string(before - 1) + " comparisons"), std::string::npos)
      << out.errors;
  EXPECT_TRUE(profile_is_good());

  // All of it again: nothing is left to measure, and the same comes out.
  const Json tuned = Json::parse(read(profile_))["gemm"];
  const std::size_t measured = trials();
  ASSERT_EQ(run(tuning("0.01") + " --resume").status, 0);
  EXPECT_EQ(trials(), measured);
  EXPECT_EQ(Json::parse(read(profile_))["gemm"], tuned);

  write("shapes", "sgemm T N 301 300 300\n");
  const Output other = run(tuning("2") + " --resume");
  EXPECT_EQ(other.status, 2);
  EXPECT_NE(other.errors.find("other options, shapes or kernels"), std::string::npos) << other.errors;
}

TEST_F(Command, CtrlCKeepsWhatIsKnown) {
  const auto begin = std::chrono::steady_clock::now();
  const int status = interrupt(tuning("600"), 5, SIGINT);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status << read(root_ / "err");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
  EXPECT_TRUE(profile_is_good());
  EXPECT_NE(read(root_ / "err").find("interrupted; wrote "), std::string::npos) << read(root_ / "err");
}

// Blocks that are wrong by far are seen to be.
TEST_F(Command, RepairsWhatItBeginsWith) {
  write("shapes", "sgemm T N 400 400 400\n");
  ASSERT_EQ(run(tuning("3") + " --start kc=16,mc=8,nc=64").status, 0);
  const std::vector<Json> records = tune::Journal::read(journal_);
  bool better = false;
  for (const Json& record : records) better |= record["kind"] == "trial" && record["better"].get<bool>();
  EXPECT_TRUE(better);
  EXPECT_EQ(Json::parse(read(profile_))["gemm"][isa_info(best_isa().isa).name]["f32"].value("kc", 0) == 16, false);
}

TEST_F(Command, ProfilesAreComparedAndExported) {
  ASSERT_EQ(run(tuning("0.5")).status, 0);
  const std::string family = root_ / "family.json";
  EXPECT_EQ(run("export --scope family --from " + profile_.string() + " " + family).status, 0);
  EXPECT_EQ(Json::parse(read(family))["scope"], "family");
  EXPECT_EQ(run("diff " + profile_.string() + " " + family).status, 0);
  Json changed = Json::parse(read(family));
  changed["gemm"][isa_info(best_isa().isa).name]["f32"]["kc"] = 72;
  const std::string other = write("other.json", changed.dump());
  const Output difference = run("diff " + family + " " + other);
  EXPECT_EQ(difference.status, 1);
  EXPECT_NE(difference.text.find("f32/kc"), std::string::npos) << difference.text;
  EXPECT_NE(run("show " + other).text.find("72"), std::string::npos);
  EXPECT_EQ(run("export").status, 0) << "the one in use, to standard output";
  EXPECT_TRUE(Json::accept(run("export -").text));
}

TEST_F(Command, RefusesWhatItDoesNotUnderstand) {
  const std::string broken = write("broken.json", "{");
  for (const std::string& words :
       {std::string("--parts q"), std::string("--budget soon"), std::string("--start kz=3"), std::string("--start kc"),
        std::string("--isa pentium --budget 1"), std::string("--shapes /nowhere --budget 1"), "show " + broken,
        "diff " + broken + " " + broken, std::string("report --journal /nowhere"),
        std::string("explain qgemm 1 2 3")}) {
    const Output out = run(words);
    EXPECT_EQ(out.status, 2) << words;
    EXPECT_EQ(out.errors.rfind("tessera-tune: ", 0), 0u) << words << ": " << out.errors;
  }
  EXPECT_NE(run("--no-such-option").status, 0);
  EXPECT_EQ(run("--help").status, 0);
}

}  // namespace
}  // namespace tessera::test
