// Layers against their definitions: random views in guarded memory, on every instruction set, with the same bits for
// every thread count.
//
//   TESSERA_TEST_LINE='layer=3 isa=1 seed=17' nn_test --gtest_filter=NnLine.*
#include <gtest/gtest.h>

#include <cstdio>
#include <limits>

#include "nn_operand.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

constexpr double kUlp = 0x1p-23;

// What a layer does with a case: its operands, the call, the definition, and the error allowed of an element.
struct Layer {
  const char* name;
  void (*run)(Random& r, class Case& c);
};

class Case {
 public:
  Case(Isa isa, std::string line) : line_(std::move(line)) {
    EXPECT_EQ(tsr_context_create(&context_), TSR_OK);
    EXPECT_EQ(tsr_context_set_isa(context_, isa_info(isa).name), TSR_OK);
  }
  ~Case() { tsr_context_destroy(context_); }
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  // call(context) on one and on three threads; every element within `bound` of the definition, counted in
  // units of `relative` * |want| + `absolute`.
  template <class Call>
  void check(const std::vector<Operand*>& inputs, Operand& y, const RefTensor& want, double relative, double absolute,
             const Call& call) {
    set_current_case(line_);
    std::vector<char> one;
    for (const int threads : {1, 3}) {
      y.restore();
      tsr_context_set_num_threads(context_, threads);
      ASSERT_EQ(call(context_), TSR_OK) << line_;
      if (threads == 1) one = y.bytes();
    }
    ASSERT_EQ(one, y.bytes()) << line_ << ": threads change bits";
    ASSERT_TRUE(y.untouched(true)) << line_;
    for (Operand* x : inputs) ASSERT_TRUE(x->untouched(false)) << line_ << ": an input was written";
    for_each_index(want.size, [&](const Sizes& i) {
      const double w = want.at(i), got = y.at(i);
      const bool close = std::fabs(got - w) <= relative * std::fabs(w) + absolute || got == w;
      ASSERT_TRUE(close) << line_ << " element " << want.offset(i) << ": " << got << ", want " << w;
    });
  }

 private:
  std::string line_;
  tsr_context* context_ = nullptr;
};

Sizes random_sizes(Random& r, int rank, index_t most) {
  Sizes size;
  index_t room = 3000;
  for (int i = 0; i < rank; ++i) {
    size.push_back(r.integer(1, std::min(most, std::max<index_t>(1, room))));
    room /= size.back();
  }
  if (rank > 1 && r.one_in(2)) std::swap(size.front(), size.back());
  return size;
}
Sizes any_sizes(Random& r) { return random_sizes(r, static_cast<int>(r.integer(0, 5)), r.one_in(3) ? 300 : 20); }
Sizes image_sizes(Random& r) {
  return {r.integer(1, 2), r.one_in(3) ? r.integer(16, 70) : r.integer(1, 9), r.integer(1, 14), r.integer(1, 40)};
}

void unary(Random& r, Case& c) {
  constexpr std::int32_t kFunctions[] = {
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, TSR_ABS, TSR_NEG, TSR_EXP, TSR_ELU, TSR_SELU, TSR_HARD_SIGMOID, TSR_AFFINE};
  const std::int32_t function = kFunctions[r.integer(0, std::size(kFunctions) - 1)];
  const Sizes size = any_sizes(r);
  Operand x(r, TSR_F32, size, false), y(r, TSR_F32, size, true);
  const float a = 0.25f, b = function == TSR_ACTIVATION_CLIP ? 0.75f : 0.5f;
  RefTensor want = x.values();
  for (double& v : want.v) v = ref_function(function, v, 0.25, static_cast<double>(b));
  c.check({&x}, y, want, 24 * kUlp, 2 * kUlp,
          [&](tsr_context* t) { return tsr_unary(t, function, a, b, &x.view, &y.view); });
}

