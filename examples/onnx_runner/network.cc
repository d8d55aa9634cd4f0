#include "network.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "layers.h"
#include "operators.h"
#include "passes.h"

namespace onnx_runner {
namespace {

void place_value(Value& v) { v.view.data = v.storage->base + v.offset * static_cast<Index>(size_of(v.type)); }

// Computes what a layer of constants makes of them.
void fold(Graph& graph, Layer& layer, const tsr_context* context) {
  Arranger arranger(graph);
  arranger.run(layer);
  std::vector<Tensor> memory;
  for (Storage& s : arranger.storages()) {
    if (s.kind != Storage::kArena) continue;
    memory.emplace_back(Type::kU8, Dims{static_cast<Index>(s.bytes)});
    s.base = memory.back().bytes();
  }
  const auto place = [](Value* v) {
    if (v == nullptr) return;
    if (v->is_constant()) v->storage->base = const_cast<std::byte*>(v->constant().bytes());
    place_value(*v);
  };
  for (Layer* const l : arranger.order()) {
    for (Value* const v : l->inputs) place(v);
    for (Value* const v : l->outputs) place(v);
    l->prepare(context);
    l->run(context);
  }
  std::vector<Tensor> results;
  for (Value* const v : layer.outputs) {
    Tensor& t = results.emplace_back(v->type, v->dims);
    const tsr_tensor to = dense_view(v->type, t.bytes(), v->dims);
    layer.check(tsr_copy(context, &v->view, &to));
  }
  for (std::size_t i = 0; i < results.size(); ++i) layer.outputs[i]->tensor = results[i];
  // The places were those of this computation.
  const std::vector<Layer*> done = arranger.order();
  for (Layer* const l : done) {
    for (Value* const v : l->inputs)
      if (v != nullptr) v->storage = nullptr;
    for (Value* const v : l->outputs) v->storage = nullptr;
  }
  for (Layer* const l : done) {
    for (Value* const v : l->inputs)
      if (v != nullptr) v->unload();
    graph.erase(*l);
  }
}

}  // namespace

Network::Network(const OnnxModel& model, const std::map<std::string, Dims>& dims, const Tensors& known,
                 const Options& options, const tsr_context* context)
    : timed_(options.profile) {
  if (options.measure) graph_.planning = TSR_CONV_MEASURE;
  build(model, dims, known, context);
  graph_.sweep();
  if (options.fuse) run_passes(graph_);

  Arranger arranger(graph_);
  arranger.run();
  // What comes out must stay to the end; inputs and constants that come out unchanged need a place too.
  const std::vector<Layer*>& order = arranger.order();
  for (const auto& [name, v] : outputs_) {
    if (v->storage == nullptr) arranger.place_source(*v);
    v->storage->last = static_cast<int>(order.size());
  }
  storages_.swap(arranger.storages());
  memory_.plan(storages_);
  std::set<Value*> values;
  for (const Layer* const layer : order) {
    for (Value* const v : layer->inputs)
      if (v != nullptr) values.insert(v);
    values.insert(layer->outputs.begin(), layer->outputs.end());
    if (layer->works()) order_.push_back(const_cast<Layer*>(layer));
  }
  for (const auto& output : outputs_) values.insert(output.second);
  values_.assign(values.begin(), values.end());
  for (Layer* const layer : order_) layer->prepare(context);
  for (Value* const v : values_)
    if (v->is_constant()) v->storage->base = const_cast<std::byte*>(v->constant().bytes());
  model.file->release(model.file->bytes());
  if (timed_) describe();
}

void Network::build(const OnnxModel& model, const std::map<std::string, Dims>& dims, const Tensors& known,
                    const tsr_context* context) {
  std::map<std::string, Value*> values;
  for (const StoredTensor& t : model.initializers) {
    // One of a type that the engine lacks is an error of the node that reads it.
    values[t.name] = &graph_.add_value(t.name, Type::kF32, t.dims);
    values[t.name]->stored = &t;
  }
  for (const StoredPort& port : model.inputs) {
    Value& v = graph_.add_value(port.name, port.port().type, {});
    v.is_input = true;
    if (const auto at = known.find(port.name); at != known.end()) {
      v.dims = at->second.dims();
      v.tensor = at->second;
    } else {
      v.dims = dims.at(port.name);
    }
    inputs_.push_back(&v);
    values[port.name] = &v;
  }
  std::set<std::string> wanted;
  for (const StoredPort& port : model.outputs) wanted.insert(port.name);
  for (const Node& node : model.nodes) {
    const OperatorFn op = find_operator(node.domain, node.op);
    if (op == nullptr) throw Error(node.name, node.op, "this operator is not there");
    std::vector<Value*> inputs;
    for (const std::string& name : node.inputs) {
      const auto at = values.find(name);
      if (at == values.end() && !name.empty()) throw Error(node.name, node.op, "its input '" + name + "' is not there");
      inputs.push_back(name.empty() ? nullptr : at->second);
      if (!name.empty() && at->second->stored != nullptr) {
        try {
          at->second->type = at->second->stored->type();
        } catch (const Error& e) {
          throw Error(node.name, node.op, e.what());
        }
      }
    }
    NodeBuilder builder(graph_, node, std::move(inputs));
    const std::size_t before = graph_.layers.size();
    try {
      op(builder);
    } catch (const std::bad_alloc&) {
      builder.fail("not enough memory");
    }
    for (std::size_t i = 0; i < node.outputs.size(); ++i) {
      if (node.outputs[i].empty()) continue;
      if (i >= builder.outputs().size() || builder.outputs()[i] == nullptr)
        builder.fail("its output '" + node.outputs[i] + "'");
      values[node.outputs[i]] = builder.outputs()[i];
      builder.outputs()[i]->is_output = wanted.contains(node.outputs[i]);
    }
    // Layers of constants alone are computed now, in turn: shapes, mostly.
    for (std::size_t i = before; i < graph_.layers.size();) {
      Layer& layer = *graph_.layers[i];
      const bool constant = std::all_of(layer.inputs.begin(), layer.inputs.end(),
                                        [](const Value* v) { return v == nullptr || v->is_constant(); });
      if (constant) {
        fold(graph_, layer, context);
      } else {
        ++i;
      }
    }
  }
  for (const StoredPort& port : model.outputs) {
    const auto at = values.find(port.name);
    if (at == values.end()) throw Error("output '" + port.name + "' is computed by no node");
    at->second->is_output = true;
    outputs_.emplace_back(port.name, at->second);
  }
}

void Network::place(const Tensors& inputs) {
  for (Value* const v : inputs_)
    if (v->storage != nullptr && !v->is_constant())
      v->storage->base = const_cast<std::byte*>(inputs.at(v->name).bytes());
  for (Value* const v : values_) place_value(*v);
}

Tensors Network::run(const Tensors& inputs, const tsr_context* context) {
  place(inputs);
  using Clock = std::chrono::steady_clock;
  if (timed_) {
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const Clock::time_point start = Clock::now();
      order_[i]->run(context);
      profile_[i].runs.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
  } else {
    for (Layer* const layer : order_) layer->run(context);
  }
  Tensors results;
  for (const auto& [name, v] : outputs_) {
    Tensor t(v->type, v->dims);
    const tsr_tensor to = dense_view(v->type, t.bytes(), v->dims);
    if (const tsr_status status = tsr_copy(context, &v->view, &to))
      throw Error("output '" + name + "': " + tsr_status_string(status));
    results.emplace(name, std::move(t));
  }
  return results;
}

void Network::describe() {
  for (const Layer* const layer : order_) {
    LayerProfile p;
    p.name = layer->name;
    p.op = layer->op;
    p.algorithm = layer->algorithm();
    p.shape = to_string(layer->out().dims);
    p.operations = layer->operations();
    for (const Value* const v : layer->inputs)
      if (v != nullptr) p.bytes += v->size_in_bytes();
    for (const Value* const v : layer->outputs) p.bytes += v->size_in_bytes();
    if (const auto* const product = dynamic_cast<const Product*>(layer)) p.bytes += product->weight_bytes();
    profile_.push_back(std::move(p));
  }
}

}  // namespace onnx_runner
