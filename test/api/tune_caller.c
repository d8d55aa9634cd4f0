/* Does what its arguments say, one line of output each: load FILE, reload, unload, describe, gemm (the bits of a
 * product, as a hash). */
#include <stdio.h>
#include <string.h>
#include <tessera/tessera.h>

enum { kM = 150, kN = 170, kK = 190 };

static unsigned long long product(void) {
  static float a[kM * kK], b[kK * kN], c[kM * kN];
  unsigned state = 1;
  for (int i = 0; i < kM * kK; ++i) a[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) * 1e-7f - 0.8f;
  for (int i = 0; i < kK * kN; ++i) b[i] = (float)((state = state * 1664525u + 1013904223u) >> 8) * 1e-7f - 0.8f;
  if (tsr_gemm_f32(NULL, kM, kN, kK, 0.5f, a, kK, 1, b, kN, 1, 0.0f, c, kN, 1) != TSR_OK) return 0;
  unsigned long long hash = 1469598103934665603u;
  for (int i = 0; i < kM * kN; ++i) {
    unsigned bits;
    memcpy(&bits, &c[i], sizeof bits);
    hash = (hash ^ bits) * 1099511628211u;
  }
  return hash;
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char text[300];
    if (strcmp(argv[i], "load") == 0 && i + 1 < argc) {
      printf("%d\n", (int)tsr_profile_load(argv[++i]));
    } else if (strcmp(argv[i], "reload") == 0) {
      printf("%d\n", (int)tsr_profile_reload());
    } else if (strcmp(argv[i], "unload") == 0) {
      printf("%d\n", (int)tsr_profile_unload());
    } else if (strcmp(argv[i], "gemm") == 0) {
      printf("%llx\n", product());
    } else if (strcmp(argv[i], "describe") == 0) {
      printf("%d %s\n", (int)tsr_profile_describe(text, sizeof text), text);
    } else {
      return 2;
    }
  }
  return 0;
}
