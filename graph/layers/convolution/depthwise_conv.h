#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of DepthwiseConv1D and DepthwiseConv2D, in the order of keras.layers.DepthwiseConv2D.
template <size_t rank>
struct DepthwiseConvConfig {
  Size<rank> kernel_size;        ///< steps, or (height, width) in pixels; one number for both
  Size<rank> strides = 1;        ///< pixels from one window to the next
  Padding padding = "valid";     ///< "valid": none; "same": output ceil(input / strides)
  int64_t depth_multiplier = 1;  ///< output channels per input channel
  DataFormat data_format = "channels_last";
  Size<rank> dilation_rate = 1;  ///< 1: a dense kernel; not together with strides
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint bias_constraint = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};
using DepthwiseConv1DConfig = DepthwiseConvConfig<1>;
using DepthwiseConv2DConfig = DepthwiseConvConfig<2>;

// Convolutions of each channel by itself, plus bias, plus activation.
//
// Input    (N, T, C) or (N, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with C depth_multiplier channels, the sizes as of Conv1D and Conv2D; channel c m + i is the i-th of
//          input channel c
// Weights  depthwise_kernel (kernel_size..., C, depth_multiplier), bias (C depth_multiplier)
// Throws   ConfigError for a size below 1, or strides and dilation both above 1; ShapeError if the rank is another or
//          the output would be empty
// Source   keras.layers.DepthwiseConv1D, DepthwiseConv2D

/// A convolution of each channel by itself, along the steps of series.
class DepthwiseConv1D : public Layer {
 public:
  explicit DepthwiseConv1D(DepthwiseConv1DConfig config, source_location location = source_location::current());
};

/// A convolution of each channel by itself, over images.
class DepthwiseConv2D : public Layer {
 public:
  explicit DepthwiseConv2D(DepthwiseConv2DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> depthwise_conv_classes();

}  // namespace graft
