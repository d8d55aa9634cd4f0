// Reductions over any dimensions, and the position of a maximum.
#include <limits>

#include "nn/walk.h"

namespace tessera {
namespace {

constexpr index_t kStrip = 256;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Sizes and strides of the dimensions whose bit in `axes` is `chosen`.
Walk walk_of(const tsr_tensor& x, const tsr_tensor& y, std::uint32_t axes, bool chosen) {
  index_t sizes[TSR_MAX_RANK], x_strides[TSR_MAX_RANK], y_strides[TSR_MAX_RANK];
  int rank = 0;
  for (int i = 0; i < x.rank; ++i) {
    if (((axes >> i & 1) != 0) != chosen) continue;
    sizes[rank] = x.size[i];
    x_strides[rank] = x.stride[i];
    y_strides[rank++] = chosen ? 0 : y.stride[i];
  }
  const index_t* const strides[] = {y_strides, x_strides};
  return Walk(rank, sizes, 2, strides);
}

class Reduction {
 public:
  Reduction(const NnSettings& s, std::int32_t kind, const Walk& reduced)
      : k_(s.kernels), kind_(kind), reduced_(reduced) {}

  // Of the elements of the reduced dimensions from x on.
  float one(const float* x) const {
    double sum = 0.0;
    float best = least_or_largest() == Operation::max ? -kInfinity : kInfinity;
    each_row(x, [&](const float* row, index_t n) {
      switch (kind_) {
        case TSR_REDUCE_MAX: {
          const float found = k_.largest(n, row);
          best = found > best ? found : best;
          break;
        }
        case TSR_REDUCE_MIN: {
          const float found = k_.least(n, row);
          best = found < best ? found : best;
          break;
        }
        case TSR_REDUCE_SUM_SQUARES:
          sum += k_.sum_squares(n, row, 0.0);
          break;
        default:
          sum += k_.sum(n, row);
      }
    });
    return is_extreme() ? best : finished(sum);
  }

  // Of n neighbours each; y's elements are `y_step` apart.
  void strip(const float* x, index_t n, float* y, index_t y_step) const {
    const Walk& w = reduced_;
    if (is_extreme()) {
      float best[kStrip];
      for (index_t i = 0; i < n; ++i) best[i] = kind_ == TSR_REDUCE_MAX ? -kInfinity : kInfinity;
      const BinaryFn better = k_.binary[static_cast<int>(least_or_largest())][1][1];
      each_element(w, x, [&](const float* p) { better(n, 1.0f, p, 1.0f, best, best); });
      for (index_t i = 0; i < n; ++i) y[i * y_step] = best[i];
      return;
    }
    double sums[kStrip] = {};
    const auto add = kind_ == TSR_REDUCE_SUM_SQUARES ? k_.add_squares : k_.add;
    each_element(w, x, [&](const float* p) { add(n, p, sums); });
    for (index_t i = 0; i < n; ++i) y[i * y_step] = finished(sums[i]);
  }

 private:
  bool is_extreme() const { return kind_ == TSR_REDUCE_MAX || kind_ == TSR_REDUCE_MIN; }
  Operation least_or_largest() const { return kind_ == TSR_REDUCE_MAX ? Operation::max : Operation::min; }
  float finished(double sum) const {
    return static_cast<float>(kind_ == TSR_REDUCE_MEAN ? sum / static_cast<double>(reduced_.count()) : sum);
  }
  template <class F>
  static void each_element(const Walk& w, const float* x, const F& f) {
    if (w.count() == 0) return;
    Walk::Cursor cursor(w, 0);
    for (index_t r = 0; r < w.rows(); ++r, cursor.next())
      for (index_t i = 0; i < w.inner(); ++i) f(x + cursor.row().at[1] + i * w.stride(1));
  }
  // f(row, n): contiguous elements, gathered where they are not.
  template <class F>
  void each_row(const float* x, const F& f) const {
    const Walk& w = reduced_;
    if (w.count() == 0) return;
    constexpr index_t kStage = 512;
    float stage[kStage];
    Walk::Cursor cursor(w, 0);
    for (index_t r = 0; r < w.rows(); ++r, cursor.next()) {
      const float* const row = x + cursor.row().at[1];
      const index_t step = w.stride(1);
      if (step == 1) {
        f(row, w.inner());
        continue;
      }
      for (index_t first = 0; first < w.inner(); first += kStage) {
        const index_t n = min_index(kStage, w.inner() - first);
        for (index_t i = 0; i < n; ++i) stage[i] = row[(first + i) * step];
        f(stage, n);
      }
    }
  }

