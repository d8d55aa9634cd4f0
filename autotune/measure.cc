#include "autotune/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace tessera::tune {
namespace {

constexpr double kSampleSeconds = 0.001;
constexpr double kPulseSeconds = 0.0002;

DType type_of(char letter) {
  return letter == 's' ? DType::f32 : letter == 'd' ? DType::f64 : letter == 'c' ? DType::c32 : DType::c64;
}

void put_scalar(char* to, char type, double value) {
  if (type == 's' || type == 'c') {
    const float pair[2] = {static_cast<float>(value), 0};
    std::memcpy(to, pair, sizeof pair);
  } else {
    const double pair[2] = {value, 0};
    std::memcpy(to, pair, sizeof pair);
  }
}

int calls_for(double seconds, double sample) {
  return seconds >= sample ? 1 : static_cast<int>(std::min(1e6, std::ceil(sample / std::max(seconds, 1e-9))));
}

}  // namespace

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Bench::Bench(const Shape& shape, const Machine& machine, int threads)
    : shape_(shape),
      threads_(threads),
      operands_(shape.problem, 1, false),
      c_bytes_(std::size_t(shape.problem.c_vectors()) * static_cast<std::size_t>(shape.problem.ldc) *
               static_cast<std::size_t>(shape.problem.element_bytes())) {
  const bench::Problem& p = shape_.problem;
  const auto strides = [&](char op, int ld, index_t& rs, index_t& cs) {
    const bool rows = (op == 'N') == p.row_major;
    rs = rows ? ld : 1;
    cs = rows ? 1 : ld;
  };
  call_.type = type_of(p.type);
  call_.conj_a = p.op_a == 'C' && p.is_complex();
  call_.conj_b = p.op_b == 'C' && p.is_complex();
  call_.m = p.m;
  call_.n = p.n;
  call_.k = p.k;
  strides(p.op_a, p.lda, call_.a_rs, call_.a_cs);
  strides(p.op_b, p.ldb, call_.b_rs, call_.b_cs);
  strides('N', p.ldc, call_.c_rs, call_.c_cs);
  put_scalar(alpha_, p.type, p.alpha);
  put_scalar(beta_, p.type, p.beta);
  call_.alpha = alpha_;
  call_.beta = beta_;
  const bench::OperandPointers& x = operands_.sets()[0];
  call_.a = x.a;
  call_.b = x.b;
  call_.c = x.c;

  // Exact first, where one lost product shows; then with the full significands that are timed.
  for (const bench::Fill fill : {bench::Fill::kExact, bench::Fill::kRandom}) {
    operands_.fill(fill);
    run(machine, 1);
    if (const std::string wrong = operands_.check(true); !wrong.empty())
      throw std::runtime_error(p.line() + " is wrong without any tuning: " + wrong);
  }
  expected_.assign(static_cast<const char*>(call_.c), static_cast<const char*>(call_.c) + c_bytes_);
  const double begin = now();
  run(machine, 1);
  calls_ = calls_for(now() - begin, kSampleSeconds);
}

void Bench::run(const Machine& machine, int calls) {
  Executor executor{};
  executor.threads = threads_;
  for (int i = 0; i < calls; ++i) gemm_on(machine, call_, executor);
}

GemmPlan Bench::plan(const Machine& machine) const { return plan_gemm(make_problem(call_), machine, threads_); }

bool Bench::verify(const Machine& machine) {
  operands_.reset_c();
  run(machine, 1);
  return std::memcmp(call_.c, expected_.data(), c_bytes_) == 0;
}

double Bench::time(const Machine& machine) {
  const double begin = now();
  run(machine, calls_);
  return (now() - begin) / calls_;
}

double Bench::time(const bench::Library& library) {
  const double begin = now();
  library.repeat(shape_.problem, operands_.sets(), calls_);
  return (now() - begin) / calls_;
}

namespace {
constexpr index_t kPulseSize = 48;
}

Pulse::Pulse(const IsaEntry& isa) : machine_(this_machine(isa, Profile{})) {
  a_.assign(kPulseSize * kPulseSize, 0.5f);
  b_ = a_;
  c_ = a_;
  for (const double begin = now(); now() - begin < 0.01;) beat();  // wakes the core
  double least = 1;
  for (int i = 0; i < 20; ++i) least = std::min(least, beat());
  calls_ = calls_for(least, kPulseSeconds);
}

double Pulse::beat() {
  const float one = 1, zero = 0;
  GemmCall call{};
  call.type = DType::f32;
  call.m = call.n = call.k = kPulseSize;
  call.alpha = &one;
  call.beta = &zero;
  call.a = a_.data();
  call.b = b_.data();
  call.c = c_.data();
  call.a_rs = call.b_rs = call.c_rs = kPulseSize;
  call.a_cs = call.b_cs = call.c_cs = 1;
  Executor executor{};
  executor.threads = 1;
  const double begin = now();
  for (int i = 0; i < calls_; ++i) gemm_on(machine_, call, executor);
  return now() - begin;
}

}  // namespace tessera::tune
