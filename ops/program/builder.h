#pragma once

#include <map>
#include <optional>
#include <unordered_map>

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

  // -- dense (primitives/matrix/inner_product, primitives/matrix/matmul)
  // -----------------------------------------------
  Value inner_product(Value src, Value weights, Value bias);  ///< (N, I) x (I, O) + (O): Keras's kernel order
  Value matmul(Value a, Value b, bool transpose_a = false, bool transpose_b = false);  ///< leading dims broadcast

  // -- normalisation, pooling, resampling (a room each) -----------------------------------------------------------
  struct BatchNorm {
    Value dst, mean, variance;
  };  ///< population statistics of the batch, dims (C)
  BatchNorm batch_norm_training(Value src, Value gamma, Value beta, float epsilon);
  Value batch_norm_inference(Value src, Value gamma, Value beta, Value mean, Value variance, float epsilon);
  /// Over the last `axes` axes, counted channels last; gamma and beta have their elements, as rank 1.
  Value layer_norm(Value src, Value gamma, Value beta, int axes, float epsilon);
  Value pool(Value src, const PoolArgs& args);
  Value resample(Value src, const Dims& spatial_factors, Interpolation interpolation);  ///< half-pixel centres

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

  // -- reductions and moves ---------------------------------------------------------------------------------------
  Value reduce(Reduction algorithm, Value x, const std::vector<int>& axes);  ///< reduced dims become 1
  Value sum_to(Value x, const Dims& dims);                                   ///< sums what broadcasting had repeated
  Value broadcast_to(Value x, const Dims& dims);
  Value concat(const Values& parts, int axis);
  Value slice(Value x, const Dims& begin, const Dims& sizes);
  Value pad(Value x, const Dims& before, const Dims& after, float value = 0);
  Value one_hot(Value indices, int64_t classes);  ///< (..) of whole numbers -> (.., classes)
  Value argmax(Value x, int axis);                ///< as float; the reduced dim becomes 1; no gradient

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
  std::string label_;
  std::vector<std::string> merged_;
  bool training_;
  uint64_t salt_ = 0;
};

}  // namespace graft::ops
