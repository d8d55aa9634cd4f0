#include "layers.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "arranger.h"

namespace onnx_runner {
namespace {

double nth(const std::vector<double>& v, std::size_t i) { return v[v.size() == 1 ? 0 : i]; }

}  // namespace

void Product::finish(const Affine& affine) {
  const std::size_t count = static_cast<std::size_t>(channels());
  if (affine_.scale.empty()) affine_ = {std::vector<double>(count, 1), std::vector<double>(count, 0)};
  for (std::size_t i = 0; i < count; ++i) {
    affine_.scale[i] *= nth(affine.scale, i);
    affine_.bias[i] = affine_.bias[i] * nth(affine.scale, i) + nth(affine.bias, i);
  }
}

Tensor Product::scaled_weights() {
  Tensor weights = weights_.constant();
  weights_.unload();
  for (const double b : affine_.bias) bias_.push_back(static_cast<float>(b));
  if (std::all_of(affine_.scale.begin(), affine_.scale.end(), [](double s) { return s == 1; })) return weights;
  // Large ones are not there twice, unless somebody else reads them.
  Tensor scaled = weights.is_shared() ? Tensor(Type::kF32, weights.dims()) : weights;
  const float* const from = weights.data<float>();
  float* const to = scaled.data<float>();
  const Index length = run_length();
  for (Index i = 0; i < weights.count(); i += length) {
    const double scale = affine_.scale[static_cast<std::size_t>(channel_of(i / length))];
    for (Index j = i; j < i + length; ++j) to[j] = static_cast<float>(from[j] * scale);
  }
  return scaled;
}

void Product::fold_input(const Affine& affine) {
  finish({{1}, {0}});
  const Tensor& w = weights_.constant();
  std::vector<double> sums(affine_.scale.size(), 0);
  const Index length = run_length();
  for (Index i = 0; i < w.count(); ++i) sums[static_cast<std::size_t>(channel_of(i / length))] += w.data<float>()[i];
  weights_.unload();
  for (std::size_t c = 0; c < sums.size(); ++c) {
    affine_.bias[c] += affine_.scale[c] * affine.bias[0] * sums[c];
    affine_.scale[c] *= affine.scale[0];
  }
}

tsr_q8_epilogue QuantizedEpilogue::get() const {
  tsr_q8_epilogue e = fields;
  if (!bias.empty()) e.bias = bias.data();
  if (!scale.empty()) e.scale = scale.data();
  e.scale_stride = scale.size() > 1;
  if (!float_bias.empty()) e.float_bias = float_bias.data();
  return e;
}

// The product of bytes is S * sx * sw[c]; what is left to do is affine and an activation that is bounds.
std::unique_ptr<Layer> Product::quantized(const Quantization& x, const Quantization* y) const {
  const Quantization& w = weights_.quantization;
  if (weights_.integers == nullptr || x.axis >= 0 || (y != nullptr && y->axis >= 0) || has_residual() ||
      (w.axis >= 0 && w.axis != weight_axis()))
    return nullptr;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  float low = -kInfinity, high = kInfinity;
  switch (activation_) {
    case TSR_ACTIVATION_NONE:
      break;
    case TSR_ACTIVATION_RELU:
      low = 0;
      break;
    case TSR_ACTIVATION_RELU6:
      low = 0, high = 6;
      break;
    case TSR_ACTIVATION_CLIP:
      low = a_, high = b_;
      break;
    default:
      return nullptr;
  }
  QuantizedEpilogue e;
  e.fields = tsr_q8_epilogue_of(y == nullptr ? TSR_Q8_F32 : y->type == Type::kU8 ? TSR_Q8_U8 : TSR_Q8_S8);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels()); ++c) {
    const double own = affine_.scale.empty() ? 1 : affine_.scale[c];
    const double scale = static_cast<double>(x.scale[0]) * w.scale[w.axis < 0 ? 0 : c] * own;
    e.scale.push_back(static_cast<float>(y == nullptr ? scale : scale / y->scale[0]));
    if (affine_.bias.empty()) continue;
    if (y == nullptr) {
      e.float_bias.push_back(static_cast<float>(affine_.bias[c]));
    } else {
      const double bias = std::nearbyint(affine_.bias[c] / scale);
      if (!(std::fabs(bias) < 2147483647.0)) return nullptr;
      e.bias.push_back(static_cast<std::int32_t>(bias));
    }
  }
  if (y == nullptr) {
    e.fields.float_low = low, e.fields.float_high = high;
  } else {
    e.fields.zero_point = y->zero[0];
    const auto byte = [&](float bound, std::int32_t open) {
      if (std::isinf(bound)) return open;
      const double q = std::nearbyint(static_cast<double>(bound / y->scale[0])) + y->zero[0];
      return static_cast<std::int32_t>(
          std::clamp<double>(q, tsr_q8_epilogue_of(e.fields.output).low, tsr_q8_epilogue_of(e.fields.output).high));
    };
    e.fields.low = byte(low, e.fields.low);
    e.fields.high = byte(high, e.fields.high);
  }
  return make_quantized(x, std::move(e));
}

void Quantize::arrange(Arranger& arranger) { arranger.like(out(), in(0)); }
void Dequantize::arrange(Arranger& arranger) { arranger.like(out(), in(0)); }
void Depth::arrange(Arranger& arranger) { arranger.like(out(), in(0)); }
void Pool::arrange(Arranger& arranger) { arranger.like(out(), in(0)); }

