#include "passes.h"

#include <cmath>

#include "layers.h"

namespace onnx_runner {
namespace {

template <class L>
L* as(Layer* layer) {
  return dynamic_cast<L*>(layer);
}
template <class L>
L* producer(const Value& v) {
  return as<L>(v.producer);
}

bool is_function(const Value& v, int function, float a, float b) {
  const Unary* const u = producer<Unary>(v);
  return u != nullptr && u->is(function, a, b);
}

void make_unary(Graph& graph, Layer& layer, Value& x, int function, float a, float b) {
  Layer& made = graph.add_before(layer, std::make_unique<Unary>(function, a, b), {&x}, {&layer.out()});
  made.name = layer.name;
  made.op = layer.op;
  graph.erase(layer);
}

// ---- One layer in another form.

// An operation with a constant that is the same for everything, or for all elements of one index, is affine.
bool affine_of_constant(Graph& graph, Layer& layer) {
  Binary* const binary = as<Binary>(&layer);
  if (binary == nullptr || binary->operation > TSR_DIV) return false;
  const bool second = layer.in(1).is_constant();
  if (second == layer.in(0).is_constant()) return false;
  Value &x = layer.in(second ? 0 : 1), &c = layer.in(second ? 1 : 0);
  if (x.dims != layer.out().dims || (binary->operation == TSR_DIV && !second)) return false;
  int axis = -1;
  for (std::size_t i = 0; i < c.dims.size(); ++i) {
    if (c.dims[i] == 1) continue;
    if (axis >= 0) return false;
    axis = static_cast<int>(x.dims.size() - c.dims.size() + i);
  }
  const double of_x = second ? binary->alpha : binary->beta, of_c = second ? binary->beta : binary->alpha;
  Affine affine;
  for (Index i = 0; i < c.count(); ++i) {
    const double p = of_c * c.constant().data<float>()[i];
    double scale = of_x, bias = p;
    if (binary->operation == TSR_MUL) scale = of_x * p, bias = 0;
    if (binary->operation == TSR_DIV) scale = of_x / p, bias = 0;
    if (binary->operation == TSR_SUB) scale = second ? of_x : -of_x, bias = second ? -p : p;
    affine.scale.push_back(scale);
    affine.bias.push_back(bias);
  }
  if (axis < 0) {
    make_unary(graph, layer, x, TSR_AFFINE, static_cast<float>(affine.scale[0]), static_cast<float>(affine.bias[0]));
    return true;
  }
  Layer& made = graph.add_before(layer, std::make_unique<Scale>(axis, std::move(affine)), {&x}, {&layer.out()});
  made.name = layer.name;
  made.op = layer.op;
  graph.erase(layer);
  return true;
}

// What does nothing: a * 1 + 0.
bool nothing(Graph& graph, Layer& layer) {
  const Unary* const u = as<Unary>(&layer);
  if (u == nullptr || !u->is(TSR_AFFINE, 1, 0)) return false;
  if (!Graph::replace_uses(layer.out(), layer.in(0))) return false;
  graph.erase(layer);
  return true;
}

double nth(const std::vector<double>& v, std::size_t i) { return v[v.size() == 1 ? 0 : i]; }

// Affine after affine.
bool scale_twice(Graph& graph, Layer& layer) {
  const Scale* const scale = as<Scale>(&layer);
  Scale* const before = scale != nullptr && layer.in(0).used_once() ? producer<Scale>(layer.in(0)) : nullptr;
  if (before == nullptr || before->axis != scale->axis) return false;
  const std::size_t count = static_cast<std::size_t>(layer.out().dims[static_cast<std::size_t>(scale->axis)]);
  Affine both;
  for (std::size_t i = 0; i < count; ++i) {
    both.scale.push_back(nth(before->affine.scale, i) * nth(scale->affine.scale, i));
    both.bias.push_back(nth(before->affine.bias, i) * nth(scale->affine.scale, i) + nth(scale->affine.bias, i));
  }
  before->affine = std::move(both);
  graph.take_over(*before, layer);
  return true;
}

bool affine_twice(Graph& graph, Layer& layer) {
  Unary* const u = as<Unary>(&layer);
  if (u == nullptr || u->function != TSR_AFFINE) return false;
  Unary* const before = producer<Unary>(layer.in(0));
  if (before == nullptr || before->function != TSR_AFFINE || !layer.in(0).used_once()) return false;
  before->b = u->a * before->b + u->b;
  before->a *= u->a;
  graph.take_over(*before, layer);
  return true;
}

// ---- Functions that models spell out.

constexpr float kSixth = 1.0f / 6;

bool is_sixth(float x) { return std::fabs(x - kSixth) < 1e-5f; }

// x * clip(x + 3, 0, 6) / 6, x * hard_sigmoid(x), x * sigmoid(x).
bool gated(Graph& graph, Layer& layer) {
  const Binary* const product = as<Binary>(&layer);
  if (product == nullptr || product->operation != TSR_MUL || product->alpha * product->beta != 1) return false;
  for (const std::size_t i : {0, 1}) {
    Value &x = layer.in(i), &gate = layer.in(1 - i);
    const Unary* const g = producer<Unary>(gate);
    if (g == nullptr || !gate.used_once()) continue;
    if (&g->in(0) == &x && g->function == TSR_ACTIVATION_SIGMOID) {
      make_unary(graph, layer, x, TSR_ACTIVATION_SILU, 0, 0);
      return true;
    }
    if (&g->in(0) == &x && g->function == TSR_HARD_SIGMOID && is_sixth(g->a) && g->b == 0.5f) {
      make_unary(graph, layer, x, TSR_ACTIVATION_HARD_SWISH, 0, 0);
      return true;
    }
    // The division by 6 comes behind the product.
    Layer* const next = layer.out().used_once() ? layer.out().uses[0] : nullptr;
    const Unary* const division = next != nullptr ? as<Unary>(next) : nullptr;
    if (g->is(TSR_ACTIVATION_CLIP, 0, 6) && is_function(g->in(0), TSR_AFFINE, 1, 3) &&
        &g->in(0).producer->in(0) == &x && division != nullptr && division->function == TSR_AFFINE &&
        is_sixth(division->a) && division->b == 0) {
      make_unary(graph, *next, x, TSR_ACTIVATION_HARD_SWISH, 0, 0);
      return true;
    }
  }
  return false;
}

// x + x * g = x * (g + 1), where g is smaller.
bool gate_and_sum(Graph& graph, Layer& layer) {
  const Binary* const sum = as<Binary>(&layer);
  if (sum == nullptr || sum->operation != TSR_ADD || sum->alpha != 1 || sum->beta != 1) return false;
  for (const std::size_t i : {0, 1}) {
    Value &x = layer.in(i), &term = layer.in(1 - i);
    Binary* const product = producer<Binary>(term);
    if (product == nullptr || product->operation != TSR_MUL || !term.used_once() || product->alpha * product->beta != 1)
      continue;
    for (const std::size_t j : {0, 1}) {
      Value& g = product->in(1 - j);
      if (&product->in(j) != &x || g.count() * 4 > x.count() || layer.out().dims != x.dims) continue;
      Value& more = graph.add_value(g.name, g.type, g.dims);
      Layer& one = graph.add_before(*product, std::make_unique<Unary>(TSR_AFFINE, 1.0f, 1.0f), {&g}, {&more});
      one.name = layer.name;
      one.op = layer.op;
      Graph::replace_input(*product, 1 - j, &more);
      graph.take_over(*product, layer);
      return true;
    }
  }
  return false;
}

// (x - mean) / sqrt(mean of (x - mean)^2 + epsilon), mean along the last dimensions.
bool norm(Graph& graph, Layer& layer) {
  const Binary* const quotient = as<Binary>(&layer);
  if (quotient == nullptr || quotient->operation != TSR_DIV || quotient->alpha != 1 || quotient->beta != 1)
    return false;
  const Binary* const difference = producer<Binary>(layer.in(0));
  const Unary* const root = producer<Unary>(layer.in(1));
  if (difference == nullptr || difference->operation != TSR_SUB || root == nullptr || root->function != TSR_SQRT)
    return false;
  const Unary* const more = producer<Unary>(root->in(0));
  if (more == nullptr || more->function != TSR_AFFINE || more->a != 1) return false;
  const Reduce *const variance = producer<Reduce>(more->in(0)), *const mean = producer<Reduce>(difference->in(1));
  if (variance == nullptr || mean == nullptr || variance->axes != mean->axes || &mean->in(0) != &difference->in(0) ||
      mean->reduction != TSR_REDUCE_MEAN || variance->reduction != TSR_REDUCE_MEAN)
    return false;
  const Binary* const square = producer<Binary>(variance->in(0));
  if (square == nullptr || square->operation != TSR_MUL || &square->in(0) != &layer.in(0) ||
      &square->in(1) != &layer.in(0))
    return false;
  Value& x = difference->in(0);
  int axis = 0;
  const int rank = static_cast<int>(x.dims.size());
  while (axis < rank && (mean->axes >> axis & 1) == 0) ++axis;
  if (mean->axes != ((1u << rank) - 1) - ((1u << axis) - 1)) return false;
  Layer& made = graph.add_before(layer, std::make_unique<LayerNorm>(axis, more->b), {&x}, {&layer.out()});
  made.name = layer.name;
  made.op = "LayerNormalization";
  graph.erase(layer);
  return true;
}

// The scale and bias behind a norm are its own.
bool scale_into_norm(Graph& graph, Layer& layer) {
  const Scale* const scale = as<Scale>(&layer);
  LayerNorm* const before = scale != nullptr && layer.in(0).used_once() ? producer<LayerNorm>(layer.in(0)) : nullptr;
  if (before == nullptr || before->inputs.size() > 1 || before->axis != scale->axis ||
      scale->axis + 1 != static_cast<int>(layer.out().dims.size()))
    return false;
  for (const std::vector<double>& numbers : {scale->affine.scale, scale->affine.bias}) {
    Tensor t(Type::kF32, {layer.out().dims.back()});
    for (Index i = 0; i < t.count(); ++i)
      t.data<float>()[i] = static_cast<float>(nth(numbers, static_cast<std::size_t>(i)));
    Graph::add_input(*before, &graph.add_constant(std::move(t)));
  }
  graph.take_over(*before, layer);
  return true;
}

// ---- Into a product.

Product* product_before(const Value& v) { return v.used_once() ? producer<Product>(v) : nullptr; }

bool scale_into_product(Graph& graph, Layer& layer) {
  Product* const product = layer.inputs.empty() || layer.inputs[0] == nullptr ? nullptr : product_before(layer.in(0));
  if (product == nullptr || product->has_activation() || product->has_residual()) return false;
  if (const Scale* const scale = as<Scale>(&layer)) {
    if (scale->axis != product->channel_axis()) return false;
    product->finish(scale->affine);
  } else if (const Unary* const u = as<Unary>(&layer); u != nullptr && u->function == TSR_AFFINE) {
    product->finish({{u->a}, {u->b}});
  } else if (u != nullptr && u->function == TSR_HARD_SIGMOID) {
    product->finish({{u->a}, {u->b}});
    product->set_activation(TSR_ACTIVATION_CLIP, 0, 1);
  } else {
    return false;
  }
  graph.take_over(*product, layer);
  return true;
}

bool activation_into_product(Graph& graph, Layer& layer) {
  const Unary* const u = as<Unary>(&layer);
  if (u == nullptr || u->function > TSR_ACTIVATION_HARD_SWISH) return false;
  Product* const product = product_before(layer.in(0));
  if (product == nullptr || product->has_activation()) return false;
  product->set_activation(u->function, u->a, u->b);
  graph.take_over(*product, layer);
  return true;
}

bool sum_into_product(Graph& graph, Layer& layer) {
  const Binary* const sum = as<Binary>(&layer);
  if (sum == nullptr || sum->operation != TSR_ADD || sum->alpha != 1 || sum->beta != 1 ||
      &layer.in(0) == &layer.in(1) || layer.in(0).dims != layer.in(1).dims)
    return false;
  // Of two products the later one, which the other one precedes anyway.
  for (const std::size_t i : {1, 0}) {
    Product* const product = product_before(layer.in(i));
    if (product == nullptr || product->has_activation() || product->has_residual()) continue;
    Value& other = layer.in(1 - i);
    Graph::add_input(*product, &other);
    graph.take_over(*product, layer);
    return true;
  }
  return false;
}

// An affine function in front of products that can take it into their weights.
bool affine_into_next(Graph& graph, Layer& layer) {
  const Unary* const u = as<Unary>(&layer);
  if (u == nullptr || u->function != TSR_AFFINE || layer.out().is_output || layer.out().uses.empty()) return false;
  for (Layer* const reader : layer.out().uses) {
    const Product* const product = as<Product>(reader);
    if (product == nullptr || &product->in(0) != &layer.out() || !(u->b == 0 || product->takes_affine_input()) ||
        (product->has_residual() && &product->in(1) == &layer.out()))
      return false;
  }
  for (Layer* const reader : layer.out().uses) as<Product>(reader)->affine_input({{u->a}, {u->b}});
  Graph::replace_uses(layer.out(), layer.in(0));
  graph.erase(layer);
  return true;
}

// ---- Bytes.

const Dequantize* bytes_before(const Value& v) {
  const Dequantize* const d = producer<Dequantize>(v);
  return d != nullptr && d->quantization.axis < 0 ? d : nullptr;
}

void replace(Graph& graph, Layer& last, std::unique_ptr<Layer> by, std::vector<Value*> inputs, const Layer& first) {
  Layer& made = graph.add_before(last, std::move(by), std::move(inputs), {&last.out()});
  const bool both = &first != &last;
  made.name = both ? first.name + "+" + last.name : last.name;
  made.op = both ? first.op + "+" + last.op : last.op;
  graph.erase(last);
}

bool product_of_bytes(Graph& graph, Layer& layer) {
  const Quantize* const end = as<Quantize>(&layer);
  const Product* const product = end != nullptr ? product_before(layer.in(0)) : nullptr;
  const Dequantize* const begin = product != nullptr ? bytes_before(product->in(0)) : nullptr;
  if (begin == nullptr) return false;
  std::unique_ptr<Layer> made = product->quantized(begin->quantization, &end->quantization);
  if (made == nullptr) return false;
  replace(graph, layer, std::move(made), {&begin->in(0)}, *product);
  return true;
}

bool product_of_bytes_to_reals(Graph& graph, Layer& layer) {
  const Product* const product = as<Product>(&layer);
  const Dequantize* const begin = product != nullptr ? bytes_before(product->in(0)) : nullptr;
  if (begin == nullptr) return false;
  std::unique_ptr<Layer> made = product->quantized(begin->quantization, nullptr);
  if (made == nullptr) return false;
  replace(graph, layer, std::move(made), {&begin->in(0)}, layer);
  return true;
}

// What moves elements moves bytes as well.
bool move_of_bytes(Graph& graph, Layer& layer) {
  const Quantize* const end = as<Quantize>(&layer);
  Layer* const mover = end != nullptr && layer.in(0).used_once() ? layer.in(0).producer : nullptr;
  if (mover == nullptr || !mover->moves()) return false;
  for (const Value* const v : mover->inputs) {
    const Dequantize* const begin = v != nullptr ? bytes_before(*v) : nullptr;
    if (begin == nullptr || begin->quantization != end->quantization) return false;
  }
  for (std::size_t i = 0; i < mover->inputs.size(); ++i) Graph::replace_input(*mover, i, &mover->in(i).producer->in(0));
  graph.take_over(*mover, layer);
  return true;
}

bool function_of_bytes(Graph& graph, Layer& layer) {
  const Quantize* const end = as<Quantize>(&layer);
  if (end == nullptr || end->quantization.axis >= 0) return false;
  // Backwards: a function, a binary operation, both or neither, then bytes.
  const Layer* first = &layer;
  const Unary* const unary = first->in(0).used_once() ? producer<Unary>(first->in(0)) : nullptr;
  if (unary != nullptr) first = unary;
  const Binary* const binary = first->in(0).used_once() ? producer<Binary>(first->in(0)) : nullptr;
  if (binary != nullptr) first = binary;
  std::vector<Quantization> from;
  std::vector<Value*> bytes;
  for (const Value* const v : first->inputs) {
    const Dequantize* const begin = bytes_before(*v);
    if (begin == nullptr || v->dims != layer.out().dims) return false;
    from.push_back(begin->quantization);
    bytes.push_back(&begin->in(0));
  }
  if (first == &layer && from[0] == end->quantization) {
    if (!Graph::replace_uses(layer.out(), *bytes[0])) return false;
    graph.erase(layer);
    return true;
  }
  auto made = std::make_unique<Bytewise>(std::move(from), binary, unary, end->quantization);
  replace(graph, layer, std::move(made), std::move(bytes), *first);
  return true;
}

using Pass = bool (*)(Graph&, Layer&);

// Tries a pass at each layer until nothing changes any more.
void apply(Graph& graph, std::initializer_list<Pass> passes) {
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < graph.layers.size(); ++i) {
      for (const Pass pass : passes) {
        if (!pass(graph, *graph.layers[i])) continue;
        changed = true;
        break;
      }
    }
    graph.sweep();
  }
}

}  // namespace

void run_passes(Graph& graph) {
  apply(graph, {affine_of_constant, nothing});
  apply(graph, {gated, norm, gate_and_sum});
  apply(graph, {affine_twice, scale_twice, scale_into_norm});
  apply(graph, {scale_into_product, activation_into_product, sum_into_product});
  apply(graph, {product_of_bytes, move_of_bytes, function_of_bytes});
  apply(graph, {product_of_bytes_to_reals});
  apply(graph, {affine_into_next, transposed_by_blocks});
}

}  // namespace onnx_runner
