// Operators element by element.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "arranger.h"
#include "layers.h"
#include "operators.h"
#include "plain_loops.h"

namespace onnx_runner {
namespace {

// ---- f32, by the C API.

struct Function {
  const char* op;
  int function;
  const char* a_name;
  float a;
  const char* b_name;
  float b;
};
constexpr Function kFunctions[] = {
    {"Abs", TSR_ABS, "", 0, "", 0},
    {"Elu", TSR_ELU, "alpha", 1, "", 0},
    {"Exp", TSR_EXP, "", 0, "", 0},
    {"HardSigmoid", TSR_HARD_SIGMOID, "alpha", 0.2f, "beta", 0.5f},
    {"HardSwish", TSR_ACTIVATION_HARD_SWISH, "", 0, "", 0},
    {"LeakyRelu", TSR_ACTIVATION_LEAKY_RELU, "alpha", 0.01f, "", 0},
    {"Log", TSR_LOG, "", 0, "", 0},
    {"Neg", TSR_NEG, "", 0, "", 0},
    {"Relu", TSR_ACTIVATION_RELU, "", 0, "", 0},
    {"Selu", TSR_SELU, "alpha", 1.67326319f, "gamma", 1.05070102f},
    {"Sigmoid", TSR_ACTIVATION_SIGMOID, "", 0, "", 0},
    {"Sqrt", TSR_SQRT, "", 0, "", 0},
    {"Tanh", TSR_ACTIVATION_TANH, "", 0, "", 0},
};

void unary(NodeBuilder& b) {
  const Function& f =
      *std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const Function& e) { return b.node.op == e.op; });
  Value& x = b.input(0);
  if (x.type == Type::kF32) {
    b.add<Unary>({&x}, {&b.output(0, x.type, x.dims)}, f.function, b.node.real(f.a_name, f.a),
                 b.node.real(f.b_name, f.b));
    return;
  }
  b.require(f.function == TSR_NEG || f.function == TSR_ABS, "elements that are not f32");
  const auto negative = [](auto e) { return static_cast<decltype(e)>(-e); };
  const auto absolute = [](auto e) { return e < 0 ? static_cast<decltype(e)>(-e) : e; };
  if (f.function == TSR_NEG) return plain_unary(b, x, x.type, negative);
  plain_unary(b, x, x.type, absolute);
}

void clip(NodeBuilder& b) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  Value& x = b.input(0);
  b.require(x.type == Type::kF32, "elements that are not f32");
  const float low = b.has(1) ? b.real_of(1) : b.node.real("min", -kLargest);
  const float high = b.has(2) ? b.real_of(2) : b.node.real("max", kLargest);
  b.add<Unary>({&x}, {&b.output(0, x.type, x.dims)}, TSR_ACTIVATION_CLIP, low, high);
}

void gelu(NodeBuilder& b) {
  Value& x = b.input(0);
  const int function = b.node.text("approximate", "none") == "tanh" ? TSR_ACTIVATION_GELU_TANH : TSR_ACTIVATION_GELU;
  b.add<Unary>({&x}, {&b.output(0, x.type, x.dims)}, function);
}

struct Operation {
  const char* op;
  int operation;
};
constexpr Operation kOperations[] = {{"Add", TSR_ADD}, {"Sub", TSR_SUB}, {"Mul", TSR_MUL}, {"Div", TSR_DIV},
                                     {"Max", TSR_MAX}, {"Min", TSR_MIN}, {"Sum", TSR_ADD}, {"PRelu", TSR_PRELU}};

// Before version 7 the second operand's dimensions began at `axis` of the first's.
Value& aligned(NodeBuilder& b, Value& x, Value& y) {
  Dims dims = y.dims;
  if (b.node.opset < 7 && b.node.integer("broadcast", 0) != 0 && b.node.find("axis") != nullptr) {
    const int axis = b.axis(b.node.integer("axis", 0), x.dims.size());
    while (dims.size() + static_cast<std::size_t>(axis) < x.dims.size()) dims.push_back(1);
  } else if (b.node.op == "PRelu" && dims.size() == 1 && dims[0] > 1 && x.dims.size() > 1 && dims[0] != x.dims.back()) {
    dims.resize(x.dims.size() - 1, 1);  // one for each channel
  }
  if (dims == y.dims) return y;
  Value& shaped = b.intermediate(y.type, dims);
  if (y.is_constant()) {
    Tensor t(y.type, dims);
    std::copy_n(y.constant().bytes(), t.size_in_bytes(), t.bytes());
    shaped.tensor = std::move(t);
  } else {
    b.add<Reshape>({&y}, {&shaped});
  }
  return shaped;
}

