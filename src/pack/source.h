// Operands that write their own micro-panels. The loops ask for panels and know nothing of what they are made from: a
// matrix with strides, a triangle of one, an image.
#pragma once

#include "pack/contract.h"

namespace tessera {

enum class Side : std::uint8_t { left, right };

// One micro-panel: rows of the left operand (columns of the right one) by steps of k, counted in elements of the
// problem, from the operand's own first row (column) and step.
struct PanelRequest {
  char* dst;
  Side side;
  index_t first, width;    // rows or columns, > 0
  index_t step, steps;     // > 0
  index_t panel;           // real elements from one step of the kernel to the next; what `width` leaves free is zero
  const PackSet* packers;  // of the ISA whose kernels read the panel
};

struct Steps {
  index_t begin, end;
};

class PanelSource {
 public:
  // Writes the panel as docs/kernel_contract.md says: alpha is in it where it belongs to this operand. Called from many
  // threads at once. Outside of extent() nothing is asked for.
  virtual void pack(const PanelRequest& request) const noexcept = 0;

  // The steps at which rows (columns) [first, first + width) are not all zero, for operands that are triangles: others
  // are neither packed nor computed with. Products of what is left out are not formed, so NaN there does not spread.
  virtual Steps extent(index_t first, index_t width) const noexcept;
  // Whether extent() leaves anything out.
  virtual bool trims() const noexcept { return true; }

 protected:
  ~PanelSource() = default;
};

// A matrix with strides: what every call without a source of its own has. One of bf16 or f16 becomes panels of f32.
class StridedSource final : public PanelSource {
 public:
  struct Scale {
    double re = 1.0, im = 0.0;
  };
  // inc_w: elements from row to row of a left operand, from column to column of a right one; inc_k: from step to step.
  StridedSource(DType type, const void* p, index_t inc_w, index_t inc_k, bool conj, Scale alpha)
      : p_(static_cast<const char*>(p)), inc_w_(inc_w), inc_k_(inc_k), alpha_(alpha), type_(type), conj_(conj) {}
  void pack(const PanelRequest& request) const noexcept override;

 private:
  const char* p_;
  index_t inc_w_, inc_k_;
  Scale alpha_;
  DType type_;
  bool conj_;
};

}  // namespace tessera
