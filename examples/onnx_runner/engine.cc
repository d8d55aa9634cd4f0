#include "engine.h"

#include <algorithm>
#include <list>
#include <new>
#include <set>

#include "network.h"
#include "operators.h"

namespace onnx_runner {
namespace {

struct ContextDestroyer {
  void operator()(tsr_context* c) const { tsr_context_destroy(c); }
};
using Context = std::unique_ptr<tsr_context, ContextDestroyer>;

Context make_context(int threads) {
  tsr_context* raw = nullptr;
  tsr_status status = tsr_context_create(&raw);
  Context context(raw);
  if (status == TSR_OK) status = tsr_context_set_num_threads(raw, threads);
  if (status != TSR_OK) throw Error(tsr_status_string(status));
  return context;
}

}  // namespace

class Model::Implementation {
 public:
  Implementation(const std::string& path, const Options& options)
      : options_(options), context_(make_context(options.threads)), model_(read_model(path)) {
    try {
      for (const StoredPort& port : model_.inputs) inputs_.push_back(port.port());
      for (const StoredPort& port : model_.outputs) outputs_.push_back(port.port());
    } catch (const Error& e) {
      throw Error(path + ": " + e.what());
    }
    // What has no open sizes is planned now, so that what the engine lacks shows at once.
    std::map<std::string, Dims> dims;
    for (const Port& port : inputs_) {
      if (std::find(port.dims.begin(), port.dims.end(), -1) != port.dims.end()) return;
      dims[port.name] = port.dims;
    }
    try {
      plans_.push_front(
          {key_of(dims, {}), std::make_unique<Network>(model_, dims, Tensors{}, options_, context_.get())});
    } catch (const NeedsElements& need) {
      by_elements_.insert(need.input);
    }
  }

  Tensors run(const Tensors& inputs) {
    check(inputs);
    return plan(inputs).run(inputs, context_.get());
  }

  const std::vector<Port>& inputs() const { return inputs_; }
  const std::vector<Port>& outputs() const { return outputs_; }
  const Network* latest() const { return plans_.empty() ? nullptr : plans_.front().network.get(); }

 private:
  struct Plan {
    std::string key;
    std::unique_ptr<Network> network;
  };

  void check(const Tensors& inputs) const {
    for (const Port& port : inputs_) {
      const auto at = inputs.find(port.name);
      if (at == inputs.end()) throw Error("input '" + port.name + "' is missing");
      const Tensor& t = at->second;
      bool fits = t.type() == port.type && t.dims().size() == port.dims.size() && t.bytes() != nullptr;
      for (std::size_t i = 0; fits && i < port.dims.size(); ++i) fits = port.dims[i] < 0 || port.dims[i] == t.dims()[i];
      if (!fits)
        throw Error("input '" + port.name + "' is " + name_of(t.type()) + " " + to_string(t.dims()) + " and not " +
                    name_of(port.type) + " " + to_string(port.dims));
    }
    for (const auto& [name, t] : inputs) {
      const auto named = [&](const Port& port) { return port.name == name; };
      if (std::none_of(inputs_.begin(), inputs_.end(), named)) throw Error("there is no input '" + name + "'");
    }
  }

  static std::string key_of(const std::map<std::string, Dims>& dims, const Tensors& known) {
    std::string key;
    for (const auto& [name, d] : dims) key += name + ' ' + to_string(d) + '\n';
    for (const auto& [name, t] : known) {
      key += name + ' ' + to_string(t.dims()) + ' ';
      key.append(reinterpret_cast<const char*>(t.bytes()), t.size_in_bytes());
    }
    return key;
  }

  void add_plan(const std::map<std::string, Dims>& dims, const Tensors& known) {
    try {
      plans_.push_front(
          {key_of(dims, known), std::make_unique<Network>(model_, dims, known, options_, context_.get())});
    } catch (const std::bad_alloc&) {
      throw Error("not enough memory to plan the model");
    }
  }

  // The plan for these inputs, first among those kept.
  Network& plan(const Tensors& inputs) {
    for (;;) {
      std::map<std::string, Dims> dims;
      Tensors known;
      for (const auto& [name, t] : inputs) {
        if (by_elements_.contains(name)) {
          known[name] = t;
        } else {
          dims[name] = t.dims();
        }
      }
      const std::string key = key_of(dims, known);
      const auto at = std::find_if(plans_.begin(), plans_.end(), [&](const Plan& p) { return p.key == key; });
      if (at != plans_.end()) {
        plans_.splice(plans_.begin(), plans_, at);
        return *plans_.front().network;
      }
      while (plans_.size() >= std::max<std::size_t>(options_.plans, 1)) plans_.pop_back();
      try {
        add_plan(dims, known);
      } catch (const NeedsElements& need) {
        by_elements_.insert(need.input);
      }
    }
  }

  Options options_;
  Context context_;
  OnnxModel model_;
  std::vector<Port> inputs_, outputs_;
  std::set<std::string> by_elements_;  // inputs that are constants of a plan
  std::list<Plan> plans_;              // the latest used first
};

Model::Model(const std::string& path, const Options& options)
    : implementation_(std::make_unique<Implementation>(path, options)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

const std::vector<Port>& Model::inputs() const { return implementation_->inputs(); }
const std::vector<Port>& Model::outputs() const { return implementation_->outputs(); }
Tensors Model::run(const Tensors& inputs) { return implementation_->run(inputs); }

const std::vector<LayerProfile>& Model::profile() const {
  static const std::vector<LayerProfile> none;
  return implementation_->latest() != nullptr ? implementation_->latest()->profile() : none;
}

std::size_t Model::activation_bytes() const {
  return implementation_->latest() != nullptr ? implementation_->latest()->activation_bytes() : 0;
}

}  // namespace onnx_runner
