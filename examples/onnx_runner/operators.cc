#include "operators.h"

#include <algorithm>
#include <cstring>

namespace onnx_runner {

Value& NodeBuilder::input(std::size_t i) const {
  if (!has(i)) fail("input " + std::to_string(i) + " is missing");
  return *inputs_[i];
}

const Tensor& NodeBuilder::constant(std::size_t i) const {
  Value& v = input(i);
  if (v.is_constant()) return v.constant();
  if (v.is_input) throw NeedsElements{v.name};
  fail("its input '" + node.inputs[i] + "' has to be known before the model runs, and is not");
}

std::vector<Index> NodeBuilder::integers_of(std::size_t i) const {
  const Tensor& t = constant(i);
  std::vector<Index> numbers;
  for (Index e = 0; e < t.count(); ++e) {
    if (t.type() == Type::kS64) {
      numbers.push_back(t.data<std::int64_t>()[e]);
    } else if (t.type() == Type::kS32) {
      numbers.push_back(t.data<std::int32_t>()[e]);
    } else if (t.type() == Type::kS8) {
      numbers.push_back(t.data<std::int8_t>()[e]);
    } else if (t.type() == Type::kU8) {
      numbers.push_back(t.data<std::uint8_t>()[e]);
    } else {
      fail("input " + std::to_string(i) + " is no list of integers");
    }
  }
  return numbers;
}

std::vector<float> NodeBuilder::reals_of(std::size_t i) const {
  const Tensor& t = constant(i);
  if (t.type() != Type::kF32) fail("input " + std::to_string(i) + " is not f32");
  return {t.data<float>(), t.data<float>() + t.count()};
}

float NodeBuilder::real_of(std::size_t i) const {
  const std::vector<float> numbers = reals_of(i);
  if (numbers.size() != 1) fail("input " + std::to_string(i) + " is not one number");
  return numbers[0];
}

std::vector<Index> NodeBuilder::list(std::size_t i, const char* attribute, std::vector<Index> absent) const {
  return has(i) ? integers_of(i) : node.integers(attribute, std::move(absent));
}

int NodeBuilder::axis(Index axis, std::size_t rank) const {
  const Index from_front = axis < 0 ? axis + static_cast<Index>(rank) : axis;
  if (from_front < 0 || from_front >= std::max<Index>(static_cast<Index>(rank), 1)) fail("an axis that is not there");
  return static_cast<int>(from_front);
}

Value& NodeBuilder::output(std::size_t i, Type type, Dims dims) {
  if (outputs_.size() <= i) outputs_.resize(i + 1, nullptr);
  const bool named = i < node.outputs.size() && !node.outputs[i].empty();
  outputs_[i] = &graph_.add_value(named ? node.outputs[i] : "", type, std::move(dims));
  return *outputs_[i];
}

void NodeBuilder::output(std::size_t i, Tensor tensor) {
  Value& v = output(i, tensor.type(), tensor.dims());
  v.tensor = std::move(tensor);
}

OperatorFn find_operator(const std::string& domain, const std::string& op) {
  const bool known = domain.empty() || domain == "com.microsoft";
  for (const Operator* const table : {kConvolutionOperators, kProductOperators, kElementwiseOperators, kMovingOperators,
                                      kImageOperators, kAxisOperators, kQuantizedOperators})
    for (const Operator* o = table; known && o->name != nullptr; ++o)
      if (op == o->name) return o->build;
  return nullptr;
}

Dims broadcast(const NodeBuilder& b, const Dims& x, const Dims& y) {
  const bool longer = x.size() >= y.size();
  Dims dims = longer ? x : y;
  const Dims& other = longer ? y : x;
  for (std::size_t i = 0; i < other.size(); ++i) {
    Index& size = dims[dims.size() - other.size() + i];
    if (size == 1) {
      size = other[i];
    } else if (other[i] != 1 && other[i] != size) {
      b.fail(to_string(x) + " and " + to_string(y) + " do not go together");
    }
  }
  return dims;
}

}  // namespace onnx_runner