template <class T>
T operate(int operation, T p, T q) {
  switch (operation) {
    case TSR_ADD:
      return static_cast<T>(p + q);
    case TSR_SUB:
      return static_cast<T>(p - q);
    case TSR_MUL:
      return static_cast<T>(p * q);
    case TSR_DIV:
      return q == 0 ? T{0} : static_cast<T>(p / q);
    case TSR_MAX:
      return p > q ? p : q;
    default:
      return p < q ? p : q;
  }
}

void binary(NodeBuilder& b) {
  const int operation = std::find_if(std::begin(kOperations), std::end(kOperations), [&](const Operation& e) {
                          return b.node.op == e.op;
                        })->operation;
  Value* x = &b.input(0);
  const Type type = x->type;
  if (b.count() == 1) {
    b.add<Reshape>({x}, {&b.output(0, type, x->dims)});
    return;
  }
  for (std::size_t i = 1; i < b.count(); ++i) {
    Value& y = aligned(b, *x, b.input(i));
    if (y.type != type) b.fail(std::string(name_of(type)) + " and " + name_of(y.type));
    const Dims dims = broadcast(b, x->dims, y.dims);
    Value& z = i + 1 < b.count() ? b.intermediate(type, dims) : b.output(0, type, dims);
    if (type == Type::kF32) {
      b.add<Binary>({x, &y}, {&z}, operation);
    } else {
      b.require(type == Type::kS64 || type == Type::kS32, "elements of this type");
      plain_binary(b, *x, y, z, [operation](auto p, auto q) { return operate(operation, p, q); });
    }
    x = &z;
  }
}

void power(NodeBuilder& b) {
  Value& x = b.input(0);
  b.require(x.type == Type::kF32, "a base that is not f32");
  const Tensor& t = b.constant(1);
  b.require(t.count() == 1, "an exponent for each element");
  const float exponent = t.type() == Type::kF32 ? b.real_of(1) : static_cast<float>(b.integers_of(1)[0]);
  Value& y = b.output(0, x.type, broadcast(b, x.dims, t.dims()));
  b.require(y.dims == x.dims, "an exponent of more dimensions");
  if (exponent == 2) {
    b.add<Binary>({&x, &x}, {&y}, TSR_MUL);
  } else if (exponent == 0.5f) {
    b.add<Unary>({&x}, {&y}, TSR_SQRT);
  } else {
    b.add<Unary>({&x}, {&y}, TSR_POWER, exponent);
  }
}

void batch_norm(NodeBuilder& b) {
  Value& x = b.input(0);
  b.require(b.node.integer("training_mode", 0) == 0 && b.node.outputs.size() == 1, "training");
  b.require(x.type == Type::kF32 && x.dims.size() >= 2, "elements that are not f32, or no channels");
  const std::vector<float> gamma = b.reals_of(1), beta = b.reals_of(2), mean = b.reals_of(3), variance = b.reals_of(4);
  const float epsilon = b.node.real("epsilon", 1e-5f);
  Affine affine;
  for (std::size_t i = 0; i < gamma.size(); ++i) {
    const double scale = gamma[i] / std::sqrt(static_cast<double>(variance[i]) + epsilon);
    affine.scale.push_back(scale);
    affine.bias.push_back(beta[i] - scale * mean[i]);
  }
  b.require(static_cast<Index>(gamma.size()) == x.dims[1], "numbers for other channels");
  b.add<Scale>({&x}, {&b.output(0, x.type, x.dims)}, 1, std::move(affine));
}

// Dropout and Identity.
void nothing(NodeBuilder& b) {
  Value& x = b.input(0);
  b.add<Reshape>({&x}, {&b.output(0, x.type, x.dims)});
  b.require(b.node.outputs.size() < 2 || b.node.outputs[1].empty(), "a mask");
  b.require(!b.has(2) || *b.constant(2).bytes() == std::byte{0}, "training");
}

// ---- Whatever the C API does not have, in plain loops: rare, or on shapes alone.

template <class F>
void plain_real(NodeBuilder& b, F f) {
  Value& x = b.input(0);
  b.require(x.type == Type::kF32, "elements that are not f32");
  plain_unary(b, x, Type::kF32, [f](auto e) { return f(static_cast<float>(e)); });
}

