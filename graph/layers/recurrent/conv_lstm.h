#pragma once

#include "graft/graph/layers/recurrent/rnn.h"

namespace graft {

/// Settings of ConvLSTM1D, ConvLSTM2D and ConvLSTM3D, in the order of keras.layers.ConvLSTM2D.
template <size_t rank>
struct ConvLSTMConfig {
  Required<int64_t> filters;  ///< channels of the state
  Size<rank> kernel_size;     ///< of both convolutions; one number for all axes
  Size<rank> strides = 1;     ///< of the convolution of the input
  Padding padding = "valid";  ///< of the convolution of the input; that of the state is always "same"
  DataFormat data_format = "channels_last";
  Size<rank> dilation_rate = 1;  ///< of the convolution of the input; not together with strides
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
  double dropout = 0;            ///< of the inputs, in training; a mask for each gate, the same for all steps
  double recurrent_dropout = 0;  ///< of the state before its convolution
  std::optional<int64_t> seed = {};
  bool return_sequences = false;      ///< the outputs of all steps instead of the last
  bool return_state = false;          ///< the states h and c behind the last step too
  bool go_backwards = false;          ///< from the last step to the first; outputs in that order
  bool stateful = false;              ///< a batch goes on where the last one ended
  bool unroll = false;                ///< kept for Keras; Graft decides by itself
  bool zero_output_for_mask = false;  ///< a masked step gives 0 instead of the output before it
  std::string name = {};
  void fields(FieldVisitor& field);
};
using ConvLSTM1DConfig = ConvLSTMConfig<1>;
using ConvLSTM2DConfig = ConvLSTMConfig<2>;
using ConvLSTM3DConfig = ConvLSTMConfig<3>;

// An LSTM whose products are convolutions:
//
//     i, f, g, o = conv(x, W) + conv(h, U) + b;  c' = f(f) c + f(i) activation(g);  h' = f(o) activation(c')
//
// Input    (N, T, spatial..., C); of data_format "channels_first" (N, T, C, spatial...); initial_state (h, c) and mask
//          (N, T) as arguments of the call
// Output   (N, spatial'..., filters), or (N, T, spatial'..., filters) with return_sequences; with return_state also h,
// c Weights  kernel (kernel_size..., C, 4 filters), recurrent_kernel (kernel_size..., filters, 4 filters), bias
//          (4 filters), gates in the order i, f, g, o
// Throws   ConfigError for a size below 1 or a dropout outside [0, 1]; ShapeError if the rank is another or a spatial
//          dimension is unknown
// Source   keras.layers.ConvLSTM1D, ConvLSTM2D, ConvLSTM3D

/// A convolutional LSTM over sequences of series.
class ConvLSTM1D : public RecurrentLayer {
 public:
  explicit ConvLSTM1D(ConvLSTM1DConfig config, source_location location = source_location::current());
};

/// A convolutional LSTM over sequences of images.
class ConvLSTM2D : public RecurrentLayer {
 public:
  explicit ConvLSTM2D(ConvLSTM2DConfig config, source_location location = source_location::current());
};

/// A convolutional LSTM over sequences of volumes.
class ConvLSTM3D : public RecurrentLayer {
 public:
  explicit ConvLSTM3D(ConvLSTM3DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> conv_lstm_classes();

}  // namespace graft
