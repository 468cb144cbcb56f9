#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of DepthwiseConv2D, in the order of keras.layers.DepthwiseConv2D.
struct DepthwiseConv2DConfig {
  Size2D kernel_size;            ///< (height, width) in pixels; one number for both
  Size2D strides = 1;            ///< pixels from one window to the next
  Padding padding = "valid";     ///< "valid": none; "same": output ceil(input / strides)
  int64_t depth_multiplier = 1;  ///< output channels per input channel
  DataFormat data_format = "channels_last";
  Size2D dilation_rate = 1;  ///< 1: a dense kernel; not together with strides
  ActivationName activation = "linear";
  bool use_bias = true;
  Initializer depthwise_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer depthwise_regularizer = {};
  Regularizer bias_regularizer = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// 2D convolution of every channel by itself.
///
///     y[n,p,q,c*m + j] = b[c*m + j] + sum_{r,s} x[n, p*sh + r*dh - pt, q*sw + s*dw - pl, c] * w[r,s,c,j]
///
/// Input    (N, H, W, C)
/// Output   (N, P, Q, C depth_multiplier), P and Q as of Conv2D
/// Weights  depthwise_kernel (kh, kw, C, depth_multiplier), bias (C depth_multiplier)
/// Throws   ConfigError for a size below 1, or strides and dilation both above 1; ShapeError if the rank is
///          not 4 or the output would be empty
/// Source   keras.layers.DepthwiseConv2D
class DepthwiseConv2D : public Layer {
 public:
  explicit DepthwiseConv2D(DepthwiseConv2DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> depthwise_conv2d_classes();

}  // namespace graft
