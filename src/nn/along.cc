// Layers along a dimension: softmax, normalisations. Where the dimension is contiguous, kernels run along it; where
// another one is, they run across strips of it; otherwise a strip is one element wide.
#include <cmath>
#include <limits>

#include "nn/walk.h"

namespace tessera {
namespace {

// Columns whose maxima and sums stay in L1.
constexpr index_t kStrip = 256;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The walk over all dimensions but `axis`; operand 0 is y, 1 is x.
Walk without(const tsr_tensor& x, const tsr_tensor& y, std::int32_t axis) {
  index_t sizes[TSR_MAX_RANK], x_strides[TSR_MAX_RANK], y_strides[TSR_MAX_RANK];
  int rank = 0;
  for (int i = 0; i < x.rank; ++i) {
    if (i == axis) continue;
    sizes[rank] = x.size[i];
    x_strides[rank] = x.stride[i];
    y_strides[rank++] = y.stride[i];
  }
  const index_t* const strides[] = {y_strides, x_strides};
  return Walk(rank, sizes, 2, strides);
}

// f(x, y, n): strips of n columns that are contiguous in both.
template <class F>
void by_strips(const NnSettings& s, const Walk& walk, const float* x, float* y, index_t length, const F& f) {
  const bool contiguous = walk.stride(0) == 1 && walk.stride(1) == 1;
  const index_t strip = contiguous ? kStrip : 1;
  walk.run(
      s.executor,
      [&](const Walk::Row& r, index_t n) {
        for (index_t i = 0; i < n; i += strip)
          f(x + r.at[1] + i * walk.stride(1), y + r.at[0] + i * walk.stride(0), min_index(strip, n - i));
      },
      length);
}

class Softmax {
 public:
  Softmax(const NnSettings& s, index_t length, bool log)
      : k_(s.kernels), length_(length), log_(log), exp_(k_.function[static_cast<int>(Function::exp)]) {}

  void line(const float* x, float* y) const {
    const float m = k_.largest(length_, x);
    if (!log_) {
      const float inverse = 1.0f / k_.exp_sum(length_, x, m, y);
      binary(Operation::mul, 0)(length_, 1.0f, y, 1.0f, &inverse, y);
      return;
    }
    constexpr index_t kBlock = 512;
    float exponentials[kBlock], sum = 0.0f;
    for (index_t i = 0; i < length_; i += kBlock)
      sum += k_.exp_sum(min_index(kBlock, length_ - i), x + i, m, exponentials);
    const float logarithm = std::log(sum);
    binary(Operation::sub, 0)(length_, 1.0f, x, 1.0f, &m, y);
    binary(Operation::sub, 0)(length_, 1.0f, y, 1.0f, &logarithm, y);
  }

  void strip(const float* x, index_t x_step, float* y, index_t y_step, index_t n) const {
    float m[kStrip], sums[kStrip], exponentials[kStrip];
    for (index_t i = 0; i < n; ++i) m[i] = -kInfinity;
    for (index_t i = 0; i < n; ++i) sums[i] = 0.0f;
    for (index_t l = 0; l < length_; ++l) binary(Operation::max)(n, 1.0f, x + l * x_step, 1.0f, m, m);
    for (index_t l = 0; l < length_; ++l) {
      float* const e = log_ ? exponentials : y + l * y_step;
      binary(Operation::sub)(n, 1.0f, x + l * x_step, 1.0f, m, e);
      exp_(n, e, e, 0.0f, 0.0f);
      binary(Operation::add)(n, 1.0f, sums, 1.0f, e, sums);
    }
    for (index_t i = 0; i < n; ++i) sums[i] = log_ ? std::log(sums[i]) : 1.0f / sums[i];
    for (index_t l = 0; l < length_; ++l) {
      float* const to = y + l * y_step;
      if (log_) binary(Operation::sub)(n, 1.0f, x + l * x_step, 1.0f, m, to);
      binary(log_ ? Operation::sub : Operation::mul)(n, 1.0f, to, 1.0f, sums, to);
    }
  }

