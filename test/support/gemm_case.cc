#include "support/gemm_case.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <sstream>
#include <vector>

#include "base/int_math.h"
#include "gemm/loops.h"
#include "reference/gemm_chain.h"
#include "support/bits.h"

namespace tessera::test {
namespace {

const char* const kForceNames[] = {"none", "packed", "strip"};

// Calls f(name, field) for each field, for printing and parsing alike.
template <class Case, class F>
void each_field(Case& c, F f) {
  f("m", c.m), f("n", c.n), f("k", c.k);
  f("a_rs", c.a_rs), f("a_cs", c.a_cs), f("b_rs", c.b_rs), f("b_cs", c.b_cs), f("c_rs", c.c_rs), f("c_cs", c.c_cs);
  f("alpha_re", c.alpha_re), f("alpha_im", c.alpha_im), f("beta_re", c.beta_re), f("beta_im", c.beta_im);
  f("conj_a", c.conj_a), f("conj_b", c.conj_b), f("nan_c", c.nan_c);
  f("threads", c.threads), f("offset", c.offset), f("seed", c.seed);
  f("kernel", c.kernel), f("mc", c.mc), f("kc", c.kc), f("nc", c.nc);
  f("l1", c.l1), f("l2", c.l2), f("l3", c.l3), f("rows_inside", c.rows_inside);
}

// Where the elements of an operand lie relative to element (0, 0).
struct Extent {
  index_t low = 0, high = 0;
  Extent(index_t rows, index_t cols, index_t rs, index_t cs) {
    for (const index_t reach : {(rows - 1) * rs, (cols - 1) * cs}) (reach < 0 ? low : high) += reach;
  }
  index_t size() const { return high - low + 1; }
};

struct Buffers {
  GuardedBuffer a{std::size_t{16} << 20}, b{std::size_t{16} << 20}, c{std::size_t{16} << 20};
};

// alpha * op(X) as a dense row-major matrix of the real kernel's view: pairs for complex types.
template <class T>
void scaled(const T* x, index_t i, bool conj, bool complex, T re, T im, bool scale, T* out) {
  if (!complex) {
    out[0] = scale ? re * x[i] : x[i];
    return;
  }
  const T xr = x[2 * i], xi = conj ? -x[2 * i + 1] : x[2 * i + 1];
  if (!scale) {
    out[0] = xr;
    out[1] = xi;
    return;
  }
  out[0] = re * xr;
  out[1] = re * xi;
  if (im != T(0)) {
    out[0] += -im * xi;
    out[1] += im * xr;
  }
}

// alpha * op(A), op(B) and beta * C, dense and row-major; complex elements are pairs.
template <class T>
struct Dense {
  index_t m, n, k, per;
  std::vector<T> a, b, c;
  Dense(index_t rows, index_t cols, index_t depth, bool complex)
      : m(rows), n(cols), k(depth), per(complex ? 2 : 1), a(size(m, k)), b(size(k, n)), c(size(m, n)) {}
  std::size_t size(index_t rows, index_t cols) const { return static_cast<std::size_t>(rows * cols * per); }
  T* a_at(index_t i, index_t p) { return &a[(i * k + p) * per]; }
  T* b_at(index_t p, index_t j) { return &b[(p * n + j) * per]; }
  T* c_at(index_t i, index_t j) { return &c[(i * n + j) * per]; }

