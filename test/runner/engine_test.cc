// The engine on small models: what passes make of them computes the same, and what is wrong with a model is said.
#include "engine.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "model_writer.h"

namespace tessera::test {
namespace {

using namespace onnx_runner;

std::vector<float> random_numbers(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> numbers(count);
  for (float& x : numbers) x = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
  return numbers;
}

Tensor random_tensor(const Dims& dims, unsigned seed) {
  Tensor t(Type::kF32, dims);
  const std::vector<float> numbers = random_numbers(static_cast<std::size_t>(t.count()), seed);
  std::copy(numbers.begin(), numbers.end(), t.data<float>());
  return t;
}

Tensor run(const std::string& path, const Tensors& inputs, const Options& options = {}) {
  Model model(path, options);
  return model.run(inputs).at(model.outputs()[0].name);
}

// Number of layers that work.
std::size_t layers(const std::string& path, const Tensors& inputs) {
  Options options;
  options.profile = true;
  Model model(path, options);
  model.run(inputs);
  return model.profile().size();
}

void expect_near(const Tensor& got, const Tensor& want, double share) {
  ASSERT_EQ(got.dims(), want.dims());
  double largest = 0;
  for (Index i = 0; i < want.count(); ++i) largest = std::fmax(largest, std::fabs(want.data<float>()[i]));
  for (Index i = 0; i < want.count(); ++i)
    ASSERT_NEAR(got.data<float>()[i], want.data<float>()[i], share * largest) << "element " << i;
}

std::string message_of(const std::string& path, const Tensors& inputs) {
  try {
    run(path, inputs);
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

// A residual block, a concatenation, hard swish and a gate spelled out, a classifier.
ModelWriter small_network(Index height, Index width) {
  ModelWriter m;
  m.input("x", {1, 3, height, width});
  m.output("y", {1, 7});
  m.weight("w1", {8, 3, 3, 3}, random_numbers(8 * 27, 1));
  for (const char* const name : {"scale", "shift", "mean"}) m.weight(name, {8}, random_numbers(8, name[0]));
  m.weight("variance", {8}, std::vector<float>(8, 1.5f));
  m.weight("w2", {8, 8, 1, 1}, random_numbers(64, 2));
  m.weight("w3", {8, 1, 3, 3}, random_numbers(72, 3));
  m.weight("b3", {8}, random_numbers(8, 4));
  m.weight("three", {}, std::vector<float>{3});
  m.weight("six", {}, std::vector<float>{6});
  m.weight("zero", {}, std::vector<float>{0});
  m.weight("half", {1}, std::vector<float>{0.5f});
  m.weight("w4", {8, 8, 1, 1}, random_numbers(64, 5));
  m.weight("w5", {16, 7}, random_numbers(112, 6));
  m.weight("b5", {7}, random_numbers(7, 7));
  m.weight("shape", {2}, std::vector<std::int64_t>{0, -1});
  m.node("Conv", {"x", "w1"}, {"c1"}, {{"pads", {1, 1, 1, 1}}, {"strides", {2, 2}}});
  m.node("BatchNormalization", {"c1", "scale", "shift", "mean", "variance"}, {"n1"});
  m.node("Relu", {"n1"}, {"r1"});
  m.node("Conv", {"r1", "w2"}, {"c2"});
  m.node("Add", {"c2", "r1"}, {"sum"});
  m.node("Relu", {"sum"}, {"r2"});
  m.node("Conv", {"r2", "w3", "b3"}, {"c3"}, {{"group", 8}, {"pads", {1, 1, 1, 1}}});
  m.node("Add", {"c3", "three"}, {"plus"});
  m.node("Clip", {"plus", "zero", "six"}, {"clipped"});
  m.node("Mul", {"c3", "clipped"}, {"product"});
  m.node("Div", {"product", "six"}, {"swish"});
  m.node("Mul", {"half", "swish"}, {"scaled"});
  m.node("Add", {"scaled", "half"}, {"affine"});
  m.node("Conv", {"affine", "w4"}, {"c4"});
  m.node("GlobalAveragePool", {"c4"}, {"mean4"});
  m.node("HardSigmoid", {"mean4"}, {"gate"});
  m.node("Mul", {"c4", "gate"}, {"gated"});
  m.node("Add", {"c4", "gated"}, {"more"});
  m.node("Concat", {"more", "r2"}, {"both"}, {{"axis", 1}});
  m.node("GlobalAveragePool", {"both"}, {"pooled"});
  m.node("Reshape", {"pooled", "shape"}, {"flat"});
  m.node("MatMul", {"flat", "w5"}, {"dense"});
  m.node("Add", {"dense", "b5"}, {"biased"});
  m.node("Softmax", {"biased"}, {"y"});
  return m;
}

TEST(RunnerEngine, FusedLayersComputeTheSame) {
  const std::string path = small_network(13, 10).write();
  const Tensors inputs = {{"x", random_tensor({1, 3, 13, 10}, 8)}};
  Options plain;
  plain.fuse = false;
  expect_near(run(path, inputs), run(path, inputs, plain), 2e-6);
  // To NHWC; four convolutions; mean, gate, gate + 1 and its product; what the concatenation has to copy; mean; the
  // matrix; softmax.
  EXPECT_EQ(layers(path, inputs), 13u);
}

TEST(RunnerEngine, TransposedConvolutionsByBlocks) {
  for (const int block : {2, 3}) {
    ModelWriter m;
    m.input("x", {2, 5, 4, 3});
    m.output("y", {2, 3, 4 * block, 3 * block});
    m.weight("w", {5, 3, block, block}, random_numbers(static_cast<std::size_t>(15 * block * block), 1));
    m.weight("b", {1, 3, 1, 1}, random_numbers(3, 2));
    m.node("ConvTranspose", {"x", "w"}, {"c"}, {{"strides", {block, block}}});
    m.node("Add", {"c", "b"}, {"s"});
    m.node("Sigmoid", {"s"}, {"y"});
    const std::string path = m.write();
    const Tensors inputs = {{"x", random_tensor({2, 5, 4, 3}, 3)}};
    Options plain;
    plain.fuse = false;
    expect_near(run(path, inputs), run(path, inputs, plain), 1e-6);
    EXPECT_EQ(layers(path, inputs), 3u);  // to NHWC, the convolution, the move
  }
}

TEST(RunnerEngine, ThreadsChangeNoBit) {
  const std::string path = small_network(40, 44).write();
  const Tensors inputs = {{"x", random_tensor({1, 3, 40, 44}, 8)}};
  Options one, two;
  one.threads = 1;
  two.threads = 2;
  const Tensor a = run(path, inputs, one), b = run(path, inputs, two);
  EXPECT_TRUE(std::equal(a.data<float>(), a.data<float>() + a.count(), b.data<float>()));
}

TEST(RunnerEngine, MeasuredAlgorithmsComputeTheSame) {
  const std::string path = small_network(40, 44).write();
  const Tensors inputs = {{"x", random_tensor({1, 3, 40, 44}, 8)}};
  Options measured;
  measured.measure = true;
  expect_near(run(path, inputs, measured), run(path, inputs), 1e-5);
}

TEST(RunnerEngine, OpenSizesArePlannedAsTheyCome) {
  Model model(small_network(-1, -1).write());
  for (const Index height : {9, 12, 9, 30, 31, 32, 9}) {
    const Tensors inputs = {{"x", random_tensor({1, 3, height, 11}, 9)}};
    expect_near(model.run(inputs).at("y"), run(small_network(height, 11).write(), inputs), 0);
  }
}

// Products of bytes are exact, and what is around them is rounded once, so bytes of the fused network are those of the
// nodes one by one but where these are halfway between two.
TEST(RunnerEngine, QuantizedLayersComputeTheSame) {
  ModelWriter m;
  m.input("x", {1, 4, 9, 8});
  m.output("y", {1, 5});
  std::mt19937 random(5);
  std::vector<std::int8_t> w1(6 * 4 * 9), w2(6 * 6), w3(6 * 5);
  for (auto* const w : {&w1, &w2, &w3})
    for (std::int8_t& e : *w) e = static_cast<std::int8_t>(random() % 255 - 127);
  m.weight("w1", {6, 4, 3, 3}, w1);
  m.weight("w2", {6, 6, 1, 1}, w2);
  m.weight("w3", {6, 5}, w3);
  m.weight("scales", {6}, std::vector<float>{0.01f, 0.02f, 0.005f, 0.013f, 0.017f, 0.011f});
  m.weight("none", {6}, std::vector<std::int8_t>(6, 0));
  m.weight("scale", {}, std::vector<float>{0.02f});
  m.weight("wide", {}, std::vector<float>{0.04f});
  m.weight("zero", {}, std::vector<std::uint8_t>{117});
  m.weight("zero8", {}, std::vector<std::int8_t>{0});
  const auto bytes = [&](const std::string& x, const std::string& scale) {  // x as bytes and back
    m.node("QuantizeLinear", {x, scale, "zero"}, {x + "_q"});
    m.node("DequantizeLinear", {x + "_q", scale, "zero"}, {x + "_d"});
  };
  m.node("DequantizeLinear", {"w1", "scales", "none"}, {"w1_d"}, {{"axis", 0}});
  m.node("DequantizeLinear", {"w2", "scales", "none"}, {"w2_d"}, {{"axis", 0}});
  m.node("DequantizeLinear", {"w3", "scale", "zero8"}, {"w3_d"});
  bytes("x", "scale");
  m.node("Conv", {"x_d", "w1_d"}, {"c1"}, {{"pads", {1, 1, 1, 1}}});
  m.node("Relu", {"c1"}, {"r1"});
  bytes("r1", "scale");
  m.node("MaxPool", {"r1_d"}, {"p"}, {{"kernel_shape", {2, 2}}, {"strides", {2, 2}}});
  bytes("p", "scale");
  m.node("Conv", {"p_d", "w2_d"}, {"c2"});
  bytes("c2", "wide");
  m.node("Add", {"c2_d", "p_d"}, {"sum"});
  m.node("Relu", {"sum"}, {"r2"});
  bytes("r2", "wide");
  m.node("GlobalAveragePool", {"r2_d"}, {"g"});
  m.node("Flatten", {"g"}, {"flat"});
  bytes("flat", "scale");
  m.node("MatMul", {"flat_d", "w3_d"}, {"y"});
  const std::string path = m.write();
  const Tensors inputs = {{"x", random_tensor({1, 4, 9, 8}, 4)}};
  Options plain;
  plain.fuse = false;
  expect_near(run(path, inputs), run(path, inputs, plain), 5e-3);
  // Quantize, to NHWC, convolution, pool, convolution, sum, its reals, mean, quantize, product to f32.
  EXPECT_EQ(layers(path, inputs), 10u);
}

// A layer's input must not be overwritten while somebody still needs it, nor lie where something else does.
TEST(RunnerEngine, ValuesKeepTheirMemoryWhileTheyAreNeeded) {
  ModelWriter m;
  m.input("x", {2, 6});
  m.output("y", {2, 6});
  m.output("r", {2, 6});
  m.node("Relu", {"x"}, {"r"});
  m.node("Neg", {"r"}, {"a"});
  m.node("Exp", {"a"}, {"b"});
  m.node("Neg", {"b"}, {"c"});
  m.node("Add", {"a", "c"}, {"d"});
  m.node("Add", {"d", "b"}, {"e"});
  m.node("Add", {"e", "r"}, {"y"});  // -r - exp(-r) + exp(-r) + r
  Tensor x(Type::kF32, {2, 6});
  for (Index i = 0; i < 12; ++i) x.data<float>()[i] = static_cast<float>(i) / 4 - 1;
  const Tensors given = {{"x", x}};
  const Tensor y = run(m.write(), given);
  for (Index i = 0; i < 12; ++i) {
    EXPECT_NEAR(y.data<float>()[i], 0, 3e-7);
    EXPECT_EQ(x.data<float>()[i], static_cast<float>(i) / 4 - 1);
  }
}

TEST(RunnerEngine, ErrorsNameNodeAndOperator) {
  const Tensors inputs = {{"x", random_tensor({1, 2}, 1)}};
  ModelWriter unknown;
  unknown.input("x", {1, 2});
  unknown.output("y", {1, 2});
  unknown.node("Frobnicate", {"x"}, {"y"});
  EXPECT_EQ(message_of(unknown.write(), inputs), "node 'the Frobnicate' (Frobnicate): this operator is not there");

  ModelWriter missing;
  missing.input("x", {1, 2});
  missing.output("y", {1, 2});
  missing.node("Add", {"x", "z"}, {"y"});
  EXPECT_EQ(message_of(missing.write(), inputs), "node 'the Add' (Add): its input 'z' is not there");

  ModelWriter shapes;
  shapes.input("x", {1, 2});
  shapes.output("y", {1, 2});
  shapes.weight("w", {3, 4}, random_numbers(12, 1));
  shapes.node("MatMul", {"x", "w"}, {"y"});
  EXPECT_EQ(message_of(shapes.write(), inputs), "node 'the MatMul' (MatMul): matrices whose sizes do not go together");
}

TEST(RunnerEngine, InputsAreChecked) {
  ModelWriter m;
  m.input("x", {-1, 2});
  m.output("y", {-1, 2});
  m.node("Relu", {"x"}, {"y"});
  const std::string path = m.write();
  EXPECT_EQ(message_of(path, {}), "input 'x' is missing");
  EXPECT_EQ(message_of(path, {{"x", Tensor(Type::kU8, {1, 2})}}), "input 'x' is u8 1x2 and not f32 ?x2");
  EXPECT_EQ(message_of(path, {{"x", Tensor(Type::kF32, {1, 3})}}), "input 'x' is f32 1x3 and not f32 ?x2");
  EXPECT_EQ(message_of(path, {{"x", Tensor(Type::kF32, {4, 2})}, {"z", Tensor(Type::kF32, {1})}}),
            "there is no input 'z'");
  EXPECT_EQ(message_of(path, {{"x", Tensor(Type::kF32, {4, 2})}}), "no error");
  EXPECT_NE(message_of("/nowhere.onnx", {}).find("No such file"), std::string::npos);
}

// Every beginning of a model, and the model with single bytes changed: an Error or a result, nothing else.
TEST(RunnerEngine, DamagedFilesAreErrors) {
  const std::string whole = small_network(4, 4).bytes();
  const Tensors inputs = {{"x", random_tensor({1, 3, 4, 4}, 1)}};
  int refused = 0, tried = 0;
  const auto attempt = [&](const std::string& bytes) {
    ++tried;
    refused += message_of(write_file(bytes), inputs) != "no error";
  };
  for (std::size_t size = 1; size < whole.size(); size += 97) attempt(whole.substr(0, size));
  EXPECT_EQ(refused, tried);
  std::mt19937 random(3);
  for (int i = 0; i < 200; ++i) {
    std::string damaged = whole;
    damaged[random() % damaged.size()] = static_cast<char>(random());
    attempt(damaged);
  }
}

}  // namespace
}  // namespace tessera::test
