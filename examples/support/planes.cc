#include <tessera/nn.h>

#include <algorithm>

#include "image.h"

namespace support {
namespace {

void check(tsr_status status) {
  if (status != TSR_OK) throw ImageError(std::string("the picture cannot be prepared: ") + tsr_status_string(status));
}

}  // namespace

void to_planes(const Image& image, int height, int width, const Normalization& normalization, float* y) {
  if (image.width < 1 || image.height < 1 || height < 1 || width < 1) throw ImageError("it has no pixels");
  // The library does not write to inputs.
  tsr_tensor bytes =
      tsr_tensor_nhwc(TSR_U8, const_cast<std::uint8_t*>(image.rgb.data()), 1, 3, image.height, image.width);

  // Linear interpolation reads two pixels of a row: with steps of more than two it would miss some.
  tsr_pool_desc pool = TSR_POOL_INIT;
  pool.pooling = TSR_POOL_AVERAGE;
  pool.ceil_mode = 1;
  pool.kernel_height = pool.stride_height = std::max(1, image.height / height);
  pool.kernel_width = pool.stride_width = std::max(1, image.width / width);
  std::vector<std::uint8_t> pooled;
  if (pool.kernel_height > 1 || pool.kernel_width > 1) {
    tsr_index rows = 0, columns = 0;
    check(tsr_pool_output(&pool, image.height, image.width, &rows, &columns));
    pooled.resize(static_cast<std::size_t>(3 * rows * columns));
    const tsr_tensor smaller = tsr_tensor_nhwc(TSR_U8, pooled.data(), 1, 3, rows, columns);
    check(tsr_pool(nullptr, &pool, &bytes, &smaller));
    bytes = smaller;
  }

  tsr_tensor channels = bytes;
  if (normalization.bgr) check(tsr_tensor_slice(&bytes, 1, 2, 3, -1, &channels));
  std::vector<float> values(static_cast<std::size_t>(3 * bytes.size[2] * bytes.size[3]));
  const tsr_tensor planes = tsr_tensor_dense(TSR_F32, values.data(), 4, bytes.size);
  const float one = 1;
  check(tsr_dequantize(nullptr, &channels, -1, &one, nullptr, &planes));

  const tsr_index sizes[4] = {1, 3, height, width};
  const tsr_tensor out = tsr_tensor_dense(TSR_F32, y, 4, sizes);
  check(tsr_resize(nullptr, TSR_RESIZE_LINEAR, TSR_RESIZE_HALF_PIXEL, TSR_RESIZE_ROUND_PREFER_FLOOR, 0, 0, &planes,
                   &out));
  float scale[3], bias[3];
  for (int c = 0; c < 3; ++c) {
    scale[c] = 1 / (255 * normalization.deviation[c]);
    bias[c] = -normalization.mean[c] / normalization.deviation[c];
  }
  check(tsr_scale(nullptr, &out, 1, scale, bias, &out));
}

}  // namespace support
