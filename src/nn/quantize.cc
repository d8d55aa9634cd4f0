// Between single precision and bytes, by rows of a Walk with the scale's index as an operand.
#include "nn/walk.h"

namespace tessera {
namespace {

constexpr index_t kStage = 512;

constexpr bool is_byte(const tsr_tensor& t) { return t.type == TSR_U8 || t.type == TSR_S8; }

struct Numbers {
  const float* scale;
  const std::int32_t* zero_point;
  std::int32_t zero(index_t i) const { return zero_point != nullptr ? zero_point[i] : 0; }
};

// The statuses of scales and zero points for bytes of `type`, `count` of them.
tsr_status check_numbers(const Numbers& q, index_t count, std::int32_t type) {
  if (q.scale == nullptr) return -4;
  for (index_t i = 0; i < count; ++i)
    if (!(q.scale[i] > 0.0f)) return -4;
  const std::int32_t least = type == TSR_S8 ? -128 : 0;
  for (index_t i = 0; i < count; ++i)
    if (q.zero(i) < least || q.zero(i) > least + 255) return -5;
  return TSR_OK;
}

// convert(n, x, i, y): n contiguous elements by scale i.
template <class X, class Y, class Convert>
void by_rows(const NnSettings& s, const tsr_tensor& xt, std::int32_t axis, const tsr_tensor& yt,
             const Convert& convert) {
  if (count_of(yt) == 0) return;
  index_t along[TSR_MAX_RANK] = {};
  if (axis >= 0) along[axis] = 1;
  const index_t* const strides[] = {yt.stride, xt.stride, along};
  const Walk walk(yt.rank, yt.size, 3, strides);
  const X* const x = element<X>(xt, 0);
  Y* const y = element<Y>(yt, 0);
  const index_t y_stride = walk.stride(0), x_stride = walk.stride(1), i_stride = walk.stride(2);
  walk.run(s.executor, [&](const Walk::Row& r, index_t n) {
    const X* const from = x + r.at[1];
    Y* const to = y + r.at[0];
    if (i_stride != 0) {
      for (index_t i = 0; i < n; ++i) convert(1, from + i * x_stride, r.at[2] + i * i_stride, to + i * y_stride);
      return;
    }
    if (x_stride == 1 && y_stride == 1) return convert(n, from, r.at[2], to);
    X gathered[kStage];
    Y converted[kStage];
    for (index_t first = 0; first < n; first += kStage) {
      const index_t count = min_index(kStage, n - first);
      for (index_t i = 0; i < count; ++i) gathered[i] = from[(first + i) * x_stride];
      convert(count, gathered, r.at[2], converted);
      for (index_t i = 0; i < count; ++i) to[(first + i) * y_stride] = converted[i];
    }
  });
}

void add_bytes(const NnSettings& s, const AddBytesArgs& numbers, const tsr_tensor& at, const tsr_tensor& bt,
               const tsr_tensor& yt) {
  const index_t* const strides[] = {yt.stride, at.stride, bt.stride};
  const Walk walk(yt.rank, yt.size, 3, strides);
  const std::uint8_t *const a = element<std::uint8_t>(at, 0), *const b = element<std::uint8_t>(bt, 0);
  std::uint8_t* const y = element<std::uint8_t>(yt, 0);
  const index_t y_stride = walk.stride(0), a_stride = walk.stride(1), b_stride = walk.stride(2);
  walk.run(s.executor, [&](const Walk::Row& r, index_t n) {
    AddBytesArgs g = numbers;
    const std::uint8_t *const from_a = a + r.at[1], *const from_b = b + r.at[2];
    std::uint8_t* const to = y + r.at[0];
    if (y_stride == 1 && a_stride == 1 && b_stride == 1) {
      g.a = from_a, g.b = from_b, g.y = to, g.n = n;
      s.bytes.add_bytes(g);
      return;
    }
    std::uint8_t of_a[kStage], of_b[kStage], of_y[kStage];
    g.a = of_a, g.b = of_b, g.y = of_y;
    for (index_t first = 0; first < n; first += kStage) {
      g.n = min_index(kStage, n - first);
      for (index_t i = 0; i < g.n; ++i) of_a[i] = from_a[(first + i) * a_stride];
      for (index_t i = 0; i < g.n; ++i) of_b[i] = from_b[(first + i) * b_stride];
      s.bytes.add_bytes(g);
      for (index_t i = 0; i < g.n; ++i) to[(first + i) * y_stride] = of_y[i];
    }
  });
}

}  // namespace
}  // namespace tessera

