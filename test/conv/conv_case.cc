#include "conv_case.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <sstream>

#include "image_layout.h"
#include "kernel/conv_contract.h"
#include "support/guarded_buffer.h"

namespace tessera::test {
namespace {

// Every number of a case under its name. Enumerations go through a copy.
struct Field {
  const char* name;
  std::function<tsr_index(const ConvCase&)> get;
  std::function<void(ConvCase&, tsr_index)> set;
};
const std::vector<Field>& fields() {
#define TESSERA_DESC(name)                                                                    \
  Field {                                                                                     \
    #name, [](const ConvCase& c) { return static_cast<tsr_index>(c.desc.name); },             \
        [](ConvCase& c, tsr_index v) { c.desc.name = static_cast<decltype(c.desc.name)>(v); } \
  }
#define TESSERA_CASE(name)                                                                        \
  Field {                                                                                         \
    #name, [](const ConvCase& c) { return c.name; }, [](ConvCase& c, tsr_index v) { c.name = v; } \
  }
  static const std::vector<Field> all{TESSERA_CASE(isa),
                                      TESSERA_CASE(threads),
                                      TESSERA_DESC(algorithm),
                                      TESSERA_DESC(layout),
                                      TESSERA_DESC(transposed),
                                      TESSERA_DESC(batch),
                                      TESSERA_DESC(groups),
                                      TESSERA_DESC(in_channels),
                                      TESSERA_DESC(in_height),
                                      TESSERA_DESC(in_width),
                                      TESSERA_DESC(out_channels),
                                      TESSERA_DESC(kernel_height),
                                      TESSERA_DESC(kernel_width),
                                      TESSERA_DESC(stride_height),
                                      TESSERA_DESC(stride_width),
                                      TESSERA_DESC(dilation_height),
                                      TESSERA_DESC(dilation_width),
                                      TESSERA_DESC(pad_top),
                                      TESSERA_DESC(pad_left),
                                      TESSERA_DESC(pad_bottom),
                                      TESSERA_DESC(pad_right),
                                      TESSERA_DESC(output_pad_height),
                                      TESSERA_DESC(output_pad_width),
                                      TESSERA_DESC(in_stride),
                                      TESSERA_DESC(out_stride),
                                      TESSERA_DESC(accuracy),
                                      TESSERA_CASE(bias),
                                      TESSERA_CASE(residual),
                                      TESSERA_CASE(activation),
                                      TESSERA_CASE(own_workspace),
                                      TESSERA_CASE(side),
                                      TESSERA_CASE(seed)};
#undef TESSERA_DESC
#undef TESSERA_CASE
  return all;
}

void fill_image(Random& random, const Layout& image, tsr_index batch, float* p) {
  Random elements(random.next());
  for (tsr_index n = 0; n < batch; ++n)
    for (tsr_index c = 0; c < image.channels; ++c)
      for (tsr_index y = 0; y < image.height; ++y)
        for (tsr_index x = 0; x < image.width; ++x) p[image.at(n, c, y, x)] = elements.number<float>();
}

struct Sum {
  double value = 0, magnitude = 0;
};

struct Problem {
  const tsr_conv_desc& d;
  Layout in, out;
  tsr_index c, k;  // of a group
  const float* x;
  const float* w;

