// Operators that move elements, and those that say of which sizes things are.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include "arranger.h"
#include "layers.h"
#include "operators.h"
#include "plain_loops.h"

namespace onnx_runner {
namespace {

void reshape_to(NodeBuilder& b, Dims dims) {
  Value& x = b.input(0);
  b.add<Reshape>({&x}, {&b.output(0, x.type, std::move(dims))});
}

void reshape(NodeBuilder& b) {
  Value& x = b.input(0);
  Dims dims = b.list(1, "shape", {});
  const bool zero_is_zero = b.node.integer("allowzero", 0) != 0;
  Index known = 1, unknown = -1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && !zero_is_zero) {
      b.require(i < x.dims.size(), "a size to be copied from a dimension that is not there");
      dims[i] = x.dims[i];
    }
    if (dims[i] == -1) {
      b.require(unknown < 0, "two sizes of -1");
      unknown = static_cast<Index>(i);
    } else {
      known *= dims[i];
    }
  }
  if (unknown >= 0) dims[static_cast<std::size_t>(unknown)] = known != 0 ? x.count() / known : 0;
  if (count_of(dims) != x.count()) b.fail(to_string(x.dims) + " as " + to_string(dims));
  reshape_to(b, dims);
}

void flatten(NodeBuilder& b) {
  const Dims& dims = b.input(0).dims;
  const Index rank = static_cast<Index>(dims.size()), given = b.node.integer("axis", 1);
  const Index axis = given < 0 ? given + rank : given;
  b.require(axis >= 0 && axis <= rank, "an axis that is not there");
  const Index rows = count_of(Dims(dims.begin(), dims.begin() + axis));
  reshape_to(b, {rows, count_of(Dims(dims.begin() + axis, dims.end()))});
}

void squeeze(NodeBuilder& b) {
  const Dims& dims = b.input(0).dims;
  std::vector<bool> out(dims.size(), false);
  for (const Index a : b.list(1, "axes", {})) out[static_cast<std::size_t>(b.axis(a, dims.size()))] = true;
  const bool all = std::find(out.begin(), out.end(), true) == out.end();
  Dims left;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    b.require(!out[i] || dims[i] == 1, "a dimension of more than 1 taken out");
    if (!out[i] && !(all && dims[i] == 1)) left.push_back(dims[i]);
  }
  reshape_to(b, left);
}

void unsqueeze(NodeBuilder& b) {
  const Dims& dims = b.input(0).dims;
  const std::vector<Index> axes = b.list(1, "axes", {});
  const std::size_t rank = dims.size() + axes.size();
  Dims more(rank, 0);
  for (const Index a : axes) more[static_cast<std::size_t>(b.axis(a, rank))] = 1;
  std::size_t next = 0;
  for (Index& d : more) {
    if (d == 1) continue;
    b.require(next < dims.size(), "one axis twice");
    d = dims[next++];
  }
  reshape_to(b, more);
}

void transpose(NodeBuilder& b) {
  Value& x = b.input(0);
  std::vector<Index> order(x.dims.size());
  std::iota(order.rbegin(), order.rend(), 0);
  order = b.node.integers("perm", order);
  b.require(order.size() == x.dims.size(), "a permutation of other dimensions");
  Dims dims;
  for (const Index i : order) dims.push_back(x.dims[static_cast<std::size_t>(b.axis(i, x.dims.size()))]);
  b.add<Transpose>({&x}, {&b.output(0, x.type, dims)}, std::vector<int>(order.begin(), order.end()));
}

// y is a part of x.
struct Range {
  int axis;
  Index start, count, step;
};
class Slice final : public Layer {
 public:
  explicit Slice(std::vector<Range> ranges) : ranges_(std::move(ranges)) {}
  bool works() const override { return false; }
  bool moves() const override { return true; }
  void run(const tsr_context*) override {}
  void arrange(Arranger& arranger) override {
    tsr_tensor view = *x();
    Index offset = in(0).offset;
    for (const Range& r : ranges_) {
      offset += r.start * view.stride[r.axis];
      view.stride[r.axis] *= r.step;
      view.size[r.axis] = r.count;
    }
    arranger.alias(out(), in(0), view);
    out().offset = offset;
  }

