// Layers that the passes know: what is multiplied by weights, what is done to each element, what only looks otherwise.
#pragma once

#include <tessera/conv.h>
#include <tessera/gemm.h>
#include <tessera/quant.h>

#include <memory>
#include <vector>

#include "graph.h"

namespace onnx_runner {

// y := x * scale[i] + bias[i], i the index in one dimension; vectors of one number are for all of them.
struct Affine {
  std::vector<double> scale, bias;
  bool one() const { return scale.size() == 1 && bias.size() == 1; }
};

// What becomes of the 32-bit sums of a product of bytes: the arrays of a tsr_q8_epilogue and what they are for.
struct QuantizedEpilogue {
  std::vector<std::int32_t> bias;
  std::vector<float> scale, float_bias;
  tsr_q8_epilogue fields = tsr_q8_epilogue_of(TSR_Q8_S32);
  // With pointers to the arrays as they lie now.
  tsr_q8_epilogue get() const;
};

// A convolution or product with constant weights. In this order, y := activation(scale[c] * product + bias[c] +
// residual), c the output channel; the scale goes into the weights. Input 0 is x, input 1, if any, the residual.
class Product : public Layer {
 public:
  explicit Product(Value& weights) : weights_(weights) {}

  virtual Index channels() const = 0;  // of the output
  virtual int channel_axis() const = 0;
  // y := y * scale + bias, on what has no residual and activation yet.
  void finish(const Affine& affine);
  // Whether the product of x * scale + bias can be had as one of x; for vectors of one number.
  virtual bool takes_affine_input() const = 0;
  virtual void affine_input(const Affine& affine) = 0;

  bool has_activation() const { return activation_ != TSR_ACTIVATION_NONE; }
  bool has_residual() const { return has(1); }
  // The same on bytes, x's and y's given by their quantization, y's null for f32; null where that is not to be had.
  std::unique_ptr<Layer> quantized(const Quantization& x, const Quantization* y) const;
  void set_activation(int activation, float a, float b) { activation_ = activation, a_ = a, b_ = b; }
  std::size_t weight_bytes() const { return weights_.size_in_bytes(); }

 protected:
  // The weights are runs of as many elements, each of one channel.
  virtual Index run_length() const = 0;
  virtual Index channel_of(Index run) const = 0;
  // Weights with the scale in them. Forgets what was loaded.
  Tensor scaled_weights();
  const float* bias() const { return bias_.empty() ? nullptr : bias_.data(); }
  // The layer for bytes, once the epilogue is clear.
  virtual std::unique_ptr<Layer> make_quantized(const Quantization& x, QuantizedEpilogue epilogue) const = 0;
  // The dimension of the weights that has a scale for each channel.
  virtual int weight_axis() const = 0;
  // x * scale + bias as input: the bias times the sum of a channel's weights goes into the channel's bias.
  void fold_input(const Affine& affine);

  Value& weights_;
  Affine affine_;            // of channels() numbers each, or empty
  std::vector<float> bias_;  // from prepare() on
  int activation_ = TSR_ACTIVATION_NONE;
  float a_ = 0, b_ = 0;
};

// A transposed convolution whose blocks of output pixels do not overlap is a convolution of 1 x 1, with a channel for
// each pixel of a block, and then a move. False, and nothing is done, for other layers.
bool transposed_by_blocks(Graph& graph, Layer& layer);

// y := function(x)
class Unary final : public Layer {
 public:
  Unary(int f, float with_a = 0, float with_b = 0) : function(f), a(with_a), b(with_b) {}
  bool is(int f, float with_a, float with_b) const { return function == f && a == with_a && b == with_b; }
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override { check(tsr_unary(context, function, a, b, x(), y())); }

  int function;
  float a, b;
};

// y := operation(alpha * x0, beta * x1), f32, broadcast.
class Binary final : public Layer {
 public:
  explicit Binary(int what, float of_x0 = 1, float of_x1 = 1) : operation(what), alpha(of_x0), beta(of_x1) {}
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override { check(tsr_binary(context, operation, alpha, x(0), beta, x(1), y())); }

