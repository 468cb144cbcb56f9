#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "graft/ops/program/functions.h"
#include "graft/ops/program/primitive.h"

namespace graft::ops {

/// Appends instructions to a Program. Every function checks its operands (its dims rule) and throws ShapeError; each
/// is defined in its primitive's room. Dims are logical: activations (N, C, spatial...), kernels (O, I, spatial...).
class Builder {
 public:
  explicit Builder(bool training = false) : training_(training) {}

  bool training() const { return training_; }
  /// What a layer of a training Program does with a moving statistic. Once a table is set, a statistic that is not in
  /// it is frozen; without a table the layer's own flag decides.
  using StatisticsTable = std::unordered_map<const VariableState*, Statistics>;
  void set_statistics(StatisticsTable table) { statistics_ = std::move(table); }
  Statistics statistics_of(const Variable& statistic, bool trainable) const;
  /// From now on layers append what they add to the loss, beside their outputs, to `penalties`, or with null leave it
  /// out, as at first. Returns what was given before.
  Values* collect_penalties(Values* penalties) { return std::exchange(penalties_, penalties); }
  bool collects_penalties() const { return penalties_ != nullptr; }
  void add_penalty(Value penalty) { penalties_->push_back(penalty); }
  Program& program() { return program_; }
  const Dims& dims(Value v) const { return program_.dims(v); }
  Program finish(Values outputs);

  // -- leaves -----------------------------------------------------------------------------------------------------
  Value input(const Dims& dims, const std::string& name, DType dtype = DType::f32);  ///< row-major, in call order
  Value variable(const Variable& variable);  ///< the same Value for the same variable; dims are its Keras shape
  Value constant(const Tensor& tensor);      ///< row-major; rank 0 becomes (1)
  Value scalar(float value);                 ///< constant of dims (1)

  // -- views, which cost nothing (primitives/movement/view) ---------------------------------------------------------
  Value transpose(Value x, const std::vector<int>& permutation);  ///< dst.dims[i] = x.dims[permutation[i]]
  Value reshape(Value x, const Dims& dims);                       ///< row-major order of the logical dims

  // -- the convolution family, which is closed under gradients (primitives/convolution/conv) --------------------------
  Value conv(Value src, Value weights, Value bias, const ConvArgs& args);  ///< bias may be empty
  /// The transposed convolution: the gradient of conv for its src, here with dst dims given.
  Value conv_backward_data(Value diff_dst, Value weights, const Dims& src_dims, const ConvArgs& args);
  /// {diff_weights} or, with_bias, {diff_weights, diff_bias}.
  Values conv_backward_weights(Value src, Value diff_dst, const Dims& weights_dims, bool with_bias,
                               const ConvArgs& args);

  // -- dense (primitives/matrix/inner_product, primitives/matrix/matmul) ---------------------------------------------
  Value inner_product(Value src, Value weights, Value bias);  ///< (N, I) x (I, O) + (O): Keras's kernel order
  Value matmul(Value a, Value b, bool transpose_a = false, bool transpose_b = false);  ///< leading dims broadcast

  // -- attention (primitives/attention) -------------------------------------------------------------------------------
  /// softmax(scale query key^T) value, for each head: (N, heads, Tq, d), (N, heads_kv, Tk, d), (N, heads_kv, Tk, dv) ->
  /// (N, heads, Tq, dv). Query head h reads head h / (heads / heads_kv) of key and value. The mask broadcasts to
  /// (N, heads, Tq, Tk): nonzero where the query attends to the key; it may be empty, and has no gradient. A query that
  /// attends to no key has no gradient for query and key.
  Value attention(Value query, Value key, Value value, Value mask, const AttentionArgs& args);

  // -- normalisation, pooling, resampling (a room each) -----------------------------------------------------------
  struct BatchNorm {
    Value dst, mean, variance;
  };  ///< population statistics of the batch, dims (C)
  BatchNorm batch_norm_training(Value src, Value gamma, Value beta, float epsilon);
  Value batch_norm_inference(Value src, Value gamma, Value beta, Value mean, Value variance, float epsilon);
  /// Over the last `axes` axes, counted channels last; gamma and beta have their elements, as rank 1.
  Value layer_norm(Value src, Value gamma, Value beta, int axes, float epsilon);
  Value pool(Value src, const PoolArgs& args);
  Value adaptive_pool(Value src, Pooling algorithm, const Dims& spatial_dims);          ///< windows of unequal sizes
  Value resample(Value src, const Dims& spatial_factors, Interpolation interpolation);  ///< half-pixel centres
  Value resize(Value src, const Dims& spatial_dims, Interpolation interpolation, bool antialias = false);