  // Which of two rounded products of an imaginary part comes first depends on the operand that is broadcast:
  // A's real part, or with exchanged operands B's.
  std::vector<T> multiply(bool fma, bool exchanged) const {
    if (per == 1) {
      std::vector<T> out = c;
      chain(fma, m, n, k, a.data(), b.data(), out.data());
      return out;
    }
    // The real problem that 1m makes of a complex one: left rows of (re, im), right lines (re, im) and (-im, re).
    const index_t rows = exchanged ? n : m, cols = exchanged ? m : n;
    std::vector<T> left(static_cast<std::size_t>(rows * 2 * k)), right(static_cast<std::size_t>(2 * k * 2 * cols)),
        out(static_cast<std::size_t>(rows * 2 * cols));
    const auto element = [](const std::vector<T>& x, index_t row, index_t col, index_t width) {
      return &x[(row * width + col) * 2];
    };
    for (index_t p = 0; p < k; ++p) {
      for (index_t i = 0; i < rows; ++i) {
        const T* x = exchanged ? element(b, p, i, n) : element(a, i, p, k);
        left[i * 2 * k + 2 * p] = x[0];
        left[i * 2 * k + 2 * p + 1] = x[1];
      }
      for (index_t j = 0; j < cols; ++j) {
        const T* x = exchanged ? element(a, j, p, k) : element(b, p, j, n);
        T* line = &right[(2 * p * cols + j) * 2];
        line[0] = x[0];
        line[1] = x[1];
        line[2 * cols] = -x[1];
        line[2 * cols + 1] = x[0];
      }
    }
    std::vector<T> result(c.size());
    const auto exchange = [&](bool in) {
      for (index_t i = 0; i < rows; ++i)
        for (index_t j = 0; j < cols; ++j)
          for (index_t e = 0; e < 2; ++e) {
            const index_t at = (exchanged ? j * n + i : i * n + j) * 2 + e, real = (i * cols + j) * 2 + e;
            if (in) {
              out[real] = c[at];
            } else {
              result[at] = out[real];
            }
          }
    };
    exchange(true);
    chain(fma, rows, 2 * cols, 2 * k, left.data(), right.data(), out.data());
    exchange(false);
    return result;
  }
};

// docs/numerics.md: with C by columns the parts of B are what is broadcast. The smaller stride says how C lies. Where
// both are equal C is a vector, with a leading dimension of 1: one row of a matrix by columns, or one column by rows.
bool columns_first(const GemmCase& g) { return g.c_rs < g.c_cs || (g.c_rs == g.c_cs && g.m == 1 && g.n > 1); }

template <class T>
testing::AssertionResult check_typed(const GemmCase& g, const std::function<void(const GemmCall&)>& run) {
  static Buffers& buffers = *new Buffers;
  const bool complex = is_complex(g.type);
  const index_t per = complex ? 2 : 1;
  const auto failed = [&](const std::string& what) {
    return testing::AssertionFailure() << what << "\nTESSERA_TEST_LINE='" << g.line() << "'";
  };
  set_current_case(g.line());

  // Operands.
  const Extent ea(g.m, g.k, g.a_rs, g.a_cs), eb(g.k, g.n, g.b_rs, g.b_cs), ec(g.m, g.n, g.c_rs, g.c_cs);
  const auto place = [&](GuardedBuffer& buffer, const Extent& e) {
    return reinterpret_cast<T*>(buffer.place(static_cast<std::size_t>(e.size() * per) * sizeof(T), g.side,
                                             static_cast<std::size_t>(g.offset) * sizeof(T)));
  };
  T* const a = place(buffers.a, ea);
  T* const b = place(buffers.b, eb);
  T* const c = place(buffers.c, ec);
  Random random(g.seed);
  random.fill(a, ea.size() * per);
  random.fill(b, eb.size() * per);
  random.fill(c, ec.size() * per);
  if (g.nan_c)
    for (index_t i = 0; i < ec.size() * per; ++i) c[i] = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> a_before(a, a + ea.size() * per), b_before(b, b + eb.size() * per);
  const std::vector<T> before(c, c + ec.size() * per);

  // The oracle.
  const T alpha_re = static_cast<T>(g.alpha_re), alpha_im = static_cast<T>(g.alpha_im);
  const T beta_re = static_cast<T>(g.beta_re), beta_im = static_cast<T>(g.beta_im);
  const bool alpha_zero = alpha_re == T(0) && alpha_im == T(0);
  Dense<T> dense(g.m, g.n, g.k, complex);
  for (index_t i = 0; i < g.m; ++i)
    for (index_t p = 0; p < g.k; ++p)
      scaled(a, i * g.a_rs + p * g.a_cs - ea.low, g.conj_a, complex, alpha_re, alpha_im, true, dense.a_at(i, p));
  for (index_t p = 0; p < g.k; ++p)
    for (index_t j = 0; j < g.n; ++j)
      scaled(b, p * g.b_rs + j * g.b_cs - eb.low, g.conj_b, complex, T(1), T(0), false, dense.b_at(p, j));
  for (index_t i = 0; i < g.m; ++i)
    for (index_t j = 0; j < g.n; ++j) {
      const T* old = &before[(i * g.c_rs + j * g.c_cs - ec.low) * per];
      T* d = dense.c_at(i, j);
      if (beta_re == T(0) && beta_im == T(0)) {
        for (index_t e = 0; e < per; ++e) d[e] = T(0);
      } else if (complex && beta_im != T(0)) {
        d[0] = beta_re * old[0] - beta_im * old[1];
        d[1] = beta_re * old[1] + beta_im * old[0];
      } else {
        for (index_t e = 0; e < per; ++e) d[e] = beta_re * old[e];
      }
    }
  const auto expected = [&](bool exchanged) {
    std::vector<T> want = before;
    const std::vector<T> product = alpha_zero ? dense.c : dense.multiply(isa_info(g.isa).has_fma, exchanged);
    for (index_t i = 0; i < g.m; ++i)
      for (index_t j = 0; j < g.n; ++j)
        for (index_t e = 0; e < per; ++e)
          want[(i * g.c_rs + j * g.c_cs - ec.low) * per + e] = product[(i * g.n + j) * per + e];
    return want;
  };

  // The call.
  const T alpha[2] = {alpha_re, alpha_im}, beta[2] = {beta_re, beta_im};
  const GemmCall call{g.type,
                      g.conj_a,
                      g.conj_b,
                      g.m,
                      g.n,
                      g.k,
                      alpha,
                      a - ea.low * per,
                      g.a_rs,
                      g.a_cs,
                      b - eb.low * per,
                      g.b_rs,
                      g.b_cs,
                      beta,
                      c - ec.low * per,
                      g.c_rs,
                      g.c_cs};
  const bool planned_here = g.force != Force::none || g.kernel != 0 || g.mc != 0 || g.kc != 0 || g.nc != 0 ||
                            g.l1 != 0 || g.l2 != 0 || g.l3 != 0 || !g.rows_inside;
  Executor executor;
  executor.threads = g.threads;
  if (run != nullptr) {
    run(call);
  } else if (planned_here && !alpha_zero) {
    const GemmProblem problem = make_problem(call);
    const GemmPlan plan = plan_of_case(g, problem);
    executor.threads = plan.threads;
    run_gemm(problem, plan, executor);
  } else {
    GemmSettings settings;
    settings.isa = find_isa(g.isa);
    settings.executor = executor;
    gemm(call, settings);
  }

  const std::vector<T> want = expected(columns_first(g));
  const index_t wrong = first_difference(c, want.data(), ec.size() * per);
  if (wrong >= 0) {
    std::ostringstream text;
    text.precision(17);
    const index_t at = wrong / per + ec.low;
    text << "C[" << at << (per == 2 ? wrong % 2 ? "].im" : "].re" : "]") << " is " << c[wrong] << ", expected "
         << want[wrong];
    bool element = false;
    for (index_t i = 0; i < g.m && !element; ++i)
      for (index_t j = 0; j < g.n && !element; ++j)
        if (i * g.c_rs + j * g.c_cs == at) {
          text << " (row " << i << ", column " << j << ")";
          element = true;
        }
    if (!element) text << " (between the elements of C)";
    return failed(text.str());
  }
  if (!buffers.c.untouched()) return failed("wrote outside C");
  if (std::memcmp(a, a_before.data(), a_before.size() * sizeof(T)) != 0 || !buffers.a.untouched())
    return failed("wrote to A");
  if (std::memcmp(b, b_before.data(), b_before.size() * sizeof(T)) != 0 || !buffers.b.untouched())
    return failed("wrote to B");
  return testing::AssertionSuccess();
}

}  // namespace

std::string GemmCase::line() const {
  std::ostringstream s;
  s.precision(17);
  s << "type=" << name_of(type) << " isa=" << isa_info(isa).name << " side=" << (side == Side::end ? "end" : "start")
    << " force=" << kForceNames[static_cast<int>(force)];
  each_field(*this, [&](const char* name, const auto& value) { s << ' ' << name << '=' << value; });
  return s.str();
}

bool GemmCase::parse(const std::string& line, GemmCase& out) {
  out = GemmCase();
  std::istringstream words(line);
  std::string word;
  while (words >> word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return false;
    const std::string name = word.substr(0, equals), value = word.substr(equals + 1);
    bool known = false;
    if (name == "type") {
      for (const DType t : {DType::f32, DType::f64, DType::c32, DType::c64})
        if (value == name_of(t)) out.type = t, known = true;
    } else if (name == "isa") {
      known = isa_from_name(value.c_str(), out.isa);
    } else if (name == "side") {
      out.side = value == "end" ? Side::end : Side::start;
      known = true;
    } else if (name == "force") {
      for (int i = 0; i < 3; ++i)
        if (value == kForceNames[i]) out.force = static_cast<Force>(i), known = true;
    }
    each_field(out, [&](const char* field, auto& target) {
      if (name == field) {
        std::istringstream text(value);
        known = static_cast<bool>(text >> target);
      }
    });
    if (!known) return false;
  }
  return true;
}

GemmPlan plan_of_case(const GemmCase& g, const GemmProblem& problem) {
  const IsaEntry& isa = *find_isa(g.isa);
  Machine machine = this_machine(isa);
  if (g.l1 > 0) machine.l1d.bytes = g.l1;
  if (g.l2 > 0) machine.l2.bytes = g.l2;
  if (g.l3 > 0) machine.l3.bytes = g.l3;
  for (GemmTuning* t : {&machine.f32, &machine.f64}) {
    t->kernel = g.kernel;
    t->mc = g.mc;
    t->kc = g.kc;
    t->nc = g.nc;
    t->row_panels_inside = g.rows_inside;
    t->serial_below = g.threads > 1 ? 0 : t->serial_below;
  }
  GemmPlan plan = plan_gemm(problem, machine, g.threads);
  const DType real = real_of(g.type);
  if (g.force != Force::none) {
    // What belongs to the method that was planned.
    plan.narrow = nullptr;
    plan.along_k = plan.copy_c = plan.prefetch_next_strip = plan.stream_right = false;
  }
  if (g.force == Force::packed) {
    const KernelDescriptor& kernel = isa.kernels(real).kernels[g.kernel];
    plan.method = Method::packed;
    plan.tiles = kernel.tiles;
    plan.left_packers = plan.right_packers = &isa.packers(real);
    plan.pack_left = plan.pack_right = true;
    plan.negate = plan.stream_right = false;
    plan.mr = kernel.mr;
    plan.nv = kernel.nr / kernel.tiles->lanes;
    plan.full = kernel.packed;
    plan.mc = round_up(g.mc > 0 ? g.mc : 2 * kernel.mr, kernel.mr);
    plan.nc = round_up(g.nc > 0 ? g.nc : 2 * kernel.nr, kernel.nr);
    plan.kc = round_up(g.kc > 0 ? g.kc : 16, 8);
    plan.col_parts = 1 + g.threads / 2;
  } else if (g.force == Force::strip) {
    plan.method = Method::strip;
    plan.pack_left = plan.pack_right = true;
    plan.negate = plan.stream_right = false;
    plan.full = nullptr;
    plan.mr = static_cast<int>(min_index(plan.mr, plan.tiles->max_height[plan.nv]));
    plan.mc = round_up(g.mc > 0 ? g.mc : plan.mr, plan.mr);
    plan.nc = round_up(g.nc > 0 ? g.nc : 1, plan.nv * plan.tiles->lanes);
    plan.kc = round_up(g.kc > 0 ? g.kc : 16, 8);
  }
  return plan;
}

GemmCase random_case(Random& r, DType type, Isa isa, index_t m, index_t n, index_t k) {
  GemmCase g;
  g.type = type;
  g.isa = isa;
  g.m = m;
  g.n = n;
  g.k = k;
  const bool complex = is_complex(type);
  const auto layout = [&](index_t rows, index_t cols, index_t& rs, index_t& cs, bool is_c) {
    const index_t pad = r.one_in(3) ? r.integer(0, 5) : 0;
    const index_t kind = r.integer(0, 9);
    if (kind < 4) {
      cs = 1, rs = cols + pad;
    } else if (kind < 8) {
      rs = 1, cs = rows + pad;
    } else if (kind == 8) {
      cs = 2, rs = 2 * cols + pad;
    } else {
      rs = 3, cs = 3 * rows + pad;
    }
    if (is_c) return;
    if (r.one_in(8)) rs = -rs;
    if (r.one_in(8)) cs = -cs;
    if (r.one_in(20)) rs = 0;
    if (r.one_in(20)) cs = 0;
  };
  layout(m, k, g.a_rs, g.a_cs, false);
  layout(k, n, g.b_rs, g.b_cs, false);
  layout(m, n, g.c_rs, g.c_cs, true);
  const auto scalar = [&](double& re, double& im, bool zero) {
    const auto number = [&] {
      return type == DType::f32 || type == DType::c32 ? static_cast<double>(r.number<float>()) : r.number<double>();
    };
    const index_t kind = r.integer(0, 5);
    re = kind < 2 ? 1.0 : kind == 2 ? -1.0 : kind == 3 && zero ? 0.0 : number();
    im = complex && r.one_in(3) ? number() : 0.0;
  };
  scalar(g.alpha_re, g.alpha_im, false);
  scalar(g.beta_re, g.beta_im, true);
  g.nan_c = g.beta_re == 0 && g.beta_im == 0;
  g.conj_a = complex && r.one_in(2);
  g.conj_b = complex && r.one_in(2);
  g.side = r.one_in(2) ? Side::end : Side::start;
  g.offset = r.one_in(2) ? 0 : static_cast<int>(r.integer(0, 15));
  g.seed = r.next() >> 16;
  return g;
}

testing::AssertionResult check_gemm(const GemmCase& c, const std::function<void(const GemmCall&)>& run) {
  return real_of(c.type) == DType::f32 ? check_typed<float>(c, run) : check_typed<double>(c, run);
}

}  // namespace tessera::test
