/*
 * K-means on GEMM: the distance of point x to centre c is |x|^2 - 2 x.c + |c|^2, so one product has all that is needed.
 * The points lie round known centres; the program checks that it finds these, and each assignment against a plain loop.
 *
 *   cc kmeans.c -ltessera -lm
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <tessera/tessera.h>

enum { kPoints = 3000, kSize = 24, kCentres = 6, kRounds = 5 };

/* Uniform in [-1, 1), the same on every machine. */
static float next_random(void) {
  static uint32_t state = 12345;
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / 8388608.0f - 1.0f;
}

static float squared_distance(const float* x, const float* y) {
  float sum = 0;
  for (int p = 0; p < kSize; ++p) sum += (x[p] - y[p]) * (x[p] - y[p]);
  return sum;
}

int main(void) {
  static float truth[kCentres * kSize], x[kPoints * kSize], centre[kCentres * kSize], score[kPoints * kCentres];
  static int nearest[kPoints];
  for (int i = 0; i < kCentres * kSize; ++i) truth[i] = 8 * next_random();
  for (int i = 0; i < kPoints; ++i) {
    for (int p = 0; p < kSize; ++p) x[i * kSize + p] = truth[i % kCentres * kSize + p] + next_random();
  }
  for (int i = 0; i < kCentres * kSize; ++i) centre[i] = x[i]; /* The first points: one of each cluster. */

  for (int round = 0; round < kRounds; ++round) {
    /* score(i, c) := |c|^2 - 2 x_i.c; what all centres share, |x_i|^2, is left out. */
    for (int c = 0; c < kCentres; ++c) {
      float norm = 0;
      for (int p = 0; p < kSize; ++p) norm += centre[c * kSize + p] * centre[c * kSize + p];
      for (int i = 0; i < kPoints; ++i) score[i * kCentres + c] = norm;
    }
    const tsr_status status =
        tsr_gemm_f32(NULL, kPoints, kCentres, kSize, -2.0f, x, kSize, 1, centre, 1, kSize, 1.0f, score, kCentres, 1);
    if (status != TSR_OK) {
      fprintf(stderr, "tsr_gemm_f32: %s\n", tsr_status_string(status));
      return EXIT_FAILURE;
    }

    for (int i = 0; i < kPoints; ++i) {
      nearest[i] = 0;
      int plain = 0;
      for (int c = 1; c < kCentres; ++c) {
        if (score[i * kCentres + c] < score[i * kCentres + nearest[i]]) nearest[i] = c;
        if (squared_distance(x + i * kSize, centre + c * kSize) <
            squared_distance(x + i * kSize, centre + plain * kSize))
          plain = c;
      }
      if (nearest[i] != plain) {
        fprintf(stderr, "point %d goes to centre %d, not %d\n", i, nearest[i], plain);
        return EXIT_FAILURE;
      }
    }

    static float sum[kCentres * kSize];
    int count[kCentres] = {0};
    for (int i = 0; i < kCentres * kSize; ++i) sum[i] = 0;
    for (int i = 0; i < kPoints; ++i) {
      ++count[nearest[i]];
      for (int p = 0; p < kSize; ++p) sum[nearest[i] * kSize + p] += x[i * kSize + p];
    }
    for (int c = 0; c < kCentres; ++c) {
      for (int p = 0; p < kSize && count[c] > 0; ++p) centre[c * kSize + p] = sum[c * kSize + p] / (float)count[c];
    }
  }

  /* A mean of 500 numbers that are uniform in [-1, 1) has a deviation of 0.026. */
  float worst = 0;
  for (int i = 0; i < kCentres * kSize; ++i) worst = fmaxf(worst, fabsf(centre[i] - truth[i]));
  printf("%d points, %d centres: found to within %.3f\n", kPoints, kCentres, (double)worst);
  return worst < 0.15f ? EXIT_SUCCESS : EXIT_FAILURE;
}