  // -- recurrent layers (primitives/recurrent) -----------------------------------------------------------------------
  struct Recurrent {
    Value outputs, last, h, c;
  };  ///< (N, T, units) of all steps in the order of the walk; (N, units): the last of them, and the states behind it
  /// Walks a cell over all T steps. `projected` is x W + b, (N, T, gates units), the gates in Keras's order, `kernel`
  /// the recurrent one, (units, gates units). May be empty: `recurrent_bias` (gates units), which only Cell::gru has; h
  /// and c, the states before the walk, (N, units), else zeros, where only Cell::lstm has c; `mask` (N, T), where 0
  /// marks a step that keeps the states. Only results that are read are stored. `recurrent_supports` tells which
  /// functions fit.
  Recurrent recurrent(Value projected, Value kernel, Value recurrent_bias, Value h, Value c, Value mask,
                      const RecurrentArgs& args);

  // -- elementwise ------------------------------------------------------------------------------------------------
  Value eltwise(Value x, EltwiseArgs args);
  Value eltwise(Value x, Eltwise algorithm, float alpha = 0, float beta = 0) {
    return eltwise(x, {algorithm, alpha, beta});
  }
  Value binary(Binary algorithm, Value a, Value b);  ///< equal ranks; dims equal or 1; (1) fits any rank
  Value add(Value a, Value b) { return binary(Binary::add, a, b); }
  Value sub(Value a, Value b) { return binary(Binary::sub, a, b); }
  Value mul(Value a, Value b) { return binary(Binary::mul, a, b); }
  Value div(Value a, Value b) { return binary(Binary::div, a, b); }
  Value scale(Value x, float factor, float offset = 0) { return eltwise(x, Eltwise::linear, factor, offset); }
  Value where(Value condition, Value a, Value b);  ///< condition != 0 ? a : b, broadcasting
  Value bias(Value x, Value bias);                 ///< adds dims (C) along dims[1]
  Value prelu(Value x, Value slope);               ///< slope broadcast against x, equal rank
  Value softmax(Value x, int axis, bool log = false);
  Value stop_gradient(Value x);
  Value round_float(Value x, const FloatFormat& format);  ///< to the nearest number of the format; gradient 1

  // -- reductions and moves ---------------------------------------------------------------------------------------
  Value reduce(Reduction algorithm, Value x, const std::vector<int>& axes);  ///< reduced dims become 1
  Value sum_to(Value x, const Dims& dims);                                   ///< sums what broadcasting had repeated
  Value broadcast_to(Value x, const Dims& dims);
  Value concat(const Values& parts, int axis);
  Value slice(Value x, const Dims& begin, const Dims& sizes);
  Value pad(Value x, const Dims& before, const Dims& after, float value = 0);
  Value one_hot(Value indices, int64_t classes);  ///< (..) of whole numbers -> (.., classes)
  Value argmax(Value x, int axis);                ///< as float, of the first; the reduced dim becomes 1; no gradient

  // -- rows and elements by number ----------------------------------------------------------------------------------
  // Numbers are whole floats, of which negative ones count from the end. One that is out of range or not whole names
  // nothing: it gives zeros, or leaves its update out.
  Value take(Value x, Value indices, int axis);             ///< the axis is replaced by the axes of the indices
  Value take_along_axis(Value x, Value indices, int axis);  ///< equal ranks; the dims beside the axis broadcast
  /// Row indices[k] of x (rows, ..) takes updates[k], in their order. Of equal indices `set` keeps the last.
  Value scatter(Scatter how, Value x, Value indices, Value updates);
  Value one_hot(Value indices, int64_t classes, int axis);  ///< the classes become that axis of the result
  Value argmin(Value x, int axis);                          ///< of both the first NaN is the result

  // -- slices with steps, and what shows elements more than once ----------------------------------------------------
  Value strided_slice(Value x, const Dims& begin, const Dims& sizes, const Dims& steps);  ///< steps may be negative
  Value flip(Value x, const std::vector<int>& axes);
  Value repeat(Value x, int64_t count, int axis);  ///< each element `count` times in a row
  Value tile(Value x, const Dims& counts);         ///< the whole value, counts[i] times along axis i
  Value pad(Value x, const Dims& before, const Dims& after, PadMode mode);

  // -- order and scans along an axis; NaN counts as larger than all numbers, and equal elements keep their order ----
  /// Places, as float, of the elements in order; with a count only of the first of them. At most 2^24 along the axis;
  /// no gradient.
  Value argsort(Value x, int axis, bool descending = false, int64_t count = 0);
  Value sort(Value x, int axis, bool descending = false);
  struct TopK {
    Value values, indices;
  };
  TopK top_k(Value x, int axis, int64_t count);  ///< the largest first
  /// How many of the ascending numbers `sorted` (n) are less than each value, or with `right` at most it; no gradient.
  Value search_sorted(Value sorted, Value values, bool right = false);
  Value scan(Scan algorithm, Value x, int axis, bool reverse = false);  ///< cumsum and cumprod
  /// dst[k] = x[k] + factors[k] dst[k - 1] along the axis, in reverse dst[k + 1]; the first factor is not used.
  Value recurrence(Value x, Value factors, int axis, bool reverse = false);

