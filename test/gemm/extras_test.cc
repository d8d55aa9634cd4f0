// What a call may have beyond BLAS's gemm: operands that pack themselves or were packed before, a region of C, an
// epilogue. The plain call, which other tests hold to the oracle, says what the bits must be.
#include <complex>
#include <cstring>
#include <vector>

#include "gemm/loops.h"
#include "gemm/packed.h"
#include "gemm/scale.h"
#include "support/gemm_case.h"
#include "support/isas.h"

namespace tessera::test {
namespace {

using Bytes = std::vector<char>;

// A machine with blocks small enough that every loop turns.
Machine random_machine(Random& r, Isa isa) {
  Machine machine = this_machine(*find_isa(isa));
  if (r.one_in(3)) return machine;
  machine.l1d.bytes = r.integer(1, 32) * 64;
  machine.l2.bytes = machine.l1d.bytes * r.integer(1, 8);
  machine.l3.bytes = r.one_in(2) ? machine.l2.bytes * r.integer(1, 8) : 0;
  for (GemmTuning* t : {&machine.f32, &machine.f64}) {
    t->serial_below = 0;
    if (r.one_in(2)) t->mc = r.integer(1, 40);
    if (r.one_in(2)) t->kc = r.integer(1, 6) * 8;
    if (r.one_in(2)) t->nc = r.integer(1, 90);
    t->row_panels_inside = r.one_in(2);
  }
  return machine;
}

void run(const GemmCall& call, const Machine& machine, int threads) {
  const GemmProblem problem = make_problem(call);
  Executor executor;
  executor.threads = threads;
  if (call.k == 0) return run_scaling(problem);
  run_gemm(problem, plan_gemm(problem, machine, threads), executor);
}

// Row-major or column-major operands with random contents.
struct Operands {
  DType type;
  index_t m, n, k, size;
  bool a_rows, b_rows, c_rows;
  Bytes a, b, c;
  double alpha[2], beta[2];
  float alpha32[2], beta32[2];

