#pragma once

#include "graft/graph/layer_impl.h"

namespace graft {

/// Settings of Normalization, in the order of keras.layers.Normalization.
struct NormalizationConfig {
  Literal axis = -1;  ///< an axis, several, or None: each place along them has a mean and a variance of its own
  Literal mean = {}, variance = {};  ///< numbers or arrays of one for each place; None: adapt() learns them
  bool invert = false;               ///< back from normalized values
  std::string name = {};
  void fields(FieldVisitor& field);
};

/// (x - mean) / sqrt(variance), or with `invert` x sqrt(variance) + mean.
///
/// Input    any shape; the dimensions of `axis` are known
/// Output   as the input
/// Weights  mean, variance, count; none where mean and variance were given
/// Throws   ConfigError for a mean without a variance or of another shape; ShapeError for an axis out of range, an
///          unknown dimension, or a mean that does not fit
/// Source   keras.layers.Normalization
class Normalization : public Layer {
 public:
  explicit Normalization(NormalizationConfig config = {}, source_location location = source_location::current());
  /// Takes the mean and the variance of data with the shape of the input. Throws ConfigError where they were given,
  /// ShapeError for other dimensions along `axis` than those of the first call.
  void adapt(const Tensor& data) const;
};

/// The classes of this file, for graph/layers/registry.cpp.
std::vector<LayerClass> normalization_classes();

}  // namespace graft
