#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose, in the order of keras.layers.Conv2DTranspose.
template <size_t rank>
struct ConvTransposeConfig {
  Required<int64_t> filters;               ///< output channels
  Size<rank> kernel_size;                  ///< steps, (height, width) in pixels, ...; one number for all
  Size<rank> strides = 1;                  ///< output pixels per input pixel
  Padding padding = "valid";               ///< "valid": the whole result; "same": input * strides
  OptionalSize<rank> output_padding = {};  ///< pixels added at the end of each axis; less than strides
  DataFormat data_format = "channels_last";
  Size<rank> dilation_rate = 1;  ///< 1: a dense kernel; not together with strides
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};
using Conv1DTransposeConfig = ConvTransposeConfig<1>;
using Conv2DTransposeConfig = ConvTransposeConfig<2>;
using Conv3DTransposeConfig = ConvTransposeConfig<3>;

// Transposed convolutions: every input pixel spreads a kernel over the output, and overlaps add up. Of images:
//
//     y[n, p*sh + r*dh - pt, q*sw + s*dw - pl, k] += x[n,p,q,c] * w[r,s,k,c];  then + b[k], then activation
//
// Input    (N, T, C), (N, H, W, C) or (N, D, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with filters channels; with k = (kh - 1) dh + 1: "same": P = H sh;
//          "valid": P = (H - 1) sh + max(k, sh);
//          with output_padding p: "same": (H - 1) sh + k % 2 + p; "valid": (H - 1) sh + k + p
// Weights  kernel (kernel_size..., filters, C), bias (filters)
// Throws   ConfigError if output_padding is not below strides, or strides and dilation are both above 1;
//          ShapeError if the rank is another
// Source   keras.layers.Conv1DTranspose, Conv2DTranspose, Conv3DTranspose. "same" crops floor((k - sh) / 2) pixels at
//          the beginning and the rest at the end; where the kernel is smaller than the stride, the pixels that nothing
//          reaches hold the bias.

/// A transposed convolution along the steps of series.
class Conv1DTranspose : public Layer {
 public:
  explicit Conv1DTranspose(Conv1DTransposeConfig config, source_location location = source_location::current());
};

/// A transposed convolution over images.
class Conv2DTranspose : public Layer {
 public:
  explicit Conv2DTranspose(Conv2DTransposeConfig config, source_location location = source_location::current());
};

/// A transposed convolution over volumes.
class Conv3DTranspose : public Layer {
 public:
  explicit Conv3DTranspose(Conv3DTransposeConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> conv_transpose_classes();

}  // namespace graft
