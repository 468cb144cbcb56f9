#pragma once

#include <span>
#include <string>
#include <vector>

#include "graft/graph/graph.h"

namespace graft::test {

/// A graph run once on given data: what it gave, in the order of its outputs.
/// Inputs and outputs are in Keras's order, channels last.
std::vector<Tensor> run_graph(const Graph& graph, const std::vector<Tensor>& inputs, bool training = false);
/// The same for a single layer called on Inputs shaped like the data.
Tensor run_layer(const Layer& layer, const std::vector<Tensor>& inputs, bool training = false);

/// Shuffled values at a distance from each other and from 0: no two are closer than `spread / count`, so that central
/// differences do not step over the edges of relu or of a maximum.
Tensor spaced(const Shape& shape, double spread = 2, double centre = 0, uint64_t seed = 1);

struct LayerCheck {
  std::vector<Tensor> inputs;
  bool gradients = true;    ///< compare with central differences
  double tolerance = 2e-3;  ///< of the largest gradient
};

/// Runs the layer in inference and in training, checks (doctest) that the executed shapes are the inferred ones, and
/// that the gradients for every input and trainable variable are those of central differences.
void check_layer(const std::string& title, const Layer& layer, const LayerCheck& check);
/// The same for any graph of known inputs.
void check_graph(const std::string& title, const Graph& graph, const LayerCheck& check);

}  // namespace graft::test
