#pragma once

#include "graft/graph/layers/recurrent/rnn.h"

namespace graft {

/// Settings of SimpleRNNCell, in the order of keras.layers.SimpleRNNCell.
struct SimpleRNNCellConfig {
  Required<int64_t> units;  ///< elements of the state
  ActivationFunction activation = "tanh";
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
  double dropout = 0;            ///< of the inputs, in training
  double recurrent_dropout = 0;  ///< of the state before its product
  std::optional<int64_t> seed = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// One step of SimpleRNN: h' = activation(x W + h U + b).
///
/// Input    (N, I), and the state (N, units)
/// Output   h' (N, units), and the same as the new state
/// Weights  kernel (I, units), recurrent_kernel (units, units), bias (units)
/// Throws   ConfigError for units below 1 or a dropout outside [0, 1]
/// Source   keras.layers.SimpleRNNCell
class SimpleRNNCell : public Layer {
 public:
  explicit SimpleRNNCell(SimpleRNNCellConfig config, source_location location = source_location::current());
};

/// Settings of SimpleRNN, in the order of keras.layers.SimpleRNN.
struct SimpleRNNConfig {
  Required<int64_t> units;  ///< elements of the state
  ActivationFunction activation = "tanh";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};  ///< Keras never adds it to the loss, and neither does Graft
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0;            ///< of the inputs, in training; one mask for all steps
  double recurrent_dropout = 0;  ///< of the state before its product
  std::optional<int64_t> seed = {};
  bool return_sequences = false;      ///< the outputs of all steps instead of the last
  bool return_state = false;          ///< the state behind the last step too
  bool go_backwards = false;          ///< from the last step to the first; outputs in that order
  bool stateful = false;              ///< a batch goes on where the last one ended
  bool unroll = false;                ///< kept for Keras; Graft decides by itself
  bool zero_output_for_mask = false;  ///< a masked step gives 0 instead of the output before it
  std::string name = {};
  void fields(FieldVisitor& field);
  SimpleRNNCellConfig cell() const;
};

/// A recurrent layer whose state is its output: h[t] = activation(x[t] W + h[t-1] U + b).
///
/// Input    (N, T, I); initial_state (N, units) and mask (N, T) as arguments of the call
/// Output   (N, units), or (N, T, units) with return_sequences; with return_state also the state (N, units)
/// Weights  kernel (I, units), recurrent_kernel (units, units), bias (units)
/// Throws   ConfigError for units below 1 or a dropout outside [0, 1]; ShapeError if the rank is not 3, or a stateful
///          layer has no fixed batch
/// Source   keras.layers.SimpleRNN
class SimpleRNN : public RecurrentLayer {
 public:
  explicit SimpleRNN(SimpleRNNConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> simple_rnn_classes();

}  // namespace graft
