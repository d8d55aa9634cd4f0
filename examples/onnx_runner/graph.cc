#include "graph.h"

#include <algorithm>

namespace onnx_runner {

namespace {

Tensor dequantized(Value& integers, const Quantization& q) {
  const Tensor& from = integers.constant();
  Tensor to(Type::kF32, from.dims());
  Index inner = 1;
  for (std::size_t d = static_cast<std::size_t>(q.axis) + 1; q.axis >= 0 && d < from.dims().size(); ++d)
    inner *= from.dims()[d];
  for (Index i = 0; i < from.count(); ++i) {
    const std::size_t at = q.axis < 0 ? 0 : static_cast<std::size_t>(i / inner) % q.scale.size();
    const std::int32_t x = from.type() == Type::kU8   ? from.data<std::uint8_t>()[i]
                           : from.type() == Type::kS8 ? from.data<std::int8_t>()[i]
                                                      : from.data<std::int32_t>()[i];
    to.data<float>()[i] = static_cast<float>(x - q.zero[at]) * q.scale[at];
  }
  integers.unload();
  return to;
}

}  // namespace

const Tensor& Value::constant() {
  if (!tensor) tensor = stored != nullptr ? stored->load() : dequantized(*integers, quantization);
  return *tensor;
}

Value& Graph::add_value(const std::string& name, Type type, Dims dims) {
  Value& v = values_.emplace_back();
  v.name = name;
  v.type = type;
  v.dims = std::move(dims);
  return v;
}

Value& Graph::add_constant(Tensor tensor) {
  Value& v = add_value("", tensor.type(), tensor.dims());
  v.tensor = std::move(tensor);
  return v;
}

Layer& Graph::add(std::unique_ptr<Layer> layer, std::vector<Value*> inputs, std::vector<Value*> outputs) {
  layer->inputs = std::move(inputs);
  layer->outputs = std::move(outputs);
  for (Value* const v : layer->inputs)
    if (v != nullptr) v->uses.push_back(layer.get());
  for (Value* const v : layer->outputs) v->producer = layer.get();
  layers.push_back(std::move(layer));
  return *layers.back();
}

Layer& Graph::add_before(const Layer& place, std::unique_ptr<Layer> layer, std::vector<Value*> inputs,
                         std::vector<Value*> outputs) {
  const std::size_t at = position(place);
  Layer& added = add(std::move(layer), std::move(inputs), std::move(outputs));
  std::rotate(layers.begin() + static_cast<std::ptrdiff_t>(at), layers.end() - 1, layers.end());
  return added;
}

std::size_t Graph::position(const Layer& layer) const {
  const auto at =
      std::find_if(layers.begin(), layers.end(), [&](const std::unique_ptr<Layer>& l) { return l.get() == &layer; });
  return static_cast<std::size_t>(at - layers.begin());
}

void Graph::replace_input(Layer& layer, std::size_t i, Value* value) {
  if (Value* const old = layer.inputs[i]) old->uses.erase(std::find(old->uses.begin(), old->uses.end(), &layer));
  layer.inputs[i] = value;
  if (value != nullptr) value->uses.push_back(&layer);
}

void Graph::add_input(Layer& layer, Value* value) {
  layer.inputs.push_back(nullptr);
  replace_input(layer, layer.inputs.size() - 1, value);
}

bool Graph::replace_uses(Value& old, Value& value) {
  if (old.is_output) return false;
  while (!old.uses.empty()) {
    Layer& reader = *old.uses.back();
    const auto at = std::find(reader.inputs.begin(), reader.inputs.end(), &old);
    replace_input(reader, static_cast<std::size_t>(at - reader.inputs.begin()), &value);
  }
  return true;
}

void Graph::erase(Layer& layer) {
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) replace_input(layer, i, nullptr);
  for (Value* const v : layer.outputs)
    if (v->producer == &layer) v->producer = nullptr;
  layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(position(layer)));
}

void Graph::take_over(Layer& heir, Layer& layer) {
  heir.name += "+" + layer.name;
  heir.op += "+" + layer.op;
  heir.outputs = layer.outputs;
  for (Value* const v : heir.outputs) v->producer = &heir;
  // The heir moves to the layer's place: everything it reads is there by then.
  const std::size_t from = position(heir), to = position(layer);
  std::swap(layers[from], layers[to]);
  erase(layer);
}

void Graph::sweep() {
  for (std::size_t i = layers.size(); i-- > 0;) {
    Layer& layer = *layers[i];
    const bool read = std::any_of(layer.outputs.begin(), layer.outputs.end(),
                                  [](const Value* v) { return v->is_output || !v->uses.empty(); });
    if (!read) erase(layer);
  }
}

}  // namespace onnx_runner
