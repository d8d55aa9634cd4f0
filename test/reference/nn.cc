#include "reference/nn.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tessera::test {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::int64_t count_of(const Sizes& size) {
  std::int64_t n = 1;
  for (const std::int64_t s : size) n *= s;
  return n;
}

}  // namespace

RefTensor::RefTensor(Sizes sizes) : size(std::move(sizes)), v(static_cast<std::size_t>(count_of(size))) {}

std::int64_t RefTensor::offset(const Sizes& index) const {
  std::int64_t at = 0;
  for (std::size_t i = 0; i < size.size(); ++i) at = at * size[i] + index[i];
  return at;
}

void for_each_index(const Sizes& size, const std::function<void(const Sizes&)>& f) {
  Sizes index(size.size(), 0);
  for (std::int64_t n = count_of(size); n > 0; --n) {
    f(index);
    for (std::size_t i = size.size(); i-- > 0;) {
      if (++index[i] < size[i]) break;
      index[i] = 0;
    }
  }
}

double ref_function(std::int32_t function, double x, double a, double b) {
  switch (function) {
    case TSR_ACTIVATION_RELU:
      return x > 0 ? x : 0;
    case TSR_ACTIVATION_RELU6:
      return std::clamp(x, 0.0, 6.0);
    case TSR_ACTIVATION_LEAKY_RELU:
      return x < 0 ? a * x : x;
    case TSR_ACTIVATION_CLIP:
      return std::min(b, std::max(a, x));
    case TSR_ACTIVATION_SIGMOID:
      return 1 / (1 + std::exp(-x));
    case TSR_ACTIVATION_TANH:
      return std::tanh(x);
    case TSR_ACTIVATION_GELU:
      return x * std::erfc(-x / std::sqrt(2.0)) / 2;
    case TSR_ACTIVATION_GELU_TANH:
      return x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))) / 2;
    case TSR_ACTIVATION_SILU:
      return x / (1 + std::exp(-x));
    case TSR_ACTIVATION_HARD_SWISH:
      return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    case TSR_ABS:
      return std::fabs(x);
    case TSR_NEG:
      return -x;
    case TSR_SQRT:
      return std::sqrt(x);
    case TSR_EXP:
      return std::exp(x);
    case TSR_ELU:
      return x < 0 ? a * std::expm1(x) : x;
    case TSR_SELU:
      return b * (x < 0 ? a * std::expm1(x) : x);
    case TSR_HARD_SIGMOID:
      return std::clamp(a * x + b, 0.0, 1.0);
    case TSR_AFFINE:
      return a * x + b;
    case TSR_POWER:
      return std::pow(x, a);
    case TSR_LOG:
      return std::log(x);
    default:
      return x;
  }
}

double ref_operation(std::int32_t operation, double p, double q) {
  switch (operation) {
    case TSR_ADD:
      return p + q;
    case TSR_SUB:
      return p - q;
    case TSR_MUL:
      return p * q;
    case TSR_DIV:
      return p / q;
    case TSR_MAX:
      return p > q ? p : q;
    case TSR_MIN:
      return p < q ? p : q;
    default:
      return p < 0 ? p * q : p;
  }
}

RefTensor ref_softmax(const RefTensor& x, int axis, bool log) {
  RefTensor y(x.size);
  const std::size_t a = static_cast<std::size_t>(axis);
  for_each_index(x.size, [&](const Sizes& index) {
    double m = -kInfinity, sum = 0;
    Sizes line = index;
    for (line[a] = 0; line[a] < x.size[a]; ++line[a]) m = std::max(m, x.at(line));
    for (line[a] = 0; line[a] < x.size[a]; ++line[a]) sum += std::exp(x.at(line) - m);
    const double shifted = x.at(index) - m;
    y.at(index) = log ? shifted - std::log(sum) : std::exp(shifted) / sum;
  });
  return y;
}

