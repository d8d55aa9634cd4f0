// Conv and ConvTranspose, in NHWC where there are two spatial dimensions.
#include <tessera/conv_q8.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "arranger.h"
#include "layers.h"
#include "window.h"

namespace onnx_runner {
namespace {

// `pixels` of padding in all; an odd one goes behind or in front. A transposed convolution may be short of pixels,
// which its output padding adds.
void pad(Window& w, Index pixels, bool odd_behind) {
  const Index least = std::max<Index>(pixels, 0);
  w.before = odd_behind ? least / 2 : least - least / 2;
  w.after = least - w.before;
  w.output_pad += std::max<Index>(-pixels, 0);
}

// By tsr_conv_algorithm; a library newer than this table may have more.
std::string algorithm_name(tsr_conv_algorithm algorithm) {
  constexpr const char* kNames[] = {"", "gemm", "depthwise", "winograd 2", "winograd 4", "winograd 6", "direct"};
  const auto i = static_cast<std::size_t>(algorithm);
  return i < std::size(kNames) ? kNames[i] : "algorithm " + std::to_string(i);
}

int q8_type(Type type) { return type == Type::kU8 ? TSR_U8 : TSR_S8; }

// Of bytes; exact sums.
class QuantizedConvolution final : public Layer {
 public:
  QuantizedConvolution(const tsr_conv_desc& desc, const Quantization& x, Value& weights, const Quantization& w,
                       QuantizedEpilogue epilogue)
      : desc_(desc),
        image_{nullptr, q8_type(x.type), x.zero[0]},
        weights_(weights),
        w_(w),
        epilogue_(std::move(epilogue)) {}
  ~QuantizedConvolution() override { tsr_conv_q8_plan_destroy(plan_); }

  void arrange(Arranger& arranger) override {
    if (desc_.layout == TSR_NHWC) {
      arranger.need_image(*this, 0);
      arranger.image(out());
      is_image(*x(), &desc_.in_stride);
      is_image(*y(), &desc_.out_stride);
    } else {
      arranger.need_dense(*this, 0);
      arranger.dense(out(), false);
    }
  }

  void prepare(const tsr_context* context) override {
    const tsr_q8_filter filter = {weights_.constant().bytes(), q8_type(w_.type), w_.zero[0],
                                  w_.zero.size() > 1 ? w_.zero.data() : nullptr};
    check(tsr_conv_q8_plan_create(context, &desc_, &filter, &plan_));
    weights_.unload();
  }

  void run(const tsr_context* context) override {
    image_.data = x()->data;
    const tsr_q8_epilogue epilogue = epilogue_.get();
    check(tsr_conv_q8_run(plan_, context, &image_, &epilogue, y()->data));
  }

  double operations() const override {
    return 2.0 * static_cast<double>(out().count()) * static_cast<double>(weights_.count()) /
           static_cast<double>(out().dims[1]);
  }
  std::string algorithm() const override { return "u8 " + algorithm_name(tsr_conv_q8_plan_algorithm(plan_)); }

 private:
  tsr_conv_desc desc_;
  tsr_q8_image image_;
  Value& weights_;
  Quantization w_;
  QuantizedEpilogue epilogue_;
  tsr_conv_q8_plan* plan_ = nullptr;
};

class Convolution final : public Product {
 public:
  Convolution(const tsr_conv_desc& desc, Value& weights) : Product(weights), desc_(desc) {}
  ~Convolution() override { tsr_conv_plan_destroy(plan_); }

  Index channels() const override { return desc_.out_channels; }
  int channel_axis() const override { return 1; }

  bool takes_affine_input() const override {
    return !desc_.transposed && desc_.pad_top == 0 && desc_.pad_left == 0 && desc_.pad_bottom == 0 &&
           desc_.pad_right == 0;
  }
  void affine_input(const Affine& affine) override { fold_input(affine); }

