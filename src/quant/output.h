// What becomes of finished sums: an epilogue of the loops that corrects, scales, rounds and stores them.
#pragma once

#include "gemm/gemm.h"
#include "kernel/contract.h"
#include "kernel/requantize_contract.h"

namespace tessera {

enum class OutputType : std::uint8_t { s32, f32, u8, s8 };
constexpr index_t size_of(OutputType t) { return t == OutputType::s32 || t == OutputType::f32 ? 4 : 1; }

// As the caller gives it. Arrays: one number for each column, for each row where said; null: absent. Strides 0 or 1.
struct Output {
  OutputType type = OutputType::s32;
  const std::int32_t* bias = nullptr;
  const float* scale = nullptr;  // f32, and bytes unless there is a multiplier
  index_t scale_stride = 0;
  const float* row_scale = nullptr;  // for each row
  const float* float_bias = nullptr;
  const std::int32_t* multiplier = nullptr;
  const std::int32_t* shift = nullptr;
  index_t multiplier_stride = 0;
  std::int32_t zero_point = 0, low = 0, high = 0;
  float float_low = 0, float_high = 0;
};

// What zero points per row of A or per column of B still owe to the sums: left_factor(i) * column_terms(j) and
// row_sums(i) * right_factors(j); null pairs are absent.
struct Corrections {
  const std::int32_t* left_factors = nullptr;
  const std::int32_t* column_terms = nullptr;
  const std::int32_t* row_sums = nullptr;
  const std::int32_t* right_factors = nullptr;
  bool any() const { return column_terms != nullptr || right_factors != nullptr; }
};

// What kernels make of their sums themselves: bytes, by small scales of columns. False: another output.
bool kernel_output(const Output& output, index_t columns, ByteOutput& in_kernel);

class OutputEpilogue final : public Epilogue {
 public:
  // A null c: 32-bit results stay in the tile, where the loops have them and take them to C.
  OutputEpilogue(const Output& output, const Corrections& corrections, const RequantizeSet& routines, void* c,
                 index_t c_rs, index_t c_cs);
  void apply(const FinishedTile& tile) const noexcept override;

 private:
  const Output& output_;
  const Corrections& corrections_;
  RequantizeFn routine_;
  char* c_;
  index_t c_rs_, c_cs_, size_;
};

}  // namespace tessera
