#include "graft/graph/layers/recurrent/gru.h"

#include "graft/graph/layers/recurrent/flat_rnn.h"
#include "graft/graph/layers/recurrent/gates.h"

namespace graft {

void GRUCellConfig::fields(FieldVisitor& field) {
  field("units", units);
  field("activation", activation);
  field("recurrent_activation", recurrent_activation);
  cell_fields(field, *this);
}

void GRUConfig::fields(FieldVisitor& field) {
  walk_fields(field, *this);
  field("units", units);
  field("activation", activation);
  field("recurrent_activation", recurrent_activation);
  cell_fields(field, *this);
  field("activity_regularizer", activity_regularizer);
}

GRUCellConfig GRUConfig::cell() const {
  GRUCellConfig cell{.units = units, .activation = activation, .recurrent_activation = recurrent_activation};
  copy_cell_settings(*this, cell);
  return cell;
}

namespace {

class GRUCellImpl final : public GatedCellImpl<GRUCellConfig> {
 public:
  explicit GRUCellImpl(GRUCellConfig given) : GatedCellImpl(std::move(given), 3) {}
  std::string class_name() const override { return "GRUCell"; }
  std::shared_ptr<LayerImpl> fresh() const override { return std::make_shared<GRUCellImpl>(config); }

  std::optional<FusedCell> fused(ops::Builder& b) const override {
    const auto activation = cell_function(config.activation), gates = cell_function(config.recurrent_activation);
    if (!activation || !gates) return {};
    const ops::Cell cell = config.reset_after ? ops::Cell::gru : ops::Cell::gru_reset_before;
    return FusedCell{{.cell = cell, .activation = *activation, .recurrent_activation = *gates},
                     b.variable(recurrent_kernel_),
                     config.reset_after ? recurrent_bias(b) : ops::Value{}};
  }

  CellStep advance(ops::Builder& b, ops::Value projected, const ops::Values& states,
                   const CellMasks& masks) const override {
    const ops::Value state = states[0];
    const ops::Value inner =
        config.reset_after ? recurrent_product(b, state, masks, recurrent_bias(b)) : gate_product(b, state, masks);
    const ops::Value z =
        emit_activation(b, config.recurrent_activation, b.add(gate(b, projected, 0), gate(b, inner, 0)));
    const ops::Value r =
        emit_activation(b, config.recurrent_activation, b.add(gate(b, projected, 1), gate(b, inner, 1)));
    const ops::Value part = config.reset_after ? b.mul(r, gate(b, inner, 2)) : reset_product(b, b.mul(r, state), masks);
    const ops::Value candidate = emit_activation(b, config.activation, b.add(gate(b, projected, 2), part));
    const ops::Value h = b.add(candidate, b.mul(z, b.sub(state, candidate)));
    return {h, {h}};
  }

 protected:
  Shape bias_shape() const override {
    return config.reset_after ? Shape{2, 3 * config.units} : Shape{3 * config.units};
  }
  int64_t mask_count() const override { return config.implementation == 1 ? 3 : 1; }
  ops::Value input_bias(ops::Builder& b) const override {
    if (!config.use_bias) return {};
    return config.reset_after ? row_of_bias(b, 0) : b.variable(bias_);
  }

 private:
  ops::Value recurrent_bias(ops::Builder& b) const { return config.use_bias ? row_of_bias(b, 1) : ops::Value{}; }

  // Without reset_after the candidate's product waits for the reset gate.
  ops::Value gate_product(ops::Builder& b, ops::Value state, const CellMasks& masks) const {
    const ops::Value kernel = gate(b, b.variable(recurrent_kernel_), 0, 2);
    ops::Values two = masks.recurrent;
    if (two.size() == 3) two.pop_back();
    return product(b, state, kernel, two, {});
  }

  ops::Value reset_product(ops::Builder& b, ops::Value state, const CellMasks& masks) const {
    ops::Values last;
    if (masks.recurrent.size() == 3) last.push_back(masks.recurrent[2]);
    return product(b, state, gate(b, b.variable(recurrent_kernel_), 2), last, {});
  }
};

}  // namespace

GRUCell::GRUCell(GRUCellConfig config, source_location location)
    : Layer(make_layer<GRUCellImpl>(std::move(config), location)) {}

GRU::GRU(GRUConfig config, source_location location)
    : RecurrentLayer(make_layer<FlatRNNImpl<GRUConfig, GRUCellImpl>>(std::move(config), location)) {}

std::vector<LayerClass> gru_classes() {
  return {layer_class<GRUCellImpl>("GRUCell"), layer_class<FlatRNNImpl<GRUConfig, GRUCellImpl>>("GRU")};
}

}  // namespace graft
