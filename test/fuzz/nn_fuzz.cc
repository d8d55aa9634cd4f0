// The layers of nn.h on small views of any layout, empty ones among them: results by their definition; and with wild
// numbers in tensors and arguments a status, and outputs as they were.
#include <tessera/nn.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "fuzz/memory.h"
#include "nn/nn_operand.h"
#include "reference/nn.h"
#include "support/random.h"

namespace tessera::fuzz {
namespace {

using test::for_each_index;
using test::RefTensor;
using test::Sizes;
using test::type_bytes;

constexpr double kUlp = 0x1p-23;
constexpr Index kMostElements = 4096;

Index product(const Sizes& size) { return std::accumulate(size.begin(), size.end(), Index{1}, std::multiplies<>()); }

// A view in memory of exactly its size: dimensions in any order, with gaps, backwards, and of an input repeated.
class Tensor {
 public:
  Tensor(Input& in, std::int32_t type, const Sizes& size, bool output, std::size_t dense_from, test::Random& random)
      : size_(size), memory_(in, static_cast<std::size_t>(lay_out(in, type, size, output, dense_from))) {
    const Index bytes = type_bytes(type);
    for (Index at = 0; at < span_; ++at) {
      // Numbers that every type has, a few of them equal.
      const auto number =
          static_cast<std::int32_t>(random.integer(type == TSR_U8 ? 0 : -40, type == TSR_U8 ? 255 : 40));
      char* const to = memory_.data() + at * bytes;
      const float real = static_cast<float>(number) / 16;
      const std::int64_t whole = number;
      if (type == TSR_F32) {
        std::memcpy(to, &real, 4);
      } else {
        std::memcpy(to, &whole, static_cast<std::size_t>(bytes));  // little-endian, as every CPU there are kernels for
      }
    }
    view.data = span_ > 0 ? memory_.data() + low_ * bytes : nullptr;
    before_ = memory_.bytes();
  }

  tsr_tensor view{};

  double at(const Sizes& index) const { return test::element(view, offset(index)); }
  RefTensor values() const {
    RefTensor t(size_);
    for_each_index(size_, [&](const Sizes& i) { t.at(i) = at(i); });
    return t;
  }
  // Whether every element of another view lies in this one's memory.
  bool holds(const tsr_tensor& t) const {
    Index low = low_, high = low_, count = 1;
    for (int i = 0; i < t.rank; ++i) {
      if (t.size[i] == 0) return true;
      if (t.size[i] > kMostElements || std::abs(static_cast<double>(t.stride[i])) > 1e6) return false;
      count *= t.size[i];
      if (count > kMostElements) return false;
      const Index reach = (t.size[i] - 1) * t.stride[i];
      (reach < 0 ? low : high) += reach;
    }
    const Index bytes = type_bytes(t.type), all = span_ * type_bytes(view.type);
    return low >= 0 && low_ * type_bytes(view.type) + (low - low_) * bytes >= 0 &&
           low_ * type_bytes(view.type) + (high - low_ + 1) * bytes <= all;
  }
  // Nothing but elements of an output has changed.
  bool intact(bool output) const {
    std::vector<char> want = before_;
    const Index bytes = type_bytes(view.type);
    if (output)
      for_each_index(size_, [&](const Sizes& i) {
        const Index at = (offset(i) + low_) * bytes;
        std::memcpy(want.data() + at, static_cast<const char*>(view.data) + offset(i) * bytes,
                    static_cast<std::size_t>(bytes));
      });
    return memory_.is(want);
  }