  const NnSet& k_;
  std::int32_t kind_;
  const Walk& reduced_;
};

// Positions for strips of n lines, `n_step` apart, of `length` elements, `step` apart.
template <class T, class Y>
void argmax(const NnSettings& s, const Walk& kept, const T* x, index_t length, index_t step, bool last, Y* y) {
  const index_t strip = kept.stride(1) == 1 ? kStrip : 1;
  kept.run(
      s.executor,
      [&](const Walk::Row& r, index_t count) {
        for (index_t first = 0; first < count; first += strip) {
          const index_t n = min_index(strip, count - first);
          const T* const from = x + r.at[1] + first * kept.stride(1);
          float best[kStrip];
          std::int64_t position[kStrip];
          for (index_t i = 0; i < n; ++i) {
            best[i] = -kInfinity;
            position[i] = -1;
          }
          for (index_t l = 0; l < length; ++l) {
            const T* const row = from + l * step;
            for (index_t i = 0; i < n; ++i) {
              const float v = static_cast<float>(row[i]);
              const bool first_number = position[i] < 0 && v == v;
              if (first_number || v > best[i] || (last && v == best[i])) {
                best[i] = v;
                position[i] = l;
              }
            }
          }
          for (index_t i = 0; i < n; ++i)
            y[r.at[0] + (first + i) * kept.stride(0)] = static_cast<Y>(position[i] < 0 ? 0 : position[i]);
        }
      },
      length);
}

template <class T>
void argmax(const tsr_context* context, std::int32_t axis, bool last, const tsr_tensor& x, const tsr_tensor& y) {
  const NnSettings s(context);
  const Walk kept = walk_of(x, y, 1u << axis, false);
  const T* const from = element<T>(x, 0);
  const index_t length = x.size[axis], step = x.stride[axis];
  if (y.type == TSR_S64) {
    argmax(s, kept, from, length, step, last, element<std::int64_t>(y, 0));
  } else {
    argmax(s, kept, from, length, step, last, element<std::int32_t>(y, 0));
  }
}

}  // namespace
}  // namespace tessera

using tessera::index_t;

extern "C" {

tsr_status tsr_reduce(const tsr_context* context, int32_t reduction, uint32_t axes, const tsr_tensor* x,
                      const tsr_tensor* y) {
  if (reduction < TSR_REDUCE_SUM || reduction > TSR_REDUCE_SUM_SQUARES) return -2;
  if (!tessera::is_f32(x)) return -4;
  if (axes >> x->rank != 0) return -3;
  if (!tessera::is_f32(y) || !tessera::reduced_sizes(*x, axes, *y)) return -5;
  if (tessera::count_of(*y) == 0) return TSR_OK;
  const tessera::NnSettings s(context);
  tsr_tensor source = *x;
  if (tessera::count_of(source) == 0)
    for (index_t& stride : source.stride) stride = 0;  // no element: the address, which may be NULL, stays what it is
  const tessera::Walk kept = tessera::walk_of(source, *y, axes, false);
  const tessera::Walk reduced = tessera::walk_of(source, *y, axes, true);
  const tessera::Reduction work(s, reduction, reduced);
  const float* const from = tessera::element<float>(source, 0);
  float* const to = tessera::element<float>(*y, 0);
  const index_t each = tessera::max_index(1, reduced.count());
  if (reduced.stride(1) != 1 && kept.stride(1) == 1) {
    kept.run(
        s.executor,
        [&](const tessera::Walk::Row& r, index_t n) {
          for (index_t i = 0; i < n; i += tessera::kStrip)
            work.strip(from + r.at[1] + i, tessera::min_index(tessera::kStrip, n - i),
                       to + r.at[0] + i * kept.stride(0), kept.stride(0));
        },
        each);
  } else {
    tessera::for_items(s.executor, kept.count(), each, [&](index_t i) {
      const tessera::Walk::Row r = kept.element(i);
      to[r.at[0]] = work.one(from + r.at[1]);
    });
  }
  return TSR_OK;
}

tsr_status tsr_argmax(const tsr_context* context, int32_t axis, int last, const tsr_tensor* x, const tsr_tensor* y) {
  if (!tessera::is_tensor(x) || x->type == TSR_S32 || x->type == TSR_S64) return -4;
  if (!tessera::is_axis(*x, axis) || x->size[axis] == 0) return -2;
  if (!tessera::is_tensor(y) || (y->type != TSR_S32 && y->type != TSR_S64) ||
      !tessera::reduced_sizes(*x, 1u << axis, *y))
    return -5;
  if (tessera::count_of(*y) == 0) return TSR_OK;
  if (x->type == TSR_F32) {
    tessera::argmax<float>(context, axis, last != 0, *x, *y);
  } else if (x->type == TSR_U8) {
    tessera::argmax<std::uint8_t>(context, axis, last != 0, *x, *y);
  } else {
    tessera::argmax<std::int8_t>(context, axis, last != 0, *x, *y);
  }
  return TSR_OK;
}

}  // extern "C"