void not_negative(Random& r, Case& c) {
  const std::int32_t function = r.one_of<std::int32_t>({TSR_SQRT, TSR_POWER, TSR_LOG});
  const Sizes size = any_sizes(r);
  Operand x(r, TSR_U8, size, false), positive(r, TSR_F32, size, true), y(r, TSR_F32, size, true);
  const float scale = 0.01f;
  ASSERT_EQ(tsr_dequantize(nullptr, &x.view, -1, &scale, nullptr, &positive.view), TSR_OK);
  RefTensor want = positive.values();
  for (double& v : want.v) v = ref_function(function, v, 0.3, 0);
  c.check({}, y, want, 2 * kUlp + 1e-7, kUlp,
          [&](tsr_context* t) { return tsr_unary(t, function, 0.3f, 0, &positive.view, &y.view); });
}

void binary(Random& r, Case& c) {
  const std::int32_t operation = static_cast<std::int32_t>(r.integer(TSR_ADD, TSR_PRELU));
  const Sizes size = any_sizes(r);
  const auto smaller = [&] {
    Sizes s = size;
    for (index_t& v : s)
      if (r.one_in(4)) v = 1;
    while (!s.empty() && r.one_in(5)) s.erase(s.begin());
    return s;
  };
  const Sizes a_size = smaller(), b_size = smaller();
  Operand a(r, TSR_F32, a_size, false), b(r, TSR_F32, b_size, false), y(r, TSR_F32, size, true);
  const float alpha = r.one_in(2) ? 1.0f : 0.5f, beta = r.one_in(2) ? 1.0f : -2.0f;
  RefTensor want(size);
  for_each_index(size, [&](const Sizes& i) {
    const auto part = [&](const Operand& o, const Sizes& s) {
      Sizes at(i.end() - static_cast<std::ptrdiff_t>(s.size()), i.end());
      for (std::size_t d = 0; d < s.size(); ++d) at[d] = s[d] == 1 ? 0 : at[d];
      return o.at(at);
    };
    want.at(i) = ref_operation(operation, static_cast<double>(alpha) * part(a, a_size),
                               static_cast<double>(beta) * part(b, b_size));
  });
  c.check({&a, &b}, y, want, kUlp, 0,
          [&](tsr_context* t) { return tsr_binary(t, operation, alpha, &a.view, beta, &b.view, &y.view); });
}

void scale(Random& r, Case& c) {
  Sizes size = any_sizes(r);
  if (size.empty()) size = {3};
  const int axis = static_cast<int>(r.integer(0, static_cast<index_t>(size.size()) - 1));
  const std::size_t n = static_cast<std::size_t>(size[static_cast<std::size_t>(axis)]);
  Operand x(r, TSR_F32, size, false), y(r, TSR_F32, size, true);
  std::vector<float> p[4];
  for (auto& v : p) {
    v.resize(n);
    r.fill(v.data(), static_cast<index_t>(n));
  }
  for (float& v : p[1]) v = v * v + 0.5f;
  const bool norm = r.one_in(2);
  const float* const s = r.one_in(4) ? nullptr : p[2].data();
  const float* const b = r.one_in(4) ? nullptr : p[3].data();
  RefTensor want(size);
  for_each_index(size, [&](const Sizes& i) {
    const std::size_t k = static_cast<std::size_t>(i[static_cast<std::size_t>(axis)]);
    const double factor = s != nullptr ? static_cast<double>(s[k]) : 1,
                 added = b != nullptr ? static_cast<double>(b[k]) : 0;
    want.at(i) =
        norm ? (x.at(i) - static_cast<double>(p[0][k])) / std::sqrt(static_cast<double>(p[1][k]) + 0.125) * factor +
                   added
             : x.at(i) * factor + added;
  });
  c.check({&x}, y, want, 2 * kUlp, 16 * kUlp, [&](tsr_context* t) {
    return norm ? tsr_batch_norm(t, &x.view, axis, p[0].data(), p[1].data(), s, b, 0.125f, &y.view)
                : tsr_scale(t, &x.view, axis, s, b, &y.view);
  });
}

