// Gemm and MatMul.
#include <tessera/gemm.h>

#include <utility>

#include "operators.h"

namespace tessera::test {
namespace {

// Named by the status where the call failed.
Answer finished(tsr_status status, OnnxTensor y) {
  Answer answer;
  if (status == TSR_OK) {
    answer.results.push_back({"tsr_gemm_f32", std::move(y)});
  } else {
    answer.results.push_back({tsr_status_string(status), {}});
  }
  return answer;
}

}  // namespace

Answer gemm(const OnnxNode& node, const Inputs& inputs) {
  const OnnxTensor &a = *inputs[0], &b = *inputs[1];
  const OnnxTensor* const c = inputs.size() > 2 ? inputs[2] : nullptr;
  const bool ta = node.integer("transA", 0) != 0, tb = node.integer("transB", 0) != 0;
  const std::int64_t m = a.dims[ta ? 1 : 0], k = a.dims[ta ? 0 : 1], n = b.dims[tb ? 0 : 1];
  OnnxTensor y = float_tensor({m, n});
  if (c != nullptr) {  // repeated along what it lacks or has once
    const std::size_t rank = c->dims.size();
    const std::int64_t rows = rank > 1 ? c->dims[rank - 2] : 1, columns = rank > 0 ? c->dims[rank - 1] : 1;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) floats(y)[i * n + j] = c->data<float>()[i % rows * columns + j % columns];
  }
  const tsr_status status =
      tsr_gemm_f32(nullptr, m, n, k, node.real("alpha", 1), a.data<float>(), ta ? 1 : k, ta ? m : 1, b.data<float>(),
                   tb ? 1 : n, tb ? k : 1, c != nullptr ? node.real("beta", 1) : 0, floats(y), n, 1);
  return finished(status, std::move(y));
}

Answer matmul(const OnnxNode&, const Inputs& inputs) {
  const OnnxTensor &a = *inputs[0], &b = *inputs[1];
  const std::size_t rank = a.dims.size();
  if (rank < 2 || b.dims.size() < 2) return {"a vector: a matrix of one row or column is the caller's to make", {}};
  std::vector<std::int64_t> dims = a.dims;
  dims[rank - 1] = b.dims.back();
  for (std::size_t i = 0; i + 2 < rank; ++i)
    if (b.dims.size() != rank || a.dims[i] != b.dims[i]) return {"batches that are broadcast", {}};
  const std::int64_t m = a.dims[rank - 2], k = a.dims[rank - 1], n = dims[rank - 1];
  OnnxTensor y = float_tensor(dims);
  tsr_status status = TSR_OK;
  for (std::int64_t i = 0; i < y.count() / (m * n) && status == TSR_OK; ++i)
    status = tsr_gemm_f32(nullptr, m, n, k, 1, a.data<float>() + i * m * k, k, 1, b.data<float>() + i * k * n, n, 1, 0,
                          floats(y) + i * m * n, n, 1);
  return finished(status, std::move(y));
}

}  // namespace tessera::test
