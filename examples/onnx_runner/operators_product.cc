// Gemm and MatMul.
#include <algorithm>
#include <utility>

#include "arranger.h"
#include "layers.h"
#include "operators.h"

namespace onnx_runner {
namespace {

// The rows of x times weights of bytes; exact sums.
class QuantizedFullyConnected final : public Layer {
 public:
  QuantizedFullyConnected(const Quantization& x, Value& weights, const Quantization& w, Index k, Index n, Index rs,
                          Index cs, QuantizedEpilogue epilogue)
      : x_(x), weights_(weights), w_(w), k_(k), n_(n), rs_(rs), cs_(cs), epilogue_(std::move(epilogue)) {}
  ~QuantizedFullyConnected() override { tsr_q8_weights_destroy(packed_); }

  void arrange(Arranger& arranger) override {
    arranger.need_dense(*this, 0);
    arranger.dense(out(), false);
  }

  void prepare(const tsr_context* context) override {
    const tsr_q8_matrix b = {weights_.constant().bytes(),
                             rs_,
                             cs_,
                             w_.type == Type::kU8 ? TSR_U8 : TSR_S8,
                             w_.zero[0],
                             w_.zero.size() > 1 ? w_.zero.data() : nullptr};
    check(tsr_q8_weights_create(context, n_, k_, &b, &packed_));
    weights_.unload();
  }

  void run(const tsr_context* context) override {
    const tsr_q8_matrix a = {x()->data,  k_,
                             1,          x_.type == Type::kU8 ? TSR_U8 : TSR_S8,
                             x_.zero[0], x_.zero.size() > 1 ? x_.zero.data() : nullptr};
    const tsr_q8_epilogue epilogue = epilogue_.get();
    check(tsr_gemm_q8_packed(context, rows(), &a, packed_, &epilogue, y()->data, n_, 1));
  }

  double operations() const override {
    return 2.0 * static_cast<double>(rows()) * static_cast<double>(n_) * static_cast<double>(k_);
  }
  std::string algorithm() const override { return "u8 gemm"; }

 private:
  Index rows() const { return n_ == 0 ? 0 : out().count() / n_; }

  Quantization x_;
  Value& weights_;
  Quantization w_;
  Index k_, n_, rs_, cs_;
  QuantizedEpilogue epilogue_;
  tsr_q8_weights* packed_ = nullptr;
};

// x, whose last dimension is multiplied, times weights of k rows and n columns.
class FullyConnected final : public Product {
 public:
  // Element (p, j) of the weights lies at p * rs + j * cs.
  FullyConnected(Value& weights, Index k, Index n, Index rs, Index cs, bool x_transposed)
      : Product(weights), k_(k), n_(n), rs_(rs), cs_(cs), x_transposed_(x_transposed) {}
  ~FullyConnected() override { tsr_packed_destroy(packed_); }

  Index channels() const override { return n_; }
  int channel_axis() const override { return static_cast<int>(out().dims.size()) - 1; }
  bool takes_affine_input() const override { return true; }
  void affine_input(const Affine& affine) override { fold_input(affine); }

  void arrange(Arranger& arranger) override {
    tsr_tensor matrix;
    if (!x_transposed_ && !reshape_view(*x(), {rows(), k_}, &matrix)) arranger.need_dense(*this, 0);
    if (has_residual()) arranger.need_dense(*this, 1);
    arranger.dense(out(), false);
  }

  void prepare(const tsr_context* context) override {
    check(tsr_pack_b_f32(context, k_, n_, scaled_weights().data<float>(), rs_, cs_, &packed_));
    if (x_transposed_) {
      matrix_ = *x();
      std::swap(matrix_.stride[0], matrix_.stride[1]);
    } else {
      reshape_view(*x(), {rows(), k_}, &matrix_);
    }
  }

  void run(const tsr_context* context) override {
    tsr_epilogue epilogue = TSR_EPILOGUE_INIT;
    epilogue.column_bias = bias();
    if (has_residual()) epilogue.residual = static_cast<const float*>(x(1)->data);
    epilogue.residual_rs = n_;
    epilogue.residual_cs = 1;
    epilogue.activation = activation_;
    epilogue.activation_a = a_;
    epilogue.activation_b = b_;
    check(tsr_gemm_fused_f32(context, rows(), n_, k_, 1, static_cast<const float*>(x()->data), matrix_.stride[0],
                             matrix_.stride[1], nullptr, nullptr, 0, 0, packed_, 0, static_cast<float*>(y()->data), n_,
                             1, &epilogue));
  }

  double operations() const override {
    return 2.0 * static_cast<double>(rows()) * static_cast<double>(n_) * static_cast<double>(k_);
  }

