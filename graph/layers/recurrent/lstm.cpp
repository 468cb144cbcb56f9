#include "graft/graph/layers/recurrent/lstm.h"

#include "graft/graph/layers/recurrent/flat_rnn.h"
#include "graft/graph/layers/recurrent/gates.h"

namespace graft {

void LSTMCellConfig::fields(FieldVisitor& field) {
  field("units", units);
  field("activation", activation);
  field("recurrent_activation", recurrent_activation);
  cell_fields(field, *this);
}

void LSTMConfig::fields(FieldVisitor& field) {
  walk_fields(field, *this);
  field("units", units);
  field("activation", activation);
  field("recurrent_activation", recurrent_activation);
  cell_fields(field, *this);
  field("activity_regularizer", activity_regularizer);
}

LSTMCellConfig LSTMConfig::cell() const {
  LSTMCellConfig cell{.units = units, .activation = activation, .recurrent_activation = recurrent_activation};
  copy_cell_settings(*this, cell);
  return cell;
}

namespace {

class LSTMCellImpl final : public GatedCellImpl<LSTMCellConfig> {
 public:
  explicit LSTMCellImpl(LSTMCellConfig given) : GatedCellImpl(std::move(given), 4) {}
  std::string class_name() const override { return "LSTMCell"; }
  std::shared_ptr<LayerImpl> fresh() const override { return std::make_shared<LSTMCellImpl>(config); }

  std::vector<Shape> state_shapes(const Shape& step) const override {
    const Shape state{step[0], config.units};
    return {state, state};
  }

  // Keras asks the initializer for the other gates only.
  void build(std::span<const Shape> inputs) override {
    GatedCellImpl::build(inputs);
    if (config.use_bias && config.unit_forget_bias) begin_forget_gate(bias_, config.units);
  }

  std::optional<FusedCell> fused(ops::Builder& b) const override {
    const auto activation = cell_function(config.activation), gates = cell_function(config.recurrent_activation);
    if (!activation || !gates) return {};
    return FusedCell{{.cell = ops::Cell::lstm, .activation = *activation, .recurrent_activation = *gates},
                     b.variable(recurrent_kernel_)};
  }

  CellStep advance(ops::Builder& b, ops::Value projected, const ops::Values& states,
                   const CellMasks& masks) const override {
    const ops::Value gates = b.add(projected, recurrent_product(b, states[0], masks));
    const ops::Value in = emit_activation(b, config.recurrent_activation, gate(b, gates, 0));
    const ops::Value forget = emit_activation(b, config.recurrent_activation, gate(b, gates, 1));
    const ops::Value candidate = emit_activation(b, config.activation, gate(b, gates, 2));
    const ops::Value out = emit_activation(b, config.recurrent_activation, gate(b, gates, 3));
    const ops::Value c = b.add(b.mul(forget, states[1]), b.mul(in, candidate));
    const ops::Value h = b.mul(out, emit_activation(b, config.activation, c));
    return {h, {h, c}};
  }

 protected:
  int64_t mask_count() const override { return config.implementation == 1 ? 4 : 1; }
};

}  // namespace

LSTMCell::LSTMCell(LSTMCellConfig config, source_location location)
    : Layer(make_layer<LSTMCellImpl>(std::move(config), location)) {}

LSTM::LSTM(LSTMConfig config, source_location location)
    : RecurrentLayer(make_layer<FlatRNNImpl<LSTMConfig, LSTMCellImpl>>(std::move(config), location)) {}

std::vector<LayerClass> lstm_classes() {
  return {layer_class<LSTMCellImpl>("LSTMCell"), layer_class<FlatRNNImpl<LSTMConfig, LSTMCellImpl>>("LSTM")};
}

}  // namespace graft
