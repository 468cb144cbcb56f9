#pragma once

#include "graft/graph/layers/recurrent/rnn.h"

namespace graft {

/// How Bidirectional joins the two directions; "none" gives both (None in Keras).
struct MergeModeWords {
  static constexpr std::array<std::string_view, 5> words{"concat", "sum", "mul", "ave", "none"};
};
using MergeMode = Choice<MergeModeWords>;

/// Settings of Bidirectional, in the order of keras.layers.Bidirectional.
struct BidirectionalConfig {
  Required<Layer> layer;  ///< a recurrent layer, which walks forwards
  MergeMode merge_mode = "concat";
  Layer backward_layer = {};  ///< empty: one like `layer` with weights of its own
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Two recurrent layers on one sequence, of which one walks from the last step to the first; their outputs are joined
/// step by step.
///
/// Input    as the layer; initial_state has the states of both, forward first
/// Output   as the layer, with twice the features for "concat", and two outputs for "none"; then the states of both
/// Weights  those of the forward layer, then of the backward layer
/// Throws   ConfigError unless both are recurrent, walk different ways and give the same
/// Source   keras.layers.Bidirectional
class Bidirectional : public RecurrentLayer {
 public:
  explicit Bidirectional(BidirectionalConfig config, source_location location = source_location::current());
  /// Bidirectional(LSTM({.units = 64}))
  explicit Bidirectional(const Layer& layer, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> bidirectional_classes();

}  // namespace graft
