#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of LayerNormalization, in the order of keras.layers.LayerNormalization.
struct LayerNormalizationConfig {
  std::vector<int64_t> axis = {-1};  ///< the axes over which the statistics are taken; not the batch's
  double epsilon = 1e-3;             ///< added to the variance
  bool center = true;                ///< beta is added
  bool scale = true;                 ///< gamma is multiplied
  bool rms_scaling = false;          ///< Keras's old form: gamma x / sqrt(variance + epsilon), without mean and beta
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Gives the elements along the axes mean 0 and deviation 1, then scales and shifts each of them. Every sample,
/// and every pixel if only the channels are named, is treated alone, in training as in inference.
///
///     y = gamma (x - mean) / sqrt(variance + epsilon) + beta
///
/// Input    (N, ..., C)
/// Output   as the input
/// Weights  gamma, beta (the dimensions of the axes, in the order of the input)
/// Throws   ConfigError for no axes or epsilon not above 0; ShapeError for axes out of range, named twice, of the batch
///          or of unknown size
/// Source   keras.layers.LayerNormalization
class LayerNormalization : public Layer {
 public:
  explicit LayerNormalization(LayerNormalizationConfig config = {},
                              source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> layer_normalization_classes();

}  // namespace graft
