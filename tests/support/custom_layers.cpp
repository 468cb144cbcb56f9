#include "tests/support/custom_layers.h"

#include "graft/graft.h"
#include "graft/graph/layers/core/composite_layer.h"

namespace graft::test {

namespace {

class KnownBlockImpl final : public ConfiguredLayer<KnownBlockConfig, CompositeLayer> {
 public:
  explicit KnownBlockImpl(KnownBlockConfig given)
      : ConfiguredLayer(std::move(given)),
        up_({.units = 2 * config.units, .activation = "relu"}),
        down_({.units = config.units}),
        norm_({.epsilon = 1e-3}),
        many_{Dense({.units = config.units, .name = "z"}), Dense({.units = config.units})} {}

  std::string class_name() const override { return "KnownBlock"; }
  std::vector<InnerLayer> inner_layers() const override {
    return {{"up", up_}, {"down", down_}, {"norm", norm_}, {"many", many_[0], true}, {"many", many_[1], true}};
  }
  SymbolicTensors call(const SymbolicTensors& inputs) const override {
    SymbolicTensor h = down_(up_(inputs[0]));
    for (const Dense& layer : many_) h = layer(h);
    return norm_(inputs[0] + h);
  }

 private:
  Dense up_, down_;
  LayerNormalization norm_;
  std::vector<Dense> many_;
};

class KnownScaleImpl final : public ConfiguredLayer<KnownScaleConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "KnownScale"; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override { return {inputs[0]}; }
  void build(std::span<const Shape> inputs) override {
    w_ = add_weight("w", {known_dim(inputs[0], -1, "channels")}, "ones");
  }
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    ops::Dims dims(b.dims(inputs[0]).size(), 1);
    dims[1] = w_.shape()[0];
    return {b.scale(b.mul(inputs[0], b.reshape(b.variable(w_), dims)), static_cast<float>(config.factor))};
  }

 private:
  Variable w_;
};

}  // namespace

KnownBlock::KnownBlock(KnownBlockConfig config)
    : Layer(make_layer<KnownBlockImpl>(std::move(config), source_location::current())) {}
KnownScale::KnownScale(KnownScaleConfig config)
    : Layer(make_layer<KnownScaleImpl>(std::move(config), source_location::current())) {}

void register_custom_layers() {
  register_layer_class(layer_class<KnownBlockImpl>("KnownBlock"));
  register_layer_class(layer_class<KnownScaleImpl>("KnownScale"));
}

}  // namespace graft::test
