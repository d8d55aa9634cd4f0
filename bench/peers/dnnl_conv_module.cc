// oneDNN's convolution behind a C interface, as a module: layouts of its own choice (blocked ones), made beforehand and
// not timed.
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

namespace {

using namespace dnnl;
using Tag = memory::format_tag;
using Type = memory::data_type;

// Floats, or bytes whose sums are scaled, rounded and clamped.
struct Types {
  Type x, w, bias, y;
  float scale;
};

struct Layer {
  engine cpu{engine::kind::cpu, 0};
  stream queue{cpu};
  convolution_forward primitive;
  std::unordered_map<int, memory> arguments;
  memory plain_y;

  Layer(const int* p, int batch, const Types& types, const void* x, const void* w, const void* bias) {
    const memory::dim n = batch, c = p[0], h = p[1], width = p[2], k = p[3], kernel = p[4], stride = p[5], pad = p[6],
                      groups = p[7], oh = p[8], ow = p[9];
    const memory::dims xs{n, c, h, width}, ys{n, k, oh, ow}, bs{k};
    const memory::dims ws =
        groups > 1 ? memory::dims{groups, k / groups, c / groups, kernel, kernel} : memory::dims{k, c, kernel, kernel};
    const auto any = [](const memory::dims& dims, Type type) { return memory::desc(dims, type, Tag::any); };
    const auto plain = [](const memory::dims& dims, Type type, Tag tag) { return memory::desc(dims, type, tag); };
    primitive_attr attributes;
    if (types.scale != 1.0f) attributes.set_output_scales(0, {types.scale});
    post_ops relu;
    relu.append_eltwise(1.0f, algorithm::eltwise_relu, 0.0f, 0.0f);
    attributes.set_post_ops(relu);
    const convolution_forward::primitive_desc chosen(
        convolution_forward::desc(prop_kind::forward_inference, algorithm::convolution_auto, any(xs, types.x),
                                  any(ws, types.w), plain(bs, types.bias, Tag::a), any(ys, types.y), {stride, stride},
                                  {pad, pad}, {pad, pad}),
        attributes, cpu);
    const auto moved = [&](const memory::desc& from, const memory::desc& to, const void* data) {
      memory source(from, cpu, const_cast<void*>(data)), target(to, cpu);
      reorder(source, target).execute(queue, source, target);
      queue.wait();
      return target;
    };
    primitive = convolution_forward(chosen);
    arguments.insert({DNNL_ARG_SRC, moved(plain(xs, types.x, Tag::nchw), chosen.src_desc(), x)});
    arguments.insert(
        {DNNL_ARG_WEIGHTS, moved(plain(ws, types.w, groups > 1 ? Tag::goihw : Tag::oihw), chosen.weights_desc(), w)});
    arguments.insert({DNNL_ARG_BIAS, moved(plain(bs, types.bias, Tag::a), plain(bs, types.bias, Tag::a), bias)});
    arguments.insert({DNNL_ARG_DST, memory(chosen.dst_desc(), cpu)});
    plain_y = memory(plain(ys, Type::f32, Tag::nchw), cpu);
  }
};

void* create(const int* p, int batch, const Types& types, const void* x, const void* w, const void* bias) {
  try {
    return new Layer(p, batch, types, x, w, bias);
  } catch (const std::exception&) {
    return nullptr;
  }
}

}  // namespace

extern "C" {

// p: c, h, w, k, kernel, stride, pad, groups, output height and width. Null when oneDNN cannot.
__attribute__((visibility("default"))) void* bench_conv_create(const int* p, int batch, const float* x, const float* w,
                                                               const float* bias) {
  return create(p, batch, {Type::f32, Type::f32, Type::f32, Type::f32, 1.0f}, x, w, bias);
}
__attribute__((visibility("default"))) void* bench_conv_create_int8(const int* p, int batch, const unsigned char* x,
                                                                    const signed char* w, const int* bias,
                                                                    float scale) {
  return create(p, batch, {Type::u8, Type::s8, Type::s32, Type::u8, scale}, x, w, bias);
}
__attribute__((visibility("default"))) void bench_conv_run(void* layer) {
  Layer& l = *static_cast<Layer*>(layer);
  l.primitive.execute(l.queue, l.arguments);
  l.queue.wait();
}
// The result as NCHW.
__attribute__((visibility("default"))) const float* bench_conv_result(void* layer) {
  Layer& l = *static_cast<Layer*>(layer);
  memory& y = l.arguments.at(DNNL_ARG_DST);
  reorder(y, l.plain_y).execute(l.queue, y, l.plain_y);
  l.queue.wait();
  return static_cast<const float*>(l.plain_y.get_data_handle());
}
__attribute__((visibility("default"))) void bench_conv_destroy(void* layer) { delete static_cast<Layer*>(layer); }
}
