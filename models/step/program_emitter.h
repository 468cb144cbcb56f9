#pragma once

// Internal: writes a graph as a Program for one batch size.

#include <string>
#include <unordered_map>
#include <vector>

#include "graft/graph/graph.h"
#include "graft/graph/layer_impl.h"

namespace graft {

/// Returns the shapes of the graph's inputs for this batch size. Throws ShapeError for an input with another unknown
/// dimension or with a different fixed batch size.
std::vector<Shape> batch_shapes(const SymbolicTensors& inputs, int64_t batch);

/// Returns the key under which an Executable for these shapes is kept: "(32, 28, 28, 1) (32, 10)".
std::string shapes_key(const std::vector<Shape>& shapes);

/// Adds an input of each shape and writes the graph's calls; returns its outputs, channels last.
ops::Values emit_on_inputs(ops::Builder& builder, const Graph& graph, const std::vector<Shape>& shapes);

/// The values of the outputs, with their masks, and what the layers of each call add to the loss.
struct TrainingValues {
  MaskedValues outputs;
  std::unordered_map<const Node*, ops::Values> penalties;
};

/// Does the same for a step of training or of evaluation.
TrainingValues emit_for_training(ops::Builder& builder, const Graph& graph, const std::vector<Shape>& shapes);

/// Returns the Program of the graph at inference, for inputs of these shapes.
ops::Program inference_program(const Graph& graph, const std::vector<Shape>& shapes);

/// Returns the mean of a value's elements, dims (1).
ops::Value emit_mean(ops::Builder& builder, ops::Value value);

}  // namespace graft
