// XNNPACK's convolution of floats behind the interface of dnnl_conv_module.cc: NHWC, weights packed beforehand.
#include <pthreadpool.h>
#include <xnnpack.h>

#include <limits>
#include <vector>

namespace {

struct Layer {
  xnn_operator_t convolution = nullptr;
  pthreadpool_t threads = nullptr;
  std::vector<float> x, y, plain_y;
  size_t batch, channels, pixels;

  Layer(const int* p, int images, const float* from, const float* w, const float* bias) : batch(size_t(images)) {
    const size_t c = size_t(p[0]), h = size_t(p[1]), width = size_t(p[2]), kernel = size_t(p[4]), groups = size_t(p[7]);
    channels = size_t(p[3]);
    pixels = size_t(p[8]) * size_t(p[9]);
    const uint32_t k = uint32_t(p[4]), stride = uint32_t(p[5]), pad = uint32_t(p[6]);
    // Channels last: of the image, and of each output channel's weights.
    constexpr size_t kExtra = XNN_EXTRA_BYTES / sizeof(float);
    x.resize(batch * c * h * width + kExtra);
    for (size_t n = 0; n < batch; ++n)
      for (size_t i = 0; i < c; ++i)
        for (size_t e = 0; e < h * width; ++e) x[(n * h * width + e) * c + i] = from[(n * c + i) * h * width + e];
    const size_t inputs = c / groups, taps = kernel * kernel;
    std::vector<float> weights(channels * inputs * taps);
    for (size_t o = 0; o < channels; ++o)
      for (size_t i = 0; i < inputs; ++i)
        for (size_t t = 0; t < taps; ++t) weights[(o * taps + t) * inputs + i] = w[(o * inputs + i) * taps + t];
    y.resize(batch * channels * pixels + kExtra);
    plain_y.resize(batch * channels * pixels);
    if (p[10] > 1) threads = pthreadpool_create(size_t(p[10]));
    if (xnn_initialize(nullptr) != xnn_status_success ||
        xnn_create_convolution2d_nhwc_f32(pad, pad, pad, pad, k, k, stride, stride, 1, 1, uint32_t(groups), inputs,
                                          channels / groups, c, channels, weights.data(), bias, 0.0f,
                                          std::numeric_limits<float>::infinity(), 0,
                                          &convolution) != xnn_status_success ||
        xnn_setup_convolution2d_nhwc_f32(convolution, batch, h, width, x.data(), y.data(), threads) !=
            xnn_status_success) {
      if (convolution != nullptr) xnn_delete_operator(convolution);
      convolution = nullptr;
    }
  }
  ~Layer() {
    if (convolution != nullptr) xnn_delete_operator(convolution);
    if (threads != nullptr) pthreadpool_destroy(threads);
  }
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
};

}  // namespace

extern "C" {

__attribute__((visibility("default"))) void* bench_conv_create(const int* p, int batch, const float* x, const float* w,
                                                               const float* bias) {
  Layer* const layer = new Layer(p, batch, x, w, bias);
  if (layer->convolution != nullptr) return layer;
  delete layer;
  return nullptr;
}
__attribute__((visibility("default"))) void bench_conv_run(void* layer) {
  Layer& l = *static_cast<Layer*>(layer);
  xnn_run_operator(l.convolution, l.threads);
}
// The result as NCHW.
__attribute__((visibility("default"))) const float* bench_conv_result(void* layer) {
  Layer& l = *static_cast<Layer*>(layer);
  for (size_t n = 0; n < l.batch; ++n)
    for (size_t k = 0; k < l.channels; ++k)
      for (size_t e = 0; e < l.pixels; ++e)
        l.plain_y[(n * l.channels + k) * l.pixels + e] = l.y[(n * l.pixels + e) * l.channels + k];
  return l.plain_y.data();
}
__attribute__((visibility("default"))) void bench_conv_destroy(void* layer) { delete static_cast<Layer*>(layer); }
}
