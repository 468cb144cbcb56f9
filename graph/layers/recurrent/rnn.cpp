#include "graft/graph/layers/recurrent/rnn.h"

#include <algorithm>

#include "graft/graph/layers/recurrent/recurrent_fields.h"
#include "graft/graph/layers/recurrent/steps.h"

namespace graft {

using ops::Builder;
using ops::Dims;
using ops::Value;
using ops::Values;

// -- the layer around a cell -----------------------------------------------------------------------------------------

std::vector<Shape> RNNImpl::infer(std::span<const Shape> inputs) const { return infer_call(inputs, {}); }

std::vector<Shape> RNNImpl::infer_call(std::span<const Shape> inputs, const CallArguments& arguments) const {
  const CellImpl& cell = cell_of(cell_);
  const Shape step = step_shape(inputs[0]);
  cell.check_step(step);
  const WalkSettings settings = walk();
  if (settings.stateful && inputs[0][0] == Shape::none)
    throw ShapeError(cat("a stateful layer needs a fixed batch; received ", inputs[0]))
        .hint("Input({.batch_size = 32, ...}) fixes it.");
  const std::vector<Shape> states = cell.state_shapes(step);
  const size_t given = arguments.tensors.size() - static_cast<size_t>(std::ranges::count(
                                                      arguments.tensors, std::string("mask"), &TensorArgument::name));
  if (given != 0 && given != states.size())
    throw ShapeError(cat("initial_state must have ", states.size(), states.size() == 1 ? " tensor" : " tensors",
                         "; received ", given));
  if (states.size() == 1) check_argument(inputs, arguments, "initial_state", states[0]);
  for (size_t i = 0; i < states.size(); ++i)
    check_argument(inputs, arguments, "initial_state", states[i], static_cast<int>(i));
  check_mask(inputs, arguments, "mask", inputs[0]);
  Shape output = cell.output_shape(step);
  if (settings.return_sequences) {
    std::vector<int64_t> dims = output.dims();
    dims.insert(dims.begin() + 1, inputs[0][1]);
    output = Shape(dims);
  }
  std::vector<Shape> shapes{output};
  if (settings.return_state) shapes.insert(shapes.end(), states.begin(), states.end());
  return shapes;
}

void RNNImpl::build(std::span<const Shape> inputs) {
  const Shape step = step_shape(inputs[0]);
  build_inner(cell_, {step});
  if (!walk().stateful) return;
  states_.clear();
  for (const Shape& shape : cell_of(cell_).state_shapes(step)) states_.emplace_back("rnn_state", Tensor(shape), false);
}

void RNNImpl::check_built(std::span<const Shape> inputs) const {
  const Shape step = step_shape(inputs[0]);
  cell_.impl().check_built(std::span(&step, 1));
}

void RNNImpl::reset_state() {
  for (Variable& state : states_) state.assign(Tensor(state.shape()));
}

void RecurrentLayer::reset_state() const { dynamic_cast<RNNImpl&>(impl()).reset_state(); }

// The states before the first step: those of the call, those of the batch before, or zeros.
static Values initial_states(Builder& b, const std::vector<Shape>& shapes, const Values& inputs,
                             const CallArguments& arguments, const Variables& kept) {
  Values states;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const Value* given = argument_of(inputs, arguments, "initial_state", static_cast<int>(i));
    if (!given && shapes.size() == 1) given = argument_of(inputs, arguments, "initial_state");
    if (given)
      states.push_back(*given);
    else if (!kept.empty())
      states.push_back(to_channels_first(b, b.variable(kept[i])));
    else
      states.push_back(b.constant(Tensor(Shape(logical_dims(shapes[i])))));
  }
  return states;
}

// Keras cannot train this either, but for a walk that is unrolled.
static void refuse_penalties(const Layer& cell) {
  if (cell.impl().activity_regularizer)
    throw ConfigError(cat("the activity_regularizer of a cell is not trained; ", cell.who(), " has one"))
        .hint("give it to the layer around the cell, which penalises its outputs.");
  for (const Layer& inner : cell.impl().sublayers()) refuse_penalties(inner);
}

Values RNNImpl::emit(Builder& b, const Values& inputs, const CallArguments& arguments) const {
  if (b.collects_penalties()) refuse_penalties(cell_);
  const CellImpl& cell = cell_of(cell_);
  const Value sequence = to_channels_last(b, inputs[0]);
  WalkSettings settings = walk();
  if (zero_output_for_mask) settings.zero_output_for_mask = *zero_output_for_mask;
  const Value* mask = argument_of(inputs, arguments, "mask");
  const std::vector<Shape> shapes = cell.state_shapes(step_shape(Shape(b.dims(sequence))));
  const WalkResult result = walk_sequence(b, cell, sequence, initial_states(b, shapes, inputs, arguments, states_),
                                          mask ? *mask : Value{}, settings, is_training(b, arguments));
  for (size_t i = 0; i < states_.size(); ++i) b.assign(states_[i], to_channels_last(b, result.states[i]));
  Values outputs{settings.return_sequences ? to_channels_first(b, result.outputs) : result.last};
  if (settings.return_state) outputs.insert(outputs.end(), result.states.begin(), result.states.end());
  return outputs;
}

