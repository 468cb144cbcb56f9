// A custom layer, outside the library: the code of docs/adding_a_layer.md.
#include <graft/graft.h>
#include <graft/graph/axes.h>
#include <graft/graph/layer_impl.h>

#include <iostream>

using namespace graft;

// 1 config
struct ChannelScaleConfig {
  Initializer scale_initializer = "ones";
  double offset = 0;  ///< added to every element
  std::string name = {};

  void fields(FieldVisitor& field) {
    field("scale_initializer", scale_initializer);
    field("offset", offset);
  }
};

class ChannelScaleImpl final : public ConfiguredLayer<ChannelScaleConfig> {
 public:
  using ConfiguredLayer::ConfiguredLayer;
  std::string class_name() const override { return "ChannelScale"; }

  // 2 shapes
  std::vector<Shape> infer(std::span<const Shape> inputs) const override {
    check_min_rank(inputs[0], 2, "(N, ..., C)");
    known_dim(inputs[0], -1, "channels");
    return {inputs[0]};
  }

  // 3 weights
  void build(std::span<const Shape> inputs) override {
    scale_ = add_weight("scale", {inputs[0][-1]}, config.scale_initializer);
  }

  // 4 emit: here the channels are axis 1, whatever the rank
  ops::Values emit(ops::Builder& b, const ops::Values& inputs, const CallArguments&) const override {
    ops::Dims dims(b.dims(inputs[0]).size(), 1);
    dims[1] = scale_.shape()[0];
    const ops::Value scaled = b.mul(inputs[0], b.reshape(b.variable(scale_), dims));
    return {b.scale(scaled, 1, static_cast<float>(config.offset))};
  }

 private:
  Variable scale_;
};

/// Each channel times a learned number, plus an offset.
///
/// Input    (N, ..., C)
/// Output   as the input
/// Weights  scale (C)
/// Throws   ShapeError if the rank is below 2 or C is unknown
class ChannelScale : public Layer {
 public:
  explicit ChannelScale(ChannelScaleConfig config = {}, source_location location = source_location::current())
      : Layer(make_layer<ChannelScaleImpl>(std::move(config), location)) {}
};

int main() {
  // 5 registration: from here on files may name it
  register_layer_class(layer_class<ChannelScaleImpl>("ChannelScale"));

  auto image = Input({.shape = {4, 4, 3}});
  Model model(image, ChannelScale({.scale_initializer = Constant(2), .offset = 1})(image));
  const Tensor ones = Tensor::full({1, 4, 4, 3}, 1);
  const Tensor doubled = model.predict(ones);
  const Model loaded = model_from_json(model.to_json());
  loaded.set_weights(model.get_weights());
  std::cout << doubled << '\n' << Tensor(loaded.predict(ones)) << '\n';
  return bit_equal(doubled, Tensor::full({1, 4, 4, 3}, 3)) && bit_equal(doubled, loaded.predict(ones)) ? 0 : 1;
}