  int operation;
  float alpha, beta;
};

// y := x * scale[i] + bias[i], i the index in dimension `axis`.
class Scale final : public Layer {
 public:
  Scale(int along, Affine numbers) : axis(along), affine(std::move(numbers)) {}
  void arrange(Arranger& arranger) override;
  void prepare(const tsr_context*) override;
  void run(const tsr_context* context) override {
    check(tsr_scale(context, x(), axis, scale_.data(), bias_.data(), y()));
  }

  int axis;
  Affine affine;

 private:
  std::vector<float> scale_, bias_;
};

// y := clamp(round(x / scale) + zero), and back.
class Quantize final : public Layer {
 public:
  explicit Quantize(Quantization q) : quantization(std::move(q)) {}
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override {
    check(tsr_quantize(context, x(), quantization.axis, quantization.scale.data(), quantization.zero.data(), y()));
  }

  Quantization quantization;
};
class Dequantize final : public Layer {
 public:
  explicit Dequantize(Quantization q) : quantization(std::move(q)) {}
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override {
    check(tsr_dequantize(context, x(), quantization.axis, quantization.scale.data(), quantization.zero.data(), y()));
  }

  Quantization quantization;
};

// Bytes to bytes by way of f32, a stretch at a time: y := quantize(unary(binary(dequantize(x0), dequantize(x1)))), all
// of the same sizes. What is null is left out, and x1 with the binary operation.
class Bytewise final : public Layer {
 public:
  Bytewise(std::vector<Quantization> of_inputs, const Binary* binary, const Unary* unary, Quantization of_output);
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override;

 private:
  bool is_sum() const;

  std::vector<Quantization> of_inputs_;
  Quantization of_output_;
  struct Operation {
    int operation;
    float alpha, beta;
  };
  std::optional<Operation> binary_, unary_;
  std::vector<float> stretch_;
};

// A window moved over an image.
class Pool final : public Layer {
 public:
  explicit Pool(const tsr_pool_desc& what) : desc(what) {}
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override { check(tsr_pool(context, &desc, x(), y())); }
  bool moves() const override { return desc.pooling == TSR_POOL_MAX; }

  tsr_pool_desc desc;
};

// Blocks of pixels to channels, or back.
class Depth final : public Layer {
 public:
  using Fn = tsr_status (*)(const tsr_context*, tsr_index, std::int32_t, const tsr_tensor*, const tsr_tensor*);
  Depth(Fn fn, Index block, int order) : fn_(fn), block_(block), order_(order) {}
  bool moves() const override { return true; }
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override { check(fn_(context, block_, order_, x(), y())); }

 private:
  Fn fn_;
  Index block_;
  int order_;
};

// y is a view of x with other sizes.
class Reshape final : public Layer {
 public:
  void arrange(Arranger& arranger) override;
  bool works() const override { return false; }
  void run(const tsr_context*) override {}
  bool moves() const override { return true; }
};

// y is a view of x with its dimensions in another order.
class Transpose final : public Layer {
 public:
  explicit Transpose(std::vector<int> dimensions) : order(std::move(dimensions)) {}
  void arrange(Arranger& arranger) override;
  bool works() const override { return false; }
  void run(const tsr_context*) override {}
  bool moves() const override { return true; }

  std::vector<int> order;
};

// y := mean, or another tsr_reduction, of x over dimensions, which stay with size 1.
class Reduce final : public Layer {
 public:
  Reduce(int what, std::uint32_t dimensions) : reduction(what), axes(dimensions) {}
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override { check(tsr_reduce(context, reduction, axes, x(), y())); }

  int reduction;
  std::uint32_t axes;
};

// y := (x - mean) / sqrt(variance + epsilon) * gamma + beta over the dimensions from `axis` on.
class LayerNorm final : public Layer {
 public:
  LayerNorm(int from, float under_root) : axis(from), epsilon(under_root) {}
  void arrange(Arranger& arranger) override;
  void run(const tsr_context* context) override;

  int axis;
  float epsilon;
};

}  // namespace onnx_runner
