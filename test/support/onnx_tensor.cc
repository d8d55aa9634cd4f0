#include "support/onnx_tensor.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace tessera::test {
namespace {

constexpr char kFolder[] = "/usr/share/libonnx-testdata/data/node/";

}  // namespace

std::int64_t OnnxTensor::count() const {
  std::int64_t n = 1;
  for (const std::int64_t d : dims) n *= d;
  return n;
}

std::int32_t OnnxTensor::as_byte() const { return type == kS8 ? *data<std::int8_t>() : *data<std::uint8_t>(); }

bool onnx_tests_installed() { return std::filesystem::exists(kFolder); }

bool copy_onnx_tensor(const onnx_runner::StoredTensor& stored, OnnxTensor& tensor) {
  tensor = {};
  tensor.type = stored.onnx_type;
  tensor.name = stored.name;
  tensor.dims = stored.dims;
  tensor.raw = stored.elements();
  return !tensor.raw.empty() || tensor.count() == 0;
}

bool parse_onnx_tensor(const std::string& bytes, OnnxTensor& tensor) {
  try {
    return copy_onnx_tensor(onnx_runner::parse_tensor(bytes), tensor);
  } catch (const onnx_runner::Error&) {
    return false;
  }
}

bool read_onnx_file(const std::string& path, std::string& bytes) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return false;
  bytes.assign(std::istreambuf_iterator<char>(in), {});
  return true;
}

bool read_onnx_tensor(const std::string& test, const char* which, int i, OnnxTensor& tensor) {
  std::string bytes;
  return read_onnx_file(kFolder + test + "/test_data_set_0/" + which + "_" + std::to_string(i) + ".pb", bytes) &&
         parse_onnx_tensor(bytes, tensor);
}

}  // namespace tessera::test
