#include "conv/explain.h"

#include "conv/plan.h"
#include "runtime/peak.h"

namespace tessera {
namespace {

long long ll(index_t x) { return x; }

void describe(const ConvProblem& p, LogText& text) {
  text.add("conv f32 layout=%s n=%lld c=%lld h=%lld w=%lld k=%lld kernel=%lldx%lld stride=%lldx%lld out=%lldx%lld",
           p.nhwc() ? "nhwc" : "nchw", ll(p.batch), ll(p.groups * p.c), ll(p.h), ll(p.w), ll(p.groups * p.k), ll(p.kh),
           ll(p.kw), ll(p.sy), ll(p.sx), ll(p.oh), ll(p.ow));
  if (!p.unit_dilation()) text.add(" dilation=%lldx%lld", ll(p.dy), ll(p.dx));
  if (p.groups > 1) text.add(" groups=%lld", ll(p.groups));
  if (p.transposed) text.add(" transposed=1");
}

}  // namespace

const char* conv_algorithm_name(tsr_conv_algorithm algorithm) {
  switch (algorithm) {
    case TSR_CONV_AUTO:
      return "auto";
    case TSR_CONV_GEMM:
      return "gemm";
    case TSR_CONV_DEPTHWISE:
      return "depthwise";
    case TSR_CONV_WINOGRAD_2:
      return "winograd2";
    case TSR_CONV_WINOGRAD_4:
      return "winograd4";
    case TSR_CONV_WINOGRAD_6:
      return "winograd6";
    case TSR_CONV_DIRECT:
      return "direct";
  }
  return "?";
}

ConvLog::ConvLog(const ConvProblem& p, const Machine& machine, tsr_conv_algorithm algorithm, int threads)
    : peak_(measured_peak(*machine.isa, DType::f32) * threads), flops_(2.0 * p.madds()) {
  describe(p, text_);
  text_.add(" algorithm=%s isa=%s threads=%d", conv_algorithm_name(algorithm), isa_info(machine.isa->isa).name,
            threads);
  if (log_level() > 1) {
    LogText head;
    head.add("plan of ");
    describe(p, head);
    write_log(head);
    const double chosen = conv_cycles(p, machine, algorithm);
    for (const tsr_conv_algorithm other : kConvAlgorithms) {
      if (other == algorithm || !conv_allows(p, machine, TSR_CONV_FAST, other)) continue;
      LogText line;
      line.add("  not %s: %.2f times as long, as estimated", conv_algorithm_name(other),
               conv_cycles(p, machine, other) / chosen);
      write_log(line);
    }
  }
  begin_ = now_seconds();
}

ConvLog::~ConvLog() {
  const double seconds = now_seconds() - begin_;
  text_.add(" us=%.2f", seconds * 1e6);
  if (peak_ > 0.0 && seconds > 0.0) {
    const double rate = flops_ / seconds * 1e-9;
    text_.add(" gflops=%.1f peak=%.0f%%", rate, 100.0 * rate / peak_);
  }
  write_log(text_);
}

}  // namespace tessera
