// The right operand of many products, packed once.
#pragma once

#include "gemm/packed.h"
#include "quant/int8.h"

namespace tessera {

// What products read, wherever it lies.
struct Int8Panels {
  const Int8Entry* isa;
  PackedPanels panels;
  index_t k;
  std::int32_t zero;    // zero point of the panels' numbers, when it is one for all columns
  std::int32_t* zeros;  // one for each column, or null
};

// Packs b, n columns by k steps with one zero point, into `data`: 64 bytes aligned or not, of the size that the panels
// of plan_int8_panels() say.
Int8Panels plan_int8_panels(const Int8Entry& isa, index_t n, index_t k);
void pack_int8_panels(Int8Panels& panels, const Int8Matrix& b, char* data, const Executor& executor);

// Immutable once made: any number of threads may use it.
struct Int8Weights : Int8Panels {
  char* memory;       // panels' data
  std::size_t bytes;  // of panels' data

  ~Int8Weights();
  Int8Weights(const Int8Weights&) = delete;
  Int8Weights& operator=(const Int8Weights&) = delete;

  // Packs b, n columns by k steps, for products of `rows` rows (0: any number); null when there is no memory.
  static Int8Weights* create(const Int8Machine& machine, index_t n, index_t k, const Int8Matrix& b,
                             const Executor& executor, index_t rows = 0);
  // On this machine, for kernels of `isa`.
  static Int8Weights* create(const Int8Entry& isa, index_t n, index_t k, const Int8Matrix& b, const Executor& executor);

  // As bytes, for storage: docs/numerics.md has the format.
  std::size_t stored_size() const;
  void store(void* buffer) const;  // stored_size() bytes
  enum class Loading { ok, invalid, unsupported, out_of_memory };
  // `invalid`: no such bytes, or damaged; `unsupported`: of another version, or for an ISA that cannot run here.
  static Loading load(const void* buffer, std::size_t size, Int8Weights*& weights);

 private:
  Int8Weights() = default;
  bool allocate(index_t columns_with_zeros);
};

// The bytes of a matrix as panels: what the loops and create() pack from.
class Int8Source final : public PanelSource {
 public:
  // left: terms are factor * sum; right: sum - steps * zero.
  Int8Source(const PackInt8Set& packers, Side side, const Int8Matrix& matrix, std::int32_t zero,
             const std::int32_t* zeros, std::int32_t factor, bool terms)
      : packers_(packers), matrix_(matrix), zeros_(zeros), zero_(zero), factor_(factor), side_(side), terms_(terms) {}
  void pack(const PanelRequest& request) const noexcept override;
  bool trims() const noexcept override { return false; }

 private:
  const PackInt8Set& packers_;
  const Int8Matrix& matrix_;
  const std::int32_t* zeros_;
  std::int32_t zero_, factor_;
  Side side_;
  bool terms_;
};

// One zero point, when all of an array are the same; `zeros` is then null.
struct ZeroPoint {
  std::int32_t zero;
  const std::int32_t* zeros;
};
ZeroPoint zero_point_of(const Int8Matrix& matrix, index_t count);

}  // namespace tessera
