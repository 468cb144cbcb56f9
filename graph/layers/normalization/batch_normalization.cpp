#include "graft/graph/layers/normalization/batch_normalization.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "graft/graph/axes.h"

namespace graft {

void BatchNormalizationConfig::fields(FieldVisitor& field) {
  field("axis", axis);
  field("momentum", momentum);
  field("epsilon", epsilon);
  field("center", center);
  field("scale", scale);
  field("beta_initializer", beta_initializer);
  field("gamma_initializer", gamma_initializer);
  field("moving_mean_initializer", moving_mean_initializer);
  field("moving_variance_initializer", moving_variance_initializer);
  field("beta_regularizer", beta_regularizer);
  field("gamma_regularizer", gamma_regularizer);
  field("beta_constraint", beta_constraint);
  field("gamma_constraint", gamma_constraint);
  field("synchronized", synchronized);
  field("renorm", renorm);
  field("renorm_clipping", renorm_clipping);
  field("renorm_momentum", renorm_momentum);
}

namespace {

class BatchNormalizationImpl final : public ConfiguredLayer<BatchNormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "BatchNormalization"; }
  bool passes_masks() const override { return true; }
  std::vector<std::string> call_signature() const override { return {"inputs", "training", "mask"}; }
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }
  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override {
    check_mask(inputs, arguments, "mask", inputs[0], inputs[0].rank() - 1);
    return infer(inputs.first(1));
  }

  void check() const override {
    check_fraction("momentum", config.momentum);
    if (!(config.epsilon > 0)) refuse_setting(cat("epsilon must be above 0; received ", config.epsilon));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 2, "(N, ..., C)");
    if (normalized_axis(config.axis, inputs[0].rank()) == 0)
      throw ShapeError(cat("axis 0 is the batch's; received ", inputs[0]));
    known_dim(completed(inputs[0]), config.axis, "features");
    return {inputs[0]};
  }

  void check_built(std::span<const Shape> inputs) const override {
    if (completed(inputs[0])[config.axis] != mean_.shape()[0])
      throw ShapeError(cat("the statistics were made for ", mean_.shape()[0], " features; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    const Shape features{completed(inputs[0])[config.axis]};
    if (config.scale)
      gamma_ = add_weight("gamma", features, config.gamma_initializer, config.gamma_regularizer, true,
                          config.gamma_constraint);
    if (config.center)
      beta_ =
          add_weight("beta", features, config.beta_initializer, config.beta_regularizer, true, config.beta_constraint);
    mean_ = add_weight("moving_mean", features, config.moving_mean_initializer, {}, false);
    variance_ = add_weight("moving_variance", features, config.moving_variance_initializer, {}, false);
    if (!config.renorm) return;
    stddev_ = add_weight("moving_stddev", features, config.moving_variance_initializer, {}, false);
    renorm_mean_ = add_weight("renorm_mean", features, config.moving_mean_initializer, {}, false);
    renorm_stddev_ = add_weight("renorm_stddev", features, config.moving_variance_initializer, {}, false);
    for (const Variable& deviation : {stddev_, renorm_stddev_}) take_root(deviation);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const std::vector<int> turn = features_second(static_cast<int64_t>(b.dims(inputs[0]).size()));
    const bool turned = !std::is_sorted(turn.begin(), turn.end());
    const ops::Value x = turned ? b.transpose(inputs[0], turn) : inputs[0];
    const Statistics statistics = is_training(b, arguments) ? b.statistics_of(mean_, trainable) : Statistics::frozen;
    const ops::Value* mask = argument_of(inputs, arguments, "mask");
    const ops::Value y = normalize(b, x, statistics, mask ? counted(b, inputs[0], *mask, turn) : ops::Value{});
    return {turned ? b.transpose(y, turn) : y};  // exchanging two axes is its own inverse
  }

 private:
  std::vector<int> features_second(int64_t rank) const {
    std::vector<int> turn(static_cast<size_t>(rank));
    std::iota(turn.begin(), turn.end(), 0);
    std::swap(turn[1], turn[static_cast<size_t>(logical_axis(config.axis, rank))]);
    return turn;
  }

  // The first values of deviations are the roots of those of the variance.
  static void take_root(Variable variable) {
    Tensor values = variable.value().clone();
    for (float& value : values.data<float>()) value = std::sqrt(value);
    variable.assign(values);
  }

  // A mask (N, ...), with one axis less than the input, over the input's dims: 1 where an element counts.
  static ops::Value counted(ops::Builder& b, ops::Value x, ops::Value mask, const std::vector<int>& turn) {
    ops::Dims dims = keras_dims(b, mask);
    dims.push_back(1);
    const ops::Value wide = to_channels_first(b, b.reshape(to_channels_last(b, mask), dims));
    const ops::Value ones = b.binary(ops::Binary::ne, wide, b.scalar(0));
    return b.transpose(b.broadcast_to(ones, b.dims(x)), turn);
  }

  struct Scaling {
    ops::Value gamma, beta;  // (C)
  };

  ops::Value normalize(ops::Builder& b, ops::Value x, Statistics statistics, ops::Value counts) const {
    const auto epsilon = static_cast<float>(config.epsilon);
    const auto constant = [&](float value) { return b.constant(Tensor::full(mean_.shape(), value)); };
    const Scaling own{config.scale ? b.variable(gamma_) : constant(1), config.center ? b.variable(beta_) : constant(0)};
    if (statistics == Statistics::frozen)
      return b.batch_norm_inference(x, own.gamma, own.beta, b.variable(mean_), b.variable(variance_), epsilon);
    ops::Builder::BatchNorm batch;
    if (counts || config.renorm)
      batch = normalize_in_steps(b, x, counts, own);
    else
      batch = b.batch_norm_training(x, own.gamma, own.beta, epsilon);
    // A call with training = true in a Program for inference does not change the statistics.
    if (b.training() && statistics == Statistics::update) update(b, batch);
    return batch.dst;
  }

  static ops::Value per_channel(ops::Builder& b, ops::Value x, ops::Value features) {
    ops::Dims dims(b.dims(x).size(), 1);
    dims[1] = b.dims(features)[0];
    return b.reshape(features, dims);
  }

  ops::Value mean_of(ops::Builder& b, ops::Value x, ops::Value counts) const {
    std::vector<int> axes;
    for (size_t i = 0; i < b.dims(x).size(); ++i)
      if (i != 1) axes.push_back(static_cast<int>(i));
    const ops::Dims features{b.dims(x)[1]};
    if (!counts) return b.reshape(b.reduce(ops::Reduction::mean, x, axes), features);
    const ops::Value kept = b.where(counts, x, b.scalar(0));
    const ops::Value total = b.scale(b.reduce(ops::Reduction::sum, counts, axes), 1, 1e-7f);
    return b.reshape(b.div(b.reduce(ops::Reduction::sum, kept, axes), total), features);
  }

  // Statistics of the elements that count, and Keras's batch renormalization.
  ops::Builder::BatchNorm normalize_in_steps(ops::Builder& b, ops::Value x, ops::Value counts, Scaling scaling) const {
    const ops::Value mean = mean_of(b, x, counts);
    const ops::Value moved = b.sub(x, per_channel(b, x, mean));
    const ops::Value variance = mean_of(b, b.eltwise(moved, ops::Eltwise::square), counts);
    const ops::Value deviation = deviation_of(b, variance);
    if (config.renorm) scaling = renormalized(b, mean, deviation, scaling);
    const ops::Value y = b.div(moved, per_channel(b, x, deviation));
    return {b.add(b.mul(y, per_channel(b, x, scaling.gamma)), per_channel(b, x, scaling.beta)), mean, variance};
  }

  ops::Value deviation_of(ops::Builder& b, ops::Value variance) const {
    return b.eltwise(b.scale(variance, 1, static_cast<float>(config.epsilon)), ops::Eltwise::sqrt);
  }

  // (x r + d) gamma + beta for r and d without gradients, from the moving statistics of training.
  Scaling renormalized(ops::Builder& b, ops::Value mean, ops::Value deviation, const Scaling& own) const {
    const auto least = static_cast<float>(std::sqrt(config.epsilon));
    const ops::Value moving = b.binary(ops::Binary::max, b.variable(renorm_stddev_), b.scalar(least));
    const auto bound = [&](const char* key, ops::Binary side, ops::Value value, float sign) {
      const auto found = config.renorm_clipping.find(key);
      if (found == config.renorm_clipping.end() || found->second.is_none()) return value;
      return b.binary(side, value, b.scalar(sign * static_cast<float>(found->second.number())));
    };
    ops::Value r = b.div(deviation, moving), d = b.div(b.sub(mean, b.variable(renorm_mean_)), moving);
    r = bound("rmax", ops::Binary::min, bound("rmin", ops::Binary::max, r, 1), 1);
    d = bound("dmax", ops::Binary::min, bound("dmax", ops::Binary::max, d, -1), 1);
    r = b.stop_gradient(r);
    d = b.stop_gradient(d);
    return {b.mul(r, own.gamma), b.add(b.mul(d, own.gamma), own.beta)};
  }

  void update(ops::Builder& b, const ops::Builder::BatchNorm& batch) const {
    const auto momentum = static_cast<float>(config.momentum);
    b.moving_average(mean_, batch.mean, momentum);
    if (!config.renorm) return b.moving_average(variance_, batch.variance, momentum);
    const auto renorm = static_cast<float>(config.renorm_momentum), epsilon = static_cast<float>(config.epsilon);
    const ops::Value deviation = deviation_of(b, batch.variance);
    const ops::Value moved = b.add(b.scale(b.variable(stddev_), momentum), b.scale(deviation, 1 - momentum));
    const ops::Value variance =
        b.eltwise(b.scale(b.eltwise(moved, ops::Eltwise::square), 1, -epsilon), ops::Eltwise::relu);
    b.moving_average(renorm_mean_, batch.mean, renorm);
    b.moving_average(renorm_stddev_, deviation, renorm);
    b.assign(stddev_, moved);
    b.assign(variance_, variance);
  }

  Variable gamma_, beta_, mean_, variance_, stddev_, renorm_mean_, renorm_stddev_;
};

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationConfig config, source_location location)
    : Layer(make_layer<BatchNormalizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> batch_normalization_classes() {
  return {layer_class<BatchNormalizationImpl>("BatchNormalization")};
}

}  // namespace graft
