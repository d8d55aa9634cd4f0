#include "quant/int8.h"

#include <cstring>

#include "base/int_math.h"
#include "gemm/explain.h"
#include "gemm/loops.h"
#include "gemm/scale.h"
#include "quant/int8_plan.h"
#include "quant/weights.h"
#include "runtime/num_threads.h"
#include "runtime/peak.h"
#include "runtime/workspace.h"

namespace tessera {
namespace {

// The terms behind all panels of columns, K blocks added up.
void column_terms_of(const PackedPanels& panels, std::int32_t* terms) {
  const PanelFormat& f = panels.format();
  std::memset(terms, 0, static_cast<std::size_t>(panels.extent) * sizeof(std::int32_t));
  for (index_t pc = 0; pc < panels.k; pc += panels.kc) {
    const index_t line = panels.line(pc);
    for (index_t first = 0, w; first < panels.extent; first += w) {
      w = panels.width(first);
      const index_t padded = round_up(w, panels.tiles->lanes);
      const char* at = panels.panel(pc, first) + padded * (line - f.trailer);
      for (index_t j = 0; j < w; ++j) {
        std::uint32_t term;
        std::memcpy(&term, at + 4 * j, sizeof term);
        terms[first + j] = static_cast<std::int32_t>(static_cast<std::uint32_t>(terms[first + j]) + term);
      }
    }
  }
}

// Everything about the zero points of a call. See docs/numerics.md: la and rb are the numbers in the panels, za and zb
// their zero points.
struct ZeroPoints {
  std::int32_t za, zb;
  const std::int32_t* za_rows;     // before the panels' offset; null: za for all rows
  const std::int32_t* zb_columns;  // null: zb for all columns
};

// Bytes of the caller's scratch memory: corrections, then a C for K blocks to meet in.
index_t corrections_bytes(const Int8Call& call, const ZeroPoints& z) {
  return z.za_rows != nullptr || z.zb_columns != nullptr ? round_up(2 * (call.m + call.n) * 4, 64) : 0;
}

// What the epilogue adds for zero points that differ from row to row of A or from column to column of B.
Corrections make_corrections(const Int8Call& call, const Int8Entry& isa, const ZeroPoints& z, std::int32_t* memory) {
  Corrections x;
  const index_t rows = call.m, columns = call.n;
  std::int32_t* const left_factors = memory;
  std::int32_t* const row_sums = left_factors + rows;
  std::int32_t* const terms = row_sums + rows;
  std::int32_t* const right_factors = terms + columns;
  const std::uint32_t k = static_cast<std::uint32_t>(call.k);
  const auto byte = [](const void* p) { return static_cast<const std::uint8_t*>(p); };
  const std::int32_t left_offset = panel_offset(isa.packers->left_type, call.a.is_signed);
  const std::int32_t right_offset =
      call.weights != nullptr ? 0 : panel_offset(isa.packers->right_type, call.b.is_signed);
  if (z.za_rows != nullptr) {
    for (index_t i = 0; i < rows; ++i) left_factors[i] = -(z.za_rows[i] + left_offset);
    if (call.weights != nullptr) {
      column_terms_of(call.weights->panels, terms);
    } else {
      const Int8Matrix& b = call.b;
      isa.requantize->row_sums(byte(b.p), b.is_signed, columns, b.cs, call.k, b.rs, terms);
      for (index_t j = 0; j < columns; ++j) {
        const std::int32_t zero = b.zeros != nullptr ? b.zeros[j] : b.zero;
        terms[j] =
            static_cast<std::int32_t>(static_cast<std::uint32_t>(terms[j]) - k * static_cast<std::uint32_t>(zero));
      }
    }
    x.left_factors = left_factors;
    x.column_terms = terms;
  }
  if (z.zb_columns != nullptr) {
    isa.requantize->row_sums(byte(call.a.p), call.a.is_signed, rows, call.a.rs, call.k, call.a.cs, row_sums);
    for (index_t i = 0; i < rows; ++i)
      row_sums[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(row_sums[i]) +
                                              k * static_cast<std::uint32_t>(left_offset));
    for (index_t j = 0; j < columns; ++j) right_factors[j] = -(z.zb_columns[j] + right_offset);
    x.row_sums = row_sums;
    x.right_factors = right_factors;
  }
  return x;
}

// The line of a call that has ended, `g` and `plan` being what ran.
void log_call(const Int8Call& call, OutputType output, GemmProblem g, const GemmPlan& plan, double begin) {
  constexpr const char* kOutputs[] = {"s32", "f32", "u8", "s8"};
  const double seconds = now_seconds() - begin;
  // Layouts as in the call: sources hide those of its operands, and C may be scratch memory.
  g.left.source = g.right.source = nullptr;
  if (call.weights == nullptr) {
    g.right.rs = call.b.rs;
    g.right.cs = call.b.cs;
  }
  g.c_rs = call.c_rs;
  g.c_cs = call.c_cs;
  LogText text;
  describe_problem(g, text);
  text.add(" ");
  if (g.k > 0) {
    describe_plan(plan, text);
  } else {
    text.add("method=scale threads=1");
  }
  text.add(" output=%s us=%.2f", kOutputs[static_cast<int>(output)], seconds * 1e6);
  if (g.k > 0 && seconds > 0.0) {
    const double operations = 2.0 * static_cast<double>(g.m) * static_cast<double>(g.n) * static_cast<double>(g.k);
    const double rate = operations / seconds * 1e-9;
    text.add(" gflops=%.1f peak=%.0f%%", rate,
             100.0 * rate / (measured_peak(*find_int8(plan.tiles->isa)) * plan.threads));
  }
  write_log(text);
}

}  // namespace

bool int8_gemm(const Int8Call& call, const Int8Settings& settings) {
  if (call.m <= 0 || call.n <= 0) return true;
  const double begin = log_level() > 0 ? now_seconds() : 0.0;
  static constexpr Output kPlain{};
  const Output& output = call.output != nullptr ? *call.output : kPlain;
  const Int8Entry& isa = call.weights != nullptr   ? *call.weights->isa
                         : settings.isa != nullptr ? *settings.isa
                                                   : best_int8();

  // Zero points of the numbers in the panels; before their offset where they differ (weights have it in them).
  const ZeroPoint a_zero = zero_point_of(call.a, call.m);
  const std::int32_t left_offset = panel_offset(isa.packers->left_type, call.a.is_signed);
  ZeroPoint b_zero;
  if (call.weights != nullptr) {
    b_zero = {call.weights->zero, call.weights->zeros};
  } else {
    b_zero = zero_point_of(call.b, call.n);
    b_zero.zero += panel_offset(isa.packers->right_type, call.b.is_signed);
  }
  const ZeroPoints z{a_zero.zero + left_offset, b_zero.zero, a_zero.zeros, b_zero.zeros};

  GemmProblem g{};
  g.type = DType::s32;
  g.m = call.m;
  g.n = call.n;
  g.k = call.k;
  g.left.size = g.right.size = 1;
  g.left.p = static_cast<const char*>(call.a.p);
  g.left.rs = call.a.rs;
  g.left.cs = call.a.cs;
  g.int8.column_factor = z.za_rows != nullptr ? 0 : -z.za;
  g.int8.row_terms = z.zb_columns == nullptr && z.zb != 0;
  g.int8.flip_left = left_offset != 0;
  const Int8Source left(*isa.packers, Side::left, call.a, 0, nullptr, -z.zb, g.int8.row_terms);
  const Int8Source right(*isa.packers, Side::right, call.b, z.zb, z.zb_columns, 1, g.int8.column_factor != 0);
  g.left.source = &left;
  if (call.weights != nullptr) {
    g.right.packed = &call.weights->panels;
  } else {
    g.right.source = &right;
    if (call.b.cs == 1) g.int8.right_row = call.b.rs < 0 ? -call.b.rs : call.b.rs;
  }
  g.alpha_re = 1.0;
  // Without products the epilogue alone writes.
  const bool into_c = output.type == OutputType::s32 && call.k > 0;
  if (into_c) {
    g.c = static_cast<char*>(call.c);
    g.c_rs = call.c_rs;
    g.c_cs = call.c_cs;
  }

  const int threads = settings.executor.threads > 0 ? settings.executor.threads : num_threads();
  GemmPlan plan = plan_int8(g, settings.machine != nullptr ? *settings.machine : this_int8_machine(isa), threads);
  const index_t corrections = corrections_bytes(call, z);
  const index_t sums = g.c == nullptr && plan.kc < g.k ? g.m * g.n * 4 : 0;
  char* scratch = nullptr;
  if (corrections + sums > 0) {
    scratch = static_cast<char*>(workspace(WorkspaceSlot::scratch, allocation_size(corrections + sums)));
    if (scratch == nullptr && sums > 0) {
      plan = plan_without_workspace(g, plan);
      if (corrections > 0)
        scratch = static_cast<char*>(workspace(WorkspaceSlot::scratch, allocation_size(corrections)));
    } else if (sums > 0) {
      g.c = scratch + corrections;
      g.c_rs = g.n;
      g.c_cs = 1;
    }
    if (scratch == nullptr && corrections > 0) return false;
  }
  const Corrections x =
      corrections > 0 ? make_corrections(call, isa, z, reinterpret_cast<std::int32_t*>(scratch)) : Corrections{};
  ByteMatrix bytes;
  const bool in_kernel = call.k > 0 && call.c_cs == 1 && !x.any() && kernel_output(output, call.n, bytes.output);
  if (in_kernel) {
    bytes.p = static_cast<char*>(call.c);
    bytes.row = call.c_rs;
    g.int8.bytes = &bytes;
  }
  const OutputEpilogue epilogue(output, x, *isa.requantize, into_c ? nullptr : call.c, call.c_rs, call.c_cs);
  if (!in_kernel && (!into_c || output.bias != nullptr || x.any())) g.epilogue = &epilogue;

  if (call.k <= 0) {
    run_scaling(g);
  } else {
    run_gemm(g, plan, settings.executor);
  }
  if (log_level() > 0) log_call(call, output.type, g, plan, begin);
  return true;
}

}  // namespace tessera
