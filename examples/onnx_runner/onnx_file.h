// ONNX files: the model as it is stored, read without a protobuf library. Elements of tensors stay in the file, which
// is mapped, until somebody loads them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine.h"

namespace onnx_runner {

// A file's bytes, mapped into memory.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();
  std::string_view bytes() const { return bytes_; }
  // Pages of a part that have been read are given back; they come again from the file when they are read.
  void release(std::string_view part) const;

 private:
  std::string_view bytes_;
};

// A tensor in the file.
struct StoredTensor {
  std::string name;
  int onnx_type = 0;  // TensorProto.DataType
  Dims dims;
  std::string_view raw;              // elements as they are in memory, not aligned; or
  std::string converted;             // the same, where the file has them as a list of numbers
  const MappedFile* file = nullptr;  // that gets its pages back when elements have been loaded; null: not needed
  std::string_view elements() const { return converted.empty() ? raw : std::string_view(converted); }
  // Throws Error: a type that Tensor does not have.
  Type type() const;
  Tensor load() const;
};

struct Attribute {
  float real = 0;
  Index integer = 0;
  std::string text;
  std::vector<float> reals;
  std::vector<Index> integers;
  std::shared_ptr<const StoredTensor> tensor;
};

struct Node {
  std::string name, op, domain;
  std::vector<std::string> inputs, outputs;  // one that is left out has no name
  std::map<std::string, Attribute> attributes;
  Index opset = 0;  // version of the operators of its domain

  // An attribute, or what it is when the node does not say.
  const Attribute* find(const char* key) const;
  float real(const char* key, float absent) const;
  Index integer(const char* key, Index absent) const;
  std::string text(const char* key, const char* absent) const;
  std::vector<Index> integers(const char* key, std::vector<Index> absent) const;
};

// An input or output as the file describes it.
struct StoredPort {
  std::string name;
  int onnx_type = 0;  // TensorProto.DataType; 0 for what is no tensor
  Dims dims;          // -1 where they are left open
  // Throws Error: a type that Tensor does not have.
  Port port() const;
};

struct OnnxModel {
  std::shared_ptr<const MappedFile> file;  // where it comes from one
  std::vector<Node> nodes;
  std::vector<StoredTensor> initializers;
  std::vector<StoredPort> inputs;  // those that are no initializers
  std::vector<StoredPort> outputs;
};

// A model from the bytes of a ModelProto, in which elements of tensors stay. Throws Error.
OnnxModel parse_model(std::string_view bytes);

// The same from a file, which the error names. Throws Error.
OnnxModel read_model(const std::string& path);

// A tensor from the bytes of a TensorProto. Throws Error.
StoredTensor parse_tensor(std::string_view bytes);

}  // namespace onnx_runner