void softmax(Random& r, Case& c) {
  Sizes size = any_sizes(r);
  if (size.empty()) size = {5};
  const int axis = static_cast<int>(r.integer(0, static_cast<index_t>(size.size()) - 1));
  const bool log = r.one_in(2);
  Operand x(r, TSR_F32, size, false), y(r, TSR_F32, size, true);
  const double n = static_cast<double>(size[static_cast<std::size_t>(axis)]);
  c.check({&x}, y, ref_softmax(x.values(), axis, log), (12 + n) * kUlp, log ? (16 + n) * kUlp : 0, [&](tsr_context* t) {
    return log ? tsr_log_softmax(t, axis, &x.view, &y.view) : tsr_softmax(t, axis, &x.view, &y.view);
  });
}

void norms(Random& r, Case& c) {
  Sizes size = any_sizes(r);
  if (size.empty()) size = {7};
  const int axis = static_cast<int>(r.integer(0, static_cast<index_t>(size.size()) - 1));
  const bool centre = r.one_in(2);
  Operand x(r, TSR_F32, size, false, axis), y(r, TSR_F32, size, true, axis);
  std::vector<float> gamma(6000), beta(6000);
  r.fill(gamma.data(), 6000);
  r.fill(beta.data(), 6000);
  const float* const g = r.one_in(3) ? nullptr : gamma.data();
  const float* const b = r.one_in(3) || !centre ? nullptr : beta.data();
  c.check({&x}, y, ref_normalize(x.values(), axis, g, b, 0.125, centre), 4 * kUlp, 32 * kUlp, [&](tsr_context* t) {
    return centre ? tsr_layer_norm(t, axis, g, b, 0.125f, &x.view, &y.view)
                  : tsr_rms_norm(t, axis, g, 0.125f, &x.view, &y.view);
  });
}

void lrn(Random& r, Case& c) {
  const Sizes size = image_sizes(r);
  Operand x(r, TSR_F32, size, false), y(r, TSR_F32, size, true);
  const index_t window = r.integer(1, 7);
  const float beta = r.one_of({0.75f, 0.5f, 0.6f});
  c.check({&x}, y, ref_lrn(x.values(), window, 0.25, static_cast<double>(beta), 2), 12 * kUlp, 0,
          [&](tsr_context* t) { return tsr_lrn(t, window, 0.25f, beta, 2, &x.view, &y.view); });
}

void reduce(Random& r, Case& c) {
  const Sizes size = any_sizes(r);
  const std::int32_t kind = static_cast<std::int32_t>(r.integer(TSR_REDUCE_SUM, TSR_REDUCE_SUM_SQUARES));
  const std::uint32_t axes = static_cast<std::uint32_t>(r.integer(0, (1 << size.size()) - 1));
  Operand x(r, TSR_F32, size, false);
  const RefTensor want = ref_reduce(x.values(), kind, axes);
  Operand y(r, TSR_F32, want.size, true);
  // Sums are rounded once, from double precision.
  c.check({&x}, y, want, kUlp / 2 + 1e-12, 1e-10,
          [&](tsr_context* t) { return tsr_reduce(t, kind, axes, &x.view, &y.view); });
}

void argmax(Random& r, Case& c) {
  Sizes size = any_sizes(r);
  if (size.empty()) size = {9};
  const int axis = static_cast<int>(r.integer(0, static_cast<index_t>(size.size()) - 1));
  const bool last = r.one_in(2);
  Operand x(r, r.one_of<std::int32_t>({TSR_F32, TSR_U8, TSR_S8}), size, false);
  const RefTensor want = ref_argmax(x.values(), axis, last);
  Operand y(r, r.one_of<std::int32_t>({TSR_S32, TSR_S64}), want.size, true);
  c.check({&x}, y, want, 0, 0, [&](tsr_context* t) { return tsr_argmax(t, axis, last, &x.view, &y.view); });
}

