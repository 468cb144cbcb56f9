#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of SeparableConv2D, in the order of keras.layers.SeparableConv2D.
struct SeparableConv2DConfig {
  Required<int64_t> filters;  ///< output channels
  Size2D kernel_size;         ///< (height, width) in pixels; one number for both
  Size2D strides = 1;         ///< pixels from one window to the next
  Padding padding = "valid";  ///< "valid": none; "same": output ceil(input / strides)
  DataFormat data_format = "channels_last";
  Size2D dilation_rate = 1;      ///< 1: a dense kernel; not together with strides
  int64_t depth_multiplier = 1;  ///< channels of the first step per input channel
  ActivationName activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer pointwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer pointwise_regularizer = {};
  Regularizer bias_regularizer = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// A depthwise convolution, then one of 1x1 pixels across the channels, plus bias, plus activation.
///
/// Input    (N, H, W, C)
/// Output   (N, P, Q, filters), P and Q as of Conv2D
/// Weights  depthwise_kernel (kh, kw, C, depth_multiplier), pointwise_kernel (1, 1, C depth_multiplier, filters),
///          bias (filters)
/// Throws   ConfigError for a size below 1, or strides and dilation both above 1; ShapeError if the rank is
///          not 4 or the output would be empty
/// Source   keras.layers.SeparableConv2D
class SeparableConv2D : public Layer {
 public:
  explicit SeparableConv2D(SeparableConv2DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> separable_conv2d_classes();

}  // namespace graft
