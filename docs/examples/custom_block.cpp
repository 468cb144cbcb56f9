// A layer made of other layers, and a file that needs it: the code of docs/custom_classes.md.
#include <graft/graft.h>
#include <graft/graph/layers/core/composite_layer.h>

#include <iostream>

using namespace graft;

struct ResidualConfig {
  int64_t units = 1;
  std::string name = {};
  void fields(FieldVisitor& field) { field("units", units); }
};

class ResidualImpl final : public ConfiguredLayer<ResidualConfig, CompositeLayer> {
 public:
  explicit ResidualImpl(ResidualConfig given)
      : ConfiguredLayer(std::move(given)),
        up_({.units = 2 * config.units, .activation = "relu"}),
        down_({.units = config.units}) {}

  std::string class_name() const override { return "Residual"; }

  std::vector<InnerLayer> inner_layers() const override { return {{"up", up_}, {"down", down_}}; }

  SymbolicTensors call(const SymbolicTensors& inputs) const override { return inputs[0] + down_(up_(inputs[0])); }

 private:
  Dense up_, down_;
};

/// A residual around two dense layers.
class Residual : public Layer {
 public:
  explicit Residual(ResidualConfig config, source_location location = source_location::current())
      : Layer(make_layer<ResidualImpl>(std::move(config), location)) {}
};

int main() {
  auto x = Input({.shape = {4}});
  const Model model(x, Dense({.units = 2})(Residual({.units = 4, .name = "block"})(x)), {.name = "net"});
  const std::string json = model.to_json();

  const Model unknown = model_from_json(json);
  std::cout << unknown.summary();  // block (Residual: not known)
  try {
    unknown.predict(Tensor::full({1, 4}, 1));
    return 1;
  } catch (const GraphError& error) {
    std::cout << error.what() << '\n';  // with the line that is missing here
  }

  register_layer_class(layer_class<ResidualImpl>("Residual"));
  const Model known = model_from_json(json);
  known.set_weights(model.get_weights());
  const Tensor ones = Tensor::full({1, 4}, 1);
  return bit_equal(known.predict(ones), model.predict(ones)) ? 0 : 1;
}
