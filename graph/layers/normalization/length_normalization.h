#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of RMSNormalization, in the order of keras.layers.RMSNormalization.
struct RMSNormalizationConfig {
  std::vector<int64_t> axis = {-1};  ///< the axes over which the mean is taken
  double epsilon = 1e-6;             ///< added to the mean of squares
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Divides by the root of the mean of squares along the axes: y = scale x / sqrt(mean(x^2) + epsilon).
///
/// Input    (N, ..., C)
/// Output   as the input
/// Weights  scale (the dimensions of the axes), which broadcasts from the last axis on
/// Throws   ConfigError for no axes; ShapeError for axes out of range or of unknown size, or a scale that does not
///          broadcast
/// Source   keras.layers.RMSNormalization
class RMSNormalization : public Layer {
 public:
  explicit RMSNormalization(RMSNormalizationConfig config = {}, source_location location = source_location::current());
};

/// Settings of UnitNormalization, in the order of keras.layers.UnitNormalization.
struct UnitNormalizationConfig {
  std::vector<int64_t> axis = {-1};  ///< the axes along which the length is taken
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// Divides by the length along the axes, which then is 1: y = x / sqrt(sum(x^2)).
///
/// Input    (N, ..., C)
/// Output   as the input
/// Throws   ConfigError for no axes; ShapeError for axes out of range
/// Source   keras.layers.UnitNormalization
class UnitNormalization : public Layer {
 public:
  explicit UnitNormalization(UnitNormalizationConfig config = {},
                             source_location location = source_location::current());
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> length_normalization_classes();

}  // namespace graft
