// Packed weights as bytes: what comes back, and what is refused.
#include <tessera/quant.h>

#include <cstring>
#include <memory>
#include <vector>

#include "support/int8_isas.h"

namespace tessera::test {
namespace {

using Weights = std::unique_ptr<tsr_q8_weights, void (*)(tsr_q8_weights*)>;
constexpr index_t kM = 5, kN = 70, kK = 123;

class Q8Stored : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    TESSERA_SKIP_UNLESS_RUNNABLE(GetParam());
    Random r(test_seed());
    fill_bytes(r, a_.data(), kM * kK);
    fill_bytes(r, b_.data(), kK * kN);
    for (std::int32_t& z : zeros_) z = static_cast<std::int32_t>(r.integer(-128, 127));
    tsr_context* context = nullptr;
    ASSERT_EQ(tsr_context_create(&context), TSR_OK);
    ASSERT_EQ(tsr_context_set_isa(context, isa_info(GetParam()).name), TSR_OK);
    const tsr_q8_matrix b{b_.data(), kN, 1, TSR_S8, 0, zeros_.data()};
    tsr_q8_weights* made = nullptr;
    ASSERT_EQ(tsr_q8_weights_create(context, kN, kK, &b, &made), TSR_OK);
    tsr_context_destroy(context);
    weights_.reset(made);
    bytes_.resize(tsr_q8_weights_size(made));
    ASSERT_EQ(tsr_q8_weights_save(made, bytes_.data(), bytes_.size()), TSR_OK);
  }
  std::vector<std::int32_t> product(const tsr_q8_weights* weights) const {
    std::vector<std::int32_t> c(kM * kN);
    const tsr_q8_matrix a{a_.data(), kK, 1, TSR_U8, 9, nullptr};
    EXPECT_EQ(tsr_gemm_q8_packed(nullptr, kM, &a, weights, nullptr, c.data(), kN, 1), TSR_OK);
    return c;
  }
  static tsr_status load(const std::vector<char>& bytes, Weights& weights) {
    tsr_q8_weights* made = nullptr;
    const tsr_status status = tsr_q8_weights_load(bytes.data(), bytes.size(), &made);
    weights.reset(made);
    return status;
  }

  std::vector<std::uint8_t> a_ = std::vector<std::uint8_t>(kM * kK), b_ = std::vector<std::uint8_t>(kK * kN);
  std::vector<std::int32_t> zeros_ = std::vector<std::int32_t>(kN);
  Weights weights_{nullptr, tsr_q8_weights_destroy};
  std::vector<char> bytes_;
};

TEST_P(Q8Stored, ComeBack) {
  Weights again{nullptr, tsr_q8_weights_destroy};
  ASSERT_EQ(load(bytes_, again), TSR_OK);
  EXPECT_EQ(product(again.get()), product(weights_.get()));
  std::vector<char> twice(bytes_.size());
  ASSERT_EQ(tsr_q8_weights_save(again.get(), twice.data(), twice.size()), TSR_OK);
  EXPECT_EQ(twice, bytes_);
}

TEST_P(Q8Stored, TooSmallABuffer) {
  std::vector<char> small(bytes_.size(), 'x');
  EXPECT_EQ(tsr_q8_weights_save(weights_.get(), small.data(), small.size() - 1), -3);
  EXPECT_EQ(small, std::vector<char>(bytes_.size(), 'x'));
  EXPECT_EQ(tsr_q8_weights_save(weights_.get(), nullptr, bytes_.size()), -2);
}

// Every byte counts, and so does the length.
TEST_P(Q8Stored, DamageIsSeen) {
  Weights weights{nullptr, tsr_q8_weights_destroy};
  for (std::size_t i = 0; i < bytes_.size(); i += i < 700 ? 1 : 61) {
    std::vector<char> damaged = bytes_;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    const tsr_status status = load(damaged, weights);
    // The version is judged before the checksum, which a later version may compute otherwise.
    EXPECT_EQ(status, i >= 8 && i < 12 ? static_cast<tsr_status>(TSR_UNSUPPORTED) : -1) << "byte " << i;
    EXPECT_EQ(weights.get(), nullptr);
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{88}, bytes_.size() - 1}) {
    EXPECT_EQ(load(std::vector<char>(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size)), weights), -1);
  }
  std::vector<char> longer = bytes_;
  longer.resize(bytes_.size() + 64);
  EXPECT_EQ(load(longer, weights), -1);
  EXPECT_EQ(tsr_q8_weights_load(nullptr, 100, nullptr), -1);
  EXPECT_EQ(tsr_q8_weights_load(bytes_.data(), bytes_.size(), nullptr), -3);
}

INSTANTIATE_TEST_SUITE_P(Isa, Q8Stored, testing::ValuesIn(all_int8_isas()), isa_name);

}  // namespace
}  // namespace tessera::test
