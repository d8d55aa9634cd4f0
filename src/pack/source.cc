#include "pack/source.h"

#include <limits>

namespace tessera {

Steps PanelSource::extent(index_t, index_t) const noexcept { return {0, std::numeric_limits<index_t>::max()}; }

void StridedSource::pack(const PanelRequest& request) const noexcept {
  const PackSet& set = *request.packers;
  PackArgs args;
  args.dst = request.dst;
  args.src = p_ + (request.first * inc_w_ + request.step * inc_k_) * size_of(type_);
  args.width = request.width;
  args.panel = request.panel;
  args.k = request.steps;
  args.inc_w = inc_w_;
  args.inc_k = inc_k_;
  args.alpha_re = alpha_.re;
  args.alpha_im = alpha_.im;
  args.conj = conj_;
  if (type_ == DType::bf16) return set.bf16(args);
  if (type_ == DType::f16) return set.f16(args);
  if (!is_complex(type_)) return set.plain(args);
  return request.side == Side::left ? set.complex_left(args) : set.complex_right(args);
}

}  // namespace tessera
