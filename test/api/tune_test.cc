// Tuning profiles through the C API and the environment, in processes of their own.
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <tessera/tessera.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/child.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;

class Tune : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tessera_tune_XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
    ASSERT_EQ(chmod(name, 0755), 0);
  }
  void TearDown() override { fs::remove_all(root_); }

  // A process without profile but the shipped ones, unless `environment` says so.
  Output run(const std::string& environment, const std::string& words,
             const std::string& program = TESSERA_TUNE_CALLER) {
    const fs::path errors = root_ / "stderr";
    const std::string command =
        "env -u TESSERA_VERBOSE -u TESSERA_ISA -u TESSERA_PROFILE XDG_CONFIG_HOME=" + (root_ / "config").string() +
        " " + environment + " " + program + " " + words + " 2>" + errors.string();
    Output out = run_shell(command);
    std::ifstream file(errors);
    out.errors.assign(std::istreambuf_iterator<char>(file), {});
    return out;
  }

  std::string write(const std::string& name, const std::string& text) {
    const fs::path path = root_ / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  // What a profile for any CPU looks like that tunes nothing.
  const std::string good_ = "{\"tessera_profile\": 1, \"scope\": \"isa\", \"cpu\": {}, \"gemm\": {}}";
  const std::string foreign_ =
      "{\"tessera_profile\": 1, \"cpu\": {\"vendor\": \"X\", \"family\": 1, \"model\": 2}, \"gemm\": {}}";
  fs::path root_;
};

TEST_F(Tune, BadArguments) {
  char text[8];
  EXPECT_EQ(tsr_profile_load(nullptr), -1);
  EXPECT_EQ(tsr_profile_describe(nullptr, 8), -1);
  EXPECT_EQ(tsr_profile_describe(text, 0), -2);
  EXPECT_EQ(tsr_profile_describe(text, sizeof text), TSR_OK);
  EXPECT_EQ(std::string(text).size(), 7u);  // cut off
}

TEST_F(Tune, LoadUnloadReload) {
  const std::string good = write("good.json", good_), foreign = write("foreign.json", foreign_);
  const std::string broken = write("broken.json", "{");
  Output out = run("", "describe load " + good + " describe unload describe reload describe");
  ASSERT_EQ(out.lines.size(), 7u) << out.errors;
  EXPECT_EQ(out.lines[1], "0");
  EXPECT_EQ(out.lines[2], "0 profile " + good + " (loaded by the program)");
  EXPECT_EQ(out.lines[4], "0 analytic defaults");
  EXPECT_EQ(out.lines[6], out.lines[0]);
  EXPECT_EQ(out.errors, "");

  out = run("", "unload load " + foreign + " load " + broken + " load " + good + "x describe");
  ASSERT_EQ(out.lines.size(), 5u);
  EXPECT_EQ(out.lines[1], std::to_string(TSR_UNSUPPORTED));
  EXPECT_EQ(out.lines[2], "-1");
  EXPECT_EQ(out.lines[3], "-1");
  EXPECT_EQ(out.lines[4], "0 analytic defaults");
  std::istringstream errors(out.errors);
  std::string line;
  for (const char* why : {"another CPU", "line 1", "No such file"}) {
    ASSERT_TRUE(std::getline(errors, line));
    EXPECT_EQ(line.rfind("tessera: profile ", 0), 0u) << line;
    EXPECT_NE(line.find(why), std::string::npos) << line;
  }
  EXPECT_FALSE(std::getline(errors, line)) << line;
}

TEST_F(Tune, TheEnvironmentRules) {
  const std::string good = write("good.json", good_);
  Output out = run("TESSERA_PROFILE=analytic", "describe load " + good + " reload unload describe");
  ASSERT_EQ(out.lines.size(), 5u);
  EXPECT_EQ(out.lines[0], "0 analytic defaults");
  EXPECT_EQ(out.lines[1], "0");
  EXPECT_EQ(out.lines[4], "0 analytic defaults");

  out = run("TESSERA_PROFILE=" + good, "describe unload describe");
  ASSERT_EQ(out.lines.size(), 3u);
  EXPECT_EQ(out.lines[0], "0 profile " + good + " (TESSERA_PROFILE)");
  EXPECT_EQ(out.lines[2], out.lines[0]);
}

TEST_F(Tune, ABadProfileIsOneLineAndTheSameResult) {
  const std::string expected = run("TESSERA_PROFILE=analytic", "gemm").lines.at(0);
  EXPECT_GT(expected.size(), 8u);
  const std::string paths[] = {write("a.json", foreign_), write("b.json", good_.substr(0, 40)),
                               write("c.json", "\x7f\x45\x4c\x46"), root_ / "none.json"};
  for (const std::string& path : paths) {
    const Output out = run("TESSERA_PROFILE=" + path, "gemm gemm describe");
    ASSERT_EQ(out.lines.size(), 3u);
    EXPECT_EQ(out.status, 0);
    EXPECT_EQ(out.lines[0], expected);
    EXPECT_EQ(out.lines[2], "0 analytic defaults");
    EXPECT_EQ(out.errors.rfind("tessera: profile " + path + ": ", 0), 0u) << out.errors;
    EXPECT_EQ(out.errors.find('\n'), out.errors.size() - 1) << out.errors;
  }
}

// A copy that runs as somebody else: the kernel then asks the loader not to trust the environment.
TEST_F(Tune, SetuidIgnoresTheEnvironment) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the leak checker ends a process that may not trace itself";
#endif
  std::string caller = TESSERA_TUNE_CALLER;
  caller.erase(0, caller.find_first_not_of(' '));
  const passwd* nobody = getpwnam("nobody");
  if (geteuid() != 0 || nobody == nullptr || caller.find(' ') != std::string::npos)
    GTEST_SKIP() << "needs root, a user nobody and no emulator";
  const std::string program = root_ / "caller", broken = write("broken.json", "{");
  fs::copy_file(caller, program);
  ASSERT_EQ(chown(program.c_str(), nobody->pw_uid, nobody->pw_gid), 0);
  ASSERT_EQ(chmod(program.c_str(), 04755), 0);
  const std::string environment = "TESSERA_VERBOSE=1 TESSERA_PROFILE=" + broken;
  EXPECT_NE(run(environment, "gemm", caller).errors.find("broken.json"), std::string::npos);
  const Output out = run(environment, "gemm", program);
  if (out.status != 0 || !out.errors.empty()) {
    // Mounted nosuid, or the build directory is closed to others: then nothing was shown.
    if (out.errors.find("gemm f32") != std::string::npos || out.status == 127 || out.status == 126)
      GTEST_SKIP() << "the copy did not run as somebody else: " << out.errors;
  }
  EXPECT_EQ(out.status, 0);
  EXPECT_EQ(out.errors, "");
}

}  // namespace
}  // namespace tessera::test
