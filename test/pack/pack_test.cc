// Every packer of the registry against the formulas of pack/contract.h, to the bit, between guard pages.
#include <sstream>
#include <string>
#include <vector>

#include "base/int_math.h"
#include "support/bits.h"
#include "support/guarded_buffer.h"
#include "support/isas.h"
#include "support/random.h"

namespace tessera::test {
namespace {

enum class Format { plain, complex_left, complex_right };
constexpr const char* kFormatNames[] = {"plain", "complex_left", "complex_right"};

struct PackCase {
  Format format;
  index_t width, k, panel;
  index_t inc_w, inc_k;
  double alpha_re, alpha_im;
  bool conj;
  Side side;
};

std::string text(const PackCase& c) {
  std::ostringstream s;
  s.precision(17);
  s << kFormatNames[static_cast<int>(c.format)] << " width " << c.width << ", k " << c.k << ", panel " << c.panel
    << ", strides " << c.inc_w << " and " << c.inc_k << ", alpha " << c.alpha_re << " + " << c.alpha_im << "i, conj "
    << c.conj << ", against the guard page at the " << (c.side == Side::end ? "end" : "start");
  return s.str();
}

template <class T>
class Bench {
 public:
  explicit Bench(Isa isa) : isa_(isa), set_(find_isa(isa)->packers(DTypeOf<T>::value)) {}

  testing::AssertionResult check(const PackCase& c) {
    const bool complex = c.format != Format::plain;
    const index_t per = complex ? 2 : 1;
    set_current_case(std::string(isa_info(isa_).name) + " " + name_of(DTypeOf<T>::value) + " " + text(c));
    index_t low = 0, high = 0;
    if (c.k > 0)
      for (const index_t reach : {(c.width - 1) * c.inc_w, (c.k - 1) * c.inc_k}) (reach < 0 ? low : high) += reach;
    const index_t elements = c.k > 0 ? high - low + 1 : 0;
    T* const src = at(src_, elements * per, c.side);
    random_.fill(src, elements * per);
    const std::vector<T> before(src, src + elements * per);
    const index_t size = c.k * per * c.panel;
    T* const dst = at(dst_, size, c.side);
    random_.fill(dst, size);

    // The formulas.
    const T ar = static_cast<T>(c.alpha_re), ai = static_cast<T>(c.alpha_im);
    want_.assign(static_cast<std::size_t>(size), T(0));
    for (index_t p = 0; p < c.k; ++p)
      for (index_t i = 0; i < c.width; ++i) {
        const T* x = src + (i * c.inc_w + p * c.inc_k - low) * per;
        if (!complex) {
          want_[p * c.panel + i] = ar * x[0];
          continue;
        }
        const T xr = x[0], xi = c.conj ? -x[1] : x[1];
        T re = ar * xr, im = ar * xi;
        if (ai != T(0)) {
          re += -ai * xi;
          im += ai * xr;
        }
        T* const first = &want_[2 * p * c.panel];
        T* const second = first + c.panel;
        if (c.format == Format::complex_left) {
          first[i] = re;
          second[i] = im;
        } else {
          first[2 * i] = re;
          first[2 * i + 1] = im;
          second[2 * i] = -im;
          second[2 * i + 1] = re;
        }
      }

    const PackArgs args{dst, src - low * per, c.width, c.panel, c.k, c.inc_w, c.inc_k, c.alpha_re, c.alpha_im, c.conj};
    (c.format == Format::plain ? set_.plain : complex_fn(c.format))(args);

    // What fills the panel up to its width is a zero of either sign.
    const index_t filled = c.width * (c.format == Format::complex_right ? 2 : 1);
    for (index_t i = 0; i < size; ++i)
      if (i % c.panel >= filled && dst[i] == T(0)) dst[i] = T(0);
    const index_t wrong = first_difference(dst, want_.data(), size);
    if (wrong >= 0) {
      return testing::AssertionFailure() << text(c) << ": line " << wrong / c.panel << " element " << wrong % c.panel
                                         << " is " << testing::PrintToString(dst[wrong]) << ", expected "
                                         << testing::PrintToString(want_[wrong]);
    }
    if (!dst_.untouched()) return testing::AssertionFailure() << text(c) << ": wrote outside the panel";
    if (!src_.untouched() || first_difference(src, before.data(), elements * per) >= 0)
      return testing::AssertionFailure() << text(c) << ": wrote to the source";
    return testing::AssertionSuccess();
  }

  Random& random() { return random_; }

 private:
  PackFn complex_fn(Format f) const { return f == Format::complex_left ? set_.complex_left : set_.complex_right; }
  static T* at(GuardedBuffer& buffer, index_t n, Side side) {
    return reinterpret_cast<T*>(buffer.place(static_cast<std::size_t>(n) * sizeof(T), side));
  }
  Isa isa_;
  const PackSet& set_;
  Random random_{test_seed()};
  GuardedBuffer src_{1 << 18}, dst_{1 << 18};
  std::vector<T> want_;
};

// Widths and depths 1..33 and 0..40 in every orientation; what else there is takes turns.
template <class T>
void every_shape(Isa isa) {
  Bench<T> bench(isa);
  Random& r = bench.random();
  const index_t lanes = find_isa(isa)->kernels(DTypeOf<T>::value).tiles->lanes;
  for (const Format format : {Format::plain, Format::complex_left, Format::complex_right}) {
    const index_t per = format == Format::complex_right ? 2 : 1;
    for (index_t width = 1; width <= 33; ++width) {
      for (index_t k = 0; k <= 40; ++k) {
        const index_t pad = r.one_in(2) ? 0 : r.integer(1, 5);
        // Along the width, along k, either of them backwards or further apart, and one element for all.
        const index_t strides[][2] = {{1, width + pad},
                                      {k + 1 + pad, 1},
                                      {1, -(width + pad)},
                                      {-(k + 1 + pad), 1},
                                      {-1, width + pad},
                                      {k + 1 + pad, -1},
                                      {2, 2 * width + pad},
                                      {0, 1},
                                      {1, 0}};
        for (const auto& s : strides) {
          if (scaled_count(100) < 100 && r.integer(1, 100) > scaled_count(100)) continue;
          // A panel of B is a whole number of registers; one of A is as wide as its rows or ends with the register.
          const index_t widest = round_up(per * width, lanes);
          const index_t panel =
              format == Format::complex_right || r.one_in(2) ? widest : r.integer(per * width, widest);
          const bool unit = r.one_in(3);
          const PackCase c{
              format,
              width,
              k,
              panel,
              s[0],
              s[1],
              unit ? 1.0 : static_cast<double>(r.template number<float>()),
              format == Format::plain || unit || r.one_in(2) ? 0.0 : static_cast<double>(r.template number<float>()),
              format != Format::plain && r.one_in(2),
              r.one_in(2) ? Side::start : Side::end};
          ASSERT_TRUE(bench.check(c));
        }
      }
    }
  }
}

class PackTest : public testing::TestWithParam<Isa> {};

TEST_P(PackTest, EveryShapeF32) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  every_shape<float>(GetParam());
}
TEST_P(PackTest, EveryShapeF64) {
  TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
  every_shape<double>(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Isa, PackTest, testing::ValuesIn(all_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
