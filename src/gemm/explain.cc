#include "gemm/explain.h"

#include "base/int_math.h"
#include "runtime/cpu.h"
#include "runtime/num_threads.h"
#include "runtime/peak.h"

namespace tessera {
namespace {

long long ll(index_t x) { return static_cast<long long>(x); }

// 1, -1, 0; r: any other real number; z: any other complex one.
const char* class_of(double re, double im) {
  if (im != 0.0) return "z";
  return re == 0.0 ? "0" : re == 1.0 ? "1" : re == -1.0 ? "-1" : "r";
}

// r: rows are contiguous; c: columns are; s: neither; p: packed beforehand; x: packs itself.
char layout_of(index_t rs, index_t cs) { return cs == 1 ? 'r' : rs == 1 ? 'c' : 's'; }

char layout_of(const Operand& x) { return x.packed ? 'p' : x.source ? 'x' : layout_of(x.rs, x.cs); }

bool is_scaling(const GemmProblem& g) { return g.k <= 0 || (g.alpha_re == 0.0 && g.alpha_im == 0.0); }

// The list that a tile set comes from.
const KernelList& kernels_of(const TileSet& tiles) {
  return tiles.type == DType::s32 ? find_int8(tiles.isa)->kernels : find_isa(tiles.isa)->kernels(tiles.type);
}

// The registry's kernel that the plan's full tiles run, or null. It reads panels on both sides.
const KernelDescriptor* descriptor_of(const GemmPlan& plan) {
  if (plan.full == nullptr || !plan.pack_left || !plan.pack_right) return nullptr;
  const KernelList& list = kernels_of(*plan.tiles);
  for (std::size_t i = 0; i < list.count; ++i)
    if (list.kernels[i].packed == plan.full) return &list.kernels[i];
  return nullptr;
}

void add_tile(const GemmPlan& plan, LogText& text) {
  if (plan.method == Method::sweep) {
    return text.add("sweep_%s_%dx%lld_%s", name_of(plan.tiles->type), plan.mr, ll(plan.kc),
                    isa_info(plan.tiles->isa).name);
  }
  if (const KernelDescriptor* kernel = descriptor_of(plan)) {
    char name[kKernelNameSize];
    kernel_name(*kernel, name);
    return text.add("%s", name);
  }
  const char* kind = plan.along_k                        ? "along_k"
                     : plan.pack_left && plan.pack_right ? "packed"
                     : plan.stream_right                 ? "stream"
                                                         : "direct";
  text.add("%s_%s_%dx%d_%s", kind, name_of(plan.tiles->type), plan.mr, plan.nv * plan.tiles->lanes,
           isa_info(plan.tiles->isa).name);
}

void explain_methods(const GemmProblem& g, const GemmPlan& plan, void (*emit)(const LogText&)) {
  const bool complex = is_complex(g.type);
  const index_t row_tiles = ceil_div(g.m, plan.mr);
  const index_t right_kib = g.k * g.n * size_of(g.type) / 1024;
  if (plan.method == Method::sweep) {
    LogText text;
    text.add("  not direct, not strip, not packed: %lld step%s of k write C more than they compute", ll(g.k),
             g.k == 1 ? "" : "s");
    return emit(text);
  }
  if (plan.method == Method::direct) {
    LogText text;
    if (plan.along_k) {
      text.add("  not strip, not packed: the right operand lies along k and is transposed in registers on its way");
      return emit(text);
    }
    text.add(
        "  not strip, not packed: the right operand's rows are contiguous, and %lld row%s of tiles do%s not read its "
        "%lld KiB often enough to pay for a copy",
        ll(row_tiles), row_tiles == 1 ? "" : "s", row_tiles == 1 ? "es" : "", ll(right_kib));
    return emit(text);
  }
  LogText direct;
  direct.add("  not direct: ");
  if (complex) {
    direct.add("real kernels need the right operand's parts spread out");
  } else if (g.right.cs != 1) {
    direct.add("the right operand's rows are not contiguous (stride %lld)", ll(g.right.cs));
  } else if (g.exchanged && g.alpha_re != 1.0 && g.alpha_re != -1.0) {
    direct.add("alpha goes into the right operand while it is packed");
  } else {
    direct.add("%lld rows of tiles would each read the right operand's %lld KiB where they lie", ll(row_tiles),
               ll(right_kib));
  }
  emit(direct);
  LogText other;
  if (plan.method == Method::packed) {
    other.add("  not strip: %lld rows are %lld blocks of the left operand, which share a packed panel", ll(g.m),
              ll(ceil_div(g.m, plan.mc)));
  } else if (plan.mc >= g.m) {
    other.add("  not packed: %lld rows are one block of the left operand, so nobody shares a packed panel", ll(g.m));
  } else {
    other.add("  not packed: %lld columns fill %lld tile(s), too few for a shared panel", ll(g.n),
              ll(ceil_div(g.n, index_t{plan.nv} * plan.tiles->lanes)));
  }
  emit(other);
}

void explain_kernels(const GemmPlan& plan, const Machine& machine, void (*emit)(const LogText&)) {
  const KernelList& list = machine.isa->kernels(plan.tiles->type);
  const int preferred = machine.tuning(plan.tiles->type).kernel;
  const KernelDescriptor* chosen = descriptor_of(plan);
  char name[kKernelNameSize];
  if (chosen == nullptr) {
    LogText text;
    kernel_name(list.kernels[preferred], name);
    text.add("  not %s: ", name);
    if (plan.method == Method::packed && !plan.pack_left) {
      text.add("it reads panels, and the left operand's rows are broadcast from where they lie");
    } else if (plan.method == Method::packed) {
      text.add("its %d rows would cut m unevenly, %d cut it into like parts", list.kernels[preferred].mr, plan.mr);
    } else {
      text.add("method %s takes the tile that fits m and n best", method_name(plan.method));
    }
    return emit(text);
  }
  for (std::size_t i = 0; i < list.count; ++i) {
    if (&list.kernels[i] == chosen) continue;
    LogText text;
    kernel_name(list.kernels[i], name);
    text.add("  not %s: %s", name,
             list.kernels[i].test_only ? "made for tests" : "not the default, and no profile names it");
    emit(text);
  }
}

}  // namespace

bool explain_isa(Isa isa, Isa used, std::uint32_t features, LogText& text) {
  if (isa == used) return false;
  text.add("not %s: ", isa_info(isa).name);
  if (find_isa(isa) == nullptr) {
    text.add("not in this build");
  } else if (!can_run(isa, features)) {
    text.add("this CPU or its operating system lacks %s", missing_features(isa, features).text);
  } else if (isa > used) {
    text.add("TESSERA_ISA or the context allows nothing above %s", isa_info(used).name);
  } else {
    text.add("%s has wider registers", isa_info(used).name);
  }
  return true;
}

void describe_problem(const GemmProblem& g, LogText& text) {
  text.add("gemm %s m=%lld n=%lld k=%lld a=%c%s b=%c%s c=%c alpha=%s beta=%s", name_of(g.type), ll(g.m), ll(g.n),
           ll(g.k), layout_of(g.left), g.conj_left ? "*" : "", layout_of(g.right), g.conj_right ? "*" : "",
           layout_of(g.c_rs, g.c_cs), class_of(g.alpha_re, g.alpha_im), class_of(g.beta_re, g.beta_im));
}

void describe_plan(const GemmPlan& plan, LogText& text) {
  const bool pack_a = plan.transpose ? plan.pack_right : plan.pack_left;
  const bool pack_b = plan.transpose ? plan.pack_left : plan.pack_right;
  text.add("method=%s tile=", method_name(plan.method));
  add_tile(plan, text);
  text.add(" isa=%s mc=%lld kc=%lld nc=%lld pack=%s%s%s exchanged=%d threads=%d", isa_info(plan.tiles->isa).name,
           ll(plan.mc), ll(plan.kc), ll(plan.nc), pack_a ? "a" : "", pack_b ? "b" : "", pack_a || pack_b ? "" : "-",
           plan.transpose, plan.threads);
}

void explain_plan(const GemmProblem& problem, const GemmPlan& plan, const Machine& machine, int threads,
                  void (*emit)(const LogText& line)) {
  const GemmProblem g = plan.transpose ? transposed(problem) : problem;
  explain_methods(g, plan, emit);
  if (plan.tiles->isa != machine.isa->isa) {
    const int lanes = machine.isa->kernels(plan.tiles->type).tiles->lanes;
    LogText text;
    text.add("  not %s: %lld columns fill half or less of its %d lanes, and %s gives the same bits",
             isa_info(machine.isa->isa).name, ll(g.n * (is_complex(g.type) ? 2 : 1)), lanes,
             isa_info(plan.tiles->isa).name);
    emit(text);
  }
  for (const IsaInfo& info : kIsaTable) {
    if (info.isa == plan.tiles->isa || find_isa(info.isa) == nullptr) continue;
    LogText text;
    text.add("  ");
    if (explain_isa(info.isa, machine.isa->isa, cpu_info().features, text)) emit(text);
  }
  explain_kernels(plan, machine, emit);
  if (plan.threads < threads) {
    LogText text;
    text.add("  not %d threads: %.3g multiply-adds are too few for more than %d", threads,
             static_cast<double>(g.m) * static_cast<double>(g.n) * static_cast<double>(g.k) *
                 (is_complex(g.type) ? 4.0 : 1.0),
             plan.threads);
    emit(text);
  }
}

CallLog::CallLog(const GemmCall& call, const GemmSettings& settings) {
  const GemmProblem g = make_problem(call);
  describe_problem(g, text_);
  if (g.m <= 0 || g.n <= 0) {
    text_.add(" method=none");
  } else if (is_scaling(g)) {
    text_.add(" method=scale threads=1");
  } else {
    const IsaEntry& isa = settings.isa != nullptr ? *settings.isa : best_isa();
    const Machine machine = this_machine(isa);
    const int threads = settings.executor.threads > 0 ? settings.executor.threads : num_threads();
    const GemmPlan plan = plan_gemm(g, machine, threads);
    text_.add(" ");
    describe_plan(plan, text_);
    if (log_level() > 1) {
      LogText head;
      head.add("plan of ");
      describe_problem(g, head);
      write_log(head);
      explain_plan(g, plan, machine, threads, write_log);
    }
    peak_ = measured_peak(isa, real_of(g.type)) * plan.threads;
    flops_ = (is_complex(g.type) ? 8.0 : 2.0) * static_cast<double>(g.m) * static_cast<double>(g.n) *
             static_cast<double>(g.k);
  }
  begin_ = now_seconds();
}

CallLog::~CallLog() {
  const double seconds = now_seconds() - begin_;
  text_.add(" us=%.2f", seconds * 1e6);
  if (peak_ > 0.0 && seconds > 0.0) {
    const double rate = flops_ / seconds * 1e-9;
    text_.add(" gflops=%.1f peak=%.0f%%", rate, 100.0 * rate / peak_);
  }
  write_log(text_);
}

}  // namespace tessera