void pool(Random& r, Case& c) {
  const Sizes size = image_sizes(r);
  const std::int32_t type = r.one_of<std::int32_t>({TSR_F32, TSR_F32, TSR_U8, TSR_S8});
  tsr_pool_desc d = TSR_POOL_INIT;
  index_t height = 0, width = 0;
  do {
    d.pooling = static_cast<std::int32_t>(r.integer(TSR_POOL_MAX, TSR_POOL_AVERAGE_PAD));
    d.ceil_mode = static_cast<int>(r.integer(0, 1));
    d.kernel_height = r.integer(1, 5);
    d.kernel_width = r.integer(1, r.one_in(4) ? 40 : 5);
    d.stride_height = r.integer(1, 3);
    d.stride_width = r.integer(1, r.one_in(8) ? 70 : 3);
    d.dilation_height = r.integer(1, 2);
    d.dilation_width = r.integer(1, 3);
    d.pad_top = r.integer(0, 3);
    d.pad_left = r.integer(0, 3);
    d.pad_bottom = r.integer(0, 3);
    d.pad_right = r.integer(0, 3);
  } while (tsr_pool_output(&d, size[2], size[3], &height, &width) != TSR_OK);
  Operand x(r, type, size, false);
  const bool f32 = type == TSR_F32, exact = d.pooling == TSR_POOL_MAX;
  const double least = f32 ? -std::numeric_limits<double>::infinity() : type == TSR_S8 ? -128 : 0;
  RefTensor want = ref_pool(x.values(), d, height, width, least);
  Operand y(r, type, want.size, true);
  if (!f32)
    for (double& v : want.v) v = std::nearbyint(v);
  const double taps = static_cast<double>(d.kernel_height * d.kernel_width);
  c.check({&x}, y, want, 0, f32 && !exact ? 4 * taps * kUlp : 0,
          [&](tsr_context* t) { return tsr_pool(t, &d, &x.view, &y.view); });
}

void resize(Random& r, Case& c) {
  const Sizes size = image_sizes(r);
  const std::int32_t mode = static_cast<std::int32_t>(r.integer(TSR_RESIZE_NEAREST, TSR_RESIZE_LINEAR));
  const bool linear = mode == TSR_RESIZE_LINEAR;
  const std::int32_t coordinates = static_cast<std::int32_t>(
      r.integer(TSR_RESIZE_HALF_PIXEL, linear ? TSR_RESIZE_ALIGN_CORNERS : TSR_RESIZE_TF_HALF_PIXEL));
  const std::int32_t rounding = static_cast<std::int32_t>(r.integer(TSR_RESIZE_ROUND_PREFER_FLOOR, TSR_RESIZE_CEIL));
  const std::int32_t type = linear ? TSR_F32 : r.one_of<std::int32_t>({TSR_F32, TSR_U8, TSR_S64});
  // Nearest: powers of two, whose coordinates are exact, so that halves are halves.
  const auto other = [&](index_t n) { return linear ? r.integer(1, 3 * n) : n * r.one_of<index_t>({1, 2, 4}); };
  const Sizes to = {size[0], size[1], other(size[2]), other(size[3])};
  if (!linear && coordinates == TSR_RESIZE_ALIGN_CORNERS) return;
  Operand x(r, type, size, false), y(r, type, to, true);
  c.check({&x}, y, ref_resize(x.values(), mode, coordinates, rounding, to[2], to[3]), 0, linear ? 300 * kUlp : 0,
          [&](tsr_context* t) { return tsr_resize(t, mode, coordinates, rounding, 0, 0, &x.view, &y.view); });
}

std::int32_t any_type(Random& r) { return r.one_of<std::int32_t>({TSR_F32, TSR_U8, TSR_S8, TSR_S32, TSR_S64}); }

void copy(Random& r, Case& c) {
  const std::int32_t type = any_type(r);
  const Sizes size = any_sizes(r);
  Operand x(r, type, size, false), y(r, type, size, true);
  c.check({&x}, y, x.values(), 0, 0, [&](tsr_context* t) { return tsr_copy(t, &x.view, &y.view); });
}

