/*
 * Weights packed once: saved, loaded again, and used for batches of different sizes with bias and ReLU on the way.
 *
 *   cc packed.c -ltessera
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tessera/tessera.h>

enum { kBatch = 33, kInputs = 120, kOutputs = 70 };

static tsr_status layer(int rows, const float* x, const tsr_packed* weights, const float* bias, float* y) {
  tsr_epilogue epilogue = TSR_EPILOGUE_INIT;
  epilogue.column_bias = bias;
  epilogue.activation = TSR_ACTIVATION_RELU;
  return tsr_gemm_fused_f32(NULL, rows, kOutputs, kInputs, 1.0f, x, kInputs, 1, NULL, NULL, 0, 0, weights, 0.0f, y,
                            kOutputs, 1, &epilogue);
}

int main(void) {
  static float x[kBatch * kInputs], w[kInputs * kOutputs], bias[kOutputs], y[kBatch * kOutputs], row[kOutputs];
  for (int i = 0; i < kBatch * kInputs; ++i) x[i] = (float)(i % 7 - 3);
  for (int i = 0; i < kInputs * kOutputs; ++i) w[i] = (float)(i % 11 - 5);
  for (int j = 0; j < kOutputs; ++j) bias[j] = (float)(j - 30);

  tsr_packed *packed = NULL, *weights = NULL;
  tsr_status status = tsr_pack_b_f32(NULL, kInputs, kOutputs, w, kOutputs, 1, &packed);
  const size_t bytes = tsr_packed_size(packed);
  void* file = malloc(bytes + 1);
  if (file == NULL) return EXIT_FAILURE;
  if (status == TSR_OK) status = tsr_packed_save(packed, file, bytes);
  if (status == TSR_OK) status = tsr_packed_load(file, bytes, &weights);
  if (status == TSR_OK) status = layer(kBatch, x, weights, bias, y);
  if (status == TSR_OK) status = layer(1, x + 5 * kInputs, weights, bias, row);
  tsr_packed_destroy(packed);
  tsr_packed_destroy(weights);
  free(file);
  if (status != TSR_OK) {
    fprintf(stderr, "%s\n", tsr_status_string(status));
    return EXIT_FAILURE;
  }

  /* Small integers are exact in float, so the check needs no tolerance. */
  for (int i = 0; i < kBatch; ++i) {
    for (int j = 0; j < kOutputs; ++j) {
      float sum = bias[j];
      for (int p = 0; p < kInputs; ++p) sum += x[i * kInputs + p] * w[p * kOutputs + j];
      if (y[i * kOutputs + j] != (sum > 0 ? sum : 0)) {
        fprintf(stderr, "y(%d, %d) is %g\n", i, j, (double)y[i * kOutputs + j]);
        return EXIT_FAILURE;
      }
    }
  }
  if (memcmp(row, y + 5 * kOutputs, sizeof row) != 0) {
    fprintf(stderr, "a row alone has other bits than in a batch\n");
    return EXIT_FAILURE;
  }
  printf("%zu bytes of packed weights, saved and loaded: %d rows are right, and a row alone has the same bits\n", bytes,
         kBatch);
  return EXIT_SUCCESS;
}