Values RNNImpl::emit_masks(Builder&, const Values&, const Values& masks, const CallArguments&) const {
  return {walk().return_sequences && !masks.empty() ? masks[0] : Value{}};
}

// -- RNN --------------------------------------------------------------------------------------------------------------

void RNNConfig::fields(FieldVisitor& field) {
  walk_fields(field, *this);
  field("cell", cell);
}

void StackedRNNCellsConfig::fields(FieldVisitor& field) {
  field.require("cells");
  field("cells", cells);
}

namespace {

class GeneralRNNImpl final : public RNNImpl {
 public:
  explicit GeneralRNNImpl(RNNConfig given) : RNNImpl(given.cell), config(std::move(given)) { name = config.name; }
  std::string class_name() const override { return "RNN"; }
  void fields(FieldVisitor& field) override { config.fields(field); }
  void check() const override { cell_of(config.cell); }
  WalkSettings walk() const override { return walk_settings(config); }
  std::shared_ptr<RNNImpl> reversed() const override {
    RNNConfig other = config;
    other.cell = Layer(cell_of(config.cell).fresh());
    other.go_backwards = !other.go_backwards;
    return std::make_shared<GeneralRNNImpl>(std::move(other));
  }
  RNNConfig config;
};

class StackedRNNCellsImpl final : public CellImpl {
 public:
  explicit StackedRNNCellsImpl(StackedRNNCellsConfig given) : config(std::move(given)) { name = config.name; }
  std::string class_name() const override { return "StackedRNNCells"; }
  void fields(FieldVisitor& field) override { config.fields(field); }
  std::vector<InnerLayer> inner_layers() const override {
    std::vector<InnerLayer> cells;
    for (const Layer& cell : config.cells) cells.push_back({"cells", cell, true});
    return cells;
  }

  void check() const override {
    if (config.cells.empty()) throw ConfigError("cells must have a cell or more");
    for (const Layer& cell : config.cells) cell_of(cell);
  }

  void check_step(const Shape& step) const override {
    Shape input = step;
    for (const Layer& cell : config.cells) {
      cell_of(cell).check_step(input);
      input = cell_of(cell).output_shape(input);
    }
  }

  std::vector<Shape> state_shapes(const Shape& step) const override {
    std::vector<Shape> shapes;
    Shape input = step;
    for (const Layer& cell : config.cells) {
      const std::vector<Shape> own = cell_of(cell).state_shapes(input);
      shapes.insert(shapes.end(), own.begin(), own.end());
      input = cell_of(cell).output_shape(input);
    }
    return shapes;
  }

  Shape output_shape(const Shape& step) const override {
    Shape shape = step;
    for (const Layer& cell : config.cells) shape = cell_of(cell).output_shape(shape);
    return shape;
  }

  void build(std::span<const Shape> inputs) override {
    Shape input = inputs[0];
    for (const Layer& cell : config.cells) {
      build_inner(cell, {input});
      input = cell_of(cell).output_shape(input);
    }
  }

  void check_built(std::span<const Shape> inputs) const override { config.cells[0].impl().check_built(inputs); }

  bool projects() const override { return false; }

  std::shared_ptr<LayerImpl> fresh() const override {
    StackedRNNCellsConfig other = config;
    for (Layer& cell : other.cells) cell = Layer(cell_of(cell).fresh());
    return std::make_shared<StackedRNNCellsImpl>(std::move(other));
  }

  CellMasks draw_masks(Builder& b, const Dims& step) const override {
    CellMasks masks;
    Shape input(step);
    for (const Layer& cell : config.cells) {
      masks.inner.push_back(cell_of(cell).draw_masks(b, input.dims()));
      input = cell_of(cell).output_shape(input);
    }
    return masks;
  }

  CellStep advance(Builder& b, Value inputs, const Values& states, const CellMasks& masks) const override {
    CellStep all{inputs, {}};
    size_t next = 0;
    for (size_t i = 0; i < config.cells.size(); ++i) {
      const CellImpl& cell = cell_of(config.cells[i]);
      const CellMasks own = masks.inner.empty() ? CellMasks{} : masks.inner[i];
      const size_t count = cell.state_shapes(Shape(keras_dims(b, all.output))).size();
      const auto begin = states.begin() + static_cast<std::ptrdiff_t>(next);
      const CellStep step =
          cell.advance(b, cell.project(b, all.output, own), {begin, begin + static_cast<std::ptrdiff_t>(count)}, own);
      all.output = step.output;
      all.states.insert(all.states.end(), step.states.begin(), step.states.end());
      next += count;
    }
    return all;
  }

  StackedRNNCellsConfig config;
};

}  // namespace

RNN::RNN(RNNConfig config, source_location location)
    : RecurrentLayer(make_layer<GeneralRNNImpl>(std::move(config), location)) {}

StackedRNNCells::StackedRNNCells(StackedRNNCellsConfig config, source_location location)
    : Layer(make_layer<StackedRNNCellsImpl>(std::move(config), location)) {}

std::vector<LayerClass> rnn_classes() {
  return {layer_class<GeneralRNNImpl>("RNN"), layer_class<StackedRNNCellsImpl>("StackedRNNCells")};
}

}  // namespace graft
