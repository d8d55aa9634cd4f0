#include "onnx_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <set>
#include <utility>

namespace onnx_runner {
namespace {

// The wire format of protocol buffers: a key (number << 3 | kind), then a varint (kind 0), eight bytes (1), a length
// and as many bytes (2), or four bytes (5).
class Wire {
 public:
  explicit Wire(std::string_view bytes) : rest_(bytes) {}
  bool done() const { return rest_.empty(); }

  std::uint64_t varint() {
    std::uint64_t x = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = static_cast<std::uint8_t>(bytes(1)[0]);
      x |= (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return x;
    }
    throw Error("not a whole ONNX file");
  }
  std::string_view bytes(std::uint64_t size) {
    if (size > rest_.size()) throw Error("not a whole ONNX file");
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
};

// One field of a message.
struct Field {
  std::uint64_t number, kind;
  std::uint64_t integer = 0;  // kind 0
  std::string_view bytes;     // the others

  bool is(std::uint64_t n) const { return number == n && kind == 2; }
  std::string text() const { return std::string(bytes); }
  float real() const {
    float x = 0;
    if (bytes.size() == sizeof x) std::memcpy(&x, bytes.data(), sizeof x);
    return x;
  }
  // A repeated number, alone or packed.
  template <class Use>
  void integers(const Use& use) const {
    if (kind == 0) return use(integer);
    for (Wire wire(bytes); !wire.done();) use(wire.varint());
  }
};

template <class Use>
void each_field(std::string_view message, const Use& use) {
  for (Wire wire(message); !wire.done();) {
    const std::uint64_t key = wire.varint();
    Field field{key >> 3, key & 7, 0, {}};
    if (field.kind == 0) {
      field.integer = wire.varint();
    } else if (field.kind == 1 || field.kind == 5) {
      field.bytes = wire.bytes(field.kind == 1 ? 8 : 4);
    } else if (field.kind == 2) {
      field.bytes = wire.bytes(wire.varint());
    } else {
      throw Error("not an ONNX file");
    }
    use(field);
  }
}

constexpr std::pair<int, Type> kTypes[] = {{1, Type::kF32}, {2, Type::kU8},  {3, Type::kS8},
                                           {6, Type::kS32}, {7, Type::kS64}, {9, Type::kBool}};

// Bytes of an element; 0 for text and numbers of two parts.
std::size_t size_of_onnx(int type) {
  constexpr std::size_t kSizes[] = {0, 4, 1, 1, 2, 2, 4, 8, 0, 1, 2, 8, 4, 8};
  return type > 0 && type < static_cast<int>(std::size(kSizes)) ? kSizes[type] : 0;
}

Type type_of_onnx(int type) {
  for (const auto& [number, known] : kTypes)
    if (number == type) return known;
  constexpr const char* kNames[] = {"unknown type", "f32",  "u8",   "s8",  "u16", "s16", "s32",
                                    "s64",          "text", "bool", "f16", "f64", "u32", "u64"};
  throw Error(std::string("elements of type ") + (type > 0 && type < 14 ? kNames[type] : kNames[0]));
}

// Fields of TypeProto.Tensor: 1 elem_type, 2 shape; of a shape: 1 dim; of a dim: 1 dim_value.
StoredPort parse_port(std::string_view bytes) {
  StoredPort port;
  std::string_view tensor;
  each_field(bytes, [&](const Field& f) {
    if (f.is(1)) port.name = f.text();
    if (f.is(2))
      each_field(f.bytes, [&](const Field& t) {
        if (t.is(1)) tensor = t.bytes;
      });
  });
  each_field(tensor, [&](const Field& f) {
    if (f.number == 1 && f.kind == 0) port.onnx_type = static_cast<int>(f.integer);
    if (!f.is(2)) return;
    each_field(f.bytes, [&](const Field& dim) {
      Index size = -1;
      each_field(dim.bytes, [&](const Field& d) {
        if (d.number == 1 && d.kind == 0) size = static_cast<Index>(d.integer);
      });
      port.dims.push_back(size > 0 ? size : -1);
    });
  });
  return port;
}

// Fields of AttributeProto: 1 name, 2 f, 3 i, 4 s, 5 t, 7 floats, 8 ints.
void parse_attribute(std::string_view bytes, std::map<std::string, Attribute>& attributes) {
  std::string name;
  Attribute a;
  each_field(bytes, [&](const Field& f) {
    if (f.is(1)) name = f.text();
    if (f.number == 2) a.real = f.real();
    if (f.number == 3) a.integer = static_cast<Index>(f.integer);
    if (f.is(4)) a.text = f.text();
    if (f.is(5)) a.tensor = std::make_shared<StoredTensor>(parse_tensor(f.bytes));
    if (f.number == 7 && f.kind == 5) a.reals.push_back(f.real());
    if (f.is(7)) {
      a.reals.resize(f.bytes.size() / sizeof(float));
      f.bytes.copy(reinterpret_cast<char*>(a.reals.data()), a.reals.size() * sizeof(float));
    }
    if (f.number == 8) f.integers([&](std::uint64_t x) { a.integers.push_back(static_cast<Index>(x)); });
  });
  attributes[name] = std::move(a);
}

// Fields of NodeProto: 1 input, 2 output, 3 name, 4 op_type, 5 attribute, 7 domain.
Node parse_node(std::string_view bytes) {
  Node node;
  each_field(bytes, [&](const Field& f) {
    if (f.is(1)) node.inputs.push_back(f.text());
    if (f.is(2)) node.outputs.push_back(f.text());
    if (f.is(3)) node.name = f.text();
    if (f.is(4)) node.op = f.text();
    if (f.is(5)) parse_attribute(f.bytes, node.attributes);
    if (f.is(7)) node.domain = f.text();
  });
  if (node.name.empty() && !node.outputs.empty()) node.name = node.outputs[0];
  return node;
}

// Fields of GraphProto: 1 node, 5 initializer, 11 input, 12 output.
void parse_graph(std::string_view bytes, OnnxModel& model) {
  std::vector<std::string_view> inputs;
  each_field(bytes, [&](const Field& f) {
    if (f.is(1)) model.nodes.push_back(parse_node(f.bytes));
    if (f.is(5)) model.initializers.push_back(parse_tensor(f.bytes));
    if (f.is(11)) inputs.push_back(f.bytes);
    if (f.is(12)) model.outputs.push_back(parse_port(f.bytes));
  });
  std::set<std::string> given;  // older models have their initializers among the inputs
  for (const StoredTensor& t : model.initializers) given.insert(t.name);
  for (const std::string_view bytes_of_input : inputs) {
    std::string name;
    each_field(bytes_of_input, [&](const Field& f) {
      if (f.is(1)) name = f.text();
    });
    if (!given.contains(name)) model.inputs.push_back(parse_port(bytes_of_input));
  }
}

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat about {};
  if (file < 0 || ::fstat(file, &about) != 0) {
    const std::string why = std::strerror(errno);
    if (file >= 0) ::close(file);
    throw Error(path + ": " + why);
  }
  void* p = MAP_FAILED;
  const std::size_t size = static_cast<std::size_t>(about.st_size);
  if (S_ISREG(about.st_mode) && size > 0) p = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  ::close(file);
  if (p == MAP_FAILED) throw Error(path + ": not a file with something in it");
  bytes_ = {static_cast<const char*>(p), size};
}

MappedFile::~MappedFile() { ::munmap(const_cast<char*>(bytes_.data()), bytes_.size()); }

void MappedFile::release(std::string_view part) const {
  const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t first = (static_cast<std::size_t>(part.data() - bytes_.data()) + page - 1) / page * page;
  const std::size_t end = static_cast<std::size_t>(part.data() - bytes_.data()) + part.size();
  if (first < end) ::madvise(const_cast<char*>(bytes_.data()) + first, end - first, MADV_DONTNEED);
}

Port StoredPort::port() const {
  try {
    return {name, type_of_onnx(onnx_type), dims};
  } catch (const Error& e) {
    throw Error("'" + name + "': " + e.what());
  }
}

Type StoredTensor::type() const { return type_of_onnx(onnx_type); }

Tensor StoredTensor::load() const {
  Tensor t(type(), dims);
  elements().copy(reinterpret_cast<char*>(t.bytes()), elements().size());
  if (file != nullptr && converted.empty()) file->release(raw);
  return t;
}

// Fields of TensorProto: 1 dims, 2 data_type, 4 float_data, 5 int32_data (of everything shorter too), 7 int64_data, 8
// name, 9 raw_data, 10 double_data, 11 uint64_data, 13 external_data.
StoredTensor parse_tensor(std::string_view bytes) {
  StoredTensor t;
  std::vector<std::uint64_t> numbers;
  bool outside = false;
  each_field(bytes, [&](const Field& f) {
    if (f.number == 1) f.integers([&](std::uint64_t x) { t.dims.push_back(static_cast<Index>(x)); });
    if (f.number == 2) t.onnx_type = static_cast<int>(f.integer);
    if (f.number == 4 || f.number == 10) t.converted += f.bytes;
    if (f.number == 5 || f.number == 7 || f.number == 11) f.integers([&](std::uint64_t x) { numbers.push_back(x); });
    if (f.is(8)) t.name = f.text();
    if (f.is(9)) t.raw = f.bytes;
    outside |= f.number == 13;
  });
  const auto fail = [&](const std::string& what) { throw Error("tensor '" + t.name + "': " + what); };
  if (outside) fail("its elements are in another file");
  // A type that no Tensor has is an error of who wants it.
  const std::size_t size = size_of_onnx(t.onnx_type);
  if (size == 0) return t;
  for (const std::uint64_t x : numbers) t.converted.append(reinterpret_cast<const char*>(&x), size);
  std::uint64_t need = size;
  for (const Index d : t.dims)
    if (d < 0 || __builtin_mul_overflow(need, static_cast<std::uint64_t>(d), &need)) fail("a size that makes no sense");
  if (t.elements().size() != need) fail("not as many elements as its sizes say");
  return t;
}

const Attribute* Node::find(const char* key) const {
  const auto at = attributes.find(key);
  return at != attributes.end() ? &at->second : nullptr;
}
float Node::real(const char* key, float absent) const {
  const Attribute* const a = find(key);
  return a != nullptr ? a->real : absent;
}
Index Node::integer(const char* key, Index absent) const {
  const Attribute* const a = find(key);
  return a != nullptr ? a->integer : absent;
}
std::string Node::text(const char* key, const char* absent) const {
  const Attribute* const a = find(key);
  return a != nullptr ? a->text : absent;
}
std::vector<Index> Node::integers(const char* key, std::vector<Index> absent) const {
  const Attribute* const a = find(key);
  return a != nullptr ? a->integers : absent;
}

// Fields of ModelProto: 7 graph, 8 opset_import (1 domain, 2 version).
OnnxModel parse_model(std::string_view bytes) {
  OnnxModel model;
  std::map<std::string, Index> opsets;
  bool graph = false;
  each_field(bytes, [&](const Field& f) {
    if (f.is(7)) {
      parse_graph(f.bytes, model);
      graph = true;
    } else if (f.is(8)) {
      std::string domain;
      Index version = 1;
      each_field(f.bytes, [&](const Field& part) {
        if (part.is(1)) domain = part.text();
        if (part.number == 2) version = static_cast<Index>(part.integer);
      });
      opsets[domain == "ai.onnx" ? "" : domain] = version;
    }
  });
  if (!graph) throw Error("no graph in it");
  for (Node& node : model.nodes) {
    if (node.domain == "ai.onnx") node.domain.clear();
    node.opset = opsets[node.domain];
  }
  return model;
}

OnnxModel read_model(const std::string& path) {
  auto file = std::make_shared<MappedFile>(path);
  try {
    OnnxModel model = parse_model(file->bytes());
    model.file = std::move(file);
    for (StoredTensor& t : model.initializers) t.file = model.file.get();
    return model;
  } catch (const Error& e) {
    throw Error(path + ": " + e.what());
  }
}

Tensor read_tensor(const std::string& path) {
  const MappedFile file(path);
  try {
    return parse_tensor(file.bytes()).load();
  } catch (const Error& e) {
    throw Error(path + ": " + e.what());
  }
}

}  // namespace onnx_runner
