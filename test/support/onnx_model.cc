#include "support/onnx_model.h"

#include <cstring>
#include <utility>

#include "support/protobuf_wire.h"

namespace tessera::test {
namespace {

// Calls field(number, kind, wire) for each field of a message; it takes the field's value off the wire, or returns
// false to have it skipped. Whether the message was well formed.
template <class Field>
bool parse(const std::string& bytes, const Field& field) {
  Wire wire(bytes.data(), bytes.size());
  while (!wire.done()) {
    const std::uint64_t key = wire.varint();
    if (!field(key >> 3, key & 7, wire)) wire.skip(key & 7);
  }
  return wire.good();
}

std::string message(Wire& wire) { return wire.bytes(wire.varint()); }

// Fields of AttributeProto: 1 name, 2 f, 3 i, 4 s, 8 ints.
bool parse_attribute(const std::string& bytes, std::string& name, OnnxAttribute& attribute) {
  return parse(bytes, [&](std::uint64_t field, std::uint64_t kind, Wire& wire) {
    if (field == 1 && kind == 2) {
      name = message(wire);
    } else if (field == 2 && kind == 5) {
      const std::string raw = wire.bytes(4);
      if (raw.size() == 4) std::memcpy(&attribute.real, raw.data(), 4);
    } else if (field == 3 && kind == 0) {
      attribute.integer = static_cast<std::int64_t>(wire.varint());
    } else if (field == 4 && kind == 2) {
      attribute.text = message(wire);
    } else if (field == 8 && kind == 0) {
      attribute.integers.push_back(static_cast<std::int64_t>(wire.varint()));
    } else if (field == 8 && kind == 2) {
      const std::string packed = message(wire);
      Wire inside(packed.data(), packed.size());
      while (!inside.done()) attribute.integers.push_back(static_cast<std::int64_t>(inside.varint()));
    } else {
      return false;
    }
    return true;
  });
}

// Fields of NodeProto: 1 input, 2 output, 4 op_type, 5 attribute.
bool parse_node(const std::string& bytes, OnnxNode& node) {
  bool good = true;
  return parse(bytes,
               [&](std::uint64_t field, std::uint64_t kind, Wire& wire) {
                 if (kind != 2) return false;
                 if (field == 1) {
                   node.inputs.push_back(message(wire));
                 } else if (field == 2) {
                   node.outputs.push_back(message(wire));
                 } else if (field == 4) {
                   node.op = message(wire);
                 } else if (field == 5) {
                   std::string name;
                   OnnxAttribute attribute;
                   good = parse_attribute(message(wire), name, attribute) && good;
                   node.attributes[name] = std::move(attribute);
                 } else {
                   return false;
                 }
                 return true;
               }) &&
         good;
}

// The name, field 1 of ValueInfoProto.
bool parse_name(const std::string& bytes, std::string& name) {
  return parse(bytes, [&](std::uint64_t field, std::uint64_t kind, Wire& wire) {
    if (field != 1 || kind != 2) return false;
    name = message(wire);
    return true;
  });
}

// Fields of GraphProto: 1 node, 5 initializer, 11 input.
bool parse_graph(const std::string& bytes, OnnxModel& model) {
  bool good = true;
  return parse(bytes,
               [&](std::uint64_t field, std::uint64_t kind, Wire& wire) {
                 if (kind != 2) return false;
                 if (field == 1) {
                   good = parse_node(message(wire), model.nodes.emplace_back()) && good;
                 } else if (field == 5) {
                   good = parse_onnx_tensor(message(wire), model.initializers.emplace_back()) && good;
                 } else if (field == 11) {
                   good = parse_name(message(wire), model.inputs.emplace_back()) && good;
                 } else {
                   return false;
                 }
                 return true;
               }) &&
         good;
}

const OnnxAttribute* find(const OnnxNode& node, const char* name) {
  const auto at = node.attributes.find(name);
  return at != node.attributes.end() ? &at->second : nullptr;
}

}  // namespace

float OnnxNode::real(const char* name, float absent) const {
  const OnnxAttribute* const a = find(*this, name);
  return a != nullptr ? a->real : absent;
}
std::int64_t OnnxNode::integer(const char* name, std::int64_t absent) const {
  const OnnxAttribute* const a = find(*this, name);
  return a != nullptr ? a->integer : absent;
}
std::string OnnxNode::text(const char* name, const char* absent) const {
  const OnnxAttribute* const a = find(*this, name);
  return a != nullptr ? a->text : absent;
}
std::vector<std::int64_t> OnnxNode::integers(const char* name, std::vector<std::int64_t> absent) const {
  const OnnxAttribute* const a = find(*this, name);
  return a != nullptr ? a->integers : absent;
}

bool read_onnx_model(const std::string& path, OnnxModel& model) {
  model = {};
  std::string bytes;
  if (!read_onnx_file(path, bytes)) return false;
  // Fields of ModelProto: 7 graph, 8 opset_import (1 domain, 2 version).
  bool good = true;
  std::int64_t opset = 0;
  good = parse(bytes,
               [&](std::uint64_t field, std::uint64_t kind, Wire& wire) {
                 if (kind != 2 || (field != 7 && field != 8)) return false;
                 if (field == 7) {
                   good = parse_graph(message(wire), model) && good;
                   return true;
                 }
                 std::int64_t version = 0;
                 bool of_onnx = true;
                 parse(message(wire), [&](std::uint64_t part, std::uint64_t, Wire& inside) {
                   if (part == 1) of_onnx = message(inside).empty();
                   if (part == 2) version = static_cast<std::int64_t>(inside.varint());
                   return part == 1 || part == 2;
                 });
                 if (of_onnx) opset = version;
                 return true;
               }) &&
         good;
  for (OnnxNode& node : model.nodes) node.opset = opset;
  return good;
}

}  // namespace tessera::test
