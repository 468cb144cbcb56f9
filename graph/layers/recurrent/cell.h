#pragma once

#include "graft/graph/axes.h"
#include "graft/graph/layer_impl.h"

namespace graft {

/// The dropout masks of a cell, which hold for all steps of a sequence: for the inputs and for the recurrent products,
/// one each or one for each gate. Those of cells inside are in `inner`.
struct CellMasks {
  ops::Values input = {}, recurrent = {};
  std::vector<CellMasks> inner = {};
};

/// What a step of a cell gives: its output and its new states, the first of which the next step takes.
struct CellStep {
  ops::Value output;
  ops::Values states;
};

/// A cell that has a kernel for whole sequences: its functions, and its recurrent weights.
struct FusedCell {
  ops::RecurrentArgs args;
  ops::Value kernel, bias = {};
};

/// The implementation of a cell: what recurrent layers do at each step. As a layer it is one step: its inputs are those
/// of the step and the states.
class CellImpl : public LayerImpl {
 public:
  /// The shapes of the states, batch first, for a step's input; nested cells one after the other.
  virtual std::vector<Shape> state_shapes(const Shape& step) const = 0;
  /// The shape of the output for a step's input.
  virtual Shape output_shape(const Shape& step) const { return state_shapes(step)[0]; }
  /// Throws ShapeError when a step's input does not fit.
  virtual void check_step(const Shape& step) const = 0;

  /// The dropout masks of a sequence in training, for a step's input of these Keras dims.
  virtual CellMasks draw_masks(ops::Builder&, const ops::Dims& step) const = 0;
  /// The part of a step that does not depend on the states, for rows of any number of steps at once; masks have as many
  /// rows. `advance` takes it for the rows of one step.
  virtual ops::Value project(ops::Builder&, ops::Value inputs, const CellMasks&) const { return inputs; }
  virtual CellStep advance(ops::Builder& builder, ops::Value projected, const ops::Values& states,
                           const CellMasks& masks) const = 0;
  /// A cell of the same settings with weights of its own.
  virtual std::shared_ptr<LayerImpl> fresh() const = 0;
  /// How ops::Builder::recurrent does the steps of this cell; none where it cannot.
  virtual std::optional<FusedCell> fused(ops::Builder&) const { return {}; }
  /// Whether `project` may be applied to many steps at once.
  virtual bool projects() const { return true; }

  size_t input_count() const override { return 0; }
  std::vector<std::string> call_signature() const override { return {"inputs", "states..."}; }
  std::vector<Shape> infer(std::span<const Shape> inputs) const override;
  ops::Values emit(ops::Builder& builder, const ops::Values& inputs, const CallArguments& arguments) const override;
};

/// The cell that a layer handle points to. Throws ConfigError naming the class when it is no cell.
const CellImpl& cell_of(const Layer& layer);

/// Sets the part of an LSTM's bias that is the forget gate's to 1; the gates have `units` elements each, it is the
/// second.
void begin_forget_gate(Variable& bias, int64_t units);

/// A mask of Keras's dropout for dims in Keras's order: 1 / (1 - rate) or 0.
ops::Value dropout_mask(ops::Builder& builder, const ops::Dims& keras_dims, double rate);

/// The activation as a function of ops::Builder::recurrent; none where it has none of that kind.
std::optional<ops::CellFunction> cell_function(const ActivationFunction& activation);

/// The masks with each row `times` times, one for each step of the sequence, rows of a sample together.
CellMasks repeated(ops::Builder& builder, const CellMasks& masks, int64_t times);

}  // namespace graft
