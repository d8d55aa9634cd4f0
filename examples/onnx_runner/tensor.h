// A tensor that owns its elements, dense and row-major: what goes into a model and what comes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace onnx_runner {

using Index = std::int64_t;
using Dims = std::vector<Index>;

enum class Type { kF32, kU8, kS8, kS32, kS64, kBool };

std::size_t size_of(Type type);
const char* name_of(Type type);

// "1x3x224x224"; an unknown size, below 0, is "?".
std::string to_string(const Dims& dims);

// Product of the sizes. Throws Error (engine.h) where no memory holds so many elements.
Index count_of(const Dims& dims);

template <class T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, float>) return Type::kF32;
  if constexpr (std::is_same_v<T, std::uint8_t>) return Type::kU8;
  if constexpr (std::is_same_v<T, std::int8_t>) return Type::kS8;
  if constexpr (std::is_same_v<T, std::int32_t>) return Type::kS32;
  if constexpr (std::is_same_v<T, std::int64_t>) return Type::kS64;
  if constexpr (std::is_same_v<T, bool>) return Type::kBool;
}

// Copies share their elements, as those of a std::shared_ptr do.
class Tensor {
 public:
  Tensor() = default;
  Tensor(Type type, Dims dims);  // all 0; elements are aligned to 64 bytes

  Type type() const { return type_; }
  const Dims& dims() const { return dims_; }
  Index count() const { return count_of(dims_); }
  std::size_t size_in_bytes() const { return static_cast<std::size_t>(count()) * size_of(type_); }

  // Whether another tensor has these elements too.
  bool is_shared() const { return bytes_.use_count() > 1; }
  std::byte* bytes() { return bytes_.get(); }
  const std::byte* bytes() const { return bytes_.get(); }

  // The elements. Throws std::logic_error when T is not the tensor's type.
  template <class T>
  T* data() {
    check(type_of<T>());
    return reinterpret_cast<T*>(bytes_.get());
  }
  template <class T>
  const T* data() const {
    check(type_of<T>());
    return reinterpret_cast<const T*>(bytes_.get());
  }

 private:
  void check(Type type) const;

  Type type_ = Type::kF32;
  Dims dims_ = {0};
  std::shared_ptr<std::byte> bytes_;
};

}  // namespace onnx_runner
