#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Conv2DTranspose, in the order of keras.layers.Conv2DTranspose.
struct Conv2DTransposeConfig {
  Required<int64_t> filters;           ///< output channels
  Size2D kernel_size;                  ///< (height, width) in pixels; one number for both
  Size2D strides = 1;                  ///< output pixels per input pixel
  Padding padding = "valid";           ///< "valid": the whole result; "same": input * strides
  OptionalSize2D output_padding = {};  ///< pixels added below and at the right; less than strides
  DataFormat data_format = "channels_last";
  Size2D dilation_rate = 1;  ///< 1: a dense kernel; not together with strides
  ActivationName activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Transposed 2D convolution: every input pixel spreads a kernel over the output, overlaps add up.
///
///     y[n, p*sh + r*dh - pt, q*sw + s*dw - pl, k] += x[n,p,q,c] * w[r,s,k,c];  then + b[k], then activation
///
/// Input    (N, H, W, C)
/// Output   (N, P, Q, filters); with k = (kh - 1) dh + 1: "same": P = H sh; "valid": P = (H - 1) sh + max(k, sh);
///          with output_padding p: "same": (H - 1) sh + k % 2 + p; "valid": (H - 1) sh + k + p
/// Weights  kernel (kh, kw, filters, C), bias (filters)
/// Throws   ConfigError if output_padding is not below strides, or strides and dilation are both above 1;
///          ShapeError if the rank is not 4
/// Source   keras.layers.Conv2DTranspose. "same" crops floor((k - sh) / 2) rows at the top and the rest at the bottom;
///          where the kernel is smaller than the stride, the rows that nothing reaches hold the bias.
class Conv2DTranspose : public Layer {
 public:
  explicit Conv2DTranspose(Conv2DTransposeConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> conv2d_transpose_classes();

}  // namespace graft
