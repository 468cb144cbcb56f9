#include "graft/graph/layers/normalization/layer_normalization.h"

#include "graft/graph/axes.h"

namespace graft {

void LayerNormalizationConfig::fields(FieldVisitor& field) {
  field("axis", axis);
  field("epsilon", epsilon);
  field("center", center);
  field("scale", scale);
  field("beta_initializer", beta_initializer);
  field("gamma_initializer", gamma_initializer);
  field("beta_regularizer", beta_regularizer);
  field("gamma_regularizer", gamma_regularizer);
  if (!field.reading() || !field.has("rms_scaling")) return;  // in some versions of Keras 3: another function
  bool rms_scaling = false;
  field("rms_scaling", rms_scaling);
  if (rms_scaling) throw ConfigError("rms_scaling must be false; received true");
}

namespace {

class LayerNormalizationImpl final : public ConfiguredLayer<LayerNormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "LayerNormalization"; }

  void check() const override {
    if (!(config.epsilon > 0)) throw ConfigError(cat("epsilon must be above 0; received ", config.epsilon));
    if (config.axis.empty()) throw ConfigError("axis must name one axis or more; received none");
    for (size_t i = 0; i < config.axis.size(); ++i)
      if (!may_be_last(i)) refuse<ConfigError>();
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 2, "(N, ..., C)");
    features(inputs[0]);
    return {inputs[0]};
  }

  void check_built(std::span<const Shape> inputs) const override {
    if (!weights.empty() && features(inputs[0]) != weights[0].variable.shape())
      throw ShapeError(
          cat("the weights were made for features ", weights[0].variable.shape(), "; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    const Shape shape = features(inputs[0]);
    if (config.scale) gamma_ = add_weight("gamma", shape, config.gamma_initializer, config.gamma_regularizer);
    if (config.center) beta_ = add_weight("beta", shape, config.beta_initializer, config.beta_regularizer);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const int64_t elements = features(Shape(keras_dims(b, inputs[0]))).elements();
    const auto setting = [&](bool learned, const Variable& variable, float otherwise) {
      return learned ? b.reshape(b.variable(variable), {elements})
                     : b.constant(Tensor::full(Shape{elements}, otherwise));
    };
    return {b.layer_norm(inputs[0], setting(config.scale, gamma_, 1), setting(config.center, beta_, 0),
                         static_cast<int>(config.axis.size()), static_cast<float>(config.epsilon))};
  }

 private:
  // Whether axis i, and the one after it, can be the last ones of any input.
  bool may_be_last(size_t i) const {
    const int64_t axis = config.axis[i];
    if (i + 1 == config.axis.size()) return axis >= -1;
    const int64_t next = config.axis[i + 1];
    return (axis < 0) != (next < 0) || next == axis + 1;
  }

  // The dimensions along the axes.
  Shape features(const Shape& input) const {
    const auto count = static_cast<int64_t>(config.axis.size());
    std::vector<int64_t> dims;
    for (const int64_t axis : config.axis) {
      const int64_t expected = input.rank() - count + static_cast<int64_t>(dims.size());
      if (normalized_axis(axis, input.rank()) != expected || expected == 0) refuse<ShapeError>(cat(" of ", input));
      dims.push_back(known_dim(input, axis, "features"));
    }
    return Shape(dims);
  }

  template <class Kind>
  [[noreturn]] void refuse(const std::string& of = "") const {
    std::string received;
    for (const int64_t axis : config.axis) received += cat(received.empty() ? "{" : ", ", axis);
    Kind error(cat("axis must name the last axes but the batch's, in their order; received ", received, "}", of));
    error.hint("Permute moves other axes to the end.");
    throw error;
  }

  Variable gamma_, beta_;
};

}  // namespace

LayerNormalization::LayerNormalization(LayerNormalizationConfig config, source_location location)
    : Layer(make_layer<LayerNormalizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> layer_normalization_classes() {
  return {layer_class<LayerNormalizationImpl>("LayerNormalization")};
}

}  // namespace graft