 private:
  std::vector<Range> ranges_;
};

void slice(NodeBuilder& b) {
  Value& x = b.input(0);
  const std::vector<Index> starts = b.list(1, "starts", {}), ends = b.list(2, "ends", {});
  std::vector<Index> axes(starts.size());
  std::iota(axes.begin(), axes.end(), 0);
  axes = b.list(3, "axes", axes);
  const std::vector<Index> steps = b.list(4, "steps", std::vector<Index>(starts.size(), 1));
  b.require(ends.size() == starts.size() && axes.size() == starts.size() && steps.size() == starts.size(),
            "lists of different lengths");
  Dims dims = x.dims;
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const int axis = b.axis(axes[i], dims.size());
    Index& size = dims[static_cast<std::size_t>(axis)];
    const Index step = steps[i];
    b.require(step != 0, "a step of 0");
    Index start = starts[i] < 0 ? starts[i] + size : starts[i], end = ends[i] < 0 ? ends[i] + size : ends[i];
    start = std::clamp<Index>(start, 0, step > 0 ? size : std::max<Index>(size - 1, 0));
    end = std::clamp<Index>(end, step > 0 ? 0 : -1, size);
    const Index count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;
    size = std::max<Index>(count, 0);
    ranges.push_back({axis, size > 0 ? start : 0, size, step});
  }
  b.add<Slice>({&x}, {&b.output(0, x.type, dims)}, std::move(ranges));
}

void split(NodeBuilder& b) {
  Value& x = b.input(0);
  const int axis = b.axis(b.node.integer("axis", 0), x.dims.size());
  const Index size = x.dims[static_cast<std::size_t>(axis)];
  const Index parts = static_cast<Index>(b.node.outputs.size()), each = (size + parts - 1) / parts;
  std::vector<Index> sizes;
  for (Index i = 0; i < parts; ++i) sizes.push_back(std::min(each, size - i * each));
  sizes = b.list(1, "split", sizes);
  b.require(static_cast<Index>(sizes.size()) == parts && std::accumulate(sizes.begin(), sizes.end(), Index{0}) == size,
            "parts that are not the whole");
  Index start = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    Dims dims = x.dims;
    dims[static_cast<std::size_t>(axis)] = sizes[i];
    b.add<Slice>({&x}, {&b.output(i, x.type, dims)}, std::vector<Range>{{axis, start, sizes[i], 1}});
    start += sizes[i];
  }
}

// y := x broadcast, without a copy.
class Expand final : public Layer {
 public:
  bool works() const override { return false; }
  bool moves() const override { return true; }
  void run(const tsr_context*) override {}
  void arrange(Arranger& arranger) override {
    tsr_tensor view = dense_view(out().type, nullptr, out().dims);
    for (int d = 0; d < view.rank; ++d) {
      const int own = d - (view.rank - x()->rank);
      view.stride[d] = own < 0 || x()->size[own] == 1 ? 0 : x()->stride[own];
    }
    arranger.alias(out(), in(0), view);
  }
};

void expand(NodeBuilder& b) {
  Value& x = b.input(0);
  b.add<Expand>({&x}, {&b.output(0, x.type, broadcast(b, x.dims, b.integers_of(1)))});
}

class Concat final : public Layer {
 public:
  explicit Concat(int axis) : axis_(axis) {}
  bool joins(int* axis) const override {
    *axis = axis_;
    return true;
  }
  bool works() const override { return !parts_.empty(); }
  bool moves() const override { return true; }

  void arrange(Arranger& arranger) override {
    if (out().storage == nullptr) arranger.like(out(), in(0));
    Index start = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const bool there = in(i).whole == &out() && in(i).whole_start == start;
      if (!there) parts_.push_back({i, start});
      start += in(i).dims[static_cast<std::size_t>(axis_)];
    }
  }

  void run(const tsr_context* context) override {
    for (const auto& [i, start] : parts_) {
      tsr_tensor part;
      check(tsr_tensor_slice(y(), axis_, start, x(i)->size[axis_], 1, &part));
      check(tsr_copy(context, x(i), &part));
    }
  }

 private:
  struct Part {
    std::size_t input;
    Index start;
  };
  int axis_;
  std::vector<Part> parts_;  // those that were not computed where they belong
};

