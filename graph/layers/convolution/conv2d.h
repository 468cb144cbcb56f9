#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Conv2D, in the order of keras.layers.Conv2D.
struct Conv2DConfig {
  Required<int64_t> filters;  ///< output channels
  Size2D kernel_size;         ///< (height, width) in pixels; one number for both
  Size2D strides = 1;         ///< pixels from one window to the next
  Padding padding = "valid";  ///< "valid": none; "same": output ceil(input / strides)
  DataFormat data_format = "channels_last";
  Size2D dilation_rate = 1;  ///< 1: a dense kernel; not together with strides
  int64_t groups = 1;        ///< divides the input's channels and the filters
  ActivationName activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// 2D convolution over images (cross-correlation), plus bias, plus activation.
///
///     y[n,p,q,k] = b[k] + sum_{r,s,c} x[n, p*sh + r*dh - pt, q*sw + s*dw - pl, c] * w[r,s,c,k]
///
/// Input    (N, H, W, C)
/// Output   (N, P, Q, filters); "same": P = ceil(H / sh); "valid": P = floor((H - (kh - 1) dh - 1) / sh) + 1
/// Weights  kernel (kh, kw, C / groups, filters), bias (filters)
/// Throws   ConfigError if groups does not divide filters, or strides and dilation are both above 1;
///          ShapeError if the rank is not 4, groups does not divide C, or the output would be empty
/// Source   keras.layers.Conv2D. For "same" the odd pixel is added at the bottom and at the right.
class Conv2D : public Layer {
 public:
  explicit Conv2D(Conv2DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> conv2d_classes();

}  // namespace graft