void concat(Random& r, Case& c) {
  const std::int32_t type = any_type(r);
  Sizes size = any_sizes(r);
  if (size.empty()) size = {4};
  const std::size_t axis = static_cast<std::size_t>(r.integer(0, static_cast<index_t>(size.size()) - 1));
  Sizes a_size = size, b_size = size;
  b_size[axis] = r.integer(1, 9);
  size[axis] += b_size[axis];
  Operand a(r, type, a_size, false), b(r, type, b_size, false), y(r, type, size, true);
  RefTensor want(size);
  for_each_index(size, [&](const Sizes& i) {
    Sizes at = i;
    at[axis] -= a_size[axis];
    want.at(i) = at[axis] < 0 ? a.at(i) : b.at(at);
  });
  const tsr_tensor* const x[] = {&a.view, &b.view};
  c.check({&a, &b}, y, want, 0, 0,
          [&](tsr_context* t) { return tsr_concat(t, static_cast<std::int32_t>(axis), 2, x, &y.view); });
}

void pad(Random& r, Case& c) {
  const std::int32_t type = any_type(r), mode = static_cast<std::int32_t>(r.integer(TSR_PAD_CONSTANT, TSR_PAD_EDGE));
  const Sizes size = random_sizes(r, static_cast<int>(r.integer(1, 4)), 12);
  Sizes before, to;
  for (const index_t n : size) {
    const index_t most = mode == TSR_PAD_REFLECT ? std::min<index_t>(n - 1, 4) : 4;
    before.push_back(r.integer(mode == TSR_PAD_CONSTANT ? -std::min<index_t>(n - 1, 2) : 0, most));
    to.push_back(before.back() + n + r.integer(0, most));
  }
  Operand x(r, type, size, false), y(r, type, to, true);
  char value[8] = {};
  const float five = 5;
  if (type == TSR_F32) std::memcpy(value, &five, 4);
  if (type != TSR_F32) value[0] = 5;
  c.check({&x}, y, ref_pad(x.values(), mode, before, 5, to), 0, 0,
          [&](tsr_context* t) { return tsr_pad(t, &x.view, mode, before.data(), value, &y.view); });
}

void depth(Random& r, Case& c) {
  const std::int32_t type = any_type(r), order = static_cast<std::int32_t>(r.integer(0, 1));
  const index_t block = r.integer(1, 3);
  const Sizes size = {r.integer(1, 2), r.integer(1, 20), block * r.integer(1, 5), block * r.integer(1, 9)};
  Operand x(r, type, size, false), back(r, type, size, true);
  const RefTensor want = ref_space_to_depth(x.values(), block, order);
  Operand y(r, type, want.size, true);
  c.check({&x}, y, want, 0, 0, [&](tsr_context* t) { return tsr_space_to_depth(t, block, order, &x.view, &y.view); });
  c.check({}, back, x.values(), 0, 0,
          [&](tsr_context* t) { return tsr_depth_to_space(t, block, order, &y.view, &back.view); });
}

void shuffle(Random& r, Case& c) {
  const std::int32_t type = any_type(r);
  const index_t groups = r.integer(1, 4), each = r.integer(1, 6);
  const Sizes size = {r.integer(1, 2), groups * each, r.integer(1, 5), r.integer(1, 30)};
  Operand x(r, type, size, false), y(r, type, size, true);
  RefTensor want(size);
  for_each_index(size, [&](const Sizes& i) {
    want.at(i) = x.at({i[0], i[1] % groups * each + i[1] / groups, i[2], i[3]});
  });
  c.check({&x}, y, want, 0, 0, [&](tsr_context* t) { return tsr_channel_shuffle(t, groups, &x.view, &y.view); });
}