RefTensor ref_normalize(const RefTensor& x, int axis, const float* gamma, const float* beta, double epsilon,
                        bool centre) {
  RefTensor y(x.size);
  std::size_t length = 1;
  for (std::size_t i = static_cast<std::size_t>(axis); i < x.size.size(); ++i)
    length *= static_cast<std::size_t>(x.size[i]);
  for (std::size_t first = 0; first < x.v.size(); first += length) {
    double mean = 0, variance = 0;
    for (std::size_t i = 0; centre && i < length; ++i) mean += x.v[first + i] / static_cast<double>(length);
    for (std::size_t i = 0; i < length; ++i)
      variance += std::pow(x.v[first + i] - mean, 2) / static_cast<double>(length);
    for (std::size_t i = 0; i < length; ++i)
      y.v[first + i] =
          (x.v[first + i] - mean) / std::sqrt(variance + epsilon) * (gamma ? gamma[i] : 1.0) + (beta ? beta[i] : 0.0);
  }
  return y;
}

RefTensor ref_lrn(const RefTensor& x, std::int64_t size, double alpha, double beta, double k) {
  RefTensor y(x.size);
  for_each_index(x.size, [&](const Sizes& index) {
    double sum = 0;
    Sizes at = index;
    for (std::int64_t t = 0; t < size; ++t) {
      at[1] = index[1] - (size - 1) / 2 + t;
      if (at[1] >= 0 && at[1] < x.size[1]) sum += x.at(at) * x.at(at);
    }
    y.at(index) = x.at(index) / std::pow(k + alpha / static_cast<double>(size) * sum, beta);
  });
  return y;
}

RefTensor ref_reduce(const RefTensor& x, std::int32_t reduction, std::uint32_t axes) {
  Sizes size = x.size;
  for (std::size_t i = 0; i < size.size(); ++i)
    if ((axes >> i & 1) != 0) size[i] = 1;
  RefTensor y(size);
  const bool largest = reduction == TSR_REDUCE_MAX, least = reduction == TSR_REDUCE_MIN;
  for (double& v : y.v) v = largest ? -kInfinity : least ? kInfinity : 0;
  for_each_index(x.size, [&](const Sizes& index) {
    Sizes to = index;
    for (std::size_t i = 0; i < to.size(); ++i)
      if ((axes >> i & 1) != 0) to[i] = 0;
    const double v = x.at(index);
    double& r = y.at(to);
    r = largest ? std::max(r, v) : least ? std::min(r, v) : r + (reduction == TSR_REDUCE_SUM_SQUARES ? v * v : v);
  });
  if (reduction == TSR_REDUCE_MEAN)
    for (double& v : y.v) v /= static_cast<double>(x.v.size() / y.v.size());
  return y;
}

RefTensor ref_argmax(const RefTensor& x, int axis, bool last) {
  Sizes size = x.size;
  const std::size_t a = static_cast<std::size_t>(axis);
  size[a] = 1;
  RefTensor y(size);
  for_each_index(size, [&](const Sizes& index) {
    Sizes at = index, best = index;
    for (at[a] = 1; at[a] < x.size[a]; ++at[a])
      if (x.at(at) > x.at(best) || (last && x.at(at) == x.at(best))) best = at;
    y.at(index) = static_cast<double>(best[a]);
  });
  return y;
}

RefTensor ref_pool(const RefTensor& x, const tsr_pool_desc& d, std::int64_t height, std::int64_t width, double least) {
  RefTensor y({x.size[0], x.size[1], height, width});
  for_each_index(y.size, [&](const Sizes& index) {
    double best = least, sum = 0, inside = 0, padded = 0;
    for (std::int64_t r = 0; r < d.kernel_height; ++r) {
      for (std::int64_t s = 0; s < d.kernel_width; ++s) {
        const std::int64_t iy = index[2] * d.stride_height - d.pad_top + r * d.dilation_height;
        const std::int64_t ix = index[3] * d.stride_width - d.pad_left + s * d.dilation_width;
        if (iy < x.size[2] + d.pad_bottom && ix < x.size[3] + d.pad_right) padded += 1;
        if (iy < 0 || ix < 0 || iy >= x.size[2] || ix >= x.size[3]) continue;
        const double v = x.at({index[0], index[1], iy, ix});
        best = std::max(best, v);
        sum += v;
        inside += 1;
      }
    }
    const double count = std::max(1.0, d.pooling == TSR_POOL_AVERAGE ? inside : padded);
    y.at(index) = d.pooling == TSR_POOL_MAX ? best : sum / count;
  });
  return y;
}

