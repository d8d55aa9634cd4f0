// The layers by their definitions, in double precision, on dense row-major tensors.
#pragma once

#include <tessera/nn.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace tessera::test {

using Sizes = std::vector<std::int64_t>;

struct RefTensor {
  Sizes size;
  std::vector<double> v;

  explicit RefTensor(Sizes sizes = {});
  std::int64_t offset(const Sizes& index) const;
  double at(const Sizes& index) const { return v[static_cast<std::size_t>(offset(index))]; }
  double& at(const Sizes& index) { return v[static_cast<std::size_t>(offset(index))]; }
};

// f(index) for every element.
void for_each_index(const Sizes& size, const std::function<void(const Sizes&)>& f);

double ref_function(std::int32_t function, double x, double a, double b);
double ref_operation(std::int32_t operation, double p, double q);

RefTensor ref_softmax(const RefTensor& x, int axis, bool log);
RefTensor ref_normalize(const RefTensor& x, int axis, const float* gamma, const float* beta, double epsilon,
                        bool centre);
RefTensor ref_lrn(const RefTensor& x, std::int64_t size, double alpha, double beta, double k);
RefTensor ref_reduce(const RefTensor& x, std::int32_t reduction, std::uint32_t axes);
RefTensor ref_argmax(const RefTensor& x, int axis, bool last);
RefTensor ref_pool(const RefTensor& x, const tsr_pool_desc& d, std::int64_t height, std::int64_t width, double least);
RefTensor ref_resize(const RefTensor& x, std::int32_t mode, std::int32_t coordinates, std::int32_t rounding,
                     std::int64_t height, std::int64_t width);
RefTensor ref_pad(const RefTensor& x, std::int32_t mode, const std::vector<std::int64_t>& before, double value,
                  const Sizes& size);
RefTensor ref_space_to_depth(const RefTensor& x, std::int64_t block, std::int32_t order);

}  // namespace tessera::test