 private:
  // Bytes of memory.
  Index lay_out(Input& in, std::int32_t type, const Sizes& size, bool output, std::size_t dense_from) {
    view.type = type;
    view.rank = static_cast<std::int32_t>(size.size());
    std::vector<std::size_t> order(size.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const std::size_t loose = std::min(dense_from, size.size());
    if (in.one_in(2))
      for (std::size_t i = loose; i > 1; --i)
        std::swap(order[i - 1], order[static_cast<std::size_t>(in.integer(0, static_cast<Index>(i) - 1))]);
    Index stride = 1;
    bool empty = false;
    for (std::size_t i = size.size(); i-- > 0;) {
      const std::size_t d = order[i];
      view.size[d] = size[d];
      empty = empty || size[d] == 0;
      const bool free = d < loose;
      if (free && !output && in.one_in(8)) continue;  // repeated
      if (free && in.one_in(8)) ++stride;
      const bool backwards = free && in.one_in(6);
      view.stride[d] = backwards ? -stride : stride;
      const Index reach = (std::max<Index>(size[d], 1) - 1) * stride;
      if (backwards) low_ += reach;
      span_ += reach;
      stride = stride * std::max<Index>(size[d], 1);
    }
    if (empty) span_ = low_ = 0;
    return span_ * type_bytes(type);
  }
  Index offset(const Sizes& index) const {
    Index at = 0;
    for (std::size_t i = 0; i < index.size(); ++i) at += index[i] * view.stride[i];
    return at;
  }

  Sizes size_;
  Index span_ = 1, low_ = 0;
  Memory memory_;
  std::vector<char> before_;
};

// What a function gets beside its tensors, under names that fit all of them.
struct Arguments {
  const tsr_context* context = nullptr;
  const tsr_tensor *a = nullptr, *b = nullptr, *y = nullptr;
  std::int32_t axis = 0, mode = 0, order = 0, rounding = 0;
  Index n = 1;
  float f = 1, g = 1, h = 1;
  tsr_pool_desc pool = TSR_POOL_INIT;
  std::vector<Index> before = std::vector<Index>(TSR_MAX_RANK);
  std::vector<float> list[4];
  std::vector<std::int32_t> zeros;

