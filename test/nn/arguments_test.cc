// The status that names what is wrong, and outputs that stay as they were.
#include <gtest/gtest.h>
#include <tessera/nn.h>

#include <limits>

namespace tessera::test {
namespace {

class NnArguments : public testing::Test {
 protected:
  static constexpr tsr_index kSize[4] = {1, 2, 4, 6};
  float x_[48] = {}, y_[48];
  std::uint8_t bytes_[48] = {};
  tsr_tensor x = tsr_tensor_dense(TSR_F32, x_, 4, kSize), y = tsr_tensor_dense(TSR_F32, y_, 4, kSize);
  tsr_tensor u8 = tsr_tensor_dense(TSR_U8, bytes_, 4, kSize);

  void SetUp() override {
    for (float& v : y_) v = 7;
  }
  void TearDown() override {
    for (const float v : y_) EXPECT_EQ(v, 7);
  }
  static tsr_tensor with(tsr_tensor t, int axis, tsr_index size) {
    t.size[axis] = size;
    return t;
  }
};

TEST_F(NnArguments, Tensors) {
  for (const auto& spoil : {+[](tsr_tensor& t) { t.data = nullptr; }, +[](tsr_tensor& t) { t.type = 9; },
                            +[](tsr_tensor& t) { t.rank = 9; }, +[](tsr_tensor& t) { t.rank = -1; },
                            +[](tsr_tensor& t) { t.size[2] = -1; }, +[](tsr_tensor& t) { t.stride[1] = PTRDIFF_MAX; },
                            +[](tsr_tensor& t) {
                              for (tsr_index& s : t.size) s = tsr_index{1} << 40;
                              for (tsr_index& s : t.stride) s = 0;
                            }}) {
    tsr_tensor bad = x;
    spoil(bad);
    EXPECT_EQ(tsr_copy(nullptr, &bad, &y), -2);
    EXPECT_EQ(tsr_copy(nullptr, &x, &bad), -3);
  }
  EXPECT_EQ(tsr_copy(nullptr, nullptr, &y), -2);
  EXPECT_EQ(tsr_copy(nullptr, &x, nullptr), -3);
  EXPECT_EQ(tsr_copy(nullptr, &u8, &y), -3);
  const tsr_tensor shorter = with(x, 3, 5);
  EXPECT_EQ(tsr_copy(nullptr, &shorter, &y), -3);
  const tsr_tensor none = with(x, 3, 0);
  EXPECT_EQ(tsr_copy(nullptr, &none, &none), TSR_OK);
  EXPECT_EQ(tsr_tensor_dense(TSR_F32, x_, 9, kSize).rank, -1);
}

TEST_F(NnArguments, Views) {
  tsr_tensor view;
  const std::int32_t twice[] = {0, 1, 1, 2};
  EXPECT_EQ(tsr_tensor_permute(&x, twice, &view), -2);
  EXPECT_EQ(tsr_tensor_permute(&x, nullptr, &view), -2);
  EXPECT_EQ(tsr_tensor_slice(&x, 4, 0, 1, 1, &view), -2);
  EXPECT_EQ(tsr_tensor_slice(&x, 3, 6, 1, 1, &view), -3);
  EXPECT_EQ(tsr_tensor_slice(&x, 3, 4, 3, 1, &view), -4);
  EXPECT_EQ(tsr_tensor_slice(&x, 3, 1, 3, -1, &view), -4);
  EXPECT_EQ(tsr_tensor_slice(&x, 3, 0, 2, 0, &view), -5);
  EXPECT_EQ(tsr_tensor_slice(&x, 3, 5, 3, -2, &view), TSR_OK);
  EXPECT_EQ(view.stride[3], -2);
  EXPECT_EQ(view.data, x_ + 5);
}

TEST_F(NnArguments, Functions) {
  const tsr_tensor row = with(y, 2, 1), channel = with(y, 1, 1);
  EXPECT_EQ(tsr_unary(nullptr, 99, 0, 0, &x, &y), -2);
  EXPECT_EQ(tsr_unary(nullptr, TSR_ABS, 0, 0, &u8, &y), -5);
  EXPECT_EQ(tsr_unary(nullptr, TSR_ABS, 0, 0, &x, &row), -6);
  EXPECT_EQ(tsr_binary(nullptr, 7, 1, &x, 1, &x, &y), -2);
  EXPECT_EQ(tsr_binary(nullptr, TSR_ADD, 1, &x, 1, &x, &row), -4);
  EXPECT_EQ(tsr_binary(nullptr, TSR_ADD, 1, &row, 1, &x, &row), -6);
  EXPECT_EQ(tsr_scale(nullptr, &x, 4, x_, x_, &y), -3);
  EXPECT_EQ(tsr_batch_norm(nullptr, &x, 1, nullptr, x_, x_, x_, 0, &y), -4);
  EXPECT_EQ(tsr_softmax(nullptr, -1, &x, &y), -2);
  EXPECT_EQ(tsr_softmax(nullptr, 1, &x, &u8), -4);
  EXPECT_EQ(tsr_layer_norm(nullptr, 4, x_, x_, 0, &x, &y), -2);
  const tsr_tensor pixels = tsr_tensor_nhwc(TSR_F32, y_, 1, 2, 4, 6);
  EXPECT_EQ(tsr_layer_norm(nullptr, 1, x_, x_, 0, &x, &pixels), -7);
  EXPECT_EQ(tsr_lrn(nullptr, 0, 1, 1, 1, &x, &y), -2);
  EXPECT_EQ(tsr_reduce(nullptr, 9, 1, &x, &channel), -2);
  EXPECT_EQ(tsr_reduce(nullptr, TSR_REDUCE_SUM, 16, &x, &channel), -3);
  EXPECT_EQ(tsr_reduce(nullptr, TSR_REDUCE_SUM, 4, &x, &channel), -5);
  EXPECT_EQ(tsr_argmax(nullptr, 1, 0, &x, &channel), -5);
  EXPECT_EQ(tsr_argmax(nullptr, 7, 0, &x, &channel), -2);
  const float scale = 0;
  EXPECT_EQ(tsr_quantize(nullptr, &x, -1, &scale, nullptr, &u8), -4);
  const float one = 1;
  const std::int32_t zero = -1;
  EXPECT_EQ(tsr_quantize(nullptr, &x, -1, &one, &zero, &u8), -5);
  EXPECT_EQ(tsr_dequantize(nullptr, &u8, -1, &one, &zero, &y), -5);
  const auto add = [&](const tsr_tensor& a, float sa, int za, const tsr_tensor& b, float sb, int zb, float s, int z,
                       int low, int high, const tsr_tensor& to) {
    return tsr_add_bytes(nullptr, &a, sa, za, &b, sb, zb, s, z, low, high, &to);
  };
  EXPECT_EQ(add(x, 1, 0, u8, 1, 0, 1, 0, 0, 255, u8), -2);
  EXPECT_EQ(add(u8, 0, 0, u8, 1, 0, 1, 0, 0, 255, u8), -3);
  EXPECT_EQ(add(u8, 1, -1, u8, 1, 0, 1, 0, 0, 255, u8), -4);
  EXPECT_EQ(add(u8, 1, 0, x, 1, 0, 1, 0, 0, 255, u8), -5);
  EXPECT_EQ(add(u8, 1, 0, u8, -1, 0, 1, 0, 0, 255, u8), -6);
  EXPECT_EQ(add(u8, 1, 0, u8, 1, 256, 1, 0, 0, 255, u8), -7);
  EXPECT_EQ(add(u8, 1, 0, u8, 1, 0, __builtin_nanf(""), 0, 0, 255, u8), -8);
  EXPECT_EQ(add(u8, 1, 0, u8, 1, 0, 1, 256, 0, 255, u8), -9);
  EXPECT_EQ(add(u8, 1, 0, u8, 1, 0, 1, 0, -1, 255, u8), -10);
  EXPECT_EQ(add(u8, 1, 0, u8, 1, 0, 1, 0, 9, 8, u8), -11);
  EXPECT_EQ(add(u8, 1, 0, u8, 1, 0, 1, 0, 0, 255, y), -12);
}

TEST_F(NnArguments, Movement) {
  const tsr_index before[] = {0, 0, 0, 6};
  const tsr_tensor* const parts[] = {&x, &x};
  EXPECT_EQ(tsr_concat(nullptr, 1, 2, parts, &y), -5);
  EXPECT_EQ(tsr_concat(nullptr, 5, 2, parts, &y), -4);
  EXPECT_EQ(tsr_pad(nullptr, &x, 3, before, nullptr, &y), -3);
  const tsr_tensor part = with(x, 3, 3);
  EXPECT_EQ(tsr_pad(nullptr, &part, TSR_PAD_REFLECT, before, nullptr, &y), -4);
  EXPECT_EQ(tsr_space_to_depth(nullptr, 0, 0, &x, &y), -2);
  EXPECT_EQ(tsr_space_to_depth(nullptr, 2, 2, &x, &y), -3);
  EXPECT_EQ(tsr_space_to_depth(nullptr, 2, 0, &x, &y), -5);
  EXPECT_EQ(tsr_channel_shuffle(nullptr, 3, &x, &y), -2);
}

TEST_F(NnArguments, Images) {
  tsr_index height = -1, width = -1;
  const auto output = [&](auto change) {
    tsr_pool_desc d = TSR_POOL_INIT;
    change(d);
    return tsr_pool_output(&d, 4, 6, &height, &width);
  };
  EXPECT_EQ(output([](tsr_pool_desc& d) { d.size = 1; }), -1);
  EXPECT_EQ(output([](tsr_pool_desc& d) { d.pooling = 3; }), -1);
  EXPECT_EQ(output([](tsr_pool_desc& d) { d.kernel_height = 0; }), -1);
  EXPECT_EQ(output([](tsr_pool_desc& d) { d.stride_width = 0; }), -1);
  EXPECT_EQ(output([](tsr_pool_desc& d) { d.pad_left = -1; }), -1);
  EXPECT_EQ(output([](tsr_pool_desc& d) { d.kernel_height = 5; }), -1);
  EXPECT_EQ(output([](tsr_pool_desc& d) { d.kernel_width = std::numeric_limits<tsr_index>::max(); }), -1);
  const auto square = [](tsr_pool_desc& d) {
    d.kernel_height = d.kernel_width = d.pad_top = d.pad_left = tsr_index{1} << 21;
  };
  EXPECT_EQ(output(square), -1);
  EXPECT_EQ(height, -1);
  // 4 rows by steps of 3: a second window begins in the image, a third does not.
  const auto rows = [](tsr_pool_desc& d) { d.kernel_height = 2, d.stride_height = 3, d.ceil_mode = 1; };
  EXPECT_EQ(output(rows), TSR_OK);
  EXPECT_EQ(height, 2);
  tsr_pool_desc d = TSR_POOL_INIT;
  const tsr_tensor narrow = with(y, 3, 5);
  EXPECT_EQ(tsr_pool(nullptr, nullptr, &x, &y), -2);
  EXPECT_EQ(tsr_pool(nullptr, &d, &x, &narrow), -4);
  EXPECT_EQ(tsr_pool(nullptr, &d, &u8, &y), -4);
  EXPECT_EQ(tsr_resize(nullptr, 2, 0, 0, 0, 0, &x, &y), -2);
  EXPECT_EQ(tsr_resize(nullptr, TSR_RESIZE_LINEAR, TSR_RESIZE_TF_HALF_PIXEL, 0, 0, 0, &x, &y), -3);
  EXPECT_EQ(tsr_resize(nullptr, 0, 0, 4, 0, 0, &x, &y), -4);
  EXPECT_EQ(tsr_resize(nullptr, 0, 0, 0, -1, 0, &x, &y), -5);
  EXPECT_EQ(tsr_resize(nullptr, TSR_RESIZE_LINEAR, 0, 0, 0, 0, &u8, &y), -7);
}

}  // namespace
}  // namespace tessera::test