void concat(NodeBuilder& b) {
  Value& first = b.input(0);
  b.require(!first.dims.empty(), "scalars");
  const int axis = b.axis(b.node.integer("axis", 1), first.dims.size());
  Dims dims = first.dims;
  Index& along = dims[static_cast<std::size_t>(axis)];
  along = 0;
  for (std::size_t i = 0; i < b.count(); ++i) {
    const Value& x = b.input(i);
    b.require(x.type == first.type && x.dims.size() == dims.size(), "inputs of different kinds");
    for (std::size_t d = 0; d < dims.size(); ++d)
      b.require(static_cast<int>(d) == axis || x.dims[d] == dims[d], "inputs whose sizes do not go together");
    along += x.dims[static_cast<std::size_t>(axis)];
  }
  b.add<Concat>(b.inputs(), {&b.output(0, first.type, dims)}, axis);
}

class Pad final : public Layer {
 public:
  Pad(int mode, std::vector<Index> before, std::array<std::byte, 8> value)
      : mode_(mode), before_(std::move(before)), value_(value) {}
  void arrange(Arranger& arranger) override { arranger.like(out(), in(0)); }
  void run(const tsr_context* context) override {
    check(tsr_pad(context, x(), mode_, before_.data(), value_.data(), y()));
  }

 private:
  int mode_;
  std::vector<Index> before_;
  std::array<std::byte, 8> value_;
};

void pad(NodeBuilder& b) {
  Value& x = b.input(0);
  const std::size_t rank = x.dims.size();
  const std::vector<Index> given = b.list(1, b.node.opset < 2 ? "paddings" : "pads", {});
  std::vector<Index> axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  if (b.has(3)) axes = b.integers_of(3);
  b.require(given.size() == 2 * axes.size(), "paddings for other dimensions");
  std::vector<Index> before(rank, 0);
  Dims dims = x.dims;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::size_t axis = static_cast<std::size_t>(b.axis(axes[i], rank));
    before[axis] = given[i];
    dims[axis] += given[i] + given[axes.size() + i];
    b.require(dims[axis] >= 0, "more taken away than there is");
  }
  const std::string name = b.node.text("mode", "constant");
  if (name != "constant" && name != "reflect" && name != "edge") b.fail("mode " + name);
  std::array<std::byte, 8> value{};
  if (b.has(2)) {
    const Tensor& t = b.constant(2);
    b.require(t.type() == x.type && t.count() == 1, "a value of another type");
    std::memcpy(value.data(), t.bytes(), t.size_in_bytes());
  } else if (x.type == Type::kF32) {
    const float attribute = b.node.real("value", 0);
    std::memcpy(value.data(), &attribute, sizeof attribute);
  }
  const int mode = name == "reflect" ? TSR_PAD_REFLECT : name == "edge" ? TSR_PAD_EDGE : TSR_PAD_CONSTANT;
  b.add<Pad>({&x}, {&b.output(0, x.type, dims)}, mode, before, value);
}

// y := x repeated along each dimension.
class Tile final : public Layer {
 public:
  bool moves() const override { return true; }
  void arrange(Arranger& arranger) override { arranger.dense(out(), false); }
  void run(const tsr_context* context) override {
    // Piece after piece.
    Index pieces = 1;
    for (int d = 0; d < y()->rank; ++d) pieces *= x()->size[d] != 0 ? y()->size[d] / x()->size[d] : 0;
    for (Index i = 0; i < pieces; ++i) {
      tsr_tensor piece = *y();
      Index rest = i;
      for (int d = piece.rank; d-- > 0;) {
        const Index repeats = y()->size[d] / x()->size[d], at = rest % repeats;
        rest /= repeats;
        const tsr_tensor whole = piece;
        check(tsr_tensor_slice(&whole, d, at * x()->size[d], x()->size[d], 1, &piece));
      }
      check(tsr_copy(context, x(), &piece));
    }
  }
};

