#include "model_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

namespace tessera::test {
namespace {

std::string varint(std::uint64_t x) {
  std::string s;
  for (; x >= 0x80; x >>= 7) s += static_cast<char>(0x80 | (x & 0x7f));
  return s + static_cast<char>(x);
}
std::string number(int field, std::uint64_t x) { return varint(static_cast<std::uint64_t>(field) << 3) + varint(x); }
std::string bytes_field(int field, const std::string& bytes) {
  return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(bytes.size()) + bytes;
}

std::string value_info(const std::string& name, const onnx_runner::Dims& dims, int type) {
  std::string shape;
  for (const std::int64_t d : dims)
    shape += bytes_field(1, d < 0 ? bytes_field(2, "open") : number(1, static_cast<std::uint64_t>(d)));
  const std::string tensor = number(1, static_cast<std::uint64_t>(type)) + bytes_field(2, shape);
  return bytes_field(1, name) + bytes_field(2, bytes_field(1, tensor));
}

}  // namespace

ModelWriter::Attribute::Attribute(const char* n, int i)
    : bytes(bytes_field(1, n) + number(3, static_cast<std::uint64_t>(std::int64_t{i})) + number(20, 2)) {}
ModelWriter::Attribute::Attribute(const char* n, float f) : bytes(bytes_field(1, n)) {
  bytes += varint(2 << 3 | 5);
  bytes.append(reinterpret_cast<const char*>(&f), sizeof f);
  bytes += number(20, 1);
}
ModelWriter::Attribute::Attribute(const char* n, const char* s)
    : bytes(bytes_field(1, n) + bytes_field(4, s) + number(20, 3)) {}
ModelWriter::Attribute::Attribute(const char* n, const std::vector<std::int64_t>& i) : bytes(bytes_field(1, n)) {
  for (const std::int64_t x : i) bytes += number(8, static_cast<std::uint64_t>(x));
  bytes += number(20, 7);
}

void ModelWriter::input(const std::string& name, const Dims& dims, int type) {
  graph_ += bytes_field(11, value_info(name, dims, type));
}
void ModelWriter::output(const std::string& name, const Dims& dims, int type) {
  graph_ += bytes_field(12, value_info(name, dims, type));
}
void ModelWriter::weight(const std::string& name, const Dims& dims, int type, const void* elements, std::size_t bytes) {
  std::string tensor;
  for (const std::int64_t d : dims) tensor += number(1, static_cast<std::uint64_t>(d));
  tensor += number(2, static_cast<std::uint64_t>(type)) + bytes_field(8, name);
  tensor += bytes_field(9, std::string(static_cast<const char*>(elements), bytes));
  graph_ += bytes_field(5, tensor);
}
void ModelWriter::weight(const std::string& name, const Dims& dims, const std::vector<float>& elements) {
  weight(name, dims, kF32, elements.data(), elements.size() * sizeof(float));
}
void ModelWriter::weight(const std::string& name, const Dims& dims, const std::vector<std::int64_t>& elements) {
  weight(name, dims, kS64, elements.data(), elements.size() * sizeof(std::int64_t));
}
void ModelWriter::weight(const std::string& name, const Dims& dims, const std::vector<std::int8_t>& elements) {
  weight(name, dims, kS8, elements.data(), elements.size());
}
void ModelWriter::weight(const std::string& name, const Dims& dims, const std::vector<std::uint8_t>& elements) {
  weight(name, dims, kU8, elements.data(), elements.size());
}

void ModelWriter::node(const std::string& op, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs, const std::vector<Attribute>& attributes,
                       const std::string& domain) {
  std::string node;
  for (const std::string& name : inputs) node += bytes_field(1, name);
  for (const std::string& name : outputs) node += bytes_field(2, name);
  node += bytes_field(3, "the " + op) + bytes_field(4, op);
  for (const Attribute& a : attributes) node += bytes_field(5, a.bytes);
  if (!domain.empty()) node += bytes_field(7, domain);
  graph_ += bytes_field(1, node);
}

std::string ModelWriter::bytes(std::int64_t opset) const {
  const std::string versions = bytes_field(8, number(2, static_cast<std::uint64_t>(opset))) +
                               bytes_field(8, bytes_field(1, "com.microsoft") + number(2, 1));
  return number(1, 8) + bytes_field(7, graph_) + versions;
}

std::string ModelWriter::write(std::int64_t opset) const { return write_file(bytes(opset)); }

std::string write_file(const std::string& bytes) {
  static int files = 0;  // a mapped file may not be written again
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string path = testing::TempDir() + test->test_suite_name() + "." + test->name() + "." +
                           std::to_string(::getpid()) + "." + std::to_string(files++) + ".onnx";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

}  // namespace tessera::test
