#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of GroupNormalization, in the order of keras.layers.GroupNormalization.
struct GroupNormalizationConfig {
  int64_t groups = 32;    ///< into which the features are divided; -1: each is a group of its own
  int64_t axis = -1;      ///< the axis of features
  double epsilon = 1e-3;  ///< added to the variance
  bool center = true;     ///< beta is added
  bool scale = true;      ///< gamma is multiplied
  Initializer beta_initializer = "zeros";
  Initializer gamma_initializer = "ones";
  Regularizer beta_regularizer = {};
  Regularizer gamma_regularizer = {};
  Constraint beta_constraint = {};
  Constraint gamma_constraint = {};
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Gives all elements of a sample that belong to one group of features mean 0 and deviation 1 together, then scales and
/// shifts each feature.
///
/// Input    (N, ..., C), or features on another axis
/// Output   as the input
/// Weights  gamma (C), beta (C)
/// Throws   ConfigError for groups of 0 or below -1, or epsilon not above 0; ShapeError for an axis out of range or the
///          batch's, features of unknown number or not a multiple of groups
/// Source   keras.layers.GroupNormalization
class GroupNormalization : public Layer {
 public:
  explicit GroupNormalization(GroupNormalizationConfig config = {},
                              source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> group_normalization_classes();

}  // namespace graft
