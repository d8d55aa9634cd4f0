// Element-wise layers: rows of a Walk, given to kernels as they lie or through a buffer in L1.
#include <cmath>
#include <memory>
#include <new>

#include "nn/walk.h"

namespace tessera {
namespace {

// Elements that are gathered at a time.
constexpr index_t kStage = 512;

// kernel(n, x, y) for rows of the walk, x[o] being operand o + 1's elements: contiguous, or one where its stride is 0
// and `single` allows that.
template <int kOperands, class Kernel>
void map_rows(const NnSettings& s, const Walk& walk, float* y, const float* const (&x)[kOperands], bool single,
              const Kernel& kernel) {
  bool staged = walk.stride(0) != 1;
  for (int o = 1; o <= kOperands; ++o) staged |= walk.stride(o) != 1 && !(single && walk.stride(o) == 0);
  walk.run(s.executor, [&](const Walk::Row& row, index_t n) {
    const float* from[kOperands];
    for (int o = 0; o < kOperands; ++o) from[o] = x[o] + row.at[o + 1];
    float* const to = y + row.at[0];
    if (!staged) return kernel(n, from, to);
    float buffer[kOperands + 1][kStage];
    for (index_t first = 0; first < n; first += kStage) {
      const index_t count = min_index(kStage, n - first);
      const float* part[kOperands];
      for (int o = 0; o < kOperands; ++o) {
        const index_t stride = walk.stride(o + 1);
        part[o] = from[o] + first * stride;
        if (stride == 1 || (single && stride == 0)) continue;
        for (index_t i = 0; i < count; ++i) buffer[o][i] = part[o][i * stride];
        part[o] = buffer[o];
      }
      if (walk.stride(0) == 1) {
        kernel(count, part, to + first);
      } else {
        float* const out = buffer[kOperands];
        kernel(count, part, out);
        for (index_t i = 0; i < count; ++i) to[(first + i) * walk.stride(0)] = out[i];
      }
    }
  });
}

void power(index_t n, const float* x, float* y, float a, float) {
  for (index_t i = 0; i < n; ++i) y[i] = std::pow(x[i], a);
}
void log(index_t n, const float* x, float* y, float, float) {
  for (index_t i = 0; i < n; ++i) y[i] = std::log(x[i]);
}

// The kernel of a function, or null.
UnaryFn unary_kernel(const NnSet& kernels, std::int32_t function) {
  if (function >= TSR_ACTIVATION_NONE && function < kActivationCount) return kernels.activation[function];
  if (function >= TSR_ABS && function < TSR_ABS + kFunctionCount) return kernels.function[function - TSR_ABS];
  return function == TSR_POWER ? &power : function == TSR_LOG ? &log : nullptr;
}

// Strides of x as seen from y, 0 where it is repeated; false when it cannot be.
bool broadcast(const tsr_tensor& x, const tsr_tensor& y, index_t* strides) {
  if (x.rank > y.rank) return false;
  const int missing = y.rank - x.rank;
  for (int i = 0; i < y.rank; ++i) {
    const bool repeated = i < missing || x.size[i - missing] == 1;
    if (!repeated && x.size[i - missing] != y.size[i]) return false;
    strides[i] = repeated ? 0 : x.stride[i - missing];
  }
  return true;
}

void binary(const tsr_context* context, Operation operation, float alpha, const float* a, const index_t* a_strides,
            float beta, const float* b, const index_t* b_strides, const tsr_tensor& y) {
  if (count_of(y) == 0) return;
  const NnSettings s(context);
  const index_t* const strides[] = {y.stride, a_strides, b_strides};
  const Walk walk(y.rank, y.size, 3, strides);
  const BinaryFn kernel = s.kernels.binary[static_cast<int>(operation)][walk.stride(1) != 0][walk.stride(2) != 0];
  const float* const operands[] = {a, b};
  map_rows(s, walk, element<float>(y, 0), operands, true,
           [&](index_t n, const float* const* x, float* out) { kernel(n, alpha, x[0], beta, x[1], out); });
}

// y := scale[i] * x + bias[i]
void scale(const tsr_context* context, const tsr_tensor& x, std::int32_t axis, const float* factor, const float* bias,
           const tsr_tensor& y) {
  if (count_of(y) == 0) return;
  index_t along[TSR_MAX_RANK] = {};
  along[axis] = 1;
  const float* const data = element<float>(x, 0);
  if (factor == nullptr && bias == nullptr) return copy_tensor(context, x, y);
  if (bias == nullptr) return binary(context, Operation::mul, 1.0f, data, x.stride, 1.0f, factor, along, y);
  if (factor == nullptr) return binary(context, Operation::add, 1.0f, data, x.stride, 1.0f, bias, along, y);
  const NnSettings s(context);
  const index_t* const strides[] = {y.stride, x.stride, along, along};
  const Walk walk(y.rank, y.size, 4, strides);
  const auto kernel = s.kernels.scale[walk.stride(2) != 0];
  const float* const operands[] = {data, factor, bias};
  // A repeated x is given as an array: the kernel has no other form.
  const bool single = walk.stride(1) != 0;
  const auto fixed = s.kernels.scale[1];
  map_rows(s, walk, element<float>(y, 0), operands, single,
           [&](index_t n, const float* const* p, float* out) { (single ? kernel : fixed)(n, p[0], p[1], p[2], out); });
}

}  // namespace
}  // namespace tessera

