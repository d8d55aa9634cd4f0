/* One step of a language model: a row of activations times weights of 4 bits, with activations as they are and made
 * 8-bit numbers, which is what is fast. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <tessera/tessera.h>

enum { kInputs = 512, kOutputs = 256 };

static float noise(void) { return (float)rand() / (float)RAND_MAX - 0.5f; }

int main(void) {
  static float w[kInputs * kOutputs], x[kInputs], exact[kOutputs], fast[kOutputs];
  for (int i = 0; i < kInputs * kOutputs; ++i) w[i] = noise();
  for (int i = 0; i < kInputs; ++i) x[i] = noise();

  /* 32 steps of a column share a scale: 4.5 bits a weight. */
  tsr_packed* weights = NULL;
  tsr_status status = tsr_pack_b_blocks(NULL, TSR_BLOCK_S4, kInputs, kOutputs, w, kOutputs, 1, &weights);
  if (status == TSR_OK)
    status = tsr_gemm_fused_f32(NULL, 1, kOutputs, kInputs, 1, x, kInputs, 1, NULL, NULL, 0, 0, weights, 0, exact,
                                kOutputs, 1, NULL);
  if (status == TSR_OK)
    status = tsr_gemm_blocks_q8(NULL, 1, kOutputs, kInputs, 1, x, kInputs, 1, weights, 0, fast, kOutputs, 1, NULL);
  tsr_packed_destroy(weights);
  if (status != TSR_OK) {
    fprintf(stderr, "%s\n", tsr_status_string(status));
    return 1;
  }
  double error = 0, size = 0;
  for (int j = 0; j < kOutputs; ++j) {
    error += pow((double)fast[j] - (double)exact[j], 2);
    size += pow((double)exact[j], 2);
  }
  printf("what 8 bits of an activation leave out: %.2f %% of the result\n", 100 * sqrt(error / size));
  return error > 1e-4 * size;
}
