/* A program that brings its own tuning profile, says what is in use, and computes the same bits with and without it. */
#include <stdio.h>
#include <string.h>
#include <tessera/tessera.h>

enum { kSize = 96 };

static tsr_status multiply(const float* a, const float* b, float* c) {
  return tsr_gemm_f32(NULL, kSize, kSize, kSize, 1.0f, a, kSize, 1, b, kSize, 1, 0.0f, c, kSize, 1);
}

static void say(const char* when) {
  char text[300];
  if (tsr_profile_describe(text, sizeof text) == TSR_OK) printf("%s: %s\n", when, text);
}

int main(int argc, char** argv) {
  static float a[kSize * kSize], b[kSize * kSize], c[kSize * kSize], without[kSize * kSize];
  for (int i = 0; i < kSize * kSize; ++i) {
    a[i] = 1.0f / (float)(i + 1);
    b[i] = (float)(i % 13) - 6.0f;
  }

  /* A profile that tessera-tune wrote, else the one that the library finds. One for another CPU is refused, and what
     was in use stays: the program goes on. */
  if (argc > 1) {
    const tsr_status loaded = tsr_profile_load(argv[1]);
    if (loaded != TSR_OK) fprintf(stderr, "%s: %s\n", argv[1], tsr_status_string(loaded));
  }
  say("in use");
  tsr_status status = multiply(a, b, c);

  if (status == TSR_OK) status = tsr_profile_unload();
  say("then");
  if (status == TSR_OK) status = multiply(a, b, without);
  if (status != TSR_OK) {
    fprintf(stderr, "%s\n", tsr_status_string(status));
    return 1;
  }
  const int same = memcmp(c, without, sizeof c) == 0;
  printf("%s bits\n", same ? "the same" : "different");
  return !same;
}
