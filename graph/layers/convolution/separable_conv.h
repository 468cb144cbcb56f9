#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of SeparableConv1D and SeparableConv2D, in the order of keras.layers.SeparableConv2D.
template <size_t rank>
struct SeparableConvConfig {
  Required<int64_t> filters;  ///< output channels
  Size<rank> kernel_size;     ///< steps, or (height, width) in pixels; one number for both
  Size<rank> strides = 1;     ///< pixels from one window to the next
  Padding padding = "valid";  ///< "valid": none; "same": output ceil(input / strides)
  DataFormat data_format = "channels_last";
  Size<rank> dilation_rate = 1;  ///< 1: a dense kernel; not together with strides
  int64_t depth_multiplier = 1;  ///< channels of the first step per input channel
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint depthwise_constraint = {};
  Constraint pointwise_constraint = {};
  Constraint bias_constraint = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};
using SeparableConv1DConfig = SeparableConvConfig<1>;
using SeparableConv2DConfig = SeparableConvConfig<2>;

// A depthwise convolution, then one of single pixels across the channels, plus bias, plus activation.
//
// Input    (N, T, C) or (N, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with filters channels, the sizes as of Conv1D and Conv2D
// Weights  depthwise_kernel (kernel_size..., C, depth_multiplier),
//          pointwise_kernel (ones..., C depth_multiplier, filters), bias (filters)
// Throws   ConfigError for a size below 1, or strides and dilation both above 1; ShapeError if the rank is another or
//          the output would be empty
// Source   keras.layers.SeparableConv1D, SeparableConv2D

/// A depthwise and a pointwise convolution along the steps of series.
class SeparableConv1D : public Layer {
 public:
  explicit SeparableConv1D(SeparableConv1DConfig config, source_location location = source_location::current());
};

/// A depthwise and a pointwise convolution over images.
class SeparableConv2D : public Layer {
 public:
  explicit SeparableConv2D(SeparableConv2DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> separable_conv_classes();

}  // namespace graft
