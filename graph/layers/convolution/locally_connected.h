#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of LocallyConnected1D and LocallyConnected2D, in the order of Keras 2.
template <size_t rank>
struct LocallyConnectedConfig {
  Required<int64_t> filters;  ///< output channels
  Size<rank> kernel_size;     ///< steps, or (height, width) in pixels; one number for both
  Size<rank> strides = 1;     ///< pixels from one window to the next
  Padding padding = "valid";  ///< only "valid": no padding
  DataFormat data_format = "channels_last";
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  int64_t implementation = 1;  ///< only 1: how Keras stores the kernel
  std::string name = {};
  void fields(FieldVisitor& field);
};
using LocallyConnected1DConfig = LocallyConnectedConfig<1>;
using LocallyConnected2DConfig = LocallyConnectedConfig<2>;

// Convolutions whose windows have a kernel and a bias each, plus activation. Keras 3 has them no more; files of Keras 2
// do.
//
// Input    (N, T, C) or (N, H, W, C) of known sizes; of data_format "channels_first" (N, C, ...)
// Output   the same with `filters` channels, one pixel for each window
// Weights  kernel (windows, pixels of a window times C, filters), bias (windows along each axis..., filters)
// Throws   ConfigError for a size below 1, another padding or another implementation; ShapeError if the rank is
//          another, a size is unknown or the output would be empty
// Source   keras.layers.LocallyConnected1D, LocallyConnected2D of Keras 2

/// A convolution along the steps of series whose windows have a kernel each.
class LocallyConnected1D : public Layer {
 public:
  explicit LocallyConnected1D(LocallyConnected1DConfig config, source_location location = source_location::current());
};

/// A convolution over images whose windows have a kernel each.
class LocallyConnected2D : public Layer {
 public:
  explicit LocallyConnected2D(LocallyConnected2DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> locally_connected_classes();

}  // namespace graft
