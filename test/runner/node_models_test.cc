// ONNX's own models (Debian's libonnx-testdata) through the engine, with fused layers and without: each is reported by
// name as passed, unsupported (with the reason) or failed; `ctest -V -L runner` shows the report.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>

#include "engine.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using namespace onnx_runner;

constexpr char kSets[] = "/usr/share/libonnx-testdata/data/";

// Empty, or what is wrong with y. The tolerance is that of ONNX's own runner, relative 1e-3 and absolute 1e-7, and what
// Winograd's convolution states beyond it, 5e-6 of the largest.
std::string difference(const Tensor& want, const Tensor& y) {
  if (y.type() != want.type() || y.dims() != want.dims())
    return std::string("is ") + name_of(y.type()) + " " + to_string(y.dims()) + " and not " + name_of(want.type()) +
           " " + to_string(want.dims());
  if (y.type() != Type::kF32)
    return std::memcmp(y.bytes(), want.bytes(), want.size_in_bytes()) == 0 ? "" : "has other elements";
  double largest = 0;
  for (Index i = 0; i < y.count(); ++i) largest = std::fmax(largest, std::fabs(want.data<float>()[i]));
  for (Index i = 0; i < y.count(); ++i) {
    const double w = want.data<float>()[i], g = y.data<float>()[i];
    if (g == w || (std::isnan(g) && std::isnan(w))) continue;  // infinities too
    if (!(std::fabs(g - w) <= 1e-7 + 1e-3 * std::fabs(w) + 5e-6 * largest))
      return "has element " + std::to_string(i) + " " + std::to_string(g) + " and not " + std::to_string(w);
  }
  return {};
}

// Runs every data set of a model. Throws what the engine throws; false when results are wrong.
bool agrees(const std::string& name, const fs::path& test, const Options& options) {
  Model model((test / "model.onnx").string(), options);
  bool good = true;
  for (int set = 0;; ++set) {
    const fs::path data = test / ("test_data_set_" + std::to_string(set));
    if (!fs::exists(data)) return good && set > 0;
    Tensors inputs;
    for (std::size_t i = 0; i < model.inputs().size(); ++i)
      inputs[model.inputs()[i].name] = read_tensor((data / ("input_" + std::to_string(i) + ".pb")).string());
    const Tensors outputs = model.run(inputs);
    for (std::size_t i = 0; i < model.outputs().size(); ++i) {
      const std::string& output = model.outputs()[i].name;
      const Tensor want = read_tensor((data / ("output_" + std::to_string(i) + ".pb")).string());
      const std::string wrong = difference(want, outputs.at(output));
      if (!wrong.empty()) ADD_FAILURE() << name << ": output " << output << " " << wrong;
      good &= wrong.empty();
    }
  }
}

class OnnxModels : public testing::TestWithParam<std::pair<const char*, int>> {};

TEST_P(OnnxModels, AgreeOrAreNamedUnsupported) {
  const auto [set, least] = GetParam();
  if (!fs::exists(kSets)) GTEST_SKIP() << "libonnx-testdata is not installed";
  std::vector<fs::path> tests;
  for (const fs::directory_entry& e : fs::directory_iterator(fs::path(kSets) / set)) tests.push_back(e.path());
  std::sort(tests.begin(), tests.end());
  int passed = 0, unsupported = 0;
  for (const fs::path& test : tests) {
    if (!fs::exists(test / "model.onnx")) continue;
    const std::string name = std::string(set) + "/" + test.filename().string();
    try {
      Options plain;
      plain.fuse = false;
      const bool good = agrees(name, test, {}) && agrees(name + ", not fused", test, plain);
      std::printf("%-11s  %s\n", good ? "passed" : "failed", name.c_str());
      passed += good;
    } catch (const Error& e) {
      std::printf("unsupported  %s: %s\n", name.c_str(), e.what());
      ++unsupported;
    }
  }
  std::printf("%s: %d passed, %d unsupported\n", set, passed, unsupported);
  EXPECT_GE(passed, least);
}

// How many models of Debian 12's package pass.
std::string set_name(const testing::TestParamInfo<std::pair<const char*, int>>& info) {
  std::string name = info.param.first;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Runner, OnnxModels,
                         testing::Values(std::pair{"node", 432}, std::pair{"simple", 6},
                                         std::pair{"pytorch-converted", 69}, std::pair{"pytorch-operator", 28}),
                         set_name);

}  // namespace
}  // namespace tessera::test
