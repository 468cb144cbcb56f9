#pragma once

// Internal: a graph as a Program of one batch size.

#include <string>
#include <vector>

#include "graft/graph/graph.h"
#include "graft/ops/program/builder.h"

namespace graft {

/// The shapes of the graph's inputs for this batch size. Throws ShapeError for an input whose other dimensions are not
/// known, or whose own batch size is another one.
std::vector<Shape> batch_shapes(const SymbolicTensors& inputs, int64_t batch);

/// "(32, 28, 28, 1) (32, 10)": a key for what is compiled for these shapes.
std::string shapes_key(const std::vector<Shape>& shapes);

/// Adds an input of each shape and writes the graph's calls; returns its outputs, channels last.
ops::Values emit_on_inputs(ops::Builder& builder, const Graph& graph, const std::vector<Shape>& shapes);

/// Dims (1) of a value: itself, or the mean of its elements.
ops::Value emit_mean(ops::Builder& builder, ops::Value value);

}  // namespace graft
