#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// The padding of Conv1D may be "causal" too.
template <size_t rank>
using ConvPadding = std::conditional_t<rank == 1, CausalPadding, Padding>;

/// Settings of Conv1D, Conv2D and Conv3D, in the order of keras.layers.Conv2D.
template <size_t rank>
struct ConvConfig {
  Required<int64_t> filters;            ///< output channels
  Size<rank> kernel_size;               ///< steps, (height, width) in pixels, ...; one number for all
  Size<rank> strides = 1;               ///< pixels from one window to the next
  ConvPadding<rank> padding = "valid";  ///< "valid": none; "same": output ceil(input / strides)
  DataFormat data_format = "channels_last";
  Size<rank> dilation_rate = 1;  ///< 1: a dense kernel; not together with strides
  int64_t groups = 1;            ///< divides the input's channels and the filters
  ActivationFunction activation = "linear";
  bool use_bias = true;
  Initializer kernel_initializer = "glorot_uniform";
  Initializer bias_initializer = "zeros";
  Regularizer kernel_regularizer = {};
  Regularizer bias_regularizer = {};
  Regularizer activity_regularizer = {};
  Constraint kernel_constraint = {};
  Constraint bias_constraint = {};
  std::optional<int64_t> lora_rank = {};  ///< a low-rank update is trained in the kernel's place
  std::optional<double> lora_alpha = {};  ///< the update is times lora_alpha / lora_rank; by default 1
  std::string name = {};
  void fields(FieldVisitor& field);
};
using Conv1DConfig = ConvConfig<1>;
using Conv2DConfig = ConvConfig<2>;
using Conv3DConfig = ConvConfig<3>;

// Convolutions (cross-correlations), plus bias, plus activation. Of images:
//
//     y[n,p,q,k] = b[k] + sum_{r,s,c} x[n, p*sh + r*dh - pt, q*sw + s*dw - pl, c] * w[r,s,c,k]
//
// Input    (N, T, C), (N, H, W, C) or (N, D, H, W, C); of data_format "channels_first" (N, C, ...)
// Output   the same with filters channels; "same": P = ceil(H / sh);
//          "valid": P = floor((H - (kh - 1) dh - 1) / sh) + 1
// Weights  kernel (kernel_size..., C / groups, filters), bias (filters); with lora_rank, whose product is added to the
//          kernel, lora_kernel_a (kernel_size..., C / groups, rank), lora_kernel_b (rank, filters)
// Throws   ConfigError if groups does not divide filters, for lora_rank and kernel_constraint, or if strides and
// dilation are both above 1;
//          ShapeError if the rank is another, groups does not divide C, or the output would be empty
// Source   keras.layers.Conv1D, Conv2D, Conv3D. For "same" the odd pixel is added at the end. "causal" (Conv1D) has the
//          output of "same" and pads (k - 1) d steps before the first.

/// A convolution along the steps of series.
class Conv1D : public Layer {
 public:
  explicit Conv1D(Conv1DConfig config, source_location location = source_location::current());
};

/// A convolution over images.
class Conv2D : public Layer {
 public:
  explicit Conv2D(Conv2DConfig config, source_location location = source_location::current());
};

/// A convolution over volumes.
class Conv3D : public Layer {
 public:
  explicit Conv3D(Conv3DConfig config, source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> conv_classes();

}  // namespace graft
