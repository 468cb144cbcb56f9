#include "graft/graph/layers/normalization/group_normalization.h"

#include <numeric>

#include "graft/graph/axes.h"

namespace graft {

void GroupNormalizationConfig::fields(FieldVisitor& field) {
  field("groups", groups);
  field("axis", axis);
  field("epsilon", epsilon);
  field("center", center);
  field("scale", scale);
  field("beta_initializer", beta_initializer);
  field("gamma_initializer", gamma_initializer);
  field("beta_regularizer", beta_regularizer);
  field("gamma_regularizer", gamma_regularizer);
  field("beta_constraint", beta_constraint);
  field("gamma_constraint", gamma_constraint);
}

namespace {

class GroupNormalizationImpl final : public ConfiguredLayer<GroupNormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "GroupNormalization"; }
  bool passes_masks() const override { return true; }

  void check() const override {
    if (config.groups != -1) check_at_least("groups", config.groups, 1);
    if (!(config.epsilon > 0)) refuse_setting(cat("epsilon must be above 0; received ", config.epsilon));
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 2, "(N, ..., C)");
    if (normalized_axis(config.axis, inputs[0].rank()) == 0)
      throw ShapeError(cat("axis 0 is the batch's; received ", inputs[0]));
    const int64_t features = known_dim(completed(inputs[0]), config.axis, "features");
    if (features % groups_of(features) != 0)
      throw ShapeError(cat("the features must be a multiple of the ", config.groups, " groups; received ", inputs[0]));
    return {inputs[0]};
  }

  void build(std::span<const Shape> inputs) override {
    const Shape features{completed(inputs[0])[config.axis]};
    if (config.scale)
      gamma_ = add_weight("gamma", features, config.gamma_initializer, config.gamma_regularizer, true,
                          config.gamma_constraint);
    if (config.center)
      beta_ =
          add_weight("beta", features, config.beta_initializer, config.beta_regularizer, true, config.beta_constraint);
  }

  // With the features second, a group is one stretch of a sample's elements: a row.
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const std::vector<int> turn = features_second(static_cast<int64_t>(b.dims(inputs[0]).size()));
    const ops::Value x = b.transpose(inputs[0], turn);
    const ops::Dims dims = b.dims(x);
    const int64_t rows = dims[0] * groups_of(dims[1]), columns = rows == 0 ? 0 : ops::elements(dims) / rows;
    const auto constant = [&](float value) { return b.constant(Tensor::full(Shape{columns}, value)); };
    const ops::Value normal =
        b.layer_norm(b.reshape(x, {rows, columns}), constant(1), constant(0), 1, static_cast<float>(config.epsilon));
    ops::Value y = b.reshape(normal, dims);
    if (config.scale) y = b.mul(y, per_feature(b, gamma_, dims.size()));
    if (config.center) y = b.add(y, per_feature(b, beta_, dims.size()));
    return {b.transpose(y, turn)};  // exchanging two axes is its own inverse
  }

 private:
  int64_t groups_of(int64_t features) const { return config.groups == -1 ? features : config.groups; }

  std::vector<int> features_second(int64_t rank) const {
    std::vector<int> turn(static_cast<size_t>(rank));
    std::iota(turn.begin(), turn.end(), 0);
    std::swap(turn[1], turn[static_cast<size_t>(logical_axis(config.axis, rank))]);
    return turn;
  }

  static ops::Value per_feature(ops::Builder& b, const Variable& variable, size_t rank) {
    ops::Dims dims(rank, 1);
    dims[1] = variable.shape()[0];
    return b.reshape(b.variable(variable), dims);
  }

  Variable gamma_, beta_;
};

}  // namespace

GroupNormalization::GroupNormalization(GroupNormalizationConfig config, source_location location)
    : Layer(make_layer<GroupNormalizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> group_normalization_classes() {
  return {layer_class<GroupNormalizationImpl>("GroupNormalization")};
}

}  // namespace graft
