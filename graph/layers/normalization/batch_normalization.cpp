#include "graft/graph/layers/normalization/batch_normalization.h"

#include <algorithm>
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
}

namespace {

class BatchNormalizationImpl final : public ConfiguredLayer<BatchNormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "BatchNormalization"; }

  void check() const override {
    if (!(config.momentum >= 0 && config.momentum <= 1))
      throw ConfigError(cat("momentum must be in [0, 1]; received ", config.momentum));
    if (!(config.epsilon > 0)) throw ConfigError(cat("epsilon must be above 0; received ", config.epsilon));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 2, "(N, ..., C)");
    if (normalized_axis(config.axis, inputs[0].rank()) == 0)
      throw ShapeError(cat("axis 0 is the batch's; received ", inputs[0]));
    known_dim(inputs[0], config.axis, "features");
    return {inputs[0]};
  }

  void check_built(std::span<const Shape> inputs) const override {
    if (inputs[0][config.axis] != mean_.shape()[0])
      throw ShapeError(cat("the statistics were made for ", mean_.shape()[0], " features; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    const Shape features{inputs[0][config.axis]};
    if (config.scale) gamma_ = add_weight("gamma", features, config.gamma_initializer, config.gamma_regularizer);
    if (config.center) beta_ = add_weight("beta", features, config.beta_initializer, config.beta_regularizer);
    mean_ = add_weight("moving_mean", features, config.moving_mean_initializer, {}, false);
    variance_ = add_weight("moving_variance", features, config.moving_variance_initializer, {}, false);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    const std::vector<int> turn = features_second(static_cast<int64_t>(b.dims(inputs[0]).size()));
    const bool turned = !std::is_sorted(turn.begin(), turn.end());
    const ops::Value x = turned ? b.transpose(inputs[0], turn) : inputs[0];
    const Statistics statistics = is_training(b, arguments) ? b.statistics_of(mean_, trainable) : Statistics::frozen;
    const ops::Value y = normalize(b, x, statistics);
    return {turned ? b.transpose(y, turn) : y};  // exchanging two axes is its own inverse
  }

 private:
  std::vector<int> features_second(int64_t rank) const {
    std::vector<int> turn(static_cast<size_t>(rank));
    std::iota(turn.begin(), turn.end(), 0);
    std::swap(turn[1], turn[static_cast<size_t>(logical_axis(config.axis, rank))]);
    return turn;
  }

  ops::Value normalize(ops::Builder& b, ops::Value x, Statistics statistics) const {
    const auto epsilon = static_cast<float>(config.epsilon);
    const ops::Value gamma = config.scale ? b.variable(gamma_) : b.constant(Tensor::full(mean_.shape(), 1));
    const ops::Value beta = config.center ? b.variable(beta_) : b.constant(Tensor::full(mean_.shape(), 0));
    if (statistics == Statistics::frozen)
      return b.batch_norm_inference(x, gamma, beta, b.variable(mean_), b.variable(variance_), epsilon);
    const ops::Builder::BatchNorm batch = b.batch_norm_training(x, gamma, beta, epsilon);
    // A call with training = true in a Program for inference does not change the statistics.
    if (b.training() && statistics == Statistics::update) {
      b.moving_average(mean_, batch.mean, static_cast<float>(config.momentum));
      b.moving_average(variance_, batch.variance, static_cast<float>(config.momentum));
    }
    return batch.dst;
  }

  Variable gamma_, beta_, mean_, variance_;
};

}  // namespace

BatchNormalization::BatchNormalization(BatchNormalizationConfig config, source_location location)
    : Layer(make_layer<BatchNormalizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> batch_normalization_classes() {
  return {layer_class<BatchNormalizationImpl>("BatchNormalization")};
}

}  // namespace graft
