#include "gemm/packed.h"

#include "runtime/num_threads.h"

namespace tessera {
namespace {

// A phase for each K block would let nobody overtake; blocks are independent, so all panels are tasks of one phase.
class PackJob final : public PhasedJob {
 public:
  PackJob(const PackedPanels& panels, const PanelSource& source) : p_(panels), source_(source) {
    strips_ = ceil_div(p_.extent, p_.full());
  }
  int phases() const override { return 1; }
  index_t tasks(int) const override { return strips_ * ceil_div(p_.k, p_.kc); }
  void run(int, index_t task) noexcept override {
    const index_t pc = task / strips_ * p_.kc, begin = task % strips_ * p_.full();
    const index_t end = min_index(begin + p_.full(), p_.extent);
    for (index_t first = begin, w; first < end; first += w) {
      w = p_.width(first);
      pack(pc, first, w);
    }
  }

 private:
  void pack(index_t pc, index_t first, index_t w) const {
    const index_t parts = is_complex(p_.type) ? 2 : 1;  // of an element, along k and along the columns of B
    const index_t across = p_.side == Side::right ? parts : 1;
    const bool narrow = p_.is_narrow(w);
    const int lanes = (narrow ? p_.narrow : p_.tiles)->lanes;
    source_.pack({.dst = const_cast<char*>(p_.panel(pc, first)),
                  .side = p_.side,
                  .first = first / across,
                  .width = w / across,
                  .step = pc / parts,
                  .steps = min_index(p_.kc, p_.k - pc) / parts,
                  .panel = p_.side == Side::left ? w : round_up(w, lanes),
                  .packers = narrow ? p_.narrow_packers : p_.packers});
  }

  const PackedPanels& p_;
  const PanelSource& source_;
  index_t strips_;
};

}  // namespace

Executor packing_executor(Executor executor, index_t extent, index_t k) {
  constexpr double kElementsForThreads = 1e5;
  if (static_cast<double>(extent) * static_cast<double>(k) < kElementsForThreads) {
    executor.threads = 1;
  } else if (executor.threads <= 0) {
    executor.threads = num_threads();
  }
  return executor;
}

void pack_panels(const PackedPanels& panels, const PanelSource& source, const Executor& executor) {
  PackJob job(panels, source);
  run_job(executor, job);
}

}  // namespace tessera
