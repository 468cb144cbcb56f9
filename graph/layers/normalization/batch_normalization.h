#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of BatchNormalization, in the order of keras.layers.BatchNormalization.
struct BatchNormalizationConfig {
  int64_t axis = -1;       ///< the axis of features: each has its own statistics
  double momentum = 0.99;  ///< of the moving statistics
  double epsilon = 1e-3;   ///< added to the variance
  bool center = true;      ///< beta is added
  bool scale = true;       ///< gamma is multiplied
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Initializer moving_mean_initializer = "zeros";
  Initializer moving_variance_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  bool synchronized = false;      ///< over several devices; there is one here, so it changes nothing
  bool renorm = false;            ///< batch renormalization in training
  Literals renorm_clipping = {};  ///< its bounds: rmin, rmax, dmax
  double renorm_momentum = 0.99;
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Gives every feature mean 0 and deviation 1, then scales and shifts it.
///
///     y = gamma (x - mean) / sqrt(variance + epsilon) + beta
///
/// In training, mean and variance are the batch's (population variance), and moving = moving momentum + batch
/// (1 - momentum), once per call, in the order of calls. In inference, and while the layer is frozen, they are the
/// moving ones, which then stay as they are. A mask leaves elements out of the batch's statistics.
///
/// Input    (N, ..., C), or features on another axis
/// Output   as the input
/// Weights  gamma (C), beta (C), moving_mean (C), moving_variance (C); with renorm also moving_stddev, renorm_mean and
///          renorm_stddev (C)
/// Throws   ConfigError for momentum outside [0, 1] or epsilon not above 0; ShapeError for an axis out of range, the
///          batch's, or of unknown size
/// Source   keras.layers.BatchNormalization
class BatchNormalization : public Layer {
 public:
  explicit BatchNormalization(BatchNormalizationConfig config = {},
                              source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> batch_normalization_classes();

}  // namespace graft
