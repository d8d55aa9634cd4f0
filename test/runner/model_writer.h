// Small ONNX models, written by hand.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tensor.h"

namespace tessera::test {

class ModelWriter {
 public:
  using Dims = onnx_runner::Dims;

  void input(const std::string& name, const Dims& dims, int type = kF32);  // a size of -1 is left open
  void output(const std::string& name, const Dims& dims, int type = kF32);
  void weight(const std::string& name, const Dims& dims, const std::vector<float>& elements);
  void weight(const std::string& name, const Dims& dims, const std::vector<std::int64_t>& elements);
  void weight(const std::string& name, const Dims& dims, const std::vector<std::int8_t>& elements);
  void weight(const std::string& name, const Dims& dims, const std::vector<std::uint8_t>& elements);

  // An attribute: name and a number, numbers or text.
  struct Attribute {
    Attribute(const char* n, int i);
    Attribute(const char* n, float f);
    Attribute(const char* n, const char* s);
    Attribute(const char* n, const std::vector<std::int64_t>& i);
    std::string bytes;
  };
  void node(const std::string& op, const std::vector<std::string>& inputs, const std::vector<std::string>& outputs,
            const std::vector<Attribute>& attributes = {}, const std::string& domain = "");

  std::string bytes(std::int64_t opset = 13) const;
  // Writes the model to a file of the test's own and returns its path.
  std::string write(std::int64_t opset = 13) const;

  static constexpr int kF32 = 1, kU8 = 2, kS8 = 3, kS64 = 7;

 private:
  void weight(const std::string& name, const Dims& dims, int type, const void* elements, std::size_t bytes);
  std::string graph_;
};

// A file of the test's own with these bytes.
std::string write_file(const std::string& bytes);

}  // namespace tessera::test