  Operands(Random& r, DType t, index_t m_, index_t n_, index_t k_) : type(t), m(m_), n(n_), k(k_), size(size_of(t)) {
    a_rows = r.one_in(2), b_rows = r.one_in(2), c_rows = r.one_in(2);
    for (Bytes* x : {&a, &b, &c}) {
      const index_t count = x == &a ? m * k : x == &b ? k * n : m * n;
      x->resize(count * size);
      const index_t reals = count * size / size_of(real_of(t));
      if (real_of(t) == DType::f32) {
        r.fill(reinterpret_cast<float*>(x->data()), reals);
      } else {
        r.fill(reinterpret_cast<double*>(x->data()), reals);
      }
    }
    alpha[0] = r.one_of({1.0, 1.0, -1.0, 0.75}), beta[0] = r.one_of({0.0, 0.0, 1.0, -0.5});
    alpha[1] = is_complex(t) && r.one_in(2) ? 0.5 : 0.0, beta[1] = is_complex(t) && r.one_in(3) ? 0.25 : 0.0;
    for (int i = 0; i < 2; ++i) alpha32[i] = static_cast<float>(alpha[i]), beta32[i] = static_cast<float>(beta[i]);
  }
  const void* scalar(const double* wide, const float* narrow) const {
    return real_of(type) == DType::f32 ? static_cast<const void*>(narrow) : wide;
  }
  index_t rs(bool rows, index_t r, index_t c_) const { return rows ? c_ : (void(r), 1); }
  index_t cs(bool rows, index_t r, index_t c_) const { return rows ? (void(c_), 1) : r; }
  GemmCall call(Bytes& result) const {
    return {.type = type,
            .m = m,
            .n = n,
            .k = k,
            .alpha = scalar(alpha, alpha32),
            .a = a.data(),
            .a_rs = rs(a_rows, m, k),
            .a_cs = cs(a_rows, m, k),
            .b = b.data(),
            .b_rs = rs(b_rows, k, n),
            .b_cs = cs(b_rows, k, n),
            .beta = scalar(beta, beta32),
            .c = result.data(),
            .c_rs = rs(c_rows, m, n),
            .c_cs = cs(c_rows, m, n)};
  }
  index_t at(index_t i, index_t j) const { return (i * rs(c_rows, m, n) + j * cs(c_rows, m, n)) * size; }
};

struct Case {
  Operands o;
  Machine machine;
  int threads;
  std::string text;
  Case(Random& r, Isa isa, DType type, bool any_c)
      : o(r, type, r.integer(1, r.one_in(4) ? 150 : 40), r.integer(1, r.one_in(4) ? 150 : 40),
          r.integer(1, r.one_in(4) ? 150 : 40)),
        machine(random_machine(r, isa)),
        threads(static_cast<int>(r.integer(1, 3))) {
    if (!any_c) o.c_rows = true;
    text = std::string(name_of(type)) + " " + std::to_string(o.m) + " x " + std::to_string(o.n) + " x " +
           std::to_string(o.k) + (o.a_rows ? " a rows" : " a columns") + (o.b_rows ? " b rows" : " b columns") +
           (o.c_rows ? " c rows" : " c columns") + ", seed " + std::to_string(test_seed()) + ", threads " +
           std::to_string(threads);
  }
  Bytes plain() const {
    Bytes c = o.c;
    run(o.call(c), machine, threads);
    return c;
  }
};

constexpr DType kTypes[] = {DType::f32, DType::f64, DType::c32, DType::c64};

class GemmExtrasTest : public testing::TestWithParam<Isa> {
 protected:
  template <class F>
  void for_cases(std::uint64_t stream, bool any_c, const F& f) {
    TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
    Random r(test_seed() + stream);
    for (index_t turn = scaled_count(400); turn > 0; --turn) {
      Case c(r, GetParam(), kTypes[turn % 4], any_c);
      f(r, c);
      if (HasFatalFailure()) return;
    }
  }
};

TEST_P(GemmExtrasTest, PackedOperands) {
  for_cases(1, true, [](Random& r, Case& c) {
    // 1m adds the two products of an imaginary part in the order that C's layout gives: only rows can be compared.
    if (is_complex(c.o.type)) c.o.c_rows = true;
    const Bytes expected = c.plain();
    Bytes got = c.o.c;
    GemmCall call = c.o.call(got);
    const bool pack_a = r.one_in(2), pack_b = !pack_a || r.one_in(2);
    GemmExtras extras;
    Executor executor;
    executor.threads = c.threads;
    std::vector<float> storage[2];
    const auto pack = [&](PackedPanels& p, const StridedSource& source, std::vector<float>& data) {
      data.resize(p.bytes() / 4 + 32);
      std::size_t room = data.size() * 4;
      void* start = data.data();
      p.data = static_cast<const char*>(std::align(64, static_cast<std::size_t>(p.bytes()), start, room));
      ASSERT_NE(p.data, nullptr);
      pack_panels(p, source, executor);
    };
    PackedPanels a = plan_panels(c.machine, tessera::Side::left, c.o.type, c.o.m, c.o.k);
    PackedPanels b = plan_panels(c.machine, tessera::Side::right, c.o.type, c.o.n, c.o.k);
    if (pack_a) {
      pack(a, {c.o.type, call.a, call.a_rs, call.a_cs, false, {c.o.alpha[0], c.o.alpha[1]}}, storage[0]);
      extras.a_packed = &a;
      call.a = nullptr;
    }
    if (pack_b) {
      pack(b, {c.o.type, call.b, call.b_cs, call.b_rs, false, {}}, storage[1]);
      extras.b_packed = &b;
      call.b = nullptr;
    }
    call.extras = &extras;
    run(call, c.machine, c.threads);
    ASSERT_EQ(got, expected) << c.text << (pack_a ? " A packed" : "") << (pack_b ? " B packed" : "");

    // And where no workspace can be had.
    got = c.o.c;
    const GemmProblem problem = make_problem(call);
    GemmPlan plan = plan_without_workspace(problem, plan_gemm(problem, c.machine, 1));
    plan.row_parts = plan.col_parts = 1;
    run_gemm(problem, plan, Executor{});
    ASSERT_EQ(got, expected) << c.text << (pack_a ? " A packed" : "") << (pack_b ? " B packed" : "")
                             << " without workspace";
  });
}

// The lower (k >= first) or upper triangle of a strided matrix; what is outside it would be NaN.
class TriangleSource final : public PanelSource {
 public:
  TriangleSource(const StridedSource& all, bool upper) : all_(all), upper_(upper) {}
  void pack(const PanelRequest& request) const noexcept override {
    // Row by row, so that a panel is cut as finely as can be.
    const Steps whole{request.step, request.step + request.steps};
    all_.pack(request);
    const bool twice = request.packers->type == DType::f32;
    const index_t element = twice ? 4 : 8;
    const index_t parts = parts_;
    for (index_t p = whole.begin; p < whole.end; ++p)
      for (index_t i = 0; i < request.width; ++i) {
        if (upper_ ? p >= request.first + i : p <= request.first + i) continue;
        for (index_t s = 0; s < parts; ++s) {
          const index_t across = request.side == tessera::Side::right ? parts : 1;
          char* line = request.dst + (((p - request.step) * parts + s) * request.panel + i * across) * element;
          std::memset(line, 0, static_cast<std::size_t>(across * element));
        }
      }
  }
  Steps extent(index_t first, index_t width) const noexcept override {
    if (upper_) return {first, std::numeric_limits<index_t>::max()};
    return {0, first + width};
  }
  index_t parts_ = 1;