 private:
  BinaryFn binary(Operation operation, int step = 1) const { return k_.binary[static_cast<int>(operation)][1][step]; }
  const NnSet& k_;
  index_t length_;
  bool log_;
  UnaryFn exp_;
};

tsr_status softmax(const tsr_context* context, std::int32_t axis, const tsr_tensor* x, const tsr_tensor* y, bool log) {
  if (!is_f32(x)) return -3;
  if (!is_axis(*x, axis)) return -2;
  if (!is_f32(y) || !same_sizes(*x, *y)) return -4;
  if (count_of(*y) == 0) return TSR_OK;
  const NnSettings s(context);
  const index_t length = x->size[axis], x_step = x->stride[axis], y_step = y->stride[axis];
  const Walk walk = without(*x, *y, axis);
  const Softmax softmax(s, length, log);
  const float* const from = element<float>(*x, 0);
  float* const to = element<float>(*y, 0);
  if (length == 1 || (x_step == 1 && y_step == 1)) {
    for_items(s.executor, walk.count(), length, [&](index_t i) {
      const Walk::Row r = walk.element(i);
      softmax.line(from + r.at[1], to + r.at[0]);
    });
  } else {
    by_strips(s, walk, from, to, length,
              [&](const float* p, float* q, index_t n) { softmax.strip(p, x_step, q, y_step, n); });
  }
  return TSR_OK;
}

// Layer norm, or RMS norm, over dimensions [axis, rank). x and y are arguments number `at` and at + 1.
tsr_status normalize(const tsr_context* context, std::int32_t axis, const float* gamma, const float* beta,
                     float epsilon, const tsr_tensor* x, const tsr_tensor* y, int at, bool centre) {
  if (!is_f32(x)) return -at;
  if (!is_axis(*x, axis)) return -2;
  if (!is_dense_from(*x, axis)) return -at;
  if (!is_f32(y) || !same_sizes(*x, *y) || !is_dense_from(*y, axis)) return -(at + 1);
  if (count_of(*y) == 0) return TSR_OK;
  const NnSettings s(context);
  index_t length = 1;
  for (int i = axis; i < x->rank; ++i) length *= x->size[i];
  const index_t* const strides[] = {y->stride, x->stride};
  const Walk walk(axis, x->size, 2, strides);
  const float* const from = element<float>(*x, 0);
  float* const to = element<float>(*y, 0);
  for_items(s.executor, walk.count(), length, [&](index_t i) {
    const Walk::Row r = walk.element(i);
    const float* const p = from + r.at[1];
    const double count = static_cast<double>(length);
    const double mean = centre ? s.kernels.sum(length, p) / count : 0.0;
    const double variance = s.kernels.sum_squares(length, p, mean) / count;
    const float factor = static_cast<float>(1.0 / std::sqrt(variance + static_cast<double>(epsilon)));
    s.kernels.normalize(length, p, static_cast<float>(mean), factor, gamma, beta, to + r.at[0]);
  });
  return TSR_OK;
}

class Lrn {
 public:
  Lrn(const NnSettings& s, index_t size, float alpha, float beta, float k, index_t channels)
      : size_(size), channels_(channels), factor_(alpha / static_cast<float>(size)), beta_(beta), k_(k) {
    const LrnPower power = beta == 0.75f ? LrnPower::three_quarters : beta == 0.5f ? LrnPower::half : LrnPower::none;
    kernel_ = s.kernels.lrn[static_cast<int>(power)];
    scalar_ = power == LrnPower::none;
  }

  // n neighbours of channel c, whose elements are `step` apart from channel to channel; at x and y.
  void run(index_t c, index_t n, const float* x, index_t step, float* y) const {
    const index_t before = min_index(c, (size_ - 1) / 2),
                  behind = min_index(channels_ - 1 - c, size_ - 1 - (size_ - 1) / 2);
    window(before + behind + 1, x - before * step, step, n, x, y);
  }
  // All channels of a pixel, contiguous: those with a whole window at once.
  void pixel(const float* x, float* y) const {
    const index_t before = (size_ - 1) / 2, whole = channels_ - size_ + 1;
    const index_t first = whole > 0 ? before : channels_, last = whole > 0 ? before + whole : channels_;
    for (index_t c = 0; c < first; ++c) run(c, 1, x + c, 1, y + c);
    if (whole > 0) window(size_, x, 1, whole, x + before, y + before);
    for (index_t c = last; c < channels_; ++c) run(c, 1, x + c, 1, y + c);
  }

 private:
  void window(index_t taps, const float* t, index_t step, index_t n, const float* x, float* y) const {
    kernel_(n, taps, t, step, x, factor_, k_, y);
    if (scalar_)
      for (index_t i = 0; i < n; ++i) y[i] = x[i] * std::pow(y[i], -beta_);
  }
  index_t size_, channels_;
  float factor_, beta_, k_;
  void (*kernel_)(index_t, index_t, const float*, index_t, const float*, float, float, float*);
  bool scalar_;
};

}  // namespace
}  // namespace tessera

using tessera::index_t;

extern "C" {

tsr_status tsr_softmax(const tsr_context* context, int32_t axis, const tsr_tensor* x, const tsr_tensor* y) {
  return tessera::softmax(context, axis, x, y, false);
}

tsr_status tsr_log_softmax(const tsr_context* context, int32_t axis, const tsr_tensor* x, const tsr_tensor* y) {
  return tessera::softmax(context, axis, x, y, true);
}

tsr_status tsr_layer_norm(const tsr_context* context, int32_t axis, const float* gamma, const float* beta,
                          float epsilon, const tsr_tensor* x, const tsr_tensor* y) {
  return tessera::normalize(context, axis, gamma, beta, epsilon, x, y, 6, true);
}

tsr_status tsr_rms_norm(const tsr_context* context, int32_t axis, const float* gamma, float epsilon,
                        const tsr_tensor* x, const tsr_tensor* y) {
  return tessera::normalize(context, axis, gamma, nullptr, epsilon, x, y, 5, false);
}

tsr_status tsr_lrn(const tsr_context* context, tsr_index size, float alpha, float beta, float k, const tsr_tensor* x,
                   const tsr_tensor* y) {
  if (size < 1) return -2;
  if (!tessera::is_f32(x) || x->rank < 2) return -6;
  if (!tessera::is_f32(y) || !tessera::same_sizes(*x, *y)) return -7;
  if (tessera::count_of(*y) == 0) return TSR_OK;
  const tessera::NnSettings s(context);
  const index_t channels = x->size[1], x_step = x->stride[1], y_step = y->stride[1];
  const tessera::Lrn lrn(s, size, alpha, beta, k, channels);
  const tessera::Walk walk = tessera::without(*x, *y, 1);
  const float* const from = tessera::element<float>(*x, 0);
  float* const to = tessera::element<float>(*y, 0);
  if (x_step == 1 && y_step == 1) {
    tessera::for_items(s.executor, walk.count(), channels, [&](index_t i) {
      const tessera::Walk::Row r = walk.element(i);
      lrn.pixel(from + r.at[1], to + r.at[0]);
    });
  } else {
    tessera::by_strips(s, walk, from, to, channels, [&](const float* p, float* q, index_t n) {
      for (index_t c = 0; c < channels; ++c) lrn.run(c, n, p + c * x_step, x_step, q + c * y_step);
    });
  }
  return TSR_OK;
}

}  // extern "C"