using tessera::index_t;

extern "C" {

tsr_status tsr_quantize(const tsr_context* context, const tsr_tensor* x, int32_t axis, const float* scale,
                        const int32_t* zero_point, const tsr_tensor* y) {
  if (!tessera::is_f32(x)) return -2;
  if (axis != -1 && !tessera::is_axis(*x, axis)) return -3;
  if (!tessera::is_tensor(y) || !tessera::is_byte(*y) || !tessera::same_sizes(*x, *y)) return -6;
  const tessera::Numbers q{scale, zero_point};
  if (const tsr_status bad = tessera::check_numbers(q, axis < 0 ? 1 : x->size[axis], y->type)) return bad;
  const tessera::NnSettings s(context);
  const std::int32_t least = y->type == TSR_S8 ? -128 : 0;
  tessera::by_rows<float, std::uint8_t>(s, *x, axis, *y,
                                        [&](index_t n, const float* from, index_t i, std::uint8_t* to) {
                                          s.bytes.quantize(from, n, q.scale[i], q.zero(i), least, least + 255, to);
                                        });
  return TSR_OK;
}

tsr_status tsr_dequantize(const tsr_context* context, const tsr_tensor* x, int32_t axis, const float* scale,
                          const int32_t* zero_point, const tsr_tensor* y) {
  if (!tessera::is_tensor(x) || !tessera::is_byte(*x)) return -2;
  if (axis != -1 && !tessera::is_axis(*x, axis)) return -3;
  if (!tessera::is_f32(y) || !tessera::same_sizes(*x, *y)) return -6;
  const tessera::Numbers q{scale, zero_point};
  if (const tsr_status bad = tessera::check_numbers(q, axis < 0 ? 1 : x->size[axis], x->type)) return bad;
  const tessera::NnSettings s(context);
  const bool is_signed = x->type == TSR_S8;
  tessera::by_rows<std::uint8_t, float>(s, *x, axis, *y,
                                        [&](index_t n, const std::uint8_t* from, index_t i, float* to) {
                                          s.bytes.dequantize(from, is_signed, n, q.scale[i], q.zero(i), to);
                                        });
  return TSR_OK;
}

tsr_status tsr_add_bytes(const tsr_context* context, const tsr_tensor* a, float a_scale, int32_t a_zero_point,
                         const tsr_tensor* b, float b_scale, int32_t b_zero_point, float scale, int32_t zero_point,
                         int32_t low, int32_t high, const tsr_tensor* y) {
  if (!tessera::is_tensor(a) || !tessera::is_byte(*a)) return -2;
  if (!tessera::is_tensor(b) || !tessera::is_byte(*b) || !tessera::same_sizes(*a, *b)) return -5;
  if (!tessera::is_tensor(y) || !tessera::is_byte(*y) || !tessera::same_sizes(*a, *y)) return -12;
  const auto fits = [](int32_t x, int32_t type) {
    const int32_t least = type == TSR_S8 ? -128 : 0;
    return x >= least && x <= least + 255;
  };
  if (!(a_scale > 0.0f)) return -3;
  if (!fits(a_zero_point, a->type)) return -4;
  if (!(b_scale > 0.0f)) return -6;
  if (!fits(b_zero_point, b->type)) return -7;
  if (!(scale > 0.0f)) return -8;
  if (!fits(zero_point, y->type)) return -9;
  if (!fits(low, y->type)) return -10;
  if (!fits(high, y->type) || high < low) return -11;
  if (tessera::count_of(*y) == 0) return TSR_OK;
  const tessera::AddBytesArgs numbers{.a = nullptr,
                                      .b = nullptr,
                                      .y = nullptr,
                                      .n = 0,
                                      .a_signed = a->type == TSR_S8,
                                      .b_signed = b->type == TSR_S8,
                                      .a_scale = a_scale,
                                      .b_scale = b_scale,
                                      .scale = scale,
                                      .a_zero = a_zero_point,
                                      .b_zero = b_zero_point,
                                      .zero = zero_point,
                                      .low = low,
                                      .high = high};
  tessera::add_bytes(tessera::NnSettings(context), numbers, *a, *b, *y);
  return TSR_OK;
}

}  // extern "C"