void tile(NodeBuilder& b) {
  Value& x = b.input(0);
  const std::vector<Index> repeats = b.integers_of(1);
  b.require(repeats.size() == x.dims.size(), "repeats of other dimensions");
  Dims dims = x.dims;
  for (std::size_t i = 0; i < dims.size(); ++i) dims[i] *= repeats[i];
  b.add<Tile>({&x}, {&b.output(0, x.type, dims)});
}

// y := the parts of x that are named by their position along an axis.
class Gather final : public Layer {
 public:
  explicit Gather(int axis) : axis_(axis) {}
  void arrange(Arranger& arranger) override {
    arranger.need_dense(*this, 0);
    arranger.need_dense(*this, 1);
    arranger.dense(out(), false);
  }
  void run(const tsr_context*) override {
    const Dims& dims = in(0).dims;
    const Index size = dims[static_cast<std::size_t>(axis_)], count = in(1).count();
    const Index outer = count_of(Dims(dims.begin(), dims.begin() + axis_));
    const std::size_t inner =
        static_cast<std::size_t>(count_of(Dims(dims.begin() + axis_ + 1, dims.end()))) * size_of(in(0).type);
    const auto* const from = static_cast<const std::byte*>(x(0)->data);
    auto* to = static_cast<std::byte*>(y()->data);
    for (Index o = 0; o < outer; ++o) {
      for (Index i = 0; i < count; ++i, to += inner) {
        Index at = in(1).type == Type::kS64 ? static_cast<const std::int64_t*>(x(1)->data)[i]
                                            : static_cast<const std::int32_t*>(x(1)->data)[i];
        if (at < 0) at += size;
        if (at < 0 || at >= size) fail("a position outside of the dimension");
        std::memcpy(to, from + static_cast<std::size_t>(o * size + at) * inner, inner);
      }
    }
  }

 private:
  int axis_;
};

void gather(NodeBuilder& b) {
  Value &x = b.input(0), &at = b.input(1);
  b.require(at.type == Type::kS64 || at.type == Type::kS32, "positions that are no integers");
  const int axis = b.axis(b.node.integer("axis", 0), x.dims.size());
  b.require(!x.dims.empty(), "a scalar");
  Dims dims(x.dims.begin(), x.dims.begin() + axis);
  dims.insert(dims.end(), at.dims.begin(), at.dims.end());
  dims.insert(dims.end(), x.dims.begin() + axis + 1, x.dims.end());
  b.add<Gather>({&x, &at}, {&b.output(0, x.type, dims)}, axis);
}

void depth(NodeBuilder& b) {
  Value& x = b.input(0);
  const Index block = b.node.integer("blocksize", 0);
  b.require(x.dims.size() == 4 && block > 0, "no image, or no block");
  const Index n = x.dims[0], c = x.dims[1], h = x.dims[2], w = x.dims[3];
  if (b.node.op == "SpaceToDepth") {
    b.require(h % block == 0 && w % block == 0, "an image that blocks do not divide");
    b.add<Depth>({&x}, {&b.output(0, x.type, {n, c * block * block, h / block, w / block})}, &tsr_space_to_depth, block,
                 TSR_DEPTH_BLOCK_FIRST);
    return;
  }
  b.require(c % (block * block) == 0, "channels that blocks do not divide");
  const int order = b.node.text("mode", "DCR") == "CRD" ? TSR_DEPTH_CHANNEL_FIRST : TSR_DEPTH_BLOCK_FIRST;
  b.add<Depth>({&x}, {&b.output(0, x.type, {n, c / (block * block), h * block, w * block})}, &tsr_depth_to_space, block,
               order);
}

// ---- Known without running.

Tensor integers(const std::vector<Index>& numbers) {
  Tensor t(Type::kS64, {static_cast<Index>(numbers.size())});
  std::copy(numbers.begin(), numbers.end(), t.data<std::int64_t>());
  return t;
}

