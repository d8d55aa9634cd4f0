/* A 3 x 3 convolution with bias and ReLU on two NHWC images, planned once with its weights and run on each. */
#include <math.h>
#include <stdio.h>
#include <tessera/tessera.h>

enum {
  kIn = 3,
  kOut = 8,
  kHeight = 12,
  kWidth = 10,
  kInputs = kHeight * kWidth * kIn,
  kOutputs = kHeight * kWidth * kOut
};

/* Output channel k of pixel (row, column), as conv.h defines it. */
static double expected(const float* x, const float* weights, const float* bias, int k, int row, int column) {
  double sum = bias[k];
  for (int c = 0; c < kIn; ++c)
    for (int r = 0; r < 3; ++r)
      for (int s = 0; s < 3; ++s) {
        const int y = row + r - 1, z = column + s - 1;
        if (y < 0 || y >= kHeight || z < 0 || z >= kWidth) continue;
        sum += (double)weights[((k * kIn + c) * 3 + r) * 3 + s] * x[(y * kWidth + z) * kIn + c];
      }
  return sum > 0 ? sum : 0;
}

int main(void) {
  float weights[kOut * kIn * 9], bias[kOut], x[kInputs], y[kOutputs];
  for (int i = 0; i < kOut * kIn * 9; ++i) weights[i] = (float)(i % 7) - 3.0f;
  for (int k = 0; k < kOut; ++k) bias[k] = (float)k;

  tsr_conv_desc desc = TSR_CONV_INIT;
  desc.layout = TSR_NHWC;
  desc.in_channels = kIn;
  desc.in_height = kHeight;
  desc.in_width = kWidth;
  desc.out_channels = kOut;
  desc.kernel_height = desc.kernel_width = 3;
  desc.pad_top = desc.pad_left = desc.pad_bottom = desc.pad_right = 1;
  tsr_conv_epilogue epilogue = TSR_CONV_EPILOGUE_INIT;
  epilogue.bias = bias;
  epilogue.activation = TSR_ACTIVATION_RELU;

  tsr_conv_plan* plan = NULL;
  tsr_status status = tsr_conv_plan_create(NULL, &desc, weights, &plan);
  int wrong = 0;
  for (int image = 0; image < 2 && status == TSR_OK; ++image) {
    for (int i = 0; i < kInputs; ++i) x[i] = (float)((i + image) % 5) - 2.0f;
    status = tsr_conv_run(plan, NULL, x, &epilogue, y, NULL, 0);
    for (int i = 0; i < kOutputs && status == TSR_OK; ++i) {
      const int pixel = i / kOut;
      const double right = expected(x, weights, bias, i % kOut, pixel / kWidth, pixel % kWidth);
      wrong += !(fabs(y[i] - right) < 1e-3);
    }
  }
  const tsr_conv_algorithm algorithm = tsr_conv_plan_algorithm(plan);
  tsr_conv_plan_destroy(plan);
  if (status != TSR_OK) {
    fprintf(stderr, "%s\n", tsr_status_string(status));
    return 1;
  }
  printf("algorithm %d, %d wrong of %d\n", (int)algorithm, wrong, 2 * kOutputs);
  return wrong != 0;
}
