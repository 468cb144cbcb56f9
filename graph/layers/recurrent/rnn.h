#pragma once

#include "graft/graph/layers/recurrent/walk.h"

namespace graft {

/// The implementation of every recurrent layer: it walks a cell along the second axis.
class RNNImpl : public LayerImpl {
 public:
  /// The settings of the walk, from the config of the layer.
  virtual WalkSettings walk() const = 0;
  /// A layer of the same settings with weights of its own, which walks the other way.
  virtual std::shared_ptr<RNNImpl> reversed() const = 0;
  /// Bidirectional decides it for the layers inside.
  std::optional<bool> zero_output_for_mask = {};

  const Layer& cell() const { return cell_; }
  std::vector<InnerLayer> inner_layers() const override { return {{"cell", cell_}}; }
  std::vector<std::string> call_signature() const override {
    return {"sequences", "initial_state", "mask", "training"};
  }
  std::vector<std::string> mask_arguments() const override { return {"mask"}; }
  std::vector<Shape> infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const override;
  std::vector<Shape> infer(std::span<const Shape> inputs) const override;
  void build(std::span<const Shape> inputs) override;
  void check_built(std::span<const Shape> inputs) const override;
  ops::Values emit(ops::Builder& builder, const ops::Values& inputs, const CallArguments& arguments) const override;
  ops::Values emit_masks(ops::Builder& builder, const ops::Values& inputs, const ops::Values& masks,
                         const CallArguments& arguments) const override;
  /// Sets the states that a stateful layer keeps to 0.
  void reset_state();

 protected:
  explicit RNNImpl(Layer cell) : cell_(std::move(cell)) {}
  Layer cell_;
  Variables states_;  ///< of a stateful layer; Keras does not save them
};

/// A recurrent layer.
class RecurrentLayer : public Layer {
 public:
  using Layer::Layer;
  /// Sets the states that a stateful layer keeps between batches to 0.
  void reset_state() const;
};

/// Settings of RNN, in the order of keras.layers.RNN.
struct RNNConfig {
  Required<Layer> cell;               ///< a cell such as LSTMCell, or StackedRNNCells
  bool return_sequences = false;      ///< the outputs of all steps instead of the last
  bool return_state = false;          ///< the states behind the last step too
  bool go_backwards = false;          ///< from the last step to the first; outputs in that order
  bool stateful = false;              ///< a batch goes on where the last one ended
  bool unroll = false;                ///< kept for Keras; Graft decides by itself
  bool zero_output_for_mask = false;  ///< a masked step gives 0 instead of the output before it
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// A recurrent layer of any cell, or of a list of them, one on the other.
///
/// Input    (N, T, ...); initial_state and mask (N, T) as arguments of the call
/// Output   the cell's output of the last step, or (N, T, ...) with return_sequences; with return_state also the states
/// Throws   ConfigError if cell is no cell; ShapeError if the rank is below 3, or a stateful layer has no fixed batch
/// Source   keras.layers.RNN
class RNN : public RecurrentLayer {
 public:
  explicit RNN(RNNConfig config, source_location location = source_location::current());
};

/// Settings of StackedRNNCells, in the order of keras.layers.StackedRNNCells.
struct StackedRNNCellsConfig {
  std::vector<Layer> cells = {};  ///< from the first to the last
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Cells one on the other as one cell: each takes the output of the one before it.
///
/// Input    (N, I), and the states of all cells in their order
/// Output   the output of the last cell, and the new states
/// Throws   ConfigError for an empty list or a layer that is no cell
/// Source   keras.layers.StackedRNNCells
class StackedRNNCells : public Layer {
 public:
  explicit StackedRNNCells(StackedRNNCellsConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> rnn_classes();

}  // namespace graft
