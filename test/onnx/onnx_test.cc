// ONNX's own tests of the operators that the API computes: every model of one node in Debian's libonnx-testdata. Each
// is reported by name as passed, unsupported (with the reason) or failed; `ctest -V -L onnx` shows the report.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <ostream>

#include "operators.h"

namespace tessera::test {

static void PrintTo(const Operator& op, std::ostream* out) { *out << op.name; }

namespace {

namespace fs = std::filesystem;

constexpr char kSets[] = "/usr/share/libonnx-testdata/data/";

// Empty, or what is wrong with y. The tolerance is that of ONNX's own runner, relative 1e-3 and absolute 1e-7, and what
// the API states beyond it.
std::string difference(const OnnxTensor& want, const Result& result) {
  const OnnxTensor& y = result.y;
  if (y.type != want.type || y.dims != want.dims) return "another type or shape";
  if (y.type != OnnxTensor::kFloat) return y.raw == want.raw ? "" : "other elements";
  double largest = 0;
  for (std::int64_t i = 0; i < y.count(); ++i) largest = std::fmax(largest, std::fabs(want.data<float>()[i]));
  for (std::int64_t i = 0; i < y.count(); ++i) {
    const double w = want.data<float>()[i], g = y.data<float>()[i];
    if (g == w || (std::isnan(g) && std::isnan(w))) continue;  // infinities too
    if (!(std::fabs(g - w) <= 1e-7 + 1e-3 * std::fabs(w) + result.share_of_largest * largest))
      return "element " + std::to_string(i) + " is " + std::to_string(g) + " and not " + std::to_string(w);
  }
  return {};
}

// A model's inputs in the order of its node, from initializers and from the files of its data set.
bool read_inputs(const fs::path& test, const OnnxModel& model, std::vector<OnnxTensor>& stored, Inputs& inputs) {
  const auto initializer = [&](const std::string& name) -> const OnnxTensor* {
    for (const OnnxTensor& t : model.initializers)
      if (t.name == name) return &t;
    return nullptr;
  };
  std::vector<std::string> given;  // by file, in this order
  for (const std::string& name : model.inputs)
    if (initializer(name) == nullptr) given.push_back(name);
  stored.resize(given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    std::string bytes;
    const fs::path file = test / "test_data_set_0" / ("input_" + std::to_string(i) + ".pb");
    if (!read_onnx_file(file, bytes) || !parse_onnx_tensor(bytes, stored[i])) return false;
  }
  for (const std::string& name : model.nodes[0].inputs) {
    const auto at = std::find(given.begin(), given.end(), name);
    inputs.push_back(at != given.end() ? &stored[static_cast<std::size_t>(at - given.begin())] : initializer(name));
    if (inputs.back() == nullptr && !name.empty()) return false;
  }
  return true;
}

// Runs the models of one operator: how many passed; failures are GoogleTest's.
int run_models(const Operator& op) {
  int passed = 0;
  for (const char* const set : {"node", "simple", "pytorch-converted", "pytorch-operator"}) {
    std::vector<fs::path> tests;
    for (const fs::directory_entry& e : fs::directory_iterator(fs::path(kSets) / set)) tests.push_back(e.path());
    std::sort(tests.begin(), tests.end());
    for (const fs::path& test : tests) {
      OnnxModel model;
      if (!read_onnx_model(test / "model.onnx", model) || model.nodes.size() != 1 || model.nodes[0].op != op.name)
        continue;
      const std::string name = std::string(set) + "/" + test.filename().string();
      std::vector<OnnxTensor> stored;
      Inputs inputs;
      OnnxTensor want;
      std::string bytes;
      if (!read_inputs(test, model, stored, inputs) ||
          !read_onnx_file(test / "test_data_set_0" / "output_0.pb", bytes) || !parse_onnx_tensor(bytes, want)) {
        ADD_FAILURE() << name << ": its tensors cannot be read";
        continue;
      }
      const int type = inputs[0]->type;
      if ((op.types >> type & 1) == 0) {
        std::printf("unsupported  %s: elements of type %d\n", name.c_str(), type);
        continue;
      }
      const Answer answer = op.run(model.nodes[0], inputs);
      if (!answer.unsupported.empty()) {
        std::printf("unsupported  %s: %s\n", name.c_str(), answer.unsupported.c_str());
        continue;
      }
      bool good = !answer.results.empty();
      for (const Result& result : answer.results) {
        const std::string wrong = difference(want, result);
        if (wrong.empty()) continue;
        good = false;
        ADD_FAILURE() << name << ", " << result.way << ": " << wrong;
      }
      std::printf("%-11s  %s (%zu ways)\n", good ? "passed" : "failed", name.c_str(), answer.results.size());
      passed += good;
    }
  }
  return passed;
}

class OnnxOperator : public testing::TestWithParam<Operator> {};

TEST_P(OnnxOperator, AgreesWithItsModels) {
  if (!onnx_tests_installed()) GTEST_SKIP() << "libonnx-testdata is not installed";
  EXPECT_GE(run_models(GetParam()), GetParam().passed);
}

std::string operator_name(const testing::TestParamInfo<Operator>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Api, OnnxOperator, testing::ValuesIn(kOperators), operator_name);

}  // namespace
}  // namespace tessera::test
