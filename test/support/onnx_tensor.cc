#include "support/onnx_tensor.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace tessera::test {
namespace {

constexpr char kFolder[] = "/usr/share/libonnx-testdata/data/node/";

// The wire format of protocol buffers, as far as TensorProto needs it: fields are a key (number << 3 | kind), then a
// varint (kind 0), eight bytes (1), a length and as many bytes (2), or four bytes (5).
class Wire {
 public:
  Wire(const char* p, std::size_t size) : p_(p), end_(p + size) {}
  bool done() const { return p_ >= end_; }
  bool good() const { return good_; }

  std::uint64_t varint() {
    std::uint64_t x = 0;
    for (int shift = 0; shift < 64 && p_ < end_; shift += 7) {
      const std::uint8_t byte = static_cast<std::uint8_t>(*p_++);
      x |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return x;
    }
    good_ = false;
    p_ = end_;
    return 0;
  }
  std::string bytes(std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - p_)) {
      good_ = false;
      p_ = end_;
      return {};
    }
    const std::string s(p_, size);
    p_ += size;
    return s;
  }
  void skip(std::uint64_t kind) {
    if (kind == 0) {
      varint();
    } else {
      bytes(kind == 1 ? 8 : kind == 5 ? 4 : varint());
    }
  }

 private:
  const char* p_;
  const char* end_;
  bool good_ = true;
};

std::size_t size_of_type(int type) { return type == OnnxTensor::kFloat || type == OnnxTensor::kS32 ? 4 : 1; }

// Fields of TensorProto: 1 dims, 2 data_type, 4 float_data, 5 int32_data (bytes too), 9 raw_data.
bool parse(const std::string& file, OnnxTensor& tensor) {
  Wire wire(file.data(), file.size());
  std::vector<std::int32_t> numbers;
  while (!wire.done()) {
    const std::uint64_t key = wire.varint(), field = key >> 3, kind = key & 7;
    const bool list = kind == 2;
    if (field == 1 || field == 5) {
      const std::string packed = list ? wire.bytes(wire.varint()) : std::string();
      Wire inside(packed.data(), packed.size());
      do {
        if (list && inside.done()) break;
        const std::uint64_t x = list ? inside.varint() : wire.varint();
        if (field == 1) tensor.dims.push_back(static_cast<std::int64_t>(x));
        if (field == 5) numbers.push_back(static_cast<std::int32_t>(x));
      } while (list);
    } else if (field == 2 && kind == 0) {
      tensor.type = static_cast<int>(wire.varint());
    } else if (field == 4 && (list || kind == 5)) {
      tensor.raw += wire.bytes(list ? wire.varint() : 4);
    } else if (field == 9 && list) {
      tensor.raw = wire.bytes(wire.varint());
    } else {
      wire.skip(kind);
    }
  }
  for (const std::int32_t x : numbers) tensor.raw.append(reinterpret_cast<const char*>(&x), size_of_type(tensor.type));
  return wire.good() && tensor.raw.size() == static_cast<std::size_t>(tensor.count()) * size_of_type(tensor.type);
}

}  // namespace

std::int64_t OnnxTensor::count() const {
  std::int64_t n = 1;
  for (const std::int64_t d : dims) n *= d;
  return n;
}

std::int32_t OnnxTensor::as_byte() const { return type == kS8 ? *data<std::int8_t>() : *data<std::uint8_t>(); }

bool onnx_tests_installed() { return std::filesystem::exists(kFolder); }

bool read_onnx_tensor(const std::string& test, const char* which, int i, OnnxTensor& tensor) {
  std::ifstream in(kFolder + test + "/test_data_set_0/" + which + "_" + std::to_string(i) + ".pb", std::ios::binary);
  if (!in) return false;
  tensor = {};
  return parse(std::string(std::istreambuf_iterator<char>(in), {}), tensor);
}

}  // namespace tessera::test
