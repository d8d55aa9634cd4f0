// The reader of ONNX files in examples/onnx_runner: a model that was written is the one that is read, and any other
// bytes are an error or a model whose parts lie within them.
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "fuzz/damage.h"
#include "fuzz/fuzz.h"
#include "fuzz/memory.h"
#include "onnx_file.h"
#include "runner/model_writer.h"

namespace tessera::fuzz {
namespace {

using namespace onnx_runner;
using test::ModelWriter;

// What the engine does with it next: elements are loaded, or their type is one that no Tensor has.
void load(const StoredTensor& t, std::string_view bytes) {
  if (!t.raw.empty()) {
    const std::less_equal<const char*> before;
    FUZZ_EXPECT(before(bytes.data(), t.raw.data()) && before(t.raw.end(), bytes.end()), "elements outside the file");
  }
  try {
    const Tensor tensor = t.load();
    FUZZ_EXPECT(tensor.size_in_bytes() == t.elements().size(), "%zu bytes of %zu", t.elements().size(),
                tensor.size_in_bytes());
    const std::string_view loaded(reinterpret_cast<const char*>(tensor.bytes()), tensor.size_in_bytes());
    FUZZ_EXPECT(loaded == t.elements(), "other elements");
  } catch (const Error&) {
  }
}

void look_at(const StoredPort& port) {
  for (const onnx_runner::Index d : port.dims) FUZZ_EXPECT(d > 0 || d == -1, "a size");
  try {
    static_cast<void>(port.port());
  } catch (const Error&) {
  }
}

void read(Input& in, const std::string& text) {
  Memory memory(in, text.size());
  std::memcpy(memory.data(), text.data(), text.size());
  const std::string_view bytes(memory.data(), text.size());
  try {
    const OnnxModel model = parse_model(bytes);
    for (const StoredTensor& t : model.initializers) load(t, bytes);
    for (const Node& node : model.nodes)
      for (const auto& [name, attribute] : node.attributes)
        if (attribute.tensor != nullptr) load(*attribute.tensor, bytes);
    for (const StoredPort& port : model.inputs) look_at(port);
    for (const StoredPort& port : model.outputs) look_at(port);
  } catch (const Error&) {
  }
}

void read_tensor_of(Input& in) {
  const std::string text(in.rest());
  Memory memory(in, text.size());
  std::memcpy(memory.data(), text.data(), text.size());
  const std::string_view bytes(memory.data(), text.size());
  try {
    load(parse_tensor(bytes), bytes);
  } catch (const Error&) {
  }
}

// What was said of a model while it was written.
struct Written {
  std::string bytes;
  std::vector<Dims> inputs, weights;
  std::vector<std::vector<float>> elements;
  std::vector<std::string> ops;
  std::vector<std::vector<std::int64_t>> lists;
  std::vector<int> integers;
  std::vector<float> reals;
  Index opset = 0;
};

Written write(Input& in) {
  Written w;
  ModelWriter model;
  const auto dims = [&] {
    Dims d;
    for (Index i = in.integer(0, 3); i > 0; --i) d.push_back(in.integer(1, 4));
    return d;
  };
  for (Index i = in.integer(0, 2); i > 0; --i) {
    w.inputs.push_back(dims());
    model.input("x", w.inputs.back());
  }
  for (Index i = in.integer(0, 2); i > 0; --i) {
    w.weights.push_back(dims());
    std::vector<float> numbers(static_cast<std::size_t>(count_of(w.weights.back())));
    for (float& x : numbers) x = static_cast<float>(in.byte());
    model.weight("w", w.weights.back(), numbers);
    w.elements.push_back(numbers);
  }
  for (Index i = in.integer(0, 2); i > 0; --i) {
    w.ops.emplace_back(in.one_of({"Conv", "Relu", "Add", ""}));
    std::vector<std::int64_t> list;
    for (Index e = in.integer(0, 3); e > 0; --e) list.push_back(in.wild());
    w.lists.push_back(list);
    w.integers.push_back(in.wild32());
    w.reals.push_back(static_cast<float>(in.byte()));
    model.node(w.ops.back(), {"a", "b"}, {"y"},
               {{"list", w.lists.back()}, {"integer", w.integers.back()}, {"real", w.reals.back()}, {"text", "of it"}});
  }
  model.output("y", {1});
  w.opset = in.integer(1, 18);
  w.bytes = model.bytes(w.opset);
  return w;
}

void comes_back(const Written& w) {
  const OnnxModel model = parse_model(w.bytes);
  FUZZ_EXPECT(model.inputs.size() == w.inputs.size() && model.outputs.size() == 1, "ports");
  for (std::size_t i = 0; i < w.inputs.size(); ++i) FUZZ_EXPECT(model.inputs[i].port().dims == w.inputs[i], "sizes");
  FUZZ_EXPECT(model.initializers.size() == w.weights.size(), "weights");
  for (std::size_t i = 0; i < w.weights.size(); ++i) {
    const Tensor t = model.initializers[i].load();
    FUZZ_EXPECT(t.dims() == w.weights[i], "sizes of a weight");
    FUZZ_EXPECT(std::memcmp(t.bytes(), w.elements[i].data(), w.elements[i].size() * sizeof(float)) == 0, "a weight");
  }
  FUZZ_EXPECT(model.nodes.size() == w.ops.size(), "nodes");
  for (std::size_t i = 0; i < w.ops.size(); ++i) {
    const Node& node = model.nodes[i];
    FUZZ_EXPECT(node.op == w.ops[i] && node.opset == w.opset, "operator");
    FUZZ_EXPECT(node.inputs == std::vector<std::string>({"a", "b"}) && node.outputs.size() == 1, "names");
    FUZZ_EXPECT(node.integers("list", {}) == w.lists[i], "a list");
    FUZZ_EXPECT(node.integer("integer", 0) == w.integers[i] && node.real("real", -1) == w.reals[i], "a number");
    FUZZ_EXPECT(node.text("text", "") == "of it" && node.text("none", "absent") == "absent", "a text");
  }
}

}  // namespace
}  // namespace tessera::fuzz

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  switch (in.integer(0, 3)) {
    case 0:
      return read(in, std::string(in.rest()));
    case 1:
      return read_tensor_of(in);
    case 2:
      return comes_back(write(in));
    default: {
      Written w = write(in);
      damage(in, w.bytes, 6);
      return read(in, w.bytes);
    }
  }
}
