// The epilogue of the C API on the loops' tiles.
#pragma once

#include <tessera/epilogue.h>

#include "gemm/gemm.h"

namespace tessera {

// Whether the structure is one that this version understands.
bool valid_epilogue(const tsr_epilogue& epilogue);

class FusedEpilogue final : public Epilogue {
 public:
  FusedEpilogue(const tsr_epilogue& epilogue, const IsaEntry& isa)
      : e_(epilogue), finish_(isa.finish->finish[epilogue.activation]) {}
  void apply(const FinishedTile& tile) const noexcept override;

 private:
  const tsr_epilogue& e_;
  FinishFn finish_;
};

}  // namespace tessera
