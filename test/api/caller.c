/* Calls every function of the C API from C. What verbose_test reads on stderr depends on the calls' order. */
#include <stdio.h>
#include <stdlib.h>
#include <tessera/tessera.h>

enum { kM = 40, kN = 50, kK = 60 };

static int failures = 0;
static void expect(int good, const char* what) {
  if (good) return;
  ++failures;
  printf("failed: %s\n", what);
}

static void sequential(void* host, int n, void (*task)(void*, int), void* argument) {
  ++*(int*)host;
  for (int i = 0; i < n; ++i) task(argument, i);
}

int main(void) {
  static float a[kM * kK], b[kK * kN], c[kM * kN];
  static double da[kM * kK], db[kK * kN], dc[kM * kN];
  static tsr_c32 ca[kM * kK], cb[kK * kN], cc[kM * kN];
  static tsr_c64 za[kM * kK], zb[kK * kN], zc[kM * kN];
  const tsr_c32 one_c = {1.0f, 0.0f}, beta_c = {0.5f, 0.5f};
  const tsr_c64 half_z = {0.5, 0.0}, minus_z = {-1.0, 0.0};
  for (int i = 0; i < kM * kK; ++i) a[i] = (float)(da[i] = ca[i].re = (float)(za[i].im = i % 5));
  for (int i = 0; i < kK * kN; ++i) b[i] = (float)(db[i] = cb[i].im = (float)(zb[i].re = i % 3));

  /* by rows; by columns; A transposed; B conjugated; neither rows nor columns contiguous */
  expect(tsr_gemm_f32(NULL, kM, kN, kK, 1.0f, a, kK, 1, b, kN, 1, 0.0f, c, kN, 1) == TSR_OK, "f32");
  expect(tsr_gemm_f64(NULL, kM, kN, kK, -1.0, da, 1, kM, db, 1, kK, 1.0, dc, 1, kM) == TSR_OK, "f64");
  expect(tsr_gemm_c32(NULL, TSR_GEMM_CONJ_B, kM, kN, kK, one_c, ca, 1, kM, cb, kN, 1, beta_c, cc, kN, 1) == TSR_OK,
         "c32");
  expect(tsr_gemm_c64(NULL, TSR_GEMM_CONJ_A | TSR_GEMM_CONJ_B, 3, 4, 5, half_z, za, 20, 2, zb, 20, 2, minus_z, zc, 20,
                      2) == TSR_OK,
         "c64");
  /* nothing to multiply; nothing at all; refused */
  expect(tsr_gemm_f32(NULL, kM, kN, kK, 0.0f, NULL, kK, 1, NULL, kN, 1, 2.0f, c, kN, 1) == TSR_OK, "alpha 0");
  expect(tsr_gemm_f32(NULL, 0, kN, kK, 1.0f, NULL, kK, 1, NULL, kN, 1, 2.0f, NULL, kN, 1) == TSR_OK, "m 0");
  expect(tsr_gemm_f32(NULL, -1, kN, kK, 1.0f, a, kK, 1, b, kN, 1, 2.0f, c, kN, 1) == -2, "m -1");

  tsr_context* context = NULL;
  int calls = 0;
  expect(tsr_context_create(&context) == TSR_OK, "create");
  expect(tsr_context_set_num_threads(context, 2) == TSR_OK, "context threads");
  expect(tsr_context_set_parallel_for(context, sequential, &calls) == TSR_OK, "parallel_for");
  expect(tsr_context_set_isa(context, "baseline") == TSR_OK, "isa");
  expect(tsr_gemm_f64(context, kM, kN, kK, 1.0, da, 1, kM, db, 1, kK, 0.0, dc, 1, kM) == TSR_OK, "with a context");
  tsr_context_destroy(context);

  /* 8-bit: a matrix by columns; nothing to multiply */
  static uint8_t qa[kM * kK];
  static int8_t qb[kK * kN];
  static int32_t qc[kM * kN];
  const tsr_q8_matrix left = {.data = qa, .type = TSR_U8, .rs = kK, .cs = 1};
  const tsr_q8_matrix right = {.data = qb, .type = TSR_S8, .rs = 1, .cs = kK};
  const tsr_q8_epilogue sums = tsr_q8_epilogue_of(TSR_Q8_S32);
  tsr_q8_epilogue scaled = tsr_q8_epilogue_of(TSR_Q8_F32);
  const float scale = 1.0f;
  scaled.scale = &scale;
  expect(tsr_gemm_q8(NULL, kM, kN, kK, &left, &right, &sums, qc, kN, 1) == TSR_OK, "q8");
  expect(tsr_gemm_q8(NULL, kM, kN, 0, &left, &right, &scaled, c, 1, kM) == TSR_OK, "q8 of k 0");

  /* a convolution of 3 channels, a wider step down than across */
  tsr_conv_desc conv = TSR_CONV_INIT;
  tsr_conv_plan* plan = NULL;
  static const float filter[4 * 3 * 3 * 2];
  conv.layout = TSR_NHWC;
  conv.batch = 2;
  conv.in_channels = 3;
  conv.in_height = 9;
  conv.in_width = 10;
  conv.out_channels = 4;
  conv.kernel_height = 3;
  conv.kernel_width = 2;
  conv.stride_height = 2;
  expect(tsr_conv_plan_create(NULL, &conv, filter, &plan) == TSR_OK, "conv plan");
  expect(tsr_conv_run(plan, NULL, a, NULL, c, NULL, 0) == TSR_OK, "conv");
  tsr_conv_plan_destroy(plan);

  expect(tsr_set_num_threads(3) == TSR_OK && tsr_get_num_threads() == 3, "threads");
  expect(tsr_set_num_threads_local(2) == TSR_OK && tsr_get_num_threads() == 2, "threads of this thread");
  tsr_release_workspace();
  expect(tsr_version()[0] != '\0' && tsr_status_string(-2)[0] != '\0', "text");
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