 private:
  const StridedSource& all_;
  bool upper_;
};

TEST_P(GemmExtrasTest, TriangularOperands) {
  for_cases(2, true, [](Random& r, Case& c) {
    const bool left = r.one_in(2), upper = r.one_in(2);
    GemmCall call = c.o.call(c.o.c);
    // The other triangle: zeros for the plain call, NaN for the source.
    const index_t width = left ? c.o.m : c.o.n;
    Bytes& x = left ? c.o.a : c.o.b;
    Bytes poisoned = x;
    for (index_t i = 0; i < width; ++i)
      for (index_t p = 0; p < c.o.k; ++p) {
        if (upper ? p >= i : p <= i) continue;
        const index_t at = (left ? i * call.a_rs + p * call.a_cs : p * call.b_rs + i * call.b_cs) * c.o.size;
        std::memset(x.data() + at, 0, static_cast<std::size_t>(c.o.size));
        std::memset(poisoned.data() + at, 0xFF, static_cast<std::size_t>(c.o.size));
      }
    const Bytes expected = c.plain();
    Bytes got = c.o.c;
    call.c = got.data();
    GemmExtras extras;
    const StridedSource all =
        left ? StridedSource(c.o.type, poisoned.data(), call.a_rs, call.a_cs, false, {c.o.alpha[0], c.o.alpha[1]})
             : StridedSource(c.o.type, poisoned.data(), call.b_cs, call.b_rs, false, {});
    TriangleSource source(all, upper);
    source.parts_ = is_complex(c.o.type) ? 2 : 1;
    (left ? extras.a_source : extras.b_source) = &source;
    (left ? call.a : call.b) = nullptr;
    call.extras = &extras;
    run(call, c.machine, c.threads);
    // Zeros times numbers are added in the plain call: equal but for the sign of a zero.
    for (std::size_t i = 0; i < got.size(); i += real_of(c.o.type) == DType::f32 ? 4 : 8) {
      if (real_of(c.o.type) == DType::f32) {
        float g, e;
        std::memcpy(&g, &got[i], 4), std::memcpy(&e, &expected[i], 4);
        ASSERT_EQ(g, e) << c.text << (left ? " A" : " B") << (upper ? " upper" : " lower");
      } else {
        double g, e;
        std::memcpy(&g, &got[i], 8), std::memcpy(&e, &expected[i], 8);
        ASSERT_EQ(g, e) << c.text << (left ? " A" : " B") << (upper ? " upper" : " lower");
      }
    }
  });
}

TEST_P(GemmExtrasTest, RegionsOfC) {
  for_cases(3, true, [](Random& r, Case& c) {
    const Region region = r.one_in(2) ? Region::lower : Region::upper;
    const bool scaling = r.one_in(5);
    if (scaling) c.o.k = 0;
    Bytes expected = c.plain(), got = c.o.c;
    for (index_t i = 0; i < c.o.m; ++i)
      for (index_t j = 0; j < c.o.n; ++j) {
        if (inside(region, i, j)) continue;
        std::memset(got.data() + c.o.at(i, j), 0x5A, static_cast<std::size_t>(c.o.size));
        std::memset(expected.data() + c.o.at(i, j), 0x5A, static_cast<std::size_t>(c.o.size));
      }
    GemmCall call = c.o.call(got);
    GemmExtras extras;
    extras.region = region;
    call.extras = &extras;
    run(call, c.machine, c.threads);
    ASSERT_EQ(got, expected) << c.text << (region == Region::lower ? " lower" : " upper");
  });
}

// Adds to the first part of each element a number that only its own place has, and counts.
class Stamp final : public Epilogue {
 public:
  Stamp(DType type, index_t m, index_t n) : type_(type), n_(n), seen_(static_cast<std::size_t>(m * n)) {}
  void apply(const FinishedTile& t) const noexcept override {
    for (index_t i = 0; i < t.rows; ++i)
      for (index_t j = 0; j < t.columns; ++j) {
        const index_t row = t.exchanged ? t.column + j : t.row + i, column = t.exchanged ? t.row + i : t.column + j;
        char* p = t.p + i * t.row_stride + j * size_of(type_);
        add(p, row, column);
        __atomic_add_fetch(&seen_[static_cast<std::size_t>(row * n_ + column)], 1, __ATOMIC_RELAXED);
        if (out != nullptr)
          std::memcpy(out + (row * n_ + column) * size_of(type_), p, static_cast<std::size_t>(size_of(type_)));
      }
  }
  void add(char* p, index_t row, index_t column) const {
    if (real_of(type_) == DType::f32) {
      *reinterpret_cast<float*>(p) += static_cast<float>(row * 1000 + column);
    } else {
      *reinterpret_cast<double*>(p) += static_cast<double>(row * 1000 + column);
    }
  }
  int seen(index_t row, index_t column) const { return seen_[static_cast<std::size_t>(row * n_ + column)]; }
  char* out = nullptr;