Bytewise::Bytewise(std::vector<Quantization> of_inputs, const Binary* binary, const Unary* unary,
                   Quantization of_output)
    : of_inputs_(std::move(of_inputs)), of_output_(std::move(of_output)) {
  if (binary != nullptr) binary_ = {binary->operation, binary->alpha, binary->beta};
  if (unary != nullptr) unary_ = {unary->function, unary->a, unary->b};
}

// The operands' elements have to follow each other in the same order.
void Bytewise::arrange(Arranger& arranger) {
  Index pixel = 0;
  if (is_image(*x(), &pixel) && pixel == x()->size[1]) {
    if (binary_) arranger.need_image(*this, 1, false);
    arranger.image(out(), false);
  } else {
    for (std::size_t i = 0; i < inputs.size(); ++i) arranger.need_dense(*this, i);
    arranger.dense(out(), false);
  }
}

// A residual, with or without ReLU.
bool Bytewise::is_sum() const {
  return binary_ && binary_->operation == TSR_ADD && binary_->alpha == 1 && binary_->beta == 1 &&
         (!unary_ || unary_->operation == TSR_ACTIVATION_RELU);
}

void Bytewise::run(const tsr_context* context) {
  const std::int32_t least = out().type == Type::kS8 ? -128 : 0, zero = of_output_.zero[0];
  if (is_sum()) {
    const auto dense = [&](const Value& v, const tsr_tensor* view) {
      return dense_view(v.type, view->data, {out().count()});
    };
    const tsr_tensor a = dense(in(0), x(0)), b = dense(in(1), x(1)), sum = dense(out(), y());
    check(tsr_add_bytes(context, &a, of_inputs_[0].scale[0], of_inputs_[0].zero[0], &b, of_inputs_[1].scale[0],
                        of_inputs_[1].zero[0], of_output_.scale[0], zero, unary_ ? zero : least, least + 255, &sum));
    return;
  }
  constexpr Index kStretch = 32768;  // two of f32 are a quarter of an L2 cache, and enough for two threads
  stretch_.resize(2 * kStretch);
  const Index count = out().count();
  for (Index first = 0; first < count; first += kStretch) {
    const Index n = std::min(kStretch, count - first);
    tsr_tensor reals[2];
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const tsr_tensor bytes = dense_view(in(i).type, static_cast<std::byte*>(x(i)->data) + first, {n});
      reals[i] = dense_view(Type::kF32, stretch_.data() + i * kStretch, {n});
      const Quantization& q = of_inputs_[i];
      check(tsr_dequantize(context, &bytes, -1, q.scale.data(), q.zero.data(), &reals[i]));
    }
    if (binary_)
      check(tsr_binary(context, binary_->operation, binary_->alpha, &reals[0], binary_->beta, &reals[1], &reals[0]));
    if (unary_) check(tsr_unary(context, unary_->operation, unary_->alpha, unary_->beta, &reals[0], &reals[0]));
    const tsr_tensor bytes = dense_view(out().type, static_cast<std::byte*>(y()->data) + first, {n});
    check(tsr_quantize(context, &reals[0], -1, of_output_.scale.data(), of_output_.zero.data(), &bytes));
  }
}

void Unary::arrange(Arranger& arranger) { arranger.in_place(out(), in(0)); }

void Binary::arrange(Arranger& arranger) {
  // On the operand that nobody needs afterwards, if there is one of y's sizes.
  const bool first = in(0).dims == out().dims, second = in(1).dims == out().dims;
  const bool takes_second = second && (!first || in(1).storage->readers == 1) && in(0).storage->readers != 1;
  arranger.in_place(out(), in(takes_second || (second && !first) ? 1 : 0));
}

void Scale::arrange(Arranger& arranger) { arranger.in_place(out(), in(0)); }

void Scale::prepare(const tsr_context*) {
  const std::size_t count = static_cast<std::size_t>(in(0).dims[static_cast<std::size_t>(axis)]);
  for (std::size_t i = 0; i < count; ++i) {
    scale_.push_back(static_cast<float>(nth(affine.scale, i)));
    bias_.push_back(static_cast<float>(nth(affine.bias, i)));
  }
}

void Reshape::arrange(Arranger& arranger) {
  tsr_tensor view;
  dense_view(out().type, nullptr, out().dims);  // refuses too many dimensions
  if (!reshape_view(in(0).view, out().dims, &view)) {
    arranger.need_dense(*this, 0);
    view = dense_view(out().type, nullptr, out().dims);
  }
  arranger.alias(out(), in(0), view);
}

void Transpose::arrange(Arranger& arranger) {
  tsr_tensor view = *x();
  for (std::size_t d = 0; d < order.size(); ++d) {
    view.size[d] = x()->size[order[d]];
    view.stride[d] = x()->stride[order[d]];
  }
  arranger.alias(out(), in(0), view);
}

void Reduce::arrange(Arranger& arranger) { arranger.like(out(), in(0)); }

void LayerNorm::arrange(Arranger& arranger) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (has(i)) arranger.need_dense(*this, i);
  arranger.dense(out());
}

void LayerNorm::run(const tsr_context* context) {
  const auto numbers = [&](std::size_t i) { return has(i) ? static_cast<const float*>(x(i)->data) : nullptr; };
  check(tsr_layer_norm(context, axis, numbers(1), numbers(2), epsilon, x(), y()));
}

}  // namespace onnx_runner
