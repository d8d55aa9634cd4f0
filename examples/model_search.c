/*
 * A search for a model: hundreds of small networks are tried at once, each layer of all of them one batched product.
 * The best are kept and varied, generation after generation, and the one that is found is drawn.
 *
 *   cc model_search.c -ltessera -lm
 *
 * The networks (x, y, their squares; 8 hidden units with tanh; 1 output) are to say which points of a square lie in a
 * ring.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tessera/tessera.h>

enum { kPoints = 256, kInputs = 5, kHidden = 8, kNetworks = 240, kKept = 24, kGenerations = 150 };
enum { kFirst = kInputs * kHidden, kSecond = kHidden }; /* weights of the two layers */

/* Uniform in [-1, 1), the same on every machine. */
static float next_random(void) {
  static uint32_t state = 2026;
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / 8388608.0f - 1.0f;
}

static void check(tsr_status status, const char* what) {
  if (status == TSR_OK) return;
  fprintf(stderr, "%s: %s\n", what, tsr_status_string(status));
  exit(EXIT_FAILURE);
}

/* out[i * points + p]: what network i says of point p. All networks see the same points: their step is 0. */
static void evaluate(int networks, int points, const float* x, const float* first, const float* second, float* hidden,
                     float* out) {
  check(tsr_gemm_batch_f32(NULL, networks, points, kHidden, kInputs, 1.0f, x, kInputs, 1, 0, first, kHidden, 1, kFirst,
                           0.0f, hidden, kHidden, 1, (tsr_index)points * kHidden),
        "first layer");
  const tsr_index size[1] = {(tsr_index)networks * points * kHidden};
  const tsr_tensor all = tsr_tensor_dense(TSR_F32, hidden, 1, size);
  check(tsr_unary(NULL, TSR_ACTIVATION_TANH, 0.0f, 0.0f, &all, &all), "tanh");
  check(tsr_gemm_batch_f32(NULL, networks, points, 1, kHidden, 1.0f, hidden, kHidden, 1, (tsr_index)points * kHidden,
                           second, 1, 1, kSecond, 0.0f, out, 1, 1, points),
        "second layer");
}

/* The same for one point of one network, by plain loops. */
static float evaluate_plainly(const float* x, const float* first, const float* second) {
  float sum = 0;
  for (int h = 0; h < kHidden; ++h) {
    float unit = 0;
    for (int p = 0; p < kInputs; ++p) unit += x[p] * first[p * kHidden + h];
    sum += tanhf(unit) * second[h];
  }
  return sum;
}

static void set_inputs(float* inputs, float x, float y) {
  inputs[0] = x;
  inputs[1] = y;
  inputs[2] = x * x;
  inputs[3] = y * y;
  inputs[4] = 1; /* its weight is the bias */
}

static int in_ring(float x, float y) {
  const float distance = sqrtf(x * x + y * y);
  return distance > 0.4f && distance < 0.9f;
}

int main(void) {
  static float x[kPoints * kInputs], first[kNetworks * kFirst], second[kNetworks * kSecond];
  static float hidden[kNetworks * kPoints * kHidden], out[kNetworks * kPoints], loss[kNetworks];
  for (int p = 0; p < kPoints; ++p) {
    const float across = next_random();
    set_inputs(x + p * kInputs, across, next_random());
  }
  for (int i = 0; i < kNetworks * kFirst; ++i) first[i] = 3 * next_random();
  for (int i = 0; i < kNetworks * kSecond; ++i) second[i] = 2 * next_random();

  int order[kNetworks];
  float at_first = 0;
  for (int generation = 0; generation < kGenerations; ++generation) {
    evaluate(kNetworks, kPoints, x, first, second, hidden, out);
    for (int i = 0; i < kNetworks; ++i) {
      loss[i] = 0;
      for (int p = 0; p < kPoints; ++p) {
        const float side = in_ring(x[p * kInputs], x[p * kInputs + 1]) ? 1.0f : -1.0f;
        const float miss = fmaxf(0.0f, 1.0f - side * out[i * kPoints + p]); /* hinge */
        loss[i] += miss / kPoints;
      }
      const int p = i % kPoints;
      const float plain = evaluate_plainly(x + p * kInputs, first + i * kFirst, second + i * kSecond);
      if (!(fabsf(out[i * kPoints + p] - plain) <= 1e-4f * (1 + fabsf(plain)))) {
        fprintf(stderr, "network %d, point %d: %g, not %g\n", i, p, (double)out[i * kPoints + p], (double)plain);
        return EXIT_FAILURE;
      }
      int place = i; /* sorted as they come */
      for (; place > 0 && loss[order[place - 1]] > loss[i]; --place) order[place] = order[place - 1];
      order[place] = i;
    }
    if (generation == 0) at_first = loss[order[0]];

    /* The best go on as they are, each with nine varied copies. */
    static float kept_first[kKept * kFirst], kept_second[kKept * kSecond];
    for (int i = 0; i < kKept; ++i) {
      memcpy(kept_first + i * kFirst, first + order[i] * kFirst, sizeof(float) * kFirst);
      memcpy(kept_second + i * kSecond, second + order[i] * kSecond, sizeof(float) * kSecond);
    }
    for (int i = 0; i < kNetworks; ++i) {
      const float step = i < kKept ? 0.0f : powf(0.5f, (float)(i % 6));
      const int parent = i % kKept;
      for (int w = 0; w < kFirst; ++w) first[i * kFirst + w] = kept_first[parent * kFirst + w] + step * next_random();
      for (int w = 0; w < kSecond; ++w)
        second[i * kSecond + w] = kept_second[parent * kSecond + w] + step * next_random();
    }
  }

  /* Network 0 is the best. What it says of a grid it has not seen: '#' in the ring, '.' outside, '?' where it errs. */
  enum { kAcross = 56, kDown = 26, kGrid = kAcross * kDown };
  static float grid[kGrid * kInputs], grid_hidden[kGrid * kHidden], answer[kGrid];
  for (int p = 0; p < kGrid; ++p) {
    set_inputs(grid + p * kInputs, 2 * ((float)(p % kAcross) + 0.5f) / kAcross - 1,
               2 * ((float)(p / kAcross) + 0.5f) / kDown - 1);
  }
  evaluate(1, kGrid, grid, first, second, grid_hidden, answer);
  int right = 0;
  for (int p = 0; p < kGrid; ++p) {
    const int truth = in_ring(grid[p * kInputs], grid[p * kInputs + 1]), said = answer[p] > 0;
    right += truth == said;
    putchar(truth != said ? '?' : said ? '#' : '.');
    if (p % kAcross == kAcross - 1) putchar('\n');
  }
  printf("%d networks in %d generations: loss %.3f at first, %.3f at last; %d %% of the grid is right\n",
         kNetworks * kGenerations, kGenerations, (double)at_first, (double)loss[order[0]], 100 * right / kGrid);
  return right * 100 >= kGrid * 90 ? EXIT_SUCCESS : EXIT_FAILURE;
}