namespace {

double source_of(std::int32_t coordinates, std::int64_t i, std::int64_t n, std::int64_t m) {
  const double at = static_cast<double>(i), in = static_cast<double>(n), out = static_cast<double>(m);
  switch (coordinates) {
    case TSR_RESIZE_HALF_PIXEL:
      return (at + 0.5) * in / out - 0.5;
    case TSR_RESIZE_PYTORCH_HALF_PIXEL:
      return m == 1 ? 0 : (at + 0.5) * in / out - 0.5;
    case TSR_RESIZE_ASYMMETRIC:
      return at * in / out;
    case TSR_RESIZE_ALIGN_CORNERS:
      return m == 1 ? 0 : at * (in - 1) / (out - 1);
    default:
      return (at + 0.5) * in / out;
  }
}

}  // namespace

RefTensor ref_resize(const RefTensor& x, std::int32_t mode, std::int32_t coordinates, std::int32_t rounding,
                     std::int64_t height, std::int64_t width) {
  RefTensor y({x.size[0], x.size[1], height, width});
  for_each_index(y.size, [&](const Sizes& index) {
    double place[2], result = 0;
    for (std::size_t d = 0; d < 2; ++d) {
      const std::int64_t n = x.size[2 + d];
      double at = source_of(coordinates, index[2 + d], n, y.size[2 + d]);
      if (mode == TSR_RESIZE_NEAREST)
        at = rounding == TSR_RESIZE_FLOOR                ? std::floor(at)
             : rounding == TSR_RESIZE_CEIL               ? std::ceil(at)
             : rounding == TSR_RESIZE_ROUND_PREFER_FLOOR ? std::ceil(at - 0.5)
                                                         : std::floor(at + 0.5);
      place[d] = std::clamp(at, 0.0, static_cast<double>(n - 1));
    }
    for (const std::int64_t below : {0, 1}) {
      for (const std::int64_t right : {0, 1}) {
        const std::int64_t iy = static_cast<std::int64_t>(place[0]) + below,
                           ix = static_cast<std::int64_t>(place[1]) + right;
        const double share =
            (1 - std::fabs(place[0] - static_cast<double>(iy))) * (1 - std::fabs(place[1] - static_cast<double>(ix)));
        if (iy < x.size[2] && ix < x.size[3] && share > 0) result += share * x.at({index[0], index[1], iy, ix});
      }
    }
    y.at(index) = result;
  });
  return y;
}

RefTensor ref_pad(const RefTensor& x, std::int32_t mode, const std::vector<std::int64_t>& before, double value,
                  const Sizes& size) {
  RefTensor y(size);
  for_each_index(size, [&](const Sizes& index) {
    Sizes from = index;
    bool inside = true;
    for (std::size_t d = 0; d < from.size(); ++d) {
      std::int64_t& at = from[d];
      at -= before[d];
      if (at >= 0 && at < x.size[d]) continue;
      inside = false;
      const std::int64_t last = x.size[d] - 1;
      if (mode == TSR_PAD_EDGE) at = std::clamp<std::int64_t>(at, 0, last);
      if (mode == TSR_PAD_REFLECT) at = at < 0 ? -at : 2 * last - at;
    }
    y.at(index) = inside || mode != TSR_PAD_CONSTANT ? x.at(from) : value;
  });
  return y;
}

RefTensor ref_space_to_depth(const RefTensor& x, std::int64_t block, std::int32_t order) {
  const std::int64_t channels = x.size[1];
  RefTensor y({x.size[0], channels * block * block, x.size[2] / block, x.size[3] / block});
  for_each_index(x.size, [&](const Sizes& i) {
    const std::int64_t in_block = i[2] % block * block + i[3] % block;
    const std::int64_t c =
        order == TSR_DEPTH_BLOCK_FIRST ? in_block * channels + i[1] : i[1] * block * block + in_block;
    y.at({i[0], c, i[2] / block, i[3] / block}) = x.at(i);
  });
  return y;
}

}  // namespace tessera::test
