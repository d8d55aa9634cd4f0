// Operators of images. Those of one dimension are images of one row.
#include <cmath>
#include <utility>

#include "arranger.h"
#include "layers.h"
#include "window.h"

namespace onnx_runner {
namespace {

void pool(NodeBuilder& b) {
  Value& x = b.input(0);
  b.require(b.node.outputs.size() < 2 || b.node.outputs[1].empty(), "the positions of the largest");
  b.require(x.dims.size() == 3 || x.dims.size() == 4, "an image of other than one or two dimensions");
  const auto [rows, columns] = windows_of(b, x.dims, b.node.integers("kernel_shape", {}), false);
  tsr_pool_desc desc = TSR_POOL_INIT;
  desc.pooling = b.node.op == "MaxPool"                        ? TSR_POOL_MAX
                 : b.node.integer("count_include_pad", 0) != 0 ? TSR_POOL_AVERAGE_PAD
                                                               : TSR_POOL_AVERAGE;
  desc.ceil_mode = b.node.integer("ceil_mode", 0) != 0;
  desc.kernel_height = rows.kernel, desc.kernel_width = columns.kernel;
  desc.stride_height = rows.stride, desc.stride_width = columns.stride;
  desc.dilation_height = rows.dilation, desc.dilation_width = columns.dilation;
  desc.pad_top = rows.before, desc.pad_bottom = rows.after;
  desc.pad_left = columns.before, desc.pad_right = columns.after;
  tsr_index height = 0, width = 0;
  b.check(tsr_pool_output(&desc, rows.in, columns.in, &height, &width));
  const Dims dims = {x.dims[0], x.dims[1], height, width};
  if (x.dims.size() == 4) {
    b.add<Pool>({&x}, {&b.output(0, x.type, dims)}, desc);
    return;
  }
  Value &image = b.intermediate(x.type, {x.dims[0], x.dims[1], 1, x.dims[2]}), &y = b.intermediate(x.type, dims);
  b.add<Reshape>({&x}, {&image});
  b.add<Pool>({&image}, {&y}, desc);
  b.add<Reshape>({&y}, {&b.output(0, x.type, {dims[0], dims[1], width})});
}

void global_pool(NodeBuilder& b) {
  Value& x = b.input(0);
  b.require(x.type == Type::kF32 && x.dims.size() >= 3 && x.dims.size() <= TSR_MAX_RANK, "no f32 image");
  Dims dims(x.dims.size(), 1);
  dims[0] = x.dims[0], dims[1] = x.dims[1];
  const std::uint32_t axes = ((1u << x.dims.size()) - 1) & ~3u;
  b.add<Reduce>({&x}, {&b.output(0, x.type, dims)}, b.node.op == "GlobalMaxPool" ? TSR_REDUCE_MAX : TSR_REDUCE_MEAN,
                axes);
}

class Resize final : public Layer {
 public:
  Resize(int mode, int coordinates, int rounding, float scale_height, float scale_width)
      : mode_(mode),
        coordinates_(coordinates),
        rounding_(rounding),
        scale_height_(scale_height),
        scale_width_(scale_width) {}
  void arrange(Arranger& arranger) override { arranger.like(out(), in(0)); }
  void run(const tsr_context* context) override {
    check(tsr_resize(context, mode_, coordinates_, rounding_, scale_height_, scale_width_, x(), y()));
  }

 private:
  int mode_, coordinates_, rounding_;
  float scale_height_, scale_width_;
};

void resize(NodeBuilder& b) {
  constexpr std::pair<const char*, int> kCoordinates[] = {{"half_pixel", TSR_RESIZE_HALF_PIXEL},
                                                          {"pytorch_half_pixel", TSR_RESIZE_PYTORCH_HALF_PIXEL},
                                                          {"asymmetric", TSR_RESIZE_ASYMMETRIC},
                                                          {"align_corners", TSR_RESIZE_ALIGN_CORNERS},
                                                          {"tf_half_pixel_for_nn", TSR_RESIZE_TF_HALF_PIXEL}};
  constexpr std::pair<const char*, int> kRoundings[] = {{"round_prefer_floor", TSR_RESIZE_ROUND_PREFER_FLOOR},
                                                        {"round_prefer_ceil", TSR_RESIZE_ROUND_PREFER_CEIL},
                                                        {"floor", TSR_RESIZE_FLOOR},
                                                        {"ceil", TSR_RESIZE_CEIL}};
  Value& x = b.input(0);
  const bool old = b.node.op == "Upsample" || b.node.opset < 11;
  const std::string mode = b.node.text("mode", "nearest");
  const std::string coordinates = b.node.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  const std::string rounding = b.node.text("nearest_mode", old ? "floor" : "round_prefer_floor");
  int where = -1, round = -1;
  for (const auto& [name, value] : kCoordinates)
    if (coordinates == name) where = value;
  for (const auto& [name, value] : kRoundings)
    if (rounding == name) round = value;
  if (where < 0 || round < 0) b.fail(coordinates + ", " + rounding);
  const bool linear = mode == "linear" || mode == "bilinear";
  if (mode != "nearest" && !linear) b.fail("mode " + mode);
  b.require(x.dims.size() == 4 && x.type == Type::kF32, "no f32 image");

  // Inputs: x, scales before version 11; x, region, scales, sizes since.
  const std::size_t scales_at = old ? 1 : 2;
  Dims dims;
  float scales[2] = {0, 0};
  if (!old && b.has(3) && b.constant(3).count() > 0) {
    dims = b.integers_of(3);
  } else {
    const Attribute* const attribute = b.node.find("scales");
    const std::vector<float> given = b.has(scales_at)       ? b.reals_of(scales_at)
                                     : attribute != nullptr ? attribute->reals
                                                            : std::vector<float>();
    b.require(given.size() == 4, "no scales for four dimensions");
    for (std::size_t i = 0; i < 4; ++i)
      dims.push_back(static_cast<Index>(std::floor(static_cast<float>(x.dims[i]) * given[i])));
    scales[0] = given[2], scales[1] = given[3];
  }
  b.require(dims.size() == 4 && dims[0] == x.dims[0] && dims[1] == x.dims[1], "batch or channels resized");
  b.add<Resize>({&x}, {&b.output(0, x.type, dims)}, linear ? TSR_RESIZE_LINEAR : TSR_RESIZE_NEAREST, where, round,
                scales[0], scales[1]);
}

class Lrn final : public Layer {
 public:
  Lrn(Index size, float alpha, float beta, float k) : size_(size), alpha_(alpha), beta_(beta), k_(k) {}
  void arrange(Arranger& arranger) override { arranger.like(out(), in(0)); }
  void run(const tsr_context* context) override { check(tsr_lrn(context, size_, alpha_, beta_, k_, x(), y())); }

 private:
  Index size_;
  float alpha_, beta_, k_;
};

void lrn(NodeBuilder& b) {
  Value& x = b.input(0);
  b.add<Lrn>({&x}, {&b.output(0, x.type, x.dims)}, b.node.integer("size", 0), b.node.real("alpha", 1e-4f),
             b.node.real("beta", 0.75f), b.node.real("bias", 1));
}

}  // namespace

const Operator kImageOperators[] = {{"AveragePool", pool},
                                    {"GlobalAveragePool", global_pool},
                                    {"GlobalMaxPool", global_pool},
                                    {"LRN", lrn},
                                    {"MaxPool", pool},
                                    {"Resize", resize},
                                    {"Upsample", resize},
                                    {nullptr, nullptr}};

}  // namespace onnx_runner