  void arrange(Arranger& arranger) override {
    if (desc_.layout == TSR_NHWC) {
      arranger.need_image(*this, 0);
      if (has_residual()) arranger.need_image(*this, 1, false);
      arranger.image(out(), !has_residual());
      is_image(*x(), &desc_.in_stride);
      is_image(*y(), &desc_.out_stride);
    } else {
      arranger.need_dense(*this, 0);
      if (has_residual()) arranger.need_dense(*this, 1);
      arranger.dense(out(), false);
    }
  }

  void prepare(const tsr_context* context) override {
    check(tsr_conv_plan_create(context, &desc_, scaled_weights().data<float>(), &plan_));
  }

  void run(const tsr_context* context) override {
    tsr_conv_epilogue epilogue = TSR_CONV_EPILOGUE_INIT;
    epilogue.bias = bias();
    if (has_residual()) epilogue.residual = static_cast<const float*>(x(1)->data);
    epilogue.activation = activation_;
    epilogue.activation_a = a_;
    epilogue.activation_b = b_;
    check(tsr_conv_run(plan_, context, static_cast<const float*>(x()->data), &epilogue, static_cast<float*>(y()->data),
                       nullptr, 0));
  }

  double operations() const override {
    const Value& image = desc_.transposed ? in(0) : out();  // each of its pixels sees the whole kernel
    return 2.0 * static_cast<double>(count_of(image.dims)) * static_cast<double>(weights_.count()) /
           static_cast<double>(image.dims[1]);
  }

  std::string algorithm() const override { return algorithm_name(tsr_conv_plan_algorithm(plan_)); }

  // What transposed_by_blocks() makes of this; null where blocks overlap, or leave gaps, or there is more to it.
  std::unique_ptr<Convolution> blocks(Graph& graph) const {
    const tsr_conv_desc& d = desc_;
    const Index block = d.kernel_height, taps = block * block, c = d.in_channels, k = d.out_channels;
    if (!d.transposed || d.layout != TSR_NHWC || d.groups != 1 || d.kernel_width != block || d.stride_height != block ||
        d.stride_width != block || d.dilation_height != 1 || d.dilation_width != 1 || d.pad_top + d.pad_left != 0 ||
        d.pad_bottom + d.pad_right != 0 || d.output_pad_height + d.output_pad_width != 0 || has_residual() || block < 2)
      return nullptr;
    Tensor w(Type::kF32, {taps * k, c, 1, 1});
    const float* const from = weights_.constant().data<float>();
    for (Index tap = 0; tap < taps; ++tap)
      for (Index channel = 0; channel < k; ++channel)
        for (Index i = 0; i < c; ++i)
          w.data<float>()[(tap * k + channel) * c + i] = from[(i * k + channel) * taps + tap];
    weights_.unload();
    tsr_conv_desc one = d;
    one.transposed = 0;
    one.out_channels = taps * k;
    one.kernel_height = one.kernel_width = one.stride_height = one.stride_width = 1;
    auto made = std::make_unique<Convolution>(one, graph.add_constant(std::move(w)));
    for (Index tap = 0; tap < taps; ++tap) {
      made->affine_.scale.insert(made->affine_.scale.end(), affine_.scale.begin(), affine_.scale.end());
      made->affine_.bias.insert(made->affine_.bias.end(), affine_.bias.begin(), affine_.bias.end());
    }
    made->set_activation(activation_, a_, b_);
    return made;
  }

 private:
  // Weights are K x C/G x height x width, or C x K/G x height x width.
  Index run_length() const override {
    const Index taps = desc_.kernel_height * desc_.kernel_width;
    return desc_.transposed ? taps : taps * (desc_.in_channels / desc_.groups);
  }
  Index channel_of(Index run) const override {
    if (!desc_.transposed) return run;
    const Index in = desc_.in_channels / desc_.groups, out = desc_.out_channels / desc_.groups;
    return run / out / in * out + run % out;
  }