 private:
  DType type_;
  index_t n_;
  mutable std::vector<int> seen_;
};

TEST_P(GemmExtrasTest, EpilogueOnceOnEveryElement) {
  for_cases(4, true, [](Random& r, Case& c) {
    if (r.one_in(8)) c.o.k = 0;
    const Region region = r.one_of({Region::all, Region::all, Region::lower, Region::upper});
    const bool no_c = r.one_in(4);
    if (no_c) c.o.beta[0] = c.o.beta[1] = c.o.beta32[0] = c.o.beta32[1] = 0;
    Bytes expected = c.plain(), got = c.o.c, out(c.o.c.size());
    const Stamp stamp(c.o.type, c.o.m, c.o.n);
    Stamp used(c.o.type, c.o.m, c.o.n);
    if (no_c) used.out = out.data();
    GemmExtras extras;
    extras.region = region;
    extras.epilogue = &used;
    GemmCall call = c.o.call(got);
    if (no_c) call.c = nullptr;
    call.extras = &extras;
    run(call, c.machine, c.threads);
    for (index_t i = 0; i < c.o.m; ++i)
      for (index_t j = 0; j < c.o.n; ++j) {
        if (!inside(region, i, j)) continue;
        ASSERT_EQ(used.seen(i, j), 1) << c.text << " at " << i << ", " << j;
        char* e = expected.data() + c.o.at(i, j);
        stamp.add(e, i, j);
        const char* g = no_c ? out.data() + (i * c.o.n + j) * c.o.size : got.data() + c.o.at(i, j);
        ASSERT_EQ(std::memcmp(e, g, static_cast<std::size_t>(c.o.size)), 0) << c.text << " at " << i << ", " << j;
      }
    if (!no_c) return;
    ASSERT_EQ(got, c.o.c) << c.text;
    Stamp again(c.o.type, c.o.m, c.o.n);
    Bytes out_again(c.o.c.size());
    again.out = out_again.data();
    extras.epilogue = &again;
    if (c.o.k == 0) return;
    const GemmProblem problem = make_problem(call);
    GemmPlan plan = plan_without_workspace(problem, plan_gemm(problem, c.machine, 1));
    plan.row_parts = plan.col_parts = 1;
    run_gemm(problem, plan, Executor{});
    for (index_t i = 0; i < c.o.m; ++i)
      for (index_t j = 0; j < c.o.n; ++j) {
        if (!inside(region, i, j)) continue;
        ASSERT_EQ(again.seen(i, j), 1) << c.text << " without workspace at " << i << ", " << j;
        const index_t at = (i * c.o.n + j) * c.o.size;
        ASSERT_EQ(std::memcmp(&out[at], &out_again[at], static_cast<std::size_t>(c.o.size)), 0)
            << c.text << " without workspace at " << i << ", " << j;
      }
  });
}

INSTANTIATE_TEST_SUITE_P(Isa, GemmExtrasTest, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