  // -- signals and images (primitives/signal) -----------------------------------------------------------------------
  struct Complex {
    Value real, imag;
  };  ///< of equal dims; as an operand either may be empty, for zeros
  Complex fft(Complex x, bool inverse = false);   ///< along the last axis, of any length; the inverse divides by it
  Complex fft2(Complex x, bool inverse = false);  ///< along the last two axes
  Complex rfft(Value x, int64_t length);   ///< of x cut or padded to the length: the bins 0 to length / 2, rounded down
  Value irfft(Complex x, int64_t length);  ///< of those bins, cut or padded: a real signal of the length
  /// (..., samples) -> (..., frames, length): a frame begins every `stride` samples, and the last one is whole.
  Value extract_sequences(Value x, int64_t length, int64_t stride);
  /// (..., frames, length) -> (..., samples): sums frames that begin every `stride` samples. samples 0: all of them.
  Value overlap_sequences(Value x, int64_t stride, int64_t samples = 0);
  /// Reads src (N, C, spatial) at places between pixels. coordinates is (N or 1, number of spatial axes, ...), dst
  /// (N, C, ...).
  Value map_coordinates(Value src, Value coordinates, const MapArgs& args);

  // -- linear algebra on matrices (..., rows, columns) (primitives/algebra) -------------------------------------------
  Value cholesky(Value a);  ///< L of a = L L^T; NaN unless positive definite; reads the lower triangle
  /// x of a x = b, or of a^T x = b. a is (..., n, n), of which one triangle is read, b (..., n, columns).
  Value solve_triangular(Value a, Value b, bool lower, bool transpose = false);
  Value solve(Value a, Value b, bool transpose = false);  ///< the same for any a; infinities where it is singular
  Value inverse(Value a);
  Value determinant(Value a);    ///< (...)
  Values sign_log_det(Value a);  ///< {sign, log |det|}, both (...)
  Values lu(Value a);            ///< {L below and U above the diagonal, (..., n) numbers of a's rows in their order}
  Values qr(Value a, bool complete = false);  ///< {Q, R}; Q has min(rows, columns) columns, or complete all
  Values eigh(Value a);                       ///< {(..., n) values that grow, (..., n, n) vectors as columns}
  Values svd(Value a);                        ///< {U, (..., k) values that fall, V} with k = min(rows, columns) columns
  /// V 1/s U^T over the singular values s that are larger than `tolerance` times the largest.
  Value pseudo_inverse(Value a, float tolerance);

  // -- random: the stream is (run's seed, salt), the salt is the instruction's own ----------------------------------
  Value random_uniform(const Dims& dims, float low, float high);
  Value random_normal(const Dims& dims, float mean, float deviation);
  Value dropout(Value x, float rate, const Dims& noise_dims = {});  ///< kept elements divided by 1 - rate

  // -- effects on variables -----------------------------------------------------------------------------------------
  void moving_average(const Variable& moving, Value batch, float momentum);  ///< moving = moving m + batch (1 - m)
  void assign(const Variable& variable, Value value);
  void update(const std::string& rule, const Variable& variable, Value gradient, const Variables& slots,
              Value learning_rate, const std::vector<float>& settings);  ///< rules: primitives/effects/optimizer_update

  // -- plumbing -----------------------------------------------------------------------------------------------------
  /// Appends one instruction; out_dims are the dims of its outputs.
  Values append(std::shared_ptr<const Primitive> primitive, Values inputs, const std::vector<Dims>& out_dims,
                DType dtype = DType::f32);
  uint64_t next_salt() { return ++salt_; }

  /// Names the layer for which instructions are appended while it lives: labels nest with '/'.
  class Scope {
   public:
    Scope(Builder& builder, const std::string& name);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Builder& builder_;
    std::string outer_;
  };
  /// While it lives, variables are read rounded to a format; without one, as they are.
  class RoundedVariables {
   public:
    RoundedVariables(Builder& builder, std::optional<FloatFormat> format)
        : builder_(builder), outer_(std::exchange(builder.rounding_, format)) {}
    ~RoundedVariables() { builder_.rounding_ = outer_; }
    RoundedVariables(const RoundedVariables&) = delete;
    RoundedVariables& operator=(const RoundedVariables&) = delete;

   private:
    Builder& builder_;
    std::optional<FloatFormat> outer_;
  };
  const std::string& label() const { return label_; }
  void set_label(std::string label) {
    label_ = std::move(label);
    merged_.clear();
  }
  /// Instructions that are appended from now on come from the same layers as another one.
  void set_origin(const Instruction& other) {
    label_ = other.label;
    merged_ = other.merged;
  }

 private:
  Program program_;
  std::map<const VariableState*, Value> variables_;
  std::optional<StatisticsTable> statistics_;
  std::optional<FloatFormat> rounding_;
  Values* penalties_ = nullptr;
  std::string label_;
  std::vector<std::string> merged_;
  bool training_;
  uint64_t salt_ = 0;
};

}  // namespace graft::ops
