// What the library and tessera-info say, read from child processes.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/child.h"

namespace tessera::test {
namespace {

// Standard error alone, or standard output alone.
Output run_child(const std::string& environment, const std::string& command, bool errors) {
  return run_shell("env -u TESSERA_VERBOSE -u TESSERA_ISA -u TESSERA_NUM_THREADS -u OMP_NUM_THREADS " + environment +
                   " " + command + (errors ? " 2>&1 >/dev/null" : " 2>/dev/null"));
}

using Fields = std::map<std::string, std::string>;

// "tessera: gemm f32 m=1 ..." as a map; the type under "type". Empty when the line is about something else.
Fields parse(const std::string& line, const std::string& about = "gemm") {
  std::istringstream words(line);
  std::string head, what, word;
  Fields fields;
  words >> head >> what >> fields["type"];
  if (head != "tessera:" || what != about) return {};
  while (words >> word) {
    const std::size_t at = word.find('=');
    if (at == std::string::npos) {
      ADD_FAILURE() << "no key: " << word << " in " << line;
    } else {
      fields[word.substr(0, at)] = word.substr(at + 1);
    }
  }
  return fields;
}

std::vector<Fields> calls_of(const Output& out, const std::string& about = "gemm") {
  std::vector<Fields> calls;
  for (const std::string& line : out.lines)
    if (Fields fields = parse(line, about); !fields.empty()) calls.push_back(fields);
  return calls;
}

// Checks the fields that `expected` names, written as in the log.
void expect_fields(const Fields& got, const std::string& expected) {
  for (const auto& [key, value] : parse("tessera: gemm " + expected)) {
    const auto found = got.find(key);
    ASSERT_NE(found, got.end()) << "no field " << key;
    EXPECT_EQ(found->second, value) << "field " << key << " of " << expected;
  }
}

const std::string kCaller = TESSERA_API_CALLER;
const std::string kInfo = TESSERA_INFO;

TEST(Verbose, SilentUnlessAsked) {
  for (const char* environment : {"", "TESSERA_VERBOSE=0", "TESSERA_VERBOSE=", "TESSERA_VERBOSE=yes"}) {
    const Output out = run_child(environment, kCaller, true);
    EXPECT_EQ(out.status, 0);
    EXPECT_EQ(out.lines.size(), 0u) << environment << ": " << (out.lines.empty() ? "" : out.lines[0]);
  }
}

TEST(Verbose, OneLineForEachCall) {
  const Output out = run_child("TESSERA_VERBOSE=1 TESSERA_NUM_THREADS=2", kCaller, true);
  EXPECT_EQ(out.status, 0);
  const std::vector<Fields> calls = calls_of(out);
  EXPECT_EQ(calls.size() + 1, out.lines.size());  // and a convolution
  ASSERT_EQ(calls.size(), 9u);                    // the refused call is none
  expect_fields(calls[0], "f32 m=40 n=50 k=60 a=r b=r c=r alpha=1 beta=0 threads=1");
  expect_fields(calls[1], "f64 m=40 n=50 k=60 a=c b=c c=c alpha=-1 beta=1");
  expect_fields(calls[2], "c32 m=40 n=50 k=60 a=c b=r* c=r alpha=1 beta=z");
  expect_fields(calls[3], "c64 m=3 n=4 k=5 a=s* b=s* c=s alpha=r beta=-1");
  expect_fields(calls[4], "f32 m=40 n=50 k=60 a=r b=r c=r alpha=0 beta=r method=scale");
  expect_fields(calls[5], "f32 m=0 n=50 k=60 method=none");
  expect_fields(calls[6], "f64 m=40 n=50 k=60 isa=baseline");
  expect_fields(calls[7], "s32 m=40 n=50 k=60 a=r b=c c=r alpha=1 beta=0 output=s32 threads=1");
  expect_fields(calls[8], "s32 m=40 n=50 k=0 c=c method=scale output=f32");
  for (const Fields& call : calls) {
    EXPECT_GE(std::stod(call.at("us")), 0.0);
    if (call.at("method") == "scale" || call.at("method") == "none") {
      EXPECT_EQ(call.count("gflops"), 0u);
      continue;
    }
    EXPECT_TRUE(call.at("method") == "direct" || call.at("method") == "strip" || call.at("method") == "packed");
    EXPECT_NE(call.at("tile").find("_" + call.at("isa")), std::string::npos);
    const double flops = (call.at("type")[0] == 'c' ? 8.0 : 2.0) * std::stod(call.at("m")) * std::stod(call.at("n")) *
                         std::stod(call.at("k"));
    const double rate = flops / std::stod(call.at("us")) * 1e-3;
    // Both numbers are rounded in print: microseconds to 0.01, the rate to 0.1.
    EXPECT_NEAR(std::stod(call.at("gflops")), rate, 0.06 + rate * 0.006 / std::stod(call.at("us")));
    for (const char* block : {"mc", "kc", "nc", "threads"}) EXPECT_GE(std::stol(call.at(block)), 1) << block;
    if (call.at("type") == "s32") continue;
    EXPECT_EQ(call.at("peak").back(), '%');
    // No upper bound: a busy machine slows the measurement of the peak as much as it likes.
    EXPECT_GE(std::stod(call.at("peak")), 0.0);
  }
}

TEST(Verbose, OneLineForEachConvolution) {
  const std::vector<Fields> calls =
      calls_of(run_child("TESSERA_VERBOSE=1 TESSERA_NUM_THREADS=2", kCaller, true), "conv");
  ASSERT_EQ(calls.size(), 1u);
  expect_fields(calls[0],
                "f32 layout=nhwc n=2 c=3 h=9 w=10 k=4 kernel=3x2 stride=2x1 out=4x9 algorithm=direct threads=2");
  const double flops = 2.0 * 2 * (4 * 9) * 4 * (3 * 2 * 3), us = std::stod(calls[0].at("us"));
  EXPECT_NEAR(std::stod(calls[0].at("gflops")), flops / us * 1e-3, 0.06 + flops * 1e-3 / us * 0.006 / us);
  EXPECT_EQ(calls[0].at("peak").back(), '%');

  int plans = 0, reasons = 0;
  for (const std::string& line : run_child("TESSERA_VERBOSE=2", kCaller, true).lines) {
    if (line.find("tessera: plan of conv ") == 0) ++plans;
    if (line.find("tessera:   not gemm: ") == 0) ++reasons;
  }
  EXPECT_EQ(plans, 1);
  EXPECT_EQ(reasons, 1);
}

TEST(Verbose, TwoAddsReasons) {
  const Output out = run_child("TESSERA_VERBOSE=2", kCaller, true);
  EXPECT_EQ(out.status, 0);
  const std::vector<Fields> calls = calls_of(out);
  ASSERT_EQ(calls.size(), 9u);
  int plans = 0, not_method = 0;
  for (const std::string& line : out.lines) {
    EXPECT_EQ(line.rfind("tessera: ", 0), 0u) << line;
    if (line.find("tessera: plan of gemm ") == 0) ++plans;
    if (line.find("tessera:   not direct: ") == 0 || line.find("tessera:   not strip") == 0 ||
        line.find("tessera:   not packed") == 0)
      ++not_method;
  }
  EXPECT_EQ(plans, 5);
  EXPECT_GE(not_method, plans);
}

TEST(Verbose, IsaFromTheEnvironment) {
  const Output capped = run_child("TESSERA_VERBOSE=1 TESSERA_ISA=baseline", kCaller, true);
  for (const Fields& call : calls_of(capped))
    if (call.count("isa") != 0) {
      EXPECT_EQ(call.at("isa"), "baseline");
    }
  const Output unknown = run_child("TESSERA_ISA=pentium", kCaller, true);
  EXPECT_EQ(unknown.status, 0);
  ASSERT_EQ(unknown.lines.size(), 1u);
  EXPECT_NE(unknown.lines[0].find("TESSERA_ISA=pentium"), std::string::npos);
}

std::string value_of(const Output& out, const std::string& key) {
  for (const std::string& line : out.lines)
    if (line.rfind(key + " ", 0) == 0) return line.substr(line.find_first_not_of(' ', key.size()));
  return "";
}

TEST(Info, PrintsTheMachine) {
  const Output out = run_child("TESSERA_NUM_THREADS=7", kInfo, false);
  EXPECT_EQ(out.status, 0);
  EXPECT_EQ(value_of(out, "tessera"), TESSERA_PROJECT_VERSION);
  EXPECT_EQ(value_of(out, "threads"), "7 (TESSERA_NUM_THREADS)");
  EXPECT_NE(value_of(out, "l1d"), "");
  EXPECT_NE(value_of(out, "profile"), "");
  EXPECT_NE(value_of(out, "peak"), "");
  const std::string isa = value_of(out, "isa");
  std::string text;
  for (const std::string& line : out.lines) text += line + "\n";
  EXPECT_NE(text.find("gemm_f32_4x8_u2_baseline"), std::string::npos);
  EXPECT_NE(text.find("_" + isa + "  (default)"), std::string::npos) << isa;
  EXPECT_NE(text.find("baseline int8\n  gemm_s16s16s32_"), std::string::npos) << text;
  const std::string int8 = value_of(out, "isa_int8");
  EXPECT_NE(text.find(int8 + " int8\n"), std::string::npos) << int8;
  if (isa != "baseline") {
    EXPECT_NE(text.find("not baseline: "), std::string::npos);
  }

  const Output omp = run_child("OMP_NUM_THREADS=3,2 TESSERA_ISA=baseline", kInfo, false);
  EXPECT_EQ(value_of(omp, "threads"), "3 (OMP_NUM_THREADS)");
  EXPECT_EQ(value_of(omp, "isa"), "baseline");
  EXPECT_EQ(value_of(omp, "isa_int8"), "baseline");
}

TEST(Info, ExplainsAProblem) {
  const Output out = run_child("", kInfo + " explain dgemm 40 50 60 TN 2", false);
  EXPECT_EQ(out.status, 0);
  ASSERT_GE(out.lines.size(), 3u);
  expect_fields(parse("tessera: " + out.lines[0]), "f64 m=40 n=50 k=60 a=r b=c c=c alpha=1 beta=0");
  EXPECT_EQ(out.lines[1].rfind("method=", 0), 0u);
  EXPECT_EQ(out.lines[2].rfind("  not ", 0), 0u);
}

TEST(Info, RefusesWhatItDoesNotUnderstand) {
  for (const char* words : {"explain", "explain qgemm 1 2 3", "explain sgemm 1 2", "explain sgemm 0 2 3",
                            "explain sgemm 1 2 x", "explain sgemm 1 2 3 NX", "explain sgemm 1 2 3 NN 0", "what"}) {
    const Output out = run_child("", kInfo + " " + words, true);
    EXPECT_EQ(out.status, 2) << words;
    ASSERT_FALSE(out.lines.empty()) << words;
    EXPECT_EQ(out.lines[0].rfind("usage: ", 0), 0u);
  }
  EXPECT_EQ(run_child("", kInfo + " --help", false).status, 0);
}

}  // namespace
}  // namespace tessera::test
