#pragma once

#include "graft/graph/layers/recurrent/rnn.h"

namespace graft {

/// Settings of LSTMCell, in the order of keras.layers.LSTMCell.
struct LSTMCellConfig {
  Required<int64_t> units;  ///< elements of the state
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";  ///< of the gates
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  ///< the bias of the forget gate begins at 1
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0;            ///< of the inputs, in training; one mask for all steps
  double recurrent_dropout = 0;  ///< of the state before its product
  int64_t implementation = 2;    ///< 1: dropout draws a mask for each gate, else one for all
  std::optional<int64_t> seed = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// One step of LSTM; i, f and o are gates, g is the candidate:
///
///     i, f, g, o = x W + h U + b;  c' = f(f) c + f(i) activation(g);  h' = f(o) activation(c')
///
/// Input    (N, I), and the states h and c (N, units)
/// Output   h' (N, units), and the new states h', c'
/// Weights  kernel (I, 4 units), recurrent_kernel (units, 4 units), bias (4 units), gates in the order i, f, g, o
/// Throws   ConfigError for units below 1 or a dropout outside [0, 1]
/// Source   keras.layers.LSTMCell
class LSTMCell : public Layer {
 public:
  explicit LSTMCell(LSTMCellConfig config, source_location location = source_location::current());
};

/// Settings of LSTM, in the order of keras.layers.LSTM.
struct LSTMConfig {
  Required<int64_t> units;  ///< elements of the state
  ActivationFunction activation = "tanh";
  ActivationFunction recurrent_activation = "sigmoid";  ///< of the gates
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer recurrent_initializer = "orthogonal";
  Initializer bias_initializer = "zeros";
  bool unit_forget_bias = true;  ///< the bias of the forget gate begins at 1
  Regularizer kernel_regularizer = {};
  Regularizer recurrent_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint recurrent_constraint = {};
  Constraint bias_constraint = {};
  double dropout = 0;            ///< of the inputs, in training; one mask for all steps
  double recurrent_dropout = 0;  ///< of the state before its product
  int64_t implementation = 2;    ///< 1: dropout draws a mask for each gate, else one for all
  std::optional<int64_t> seed = {};
  bool return_sequences = false;      ///< the outputs of all steps instead of the last
  bool return_state = false;          ///< the states h and c behind the last step too
  bool go_backwards = false;          ///< from the last step to the first; outputs in that order
  bool stateful = false;              ///< a batch goes on where the last one ended
  bool unroll = false;                ///< kept for Keras; Graft decides by itself
  bool zero_output_for_mask = false;  ///< a masked step gives 0 instead of the output before it
  std::string name = {};
  void fields(FieldVisitor& field);
  LSTMCellConfig cell() const;
};

/// Long short-term memory: LSTMCell along the second axis.
///
/// Input    (N, T, I); initial_state (h, c) and mask (N, T) as arguments of the call
/// Output   (N, units), or (N, T, units) with return_sequences; with return_state also h and c (N, units)
/// Weights  kernel (I, 4 units), recurrent_kernel (units, 4 units), bias (4 units)
/// Throws   ConfigError for units below 1 or a dropout outside [0, 1]; ShapeError if the rank is not 3, or a stateful
///          layer has no fixed batch
/// Source   keras.layers.LSTM
class LSTM : public RecurrentLayer {
 public:
  explicit LSTM(LSTMConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> lstm_classes();

}  // namespace graft
