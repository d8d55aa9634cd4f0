// tsr_gemm_{f32,f64,c32,c64}, batches, groups and row pointers: results to the bit, statuses by the header's rules.
#include <tessera/gemm.h>

#include <cstring>
#include <vector>

#include "fuzz/gemm_call.h"
#include "support/gemm_case.h"
#include "support/isas.h"

namespace tessera::fuzz {
namespace {

using test::GemmCase;

constexpr DType kTypes[] = {DType::f32, DType::f64, DType::c32, DType::c64};

Index size_in(Input& in) { return in.one_in(8) ? in.integer(0, 150) : in.integer(0, 24); }

// A matrix by rows, by columns, with gaps; an input also backwards or of one line that counts for all.
void strides(Input& in, Index rows, Index cols, Index& rs, Index& cs, bool input) {
  const bool by_rows = in.flag();
  const Index gap = in.integer(0, 3), step = in.one_in(4) ? in.integer(1, 3) : 1;
  const Index leading = step * (by_rows ? cols : rows) + gap;
  rs = by_rows ? leading : step;
  cs = by_rows ? step : leading;
  if (!input) return;
  if (in.one_in(6)) rs = -rs;
  if (in.one_in(6)) cs = -cs;
  if (in.one_in(12)) rs = 0;
  if (in.one_in(12)) cs = 0;
}

double scalar(Input& in) { return in.one_of({1.0, 0.0, -1.0, 0.5, 3.0, -0.75, 0x1p-60, 1e30}); }

GemmCase case_of(Input& in, DType type) {
  GemmCase g;
  g.type = type;
  static const std::vector<Isa> isas = test::runnable_isas();
  g.isa = isas[static_cast<std::size_t>(in.integer(0, static_cast<Index>(isas.size()) - 1))];
  g.threads = static_cast<int>(in.integer(1, 3));
  g.m = size_in(in);
  g.n = size_in(in);
  g.k = size_in(in);
  strides(in, g.m, g.k, g.a_rs, g.a_cs, true);
  strides(in, g.k, g.n, g.b_rs, g.b_cs, true);
  strides(in, g.m, g.n, g.c_rs, g.c_cs, false);
  g.alpha_re = scalar(in);
  g.beta_re = scalar(in);
  if (is_complex(type)) {
    g.alpha_im = in.one_in(2) ? scalar(in) : 0.0;
    g.beta_im = in.one_in(2) ? scalar(in) : 0.0;
    g.conj_a = in.flag();
    g.conj_b = in.flag();
  }
  g.nan_c = g.beta_re == 0 && g.beta_im == 0;
  g.side = in.flag() ? test::Side::start : test::Side::end;
  g.offset = static_cast<int>(in.integer(0, 15));
  g.seed = static_cast<std::uint64_t>(in.integer(0, 255));
  return g;
}

Context context_of_case(const GemmCase& g) {
  tsr_context* context = nullptr;
  FUZZ_EXPECT(tsr_context_create(&context) == TSR_OK, "no context");
  FUZZ_EXPECT(tsr_context_set_num_threads(context, g.threads) == TSR_OK, "threads");
  FUZZ_EXPECT(tsr_context_set_isa(context, isa_info(g.isa).name) == TSR_OK, "%s", isa_info(g.isa).name);
  return Context(context);
}

tsr_status call_typed(const tsr_context* context, unsigned flags, const GemmCall& x) {
  const auto real = [&](auto function, auto zero) {
    using T = decltype(zero);
    return function(context, x.m, x.n, x.k, *static_cast<const T*>(x.alpha), static_cast<const T*>(x.a), x.a_rs, x.a_cs,
                    static_cast<const T*>(x.b), x.b_rs, x.b_cs, *static_cast<const T*>(x.beta), static_cast<T*>(x.c),
                    x.c_rs, x.c_cs);
  };
  const auto complex = [&](auto function, auto zero) {
    using T = decltype(zero);
    return function(context, flags, x.m, x.n, x.k, *static_cast<const T*>(x.alpha), static_cast<const T*>(x.a), x.a_rs,
                    x.a_cs, static_cast<const T*>(x.b), x.b_rs, x.b_cs, *static_cast<const T*>(x.beta),
                    static_cast<T*>(x.c), x.c_rs, x.c_cs);
  };
  switch (x.type) {
    case DType::f32:
      return real(tsr_gemm_f32, 0.0f);
    case DType::f64:
      return real(tsr_gemm_f64, 0.0);
    case DType::c32:
      return complex(tsr_gemm_c32, tsr_c32{});
    default:
      return complex(tsr_gemm_c64, tsr_c64{});
  }
}

unsigned flags_of(const GemmCall& x) {
  return (x.conj_a ? unsigned{TSR_GEMM_CONJ_A} : 0u) | (x.conj_b ? unsigned{TSR_GEMM_CONJ_B} : 0u);
}

// One good product, by any of the functions that compute it.
void valid(Input& in) {
  const DType type = kTypes[in.integer(0, 3)];
  const GemmCase g = case_of(in, type);
  const Index how = type == DType::f32 ? in.integer(0, 3) : 0;
  const Context context = context_of_case(g);
  require(test::check_gemm(g, [&](GemmCall x) {
    const bool reads = x.k > 0 && (g.alpha_re != 0 || g.alpha_im != 0);
    if (!reads) x.a = x.b = nullptr;
    if (g.m == 0 || g.n == 0) x.c = nullptr;
    tsr_status status = TSR_OK;
    const auto* const a = static_cast<const float*>(x.a);
    const auto* const b = static_cast<const float*>(x.b);
    auto* const c = static_cast<float*>(x.c);
    const auto* const alpha = static_cast<const float*>(x.alpha);
    const auto* const beta = static_cast<const float*>(x.beta);
    if (how == 0) {
      status = call_typed(context.get(), flags_of(x), x);
    } else if (how == 1) {
      // The only product of a batch, and nothing else.
      const Index step = in.integer(0, 9);
      status = tsr_gemm_batch_f32(context.get(), 1, x.m, x.n, x.k, *alpha, a, x.a_rs, x.a_cs, step, b, x.b_rs, x.b_cs,
                                  step, *beta, c, x.c_rs, x.c_cs, step);
    } else if (how == 2) {
      const tsr_gemm_item_f32 item{x.m, x.n,    x.k,    *alpha, a, x.a_rs, x.a_cs,
                                   b,   x.b_rs, x.b_cs, *beta,  c, x.c_rs, x.c_cs};
      status = tsr_gemm_grouped_f32(context.get(), 1, &item, nullptr);
    } else {
      status = tsr_gemm_fused_f32(context.get(), x.m, x.n, x.k, *alpha, a, x.a_rs, x.a_cs, nullptr, b, x.b_rs, x.b_cs,
                                  nullptr, *beta, c, x.c_rs, x.c_cs, nullptr);
    }
    FUZZ_EXPECT(status == TSR_OK, "%s: %s", g.line().c_str(), tsr_status_string(status));
  }));
}

template <class T>
std::vector<T> numbers(Index n, std::uint64_t seed) {
  std::vector<T> x(static_cast<std::size_t>(n));
  test::Random(seed).fill(x.data(), n);
  return x;
}

// Several products at once have the bits of each alone.
void many(Input& in) {
  const Context context = context_of(in);
  const Index count = in.integer(0, 6), m = in.integer(0, 20), n = in.integer(0, 20), k = in.integer(0, 20);
  const float alpha = static_cast<float>(scalar(in)), beta = static_cast<float>(scalar(in));
  const Index a_step = in.one_in(3) ? 0 : m * k + in.integer(0, 3), b_step = in.one_in(3) ? 0 : k * n;
  const Index c_step = m * n + in.integer(0, 3);
  const Index last = count > 0 ? count - 1 : 0;
  const std::vector<float> a = numbers<float>(last * a_step + m * k, 1), b = numbers<float>(last * b_step + k * n, 2);
  std::vector<float> c = numbers<float>(last * c_step + m * n, 3), want = c;
  // data() of an empty vector may be NULL, which is what an operand without elements may be.
  for (Index i = 0; i < count; ++i)
    FUZZ_EXPECT(tsr_gemm_f32(context.get(), m, n, k, alpha, k > 0 && m > 0 ? a.data() + i * a_step : nullptr, k, 1,
                             k > 0 && n > 0 ? b.data() + i * b_step : nullptr, n, 1, beta,
                             want.empty() ? nullptr : want.data() + i * c_step, n, 1) == TSR_OK,
                "one of them");
  const std::vector<float> before = c;
  // An operand that is not read may be NULL, whatever its step.
  const float *const all_a = k > 0 ? a.data() : nullptr, *const all_b = k > 0 ? b.data() : nullptr;
  FUZZ_EXPECT(tsr_gemm_batch_f32(context.get(), count, m, n, k, alpha, all_a, k, 1, a_step, all_b, n, 1, b_step, beta,
                                 c.data(), n, 1, c_step > 0 ? c_step : 1) == TSR_OK,
              "a batch of %d", static_cast<int>(count));
  FUZZ_EXPECT(c.empty() || std::memcmp(c.data(), want.data(), c.size() * 4) == 0, "batch differs");
  c = before;
  std::vector<tsr_gemm_item_f32> items;
  for (Index i = 0; i < count; ++i)
    items.push_back({m, n, k, alpha, a.empty() ? nullptr : a.data() + i * a_step, k, 1,
                     b.empty() ? nullptr : b.data() + i * b_step, n, 1, beta,
                     c.empty() ? nullptr : c.data() + i * c_step, n, 1});
  Index bad = -1;
  FUZZ_EXPECT(tsr_gemm_grouped_f32(context.get(), count, items.data(), &bad) == TSR_OK && bad == -1, "a group");
  FUZZ_EXPECT(c.empty() || std::memcmp(c.data(), want.data(), c.size() * 4) == 0, "group differs");
  if (count == 0) return;
  // One bad item spoils all, and nothing is written.
  c = before;
  const Index spoilt = in.integer(0, count - 1);
  items[static_cast<std::size_t>(spoilt)].k = -1;
  FUZZ_EXPECT(tsr_gemm_grouped_f32(context.get(), count, items.data(), &bad) == -3 && bad == spoilt, "a bad item");
  FUZZ_EXPECT(c == before, "written in spite of a bad item");
}

// Row pointers: runs that lie anywhere, also in one another.
void indirect(Input& in) {
  const Context context = context_of(in);
  const Index m = in.integer(0, 20), n = in.integer(0, 20), taps = in.integer(0, 5), run = in.integer(0, 9);
  const Index k = taps * run;
  const std::vector<float> image = numbers<float>(run + 64, 1), b = numbers<float>(k * n, 2);
  std::vector<const float*> rows;
  std::vector<float> a;
  const bool even = in.flag();
  for (Index i = 0; i < m * taps; ++i) {
    const Index at = even ? i % 64 : in.integer(0, 64);
    rows.push_back(image.data() + at);
    a.insert(a.end(), image.begin() + at, image.begin() + at + run);
  }
  const float beta = static_cast<float>(scalar(in));
  std::vector<float> c = numbers<float>(m * n, 3), want = c;
  FUZZ_EXPECT(
      tsr_gemm_f32(context.get(), m, n, k, 1.0f, a.data(), k, 1, b.data(), n, 1, beta, want.data(), n, 1) == TSR_OK,
      "plain");
  FUZZ_EXPECT(tsr_gemm_indirect_f32(context.get(), m, n, taps, run, rows.data(), b.data(), n, 1, nullptr, beta,
                                    c.data(), n, 1, nullptr) == TSR_OK,
              "row pointers");
  FUZZ_EXPECT(c.empty() || std::memcmp(c.data(), want.data(), c.size() * 4) == 0, "row pointers differ");
}

// Arguments of which some are wild. What is good after all is left alone unless it is small.
void invalid(Input& in) {
  const DType type = kTypes[in.integer(0, 3)];
  const int size = static_cast<int>(size_of(type));
  Index m = in.integer(0, 5), n = in.integer(0, 5), k = in.integer(0, 5);
  Matrix a{!in.one_in(8), 5, 1}, b{!in.one_in(8), 5, 1}, c{!in.one_in(8), 5, 1};
  Index* const wild[] = {&m, &n, &k, &a.rs, &a.cs, &b.rs, &b.cs, &c.rs, &c.cs};
  for (Index spoil = in.integer(0, 3); spoil > 0; --spoil) *wild[in.integer(0, 8)] = in.wild();
  unsigned flags = 0;
  if (is_complex(type)) flags = static_cast<unsigned>(in.integer(0, 5));
  const bool zero = in.one_in(4);
  alignas(16) char memory[16 * 64] = {};
  double alpha[2] = {}, beta[2] = {};
  if (!zero) {
    // One, in the type of the call.
    const float one = 1.0f;
    if (real_of(type) == DType::f32)
      std::memcpy(alpha, &one, sizeof one);
    else
      alpha[0] = 1.0;
  }
  const bool complex = is_complex(type);
  const Positions at = complex ? Positions{3, 4, 5, 7, 10, 14} : Positions{2, 3, 4, 6, 9, 13};
  const tsr_status expected = flags > 3 ? -2 : expected_status(m, n, k, !zero, a, b, c, size, at);
  if (expected == TSR_OK && m > 0 && n > 0) {
    if (!holds(64, m, n, c.rs, c.cs)) return;
    if (!zero && !(holds(64, m, k, a.rs, a.cs) && holds(64, k, n, b.rs, b.cs))) return;
  }
  char out[sizeof memory];
  std::memset(out, 7, sizeof out);
  const GemmCall call{type,
                      false,
                      false,
                      m,
                      n,
                      k,
                      alpha,
                      a.given ? memory : nullptr,
                      a.rs,
                      a.cs,
                      b.given ? memory : nullptr,
                      b.rs,
                      b.cs,
                      beta,
                      c.given ? out : nullptr,
                      c.rs,
                      c.cs};
  const tsr_status got = call_typed(nullptr, flags, call);
  FUZZ_EXPECT(got == expected, "status %d instead of %d", static_cast<int>(got), static_cast<int>(expected));
  if (expected != TSR_OK)
    for (const char x : out) FUZZ_EXPECT(x == 7, "written in spite of status %d", static_cast<int>(got));
}

}  // namespace
}  // namespace tessera::fuzz

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  switch (in.integer(0, 4)) {
    case 0:
    case 1:
      return valid(in);
    case 2:
      return many(in);
    case 3:
      return indirect(in);
    default:
      return invalid(in);
  }
}