 private:
  Index rows() const { return n_ == 0 ? 0 : out().count() / n_; }
  Index run_length() const override { return rs_ == 1 ? k_ : 1; }
  Index channel_of(Index run) const override { return rs_ == 1 ? run : run % n_; }

  int weight_axis() const override { return rs_ == 1 ? 0 : 1; }
  std::unique_ptr<Layer> make_quantized(const Quantization& x, QuantizedEpilogue epilogue) const override {
    if (x_transposed_) return nullptr;
    return std::make_unique<QuantizedFullyConnected>(x, *weights_.integers, weights_.quantization, k_, n_, rs_, cs_,
                                                     std::move(epilogue));
  }

  Index k_, n_, rs_, cs_;
  bool x_transposed_;
  tsr_tensor matrix_{};
  tsr_packed* packed_ = nullptr;
};

// Products of two computed operands, for each index of the dimensions before the last two; those of size 1 are
// repeated.
class MatMul final : public Layer {
 public:
  MatMul(Index m, Index n, Index k) : m_(m), n_(n), k_(k) {}
  void arrange(Arranger& arranger) override { arranger.dense(out()); }

  void run(const tsr_context* context) override {
    const int rank = y()->rank, batch = rank - 3;  // the batch's last dimension
    const Index count = batch >= 0 ? y()->size[batch] : 1;
    const auto step = [&](const tsr_tensor& t, int d) {
      const int own = d - (rank - t.rank);
      return own < 0 || t.size[own] == 1 ? Index{0} : t.stride[own];
    };
    const auto data = [](const tsr_tensor& t) { return static_cast<float*>(t.data); };
    Index outer = 1;
    for (int d = 0; d < batch; ++d) outer *= y()->size[d];
    for (Index i = 0; i < outer; ++i) {
      Index at[3] = {0, 0, 0};
      Index rest = i;
      for (int d = batch; d-- > 0;) {
        const Index digit = rest % y()->size[d];
        rest /= y()->size[d];
        at[0] += digit * step(*x(0), d);
        at[1] += digit * step(*x(1), d);
        at[2] += digit * step(*y(), d);
      }
      const auto last = [](const tsr_tensor& t, int back) { return t.stride[t.rank - back]; };
      check(tsr_gemm_batch_f32(context, count, m_, n_, k_, 1, data(*x(0)) + at[0], last(*x(0), 2), last(*x(0), 1),
                               step(*x(0), batch), data(*x(1)) + at[1], last(*x(1), 2), last(*x(1), 1),
                               step(*x(1), batch), 0, data(*y()) + at[2], last(*y(), 2), last(*y(), 1),
                               count > 1 ? step(*y(), batch) : m_ * n_));
    }
  }

  double operations() const override { return 2.0 * static_cast<double>(out().count()) * static_cast<double>(k_); }

