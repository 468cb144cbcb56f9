#pragma once

#include "graft/graph/layers/recurrent/rnn.h"

namespace graft {

/// Settings of GRUCell, in the order of keras.layers.GRUCell.
struct GRUCellConfig {
  Required<int64_t> units;  ///< elements of the state
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";  ///< of the gates
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0;            ///< of the inputs, in training; one mask for all steps
  double recurrent_dropout = 0;  ///< of the state before its product
  bool reset_after = true;       ///< the reset gate acts behind the recurrent product, else before it
  int64_t implementation = 2;    ///< 1: dropout draws a mask for each gate, else one for all
  std::optional<int64_t> seed = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// One step of GRU; z and r are gates, g is the candidate:
///
///     h' = z h + (1 - z) activation(g),  g = x W + r (h U + b) with reset_after, else x W + (r h) U
///
/// Input    (N, I), and the state (N, units)
/// Output   h' (N, units), and the same as the new state
/// Weights  kernel (I, 3 units), recurrent_kernel (units, 3 units), bias (2, 3 units) with reset_after, else (3 units);
///          gates in the order z, r, g
/// Throws   ConfigError for units below 1 or a dropout outside [0, 1]
/// Source   keras.layers.GRUCell
class GRUCell : public Layer {
 public:
  explicit GRUCell(GRUCellConfig config, source_location location = source_location::current());
};

/// Settings of GRU, in the order of keras.layers.GRU.
struct GRUConfig {
  Required<int64_t> units;  ///< elements of the state
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";  ///< of the gates
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0;            ///< of the inputs, in training; one mask for all steps
  double recurrent_dropout = 0;  ///< of the state before its product
  bool reset_after = true;       ///< the reset gate acts behind the recurrent product, else before it
  int64_t implementation = 2;    ///< 1: dropout draws a mask for each gate, else one for all
  std::optional<int64_t> seed = {};
  bool return_sequences = false;      ///< the outputs of all steps instead of the last
  bool return_state = false;          ///< the state behind the last step too
  bool go_backwards = false;          ///< from the last step to the first; outputs in that order
  bool stateful = false;              ///< a batch goes on where the last one ended
  bool unroll = false;                ///< kept for Keras; Graft decides by itself
  bool zero_output_for_mask = false;  ///< a masked step gives 0 instead of the output before it
  std::string name = {};
  void fields(FieldVisitor& field);
  GRUCellConfig cell() const;
};

/// Gated recurrent unit: GRUCell along the second axis.
///
/// Input    (N, T, I); initial_state (N, units) and mask (N, T) as arguments of the call
/// Output   (N, units), or (N, T, units) with return_sequences; with return_state also the state (N, units)
/// Weights  kernel (I, 3 units), recurrent_kernel (units, 3 units), bias (2, 3 units) with reset_after, else (3 units)
/// Throws   ConfigError for units below 1 or a dropout outside [0, 1]; ShapeError if the rank is not 3, or a stateful
///          layer has no fixed batch
/// Source   keras.layers.GRU
class GRU : public RecurrentLayer {
 public:
  explicit GRU(GRUConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> gru_classes();

}  // namespace graft
