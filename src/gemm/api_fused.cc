// The C API of products with packed operands, row pointers and epilogues, and of batches.
#include <tessera/gemm.h>

#include "gemm/api_check.h"
#include "gemm/batch.h"
#include "gemm/epilogue.h"
#include "gemm/packed_object.h"

namespace tessera {
namespace {

const IsaEntry& isa_of(const tsr_context* context) {
  return context != nullptr && context->isa != nullptr ? *context->isa : best_isa();
}

// 0, or what is wrong with an operand that may have been packed. `given`: it has an address too.
tsr_status check_packed(int position, const tsr_packed* packed, bool given, Side side, DType type, index_t extent,
                        index_t k, const tsr_context* context) {
  if (packed == nullptr) return TSR_OK;
  if (packed->is_stored) {
    const StoredPanels& s = packed->stored;
    return given || side != Side::right || type != DType::f32 || s.n != extent || s.k != k ? -position : TSR_OK;
  }
  const PackedPanels& p = packed->panels;
  if (given || p.side != side || p.type != type || p.extent != extent || p.k != k) return -position;
  return p.tiles->isa <= isa_of(context).isa ? TSR_OK : TSR_UNSUPPORTED;
}

tsr_status check_epilogue(int position, const tsr_epilogue* e, index_t m, index_t n) {
  if (e == nullptr || m <= 0 || n <= 0) return TSR_OK;
  if (!valid_epilogue(*e)) return -position;
  if (e->residual == nullptr) return TSR_OK;
  return check_extent(position, m, n, e->residual_rs, e->residual_cs, sizeof(float)) == TSR_OK ? TSR_OK : -position;
}

// Rows given by pointers to runs.
class IndirectRows final : public PanelSource {
 public:
  IndirectRows(const float* const* rows, index_t taps, index_t run) : rows_(rows), taps_(taps), run_(run) {}

  void pack(const PanelRequest& r) const noexcept override {
    float* dst = reinterpret_cast<float*>(r.dst);
    for (index_t p = r.step, left = r.steps, n; left > 0; p += n, left -= n, dst += n * r.panel) {
      const index_t tap = p / run_, at = p % run_;
      n = min_index(left, run_ - at);
      const float* const* run = rows_ + r.first * taps_ + tap;
      if (evenly_spaced(run, r.width)) {
        const index_t inc = r.width > 1 ? run[taps_] - run[0] : 0;
        StridedSource(DType::f32, run[0] + at, inc, 1, false, {})
            .pack({.dst = reinterpret_cast<char*>(dst),
                   .side = r.side,
                   .first = 0,
                   .width = r.width,
                   .step = 0,
                   .steps = n,
                   .panel = r.panel,
                   .packers = r.packers});
        continue;
      }
      for (index_t i = 0; i < r.panel; ++i)
        for (index_t s = 0; s < n; ++s) dst[s * r.panel + i] = i < r.width ? run[i * taps_][at + s] : 0.0f;
    }
  }

 private:
  // As the output pixels of a row of an image are.
  bool evenly_spaced(const float* const* run, index_t width) const {
    for (index_t i = 2; i < width; ++i)
      if (run[i * taps_] - run[(i - 1) * taps_] != run[taps_] - run[0]) return false;
    return true;
  }

  const float* const* rows_;
  index_t taps_, run_;
};

template <class T>
tsr_status run_fused(const tsr_context* context, GemmCall call, T alpha, const tsr_packed* a_packed,
                     const tsr_packed* b_packed, const tsr_epilogue* epilogue) {
  constexpr int kAlpha = 5, kAPacked = 9, kBPacked = 13, kEpilogue = 18;
  GemmExtras extras;
  call.extras = &extras;
  if (a_packed != nullptr) extras.a_packed = &a_packed->panels;
  if (b_packed != nullptr) b_packed->give(extras);
  if (const tsr_status bad = check_gemm(call, alpha == T(0) && a_packed == nullptr, {2, 3, 4, 6, 10, 15})) return bad;
  if (call.m == 0 || call.n == 0) return TSR_OK;
  if (a_packed != nullptr && alpha != T(1)) return -kAlpha;
  if (const tsr_status bad =
          check_packed(kAPacked, a_packed, call.a != nullptr, Side::left, call.type, call.m, call.k, context))
    return bad;
  if (const tsr_status bad =
          check_packed(kBPacked, b_packed, call.b != nullptr, Side::right, call.type, call.n, call.k, context))
    return bad;
  if (const tsr_status bad = check_epilogue(kEpilogue, epilogue, call.m, call.n)) return bad;
  if (epilogue == nullptr) {
    gemm(call, settings_of(context));
    return TSR_OK;
  }
  const FusedEpilogue fused(*epilogue, isa_of(context));
  extras.epilogue = &fused;
  gemm(call, settings_of(context));
  return TSR_OK;
}

// Points into the item.
GemmCall call_of(const tsr_gemm_item_f32& x) {
  return {.type = DType::f32,
          .m = x.m,
          .n = x.n,
          .k = x.k,
          .alpha = &x.alpha,
          .a = x.a,
          .a_rs = x.a_rs,
          .a_cs = x.a_cs,
          .b = x.b,
          .b_rs = x.b_rs,
          .b_cs = x.b_cs,
          .beta = &x.beta,
          .c = x.c,
          .c_rs = x.c_rs,
          .c_cs = x.c_cs};
}

// Whether the last of `count` matrices lies in the address space.
bool step_fits(index_t count, index_t step) {
  std::uint64_t bytes = 0;
  return span(count, step, sizeof(float), bytes);
}

}  // namespace
}  // namespace tessera

