// A BLAS that is wrong in the ways the comparison must notice. TESSERA_BENCH_FAULT chooses one: "last" spoils the last
// element, "product" loses one product of every sum, "outside" writes beyond a row, "nan" reads C although beta is 0.
#include <cstdlib>
#include <string>

extern "C" __attribute__((visibility("default"))) void cblas_sgemm(int layout, int op_a, int op_b, int m, int n, int k,
                                                                   float alpha, const float* a, int lda, const float* b,
                                                                   int ldb, float beta, float* c, int ldc) {
  static const char* const variable = std::getenv("TESSERA_BENCH_FAULT");
  const std::string fault = variable ? variable : "";
  const bool row = layout == 101, a_plain = (op_a == 111) == row, b_plain = (op_b == 111) == row;
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      double sum = 0;
      for (int p = 0; p < k - (fault == "product"); ++p)
        sum += double(a[a_plain ? i * lda + p : p * lda + i]) * double(b[b_plain ? p * ldb + j : j * ldb + p]);
      float& out = c[row ? i * ldc + j : j * ldc + i];
      const double old = beta == 0 && fault != "nan" ? 0 : double(beta) * double(out);
      out = static_cast<float>(double(alpha) * sum + old);
      if (fault == "last" && i == m - 1 && j == n - 1) out += 0.5f;
    }
  if (fault == "outside") c[row ? n : m] = 0;
}
