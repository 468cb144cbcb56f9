#include "graft/graph/layers/normalization/layer_normalization.h"

#include <algorithm>

#include "graft/graph/layers/base/trailing_axes.h"

namespace graft {

void LayerNormalizationConfig::fields(FieldVisitor& field) {
  field("axis", axis);
  field("epsilon", epsilon);
  field("center", center);
  field("scale", scale);
  field("rms_scaling", rms_scaling);
  field("beta_initializer", beta_initializer);
  field("gamma_initializer", gamma_initializer);
  field("beta_regularizer", beta_regularizer);
  field("gamma_regularizer", gamma_regularizer);
  field("beta_constraint", beta_constraint);
  field("gamma_constraint", gamma_constraint);
}

namespace {

class LayerNormalizationImpl final : public ConfiguredLayer<LayerNormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "LayerNormalization"; }
  bool passes_masks() const override { return true; }

  void check() const override {
    if (!(config.epsilon > 0)) refuse_setting(cat("epsilon must be above 0; received ", config.epsilon));
    if (config.axis.empty()) refuse_setting("axis must name one axis or more; received none");
  }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 1, "(..., C)");
    features(inputs[0]);
    return {inputs[0]};
  }

  void check_built(std::span<const Shape> inputs) const override {
    if (!weights.empty() && !weights[0].variable.shape().accepts(features(inputs[0])))
      throw ShapeError(
          cat("the weights were made for features ", weights[0].variable.shape(), "; received ", inputs[0]));
  }

  void build(std::span<const Shape> inputs) override {
    const Shape shape = features(inputs[0]);
    if (has_gamma())
      gamma_ =
          add_weight("gamma", shape, config.gamma_initializer, config.gamma_regularizer, true, config.gamma_constraint);
    if (has_beta())
      beta_ = add_weight("beta", shape, config.beta_initializer, config.beta_regularizer, true, config.beta_constraint);
  }

  // Axes that are not the last ones are brought there and back.
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    const ops::Value x = inputs[0];
    const auto rank = static_cast<int64_t>(b.dims(x).size());
    const auto count = static_cast<int64_t>(config.axis.size());
    if (axes(rank).front() == rank - count && count < rank)
      return {config.rms_scaling ? emit_rows(b, x, static_cast<int>(count)) : emit_norm(b, x, static_cast<int>(count))};
    const TrailingAxes trailing(b, x, config.axis);
    const ops::Value rows = trailing.rows(b, x);
    return {trailing.back(b, config.rms_scaling ? emit_rows(b, rows, 1) : emit_norm(b, rows, 1))};
  }

 private:
  bool has_gamma() const { return config.scale || config.rms_scaling; }
  bool has_beta() const { return config.center && !config.rms_scaling; }

  // The axes counted from the front, sorted.
  std::vector<int64_t> axes(int64_t rank) const {
    std::vector<int64_t> sorted;
    for (const int64_t axis : config.axis) sorted.push_back(normalized_axis(axis, rank));
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }

  // The dimensions along the axes.
  Shape features(const Shape& input) const {
    const std::vector<int64_t> along = axes(input.rank());
    if (along.front() == 0 && input.rank() > 1) refuse("must not include the batch's", input);
    if (std::adjacent_find(along.begin(), along.end()) != along.end()) refuse("must name each axis once", input);
    std::vector<int64_t> written = config.axis, dims;  // Keras sorts them as they are written: -1 comes before 1
    std::sort(written.begin(), written.end());
    for (const int64_t axis : written) dims.push_back(known_dim(completed(input), axis, "features"));
    return Shape(dims);
  }

  [[noreturn]] void refuse(const char* rule, const Shape& input) const {
    throw ShapeError(cat("axis ", rule, "; received ", Literal(config.axis).str(), " of ", input));
  }

  ops::Value setting(ops::Builder& b, bool learned, const Variable& variable, int64_t elements, float other) const {
    return learned ? b.reshape(b.variable(variable), {elements}) : b.constant(Tensor::full(Shape{elements}, other));
  }

  // The last axes, counted channels last, are normalised.
  ops::Value emit_norm(ops::Builder& b, ops::Value x, int count) const {
    const ops::Dims dims = keras_dims(b, x);
    int64_t elements = 1;
    for (size_t i = dims.size() - static_cast<size_t>(count); i < dims.size(); ++i) elements *= dims[i];
    return b.layer_norm(x, setting(b, has_gamma(), gamma_, elements, 1), setting(b, has_beta(), beta_, elements, 0),
                        count, static_cast<float>(config.epsilon));
  }

  // Keras's rms_scaling: the mean is taken away for the variance, but not from the result.
  ops::Value emit_rows(ops::Builder& b, ops::Value x, int count) const {
    std::vector<int> along;
    const auto rank = static_cast<int64_t>(b.dims(x).size());
    for (int64_t axis = -count; axis < 0; ++axis) along.push_back(logical_axis(axis, rank));
    const ops::Value moved = b.sub(x, b.reduce(ops::Reduction::mean, x, along));
    const ops::Value variance = b.reduce(ops::Reduction::mean, b.eltwise(moved, ops::Eltwise::square), along);
    const ops::Value inverse = b.eltwise(b.scale(variance, 1, static_cast<float>(config.epsilon)), ops::Eltwise::rsqrt);
    ops::Dims dims = keras_dims(b, x);
    for (size_t i = 0; i + static_cast<size_t>(count) < dims.size(); ++i) dims[i] = 1;
    return b.mul(b.mul(x, inverse), to_channels_first(b, b.reshape(b.variable(gamma_), dims)));
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