  int weight_axis() const override { return 0; }
  std::unique_ptr<Layer> make_quantized(const Quantization& x, QuantizedEpilogue epilogue) const override {
    if (desc_.transposed) return nullptr;
    return std::make_unique<QuantizedConvolution>(desc_, x, *weights_.integers, weights_.quantization,
                                                  std::move(epilogue));
  }

  tsr_conv_desc desc_;
  tsr_conv_plan* plan_ = nullptr;
};

// What a node says of a convolution of x with w. The sizes of the result in *dims.
tsr_conv_desc describe(const NodeBuilder& b, const Value& x, const Value& w, bool transposed, Dims* dims) {
  const std::size_t count = x.dims.size() - 2;
  b.require(x.dims.size() >= 3 && count <= 2, "an image of other than one or two dimensions");
  b.require(w.dims.size() == x.dims.size(), "weights of other dimensions than the image");
  const auto [rows, columns] = windows_of(b, x.dims, {w.dims.begin() + 2, w.dims.end()}, transposed);
  tsr_conv_desc desc = TSR_CONV_INIT;
  desc.layout = count == 2 ? TSR_NHWC : TSR_NCHW;
  desc.transposed = transposed;
  desc.planning = b.graph().planning;
  desc.batch = x.dims[0];
  desc.groups = b.node.integer("group", 1);
  desc.in_channels = x.dims[1];
  desc.out_channels = transposed ? w.dims[1] * desc.groups : w.dims[0];
  desc.in_height = rows.in, desc.in_width = columns.in;
  desc.kernel_height = rows.kernel, desc.kernel_width = columns.kernel;
  desc.stride_height = rows.stride, desc.stride_width = columns.stride;
  desc.dilation_height = rows.dilation, desc.dilation_width = columns.dilation;
  desc.pad_top = rows.before, desc.pad_bottom = rows.after;
  desc.pad_left = columns.before, desc.pad_right = columns.after;
  desc.output_pad_height = rows.output_pad, desc.output_pad_width = columns.output_pad;
  tsr_index height = 0, width = 0;
  b.check(tsr_conv_output(&desc, &height, &width));
  b.require((transposed ? w.dims[0] : w.dims[1] * desc.groups) == desc.in_channels, "weights for other channels");
  *dims = {desc.batch, desc.out_channels};
  if (count == 2) dims->push_back(height);
  dims->push_back(width);
  return desc;
}

void convolution(NodeBuilder& b, bool transposed) {
  Value &x = b.input(0), &w = b.input(1);
  if (!w.is_constant()) b.constant(1);
  b.require(x.type == Type::kF32 && w.type == Type::kF32, "elements that are not f32");
  Dims dims;
  const tsr_conv_desc desc = describe(b, x, w, transposed, &dims);
  auto& layer = b.add<Convolution>({&x}, {&b.output(0, Type::kF32, dims)}, desc, w);
  if (!b.has(2)) return;
  const std::vector<float> bias = b.reals_of(2);
  b.require(static_cast<Index>(bias.size()) == desc.out_channels, "a bias for other channels");
  layer.finish({{1}, {bias.begin(), bias.end()}});
}

// Bytes, and 32-bit sums of their products.
void convolution_of_integers(NodeBuilder& b) {
  Value &x = b.input(0), &w = b.input(1);
  if (!w.is_constant()) b.constant(1);
  const auto is_byte = [](const Value& v) { return v.type == Type::kU8 || v.type == Type::kS8; };
  b.require(is_byte(x) && is_byte(w), "elements that are no bytes");
  Dims dims;
  const tsr_conv_desc desc = describe(b, x, w, false, &dims);
  Quantization of_x{x.type, -1, {1}, {0}}, of_w{w.type, -1, {1}, {0}};
  const auto zeros = [&](std::size_t i, Quantization& q) {
    if (!b.has(i)) return;
    q.zero.clear();
    for (const Index z : b.integers_of(i)) q.zero.push_back(static_cast<std::int32_t>(z));
  };
  zeros(2, of_x);
  zeros(3, of_w);
  b.require(of_x.zero.size() == 1 && (of_w.zero.size() == 1 || static_cast<Index>(of_w.zero.size()) == w.dims[0]),
            "zero points for other channels");
  b.add<QuantizedConvolution>({&x}, {&b.output(0, Type::kS32, dims)}, desc, of_x, w, of_w, QuantizedEpilogue{});
}

}  // namespace

bool transposed_by_blocks(Graph& graph, Layer& layer) {
  const auto* const transposed = dynamic_cast<const Convolution*>(&layer);
  std::unique_ptr<Convolution> made = transposed != nullptr ? transposed->blocks(graph) : nullptr;
  if (made == nullptr) return false;
  const Dims& in = layer.in(0).dims;
  const Index block = layer.out().dims[2] / in[2];
  Value& blocks = graph.add_value(layer.name, Type::kF32, {in[0], made->channels(), in[2], in[3]});
  made->name = layer.name;
  made->op = layer.op;
  graph.add_before(layer, std::move(made), {&layer.in(0)}, {&blocks});
  Layer& move = graph.add_before(layer, std::make_unique<Depth>(&tsr_depth_to_space, block, TSR_DEPTH_BLOCK_FIRST),
                                 {&blocks}, {&layer.out()});
  move.name = layer.name;
  move.op = "DepthToSpace";
  graph.erase(layer);
  return true;
}

Window window_of(const NodeBuilder& b, Index in, Index kernel, std::size_t i, std::size_t count, bool transposed) {
  const auto nth = [&](const char* name, Index absent, std::size_t at, std::size_t of) {
    const std::vector<Index> all = b.node.integers(name, std::vector<Index>(of, absent));
    if (all.size() != of)
      b.fail(std::string("attribute ") + name + " is not for " + std::to_string(count) + " dimensions");
    return all[at];
  };
  Window w;
  w.in = in;
  w.kernel = kernel;
  w.stride = nth("strides", 1, i, count);
  w.dilation = nth("dilations", 1, i, count);
  w.before = nth("pads", 0, i, 2 * count);
  w.after = nth("pads", 0, count + i, 2 * count);
  w.output_pad = nth("output_padding", 0, i, count);
  b.require(w.stride > 0 && w.dilation > 0 && w.kernel > 0, "a size or step below 1");
  const std::string automatic = b.node.text("auto_pad", "NOTSET");
  const bool upper = automatic == "SAME_UPPER", same = upper || automatic == "SAME_LOWER";
  if (automatic == "VALID") w.before = w.after = 0;
  if (transposed) {
    const std::vector<Index> shape = b.node.integers("output_shape", {});
    const Index full = w.stride * (w.in - 1) + w.output_pad + w.reach();
    if (shape.size() >= count) {
      pad(w, full - shape[shape.size() - count + i], upper);
    } else if (same) {
      pad(w, full - w.in * w.stride, upper);
    }
  } else if (same) {
    const Index out = (w.in + w.stride - 1) / w.stride;
    pad(w, std::max<Index>((out - 1) * w.stride + w.reach() - w.in, 0), upper);
  }
  return w;
}

Windows windows_of(const NodeBuilder& b, const Dims& image, const std::vector<Index>& kernel, bool transposed) {
  const std::size_t count = image.size() - 2;
  b.require(kernel.size() == count, "a kernel of other dimensions than the image");
  Windows w;
  if (count == 2) w.rows = window_of(b, image[2], kernel[0], 0, count, transposed);
  w.columns = window_of(b, image[count + 1], kernel[count - 1], count - 1, count, transposed);
  return w;
}

const Operator kConvolutionOperators[] = {{"Conv", [](NodeBuilder& b) { convolution(b, false); }},
                                          {"ConvInteger", convolution_of_integers},
                                          {"ConvTranspose", [](NodeBuilder& b) { convolution(b, true); }},
                                          {nullptr, nullptr}};

}  // namespace onnx_runner