extern "C" {

tsr_status tsr_unary(const tsr_context* context, int32_t function, float a, float b, const tsr_tensor* x,
                     const tsr_tensor* y) {
  const tessera::NnSettings s(context);
  const tessera::UnaryFn kernel = tessera::unary_kernel(s.kernels, function);
  if (kernel == nullptr) return -2;
  if (!tessera::is_f32(x)) return -5;
  if (!tessera::is_f32(y) || !tessera::same_sizes(*x, *y)) return -6;
  if (tessera::count_of(*y) == 0) return TSR_OK;
  const tessera::index_t* const strides[] = {y->stride, x->stride};
  const tessera::Walk walk(y->rank, y->size, 2, strides);
  const float* const operands[] = {tessera::element<float>(*x, 0)};
  tessera::map_rows(s, walk, tessera::element<float>(*y, 0), operands, false,
                    [&](tessera::index_t n, const float* const* p, float* out) { kernel(n, p[0], out, a, b); });
  return TSR_OK;
}

tsr_status tsr_binary(const tsr_context* context, int32_t operation, float alpha, const tsr_tensor* a, float beta,
                      const tsr_tensor* b, const tsr_tensor* y) {
  if (operation < TSR_ADD || operation > TSR_PRELU) return -2;
  if (!tessera::is_f32(a)) return -4;
  if (!tessera::is_f32(b)) return -6;
  if (!tessera::is_f32(y)) return -7;
  tessera::index_t a_strides[TSR_MAX_RANK], b_strides[TSR_MAX_RANK];
  if (!tessera::broadcast(*a, *y, a_strides)) return -4;
  if (!tessera::broadcast(*b, *y, b_strides)) return -6;
  tessera::binary(context, static_cast<tessera::Operation>(operation), alpha, tessera::element<float>(*a, 0), a_strides,
                  beta, tessera::element<float>(*b, 0), b_strides, *y);
  return TSR_OK;
}

tsr_status tsr_scale(const tsr_context* context, const tsr_tensor* x, int32_t axis, const float* scale,
                     const float* bias, const tsr_tensor* y) {
  if (!tessera::is_f32(x)) return -2;
  if (!tessera::is_axis(*x, axis)) return -3;
  if (!tessera::is_f32(y) || !tessera::same_sizes(*x, *y)) return -6;
  tessera::scale(context, *x, axis, scale, bias, *y);
  return TSR_OK;
}

tsr_status tsr_batch_norm(const tsr_context* context, const tsr_tensor* x, int32_t axis, const float* mean,
                          const float* variance, const float* gamma, const float* beta, float epsilon,
                          const tsr_tensor* y) {
  if (!tessera::is_f32(x)) return -2;
  if (!tessera::is_axis(*x, axis)) return -3;
  if (mean == nullptr) return -4;
  if (variance == nullptr) return -5;
  if (!tessera::is_f32(y) || !tessera::same_sizes(*x, *y)) return -9;
  if (tessera::count_of(*y) == 0) return TSR_OK;
  const std::size_t channels = static_cast<std::size_t>(x->size[axis]);
  const std::unique_ptr<float[]> terms(new (std::nothrow) float[2 * channels]);
  if (terms == nullptr) return TSR_OUT_OF_MEMORY;
  for (std::size_t c = 0; c < channels; ++c) {
    const double factor = (gamma != nullptr ? static_cast<double>(gamma[c]) : 1.0) /
                          std::sqrt(static_cast<double>(variance[c]) + static_cast<double>(epsilon));
    terms[c] = static_cast<float>(factor);
    terms[channels + c] = static_cast<float>((beta != nullptr ? static_cast<double>(beta[c]) : 0.0) -
                                             factor * static_cast<double>(mean[c]));
  }
  tessera::scale(context, *x, axis, terms.get(), terms.get() + channels, *y);
  return TSR_OK;
}

}  // extern "C"
