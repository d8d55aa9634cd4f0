// Calls one product of one library a number of times: what the counted program is.
//
//     call LIBRARY sgemm|f32|q8|xnn_f32|xnn_qs8 M N K TIMES
//
// All but sgemm have B, k x n, prepared beforehand, and write at once what a layer writes (q8: bytes, with one scale).
// Matrices are row-major. Results are not looked at: tests do that.
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cblas.h"
#include "tessera/tessera.h"

static void fail(const char* what) {
  fprintf(stderr, "call: %s\n", what);
  exit(1);
}

static void require(int status) {
  if (status != 0) fail("the library refused");
}

static void* g_library;

// The way POSIX leaves to make an object's address one of a function.
static void look_up(void* function, const char* name) {
  void* const found = dlsym(g_library, name);
  if (found == NULL) fail(dlerror());
  memcpy(function, &found, sizeof found);
}

static void* memory(size_t bytes) {
  void* p = malloc(bytes);
  if (p == NULL) fail("out of memory");
  return p;
}
static float* floats(int rows, int columns) {
  const size_t count = (size_t)rows * (size_t)columns;
  float* p = memory(count * sizeof *p);
  for (size_t i = 0; i < count; ++i) p[i] = (float)(i * 7 % 13) - 6.0f;
  return p;
}
static int8_t* bytes(int rows, int columns) {
  const size_t count = (size_t)rows * (size_t)columns;
  int8_t* p = memory(count);
  for (size_t i = 0; i < count; ++i) p[i] = (int8_t)(i * 7 % 251);
  return p;
}

static void run_sgemm(int m, int n, int k, int times) {
  void (*sgemm)(CBLAS_LAYOUT, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, int, int, int, float, const float*, int, const float*,
                int, float, float*, int);
  look_up(&sgemm, "cblas_sgemm");
  const float *a = floats(m, k), *b = floats(k, n);
  float* c = floats(m, n);
  for (int i = 0; i < times; ++i)
    sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0f, a, k, b, n, 0.0f, c, n);
}

static void run_f32(int m, int n, int k, int times) {
  __typeof__(&tsr_pack_b_f32) pack;
  __typeof__(&tsr_gemm_fused_f32) gemm;
  look_up(&pack, "tsr_pack_b_f32");
  look_up(&gemm, "tsr_gemm_fused_f32");
  const float *a = floats(m, k), *b = floats(k, n);
  float* c = floats(m, n);
  tsr_packed* packed;
  require(pack(NULL, k, n, b, n, 1, &packed));
  for (int i = 0; i < times; ++i)
    require(gemm(NULL, m, n, k, 1.0f, a, k, 1, NULL, NULL, 0, 0, packed, 0.0f, c, n, 1, NULL));
}

static void run_q8(int m, int n, int k, int times) {
  __typeof__(&tsr_q8_weights_create) pack;
  __typeof__(&tsr_gemm_q8_packed) gemm;
  __typeof__(&tsr_q8_epilogue_of) epilogue_of;
  look_up(&pack, "tsr_q8_weights_create");
  look_up(&gemm, "tsr_gemm_q8_packed");
  look_up(&epilogue_of, "tsr_q8_epilogue_of");
  const tsr_q8_matrix a = {bytes(m, k), k, 1, TSR_S8, 3, NULL}, b = {bytes(k, n), n, 1, TSR_S8, 0, NULL};
  int8_t* c = bytes(m, n);
  const float scale = 1e-4f;
  tsr_q8_epilogue epilogue = epilogue_of(TSR_Q8_S8);
  epilogue.scale = &scale;
  tsr_q8_weights* weights;
  require(pack(NULL, n, k, &b, &weights));
  for (int i = 0; i < times; ++i) require(gemm(NULL, m, &a, weights, &epilogue, c, n, 1));
}

// XNNPACK's interface as of Debian 12, whose header is not needed for so little of it. Its weights are n x k.
typedef struct xnn_operator xnn_operator;

static void run_xnn(xnn_operator* layer, int times) {
  int (*run)(xnn_operator*, void*);
  look_up(&run, "xnn_run_operator");
  for (int i = 0; i < times; ++i) require(run(layer, NULL));
}
static void initialize_xnn(void) {
  int (*initialize)(const void*);
  look_up(&initialize, "xnn_initialize");
  require(initialize(NULL));
}
static void run_xnn_f32(int m, int n, int k, int times) {
  int (*create)(size_t, size_t, size_t, size_t, const float*, const float*, float, float, uint32_t, xnn_operator**);
  int (*set_up)(xnn_operator*, size_t, const float*, float*, void*);
  look_up(&create, "xnn_create_fully_connected_nc_f32");
  look_up(&set_up, "xnn_setup_fully_connected_nc_f32");
  initialize_xnn();
  const size_t rows = (size_t)m, inputs = (size_t)k, outputs = (size_t)n;
  xnn_operator* layer;
  require(create(inputs, outputs, inputs, outputs, floats(n, k), NULL, -1e30f, 1e30f, 0, &layer));
  require(set_up(layer, rows, floats(m, k + 4), floats(m, n), NULL));
  run_xnn(layer, times);
}
static void run_xnn_qs8(int m, int n, int k, int times) {
  int (*create)(size_t, size_t, size_t, size_t, int8_t, float, float, const int8_t*, const int32_t*, int8_t, float,
                int8_t, int8_t, uint32_t, xnn_operator**);
  int (*set_up)(xnn_operator*, size_t, const int8_t*, int8_t*, void*);
  look_up(&create, "xnn_create_fully_connected_nc_qs8");
  look_up(&set_up, "xnn_setup_fully_connected_nc_qs8");
  initialize_xnn();
  const size_t rows = (size_t)m, inputs = (size_t)k, outputs = (size_t)n;
  xnn_operator* layer;
  require(create(inputs, outputs, inputs, outputs, 3, 0.01f, 0.01f, bytes(n, k), NULL, 0, 1.0f, -128, 127, 0, &layer));
  require(set_up(layer, rows, bytes(m, k + 16), bytes(m, n), NULL));
  run_xnn(layer, times);
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(int m, int n, int k, int times);
  } kRoutines[] = {
      {"sgemm", run_sgemm}, {"f32", run_f32}, {"q8", run_q8}, {"xnn_f32", run_xnn_f32}, {"xnn_qs8", run_xnn_qs8}};
  if (argc != 7) fail("usage: call LIBRARY ROUTINE M N K TIMES");
  g_library = dlopen(argv[1], RTLD_NOW);
  if (g_library == NULL) fail(dlerror());
  for (size_t i = 0; i < sizeof kRoutines / sizeof kRoutines[0]; ++i) {
    if (strcmp(argv[2], kRoutines[i].name) != 0) continue;
    kRoutines[i].run(atoi(argv[3]), atoi(argv[4]), atoi(argv[5]), atoi(argv[6]));
    return 0;
  }
  fail("no such routine");
}
