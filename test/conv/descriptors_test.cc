// What a description may not say, and what the status says of it.
#include <gtest/gtest.h>
#include <tessera/conv.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <vector>

namespace tessera::test {
namespace {

tsr_conv_desc image() {
  tsr_conv_desc d = TSR_CONV_INIT;
  d.in_channels = 4;
  d.out_channels = 6;
  d.in_height = d.in_width = 8;
  d.kernel_height = d.kernel_width = 3;
  return d;
}

// What a C caller may put into an enumeration.
template <class Enum>
void put(Enum& to, int value) {
  static_assert(sizeof to == sizeof value);
  std::memcpy(&to, &value, sizeof value);
}

struct Wrong {
  const char* what;
  tsr_status status;
  std::function<void(tsr_conv_desc&)> change;
};

const std::vector<Wrong>& wrong() {
  constexpr tsr_index kHuge = tsr_index{1} << 31, kMax = std::numeric_limits<tsr_index>::max();
  static const std::vector<Wrong> all{
      {"size", TSR_CONV_BAD_STRUCT, [](tsr_conv_desc& d) { d.size = sizeof(tsr_conv_desc) - 1; }},
      {"layout", TSR_CONV_BAD_STRUCT, [](tsr_conv_desc& d) { put(d.layout, 2); }},
      {"transposed", TSR_CONV_BAD_STRUCT, [](tsr_conv_desc& d) { d.transposed = 2; }},
      {"algorithm", TSR_CONV_BAD_STRUCT, [](tsr_conv_desc& d) { put(d.algorithm, 7); }},
      {"accuracy", TSR_CONV_BAD_STRUCT, [](tsr_conv_desc& d) { put(d.accuracy, 4); }},
      {"planning", TSR_CONV_BAD_STRUCT, [](tsr_conv_desc& d) { put(d.planning, 2); }},
      {"batch", TSR_CONV_BAD_SIZE, [](tsr_conv_desc& d) { d.batch = 0; }},
      {"groups", TSR_CONV_BAD_SIZE, [](tsr_conv_desc& d) { d.groups = 0; }},
      {"in_channels", TSR_CONV_BAD_SIZE, [](tsr_conv_desc& d) { d.in_channels = -4; }},
      {"out_channels", TSR_CONV_BAD_SIZE, [](tsr_conv_desc& d) { d.out_channels = 0; }},
      {"in_height", TSR_CONV_BAD_SIZE, [](tsr_conv_desc& d) { d.in_height = 0; }},
      {"in_width", TSR_CONV_BAD_SIZE, [](tsr_conv_desc& d) { d.in_width = -1; }},
      {"kernel_height", TSR_CONV_BAD_SIZE, [](tsr_conv_desc& d) { d.kernel_height = 0; }},
      {"kernel_width", TSR_CONV_BAD_SIZE, [](tsr_conv_desc& d) { d.kernel_width = 0; }},
      {"stride_height", TSR_CONV_BAD_STEP, [](tsr_conv_desc& d) { d.stride_height = 0; }},
      {"stride_width", TSR_CONV_BAD_STEP, [](tsr_conv_desc& d) { d.stride_width = -1; }},
      {"dilation_height", TSR_CONV_BAD_STEP, [](tsr_conv_desc& d) { d.dilation_height = 0; }},
      {"dilation_width", TSR_CONV_BAD_STEP, [](tsr_conv_desc& d) { d.dilation_width = 0; }},
      {"pad_top", TSR_CONV_BAD_PADDING, [](tsr_conv_desc& d) { d.pad_top = -1; }},
      {"pad_left", TSR_CONV_BAD_PADDING, [](tsr_conv_desc& d) { d.pad_left = -1; }},
      {"pad_bottom", TSR_CONV_BAD_PADDING, [](tsr_conv_desc& d) { d.pad_bottom = -1; }},
      {"pad_right", TSR_CONV_BAD_PADDING, [](tsr_conv_desc& d) { d.pad_right = -1; }},
      {"output padding of an ordinary one", TSR_CONV_BAD_PADDING, [](tsr_conv_desc& d) { d.output_pad_width = 1; }},
      {"output padding of a stride", TSR_CONV_BAD_PADDING,
       [](tsr_conv_desc& d) { d.transposed = 1, d.stride_height = 2, d.output_pad_height = 2; }},
      {"groups do not divide", TSR_CONV_BAD_GROUPS, [](tsr_conv_desc& d) { d.groups = 4; }},
      {"in_stride", TSR_CONV_BAD_STRIDE, [](tsr_conv_desc& d) { d.in_stride = 255; }},
      {"in_stride of pixels", TSR_CONV_BAD_STRIDE, [](tsr_conv_desc& d) { d.layout = TSR_NHWC, d.in_stride = 3; }},
      {"out_stride", TSR_CONV_BAD_STRIDE, [](tsr_conv_desc& d) { d.out_stride = -216; }},
      {"empty", TSR_CONV_EMPTY_OUTPUT, [](tsr_conv_desc& d) { d.kernel_height = 9; }},
      {"empty by dilation", TSR_CONV_EMPTY_OUTPUT, [](tsr_conv_desc& d) { d.dilation_width = 4; }},
      {"empty by padding", TSR_CONV_EMPTY_OUTPUT, [](tsr_conv_desc& d) { d.transposed = 1, d.pad_top = 10; }},
      {"batch too large", TSR_CONV_TOO_LARGE, [](tsr_conv_desc& d) { d.batch = kHuge; }},
      {"image too large", TSR_CONV_TOO_LARGE, [](tsr_conv_desc& d) { d.in_height = d.in_width = kHuge - 1; }},
      {"padding too large", TSR_CONV_TOO_LARGE, [](tsr_conv_desc& d) { d.pad_left = kMax; }},
      {"output too large", TSR_CONV_TOO_LARGE,
       [](tsr_conv_desc& d) { d.transposed = 1, d.stride_height = d.stride_width = kHuge - 1; }},
      {"weights too large", TSR_CONV_TOO_LARGE,
       [](tsr_conv_desc& d) { d.in_channels = d.out_channels = kHuge - 1, d.in_height = d.in_width = 3; }},
      {"stride too large", TSR_CONV_TOO_LARGE, [](tsr_conv_desc& d) { d.in_stride = kMax, d.batch = 2; }},
  };
  return all;
}

TEST(ConvDescriptor, EveryWrongOneHasItsStatus) {
  float w[1] = {};
  for (const Wrong& x : wrong()) {
    tsr_conv_desc d = image();
    x.change(d);
    tsr_index height = -7, width = -7;
    EXPECT_EQ(tsr_conv_output(&d, &height, &width), x.status) << x.what;
    EXPECT_EQ(height, -7) << x.what;
    tsr_conv_plan* plan = nullptr;
    EXPECT_EQ(tsr_conv_plan_create(nullptr, &d, w, &plan), x.status) << x.what;
    EXPECT_EQ(plan, nullptr) << x.what;
    EXPECT_EQ(std::strncmp(tsr_status_string(x.status), "convolution: ", 13), 0);
  }
}

TEST(ConvDescriptor, AlgorithmsThatCannotComputeIt) {
  const float w[1] = {};
  tsr_conv_plan* plan = nullptr;
  const auto status = [&](const std::function<void(tsr_conv_desc&)>& change, tsr_conv_algorithm algorithm) {
    tsr_conv_desc d = image();
    d.algorithm = algorithm;
    change(d);
    return tsr_conv_plan_create(nullptr, &d, w, &plan);
  };
  const auto nothing = [](tsr_conv_desc&) {};
  EXPECT_EQ(status(nothing, TSR_CONV_DEPTHWISE), TSR_CONV_BAD_ALGORITHM);
  EXPECT_EQ(status(nothing, TSR_CONV_WINOGRAD_6), TSR_CONV_BAD_ALGORITHM);  // only TSR_CONV_FAST
  for (const tsr_conv_algorithm a : {TSR_CONV_WINOGRAD_2, TSR_CONV_WINOGRAD_4}) {
    EXPECT_EQ(status([](tsr_conv_desc& d) { d.stride_width = 2; }, a), TSR_CONV_BAD_ALGORITHM);
    EXPECT_EQ(status([](tsr_conv_desc& d) { d.dilation_height = 2; }, a), TSR_CONV_BAD_ALGORITHM);
    EXPECT_EQ(status([](tsr_conv_desc& d) { d.kernel_height = 5; }, a), TSR_CONV_BAD_ALGORITHM);
    EXPECT_EQ(status([](tsr_conv_desc& d) { d.transposed = 1; }, a), TSR_CONV_BAD_ALGORITHM);
    EXPECT_EQ(status([](tsr_conv_desc& d) { d.accuracy = TSR_CONV_STRICT; }, a), TSR_CONV_BAD_ALGORITHM);
  }
  for (const auto& change : std::vector<std::function<void(tsr_conv_desc&)>>{
           [](tsr_conv_desc& d) { d.in_channels = 5; }, [](tsr_conv_desc& d) { d.groups = 2; },
           [](tsr_conv_desc& d) { d.dilation_width = 2; }, [](tsr_conv_desc& d) { d.transposed = 1; }})
    EXPECT_EQ(status(change, TSR_CONV_DIRECT), TSR_CONV_BAD_ALGORITHM);
  EXPECT_EQ(status([](tsr_conv_desc& d) { d.accuracy = TSR_CONV_HIGH; }, TSR_CONV_WINOGRAD_4), TSR_CONV_BAD_ALGORITHM);
  EXPECT_EQ(plan, nullptr);
}

TEST(ConvCalls, NullAndWorkspace) {
  tsr_conv_desc d = image();
  d.algorithm = TSR_CONV_WINOGRAD_2;
  tsr_index height, width;
  EXPECT_EQ(tsr_conv_output(nullptr, &height, &width), -1);
  EXPECT_EQ(tsr_conv_output(&d, nullptr, &width), -2);
  EXPECT_EQ(tsr_conv_output(&d, &height, nullptr), -3);
  const std::vector<float> w(4 * 6 * 9, 1.0f), x(4 * 64, 1.0f);
  std::vector<float> y(6 * 36, -1.0f);
  tsr_conv_plan* plan = nullptr;
  EXPECT_EQ(tsr_conv_plan_create(nullptr, nullptr, w.data(), &plan), -2);
  EXPECT_EQ(tsr_conv_plan_create(nullptr, &d, nullptr, &plan), -3);
  EXPECT_EQ(tsr_conv_plan_create(nullptr, &d, w.data(), nullptr), -4);
  ASSERT_EQ(tsr_conv_plan_create(nullptr, &d, w.data(), &plan), TSR_OK);
  EXPECT_EQ(tsr_conv_plan_algorithm(plan), TSR_CONV_WINOGRAD_2);
  EXPECT_EQ(tsr_conv_plan_algorithm(nullptr), TSR_CONV_AUTO);
  size_t bytes = 0;
  EXPECT_EQ(tsr_conv_workspace(nullptr, nullptr, &bytes), -1);
  EXPECT_EQ(tsr_conv_workspace(plan, nullptr, nullptr), -3);
  ASSERT_EQ(tsr_conv_workspace(plan, nullptr, &bytes), TSR_OK);
  ASSERT_GT(bytes, 0u);
  EXPECT_EQ(tsr_conv_run(nullptr, nullptr, x.data(), nullptr, y.data(), nullptr, 0), -1);
  EXPECT_EQ(tsr_conv_run(plan, nullptr, nullptr, nullptr, y.data(), nullptr, 0), -3);
  EXPECT_EQ(tsr_conv_run(plan, nullptr, x.data(), nullptr, nullptr, nullptr, 0), -5);
  tsr_conv_epilogue epilogue = TSR_CONV_EPILOGUE_INIT;
  put(epilogue.activation, 99);
  EXPECT_EQ(tsr_conv_run(plan, nullptr, x.data(), &epilogue, y.data(), nullptr, 0), TSR_CONV_BAD_EPILOGUE);
  epilogue = TSR_CONV_EPILOGUE_INIT;
  epilogue.size = 8;
  EXPECT_EQ(tsr_conv_run(plan, nullptr, x.data(), &epilogue, y.data(), nullptr, 0), TSR_CONV_BAD_EPILOGUE);
  std::vector<char> workspace(bytes + 1);
  EXPECT_EQ(tsr_conv_run(plan, nullptr, x.data(), nullptr, y.data(), workspace.data(), bytes - 1),
            TSR_CONV_SMALL_WORKSPACE);
  for (const float v : y) ASSERT_EQ(v, -1.0f);
  EXPECT_EQ(tsr_conv_run(plan, nullptr, x.data(), nullptr, y.data(), workspace.data() + 1, bytes), TSR_OK);
  EXPECT_NEAR(y[0], 36.0f, 1e-3f);
  tsr_conv_plan_destroy(plan);
  tsr_conv_plan_destroy(nullptr);
}

TEST(ConvPlan, MeasuringTakesAnAllowedAlgorithmAndRemembersIt) {
  tsr_conv_desc d = image();
  d.in_channels = d.out_channels = 32;
  d.in_height = d.in_width = 30;
  d.planning = TSR_CONV_MEASURE;
  const std::vector<float> w(32 * 32 * 9, 1.0f);
  tsr_conv_plan* plan = nullptr;
  ASSERT_EQ(tsr_conv_plan_create(nullptr, &d, w.data(), &plan), TSR_OK);
  const tsr_conv_algorithm first = tsr_conv_plan_algorithm(plan);
  tsr_conv_plan_destroy(plan);
  EXPECT_NE(first, TSR_CONV_AUTO);
  EXPECT_NE(first, TSR_CONV_WINOGRAD_6);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(tsr_conv_plan_create(nullptr, &d, w.data(), &plan), TSR_OK);
    EXPECT_EQ(tsr_conv_plan_algorithm(plan), first);
    tsr_conv_plan_destroy(plan);
  }
  d.accuracy = TSR_CONV_STRICT;
  ASSERT_EQ(tsr_conv_plan_create(nullptr, &d, w.data(), &plan), TSR_OK);
  EXPECT_EQ(tsr_conv_plan_algorithm(plan), TSR_CONV_GEMM);
  tsr_conv_plan_destroy(plan);
}

// A signal is an image of height 1.
TEST(ConvPlan, OneDimensionIsAnImageOfHeightOne) {
  tsr_conv_desc d = TSR_CONV_INIT;
  d.in_channels = 2;
  d.out_channels = 1;
  d.in_width = 6;
  d.kernel_width = 3;
  d.stride_width = 2;
  d.pad_left = d.pad_right = 1;
  const float x[2][6] = {{1, 2, 3, 4, 5, 6}, {10, 20, 30, 40, 50, 60}}, w[2][3] = {{1, 0, -1}, {0, 2, 1}};
  tsr_index height = 0, width = 0;
  ASSERT_EQ(tsr_conv_output(&d, &height, &width), TSR_OK);
  EXPECT_EQ(height, 1);
  ASSERT_EQ(width, 3);
  for (const tsr_conv_algorithm algorithm : {TSR_CONV_AUTO, TSR_CONV_GEMM, TSR_CONV_DIRECT}) {
    d.algorithm = algorithm;
    tsr_conv_plan* plan = nullptr;
    ASSERT_EQ(tsr_conv_plan_create(nullptr, &d, w[0], &plan), TSR_OK);
    float y[3] = {};
    EXPECT_EQ(tsr_conv_run(plan, nullptr, x[0], nullptr, y, nullptr, 0), TSR_OK);
    tsr_conv_plan_destroy(plan);
    // Pixels at -1, 1 and 3: the first channel's differences, and of the second twice the middle and the right one.
    EXPECT_EQ(y[0], -2.0f + 2 * 10 + 20);
    EXPECT_EQ(y[1], 2.0f - 4 + 2 * 30 + 40);
    EXPECT_EQ(y[2], 4.0f - 6 + 2 * 50 + 60);
  }
}

}  // namespace
}  // namespace tessera::test
