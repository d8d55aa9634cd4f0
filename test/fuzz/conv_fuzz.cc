// Convolution (conv.h, conv_q8.h): results by their definition, statuses of descriptions in which something is wrong.
#include <tessera/conv.h>
#include <tessera/conv_q8.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "conv/conv_case.h"
#include "conv/image_layout.h"
#include "fuzz/fuzz.h"
#include "reference/quant.h"
#include "support/int8_isas.h"

namespace tessera::fuzz {
namespace {

using test::ConvCase;
using test::Layout;

struct DestroyPlan {
  void operator()(tsr_conv_plan* p) const { tsr_conv_plan_destroy(p); }
  void operator()(tsr_conv_q8_plan* p) const { tsr_conv_q8_plan_destroy(p); }
};
using Plan = std::unique_ptr<tsr_conv_plan, DestroyPlan>;
using PlanQ8 = std::unique_ptr<tsr_conv_q8_plan, DestroyPlan>;

// A description of small images, most of the time a good one.
tsr_conv_desc description(Input& in) {
  tsr_conv_desc d = TSR_CONV_INIT;
  d.layout = static_cast<std::int32_t>(in.integer(TSR_NCHW, TSR_NHWC));
  d.batch = in.integer(1, 2);
  d.groups = in.one_in(3) ? in.integer(1, 12) : 1;
  d.in_channels = d.groups * (in.one_in(2) ? 1 : in.integer(1, 10));
  d.out_channels = d.groups * (in.one_in(3) ? 1 : in.integer(1, 20));
  d.in_height = in.integer(1, 14);
  d.in_width = in.integer(1, 14);
  if (in.one_in(2)) {
    d.kernel_height = d.kernel_width = 3;
  } else {
    d.kernel_height = in.integer(1, 5);
    d.kernel_width = in.integer(1, 7);
    d.stride_height = in.integer(1, 4);
    d.stride_width = in.integer(1, 4);
    d.dilation_height = in.integer(1, 3);
    d.dilation_width = in.integer(1, 3);
    d.transposed = in.one_in(4);
    if (d.transposed) d.output_pad_height = in.integer(0, 2), d.output_pad_width = in.integer(0, 2);
  }
  for (tsr_index* pad : {&d.pad_top, &d.pad_left, &d.pad_bottom, &d.pad_right}) *pad = in.integer(0, 3);
  d.algorithm = in.flag() ? 0 : static_cast<std::int32_t>(in.integer(TSR_CONV_AUTO, TSR_CONV_DIRECT));
  d.accuracy = static_cast<std::int32_t>(in.integer(TSR_CONV_NORMAL, TSR_CONV_STRICT));
  return d;
}

void gaps(Input& in, tsr_conv_desc& d, tsr_index oh, tsr_index ow) {
  const bool nhwc = d.layout == TSR_NHWC;
  if (in.one_in(3)) d.in_stride = d.in_channels * (nhwc ? 1 : d.in_height * d.in_width) + in.integer(0, 5);
  if (in.one_in(3)) d.out_stride = d.out_channels * (nhwc ? 1 : oh * ow) + in.integer(0, 5);
}

// Whether conv.h says that the algorithm computes this.
bool computes(const tsr_conv_desc& d) {
  const bool winograd = !d.transposed && d.kernel_height == 3 && d.kernel_width == 3 && d.stride_height == 1 &&
                        d.stride_width == 1 && d.dilation_height == 1 && d.dilation_width == 1;
  const bool depthwise =
      !d.transposed && d.in_channels == d.groups && (d.layout == TSR_NCHW || d.out_channels == d.groups);
  switch (d.algorithm) {
    case TSR_CONV_DEPTHWISE:
      return depthwise;
    case TSR_CONV_DIRECT:  // and of more channels where the instruction set has registers for them
      return !d.transposed && d.groups == 1 && d.in_channels <= 4 && d.dilation_width == 1;
    case TSR_CONV_WINOGRAD_2:
      return winograd && d.accuracy != TSR_CONV_STRICT;
    case TSR_CONV_WINOGRAD_4:
      return winograd && (d.accuracy == TSR_CONV_NORMAL || d.accuracy == TSR_CONV_FAST);
    case TSR_CONV_WINOGRAD_6:
      return winograd && d.accuracy == TSR_CONV_FAST;
    default:
      return true;
  }
}

Index any_isa(Input& in, const std::vector<Isa>& isas) {
  std::vector<Isa> runnable;
  std::copy_if(isas.begin(), isas.end(), std::back_inserter(runnable), test::runnable);
  return static_cast<Index>(runnable[static_cast<std::size_t>(in.integer(0, static_cast<Index>(runnable.size()) - 1))]);
}

void valid(Input& in) {
  ConvCase c;
  c.desc = description(in);
  tsr_index oh = 0, ow = 0;
  if (tsr_conv_output(&c.desc, &oh, &ow) != TSR_OK || !computes(c.desc)) return;
  gaps(in, c.desc, oh, ow);
  c.isa = any_isa(in, test::all_isas());
  c.threads = in.integer(1, 3);
  c.bias = in.flag();
  c.residual = in.flag();
  c.activation = in.integer(TSR_ACTIVATION_NONE, TSR_ACTIVATION_LEAKY_RELU);
  c.own_workspace = in.flag();
  c.side = in.flag();
  c.seed = in.integer(1, 255);
  require(test::check_conv(c));
}

// Sums of bytes in every layout, as they are or as what one scale makes of them.
void valid_q8(Input& in) {
  tsr_conv_desc d = description(in);
  tsr_index oh = 0, ow = 0;
  if (d.transposed || tsr_conv_output(&d, &oh, &ow) != TSR_OK) return;
  if (d.algorithm == TSR_CONV_DEPTHWISE ? d.in_channels != d.groups || d.out_channels != d.groups
                                        : d.algorithm > TSR_CONV_DEPTHWISE)
    return;
  gaps(in, d, oh, ow);
  const Layout x_at(d, d.in_channels, d.in_height, d.in_width, d.in_stride),
      y_at(d, d.out_channels, oh, ow, d.out_stride);
  const Index group_in = d.in_channels / d.groups, group_out = d.out_channels / d.groups;
  const Index taps = d.kernel_height * d.kernel_width;
  test::Random random(static_cast<std::uint64_t>(in.integer(1, 255)));
  std::vector<std::uint8_t> x(static_cast<std::size_t>(x_at.elements(d.batch))),
      w(static_cast<std::size_t>(d.out_channels * group_in * taps));
  test::fill_bytes(random, x.data(), static_cast<Index>(x.size()));
  test::fill_bytes(random, w.data(), static_cast<Index>(w.size()));
  const bool x_signed = in.flag(), w_signed = in.flag(), zero_each = in.one_in(3), bytes = in.flag();
  const auto zero = [&](bool is_signed) {
    return static_cast<std::int32_t>(in.integer(0, 255)) - (is_signed ? 128 : 0);
  };
  tsr_q8_image image{x.data(), x_signed ? TSR_S8 : TSR_U8, zero(x_signed)};
  tsr_q8_filter filter{w.data(), w_signed ? TSR_S8 : TSR_U8, zero(w_signed), nullptr};
  std::vector<std::int32_t> zeros(static_cast<std::size_t>(d.out_channels), filter.zero_point);
  if (zero_each)
    for (std::size_t k = 0; k < zeros.size(); k += 2) zeros[k] = zero(w_signed);
  if (zero_each) filter.zero_points = zeros.data();

  tsr_context* raw_context = nullptr;
  FUZZ_EXPECT(tsr_context_create(&raw_context) == TSR_OK, "context");
  const Context context(raw_context);
  tsr_context_set_num_threads(raw_context, static_cast<int>(in.integer(1, 3)));
  const auto isa = static_cast<Isa>(any_isa(in, test::all_int8_isas()));
  FUZZ_EXPECT(tsr_context_set_isa(raw_context, isa_info(isa).name) == TSR_OK, "instruction set");
  tsr_conv_q8_plan* raw_plan = nullptr;
  tsr_status status = tsr_conv_q8_plan_create(raw_context, &d, &filter, &raw_plan);
  FUZZ_EXPECT(status == TSR_OK, "plan: %s", tsr_status_string(status));
  const PlanQ8 plan(raw_plan);
  const float scale = 0.001f;
  tsr_q8_epilogue e = tsr_q8_epilogue_of(TSR_Q8_U8);
  e.scale = &scale;
  e.zero_point = 100;
  const std::size_t size = bytes ? 1 : 4;
  std::vector<char> y(static_cast<std::size_t>(y_at.elements(d.batch)) * size, 7), want = y;
  status = tsr_conv_q8_run(raw_plan, raw_context, &image, bytes ? &e : nullptr, y.data());
  FUZZ_EXPECT(status == TSR_OK, "run: %s", tsr_status_string(status));
  for (Index n = 0; n < d.batch; ++n)
    for (Index k = 0; k < d.out_channels; ++k)
      for (Index oy = 0; oy < oh; ++oy)
        for (Index ox = 0; ox < ow; ++ox) {
          std::int32_t sum = 0;
          for (Index c = 0; c < group_in; ++c)
            for (Index t = 0; t < taps; ++t) {
              const Index iy = oy * d.stride_height + t / d.kernel_width * d.dilation_height - d.pad_top;
              const Index ix = ox * d.stride_width + t % d.kernel_width * d.dilation_width - d.pad_left;
              if (iy < 0 || iy >= d.in_height || ix < 0 || ix >= d.in_width) continue;
              const Index at = x_at.at(n, k / group_out * group_in + c, iy, ix);
              sum += (test::byte_value(x[static_cast<std::size_t>(at)], x_signed) - image.zero_point) *
                     (test::byte_value(w[static_cast<std::size_t>((k * group_in + c) * taps + t)], w_signed) -
                      zeros[static_cast<std::size_t>(k)]);
            }
          char* const to = want.data() + static_cast<std::size_t>(y_at.at(n, k, oy, ox)) * size;
          if (bytes) {
            *to = static_cast<char>(test::requantize(sum, scale, 1.0f, 100, 0, 255));
          } else {
            std::memcpy(to, &sum, 4);
          }
        }
  FUZZ_EXPECT(y == want, "another result");
}

using Wide = __int128;
constexpr Wide kMostElements = Wide(1) << 50;

// What conv.h says of a description, in the order of its errors.
tsr_status expected_status(const tsr_conv_desc& d, Wide& oh, Wide& ow) {
  const auto any = [](std::initializer_list<Index> values, auto wrong) {
    return std::any_of(values.begin(), values.end(), wrong);
  };
  const auto below = [&](Index least) { return [least](Index x) { return x < least; }; };
  if (d.size < sizeof d || any({d.layout, d.transposed, d.planning}, [](Index x) { return x != 0 && x != 1; }) ||
      d.algorithm < 0 || d.algorithm > TSR_CONV_DIRECT || d.accuracy < 0 || d.accuracy > TSR_CONV_STRICT)
    return TSR_CONV_BAD_STRUCT;
  if (any({d.batch, d.groups, d.in_channels, d.in_height, d.in_width, d.out_channels, d.kernel_height, d.kernel_width},
          below(1)))
    return TSR_CONV_BAD_SIZE;
  if (any({d.stride_height, d.stride_width, d.dilation_height, d.dilation_width}, below(1))) return TSR_CONV_BAD_STEP;
  const std::initializer_list<Index> pads = {d.pad_top, d.pad_left, d.pad_bottom, d.pad_right};
  if (any(pads, below(0)) || d.output_pad_height < 0 || d.output_pad_width < 0 ||
      d.output_pad_height >= std::max(d.stride_height, d.dilation_height) ||
      d.output_pad_width >= std::max(d.stride_width, d.dilation_width) ||
      (!d.transposed && (d.output_pad_height > 0 || d.output_pad_width > 0)))
    return TSR_CONV_BAD_PADDING;
  if (d.in_channels % d.groups != 0 || d.out_channels % d.groups != 0) return TSR_CONV_BAD_GROUPS;
  const auto above = [](Index x) { return x > 0x7fffffff; };
  if (any(pads, above) || any({d.batch, d.in_channels, d.in_height, d.in_width, d.out_channels, d.kernel_height,
                               d.kernel_width, d.stride_height, d.stride_width, d.dilation_height, d.dilation_width},
                              above))
    return TSR_CONV_TOO_LARGE;
  const auto output = [&](Wide size, Wide kernel, Wide stride, Wide dilation, Wide pad, Wide more) -> Wide {
    const Wide reach = (kernel - 1) * dilation + 1;
    if (d.transposed) return (size - 1) * stride + reach + more - pad;
    return size + pad < reach ? 0 : (size + pad - reach) / stride + 1;
  };
  oh = output(d.in_height, d.kernel_height, d.stride_height, d.dilation_height, Wide(d.pad_top) + d.pad_bottom,
              d.output_pad_height);
  ow = output(d.in_width, d.kernel_width, d.stride_width, d.dilation_width, Wide(d.pad_left) + d.pad_right,
              d.output_pad_width);
  if (oh < 1 || ow < 1) return TSR_CONV_EMPTY_OUTPUT;
  // A product of at most four numbers, none of them above 2^63: too large as soon as a part of it is.
  const auto too_large = [](std::initializer_list<Wide> factors) {
    Wide product = 1;
    for (const Wide f : factors) {
      product *= f;
      if (product > kMostElements) return true;
    }
    return false;
  };
  const Wide group_in = d.in_channels / d.groups;
  if (too_large({d.kernel_height, d.kernel_width, group_in, d.out_channels})) return TSR_CONV_TOO_LARGE;
  const auto image = [&](Wide channels, Wide h, Wide w, Index stride) -> tsr_status {
    if (too_large({h, w, channels})) return TSR_CONV_TOO_LARGE;
    const bool nhwc = d.layout == TSR_NHWC;
    const Wide least = nhwc ? channels : h * w * channels;
    if (stride != 0 && stride < least) return TSR_CONV_BAD_STRIDE;
    return too_large({stride != 0 ? Wide(stride) : least, nhwc ? h * w : Wide(1), Wide(d.batch)}) ? TSR_CONV_TOO_LARGE
                                                                                                  : TSR_OK;
  };
  if (const tsr_status bad = image(d.in_channels, d.in_height, d.in_width, d.in_stride)) return bad;
  return image(d.out_channels, oh, ow, d.out_stride);
}

// A description with wild numbers in it. What is good after all is planned where its weights are few, and its workspace
// is asked for: a number, whatever the images.
void invalid(Input& in) {
  tsr_conv_desc d = description(in);
  Index* const fields[] = {
      &d.batch,           &d.groups,         &d.in_channels,       &d.in_height,        &d.in_width,
      &d.out_channels,    &d.kernel_height,  &d.kernel_width,      &d.stride_height,    &d.stride_width,
      &d.dilation_height, &d.dilation_width, &d.pad_top,           &d.pad_left,         &d.pad_bottom,
      &d.pad_right,       &d.in_stride,      &d.output_pad_height, &d.output_pad_width, &d.out_stride};
  for (Index spoil = in.integer(0, 4); spoil > 0; --spoil)
    *fields[in.integer(0, static_cast<Index>(std::size(fields)) - 1)] = in.wild();
  if (in.one_in(16)) d.size = static_cast<std::size_t>(in.integer(0, 300));
  for (std::int32_t* field : {&d.layout, &d.transposed, &d.algorithm, &d.accuracy, &d.planning})
    if (in.one_in(16)) *field = in.wild32();
  Wide oh = -1, ow = -1;
  const tsr_status expected = expected_status(d, oh, ow);
  tsr_index height = -1, width = -1;
  tsr_status got = tsr_conv_output(&d, &height, &width);
  FUZZ_EXPECT(got == expected, "status %d instead of %d", static_cast<int>(got), static_cast<int>(expected));
  if (expected != TSR_OK) {
    FUZZ_EXPECT(height == -1 && width == -1, "written in spite of status %d", static_cast<int>(got));
  } else {
    FUZZ_EXPECT(height == oh && width == ow, "another size");
    if (Wide(d.kernel_height) * d.kernel_width * (d.in_channels / d.groups) * d.out_channels > 1 << 14) return;
    // Measuring runs what it is to run.
    d.planning = TSR_CONV_ESTIMATE;
  }
  static const std::vector<float> weights(1 << 14, 0.5f);
  const Context context = context_of(in);
  tsr_conv_plan* raw = nullptr;
  got = tsr_conv_plan_create(context.get(), &d, weights.data(), &raw);
  const Plan plan(raw);
  FUZZ_EXPECT((raw != nullptr) == (got == TSR_OK), "a plan beside status %d", static_cast<int>(got));
  const tsr_status planned = expected != TSR_OK ? expected : computes(d) ? TSR_OK : TSR_CONV_BAD_ALGORITHM;
  const bool undecided = expected == TSR_OK && d.algorithm == TSR_CONV_DIRECT;  // its limits are the machine's
  FUZZ_EXPECT(got == planned || (undecided && (got == TSR_OK || got == TSR_CONV_BAD_ALGORITHM)),
              "plan: status %d instead of %d", static_cast<int>(got), static_cast<int>(planned));
  std::size_t bytes = 0;
  if (raw != nullptr) {
    FUZZ_EXPECT(tsr_conv_workspace(raw, context.get(), &bytes) == TSR_OK, "workspace");
    float x = 0;
    tsr_conv_epilogue epilogue = TSR_CONV_EPILOGUE_INIT;
    if (in.flag()) epilogue.size = 1;
    if (in.flag()) epilogue.activation = 99;
    const bool bad = epilogue.size == 1 || epilogue.activation == 99;
    // Refused before anything of the images is looked at.
    if (bad)
      FUZZ_EXPECT(tsr_conv_run(raw, context.get(), &x, &epilogue, &x, nullptr, 0) == TSR_CONV_BAD_EPILOGUE, "epilogue");
    if (bytes > 0)
      FUZZ_EXPECT(tsr_conv_run(raw, context.get(), &x, nullptr, &x, &x, bytes - 1) == TSR_CONV_SMALL_WORKSPACE,
                  "workspace");
  }
  // Of bytes.
  tsr_q8_filter filter{weights.data(), TSR_S8, 0, nullptr};
  if (in.one_in(8)) filter.type = in.wild32();
  if (in.one_in(4)) filter.zero_point = static_cast<std::int32_t>(in.integer(-200, 300));
  const bool good = filter.type == TSR_S8   ? filter.zero_point >= -128 && filter.zero_point <= 127
                    : filter.type == TSR_U8 ? filter.zero_point >= 0 && filter.zero_point <= 255
                                            : false;
  const bool served =
      !d.transposed && (d.algorithm <= TSR_CONV_GEMM ||
                        (d.algorithm == TSR_CONV_DEPTHWISE && d.in_channels == d.groups && d.out_channels == d.groups));
  const tsr_status q8 = !good ? -3 : expected != TSR_OK ? expected : served ? TSR_OK : TSR_CONV_BAD_ALGORITHM;
  tsr_conv_q8_plan* raw_q8 = nullptr;
  got = tsr_conv_q8_plan_create(context.get(), &d, &filter, &raw_q8);
  const PlanQ8 plan_q8(raw_q8);
  FUZZ_EXPECT(got == q8, "8-bit plan: status %d instead of %d", static_cast<int>(got), static_cast<int>(q8));
}

}  // namespace
}  // namespace tessera::fuzz

void tessera_fuzz(tessera::fuzz::Input& in) {
  using namespace tessera::fuzz;
  switch (in.integer(0, 2)) {
    case 0:
      return valid(in);
    case 1:
      return valid_q8(in);
    default:
      return invalid(in);
  }
}
