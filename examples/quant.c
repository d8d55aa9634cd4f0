/* A quantised layer: u8 activations times s8 weights that were packed once, bias, requantised to u8 with a ReLU. */
#include <stdio.h>
#include <tessera/tessera.h>

enum { kRows = 4, kInputs = 20, kOutputs = 10 };

int main(void) {
  uint8_t x[kRows * kInputs], y[kRows * kOutputs];
  int8_t w[kInputs * kOutputs];
  int32_t bias[kOutputs];
  for (int i = 0; i < kRows * kInputs; ++i) x[i] = (uint8_t)(i * 7);
  for (int i = 0; i < kInputs * kOutputs; ++i) w[i] = (int8_t)(i * 5 % 41 - 20);
  for (int j = 0; j < kOutputs; ++j) bias[j] = 100 * j;

  const tsr_q8_matrix b = {w, kOutputs, 1, TSR_S8, 0, NULL};
  tsr_q8_weights* weights = NULL;
  tsr_status status = tsr_q8_weights_create(NULL, kOutputs, kInputs, &b, &weights);
  if (status == TSR_OK) {
    /* x = 0.05 (q - 128), w = 0.01 q, y = 0.1 (q - 30) */
    const tsr_q8_matrix a = {x, kInputs, 1, TSR_U8, 128, NULL};
    const float scale = 0.05f * 0.01f / 0.1f;
    tsr_q8_epilogue e = tsr_q8_epilogue_of(TSR_Q8_U8);
    e.bias = bias;
    e.scale = &scale;
    e.zero_point = 30;
    status = tsr_q8_set_activation(&e, TSR_Q8_RELU, 0.1f);
    if (status == TSR_OK) status = tsr_gemm_q8_packed(NULL, kRows, &a, weights, &e, y, kOutputs, 1);
  }
  tsr_q8_weights_destroy(weights);
  if (status != TSR_OK) {
    fprintf(stderr, "%s\n", tsr_status_string(status));
    return 1;
  }

  /* The first element by hand: scale = 0.005, so halves do not occur for these numbers. */
  int32_t sum = bias[0];
  for (int p = 0; p < kInputs; ++p) sum += (x[p] - 128) * w[p * kOutputs];
  const double exact = sum * 0.005;
  const int rounded = (int)(exact < 0 ? exact - 0.5 : exact + 0.5) + 30;
  const int want = rounded < 30 ? 30 : rounded > 255 ? 255 : rounded;
  printf("y(0, 0) = %d, by hand %d\n", y[0], want);
  return y[0] != want;
}