void shape(NodeBuilder& b) {
  const Dims& dims = b.input(0).dims;
  const Index rank = static_cast<Index>(dims.size());
  const auto bound = [&](const char* name, Index absent) {
    const Index i = b.node.integer(name, absent);
    return std::clamp<Index>(i < 0 ? i + rank : i, 0, rank);
  };
  const Index start = bound("start", 0), end = std::max(bound("end", rank), start);
  b.output(0, integers({dims.begin() + start, dims.begin() + end}));
}

void size(NodeBuilder& b) {
  Tensor t(Type::kS64, {});
  *t.data<std::int64_t>() = b.input(0).count();
  b.output(0, std::move(t));
}

void constant(NodeBuilder& b) {
  const Attribute* a = b.node.find("value");
  if (a != nullptr && a->tensor != nullptr) {
    Value& v = b.output(0, a->tensor->type(), a->tensor->dims);
    v.stored = a->tensor.get();
  } else if ((a = b.node.find("value_float")) != nullptr) {
    Tensor t(Type::kF32, {});
    *t.data<float>() = a->real;
    b.output(0, std::move(t));
  } else if ((a = b.node.find("value_floats")) != nullptr) {
    Tensor t(Type::kF32, {static_cast<Index>(a->reals.size())});
    std::copy(a->reals.begin(), a->reals.end(), t.data<float>());
    b.output(0, std::move(t));
  } else if ((a = b.node.find("value_int")) != nullptr) {
    Tensor t(Type::kS64, {});
    *t.data<std::int64_t>() = a->integer;
    b.output(0, std::move(t));
  } else if ((a = b.node.find("value_ints")) != nullptr) {
    b.output(0, integers(a->integers));
  } else {
    b.fail("a value that is no tensor of numbers");
  }
}

void constant_of_shape(NodeBuilder& b) {
  const Attribute* const a = b.node.find("value");
  const Tensor value = a != nullptr && a->tensor != nullptr ? a->tensor->load() : Tensor(Type::kF32, {1});
  Tensor t(value.type(), b.integers_of(0));
  for (Index i = 0; i < t.count(); ++i)
    std::memcpy(t.bytes() + static_cast<std::size_t>(i) * size_of(t.type()), value.bytes(), size_of(t.type()));
  b.output(0, std::move(t));
}

void range(NodeBuilder& b) {
  if (b.input(0).type == Type::kF32) {
    const float start = b.real_of(0), limit = b.real_of(1), step = b.real_of(2);
    b.require(step != 0, "a step of 0");
    Tensor t(Type::kF32, {std::max<Index>(static_cast<Index>(std::ceil((limit - start) / step)), 0)});
    for (Index i = 0; i < t.count(); ++i) t.data<float>()[i] = start + static_cast<float>(i) * step;
    return b.output(0, std::move(t));
  }
  const Index start = b.integers_of(0).at(0), limit = b.integers_of(1).at(0), step = b.integers_of(2).at(0);
  b.require(step != 0, "a step of 0");
  std::vector<Index> numbers;
  for (Index i = start; step > 0 ? i < limit : i > limit; i += step) numbers.push_back(i);
  if (b.input(0).type == Type::kS64) return b.output(0, integers(numbers));
  Tensor t(Type::kS32, {static_cast<Index>(numbers.size())});
  for (std::size_t i = 0; i < numbers.size(); ++i) t.data<std::int32_t>()[i] = static_cast<std::int32_t>(numbers[i]);
  b.output(0, std::move(t));
}

}  // namespace

const Operator kMovingOperators[] = {{"Concat", concat},
                                     {"Constant", constant},
                                     {"ConstantOfShape", constant_of_shape},
                                     {"DepthToSpace", depth},
                                     {"Expand", expand},
                                     {"Flatten", flatten},
                                     {"Gather", gather},
                                     {"Pad", pad},
                                     {"Range", range},
                                     {"Reshape", reshape},
                                     {"Shape", shape},
                                     {"Size", size},
                                     {"Slice", slice},
                                     {"SpaceToDepth", depth},
                                     {"Split", split},
                                     {"Squeeze", squeeze},
                                     {"Tile", tile},
                                     {"Transpose", transpose},
                                     {"Unsqueeze", unsqueeze},
                                     {nullptr, nullptr}};

}  // namespace onnx_runner
