#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of LayerNormalization, in the order of keras.layers.LayerNormalization.
struct LayerNormalizationConfig {
  std::vector<int64_t> axis = {-1};  ///< the last axes, in their order: what has statistics of its own
  double epsilon = 1e-3;             ///< added to the variance
  bool center = true;                ///< beta is added
  bool scale = true;                 ///< gamma is multiplied
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Gives the elements along the last axes mean 0 and deviation 1, then scales and shifts each of them. Every sample,
/// and every pixel if only the channels are named, is treated alone, in training as in inference.
///
///     y = gamma (x - mean) / sqrt(variance + epsilon) + beta
///
/// Input    (N, ..., C)
/// Output   as the input
/// Weights  gamma, beta (the dimensions of the axes)
/// Throws   ConfigError for axes that are the last ones of no input, or epsilon not above 0; ShapeError for axes that
///          are not this input's last ones, that include the batch's, or of unknown size
/// Source   keras.layers.LayerNormalization
class LayerNormalization : public Layer {
 public:
  explicit LayerNormalization(LayerNormalizationConfig config = {},
                              source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> layer_normalization_classes();

}  // namespace graft