void quantize(Random& r, Case& c) {
  Sizes size = any_sizes(r);
  if (size.empty()) size = {6};
  const int axis = static_cast<int>(r.integer(-1, static_cast<index_t>(size.size()) - 1));
  const std::int32_t type = r.one_of<std::int32_t>({TSR_U8, TSR_S8});
  const std::size_t n = axis < 0 ? 1 : static_cast<std::size_t>(size[static_cast<std::size_t>(axis)]);
  std::vector<float> scales(n);
  std::vector<std::int32_t> zeros(n);
  for (float& s : scales) s = 0.01f + std::fabs(r.number<float>()) / 16;
  for (std::int32_t& z : zeros) z = static_cast<std::int32_t>(type == TSR_S8 ? r.integer(-9, 9) : r.integer(100, 140));
  Operand x(r, TSR_F32, size, false), y(r, type, size, true), back(r, TSR_F32, size, true);
  RefTensor bytes(size), floats(size);
  const auto index = [&](const Sizes& i) {
    return axis < 0 ? 0 : static_cast<std::size_t>(i[static_cast<std::size_t>(axis)]);
  };
  const double least = type == TSR_S8 ? -128 : 0;
  for_each_index(size, [&](const Sizes& i) {
    // The quotient is one of single precision.
    const float quotient = static_cast<float>(x.at(i)) / scales[index(i)];
    bytes.at(i) = std::clamp(std::nearbyint(static_cast<double>(quotient)) + zeros[index(i)], least, least + 255);
    floats.at(i) = (bytes.at(i) - zeros[index(i)]) * static_cast<double>(scales[index(i)]);
  });
  c.check({&x}, y, bytes, 0, 0,
          [&](tsr_context* t) { return tsr_quantize(t, &x.view, axis, scales.data(), zeros.data(), &y.view); });
  c.check({}, back, floats, kUlp / 2, 0,
          [&](tsr_context* t) { return tsr_dequantize(t, &y.view, axis, scales.data(), zeros.data(), &back.view); });
}

void add_bytes(Random& r, Case& c) {
  const Sizes size = any_sizes(r);
  const auto type = [&] { return r.one_of<std::int32_t>({TSR_U8, TSR_S8}); };
  Operand a(r, type(), size, false), b(r, type(), size, false), y(r, type(), size, true);
  const auto zero = [&](const Operand& x) {
    return static_cast<std::int32_t>(r.integer(0, 255)) - (x.view.type == TSR_S8 ? 128 : 0);
  };
  const auto scale = [&] { return 0.01f + std::fabs(r.number<float>()) / 16; };
  const float sa = scale(), sb = scale(), s = scale();
  const std::int32_t za = zero(a), zb = zero(b), z = zero(y), least = y.view.type == TSR_S8 ? -128 : 0;
  const std::int32_t low = r.one_in(2) ? z : least, high = static_cast<std::int32_t>(r.integer(low, least + 255));
  RefTensor want(size);
  for_each_index(size, [&](const Sizes& i) {
    // Each operation is one of single precision.
    const volatile float p = static_cast<float>(a.at(i) - za) * sa, q = static_cast<float>(b.at(i) - zb) * sb;
    const volatile float sum = p + q;
    want.at(i) = std::clamp<double>(std::nearbyint(static_cast<double>(sum / s)) + z, low, high);
  });
  c.check({&a, &b}, y, want, 0, 0,
          [&](tsr_context* t) { return tsr_add_bytes(t, &a.view, sa, za, &b.view, sb, zb, s, z, low, high, &y.view); });
}

constexpr Layer kLayers[] = {{"unary", unary},       {"not_negative", not_negative},
                             {"binary", binary},     {"scale", scale},
                             {"softmax", softmax},   {"norms", norms},
                             {"lrn", lrn},           {"reduce", reduce},
                             {"argmax", argmax},     {"pool", pool},
                             {"resize", resize},     {"copy", copy},
                             {"concat", concat},     {"pad", pad},
                             {"depth", depth},       {"shuffle", shuffle},
                             {"quantize", quantize}, {"add_bytes", add_bytes}};

void run_case(int layer, Isa isa, std::uint64_t seed) {
  Random r(seed);
  Case c(isa, "layer=" + std::to_string(layer) + " isa=" + std::to_string(static_cast<int>(isa)) +
                  " seed=" + std::to_string(seed) + " (" + kLayers[layer].name + ")");
  kLayers[layer].run(r, c);
}

class NnTest : public testing::TestWithParam<Isa> {};

