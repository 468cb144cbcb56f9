#pragma once

#include "graft/graph/layers/recurrent/recurrent_fields.h"
#include "graft/graph/layers/recurrent/rnn.h"

namespace graft {

/// The settings of the cell in a layer; a cell that stands in no file of its own has those of the layer.
template <class LayerConfig>
auto cell_settings(const LayerConfig& layer) {
  if constexpr (requires { layer.cell(); })
    return layer.cell();
  else
    return layer;
}

/// A recurrent layer of one kind of cell, whose settings are its own: SimpleRNN, GRU, LSTM, ConvLSTM.
template <class LayerConfig, class Cell>
class FlatRNNImpl final : public RNNImpl {
 public:
  explicit FlatRNNImpl(LayerConfig given)
      : RNNImpl(Layer(std::make_shared<Cell>(cell_settings(given)))), config(std::move(given)) {
    name = config.name;
    activity_regularizer = config.activity_regularizer;
  }
  std::string class_name() const override {
    std::string cell_class = cell_.class_name();
    return cell_class.substr(0, cell_class.size() - std::string_view("Cell").size());
  }
  void fields(FieldVisitor& field) override { config.fields(field); }
  void check() const override { cell_.impl().check(); }
  void emit_penalties(ops::Builder& builder, const ops::Values& outputs) const override {
    if constexpr (!requires { Cell::leaves_out_activity_penalty; }) RNNImpl::emit_penalties(builder, outputs);
  }
  WalkSettings walk() const override { return walk_settings(config); }
  std::shared_ptr<RNNImpl> reversed() const override {
    LayerConfig other = config;
    other.go_backwards = !other.go_backwards;
    return std::make_shared<FlatRNNImpl>(std::move(other));
  }
  LayerConfig config;
};

}  // namespace graft
