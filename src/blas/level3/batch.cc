// Batches of products. Small ones are tasks of one job, each on one thread; large ones have all threads, one by one.
// The bits are those of gemm either way.
#include "blas/level3/level3.h"
#include "runtime/num_threads.h"
#include "runtime/thread_pool.h"

namespace tessera::blas {

namespace {

// Multiply-adds from which a product alone keeps several threads busy.
constexpr double kLargeMadds = 64e6;
// Multiply-adds that repay the hand-out of a task.
constexpr double kTaskMadds = 100e3;

// one(i) computes product i on `threads` threads; 0: as many as the caller may have.
template <class F>
class Batch final : public PhasedJob {
 public:
  Batch(const F& one, index_t count, index_t parts) : one_(one), count_(count), parts_(parts) {}
  int phases() const override { return 1; }
  index_t tasks(int) const override { return parts_; }
  void run(int, index_t task) noexcept override {
    const Part part = part_of(count_, parts_, task);
    for (index_t i = part.begin; i < part.begin + part.size; ++i) one_(i, 1);
  }

 private:
  const F& one_;
  index_t count_, parts_;
};

template <class F>
void run_batch(index_t count, double madds, const F& one) {
  const int threads = num_threads();
  const index_t worth = static_cast<index_t>(madds * static_cast<double>(count) / kTaskMadds);
  if (threads > 1 && count > 1 && madds < kLargeMadds && worth > 1) {
    Batch<F> job(one, count, min_index(min_index(count, worth), 8 * threads));
    return run_job({threads, nullptr, nullptr}, job);
  }
  for (index_t i = 0; i < count; ++i) one(i, 0);
}

double madds_of(index_t m, index_t n, index_t k) {
  return static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
}

}  // namespace

template <class T>
void gemm_strided(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const T* alpha, const T* a,
                  index_t lda, index_t stride_a, const T* b, index_t ldb, index_t stride_b, const T* beta, T* c,
                  index_t ldc, index_t stride_c, index_t batch) {
  const Strides sa = strides_of(row_major, ta, lda), sb = strides_of(row_major, tb, ldb),
                sc = strides_of(row_major, Trans::none, ldc);
  run_batch(batch, madds_of(m, n, k), [&](index_t i, int threads) {
    product<T>(m, n, k, *alpha, {{a + i * stride_a, sa}, ta == Trans::conjugate},
               {{b + i * stride_b, sb}, tb == Trans::conjugate}, *beta, {c + i * stride_c, sc}, nullptr, threads);
  });
}

template <class T>
void gemm_group(bool row_major, Trans ta, Trans tb, index_t m, index_t n, index_t k, const T* alpha, const T* const* a,
                index_t lda, const T* const* b, index_t ldb, const T* beta, T* const* c, index_t ldc, index_t count) {
  const Strides sa = strides_of(row_major, ta, lda), sb = strides_of(row_major, tb, ldb),
                sc = strides_of(row_major, Trans::none, ldc);
  run_batch(count, madds_of(m, n, k), [&](index_t i, int threads) {
    product<T>(m, n, k, *alpha, {{a[i], sa}, ta == Trans::conjugate}, {{b[i], sb}, tb == Trans::conjugate}, *beta,
               {c[i], sc}, nullptr, threads);
  });
}

#define TESSERA_INSTANTIATE(T)                                                                                    \
  template void gemm_strided(bool, Trans, Trans, index_t, index_t, index_t, const T*, const T*, index_t, index_t, \
                             const T*, index_t, index_t, const T*, T*, index_t, index_t, index_t);                \
  template void gemm_group(bool, Trans, Trans, index_t, index_t, index_t, const T*, const T* const*, index_t,     \
                           const T* const*, index_t, const T*, T* const*, index_t, index_t);
TESSERA_FOR_EACH_TYPE(TESSERA_INSTANTIATE)

}  // namespace tessera::blas