TEST_P(NnTest, EveryLayer) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  for (int layer = 0; layer < static_cast<int>(std::size(kLayers)); ++layer) {
    const index_t count = scaled_count(60);
    for (index_t i = 0; i < count && !HasFailure(); ++i)
      run_case(layer, GetParam(), test_seed() + static_cast<std::uint64_t>(i));
  }
}

// Enough elements for several tasks, in both layouts: what a Walk cuts into pieces.
TEST_P(NnTest, ManyTasks) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  constexpr index_t kSize[] = {1, 3, 130, 170};
  std::vector<float> x(3 * 130 * 170), y(x.size()), one(x.size());
  Random r(test_seed());
  r.fill(x.data(), static_cast<index_t>(x.size()));
  const tsr_tensor planes = tsr_tensor_dense(TSR_F32, x.data(), 4, kSize),
                   to = tsr_tensor_nhwc(TSR_F32, y.data(), 1, 3, 130, 170);
  tsr_context* context = nullptr;
  ASSERT_EQ(tsr_context_create(&context), TSR_OK);
  ASSERT_EQ(tsr_context_set_isa(context, isa_info(GetParam()).name), TSR_OK);
  ASSERT_EQ(tsr_context_set_num_threads(context, 4), TSR_OK);
  ASSERT_EQ(tsr_copy(context, &planes, &to), TSR_OK);
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t p = 0; p < 130 * 170; ++p) ASSERT_EQ(y[p * 3 + c], x[c * 130 * 170 + p]);
  const tsr_tensor out = tsr_tensor_dense(TSR_F32, one.data(), 4, kSize);
  ASSERT_EQ(tsr_unary(context, TSR_ACTIVATION_RELU, 0, 0, &planes, &out), TSR_OK);
  for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(one[i], x[i] > 0 ? x[i] : 0.0f);
  tsr_context_destroy(context);
}

// exp over its range, against double precision: the header's 2 ulp, and infinity and zero beyond.
TEST_P(NnTest, ExpOverItsRange) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  const NnSet& k = *find_isa(GetParam())->nn;
  // Without FMA the reduction of x is rounded: up to |x| / 2 units.
  const double allowed = GetParam() == Isa::baseline ? 60 : 2;
  std::vector<float> x, y;
  for (float v = -87.3f; v < 88.7f; v += 0.00137f) x.push_back(v);
  y.resize(x.size());
  k.function[TSR_EXP - TSR_ABS](static_cast<index_t>(x.size()), x.data(), y.data(), 0, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double want = std::exp(static_cast<double>(x[i]));
    const double ulp = std::ldexp(1.0, std::ilogb(want) - 23);
    ASSERT_LE(std::fabs(static_cast<double>(y[i]) - want), allowed * ulp) << x[i];
  }
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const float ends[] = {-infinity, -200.0f, 90.0f, infinity, nan};
  float out[5];
  k.function[TSR_EXP - TSR_ABS](5, ends, out, 0, 0);
  EXPECT_EQ(out[0], 0.0f);
  EXPECT_EQ(out[1], 0.0f);
  EXPECT_EQ(out[2], infinity);
  EXPECT_EQ(out[3], infinity);
  EXPECT_TRUE(std::isnan(out[4]));
}

INSTANTIATE_TEST_SUITE_P(Isa, NnTest, testing::ValuesIn(all_isas()), isa_name);

TEST(NnLine, Reproduce) {
  const char* const line = std::getenv("TESSERA_TEST_LINE");
  if (line == nullptr) GTEST_SKIP() << "TESSERA_TEST_LINE is not set";
  int layer = -1, isa = 0;
  unsigned long long seed = 0;
  ASSERT_EQ(std::sscanf(line, "layer=%d isa=%d seed=%llu", &layer, &isa, &seed), 3);
  ASSERT_TRUE(layer >= 0 && layer < static_cast<int>(std::size(kLayers)));
  run_case(layer, static_cast<Isa>(isa), seed);
}

}  // namespace
}  // namespace tessera::test