  double weight(tsr_index g, tsr_index ck, tsr_index cc, tsr_index r, tsr_index s) const {
    const tsr_index taps = d.kernel_height * d.kernel_width;
    const tsr_index inner = d.transposed ? (g * c + cc) * k + ck : (g * k + ck) * c + cc;
    return w[inner * taps + r * d.kernel_width + s];
  }
  double input(tsr_index n, tsr_index channel, tsr_index y, tsr_index xx) const {
    if (y < 0 || y >= d.in_height || xx < 0 || xx >= d.in_width) return 0.0;
    return x[in.at(n, channel, y, xx)];
  }
  // The definition, term by term.
  Sum direct(tsr_index n, tsr_index channel, tsr_index oy, tsr_index ox) const {
    const tsr_index g = channel / k;
    Sum sum;
    for (tsr_index r = 0; r < d.kernel_height; ++r)
      for (tsr_index s = 0; s < d.kernel_width; ++s) {
        tsr_index y = oy * d.stride_height + r * d.dilation_height - d.pad_top;
        tsr_index xx = ox * d.stride_width + s * d.dilation_width - d.pad_left;
        if (d.transposed) {
          y = oy + d.pad_top - r * d.dilation_height;
          xx = ox + d.pad_left - s * d.dilation_width;
          if (y % d.stride_height != 0 || xx % d.stride_width != 0) continue;
          y /= d.stride_height;
          xx /= d.stride_width;
        }
        for (tsr_index cc = 0; cc < c; ++cc) {
          const double p = input(n, g * c + cc, y, xx) * weight(g, channel % k, cc, r, s);
          sum.value += p;
          sum.magnitude += std::fabs(p);
        }
      }
    return sum;
  }
};

// The magnitude that Winograd's errors are in proportion to: its own formula on absolute values,
// |A^T| (|G g G^T| o (|B^T| |d| |B|)) |A|, for every output.
class WinogradMagnitude {
 public:
  WinogradMagnitude(const Problem& p, int m) : p_(p), m_(m), n_(m + 2) {
    const double* point = m == 2   ? WinogradPoints<2>::kPoint
                          : m == 4 ? WinogradPoints<4>::kPoint
                                   : WinogradPoints<6>::kPoint;
    // Toom-Cook from its definition: finite points 0, +-p, and infinity.
    std::vector<double> finite{0.0};
    for (int i = 0; i < m / 2; ++i) {
      finite.push_back(point[i]);
      finite.push_back(-point[i]);
    }
    for (int i = 0; i < n_; ++i) {
      std::vector<double> poly{1.0};
      double divisor = 1.0;
      for (int j = 0; j < n_ - 1; ++j) {
        if (j == i) continue;
        poly.push_back(0.0);
        for (size_t e = poly.size() - 1; e > 0; --e) poly[e] = poly[e - 1] - finite[j] * poly[e];
        poly[0] *= -finite[j];
        if (i < n_ - 1) divisor *= finite[i] - finite[j];
      }
      for (int j = 0; j < n_; ++j) b_[i][j] = j < static_cast<int>(poly.size()) ? std::fabs(poly[j]) : 0.0;
      for (int j = 0; j < 3; ++j) g_[i][j] = i == n_ - 1 ? j == 2 : std::pow(finite[i], j) / divisor;
      for (int j = 0; j < m; ++j) a_[j][i] = i == n_ - 1 ? j == m - 1 : std::fabs(std::pow(finite[i], j));
    }
  }
  double at(tsr_index image, tsr_index channel, tsr_index oy, tsr_index ox) {
    const tsr_index ty = oy / m_ * m_, tx = ox / m_ * m_;
    const std::array<tsr_index, 4> tile{image, channel, ty, tx};
    if (tile != tile_) compute(tile);
    double sum = 0;
    for (int i = 0; i < n_; ++i)
      for (int j = 0; j < n_; ++j) sum += a_[oy - ty][i] * a_[ox - tx][j] * points_[i][j];
    return sum;
  }

 private:
  void compute(const std::array<tsr_index, 4>& tile) {
    tile_ = tile;
    const auto [image, channel, ty, tx] = tile;
    const tsr_index group = channel / p_.k;
    for (auto& row : points_) std::fill(std::begin(row), std::end(row), 0.0);
    for (tsr_index c = 0; c < p_.c; ++c) {
      // One dimension after the other; |B| has no cancellation to lose.
      double u[8][3] = {}, v[8][8] = {};
      for (int i = 0; i < n_; ++i) {
        for (int s = 0; s < 3; ++s)
          for (int r = 0; r < 3; ++r) u[i][s] += g_[i][r] * p_.weight(group, channel % p_.k, c, r, s);
        for (int x = 0; x < n_; ++x)
          for (int y = 0; y < n_; ++y)
            v[i][x] +=
                b_[i][y] * std::fabs(p_.input(image, group * p_.c + c, ty + y - p_.d.pad_top, tx + x - p_.d.pad_left));
      }
      for (int i = 0; i < n_; ++i)
        for (int j = 0; j < n_; ++j) {
          double uu = 0, vv = 0;
          for (int s = 0; s < 3; ++s) uu += g_[j][s] * u[i][s];
          for (int x = 0; x < n_; ++x) vv += b_[j][x] * v[i][x];
          points_[i][j] += std::fabs(uu) * vv;
        }
    }
  }