 private:
  Index m_, n_, k_;
};

void gemm(NodeBuilder& b) {
  Value &x = b.input(0), &w = b.input(1);
  b.require(x.dims.size() == 2 && w.dims.size() == 2 && x.type == Type::kF32 && w.type == Type::kF32,
            "operands that are no f32 matrices");
  const bool tx = b.node.integer("transA", 0) != 0, tw = b.node.integer("transB", 0) != 0;
  const Index m = x.dims[tx ? 1 : 0], k = x.dims[tx ? 0 : 1], n = w.dims[tw ? 0 : 1];
  b.require(w.dims[tw ? 1 : 0] == k, "matrices whose sizes do not go together");
  const float alpha = b.node.real("alpha", 1), beta = b.node.real("beta", 1);
  // C is a bias where it is the same for all rows, and else added behind.
  Value* const c = b.has(2) && beta != 0 ? &b.input(2) : nullptr;
  const bool is_bias =
      c != nullptr && c->is_constant() && (c->count() == 1 || (c->dims.back() == n && c->count() == n));
  const bool behind = c != nullptr && !is_bias;
  Value& y = behind ? b.intermediate(Type::kF32, {m, n}) : b.output(0, Type::kF32, {m, n});
  if (w.is_constant()) {
    auto& layer = b.add<FullyConnected>({&x}, {&y}, w, k, n, tw ? 1 : n, tw ? k : 1, tx);
    if (alpha != 1) layer.finish({{alpha}, {0}});
    if (is_bias) {
      std::vector<double> bias;
      for (const float e : b.reals_of(2)) bias.push_back(static_cast<double>(e) * beta);
      layer.finish({{1}, bias});
    }
  } else {
    // Transposed operands are views.
    const auto turned = [&](Value& v, bool transposed) {
      if (!transposed) return &v;
      Value& t = b.intermediate(Type::kF32, {v.dims[1], v.dims[0]});
      b.add<Transpose>({&v}, {&t}, std::vector<int>{1, 0});
      return &t;
    };
    Value* last = c == nullptr && alpha == 1 ? &y : &b.intermediate(Type::kF32, {m, n});
    b.add<MatMul>({turned(x, tx), turned(w, tw)}, {last}, m, n, k);
    if (c != nullptr) {
      b.add<Binary>({last, c}, {&b.output(0, Type::kF32, broadcast(b, {m, n}, c->dims))}, TSR_ADD, alpha, beta);
    } else if (alpha != 1) {
      b.add<Unary>({last}, {&y}, TSR_AFFINE, alpha, 0.0f);
    }
    return;
  }
  if (behind) b.add<Binary>({&y, c}, {&b.output(0, Type::kF32, broadcast(b, {m, n}, c->dims))}, TSR_ADD, 1.0f, beta);
}

void matmul(NodeBuilder& b) {
  Value *x = &b.input(0), *w = &b.input(1);
  b.require(x->type == Type::kF32 && w->type == Type::kF32, "operands that are not f32");
  b.require(!x->dims.empty() && !w->dims.empty(), "a scalar");
  // A vector is a matrix of one row or column, which the result does not have.
  Dims x_dims = x->dims, w_dims = w->dims;
  const bool x_vector = x_dims.size() == 1, w_vector = w_dims.size() == 1;
  const auto as = [&](Value* v, const Dims& dims) {
    Value& matrix = b.intermediate(Type::kF32, dims);
    b.add<Reshape>({v}, {&matrix});
    return &matrix;
  };
  if (x_vector) x = as(x, x_dims = {1, x_dims[0]});
  if (w_vector && !w->is_constant()) w = as(w, {w_dims[0], 1});
  if (w_vector) w_dims = {w_dims[0], 1};
  const Index m = x_dims[x_dims.size() - 2], k = x_dims.back(), n = w_dims.back();
  b.require(w_dims[w_dims.size() - 2] == k, "matrices whose sizes do not go together");
  Dims dims = broadcast(b, Dims(x_dims.begin(), x_dims.end() - 2), Dims(w_dims.begin(), w_dims.end() - 2));
  dims.push_back(m);
  dims.push_back(n);
  Dims shown = dims;
  if (x_vector) shown.erase(shown.end() - 2);
  if (w_vector) shown.pop_back();
  Value& y = shown.size() == dims.size() ? b.output(0, Type::kF32, dims) : b.intermediate(Type::kF32, dims);
  if (w->is_constant() && w_dims.size() == 2) {
    b.add<FullyConnected>({x}, {&y}, *w, k, n, n, Index{1}, false);
  } else {
    b.add<MatMul>({x, w}, {&y}, m, n, k);
  }
  if (shown.size() != dims.size()) b.add<Reshape>({&y}, {&b.output(0, Type::kF32, shown)});
}

// Bytes, and 32-bit sums of their products.
void matmul_of_integers(NodeBuilder& b) {
  Value &x = b.input(0), &w = b.input(1);
  if (!w.is_constant()) b.constant(1);
  const auto is_byte = [](const Value& v) { return v.type == Type::kU8 || v.type == Type::kS8; };
  b.require(is_byte(x) && is_byte(w), "elements that are no bytes");
  b.require(x.dims.size() >= 2 && w.dims.size() == 2 && x.dims.back() == w.dims[0],
            "operands that are no matrices, or whose sizes do not go together");
  const auto zeros = [&](std::size_t i, Type type, Index count) {
    Quantization q{type, -1, {1}, {0}};
    if (!b.has(i)) return q;
    q.zero.clear();
    for (const Index z : b.integers_of(i)) q.zero.push_back(static_cast<std::int32_t>(z));
    b.require(q.zero.size() == 1 || static_cast<Index>(q.zero.size()) == count, "zero points for other sizes");
    return q;
  };
  const Index k = w.dims[0], n = w.dims[1];
  Dims dims = x.dims;
  dims.back() = n;
  b.add<QuantizedFullyConnected>({&x}, {&b.output(0, Type::kS32, dims)},
                                 zeros(2, x.type, x.count() / std::max<Index>(k, 1)), w, zeros(3, w.type, n), k, n, n,
                                 Index{1}, QuantizedEpilogue{});
}

}  // namespace

const Operator kProductOperators[] = {
    {"Gemm", gemm}, {"MatMul", matmul}, {"MatMulInteger", matmul_of_integers}, {nullptr, nullptr}};

}  // namespace onnx_runner
