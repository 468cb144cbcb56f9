#pragma once

// Internal: writes a graph as a Program of one batch size.

#include <string>
#include <vector>

#include "graft/graph/graph.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// The shapes of the graph's inputs for this batch size. Throws ShapeError for an input whose other dimensions are not
/// known, or whose own batch size is another one.
std::vector<Shape> batch_shapes(const SymbolicTensors& inputs, int64_t batch);

/// "(32, 28, 28, 1) (32, 10)": the key under which an Executable for these shapes is kept.
std::string shapes_key(const std::vector<Shape>& shapes);

/// Adds an input of each shape and writes the graph's calls; returns its outputs, channels last.
ops::Values emit_on_inputs(ops::Builder& builder, const Graph& graph, const std::vector<Shape>& shapes);

/// The graph at inference, for inputs of these shapes.
ops::Program inference_program(const Graph& graph, const std::vector<Shape>& shapes);

/// The mean of a value's elements, dims (1).
ops::Value emit_mean(ops::Builder& builder, ops::Value value);

}  // namespace graft
