#include "tensor.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>

#include "engine.h"

namespace onnx_runner {

std::size_t size_of(Type type) {
  switch (type) {
    case Type::kF32:
    case Type::kS32:
      return 4;
    case Type::kS64:
      return 8;
    default:
      return 1;
  }
}

const char* name_of(Type type) {
  constexpr const char* kNames[] = {"f32", "u8", "s8", "s32", "s64", "bool"};
  return kNames[static_cast<int>(type)];
}

std::string to_string(const Dims& dims) {
  std::string s;
  for (const Index d : dims) {
    if (!s.empty()) s += 'x';
    if (d < 0) {
      s += '?';
    } else {
      s += std::to_string(d);
    }
  }
  return s.empty() ? "scalar" : s;
}

Index count_of(const Dims& dims) {
  Index n = 1;
  for (const Index d : dims)
    if (__builtin_mul_overflow(n, d, &n) || n > (Index{1} << 56)) throw Error("sizes " + to_string(dims));
  return n;
}

Tensor::Tensor(Type type, Dims dims) : type_(type), dims_(std::move(dims)) {
  constexpr std::size_t kAlignment = 64;
  const std::size_t bytes = (size_in_bytes() + kAlignment) / kAlignment * kAlignment;
  auto* const p = static_cast<std::byte*>(std::aligned_alloc(kAlignment, bytes));
  if (p == nullptr) throw std::bad_alloc();
  std::memset(p, 0, bytes);
  bytes_.reset(p, [](std::byte* q) { std::free(q); });
}

void Tensor::check(Type type) const {
  if (type != type_) throw std::logic_error(std::string("a tensor of ") + name_of(type_) + " is read as another type");
}

}  // namespace onnx_runner
