/* The end of a classifier: NHWC activations, batch norm and ReLU, max pooling, global average pooling, softmax. Layouts
   are strides, so nothing is converted. */
#include <math.h>
#include <stdio.h>
#include <tessera/tessera.h>

enum { kChannels = 3, kHeight = 4, kWidth = 6, kSmallHeight = 2, kSmallWidth = 3 };

int main(void) {
  float image[kHeight * kWidth * kChannels], small[kSmallHeight * kSmallWidth * kChannels], scores[kChannels];
  for (int i = 0; i < kHeight * kWidth * kChannels; ++i) image[i] = (float)(i % 11) - 4.0f;
  const float mean[kChannels] = {0.5f, 1.0f, 1.5f}, variance[kChannels] = {4.0f, 1.0f, 0.25f};

  const tsr_tensor x = tsr_tensor_nhwc(TSR_F32, image, 1, kChannels, kHeight, kWidth);
  const tsr_tensor y = tsr_tensor_nhwc(TSR_F32, small, 1, kChannels, kSmallHeight, kSmallWidth);
  const tsr_index sizes[4] = {1, kChannels, 1, 1};
  const tsr_tensor z = tsr_tensor_dense(TSR_F32, scores, 4, sizes);
  tsr_pool_desc pool = TSR_POOL_INIT;
  pool.kernel_height = pool.kernel_width = 2;
  pool.stride_height = pool.stride_width = 2;

  tsr_status status = tsr_batch_norm(NULL, &x, 1, mean, variance, NULL, NULL, 0.0f, &x);
  if (status == TSR_OK) status = tsr_unary(NULL, TSR_ACTIVATION_RELU, 0.0f, 0.0f, &x, &x);
  if (status == TSR_OK) status = tsr_pool(NULL, &pool, &x, &y);
  if (status == TSR_OK) status = tsr_reduce(NULL, TSR_REDUCE_MEAN, 1u << 2 | 1u << 3, &y, &z);
  if (status == TSR_OK) status = tsr_softmax(NULL, 1, &z, &z);
  if (status != TSR_OK) {
    fprintf(stderr, "%s\n", tsr_status_string(status));
    return 1;
  }

  float sum = 0.0f;
  for (int c = 0; c < kChannels; ++c) {
    printf("class %d: %.4f\n", c, scores[c]);
    sum += scores[c];
  }
  return fabsf(sum - 1.0f) > 1e-6f;
}