  const float* floats(int i) const { return list[i].empty() ? nullptr : list[i].data(); }
};

// A case: types and sizes of the tensors. Without a b, its size is that of a scalar, and it is not looked at.
struct Shapes {
  std::int32_t a_type = TSR_F32, b_type = TSR_F32, y_type = TSR_F32;
  Sizes a, b, y;
  std::size_t dense_from = TSR_MAX_RANK;
};

struct Layer {
  const char* name;
  // Sizes and arguments of a good call; false: there is none of these.
  bool (*prepare)(Input& in, Shapes& s, Arguments& x);
  tsr_status (*call)(const Arguments& x);
  RefTensor (*want)(const Arguments& x, const RefTensor& a, const RefTensor& b, const Sizes& y);
  // |error| <= relative * |want| + absolute * (1 + elements of a)
  double relative, absolute;
};

Sizes sizes(Input& in, Index rank, Index least = 0) {
  Sizes size;
  Index room = 400;
  for (Index i = 0; i < rank; ++i) {
    size.push_back(in.integer(least, in.one_in(4) ? 40 : 7));
    size.back() = std::min(size.back(), std::max<Index>(room, 1));
    room /= std::max<Index>(size.back(), 1);
  }
  return size;
}
std::int32_t any_type(Input& in) { return static_cast<std::int32_t>(in.integer(TSR_U8, TSR_S64)); }
std::vector<float> list_of(Index n, float first, float step) {
  std::vector<float> list(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < list.size(); ++i) list[i] = first + step * static_cast<float>(i % 7);
  return list;
}
// An axis of a, which has at least one.
std::int32_t axis_of(Input& in, const Sizes& size) {
  return static_cast<std::int32_t>(in.integer(0, static_cast<Index>(size.size()) - 1));
}

bool of_a_size(Input& in, Shapes& s, Arguments& x) {
  static_cast<void>(x);
  s.a = s.y = sizes(in, in.integer(0, 5));
  return true;
}
bool along_axis(Input& in, Shapes& s, Arguments& x) {
  s.a = s.y = sizes(in, in.integer(1, 5));
  x.axis = axis_of(in, s.a);
  return true;
}
bool images(Input& in, Shapes& s, Arguments& x) {
  static_cast<void>(x);
  s.a = s.y = sizes(in, 4);
  return true;
}
Index size_at(const Sizes& size, std::int32_t axis) { return size[static_cast<std::size_t>(axis)]; }

template <class F>
RefTensor each(const Sizes& size, const F& f) {
  RefTensor y(size);
  for_each_index(size, [&](const Sizes& i) { y.at(i) = f(i); });
  return y;
}

const Layer kLayers[] = {
    {"copy",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a_type = s.y_type = any_type(in);
       return of_a_size(in, s, x);
     },
     [](const Arguments& x) { return tsr_copy(x.context, x.a, x.y); },
     [](const Arguments&, const RefTensor& a, const RefTensor&, const Sizes&) { return a; }, 0, 0},
    {"concat",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a_type = s.b_type = s.y_type = any_type(in);
       along_axis(in, s, x);
       s.b = s.a;
       s.b[static_cast<std::size_t>(x.axis)] = in.integer(0, 5);
       s.y[static_cast<std::size_t>(x.axis)] += size_at(s.b, x.axis);
       return true;
     },
     [](const Arguments& x) {
       const tsr_tensor* const parts[] = {x.a, x.b};
       return tsr_concat(x.context, x.axis, 2, parts, x.y);
     },
     [](const Arguments& x, const RefTensor& a, const RefTensor& b, const Sizes& size) {
       return each(size, [&](Sizes i) {
         const auto d = static_cast<std::size_t>(x.axis);
         if (i[d] < a.size[d]) return a.at(i);
         i[d] -= a.size[d];
         return b.at(i);
       });
     },
     0, 0},
    {"pad",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a_type = s.y_type = any_type(in);
       s.a = sizes(in, in.integer(0, 4), 1);
       x.mode = static_cast<std::int32_t>(in.integer(TSR_PAD_CONSTANT, TSR_PAD_EDGE));
       for (std::size_t d = 0; d < s.a.size(); ++d) {
         const Index most = x.mode == TSR_PAD_REFLECT ? std::min<Index>(s.a[d] - 1, 3) : 3;
         x.before[d] = in.integer(x.mode == TSR_PAD_CONSTANT ? -2 : 0, most);
         s.y.push_back(std::max<Index>(0, x.before[d] + s.a[d]) + in.integer(0, most));
       }
       return product(s.y) <= kMostElements;
     },
     [](const Arguments& x) { return tsr_pad(x.context, x.a, x.mode, x.before.data(), nullptr, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       return test::ref_pad(a, x.mode, x.before, 0, size);
     },
     0, 0},
    {"space to depth",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a_type = s.y_type = any_type(in);
       images(in, s, x);
       x.n = in.integer(1, 3);
       x.order = static_cast<std::int32_t>(in.integer(0, 1));
       s.a[2] *= x.n, s.a[3] *= x.n;
       s.y = {s.a[0], s.a[1] * x.n * x.n, s.a[2] / x.n, s.a[3] / x.n};
       return true;
     },
     [](const Arguments& x) { return tsr_space_to_depth(x.context, x.n, x.order, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes&) {
       return test::ref_space_to_depth(a, x.n, x.order);
     },
     0, 0},
    {"depth to space",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a_type = s.y_type = any_type(in);
       images(in, s, x);
       x.n = in.integer(1, 3);
       x.order = static_cast<std::int32_t>(in.integer(0, 1));
       s.y = {s.a[0], s.a[1], s.a[2] * x.n, s.a[3] * x.n};
       s.a[1] *= x.n * x.n;
       return true;
     },
     [](const Arguments& x) { return tsr_depth_to_space(x.context, x.n, x.order, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       return each(size, [&](const Sizes& i) {
         const Index in_block = i[2] % x.n * x.n + i[3] % x.n, blocks = x.n * x.n;
         const Index channel = x.order == TSR_DEPTH_BLOCK_FIRST ? in_block * size[1] + i[1] : i[1] * blocks + in_block;
         return a.at({i[0], channel, i[2] / x.n, i[3] / x.n});
       });
     },
     0, 0},
    {"channel shuffle",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a_type = s.y_type = any_type(in);
       s.a = sizes(in, in.integer(2, 5));
       x.n = in.integer(1, 4);
       s.a[1] *= x.n;
       s.y = s.a;
       return true;
     },
     [](const Arguments& x) { return tsr_channel_shuffle(x.context, x.n, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       return each(size, [&](Sizes i) {
         const Index each_group = size[1] / x.n;
         i[1] = i[1] % x.n * each_group + i[1] / x.n;
         return a.at(i);
       });
     },
     0, 0},
    {"unary",
     [](Input& in, Shapes& s, Arguments& x) {
       constexpr std::int32_t kFunctions[] = {
           0,         1, 2, 3, 4, 5, 6, 7, 8, 9, 10, TSR_ABS, TSR_NEG, TSR_EXP, TSR_ELU, TSR_SELU, TSR_HARD_SIGMOID,
           TSR_AFFINE};
       x.mode = kFunctions[in.integer(0, static_cast<Index>(std::size(kFunctions)) - 1)];
       x.f = 0.25f;
       x.g = 0.75f;
       return of_a_size(in, s, x);
     },
     [](const Arguments& x) { return tsr_unary(x.context, x.mode, x.f, x.g, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       return each(size, [&](const Sizes& i) { return test::ref_function(x.mode, a.at(i), 0.25, 0.75); });
     },
     24 * kUlp, 2 * kUlp},
    {"binary",
     [](Input& in, Shapes& s, Arguments& x) {
       of_a_size(in, s, x);
       x.mode = static_cast<std::int32_t>(in.integer(TSR_ADD, TSR_PRELU));
       x.f = in.one_of({1.0f, 0.5f});
       x.g = in.one_of({1.0f, -2.0f});
       s.b = s.y;
       for (Sizes* size : {&s.a, &s.b}) {
         for (Index& n : *size)
           if (in.one_in(4)) n = 1;
         while (!size->empty() && in.one_in(5)) size->erase(size->begin());
       }
       return true;
     },
     [](const Arguments& x) { return tsr_binary(x.context, x.mode, x.f, x.a, x.g, x.b, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor& b, const Sizes& size) {
       return each(size, [&](const Sizes& i) {
         const auto part = [&](const RefTensor& t) {
           Sizes at(i.end() - static_cast<std::ptrdiff_t>(t.size.size()), i.end());
           for (std::size_t d = 0; d < at.size(); ++d) at[d] = t.size[d] == 1 ? 0 : at[d];
           return t.at(at);
         };
         return test::ref_operation(x.mode, static_cast<double>(x.f) * part(a), static_cast<double>(x.g) * part(b));
       });
     },
     kUlp, 0},
    {"scale",
     [](Input& in, Shapes& s, Arguments& x) {
       along_axis(in, s, x);
       if (in.flag()) x.list[0] = list_of(size_at(s.a, x.axis), 0.5f, 0.25f);
       if (in.flag()) x.list[1] = list_of(size_at(s.a, x.axis), -1, 0.5f);
       return true;
     },
     [](const Arguments& x) { return tsr_scale(x.context, x.a, x.axis, x.floats(0), x.floats(1), x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       return each(size, [&](const Sizes& i) {
         const auto k = static_cast<std::size_t>(size_at(i, x.axis));
         return a.at(i) * (x.list[0].empty() ? 1.0 : x.list[0][k]) + (x.list[1].empty() ? 0.0 : x.list[1][k]);
       });
     },
     kUlp, 2 * kUlp},
    {"batch norm",
     [](Input& in, Shapes& s, Arguments& x) {
       along_axis(in, s, x);
       const Index n = size_at(s.a, x.axis);
       if (n == 0) return false;
       x.list[0] = list_of(n, -0.5f, 0.125f);
       x.list[1] = list_of(n, 0.5f, 0.25f);
       if (in.flag()) x.list[2] = list_of(n, 1, 0.25f);
       if (in.flag()) x.list[3] = list_of(n, -1, 0.5f);
       x.f = 0.125f;
       return true;
     },
     [](const Arguments& x) {
       return tsr_batch_norm(x.context, x.a, x.axis, x.floats(0), x.floats(1), x.floats(2), x.floats(3), x.f, x.y);
     },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       return each(size, [&](const Sizes& i) {
         const auto k = static_cast<std::size_t>(size_at(i, x.axis));
         const double gamma = x.list[2].empty() ? 1.0 : x.list[2][k], beta = x.list[3].empty() ? 0.0 : x.list[3][k];
         return gamma * (a.at(i) - x.list[0][k]) / std::sqrt(double{x.list[1][k]} + double{x.f}) + beta;
       });
     },
     2 * kUlp, 16 * kUlp},
    {"softmax", along_axis, [](const Arguments& x) { return tsr_softmax(x.context, x.axis, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes&) {
       return test::ref_softmax(a, x.axis, false);
     },
     60 * kUlp, 0},
    {"log softmax", along_axis, [](const Arguments& x) { return tsr_log_softmax(x.context, x.axis, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes&) {
       return test::ref_softmax(a, x.axis, true);
     },
     60 * kUlp, 60 * kUlp},
    {"layer norm",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a = s.y = sizes(in, in.integer(1, 5), 1);
       x.axis = axis_of(in, s.a);
       s.dense_from = static_cast<std::size_t>(x.axis);
       const Index n = product(Sizes(s.a.begin() + x.axis, s.a.end()));
       if (in.flag()) x.list[0] = list_of(n, 0.5f, 0.25f);
       if (in.flag()) x.list[1] = list_of(n, -1, 0.5f);
       x.f = 0.125f;
       return true;
     },
     [](const Arguments& x) { return tsr_layer_norm(x.context, x.axis, x.floats(0), x.floats(1), x.f, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes&) {
       return test::ref_normalize(a, x.axis, x.floats(0), x.floats(1), 0.125, true);
     },
     4 * kUlp, 32 * kUlp},
    {"rms norm",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a = s.y = sizes(in, in.integer(1, 5), 1);
       x.axis = axis_of(in, s.a);
       s.dense_from = static_cast<std::size_t>(x.axis);
       if (in.flag()) x.list[0] = list_of(product(Sizes(s.a.begin() + x.axis, s.a.end())), 0.5f, 0.25f);
       x.f = 0.125f;
       return true;
     },
     [](const Arguments& x) { return tsr_rms_norm(x.context, x.axis, x.floats(0), x.f, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes&) {
       return test::ref_normalize(a, x.axis, x.floats(0), nullptr, 0.125, false);
     },
     4 * kUlp, 32 * kUlp},
    {"lrn",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a = s.y = sizes(in, in.integer(2, 5));
       x.n = in.integer(1, 9);
       x.f = 0.25f;
       x.g = in.one_of({0.75f, 0.5f, 0.6f});
       x.h = 2;
       return true;
     },
     [](const Arguments& x) { return tsr_lrn(x.context, x.n, x.f, x.g, x.h, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes&) {
       return test::ref_lrn(a, x.n, 0.25, double{x.g}, 2);
     },
     12 * kUlp, 0},
    {"reduce",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a = sizes(in, in.integer(0, 5));
       x.mode = static_cast<std::int32_t>(in.integer(TSR_REDUCE_SUM, TSR_REDUCE_SUM_SQUARES));
       x.n = in.integer(0, (1 << s.a.size()) - 1);
       s.y = s.a;
       for (std::size_t d = 0; d < s.y.size(); ++d)
         if ((x.n >> d & 1) != 0) s.y[d] = 1;
       return true;
     },
     [](const Arguments& x) { return tsr_reduce(x.context, x.mode, static_cast<std::uint32_t>(x.n), x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       RefTensor want = test::ref_reduce(a, x.mode, static_cast<std::uint32_t>(x.n));
       if (a.v.empty() && x.mode == TSR_REDUCE_MEAN)
         return each(size, [](const Sizes&) { return std::numeric_limits<double>::quiet_NaN(); });
       return want;
     },
     kUlp / 2 + 1e-12, 1e-10},
    {"argmax",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a_type = in.one_of<std::int32_t>({TSR_F32, TSR_U8, TSR_S8});
       s.y_type = in.one_of<std::int32_t>({TSR_S32, TSR_S64});
       along_axis(in, s, x);
       x.mode = in.flag();
       s.y[static_cast<std::size_t>(x.axis)] = 1;
       return size_at(s.a, x.axis) > 0;
     },
     [](const Arguments& x) { return tsr_argmax(x.context, x.axis, x.mode, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes&) {
       return test::ref_argmax(a, x.axis, x.mode != 0);
     },
     0, 0},
    {"pool",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a_type = s.y_type = in.one_of<std::int32_t>({TSR_F32, TSR_U8, TSR_S8});
       s.a = sizes(in, 4, 1);
       s.a[0] = in.integer(0, 2);
       tsr_pool_desc& d = x.pool;
       d.pooling = static_cast<std::int32_t>(in.integer(TSR_POOL_MAX, TSR_POOL_AVERAGE_PAD));
       d.ceil_mode = in.flag();
       for (Index* size : {&d.kernel_height, &d.kernel_width, &d.stride_height, &d.stride_width})
         *size = in.integer(1, 5);
       d.dilation_height = in.integer(1, 2);
       d.dilation_width = in.integer(1, 3);
       for (Index* pad : {&d.pad_top, &d.pad_left, &d.pad_bottom, &d.pad_right}) *pad = in.integer(0, 4);
       s.y = s.a;
       return tsr_pool_output(&d, s.a[2], s.a[3], &s.y[2], &s.y[3]) == TSR_OK;
     },
     [](const Arguments& x) { return tsr_pool(x.context, &x.pool, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       const std::int32_t type = x.y->type;
       const double least = type == TSR_F32 ? -std::numeric_limits<double>::infinity() : type == TSR_S8 ? -128 : 0;
       RefTensor want = test::ref_pool(a, x.pool, size[2], size[3], least);
       for (double& v : want.v) v = type == TSR_F32 ? v : std::nearbyint(v);
       return want;
     },
     0, 0},
    {"resize",
     [](Input& in, Shapes& s, Arguments& x) {
       s.a = sizes(in, 4, 1);
       x.mode = static_cast<std::int32_t>(in.integer(TSR_RESIZE_NEAREST, TSR_RESIZE_LINEAR));
       const bool linear = x.mode == TSR_RESIZE_LINEAR;
       x.order = static_cast<std::int32_t>(in.integer(0, linear ? TSR_RESIZE_ALIGN_CORNERS : TSR_RESIZE_TF_HALF_PIXEL));
       x.rounding = static_cast<std::int32_t>(in.integer(TSR_RESIZE_ROUND_PREFER_FLOOR, TSR_RESIZE_CEIL));
       x.f = x.g = 0;
       s.a_type = s.y_type = linear ? std::int32_t{TSR_F32} : any_type(in);
       // Nearest: by powers of two, whose coordinates are exact.
       const auto other = [&](Index n) { return linear ? in.integer(1, 3 * n) : n * in.one_of<Index>({1, 2, 4}); };
       s.y = {s.a[0], s.a[1], other(s.a[2]), other(s.a[3])};
       return (linear || x.order != TSR_RESIZE_ALIGN_CORNERS) && product(s.y) <= kMostElements;
     },
     [](const Arguments& x) { return tsr_resize(x.context, x.mode, x.order, x.rounding, x.f, x.g, x.a, x.y); },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       return test::ref_resize(a, x.mode, x.order, x.rounding, size[2], size[3]);
     },
     0, 300 * kUlp},
    {"quantize",
     [](Input& in, Shapes& s, Arguments& x) {
       along_axis(in, s, x);
       if (in.one_in(3)) x.axis = -1;
       s.y_type = in.flag() ? TSR_S8 : TSR_U8;
       const Index n = x.axis < 0 ? 1 : size_at(s.a, x.axis);
       x.list[0] = list_of(n, 0.0625f, 0.125f);
       if (in.flag()) x.zeros.assign(static_cast<std::size_t>(n), 7);
       return n > 0;
     },
     [](const Arguments& x) {
       return tsr_quantize(x.context, x.a, x.axis, x.floats(0), x.zeros.empty() ? nullptr : x.zeros.data(), x.y);
     },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       const double low = x.y->type == TSR_S8 ? -128 : 0;
       return each(size, [&](const Sizes& i) {
         const std::size_t k = x.axis < 0 ? 0 : static_cast<std::size_t>(size_at(i, x.axis));
         const float quotient = static_cast<float>(a.at(i)) / x.list[0][k];
         return std::clamp(std::nearbyint(double{quotient}) + (x.zeros.empty() ? 0 : x.zeros[k]), low, low + 255);
       });
     },
     0, 0},
    {"dequantize",
     [](Input& in, Shapes& s, Arguments& x) {
       along_axis(in, s, x);
       if (in.one_in(3)) x.axis = -1;
       s.a_type = in.flag() ? TSR_S8 : TSR_U8;
       const Index n = x.axis < 0 ? 1 : size_at(s.a, x.axis);
       x.list[0] = list_of(n, 0.0625f, 0.125f);
       if (in.flag()) x.zeros.assign(static_cast<std::size_t>(n), 7);
       return n > 0;
     },
     [](const Arguments& x) {
       return tsr_dequantize(x.context, x.a, x.axis, x.floats(0), x.zeros.empty() ? nullptr : x.zeros.data(), x.y);
     },
     [](const Arguments& x, const RefTensor& a, const RefTensor&, const Sizes& size) {
       return each(size, [&](const Sizes& i) {
         const std::size_t k = x.axis < 0 ? 0 : static_cast<std::size_t>(size_at(i, x.axis));
         return (a.at(i) - (x.zeros.empty() ? 0 : x.zeros[k])) * double{x.list[0][k]};
       });
     },
     kUlp / 2, 0},
    {"add_bytes",
     [](Input& in, Shapes& s, Arguments& x) {
       of_a_size(in, s, x);
       s.b = s.a;
       for (std::int32_t* const type : {&s.a_type, &s.b_type, &s.y_type}) *type = in.flag() ? TSR_S8 : TSR_U8;
       x.f = in.one_of({0.5f, 0.0625f});
       x.g = in.one_of({0.75f, 0.0625f});
       x.h = in.one_of({1.0f, 0.1f});
       x.order = 7, x.rounding = in.flag() ? 127 : 9;
       return true;
     },
     [](const Arguments& x) {
       return tsr_add_bytes(x.context, x.a, x.f, 3, x.b, x.g, 5, x.h, 7, x.order, x.rounding, x.y);
     },
     [](const Arguments& x, const RefTensor& a, const RefTensor& b, const Sizes& size) {
       return each(size, [&](const Sizes& i) {
         // Exact but for the quotient, which is one of single precision.
         const float sum = static_cast<float>((a.at(i) - 3) * double{x.f} + (b.at(i) - 5) * double{x.g});
         return std::clamp<double>(std::nearbyint(double{sum / x.h}) + 7, x.order, x.rounding);
       });
     },
     0, 0},
};

// What nn.h says of a tensor that can be read.
bool is_tensor(const tsr_tensor& t) {
  if (t.type < TSR_U8 || t.type > TSR_S64 || t.rank < 0 || t.rank > TSR_MAX_RANK) return false;
  constexpr double kMost = 0x1p56;
  double count = 1, span = 1;
  for (int i = 0; i < t.rank; ++i) {
    const double size = static_cast<double>(t.size[i]);
    if (size < 0 || size > kMost) return false;
    count *= size;
    if (size > 1) span += (size - 1) * std::fabs(static_cast<double>(t.stride[i]));
  }
  if (count == 0) return true;
  return t.data != nullptr && count <= kMost && span * static_cast<double>(type_bytes(t.type)) <= 0x1p59;
}

void layer(Input& in) {
  const Layer& l = kLayers[in.integer(0, static_cast<Index>(std::size(kLayers)) - 1)];
  const bool spoil = in.one_in(3);
  const Context context = context_of(in);
  Arguments x;
  Shapes s;
  x.context = context.get();
  if (!l.prepare(in, s, x)) return;
  test::Random random(static_cast<std::uint64_t>(in.integer(0, 255)));
  Tensor a(in, s.a_type, s.a, false, s.dense_from, random), b(in, s.b_type, s.b, false, TSR_MAX_RANK, random),
      y(in, s.y_type, s.y, true, s.dense_from, random);
  tsr_tensor views[] = {a.view, b.view, y.view};
  x.a = &views[0], x.b = &views[1], x.y = &views[2];
  if (!spoil) {
    const tsr_status status = l.call(x);
    FUZZ_EXPECT(status == TSR_OK, "%s: %s", l.name, tsr_status_string(status));
    FUZZ_EXPECT(a.intact(false) && b.intact(false) && y.intact(true), "%s wrote beside its output", l.name);
    const RefTensor want = l.want(x, a.values(), b.values(), s.y);
    double absolute = l.absolute * static_cast<double>(1 + product(s.a));
    // A sum of as many terms as the window has, of numbers up to 2.5.
    if (x.a->type == TSR_F32 && x.pool.pooling != TSR_POOL_MAX)
      absolute = 10 * kUlp * static_cast<double>(x.pool.kernel_height * x.pool.kernel_width);
    for_each_index(s.y, [&](const Sizes& i) {
      const double got = y.at(i), w = want.at(i);
      const bool close =
          std::fabs(got - w) <= l.relative * std::fabs(w) + absolute || got == w || (std::isnan(got) && std::isnan(w));
      FUZZ_EXPECT(close, "%s: %g instead of %g", l.name, got, w);
    });
    return;
  }
  // Lists as long as any of these tensors.
  for (std::vector<float>& list : x.list)
    if (!list.empty()) list.resize(kMostElements + 1, 0.5f);
  if (!x.zeros.empty()) x.zeros.resize(kMostElements + 1);
  Index* const pool[] = {&x.pool.kernel_height,   &x.pool.kernel_width,   &x.pool.stride_height, &x.pool.stride_width,
                         &x.pool.dilation_height, &x.pool.dilation_width, &x.pool.pad_top,       &x.pool.pad_left,
                         &x.pool.pad_bottom,      &x.pool.pad_right};
  bool good = true;
  for (Index times = in.integer(1, 3); times > 0; --times) {
    tsr_tensor& t = views[in.integer(0, 2)];
    const auto d = static_cast<std::size_t>(in.integer(0, TSR_MAX_RANK - 1));
    switch (in.integer(0, 11)) {
      case 0:
        t.size[d] = in.wild();
        break;
      case 1:
        t.stride[d] = in.wild();
        break;
      case 2:
        t.size[d] = in.wild(), t.stride[d] = 0;
        break;
      case 3:
        t.rank = in.flag() ? in.wild32() : static_cast<std::int32_t>(in.integer(-1, 9));
        break;
      case 4:
        t.type = in.flag() ? in.wild32() : any_type(in);
        break;
      case 5:
        t.data = nullptr;
        break;
      case 6:
        x.axis = in.wild32();
        break;
      case 7:
        x.mode = in.wild32();
        break;
      case 8:
        (in.flag() ? x.order : x.rounding) = in.wild32();
        break;
      case 9:
        x.n = in.wild();
        break;
      case 10:
        *pool[in.integer(0, static_cast<Index>(std::size(pool)) - 1)] = in.wild();
        x.before[d] = in.wild();
        // Windows as large as their padding.
        if (in.one_in(3)) {
          x.pool.dilation_height = x.pool.dilation_width = 1;
          x.pool.kernel_height = x.pool.pad_top = Index{1} << in.integer(0, 41);
          x.pool.kernel_width = x.pool.pad_left = Index{1} << in.integer(0, 41);
          x.pool.stride_height = x.pool.stride_width = Index{1} << in.integer(0, 41);
        }
        break;
      default:
        for (float* f : {&x.f, &x.g})
          *f = in.one_of({0.0f, -1.0f, 1e-30f, 1e30f, std::numeric_limits<float>::infinity(), std::nanf("")});
    }
  }
  // A good view of what is not there cannot be given.
  const Tensor* const memory[] = {&a, &b, &y};
  for (int i = 0; i < 3; ++i) {
    const bool known = is_tensor(views[i]);
    if (known && !memory[i]->holds(views[i])) return;
    good = good && (known || i == 1);
  }
  if (std::strcmp(l.name, "reduce") == 0) x.n &= 0xffffffff;
  const tsr_status status = l.call(x);
  FUZZ_EXPECT(good || status != TSR_OK, "%s takes a tensor that is none", l.name);
  FUZZ_EXPECT(a.intact(false) && b.intact(false), "%s wrote to an input", l.name);
  if (status != TSR_OK) FUZZ_EXPECT(y.intact(false), "%s wrote in spite of %d", l.name, static_cast<int>(status));
}

// Views of views.
void views(Input& in) {
  test::Random random(1);
  const Sizes size = sizes(in, in.integer(0, 5));
  const Tensor t(in, any_type(in), size, false, TSR_MAX_RANK, random);
  tsr_tensor x = t.view, view{};
  std::int32_t order[TSR_MAX_RANK];
  for (std::int32_t& d : order) d = static_cast<std::int32_t>(in.integer(-1, 8));
  bool permutation = true;
  for (int d = 0; d < x.rank; ++d) permutation = permutation && std::count(order, order + x.rank, d) == 1;
  FUZZ_EXPECT(tsr_tensor_permute(&x, order, &view) == (permutation ? TSR_OK : -2), "permute");
  if (permutation)
    for (int d = 0; d < x.rank; ++d)
      FUZZ_EXPECT(view.size[d] == x.size[order[d]] && view.stride[d] == x.stride[order[d]], "permuted");
  const auto number = [&] { return in.flag() ? in.wild() : in.integer(-3, 12); };
  const std::int32_t axis = static_cast<std::int32_t>(in.integer(-1, 6));
  const Index start = number(), count = number(), step = number();
  const tsr_status status = tsr_tensor_slice(&x, axis, start, count, step, &view);
  if (axis < 0 || axis >= x.rank) {
    FUZZ_EXPECT(status == -2, "axis: status %d", static_cast<int>(status));
    return;
  }
  const __int128 last = __int128{start} + (__int128{count} - 1) * step;
  const auto inside = [&](__int128 at) { return at >= 0 && at < x.size[axis]; };
  const bool good = step != 0 && count >= 0 && (count == 0 || (inside(start) && inside(last)));
  // Where an empty slice begins is no element, but not beyond the end.
  if (count != 0 || status == TSR_OK)
    FUZZ_EXPECT((status == TSR_OK) == good, "slice %lld %lld %lld of %lld: status %d", static_cast<long long>(start),
                static_cast<long long>(count), static_cast<long long>(step), static_cast<long long>(x.size[axis]),
                static_cast<int>(status));
  if (status != TSR_OK || count == 0 || x.data == nullptr) return;
  const auto bytes = static_cast<const char*>(view.data) - static_cast<const char*>(x.data);
  FUZZ_EXPECT(bytes == start * x.stride[axis] * type_bytes(x.type) && view.size[axis] == count &&
                  (count == 1 || view.stride[axis] == step * x.stride[axis]),
              "another view");
}

}  // namespace
}  // namespace tessera::fuzz

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  if (in.one_in(8)) return views(in);
  layer(in);
}
