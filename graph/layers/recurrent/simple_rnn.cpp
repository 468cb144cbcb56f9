#include "graft/graph/layers/recurrent/simple_rnn.h"

#include "graft/graph/layers/recurrent/flat_rnn.h"
#include "graft/graph/layers/recurrent/gates.h"

namespace graft {

void SimpleRNNCellConfig::fields(FieldVisitor& field) {
  field("units", units);
  field("activation", activation);
  cell_fields(field, *this);
}

void SimpleRNNConfig::fields(FieldVisitor& field) {
  walk_fields(field, *this);
  field("units", units);
  field("activation", activation);
  cell_fields(field, *this);
  field("activity_regularizer", activity_regularizer);
}

SimpleRNNCellConfig SimpleRNNConfig::cell() const {
  SimpleRNNCellConfig cell{.units = units, .activation = activation};
  copy_cell_settings(*this, cell);
  return cell;
}

namespace {

class SimpleRNNCellImpl final : public GatedCellImpl<SimpleRNNCellConfig> {
 public:
  explicit SimpleRNNCellImpl(SimpleRNNCellConfig given) : GatedCellImpl(std::move(given), 1) {}
  static constexpr bool leaves_out_activity_penalty = true;  // as Keras does for SimpleRNN, by an oversight
  std::string class_name() const override { return "SimpleRNNCell"; }
  std::shared_ptr<LayerImpl> fresh() const override { return std::make_shared<SimpleRNNCellImpl>(config); }

  std::optional<FusedCell> fused(ops::Builder& b) const override {
    const auto activation = cell_function(config.activation);
    if (!activation) return {};
    return FusedCell{{.cell = ops::Cell::simple, .activation = *activation}, b.variable(recurrent_kernel_)};
  }

  CellStep advance(ops::Builder& b, ops::Value projected, const ops::Values& states,
                   const CellMasks& masks) const override {
    const ops::Value sum = b.add(projected, recurrent_product(b, states[0], masks));
    const ops::Value h = emit_activation(b, config.activation, sum);
    return {h, {h}};
  }
};

}  // namespace

SimpleRNNCell::SimpleRNNCell(SimpleRNNCellConfig config, source_location location)
    : Layer(make_layer<SimpleRNNCellImpl>(std::move(config), location)) {}

SimpleRNN::SimpleRNN(SimpleRNNConfig config, source_location location)
    : RecurrentLayer(make_layer<FlatRNNImpl<SimpleRNNConfig, SimpleRNNCellImpl>>(std::move(config), location)) {}

std::vector<LayerClass> simple_rnn_classes() {
  return {layer_class<SimpleRNNCellImpl>("SimpleRNNCell"),
          layer_class<FlatRNNImpl<SimpleRNNConfig, SimpleRNNCellImpl>>("SimpleRNN")};
}

}  // namespace graft