extern "C" {

tsr_status tsr_gemm_fused_f32(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, float alpha,
                              const float* a, tsr_index a_rs, tsr_index a_cs, const tsr_packed* a_packed,
                              const float* b, tsr_index b_rs, tsr_index b_cs, const tsr_packed* b_packed, float beta,
                              float* c, tsr_index c_rs, tsr_index c_cs, const tsr_epilogue* epilogue) {
  return tessera::run_fused(context,
                            tessera::call_of({m, n, k, alpha, a, a_rs, a_cs, b, b_rs, b_cs, beta, c, c_rs, c_cs}),
                            alpha, a_packed, b_packed, epilogue);
}

tsr_status tsr_gemm_blocks_q8(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, float alpha,
                              const float* a, tsr_index a_rs, tsr_index a_cs, const tsr_packed* b_packed, float beta,
                              float* c, tsr_index c_rs, tsr_index c_cs, const tsr_epilogue* epilogue) {
  using namespace tessera;
  constexpr int kBPacked = 9, kEpilogue = 14;
  const tsr_gemm_item_f32 item{m, n, k, alpha, a, a_rs, a_cs, nullptr, 0, 0, beta, c, c_rs, c_cs};
  GemmCall call = call_of(item);
  GemmExtras extras;
  call.extras = &extras;
  if (b_packed != nullptr) b_packed->give(extras);
  if (const tsr_status bad = check_gemm(call, alpha == 0.0f, {2, 3, 4, 6, kBPacked, 11})) return bad;
  if (m == 0 || n == 0) return TSR_OK;
  if (extras.b_stored == nullptr || !in_blocks(extras.b_stored->storage)) return -kBPacked;
  if (const tsr_status bad = check_packed(kBPacked, b_packed, false, Side::right, DType::f32, n, k, context))
    return bad;
  if (const tsr_status bad = check_epilogue(kEpilogue, epilogue, m, n)) return bad;
  const Int8Entry& isa = context != nullptr && context->int8 != nullptr ? *context->int8 : best_int8();
  if (epilogue == nullptr) {
    gemm_block_q8(call, settings_of(context), isa);
    return TSR_OK;
  }
  const FusedEpilogue fused(*epilogue, isa_of(context));
  extras.epilogue = &fused;
  gemm_block_q8(call, settings_of(context), isa);
  return TSR_OK;
}

tsr_status tsr_gemm_packed_f64(const tsr_context* context, tsr_index m, tsr_index n, tsr_index k, double alpha,
                               const double* a, tsr_index a_rs, tsr_index a_cs, const tsr_packed* a_packed,
                               const double* b, tsr_index b_rs, tsr_index b_cs, const tsr_packed* b_packed, double beta,
                               double* c, tsr_index c_rs, tsr_index c_cs) {
  return tessera::run_fused(context,
                            {.type = tessera::DType::f64,
                             .m = m,
                             .n = n,
                             .k = k,
                             .alpha = &alpha,
                             .a = a,
                             .a_rs = a_rs,
                             .a_cs = a_cs,
                             .b = b,
                             .b_rs = b_rs,
                             .b_cs = b_cs,
                             .beta = &beta,
                             .c = c,
                             .c_rs = c_rs,
                             .c_cs = c_cs},
                            alpha, a_packed, b_packed, nullptr);
}

tsr_status tsr_gemm_batch_f32(const tsr_context* context, tsr_index count, tsr_index m, tsr_index n, tsr_index k,
                              float alpha, const float* a, tsr_index a_rs, tsr_index a_cs, tsr_index a_step,
                              const float* b, tsr_index b_rs, tsr_index b_cs, tsr_index b_step, float beta, float* c,
                              tsr_index c_rs, tsr_index c_cs, tsr_index c_step) {
  using namespace tessera;
  if (count < 0) return -2;
  const tsr_gemm_item_f32 first{m, n, k, alpha, a, a_rs, a_cs, b, b_rs, b_cs, beta, c, c_rs, c_cs};
  if (const tsr_status bad = check_gemm(call_of(first), alpha == 0.0f, {3, 4, 5, 7, 11, 16})) return bad;
  if (count == 0 || m == 0 || n == 0) return TSR_OK;
  if (!step_fits(count, a_step)) return -10;
  if (!step_fits(count, b_step)) return -14;
  if (!step_fits(count, c_step) || (c_step == 0 && count > 1)) return -19;
  const GemmSettings settings = settings_of(context);
  run_batch(count, madds_of(m, n, k), settings.executor, [&](index_t i, const Executor& executor) {
    tsr_gemm_item_f32 item = first;
    if (item.a != nullptr) item.a += i * a_step;  // NULL where it is not read
    if (item.b != nullptr) item.b += i * b_step;
    item.c += i * c_step;
    gemm(call_of(item), {settings.isa, executor});
  });
  return TSR_OK;
}

tsr_status tsr_gemm_grouped_f32(const tsr_context* context, tsr_index count, const tsr_gemm_item_f32* items,
                                tsr_index* bad_item) {
  using namespace tessera;
  if (count < 0) return -2;
  if (items == nullptr && count > 0) return -3;
  double madds = 0;
  for (index_t i = 0; i < count; ++i) {
    const tsr_gemm_item_f32& x = items[i];
    if (check_gemm(call_of(x), x.alpha == 0.0f, {1, 2, 3, 5, 8, 12}) != TSR_OK) {
      if (bad_item != nullptr) *bad_item = i;
      return -3;
    }
    madds += madds_of(x.m, x.n, x.k);
  }
  const GemmSettings settings = settings_of(context);
  run_batch(count, count > 0 ? madds / static_cast<double>(count) : 0.0, settings.executor,
            [&](index_t i, const Executor& executor) {
              gemm(call_of(items[i]), {settings.isa, executor});
            });
  return TSR_OK;
}

tsr_status tsr_gemm_indirect_f32(const tsr_context* context, tsr_index m, tsr_index n, tsr_index taps, tsr_index run,
                                 const float* const* a_rows, const float* b, tsr_index b_rs, tsr_index b_cs,
                                 const tsr_packed* b_packed, float beta, float* c, tsr_index c_rs, tsr_index c_cs,
                                 const tsr_epilogue* epilogue) {
  using namespace tessera;
  constexpr int kBPacked = 10, kEpilogue = 15;
  if (m < 0 || m > kMaxExtent) return -2;
  if (n < 0 || n > kMaxExtent) return -3;
  if (taps < 0 || taps > kMaxExtent) return -4;
  if (run < 0 || (taps > 0 && run > kMaxExtent / taps)) return -5;
  const index_t k = taps * run;
  if (a_rows == nullptr && m > 0 && n > 0 && k > 0) return -6;
  const float one = 1.0f;
  const IndirectRows rows(a_rows, taps, run > 0 ? run : 1);
  GemmExtras extras;
  extras.a_source = &rows;
  if (b_packed != nullptr) b_packed->give(extras);
  GemmCall call{.type = DType::f32,
                .m = m,
                .n = n,
                .k = k,
                .alpha = &one,
                .a = nullptr,
                .a_rs = 0,
                .a_cs = 0,
                .b = b,
                .b_rs = b_rs,
                .b_cs = b_cs,
                .beta = &beta,
                .c = c,
                .c_rs = c_rs,
                .c_cs = c_cs,
                .extras = &extras};
  if (const tsr_status bad = check_gemm(call, false, {2, 3, 5, 6, 7, 12})) return bad;
  if (const tsr_status bad = check_packed(kBPacked, b_packed, b != nullptr, Side::right, DType::f32, n, k, context))
    return bad;
  if (const tsr_status bad = check_epilogue(kEpilogue, epilogue, m, n)) return bad;
  if (epilogue == nullptr) {
    gemm(call, settings_of(context));
    return TSR_OK;
  }
  const FusedEpilogue fused(*epilogue, isa_of(context));
  extras.epilogue = &fused;
  gemm(call, settings_of(context));
  return TSR_OK;
}
}
