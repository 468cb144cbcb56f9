#include "graft/graph/layers/normalization/spectral_normalization.h"

#include "graft/graph/axes.h"

namespace graft {

void SpectralNormalizationConfig::fields(FieldVisitor& field) {
  field.require("layer");
  field("layer", layer.get());
  field("power_iterations", power_iterations);
}

namespace {

class SpectralNormalizationImpl final : public ConfiguredLayer<SpectralNormalizationConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "SpectralNormalization"; }
  bool passes_masks() const override { return true; }
  std::vector<InnerLayer> inner_layers() const override { return {{"layer", config.layer}}; }
  void check() const override { check_at_least("power_iterations", config.power_iterations, 1); }

  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return inner().infer_call(inputs, {}); }
  void check_built(std::span<const Shape> inputs) const override { inner().check_built(inputs); }

  void build(std::span<const Shape> inputs) override {
    build_inner(config.layer, {inputs.begin(), inputs.end()});
    kernel_ = kernel_of(config.layer);
    weights.push_back({kernel_});  // Keras saves it here too
    vector_u_ = add_weight("vector_u", {1, kernel_.shape()[-1]}, TruncatedNormal(0, 0.02), {}, false);
  }

  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments& arguments) const override {
    if (is_training(b, arguments) && b.training()) divide_kernel(b);
    const ops::Values outputs = inner().emit(b, inputs, {.training = arguments.training});
    inner().emit_penalties(b, outputs);
    return outputs;
  }

 private:
  LayerImpl& inner() const { return static_cast<const Layer&>(config.layer).impl(); }

  static Variable kernel_of(const Layer& layer) {
    for (const Weight& weight : layer.impl().weights)
      for (const char* known : {"kernel", "depthwise_kernel", "embeddings"})
        if (weight.variable.name() == known) return weight.variable;
    throw GraphError(cat("the layer inside must have a kernel or embeddings; ", layer.who(), " has neither"));
  }

  // Divided by its length, which is at least 1e-7.
  static ops::Value unit(ops::Builder& b, ops::Value row) {
    const ops::Value squares = b.reduce(ops::Reduction::sum, b.eltwise(row, ops::Eltwise::square), {0, 1});
    return b.mul(row, b.eltwise(b.binary(ops::Binary::max, squares, b.scalar(1e-14f)), ops::Eltwise::rsqrt));
  }

  // Steps of power iteration; a kernel of zeros has no direction and stays.
  void divide_kernel(ops::Builder& b) const {
    const ops::Value kernel = b.variable(kernel_);
    const int64_t columns = kernel_.shape()[-1], rows = kernel_.shape().elements() / columns;
    const ops::Value w = b.reshape(kernel, {rows, columns}), before = b.variable(vector_u_);
    ops::Value u = before, v;
    for (int64_t step = 0; step < config.power_iterations; ++step) {
      v = unit(b, b.matmul(u, w, false, true));
      u = unit(b, b.matmul(v, w));
    }
    const ops::Value sigma = b.reshape(b.matmul(b.matmul(v, w), u, false, true), {1});
    const ops::Value largest = b.reshape(b.reduce(ops::Reduction::max, b.eltwise(w, ops::Eltwise::abs), {0, 1}), {1});
    const ops::Value any = b.binary(ops::Binary::gt, largest, b.scalar(0));
    b.assign(vector_u_, b.stop_gradient(b.where(any, u, before)));
    b.assign(kernel_, b.stop_gradient(b.where(any, b.div(kernel, sigma), kernel)));
  }

  Variable kernel_, vector_u_;
};

}  // namespace

SpectralNormalization::SpectralNormalization(SpectralNormalizationConfig config, source_location location)
    : Layer(make_layer<SpectralNormalizationImpl>(std::move(config), location)) {}

std::vector<LayerClass> spectral_normalization_classes() {
  return {layer_class<SpectralNormalizationImpl>("SpectralNormalization")};
}

}  // namespace graft
