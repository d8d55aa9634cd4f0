#include "support/onnx_tensor.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/protobuf_wire.h"

namespace tessera::test {
namespace {

constexpr char kFolder[] = "/usr/share/libonnx-testdata/data/node/";

std::size_t size_of_type(int type) {
  switch (type) {
    case OnnxTensor::kU8:
    case OnnxTensor::kS8:
    case OnnxTensor::kBool:
      return 1;
    case OnnxTensor::kU16:
    case OnnxTensor::kS16:
    case OnnxTensor::kHalf:
      return 2;
    case OnnxTensor::kS64:
    case OnnxTensor::kDouble:
    case OnnxTensor::kU64:
      return 8;
    default:
      return 4;
  }
}

}  // namespace

std::int64_t OnnxTensor::count() const {
  std::int64_t n = 1;
  for (const std::int64_t d : dims) n *= d;
  return n;
}

std::int32_t OnnxTensor::as_byte() const { return type == kS8 ? *data<std::int8_t>() : *data<std::uint8_t>(); }

bool onnx_tests_installed() { return std::filesystem::exists(kFolder); }

// Fields of TensorProto: 1 dims, 2 data_type, 4 float_data, 5 int32_data (of everything shorter too), 7 int64_data, 8
// name, 9 raw_data, 10 double_data, 11 uint64_data.
bool parse_onnx_tensor(const std::string& bytes, OnnxTensor& tensor) {
  tensor = {};
  Wire wire(bytes.data(), bytes.size());
  std::vector<std::uint64_t> numbers;
  while (!wire.done()) {
    const std::uint64_t key = wire.varint(), field = key >> 3, kind = key & 7;
    const bool list = kind == 2;
    if (field == 1 || field == 5 || field == 7 || field == 11) {
      const std::string packed = list ? wire.bytes(wire.varint()) : std::string();
      Wire inside(packed.data(), packed.size());
      do {
        if (list && inside.done()) break;
        const std::uint64_t x = list ? inside.varint() : wire.varint();
        if (field == 1) {
          tensor.dims.push_back(static_cast<std::int64_t>(x));
        } else {
          numbers.push_back(x);
        }
      } while (list);
    } else if (field == 2 && kind == 0) {
      tensor.type = static_cast<int>(wire.varint());
    } else if (field == 4 && (list || kind == 5)) {
      tensor.raw += wire.bytes(list ? wire.varint() : 4);
    } else if (field == 8 && list) {
      tensor.name = wire.bytes(wire.varint());
    } else if ((field == 9 || field == 10) && list) {
      tensor.raw = wire.bytes(wire.varint());
    } else {
      wire.skip(kind);
    }
  }
  for (const std::uint64_t x : numbers) tensor.raw.append(reinterpret_cast<const char*>(&x), size_of_type(tensor.type));
  return wire.good() && tensor.raw.size() == static_cast<std::size_t>(tensor.count()) * size_of_type(tensor.type);
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