void negate(NodeBuilder& b) {
  plain_unary(b, b.input(0), Type::kBool, [](auto e) { return e == 0; });
}

template <class F>
void compare(NodeBuilder& b, F f) {
  Value &x = b.input(0), &y = b.input(1);
  b.require(x.type == y.type, "operands of two types");
  plain_binary(b, x, y, b.output(0, Type::kBool, broadcast(b, x.dims, y.dims)), f);
}

void where(NodeBuilder& b) {
  Value &condition = b.input(0), &x = b.input(1), &y = b.input(2);
  b.require(condition.type == Type::kBool && x.type == y.type, "operands of other types");
  const Dims dims = broadcast(b, condition.dims, broadcast(b, x.dims, y.dims));
  b.add<PlainSelect>({&condition, &x, &y}, {&b.output(0, x.type, dims)});
}

void cast(NodeBuilder& b) {
  const Type to = StoredTensor{"", static_cast<int>(b.node.integer("to", 1)), {}, {}, {}}.type();
  Value& x = b.input(0);
  if (x.type == to) {
    b.add<Reshape>({&x}, {&b.output(0, to, x.dims)});
  } else {
    plain_unary(b, x, to, [](auto e) { return e; });
  }
}

}  // namespace

const Operator kElementwiseOperators[] = {
    {"Abs", unary},
    {"Add", binary},
    {"And", [](NodeBuilder& b) { compare(b, [](auto p, auto q) { return p != 0 && q != 0; }); }},
    {"BatchNormalization", batch_norm},
    {"Cast", cast},
    {"Ceil", [](NodeBuilder& b) { plain_real(b, [](float x) { return std::ceil(x); }); }},
    {"Clip", clip},
    {"Cos", [](NodeBuilder& b) { plain_real(b, [](float x) { return std::cos(x); }); }},
    {"Div", binary},
    {"Dropout", nothing},
    {"Elu", unary},
    {"Equal", [](NodeBuilder& b) { compare(b, [](auto p, auto q) { return p == q; }); }},
    {"Erf", [](NodeBuilder& b) { plain_real(b, [](float x) { return std::erf(x); }); }},
    {"Exp", unary},
    {"Floor", [](NodeBuilder& b) { plain_real(b, [](float x) { return std::floor(x); }); }},
    {"Gelu", gelu},
    {"Greater", [](NodeBuilder& b) { compare(b, [](auto p, auto q) { return p > q; }); }},
    {"GreaterOrEqual", [](NodeBuilder& b) { compare(b, [](auto p, auto q) { return p >= q; }); }},
    {"HardSigmoid", unary},
    {"HardSwish", unary},
    {"Identity", nothing},
    {"LeakyRelu", unary},
    {"Less", [](NodeBuilder& b) { compare(b, [](auto p, auto q) { return p < q; }); }},
    {"LessOrEqual", [](NodeBuilder& b) { compare(b, [](auto p, auto q) { return p <= q; }); }},
    {"Log", unary},
    {"Max", binary},
    {"Min", binary},
    {"Mul", binary},
    {"Neg", unary},
    {"Not", negate},
    {"Or", [](NodeBuilder& b) { compare(b, [](auto p, auto q) { return p != 0 || q != 0; }); }},
    {"PRelu", binary},
    {"Pow", power},
    {"Reciprocal", [](NodeBuilder& b) { plain_real(b, [](float x) { return 1 / x; }); }},
    {"Relu", unary},
    {"Round", [](NodeBuilder& b) { plain_real(b, [](float x) { return std::nearbyint(x); }); }},
    {"Selu", unary},
    {"Sigmoid", unary},
    {"Sign", [](NodeBuilder& b) { plain_real(b, [](float x) { return x > 0   ? 1.0f
                                                                     : x < 0 ? -1.0f
                                                                             : x; }); }},
    {"Sin", [](NodeBuilder& b) { plain_real(b, [](float x) { return std::sin(x); }); }},
    {"Softplus",
     [](NodeBuilder& b) {
       plain_real(b, [](float x) { return std::log1p(std::exp(-std::fabs(x))) + (x > 0 ? x : 0); });
     }},
    {"Softsign", [](NodeBuilder& b) { plain_real(b, [](float x) { return x / (1 + std::fabs(x)); }); }},
    {"Sqrt", unary},
    {"Sub", binary},
    {"Sum", binary},
    {"Tanh", unary},
    {"Where", where},
    {nullptr, nullptr}};

}  // namespace onnx_runner
