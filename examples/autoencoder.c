/*
 * An auto-encoder, trained by gradient steps that are five products each: 24 numbers a point are squeezed through 3
 * units and brought back. The points lie on a curved surface of three dimensions, so little need be lost.
 *
 *   cc autoencoder.c -ltessera -lm
 *
 * The program checks a derivative against a difference quotient, and how much is lost in the end.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <tessera/tessera.h>

enum { kPoints = 512, kSize = 24, kUnits = 3, kSteps = 600 };

/* Uniform in [-1, 1), the same on every machine. */
static float next_random(void) {
  static uint32_t state = 4711;
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / 8388608.0f - 1.0f;
}

static void check(tsr_status status, const char* what) {
  if (status == TSR_OK) return;
  fprintf(stderr, "%s: %s\n", what, tsr_status_string(status));
  exit(EXIT_FAILURE);
}

static float x[kPoints * kSize];                          /* the points, a row each */
static float w1[kSize * kUnits], w2[kUnits * kSize];      /* weights in and out */
static float b1[kUnits], b2[kSize];                       /* biases */
static float h[kPoints * kUnits], error[kPoints * kSize]; /* code := tanh(x w1 + b1), error := code w2 + b2 - x */
static float g1[kSize * kUnits], g2[kUnits * kSize], gh[kPoints * kUnits]; /* gradients */

/* The error of all points and the mean of its squares. Bias and tanh are part of the products. */
static double forward(void) {
  tsr_epilogue in = TSR_EPILOGUE_INIT;
  in.column_bias = b1;
  in.activation = TSR_ACTIVATION_TANH;
  check(tsr_gemm_fused_f32(NULL, kPoints, kUnits, kSize, 1.0f, x, kSize, 1, NULL, w1, kUnits, 1, NULL, 0.0f, h, kUnits,
                           1, &in),
        "code");
  tsr_epilogue out = TSR_EPILOGUE_INIT;
  out.column_bias = b2;
  out.residual = x;
  out.residual_rs = kSize;
  out.residual_cs = 1;
  out.residual_scale = -1.0f;
  check(tsr_gemm_fused_f32(NULL, kPoints, kSize, kUnits, 1.0f, h, kUnits, 1, NULL, w2, kSize, 1, NULL, 0.0f, error,
                           kSize, 1, &out),
        "error");
  double sum = 0;
  for (int i = 0; i < kPoints * kSize; ++i) sum += (double)error[i] * (double)error[i];
  return sum / (kPoints * kSize);
}

/* Gradients of half the mean square: transposed operands are the same memory with strides exchanged. */
static void backward(void) {
  const float scale = 1.0f / (kPoints * kSize);
  check(tsr_gemm_f32(NULL, kUnits, kSize, kPoints, scale, h, 1, kUnits, error, kSize, 1, 0.0f, g2, kSize, 1), "g2");
  check(tsr_gemm_f32(NULL, kPoints, kUnits, kSize, scale, error, kSize, 1, w2, 1, kSize, 0.0f, gh, kUnits, 1), "gh");
  for (int i = 0; i < kPoints * kUnits; ++i) gh[i] *= 1 - h[i] * h[i];
  check(tsr_gemm_f32(NULL, kSize, kUnits, kPoints, 1.0f, x, 1, kSize, gh, kUnits, 1, 0.0f, g1, kUnits, 1), "g1");
}

int main(void) {
  static float frame[kUnits * kSize];
  for (int i = 0; i < kUnits * kSize; ++i) frame[i] = next_random();
  for (int i = 0; i < kPoints; ++i) {
    const float t[kUnits] = {next_random(), next_random(), next_random()};
    for (int p = 0; p < kSize; ++p) {
      float sum = 0.01f * next_random();
      for (int u = 0; u < kUnits; ++u) sum += t[u] * frame[u * kSize + p];
      x[i * kSize + p] = tanhf(sum);
    }
  }
  for (int i = 0; i < kSize * kUnits; ++i) w1[i] = 0.2f * next_random();
  for (int i = 0; i < kUnits * kSize; ++i) w2[i] = 0.2f * next_random();

  const double at_first = forward();
  backward();
  const float kStep = 1e-2f, before = w1[5], derivative = g1[5];
  w1[5] = before + kStep;
  const double above = forward();
  w1[5] = before - kStep;
  const double below = forward();
  w1[5] = before;
  const double quotient = (above - below) / 2 / (2 * (double)kStep);
  if (!(fabs(quotient - (double)derivative) <= 0.02 * fabs(quotient) + 1e-6)) {
    fprintf(stderr, "derivative %g, difference quotient %g\n", (double)derivative, quotient);
    return EXIT_FAILURE;
  }

  /* Steps with momentum; a bias's gradient is a sum over the points. */
  static float v1[kSize * kUnits], v2[kUnits * kSize], vb1[kUnits], vb2[kSize];
  const float kRate = 1.0f, kMomentum = 0.9f;
  double lost = at_first;
  for (int step = 0; step < kSteps; ++step) {
    lost = forward();
    backward();
    for (int i = 0; i < kSize * kUnits; ++i) w1[i] += v1[i] = kMomentum * v1[i] - kRate * g1[i];
    for (int i = 0; i < kUnits * kSize; ++i) w2[i] += v2[i] = kMomentum * v2[i] - kRate * g2[i];
    for (int u = 0; u < kUnits; ++u) {
      float sum = 0;
      for (int i = 0; i < kPoints; ++i) sum += gh[i * kUnits + u];
      b1[u] += vb1[u] = kMomentum * vb1[u] - kRate * sum;
    }
    for (int p = 0; p < kSize; ++p) {
      float sum = 0;
      for (int i = 0; i < kPoints; ++i) sum += error[i * kSize + p] / (kPoints * kSize);
      b2[p] += vb2[p] = kMomentum * vb2[p] - kRate * sum;
    }
  }
  printf("mean square of what is lost: %.4f at first, %.4f after %d steps\n", at_first, lost, kSteps);
  return lost < 0.2 * at_first ? EXIT_SUCCESS : EXIT_FAILURE;
}
