/*
 * A recommender on BLAS: items are alike when the same users rate them alike. The similarities of all items are one
 * syrk of the ratings (less each user's mean), and the predictions for a user one gemv.
 *
 *   cc recommender.c -lblas -lm
 *
 * The ratings have a known structure: users and items are of four kinds, and a user likes the items of his own kind.
 */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { kUsers = 200, kItems = 120, kKinds = 4 };

int main(void) {
  static double ratings[kUsers * kItems], likeness[kItems * kItems], predicted[kItems];
  static int rated[kUsers * kItems];
  unsigned state = 12345; /* Who has rated what: two fifths, at random, the same on every machine. */
  for (int u = 0; u < kUsers; ++u) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < kItems; ++i) {
      state = state * 1664525u + 1013904223u;
      rated[u * kItems + i] = (state >> 16) % 5 < 2;
      if (!rated[u * kItems + i]) continue;
      ratings[u * kItems + i] = u % kKinds == i % kKinds ? 5 : 1 + (u + i) % 2;
      sum += ratings[u * kItems + i];
      ++count;
    }
    for (int i = 0; i < kItems && count > 0; ++i) {
      if (rated[u * kItems + i]) ratings[u * kItems + i] -= sum / count;
    }
  }

  /* likeness := ratings^T * ratings, its upper triangle. */
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, kItems, kUsers, 1.0, ratings, kItems, 0.0, likeness, kItems);
  for (int i = 0; i < kItems; ++i) {
    for (int j = 0; j < i; ++j) likeness[i * kItems + j] = likeness[j * kItems + i];
  }

  int hits = 0, asked = 0;
  for (int u = 0; u < kUsers; ++u) {
    const double* own = ratings + u * kItems;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, kItems, kItems, 1.0, likeness, kItems, own, 1, 0.0, predicted, 1);
    if (u < 8) { /* Against plain loops over the ratings. */
      for (int i = 0; i < kItems; ++i) {
        double sum = 0, size = 0;
        for (int v = 0; v < kUsers; ++v) {
          for (int j = 0; j < kItems; ++j) {
            const double term = ratings[v * kItems + i] * ratings[v * kItems + j] * own[j];
            sum += term;
            size += fabs(term);
          }
        }
        if (fabs(predicted[i] - sum) > 1e-12 * size) {
          fprintf(stderr, "user %d, item %d: %g, not %g\n", u, i, predicted[i], sum);
          return EXIT_FAILURE;
        }
      }
    }
    int best = -1;
    for (int i = 0; i < kItems; ++i) {
      if (!rated[u * kItems + i] && (best < 0 || predicted[i] > predicted[best])) best = i;
    }
    if (best < 0) continue;
    ++asked;
    hits += best % kKinds == u % kKinds;
  }
  printf("%d of %d users are recommended an unrated item of their own kind; by chance it would be %d\n", hits, asked,
         asked / kKinds);
  return hits * 10 >= asked * 9 ? EXIT_SUCCESS : EXIT_FAILURE;
}
