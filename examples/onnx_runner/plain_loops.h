// Layers in plain loops on any strides, for what the C API does not have.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "arranger.h"
#include "operators.h"

namespace onnx_runner {

// use(i, at): i counts y's elements row-major, at[o] is the offset of operand o's element, which is broadcast.
template <std::size_t kOperands, class Use>
void walk(const tsr_tensor& y, const tsr_tensor* const (&x)[kOperands], const Use& use) {
  Index total = 1;
  for (int d = 0; d < y.rank; ++d) total *= y.size[d];
  for (Index i = 0; i < total; ++i) {
    Index at[kOperands] = {}, rest = i;
    for (int d = y.rank; d-- > 0;) {
      const Index digit = rest % y.size[d];
      rest /= y.size[d];
      for (std::size_t o = 0; o < kOperands; ++o) {
        const int own = d - (y.rank - x[o]->rank);
        if (own >= 0 && x[o]->size[own] != 1) at[o] += digit * x[o]->stride[own];
      }
    }
    use(i, at);
  }
}

// use(T{}) for the C++ type of an element type. Elements of bool are bytes.
template <class Use>
void with_type(Type type, const Use& use) {
  switch (type) {
    case Type::kF32:
      return use(float{});
    case Type::kU8:
    case Type::kBool:
      return use(std::uint8_t{});
    case Type::kS8:
      return use(std::int8_t{});
    case Type::kS32:
      return use(std::int32_t{});
    case Type::kS64:
      return use(std::int64_t{});
  }
}

// As C++ converts, but for real numbers that the type does not hold, which become its nearest end, and NaN, which
// becomes 0.
template <class To, class From>
To converted(From x) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    const double value = static_cast<double>(x), low = static_cast<double>(std::numeric_limits<To>::min()),
                 high = static_cast<double>(std::numeric_limits<To>::max());
    if (!(value > low)) return std::isnan(value) ? To{0} : std::numeric_limits<To>::min();
    return value >= high ? std::numeric_limits<To>::max() : static_cast<To>(value);
  } else {
    return static_cast<To>(x);
  }
}

// y := f(x), row-major.
template <class F>
class PlainUnary final : public Layer {
 public:
  explicit PlainUnary(F f) : f_(f) {}
  void arrange(Arranger& arranger) override { arranger.dense(out(), false); }
  void run(const tsr_context*) override {
    with_type(in(0).type, [&](auto from) {
      with_type(out().type, [&](auto to) {
        const auto* const p = static_cast<const decltype(from)*>(x()->data);
        auto* const q = static_cast<decltype(to)*>(y()->data);
        const bool boolean = out().type == Type::kBool;
        walk(*y(), {x()}, [&](Index i, const Index* at) {
          const auto value = f_(p[at[0]]);
          q[i] = boolean ? static_cast<decltype(to)>(value != 0) : converted<decltype(to)>(value);
        });
      });
    });
  }

 private:
  F f_;
};

template <class F>
void plain_unary(NodeBuilder& b, Value& x, Type to, F f) {
  b.add<PlainUnary<F>>({&x}, {&b.output(0, to, x.dims)}, f);
}

// z := f(x, y), operands of one type, broadcast; row-major.
template <class F>
class PlainBinary final : public Layer {
 public:
  explicit PlainBinary(F f) : f_(f) {}
  void arrange(Arranger& arranger) override { arranger.dense(out(), false); }
  void run(const tsr_context*) override {
    with_type(in(0).type, [&](auto from) {
      with_type(out().type, [&](auto to) {
        const auto *const p = static_cast<const decltype(from)*>(x(0)->data), *const q =
                                                                                  static_cast<const decltype(from)*>(
                                                                                      x(1)->data);
        auto* const r = static_cast<decltype(to)*>(y()->data);
        walk(*y(), {x(0), x(1)},
             [&](Index i, const Index* at) { r[i] = static_cast<decltype(to)>(f_(p[at[0]], q[at[1]])); });
      });
    });
  }

 private:
  F f_;
};

template <class F>
void plain_binary(NodeBuilder& b, Value& x, Value& y, Value& z, F f) {
  b.add<PlainBinary<F>>({&x, &y}, {&z}, f);
}

// y := condition ? x1 : x2
class PlainSelect final : public Layer {
 public:
  void arrange(Arranger& arranger) override { arranger.dense(out(), false); }
  void run(const tsr_context*) override {
    with_type(out().type, [&](auto type) {
      using T = decltype(type);
      const auto* const condition = static_cast<const std::uint8_t*>(x(0)->data);
      const T *const p = static_cast<const T*>(x(1)->data), *const q = static_cast<const T*>(x(2)->data);
      T* const r = static_cast<T*>(y()->data);
      walk(*y(), {x(0), x(1), x(2)},
           [&](Index i, const Index* at) { r[i] = condition[at[0]] != 0 ? p[at[1]] : q[at[2]]; });
    });
  }
};

}  // namespace onnx_runner