  const Problem& p_;
  int m_, n_;
  double b_[8][8], g_[8][3], a_[6][8];
  std::array<tsr_index, 4> tile_{-1, -1, -1, -1};
  double points_[8][8];
};

// Activations that the random cases use, and how much they stretch an error.
double activate(tsr_index activation, double x) {
  switch (activation) {
    case TSR_ACTIVATION_RELU:
      return std::max(0.0, x);
    case TSR_ACTIVATION_RELU6:
      return std::min(6.0, std::max(0.0, x));
    case TSR_ACTIVATION_LEAKY_RELU:
      return x < 0 ? 0.125 * x : x;
    default:
      return x;
  }
}

struct Deleter {
  void operator()(tsr_conv_plan* p) const { tsr_conv_plan_destroy(p); }
  void operator()(tsr_context* p) const { tsr_context_destroy(p); }
};

}  // namespace

std::string ConvCase::line() const {
  std::ostringstream text;
  for (const Field& f : fields()) text << (text.tellp() > 0 ? " " : "") << f.name << '=' << f.get(*this);
  return text.str();
}

ConvCase ConvCase::parse(const std::string& line) {
  ConvCase c;
  std::istringstream text(line);
  for (std::string word; text >> word;) {
    const size_t equals = word.find('=');
    for (const Field& f : fields())
      if (word.substr(0, equals) == f.name) f.set(c, std::stoll(word.substr(equals + 1)));
  }
  return c;
}

testing::AssertionResult check_conv(const ConvCase& c, ConvResult* result) {
  const tsr_conv_desc& d = c.desc;
  const auto failure = [&]() { return testing::AssertionFailure() << "TESSERA_TEST_LINE='" << c.line() << "'\n"; };
  set_current_case(c.line());
  tsr_index oh = 0, ow = 0;
  if (const tsr_status bad = tsr_conv_output(&d, &oh, &ow)) return failure() << tsr_status_string(bad);

  const Layout in(d, d.in_channels, d.in_height, d.in_width, d.in_stride);
  const Layout out(d, d.out_channels, oh, ow, d.out_stride);
  const tsr_index group_in = d.in_channels / d.groups, group_out = d.out_channels / d.groups;
  const tsr_index weights = d.in_channels * group_out * d.kernel_height * d.kernel_width;
  const tsr_index counts[] = {in.elements(d.batch), weights, d.out_channels, out.elements(d.batch),
                              out.elements(d.batch)};
  // Kept from call to call: mapping memory takes longer than most cases.
  constexpr std::size_t kRoom = std::size_t{4} << 20;
  static GuardedBuffer buffers[5] = {GuardedBuffer(kRoom), GuardedBuffer(kRoom), GuardedBuffer(kRoom),
                                     GuardedBuffer(kRoom), GuardedBuffer(kRoom)};
  const Side side = c.side != 0 ? Side::end : Side::start;
  float* operands[5];
  std::vector<float> before[5];
  Random random(static_cast<std::uint64_t>(c.seed));
  for (int i = 0; i < 5; ++i) {
    operands[i] = reinterpret_cast<float*>(buffers[i].place(static_cast<std::size_t>(counts[i]) * 4, side));
    Random(random.next()).fill(operands[i], counts[i]);
    // An element of an image has the same value in both layouts.
    if (i == 0) fill_image(random, in, d.batch, operands[i]);
    if (i == 3) fill_image(random, out, d.batch, operands[i]);
    before[i].assign(operands[i], operands[i] + counts[i]);
  }
  float *const x = operands[0], *const w = operands[1], *const bias = operands[2], *const residual = operands[3],
               *const y = operands[4];

  tsr_context* raw_context = nullptr;
  tsr_context_create(&raw_context);
  const std::unique_ptr<tsr_context, Deleter> context(raw_context);
  tsr_context_set_num_threads(raw_context, static_cast<int>(c.threads));
  if (tsr_context_set_isa(raw_context, isa_info(static_cast<Isa>(c.isa)).name) != TSR_OK)
    return failure() << "instruction set";
  tsr_conv_plan* raw_plan = nullptr;
  if (const tsr_status bad = tsr_conv_plan_create(raw_context, &d, w, &raw_plan))
    return failure() << "plan: " << tsr_status_string(bad);
  const std::unique_ptr<tsr_conv_plan, Deleter> plan(raw_plan);
  if (d.algorithm != TSR_CONV_AUTO && tsr_conv_plan_algorithm(raw_plan) != d.algorithm)
    return failure() << "another algorithm";

  tsr_conv_epilogue epilogue = TSR_CONV_EPILOGUE_INIT;
  if (c.bias) epilogue.bias = bias;
  if (c.residual) epilogue.residual = residual;
  epilogue.residual_scale = 0.75f;
  epilogue.activation = static_cast<tsr_activation>(c.activation);
  epilogue.activation_a = 0.125f;
  const bool finished = c.bias || c.residual || c.activation;
  std::size_t bytes = 0;
  tsr_conv_workspace(raw_plan, raw_context, &bytes);
  static GuardedBuffer workspaces(std::size_t{16} << 20);
  void* const workspace = c.own_workspace && bytes > 0 ? workspaces.place(bytes, side) : nullptr;
  if (const tsr_status bad =
          tsr_conv_run(raw_plan, raw_context, x, finished ? &epilogue : nullptr, y, workspace, bytes))
    return failure() << "run: " << tsr_status_string(bad);

  for (int i = 0; i < 5; ++i) {
    if (!buffers[i].untouched()) return failure() << "bytes beside operand " << i << " were written";
    if (i < 4 && std::memcmp(before[i].data(), operands[i], before[i].size() * 4) != 0)
      return failure() << "operand " << i << " was written";
  }
  if (workspace != nullptr && !workspaces.untouched()) return failure() << "bytes beside the workspace were written";
  if (result != nullptr) result->y.assign(y, y + counts[4]);

  const Problem problem{d, in, out, group_in, group_out, x, w};
  const tsr_conv_algorithm algorithm = tsr_conv_plan_algorithm(raw_plan);
  const int m = algorithm == TSR_CONV_WINOGRAD_2   ? 2
                : algorithm == TSR_CONV_WINOGRAD_4 ? 4
                : algorithm == TSR_CONV_WINOGRAD_6 ? 6
                                                   : 0;
  WinogradMagnitude winograd(problem, m != 0 ? m : 2);
  // Roundings on the way of one term: a multiply-add for each input of the sum, an epilogue of 5; Winograd: one for
  // each input of the four one-dimensional transforms, one of the weight, one for each channel.
  constexpr double kUnit = 0x1p-24;
  const double terms = m != 0 ? 4.0 * (m + 2) + 1 + static_cast<double>(group_in)
                              : static_cast<double>(group_in * d.kernel_height * d.kernel_width);
  std::vector<bool> written(static_cast<std::size_t>(counts[4]));
  for (tsr_index n = 0; n < d.batch; ++n)
    for (tsr_index k = 0; k < d.out_channels; ++k)
      for (tsr_index oy = 0; oy < oh; ++oy)
        for (tsr_index ox = 0; ox < ow; ++ox) {
          const tsr_index at = out.at(n, k, oy, ox);
          written[static_cast<std::size_t>(at)] = true;
          const Sum sum = problem.direct(n, k, oy, ox);
          double value = sum.value, magnitude = m != 0 ? winograd.at(n, k, oy, ox) : sum.magnitude;
          if (c.bias) value += bias[k], magnitude += std::fabs(bias[k]);
          if (c.residual) value += 0.75 * residual[at], magnitude += std::fabs(residual[at]);
          const double bound = (terms + 5) * 1.01 * kUnit * magnitude + 1e-37;
          const double error = std::fabs(y[at] - activate(c.activation, value));
          if (!(error <= bound))
            return failure() << "image " << n << " channel " << k << " row " << oy << " column " << ox << ": " << y[at]
                             << " instead of " << activate(c.activation, value) << ", bound " << bound;
        }
  for (tsr_index i = 0; i < counts[4]; ++i)
    if (!written[static_cast<std::size_t>(i)] && std::memcmp(&y[i], &before[4][static_cast<std::size_t>(i)], 4) != 0)
      return failure() << "element " << i << " between pixels or images was written";
  return testing::AssertionSuccess();
}

ConvCase random_conv(Random& r, Isa isa, tsr_conv_algorithm algorithm) {
  ConvCase c;
  tsr_conv_desc& d = c.desc;
  c.isa = static_cast<tsr_index>(isa);
  c.threads = r.integer(1, 3);
  c.seed = r.integer(1, 1 << 30);
  c.side = r.integer(0, 1);
  c.own_workspace = r.integer(0, 1);
  c.bias = r.integer(0, 1);
  c.residual = r.one_in(3);
  c.activation =
      r.one_of<tsr_index>({TSR_ACTIVATION_NONE, TSR_ACTIVATION_RELU, TSR_ACTIVATION_RELU6, TSR_ACTIVATION_LEAKY_RELU});
  d.algorithm = algorithm;
  d.accuracy = TSR_CONV_FAST;
  d.layout = r.one_in(2) ? TSR_NHWC : TSR_NCHW;
  d.batch = r.integer(1, 3);
  const bool winograd = algorithm >= TSR_CONV_WINOGRAD_2 && algorithm <= TSR_CONV_WINOGRAD_6;
  const bool depthwise = algorithm == TSR_CONV_DEPTHWISE, direct = algorithm == TSR_CONV_DIRECT;
  bool pointwise = false;
  const bool line = r.one_in(6) && !winograd;  // one dimension
  if (depthwise) {
    d.groups = r.integer(1, r.one_in(3) ? 70 : 20);
    d.in_channels = d.groups;
    d.out_channels = d.groups * (d.layout == TSR_NHWC || r.one_in(2) ? 1 : r.integer(1, 3));
  } else if (direct) {
    pointwise = r.one_in(2);
    d.in_channels = r.integer(1, pointwise ? 70 : 4);
    d.out_channels = r.integer(1, r.one_in(3) ? 70 : 20);
  } else {
    d.groups = r.one_in(2) ? 1 : r.integer(1, 4);
    d.in_channels = d.groups * r.integer(1, r.one_in(3) ? 40 : 9);
    d.out_channels = d.groups * r.integer(1, r.one_in(3) ? 70 : 20);
  }
  const tsr_index most = winograd ? 20 : r.one_in(4) ? (direct ? 90 : 30) : 12;
  d.in_height = line ? 1 : r.integer(1, most);
  d.in_width = r.integer(1, most);
  if (pointwise && d.layout == TSR_NCHW) d.in_width = r.integer(16, 60);  // a register of pixels at least
  if (winograd) {
    d.kernel_height = d.kernel_width = 3;
  } else {
    if (depthwise && r.one_in(2)) {
      d.kernel_height = d.kernel_width = r.one_of<tsr_index>({3, 5, 7});
    } else {
      d.kernel_height = r.integer(1, r.one_in(2) ? 3 : 5);
      d.kernel_width = r.integer(1, r.one_in(2) ? 3 : 7);
    }
    d.stride_height = r.integer(1, r.one_in(2) ? 2 : 4);
    d.stride_width = r.integer(1, r.one_in(2) ? 2 : 4);
    if (depthwise && r.one_in(2)) d.stride_height = d.stride_width = r.integer(1, 2);
    if (r.one_in(3)) {
      d.dilation_height = r.integer(1, 3);
      if (!direct) d.dilation_width = r.integer(1, 3);
    }
    d.transposed = algorithm == TSR_CONV_GEMM && r.one_in(3);
    if (line) d.kernel_height = d.stride_height = d.dilation_height = 1;
    if (d.transposed && r.one_in(2)) {
      d.output_pad_height = r.integer(0, std::max(d.stride_height, d.dilation_height) - 1);
      d.output_pad_width = r.integer(0, std::max(d.stride_width, d.dilation_width) - 1);
    }
  }
  if (pointwise) {
    d.kernel_height = d.kernel_width = d.dilation_height = d.dilation_width = 1;
    if (d.layout == TSR_NCHW) d.stride_height = d.stride_width = 1;
  }
  const tsr_index reach = pointwise ? 0 : r.one_in(4) ? 5 : 2;
  d.pad_left = r.integer(0, reach);
  d.pad_right = r.integer(0, reach);
  if (!line) {
    d.pad_top = r.integer(0, reach);
    d.pad_bottom = r.integer(0, reach);
  }
  tsr_index oh = 0, ow = 0;
  while (tsr_conv_output(&d, &oh, &ow) == TSR_CONV_EMPTY_OUTPUT) ++d.in_height, ++d.in_width;
  if (r.one_in(4)) {
    const bool nhwc = d.layout == TSR_NHWC;
    d.in_stride = (nhwc ? d.in_channels : d.in_channels * d.in_height * d.in_width) + r.integer(0, 5);
    d.out_stride = (nhwc ? d.out_channels : d.out_channels * oh * ow) + r.integer(0, 5);
  }
  return c;
}

}  // namespace tessera::test
