// Tensors of ONNX's node tests, as Debian's libonnx-testdata has them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../examples/onnx_runner/onnx_file.h"

namespace tessera::test {

struct OnnxTensor {
  enum Type {  // TensorProto.DataType, all but strings and complex numbers
    kFloat = 1,
    kU8 = 2,
    kS8 = 3,
    kU16 = 4,
    kS16 = 5,
    kS32 = 6,
    kS64 = 7,
    kBool = 9,
    kHalf = 10,
    kDouble = 11,
    kU32 = 12,
    kU64 = 13
  };
  int type = 0;
  std::string name;
  std::vector<std::int64_t> dims;
  std::string raw;  // elements, little-endian

  std::int64_t count() const;
  template <class T>
  const T* data() const {
    return reinterpret_cast<const T*>(raw.data());
  }
  float as_float() const { return *data<float>(); }
  std::int32_t as_byte() const;  // of a scalar u8 or s8
};

// A tensor of a file, false when it is none of the above types.
bool copy_onnx_tensor(const onnx_runner::StoredTensor& stored, OnnxTensor& tensor);

// A tensor from the bytes of a TensorProto; false when they are none of the above types.
bool parse_onnx_tensor(const std::string& bytes, OnnxTensor& tensor);

// The bytes of a file; false when it cannot be read.
bool read_onnx_file(const std::string& path, std::string& bytes);

// Input or output number i of a node test; false when there is no such file, or it is no tensor of the above types.
bool read_onnx_tensor(const std::string& test, const char* which, int i, OnnxTensor& tensor);

// Whether the package is installed.
bool onnx_tests_installed();

}  // namespace tessera::test
